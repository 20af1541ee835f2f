"""Fields of word processors: the result is shown, the code is not (ECMA-376 part 1, 17.16; [MS-DOC] 2.8.25)."""

from __future__ import annotations

import re

from qa_bot.ingest.signs import symbol

__all__ = ["Fields"]

# EQ \\o\\ac(○,1) draws a circle around a number.
_OVERSTRUCK = re.compile(
    r"^\s*EQ\s*\\o\s*(?:\\a[clr]\s*)?\((?P<frame>[^,，]*)[,，](?P<text>[^,，]*)\)\s*$",
    re.IGNORECASE,
)
_SYMBOL = re.compile(
    r"^\s*SYMBOL\s+(?P<code>0x[0-9a-f]+|\d+)(?:.*?\\f\s*\"?(?P<font>[^\"\\]+))?", re.IGNORECASE
)
_UP = re.compile(r"\\(?:s|up|do)\s*\d*\s*|[()（）]")
_LONGEST_CODE = 2_000


class Fields:
    """The fields that are open at a place, one within the other."""

    def __init__(self) -> None:
        self._codes: list[list[str] | None] = []  # `None`: the result is reached

    @property
    def showing(self) -> bool:
        """Whether what stands here is shown."""
        return all(code is None for code in self._codes)

    def begin(self) -> None:
        """A field begins, with its code."""
        self._codes.append([])

    def separate(self) -> None:
        """The code ends, the result begins."""
        if self._codes:
            self._codes[-1] = None

    def code(self, text: str) -> None:
        """Text of the code."""
        if self._codes and self._codes[-1] is not None and len(self._codes[-1]) < _LONGEST_CODE:
            self._codes[-1].append(text)

    def end(self) -> str:
        """The field ends. Returns what it draws where it has no result: an encircled number, a sign."""
        code = self._codes.pop() if self._codes else None
        if not code or not self.showing:
            return ""
        return _drawn("".join(code)[:_LONGEST_CODE])


def _drawn(code: str) -> str:
    if match := _SYMBOL.match(code):
        number = int(match["code"], 16 if match["code"][:2].lower() == "0x" else 10)
        return symbol((match["font"] or "symbol").strip(), number)
    match = _OVERSTRUCK.match(code)
    if match is None:
        return ""
    frame, text = (_UP.sub("", match[part]).strip() for part in ("frame", "text"))
    if frame and frame not in "○□△◇〇O":
        frame, text = text, frame
    if frame in ("○", "〇", "O") and text.isdecimal() and len(text) < 3 and 1 <= int(text) <= 20:
        return chr(0x2460 + int(text) - 1)  # ①
    return text
