"""What the gazette holds near a question that it does not answer, so that a reader can ask again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qa_bot.clauses import book
from qa_bot.index import DocumentRecord, Generation
from qa_bot.search import Hit
from qa_bot.text import Span, fold
from qa_bot.words import to_simplified

__all__ = ["Nearby", "shared_words", "spread", "texts_of"]

#: So many clauses of one text stand before those of others.
OF_ONE_TEXT = 2


@dataclass(frozen=True, slots=True)
class Nearby:
    """A text of the gazette that is near to a question.

    Attributes:
        title: 《…》 of a work, “…” of a section.
        number: of the document, where it has one.
        clause_ids: of its clauses among the suggestions that are to be shown, best first; one or two, more
            only where no other text is near.
    """

    title: str
    number: str | None
    clause_ids: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in a reply."""
        return {"title": self.title, "number": self.number, "clause_ids": list(self.clause_ids)}


def spread(hits: Sequence[Hit], count: int) -> list[Hit]:
    """The best `count` of `hits`, text by text, the text of the best first.

    Of one text only the best `OF_ONE_TEXT` are taken while others have any left; none of the hits is lost
    where `count` has room for all.
    """
    taken: dict[tuple[str, str, str], list[Hit]] = {}
    later: list[Hit] = []
    for hit in hits:
        clause = hit.record.clause
        group = taken.setdefault((hit.record.issue_id, clause.document_id, clause.part_id), [])
        (group if len(group) < OF_ONE_TEXT else later).append(hit)
    best = sorted((hit for group in taken.values() for hit in group), key=hits.index)[:count]
    grouped = [hit for group in taken.values() for hit in group if hit in best]
    return [*grouped, *later][:count]


def texts_of(generation: Generation, hits: Sequence[Hit]) -> tuple[Nearby, ...]:
    """The texts that `hits`, as `spread` gives them, are of."""
    texts: dict[tuple[str, str, str], list[str]] = {}
    for hit in hits:
        clause = hit.record.clause
        key = (hit.record.issue_id, clause.document_id, clause.part_id)
        texts.setdefault(key, []).append(clause.id)
    found = []
    for (issue_id, document_id, part_id), ids in texts.items():
        document = generation.records.document(issue_id, document_id)
        found.append(Nearby(_name_of(document, part_id), document.number, tuple(ids)))
    return tuple(found)


def _name_of(document: DocumentRecord, part_id: str) -> str:
    """What a reader calls a text: 《…》 or “4月份市政府记事”."""
    if document.kind in ("notice", "other"):
        return book(document.part(part_id).title or document.title)
    return f"“{document.title}”"


def shared_words(text: str, tokens: Sequence[str]) -> tuple[Span, ...]:
    """Where words of a question stand in `text`; words of one character are no evidence.

    Guarantees: spans are in order and do not touch.
    """
    folded = fold(to_simplified(text))
    if len(folded) != len(text):
        return ()
    lit = bytearray(len(text))
    for token in tokens:
        at = folded.find(token) if len(token) > 1 else -1
        while at >= 0:
            lit[at : at + len(token)] = b"\1" * len(token)
            at = folded.find(token, at + 1)
    return tuple(_runs(lit))


def _runs(lit: bytearray) -> Iterator[Span]:
    start = lit.find(1)
    while start >= 0:
        end = lit.find(0, start)
        end = len(lit) if end < 0 else end
        yield start, end
        start = lit.find(1, end)
