"""Where a table begins and ends, and which lines head it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_bot.gazette.grammar import marker
from qa_bot.gazette.lines import Line
from qa_bot.ingest import CELL_ABOVE, CELL_EMPTY, CELL_LEFT
from qa_bot.text import parse_number, squeeze

__all__ = [
    "Table",
    "cell_signs",
    "columns_of",
    "goes_under",
    "heads_below",
    "is_full_width",
    "split",
    "split_marked",
]

_HIGHEST_HEADER = 3
_BLANKS = 20
_NAME = 14
_KNOWN = (CELL_ABOVE, CELL_LEFT, CELL_EMPTY)


@dataclass
class Table:
    """A table among the lines of a text.

    Attributes:
        header: none, one or several lines.
        titles: rows above the header that cover all columns.
        repeated: the header again, behind a page break.
        rows: all others.
        after_break: indices of the rows that come first on their page.
    """

    header: list[Line]
    titles: list[Line] = field(default_factory=list)
    repeated: list[Line] = field(default_factory=list)
    rows: list[Line] = field(default_factory=list)
    after_break: set[int] = field(default_factory=set)


def cell_signs(line: Line, source: str) -> list[str]:
    """For each cell the blank that says why it has no text, or "" where it has text or nothing says it."""
    return [
        source[start]
        if start == end and source[start : start + 1] in _KNOWN and start < len(source)
        else ""
        for start, end in line.cells
    ]


def split_marked(lines: Sequence[Line], source: str, above: Sequence[Line] = ()) -> list[Table]:
    """The tables in a run of rows whose format tells how cells are merged, with their headers.

    A run is one table; where pages are known, it goes on on the next one, with its header again or without,
    and rows of another number of cells behind a break are another table.

    Args:
        lines: the rows.
        source: the text that they stand in.
        above: the header of the first, where it stands above a heading.
    """
    first = 0
    tables: list[Table] = []
    for index, line in enumerate(lines):
        before = lines[index - 1]
        if index and line.gap and len(line.cells) != len(before.cells):
            tables.append(_marked(lines[first:index], source, () if first else above))
            first = index
    return [*tables, _marked(lines[first:], source, () if first else above)]


def _marked(lines: Sequence[Line], source: str, given: Sequence[Line]) -> Table:
    """One table, with its header as merged cells show it, or with the one above it."""
    table = Table(list(given))
    if given:
        for line in lines:
            (table.repeated if _repeats(given, line) else table.rows).append(line)
        return table
    index = 0
    while index < len(lines) - 1 and is_full_width(lines[index], source):
        table.titles.append(lines[index])
        index += 1
    first = lines[index]
    texts = [source[a:b] for a, b in first.cells if a < b]
    if len(lines) - index > 1 and not any(parse_number(text) for text in texts):
        table.header.append(first)
        high = 1
        while high < _HIGHEST_HEADER and index + high + 1 < len(lines):
            above, below = (cell_signs(lines[index + high - step], source) for step in (1, 0))
            if CELL_LEFT not in above and CELL_ABOVE not in below:
                break
            table.header.append(lines[index + high])
            high += 1
        index += high
    for line in lines[index:]:
        (table.repeated if _repeats(table.header, line) else table.rows).append(line)
    return table


def is_full_width(line: Line, source: str) -> bool:
    """Whether the only cell with text of a row covers all columns."""
    signs = cell_signs(line, source)
    return (
        len(signs) > 2
        and line.cells[0][0] < line.cells[0][1]
        and all(sign == CELL_LEFT for sign in signs[1:])
    )


def heads_below(run: Sequence[Line], following: Sequence[Sequence[Line]]) -> bool:
    """Whether one row alone is the header of rows that come below a heading: 法律依据	罚则 over 一、市容环境类."""
    if len(run) != 1 or len(following) < 2 or following[0][0].is_row or len(following[0]) > 1:
        return False
    numbered = marker(following[0][0].text)
    return (
        numbered is not None
        and numbered.kind in ("level_1", "level_2")
        and len(run[0].cells) > 2
        and _is_header(run[0], following[1])
        and goes_under(run, following[1])
    )


def goes_under(header: Sequence[Line], rows: Sequence[Line]) -> bool:
    """Whether rows have as many cells as a header above a heading, and none of their own."""
    if not header or not rows or len(rows[0].cells) != len(header[-1].cells):
        return False
    if any(squeeze(line.text) == squeeze(rows[0].text) for line in header):
        return True
    return any(
        len(text) > _NAME or re.search("[，。《；]", text) for text in rows[0].text.split("\t")
    )


def split(lines: Sequence[Line], above: Sequence[Line] = ()) -> list[Table]:
    """The tables in a run of rows of plain text: another header behind a gap begins another table.

    Args:
        lines: the rows.
        above: the header of the first, where it stands above a heading.
    """
    tables = [Table(list(above))] if above else []
    for index, line in enumerate(lines):
        if index == 0 and above:
            if _repeats(above, line):
                tables[0].repeated.append(line)
            else:
                tables[0].rows.append(line)
            continue
        new_block = index == 0 or line.gap > 0
        last = tables[-1] if tables else None
        if last and len(last.header) == 2 and last.header[1] is line:
            continue
        if last and last.rows and _repeats(last.header, line):
            last.repeated.append(line)
            last.after_break.add(len(last.rows))
            continue
        header = _header(lines[index : index + 4]) if not last or new_block else []
        if not last or header:
            tables.append(Table(header, rows=[] if header else [line]))
        else:
            if new_block:
                tables[-1].after_break.add(len(tables[-1].rows))
            tables[-1].rows.append(line)
    return tables


def _repeats(header: Sequence[Line], line: Line) -> bool:
    """Whether a row is a line of the header again; blanks do not count."""
    near = (head for head in header if abs(len(head.text) - len(line.text)) <= _BLANKS)
    return any(squeeze(head.text) == squeeze(line.text) for head in near)


def _header(lines: Sequence[Line]) -> list[Line]:
    """The first line, or two, where they head the rows beneath; else none.

    Two lines head a table whose upper names hold for several columns or for both lines:
    序号	浓度		备注 over 	当月	累计	.
    """
    if _is_header(lines[0], lines[1:]):
        return [lines[0]]
    if len(lines) < 3 or len(lines[0].cells) != len(lines[1].cells) or lines[1].gap:
        return []
    upper, lower = ([bool(a < b) for a, b in line.cells] for line in lines[:2])
    whole = all(a or b for a, b in zip(upper, lower, strict=True)) and upper[0]
    mixed = not all(upper) and any(lower) and not all(lower)
    numbers = re.search(
        r"(?:^|\t)\s*\d+(?:\.\d+)?\s*(?:$|\t)", lines[0].text + "\t" + lines[1].text
    )
    return list(lines[:2]) if whole and mixed and not numbers else []


def columns_of(header: Sequence[Line], source: str) -> list[str]:
    """The names of the columns; one of several lines has the names of all: 浓度 当月."""
    width = max((len(line.cells) for line in header), default=0)
    columns = [""] * width
    for count, line in enumerate(header, start=1):
        signs = cell_signs(line, source)
        name = ""
        for column, ((start, end), sign) in enumerate(zip(line.cells, signs, strict=True)):
            own = squeeze(source[start:end])
            # Without a sign an upper name holds until the next one, a lower only for its own column.
            if own or sign == CELL_ABOVE or (sign == "" and count == len(header)):
                name = own
            if name and name not in columns[column].split(" "):
                columns[column] = f"{columns[column]} {name}".strip()
    return columns


def _is_header(line: Line, following: Sequence[Line]) -> bool:
    """A first row without numbers, all of whose cells are filled, with rows beneath."""
    texts = line.text.split("\t")
    filled = all(start < end for start, end in line.cells)
    if following and any(
        re.search(r"\d", above) and re.sub(r"\d+", "0", above) == re.sub(r"\d+", "0", below)
        for above, below in zip(texts, following[0].text.split("\t"), strict=False)
    ):
        return False  # 30人 over 20人: a row like the one beneath it
    return bool(following) and filled and not any(parse_number(text.strip()) for text in texts)
