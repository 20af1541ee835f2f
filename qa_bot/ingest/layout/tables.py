"""Tables from ruling lines: which cells they make, and the text in each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.ingest.grid import Cell, Table, grid
from qa_bot.ingest.layout.lines import Segment, line_text, rows_of, segments_of
from qa_bot.ingest.layout.model import Glyph, Rule, Sheet
from qa_bot.text import is_cjk

__all__ = ["take_tables"]

_NEAR = 0.004  # of the page's width (2.4 pt of A4): how far lines may miss each other
_MOST_RULES = 20_000  # a page with more is a drawing
_MOST_PLACES = 20_000  # cells of a table on one page
_SHORTEST = 0.012  # of the page's width: a shorter line is a part of a letter
_COVERED = 0.6  # how much of a cell's edge a wall must cover


@dataclass(slots=True)
class _Lattice:
    """The ruling lines of one table."""

    horizontal: list[Rule]
    vertical: list[Rule]

    @property
    def box(self) -> tuple[float, float, float, float]:
        rules = [*self.horizontal, *self.vertical]
        return (
            min(rule.left for rule in rules),
            min(rule.top for rule in rules),
            max(rule.right for rule in rules),
            max(rule.bottom for rule in rules),
        )


def take_tables(sheet: Sheet) -> tuple[list[Segment], list[Glyph]]:
    """The tables of a page, each as one segment, and the glyphs that stand in none.

    A table is a net of ruling lines with two columns or more, whose outer lines may be missing at its
    sides. Its rows are written as those of a web page's table are (`grid`): cells parted by tabs, and
    for every place that a merged cell covers a blank that says so.

    Guarantees: every glyph is in one table or among the rest.
    """
    near = _NEAR * (sheet.width or 1.0)
    tables: list[Segment] = []
    rest = sheet.glyphs
    if not sheet.rules or len(sheet.rules) > _MOST_RULES:
        return [], rest
    for lattice in _lattices(sheet, near):
        left, top, right, bottom = lattice.box
        inside: list[Glyph] = []
        outside: list[Glyph] = []
        for glyph in rest:
            x, y = _middle(glyph)
            within = left - near < x < right + near and top - near < y < bottom + near
            (inside if within else outside).append(glyph)
        edges = _places([left, right, *(rule.left for rule in lattice.vertical)], near)
        lines = _lines(lattice, inside, edges, near) if inside else None
        if lines is None:
            continue
        rest = outside
        size = max(glyph.size for glyph in inside)
        tables.append(
            Segment(left, right, top, bottom, top, size, inside, tuple(lines), tuple(edges))
        )
    return tables, rest


def _lattices(sheet: Sheet, near: float) -> list[_Lattice]:
    """Nets of lines that touch each other, the largest first."""
    shortest = _SHORTEST * (sheet.width or 1.0)
    flat = [rule for rule in sheet.rules if rule.right - rule.left >= rule.bottom - rule.top]
    steep = [rule for rule in sheet.rules if rule.right - rule.left < rule.bottom - rule.top]
    horizontal = [one for one in _joined(flat, near) if one.right - one.left >= shortest]
    vertical = [
        _turned(one)
        for one in _joined([_turned(rule) for rule in steep], near)
        if one.right - one.left >= shortest
    ]
    parents = list(range(len(horizontal) + len(vertical)))

    def root(one: int) -> int:
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    if len(horizontal) * len(vertical) > _MOST_RULES * 50:
        return []
    for i, flat_one in enumerate(horizontal):
        for j, steep_one in enumerate(vertical, start=len(horizontal)):
            if (
                flat_one.left - near <= steep_one.left <= flat_one.right + near
                and steep_one.top - near <= flat_one.top <= steep_one.bottom + near
            ):
                parents[root(i)] = root(j)
    nets: dict[int, _Lattice] = {}
    for i, flat_one in enumerate(horizontal):
        nets.setdefault(root(i), _Lattice([], [])).horizontal.append(flat_one)
    for j, steep_one in enumerate(vertical, start=len(horizontal)):
        nets.setdefault(root(j), _Lattice([], [])).vertical.append(steep_one)
    # A table without lines at its sides has one line between two columns at least.
    found = [net for net in nets.values() if len(net.horizontal) > 1 and net.vertical]

    def area(net: _Lattice) -> float:
        left, top, right, bottom = net.box
        return (right - left) * (bottom - top)

    # The smallest first: a table within the frame of a page is a table of its own.
    return sorted(found, key=area)


def _turned(rule: Rule) -> Rule:
    return Rule(rule.top, rule.left, rule.bottom, rule.right)


def _joined(rules: Sequence[Rule], near: float) -> list[Rule]:
    """Horizontal pieces of one line, put together."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda one: one.top + one.bottom):
        if groups and _height(rule) - _height(groups[-1][0]) <= near:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    found: list[Rule] = []
    for group in groups:
        height = _height(group[0])
        left = right = None
        for rule in sorted(group):
            if right is not None and left is not None and rule.left <= right + near:
                right = max(right, rule.right)
                continue
            if left is not None and right is not None:
                found.append(Rule(left, height, right, height))
            left, right = rule.left, rule.right
        if left is not None and right is not None:
            found.append(Rule(left, height, right, height))
    return found


def _height(rule: Rule) -> float:
    return (rule.top + rule.bottom) / 2


def _places(values: Sequence[float], near: float) -> list[float]:
    """Distinct places in order; those that are near each other are one."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > near:
            places.append(value)
    return places


def _lines(
    lattice: _Lattice, glyphs: Sequence[Glyph], xs: Sequence[float], near: float
) -> list[str] | None:
    """The rows of a table as lines of text; `None` where the lines frame text instead."""
    _, top, _, bottom = lattice.box
    ys = _places([top, bottom, *(rule.top for rule in lattice.horizontal)], near)
    wide, high = len(xs) - 1, len(ys) - 1
    if wide < 2 or high < 1 or wide * high > _MOST_PLACES:
        return None
    owners = _owners(lattice, xs, ys, near)
    held: dict[tuple[int, int], list[Glyph]] = {}
    for glyph in glyphs:
        x, y = _middle(glyph)
        column = min(max(bisect_right(xs, x) - 1, 0), wide - 1)
        row = min(max(bisect_right(ys, y) - 1, 0), high - 1)
        held.setdefault(owners[row][column], []).append(glyph)
    if len({column for _, column in held}) < 2:
        return None  # a frame, or lines beneath each other
    extents: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(high):
        for column in range(wide):
            owner = owners[row][column]
            last = extents.get(owner, owner)
            extents[owner] = (max(last[0], row), max(last[1], column))
    rows: list[list[Cell]] = []
    for row in range(high):
        cells = []
        for column in range(wide):
            if owners[row][column] == (row, column):
                low, far = extents[row, column]
                text = _text(held.get((row, column), ()))
                cells.append(Cell([text], far - column + 1, low - row + 1))
        rows.append(cells)
    if Table(rows).lays_out():
        return None
    return ["".join(str(piece) for piece in line) for line in grid(rows)]


def _owners(
    lattice: _Lattice, xs: Sequence[float], ys: Sequence[float], near: float
) -> list[list[tuple[int, int]]]:
    """For each place the upper left place of the cell that covers it.

    Guarantees: the places of one cell form a rectangle.
    """
    wide, high = len(xs) - 1, len(ys) - 1
    beside = [[False] * (wide + 1) for _ in range(high)]  # a wall to the left of a place
    above = [[False] * wide for _ in range(high + 1)]
    for rule in lattice.vertical:
        column = _nearest(xs, rule.left)
        for row in range(high):
            covered = min(rule.bottom, ys[row + 1]) - max(rule.top, ys[row])
            beside[row][column] |= covered >= _COVERED * (ys[row + 1] - ys[row])
    for rule in lattice.horizontal:
        row = _nearest(ys, rule.top)
        for column in range(wide):
            covered = min(rule.right, xs[column + 1]) - max(rule.left, xs[column])
            above[row][column] |= covered >= _COVERED * (xs[column + 1] - xs[column])
    owners = [[(-1, -1)] * wide for _ in range(high)]
    for row in range(high):
        for column in range(wide):
            if owners[row][column] != (-1, -1):
                continue
            far = column + 1
            while far < wide and not beside[row][far] and owners[row][far] == (-1, -1):
                far += 1
            low = row + 1
            while (
                low < high
                and not any(above[low][column:far])
                and all(owners[low][one] == (-1, -1) for one in range(column, far))
                and not any(beside[low][column + 1 : far])
            ):
                low += 1
            for one in range(row, low):
                owners[one][column:far] = [(row, column)] * (far - column)
    return owners


def _nearest(places: Sequence[float], value: float) -> int:
    after = bisect_right(places, value)
    around = range(max(after - 1, 0), min(after + 1, len(places)))
    return min(around, key=lambda one: abs(places[one] - value))


def _text(glyphs: Sequence[Glyph]) -> str:
    """The text of a cell: its lines glued, with a blank where two words of an alphabet meet."""
    text = ""
    for row in rows_of(segments_of(glyphs)):
        line = line_text(row).strip()
        if text and line and not (is_cjk(text[-1]) or is_cjk(line[0])):
            joined = (
                text[-1].isascii()
                and line[0].isascii()
                and (text[-1].isalpha() and line[0].isalpha())
            )
            text += " " if joined else ""
        text += line
    return text


def _middle(glyph: Glyph) -> tuple[float, float]:
    return (glyph.left + glyph.right) / 2, glyph.baseline - 0.38 * glyph.size
