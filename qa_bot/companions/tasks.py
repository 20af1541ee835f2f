"""A task and the line behind it that says who is responsible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa_bot.clauses import Clause
from qa_bot.companions.model import Pair

__all__ = ["task_pairs"]

# 完成时限：2023年6月底前 on a line of its own is no task.
_TERM = re.compile(r"(?:完成|办结)?(?:时限|时间|期限)[：:]")


def task_pairs(clauses: Sequence[Clause]) -> Iterator[Pair]:
    """Every clause that a line (牵头落实：…) is the context of, with that line; the line with its task.

    Where the line stands behind several steps, its task is the sentence that leads them in.
    """
    lines = {clause.spans: clause for clause in clauses if clause.kind == "responsible"}
    begins = {clause.spans[0][0]: clause for clause in reversed(clauses) if not clause.parent}
    for clause in clauses:
        for context in clause.context:
            line = lines.get(context.spans) if context.role == "responsible" else None
            if line and not _TERM.match(clause.text):
                yield Pair(clause.id, "responsible", line.id)
        if clause.kind == "responsible":
            for context in clause.context:
                task = begins.get(context.spans[0][0]) if context.role == "lead_in" else None
                if task and task.kind != "responsible":
                    yield Pair(clause.id, "task", task.id)
