"""From a text to verdicts on its quotes and citations."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from qa_bot.errors import InputError
from qa_bot.index import Records
from qa_bot.text import Span
from qa_bot.verify.citations import Citation, Citations
from qa_bot.verify.differing import compared, differences_of, pieces_of
from qa_bot.verify.model import Check, Cited, Compared, Place, Verification
from qa_bot.verify.nearness import Nearest, as_near, nearest
from qa_bot.verify.passages import Passages
from qa_bot.verify.quotes import (
    MAX_PARTS,
    Match,
    Quote,
    find_verbatim,
    run_together,
)
from qa_bot.verify.reading import Item, read, without_markers
from qa_bot.verify.sentence import left_out
from qa_bot.verify.values import changed_values
from qa_bot.verify.wording import (
    altered,
    found_at,
    misattributed,
    not_here,
    out_of_order,
    several,
    too_many_parts,
    with_citation,
)

__all__ = ["MAX_CHECKS", "MAX_TEXT", "Verifier", "check_text"]

MAX_TEXT = 20_000
# Quotes and citations of one text that are checked.
MAX_CHECKS = 200
SHORT = 6
_MOST = 20
# From here on a quote is an altered clause; below it, another text. Shorter ones agree by chance more often.
_ALTERED, _ALTERED_SHORT, _BRIEF = 0.6, 0.75, 12
# A stretch of so many characters is no chance, whatever else the quote says.
_LONG_STRETCH = 20
# A whole text of which so much stands in the corpus is one quote, though it holds quotes and citations itself.
_ONE_QUOTE = 0.8
_NEAR = 0.3


def check_text(text: str) -> str:
    """A text that can be verified, as it is.

    Raises:
        InputError: it is empty, longer than `MAX_TEXT` characters, or holds half of a surrogate pair.
    """
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InputError(
            "文字里有残缺的字符（单个代理项），请重新粘贴 / "
            "The text holds a lone surrogate, which is no character: paste it again."
        )
    if not any(char.isalnum() for char in text):
        raise InputError(
            "没有要核对的文字，请粘贴引文或出处 / There is nothing to verify: paste a quote or a citation."
        )
    if len(text) > MAX_TEXT:
        raise InputError(
            f"文字有 {len(text)} 个字，一次最多核对 {MAX_TEXT} 个；请分几次 / "
            f"The text has {len(text)} characters, the limit is {MAX_TEXT}: verify it in parts."
        )
    return text


class Verifier:
    """Holds quotes and citations against a corpus. Safe to use from several threads; nothing in it changes."""

    def __init__(self, records: Records, names: Iterable[str] = ()) -> None:
        """Read the corpus once.

        Args:
            records: of the corpus.
            names: of people and bodies, which are told apart where they differ.
        """
        self._text = functools.lru_cache(maxsize=4)(records.text)
        self._passages = Passages(records)
        self._citations = Citations(records)
        self._names = tuple(dict.fromkeys(names))
        self._standings = records.standings

    def verify(self, text: str) -> Verification:
        """Say for each quote and each citation of a text what holds of it; without any, the text is one quote.

        Guarantees: nothing of the text or of the corpus is changed; a quote is verified only where the spans
        given hold its characters, less those differences that `ignored` names.
        """
        began = time.perf_counter()
        self._passages.forget()
        try:
            checks, unchecked = self._checks(text)
        finally:
            self._passages.forget()
        elapsed = (time.perf_counter() - began) * 1000
        return Verification(text, tuple(checks), elapsed, unchecked)

    def _checks(self, text: str) -> tuple[list[Check], int]:
        """The checks, and how many more there would be."""
        plain = without_markers(text)
        if plain != text:  # 县<市、⏎区>人民政府: a > that is printed, and no mark of a quoted line
            printed = self._quote_of(text, (0, len(text)))
            if matches := find_verbatim(self._passages, printed):
                return [self._verbatim(self._check(printed, None), matches)], 0
        citations = self._citations.find(plain)
        items, copied = read(text, lambda _: [one.span for one in citations])
        rest = _outside(plain, items)
        whole = self._quote_of(plain, (0, len(plain)))
        if items and not copied and any(char.isalnum() for char in rest):
            matches = find_verbatim(self._passages, whole)
            if matches or self._is_one_quote(whole, items):
                items = []
        if not items:
            return [self._quote(whole, None)], 0
        checks = [self._item(plain, item, citations) for item in items[:MAX_CHECKS]]
        return checks, len(items) - len(checks)

    def _quote_of(self, text: str, span: Span) -> Quote:
        start, end = span
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        return Quote.of(piece.strip(), start)

    def _is_one_quote(self, whole: Quote, items: Sequence[Item]) -> bool:
        """Whether a text is a clause that was changed, not a text about clauses: what it says itself stands there, too."""
        near = nearest(self._passages, whole, most=1)
        if not near or near[0].alignment.similarity < _ONE_QUOTE:
            return False
        inside = bytearray(whole.at + len(whole.text))
        for start, end in (span for item in items for span in item.spans):
            inside[start:end] = b"\1" * (end - start)
        own = same = 0
        equal = bytearray(len(whole.folded.text))
        for one in near[0].alignment.operations:
            if one.op == "equal":
                equal[one.quote[0] : one.quote[1]] = b"\1" * (one.quote[1] - one.quote[0])
        for index, kept in enumerate(whole.folded.kept):
            if not inside[whole.at + int(kept)]:
                own += 1
                same += equal[index]
        return same >= own / 2

    def _item(self, text: str, item: Item, citations: Sequence[Citation]) -> Check:
        cited = self._citations.resolve(citations[item.cited.index]) if item.cited else None
        if item.quote is None and cited is not None:
            verdict = cited.status
            return Check(
                "citation", verdict, cited.text, (cited.span,), cited.message, cited.places,
                len(cited.places), cited=cited,
            )  # fmt: skip
        return self._quote(self._quote_of(text, item.quote or (0, 0)), cited)

    def _check(self, quote: Quote, cited: Cited | None) -> Check:
        spans: tuple[Span, ...] = ((quote.at, quote.at + len(quote.text)),)
        if cited:
            spans = (*spans, cited.span)
        return Check(
            "quote_with_citation" if cited else "quote", "not_found", quote.text, spans, ("", ""),
            short=len(quote.folded.text) < SHORT, cited=cited,
        )  # fmt: skip

    def _quote(self, quote: Quote, cited: Cited | None) -> Check:
        check = self._check(quote, cited)
        if not quote.folded.text:
            return replace(check, message=not_here(()))
        matches = find_verbatim(self._passages, quote)
        if matches:
            return self._verbatim(check, matches)
        return self._not_verbatim(check, quote)

    def _verbatim(self, check: Check, matches: Sequence[Match]) -> Check:
        cited = check.cited
        if cited is None:
            return self._standing(check, self._newest(matches))
        if not cited.held:
            near = tuple(self._as_compared(match) for match in matches[:3])
            return replace(check, message=with_citation(not_here(near), cited), near=near)
        there = [match for match in matches if _within(match, cited.keys)]
        if not there:  # the words of an earlier version, cited as one cites the work
            works = tuple(map(self._of_latest, cited.keys))
            there = [match for match in matches if _within(match, works, self._of_latest)]
        there = self._newest(there)
        if len(there) > 1 and len(wholes := [match for match in there if match.whole]) == 1:
            there = wholes
        if there:
            return self._standing(check, there)
        matches = self._newest(matches)
        made = self._standing(check, matches)
        reaches = any(_touches(match, cited.keys) for match in matches)
        return replace(made, verdict="misattributed", message=misattributed(made, cited, reaches))

    def _of_latest(self, identity: str) -> str:
        """An id of an earlier version as it would be in the latest one."""
        return self._standings.in_latest(identity)

    def _newest(self, matches: Sequence[Match]) -> list[Match]:
        """The matches, of those in several versions of one work only those in the latest of these."""
        best: dict[str, int] = {}
        rated: list[tuple[Match, str, int]] = []
        for match in matches:
            first = match.founds[0]
            standing = self._standings.of(first.issue_id, first.document_id)
            order = [one.id for one in standing.versions]
            rank = order.index(standing.id) if order else 0
            best[standing.latest] = max(rank, best.get(standing.latest, rank))
            rated.append((match, standing.latest, rank))
        return [match for match, work, rank in rated if rank == best[work]]

    def _standing(self, check: Check, matches: Sequence[Match]) -> Check:
        at = islice((place for match in matches for place in self._places(match)), _MOST)
        ignored = min((match.ignored for match in matches), key=len)
        made = replace(
            check,
            verdict="verified" if len(matches) == 1 else "ambiguous",
            at=tuple(at),
            places=len(matches),
            ignored=tuple(sorted(ignored)),
            elided=matches[0].elided,
        )
        if len(matches) == 1 and len(made.at) == 1 and not made.elided:
            text = self._text(made.at[0].issue.id)
            made = replace(made, left_out=left_out(made.at[0], text))
        return replace(made, message=found_at(made) if len(matches) == 1 else several(made))

    def _places(self, match: Match) -> tuple[Place, ...]:
        """Where a match stands; parts that stand in one clause are one place."""
        places: list[Place] = []
        for found in match.founds:
            for place in self._passages.places(found):
                last = places[-1] if places else None
                if last and last.record and place.record and last.record == place.record:
                    places[-1] = replace(last, spans=(*last.spans, *place.spans))
                else:
                    places.append(place)
        return tuple(places)

    def _as_compared(self, match: Match) -> Compared:
        first, last = match.founds[0], match.founds[-1]
        end = last.end if last.end <= self._passages.line(first.start)[1] else first.end
        return compared(self._passages, first.start, end, 1.0, self._places(match))

    def _not_verbatim(self, check: Check, quote: Quote) -> Check:
        cited = check.cited
        parts = quote.parts()
        if len(parts) > 1 and not self._prints_dots(quote):
            if len(parts) > MAX_PARTS:
                return replace(check, elided=True, message=too_many_parts(len(parts), MAX_PARTS))
            failing = (one for one in parts if not find_verbatim(self._passages, one))
            if (first := next(failing, None)) is not None:
                return self._not_verbatim(replace(check, elided=True), first)
            near = [
                self._as_compared(find_verbatim(self._passages, one)[0]) for one in parts[:_MOST]
            ]
            return replace(
                check, verdict="altered", elided=True, message=out_of_order(), near=tuple(near)
            )
        best = self._best(quote, cited)
        if best and _is_altered(best, quote, named=bool(cited and cited.status == "exists")):
            made = self._altered(check, quote, best)
            return replace(made, message=altered(made))
        near = [
            self._near(one)
            for one in nearest(self._passages, quote)
            if one.alignment.similarity >= _NEAR
        ]
        message = not_here(near)
        return replace(
            check, message=with_citation(message, cited) if cited else message, near=tuple(near)
        )

    def _prints_dots(self, quote: Quote) -> bool:
        """Whether the …… of a quote are printed where it is from: 目录……………（02）."""
        near = nearest(self._passages, quote, most=1)
        if not near:
            return False
        alignment, text = near[0].alignment, near[0].form
        same = "".join(
            text[a:b] for a, b in (o.quote for o in alignment.operations if o.op == "equal")
        )
        return 2 * sum(map(same.count, "….")) > sum(map(text.count, "….")) > 0

    def _best(self, quote: Quote, cited: Cited | None) -> Nearest | None:
        """What a quote is to be held against: the clause cited, if it is at all near, else the nearest."""
        # Of two versions that a quote is as near to it is held against the later one.
        found = sorted(
            nearest(self._passages, quote, most=5),
            key=lambda one: (one.alignment.distance, self._is_earlier(one)),
        )
        if cited and cited.held:
            there = [one for one in found if _is_under(one.found.ids, cited.keys)]
            if not there and cited.places:
                stretches = self._passages.stretches(place.record for place in cited.places)
                there = nearest(self._passages, quote, stretches, most=1)
            if there and _is_altered(there[0], quote, named=True):
                return there[0]
        return found[0] if found else None

    def _is_earlier(self, one: Nearest) -> bool:
        return (one.found.issue_id, one.found.document_id) in self._standings.earlier

    def _near(self, one: Nearest) -> Compared:
        return compared(
            self._passages,
            one.alignment.start,
            one.alignment.end,
            one.alignment.similarity,
            self._passages.places(one.found),
        )

    def _altered(self, check: Check, quote: Quote, best: Nearest) -> Check:
        joined = (
            run_together(self._passages, quote, best.found) if not best.alignment.distance else []
        )
        differences, values = differences_of(self._passages, quote, best, joined)
        values = values or changed_values(
            quote.folded.text, self._passages.text, best.alignment.operations, self._names
        )
        near = as_near(self._passages, best, nearest(self._passages, quote, most=_MOST))
        if not self._is_earlier(best):
            near = [one for one in near if not self._is_earlier(one)]
        if check.cited and _is_under(best.found.ids, check.cited.keys):
            near = [one for one in near if _is_under(one.found.ids, check.cited.keys)]
        return replace(
            check,
            verdict="altered",
            compared=self._near(best),
            pieces=pieces_of(self._passages, quote, best),
            differences=differences,
            changed_values=values,
            near=tuple(self._near(one) for one in near[:_MOST]),
        )


def _is_altered(one: Nearest, quote: Quote, *, named: bool) -> bool:
    """Whether a quote is a changed form of what it is nearest to, not another text."""
    length = len(quote.folded.text)
    if length < SHORT and not named:
        return False
    least = _ALTERED if named or length >= _BRIEF else _ALTERED_SHORT
    return one.alignment.similarity >= least or one.alignment.longest >= _LONG_STRETCH


def _is_under(ids: Sequence[str], keys: Sequence[str]) -> bool:
    return bool(ids) and all(
        any(one == key or one.startswith(f"{key}/") for key in keys) for one in ids
    )


def _within(
    match: Match, keys: Sequence[str], named: Callable[[str], str] = lambda identity: identity
) -> bool:
    """Whether all of a match belongs to what is cited, its ids read as `named` says."""
    issues = {found.issue_id for found in match.founds}
    if issues <= set(keys):
        return True
    ids = tuple(map(named, match.ids or (found.document_id for found in match.founds)))
    within = match.founds[0].within
    if within and len(match.founds) == 1 and named(within.clause.id) in keys:
        return True
    return _is_under(ids, keys)


def _touches(match: Match, keys: Sequence[str]) -> bool:
    return any(_is_under((one,), keys) for one in match.ids)


def _outside(text: str, items: Sequence[Item]) -> str:
    """What of a text is in no item."""
    shadow = list(text)
    for item in items:
        for start, end in item.spans:
            shadow[start:end] = " " * (end - start)
    return "".join(shadow)
