"""The text of a whole issue as lines and tables, with some of its characters lit."""

from __future__ import annotations

import re
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
    """

    text: str
    look: str
    first: bool = False


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
    text: str, lit: Sequence[Span], near: Iterable[Span] = (), titles: Iterable[Span] = ()
) -> list[Block]:
    """The whole text in blocks.

    Guarantees: the stretches joined are `text` less line breaks, less the tabs between cells and
    less lines of nothing but white space; `lit` wins over `near`; at most one stretch is the first.

    Args:
        text: of the issue.
        lit: spans of the clause.
        near: spans of its context.
        titles: spans of documents' titles.
    """
    looks = _looks(text, lit, near)
    begin = min((start for start, _, look in looks if look == "lit"), default=-1)
    title_starts = {start for start, _ in titles}
    blocks: list[Block] = []
    table: list[tuple[tuple[Stretch, ...], ...]] = []
    last_end = -2
    for match in _LINE.finditer(text):
        start, end = match.span()
        if not match[0].strip():
            continue
        cells = tuple(_cells(text, start, end, looks, begin))
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


def _cells(
    text: str, start: int, end: int, looks: Sequence[tuple[int, int, str]], begin: int
) -> Iterable[tuple[Stretch, ...]]:
    at = start
    for cell in text[start:end].split("\t"):
        yield tuple(_stretches(text, at, at + len(cell), looks, begin))
        at += len(cell) + 1


def _stretches(
    text: str, start: int, end: int, looks: Sequence[tuple[int, int, str]], begin: int
) -> Iterable[Stretch]:
    at = start
    for left, right, look in looks:
        left, right = max(left, at), min(right, end)
        if left >= right:
            continue
        if left > at:
            yield Stretch(text[at:left], "")
        yield Stretch(text[left:right], look, look == "lit" and left == begin)
        at = right
    if at < end:
        yield Stretch(text[at:end], "")
