"""What a page holds before it has lines: characters with places, and ruling lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Glyph", "Rule", "Sheet"]


class Glyph(NamedTuple):
    """What was drawn at one place; mostly one character.

    Coordinates count from the upper left corner of the page, to the right and downward, in any unit that
    the page uses for everything.

    Attributes:
        text: its characters.
        left: where it begins.
        right: where the next would begin.
        baseline: the height at which it stands.
        size: of the font.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float


class Rule(NamedTuple):
    """A straight ruling line, horizontal or vertical.

    Attributes:
        left: the smaller x.
        top: the smaller y.
        right: the larger x; that of `left` for a vertical line.
        bottom: the larger y; that of `top` for a horizontal line.
    """

    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Sheet:
    """One page as a reader of a format gives it.

    Attributes:
        width: of the page.
        height: of the page.
        glyphs: in the order in which they are drawn.
        rules: ruling lines, also those that are pieces of a longer one.
        asides: glyphs beside the document: watermarks, annotations, what is drawn aslant or invisible.
    """

    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    asides: list[Glyph] = field(default_factory=list)
