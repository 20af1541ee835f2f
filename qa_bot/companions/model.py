"""Two clauses that answer together."""

from __future__ import annotations

from dataclasses import dataclass

from qa_bot.text import Span

__all__ = ["ROLES", "Pair"]

#: What a companion is to the answer, in the order in which they are read: docs/decisions/0008-companions.md.
ROLES = (
    "rule",
    "exception",
    "condition",
    "amended",
    "amendment",
    "task",
    "responsible",
    "definition",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A clause, and another that belongs to an answer with it.

    Attributes:
        clause_id: of the answer; of a definition, the key of the work (document and part) that it holds for.
        role: what the other is to it: one of `ROLES`, or `same` where both print the same wording.
        other_id: of the companion.
        lit: spans of the companion's text that make it one; empty where all of it does.
        term: of a definition, what is defined; else empty.
    """

    clause_id: str
    role: str
    other_id: str
    lit: tuple[Span, ...] = ()
    term: str = ""
