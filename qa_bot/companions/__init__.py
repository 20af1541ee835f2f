"""Which clauses answer together: a rule and its exception, a task and who is responsible, a list and its conditions.

Read from structure and references alone, once, when an index is built. What is not certain is left out:
a clause shown beside an answer that has nothing to do with it is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.clauses import Clause
from qa_bot.companions.amendments import amendment_pairs
from qa_bot.companions.conditions import condition_pairs
from qa_bot.companions.definitions import definition_pairs
from qa_bot.companions.exceptions import exception_pairs
from qa_bot.companions.model import ROLES, Pair
from qa_bot.companions.tasks import task_pairs
from qa_bot.gazette import Issue
from qa_bot.references import Links

__all__ = ["ROLES", "Pair", "pair_up"]


def pair_up(issues: Sequence[tuple[Issue, Sequence[Clause]]], links: Links) -> tuple[Pair, ...]:
    """All pairs of clauses that answer together.

    Guarantees: both clauses of a pair exist (of a definition, the work and the clause); neither is a part
    of the other; the lit spans lie within the companion's text; no pair comes twice.
    """
    by_id = {clause.id: clause for _, clauses in issues for clause in clauses}
    found: list[Pair] = []
    for issue, clauses in issues:
        found.extend(task_pairs(clauses))
        found.extend(condition_pairs(issue, clauses))
        found.extend(definition_pairs(clauses))
    found.extend(exception_pairs(by_id, links.references))
    found.extend(amendment_pairs(by_id, links.relations))
    unique = {(pair.clause_id, pair.role, pair.other_id, pair.term): pair for pair in found}
    return tuple(
        pair
        for pair in unique.values()
        if pair.clause_id not in by_id  # a work, which holds its definitions
        or not _overlap(by_id[pair.clause_id], by_id[pair.other_id])
    )


def _overlap(one: Clause, other: Clause) -> bool:
    """Whether one clause is a part of the other (not by their ids: a task's line is no part of the task)."""
    if one.document_id != other.document_id:
        return False
    return any(a < d and c < b for a, b in one.spans for c, d in other.spans)
