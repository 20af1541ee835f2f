"""Documents as JSON: their metadata, parts, relations, and the ids of their clauses."""

from __future__ import annotations

from datetime import date
from typing import Any

from qa_bot.answer import bearings_of, standing_json
from qa_bot.api.problems import UnknownId
from qa_bot.bot import Bot
from qa_bot.filters import Filters, positions_within
from qa_bot.force import force_of
from qa_bot.index import ClauseRecord, DocumentRecord
from qa_bot.neighbours import neighbours
from qa_bot.versions import begins, other_places

__all__ = ["clause_in_place", "document_in_full", "documents_in_short"]


def documents_in_short(bot: Bot, filters: Filters) -> dict[str, Any]:
    """The documents that filters leave, in the order of the issues and of their sources.

    Raises:
        FilterError: they leave nothing.
    """
    records = bot.generation.records
    documents = records.documents
    positions = positions_within(records, filters)
    if positions is not None:
        kept = {one.clause.document_id for one in records.at(positions)}
        documents = [one for one in documents if one.id in kept]
    return {"total": len(documents), "documents": [_short(bot, one) for one in documents]}


def document_in_full(bot: Bot, document_id: str) -> dict[str, Any]:
    """A document with its parts, relations and the ids of its clauses, in order.

    Found by its id, by the address of another place of its text, or by the day of a version.

    Raises:
        UnknownId: there is none with that id.
    """
    records = bot.generation.records
    document = records.document_at(document_id)
    if document is None:
        shown = document_id[:200]
        raise UnknownId(
            f"没有编号为 {shown} 的文件；/api/documents 列出全部 / "
            f"No document has the id {shown}. List them all: /api/documents",
            _documents_of(bot, records.near_ids(document_id)),
        )
    issue = records.issue(document.issue_id)
    bearings = bearings_of(bot.generation, document)
    return _short(bot, document) | {
        "addressees": document.addressees,
        "issue": {
            "name": issue.name,
            "year": issue.year,
            "number": issue.number,
            "page": document.page,
        },
        "parts": [
            {
                "id": part.id,
                "title": part.title,
                "other_titles": list(part.other_titles),
                "effective_from": _iso(part.effective_from or document.effective_from),
                "valid_until": _iso(part.valid_until or document.valid_until),
                "status": force_of(records, document, part.id),
            }
            for part in document.parts
        ],
        "relations": [one.to_json() for one in bearings],
        "clause_ids": [one.clause.id for one in records.of(document.issue_id, document.id)],
    }


def clause_in_place(bot: Bot, clause_id: str) -> dict[str, Any]:
    """A clause as an answer shows it, with its neighbours in the issue.

    Raises:
        UnknownId: there is none with that id.
    """
    records = bot.generation.records
    if (record := records.clause_at(clause_id)) is None:
        shown = clause_id[:200]
        raise UnknownId(
            f"没有编号为 {shown} 的条文 / No clause has the id {shown}.",
            records.near_ids(clause_id),
        )
    answer = bot.clause(record.clause.id)
    before, after = neighbours(records.of(answer.issue.id), record.clause.id)
    return answer.to_json() | {"before": _neighbour(before), "after": _neighbour(after)}


def _documents_of(bot: Bot, clause_ids: list[str]) -> list[str]:
    held = [record for record in map(bot.generation.records.by_id, clause_ids) if record]
    return list(dict.fromkeys(record.clause.document_id for record in held))


def _short(bot: Bot, document: DocumentRecord) -> dict[str, Any]:
    records = bot.generation.records
    standing = records.standings.of(document.issue_id, document.id)
    return {
        "id": document.id,
        "issue_id": document.issue_id,
        "kind": document.kind,
        "title": document.title,
        "section": document.section,
        "number": document.number,
        "registration_number": document.registration_number,
        "issuer": document.issuer,
        "issued_on": _iso(document.issued_on),
        "effective_from": _iso(document.effective_from),
        "valid_until": _iso(document.valid_until),
        "page": document.page,
        "status": force_of(records, document),
        "clauses": len(records.positions(document.issue_id, document.id)),
        "undated": begins(records, document) is None,
        **standing_json(standing, other_places(records, standing)),
    }


def _neighbour(record: ClauseRecord | None) -> dict[str, str] | None:
    if record is None:
        return None
    return {
        "clause_id": record.clause.id,
        "citation": record.citation,
        "quote": record.clause.text,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
