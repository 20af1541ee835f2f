"""What a verdict says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.verify.characters import IGNORED
from qa_bot.verify.model import Check, Cited, Compared
from qa_bot.versions import said_of

__all__ = [
    "altered",
    "found_at",
    "misattributed",
    "not_here",
    "out_of_order",
    "several",
    "too_many_parts",
    "with_citation",
]

Pair = tuple[str, str]
_SHOWN = 60


def _joined(*parts: Pair) -> Pair:
    return "；".join(one[0] for one in parts), "; ".join(one[1] for one in parts)


def found_at(check: Check) -> Pair:
    """Of a quote that stands at one place."""
    if len(check.at) == 1:
        parts = [("原文如此，逐字一致", "stands word for word in the source")]
    else:
        count = len(check.at)
        parts = [
            (
                f"原文如此，依次出自 {count} 条",
                f"stands word for word, running through {count} clauses",
            )
        ]
    return _joined(*parts, *_remarks(check))


def several(check: Check) -> Pair:
    """Of a quote that stands at several places."""
    count = check.places
    parts = [
        (
            f"原文里有 {count} 处与此相同，不能确定是哪一处",
            f"stands at {count} places; which one is meant is not certain",
        )
    ]
    return _joined(*parts, *_remarks(check))


def _remarks(check: Check) -> list[Pair]:
    remarks: list[Pair] = []
    earlier = [one.standing for one in check.at if one.standing and one.standing.superseded]
    if earlier and (said := said_of(earlier[0])):
        remarks.append((f"出自{said[0]}", f"it is of {said[1]}"))
    if check.elided:
        one_clause = len(check.at) <= check.places
        remarks.append(
            (
                "省略号前后的各部分在同一条中依次出现",
                "the parts around …… stand in order in one clause",
            )
            if one_clause
            else (
                "省略号前后的各部分在同一文件中依次出现",
                "the parts around …… stand in order in one document",
            )
        )
    ignored = [IGNORED[kind] for kind in check.ignored if kind != "script"]
    if ignored:
        remarks.append(
            (
                f"只有版式上的不同：{'、'.join(one[0] for one in ignored)}",
                f"it differs in layout only: {', '.join(one[1] for one in ignored)}",
            )
        )
    if "script" in check.ignored:
        remarks.append(
            (
                "原文用简体，引文用繁体",
                "the source is in simplified characters, the quote in traditional ones",
            )
        )
    before, after = (_clipped(one) for one in check.left_out)
    if before or after:
        chinese = "，".join(
            f"{where}还有“{one}”" for where, one in (("前面", before), ("后面", after)) if one
        )
        english = " and ".join(
            f"{where} it stands “{one}”"
            for where, one in (("before", before), ("after", after))
            if one
        )
        remarks.append(
            (
                f"引文只是一句话的一部分：{chinese}",
                f"the quote is a part of a sentence only: {english}",
            )
        )
    if check.short:
        remarks.append(
            ("引文很短，处处可能碰巧相同", "a quote as short as this may agree by chance")
        )
    return remarks


def _clipped(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def misattributed(check: Check, cited: Cited, reaches: bool) -> Pair:
    """Of a quote that stands elsewhere than the citation says."""
    where = check.at[0].citation
    more = check.places - 1
    first = (
        "这句话原文里有，但不在所引之处",
        "the words stand in the source, but not where the citation says",
    )
    if reaches:
        first = ("这段话超出了所引之处", "the quote goes beyond what is cited")
    parts = [
        first,
        (
            f"实际在：{where}" + (f"等 {more + 1} 处" if more else ""),
            f"they stand in: {where}" + (f" and {more} more" if more else ""),
        ),
    ]
    if cited.status == "not_found":
        parts.append(cited.message)
    return _joined(*parts, *_remarks(check))


def altered(check: Check) -> Pair:
    """Of a quote that departs from its source."""
    count = len(check.differences)
    parts = [
        (
            f"与原文有 {count} 处不同",
            f"differs from the source in {count} place{'s' if count > 1 else ''}",
        )
    ]
    if check.changed_values:
        shown = [
            f"{one.source or '（无）'}→{one.quote or '（无）'}" for one in check.changed_values[:5]
        ]
        parts.append(
            (f"关键处：{'、'.join(shown)}", f"what matters (source → quote): {', '.join(shown)}")
        )
    if check.near:
        more = len(check.near)
        parts.append(
            (
                f"另有 {more} 处与引文同样相近，不能确定改自哪一处",
                f"{more} other place{'s are' if more > 1 else ' is'} as near to the quote; which one was altered is not certain",
            )
        )
    if check.cited and check.cited.status != "exists":
        parts.append(check.cited.message)
    return _joined(*parts)


def out_of_order() -> Pair:
    """Of a quote whose parts all stand somewhere, and not one after the other in one document."""
    return (
        "省略号前后的各部分原文里都有，但不是在同一文件中依次出现",
        "each part around …… stands in the source, but not in this order in one document",
    )


def too_many_parts(count: int, most: int) -> Pair:
    """Of a quote with more …… than are looked at."""
    return (
        f"省略号太多：引文被分成 {count} 段，最多核对 {most} 段；请少用省略号，或分几次核对",
        f"too many ellipses: they cut the quote into {count} parts, at most {most} are looked for; "
        "quote more of it, or verify it in pieces",
    )


def not_here(near: Sequence[Compared]) -> Pair:
    """Of a quote that is not in the corpus."""
    if near and near[0].similarity == 1:
        where = near[0].places[0].citation
        return f"这些字句另见于{where}", f"the words themselves stand in {where}"
    first = ("所收公报里没有这句话", "these words do not stand in the issues held here")
    if near:
        return _joined(
            first,
            ("下列条文与之相近，不等于核实", "nearby clauses are given, which confirm nothing"),
        )
    return first


def with_citation(message: Pair, cited: Cited) -> Pair:
    """A message on a quote, with what there is to say of its citation."""
    if cited.status == "exists":
        return message
    return _joined(cited.message, message)
