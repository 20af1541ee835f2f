"""From hits to an answer: which clauses to quote, which sentence of each to light, or none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from qa_bot.asked import quantities
from qa_bot.clauses import Cell, Clause, Context
from qa_bot.index import ClauseRecord, DocumentRecord, Generation, IssueRecord
from qa_bot.index.passages import read
from qa_bot.search import Hit, Result, is_foreign
from qa_bot.text import Span, fold, sentences
from qa_bot.words import to_simplified

__all__ = ["Answer", "Reply", "compose", "quote"]

# Below it the bot says that the gazette does not answer; docs/retrieval.md gives the rates of error.
THRESHOLD_CHINESE = 0.3
THRESHOLD_FOREIGN = 0.2
# Against a cosine, which differs by some hundredths between the sentences of a clause.
_LEXICAL_SHARE = 0.6
_KIND_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """A clause as it is shown.

    Attributes:
        quote: the clause, word for word.
        highlights: spans of `quote` that answer, in order; at least one.
        citation: where it stands, for a reader.
        score: of the search; comparable within one question.
        clause: the clause itself, with context, cells and source spans.
        document: that it stands in.
        issue: of the gazette.
    """

    quote: str
    highlights: tuple[Span, ...]
    citation: str
    score: float
    clause: Clause
    document: DocumentRecord
    issue: IssueRecord

    def to_json(self) -> dict[str, Any]:
        """The contract of the JSON interface; fields may be added to it, none may go."""
        clause, document, issue = self.clause, self.document, self.issue
        part = document.part(clause.part_id)
        return {
            "quote": self.quote,
            "highlights": [list(span) for span in self.highlights],
            "citation": self.citation,
            "clause_id": clause.id,
            "kind": clause.kind,
            "path": list(clause.path),
            "score": round(self.score, 4),
            "context": [_context(context) for context in clause.context],
            "cells": [_cell(cell) for cell in clause.cells],
            "document": {
                "id": document.id,
                "title": document.title,
                "work": part.title or document.title,
                "number": document.number,
                "issuer": document.issuer,
                "issued_on": _iso(document.issued_on),
                "effective_from": _iso(part.effective_from or document.effective_from),
                "status": "no_change_known" if document.kind == "notice" else "unknown",
            },
            "issue": {
                "name": issue.name,
                "year": issue.year,
                "number": issue.number,
                "page": document.page,
            },
            "source": {
                "file": issue.file,
                "sha256": issue.sha256,
                "spans": [list(span) for span in clause.spans],
            },
            "exemption": None,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says to a question.

    Attributes:
        question: as it was asked.
        status: answered or not_found.
        confidence: estimated probability that the first clause answers, 0 to 1.
        answers: best first; empty when nothing was found.
        suggestions: the nearest clauses when nothing was found; no answer, and shown as none.
        missing: what the question names and the corpus does not have.
        elapsed_ms: from question to reply.
    """

    question: str
    status: str
    confidence: float
    answers: tuple[Answer, ...]
    suggestions: tuple[Answer, ...]
    missing: tuple[str, ...] = ()
    elapsed_ms: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The contract of the JSON interface."""
        return {
            "question": self.question,
            "status": self.status,
            "confidence": round(self.confidence, 4),
            "answers": [answer.to_json() for answer in self.answers],
            "suggestions": [answer.to_json() for answer in self.suggestions],
            "missing": list(self.missing),
            "elapsed_ms": round(self.elapsed_ms, 1),
        }


def _context(context: Context) -> dict[str, Any]:
    return {
        "role": context.role,
        "text": context.text,
        "spans": [list(span) for span in context.spans],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"column": cell.column, "text": cell.text, "inherited": cell.inherited}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def compose(generation: Generation, question: str, result: Result, count: int) -> Reply:
    """Quote the best clauses, or abstain.

    Guarantees: a quote is the clause's text, unchanged; a clause and a part of it are never both
    quoted; `answers` is empty exactly when the status is not_found.
    """
    chosen = _distinct(result.hits, count)
    quotes = tuple(quote(generation, hit.record, result, hit.score) for hit in chosen)
    threshold = THRESHOLD_FOREIGN if is_foreign(question) else THRESHOLD_CHINESE
    if result.confidence >= threshold and quotes:
        return Reply(question, "answered", result.confidence, quotes, (), result.missing)
    return Reply(question, "not_found", result.confidence, (), quotes, result.missing)


def _distinct(hits: Sequence[Hit], count: int) -> list[Hit]:
    """The best hits, less those that are a part of a better one or hold it."""
    chosen: list[Hit] = []
    for hit in hits:
        identity = hit.record.clause.id
        if any(
            (hit.record.clause.parent and identity.startswith(f"{other.record.clause.id}/"))
            or (other.record.clause.parent and other.record.clause.id.startswith(f"{identity}/"))
            for other in chosen
        ):
            continue
        chosen.append(hit)
        if len(chosen) == count:
            break
    return chosen


def quote(
    generation: Generation, record: ClauseRecord, result: Result | None = None, score: float = 0.0
) -> Answer:
    """A clause as an answer shows it; without a search the whole of it is lit."""
    clause = record.clause
    document = generation.records.document(record.issue_id, clause.document_id)
    issue = generation.records.issue(record.issue_id)
    highlights = _highlights(generation, record, result) if result else ()
    return Answer(
        clause.text,
        highlights or ((0, len(clause.text)),),
        record.citation,
        score,
        clause,
        document,
        issue,
    )


def _highlights(generation: Generation, record: ClauseRecord, result: Result) -> tuple[Span, ...]:
    """The sentence of the clause that is nearest to the question in meaning and words.

    A sentence that names a quantity of the kind asked for goes before one that does not. For a table row
    a cell counts as a sentence, read with the name of its column. Of a clause that the question only
    names, no sentence is nearer than another.
    """
    if result.only_named:
        return ()
    reading = read(record.clause)
    spans = sentences(reading.body)
    meaning = generation.dense.sentence_scores(result.vector, record.position)
    if len(spans) != len(meaning):
        return ()
    asked = {token: generation.lexical.idf(token) for token in result.tokens}
    total = sum(asked.values()) or 1.0
    scores = []
    for span, cosine in zip(spans, meaning, strict=True):
        # Looked for as strings: segmenting every sentence would cost more than all the rest.
        text = fold(to_simplified(reading.body[slice(*span)]))
        words = sum(weight for token, weight in asked.items() if token in text) / total
        scores.append(float(cosine) + _LEXICAL_SHARE * words)
    named = quantities([reading.body[slice(*span)] for span in spans]).fit(result.kinds)
    scores = [score + _KIND_SHARE * (fit > 0) for score, fit in zip(scores, named, strict=True)]
    for index in sorted(range(len(spans)), key=lambda i: (-scores[i], i)):
        lit = reading.in_text(spans[index])
        if lit:
            return tuple(lit)
    return ()
