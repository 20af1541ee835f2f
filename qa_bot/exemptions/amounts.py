"""Amounts as numbers: 五千元以上五万元以下, 处货值金额一倍以上三倍以下, 百分之二以上百分之四以下.

«以上», «以下» and «以内» include the figure itself (《民法典》第一千二百五十九条, 立法技术规范（试行）（一）24).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from qa_bot.patterns import late
from qa_bot.text import parse_number

__all__ = ["Amount", "amounts_in", "value_of"]

_HAN = "〇零一二三四五六七八九十百千两"
# No fine has more digits; what has is none.
_DIGITS = r"(?<!\d)\d[\d,，]{0,15}(?:\.\d{1,4})?"
_FIGURE = rf"(?:{_DIGITS}|[{_HAN}]{{1,16}})"
# 2.5万元, 5千元, 1万5千元; 五十万元, 一万五千元, 一亿二千万元
_MONEY = (
    rf"(?:{_DIGITS}\s*[百千]?\s*万?\s*亿?(?:\d{{1,4}}\s*千)?|(?<![{_HAN}万亿])[{_HAN}万亿]{{1,20}})"
)
_NUMBER = rf"(?:百|千|万)分之\s*{_FIGURE}|{_MONEY}"
_UNIT = "元(?:人民币)?|倍|％|%|‰|成"
_RANGE = late(
    r"(?P<most>不(?:得)?(?:超过|高于|多于)|最高(?:可达|不超过|为|额为)?|至多|最多)?\s*"
    r"(?P<least>不(?:得)?(?:少于|低于)|至少)?\s*"
    rf"(?P<first>{_NUMBER})\s*(?P<unit>{_UNIT})?"
    r"(?:\s*(?P<joined>以上(?:至|、|，|,)?|至|到|[-－–—~～]+)\s*(?:不超过)?\s*"
    rf"(?P<second>{_NUMBER})\s*(?P<unit2>{_UNIT})?\s*(?:以下|以内)?"
    r"|\s*(?:(?P<upper>以下|以内|以内的|为限|之下)|(?P<lower>以上)))?"
)
_HUNDREDS = {"百": 100, "千": 1000}
_SHARES = {"百分之": Fraction(1), "千分之": Fraction(1, 10), "万分之": Fraction(1, 100)}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount, or a range of amounts, in a text.

    Attributes:
        start: where it begins.
        end: behind it.
        lower: at least so much, `None` where no minimum is named.
        upper: at most so much, `None` where no maximum is named.
        unit: yuan, multiple or percent.
    """

    start: int
    end: int
    lower: int | float | None
    upper: int | float | None
    unit: str


def value_of(text: str) -> int | float | None:
    """The value of 5万, ２．５万, 五十万, 1,000, 一千二百 or 3亿; `None` for what is no number."""
    exact = _exact(text)
    return None if exact is None else _plain(exact)


def amounts_in(text: str) -> list[Amount]:
    """Every amount in a text that has a unit: money, multiples (倍) and percentages, in order.

    Guarantees: they do not overlap; `lower` is never above `upper`. A number without a unit takes that of
    the other end of its range: 1至3倍, 5-20万元.
    """
    folded = _fold(text)
    found: list[Amount] = []
    for match in _RANGE.finditer(folded):
        made = _amount(match)
        if made is not None:
            found.append(made)
    return found


def _fold(text: str) -> str:
    """`text` with digits and marks of half width, character by character."""
    return "".join(
        unicodedata.normalize("NFKC", char) if char in "０１２３４５６７８９．％，" else char
        for char in text
    )


def _amount(match: re.Match[str]) -> Amount | None:
    first, unit = match["first"], match["unit"]
    second, unit2 = match["second"], match["unit2"]
    end = match.end()
    if second is not None and not (unit2 or unit or "分之" in second):
        # 1倍以上3 ends before a number of something else
        second, end = None, match.start("joined") if unit else match.end("first")
    shared = unit2 if second is not None else unit
    low, high = _exact(first), _exact(second) if second is not None else None
    kind = _kind(first, unit) or _kind(second or first, shared)
    if low is None or kind is None or (second is not None and high is None):
        return None
    if second is not None and high is not None:
        if not unit and not match["first"].rstrip().endswith("万") and "万" in second:
            low *= 10_000 if low < high else 1  # 5-20万元
        low, high = _scaled(low, first, unit or unit2), _scaled(high, second, unit2 or unit)
        if low > high:
            return None
        return Amount(match.start(), end, _plain(low), _plain(high), kind)
    value = _plain(_scaled(low, first, unit))
    if match["most"] or match["upper"]:
        return Amount(match.start(), end, None, value, kind)
    if match["least"] or match["lower"] or (match["joined"] or "").startswith("以上"):
        return Amount(match.start(), end, value, None, kind)
    return Amount(match.start(), end, value, value, kind)


def _kind(number: str, unit: str | None) -> str | None:
    if "分之" in number or unit in ("%", "％", "‰", "成"):
        return "percent"
    if unit == "倍":
        return "multiple"
    return "yuan" if unit and unit.startswith("元") else None


def _scaled(value: Fraction, number: str, unit: str | None) -> Fraction:
    """As counted in its unit: 千分之五 is 0.5 percent, 二成 20."""
    for word, share in _SHARES.items():
        if number.startswith(word):
            return value * share
    if unit == "‰":
        return value / 10
    return value * 10 if unit == "成" else value


def _exact(text: str) -> Fraction | None:
    text = re.sub(r"[\s,，]", "", _fold(text))
    text = re.sub("^[百千万]分之", "", text)
    if len(text) > 24:
        return None
    total = Fraction(0)
    for unit, size in (("亿", 100_000_000), ("万", 10_000)):
        head, found, text = text.rpartition(unit)
        if found:
            high = _below(head)
            if high is None:
                return None
            total += high * size
            if not text:
                return total
    low = _below(text)
    return None if low is None else total + low


def _below(text: str) -> Fraction | None:
    """A number without 万 and 亿: 12.5, 5千, 一百二十; of 一亿二千万 the 一亿 went before."""
    scale = 1
    if text[:1].isdigit() and text[-1:] in _HUNDREDS:
        text, scale = text[:-1], _HUNDREDS[text[-1]]
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Fraction(text) * scale
    number = parse_number(text) if text else None
    return None if number is None else Fraction(number) * scale


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
