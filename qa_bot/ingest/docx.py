"""Word documents (.docx, ECMA-376): what a reader sees, paragraph by paragraph, tables row by row.

Read by lxml from the parts themselves, by names without namespaces: docs/decisions/0013-formats.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from qa_bot.ingest.docx_parts import (
    Package,
    Style,
    attribute,
    child,
    flag,
    read_numbering,
    read_styles,
    title_of,
)
from qa_bot.ingest.field_codes import Fields
from qa_bot.ingest.flow import Flow
from qa_bot.ingest.grid import Cell, Pieces, Table
from qa_bot.ingest.numbering import Lists, formatted
from qa_bot.ingest.office import Archive, damaged, local
from qa_bot.ingest.signs import OURS, shifted, symbol
from qa_bot.ingest.source import PARAGRAPH_END, Extracted

__all__ = ["read_docx"]

_DELETED = frozenset(("del", "moveFrom"))
# What only wraps what stands in it.
_WRAPPERS = frozenset((
    "bdo", "customXml", "dir", "fldSimple", "hyperlink", "ins", "moveTo", "sdt", "sdtContent", "smartTag",
))  # fmt: skip
_LARGEST_SPAN = 200
_MOST_STORIES = 500


def read_docx(data: bytes, name: str) -> Extracted:
    """The text of a .docx, .docm or .dotx.

    Guarantees: each paragraph that a reader sees stands on a line of its own, ended by `PARAGRAPH_END`, in the
    order of the file; tables as `grid` gives them; automatic numbers are text (a warning counts them);
    insertions are kept, deletions, hidden text and comments are not; fields show their result. Text
    boxes, notes, running heads and feet stand at the end, as asides.

    Raises:
        SourceError: it is damaged, encrypted, or no document.
    """
    return _Reader(Package(Archive(data, name))).read()


class _Reader:
    """Reads the stories of one document: body, notes, heads and feet."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.styles = read_styles(package.optional("styles"))
        self.lists, self.style_levels = read_numbering(package.optional("numbering"))
        self.flow = Flow()
        self.counted = Lists()
        self.fields = Fields()
        self.notes: list[tuple[str, str, str]] = []  # kind, id, mark
        self.note_formats = {"footnote": "decimal", "endnote": "lowerRoman"}
        self.margins: dict[str, None] = {}  # parts of running heads and feet, in order
        self.in_body = True
        self.revised = False
        self.ruby = False

    def read(self) -> Extracted:
        root = self.package.root(self.package.main)
        body = child(root, "body")
        if body is None:
            raise damaged(self.package.archive.name, "缺正文 / the body is missing")
        self._prepare(root)
        self._blocks(body, self.flow.body)
        self.in_body = False
        notes = list(self.notes)
        for kind in ("footnote", "endnote"):
            self._notes(kind, [note for note in notes if note[0] == kind])
        for part in list(self.margins)[:_MOST_STORIES]:
            self.fields = Fields()
            self._blocks(self.package.root(part), self.flow.story("margin"))
        return self.flow.extracted(
            named=title_of(self.package.properties()),
            labels=self.counted.labels,
            notes=len(notes),
            revised=self.revised,
            ruby=self.ruby,
        )

    def _prepare(self, root: etree._Element) -> None:
        """Which heads and feet there are, and how notes are numbered."""
        settings = self.package.optional("settings")
        sections = [element for element in root.iter() if local(element) == "sectPr"]
        for holder in (settings, *sections):
            for kind in self.note_formats:
                if found := attribute(child(holder, f"{kind}Pr", "numFmt"), "val"):
                    self.note_formats[kind] = found
        for section in sections:
            for reference in section:
                if local(reference) in ("headerReference", "footerReference"):
                    part = self.package.target(self.package.main, attribute(reference, "id"))
                    if part is not None:
                        self.margins.setdefault(part)

    def _notes(self, kind: str, wanted: list[tuple[str, str, str]]) -> None:
        root = self.package.optional(f"{kind}s") if wanted else None
        if root is None:
            return
        notes = {attribute(note, "id"): note for note in root if local(note) == kind}
        for _, identity, mark in wanted:
            note = notes.get(identity)
            if note is not None:
                self.fields = Fields()
                story = self.flow.story("note")
                self._blocks(note, story, mark)

    def _blocks(self, element: etree._Element, into: Pieces, mark: str = "") -> None:
        """Paragraphs and tables in an element; a paragraph whose end is deleted goes on in the next."""
        open_: Pieces = []
        for block in _unwrapped(element):
            kind = local(block)
            if kind == "p":
                text, joined = self._paragraph(block, into, mark)
                mark = ""
                open_.extend(text)
                if not joined:
                    into.extend([PARAGRAPH_END, "".join(map(str, open_)), PARAGRAPH_END])
                    open_ = []
            elif kind == "tbl":
                into.extend(self._table(block).pieces())
            elif kind in _DELETED:
                self.revised = True
        if open_:
            into.extend([PARAGRAPH_END, "".join(map(str, open_)), PARAGRAPH_END])

    def _paragraph(
        self, element: etree._Element, into: Pieces, mark: str
    ) -> tuple[list[str], bool]:
        """Its text, and whether its end is deleted; text boxes in its line go `into` before it."""
        properties = child(element, "pPr")
        style = self.styles.get(
            attribute(child(properties, "pStyle"), "val") or "", self.styles.default
        )
        joined = (
            child(properties, "rPr", "del") is not None
            or child(properties, "rPr", "moveFrom") is not None
        )
        out: list[str] = [mark]
        self._inline(element, out, into, style)
        text = "".join(out)
        if joined:
            self.revised = True
        if not (joined and not text) and not style.hidden:
            out.insert(0, self._label(properties))
        if into is self.flow.body:
            aligned = attribute(child(properties, "jc"), "val")
            centred = style.centred if aligned is None else aligned == "center"
            self.flow.head_line(text, style.title, centred, _size(element) or style.size)
        return out, joined

    def _label(self, properties: etree._Element | None) -> str:
        direct = child(properties, "numPr")
        name = attribute(child(properties, "pStyle"), "val") or ""
        style = self.styles.get(name, self.styles.default)
        identity = attribute(child(direct, "numId"), "val")
        level = attribute(child(direct, "ilvl"), "val")
        if identity is None:
            identity = style.numbering
        found = self.lists.get(identity or "")
        if found is None or identity is None:
            return ""
        place = int(level) if level is not None and level.isdecimal() and len(level) < 3 else None
        if place is None:
            place = self.style_levels[identity].get(name, 0)
        return self.counted.label(identity, found, place)

    def _inline(self, element: etree._Element, out: list[str], into: Pieces, style: Style) -> None:
        """The runs of a paragraph, and what wraps them."""
        for part in element:
            kind = local(part)
            if kind == "r":
                self._run(part, out, into, style)
            elif kind in _WRAPPERS:
                self.revised |= kind in ("ins", "moveTo")
                self._inline(part, out, into, style)
            elif kind in _DELETED:
                self.revised = True
            elif kind == "AlternateContent":
                self._inline(_chosen(part), out, into, style)
            elif kind == "oMath":
                out.append("".join(text.text or "" for text in part.iter() if local(text) == "t"))
            elif kind == "oMathPara":
                self._inline(part, out, into, style)

    def _run(self, run: etree._Element, out: list[str], into: Pieces, style: Style) -> None:
        properties = child(run, "rPr")
        own = self.styles.get(attribute(child(properties, "rStyle"), "val") or "", Style())
        hidden = flag(child(properties, "vanish"))
        if hidden is None:
            hidden = own.hidden or style.hidden
        way = attribute(child(properties, "vertAlign"), "val")
        raised = own.raised or style.raised
        if way is not None:
            raised = {"superscript": "sup", "subscript": "sub"}.get(way, "")
        text: list[str] = []
        self._content(run, text, [] if hidden else into)
        if not hidden:
            joined = "".join(text)
            out.append(shifted(joined, raised) if raised else joined)

    def _content(self, run: etree._Element, out: list[str], into: Pieces) -> None:
        """What stands in a run; while a field's code is open nothing does."""
        for part in run:
            kind = local(part)
            if kind == "fldChar":
                self._field(attribute(part, "fldCharType"), out)
                continue
            if kind == "instrText":
                self.fields.code(part.text or "")
                continue
            if kind == "AlternateContent":
                self._content(_chosen(part), out, into)
                continue
            if kind in ("drawing", "pict", "object"):
                self._boxes(part, into, inline=False)
                continue
            if not self.fields.showing:
                continue
            if kind == "t":
                out.append(_text(part))
            elif kind in ("tab", "ptab"):
                out.append("  ")
            elif kind in ("br", "cr"):
                out.append("\n")
            elif kind == "noBreakHyphen":
                out.append("-")
            elif kind == "sym":
                out.append(_symbol(part))
            elif kind == "ruby":
                self.ruby = True
                base = child(part, "rubyBase")
                if base is not None:
                    self._inline(base, out, into, Style())
            elif kind in ("footnoteReference", "endnoteReference"):
                self._reference(part, kind.removesuffix("Reference"), out)

    def _field(self, kind: str | None, out: list[str]) -> None:
        if kind == "begin":
            self.fields.begin()
        elif kind == "separate":
            self.fields.separate()
        elif kind == "end":
            out.append(self.fields.end())

    def _reference(self, part: etree._Element, kind: str, out: list[str]) -> None:
        identity = attribute(part, "id") or ""
        if flag(_named(part, "customMarkFollows")):
            mark = ""
        else:
            number = 1 + sum(known == kind and bool(sign) for known, _, sign in self.notes)
            mark = shifted(formatted(number, self.note_formats[kind]), "sup")
            out.append(mark)
        self.notes.append((kind, identity, mark))

    def _boxes(self, drawing: etree._Element, into: Pieces, *, inline: bool) -> None:
        """Text boxes of a drawing: those that float beside the body are stories of their own."""
        for part in drawing:
            kind = local(part)
            if kind == "txbxContent":
                fields, self.fields = self.fields, Fields()
                floats = self.in_body and not inline
                self.in_body = self.in_body and inline
                self._blocks(part, self.flow.story("box") if floats else into)
                self.in_body |= floats
                self.fields = fields
            else:
                found = _chosen(part) if kind == "AlternateContent" else part
                self._boxes(found, into, inline=inline or kind == "inline")

    def _table(self, element: etree._Element) -> Table:
        table = Table()
        starts: dict[int, Cell] = {}  # column: the cell that goes on downwards
        for row in _unwrapped(element):
            if local(row) != "tr":
                continue
            properties = child(row, "trPr")
            if child(properties, "del") is not None:
                self.revised = True
                continue
            self._row(row, properties, table, starts)
        return table

    def _row(
        self,
        row: etree._Element,
        properties: etree._Element | None,
        table: Table,
        starts: dict[int, Cell],
    ) -> None:
        cells: list[Cell] = []
        column = 0
        if before := _span(attribute(child(properties, "gridBefore"), "val"), 0):
            cells.append(Cell(wide=before))
            column = before
        ends: set[int] = set(starts)
        for element in _unwrapped(row):
            if local(element) != "tc":
                continue
            properties = child(element, "tcPr")
            wide = _span(attribute(child(properties, "gridSpan"), "val"), 1)
            merge = child(properties, "vMerge")
            above = starts.get(column)
            if child(properties, "cellDel") is not None:
                self.revised = True
                continue
            if attribute(child(properties, "hMerge"), "val") == "continue" and cells:
                cells[-1].wide += wide
            elif (
                merge is not None
                and attribute(merge, "val") != "restart"
                and above is not None
                and above.wide == wide
            ):
                above.high += 1
                ends.discard(column)
            else:
                cell = Cell(wide=wide)
                self._blocks(element, cell.pieces)
                cells.append(cell)
                if merge is not None:
                    starts[column] = cell
                    ends.discard(column)
            column += wide
        for gone in ends:
            starts.pop(gone, None)
        table.rows.append(cells)


def _unwrapped(element: etree._Element) -> Iterator[etree._Element]:
    """The children that are blocks, rows or cells, taken out of content controls and the like."""
    for part in element:
        kind = local(part)
        if kind in _WRAPPERS:
            yield from _unwrapped(part)
        elif kind == "AlternateContent":
            yield from _unwrapped(_chosen(part))
        else:
            yield part


def _chosen(element: etree._Element) -> etree._Element:
    """Of alternate contents the first that has text, else the last: never two, which say the same."""
    last = element
    for option in element:
        if local(option) in ("Choice", "Fallback"):
            last = option
            if any(local(part) in ("t", "txbxContent") for part in option.iter()):
                return option
    return last if last is not element else etree.Element("nothing")


def _text(element: etree._Element) -> str:
    text = element.text or ""
    if attribute(element, "space") != "preserve":
        text = text.strip(" \t\r\n")
    return text.translate(OURS).translate(_SPACES).replace("\xad", "")


_SPACES = str.maketrans("\t\r\n\v\f\x1c\x1d\x1e\x85\u2028", " " * 10)


def _size(element: etree._Element) -> str | None:
    """The size of a paragraph's first letters, where its runs say it."""
    for run in element:
        if local(run) == "r" and any(local(part) == "t" for part in run):
            return attribute(child(run, "rPr", "sz"), "val")
    return None


def _symbol(element: etree._Element) -> str:
    try:
        return symbol(attribute(element, "font") or "", int(attribute(element, "char") or "", 16))
    except ValueError:
        return ""


def _named(element: etree._Element, name: str) -> etree._Element | None:
    """An attribute's on/off value as if it were an element's."""
    value = attribute(element, name)
    return None if value is None else etree.Element("flag", val=value)


def _span(value: str | None, default: int) -> int:
    if value is None or not (value.isascii() and value.isdigit()):
        return default
    return min(max(int(value[:6]), default), _LARGEST_SPAN)
