"""A row of an annexed list and the sentence of the notice that says under which conditions the list holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa_bot.clauses import Clause
from qa_bot.companions.model import Pair
from qa_bot.gazette import Issue
from qa_bot.text import Span, sentences

__all__ = ["condition_pairs"]

_LIST = r"(?:目录清单|清单|目录|名录|名单|基准|标准|事项)"
_ROWS = ("row", "list")
_CONDITION = re.compile(
    # 本清单所指轻微违法不予处罚，是指…但当事人首次违反且情节轻微…
    rf"本(?:{_LIST}|规定|通知)所?(?:指|称|列)[^。；]{{0,30}}(?:是指|系指|应当|必须|须)"
    # 本规定适用于当事人首次轻微环境违法
    rf"|(?:本(?:{_LIST}|规定|通知|办法)|上述(?:{_LIST}|规定)|《[^》]*{_LIST}》)[^。；，]{{0,12}}(?:仅限|仅|只|不)?适用(?:于|范围)"
    # 对列入本清单的违法行为，同时符合下列条件的，不予行政处罚
    rf"|(?:列入|属于|符合|适用)(?:本|上述|该)?{_LIST}[^。；]{{0,50}}(?:同时|方可|不予|应当|必须|可以)"
    rf"|同时(?:符合|具备|满足)(?:下列|以下)(?:条件|情形)"
)
_DAY = re.compile(r"自[^。；]{1,20}起(?:施行|实施|执行|生效)")


def condition_pairs(issue: Issue, clauses: Sequence[Clause]) -> Iterator[Pair]:
    """Each row of a list that a notice annexes or issues, with the clause of the notice that conditions it.

    Only the notice's own body is looked at: notes under a table are contexts of its rows. Where two clauses
    could be meant, the first sentence that names the list wins; a notice with two lists conditions a row
    of one only by name, which is not resolved: none is given.
    """
    by_document: dict[str, list[Clause]] = {}
    for clause in clauses:
        by_document.setdefault(clause.document_id, []).append(clause)
    for document in issue.documents:
        if document.kind not in ("notice", "other"):
            continue
        own = by_document.get(document.id, [])
        rows = [clause for clause in own if clause.part_id and clause.kind in _ROWS]
        if not rows or len({clause.part_id for clause in rows}) > 1:
            continue
        for clause in own:
            lit = _lit(clause) if not clause.part_id and clause.kind not in _ROWS else ()
            if lit:
                for row in rows:
                    yield Pair(row.id, "condition", clause.id, lit)
                break


def _lit(clause: Clause) -> tuple[Span, ...]:
    """The sentences of a clause that state conditions; one that leads in items, with them."""
    if clause.kind in ("title", "signature") or clause.parent:
        return ()
    found: list[Span] = []
    for start, end in sentences(clause.text):
        sentence = clause.text[start:end]
        if _CONDITION.search(sentence) and not _DAY.search(sentence):
            found.append((start, len(clause.text) if sentence.rstrip()[-1] in ":：" else end))
    return tuple(found)
