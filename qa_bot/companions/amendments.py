"""An amendment and the article that it amends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from qa_bot.clauses import Clause
from qa_bot.companions.model import Pair
from qa_bot.references import Relation

__all__ = ["amendment_pairs"]

_MOVES = ("删除", "删去", "废止", "移至", "合并")
# 将第九条改为两条，作为第十条、第十一条: what is article 9 now is another.
_RENUMBERS = re.compile(r"改为[一二两三四五六七八九十]+条|作为第")


def amendment_pairs(
    clauses: Mapping[str, Clause],
    relations: Sequence[Relation],
    clause_of: Callable[[str], Clause | None],
) -> Iterator[Pair]:
    """An amendment with each clause that it amends, in whatever issue, both ways.

    Where the amended text has the new wording already, both say the same (role `same`); where it has not,
    or only some of it was deleted, one has to read both. An article deleted or moved as a whole is left
    out: what bears its number now is another.

    Args:
        clauses: of the issue, by id.
        relations: of the issue.
        clause_of: a clause of any issue, by id.
    """
    for relation in relations:
        if relation.kind != "amends" or relation.clause_id not in clauses:
            continue
        amendment = clauses[relation.clause_id]
        moves = relation.action in _MOVES and relation.normal.endswith("条")
        if moves or (relation.action == "改为" and _RENUMBERS.search(amendment.text)):
            continue
        for target in relation.targets:
            amended = clauses.get(target) or clause_of(target)
            if amended is None or amended.kind == "amendment":
                continue
            if relation.in_text:
                yield Pair(target, "same", relation.clause_id)
                yield Pair(relation.clause_id, "same", target)
            else:
                yield Pair(target, "amendment", relation.clause_id)
                yield Pair(relation.clause_id, "amended", target)
