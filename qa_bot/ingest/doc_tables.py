"""Rows of a .doc's tables: which cells are merged, and how many columns each covers ([MS-DOC] 2.9.316)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qa_bot.ingest.grid import Cell, Pieces, Table

__all__ = ["Row", "read_row", "table_of"]

# Edges of cells nearer than this, in twentieths of a point, are one column's: a millimetre.
_SAME_EDGE = 60
_MOST_CELLS = 64


@dataclass
class Row:
    """A row as the file has it.

    Attributes:
        cells: what stands in each.
        edges: where the cells begin and end, in twentieths of a point; empty where unknown.
        sideways: cells that belong to the one on their left.
        downwards: of cells that are merged with others above or below whether they go on from above.
    """

    cells: list[Pieces]
    edges: list[int] = field(default_factory=list)
    sideways: set[int] = field(default_factory=set)
    downwards: dict[int, bool] = field(default_factory=dict)


def read_row(cells: list[Pieces], modifiers: Sequence[tuple[int, bytes]]) -> Row:
    """A row with what the modifiers of its end say; without a definition all its cells are single."""
    row = Row(cells)
    for code, operand in modifiers:
        if code == 0xD608:
            _define(row, operand)
        elif code == 0xD62B and len(operand) >= 3:
            if operand[2] & 3:
                row.downwards[operand[1]] = operand[2] & 3 == 1
            else:
                row.downwards.pop(operand[1], None)
        elif code == 0x5624 and len(operand) == 2:
            row.sideways.update(range(operand[0] + 1, min(operand[1], _MOST_CELLS)))
        elif code == 0x7623 and len(operand) == 4 and row.edges:
            first, last, width = struct.unpack("<BBh", operand)
            for index in range(first, min(last, len(row.edges) - 1)):
                change = width - (row.edges[index + 1] - row.edges[index])
                for edge in range(index + 1, len(row.edges)):
                    row.edges[edge] += change
    if len(row.edges) != len(cells) + 1:
        row.edges = []
    return row


def _define(row: Row, operand: bytes) -> None:
    count = operand[2] if len(operand) > 2 else 0
    first = 3 + 2 * (count + 1)
    if not 0 < count <= _MOST_CELLS or len(operand) < first:
        return
    row.edges = list(struct.unpack_from(f"<{count + 1}h", operand, 3))
    row.sideways.clear()
    row.downwards.clear()
    for index in range(min(count, (len(operand) - first) // 20)):
        flags = int.from_bytes(operand[first + 20 * index : first + 20 * index + 2], "little")
        if flags & 3 == 1:
            row.sideways.add(index)
        if flags >> 5 & 3:
            row.downwards[index] = flags >> 5 & 3 == 1


def table_of(rows: Sequence[Row]) -> Table:
    """The rows as cells that cover columns and rows."""
    table = Table()
    widths = _widths(rows)
    starts: dict[int, Cell] = {}  # column: the cell that goes on downwards
    for row, wide in zip(rows, widths, strict=True):
        cells: list[Cell] = []
        ends = set(starts)
        column = 0
        for index, pieces in enumerate(row.cells):
            above = starts.get(column)
            if index in row.sideways and cells:
                cells[-1].wide += wide[index]
                cells[-1].pieces.extend(pieces)
            elif row.downwards.get(index) and above is not None and above.wide == wide[index]:
                above.high += 1
                ends.discard(column)
            else:
                cell = Cell(list(pieces), wide[index])
                cells.append(cell)
                if index in row.downwards:
                    starts[column] = cell
                    ends.discard(column)
            column += wide[index]
        for gone in ends:
            starts.pop(gone, None)
        table.rows.append(cells)
    return table


def _widths(rows: Sequence[Row]) -> list[list[int]]:
    """How many columns each cell of each row covers.

    Where all rows have as many cells each covers one; else the edges of all rows together are the columns.
    """
    single = [[1] * len(row.cells) for row in rows]
    if len({len(row.cells) for row in rows}) < 2 or not all(row.edges for row in rows):
        return single
    columns: list[int] = []
    for edge in sorted({edge - row.edges[0] for row in rows for edge in row.edges}):
        if not columns or edge - columns[-1] > _SAME_EDGE:
            columns.append(edge)
    widths: list[list[int]] = []
    for row in rows:
        places = [_column(columns, edge - row.edges[0]) for edge in row.edges]
        widths.append([max(right - left, 1) for left, right in pairwise(places)])
    return widths


def _column(columns: Sequence[int], edge: int) -> int:
    return max((index for index, column in enumerate(columns) if column <= edge), default=0)
