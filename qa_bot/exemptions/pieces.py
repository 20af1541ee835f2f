"""A text as a tree of numbered pieces: headings, which are no clauses, with the clauses below them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qa_bot.clauses import Clause
from qa_bot.exemptions.quoting import Quoted
from qa_bot.gazette import Document, Named, Part
from qa_bot.gazette.grammar import marker
from qa_bot.text import Span

__all__ = ["LEVELS", "Piece", "below", "tree_of"]

#: From the highest to the lowest; a paragraph without a number comes last and belongs to the one before it.
LEVELS = (
    "book", "chapter", "section", "article", "level_1", "level_2", "level_3", "level_4", "level_5", "",
)  # fmt: skip
# 第一部分　不予处罚事项
_DIVISION = re.compile(r"^第\s*[一二三四五六七八九十]{1,3}\s*部分[\s、:：]*")
# 本通告自2023年1月1日起施行 and 符合上述情形之一的，… are said of the whole, not of the last item.
_CLOSING = re.compile(
    r"^本[^，。；]{0,6}(?:自|由|有效期|施行|实施)|^(?:符合|具有|属于|对)?(?:上述|以上)[^，。；]{0,8}(?:情形|事项|行为|清单)"
)
_KINDS = ("title", "signature", "row", "contents")


@dataclass
class Piece:
    """A clause or a heading, with what stands below it.

    Attributes:
        text: with its number.
        clause: `None` for a heading.
        level: index in `LEVELS`.
        length: of its number, in characters.
        below: in order.
    """

    text: Quoted
    clause: Clause | None
    level: int
    length: int
    below: list[Piece] = field(default_factory=list)

    @property
    def body(self) -> Quoted | None:
        """The text without its number, and without punctuation at its ends."""
        return self.text.part(self.length)

    def first_clause(self) -> Clause | None:
        """Its own clause; of a heading that of the first piece below it."""
        if self.clause is not None:
            return self.clause
        return next((one for piece in self.below if (one := piece.first_clause())), None)


def below(
    pieces: Sequence[Piece], above: tuple[Piece, ...] = ()
) -> Iterator[tuple[Piece, tuple[Piece, ...]]]:
    """All pieces in order, each with those that it stands below."""
    for piece in pieces:
        yield piece, above
        yield from below(piece.below, (*above, piece))


def tree_of(
    document: Document, part: Part, clauses: Sequence[Clause], named: Sequence[Named]
) -> list[Piece]:
    """The pieces of a part that are no rows, each below the one that it belongs to.

    Args:
        document: that the part is of.
        part: of it.
        clauses: of the part, in the order of the source.
        named: of the document; headings of the part are taken from it.
    """
    roots: list[Piece] = []
    stack: list[Piece] = []
    for text, clause in _texts(document, part, clauses, named):
        found = marker(text.text)
        level = LEVELS.index(found.kind if found and found.kind in LEVELS else "")
        length = found.length if found and level < len(LEVELS) - 1 else 0
        if part_mark := _DIVISION.match(text.text):
            level, length = LEVELS.index("chapter"), part_mark.end()
        if _CLOSING.match(text.text):
            level, length = 0, 0
        if clause is not None and clause.kind == "article":
            level, length = LEVELS.index("article"), 0
        piece = Piece(text, clause, level, length)
        while stack and stack[-1].level >= level:
            stack.pop()
        (stack[-1].below if stack else roots).append(piece)
        stack.append(piece)
    return roots


def _texts(
    document: Document, part: Part, clauses: Sequence[Clause], named: Sequence[Named]
) -> list[tuple[Quoted, Clause | None]]:
    """Clauses and headings, none a part of another: of a 款 with items what leads them in, and each item."""
    children: dict[str, list[Clause]] = {}
    for clause in clauses:
        if clause.parent:
            children.setdefault(clause.parent, []).append(clause)
    found: list[tuple[int, Quoted, Clause | None]] = []
    for clause in clauses:
        if clause.kind in _KINDS:
            continue
        text: Quoted | None = Quoted(clause.text, clause.spans, clause.id)
        if text and (parts := children.get(clause.id)):
            text = text.upto(min(one.spans[0][0] for one in parts))
        if text is not None:
            found.append((clause.spans[0][0], text, clause))
    lines = part.lines
    for piece in named:
        if (
            lines
            and piece.role == "heading"
            and piece.document_id == document.id
            and lines[0].start <= piece.spans[0][0] <= lines[-1].end
        ):
            # A heading is on the path of what follows it.
            at = bisect_left(clauses, piece.spans[0], key=_start)
            holder = clauses[at].id if at < len(clauses) else ""
            found.append((piece.spans[0][0], Quoted(piece.text, piece.spans, holder), None))
    found.sort(key=lambda one: one[0])
    return [(text, clause) for _, text, clause in found]


def _start(clause: Clause) -> Span:
    return clause.spans[0]
