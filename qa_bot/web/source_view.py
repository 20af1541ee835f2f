"""The text of an issue, or of a stretch of it, as lines and tables, with some of its characters lit."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_bot.text import Span

__all__ = ["Block", "Stretch", "lay_out"]

_LINE = re.compile(r"[^\n\u2029]+")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of the source that are shown in one way.

    Attributes:
        text: verbatim.
        look: `lit` (the clause), `near` (its context) or empty.
        first: whether the clause begins here; the page scrolls to it.
        at: where it begins in the source.
    """

    text: str
    look: str
    first: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A line of the source, or lines that stand directly below each other and hold tabs.

    Attributes:
        kind: `line`, `title` or `table`.
        rows: of cells, each in stretches; a line is one row of one cell.
    """

    kind: str
    rows: tuple[tuple[tuple[Stretch, ...], ...], ...]


def lay_out(
    text: str,
    lit: Sequence[Span],
    near: Iterable[Span] = (),
    titles: Iterable[Span] = (),
    *,
    within: Span | None = None,
    cuts: Iterable[int] = (),
) -> list[Block]:
    """The text in blocks.

    Guarantees: the stretches joined are `text` less line breaks, less the tabs between cells and
    less lines of nothing but white space; `lit` wins over `near`; at most one stretch is the first;
    a stretch begins at every one of `cuts` that is a character of a line.

    Args:
        text: of the issue.
        lit: spans of the clause.
        near: spans of its context.
        titles: spans of documents' titles.
        within: what of the text is laid out; all of it if not given.
        cuts: places at which a stretch is to begin.
    """
    looks = _looks(text, lit, near)
    begin = min((start for start, _, look in looks if look == "lit"), default=-1)
    marks = _Marks(looks, begin, frozenset(cuts))
    title_starts = {start for start, _ in titles}
    blocks: list[Block] = []
    table: list[tuple[tuple[Stretch, ...], ...]] = []
    last_end = -2
    for match in _LINE.finditer(text, *(within or (0, len(text)))):
        start, end = match.span()
        if not match[0].strip():
            continue
        cells = tuple(_cells(text, start, end, marks))
        if len(cells) > 1:
            if table and start > last_end + 1:
                blocks.append(Block("table", tuple(table)))
                table = []
            table.append(cells)
            last_end = end
            continue
        if table:
            blocks.append(Block("table", tuple(table)))
            table = []
        kind = "title" if any(at in title_starts for at in range(start, end)) else "line"
        blocks.append(Block(kind, (cells,)))
    if table:
        blocks.append(Block("table", tuple(table)))
    return blocks


class _Marks:
    """Where the look changes, and where a stretch has to begin for another reason."""

    def __init__(
        self, looks: Sequence[tuple[int, int, str]], begin: int, cuts: frozenset[int]
    ) -> None:
        self.begin = begin
        self._looks = looks
        self._starts = [start for start, _, _ in looks]
        edges = {edge for start, end, _ in looks for edge in (start, end)}
        self._edges = sorted(edges | cuts)

    def between(self, start: int, end: int) -> Sequence[int]:
        """Places after `start` and before `end` at which a stretch begins, in order."""
        first = bisect_right(self._edges, start)
        return self._edges[first : bisect_right(self._edges, end - 1)]

    def look(self, at: int) -> str:
        """How the character there is shown."""
        which = bisect_right(self._starts, at) - 1
        return self._looks[which][2] if which >= 0 and at < self._looks[which][1] else ""


def _looks(text: str, lit: Sequence[Span], near: Iterable[Span]) -> list[tuple[int, int, str]]:
    """Spans with their look, in order and without overlap."""
    bright = _merged(text, lit)
    found = [(start, end, "lit") for start, end in bright]
    for start, end in _merged(text, near):
        at = start
        for left, right in bright:
            if right <= at or left >= end:
                continue
            if left > at:
                found.append((at, left, "near"))
            at = max(at, right)
        if at < end:
            found.append((at, end, "near"))
    return sorted(found)


def _merged(text: str, spans: Iterable[Span]) -> list[Span]:
    """In order, joined where they touch, overlap, or only blanks of one line lie between them."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and (start <= found[-1][1] or not text[found[-1][1] : start].strip(" \u3000")):
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _cells(text: str, start: int, end: int, marks: _Marks) -> Iterable[tuple[Stretch, ...]]:
    at = start
    for cell in text[start:end].split("\t"):
        yield tuple(_stretches(text, at, at + len(cell), marks))
        at += len(cell) + 1


def _stretches(text: str, start: int, end: int, marks: _Marks) -> Iterable[Stretch]:
    at = start
    for edge in (*marks.between(start, end), end):
        if edge > at:
            look = marks.look(at)
            yield Stretch(text[at:edge], look, look == "lit" and at == marks.begin, at)
            at = edge
