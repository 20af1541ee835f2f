"""The clauses that stand before and after another."""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.index import ClauseRecord

__all__ = ["neighbours"]


def neighbours(
    here: Sequence[ClauseRecord], clause_id: str
) -> tuple[ClauseRecord | None, ClauseRecord | None]:
    """The nearest clauses before and after that share no character with this one.

    An article of several paragraphs and each of its paragraphs are clauses; the neighbour of a
    paragraph is a paragraph, not the article around it.
    """
    index = next(i for i, one in enumerate(here) if one.clause.id == clause_id)
    start, end = _reach(here[index])
    before = (one for one in reversed(here[:index]) if _reach(one)[1] <= start)
    after = (one for one in here[index + 1 :] if _reach(one)[0] >= end)
    return next(before, None), next(after, None)


def _reach(record: ClauseRecord) -> tuple[int, int]:
    spans = record.clause.spans
    return min(start for start, _ in spans), max(end for _, end in spans)
