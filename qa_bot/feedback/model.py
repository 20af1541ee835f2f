"""What is kept of a reader's word on an answer. Nothing in it says who the reader is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["FAULTS", "LONGEST_REASON", "Feedback", "Shown", "digest", "new_id"]

#: Characters of what a reader may write.
LONGEST_REASON = 1_000
#: What can be wrong, by whether there was an answer.
FAULTS = {
    "answered": ("off_topic", "incomplete", "not_here", "outdated"),
    "not_found": ("overlooked", "misread"),
}
_VERDICTS = ("right", "wrong")


def digest(quote: str) -> str:
    """The sha256 of a quote's UTF-8, in hexadecimal."""
    return hashlib.sha256(quote.encode("utf-8")).hexdigest()


def new_id() -> str:
    """An id that nobody can guess (128 random bits): who has it may take the entry back."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Shown:
    """A clause as a reader saw it.

    Attributes:
        clause_id: of the clause.
        sha256: of its quote (`digest`), so that a text that has changed since is noticed.
    """

    clause_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of one reply, and what the reply was.

    Attributes:
        id: random; who knows it may take the entry back.
        at: when, in UTC.
        verdict: right or wrong.
        question: as it was asked.
        status: of the reply, answered or not_found.
        confidence: of the reply, 0 to 1.
        answers: what was shown as answers, best first; none where nothing was found.
        history: the questions before it that the reply rests on, oldest first.
        filters: names and values that the search was narrowed by.
        fault: what is wrong, one of `FAULTS` for the status, or `None`.
        reason: in the reader's words, at most `LONGEST_REASON` characters, or `None`.
        right_clause: the one that the reader says would be right, or `None`.
        version: of the program.
        model: fingerprint of the embedding model.
        generation: of the index.
        language: that the page spoke, zh or en.

    Raises:
        ValueError: a field is not as described.
    """

    id: str
    at: datetime
    verdict: str
    question: str
    status: str
    confidence: float
    answers: tuple[Shown, ...] = ()
    history: tuple[str, ...] = ()
    filters: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    reason: str | None = None
    right_clause: Shown | None = None
    version: str = ""
    model: str = ""
    generation: str = ""
    language: str = "zh"

    def __post_init__(self) -> None:
        wrong = self.verdict == "wrong"
        holds = {
            "id": bool(self.id),
            "at": self.at.utcoffset() is not None,
            "verdict": self.verdict in _VERDICTS,
            "question": any(char.isalnum() for char in self.question),
            "status": self.status in FAULTS,
            "answers": (self.status == "answered") == bool(self.answers),
            "confidence": 0 <= self.confidence <= 1,
            "fault": self.fault is None or (wrong and self.fault in FAULTS.get(self.status, ())),
            "reason": len(self.reason or "") <= LONGEST_REASON,
            "right_clause": self.right_clause is None or wrong,
        }
        amiss = [name for name, fine in holds.items() if not fine]
        if amiss:
            raise ValueError(f"not feedback: {', '.join(amiss)}")
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    def to_json(self) -> dict[str, Any]:
        """As `qa-bot feedback list --json` prints it."""
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="seconds"),
            "verdict": self.verdict,
            "question": self.question,
            "history": list(self.history),
            "filters": dict(self.filters),
            "status": self.status,
            "confidence": self.confidence,
            "answers": [asdict(one) for one in self.answers],
            "fault": self.fault,
            "reason": self.reason,
            "right_clause": asdict(self.right_clause) if self.right_clause else None,
            "version": self.version,
            "model": self.model,
            "generation": self.generation,
            "language": self.language,
        }
