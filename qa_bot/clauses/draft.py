"""Clauses in the making: one list for a part, with ids kept unique."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qa_bot.clauses.model import Cell, Clause, Context
from qa_bot.gazette import Document, Named, Part
from qa_bot.gazette.lines import Line, Paragraph, mend
from qa_bot.text import Span, join

__all__ = ["Draft"]


class Draft:
    """Collects the clauses and named pieces of one part of a document.

    Every line of the part must be given to `add` or `name`; `parse_clauses` checks that none is
    forgotten.
    """

    def __init__(self, source: str, document: Document, part: Part) -> None:
        self.source = source
        self.document = document
        self.part = part
        self.clauses: list[Clause] = []
        self.named: list[Named] = []
        self.warnings: list[tuple[int, str]] = []
        self._ids: dict[str, int] = {}
        self._positions: dict[str, int] = {}
        # The id that all clauses of the part begin with.
        self.prefix = f"{document.id}/{part.id}" if part.id else document.id

    def add(
        self,
        local_id: str,
        kind: str,
        label: str,
        paragraphs: Sequence[Sequence[Span]],
        path: Sequence[str] = (),
        context: Sequence[Context] = (),
        cells: Sequence[Cell] = (),
        parent: str | None = None,
        day: date | None = None,
        searchable: bool = True,
        separator: str = "\n",
    ) -> Clause:
        """Make a clause of paragraphs (each a run of spans); a used id gets `~2`, `~3`, …."""
        identity = f"{self.prefix}/{local_id}"
        count = self._ids.get(identity, 0) + 1
        self._ids[identity] = count
        if count > 1:
            identity = f"{identity}~{count}"
        text = join(self.source, paragraphs)
        clause = Clause(
            id=identity,
            document_id=self.document.id,
            part_id=self.part.id,
            kind=kind,
            path=tuple(path),
            label=label,
            text=text if separator == "\n" else text.replace("\n", separator),
            spans=tuple(span for spans in paragraphs for span in spans),
            context=tuple(context),
            cells=tuple(cells),
            parent=parent,
            day=day,
            searchable=searchable,
        )
        self._positions[identity] = len(self.clauses)
        self.clauses.append(clause)
        return clause

    def get(self, identity: str) -> Clause:
        """The clause with that id, as it stands now."""
        return self.clauses[self._positions[identity]]

    def change(self, identity: str, **changes: object) -> None:
        """Replace fields of a clause made before."""
        position = self._positions[identity]
        self.clauses[position] = replace(self.clauses[position], **changes)  # type: ignore[arg-type]

    def warn(self, line: Line, message: str) -> None:
        """Say what a person should look at, and where."""
        self.warnings.append((line.number, message))

    def mend(self, lines: Sequence[Line], *, prose: bool = False) -> list[Paragraph]:
        """The paragraphs of lines; a break that may be the layout's is warned of."""
        paragraphs = mend(self.source, lines, prose=prose)
        for paragraph in paragraphs:
            if paragraph.doubtful:
                line = paragraph.lines[-1]
                self.warn(line, f"it is not sure that a paragraph ends here: …{line.text[-20:]}")
        return paragraphs

    def name(self, role: str, spans: Sequence[Span], separator: str = "") -> None:
        """Account for text that is no clause; cells of a table are told apart by a `separator`."""
        text = join(self.source, [spans])
        if separator:
            text = separator.join(self.source[start:end] for start, end in spans)
        self.named.append(Named(role, tuple(spans), text, self.document.id))

    def context(self, role: str, spans: Sequence[Span]) -> Context:
        """Text of the source as context of a clause."""
        return Context(role, join(self.source, [spans]), tuple(spans))

    def after_marker(self, paragraph: Paragraph, length: int, role: str) -> tuple[Span, ...]:
        """The spans of a paragraph less its first `length` characters, which are named.

        A bullet (△) is no part of the quote, nor is the number of an article, which the citation gives.
        """
        left = length  # 第⏎四条: a break may cut the number itself
        marks: list[Span] = []
        own: list[Span] = []
        for start, end in paragraph.spans:
            cut = min(start + left, end)
            left -= cut - start
            mark = self.source[start:cut].rstrip()
            if mark:
                marks.append((start, start + len(mark)))
            if cut < end:
                own.append((cut, end))
        if marks:
            self.name(role, marks)
        return tuple(own)


def line_spans(lines: Sequence[Line]) -> list[Span]:
    """Where lines stand."""
    return [(line.start, line.end) for line in lines]
