"""Which clauses answer together: a rule and its exception, a task and who is responsible, a list and its conditions.

Read from structure and references alone, once, when an index is built. What is not certain is left out:
a clause shown beside an answer that has nothing to do with it is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from qa_bot.clauses import Clause
from qa_bot.companions.amendments import amendment_pairs
from qa_bot.companions.conditions import condition_pairs
from qa_bot.companions.definitions import definition_pairs
from qa_bot.companions.exceptions import exception_pairs
from qa_bot.companions.model import ROLES, Pair
from qa_bot.companions.tasks import task_pairs
from qa_bot.gazette import Issue
from qa_bot.references import Links, Reference, Relation

__all__ = ["ROLES", "Pair", "pair_up", "pairs_in"]


def pairs_in(
    issue: Issue,
    clauses: Sequence[Clause],
    links: Links,
    clause_of: Callable[[str], Clause | None],
) -> tuple[Pair, ...]:
    """The pairs that the clauses of one issue make, among themselves and with clauses of others.

    An amendment and the article that it amends, where that stands in another issue, are pairs of the
    amendment's issue, both ways. No two issues make the same pair: of one between issues the amendment tells which.

    Guarantees: both clauses of a pair exist (of a definition, the work and the clause); neither is a part
    of the other; the lit spans lie within the companion's text; no pair comes twice. As long as the issue
    need not be linked anew (`IssueLinks.asked`), its pairs stay the same.

    Args:
        issue: that is paired.
        clauses: all of the issue, in the order of the source.
        links: of the issue; of others no clause of this one is named in them.
        clause_of: a clause of the corpus by its id, `None` for an id that is that of no clause; asked only for
            what an amendment amends.
    """
    own = {clause.id: clause for clause in clauses}
    found: list[Pair] = []
    found.extend(task_pairs(clauses))
    found.extend(condition_pairs(issue, clauses))
    found.extend(definition_pairs(clauses))
    found.extend(exception_pairs(own, links.references))
    found.extend(amendment_pairs(own, links.relations, clause_of))
    unique = {(pair.clause_id, pair.role, pair.other_id, pair.term): pair for pair in found}
    return tuple(pair for pair in unique.values() if not _within(pair, own))


def pair_up(issues: Sequence[tuple[Issue, Sequence[Clause]]], links: Links) -> tuple[Pair, ...]:
    """All pairs of clauses of a corpus that answer together, issue by issue: see `pairs_in`.

    Args:
        issues: with their clauses; no two clauses have one id.
        links: of all of them.
    """
    by_id = {clause.id: clause for _, clauses in issues for clause in clauses}
    held_by = {clause.id: at for at, (_, clauses) in enumerate(issues) for clause in clauses}
    references: list[list[Reference]] = [[] for _ in issues]
    relations: list[list[Relation]] = [[] for _ in issues]
    for reference in links.references:
        if reference.clause_id in held_by:
            references[held_by[reference.clause_id]].append(reference)
    for relation in links.relations:
        if relation.clause_id in held_by:
            relations[held_by[relation.clause_id]].append(relation)
    return tuple(
        pair
        for (issue, clauses), named, done in zip(issues, references, relations, strict=True)
        for pair in pairs_in(issue, clauses, Links(tuple(named), tuple(done)), by_id.get)
    )


def _within(pair: Pair, own: Mapping[str, Clause]) -> bool:
    """Whether a clause of a pair is a part of the other; a work, which holds its definitions, counts as none."""
    one, other = own.get(pair.clause_id), own.get(pair.other_id)
    return one is not None and other is not None and _overlap(one, other)


def _overlap(one: Clause, other: Clause) -> bool:
    """Whether one clause is a part of the other (not by their ids: a task's line is no part of the task)."""
    if one.document_id != other.document_id:
        return False
    return any(a < d and c < b for a, b in one.spans for c, d in other.spans)
