"""Sets a text on pages, with rules around its tables, and writes it as PDF or OFD."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 595.0, 842.0
POINTS_PER_MM = 72 / 25.4
_SHORT = 26
_STOPS = "。；：，、,;:"
_NUMBERED = re.compile(
    r"^(?:第[一二三四五六七八九十百]+[章节条]|[一二三四五六七八九十]+、|[（(]|\d)"
)
Measure = Callable[[str, float], float]


@dataclass
class Text:
    x: float
    baseline: float
    size: float
    text: str


@dataclass
class Page:
    texts: list[Text] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)


def plain_width(text: str, size: float) -> float:
    return sum(0.5 if char.isascii() else 1.0 for char in text) * size


@dataclass
class Setter:
    """Sets paragraphs and tables one below the other, in one or two columns.

    A line of the text is a paragraph whose first line is indented, or, where it is short and no sentence,
    a line in the middle. Blank lines stay, but not at the
    top of a page; three and more are a new page. A table's cell that is empty, with nothing but empty ones to its left, is one with the
    cell above.
    """

    measure: Measure = plain_width
    size: float = 10.5
    table_size: float = 7.5
    pitch: float = 16.0
    margin: float = 72.0
    columns: int = 1
    gutter: float = 24.0
    indent: int = 2
    head: str = "温州市人民政府公报  2019年第4期"
    first_number: int = 1
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.column, self.now = 0, 1
        self.y = self.margin
        self._new_page()

    @property
    def wide(self) -> float:
        return (WIDTH - 2 * self.margin - (self.now - 1) * self.gutter) / self.now

    @property
    def left(self) -> float:
        return self.margin + self.column * (self.wide + self.gutter)

    def _new_page(self) -> None:
        self.pages.append(Page())
        page, number = self.pages[-1], len(self.pages) - 1 + self.first_number
        page.texts.append(Text(self.margin, 50.0, 9.0, self.head))
        label = f"— {number} —"
        page.texts.append(Text(WIDTH / 2 - self.measure(label, 9.0) / 2, HEIGHT - 36.0, 9.0, label))
        self.column, self.y = 0, self.margin + self.pitch

    def _room(self, high: float) -> None:
        if self.y + high <= HEIGHT - self.margin:
            return
        if self.column + 1 < self.now:
            self.column, self.y = self.column + 1, self.margin + self.pitch
        else:
            self._new_page()

    def set(self, text: str, going_on: Collection[int] = ()) -> list[Page]:
        """Set a text.

        Args:
            text: to set.
            going_on: where lines begin that go on with the paragraph above: the text was taken from pages
                itself, which broke it.
        """
        rows: list[list[str]] = []
        gap = 0
        start = 0
        blocks = iter(re.split(r"\n(?:[ \t]*\n){3,}", text))
        self._columns_for(next(blocks))
        for line in text.split("\n"):
            at = start + len(line) - len(line.lstrip())
            start += len(line) + 1
            if "\t" in line:
                rows.append([cell.strip() for cell in line.split("\t")])
                continue
            if rows:
                self._table(rows)
                rows = []
            if not line.strip():
                gap += 1
                continue
            if gap >= 3 and self.y > self.margin + self.pitch:
                self._columns_for(next(blocks, ""))
                self._new_page()
            self._paragraph(line.strip(), gap, at in going_on)
            gap = 0
        if rows:
            self._table(rows)
        return self.pages

    def _wrap(self, text: str, size: float, wide: float, indent: float = 0.0) -> list[str]:
        lines, line, used = [], "", indent
        for char in text:
            step = self.measure(char, size)
            if line and used + step > wide + 0.01:
                lines.append(line)
                line, used = "", 0.0
            line += char
            used += step
        return [*lines, line]

    def _columns_for(self, block: str) -> None:
        """Only prose is set in several columns: covers and contents are not."""
        prose = max(map(len, block.split("\n"))) > 150
        self.now = self.columns if prose else 1

    def _paragraph(self, text: str, gap: int, goes_on: bool) -> None:
        short = len(text) < _SHORT and text[-1] not in _STOPS and not _NUMBERED.match(text)
        indent = self.indent * self.size
        if short:
            indent = max(0.0, (self.wide - self.measure(text, self.size)) / 2)
        if goes_on and not short:
            indent = 0.0
        lines = self._wrap(text, self.size, self.wide, indent)
        if self.y > self.margin + self.pitch:
            self.y += min(gap, 2) * self.pitch
        for index, line in enumerate(lines):
            self._room(0)
            x = self.left + (0 if index else indent)
            self.pages[-1].texts.append(Text(x, self.y, self.size, line))
            self.y += self.pitch

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        wide = max(len(row) for row in rows)
        rows = [[*row, *[""] * (wide - len(row))] for row in rows]
        weights = [
            min(max(max(self.measure(row[c], 1.0) for row in rows), 3.0), 24.0) for c in range(wide)
        ]
        scale = self.wide / sum(weights)
        edges = [0.0]
        for weight in weights:
            edges.append(edges[-1] + weight * scale)
        pitch = self.table_size * 1.35
        self.y += 0.5 * self.pitch
        start = True
        for index, row in enumerate(rows):
            cells = [
                self._wrap(cell, self.table_size, edges[c + 1] - edges[c] - 4.0)
                for c, cell in enumerate(row)
            ]
            high = max(len(cell) for cell in cells) * pitch + 4.0
            pages = len(self.pages), self.column
            self._room(high)
            start = start or pages != (len(self.pages), self.column)
            page, top, left = self.pages[-1], self.y - self.size, self.left
            for c, cell in enumerate(cells):
                joined = index > 0 and not start and not any(row[: c + 1])
                if not joined:
                    page.rules.append((left + edges[c], top, left + edges[c + 1], top))
                if row[c]:
                    for number, line in enumerate(cell):
                        at = top + 2.0 + (number + 0.9) * pitch
                        page.texts.append(Text(left + edges[c] + 2.0, at, self.table_size, line))
            page.rules.extend((left + x, top, left + x, top + high) for x in edges)
            page.rules.append((left, top + high, left + edges[-1], top + high))
            # The lower line belongs to the row only where nothing is joined across it.
            below = rows[index + 1] if index + 1 < len(rows) else None
            if below is not None and not below[0]:
                page.rules.pop()
                free = next((c for c in range(wide) if below[c]), 0)
                page.rules.append((left + edges[free], top + high, left + edges[-1], top + high))
                self._closing = (left, top + high, left + edges[free], top + high)
                if self.y + high + self._height(below, edges) > HEIGHT - self.margin:
                    page.rules.append(self._closing)
            self.y += high
            start = False
        self.y += self.pitch

    def _height(self, row: Sequence[str], edges: Sequence[float]) -> float:
        pitch = self.table_size * 1.35
        return 4.0 + pitch * max(
            len(self._wrap(cell, self.table_size, edges[c + 1] - edges[c] - 4.0))
            for c, cell in enumerate(row)
        )


def pdf_measure() -> Measure:
    """The widths of STSong-Light, which reportlab knows without a font file."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return lambda text, size: pdfmetrics.stringWidth(text, "STSong-Light", size)


def to_pdf(pages: Sequence[Page], **options: object) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    pdf_measure()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, **options)
    for page in pages:
        canvas.setLineWidth(0.5)
        for left, top, right, bottom in page.rules:
            canvas.line(left, HEIGHT - top, right, HEIGHT - bottom)
        for text in page.texts:
            canvas.setFont("STSong-Light", text.size)
            canvas.drawString(text.x, HEIGHT - text.baseline, text.text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def ofd_page(page: Page, before: str = "") -> str:
    """The XML of a page; lengths are millimetres."""
    mm = 1 / POINTS_PER_MM
    objects = [before]
    for number, (left, top, right, bottom) in enumerate(page.rules, start=1000):
        objects.append(
            f'<ofd:PathObject ID="{number}" Boundary="{left * mm:.4f} {top * mm:.4f} '
            f'{(right - left) * mm + 0.2:.4f} {(bottom - top) * mm + 0.2:.4f}" LineWidth="0.2">'
            f"<ofd:AbbreviatedData>M 0 0 L {(right - left) * mm:.4f} {(bottom - top) * mm:.4f}"
            "</ofd:AbbreviatedData></ofd:PathObject>"
        )
    for number, text in enumerate(page.texts, start=100000):
        size = text.size * mm
        steps = " ".join(f"{plain_width(char, size):.4f}" for char in text.text[:-1])
        delta = f" DeltaX={quoteattr(steps)}" if steps else ""
        objects.append(
            f'<ofd:TextObject ID="{number}" Boundary="{text.x * mm:.4f} '
            f'{(text.baseline - text.size) * mm:.4f} {plain_width(text.text, size):.4f} {size:.4f}" '
            f'Font="1" Size="{size:.4f}"><ofd:TextCode X="0" Y="{size:.4f}"{delta}>'
            f"{escape(text.text)}</ofd:TextCode></ofd:TextObject>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Area><ofd:PhysicalBox>'
        f"0 0 {WIDTH * mm:.4f} {HEIGHT * mm:.4f}</ofd:PhysicalBox></ofd:Area>"
        f'<ofd:Content><ofd:Layer ID="2">{"".join(objects)}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def to_ofd(pages: Sequence[Page], title: str = "") -> bytes:
    return ofd_of([ofd_page(page) for page in pages], title=title)


def ofd_of(
    pages: Sequence[str],
    *,
    title: str = "",
    root: str = "Doc_0/Document.xml",
    locations: Sequence[str] = (),
    common: str = "",
    more: str = "",
    members: dict[str, str | bytes] | None = None,
) -> bytes:
    """An OFD file of pages given as XML, with what else a test wants in it."""
    listed = "".join(
        f'<ofd:Page ID="{index + 1}" BaseLoc={quoteattr(where)}/>'
        for index, where in enumerate(
            locations or [f"Pages/Page_{index}/Content.xml" for index in range(len(pages))]
        )
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    files: dict[str, str | bytes] = {
        "OFD.xml": f'{head}<ofd:OFD {space} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>0</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title></ofd:DocInfo>"
        f"<ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"{head}<ofd:Document {space}><ofd:CommonData><ofd:PageArea>"
        f"<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>{more}</ofd:Document>",
        **{f"Doc_0/Pages/Page_{index}/Content.xml": page for index, page in enumerate(pages)},
        **(members or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
