"""The items of a list that is a table: a row is an item, wherever its columns stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from qa_bot.clauses import Cell, Clause
from qa_bot.exemptions.building import Fields
from qa_bot.exemptions.columns import Layout, layout_of
from qa_bot.exemptions.pieces import below
from qa_bot.exemptions.quoting import Quoted
from qa_bot.exemptions.scope import Scope, reliefs_in
from qa_bot.gazette.grammar import marker
from qa_bot.text import Span, squeeze

__all__ = ["Table", "tables_of"]

_SHOWN = 12


class _Surroundings:
    """What stands around the tables of a text.

    Attributes:
        stands: the row that each span of a row is of.
    """

    def __init__(self, scope: Scope) -> None:
        self.stands = {
            span: row.id for row in scope.clauses if row.kind == "row" for span in row.spans
        }
        self._headings: dict[str, list[tuple[Span, Quoted]]] = {}
        for piece, _ in below(scope.pieces):
            passage = piece.text.cut(strip=False) if piece.clause is None else None
            if passage is not None:
                held = self._headings.setdefault(squeeze(piece.text.text), [])
                held.append((passage.spans[0], piece.text))

    def heading_above(self, row: Clause) -> Quoted | None:
        """The heading that a row has on its path: 一、市容环境类 on a line of its own across the table."""
        held = self._headings.get(squeeze(row.path[-1]), []) if row.path else []
        return next((text for start, text in reversed(held) if start < row.spans[0]), None)


class Table:
    """The rows under one header.

    Attributes:
        columns: the headings.
        rows: in order.
        around: what stands around it.
        layout: what the columns mean, or `None` where that is not known.
    """

    def __init__(
        self, columns: tuple[str, ...], rows: Sequence[Clause], around: _Surroundings
    ) -> None:
        """Take rows that have the same columns."""
        self.columns = columns
        self.rows = rows
        self.around = around
        self.layout = layout_of(columns, [[cell.text for cell in row.cells] for row in rows])

    @property
    def heading(self) -> str:
        """The header as it can be shown: 类别、序号、违法行为."""
        return "、".join(squeeze(name) or "—" for name in self.columns[:_SHOWN])

    def items(self) -> Iterator[Fields]:
        """The parts of each row, those of merged cells in every row that they hold for."""
        if self.layout is None:
            return
        serials = self._serials(self.layout)
        for row in self.rows:
            fields = Fields(row)
            for column, cell in enumerate(row.cells):
                text = _quoted(cell, row, self.around.stands)
                meaning = self.layout.meanings[column]
                if text is None:
                    continue
                if meaning == "serial":
                    if column in serials:
                        fields.add(serials[column], text)
                elif meaning in ("", "remark"):
                    fields.further.append((squeeze(cell.column), text))
                else:
                    fields.add(meaning, text)
            heading = _heading_within(row) or self.around.heading_above(row)
            if heading is not None:
                _grouped(fields, heading)
            yield fields

    def _serials(self, layout: Layout) -> dict[int, str]:
        """Which column numbers the items, and which the violations that several items share."""
        columns = layout.at("serial")
        if not columns:
            return {}
        own = [at for at in columns if not any(row.cells[at].inherited for row in self.rows)]
        item = own[-1] if own else columns[-1]
        return {at: "serial" if at == item else "violation_serial" for at in columns}


def _heading_within(row: Clause) -> Quoted | None:
    """The heading within the table that a row stands under."""
    below_header, heading = False, None
    for context in row.context:
        below_header = below_header or context.role == "header"
        if below_header and context.role == "heading":
            heading = Quoted(context.text, context.spans, row.id)
    return heading


def _grouped(fields: Fields, heading: Quoted) -> None:
    """A heading above rows is their category, and may say what is granted."""
    found = marker(heading.text)
    granted = reliefs_in(heading.text)
    if not fields.first("category") and not granted:
        fields.add("category", heading.part(found.length if found else 0))
    fields.relief = granted


def _quoted(cell: Cell, row: Clause, stands: dict[tuple[int, int], str]) -> Quoted | None:
    if not cell.text.strip() or not cell.spans:
        return None
    return Quoted(cell.text, cell.spans, stands.get(cell.spans[0], row.id))


def tables_of(scope: Scope) -> list[Table]:
    """The tables of a text, each a run of rows under one header."""
    rows = [clause for clause in scope.clauses if clause.kind == "row" and clause.cells]
    runs = groupby(rows, key=lambda row: tuple(cell.column for cell in row.cells))
    around = _Surroundings(scope)
    return [Table(columns, list(run), around) for columns, run in runs]
