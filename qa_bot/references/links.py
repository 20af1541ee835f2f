"""All references and relations of an issue, and of a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qa_bot.clauses import Clause, book
from qa_bot.gazette import Issue
from qa_bot.references.model import IssueLinks, Links, Reference, Relation
from qa_bot.references.names import catalogue_of, names_of, text_key
from qa_bot.references.reader import Reader
from qa_bot.references.relations import RelationReader
from qa_bot.references.works import IssueShelf, OwnText, Shelf, texts_of

__all__ = ["link", "link_issue"]


def link(issues: Sequence[tuple[Issue, Sequence[Clause]]]) -> Links:
    """Find and resolve every reference of a corpus, and tell what its texts do to each other.

    Guarantees: a target is an id of a clause, document or part of the corpus; a reference resolves to
    targets only where one work fits and has the place named; the same as `link_issue` of each issue.

    Args:
        issues: with their clauses; no two documents have one id (`gazette.keep_apart`).
    """
    texts = [texts_of(issue, clauses) for issue, clauses in issues]
    every = {key: text for own in texts for key, text in own.items()}
    shelf = Shelf(catalogue_of(names_of(issue) for issue, _ in issues), every.__getitem__)
    found = [
        _link(issue, clauses, own, shelf)
        for (issue, clauses), own in zip(issues, texts, strict=True)
    ]
    return Links(
        tuple(reference for links in found for reference in links.references),
        tuple(relation for links in found for relation in links.relations),
        tuple(warning for links in found for warning in links.warnings),
    )


def link_issue(issue: Issue, clauses: Sequence[Clause], shelf: Shelf) -> IssueLinks:
    """Find and resolve every reference of one issue, and tell what its texts do to others.

    Guarantees: what `link` finds in the issue when it is given all issues of the shelf; texts of other
    issues are read only where a place in them is named.

    Args:
        issue: whose names are in the catalogue of the shelf.
        clauses: of the issue, in the order of the source.
        shelf: of the corpus.
    """
    return _link(issue, clauses, texts_of(issue, clauses), shelf)


def _link(
    issue: Issue, clauses: Sequence[Clause], own: Mapping[str, OwnText], corpus: Shelf
) -> IssueLinks:
    references: list[Reference] = []
    relations: list[Relation] = []
    for document in issue.documents:
        for part in document.parts[1:] if document.kind in ("notice", "other") else ():
            key = text_key(document.id, part.id)
            relations.append(Relation("issues", document.id, book(part.title), (key,)))
    shelf = IssueShelf(corpus, own)
    reader = Reader(shelf, issue, clauses)
    relation_reader = RelationReader(shelf, reader)
    for clause in _units(clauses):
        found = list(reader.read(clause))
        references.extend(reference for reference, _ in found)
        relations.extend(relation_reader.of(clause, found))
    relations = list(dict.fromkeys(relations))  # a work that a sentence names twice
    return IssueLinks(
        tuple(references),
        tuple(relations),
        tuple(_differing(relations)),
        tuple(sorted(shelf.asked)),
    )


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
