"""Values and words that decide, where a quote has others than its source: 40 for 60, 可以 for 不得."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_bot.gazette.grammar import numbers_in
from qa_bot.patterns import late
from qa_bot.verify.alignment import Operation
from qa_bot.verify.model import ChangedValue

__all__ = ["changed_values"]

_HAN = "〇零一二三四五六七八九十百千万亿两"
_FIGURE = r"[-+]?\d+(?:[.,]\d+)*"
_MONEY = r"(?:万|亿|百|千|十)*(?:元|人民币|美元|港元)"
_UNITS = (
    "平方米|平方公里|立方米|公里|千米|厘米|毫米|毫克|微克|公斤|千克|公顷|小时|分钟|工作日|个月|周岁|"
    "米|克|吨|亩|度|人|个|家|条|项|款|次|倍|天|日|月|年|周|岁|户|套|辆|台|份|名|种|类|级|批|期|页|分|座|处|所|场|件|万|亿"
)
_NUMBER = rf"(?:{_FIGURE}|[{_HAN}]+)"
# In the order in which they are believed where two meet.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "date",
        late(
            rf"(?:\d{{4}}|[〇零一二三四五六七八九]{{4}})年(?:{_NUMBER}月(?:{_NUMBER}[日号]|底|初)?)?|"
            rf"{_NUMBER}月(?:{_NUMBER}[日号]|底|初)|\d{{4}}[-./]\d{{1,2}}[-./]\d{{1,2}}"
        ),
    ),
    ("ordinal", late(rf"第[(]?{_NUMBER}[)]?(?:编|章|节|条|款|项|目|点|部分|批|期|届|次)")),
    ("percentage", late(rf"{_FIGURE}[%‰]|百分之[{_HAN}点]+|千分之[{_HAN}点]+")),
    ("amount", late(rf"{_NUMBER}{_MONEY}")),
    ("number", late(rf"{_FIGURE}(?:{_UNITS})?|[{_HAN}]+(?:{_UNITS})|[{_HAN}]{{2,}}")),
    ("limit", late("不超过|不少于|不低于|不高于|不大于|不小于|不多于|不晚于|以上|以下|以内|以外|以前|以后|之前|之后|至少|至多|最多|最少|最低|最高|超过|[多少高低大小]于|或者|并且|[或和及且]")),
    ("negation", late("不得|不能|不予|不应|不必|不需|不可|不再|没有|禁止|严禁|除外|未经|[不未无非勿否免]")),
    ("modality", late("应当|必须|可以|允许|鼓励|有权|需要|[应须可需]")),
    ("name", late("[\u4e00-\u9fff]{2,3}(?:省|市|县|区|镇|乡|街道|村|社区)|[\u4e00-\u9fff]{1,8}(?:局|厅|委员会|办公室|法院|检察院|公司|政府)")),
)  # fmt: skip
_ORDER = ("document_number", *(kind for kind, _ in _PATTERNS))
_REACH = 24


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    start: int
    end: int


def changed_values(
    quote: str, source: str, operations: Sequence[Operation], names: Iterable[str] = ()
) -> tuple[ChangedValue, ...]:
    """What a quote has in place of the values and decisive words of its source.

    Args:
        quote: in canonical form.
        source: the text that `operations` count in, in canonical form.
        operations: of an alignment of the two.
        names: of people and bodies that the corpus knows.
    """
    to_source, to_quote = _ways(operations)
    known = [name for name in names if len(name) > 1]
    found: dict[tuple[int, int, int, int], str] = {}
    low = min((one.source[0] for one in operations), default=0)
    high = max((one.source[1] for one in operations), default=0)
    for one in operations:
        if one.op == "equal":
            continue
        mine = _touching(quote, one.quote, (0, len(quote)), known)
        theirs = _touching(source, one.source, (low, high), known)
        pairs = [
            (token, (token.start, token.end, to_source(token.start, 0), to_source(token.end, 1)))
            for token in mine
        ] + [
            (token, (to_quote(token.start, 0), to_quote(token.end, 1), token.start, token.end))
            for token in theirs
        ]
        for kind, place in _merged(pairs):
            found.setdefault(place, kind)
    values = (
        ChangedValue(kind, quote[a:b], source[c:d]) for (a, b, c, d), kind in sorted(found.items())
    )
    return tuple(dict.fromkeys(one for one in values if one.quote != one.source))


def _merged(
    pairs: Sequence[tuple[_Token, tuple[int, int, int, int]]],
) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Pairs that overlap on either side made one, of the kind that is believed first."""
    merged: list[tuple[str, tuple[int, int, int, int]]] = []
    for token, place in sorted(pairs, key=lambda pair: pair[1]):
        kind = token.kind
        if merged:
            before, (a, b, c, d) = merged[-1]
            if place[0] < b or place[2] < d:
                kind = min(before, kind, key=_ORDER.index)
                place = (min(a, place[0]), max(b, place[1]), min(c, place[2]), max(d, place[3]))
                merged.pop()
        merged.append((kind, place))
    return merged


def _touching(
    text: str, span: tuple[int, int], within: tuple[int, int], names: Sequence[str]
) -> list[_Token]:
    """The values that a stretch has a part in, or that go on over a point at which something was left out."""
    start, end = span
    low, high = max(within[0], start - _REACH), min(within[1], end + _REACH)
    near = text[low:high]
    tokens: list[_Token] = []
    taken = bytearray(len(near))

    def take(kind: str, left: int, right: int) -> None:
        if any(taken[left:right]):
            return
        taken[left:right] = b"\1" * (right - left)
        a, b = left + low, right + low
        touches = a < end and b > start if start < end else a <= start <= b
        if touches:
            tokens.append(_Token(kind, a, b))

    if "号" in near:
        for _, left, right in numbers_in(near):
            take("document_number", left, right)
    for name in names:
        at = near.find(name)
        while at >= 0:
            take("name", at, at + len(name))
            at = near.find(name, at + 1)
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(near):
            take(kind, *match.span())
    return tokens


class _Way:
    """From a position on one side of an alignment to the other side."""

    def __init__(self, stretches: Sequence[tuple[str, tuple[int, int], tuple[int, int]]]) -> None:
        self._stretches = stretches

    def __call__(self, position: int, right: int) -> int:
        """The position there; where something was left out or replaced there, before it, or behind it if `right`."""
        there: list[int] = []
        for op, (start, end), (low, high) in self._stretches:
            if not start <= position <= end:
                continue
            if op == "equal":
                there.append(low + position - start)
            elif start < end and position in (start, end):
                there.append(low if position == start else high)
            else:
                there.append(high if right else low)
        return (max(there) if right else min(there)) if there else 0


def _ways(operations: Sequence[Operation]) -> tuple[_Way, _Way]:
    forth = [(one.op, one.quote, one.source) for one in operations]
    back = [(one.op, one.source, one.quote) for one in operations]
    return _Way(forth), _Way(back)
