"""Word 97–2003 documents (.doc), read after [MS-DOC]: text by the piece table, tables, fields, numbering.

olefile opens the container; nothing is executed, and no other file is opened. Section numbers in these
modules are those of Microsoft's published specification.
"""

from __future__ import annotations

import re
import struct
from itertools import pairwise

from qa_bot.ingest.doc_file import WordFile, plc
from qa_bot.ingest.doc_lists import read_lists
from qa_bot.ingest.doc_properties import Look, Paragraph, Properties
from qa_bot.ingest.doc_tables import Row, read_row, table_of
from qa_bot.ingest.field_codes import Fields
from qa_bot.ingest.flow import Flow
from qa_bot.ingest.grid import Pieces
from qa_bot.ingest.numbering import Lists, formatted
from qa_bot.ingest.office import damaged
from qa_bot.ingest.ole import open_ole
from qa_bot.ingest.signs import OURS, shifted, symbol
from qa_bot.ingest.source import PARAGRAPH_END, Extracted

__all__ = ["read_doc"]

_PARAGRAPH = re.compile("[\r\x07\x0c]")
_FIELD = re.compile("([\x13\x14\x15])")
# What stands for something else in Word's text, and controls that it does not have.
_SHOWN = str.maketrans(
    dict.fromkeys(range(0x20), "")
    | {0x09: "  ", 0x0B: "\n", 0x0E: "\n", 0x1E: "-", 0x1F: "", 0x85: " ", 0x2028: "\n", 0xAD: ""}
)
_DEEPEST_TABLE = 8
_MOST_STORIES = 2_000


def read_doc(data: bytes, name: str) -> Extracted:
    """The text of a Word 97–2003 document.

    Guarantees: what `read_docx` does: the same document saved in both formats gives the same text.

    Raises:
        SourceError: it is damaged, encrypted, or older than Word 97.
    """
    with open_ole(data, name) as ole:
        try:
            file = WordFile(ole, name)
            return _Reader(file, _title(file.stream("\x05SummaryInformation", needed=False))).read()
        except (struct.error, IndexError, RecursionError, UnicodeError) as error:
            raise damaged(name, type(error).__name__) from error


class _Reader:
    """Reads the stories of one document."""

    def __init__(self, file: WordFile, named: str) -> None:
        self.file = file
        self.named = named
        self.properties = Properties(file)
        self.lists = read_lists(file)
        self.counted = Lists()
        self.flow = Flow()
        self.fields = Fields()
        self.fonts = _fonts(file.structure(15))
        self.revised = False
        self.notes: dict[int, str] = {}  # position: mark, "" where the text has its own
        self.mark = ""
        self.size = 0

    def read(self) -> Extracted:
        start, end = self.file.story("body")
        notes = [
            *self._notes(2, 3, "footnotes", "decimal"),
            *self._notes(46, 47, "endnotes", "lowerRoman"),
        ]
        self._story(start, end, self.flow.body)
        beside = [("box", first, last, "") for first, last in self._boxes(56, "boxes")]
        beside += [("note", *note) for note in notes]
        beside += [("margin", first, last, "") for first, last in self._margins()]
        for kind, first, last, mark in beside:
            self.fields, self.mark = Fields(), mark
            self._story(first, last, self.flow.story(kind))
        return self.flow.extracted(
            named=self.named, labels=self.counted.labels, notes=len(notes), revised=self.revised
        )

    def _notes(
        self, references: int, texts: int, story: str, way: str
    ) -> list[tuple[int, int, str]]:
        """Where the notes' texts stand and their marks; their places in the body are remembered."""
        base, end = self.file.story(story)
        places, records = plc(self.file.structure(references), 2)
        positions = _positions(self.file.structure(texts))
        found: list[tuple[int, int, str]] = []
        number = 0
        for place, record, (first, last) in zip(places, records, pairwise(positions), strict=False):
            mark = ""
            if record != b"\0\0":
                number += 1
                mark = shifted(formatted(number, way), "sup")
            self.notes[place] = mark
            found.append((min(base + first, end), min(base + last, end), mark))
        return found

    def _boxes(self, texts: int, story: str) -> list[tuple[int, int]]:
        """Where the texts of text boxes stand ([MS-DOC] 2.8.32), spare ones left out."""
        base, end = self.file.story(story)
        positions, records = plc(self.file.structure(texts), 22)
        return [
            (min(base + first, end), min(base + last, end))
            for (first, last), record in zip(pairwise(positions), records, strict=False)
            if record[8:10] == b"\0\0" and first < last
        ][:_MOST_STORIES]

    def _margins(self) -> list[tuple[int, int]]:
        """Running heads and feet; the first six stories are the lines over notes ([MS-DOC] 2.8.22)."""
        base, end = self.file.story("headers")
        positions = _positions(self.file.structure(11))
        spans = [
            (min(base + first, end), min(base + last, end))
            for first, last in list(pairwise(positions))[6 : 6 + _MOST_STORIES]
            if first < last
        ]
        return [*spans, *self._boxes(58, "header_boxes")]

    def _story(self, start: int, end: int, into: Pieces) -> None:
        tables = _Tables(into)
        pending = ""
        while start < end:
            match = _PARAGRAPH.search(self.file.text, start, end)
            stop = match.start() if match else end
            paragraph = self.properties.paragraph(min(stop, end - 1))
            box = tables.at(min(paragraph.depth, _DEEPEST_TABLE))
            text, joined = self._text(start, stop, paragraph)
            pending += text
            if paragraph.ends_row:
                tables.end_row(paragraph)
                pending = ""
            else:
                ends_cell = bool(match and match[0] == "\x07") or paragraph.ends_cell
                if not joined or ends_cell or stop + 1 >= end:
                    box.extend([PARAGRAPH_END, pending, PARAGRAPH_END])
                    if box is self.flow.body:
                        title = self.properties.is_title(paragraph.style)
                        self.flow.head_line(pending, title, paragraph.centred, str(self.size))
                    pending = ""
                if ends_cell:
                    tables.end_cell()
            start = stop + 1
        tables.at(0)

    def _text(self, start: int, stop: int, paragraph: Paragraph) -> tuple[str, bool]:
        """A paragraph's text with its number, and whether its end is deleted."""
        out: list[str] = []
        joined = False
        self.size = 0
        for first, last, look in self.properties.looks(start, stop + 1, paragraph.style):
            if first <= stop < last:
                joined = look.deleted
                last = stop
            self.revised |= look.deleted or look.inserted
            if look.deleted or look.hidden:
                self._skip(first, last)
                continue
            out.append(self._run(first, last, look))
            if not self.size and out[-1].strip():
                self.size = look.size
        text = "".join(out)
        if not (joined and not text) and not paragraph.ends_row:
            text = self._label(paragraph) + text
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"), joined

    def _label(self, paragraph: Paragraph) -> str:
        found = self.lists.get(paragraph.list)
        return self.counted.label(str(paragraph.list), found, paragraph.level) if found else ""

    def _skip(self, start: int, stop: int) -> None:
        """Text that is not shown may still open and close fields."""
        for sign in _FIELD.findall(self.file.text[start:stop]):
            self._field(sign)

    def _field(self, sign: str) -> str:
        if sign == "\x13":
            self.fields.begin()
        elif sign == "\x14":
            self.fields.separate()
        else:
            return self.fields.end()
        return ""

    def _run(self, start: int, stop: int, look: Look) -> str:
        out: list[str] = []
        at = start
        for part in _FIELD.split(self.file.text[start:stop]):
            if part in ("\x13", "\x14", "\x15") and part:
                out.append(self._field(part))
            elif not self.fields.showing:
                self.fields.code(part)
            elif look.sign is not None and part:
                font, code = look.sign
                out.append(symbol(self.fonts.get(font, ""), code) * len(part))
            elif part == "\x02" and look.special:
                out.append(self.notes.get(at, self.mark))
            elif part:
                if look.special:
                    part = part.replace("\x02", "").replace("(", "")
                shown = part.translate(OURS).translate(_SHOWN)
                out.append(shifted(shown, look.raised) if look.raised else shown)
            at += len(part)
        return "".join(out)


class _Tables:
    """The tables that are open at a place of a story, one within the other."""

    def __init__(self, outside: Pieces) -> None:
        self._outside = outside
        self._rows: list[list[Row]] = []
        self._cells: list[list[Pieces]] = []
        self._open: list[Pieces] = []

    def at(self, depth: int) -> Pieces:
        """Where text goes that stands in `depth` tables; deeper ones end."""
        while len(self._rows) > depth:
            rows, cells, open_ = self._rows.pop(), self._cells.pop(), self._open.pop()
            if open_:
                cells.append(open_)
            if cells:
                rows.append(Row(cells))
            box = self._open[-1] if self._open else self._outside
            box.extend(table_of(rows).pieces())
        while len(self._rows) < depth:
            self._rows.append([])
            self._cells.append([])
            self._open.append([])
        return self._open[-1] if self._open else self._outside

    def end_cell(self) -> None:
        """The cell ends."""
        if self._cells:
            self._cells[-1].append(self._open[-1])
            self._open[-1] = []

    def end_row(self, paragraph: Paragraph) -> None:
        """The row ends, with what its end says of it."""
        if self._rows:
            self._rows[-1].append(read_row(self._cells[-1], paragraph.row))
            self._cells[-1] = []


def _positions(data: bytes) -> list[int]:
    count = len(data) // 4
    return list(struct.unpack_from(f"<{count}I", data))


def _fonts(data: bytes) -> dict[int, str]:
    """The names of the fonts by their number ([MS-DOC] 2.9.286, 2.9.80)."""
    fonts: dict[int, str] = {}
    at = 4
    for number in range(int.from_bytes(data[:2], "little")):
        if at >= len(data):
            break
        size = data[at] + 1
        name = data[at + 40 : at + size]
        fonts[number] = name[: len(name) // 2 * 2].decode("utf-16-le", "replace").split("\0")[0]
        at += size
    return fonts


def _title(data: bytes) -> str:
    """The title in a summary stream ([MS-OLEPS] 2.21), or ""; olefile may read a damaged one without end."""
    try:
        start = struct.unpack_from("<I", data, 44)[0]
        count = struct.unpack_from("<I", data, start + 4)[0]
        places = dict(
            struct.unpack_from("<II", data, start + 8 + 8 * i) for i in range(min(count, 64))
        )
        page = struct.unpack_from("<H", data, start + places[1] + 4)[0] if 1 in places else 936
        kind, size = struct.unpack_from("<II", data, start + places[2])
        first = start + places[2] + 8
    except (struct.error, KeyError):
        return ""
    if kind == 31:
        page, size = 1200, 2 * size
    encoding = {65001: "utf-8", 1200: "utf-16-le", 950: "big5"}.get(page, "gb18030")
    title = data[first : first + min(size, 2_000)].decode(encoding, "replace")
    return " ".join(title.split("\0")[0].split())
