"""Web pages: what a reader sees, block by block, table cells parted by tabs.

Official documents are mostly published as web pages. lxml reads them as a stream of events, which
takes pages nested without end and unclosed tags in linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from lxml import etree

from qa_bot.ingest.grid import Cell, Mark, Pieces, Table, assemble
from qa_bot.ingest.signs import OURS, shifted
from qa_bot.ingest.source import LIST_ITEM, PARAGRAPH_END
from qa_bot.text import Span, is_cjk

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
    "arti_content", "bt_content", "info-content", "fontzoom", "v_news_content", "trs_ueditor",
    "detail-con", "detail_con", "detail-content", "content", "con", "article", "main-content",
    "news_content", "newscontent", "wp_articlecontent", "xl_content", "gsj_content", "textcontent",
))  # fmt: skip
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_TITLE_NAMES = frozenset(("articletitle", "og:title", "dc.title", "title"))
_SITE = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+")  # …的通知_政府信息公开专栏
_SEEN = re.compile(r"\S")
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


def read_html(markup: str) -> tuple[str, tuple[Span, ...], tuple[str, ...]]:
    """The text of a page, the spans of it that are menus and the like, and what it calls itself.

    Guarantees: every visible character of the page is in the text, in order; a block stands on lines
    of its own, ended by `PARAGRAPH_END`; a row of a data table on one line, its cells parted by tabs,
    with a cell for each place that a merged cell covers. Only digits raised or lowered (m<sup>2</sup>)
    become the characters that look so. Linear in time, whatever the nesting, but for tags that are
    closed in the wrong order by the ten thousand (libxml2).
    """
    page = _Page()
    parser = etree.HTMLParser(target=page, huge_tree=True, no_network=True)
    # An XML declaration that names an encoding is refused for text already decoded.
    parser.feed(re.sub(r"^\s*<\?xml[^>]*\?>", "", markup).replace("\0", ""))
    parser.close()
    return page.result()


class _Page:
    """The target of lxml's events: collects the text."""

    def __init__(self) -> None:
        self.pieces: Pieces = []
        self.tables: list[Table] = []
        self.table_depths: list[int] = []
        self.in_cell: list[bool] = []
        self.depth = 0
        self.hidden_at: int | None = None
        self.regions: list[tuple[int, str]] = []
        self.preformatted: list[int] = []
        self.lists: list[int] = []  # depths of the lists that are open
        self.raised: list[str] = []
        self.in_title = False
        self.heading_at: int | None = None
        self.title = ""
        self.titles: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        tag = tag.lower()
        if tag not in _VOID:
            self.depth += 1
        if tag == "title" and not self.title:
            self.in_title = True
        if tag == "meta" and (
            attributes.get("name") or attributes.get("property") or ""
        ).lower() in (_TITLE_NAMES):
            self.titles.insert(0, attributes.get("content") or "")
        if self.hidden_at is None and tag not in _VOID and _is_hidden(tag, attributes):
            self.hidden_at = self.depth
        if self.hidden_at is not None:
            return
        if tag == "table" and len(self.tables) < _DEEPEST_TABLE:
            self.tables.append(Table())
            self.table_depths.append(self.depth)
            self.in_cell.append(False)
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
            self.in_cell[-1] = False
        elif tag in ("td", "th") and self.tables:
            if not self.tables[-1].rows:
                self.tables[-1].rows.append([])
            wide, high = (_span(attributes, name) for name in ("colspan", "rowspan"))
            self.tables[-1].rows[-1].append(Cell(wide=wide, high=high))
            self.in_cell[-1] = True
        elif tag == "br":
            self._box().append("\n")
        elif tag in _BLOCKS:
            self._box().append(PARAGRAPH_END)
        if tag in ("ol", "ul"):
            self.lists.append(self.depth)
        elif tag == "li" and self.lists:
            self._box().append(LIST_ITEM * min(len(self.lists), 3))
        elif tag in ("sup", "sub"):
            self.raised.append(tag)
        elif tag == "h1" and self.heading_at is None:
            self.heading_at = self.depth
            self.titles.append("")
        if tag == "pre":
            self.preformatted.append(self.depth)
        named = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
        names = set(named.lower().split())
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
            text = text.translate(OURS)
            if self.raised:
                text = shifted(text, self.raised[-1])
            if self.heading_at is not None:
                self.titles[-1] += text
            if self.tables and self.tables[-1].rows and not self.in_cell[-1] and text.strip():
                self.tables[-1].rows.append([Cell()])  # text between rows stays in its place
                self.in_cell[-1] = True
            self._box().append(text if self.preformatted else _SPACES.sub(_blank, text))

    def comment(self, text: str) -> None:
        """Not shown to a reader."""

    def close(self) -> None:
        """Lxml asks for it; `result` gives the text."""

    def result(self) -> tuple[str, tuple[Span, ...], tuple[str, ...]]:
        """The page's text, asides and title."""
        while self.tables:
            self._end_table()
        text, regions = assemble(self.pieces)
        asides = _merged(regions["menu"])
        content = _content(text, regions["content"])
        if content:
            within = [(a, b) for a, b in asides if content[0] <= a and b <= content[1]]
            asides = [(0, content[0]), *within, (content[1], len(text))]
        titles = [*self.titles, *_SITE.split(" ".join(self.title.split()))]
        clean = dict.fromkeys(" ".join(title.split()) for title in titles)
        return (
            text,
            tuple(span for span in asides if text[slice(*span)].strip()),
            tuple(title for title in clean if title),
        )

    def _end_shown(self, tag: str) -> None:
        if self.regions and self.regions[-1][0] == self.depth:
            self._box().append(Mark(self.regions.pop()[1], opening=False))
        if self.preformatted and self.preformatted[-1] == self.depth:
            self.preformatted.pop()
        if self.lists and self.lists[-1] == self.depth:
            self.lists.pop()
        if self.raised and tag == self.raised[-1]:
            self.raised.pop()
        if self.heading_at == self.depth:
            self.heading_at = None
        if tag == "table" and self.table_depths and self.table_depths[-1] == self.depth:
            self._end_table()
        elif tag in ("td", "th", "tr") and self.tables:
            self.in_cell[-1] = False
        elif tag in _BLOCKS:
            self._box().append(PARAGRAPH_END)

    def _open(self, region: str) -> None:
        self.regions.append((self.depth, region))
        self._box().append(Mark(region, opening=True))

    def _box(self) -> Pieces:
        """Where text goes now: into the open cell, the open table, or the page."""
        if not self.tables:
            return self.pieces
        table = self.tables[-1]
        return table.rows[-1][-1].pieces if self.in_cell[-1] else table.outside

    def _end_table(self) -> None:
        table = self.tables.pop()
        self.table_depths.pop()
        self.in_cell.pop()
        self._box().extend(table.pieces())


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans in order and disjoint: a menu within a header is a part of it."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _content(text: str, regions: Sequence[Span]) -> Span | None:
    """The document proper: of the regions that hold most of the largest one's text the smallest."""
    ends = [match.end() for match in _SEEN.finditer(text)] if regions else []
    sizes = {(a, b): bisect_right(ends, b) - bisect_right(ends, a) for a, b in regions}
    largest = max(sizes.values(), default=0)
    holding = [region for region, size in sizes.items() if size and 2 * size >= largest]
    return min(holding, key=lambda region: region[1] - region[0], default=None)


def _blank(match: re.Match[str]) -> str:
    """What white space becomes: nothing where it is a line break of the file between two Han characters."""
    start, end = match.span()
    before, after = match.string[max(start - 1, 0) : start], match.string[end : end + 1]
    broken = "\n" in match[0] and before and after and is_cjk(before) and is_cjk(after)
    return "" if broken else " "


def _is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    hides = "display:none" in style or "visibility:hidden" in style
    return tag in _HIDDEN or "hidden" in attributes or hides


def _span(attributes: Mapping[str, str], name: str) -> int:
    value = (attributes.get(name) or "1").strip()
    if not (value.isascii() and value.isdigit()):
        return 1
    return min(max(int(value[:6]), 1), _LARGEST_SPAN)
