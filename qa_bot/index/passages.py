"""What is read of a clause when it is looked for: its own words, and the words that it stands under."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_bot.clauses import Clause
from qa_bot.text import Span

__all__ = ["Passage", "measured", "passage", "read"]

# The header of a row is read with its cells, the day of an entry as a full date. What stands under a whole
# table or holds for all tasks alike tells none of them from the others.
_READ_ELSEWHERE = frozenset(
    {"header", "merged", "date", "heading", "parent_row", "note", "standing"}
)


_FIGURE = re.compile(r"[-+±]?\d[\d,]*(?:\.\d+)?")
_UNIT = re.compile(r"[(（](?P<unit>[^()（）]{1,10})[)）]\s*$|[%％]\s*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """The searchable text of a clause, in two dresses.

    Attributes:
        body: its own words; a table row reads «column：value；…».
        full: the same under its titles, headings and context.
        offset: where `body` begins in `full`.
        pieces: the parts of `body` that stand in the clause's text, as (start in `body`, length, start
            in the text).
    """

    body: str
    full: str
    offset: int
    pieces: tuple[tuple[int, int, int], ...]

    def in_text(self, span: Span) -> list[Span]:
        """The spans of the clause's text that a span of `body` was read from."""
        found: list[Span] = []
        for start, length, at in self.pieces:
            low, high = max(span[0], start), min(span[1], start + length)
            if low < high:
                found.append((at + low - start, at + high - start))
        return found


class _Part(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def other_titles(self) -> tuple[str, ...]: ...


class _Document(Protocol):
    """`gazette.Document` or `index.DocumentRecord`."""

    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def parts(self) -> Sequence[_Part]: ...


def passage(clause: Clause, document: _Document) -> Passage:
    """Put together what is searched for `clause`."""
    part = next(part for part in document.parts if part.id == clause.part_id)
    titles = [part.title or document.title, *part.other_titles, *clause.path]
    if document.kind not in ("notice", "other"):
        titles.insert(0, document.section)
    heading = " ".join(dict.fromkeys(filter(None, titles)))
    if clause.day:
        heading += f" {clause.day.year}年{clause.day.month}月{clause.day.day}日"
    context = [c.text for c in clause.context if c.role not in _READ_ELSEWHERE]
    body, pieces = _read(clause)
    above = "\n".join([heading, *context]) + "\n"
    return Passage(body, above + body, len(above), pieces)


def read(clause: Clause) -> Passage:
    """The passage of a clause without its headings: enough to find a sentence in it."""
    body, pieces = _read(clause)
    return Passage(body, body, 0, pieces)


def measured(clause: Clause) -> str:
    """What a clause says with the units of its figures: those of a table stand in its header or a cell of their own.

    «单位：亿元；当月：86.85；同比±%：2.8» goes on with 86.85亿元 and 2.8%, an entry with its day. To look for
    quantities in; nothing of it is shown.
    """
    body, _ = _read(clause)
    units = [cell.text for cell in clause.cells if cell.column.endswith("单位")]
    figures = []
    for cell in clause.cells:
        if _FIGURE.fullmatch(cell.text.strip()):
            unit = _UNIT.search(cell.column)
            of = (unit["unit"] or "%") if unit else "".join(units[:1])
            if of:  # else it stands in the body as it is
                figures.append(cell.text.strip() + of)
    day = f"{clause.day.year}年{clause.day.month}月{clause.day.day}日" if clause.day else ""
    return "\n".join([body, *figures, day])


def _read(clause: Clause) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    if not clause.cells:
        return clause.text, ((0, len(clause.text), 0),)
    body, at = "", 0
    pieces: list[tuple[int, int, int]] = []
    for cell in clause.cells:
        if not cell.text:
            continue
        body += f"{cell.column}：" if cell.column else ""
        if not cell.inherited:
            at = clause.text.index(cell.text, at)
            pieces.append((len(body), len(cell.text), at))
            at += len(cell.text)
        body += cell.text + "；"
    return body.removesuffix("；"), tuple(pieces)
