"""Automatic numbering of word processors: what stands before a paragraph of a list.

Formats are those of ECMA-376 part 1, 17.18.59 (ST_NumberFormat) and [MS-OSHARED] 2.2.1.3 (MSONFC).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_bot.ingest.source import LIST_ITEM
from qa_bot.text import chinese_number

__all__ = ["MSO_FORMATS", "Level", "List", "Lists", "formatted"]

# The formats that Word 97 names by a number.
MSO_FORMATS = {
    0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 5: "ordinal",
    6: "cardinalText", 7: "ordinalText", 10: "ideographDigital", 11: "japaneseCounting",
    14: "decimalFullWidth", 16: "japaneseLegal", 18: "decimalEnclosedCircle", 22: "decimalZero",
    23: "bullet", 26: "decimalEnclosedFullstop", 27: "decimalEnclosedParen",
    28: "decimalEnclosedCircleChinese", 29: "ideographEnclosedCircle", 30: "ideographTraditional",
    31: "ideographZodiac", 32: "ideographZodiacTraditional", 33: "taiwaneseCounting", 34: "ideographLegalTraditional",
    35: "taiwaneseCountingThousand", 36: "taiwaneseDigital", 37: "chineseCounting",
    38: "chineseLegalSimplified", 39: "chineseCountingThousand", 57: "numberInDash", 255: "none",
}  # fmt: skip
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_DIGITS = "〇一二三四五六七八九"
_LEGAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_LEGAL_OLD = str.maketrans("零一二三四五六七八九十百千", "零壹貳參肆伍陸柒捌玖拾佰仟")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered.

    Attributes:
        start: its first number.
        format: the name of the number format.
        text: what is shown, %1 to %9 standing for the numbers of the levels: 第%1条, %1.%2.
        suffix: tab, space or nothing, between the number and the text.
        restart: the level, counted from 1, at whose numbers it begins anew; 0 never, `None` at any above.
        legal: whether all numbers in it are shown in Arabic digits.
        hidden: whether the label is hidden text.
    """

    start: int = 1
    format: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """A list as paragraphs name it.

    Attributes:
        counted_as: lists with the same value count on from each other.
        levels: by their place from 0.
        starts: numbers that this list begins with when it is first met, by level.
    """

    counted_as: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int] = field(default_factory=dict)


class Lists:
    """Counts the paragraphs of lists."""

    def __init__(self) -> None:
        self.labels = 0  # shown so far, bullets not counted
        self._counts: dict[str, list[int | None]] = {}
        self._met: set[str] = set()

    def label(self, name: str, found: List, place: int) -> str:
        """What stands before the next paragraph at level `place` (from 0) of the list called `name`.

        A bullet is given as `LIST_ITEM`, once for each level, as that of a web page is.
        """
        place = min(max(place, 0), _LEVELS - 1)
        level = found.levels.get(place)
        if level is None:
            return ""
        counts = self._counts.setdefault(found.counted_as, [None] * _LEVELS)
        if name not in self._met:
            self._met.add(name)
            for at, start in found.starts.items():
                if 0 <= at < _LEVELS:
                    counts[at] = start - 1
        count = counts[place]
        counts[place] = level.start if count is None else count + 1
        for lower in range(place + 1, _LEVELS):
            below = found.levels.get(lower)
            if below is None or below.restart is None or place < below.restart:
                counts[lower] = None
        if level.hidden:
            return ""
        if level.format == "bullet":
            return LIST_ITEM * min(place + 1, 3)

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = found.levels.get(at, Level())
            number = counts[at]
            way = other.format
            if level.legal and way != "none":
                way = "decimal"
            return formatted(other.start if number is None else number, way)

        text = _PLACE.sub(shown, level.text)
        if not text.strip():
            return ""
        self.labels += 1
        return text if level.suffix == "nothing" else text + " "


def formatted(number: int, way: str) -> str:
    """A number as `way` writes it; in Arabic digits where `way` is unknown or cannot write it."""
    plain = str(number)
    if number < 0 or number > 1_000_000:
        return plain
    if way in ("none", "bullet"):
        return ""
    if way == "decimalZero":
        return f"{number:02d}"
    if way in ("decimalFullWidth", "decimalFullWidth2"):
        return plain.translate(_WIDE)
    if way == "numberInDash":
        return f"- {number} -"
    if way == "ordinal":
        end = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return plain + ("th" if number % 100 in (11, 12, 13) else end)
    if way in ("ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand"):
        return "".join(_DIGITS[int(digit)] for digit in plain)
    if way in _CHINESE:
        return chinese_number(number)
    if way in ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"):
        table = _LEGAL if way == "chineseLegalSimplified" else _LEGAL_OLD
        text = chinese_number(number)
        return ("一" + text if 10 <= number < 20 else text).translate(table)
    if number and way in ("upperRoman", "lowerRoman") and number < 4000:
        return _roman(number).upper() if way == "upperRoman" else _roman(number)
    if number and way in ("upperLetter", "lowerLetter") and number <= 780:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if way == "upperLetter" else letter
    return _sign(number, way) or plain


_CHINESE = frozenset((
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
    "taiwaneseCountingThousand",
))  # fmt: skip


def _sign(number: int, way: str) -> str:
    """The one character that a format has for a number; "" where it has none."""
    if number < 1:
        return ""
    if way == "ideographTraditional" and number <= len(_STEMS):
        return _STEMS[number - 1]
    if way == "ideographZodiac" and number <= len(_BRANCHES):
        return _BRANCHES[number - 1]
    if way == "ideographZodiacTraditional" and number <= 60:
        return _STEMS[(number - 1) % 10] + _BRANCHES[(number - 1) % 12]
    if way == "ideographEnclosedCircle" and number <= 10:
        return chr(0x3280 + number - 1)  # ㊀
    if way in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese"):
        if number <= 20:
            return chr(0x2460 + number - 1)  # ①
        if number <= 35:
            return chr(0x3251 + number - 21)  # ㉑
    if way == "decimalEnclosedParen" and number <= 20:
        return chr(0x2474 + number - 1)  # ⑴
    if way == "decimalEnclosedFullstop" and number <= 20:
        return chr(0x2488 + number - 1)  # ⒈
    return ""


def _roman(number: int) -> str:
    out = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        out += letters * count
    return out
