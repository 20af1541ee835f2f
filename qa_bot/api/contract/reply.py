"""The reply to a question."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from qa_bot.api.contract.exemption import Exemption
from qa_bot.api.contract.parts import (
    Identity,
    IssueOfAnswer,
    Pages,
    Relation,
    Span,
    Status,
    TitleAndNumber,
    Versioned,
)

__all__ = ["Answer", "Companion", "Reply"]


class ContextText(BaseModel):
    """Text of the source that a clause needs to be understood; shown apart from the quote."""

    role: str
    text: str
    spans: list[Span]


class Cell(BaseModel):
    """A cell of a table row."""

    column: str
    text: str
    inherited: bool
    spans: list[Span]


class Work(Versioned):
    """The document that a clause stands in, as far as the corpus knows."""

    id: str
    title: str
    work: str
    number: str | None
    issuer: str | None
    issued_on: date | None
    effective_from: date | None
    valid_until: date | None
    status: Status


class Source(BaseModel):
    """Where the quote stands in the file, and which file it was.

    `pages` has for each span the first and the last page in the file, counted from 1; it is empty for a
    file without pages.
    """

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    spans: list[Span]
    pages: list[Pages]


class Reference(BaseModel):
    """What a clause points at."""

    text: str
    status: str
    normal: str
    targets: list[str]
    spans: list[Span]


class Beside(BaseModel):
    """A clause that answers together with another."""

    quote: str
    highlights: list[Span]
    citation: str
    clause_id: str
    kind: str
    path: list[str]
    context: list[ContextText]
    document: TitleAndNumber
    source: Source


class Companion(BaseModel):
    """What answers together with a clause, and how."""

    role: str
    answer: Beside


class AlsoAt(BaseModel):
    """Where the same is said again."""

    citation: str
    clause_id: str


class Answer(BaseModel):
    """A clause, word for word, with where it stands."""

    quote: str
    highlights: list[Span]
    citation: str
    clause_id: Annotated[str, Identity]
    kind: str
    path: list[str]
    score: float
    context: list[ContextText]
    cells: list[Cell]
    document: Work
    issue: IssueOfAnswer
    source: Source
    references: list[Reference]
    relations: list[Relation]
    together: list[Companion]
    also_at: list[AlsoAt]
    shared: list[Span]
    exemption: Exemption | None


class ReadAs(BaseModel):
    """A word that the corpus does not have, and what it was read as."""

    typed: str
    read: str


class Conversation(BaseModel):
    """What of the conversation before it a reply rests on."""

    question: str
    clause_ids: list[str]
    searched: str


class Nearby(BaseModel):
    """A text of the gazette that is near to a question."""

    title: str
    number: str | None
    clause_ids: list[str]


class Reply(BaseModel):
    """What the bot says to a question: `answers` is empty exactly when the status is not_found.

    `suggestions` are then the nearest clauses: no answer, and never to be shown as one.
    """

    question: str
    status: Literal["answered", "not_found"]
    confidence: Annotated[float, Field(ge=0, le=1)]
    answers: list[Answer]
    suggestions: list[Answer]
    missing: list[str]
    read_as: list[ReadAs]
    context: Conversation | None
    nearby: list[Nearby]
    note: str | None
    as_of: date | None
    elapsed_ms: float
