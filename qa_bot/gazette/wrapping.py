"""The width at which a text is wrapped, where nothing but its lines tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_bot.gazette.lines import Line

__all__ = ["Wrap", "wrapped"]

_WRAPPED_LINES, _NARROWEST, _WIDEST = 8, 12, 60


@dataclass(frozen=True, slots=True)
class Wrap:
    """The width at which a text is wrapped.

    Attributes:
        width: of the widest line, in characters.
        printed: whether characters count as they are printed: two digits are as wide as one 字.
    """

    width: float
    printed: bool

    def fills(self, line: Line) -> bool:
        """Whether a line goes to the edge, or nearly: no line begins with a comma."""
        return _width(line, self.printed) >= self.width - 1


def _width(line: Line, printed: bool) -> float:
    narrow = len(line.text.encode("ascii", "ignore")) if printed else 0
    return line.indent // 2 + len(line.text) - narrow / 2


def wrapped(lines: Sequence[Line]) -> Wrap | None:
    """The width at which a text is wrapped; `None` where its lines are whole paragraphs.

    Wrapped texts have many lines of one width: a quarter of all within two characters of the widest.
    """
    best, most = None, 0
    for printed in (False, True):
        widths = [_width(line, printed) for line in lines if not line.is_row]
        widest = max(widths, default=0)
        if len(widths) < _WRAPPED_LINES or not _NARROWEST <= widest <= _WIDEST:
            continue
        full = sum(width >= widest - 2 for width in widths)
        if 4 * full >= len(widths) and full > most:
            best, most = Wrap(widest, printed), full
    return best
