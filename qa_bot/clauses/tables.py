"""Tab-separated tables: a row is a clause, its header and merged cells are its context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Cell, Context
from qa_bot.gazette.lines import Line
from qa_bot.text import Span, parse_number, squeeze

__all__ = ["parse_table", "split_tables"]

_SERIAL = re.compile(r"^(序\s*号|编\s*号|项目编号|No\.?)$")
_SUB_ROW = re.compile(r"^(#|其中[:：])")
_NAME_LENGTH = 14


@dataclass(frozen=True, slots=True)
class _Table:
    header: Line | None
    repeated: tuple[Line, ...]
    rows: tuple[Line, ...]


def split_tables(lines: Sequence[Line]) -> list[_Table]:
    """The tables in a run of row lines.

    A header that comes again after a page break goes on with the same table; another one begins the
    next.
    """
    tables: list[_Table] = []
    for index, line in enumerate(lines):
        new_block = index == 0 or line.gap > 0
        key = squeeze(line.text)
        if tables and new_block and tables[-1].header and squeeze(tables[-1].header.text) == key:
            last = tables[-1]
            tables[-1] = _Table(last.header, (*last.repeated, line), last.rows)
        elif not tables or (new_block and _is_header(line, lines[index + 1 : index + 3])):
            is_header = _is_header(line, lines[index + 1 : index + 3])
            tables.append(_Table(line if is_header else None, (), () if is_header else (line,)))
        else:
            last = tables[-1]
            tables[-1] = _Table(last.header, last.repeated, (*last.rows, line))
    return tables


def _is_header(line: Line, following: Sequence[Line]) -> bool:
    """A first row without numbers, all of whose cells are filled, with rows beneath."""
    texts = [line.text.strip()] if not line.is_row else line.text.split("\t")
    filled = all(text.strip() for text in texts)
    if following and any(
        re.search(r"\d", above) and re.sub(r"\d+", "0", above) == re.sub(r"\d+", "0", below)
        for above, below in zip(texts, following[0].text.split("\t"), strict=False)
    ):
        return False  # 30人 over 20人: a row like the one beneath it
    return bool(following) and filled and not any(parse_number(text.strip()) for text in texts)


def parse_table(
    draft: Draft, table: _Table, kind: str, path: Sequence[str], context: Sequence[Context] = ()
) -> None:
    """One clause for each row.

    Guarantees: a clause's spans are the row's own cells; what stands in a merged cell of another row
    is context. A label centred in a merged cell holds for the rows above and below it.
    """
    source = draft.source
    columns = [squeeze(source[s:e]) for s, e in table.header.cells] if table.header else []
    for line in table.repeated:
        draft.name("repeated_header", [(line.start, line.end)])
    above: list[Context] = list(context)
    if table.header:
        spans = [span for span in table.header.cells if span[0] < span[1]]
        draft.name("header", spans)
        above.append(Context("header", "\t".join(source[s:e] for s, e in spans), tuple(spans)))
    width = max([len(columns), *(len(row.cells) for row in table.rows)], default=0)
    columns += [""] * (width - len(columns))
    grid = _place([list(row.cells) for row in table.rows], columns, source)
    owners = [_owners(grid, column, columns) for column in range(width)]
    serial = _serial_column(grid, columns, source)
    used: set[str] = set()
    parent: Context | None = None
    for index, cells in enumerate(grid):
        own = [span for span in cells if span[0] < span[1]]
        if not own:
            continue
        read: list[Cell] = []
        merged: list[Context] = []
        for column, (start, end) in enumerate(cells):
            owner = owners[column][index]
            if start == end and owner is not None and owner != index:
                span = grid[owner][column]
                text = source[slice(*span)]
                read.append(Cell(columns[column], text, inherited=True))
                merged.append(Context("merged", text, (span,)))
            else:
                read.append(Cell(columns[column], source[start:end]))
        first = source[slice(*own[0])]
        if _SUB_ROW.match(first):
            merged = [parent, *merged] if parent else merged
        else:
            parent = Context("parent_row", first, (own[0],))
        local, label = _row_name(read, serial, columns, index, first, used)
        draft.add(
            local,
            kind,
            label,
            [[span] for span in own],
            path,
            [*above, *merged],
            read,
            separator="\t",
        )


def _place(grid: list[list[Span]], columns: Sequence[str], source: str) -> list[list[Span]]:
    r"""Give every row the table's width; a row that lost its leading empty cells is moved right.

    `\t16\t未妥善保存采购文件的\t\t\t` stands among rows `\t\t\t\t15\t…`: its number goes on the count of
    the fifth column, not of the second.
    """
    width = len(columns)
    last: list[int | None] = [None] * width
    placed: list[list[Span]] = []
    for cells in grid:
        end = cells[-1][1] if cells else 0
        cells = [*cells, *[(end, end)] * (width - len(cells))]
        trailing = 0
        while trailing < width and cells[-1 - trailing][0] == cells[-1 - trailing][1]:
            trailing += 1
        numbers = [_number(cells, column, source) for column in range(width)]
        first = next((c for c in range(width) if numbers[c] is not None), None)
        if first is not None and trailing and not _counts_on(last[first], numbers[first]):
            for shift in range(1, trailing + 1):
                if _counts_on(last[first + shift], numbers[first], strictly=True):
                    blank = (cells[0][0], cells[0][0])
                    cells = [blank] * shift + cells[: width - shift]
                    numbers = [_number(cells, column, source) for column in range(width)]
                    break
        last = [new if new is not None else old for new, old in zip(numbers, last, strict=True)]
        placed.append(cells)
    return placed


def _number(cells: Sequence[Span], column: int, source: str) -> int | None:
    text = source[slice(*cells[column])]
    return int(text) if text.isascii() and text.isdigit() else None


def _counts_on(last: int | None, number: int | None, strictly: bool = False) -> bool:
    if last is None or number is None:
        return not strictly
    return number == last + 1


def _owners(grid: list[list[Span]], column: int, columns: Sequence[str]) -> list[int | None]:
    """For each row the row whose cell in `column` holds for it.

    A column whose first cell is filled holds its merged texts at the top: they go down. One whose
    first cell is empty holds them in the middle: each block reaches as far below its text as above.
    """
    filled = [i for i, cells in enumerate(grid) if cells[column][0] < cells[column][1]]
    owners: list[int | None] = [None] * len(grid)
    for row in filled:
        owners[row] = row
    if not filled or len(filled) == len(grid) or column >= len(columns):
        return owners
    if filled[0] == 0:
        owner = 0
        for row in range(len(grid)):
            owner = row if owners[row] is not None else owner
            owners[row] = owner
        return owners
    centred: list[int | None] = [None] * len(grid)
    start = 0
    for position, row in enumerate(filled):
        limit = filled[position + 1] if position + 1 < len(filled) else len(grid)
        end = 2 * row - start
        if not start <= row <= end < max(limit, row + 1):
            return owners  # not centred after all: nothing is guessed
        for at in range(start, end + 1):
            centred[at] = row
        start = end + 1
    return centred if start == len(grid) else owners


def _serial_column(grid: list[list[Span]], columns: Sequence[str], source: str) -> int | None:
    """The last column headed 序号 that numbers every row."""
    for column in reversed(range(len(columns))):
        if _SERIAL.match(columns[column]) and all(
            _number(cells, column, source) is not None for cells in grid
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
