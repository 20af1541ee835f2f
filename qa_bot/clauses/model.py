"""A clause: what one would cite, with what it needs to be understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qa_bot.text import Span

__all__ = ["Cell", "Clause", "Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """Text of the source that a clause needs to be understood; shown apart from the quote.

    Attributes:
        role: lead_in (of an item), header (of a table), merged (a cell that holds for several
            rows), responsible (牵头落实), date (of a daily entry), heading, parent_row, unit, note (under a
            table) or standing (以下均需…落实, said once for all tasks that follow).
        text: verbatim.
        spans: where it stands.
    """

    role: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table row.

    Attributes:
        column: the header above it, empty where the table has none.
        text: verbatim, empty for an empty cell.
        inherited: whether it stands in another row, in a merged cell that holds for this one too.
        spans: where it stands in the source; none for an empty cell.
    """

    column: str
    text: str
    inherited: bool = False
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """The smallest unit that one would cite.

    Attributes:
        id: readable and stable, `温市监规〔2019〕1号/annex_1/art_51/para_1`; the rules are in
            `qa_bot.clauses`.
        document_id: the document that it stands in.
        part_id: the part of that document; empty for the body.
        kind: article, item, point, paragraph, amendment, responsible, row, list, note, appointment,
            news, record, catalogue, statistics, imprint, cover, caption, feature, contents, title or
            signature.
        path: headings above it within its part, and its article.
        label: its place in words, 第五十一条第一款; part of the citation.
        text: the source's spans joined, less the breaks and spaces that the layout made.
        spans: where it stands, in order.
        context: what it needs to be understood.
        cells: for a table row.
        parent: the id of the clause that it is a part of, or `None`.
        day: the day that an entry is about.
        searchable: whether it is found by its words; a whole article of several paragraphs is found by its
            reference only.
    """

    id: str
    document_id: str
    part_id: str
    kind: str
    path: tuple[str, ...]
    label: str
    text: str
    spans: tuple[Span, ...]
    context: tuple[Context, ...] = ()
    cells: tuple[Cell, ...] = ()
    parent: str | None = None
    day: date | None = None
    searchable: bool = True
