"""Tables: which only place things, how the others stand in lines; and how pieces become a text."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_bot.ingest.source import CELL_ABOVE, CELL_EMPTY, CELL_LEFT, PARAGRAPH_END
from qa_bot.text import Span

__all__ = ["Cell", "Mark", "Pieces", "Table", "assemble", "grid"]

_LONG_CELL = 300
# No printed table has more places; spans beyond are taken as one, so that no page can fill the memory.
_MOST_PLACES = 500_000


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a region begins or ends: the document proper (content), or a menu."""

    region: str
    opening: bool


Pieces = list["str | Mark"]


@dataclass
class Cell:
    """A cell: its text in pieces, and how many columns and rows it covers."""

    pieces: Pieces = field(default_factory=list)
    wide: int = 1
    high: int = 1

    def text(self) -> str:
        """Its text, as it stands."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))


@dataclass
class Table:
    """A table that is being read."""

    rows: list[list[Cell]] = field(default_factory=list)
    outside: Pieces = field(default_factory=list)  # a caption, or text between rows

    def lays_out(self) -> bool:
        """Whether the table only places things.

        No row has two cells with something in them, or one cell holds the document, or whole paragraphs.
        """
        several = False
        for row in self.rows:
            texts = [cell.text() for cell in row]
            several |= sum(bool(text.strip()) for text in texts) > 1
            several |= any(cell.high > 1 for cell in row)
            for cell, text in zip(row, texts, strict=True):
                if any(isinstance(piece, Mark) for piece in cell.pieces):
                    return True
                paragraphs = [part for part in text.split(PARAGRAPH_END) if part.strip()]
                if len(text) > _LONG_CELL and len(paragraphs) > 3:
                    return True
        return not several

    def pieces(self) -> Pieces:
        """The table as it stands in the text: a row a line, or cell by cell where it only places things."""
        out: Pieces = [PARAGRAPH_END, *self.outside]
        if self.lays_out():
            for row in self.rows:
                for cell in row:
                    out.extend([PARAGRAPH_END, *cell.pieces])
        else:
            for line in grid(self.rows):
                out.extend([PARAGRAPH_END, *line])
        out.append(PARAGRAPH_END)
        return out


def grid(rows: Sequence[Sequence[Cell]]) -> list[Pieces]:
    """The rows of a data table as lines, cells parted by tabs.

    A place without text of its own holds a blank that says why: covered from above, from the left, or empty.
    """
    lines: list[Pieces] = []
    places = 0
    reaching: dict[int, tuple[int, str]] = {}  # column: rows still covered from above, and how
    for row in rows:
        line: Pieces = []
        column = 0
        cells = deque(row)
        while cells or reaching.get(column, (0, ""))[0] > 0:
            below, sign = reaching.get(column, (0, ""))
            if below > 0:
                reaching[column] = (below - 1, sign)
                line.extend([sign, "\t"])
                column += 1
                continue
            cell = cells.popleft()
            places += cell.wide * cell.high
            wide, high = (cell.wide, cell.high) if places <= _MOST_PLACES else (1, 1)
            own = [
                piece if isinstance(piece, Mark) else re.sub(r"\s+", " ", piece)
                for piece in cell.pieces
            ]
            line.extend(own if cell.text().strip() else [CELL_EMPTY])
            line.append("\t")
            for place in range(wide):
                if place:
                    line.extend([CELL_LEFT, "\t"])
                if high > 1:
                    reaching[column + place] = (high - 1, CELL_LEFT if place else CELL_ABOVE)
            column += wide
        if line:
            line.pop()  # a tab stands between cells, not behind the last
        lines.append(line)
    return lines


def assemble(pieces: Sequence[str | Mark]) -> tuple[str, dict[str, list[Span]]]:
    """The text of pieces, breaks that follow each other made one, and where the regions stand."""
    out: list[str] = []
    length = 0
    at_start = True
    opened: dict[str, list[int]] = {"content": [], "menu": []}
    regions: dict[str, list[Span]] = {"content": [], "menu": []}
    for piece in pieces:
        if isinstance(piece, Mark):
            if piece.opening:
                opened[piece.region].append(length)
            elif opened[piece.region]:
                regions[piece.region].append((opened[piece.region].pop(), length))
            continue
        if piece == PARAGRAPH_END and at_start:
            continue
        if piece:
            out.append(piece)
            length += len(piece)
            at_start = piece == PARAGRAPH_END or (at_start and piece.isspace() and piece != "\t")
    return "".join(out), regions
