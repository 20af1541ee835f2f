"""Clauses in their place, and documents."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel

from qa_bot.api.contract.parts import Identity, IssueOfAnswer, Relation, Status, Versioned
from qa_bot.api.contract.reply import Answer

__all__ = ["ClauseInPlace", "DocumentInFull", "DocumentInShort", "DocumentList"]


class Neighbour(BaseModel):
    """The clause before or after another."""

    clause_id: str
    citation: str
    quote: str


class ClauseInPlace(Answer):
    """A clause as an answer shows it, and its neighbours in the same issue."""

    before: Neighbour | None
    after: Neighbour | None


class Part(BaseModel):
    """The body of a document (its id is empty), or an annex."""

    id: str
    title: str
    other_titles: list[str]
    effective_from: date | None
    valid_until: date | None
    status: Status


class DocumentInShort(Versioned):
    """A document of an issue."""

    id: Annotated[str, Identity]
    issue_id: str
    kind: str
    title: str
    section: str
    number: str | None
    registration_number: str | None
    issuer: str | None
    issued_on: date | None
    effective_from: date | None
    valid_until: date | None
    page: int | None
    status: Status
    clauses: int


class DocumentList(BaseModel):
    """Documents in the order of the issues and of their sources."""

    total: int
    documents: list[DocumentInShort]


class DocumentInFull(DocumentInShort):
    """A document with its parts, what bears on it, and the ids of its clauses, in order."""

    addressees: str | None
    issue: IssueOfAnswer
    parts: list[Part]
    relations: list[Relation]
    clause_ids: list[str]
