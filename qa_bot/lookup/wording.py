"""Words in which doors speak of penalty exemptions, Chinese and English, the same in all of them.

Never «you will not be fined»: a list says what may be exempt, and under which conditions.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa_bot.exemptions import Tier

__all__ = ["LABELS", "RELIEF_WORDS", "amount_in_words", "tier_in_words"]

#: What a list grants; `None` where it grants several things and does not say which.
RELIEF_WORDS: Mapping[str | None, tuple[str, str]] = {
    "exempt": ("可以不予处罚", "may be exempt from penalty"),
    "lighter": ("可以从轻处罚", "may get a lighter penalty"),
    "reduced": ("可以减轻处罚", "may get a reduced penalty"),
    None: ("可以从宽处理", "may be treated leniently"),
}
#: What the parts of a card are called, in the order in which they are read.
LABELS: Mapping[str, tuple[str, str]] = {
    "circumstances": ("情形", "circumstances"),
    "conditions": ("条件", "on condition"),
    "general_conditions": ("整份清单的条件", "conditions of the whole list"),
    "undecided": ("尚未处罚的案件", "cases not yet decided"),
    "ordinary_penalty": ("不符合条件的，按法律规定", "otherwise the law provides"),
    "no_penalty": ("这份清单没有载明罚则", "this list does not quote the penalty"),
    "no_figure": ("原文没有写明罚款数额", "the text names no amount"),
    "legal_basis": ("法律依据", "legal basis"),
    "source": ("出处", "source"),
}
_UNITS = {"yuan": ("元", " yuan"), "multiple": ("倍", " times"), "percent": ("%", "%")}


def _in_ten_thousands(value: int | float) -> str:
    """A number as a Chinese reader has it: 50000 as 5万, 1.5, 200."""
    if isinstance(value, int) and value >= 10_000:
        return f"{value / 10_000:.10g}万"
    return f"{value:.10g}"


def amount_in_words(tier: Tier) -> tuple[str, str] | None:
    """A fine in figures, in words that are not the text's own, Chinese and English; `None` without a figure.

    20万元以上100万元以下 and «200,000 yuan to 1,000,000 yuan».
    """
    if tier.unit is None:
        return None
    unit, english_unit = _UNITS[tier.unit]
    low, high = (
        None if value is None else (_in_ten_thousands(value) + unit, _grouped(value) + english_unit)
        for value in (tier.lower, tier.upper)
    )
    if low and high:
        words = low if low == high else (f"{low[0]}以上{high[0]}以下", f"{low[1]} to {high[1]}")
    elif high:
        words = f"{high[0]}以下", f"up to {high[1]}"
    else:
        words = (f"{low[0]}以上", f"{low[1]} or more") if low else ("", "")
    before = [one for one in (tier.per, tier.of) if one]
    return "".join([*before, words[0]]), ": ".join([*before, words[1]])


def _grouped(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.10g}"


def tier_in_words(tier: Tier) -> str:
    """A fine in few words, which are not the text's own: 逾期不改正的：20万元以上100万元以下; without a figure 罚款，未写明数额."""
    when = "，".join(one.text for one in tier.conditions)
    amount, _ = amount_in_words(tier) or ("罚款，未写明数额", "")
    return f"{when}：{amount}" if when else amount
