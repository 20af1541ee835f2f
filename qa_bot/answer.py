"""From hits to an answer: which clauses to quote, which sentence of each to light, or none at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from qa_bot.clauses import Cell, Clause, Context
from qa_bot.conversation import Context as Conversation
from qa_bot.exemptions import Exemption
from qa_bot.force import force_of
from qa_bot.gazette import file_pages, page_at
from qa_bot.gazette.identity import Printing, Standing
from qa_bot.highlight import highlights
from qa_bot.index import ClauseRecord, DocumentRecord, Generation, IssueRecord
from qa_bot.lookup import note_on_lists
from qa_bot.nearby import Nearby, shared_words, spread, texts_of
from qa_bot.ranking import Weights
from qa_bot.references import Reference, Relation
from qa_bot.search import Hit, Result
from qa_bot.spelling import ReadAs
from qa_bot.text import Span
from qa_bot.together import Companion, companions_of, same_fact
from qa_bot.versions import begins, other_places

__all__ = [
    "PASSIVE",
    "Answer",
    "Bearing",
    "Reply",
    "bearings_of",
    "compose",
    "quote",
    "standing_json",
]

#: What a relation is called by the text that it is about.
PASSIVE = {
    "amends": "amended_by", "repeals": "repealed_by", "prevails_over": "yields_to",
    "commences": "commenced_by", "based_on": "basis_of", "issues": "issued_by",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bearing:
    """How a clause and another text bear on each other.

    Attributes:
        kind: amends, repeals, prevails_over, commences, based_on or issues; or amended_by, repealed_by,
            yields_to, commenced_by, basis_of or issued_by, where it is done to the clause or its work.
        relation: as the text that does it says.
        citation: of the other text, where it is in the corpus; else its normal form.
    """

    kind: str
    relation: Relation
    citation: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in an answer."""
        done_to = self.kind in PASSIVE.values()
        return {
            "type": self.kind,
            "citation": self.citation,
            "clause_ids": [self.relation.clause_id] if done_to else list(self.relation.targets),
            "day": _iso(self.relation.day),
            "action": self.relation.action or None,
            "in_text": self.relation.in_text if self.relation.kind == "amends" else None,
        }


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
        status: of the work, as far as the corpus knows: no_change_known, amended, expired, repealed, or
            unknown for what is no official document.
        references: what the clause points at.
        relations: what it does to other texts, and what is done to it.
        together: what answers together with it, in the order in which to read it; at most three.
        also_at: citation and id of each clause that says the same and is not shown for that reason.
        shared: of a suggestion, spans of `quote` that are words of the question, in order; else empty.
        exemption: the record that the clause is, in a list of penalty exemptions; else `None`.
        standing: which version of its work the document is.
        places: where else its text stands, each place with the label of its issue.
        undated: whether nothing tells from which day the document is.
    """

    quote: str
    highlights: tuple[Span, ...]
    citation: str
    score: float
    clause: Clause
    document: DocumentRecord
    issue: IssueRecord
    status: str = "unknown"
    references: tuple[Reference, ...] = ()
    relations: tuple[Bearing, ...] = ()
    together: tuple[Companion, ...] = ()
    also_at: tuple[tuple[str, str], ...] = ()
    shared: tuple[Span, ...] = ()
    exemption: Exemption | None = None
    standing: Standing | None = None
    places: tuple[tuple[str, Printing], ...] = ()
    undated: bool = False

    @property
    def page(self) -> int | None:
        """The page on which the quote begins, as it is printed; `None` where the source has no pages."""
        mark = page_at(self.issue.pages, self.clause.spans[0][0])
        return mark.name if mark else None

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
                "valid_until": _iso(part.valid_until or document.valid_until),
                "status": self.status,
                "undated": self.undated,
                **standing_json(self.standing, self.places),
            },
            "issue": {
                "name": issue.name,
                "year": issue.year,
                "number": issue.number,
                "page": self.page or document.page,
            },
            "source": {
                "file": issue.file,
                "sha256": issue.sha256,
                "spans": [list(span) for span in clause.spans],
                "pages": file_pages(issue.pages, clause.spans),
            },
            "references": [
                {
                    "text": one.text,
                    "status": one.status,
                    "normal": one.normal,
                    "targets": list(one.targets),
                    "spans": [list(span) for span in one.spans],
                }
                for one in self.references
            ],
            "relations": [one.to_json() for one in self.relations],
            "together": [one.to_json() for one in self.together],
            "also_at": [{"citation": cited, "clause_id": one} for cited, one in self.also_at],
            "shared": [list(span) for span in self.shared],
            "exemption": self.exemption.to_json() if self.exemption else None,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says to a question.

    Attributes:
        question: as it was asked.
        status: answered or not_found.
        confidence: estimated probability that the first clause answers, 0 to 1.
        answers: best first; empty when nothing was found.
        suggestions: the nearest clauses when nothing was found, in the order of the search, then those that
            `nearby` takes of other texts; no answer, and shown as none.
        missing: what the question names and the corpus does not have.
        elapsed_ms: from question to reply.
        read_as: words of the question that the corpus does not have, and what they were read as.
        context: what of the conversation before it rests on, or `None` where the question stands alone.
        nearby: how to show the suggestions: text by text, the nearest first, at most two clauses of each.
        note: what a user should know besides: that the corpus holds no list of the department asked about.
        named: ids of the clauses that the question names, where it asks nothing else; a door shows those alone.
        as_of: the day whose texts it is answered with; `None` for those of today.
    """

    question: str
    status: str
    confidence: float
    answers: tuple[Answer, ...]
    suggestions: tuple[Answer, ...]
    missing: tuple[str, ...] = ()
    elapsed_ms: float = 0.0
    read_as: tuple[ReadAs, ...] = ()
    context: Conversation | None = None
    nearby: tuple[Nearby, ...] = ()
    note: str | None = None
    named: frozenset[str] = frozenset()
    as_of: date | None = None

    @property
    def shown(self) -> tuple[Answer, ...]:
        """What a door shows: the answers that do not stand beside an earlier one, or what `nearby` takes."""
        if not self.answers:
            held = {answer.clause.id: answer for answer in self.suggestions}
            near = [held[identity] for text in self.nearby for identity in text.clause_ids]
            return tuple(near) or self.suggestions
        named = [answer for answer in self.answers if answer.clause.id in self.named]
        chosen: list[Answer] = []
        for answer in named or self.answers:
            beside = {one.record.clause.id for other in chosen for one in other.together}
            if answer.clause.id not in beside:
                chosen.append(answer)
        return tuple(chosen)

    def to_json(self) -> dict[str, Any]:
        """The contract of the JSON interface."""
        return {
            "question": self.question,
            "status": self.status,
            "confidence": round(self.confidence, 4),
            "answers": [answer.to_json() for answer in self.answers],
            "suggestions": [answer.to_json() for answer in self.suggestions],
            "missing": list(self.missing),
            "read_as": [one.to_json() for one in self.read_as],
            "context": self.context.to_json() if self.context else None,
            "nearby": [one.to_json() for one in self.nearby],
            "note": self.note,
            "as_of": _iso(self.as_of),
            "elapsed_ms": round(self.elapsed_ms, 1),
        }


def _context(context: Context) -> dict[str, Any]:
    return {
        "role": context.role,
        "text": context.text,
        "spans": [list(span) for span in context.spans],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "column": cell.column,
        "text": cell.text,
        "inherited": cell.inherited,
        "spans": [list(span) for span in cell.spans],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def standing_json(
    standing: Standing | None, places: Sequence[tuple[str, Printing]]
) -> dict[str, Any]:
    """Versions and other places of a document as every door gives them; null and empty where there is but one."""
    own = standing.own if standing else None
    return {
        "version": own.told() if own else None,
        "versions": [one.told() for one in (standing.versions if standing else ())],
        "places": [
            {"issue_id": one.issue_id, "issue": label, "page": one.page, "whole": one.whole}
            for label, one in places
        ],
    }


def compose(
    generation: Generation, question: str, result: Result, count: int, on: date | None = None
) -> Reply:
    """Quote the best clauses, or abstain; what is said of their force is said of the day `on`, or of today.

    Guarantees: a quote is the clause's text, unchanged; a clause and a part of it are never both
    quoted, nor two that say the same; `answers` is empty exactly when the status is not_found.
    """
    hits = _distinct(result.hits)
    asked = result.asked
    note = note_on_lists(asked.text, generation.records.exemptions.lists)
    if result.confidence >= Weights.shipped().threshold and hits:
        quotes = _answers(generation, result, hits, count, on)
        return Reply(
            question,
            "answered",
            result.confidence,
            quotes,
            (),
            asked.missing,
            read_as=asked.read_as,
            note=note,
            named=frozenset(hit.record.clause.id for hit in hits if hit.exact and asked.only_named),
            as_of=on,
        )
    shown = spread(hits, count)
    held = [*hits[:count], *(hit for hit in shown if hit not in hits[:count])]
    near = {hit.record.clause.id: _suggestion(generation, result, hit, on) for hit in held}
    return Reply(
        question,
        "not_found",
        result.confidence,
        (),
        tuple(near.values()),
        asked.missing,
        read_as=asked.read_as,
        nearby=texts_of(generation, shown),
        note=note,
        as_of=on,
    )


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, best first, less those that are a part of a better one or hold it."""
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
    return chosen


def _answers(
    generation: Generation, result: Result, hits: Sequence[Hit], count: int, on: date | None
) -> tuple[Answer, ...]:
    """The best hits, each with what answers together with it; what says the same again is cited with the first."""
    chosen: list[Answer] = []
    for hit in hits:
        answer = quote(generation, hit.record, result, hit.score, on)
        clause = answer.clause
        first = next(
            (
                at
                for at, kept in enumerate(chosen)
                if same_fact(kept.clause, kept.highlights, clause, answer.highlights)
            ),
            None,
        )
        if first is None:
            chosen.append(answer)
        else:
            cited = dict.fromkeys((*chosen[first].also_at, (answer.citation, clause.id)))
            chosen[first] = replace(chosen[first], also_at=tuple(cited))
        if len(chosen) == count:
            break
    return tuple(chosen)


def _suggestion(generation: Generation, result: Result, hit: Hit, on: date | None) -> Answer:
    """A clause that is near to the question, with the words that they share."""
    answer = quote(generation, hit.record, result, hit.score, on)
    return replace(answer, together=(), shared=shared_words(answer.quote, result.asked.own_tokens))


def quote(
    generation: Generation,
    record: ClauseRecord,
    result: Result | None = None,
    score: float = 0.0,
    on: date | None = None,
) -> Answer:
    """A clause as an answer shows it; without a search the whole of it is lit. Its force is that of the day `on`."""
    clause = record.clause
    document = generation.records.document(record.issue_id, clause.document_id)
    issue = generation.records.issue(record.issue_id)
    standing = generation.records.standings.of(record.issue_id, document.id)
    lit = highlights(generation, record, result.asked, result.vectors.pooled) if result else ()
    return Answer(
        clause.text,
        lit or ((0, len(clause.text)),),
        record.citation,
        score,
        clause,
        document,
        issue,
        force_of(generation.records, document, clause.part_id, on),
        generation.records.pointers.in_clause(clause.id),
        tuple(_bearings(generation, clause)),
        *companions_of(generation, clause, result.asked if result else None),
        exemption=generation.records.exemptions.of(clause.id),
        standing=standing,
        places=other_places(generation.records, standing),
        undated=begins(generation.records, document) is None,
    )


def _bearings(generation: Generation, clause: Clause) -> Iterator[Bearing]:
    """What a clause does, then what is done to it, to the article that it is of, and to its work."""
    records = generation.records
    for relation in records.pointers.relations_of(clause.id):
        cited = [record.citation for record in map(records.by_id, relation.targets) if record]
        yield Bearing(relation.kind, relation, "、".join(cited) or relation.normal)
    key = "/".join(filter(None, (clause.document_id, clause.part_id)))
    steps = clause.id.removeprefix(key + "/").split("/")
    above = ["/".join((key, *steps[:count])) for count in range(len(steps) + 1)]
    for relation in records.pointers.relations_to(above, below=clause.id):
        if relation.clause_id == clause.id:
            continue
        record = records.by_id(relation.clause_id)
        title = record.citation if record else records.citation_of(relation.clause_id)
        yield Bearing(PASSIVE[relation.kind], relation, title)


def bearings_of(generation: Generation, document: DocumentRecord) -> list[Bearing]:
    """How a document and other texts bear on each other: what it does, then what other documents do to it.

    Guarantees: no two are alike. What one part of a document does to another (a notice issues its annex)
    is told once, as done.
    """
    records = generation.records
    own = [one.clause.id for one in records.of(document.issue_id, document.id)]
    found: dict[Relation, Bearing] = {}
    for clause_id in (document.id, *own):
        for relation in records.pointers.relations_of(clause_id):
            cited = [record.citation for record in map(records.by_id, relation.targets) if record]
            title = "、".join(cited) or relation.normal
            found.setdefault(relation, Bearing(relation.kind, relation, title))
    for relation in records.pointers.relations_to([document.id], below=document.id):
        if relation in found or relation.clause_id in (document.id, *own):
            continue
        record = records.by_id(relation.clause_id)
        title = record.citation if record else records.citation_of(relation.clause_id)
        found[relation] = Bearing(PASSIVE[relation.kind], relation, title)
    return list(found.values())
