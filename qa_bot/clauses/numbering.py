"""How the headings and points of an official document are ranked, named and cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_bot.clauses.model import Context
from qa_bot.gazette.lines import Paragraph
from qa_bot.text import chinese_number

__all__ = ["DIVISIONS", "RANK", "Node", "label_of", "local_id"]

# Plans may have chapters without articles; decimal numbers (1.1) head the text where a document uses them.
RANK = {
    "book": 1, "chapter": 2, "section": 3,
    "decimal_1": 4, "decimal_2": 5, "decimal_3": 6, "decimal_4": 7,
    "level_1": 8, "level_2": 9, "level_3": 10, "level_4": 11, "level_5": 12,
}  # fmt: skip
DIVISIONS = {"book": "编", "chapter": "章", "section": "节"}
_ID = {
    "book": "book", "chapter": "chapter", "section": "section",
    "level_1": "part", "level_2": "item", "level_3": "point", "level_4": "subpoint", "level_5": "mark",
}  # fmt: skip


@dataclass
class Node:
    """A heading or point that is open.

    Its clause and the clauses below it are kept by id, since their contexts may still grow.
    """

    kind: str
    number: str
    heading: str
    clause: str | None = None
    paragraphs: int = 0
    children: list[str] = field(default_factory=list)
    lead: Paragraph | None = None
    lead_in: Context | None = None  # made of it once for all that need it
    # The clause of the first paragraph under a heading that has none itself.
    first: str | None = None
    # Kinds of numbers that clauses directly below have.
    clauses_below: set[str] = field(default_factory=set)
    # Whether its steps name who is responsible themselves, so that a line behind the last is that one's.
    steps_are_tasks: bool = False

    @property
    def rank(self) -> int:
        """Its depth among all kinds of numbers."""
        return RANK.get(self.kind, 0)


def local_id(stack: Sequence[Node]) -> str:
    """part_3/item_2/point_1 of what is open, outermost first; empty for nothing."""
    return "/".join(
        f"sec_{node.number}" if node.kind not in _ID else f"{_ID[node.kind]}_{node.number}"
        for node in stack
    )


def label_of(stack: Sequence[Node]) -> str:
    """第三点 for a point at the top; below it 第二部分第（三）项第2目; 2.1 for a decimal number."""
    top = stack[0]
    if len(stack) == 1 and top.kind == "level_1" and top.clause is None:
        under = top.lead is not None and top.paragraphs > 0
        return f"第{chinese_number(int(top.number))}{'部分' if under else '点'}"
    words: list[str] = []
    for depth, node in enumerate(stack):
        last = depth == len(stack) - 1
        if node.kind in DIVISIONS:
            words.append(f"第{chinese_number(int(node.number))}{DIVISIONS[node.kind]}")
        elif node.kind not in _ID:
            words = [node.number]  # 2.1 says that it is under 2
        elif node.kind == "level_1":
            word = "点" if last and node.clause is not None else "部分"
            words.append(f"第{chinese_number(int(node.number))}{word}")
        elif node.kind == "level_2":
            words.append(f"第（{chinese_number(int(node.number))}）项")
        elif node.kind == "level_3":
            words.append(f"第{node.number}目")
        else:
            words.append(f"第（{node.number}）点")
    return "".join(words)
