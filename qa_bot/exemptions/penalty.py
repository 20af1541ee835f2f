"""The penalty that a law provides: which fines, in which case, of how much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qa_bot.exemptions.amounts import Amount, amounts_in
from qa_bot.exemptions.laws import Citation
from qa_bot.exemptions.model import OrdinaryPenalty, Tier
from qa_bot.exemptions.quoting import Quoted
from qa_bot.patterns import late
from qa_bot.references import find_mentions
from qa_bot.text import Span, parse_number, sentences

__all__ = ["ordinary_penalty", "penal_text"]

_PENAL = late(
    r"罚款|罚金|警告|没收|吊销|暂扣|通报批评|拘留|责令停(?:产|业)|停业整顿|降低资质|处[^，。；]{0,20}[元倍%]"
)
_VERB = late(r"(?:可以|应当|可)?(?:并|各|另|分别|加)?(?:处以|处|科以|罚款|罚)(?!分|罚|理|置|于)")
_BEHIND = late(r"\s*(?:的)?\s*(?:标准)?\s*(?:予以|处以|并处|处|进行)?\s*(?:的)?\s*(?:罚款|罚金)")
_BEFORE = late(
    r"(?:罚款|罚金)(?:金额|数额|额度|标准|幅度)?(?:为|是|在|按)?\s*[:：]?\s*$"
    r"|处以?[^，。；、,;]{0,24}$"
)
_THRESHOLD = late(r"^\s*(?:以上|以下)?\s*的\s*[，,]|(?:不足|超过|不满|达到|低于|高于)\s*$")
_NO_FIGURE = late(r"(?:可以|可)?(?:并|各)?(?:处以|处|予以|给予|科以)(?:相应的?)?\s*罚款")
# 逾期不改正的, 情节严重的, 没有违法所得的: a case of its own even where it opens the sentence
_CASE = late(
    r"^(?:但是?|其中|对|并且?|如|若)?(?:逾期|拒不|拒绝|情节|没有违法所得|无违法所得|有违法所得|违法所得|货值金额|经责令|"
    r"责令限期|责令[^，]{0,8}(?:拒|仍|未|不)|仍不|仍未|不改正|未改正|再次|多次|两次以上|造成|后果|构成|尚不构成|经营性|非经营性)[^，,]*的$"
    r"|^[^，,]{2,20}(?:[元倍%％]|以上|以下)(?:以上|以下)?的$|^[^，,]{2,16}(?:不足|超过|不满)[^，,]{1,8}[元吨倍次人日件天]的$"
    r"|^(?:属于)?(?:个人|单位|自然人|法人|企业|公民)[^，,]{0,10}的$|^(?:在)?[^，,]{0,10}(?:逾期|拒不)[^，,]*的$"
)
_BEGINS = late("^(?:逾期|拒不|仍不|经责令|情节)[^，,处罚]{0,16}$")
_WEAK_OPENING = late(r"^(?:违反|有(?:下列|以下|上列|前款|上述)|在[^，]{0,20}有下列)")
_SUBJECT = late(
    r"(?P<on>(?:对[^，。；,;]{1,40}?|个人|单位|企业|公民|法人(?:或者其他组织|和其他组织)?))"
    r"(?=(?:可以|应当|可|并|各|分别)*(?:处|给予|罚款))"
)
_ON = late(r"^(?:并|同时|其中|可以)?(?P<on>对[^，。；,;]{1,40})$")
_PER = late(r"(?P<per>每[^，。；,;]{1,12}?)\s*(?:并?处以?|罚款|罚|按)?\s*$")
_ITEM = late(r"^[\s:：]*[（(](?P<n>[一二三四五六七八九十]+|\d{1,2})[）)]")
_OF = late(r"[，。；,;]")
_COMMA = late("[，,：:]")


@dataclass
class _Fine:
    """A fine in the making; positions count in the text."""

    start: int
    end: int
    conditions: list[Span]
    amount: Amount | None
    of: str | None = None
    per: str | None = None
    by_item: bool = False


@dataclass
class _State:
    """What was said in a sentence before a fine."""

    opening: bool
    case: list[Span] = field(default_factory=list)
    subject: Span | None = None
    used: bool = False
    begun: int | None = None


def penal_text(
    text: str, citations: Sequence[Citation], *, whole: bool
) -> tuple[int, int, int | None] | None:
    """Where in a cell the penalty is quoted, and the item of the provision that it is quoted from.

    Args:
        text: of the cell.
        citations: in it; what stands between them is the text quoted of each.
        whole: whether all text is meant (a penalty column), or only what imposes something.

    Returns:
        Start, end and item; `None` where nothing is imposed.
    """
    starts = [0, *(citation.end for citation in citations)]
    ends = [*(citation.start for citation in citations), len(text)]
    pieces = [
        (start, end, citation)
        for start, end, citation in zip(starts, ends, [None, *citations], strict=True)
        if (
            re.search(r"[\u4e00-\u9fff]{4}", text[start:end])
            if whole
            else _PENAL.search(text[start:end])
        )
    ]
    if not pieces:
        return None
    items = {
        step.number
        for _, _, citation in pieces
        for place in (citation.places if citation else ())
        for step in place
        if step.unit == "项"
    }
    return pieces[0][0], pieces[-1][1], items.pop() if len(items) == 1 else None


def ordinary_penalty(
    quoted: Quoted, start: int, end: int, item: int | None = None
) -> OrdinaryPenalty | None:
    """The penalty that `quoted.text[start:end]` provides, its fines in order.

    Of a law that provides one fine for some items and another for others (有前款第一项、第八项行为之一的), only that of
    `item` is given, where it is known. A fine without a figure (并处罚款) is a tier without numbers.
    """
    passage = quoted.cut(start, end, stop=True)
    if passage is None:
        return None
    text = quoted.text
    fines = list(_fines(text, start, end, item))
    # 处以罚款：（一）…有前款第一项行为的，处一万元以上…: the figures follow
    if any(fine.by_item or fine.amount for fine in fines) and any(fine.by_item for fine in fines):
        fines = [fine for fine in fines if fine.amount]
    tiers: list[Tier] = []
    for fine in fines:
        whole = quoted.cut(fine.start, fine.end)
        if whole is None:
            continue
        cases = [quoted.cut(a, b) for a, b in fine.conditions]
        amount = fine.amount
        tiers.append(
            Tier(
                whole,
                tuple(case for case in cases if case),
                amount.lower if amount else None,
                amount.upper if amount else None,
                amount.unit if amount else None,
                fine.of,
                fine.per,
            )
        )
    return OrdinaryPenalty(passage, tuple(tiers))


def _fines(text: str, start: int, end: int, item: int | None) -> Iterator[_Fine]:
    spans = [(start + a, start + b) for a, b in sentences(text[start:end])]
    marked = {_item_of(text[a:b]) for a, b in spans}
    mine = None
    for index, (a, b) in enumerate(spans):
        mine = _item_of(text[a:b]) or mine
        if item is not None and item in marked and mine not in (None, item) and _item_of(text[a:b]):
            continue  # （二）…，处…: of another item
        yield from _in_sentence(text, a, b, index == 0, item)


def _item_of(sentence: str) -> int | None:
    match = _ITEM.match(sentence)
    return parse_number(match["n"]) if match else None


def _in_sentence(
    text: str, start: int, end: int, opening: bool, item: int | None
) -> Iterator[_Fine]:
    state = _State(opening)
    amounts = [
        Amount(start + one.start, start + one.end, one.lower, one.upper, one.unit)
        for one in amounts_in(text[start:end])
    ]
    before = start
    bounds = [start, *(start + m.end() for m in _COMMA.finditer(text[start:end])), end]
    for left, right in pairwise(bounds):
        chunk = text[left:right].rstrip("，,。；; \n")
        _note_case(state, text, left, left + len(chunk), item)
        here = [one for one in amounts if left <= one.start < right]
        fined = [one for one in here if _is_fine(text, one, start, end)]
        for amount in fined:
            made = _figured(text, amount, before, state)
            verdict = _for_item(text[before : amount.start], item)
            before = amount.end
            state.used = True
            if verdict is False:
                continue
            if verdict:
                made.by_item = True
                made.conditions = [
                    one for one in made.conditions if "项" not in text[one[0] : one[1]]
                ]
            yield made
        if not fined and (match := _NO_FIGURE.search(text, left, right)):
            yield _Fine(
                match.start(), match.end(), _conditions(state, text, left, match.start()), None
            )
            state.used = True


def _note_case(state: _State, text: str, start: int, end: int, item: int | None) -> None:
    """Take a chunk between commas into account: 逾期不改正的 opens a case, 对其主管人员 says on whom."""
    chunk = text[start:end].strip()
    start += len(text[start:end]) - len(text[start:end].lstrip())
    if chunk.endswith("的") and not re.search("处[^，]*罚款", chunk):
        strong = bool(_CASE.match(chunk)) or state.begun is not None
        start = start if state.begun is None else state.begun
        state.begun = None
        first = state.opening and not state.case and not state.used
        if strong or (not first and not _WEAK_OPENING.match(chunk)):
            state.case = [(start, end)] if state.used else [*state.case, (start, end)]
            state.subject = None
            state.used = False
        state.opening = False
    elif _BEGINS.match(chunk):
        state.begun = start  # 逾期不改正，造成…的: one case
    elif (match := _ON.match(chunk)) and not re.search("[处罚]", chunk):
        state.subject = (start + match.start("on"), start + match.end("on"))


def _conditions(state: _State, text: str, left: int, verb: int) -> list[Span]:
    subject = state.subject
    for match in _SUBJECT.finditer(text, left, verb + 2):
        subject = match.span("on")
    return [*state.case, *([subject] if subject else [])]


def _is_fine(text: str, amount: Amount, start: int, end: int) -> bool:
    """Whether an amount is one of a fine, and not of a value on which the fine depends."""
    before, behind = text[start : amount.start], text[amount.end : end]
    if _BEHIND.match(behind):
        return True
    if _THRESHOLD.search(behind[:6]) or _THRESHOLD.search(before[-4:]):
        return False
    if _BEFORE.search(before):
        return True
    return not before.strip(" ：:") and not behind.strip(" 。；;")


def _figured(text: str, amount: Amount, before: int, state: _State) -> _Fine:
    left = max(
        before, max((m.end() for m in _COMMA.finditer(text, before, amount.start)), default=before)
    )
    verbs = list(_VERB.finditer(text, left, amount.start))
    verb = verbs[-1] if verbs else None
    start = verb.start() if verb else left
    lead = text[verb.end() : amount.start] if verb else text[left : amount.start]
    each = _PER.search(text[left : amount.start])
    per = each["per"] if each else None
    of = None
    if amount.unit in ("multiple", "percent"):
        of = _OF.split(lead)[-1]
        of = of.replace(per, "") if per else of
        of = re.sub(r"^[\s以按处]+|[\s的]+$", "", of) or None
    conditions = _conditions(state, text, left, start)
    behind = _BEHIND.match(text, amount.end)
    end = behind.end() if behind else amount.end
    first = min([start, *(a for a, _ in conditions if a >= before or not state.used)])
    return _Fine(first, end, conditions, amount, of, per)


def _for_item(before: str, item: int | None) -> bool | None:
    """Whether 有前款第一项、第八项行为之一的 before a fine means the item; `None` where no item is named, or known."""
    if item is None or "项" not in before:
        return None
    named = {
        step.number
        for mention in find_mentions(before)
        if mention.kind in ("previous", "here", "bare")
        for place in mention.places
        for step in place
        if step.unit == "项"
    }
    return (item in named) if named else None
