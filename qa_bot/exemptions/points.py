"""The items of a list that is written in paragraphs: 一、…的，可以不予处罚, with what stands below each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qa_bot.clauses import Clause
from qa_bot.exemptions.building import Fields
from qa_bot.exemptions.columns import meaning_of
from qa_bot.exemptions.conditions import reads_as_condition, split_violation
from qa_bot.exemptions.quoting import Quoted
from qa_bot.exemptions.scope import Scope, reliefs_in
from qa_bot.exemptions.sentence import GRANTED, read_item
from qa_bot.gazette import Named
from qa_bot.gazette.grammar import marker
from qa_bot.text import Span, join

__all__ = ["points_of"]

# From the highest to the lowest; a paragraph without a number belongs to the one before it.
_LEVELS = (
    "book", "chapter", "section", "article", "level_1", "level_2", "level_3", "level_4", "level_5",
)  # fmt: skip
_LABEL = re.compile(r"^\s*(?P<label>[\u4e00-\u9fff、]{2,14})\s*[:：]\s*")
_ENOUGH = 0.6
_KINDS = ("title", "signature", "row", "note", "contents")


@dataclass
class _Node:
    """A piece of the text with its number and what stands below it."""

    text: Quoted
    clause: Clause | None
    level: int
    length: int
    below: list[_Node] = field(default_factory=list)

    @property
    def body(self) -> Quoted | None:
        return self.text.part(self.length)

    def first_clause(self) -> Clause | None:
        """Its own clause; of a heading that of the first piece below it."""
        return self.clause or next((one for node in self.below if (one := node.first_clause())), None)


def points_of(scope: Scope, named: Sequence[Named]) -> Iterator[Fields]:
    """The parts of each item, in order; nothing where no level of the numbering reads as items.

    Items are those of the highest level most of whose numbers name a violation; what is numbered above
    them are categories.
    """
    roots = _tree(scope, named)
    every = list(_walk(roots, ()))
    for level in (*range(len(_LEVELS)), len(_LEVELS)):
        here = [(node, above) for node, above in every if node.level == level]
        items = [(node, above) for node, above in here if _is_item(node)]
        if not scope.sure and len(items) < 2:
            continue
        if items and (len(items) >= _ENOUGH * len(here) or level == len(_LEVELS)):
            for node, above in items:
                fields = _fields(node, above)
                if fields is not None:
                    yield fields
            return


def _tree(scope: Scope, named: Sequence[Named]) -> list[_Node]:
    """The pieces of a text, each below the one that it belongs to."""
    roots: list[_Node] = []
    stack: list[_Node] = []
    for text, clause in _pieces(scope, named):
        found = marker(text.text)
        level = _LEVELS.index(found.kind) if found and found.kind in _LEVELS else len(_LEVELS)
        length = found.length if found and level < len(_LEVELS) else 0
        if clause is not None and clause.kind == "article":
            level, length = _LEVELS.index("article"), 0
        node = _Node(text, clause, level, length)
        while stack and stack[-1].level >= level:
            stack.pop()
        (stack[-1].below if stack else roots).append(node)
        stack.append(node)
    return roots


def _pieces(scope: Scope, named: Sequence[Named]) -> list[tuple[Quoted, Clause | None]]:
    """Clauses and headings of a text in the order of the source, none a part of another."""
    parents = {clause.parent for clause in scope.clauses if clause.parent}
    searchable = {clause.id for clause in scope.clauses if clause.searchable}
    found: list[tuple[Quoted, Clause | None]] = []
    for clause in scope.clauses:
        whole = clause.id in parents and not clause.searchable
        if whole or clause.parent in searchable or clause.kind in _KINDS:
            continue
        found.append((Quoted(clause.text, clause.spans, clause.id), clause))
    lines = scope.part.lines
    first = scope.clauses[0].id if scope.clauses else ""
    for piece in named:
        if (
            lines
            and piece.role == "heading"
            and lines[0].start <= piece.spans[0][0] <= lines[-1].end
            and piece.document_id == scope.document.id
        ):
            found.append((Quoted(piece.text, piece.spans, _holder(scope, piece.spans) or first), None))
    return sorted(found, key=lambda one: _start(one[0]))


def _start(text: Quoted) -> int:
    passage = text.cut(strip=False)
    return passage.spans[0][0] if passage else 0


def _holder(scope: Scope, spans: Sequence[Span]) -> str | None:
    """The clause that comes next behind a heading: the heading is on its path."""
    return next((one.id for one in scope.clauses if one.spans[0] >= spans[0]), None)


def _walk(nodes: Sequence[_Node], above: tuple[_Node, ...]) -> Iterator[tuple[_Node, tuple[_Node, ...]]]:
    for node in nodes:
        yield node, above
        yield from _walk(node.below, (*above, node))


def _is_item(node: _Node) -> bool:
    """Whether a piece names a violation: it grants, ends in 的, or has labelled lines below it."""
    body = node.body
    if body is None:
        return False
    text = body.text
    if any(_labelled(child) in ("basis", "conditions", "violation", "penalty") for child in node.below):
        return True
    if _labelled_text(text) == "violation":
        return True
    granted = GRANTED.search(text)
    if granted and re.match(r"(?:本|列入|符合|属于|对列入|上述|下列|以上|对符合)", text):
        return False  # speaks of the list
    first = re.split("[，,。；;]", text)[0]
    if granted:
        return bool(text[: granted.start()].strip()) and not (
            reads_as_condition(first) and split_violation(text[: granted.start()]) < 2
        )
    return text.endswith("的") and not reads_as_condition(first)


def _labelled(node: _Node) -> str:
    body = node.body
    return _labelled_text(body.text) if body else ""


def _labelled_text(text: str) -> str:
    match = _LABEL.match(text)
    meaning = meaning_of(match["label"]) if match else ""
    return "basis" if meaning.startswith("basis") else meaning


def _fields(node: _Node, above: Sequence[_Node]) -> Fields | None:
    clause = node.first_clause()
    body = node.body
    if clause is None or body is None:
        return None
    fields = Fields(clause)
    if node.length:
        fields.add("serial", node.text.part(0, node.length))
    for heading in above:
        fields.relief = reliefs_in(heading.text.text) or fields.relief
    if above and (name := above[-1].body) and not reliefs_in(name.text):
        fields.add("category", name)
    leads = _own(fields, body)
    for child in node.below:
        _below(fields, child, leads)
    return fields


def _own(fields: Fields, body: Quoted) -> bool:
    """Read the words of an item; whether they lead in conditions that follow."""
    match = _LABEL.match(body.text)
    meaning = meaning_of(match["label"]) if match else ""
    if match and meaning:
        fields.add(meaning, body.part(match.end()))
        return meaning == "conditions"
    return read_item(fields, body)


def _below(fields: Fields, node: _Node, leads: bool, meaning: str = "") -> None:
    """Read a line below an item: what its label says that it is, or else how it reads."""
    body = node.body
    if body is None:
        return
    match = _LABEL.match(body.text)
    told = meaning_of(match["label"]) if match else ""
    if match and (told or not meaning):
        value = body.part(match.end())
        if told and told != "remark":
            if value is not None:
                fields.add(told, value)
            meaning = told
        elif value is not None:
            fields.further.append((match["label"], value))
    elif meaning:
        fields.add(meaning, body)
    elif leads:
        fields.add("conditions", body)
    else:
        read_item(fields, body, below=True)
    for child in node.below:
        _below(fields, child, leads, meaning)
