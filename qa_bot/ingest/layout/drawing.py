"""What readers of formats give: marks in any direction, and paths; a sheet is made of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from qa_bot.ingest.layout.model import Glyph, Rule, Sheet

__all__ = ["PLAIN", "Mark", "Matrix", "Piece", "matrix_times", "rules_of", "sheet_of"]

# a b c d e f: x' = a x + c y + e, y' = b x + d y + f
Matrix = tuple[float, float, float, float, float, float]
PLAIN: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Piece = list[tuple[float, float]]

_STRAIGHT = 0.03  # of a quarter turn
_THIN = 0.005  # of the page's width (3 pt of A4): a filled box as thin as that is a line
_SLANT = 0.0009  # of the page's width: how far the ends of a straight line may differ
_FARTHEST = 1e6
_DOUBLE = 0.1  # of the size: the same character drawn again so near is one, set bold


class Mark(NamedTuple):
    """A character as it is drawn.

    Attributes:
        text: the character.
        x: where it begins on its baseline, counted from the left of the page.
        y: the same, counted downward.
        length: how far along its direction the next one begins.
        size: of the font, as it is drawn.
        direction: in which the text runs, in radians, clockwise from the right.
        shown: whether a reader sees it; a character drawn invisible or put on top by an annotation is not
            shown as text of the page.
    """

    text: str
    x: float
    y: float
    length: float
    size: float
    direction: float = 0.0
    shown: bool = True


def matrix_times(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix of what is drawn with `inner` within something drawn with `outer`."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k,
        e * h + f * j + m,
    )  # fmt: skip


def sheet_of(marks: Iterable[Mark], rules: Iterable[Rule], width: float, height: float) -> Sheet:
    """A sheet that is turned so that most of its text runs to the right.

    What runs in another direction, is not shown, or lies outside of the page is put aside. The same
    character drawn twice at one place (for bold or shadow) is one.

    Guarantees: every mark is among the glyphs or the asides, but for those drawn twice.
    """
    marks = [mark for mark in marks if _sound(mark)]
    quarters = Counter(
        _quarter(mark.direction) for mark in marks if mark.shown and not mark.text.isspace()
    )
    quarters.pop(None, None)
    quarter = quarters.most_common(1)[0][0] if quarters else 0
    turn = _turning(quarter or 0, width, height)
    if quarter in (1, 3):
        width, height = height, width
    sheet = Sheet(width, height)
    drawn: dict[tuple[str, int, int], tuple[float, float]] = {}
    for mark in marks:
        left, baseline = turn(mark.x, mark.y)
        if not mark.text.isspace() and _again(mark, left, baseline, drawn):
            continue
        glyph = Glyph(mark.text, left, left + mark.length, baseline, mark.size)
        within = -1 <= left <= width + 1 and 0 <= baseline <= height + mark.size
        own = mark.shown and within and _quarter(mark.direction) == quarter
        (sheet.glyphs if own else sheet.asides).append(glyph)
    for rule in rules:
        (x, y), (u, v) = turn(rule.left, rule.top), turn(rule.right, rule.bottom)
        sheet.rules.append(Rule(min(x, u), min(y, v), max(x, u), max(y, v)))
    return sheet


def rules_of(pieces: Sequence[Piece], *, stroked: bool, width: float) -> list[Rule]:
    """The ruling lines that a path draws: thin boxes, and straight strokes.

    Args:
        pieces: the path's points, piece by piece; curves have no place here.
        stroked: whether its outline is drawn; otherwise it is only filled.
        width: of the page.
    """
    thin, slant = _THIN * width, _SLANT * width
    found: list[Rule] = []
    for points in pieces:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if not all(abs(value) < _FARTHEST for value in (*xs, *ys)):
            continue
        left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
        if min(right - left, bottom - top) <= thin:
            middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
            if right - left >= bottom - top:
                found.append(Rule(left, middle_y, right, middle_y))
            else:
                found.append(Rule(middle_x, top, middle_x, bottom))
        elif stroked:
            for (x, y), (u, v) in pairwise(points):
                if abs(y - v) <= slant < abs(x - u):
                    found.append(Rule(min(x, u), (y + v) / 2, max(x, u), (y + v) / 2))
                elif abs(x - u) <= slant < abs(y - v):
                    found.append(Rule((x + u) / 2, min(y, v), (x + u) / 2, max(y, v)))
    return found


def _again(
    mark: Mark, left: float, baseline: float, drawn: dict[tuple[str, int, int], tuple[float, float]]
) -> bool:
    """Whether the same character was drawn at this place before; it is noted if not."""
    near = max(_DOUBLE * mark.size, 1e-6)
    column, row = round(left / near), round(baseline / near)
    closest = min(near, 0.4 * mark.length)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            place = drawn.get((mark.text, column + i, row + j))
            if place and abs(place[0] - left) < closest and abs(place[1] - baseline) < near:
                return True
    drawn[mark.text, column, row] = (left, baseline)
    return False


def _sound(mark: Mark) -> bool:
    values = (mark.x, mark.y, mark.length, mark.size)
    return mark.size > 0 and all(abs(value) < _FARTHEST for value in values)


def _quarter(direction: float) -> int | None:
    """How many quarter turns clockwise; `None` for text drawn aslant."""
    turns = direction / (math.pi / 2)
    if not abs(turns) < _FARTHEST or abs(turns - round(turns)) > _STRAIGHT:
        return None
    return round(turns) % 4


def _turning(
    quarter: int, width: float, height: float
) -> Callable[[float, float], tuple[float, float]]:
    """From places on the page to those on the page turned back by so many quarters."""
    if quarter == 1:  # runs downward
        return lambda x, y: (y, width - x)
    if quarter == 2:
        return lambda x, y: (width - x, height - y)
    if quarter == 3:  # runs upward
        return lambda x, y: (height - y, x)
    return lambda x, y: (x, y)
