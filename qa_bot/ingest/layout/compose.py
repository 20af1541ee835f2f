"""The text of all pages, with where each begins and what in it is furniture or beside the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.ingest.layout.columns import blocks_of
from qa_bot.ingest.layout.lines import Segment, line_text, rows_of, segments_of, vertical
from qa_bot.ingest.layout.margins import Edge, at_edge, furniture_of
from qa_bot.ingest.layout.model import Glyph, Sheet
from qa_bot.ingest.layout.tables import take_tables
from qa_bot.ingest.source import CELL_ABOVE, CELL_EMPTY, LINE_FULL, Extracted
from qa_bot.text import Span

__all__ = ["Composer"]

_WIDEST_INDENT = 20
_SAME_EDGE = 0.01  # of the page's width
_WIDEST_STEP = 2.2
_FULL = 1.25  # of the size: how far before the edge a full line may end
_FEW = 5  # lines of a block: fewer do not tell where its right edge is
_GAP = 1.7  # of the usual distance between lines: a blank line
_PICTURE = 3.6  # of it: room for a picture, written as three blank lines


@dataclass(slots=True)
class _Line:
    """A line of a page, before it is known what it is."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    block: int
    edges: tuple[float, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether it is a row of a ruled table."""
        return bool(self.edges)


@dataclass(slots=True)
class _Page:
    lines: list[_Line]
    beside: list[str]
    width: float
    height: float


class Composer:
    """Takes pages one by one and gives the text of all.

    Guarantees: every character of a sheet is in the text; a form feed stands between pages, and nowhere
    else; furniture and asides are whole lines.
    """

    def __init__(self) -> None:
        self._pages: list[_Page] = []
        self._right_edges: dict[int, float] = {}

    def add(self, sheet: Sheet) -> None:
        """Read the next page; what it needs of the sheet is kept as lines."""
        if vertical(sheet.glyphs):
            sheet = _laid_over(sheet)
        tables, rest = take_tables(sheet)
        lines: list[_Line] = []
        for number, block in enumerate(blocks_of([*tables, *segments_of(rest)])):
            for row in block:
                lines.extend(_lines_of(row, number))
        for line in lines:
            if not line.is_table:
                edge = self._right_edges.get(line.block, line.right)
                self._right_edges[line.block] = max(edge, line.right)
        beside = [line_text(row).strip() for row in rows_of(segments_of(sheet.asides))]
        beside = [text for text in beside if text]
        self._pages.append(_Page(lines, beside, sheet.width or 1.0, sheet.height or 1.0))

    @property
    def has_text(self) -> bool:
        """Whether any page has a character of the document itself."""
        return any(page.lines for page in self._pages)

    def _usual_step(self) -> float:
        """The usual distance from line to line in paragraphs, in sizes of the font."""
        steps = sorted(
            (line.bottom - before.bottom) / line.size
            for page in self._pages
            for before, line in zip(page.lines, page.lines[1:], strict=False)
            if line.block == before.block
            and not (before.is_table or line.is_table)
            and 0.8 * line.size <= before.size <= 1.25 * line.size
            and line.bottom > before.bottom
        )
        return min(max(steps[len(steps) // 4], 1.0), _WIDEST_STEP) if steps else _WIDEST_STEP

    def result(self, titles: Sequence[str] = (), warnings: Sequence[str] = ()) -> Extracted:
        """What was read of all pages."""
        edges: list[Edge] = []
        for number, page in enumerate(self._pages):
            middles = [(line.top + line.bottom) / 2 / page.height for line in page.lines]
            edges.extend(
                (number, index, page.lines[index].text, middles[index])
                for index in at_edge(middles)
                if not page.lines[index].is_table
            )
        marked = furniture_of(edges, len(self._pages))
        step = self._usual_step()
        text: list[str] = []
        furniture: list[Span] = []
        asides: list[Span] = []
        pages: list[int] = []
        length = 0

        def put(piece: str) -> None:
            nonlocal length
            text.append(piece)
            length += len(piece)

        last: _Line | None = None
        for number, page in enumerate(self._pages):
            if number:
                put("\f")
            pages.append(length)
            own = {index for index in range(len(page.lines)) if (number, index) in marked}
            head = [i for i in sorted(own) if page.lines[i].top < page.height / 2]
            foot = [i for i in sorted(own) if i not in head]
            body = [line for i, line in enumerate(page.lines) if i not in own]
            _carry_on(last, body, page.width)
            last = body[-1] if body else None
            first = True
            for line, space, full in [
                *((page.lines[i], "", False) for i in head),
                *_spaced(body, step, self._right_edges),
                *((page.lines[i], "", False) for i in foot),
            ]:
                put(("" if first else "\n") + space)
                first = False
                start = length
                put(line.text + (LINE_FULL if full else ""))
                if any(line is page.lines[i] for i in own):
                    furniture.append((start, length))
            for beside in page.beside:
                put("" if first else "\n")
                first = False
                asides.append((length, length + len(beside)))
                put(beside)
        return Extracted(
            "".join(text), tuple(asides), tuple(titles), tuple(pages), tuple(furniture),
            tuple(warnings),
        )  # fmt: skip


def _lines_of(row: Sequence[Segment], block: int) -> list[_Line]:
    first = row[0]
    top, bottom = min(one.top for one in row), max(one.bottom for one in row)
    if first.table:
        high = (bottom - top) / len(first.table)
        return [
            _Line(
                text,
                first.left,
                first.right,
                top + index * high,
                top + (index + 1) * high,
                first.size,
                block,
                first.edges,
            )
            for index, text in enumerate(first.table)
        ]
    text = line_text(row).rstrip()
    size = sorted(one.size for one in row)[-1]
    right = max(one.right for one in row)
    return [_Line(text, first.left, right, top, bottom, size, block)] if text.strip() else []


def _carry_on(last: _Line | None, body: Sequence[_Line], width: float) -> None:
    """Let a table that goes on from the page before have its merged cells go on, too.

    A cell that a page break cuts is drawn as two, the lower one without text.
    """
    if not (last and body and last.edges and len(last.edges) == len(body[0].edges)):
        return
    near = _SAME_EDGE * width
    shift = body[0].edges[0] - last.edges[0]  # left and right pages have margins of their own
    if any(abs(b - a - shift) > near for a, b in zip(last.edges, body[0].edges, strict=True)):
        return
    cells = body[0].text.split("\t")
    for index, cell in enumerate(cells):
        if cell != CELL_EMPTY:
            break
        cells[index] = CELL_ABOVE
    body[0].text = "\t".join(cells)


def _spaced(
    lines: Sequence[_Line], step: float, rights: dict[int, float]
) -> list[tuple[_Line, str, bool]]:
    """Lines with the blank lines and the indent that stand before each, and whether each is full.

    An indent is written as full-width blanks and room as blank lines, as a text file has them: the file
    says where a line stands, not that a paragraph begins.

    Args:
        lines: of one page.
        step: the usual distance from line to line, in sizes of the font.
        rights: the right edge of each block, over all pages.
    """
    edges: dict[int, float] = {}
    ends: dict[int, float] = {}
    counts: Counter[int] = Counter()
    for line in lines:
        if not line.is_table:
            edges[line.block] = min(edges.get(line.block, line.left), line.left)
            ends[line.block] = max(ends.get(line.block, line.right), line.right)
            counts[line.block] += 1
    for block, count in counts.items():
        if count < _FEW:
            ends[block] = max(ends[block], rights.get(block, 0.0))
    spaced: list[tuple[_Line, str, bool]] = []
    last: _Line | None = None
    for line in lines:
        gap = ""
        if last and last.block == line.block and not (last.is_table or line.is_table):
            usual = step * max(line.size, last.size)
            room = line.bottom - last.bottom
            gap = "\n\n\n" if room > _PICTURE * usual else "\n" if room > _GAP * usual else ""
        indent = 0
        if not line.is_table and line.size > 0:
            indent = round((line.left - edges[line.block]) / line.size)
        full = (
            not line.is_table
            and counts[line.block] > 1
            and line.right > ends[line.block] - _FULL * line.size
        )
        spaced.append((line, gap + "\u3000" * min(max(indent, 0), _WIDEST_INDENT), full))
        last = line
    return spaced


def _laid_over(sheet: Sheet) -> Sheet:
    """A page set from top to bottom, as one that is set from left to right: its columns become lines."""

    def turn(glyph: Glyph) -> Glyph:
        top = glyph.baseline - 0.88 * glyph.size
        return Glyph(
            glyph.text,
            top,
            top + glyph.size,
            sheet.width - glyph.left - 0.12 * glyph.size,
            glyph.size,
        )

    return Sheet(
        sheet.height, sheet.width, [turn(glyph) for glyph in sheet.glyphs], [],
        [turn(glyph) for glyph in sheet.asides],
    )  # fmt: skip
