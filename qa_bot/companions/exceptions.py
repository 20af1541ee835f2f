"""A rule and what is excepted from it.

Where a sentence names another provision of its own text as what it departs from (前款规定不适用于…, 不受第十条规定的
限制) it is the exception; where it names one that departs from itself (第六条规定的情形除外) it is the rule. Where
two 款 of one article set the same limit (面积不得少于40平方米, 兼有…的…面积不得少于60平方米), the later is a special
case. These are the forms that 立法技术规范（试行）（一） names for 除外, 但书 and 不适用, and no others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from qa_bot.clauses import Clause
from qa_bot.companions.model import Pair
from qa_bot.patterns import late
from qa_bot.references import Reference
from qa_bot.text import Span, sentences

__all__ = ["exception_pairs"]

_MOST_TARGETS = 2
_EASES = r"(?:可以(?:不|只|免|延长|缩短|适当|提前|推迟|暂缓|放宽)|可不|不受(?!理)|无需|不需要?|免予|免于|不适用|除外)"
# 除本法第十条规定的情形外，…; before the reference, and behind it
_SAVE = late(r"除(?:有|依照|按照|根据|符合|属于|适用|依据|存在)?(?:本[^，。第]{1,6})?$")
# 除前款规定外，还应当… adds, and excepts nothing.
_SAVED = late(
    r"^[^，。；]{0,30}(?:以外|之外|外)的?[，,](?![^。；]{0,30}还)"
    r"[^。；]{0,30}(?:其他|其余|任何|一律|不得|禁止|不予)"
)
# 依照第十条批准的除外; 第十三条另有规定的除外
_EXCLUDED = late(r"^[^，。；]{1,24}除外")
# 适用本章规定，但第五、六条除外
_LEFT_OUT = late(r"^(?:的规定|规定)?除外")
# 不适用本法第十条的规定; 不受前款规定的限制
_NOT_UNDER = late(r"(?:不适用于?|不受|不再适用)(?:本[^，。；第]{1,6})?$")
_NOT_UNDER_TAIL = late(r"^(?:[^，。；]{0,16}(?:规定|限制|约束|要求)|[。；，]|$)")
# 前款规定不适用于…
_DOES_NOT_HOLD = late(r"^(?:的|中)?(?:规定|要求|限制)?[^，。；]{0,12}不适用(?:于)?")
_BUT = late(r"(?:^|；)(?:但是?[，,]?|[（(][一二三四五六七八九十]+[）)])?\s*$")
# 前款第（一）项规定的绿地，面积在400平方米以下的，可以只登记
_EASED = late(rf"^(?:的|规定|中|所列|要求)[^。；]{{0,60}}?[的，,]{_EASES}")
# 有下列情形之一的，可以不…: of the 款 before
_IN_THESE_CASES = late(
    r"^(?:但是?[，,]?)?(?:有|符合|具有|属于)(?:下列|以下)[^，。；]{0,10}之一[^，。；]{0,10}[，,][^。；：]{0,20}?"
    r"(?:可以不|可不|不受(?!理)|无需|不需要?|免予|免于|不适用)"
)
_OBLIGES = late(r"应当|必须|不得|禁止|应(?!用|急)|须")
_LIMITS = late(r"不(?:得|应)?(?:少于|低于|超过|高于|小于|大于|多于)")
_LIMIT = late(rf"{_LIMITS.pattern}$")
_FIGURE = late(r"\s*(?:\d|[一二三四五六七八九十百])")
_SHARED = 8
_PARAGRAPH = late(r"^(.*/art_[^/]+)/para_(\d+)$")


def exception_pairs(
    clauses: Mapping[str, Clause], references: Sequence[Reference]
) -> Iterator[Pair]:
    """Rules with their exceptions, both ways, within one text."""
    for reference in references:
        clause = clauses.get(reference.clause_id)
        targets = [clauses[target] for target in reference.targets if target in clauses]
        if (
            clause is None
            or not 0 < len(targets) <= _MOST_TARGETS
            or len(targets) != len(reference.targets)
        ):
            continue
        if any(_work(target) != _work(clause) for target in targets) or clause.kind not in (
            "article",
            "item",
        ):
            continue
        for start, end in sentences(clause.text, semicolons=False):
            at = clause.text.find(reference.text, start, end)
            role = (
                _role(clause.text[start:at], clause.text[at + len(reference.text) : end])
                if at >= 0
                else ""
            )
            if role:
                for target in targets:
                    yield from _both(clause, target, role, ((start, end),))
    yield from _by_structure(clauses)


def _work(clause: Clause) -> tuple[str, str]:
    return clause.document_id, clause.part_id


def _both(clause: Clause, target: Clause, role: str, lit: tuple[Span, ...]) -> Iterator[Pair]:
    """The clause that names the other is the rule or the exception: `role`."""
    other = "exception" if role == "rule" else "rule"
    yield Pair(clause.id, other, target.id)
    yield Pair(target.id, role, clause.id, lit)


def _role(before: str, behind: str) -> str:
    """What a sentence is to the provision that it names: rule, exception or, mostly, neither."""
    if _SAVE.search(before) and _SAVED.search(behind):
        return "rule"
    if _NOT_UNDER.search(before) and _NOT_UNDER_TAIL.search(behind):
        return "exception"
    if _DOES_NOT_HOLD.search(behind):
        return "exception"
    if _LEFT_OUT.search(behind):
        return "exception"
    if _EXCLUDED.search(behind):
        # 本办法第三十六条第二款规定情形的除外 alone goes on with the 款 before it.
        return "rule" if before else ""
    if _BUT.search(before) and _EASED.search(behind):
        return "exception"
    return ""


def _by_structure(clauses: Mapping[str, Clause]) -> Iterator[Pair]:
    """Exceptions of a 款 that name nothing: 有下列情形之一的，可以不…, or the same limit with another figure."""
    articles: dict[str, list[Clause]] = {}
    for clause in clauses.values():
        match = _PARAGRAPH.match(clause.id)
        if match:
            articles.setdefault(match[1], []).append(clause)
    for paragraphs in articles.values():
        if len(paragraphs) < 2:
            continue
        limiting = [index for index, one in enumerate(paragraphs) if _LIMITS.search(one.text)]
        for index, clause in enumerate(paragraphs[1:], start=1):
            before = paragraphs[index - 1]
            if _IN_THESE_CASES.search(clause.text) and _OBLIGES.search(before.text):
                yield from _both(clause, before, "exception", ())
            for rule in _before(paragraphs, limiting, index):
                if lit := _special_case(rule.text, clause.text):
                    yield from _both(clause, rule, "exception", (lit,))
                    break


def _before(paragraphs: Sequence[Clause], limiting: Sequence[int], index: int) -> list[Clause]:
    """The 款 before one that sets a limit which set one, too; none where it sets none."""
    at = bisect_left(limiting, index)
    sets_one = at < len(limiting) and limiting[at] == index
    return [paragraphs[place] for place in limiting[:at]] if sets_one else []


def _special_case(rule: str, special: str) -> Span | None:
    """Where a 款 sets the limit of another for a narrower case, the sentence that does so."""
    match = SequenceMatcher(None, rule, special, autojunk=False).find_longest_match()
    shared = rule[match.a : match.a + match.size]
    limit = next(
        (
            shared[:end]
            for end in range(len(shared), _SHARED - 1, -1)
            if _LIMIT.search(shared[:end])
        ),
        "",
    )
    if not limit:
        return None
    at_rule, at_special = match.a + len(limit), match.b + len(limit)
    if not (_FIGURE.match(rule, at_rule) and _FIGURE.match(special, at_special)):
        return None
    for start, end in sentences(special):
        if start <= match.b < end:
            narrower = special[start : match.b]
            begins = next((a for a, b in sentences(rule) if a <= match.a < b), 0)
            return (start, end) if len(narrower) >= 2 and match.a == begins else None
    return None
