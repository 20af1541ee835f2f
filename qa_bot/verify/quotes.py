"""Finding a quote: word for word, in parts that stand in order, or what it is nearest to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_bot.text import Span
from qa_bot.verify.alignment import Alignment, align
from qa_bot.verify.characters import Canonical, canonical, difference_kind, gap_kinds, simplified
from qa_bot.verify.passages import Found, Passages

__all__ = ["Match", "Nearest", "Quote", "as_near", "find_verbatim", "nearest"]

# Occurrences that are looked at.
_MOST = 200
# A part as short as this, left to stand alone by ……, has to stand in the same clause as the others.
_SHORT = 6
_ELLIPSIS = re.compile(r"\s*[(（\[〔【]?(?:…{1,}|\.{3,}|。{3,}|·{3,}|⋯+)[)）\]〕】]?\s*")
_LINES = re.compile(r"\s*\n\s*")
_SAME_LINE = re.compile(r"[\t ]")


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


def find_verbatim(passages: Passages, quote: Quote) -> list[Match]:
    """All places at which a quote stands word for word, in the order of the corpus.

    As a whole; failing that its lines one after the other, with nothing of a clause between them; failing that
    the parts between …… in order within one document, within one clause where that is possible.
    """
    for form in quote.forms:
        founds = _occurrences(passages, quote, form)
        if founds:
            matches: dict[tuple[object, ...], Match] = {}
            for found in founds:
                match = Match((found,), _ignored(passages, quote, found))
                kept = matches.get(match.key)
                if kept is None or (match.whole and not kept.whole):
                    matches[match.key] = match
            return list(matches.values())
    lines = list(_parts(quote, _LINES))
    if len(lines) > 1 and (chains := _chains(passages, lines, adjoining=True)):
        return [Match(one.founds, one.ignored | {"labels"}) for one in chains]
    parts = quote.parts()
    if len(parts) == 1 and len(parts[0].folded.text) < len(quote.folded.text):
        return [Match(one.founds, one.ignored, True) for one in find_verbatim(passages, parts[0])]
    if len(parts) > 1:
        chains = _chains(passages, parts, adjoining=False)
        return [Match(one.founds, one.ignored, True) for one in chains]
    return []


def _parts(quote: Quote, between: re.Pattern[str]) -> Iterator[Quote]:
    at = 0
    for start, end in [
        *(match.span() for match in between.finditer(quote.text)),
        (len(quote.text),) * 2,
    ]:
        piece = quote.text[at:start]
        if canonical(piece).text:
            yield Quote.of(piece, quote.at + at)
        at = end


def _occurrences(passages: Passages, quote: Quote, form: str) -> list[Found]:
    places = passages.index.find(form)[:_MOST]
    founds = (passages.at(at, at + len(form)) for at in places)
    return [found for found in founds if not run_together(passages, quote, found)]


def _chains(passages: Passages, parts: Sequence[Quote], *, adjoining: bool) -> list[Match]:
    """The ways in which parts stand in order within one document; those in one clause only where there are such."""
    each: list[list[Found]] = []
    for part in parts:
        founds = next((f for form in part.forms if (f := _occurrences(passages, part, form))), [])
        if not founds:
            return []
        each.append(founds)
    chains: list[tuple[Found, ...]] = []
    for first in each[0]:
        chain = [first]
        for founds in each[1:]:
            before = chain[-1]
            follows = (
                one
                for one in founds
                if (one.issue_id, one.document_id) == (before.issue_id, before.document_id)
                and one.start >= before.end
                and (not adjoining or passages.between(before, one))
            )
            following = next(follows, None)
            if following is None:
                break
            chain.append(following)
        if len(chain) == len(parts):
            chains.append(tuple(chain))
    if not chains:
        return []
    counts = [len({identity for found in one for identity in found.ids}) for one in chains]
    ways = [one for one, count in zip(chains, counts, strict=True) if count == min(counts)]
    if min(counts) > 1 and not adjoining and any(len(p.folded.text) < _SHORT for p in parts):
        return []  # （05） stands on some line of a document whatever was before the dots
    if min(counts) > 1:  # of the ways through several clauses the shortest
        ways = [min(ways, key=lambda one: one[-1].end - one[0].start)]
    matches: dict[tuple[object, ...], Match] = {}
    for way in ways:
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
    positions = passages.positions(found.start, found.end)
    source = passages.source(found.issue_id)
    text = quote.folded.text
    kept = quote.folded.kept
    joined: list[int] = []
    for index in range(1, len(text)):
        if not (text[index].isdigit() and text[index - 1].isdigit()):
            continue
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


@dataclass(frozen=True, slots=True)
class Nearest:
    """The stretch of the corpus that a quote is nearest to.

    Attributes:
        alignment: of the form of the quote that lies on it best.
        form: that form, canonical.
        found: the stretch.
    """

    alignment: Alignment
    form: str
    found: Found


def nearest(
    passages: Passages, quote: Quote, within: Sequence[tuple[int, int]] | None = None, most: int = 3
) -> list[Nearest]:
    """What a quote is nearest to, best first, each place once.

    Args:
        passages: to search.
        quote: of at least three characters, otherwise nothing is near.
        within: stretches to look in; those that share most trigrams if not given.
        most: how many at most.
    """
    if within is None:
        return list(passages.remembered(quote.forms, _search))[:most]
    return _aligned(passages, quote.forms, within)[:most]


def as_near(passages: Passages, best: Nearest, found: Sequence[Nearest]) -> list[Nearest]:
    """Other places that a quote is as near to as it is to `best`, in the order of the corpus, each once.

    Those of `found` at the same distance, and all that say word for word what `best` or one of these says.
    """
    places: dict[tuple[object, ...], Nearest] = {}
    for one in [best, *found]:
        if one.alignment.distance != best.alignment.distance:
            continue
        start, end = one.alignment.start, one.alignment.end
        places.setdefault(one.found.key, one)
        for at in passages.index.find(passages.text[start:end])[:_MOST]:
            same = passages.at(at, at + end - start)
            places.setdefault(same.key, Nearest(_moved(one.alignment, at - start), one.form, same))
    del places[best.found.key]
    return sorted(places.values(), key=lambda one: one.found.start)


def _search(passages: Passages, forms: tuple[str, ...]) -> tuple[Nearest, ...]:
    stretches = (stretch for form in forms for stretch in passages.index.near(form))
    return tuple(_aligned(passages, forms, list(dict.fromkeys(stretches))))


def _aligned(
    passages: Passages, forms: Sequence[str], within: Sequence[tuple[int, int]]
) -> list[Nearest]:
    """The forms on each of the stretches, best first."""
    best: dict[tuple[object, ...], Nearest] = {}
    for form in forms:
        for start, end in within:
            for low, high in _units(passages, start, end):
                made = align(form, passages.text[low:high])
                if made.end <= made.start:
                    continue
                made = _moved(made, low)
                found = passages.at(made.start, made.end)
                kept = best.get(found.key)
                if kept is None or made.distance < kept.alignment.distance:
                    best[found.key] = Nearest(made, form, found)
    return sorted(best.values(), key=lambda one: (one.alignment.distance, one.found.start))


def _units(passages: Passages, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a stretch that lie in one unit each."""
    at = start
    while at < end:
        low, high = passages.line(at)
        stop = min(high, end)
        if stop > max(at, low):
            yield max(at, low), stop
        at = max(high + 1, at + 1)


def _moved(alignment: Alignment, by: int) -> Alignment:
    operations = tuple(
        replace(one, source=(one.source[0] + by, one.source[1] + by))
        for one in alignment.operations
    )
    return Alignment(alignment.start + by, alignment.end + by, alignment.distance, operations)
