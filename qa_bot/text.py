"""Characters: white space, width, numerals, and the way from a cleaned text back to its source.

Nothing here reads files or knows what a clause is. A *span* is `(start, end)` in characters of a
source text, end exclusive.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice, pairwise

from qa_bot.patterns import late

__all__ = [
    "Normalised",
    "Offsets",
    "Span",
    "chinese_number",
    "find_dates",
    "fold",
    "is_cjk",
    "join",
    "normalise",
    "parse_number",
    "sentences",
    "squeeze",
    "strip_space",
]

Span = tuple[int, int]

_SPACE = late(r"\s+")
_FOLD = str.maketrans(
    {
        "﹝": "〔", "﹞": "〕", "〖": "〔", "〗": "〕", "【": "〔", "】": "〕", "［": "[", "］": "]",
        "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "﹤": "<", "﹥": ">",
        "—": "-", "–": "-", "―": "-", "‐": "-", "−": "-", "·": "·", "・": "·", "•": "·",
    }
)  # fmt: skip
_DIGITS = (
    {c: i for i, c in enumerate("〇一二三四五六七八九")} | dict.fromkeys("零○ＯOОΟo", 0) | {"两": 2}
)
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = "〇一二三四五六七八九"
_SENTENCE_END = late(r"[。！？；!?;]+[”’」』）)]*|\n+|(?<=[^\d\s])\.(?=\s|$)")
_FULL_STOP = late(_SENTENCE_END.pattern.replace("；", "").replace(";", ""))


def strip_space(text: str) -> str:
    """`text` without any white space: the form in which a quote is compared with its source."""
    return _SPACE.sub("", text)


def is_cjk(char: str) -> bool:
    """Whether `char` is a Han character or Chinese punctuation, beside which no space is meant."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3000" <= char <= "\u303f"
        or "\uff00" <= char <= "\uffef"
        or "\u3400" <= char <= "\u4dbf"
        or "\U00020000" <= char <= "\U0003ffff"
        or char in "“”‘’—…·"
    )


def squeeze(text: str) -> str:
    """`text` less the spaces that a layout put between Chinese characters.

    «第一章 总 则» is read as «第一章总则», «关于命名 第六批» as «关于命名第六批»; a space between two
    Latin words or numbers stays, as one blank.
    """
    pieces = text.split()
    if len(pieces) < 2:
        return text.strip()
    out: list[str] = []
    for piece in pieces:
        if out and not (is_cjk(out[-1][-1]) or is_cjk(piece[0])):
            out.append(" ")
        out.append(piece)
    return "".join(out)


def join(text: str, paragraphs: Iterable[Sequence[Span]]) -> str:
    """The text of spans: pieces of one paragraph glued, paragraphs on lines of their own.

    Guarantees: without white space, the result equals the spans' characters without white space.
    Where a break stands between two Latin words a blank keeps them apart.
    """
    lines: list[str] = []
    for spans in paragraphs:
        if len(spans) == 1:
            ((start, end),) = spans
            lines.append(text[start:end])
            continue
        line = ""
        for start, end in spans:
            piece = text[start:end]
            ends, begins = line[-1:], piece[:1]
            if ends.isascii() and ends.isalnum() and begins.isascii() and begins.isalnum():
                # 处1⏎000元以上: a number goes on
                line += "" if ends.isdigit() and begins.isdigit() else " "
            line += piece
        lines.append(line)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text folded for matching, with the way back.

    Attributes:
        text: NFKC, brackets, quotes and dashes of one form each, lower case.
        offsets: for each character of `text` the index of the source character that it came from;
            one more entry at the end gives the length of the source.
    """

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The span of the source that `text[start:end]` came from; empty for an empty one."""
        if end <= start:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1


def normalise(text: str) -> Normalised:
    """Fold width and punctuation, so that ２０１９、[2019] and 〔２０１９〕 can be matched by one rule."""
    out: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        folded = char.translate(_FOLD)
        if folded == char and ord(char) > 127:
            folded = unicodedata.normalize("NFKC", char).translate(_FOLD)
        for piece in folded.lower():
            out.append(piece)
            offsets.append(index)
    offsets.append(len(text))
    return Normalised("".join(out), tuple(offsets))


def fold(text: str) -> str:
    """`text` folded as `normalise` folds it, for matching where the way back is not needed."""
    return unicodedata.normalize("NFKC", text.translate(_FOLD)).translate(_FOLD).lower()


@lru_cache(maxsize=4096)
def parse_number(text: str) -> int | None:
    """The value of 12, １２, 十二, 二〇一九 or 一百零三; `None` for anything else."""
    text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > 18:
        return None  # no number that a document counts with
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(c not in _DIGITS and c not in _UNITS for c in text):
        return None
    if not any(c in _UNITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, None
    for char in text:
        if char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
        else:
            digit = _DIGITS[char]
    return total + (digit or 0)


@lru_cache(maxsize=4096)
def chinese_number(value: int) -> str:
    """`value` as the law writes it: 10 十, 23 二十三, 103 一百零三; in digits beyond 9999."""
    if not 0 <= value <= 9999:
        return str(value)
    if value < 10:
        return _CHINESE[value].replace("〇", "零")
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            out += ("零" if zero else "") + _CHINESE[digit] + name
            zero = False
        elif out and value:
            zero = True
    return out[1:] if out.startswith("一十") else out


class Offsets:
    """The way from a text made by `join` back to the source that its spans count in."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        """Take a text and the spans that it was joined from, in order."""
        self._spans = spans
        self._starts = [start for start, _ in spans]
        # A row that a page break cuts through is joined cell by cell, not in the order of the source.
        self._in_order = all(a <= b for a, b in pairwise(self._starts))
        self.at: list[int] = []
        source = (i for start, end in spans for i in range(start, end))
        # Blanks and line breaks that joining put in stand where the next character does.
        added = len(text) - sum(b - a for a, b in spans)
        if added <= 0:
            self.at.extend(islice(source, len(text)))
            return
        position = next(source, 0)
        boundaries = {0}
        count = 0
        for start, end in spans:
            count += end - start
            boundaries.add(count)
        used = 0
        for char in text:
            if added > 0 and used in boundaries and used and char in " \n\t":
                self.at.append(position)
                added -= 1
                boundaries.discard(used)
                continue
            self.at.append(position)
            used += 1
            position = next(source, position + 1)

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """The spans of the source that `text[start:end]` came from."""
        if not self._in_order:
            return self._spans_anywhere(start, end)
        low, high = self.at[start], self.at[end - 1] + 1
        spans: list[Span] = []
        for a, b in islice(self._spans, max(bisect_right(self._starts, low) - 1, 0), None):
            if a >= high:
                break
            if low < b:
                spans.append((max(a, low), min(b, high)))
        return tuple(spans)

    def _spans_anywhere(self, start: int, end: int) -> tuple[Span, ...]:
        """The same where the spans are in the order of the text and not in that of the source."""
        spans: list[Span] = []
        for a, b in self._spans:
            inside = [place for place in self.at[start:end] if a <= place < b]
            if inside:
                spans.append((inside[0], inside[-1] + 1))
        return tuple(spans)


_DATE = late(
    r"([\d〇零○ＯOОΟo一二三四五六七八九]{4})\s*年\s*([\d一二三四五六七八九十]{1,3})\s*月"
    r"\s*([\d一二三四五六七八九十]{1,3})\s*日"
)


def find_dates(text: str) -> list[tuple[date, Span]]:
    """Full dates such as 2019年4月4日, ２０１９ 年 ４ 月 ４ 日 and 二〇一九年四月四日, with their spans.

    A date that no calendar holds (2019年2月30日) is left out.
    """
    found: list[tuple[date, Span]] = []
    for match in _DATE.finditer(text):
        year, month, day = (parse_number(part) or 0 for part in match.groups())
        try:
            found.append((date(year, month, day), match.span()))
        except ValueError:
            continue
    return found


def sentences(text: str, semicolons: bool = True) -> list[Span]:
    """Spans of the sentences of `text`, without the white space around them, in order.

    A sentence ends at 。！？； or a line break, without `semicolons` not at ；; closing quotes and brackets
    stay with it.
    Guarantees: every non-space character is in exactly one span.
    """
    spans: list[Span] = []
    start = 0
    ends = [match.end() for match in (_SENTENCE_END if semicolons else _FULL_STOP).finditer(text)]
    for end in [*ends, len(text)]:
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if right > left:
            spans.append((left, right))
        start = end
    return spans
