"""What the page of a document tells beside its text: facts, parts, status, relations both ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa_bot.answer import PASSIVE
from qa_bot.clauses import book
from qa_bot.index import ClauseRecord, DocumentRecord, Records
from qa_bot.references import Relation
from qa_bot.web.document_tree import anchor, document_link, fragment
from qa_bot.web.quoting import clause_link
from qa_bot.web.wording import TEXTS, Wording

__all__ = [
    "Named",
    "Related",
    "document_facts",
    "kind_name",
    "name_of",
    "relations_of",
]


@dataclass(frozen=True, slots=True)
class Named:
    """A text as another one names it.

    Attributes:
        text: its citation, or its normal form.
        link: its address, relative to the root or a place on the same page (`#…`); `None` where it is not held.
    """

    text: str
    link: str | None


@dataclass(slots=True)
class Related:
    """What a document has to do with another text.

    Attributes:
        kind: as `Bearing.kind`.
        other: the other text.
        said_by: the clauses that say so.
        days: from which it holds, where the text says.
    """

    kind: str
    other: Named
    said_by: list[Named]
    days: list[str]


def kind_name(kind: str, words: Wording) -> str:
    """What a kind of document is called; the general name for one that the page does not know yet."""
    return words(f"br_kind_{kind}" if f"br_kind_{kind}" in TEXTS else "br_kind_other")


def document_facts(document: DocumentRecord, words: Wording) -> list[tuple[str, str]]:
    """What is known of a document, by name; only what is known."""
    facts = [
        ("number", document.number),
        ("br_registration", document.registration_number),
        ("issuer", document.issuer),
        ("br_addressees", document.addressees),
        ("issued_on", document.issued_on and document.issued_on.isoformat()),
        ("effective_from", document.effective_from and document.effective_from.isoformat()),
        ("valid_until", document.valid_until and document.valid_until.isoformat()),
        ("br_month", document.month and document.month.strftime("%Y-%m")),
        ("br_page", str(document.page) if document.page else None),
    ]
    return [(words(key), value) for key, value in facts if value]


def name_of(records: Records, identity: str) -> Named | None:
    """The clause, document or part with that id: its citation and address; `None` where none is held."""
    record = records.by_id(identity)
    if record is not None:
        return Named(record.citation, clause_link(identity))
    for document in records.documents:
        if identity == document.id:
            return Named(document.citation, document_link(document.id))
        if identity.startswith(f"{document.id}/"):
            part_id = identity.removeprefix(f"{document.id}/")
            for part in document.parts:
                if part.id == part_id:
                    title = part.title or document.title
                    return Named(book(title), document_link(document.id, part_id))
    return None


def relations_of(
    records: Records, document: DocumentRecord, clauses: Iterable[ClauseRecord]
) -> list[Related]:
    """What a document does to other texts, then what is done to it; the same thing said twice is one.

    Guarantees: what the document does to a part of its own is told once; that it issues it, not at all, since
    it is one of its parts.
    """
    found: dict[tuple[str, str], Related] = {}
    pointers = records.pointers
    own = [document.id, *(one.clause.id for one in clauses)]
    for identity in own:
        for relation in pointers.relations_of(identity):
            if relation.kind == "issues" and relation.clause_id == document.id:
                continue
            others = [named for one in relation.targets if (named := name_of(records, one))]
            if not others and relation.normal:
                others = [Named(relation.normal, None)]
            for other in others:
                _add(found, relation.kind, other, _said_by(records, relation), relation)
    for relation in pointers.relations_to([document.id], below=document.id):
        if relation.clause_id not in own:
            says = name_of(records, relation.clause_id) or Named(relation.clause_id, None)
            work = _work_of(records, relation.clause_id) or says
            _add(found, PASSIVE[relation.kind], work, says if says != work else None, relation)
    return list(found.values())


def _add(
    found: dict[tuple[str, str], Related],
    kind: str,
    other: Named,
    says: Named | None,
    relation: Relation,
) -> None:
    one = found.setdefault((kind, other.text), Related(kind, other, [], []))
    if says is not None and says not in one.said_by:
        one.said_by.append(says)
    if relation.day and (day := relation.day.isoformat()) not in one.days:
        one.days.append(day)


def _said_by(records: Records, relation: Relation) -> Named | None:
    """The clause of the document that says so, by its place where that is enough."""
    record = records.by_id(relation.clause_id)
    if record is None:
        return None
    clause = record.clause
    return Named(
        record.citation if clause.part_id or not clause.label else clause.label,
        fragment(anchor(clause)),
    )


def _work_of(records: Records, clause_id: str) -> Named | None:
    record = records.by_id(clause_id)
    return name_of(records, record.clause.document_id if record else clause_id)
