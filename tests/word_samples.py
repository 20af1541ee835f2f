"""Small Word files written by hand: .docx from XML, .doc after [MS-DOC], so that tests need no real ones."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass, field

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
OLE_SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = ("styles", "numbering", "settings", "footnotes", "endnotes")


def paragraph(*runs: str, properties: str = "") -> str:
    """A paragraph of runs of plain text, or of XML where a run begins with <."""
    inner = "".join(
        run if run.startswith("<") else f'<w:r><w:t xml:space="preserve">{run}</w:t></w:r>'
        for run in runs
    )
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def cell(*content: str, properties: str = "") -> str:
    inner = "".join(one if one.startswith("<") else paragraph(one) for one in content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def docx(body: str, extra: dict[str, bytes] | None = None, **parts: str) -> bytes:
    """A .docx whose body, styles, numbering, notes and header are the given XML.

    Args:
        body: what stands in w:body.
        extra: further members of the archive by name.
        parts: what stands in styles, numbering, settings, footnotes, endnotes, header or title.
    """
    title = parts.pop("title", "")
    relations = "".join(
        f'<Relationship Id="r_{kind}" Type="{R}/{kind}" Target="{kind}.xml"/>'
        for kind in (*_KINDS, "header")
        if kind in parts
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    members = {
        "[Content_Types].xml": f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'{head}<Relationships xmlns="{package}">'
        f'<Relationship Id="a" Type="{R}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{package}/metadata/core-properties" Target="docProps/core.xml"/></Relationships>',
        "docProps/core.xml": f'{head}<c:coreProperties xmlns:c="urn:c" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></c:coreProperties>",
        "word/_rels/document.xml.rels": f'{head}<Relationships xmlns="{package}">{relations}</Relationships>',
        "word/document.xml": f"{head}<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>",
    }
    roots = {"header": "hdr"}
    for kind, content in parts.items():
        root = roots.get(kind, kind)
        members[f"word/{kind}.xml"] = f"{head}<w:{root} {_NAMESPACES}>{content}</w:{root}>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **(extra or {})}.items():
            archive.writestr(name, content)
    return out.getvalue()


@dataclass
class Para:
    """A paragraph of a .doc: runs of text with their modifiers, its own modifiers, and what ends it."""

    runs: list[tuple[str, bytes]]
    modifiers: bytes = b""
    end: str = "\r"


@dataclass
class Doc:
    """What a .doc holds.

    Attributes:
        body: its paragraphs.
        headers: running heads of the first section.
        boxes: texts of text boxes.
        notes: texts of footnotes; a run "\\x02" with the modifier for special characters refers to each.
        levels: formats and texts of the one list there is, such as (39, "第\\0条").
        title: of the summary.
    """

    body: list[Para]
    headers: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    levels: list[tuple[int, str]] = field(default_factory=list)
    flags: int = 0
    version: int = 0xC1


HIDDEN, DELETED, SPECIAL, RAISED = (
    struct.pack("<HB", code, value)
    for code, value in ((0x083C, 1), (0x0800, 1), (0x0855, 1), (0x2A48, 1))
)
CENTRED = struct.pack("<HB", 0x2403, 1)
IN_TABLE = struct.pack("<HB", 0x2416, 1)


def in_list(level: int = 0) -> bytes:
    return struct.pack("<HBHH", 0x260A, level, 0x460B, 1)


def row_end(edges: list[int], merges: dict[int, int] | None = None) -> Para:
    """The end of a row whose cells have these edges; `merges`: 0x20 goes on from above, 0x60 begins."""
    count = len(edges) - 1
    definition = bytes([count]) + struct.pack(f"<{count + 1}h", *edges)
    for index in range(count):
        definition += struct.pack("<H", (merges or {}).get(index, 0)) + bytes(18)
    operand = struct.pack("<HH", 0xD608, len(definition) + 1) + definition
    return Para([], IN_TABLE + struct.pack("<HB", 0x2417, 1) + operand, "\x07")


def doc(content: Doc) -> bytes:
    """A Word 97 file with the given stories, in one piece of text."""
    base = 0x800
    stories = {"body": content.body}
    stories["notes"] = [Para([("\x02", SPECIAL), (text, b"")]) for text in content.notes]
    stories["headers"] = [Para([(text, b"")]) for text in content.headers]
    stories["boxes"] = [Para([(text, b"")]) for text in content.boxes]
    text = ""
    looks: list[tuple[int, bytes]] = []
    papers: list[tuple[int, bytes]] = []
    counts: dict[str, int] = {}
    starts: dict[str, list[int]] = {}
    references: list[int] = []
    for name, paragraphs in stories.items():
        begin = len(text)
        starts[name] = []
        for one in paragraphs:
            starts[name].append(len(text) - begin)
            for run, modifiers in one.runs:
                if name == "body" and run == "\x02":
                    references.append(len(text))
                looks.append((len(text), modifiers))
                text += run
            looks.append((len(text), b""))
            text += one.end
            papers.append((len(text), one.modifiers))
        starts[name].append(len(text) - begin)
        counts[name] = len(text) - begin
    encoded = text.encode("utf-16-le", "surrogatepass")
    main = bytearray(base) + encoded
    main += bytes(-len(main) % 512)
    structures: dict[int, bytes] = {}
    for number, pages in (
        (12, _look_pages(looks, len(text), base)),
        (13, _paragraph_pages(papers, base)),
    ):
        firsts, numbers = [], []
        for first, page in pages:
            firsts.append(first)
            numbers.append(len(main) // 512)
            main += page
        edges = [*firsts, base + len(encoded)]
        structures[number] = struct.pack(f"<{len(edges)}I", *edges) + struct.pack(
            f"<{len(numbers)}I", *numbers
        )
    piece = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, base, 0)
    structures[33] = b"\2" + struct.pack("<I", len(piece)) + piece
    if content.headers:
        edges = [0] * 6 + starts["headers"]
        structures[11] = struct.pack(f"<{len(edges) + 1}I", *edges, counts["headers"])
    if content.boxes:
        edges = starts["boxes"]
        structures[56] = struct.pack(f"<{len(edges)}I", *edges) + bytes(22 * (len(edges) - 1))
    if content.notes:
        edges = starts["notes"]
        structures[3] = struct.pack(f"<{len(edges)}I", *edges)
        structures[2] = struct.pack(
            f"<{len(references) + 1}I", *references, counts["body"]
        ) + b"\1\0" * len(references)
    levels = b""
    if content.levels:
        simple = len(content.levels) == 1
        head = struct.pack("<hii", 1, 7, 0) + bytes(18) + bytes([int(simple), 0])
        for way, shown in (content.levels * 9)[: 1 if simple else 9]:
            places = bytes(index + 1 for index, char in enumerate(shown) if ord(char) < 9)
            levels += struct.pack(
                "<iBB9sBiiBBBB", 1, way, 0, places.ljust(9, b"\0"), 2, 0, 0, 0, 0, 0, 0
            )
            levels += struct.pack("<H", len(shown)) + shown.encode("utf-16-le")
        structures[73] = head
        structures[74] = struct.pack("<ii", 1, 7) + bytes(12) + struct.pack("<I", 0xFFFFFFFF)
    tables = bytearray()
    pairs = []
    for number in range(93):
        held = structures.get(number, b"")
        pairs.append(struct.pack("<II", len(tables) if held else 0, len(held)))
        tables += held
        if number == 73:
            tables += levels
    header = struct.pack(
        "<HHHHHHI", 0xA5EC, content.version, 0, 0x804, 0, 0x0200 | content.flags, 0
    )
    header = header.ljust(0x20, b"\0") + struct.pack("<H", 14) + bytes(28) + struct.pack("<H", 22)
    longs = [0] * 22
    longs[3], longs[4], longs[5], longs[9] = (
        counts[name] for name in ("body", "notes", "headers", "boxes")
    )
    header += struct.pack("<22I", *longs) + struct.pack("<H", 93) + b"".join(pairs)
    main[: len(header)] = header
    return ole({"WordDocument": bytes(main), "1Table": bytes(tables)})


def _look_pages(looks: list[tuple[int, bytes]], length: int, base: int) -> list[tuple[int, bytes]]:
    pages = []
    for at in range(0, len(looks), 40):
        some = looks[at : at + 40]
        end = looks[at + 40][0] if at + 40 < len(looks) else length
        page = bytearray(512)
        edges = [base + 2 * start for start, _ in some] + [base + 2 * end]
        page[: 4 * len(edges)] = struct.pack(f"<{len(edges)}I", *edges)
        free = 510
        for index, (_, modifiers) in enumerate(some):
            if modifiers:
                free = (free - len(modifiers) - 1) // 2 * 2
                page[free : free + 1 + len(modifiers)] = bytes([len(modifiers)]) + modifiers
                page[4 * len(edges) + index] = free // 2
        page[511] = len(some)
        pages.append((edges[0], bytes(page)))
    return pages


def _paragraph_pages(papers: list[tuple[int, bytes]], base: int) -> list[tuple[int, bytes]]:
    pages = []
    start = 0
    for at in range(0, len(papers), 3):
        some = papers[at : at + 3]
        page = bytearray(512)
        edges = [base + 2 * edge for edge in (start, *(end for end, _ in some))]
        page[: 4 * len(edges)] = struct.pack(f"<{len(edges)}I", *edges)
        free = 510
        for index, (_, modifiers) in enumerate(some):
            held = bytes(2) + modifiers
            held = (
                bytes([0, len(held) // 2]) + held
                if len(held) % 2 == 0
                else bytes([(len(held) + 1) // 2]) + held
            )
            free = (free - len(held)) // 2 * 2
            page[free : free + len(held)] = held
            page[4 * len(edges) + 13 * index] = free // 2
        page[511] = len(some)
        pages.append((edges[0], bytes(page)))
        start = some[-1][0]
    return pages


def ole(streams: dict[str, bytes]) -> bytes:
    """An OLE2 container ([MS-CFB]) with these streams, all in sectors of 512 bytes."""
    chains: list[int] = []
    content = b""
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, data in streams.items():
        data = data.ljust(4096, b"\0")
        size = len(data)
        data += bytes(-size % 512)
        first = len(chains)
        chains += [*range(first + 1, first + len(data) // 512), 0xFFFFFFFE]
        content += data
        entries.append((name, 2, first, size))
    directory = len(chains)
    chains += [0xFFFFFFFE]
    table = len(chains)
    sectors = -(-(len(chains) + 8) // 128)
    chains += [0xFFFFFFFD] * sectors
    folder = b""
    for index, (name, kind, first, size) in enumerate(entries):
        raw = name.encode("utf-16-le") + b"\0\0"
        right = index + 1 if 0 < index < len(entries) - 1 else 0xFFFFFFFF
        below = 1 if index == 0 and len(entries) > 1 else 0xFFFFFFFF
        folder += raw.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, right, below
        )
        folder += bytes(36) + struct.pack("<IQ", first, size)
    folder = folder.ljust(512, b"\0")
    allocation = struct.pack(f"<{len(chains)}I", *chains).ljust(512 * sectors, b"\xff")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack(
        "<IIIIIIIII", 0, sectors, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    places = [*range(table, table + sectors)]
    header += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - len(places)))
    return header + content + folder + allocation
