"""Finding a quote word for word, as a whole or in parts that stand in order."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_bot.index import ClauseRecord
from qa_bot.patterns import late
from qa_bot.text import Span
from qa_bot.verify.characters import Canonical, canonical, difference_kind, gap_kinds, simplified
from qa_bot.verify.passages import Found, Passages

__all__ = ["MAX_PARTS", "Match", "Quote", "find_verbatim", "places_of", "run_together"]

# Parts between …… that are looked for.
MAX_PARTS = 50
# Occurrences that are looked at.
_MOST = 200
# A part as short as this, left to stand alone by ……, has to stand in the same clause as the others.
_SHORT = 6
# White space around them is stripped from the parts: a pattern that begins with \s* takes quadratic time.
_ELLIPSIS = late(r"[(（\[〔【]?(?:…+|\.{3,}|。{3,}|·{3,}|⋯+)[)）\]〕】]?")
_LINE_BREAK = late(r"\n")
# Characters of headings and labels that may stand between two lines of a quote.
_REACH = 1_000
_SAME_LINE = late(r"[\t ]")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote in the forms in which it is looked for.

    Attributes:
        text: as it was given.
        at: where it begins in what was given.
        folded: in canonical form.
        forms: canonical form, and where that differs the one in simplified characters.
    """

    text: str
    at: int
    folded: Canonical
    forms: tuple[str, ...]

    @classmethod
    def of(cls, text: str, at: int) -> Quote:
        """A quote that begins at `at` of a longer text."""
        folded = canonical(text)
        return cls(text, at, folded, tuple(dict.fromkeys((folded.text, simplified(folded.text)))))

    def parts(self) -> list[Quote]:
        """What stands between ……; the quote alone where it has none."""
        return list(_parts(self, _ELLIPSIS))

    def span(self, start: int, end: int) -> Span:
        """The span of what was given that `folded.text[start:end]` came from."""
        kept = self.folded.kept
        if start >= end:
            point = int(kept[start]) if start < len(kept) else len(self.text)
            return self.at + point, self.at + point
        return self.at + int(kept[start]), self.at + int(kept[end - 1]) + 1


@dataclass(frozen=True, slots=True)
class Match:
    """A way in which a quote stands in the corpus word for word.

    Attributes:
        founds: the stretches, in order: one, or one for each part.
        ignored: what differs and is no alteration.
        elided: whether the parts were set apart by ……
    """

    founds: tuple[Found, ...]
    ignored: frozenset[str]
    elided: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """The same for two matches that are one place."""
        return tuple(dict.fromkeys(part for found in self.founds for part in found.key))

    @property
    def ids(self) -> tuple[str, ...]:
        """The smallest clauses that it touches."""
        return tuple(dict.fromkeys(one for found in self.founds for one in found.ids))

    @property
    def whole(self) -> bool:
        """Whether it is the whole of a clause."""
        first = self.founds[0]
        if len(self.founds) > 1 or first.within is None:
            return False
        spans = first.within.clause.spans
        return (spans[0][0], spans[-1][1]) == (first.spans[0][0], first.spans[-1][1])


# The stretches of the parts of a quote, in order.
_Way = tuple[Found, ...]


def find_verbatim(passages: Passages, quote: Quote) -> list[Match]:
    """All places at which a quote stands word for word, in the order of the corpus.

    As a whole; failing that its lines one after the other, with nothing of a clause between them; failing that
    the parts between …… (at most `MAX_PARTS`) in order within one document, within one clause where that is
    possible.
    """
    return list(passages.remembered(quote.text, _verbatim))


def _verbatim(passages: Passages, text: str) -> tuple[Match, ...]:
    quote = Quote.of(text, 0)
    for form in quote.forms:
        founds = _occurrences(passages, quote, form)
        if founds:
            matches: dict[tuple[object, ...], Match] = {}
            for found in founds:
                match = Match((found,), _ignored(passages, quote, found))
                kept = matches.get(match.key)
                if kept is None or (match.whole and not kept.whole):
                    matches[match.key] = match
            return tuple(matches.values())
    lines = list(_parts(quote, _LINE_BREAK))
    if len(lines) > 1 and (ways := _adjoining(passages, lines)):
        return tuple(
            Match(one.founds, one.ignored | {"labels"}) for one in _matches(passages, lines, ways)
        )
    parts = quote.parts()
    if len(parts) == 1 and len(parts[0].folded.text) < len(quote.folded.text):
        return tuple(
            Match(one.founds, one.ignored, True) for one in find_verbatim(passages, parts[0])
        )
    if 1 < len(parts) <= MAX_PARTS:
        short = any(len(part.folded.text) < _SHORT for part in parts)
        ways = (_in_one_clause if short else _in_one_document)(passages, parts)
        return tuple(
            Match(one.founds, one.ignored, True) for one in _matches(passages, parts, ways)
        )
    return ()


def _parts(quote: Quote, between: re.Pattern[str]) -> Iterator[Quote]:
    at = 0
    ends = [match.span() for match in between.finditer(quote.text)]
    for start, end in [*ends, (len(quote.text),) * 2]:
        piece = quote.text[at:start]
        bare = piece.strip()
        if bare and canonical(bare).text:
            yield Quote.of(bare, quote.at + at + piece.index(bare))
        at = end


def _occurrences(passages: Passages, quote: Quote, form: str) -> list[Found]:
    founds = passages.remembered(form, places_of)
    return [found for found in founds if not run_together(passages, quote, found)]


def places_of(passages: Passages, form: str) -> tuple[Found, ...]:
    """The first places at which a canonical text stands, for `Passages.remembered`."""
    places = passages.index.find(form, _MOST)
    return tuple(passages.at(at, at + len(form)) for at in places)


def _of_part(passages: Passages, part: Quote) -> list[Found]:
    return next((f for form in part.forms if (f := _occurrences(passages, part, form))), [])


def _longest(parts: Sequence[Quote]) -> int:
    return max(range(len(parts)), key=lambda i: len(parts[i].folded.text))


def _adjoining(passages: Passages, lines: Sequence[Quote]) -> list[_Way]:
    """The ways in which lines stand one after the other, begun at each place where the longest of them stands.

    The next place of a line is the only one that may adjoin: whatever clause stands before it stands before
    those that follow, too.
    """
    ways: list[_Way] = []
    anchor = _longest(lines)
    for found in _of_part(passages, lines[anchor]):
        way = [found]
        low, high = passages.line(found.start)
        for line in reversed(lines[:anchor]):
            before = _adjoins(passages, line, way[0], max(low, way[0].start - _REACH), -1)
            if before is None:
                break
            way.insert(0, before)
        if len(way) <= anchor:
            continue
        for line in lines[anchor + 1 :]:
            behind = _adjoins(passages, line, way[-1], min(high, way[-1].end + _REACH), 1)
            if behind is None:
                break
            way.append(behind)
        if len(way) == len(lines):
            ways.append(tuple(way))
    return ways


def _adjoins(
    passages: Passages, line: Quote, beside: Found, limit: int, direction: int
) -> Found | None:
    """The nearest place of a line behind a stretch, or before it, if nothing of a clause stands between."""
    for form in line.forms:
        reach = len(form)
        if direction > 0:
            at = passages.text.find(form, beside.end, limit + reach)
        else:
            at = passages.text.rfind(form, max(limit - reach, 0), beside.start)
        if at < 0:
            continue
        found = passages.at(at, at + reach)
        first, second = (beside, found) if direction > 0 else (found, beside)
        if (
            found.document_id == beside.document_id
            and passages.between(first, second)
            and not run_together(passages, line, found)
        ):
            return found
    return None


def _in_one_document(passages: Passages, parts: Sequence[Quote]) -> list[_Way]:
    """The ways in which parts stand in order within one document, from each place of the first on."""
    each: list[dict[tuple[str, str], list[Found]]] = []
    for part in parts:
        of_part: dict[tuple[str, str], list[Found]] = {}
        for found in _of_part(passages, part):
            of_part.setdefault((found.issue_id, found.document_id), []).append(found)
        if not of_part:
            return []
        each.append(of_part)
    ways: list[_Way] = []
    for document, firsts in each[0].items():
        following = [of_part.get(document, []) for of_part in each[1:]]
        starts = [[found.start for found in founds] for founds in following]
        for first in firsts:
            way = [first]
            for founds, begin in zip(following, starts, strict=True):
                index = bisect_left(begin, way[-1].end)
                if index == len(founds):
                    break
                way.append(founds[index])
            if len(way) == len(parts):
                ways.append(tuple(way))
    return sorted(ways, key=lambda way: way[0].start)


def _in_one_clause(passages: Passages, parts: Sequence[Quote]) -> list[_Way]:
    """The ways in which parts stand in order within one clause, one for each clause that holds the longest of them.

    So are parts that are as short as to stand anywhere by chance: （05） stands on some line of a document
    whatever was before the dots, and 的 in most clauses of a corpus.
    """
    clauses: dict[int, ClauseRecord] = {}
    for found in _of_part(passages, parts[_longest(parts)]):
        if len(found.owners) == 1:
            record = found.owners[0][0]
            clauses.setdefault(record.position, record)
    ways: list[_Way] = []
    for record in clauses.values():
        for low, owners in passages.remembered(record.position, _of_clause):
            way: list[Found] = []
            at = low
            for part in parts:
                found_ = _next_in(passages, part, owners, record.clause.id, low, at)
                if found_ is None:
                    break
                way.append(found_)
                at = found_.end
            if len(way) == len(parts):
                ways.append(tuple(way))
    return ways


def _of_clause(passages: Passages, position: int) -> tuple[tuple[int, tuple[str | None, ...]], ...]:
    """Where a clause begins, and for each character up to its end the smallest clause that holds it."""
    return tuple(
        (low, tuple(one.clause.id if one else None for one in passages.owners(low, high)))
        for low, high in passages.stretches_at(position)
    )


def _next_in(
    passages: Passages, part: Quote, owners: Sequence[str | None], identity: str, low: int, at: int
) -> Found | None:
    """The next place of a part at which all that belongs to a clause belongs to this one."""
    for form in part.forms:
        place = passages.text.find(form, at, low + len(owners))
        while place >= 0:
            end = place + len(form)
            if set(owners[place - low : end - low]) - {None} == {identity}:
                found = passages.at(place, end)
                if not run_together(passages, part, found):
                    return found
            place = passages.text.find(form, place + 1, low + len(owners))
    return None


def _matches(passages: Passages, parts: Sequence[Quote], ways: Sequence[_Way]) -> list[Match]:
    """Ways through parts as matches: those in the fewest clauses; of those through several the shortest."""
    if not ways:
        return []
    counts = [len({identity for found in one for identity in found.ids}) for one in ways]
    chosen = [one for one, count in zip(ways, counts, strict=True) if count == min(counts)]
    if min(counts) > 1:
        chosen = [min(chosen, key=lambda one: one[-1].end - one[0].start)]
    matches: dict[tuple[object, ...], Match] = {}
    for way in chosen:
        ignored: set[str] = set()
        for part, found in zip(parts, way, strict=True):
            ignored |= _ignored(passages, part, found)
        match = Match(way, frozenset(ignored))
        matches.setdefault(match.key, match)
    return list(matches.values())


def run_together(passages: Passages, quote: Quote, found: Found) -> list[int]:
    """Where two numbers of the source are one in the quote: indexes of the digit behind the gap.

    35 and 11 in two cells of a table are not 3511; a number that a line break cuts is one.
    """
    text = quote.folded.text
    pairs = [i for i in range(1, len(text)) if text[i].isdigit() and text[i - 1].isdigit()]
    if not pairs:
        return []
    positions = passages.positions(found.start, found.end)
    source = passages.source(found.issue_id)
    kept = quote.folded.kept
    joined: list[int] = []
    for index in pairs:
        if kept[index] > kept[index - 1] + 1:
            continue  # the quote sets them apart, too
        before, here = int(positions[index - 1]), int(positions[index])
        if here == before + 1:
            continue
        gap = source[before + 1 : here]
        apart = _SAME_LINE.search(gap) is not None
        owners = [
            one.clause.id
            for one, _ in passages.at(found.start + index - 1, found.start + index + 1).owners
        ]
        if apart or len(owners) > 1:
            joined.append(index)
    return joined


def _ignored(passages: Passages, quote: Quote, found: Found) -> frozenset[str]:
    """What differs between a quote and the place where it stands; nothing where either text has it so."""
    if found.within and quote.text in found.within.clause.text:
        return frozenset()
    source = passages.source(found.issue_id)
    if len(found.spans) == 1 and source[slice(*found.spans[0])] == quote.text:
        return frozenset()
    kinds: set[str] = set()
    positions = passages.positions(found.start, found.end)
    kept = quote.folded.kept
    clause = _Gaps(found)
    for index, (mine, theirs) in enumerate(zip(kept, positions, strict=True)):
        kind = difference_kind(quote.text[int(mine)], source[int(theirs)])
        if kind:
            kinds.add(kind)
        if index:
            printed = source[int(positions[index - 1]) + 1 : int(theirs)]
            quoted = quote.text[int(kept[index - 1]) + 1 : int(mine)]
            if quoted != printed and quoted != clause.between(printed):
                kinds |= gap_kinds(quoted, printed)
    return frozenset(kinds)


class _Gaps:
    """What stands between two characters in a clause's text, which has no line breaks of the layout."""

    def __init__(self, found: Found) -> None:
        self._joins = found.within is not None

    def between(self, printed: str) -> str:
        """`printed` as the clause's text has it: a break within a paragraph is nothing."""
        return "" if self._joins and printed.strip(" \t") and "\n\n" not in printed else printed
