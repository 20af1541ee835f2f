"""Properties of characters and paragraphs of a .doc, as far as they decide what a reader sees.

A property is a modifier (`Prl`: a code and its operand, [MS-DOC] 2.2.5); 512-byte pages (`FKP`) say which
modifiers stretches of the stream have (2.9.32, 2.9.174), the style sheet which a style has (2.9.271).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from qa_bot.ingest.doc_file import Piece, WordFile, plc

__all__ = ["Look", "Modifiers", "Paragraph", "Properties", "modifiers"]

Modifiers = list[tuple[int, bytes]]
_Page = tuple[
    list[int], list[tuple[int, Modifiers]]
]  # where runs begin; style and modifiers of each

_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
# Modifiers that a piece may name by a short number.
_SHORT = {
    0x0C: 0x260A, 0x18: 0x2416, 0x19: 0x2417, 0x41: 0x0800, 0x42: 0x0801, 0x5C: 0x083C, 0x68: 0x2A48,
    0x75: 0x0855,
}  # fmt: skip
_LONGEST_CHAIN = 12
_MOST_MODIFIERS = 5_000


@dataclass(frozen=True, slots=True)
class Look:
    """How characters look.

    Attributes:
        hidden: whether they are hidden text.
        deleted: whether a tracked change deletes them.
        inserted: whether a tracked change inserts them.
        special: whether a control character is what it stands for in Word, a picture or a sign.
        raised: "sup", "sub" or "".
        sign: font number and place of the sign that stands there.
        size: of the letters, in half points; 0 where nothing says it.
    """

    hidden: bool = False
    deleted: bool = False
    inserted: bool = False
    special: bool = False
    raised: str = ""
    sign: tuple[int, int] | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What a paragraph is.

    Attributes:
        style: its number.
        list: the number of its list from 1; 0 where it has none.
        level: its level in the list, from 0.
        depth: how many tables it stands in.
        ends_cell: whether it is the last of a cell of a table within a table.
        ends_row: whether it is the end of a table's row, which has no text.
        row: the modifiers of that row.
        centred: whether it is set in the middle.
    """

    style: int = 0
    list: int = 0
    level: int = 0
    depth: int = 0
    ends_cell: bool = False
    ends_row: bool = False
    row: tuple[tuple[int, bytes], ...] = ()
    centred: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    paragraph: Modifiers
    look: Modifiers
    base: int
    kind: int
    title: bool


def modifiers(data: bytes) -> Modifiers:
    """The modifiers of a `grpprl`; what is cut off at its end is left out."""
    found: Modifiers = []
    at = 0
    while at + 2 <= len(data) and len(found) < _MOST_MODIFIERS:
        code = data[at] | data[at + 1] << 8
        at += 2
        size = _SIZES[code >> 13]
        if not size:
            if at >= len(data):
                break
            if code == 0xD608:  # the definition of a row has two bytes of length
                size = 1 + int.from_bytes(data[at : at + 2], "little")
            elif code == 0xC615 and data[at] == 255:
                deleted = data[at + 1] if at + 1 < len(data) else 0
                added_at = at + 2 + 4 * deleted
                added = data[added_at] if added_at < len(data) else 0
                size = 3 + 4 * deleted + 3 * added
            else:
                size = 1 + data[at]
        if at + size > len(data):
            break
        found.append((code, data[at : at + size]))
        at += size
    return found


class Properties:
    """Answers what the characters and paragraphs of a file look like."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._data: bytes | None = None
        self._looks = _Pages(file, 12, _look_page)
        self._paragraphs = _Pages(file, 13, _paragraph_page)
        self._styles = _styles(file)
        self._of_style: dict[int, tuple[Look, Paragraph]] = {}

    def is_title(self, style: int) -> bool:
        """Whether a style is the title's."""
        return 0 <= style < len(self._styles) and self._styles[style].title

    def looks(self, start: int, end: int, style: int) -> Iterator[tuple[int, int, Look]]:
        """The stretches of characters in [start, end) that look alike."""
        base = self._style(style)[0]
        for first, last, at, piece in self._file.runs(start, end):
            width = 2 if piece.wide else 1
            laid = self._laid_over(piece)
            while first < last:
                found, until = self._looks.at(at)
                count = last - first if until is None else max(-(-(until - at) // width), 1)
                stop = min(first + count, last)
                yield first, stop, self._look([*found[1], *laid], base)
                at += (stop - first) * width
                first = stop

    def paragraph(self, end: int) -> Paragraph:
        """What the paragraph is whose last character stands at `end`."""
        for _, _, at, piece in self._file.runs(end, end + 1):
            (style, found), _ = self._paragraphs.at(at)
            return self._applied([*found, *self._laid_over(piece)], style)
        return Paragraph()

    def _laid_over(self, piece: Piece) -> Modifiers:
        """What a quick save laid over a piece ([MS-DOC] 2.9.209); the short form holds one modifier."""
        if not piece.modifier:
            return []
        if piece.modifier & 1:
            index = piece.modifier >> 1
            return (
                modifiers(self._file.modifiers[index]) if index < len(self._file.modifiers) else []
            )
        code = _SHORT.get(piece.modifier >> 1 & 0x7F)
        return [(code, bytes([piece.modifier >> 8]))] if code else []

    def _look(self, found: Modifiers, base: Look) -> Look:
        look = base
        for code, operand in found:
            value = operand[0] if operand else 0
            if code == 0x4A30:
                other = self._style(int.from_bytes(operand, "little"))[0]
                look = replace(
                    look, hidden=other.hidden or look.hidden, raised=other.raised or look.raised
                )
            elif code == 0x083C:
                # 0x80 is as the style has it, 0x81 the opposite.
                look = replace(
                    look, hidden=base.hidden != (value == 0x81) if value & 0x80 else bool(value)
                )
            elif code == 0x0800:
                look = replace(look, deleted=bool(value))
            elif code == 0x0801:
                look = replace(look, inserted=bool(value))
            elif code == 0x0855:
                look = replace(look, special=bool(value))
            elif code == 0x2A48:
                look = replace(look, raised={1: "sup", 2: "sub"}.get(value, ""))
            elif code == 0x4A43 and len(operand) == 2:
                look = replace(look, size=int.from_bytes(operand, "little"))
            elif code == 0x6A09 and len(operand) == 4:
                font, place = struct.unpack("<HH", operand)
                look = replace(look, sign=(font, place), special=True)
        return look

    def _applied(self, found: Modifiers, style: int, start: Paragraph | None = None) -> Paragraph:
        if start is None:
            start = replace(self._style(style)[1], style=style)
        values = {
            "list": start.list, "level": start.level, "depth": start.depth, "inner": 0, "ttp": 0, "table": 0,
            "centred": start.centred,
        }  # fmt: skip
        row: Modifiers = []
        huge = 0
        queue = list(found)
        while queue:
            code, operand = queue.pop(0)
            value = int.from_bytes(operand[:4], "little") if operand else 0
            if code in (0x6646, 0x646B) and huge < 4:
                huge += 1  # the modifiers stand in another stream ([MS-DOC] 2.6.2)
                queue[:0] = self._elsewhere(value)
            elif code == 0x260A:
                values["level"] = value & 0xFF
            elif code == 0x460B:
                values["list"] = value & 0xFFFF
            elif code in (0x2403, 0x2461):
                values["centred"] = value & 0xFF == 1
            elif code in (0x2416, 0x244B):
                values["table" if code == 0x2416 else "inner"] = value & 0xFF
            elif code in (0x2417, 0x244C):
                values["ttp"] = max(values["ttp"], value & 0xFF)
            elif code == 0x6649:
                values["depth"] = min(value, 0xFF)
            elif code == 0x664A:
                delta = value - (1 << 32) if value >> 31 else value
                values["depth"] = min(max(values["depth"] + delta, 0), 0xFF)
            elif code >> 10 & 7 == 5:
                row.append((code, operand))
        depth = max(values["depth"], 1) if values["table"] or values["ttp"] else values["depth"]
        number = values["list"]
        return Paragraph(
            start.style,
            number if number < 0x7FF else 0,
            values["level"],
            depth,
            bool(values["inner"]),
            bool(values["ttp"]),
            tuple(row),
            bool(values["centred"]),
        )

    def _elsewhere(self, at: int) -> Modifiers:
        if self._data is None:
            self._data = self._file.stream("Data", needed=False)
        if at + 2 > len(self._data):
            return []
        size = int.from_bytes(self._data[at : at + 2], "little")
        return modifiers(self._data[at + 2 : at + 2 + size])

    def _style(self, number: int) -> tuple[Look, Paragraph]:
        known = self._of_style.get(number)
        if known is not None:
            return known
        chain: list[_Style] = []
        at = number
        while 0 <= at < len(self._styles) and len(chain) < _LONGEST_CHAIN:
            chain.append(self._styles[at])
            at = chain[-1].base
        self._of_style[number] = Look(), Paragraph()  # a style that names itself stays so
        look, paragraph = Look(), Paragraph()
        for style in reversed(chain):
            plain = [one for one in style.look if one[0] != 0x4A30]
            look = self._look(plain, look)
            paragraph = self._applied(style.paragraph, number, paragraph)
        paragraph = replace(paragraph, depth=0, ends_cell=False, ends_row=False, row=())
        self._of_style[number] = look, paragraph
        return look, paragraph


class _Pages:
    """The pages that hold properties of the stream, read when asked for."""

    def __init__(self, file: WordFile, number: int, read: Callable[[bytes], _Page]) -> None:
        self._file = file
        self._read = read
        self._starts, records = plc(file.structure(number), 4)
        self._numbers = [int.from_bytes(record, "little") & 0x3F_FFFF for record in records]
        self._pages: dict[int, _Page] = {}

    def at(self, position: int) -> tuple[tuple[int, Modifiers], int | None]:
        """The properties at a place of the stream, and how far they reach (`None`: to the end)."""
        index = bisect_right(self._starts, position) - 1
        if not 0 <= index < len(self._numbers):
            following = self._starts[0] if self._starts and position < self._starts[0] else None
            return (0, []), following
        number = self._numbers[index]
        if number not in self._pages:
            page = self._file.main[number * 512 : number * 512 + 512]
            self._pages[number] = self._read(page) if len(page) == 512 else ([], [])
        starts, found = self._pages[number]
        place = bisect_right(starts, position) - 1
        if not 0 <= place < len(found):
            after = self._starts[index + 1] if index + 1 < len(self._starts) else None
            return (0, []), after if after is not None and after > position else None
        return found[place], starts[place + 1] if starts[place + 1] > position else None


def _look_page(page: bytes) -> _Page:
    count = min(page[511], 101)
    starts = list(struct.unpack_from(f"<{count + 1}I", page))
    found: list[tuple[int, Modifiers]] = []
    for index in range(count):
        at = 2 * page[4 * (count + 1) + index]
        size = page[at] if at else 0
        found.append((0, modifiers(page[at + 1 : min(at + 1 + size, 511)]) if size else []))
    return starts, found


def _paragraph_page(page: bytes) -> _Page:
    count = min(page[511], 29)
    starts = list(struct.unpack_from(f"<{count + 1}I", page))
    found: list[tuple[int, Modifiers]] = []
    for index in range(count):
        at = 2 * page[4 * (count + 1) + 13 * index]
        if not at:
            found.append((0, []))
            continue
        size = 2 * page[at] - 1
        at += 1
        if size < 0:
            size = 2 * page[at] if at < 511 else 0
            at += 1
        held = page[at : min(at + size, 511)]
        found.append((int.from_bytes(held[:2], "little"), modifiers(held[2:])))
    return starts, found


def _styles(file: WordFile) -> list[_Style]:
    """The style sheet ([MS-DOC] 2.9.271); styles after a damaged one are left out."""
    sheet = file.structure(1)
    styles: list[_Style] = []
    if len(sheet) < 6:
        return styles
    header, count, base_size = struct.unpack_from("<HHH", sheet)
    at = 2 + header
    for _ in range(min(count, 4096)):
        if at + 2 > len(sheet):
            break
        size = int.from_bytes(sheet[at : at + 2], "little")
        styles.append(_read_style(sheet[at + 2 : at + 2 + size], base_size))
        at += 2 + size
    return styles


def _read_style(data: bytes, base_size: int) -> _Style:
    empty = _Style([], [], 0xFFF, 0, False)
    if len(data) < base_size + 2 or base_size < 10:
        return empty
    first, second, third = struct.unpack_from("<HHH", data)
    kind, base, count = second & 0xF, second >> 4, third & 0xF
    at = base_size
    at += 2 + 2 * int.from_bytes(data[at : at + 2], "little") + 2
    held: list[bytes] = []
    for _ in range(min(count, 3)):
        size = int.from_bytes(data[at : at + 2], "little")
        held.append(data[at + 2 : at + 2 + size])
        at += 2 + size + (size & 1)
    title = first & 0xFFF == 62
    if kind == 1 and held:
        look = modifiers(held[1]) if len(held) > 1 else []
        return _Style(modifiers(held[0][2:]), look, base, kind, title)
    if kind == 2 and held:
        return _Style([], modifiers(held[0]), base, kind, title)
    return replace(empty, base=base, kind=kind)
