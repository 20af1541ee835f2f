"""The whole corpus as one text to search in, and which clauses a stretch of it belongs to."""

from __future__ import annotations

import functools
import re
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa_bot.gazette.grammar import PAGE_NUMBER
from qa_bot.index import ClauseRecord, Records
from qa_bot.text import Span
from qa_bot.verify.characters import Canonical, canonical
from qa_bot.verify.model import Place
from qa_bot.verify.ngrams import Trigrams

__all__ = ["Found", "Passages"]

# Stands between two units; no canonical text holds it.
_BETWEEN = "\n"
_KEPT = 16
_Asked = TypeVar("_Asked")
_Made = TypeVar("_Made")
_LINE = re.compile(r"[^\n\f]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the corpus.

    Attributes:
        start: in the text of `Passages`.
        end: behind it.
        issue_id: the issue that it stands in.
        spans: of the issue's source, in order; line breaks within are part of them.
        owners: the smallest clauses that it touches, each with its spans, in order.
        within: the smallest clause that holds all of it that belongs to clauses at all, or `None`.
        document_id: of the first of them, or that follows where it is a heading.
    """

    start: int
    end: int
    issue_id: str
    spans: tuple[Span, ...]
    owners: tuple[tuple[ClauseRecord, tuple[Span, ...]], ...]
    within: ClauseRecord | None
    document_id: str

    @property
    def key(self) -> tuple[object, ...]:
        """The same for two stretches that are one place."""
        clauses = (self.within,) if self.within else tuple(one for one, _ in self.owners)
        return (
            (self.issue_id, *(one.clause.id for one in clauses if one)) if clauses else self.spans
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """The smallest clauses that it touches."""
        return tuple(record.clause.id for record, _ in self.owners)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece of the searched text: an issue, or a clause whose text does not stand in it as a whole."""

    start: int
    issue_id: str
    kept: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Issue:
    """What of an issue's clauses stays in memory: where in the index each is, and from where to where it reaches.

    A quote may stand at 200 places in as many issues; the clauses of all of them are not read for that.
    """

    positions: tuple[int, ...]
    first: NDArray[np.int32]
    last: NDArray[np.int32]

    @classmethod
    def of(cls, records: Sequence[ClauseRecord]) -> _Issue:
        first = [min(start for start, _ in one.clause.spans) for one in records]
        last = [max(end for _, end in one.clause.spans) for one in records]
        return cls(
            tuple(one.position for one in records),
            np.array(first, dtype=np.int32),
            np.array(last, dtype=np.int32),
        )


# For each character the index of its smallest clause or -1; of each clause touched which characters it holds,
# the clause, and how long it is.
_Owned = tuple[
    NDArray[np.int64], dict[int, NDArray[np.bool_]], dict[int, ClauseRecord], dict[int, int]
]


class _Recent(threading.local):
    """What was asked after while one text is verified, which one thread does from beginning to end."""

    def __init__(self) -> None:
        self.made: dict[object, Any] = {}


class Passages:
    """All issues in canonical form, with an index of trigrams. Safe to use from several threads.

    What stands in the middle of a clause and is none of it (the number and head of a page) is left out; where
    a clause's text is put together otherwise than it is printed, it is there once more by itself.
    """

    def __init__(self, records: Records) -> None:
        """Read every clause once: about 60 ms for 600 clauses."""
        self._records = records
        self.source = functools.lru_cache(maxsize=_KEPT)(records.text)
        self._issues: dict[str, _Issue] = {}
        self._recent = _Recent()
        pieces: list[str] = []
        self._units: list[_Unit] = []
        at = 0
        for issue in records.issues:
            clauses = records.of(issue.id)
            self._issues[issue.id] = _Issue.of(clauses)
            again = records.standings.spans_printed_again(issue.id)
            for one in _pieces(records.text(issue.id), clauses, again):
                self._units.append(_Unit(at, issue.id, one.kept))
                pieces.append(one.text)
                at += len(one.text) + len(_BETWEEN)
        self._starts = [unit.start for unit in self._units]
        self._units_of: dict[str, list[_Unit]] = {}
        for unit in self._units:
            self._units_of.setdefault(unit.issue_id, []).append(unit)
        self.index = Trigrams(_BETWEEN.join(pieces))

    def remembered(self, asked: _Asked, work: Callable[[Passages, _Asked], _Made]) -> _Made:
        """What `work` makes of a quote; kept for this thread until `forget`, for it is asked after several times."""
        key = (asked, work)
        if (kept := self._recent.made.get(key)) is None:
            kept = self._recent.made[key] = work(self, asked)
        made: _Made = kept
        return made

    def forget(self) -> None:
        """Keep nothing of what was asked after."""
        self._recent.made.clear()

    @property
    def text(self) -> str:
        """What is searched; a line is a unit."""
        return self.index.text

    def stretches(self, records: Iterable[ClauseRecord | None]) -> list[tuple[int, int]]:
        """Where clauses stand in the text, from their first character to their last.

        Looks through the units of the clause's issue only, and nearly always the first: what that costs does
        not grow with the number of issues.
        """
        found: list[tuple[int, int]] = []
        for record in filter(None, records):
            for unit in self._units_of.get(record.issue_id, ()):
                low, high = record.clause.spans[0][0], record.clause.spans[-1][1]
                inside = np.flatnonzero((unit.kept >= low) & (unit.kept < high))
                if len(inside):
                    found.append((unit.start + int(inside[0]), unit.start + int(inside[-1]) + 1))
                    break
        return found

    def stretches_at(self, position: int) -> list[tuple[int, int]]:
        """Where the clause at a position of the index stands in the text."""
        return self.stretches(self._records.at([position]))

    def line(self, start: int) -> tuple[int, int]:
        """The unit that a position is in, as a stretch of the text."""
        unit = self._unit(start)
        return unit.start, unit.start + len(unit.kept)

    def positions(self, start: int, end: int) -> NDArray[np.int32]:
        """Where the characters of a stretch stand in the source of their issue."""
        unit = self._unit(start)
        return unit.kept[start - unit.start : end - unit.start]

    def _unit(self, start: int) -> _Unit:
        return self._units[bisect_right(self._starts, start) - 1]

    def at(self, start: int, end: int) -> Found:
        """The clauses of a stretch, which must lie within one unit and not be empty."""
        unit = self._unit(start)
        held = self._issues[unit.issue_id]
        source = self.source(unit.issue_id)
        positions = self.positions(start, end).astype(np.int64)
        low = int(positions.min())
        owner, masks, records, sizes = self._owned(held, positions)
        owned = owner >= 0
        whole = [i for i, mask in masks.items() if owned.any() and mask[owned].all()]
        within = records[min(whole, key=lambda i: (sizes[i], -i))] if whole else None
        ids = list(dict.fromkeys(int(i) for i in owner[owned]))
        named = _with_headings(owner)
        owners = tuple((records[i], _spans(source, positions[named == i])) for i in ids)
        if ids:
            document = records[ids[0]].clause.document_id
        else:
            follows = np.flatnonzero(held.first >= low)
            document = ""
            if held.positions:
                nearest = held.positions[int(follows[0]) if len(follows) else -1]
                document = self._records.at([nearest])[0].clause.document_id
        return Found(start, end, unit.issue_id, _spans(source, positions), owners, within, document)

    def _owned(self, held: _Issue, positions: NDArray[np.int64]) -> _Owned:
        """Which clauses of an issue hold characters of its source."""
        low, high = int(positions.min()), int(positions.max()) + 1
        touched = [int(i) for i in np.flatnonzero((held.first < high) & (held.last > low))]
        read = self._records.at([held.positions[i] for i in touched])
        records = dict(zip(touched, read, strict=True))
        sizes = {i: sum(b - a for a, b in one.clause.spans) for i, one in records.items()}
        owner = np.full(len(positions), -1, dtype=np.int64)
        masks: dict[int, NDArray[np.bool_]] = {}
        for index in sorted(sizes, key=lambda i: -sizes[i]):
            mask = np.zeros(len(positions), dtype=np.bool_)
            for a, b in records[index].clause.spans:
                mask |= (positions >= a) & (positions < b)
            if mask.any():
                masks[index] = mask
                owner[mask] = index
        return owner, masks, records, sizes

    def owners(self, start: int, end: int) -> list[ClauseRecord | None]:
        """For each character of a stretch of one unit the smallest clause that holds it."""
        held = self._issues[self._unit(start).issue_id]
        owner, _, records, _ = self._owned(held, self.positions(start, end).astype(np.int64))
        return [records.get(int(index)) for index in owner]

    def printed(self, start: int, end: int) -> str:
        """A stretch of one unit as its clauses have it, with their line breaks and cells.

        Guarantees: where one clause holds it, a substring of that clause's text; otherwise substrings of the
        texts of the clauses and of what stands between them (第五十一条), joined as the source does.
        """
        if start >= end:
            return ""
        positions = self.positions(start, end).astype(np.int64)
        source = self.source(self._unit(start).issue_id)
        held = self._issues[self._unit(start).issue_id]
        owner, masks, records, sizes = self._owned(held, positions)
        wholes = [i for i, mask in masks.items() if mask.all()]
        if wholes:
            owner[:] = min(wholes, key=lambda i: (sizes[i], -i))
        text = ""
        edges = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(owner))), len(owner)]
        last = -1
        for low, high in pairwise(edges):
            record = records.get(int(owner[low]))
            for first, final, piece in _as_printed(source, record, positions[low:high]):
                if last >= 0:
                    text += _between(source, last, first)
                text += piece
                last = final
        return text

    def between(self, first: Found, second: Found) -> bool:
        """Whether nothing that belongs to a clause stands between two stretches of one issue, the first before."""
        if first.issue_id != second.issue_id or first.end > second.start:
            return False
        if first.end == second.start:
            return True
        if self._unit(first.start) is not self._unit(second.start):
            return False
        return not self.at(first.end, second.start).owners

    def places(self, found: Found) -> tuple[Place, ...]:
        """Where a stretch stands, for a reader: one place, or one for each clause that it runs through."""
        issue = self._records.issue(found.issue_id)
        document = self._records.document(found.issue_id, found.document_id)
        parts: Sequence[tuple[ClauseRecord | None, tuple[Span, ...]]] = found.owners
        if found.within or not found.owners:
            parts = [(found.within, found.spans)]
        standing = self._records.standings.of(issue.id, document.id)
        return tuple(Place(record, document, issue, spans, standing) for record, spans in parts)


def _as_printed(
    source: str, record: ClauseRecord | None, positions: NDArray[np.int64]
) -> Iterator[tuple[int, int, str]]:
    """Characters of the source as a clause's text has them: pieces, each with its first and last position.

    Without a clause as the source has them, each line by itself.
    """
    own = _own(source, record) if record else None
    at = 0
    while at < len(positions):
        if own is None or record is None:
            breaks = (
                i
                for i in range(at + 1, len(positions))
                if positions[i] <= positions[i - 1]
                or source[positions[i - 1] + 1 : positions[i]].strip(" \t\u3000")
            )
            stop = next(breaks, len(positions))
            first, last = int(positions[at]), int(positions[stop - 1])
            yield first, last, source[first : last + 1]
        else:
            there, kept = own
            begin = int(np.flatnonzero(there == positions[at])[0])
            length = min(len(there) - begin, len(positions) - at)
            differs = np.flatnonzero(there[begin : begin + length] != positions[at : at + length])
            stop = at + (int(differs[0]) if len(differs) else length)
            low, high = int(kept[begin]), int(kept[begin + stop - at - 1])
            yield int(positions[at]), int(positions[stop - 1]), record.clause.text[low : high + 1]
        at = stop


def _own(source: str, record: ClauseRecord) -> tuple[NDArray[np.int64], NDArray[np.int32]] | None:
    """Of each character of a clause that counts: where it stands in the source, and where in the clause's text."""
    spans = record.clause.spans
    printed = canonical("".join(source[start:end] for start, end in spans))
    text = canonical(record.clause.text)
    if printed.text != text.text:
        return None
    there = np.concatenate([np.arange(start, end, dtype=np.int64) for start, end in spans])
    return there[printed.kept], text.kept


def _between(source: str, last: int, first: int) -> str:
    """What sets two pieces apart: a line break, or the blanks of their line."""
    gap = source[last + 1 : first]
    return "\n" if first <= last or gap.strip() or "\n" in gap else gap


def _with_headings(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Owners, what belongs to none (第五十一条, a heading) counted to the clause that follows, or to the last."""
    named = owner.copy()
    following = -1
    for index in range(len(named) - 1, -1, -1):
        if named[index] < 0:
            named[index] = following
        following = named[index]
    owned = owner[owner >= 0]
    if len(owned):
        named[named < 0] = owned[-1]
    return named


def _spans(text: str, positions: NDArray[np.int64]) -> tuple[Span, ...]:
    """Positions as spans, joined over white space."""
    spans: list[Span] = []
    if not len(positions):
        return ()
    breaks = np.flatnonzero(np.diff(positions) != 1)
    edges = [0, *(int(i) + 1 for i in breaks), len(positions)]
    for low, high in pairwise(edges):
        start, end = int(positions[low]), int(positions[high - 1]) + 1
        if spans and spans[-1][1] <= start and not text[spans[-1][1] : start].strip():
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)


def _pieces(
    text: str, records: Sequence[ClauseRecord], again: Sequence[Span]
) -> Iterator[Canonical]:
    """An issue as it runs, then each clause whose text does not stand in that as a whole.

    Left out is `again`: documents that are kept in another issue, where a quote of them is found.
    """
    running = canonical(text, [*_asides(text, records), *again])
    yield running
    place = np.full(len(text) + 1, -1, dtype=np.int64)
    place[running.kept] = np.arange(len(running.kept))
    for record in records:
        spans = record.clause.spans
        own = "".join(text[start:end] for start, end in spans)
        folded = canonical(own)
        if not folded.text:
            continue
        positions = np.concatenate([np.arange(start, end) for start, end in spans])
        kept = positions[folded.kept].astype(np.int32)
        start = int(place[kept[0]])
        if start < 0 or not running.text.startswith(folded.text, start):
            yield Canonical(folded.text, kept)


def _asides(text: str, records: Sequence[ClauseRecord]) -> list[Span]:
    """What is none of the text: page numbers, and what else stands between two pieces of one clause and in none."""
    covered = np.zeros(len(text), dtype=np.bool_)
    for record in records:
        for start, end in record.clause.spans:
            covered[start:end] = True
    asides: list[Span] = []
    for record in records:
        for (_, end), (start, _) in pairwise(record.clause.spans):
            if end < start and text[end:start].strip() and not covered[end:start].any():
                asides.append((end, start))
    asides.extend(
        match.span()
        for match in _LINE.finditer(text)
        if PAGE_NUMBER.match(match[0].strip()) and not covered[slice(*match.span())].any()
    )
    return asides
