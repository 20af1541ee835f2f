"""Web pages: what a reader sees, block by block, table cells parted by tabs.

Official documents are mostly published as web pages. lxml reads them as a stream of events, which
takes pages nested without end and unclosed tags in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from qa_bot.ingest.source import PARAGRAPH_END
from qa_bot.text import Span

__all__ = ["declared_encoding", "looks_like_html", "read_html"]

_HTML = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<meta\s|<(?:p|div|table|span|br|h[1-6])[\s/>]",
    re.IGNORECASE,
)
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{3,20})", re.IGNORECASE
)
_LOOK_AT = 4096
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main",
    "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead",
    "tr", "ul",
))  # fmt: skip
# Not shown to a reader, or not text.
_HIDDEN = frozenset((
    "head", "iframe", "noscript", "object", "script", "select", "style", "template", "textarea",
))  # fmt: skip
_VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
    "source", "track", "wbr",
))  # fmt: skip
_MENUS = frozenset(["aside", "footer", "header", "menu", "nav"])
# Where the document proper stands, by the names that governments' publishing systems give it: the first
# is that of www.gov.cn, TRS_Editor and zoom are those of most provinces and cities.
_CONTENT = frozenset((
    "ucap-content", "trs_editor", "zoom", "zoomcon", "article-content", "articlecontent",
    "content_text", "view_content", "pages_content", "article_con", "con_text", "xxgk_content",
    "arti_content", "bt_content", "info-content",
))  # fmt: skip
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_SITE = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+")  # …的通知_政府信息公开专栏
_LARGEST_SPAN = 200
_DEEPEST_TABLE = 4


def looks_like_html(data: bytes) -> bool:
    """Whether the first bytes of a file are a web page's."""
    start = data[:_LOOK_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and bool(_HTML.search(start))


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page names in its head, or `None`."""
    match = _CHARSET.search(data[:_LOOK_AT])
    return match[1].decode("ascii").lower() if match else None


def read_html(markup: str) -> tuple[str, tuple[Span, ...], str | None]:
    """The text of a page, the spans of it that are menus and the like, and the page's title.

    Guarantees: every visible character of the page is in the text, in order; a block stands on lines
    of its own, ended by `PARAGRAPH_END`; a row of a data table on one line, its cells parted by tabs,
    with an empty cell for each place that a merged cell covers. Linear in time, whatever the nesting.
    """
    page = _Page()
    parser = etree.HTMLParser(target=page, huge_tree=True, no_network=True)
    # An XML declaration that names an encoding is refused for text already decoded.
    parser.feed(re.sub(r"^\s*<\?xml[^>]*\?>", "", markup).replace("\0", ""))
    parser.close()
    return page.result()


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a region begins or ends: the document proper, or a menu."""

    region: str
    opening: bool


_Pieces = list["str | _Mark"]


@dataclass
class _Cell:
    pieces: _Pieces = field(default_factory=list)
    wide: int = 1
    high: int = 1


@dataclass
class _Table:
    rows: list[list[_Cell]] = field(default_factory=list)
    outside: _Pieces = field(default_factory=list)  # a caption, or text between rows

    def lays_out(self) -> bool:
        """Whether the table only places things: no row has two cells that hold something short."""
        return not any(
            sum(any(isinstance(p, str) and p.strip() for p in cell.pieces) for cell in row) > 1
            or any(cell.high > 1 for cell in row)
            for row in self.rows
        ) or any(
            isinstance(piece, _Mark) for row in self.rows for cell in row for piece in cell.pieces
        )


class _Page:
    """The target of lxml's events: collects the text."""

    def __init__(self) -> None:
        self.pieces: _Pieces = []
        self.tables: list[_Table] = []
        self.in_cell: list[bool] = []
        self.depth = 0
        self.hidden_at: int | None = None
        self.regions: list[tuple[int, str]] = []
        self.preformatted: list[int] = []
        self.in_title = False
        self.title = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        tag = tag.lower()
        if tag not in _VOID:
            self.depth += 1
        if tag == "title" and not self.title:
            self.in_title = True
        if self.hidden_at is None and tag not in _VOID and _is_hidden(tag, attributes):
            self.hidden_at = self.depth
        if self.hidden_at is not None:
            return
        if tag == "table" and len(self.tables) < _DEEPEST_TABLE:
            self.tables.append(_Table())
            self.in_cell.append(False)
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
            self.in_cell[-1] = False
        elif tag in ("td", "th") and self.tables:
            if not self.tables[-1].rows:
                self.tables[-1].rows.append([])
            wide, high = (_span(attributes, name) for name in ("colspan", "rowspan"))
            self.tables[-1].rows[-1].append(_Cell(wide=wide, high=high))
            self.in_cell[-1] = True
        elif tag == "br":
            self._box().append("\n")
        elif tag in _BLOCKS:
            self._box().append(PARAGRAPH_END)
        if tag == "pre":
            self.preformatted.append(self.depth)
        names = {attributes.get("id", "").lower(), *attributes.get("class", "").lower().split()}
        if tag not in _VOID:
            if tag in ("article", "main") or names & _CONTENT:
                self._open("content")
            elif tag in _MENUS:
                self._open("menu")

    def end(self, tag: str) -> None:
        """An element ends."""
        tag = tag.lower()
        if tag in _VOID:
            return
        if tag == "title":
            self.in_title = False
        if self.hidden_at is None:
            self._end_shown(tag)
        elif self.hidden_at == self.depth:
            self.hidden_at = None
        self.depth -= 1

    def data(self, text: str) -> None:
        """Text between tags."""
        if self.in_title:
            self.title += text
        if self.hidden_at is None:
            # A paragraph separator of the page's own would be taken for ours.
            text = text.replace(PARAGRAPH_END, "\n")
            self._box().append(text if self.preformatted else _SPACES.sub(" ", text))

    def comment(self, text: str) -> None:
        """Not shown to a reader."""

    def close(self) -> None:
        """Lxml asks for it; `result` gives the text."""

    def result(self) -> tuple[str, tuple[Span, ...], str | None]:
        """The page's text, asides and title."""
        while self.tables:
            self._end_table()
        text, regions = _assemble(self.pieces)
        widest = max(regions["content"], key=lambda span: span[1] - span[0], default=None)
        asides = regions["menu"]
        if widest and text[slice(*widest)].strip():
            within = [(a, b) for a, b in asides if widest[0] <= a and b <= widest[1]]
            asides = [(0, widest[0]), *within, (widest[1], len(text))]
        title = _SITE.split(" ".join(self.title.split()))[0] or None
        return text, tuple(span for span in asides if text[slice(*span)].strip()), title

    def _end_shown(self, tag: str) -> None:
        if self.regions and self.regions[-1][0] == self.depth:
            self._box().append(_Mark(self.regions.pop()[1], opening=False))
        if self.preformatted and self.preformatted[-1] == self.depth:
            self.preformatted.pop()
        if tag == "table" and self.tables:
            self._end_table()
        elif tag in ("td", "th", "tr") and self.tables:
            self.in_cell[-1] = False
        elif tag in _BLOCKS:
            self._box().append(PARAGRAPH_END)

    def _open(self, region: str) -> None:
        self.regions.append((self.depth, region))
        self._box().append(_Mark(region, opening=True))

    def _box(self) -> _Pieces:
        """Where text goes now: into the open cell, the open table, or the page."""
        if not self.tables:
            return self.pieces
        table = self.tables[-1]
        return table.rows[-1][-1].pieces if self.in_cell[-1] else table.outside

    def _end_table(self) -> None:
        table = self.tables.pop()
        self.in_cell.pop()
        box = self._box()
        box.extend([PARAGRAPH_END, *table.outside])
        if table.lays_out():
            for row in table.rows:
                for cell in row:
                    box.extend([PARAGRAPH_END, *cell.pieces])
            box.append(PARAGRAPH_END)
        else:
            for line in _grid(table.rows):
                box.extend([PARAGRAPH_END, *line])
            box.append(PARAGRAPH_END)


def _is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    style = attributes.get("style", "").replace(" ", "").lower()
    return tag in _HIDDEN or "hidden" in attributes or "display:none" in style


def _span(attributes: Mapping[str, str], name: str) -> int:
    value = attributes.get(name, "1").strip()
    return min(max(int(value), 1), _LARGEST_SPAN) if value.isascii() and value.isdigit() else 1


def _grid(rows: Sequence[Sequence[_Cell]]) -> list[_Pieces]:
    """The rows of a data table as lines; each place that a merged cell covers is an empty cell."""
    lines: list[_Pieces] = []
    reaching: dict[int, int] = {}  # column: rows that a cell from above still covers
    for row in rows:
        line: _Pieces = []
        column = 0

        def covered(line: _Pieces) -> None:
            nonlocal column
            while reaching.get(column, 0) > 0:
                reaching[column] -= 1
                line.append("\t")
                column += 1

        for cell in row:
            covered(line)
            line.extend(
                piece if isinstance(piece, _Mark) else re.sub(r"\s+", " ", piece)
                for piece in cell.pieces
            )
            for place in range(cell.wide):
                line.append("\t")
                if cell.high > 1:
                    reaching[column + place] = cell.high - 1
            column += cell.wide
        covered(line)
        if line:
            line.pop()  # a tab stands between cells, not behind the last
        lines.append(line)
    return lines


def _assemble(pieces: Sequence[str | _Mark]) -> tuple[str, dict[str, list[Span]]]:
    """The text of pieces, breaks that follow each other made one, and where the regions stand."""
    out: list[str] = []
    length = 0
    at_start = True
    opened: dict[str, list[int]] = {"content": [], "menu": []}
    regions: dict[str, list[Span]] = {"content": [], "menu": []}
    for piece in pieces:
        if isinstance(piece, _Mark):
            if piece.opening:
                opened[piece.region].append(length)
            elif opened[piece.region]:
                regions[piece.region].append((opened[piece.region].pop(), length))
            continue
        if piece == PARAGRAPH_END and at_start:
            continue
        if piece:
            out.append(piece)
            length += len(piece)
            at_start = piece == PARAGRAPH_END or (at_start and piece.isspace() and piece != "\t")
    return "".join(out), regions
