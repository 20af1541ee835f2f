"""Characters as they are compared: what a layout, a font or a keyboard changes is folded away.

One character stays one character, or goes: a canonical text is the source less some characters, each of
the others in one form. So a digit can change its width and never its value, `10²` is not `102`, and the way
back to the source is a list of positions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_bot.words import to_simplified

__all__ = ["IGNORED", "Canonical", "canonical", "difference_kind", "gap_kinds", "simplified"]

# What may differ between a quote and its source and is no alteration: (Chinese, English).
IGNORED: dict[str, tuple[str, str]] = {
    "white_space": ("空格", "white space"),
    "line_breaks": ("换行", "line breaks"),
    "page_breaks": ("分页处的页码、页眉", "what stands at a page break"),
    "invisible": ("不可见字符", "invisible characters"),
    "digit_width": ("数字全半角", "width of digits"),
    "letter_width": ("字母全半角", "width of letters"),
    "punctuation_width": ("标点全半角", "width of punctuation"),
    "quotation_marks": ("引号、书名号的样式", "style of quotation marks"),
    "brackets": ("括号的样式", "style of brackets"),
    "dashes": ("横线的样式", "style of dashes"),
    "character_form": ("字形编码", "encoding of a character"),
    "script": ("繁简体", "traditional for simplified characters"),
    "labels": ("条文之间未引的条号、标题", "labels and headings between clauses"),
}
_QUOTES = "“”„‟〝〞〟＂「」『』﹁﹂﹃﹄‘’‚‛'＇"
_BRACKETS = {"〔": "[", "﹝": "[", "【": "[", "〖": "[", "［": "["} | {
    "〕": "]", "﹞": "]", "】": "]", "〗": "]", "］": "]",
}  # fmt: skip
_DASHES = "—–―‐‑‒−─━﹣－"
_SAME = (
    dict.fromkeys(_QUOTES, '"')
    | _BRACKETS
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("・•‧∙⋅･", "·")
    | {"〈": "《", "〉": "》", "。": ".", "｡": ".", "．": ".", "〜": "~", "○": "〇"}
)
# A font's or a printer's form of the character that it decomposes to; superscripts, circled numbers and
# ligatures are none: they say something else.
_FORMS = ("<wide>", "<narrow>", "<small>", "<vertical>")
_RADICALS = ("\u2e80", "\u2fdf")
_GONE = "\0"


class _Folding(dict[int, str]):
    """For `str.translate`: the form of each character that was met, NUL where it goes."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold(chr(code))
        return folded


def _fold(char: str) -> str:
    if char.isspace() or unicodedata.category(char) in ("Cf", "Cc", "Cs") or _selects(char):
        return _GONE
    if char in _SAME:
        return _SAME[char]
    kind, _, rest = unicodedata.decomposition(char).rpartition(" ")
    compatible = kind in _FORMS or (not kind and rest)
    if compatible or _RADICALS[0] <= char <= _RADICALS[1]:
        plain = unicodedata.normalize("NFKC", char)
        if len(plain) == 1 and not plain.isspace():
            return _SAME.get(plain, plain)
    return char


def _selects(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True)
class Canonical:
    """A text in canonical form, with the way back.

    Attributes:
        text: without white space and invisible characters, every other character in one form.
        kept: `(n,)` int32, for each character of `text` the position in the source that it came from.
    """

    text: str
    kept: NDArray[np.int32]


def canonical(source: str, drop: Iterable[tuple[int, int]] = ()) -> Canonical:
    """`source` in canonical form.

    Guarantees: `len(text) == len(kept)`; a character of `text` is a form of the one at `source[kept[i]]`; the
    canonical form of a piece is the piece of the canonical form.

    Args:
        source: any text.
        drop: spans that are left out.
    """
    folded = source.translate(_FOLDING)
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    keep = codes != 0
    for start, end in drop:
        keep[start:end] = False
    kept = np.flatnonzero(keep).astype(np.int32)
    text = codes[kept].tobytes().decode("utf-32-le", "surrogatepass")
    return Canonical(text, kept)


def simplified(text: str) -> str:
    """A canonical text with its traditional characters made simplified, one for one."""
    converted = to_simplified(text)
    if len(converted) == len(text):
        return converted
    each = (to_simplified(char) for char in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(each, text, strict=True))


def difference_kind(one: str, other: str) -> str | None:
    """Which kind of `IGNORED` difference two forms of one character have; `None` where they are the same."""
    if one == other:
        return None
    form = _FOLDING[ord(one)]
    if form != _FOLDING[ord(other)]:
        return "script"
    if form.isdigit():
        return "digit_width"
    if form.isascii() and form.isalpha():
        return "letter_width"
    if form in ('"', "《", "》"):
        return "quotation_marks"
    if form in "[]":
        return "brackets"
    if form == "-":
        return "dashes"
    return "character_form" if form.isalpha() or form == "〇" else "punctuation_width"


def gap_kinds(quoted: str, printed: str) -> set[str]:
    """In what the characters between two neighbours of a quote differ from those in its source."""
    if quoted == printed:
        return set()
    kinds: set[str] = set()
    if _spaces(quoted) != _spaces(printed):
        kinds.add("line_breaks" if _breaks(quoted) != _breaks(printed) else "white_space")
    if any(not char.isspace() and _FOLDING[ord(char)] == _GONE for char in quoted + printed):
        kinds.add("invisible")
    if any(_FOLDING[ord(char)] != _GONE for char in printed):
        kinds.add("page_breaks")
    return kinds


def _spaces(text: str) -> Sequence[str]:
    return [char for char in text if char.isspace()]


def _breaks(text: str) -> bool:
    return any(char in "\n\r\f\u2028\u2029" for char in text)
