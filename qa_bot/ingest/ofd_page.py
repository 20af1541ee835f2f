"""What is drawn on a page of an OFD file: text objects, paths, pictures (GB/T 33190—2016, 8 to 11)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from qa_bot.ingest.layout import PLAIN, Mark, Matrix, Piece, Rule, matrix_times, rules_of
from qa_bot.ingest.ofd_package import Element, children, local
from qa_bot.text import is_cjk

__all__ = ["Drawing", "Picture", "TooMuch", "box_of", "draw"]

_DEEPEST = 64  # blocks within blocks
_DEEPEST_UNIT = 8  # composite objects within each other
_MOST_OBJECTS = 2_000_000  # of a file, composite objects counted as often as they are drawn
_MOST_POINTS = 64  # of a path; one with more is a drawing
_MOST_RULES = 40_000  # of a page
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_STEP = re.compile(r"[SMLQBAC]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FARTHEST = 1e6


class TooMuch(Exception):
    """A file draws more than any document does, or composite objects that contain themselves."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page: the id of what it shows, and the box that it fills."""

    resource: str
    left: float
    top: float
    width: float
    height: float


@dataclass(slots=True)
class Drawing:
    """What is drawn on a page, in order.

    Attributes:
        marks: characters.
        rules: ruling lines.
        pictures: in the order in which they are drawn.
        drawn: objects so far, of the whole file.
    """

    marks: list[Mark] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    drawn: int = 0


def numbers(text: str | None) -> list[float]:
    """The numbers of an attribute; those that are out of any page count as none."""
    values = [float(one) for one in _NUMBER.findall(text or "")]
    return [value for value in values if abs(value) < _FARTHEST]


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """A box: left, top, width, height."""
    values = numbers(text)
    return (values[0], values[1], values[2], values[3]) if len(values) == 4 else None


def draw(
    element: Element,
    drawing: Drawing,
    unit: Callable[[str], Element | None],
    width: float,
    outer: Matrix = PLAIN,
    *,
    shown: bool = True,
    depth: int = 0,
    units: int = 0,
) -> None:
    """Draw everything within a layer, a block, an annotation or the content of a composite object.

    Args:
        element: that holds the objects.
        drawing: where they are put.
        unit: gives the content of a composite object by its id.
        width: of the page.
        outer: where the coordinates of the element lie on the page.
        shown: whether text is that of the page itself.
        depth: of blocks within blocks.
        units: of composite objects within composite objects.

    Raises:
        TooMuch: objects without end.
    """
    if depth > _DEEPEST or units > _DEEPEST_UNIT:
        raise TooMuch
    for one in element:
        kind = local(one)
        if not kind:
            continue
        drawing.drawn += 1
        if drawing.drawn > _MOST_OBJECTS:
            raise TooMuch
        if kind in ("Layer", "PageBlock", "Content"):
            draw(one, drawing, unit, width, outer, shown=shown, depth=depth + 1, units=units)
            continue
        if kind not in ("TextObject", "PathObject", "ImageObject", "CompositeObject"):
            continue
        matrix = _placed(one, outer)
        if kind == "TextObject":
            visible = shown and (one.get("Visible") or "true").strip().lower() not in ("false", "0")
            _draw_text(one, drawing, matrix, visible)
        elif kind == "PathObject":
            if len(drawing.rules) < _MOST_RULES:
                drawing.rules.extend(_rules(one, matrix, width))
        elif kind == "ImageObject":
            if box := box_of(one.get("Boundary")):
                drawing.pictures.append(Picture(one.get("ResourceID") or "", *box))
        elif (content := unit(one.get("ResourceID") or "")) is not None:
            draw(
                content, drawing, unit, width, matrix, shown=shown, depth=depth + 1, units=units + 1
            )


def _placed(element: Element, outer: Matrix) -> Matrix:
    """Where an object's own coordinates lie on the page: its CTM, then the corner of its box."""
    values = numbers(element.get("CTM"))
    a, b, c, d, e, f = values if len(values) == 6 else PLAIN
    box = box_of(element.get("Boundary"))
    left, top = box[:2] if box else (0.0, 0.0)
    return matrix_times((a, b, c, d, e + left, f + top), outer)


def _draw_text(element: Element, drawing: Drawing, matrix: Matrix, shown: bool) -> None:
    a, b, c, d, e, f = matrix
    own = (numbers(element.get("Size")) or [0.0])[0] or 3.5
    size = own * (math.hypot(c, d) or math.hypot(a, b))
    stretch = (numbers(element.get("HScale")) or [1.0])[0] or 1.0
    reading = (numbers(element.get("ReadDirection")) or [0.0])[0]
    turned = (numbers(element.get("CharDirection")) or [0.0])[0]
    direction = math.atan2(b, a) + math.radians(turned)
    along = math.hypot(a, b)
    x = y = 0.0
    for code in children(element, "TextCode"):
        text = "".join(code.itertext()).strip("\r\n")
        if not text:
            continue
        x = (numbers(code.get("X")) or [x])[0]
        y = (numbers(code.get("Y")) or [y])[0]
        wide = _deltas(code.get("DeltaX"), len(text))
        high = _deltas(code.get("DeltaY"), len(text))
        at_x, at_y = x, y
        drawing.drawn += len(text)
        if drawing.drawn > _MOST_OBJECTS:
            raise TooMuch
        for index, char in enumerate(text):
            usual = own * stretch * (1.0 if is_cjk(char) or ord(char) > 0x2E7F else 0.5)
            # The last offset goes on where there are fewer than characters, as viewers have it.
            step_x = wide[min(index, len(wide) - 1)] if wide else 0.0
            step_y = high[min(index, len(high) - 1)] if high else 0.0
            if not (wide or high):  # the width that the font gives, which is not looked up
                step_x, step_y = (0.0, usual) if reading in (90, 270) else (usual, 0.0)
            length = step_x if 0 < step_x < 1.3 * usual else usual
            drawing.marks.append(
                Mark(
                    char, a * at_x + c * at_y + e, b * at_x + d * at_y + f, length * along, size,
                    direction, shown,
                )
            )  # fmt: skip
            at_x, at_y = at_x + step_x, at_y + step_y


def _deltas(text: str | None, most: int) -> list[float]:
    """Offsets from each character to the next; «g 3 2.5» stands for three times 2.5."""
    found: list[float] = []
    parts = (text or "").replace(",", " ").split()
    index = 0
    while index < len(parts) and len(found) < most:
        if parts[index] == "g" and index + 2 < len(parts):
            times, value = numbers(parts[index + 1]), numbers(parts[index + 2])
            if times and value:
                found.extend(value * max(0, min(int(times[0]), most - len(found))))
            index += 3
            continue
        found.extend(numbers(parts[index])[:1])
        index += 1
    return found


def _rules(element: Element, matrix: Matrix, width: float) -> list[Rule]:
    """The ruling lines of a path object."""
    stroked = (element.get("Stroke") or "true").strip().lower() not in ("false", "0")
    filled = (element.get("Fill") or "false").strip().lower() in ("true", "1")
    if not (stroked or filled):
        return []
    data = next((one.text or "" for one in children(element, "AbbreviatedData")), "")
    return rules_of(_pieces(_STEP.findall(data[:8192]), matrix), stroked=stroked, width=width)


def _pieces(steps: Sequence[str], matrix: Matrix) -> list[Piece]:
    """The straight pieces of a path; none where it has curves or too many points."""
    a, b, c, d, e, f = matrix
    pieces: list[Piece] = []
    index = points = 0
    while index < len(steps):
        step = steps[index]
        index += 1
        if step == "C" and pieces:
            pieces[-1].append(pieces[-1][0])
        elif step in ("S", "M", "L") and index + 1 < len(steps):
            if steps[index].isalpha() or steps[index + 1].isalpha():
                return []
            x, y = float(steps[index]), float(steps[index + 1])
            index += 2
            points += 1
            if step != "L" or not pieces:
                pieces.append([])
            pieces[-1].append((a * x + c * y + e, b * x + d * y + f))
        else:
            return []  # a curve
        if points > _MOST_POINTS:
            return []
    return pieces
