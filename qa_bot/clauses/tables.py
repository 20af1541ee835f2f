"""Tab-separated tables: a row is a clause, its header and merged cells are its context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Cell, Context
from qa_bot.clauses.table_layout import (
    Table,
    cell_signs,
    columns_of,
    is_full_width,
    split,
    split_marked,
)
from qa_bot.gazette.grammar import FINAL, marker
from qa_bot.gazette.lines import Line
from qa_bot.ingest import CELL_ABOVE, CELL_EMPTY, CELL_LEFT
from qa_bot.text import Span, join, parse_number, squeeze

__all__ = ["parse_tables"]

_SERIAL = re.compile(r"^(序\s*号|编\s*号|项目编号|No\.?)$")
_SUB_ROW = re.compile(r"^(#|其中[:：])")
_NAME_LENGTH = 14
_SHORT = 6
_NOTE = re.compile(r"^(?:注|备注|说明)\s*[:：]")
# No printed table is wider; a line with more tabs is taken as it stands.
_WIDEST = 100


@dataclass
class _Row:
    """A row: the spans of each of its cells, several where a page break split it.

    `signs` tells of cells without text what the format knows of them: covered from above, from the left,
    or empty; "" where it knows nothing.
    """

    line: Line
    cells: list[list[Span]]
    signs: list[str]
    group: Context | None = None

    def own(self) -> list[list[Span]]:
        """The cells that hold something."""
        return [spans for spans in self.cells if spans]


def parse_tables(
    draft: Draft,
    lines: Sequence[Line],
    kind: str,
    path: Sequence[str],
    context: Sequence[Context] = (),
    base: str = "",
    above: Sequence[Line] = (),
) -> list[Line]:
    """The tables in a run of row lines: one clause for each row.

    A header that comes again after a page break goes on with the same table, another one begins the
    next; a row that a page break split is one.

    Args:
        draft: where the clauses go.
        lines: rows, in order.
        kind: of the clauses.
        path: headings above the table.
        context: what all rows need, such as the unit above the table.
        base: what the local ids begin with, `art_5`.
        above: the header of the first table, where it stands above a heading and is named already.

    Returns:
        The header of the last table.

    Guarantees: a clause's spans are the row's own cells; what stands in a merged cell of another row
    is context. A label centred in a merged cell holds for the rows above and below it.
    """
    known = any(cell_signs(line, draft.source).count("") < len(line.cells) for line in lines)
    tables = split_marked(lines, draft.source, above) if known else split(lines, above)
    for table in tables:
        named = bool(above) and table is tables[0]
        _parse_table(draft, table, kind, path, context, base, known, named)
    return tables[-1].header


def _parse_table(
    draft: Draft,
    table: Table,
    kind: str,
    path: Sequence[str],
    context: Sequence[Context],
    base: str,
    known: bool,
    named: bool,
) -> None:
    source = draft.source
    columns = columns_of(table.header, source)
    for line in table.repeated:
        draft.name("repeated_header", [(line.start, line.end)])
    above: list[Context] = list(context)
    for line in table.titles:
        draft.name("title", [line.cells[0]])
        above.append(draft.context("heading", [line.cells[0]]))
    if table.header:
        spans = [span for line in table.header for span in line.cells if span[0] < span[1]]
        if not named:
            draft.name("header", spans, "\t")
        above.append(Context("header", "\t".join(source[s:e] for s, e in spans), tuple(spans)))
    _warn_of_ragged_rows(draft, table, columns)
    width = max([len(columns), *(len(row.cells) for row in table.rows)], default=0)
    if width > _WIDEST:
        width = 0
    columns += [""] * (width - len(columns))
    rows = _marked_rows(draft, table, width) if known else _rows(draft, table, columns, width)
    grid = [row.cells for row in rows]
    owners = _marked_owners(rows, width) if known else [_owners(grid, at) for at in range(width)]
    serial = _serial_column(grid, columns, source)
    used: set[str] = set()
    held_by: dict[tuple[int, int], Context] = {}  # merged cells: one context for all their rows
    parent: Context | None = None
    for index, row in enumerate(rows):
        own = row.own()
        if not own:
            continue
        read: list[Cell] = []
        merged: list[Context] = []
        for column, spans in enumerate(row.cells if width else []):
            owner = owners[column][index]
            if not spans and owner is not None and owner != (index, column):
                if owner not in held_by:
                    held_by[owner] = draft.context("merged", grid[owner[0]][owner[1]])
                held = held_by[owner]
                read.append(Cell(columns[column], held.text, inherited=True, spans=held.spans))
                merged.append(held_by[owner])
            else:
                text = join(source, [spans]) if spans else ""
                read.append(Cell(columns[column], text, spans=tuple(spans)))
        first = join(source, [own[0]])
        if _SUB_ROW.match(first):
            merged = [parent, *merged] if parent else merged
        else:
            parent = Context("parent_row", first, tuple(own[0]))
        local, label = _row_name(read, serial, columns, index, first, used)
        draft.add(
            f"{base}/{local}" if base else local,
            kind,
            label,
            own,
            path,
            [*above, *([row.group] if row.group else []), *merged],
            read,
            separator="\t",
        )


def _marked_rows(draft: Draft, table: Table, width: int) -> list[_Row]:
    """The rows of a table whose format tells what its empty cells are; nothing is guessed."""
    rows: list[_Row] = []
    group: Context | None = None
    for line in table.rows:
        if is_full_width(line, draft.source) and not _NOTE.match(line.text):
            draft.name("heading", [line.cells[0]])
            group = draft.context("heading", [line.cells[0]])
            continue
        cells = [[span] if span[0] < span[1] else [] for span in line.cells]
        signs = cell_signs(line, draft.source)
        missing = max(width - len(cells), 0)
        rows.append(
            _Row(line, cells + [[] for _ in range(missing)], signs + [CELL_EMPTY] * missing, group)
        )
    return rows


def _marked_owners(rows: Sequence[_Row], width: int) -> list[list[tuple[int, int] | None]]:
    """For each column and row the cell whose text holds there."""
    owners: list[list[tuple[int, int] | None]] = []
    for column in range(width):
        held: list[tuple[int, int] | None] = []
        for index, row in enumerate(rows):
            if row.cells[column]:
                held.append((index, column))
            elif row.signs[column] == CELL_ABOVE and index:
                held.append(held[index - 1])
            elif row.signs[column] == CELL_LEFT and column:
                held.append(owners[column - 1][index])
            else:
                held.append(None)
        owners.append(held)
    return owners


def _warn_of_ragged_rows(draft: Draft, table: Table, columns: Sequence[str]) -> None:
    """A row with more cells than the header has is read as it stands, and said."""
    if not columns:
        return
    for line in table.rows:
        if len(line.cells) > len(columns):
            draft.warn(line, f"a row of {len(line.cells)} cells under a header of {len(columns)}")


def _rows(draft: Draft, table: Table, columns: Sequence[str], width: int) -> list[_Row]:
    r"""The rows in their columns, split ones joined, and headings within the table taken out.

    A row that lost its leading empty cells is moved right: `\t16\t未妥善保存采购文件的\t\t\t` stands among
    rows `\t\t\t\t15\t…`, so its number goes on the count of the fifth column, not of the second.
    """
    source = draft.source
    last: list[int | None] = [None] * width
    rows: list[_Row] = []
    group: Context | None = None
    held: list[list[Span]] | None = None  # the first half of a row that a line break split
    for index, line in enumerate(table.rows):
        cells: list[list[Span]] = [[span] if span[0] < span[1] else [] for span in line.cells]
        if not width:
            rows.append(_Row(line, cells, [], group))
            continue
        if held:
            cells = [*held[:-1], held[-1] + cells[0], *cells[1:]]
            held = None
        elif index + 1 < len(table.rows) and _is_half(line, table.rows[index + 1], columns):
            held = cells
            continue
        cells += [[] for _ in range(width - len(cells))]
        if heading := _group_heading(line, columns, width):
            draft.name("heading", [heading])
            group = draft.context("heading", [heading])
            continue
        above = rows[-1] if rows else None
        if above and index in table.after_break and _goes_on(above.cells, cells, columns, source):
            for column, spans in enumerate(cells):
                above.cells[column].extend(spans)
            continue
        cells, numbers = _place(cells, last, source)
        last = [new if new is not None else old for new, old in zip(numbers, last, strict=True)]
        rows.append(_Row(line, cells, [], group))
    return rows


def _group_heading(line: Line, columns: Sequence[str], width: int) -> Span | None:
    """一、知识产权保护方面（共5项） over the whole width: it heads the rows under it."""
    filled = [span for span in line.cells if span[0] < span[1]]
    if len(filled) != 1 or width < 3 or not any(columns) or line.cells[0] != filled[0]:
        return None
    text = line.text.strip()
    numbered = marker(text)
    return filled[0] if numbered and numbered.kind in ("level_1", "level_2") else None


def _goes_on(
    above: Sequence[list[Span]], cells: Sequence[list[Span]], columns: Sequence[str], source: str
) -> bool:
    """Whether a row is the rest of the one above, which a page break split.

    It numbers nothing, and each cell of it goes on with one above that ends within a sentence.
    """
    filled = [column for column, spans in enumerate(cells) if spans]
    if not filled or any(_SERIAL.match(columns[column]) for column in filled):
        return False
    if not any(_SERIAL.match(name) for name in columns):
        return False  # without a number nothing tells a new row
    # 一般 over 严重 are two rows; …或者造成交通 over 阻塞 is one.
    open_cells = [
        above[column]
        and source[above[column][-1][1] - 1] not in FINAL + "）)”"
        and above[column][-1][1] - above[column][0][0] > _SHORT
        for column in filled
    ]
    return any(open_cells) and all(
        is_open or not above[column] for column, is_open in zip(filled, open_cells, strict=True)
    )


def _is_half(line: Line, following: Line, columns: Sequence[str]) -> bool:
    """Whether a line break within a cell split a row: 3	…农民工工资保证金⏎管理实施细则的通知	….

    Both have too few cells, and together, with the broken cell as one, as many as the header.
    """
    return (
        any(columns)
        and 1 < len(line.cells) < len(columns)
        and 1 < len(following.cells) < len(columns)
        and len(line.cells) + len(following.cells) - 1 == len(columns)
        and line.cells[-1][0] < line.cells[-1][1]
        and following.cells[0][0] < following.cells[0][1]
        # 1.新建养老服务中心5家；⏎2.新增托位1000个	市民政局 is one cell, too, where no number begins a row.
        and (line.text[-1] not in FINAL or not following.text.split("\t")[0].strip().isdigit())
    )


def _place(
    cells: list[list[Span]], last: Sequence[int | None], source: str
) -> tuple[list[list[Span]], list[int | None]]:
    width = len(cells)
    trailing = 0
    while trailing < width and not cells[-1 - trailing]:
        trailing += 1
    numbers = [_number(spans, source) for spans in cells]
    first = next((column for column in range(width) if numbers[column] is not None), None)
    if first is not None and trailing and not _counts_on(last[first], numbers[first]):
        for shift in range(1, trailing + 1):
            if _counts_on(last[first + shift], numbers[first], strictly=True):
                moved: list[list[Span]] = [[] for _ in range(shift)]
                cells = moved + cells[: width - shift]
                return cells, [_number(spans, source) for spans in cells]
    return cells, numbers


def _number(spans: Sequence[Span], source: str) -> int | None:
    text = source[slice(*spans[0])] if spans else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _counts_on(last: int | None, number: int | None, strictly: bool = False) -> bool:
    if last is None or number is None:
        return not strictly
    return number == last + 1


def _owners(grid: Sequence[Sequence[list[Span]]], column: int) -> list[tuple[int, int] | None]:
    """For each row the cell of `column` that holds for it.

    A column whose first cell is filled holds its merged texts at the top: they go down, in the columns
    before the first filled cell of a row, or where one text is all that the column has. An empty cell
    behind the name of a row is empty (城镇居民收入	元	 	). A column whose first cell is empty holds its texts
    in the middle: each block reaches as far below its text as above.
    """
    filled = [index for index, cells in enumerate(grid) if cells[column]]
    owners: list[tuple[int, int] | None] = [None] * len(grid)
    for row in filled:
        owners[row] = (row, column)
    if not filled or len(filled) == len(grid):
        return owners
    if filled[0] == 0:
        owner = 0
        alone = len(filled) == 1 and len(grid) > 2
        for row in range(len(grid)):
            if owners[row] is not None:
                owner = row
            elif alone or not any(grid[row][:column]):
                owners[row] = (owner, column)
        return owners
    centred: list[tuple[int, int] | None] = [None] * len(grid)
    start = 0
    for position, row in enumerate(filled):
        limit = filled[position + 1] if position + 1 < len(filled) else len(grid)
        end = 2 * row - start
        if not start <= row <= end < max(limit, row + 1):
            return owners  # not centred after all: nothing is guessed
        for at in range(start, end + 1):
            centred[at] = (row, column)
        start = end + 1
    return centred if start == len(grid) else owners


def _serial_column(
    grid: Sequence[Sequence[list[Span]]], columns: Sequence[str], source: str
) -> int | None:
    """The last column headed 序号 that numbers every row."""
    for column in reversed(range(len(columns))):
        if _SERIAL.match(columns[column]) and all(
            _number(cells[column], source) is not None for cells in grid
        ):
            return column
    return None


def _row_name(
    cells: Sequence[Cell],
    serial: int | None,
    columns: Sequence[str],
    index: int,
    first: str,
    used: set[str],
) -> tuple[str, str]:
    if serial is None:
        local = f"row_{index + 1}"
        label = squeeze(first) if not parse_number(first) else f"第{index + 1}行"
    else:
        number = int(cells[serial].text)
        local, label = f"row_{number}", f"序号{number}"
        names = [
            squeeze(cell.text)
            for column, cell in enumerate(cells)
            if column != serial
            and not cell.inherited
            and not _SERIAL.match(columns[column])
            and re.search(r"[\u4e00-\u9fff]", cell.text)
        ]
        if names and len(names[0]) <= _NAME_LENGTH:
            label += f" {names[0]}"
    if local in used:
        local = f"row_{index + 1}"
    used.add(local)
    return local, label
