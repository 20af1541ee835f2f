"""The tree of a document as a reader looks it up: parts, chapters, articles, days, rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote as percent_encode

from qa_bot.clauses import Clause
from qa_bot.index import ClauseRecord, DocumentRecord
from qa_bot.text import sentences, strip_space

__all__ = ["Node", "anchor", "document_link", "fragment", "issue_link", "sections_of", "tree_of"]

# What is not looked up by its place.
_UNLISTED = {"title", "signature", "note", "responsible"}
_HEADING = 32
_PLACE = 12


@dataclass(slots=True)
class Node:
    """A part, a heading or a clause, and what stands under it.

    Attributes:
        label: as the text has it; of a clause its place, 第三条; empty for the body of a document with annexes.
        anchor: where it begins on the page of its document.
        count: clauses under it, itself if it is one.
        children: in order.
        left: children that were cut off.
    """

    label: str
    anchor: str
    count: int = 0
    children: list[Node] = field(default_factory=list)
    left: int = 0

    @property
    def leaves(self) -> list[Node]:
        """Children that have none themselves."""
        return [one for one in self.children if not one.children and one.count == 1]

    @property
    def branches(self) -> list[Node]:
        """The other children."""
        return [one for one in self.children if one.children or one.count != 1]

    @property
    def fragment(self) -> str:
        """The end of an address that leads to it."""
        return fragment(self.anchor)

    def cut(self, most: int) -> Node:
        """The node with so many leaves at most under each node, and none beside branches."""
        leaves = [] if self.branches else self.leaves[:most]
        left = 0 if self.branches else len(self.leaves) - len(leaves)
        kept = [one.cut(most) for one in self.branches or leaves]
        return Node(self.label, self.anchor, self.count, kept, left)

    @property
    def size(self) -> int:
        """Nodes under it, at any depth."""
        return len(self.children) + sum(one.size for one in self.children)


def issue_link(issue_id: str) -> str:
    """The address of an issue, relative to the root of the site."""
    return f"issue/{percent_encode(issue_id, safe='/~')}"


def document_link(document_id: str, anchor: str = "") -> str:
    """The address of a document, or of a place in it, relative to the root of the site."""
    return f"document/{percent_encode(document_id, safe='/~')}{fragment(anchor)}"


def fragment(anchor: str) -> str:
    """The end of an address that leads to an anchor."""
    return f"#{percent_encode(anchor, safe='/~')}" if anchor else ""


def anchor(clause: Clause) -> str:
    """The name of a clause's place on the page of its document: its id within the document."""
    return clause.id.removeprefix(f"{clause.document_id}/")


def sections_of(
    documents: Iterable[DocumentRecord],
) -> list[tuple[str, list[DocumentRecord]]]:
    """Documents by the gazette's own headings, each heading where it first comes."""
    found: dict[str, list[DocumentRecord]] = {}
    for document in documents:
        found.setdefault(document.section, []).append(document)
    return list(found.items())


def tree_of(document: DocumentRecord, clauses: Sequence[ClauseRecord]) -> Node:
    """Parts, headings and clauses of a document.

    Guarantees: `count` of the root is the number of clauses that are no part of another one, less titles,
    signatures and the like; where there are several parts, each is a node.
    """
    listed = [one.clause for one in clauses if not one.clause.parent]
    listed = [one for one in listed if one.kind not in _UNLISTED]
    root = Node(document.title, "", len(listed))
    titles = {part.id: part.title for part in document.parts}
    parts: dict[str, list[Clause]] = {}
    for one in listed:
        parts.setdefault(one.part_id, []).append(one)
    for part_id, some in parts.items():
        node = root
        if len(parts) > 1:
            label = titles.get(part_id) or part_id if part_id else ""
            node = Node(label, part_id or anchor(some[0]), len(some))
            root.children.append(node)
        _grow(node, some)
    return root


def _grow(root: Node, clauses: Sequence[Clause]) -> None:
    """Hang clauses under the headings above them."""
    open_nodes = [root]
    path: tuple[str, ...] = ()
    for clause in clauses:
        shared = 0
        while shared < min(len(path), len(clause.path)) and path[shared] == clause.path[shared]:
            shared += 1
        del open_nodes[shared + 1 :]
        for heading in clause.path[shared:]:
            above = open_nodes[-1].children
            # «1.优化产业布局。加快…» is a point, and the heading of the paragraphs that follow it.
            if not above or _bare(above[-1].label) != _bare(heading):
                above.append(Node(heading, anchor(clause)))
            open_nodes.append(above[-1])
        path = clause.path
        for node in open_nodes[1:]:
            node.count += 1
        if label := _label(clause):
            open_nodes[-1].children.append(Node(label, anchor(clause), 1))


def _label(clause: Clause) -> str:
    """What a clause is looked up by: of a point its own first words, of others their place if it is short."""
    if clause.kind == "point":
        start, end = next(iter(sentences(clause.text)), (0, 0))
        first = clause.text[start:end]
        if first and len(first) <= _HEADING:
            return " ".join(first.rstrip("。").split())
    if clause.path and (
        clause.kind == "paragraph" or len(clause.label) > _PLACE or clause.label == clause.path[-1]
    ):
        return ""
    return clause.label


def _bare(label: str) -> str:
    return strip_space(label).rstrip("。.．")
