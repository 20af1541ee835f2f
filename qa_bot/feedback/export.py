"""From what readers said to lines of a question set, as `qa-bot eval` reads them (docs/evaluation.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_bot.feedback.model import Feedback, Shown, digest
from qa_bot.text import fold

__all__ = ["Contradiction", "Exported", "Held", "as_questions"]

# A shorter text (（五）其他。) stands in clauses that have nothing to do with it: its id says which is meant.
_SHORTEST = 12
_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A clause as the corpus has it now.

    Attributes:
        text: word for word.
        document_id: of the document that it stands in.
    """

    text: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Readers who cannot all be right.

    Attributes:
        question: that was asked.
        entries: ids of what they said.
        what: in Chinese and English.
    """

    question: str
    entries: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Exported:
    """Question-set lines.

    Attributes:
        lines: that `qa-bot eval` accepts.
        incomplete: the same without what would answer; `qa-bot eval` refuses them until somebody has
            written it.
        contradictions: of which each has its question among `incomplete`.
    """

    lines: tuple[dict[str, Any], ...]
    incomplete: tuple[dict[str, Any], ...]
    contradictions: tuple[Contradiction, ...]


def as_questions(entries: Iterable[Feedback], held: Callable[[str], Held | None]) -> Exported:
    """One line for each question, in the order in which they were first asked.

    What readers say of one question (with the same questions before it) is one line. Its id is a hash of
    these questions, so that it stays the same from export to export.

    - right, answered: the first answer is the gold
    - right, not found: no answer (`"gold": []`)
    - wrong, and a clause is named: that clause is the gold
    - wrong, and none is named: incomplete

    Guarantees: no gold that a reader did not vouch for. A clause whose text is not what the reader saw, a
    search that was narrowed by filters (which an evaluation does not know), and readers who contradict
    each other make a question incomplete.

    Args:
        entries: what readers said.
        held: gives the clause with an id, or `None` if the corpus does not have it.
    """
    groups: dict[tuple[str, ...], list[Feedback]] = {}
    for entry in sorted(entries, key=lambda one: one.at):
        groups.setdefault(_key(entry), []).append(entry)
    lines: list[dict[str, Any]] = []
    incomplete: list[dict[str, Any]] = []
    contradictions: list[Contradiction] = []
    for key, said in groups.items():
        claims = _Claims()
        for entry in said:
            claims.hear(entry, held)
        conflict = claims.conflict()
        line = _question(key, said)
        if conflict:
            contradictions.append(
                Contradiction(said[0].question, tuple(one.id for one in said), conflict)
            )
            claims.why.append(conflict.partition(" / ")[2])
        if conflict or not (claims.right or claims.nothing):
            incomplete.append(line | {"author": "feedback", "note": _to_do(said, claims)})
            continue
        line |= _gold(list(claims.right), held) if claims.right else {"gold": []}
        lines.append(line | {"author": "feedback", "note": _counted(said)})
    return Exported(tuple(lines), tuple(incomplete), tuple(contradictions))


@dataclass(slots=True)
class _Claims:
    """What readers say of one question: dicts are ordered sets of clause ids."""

    right: dict[str, None] = field(default_factory=dict)
    denied: dict[str, None] = field(default_factory=dict)
    nothing: bool = False
    something: bool = False
    why: list[str] = field(default_factory=list)

    def hear(self, entry: Feedback, held: Callable[[str], Held | None]) -> None:
        if entry.filters:
            self.why.append("asked with filters")
            return
        first = entry.answers[0] if entry.answers else None
        same = first is not None and self._is_held(first, held)
        if entry.verdict == "right":
            if first is None:
                self.nothing = True
            elif same:
                self.right[first.clause_id] = None
            return
        if first is None:
            self.something = True
        elif same:
            self.denied[first.clause_id] = None
        if entry.right_clause and self._is_held(entry.right_clause, held):
            self.right[entry.right_clause.clause_id] = None

    def _is_held(self, seen: Shown, held: Callable[[str], Held | None]) -> bool:
        """Whether the corpus has the clause as the reader saw it; notes it where not."""
        now = held(seen.clause_id)
        if now is not None and digest(now.text) == seen.sha256:
            return True
        self.why.append(f"{seen.clause_id} is not what the reader saw any more")
        return False

    def conflict(self) -> str | None:
        """What cannot be true together, or `None`."""
        both = [one for one in self.right if one in self.denied]
        if both:
            return (
                f"有人说 {both[0]} 对，有人说不对 / {both[0]} is right to one and wrong to another"
            )
        if self.nothing and (self.right or self.something):
            return "有人说公报里没有答案，有人说有 / there is no answer to one, and there is to another"
        return None


def _key(entry: Feedback) -> tuple[str, ...]:
    """Questions that differ in width, case or white space only are one."""
    return tuple(" ".join(fold(one).split()) for one in (*entry.history, entry.question))


def _question(key: Sequence[str], said: Sequence[Feedback]) -> dict[str, Any]:
    identity = "fb-" + hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:12]
    line: dict[str, Any] = {"id": identity, "q": said[0].question}
    if said[0].history:
        line["history"] = list(said[0].history)
    return line


def _gold(ids: Sequence[str], held: Callable[[str], Held | None]) -> dict[str, Any]:
    clauses = [(identity, clause) for identity in ids if (clause := held(identity)) is not None]
    long = [one for one in clauses if len("".join(one[1].text.split())) >= _SHORTEST]
    kept = long or clauses[:1]
    found: dict[str, Any] = {}
    if long:
        found["gold"] = [clause.text for _, clause in long]
    if len({clause.document_id for _, clause in kept}) == 1:
        found["doc"] = kept[0][1].document_id
    if len(kept) == 1:
        found["article"] = kept[0][0]
    return found


def _counted(said: Sequence[Feedback]) -> str:
    right = sum(one.verdict == "right" for one in said)
    counts = ((right, "right"), (len(said) - right, "wrong"))
    return "readers: " + ", ".join(f"{count} {name}" for count, name in counts if count)


def _to_do(said: Sequence[Feedback], claims: _Claims) -> str:
    """What somebody who completes the line should know."""
    parts = [_counted(said), *dict.fromkeys(claims.why)]
    answered = dict.fromkeys(one.answers[0].clause_id for one in said if one.answers)
    if answered:
        parts.append(f"answered with {', '.join(answered)}")
    parts.extend(dict.fromkeys(one.fault for one in said if one.fault))
    parts.extend(dict.fromkeys(one.reason for one in said if one.reason))
    return "; ".join(parts)[:_LONGEST_NOTE]
