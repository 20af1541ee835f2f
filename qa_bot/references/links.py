"""All references and relations of a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_bot.clauses import Clause, book
from qa_bot.gazette import Issue
from qa_bot.references.model import Links, Reference, Relation
from qa_bot.references.reader import Reader
from qa_bot.references.relations import RelationReader
from qa_bot.references.works import Shelf

__all__ = ["link"]


def link(issues: Sequence[tuple[Issue, Sequence[Clause]]]) -> Links:
    """Find and resolve every reference of a corpus, and tell what its texts do to each other.

    Guarantees: a target is an id of a clause, document or part of the corpus; a reference resolves to
    targets only where one work fits and has the place named.
    """
    shelf = Shelf(issues)
    references: list[Reference] = []
    relations: list[Relation] = []
    for issue, clauses in issues:
        for document in issue.documents:
            for part in document.parts[1:] if document.kind in ("notice", "other") else ():
                key = "/".join((document.id, part.id))
                relations.append(Relation("issues", document.id, book(part.title), (key,)))
        reader = Reader(shelf, issue, clauses)
        relation_reader = RelationReader(shelf, reader)
        for clause in _units(clauses):
            found = list(reader.read(clause))
            references.extend(reference for reference, _ in found)
            relations.extend(relation_reader.of(clause, found))
    relations = list(dict.fromkeys(relations))  # a work that a sentence names twice
    return Links(tuple(references), tuple(relations), tuple(_differing(relations)))


def _differing(relations: Sequence[Relation]) -> Iterator[str]:
    """Amendments that give a place a wording which the text printed for it does not have.

    第三十八条修改为“…应当符合有关法律法规…”, printed as 第三十八条 …应符合有关法律法规….
    """
    for relation in relations:
        rewords = relation.kind == "amends" and relation.action.endswith("为")
        if rewords and relation.action != "调整为" and relation.targets and not relation.in_text:
            yield (
                f"{relation.clause_id} gives {relation.normal} a wording that "
                f"{relation.targets[0]} does not have"
            )


def _units(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """Clauses whose texts do not overlap: a 款 with its items, but no whole article and no item."""
    parents = {clause.parent for clause in clauses if clause.parent}
    searchable = {clause.id for clause in clauses if clause.searchable}
    for clause in clauses:
        whole = clause.id in parents and not clause.searchable
        if not whole and clause.parent not in searchable and clause.kind != "contents":
            yield clause
