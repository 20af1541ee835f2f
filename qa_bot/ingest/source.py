"""What every reader of a file format returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qa_bot.text import Span

__all__ = [
    "CELL_ABOVE",
    "CELL_EMPTY",
    "CELL_LEFT",
    "LINE_FULL",
    "LIST_ITEM",
    "PARAGRAPH_END",
    "Extracted",
    "Known",
    "Source",
]

# U+2029 PARAGRAPH SEPARATOR ends a paragraph of which the file format says that it is one (HTML's <p>);
# a line feed may be the layout's work, and the parser then asks whether the sentence goes on.
PARAGRAPH_END = "\u2029"
# Blanks of other widths say what a format knows and plain text does not: of a cell without text whether it is
# covered by the one above (rowspan), by the one to its left (colspan), or meant to be empty; of a line
# that it is an item of a list whose numbers are not in the text (<ol>), once for each level.
CELL_ABOVE, CELL_LEFT, CELL_EMPTY = "\u2004", "\u2005", "\u2009"
LIST_ITEM = "\u2006"
# Of a line that it goes to the right edge of its column: that it ends there is the layout's work.
LINE_FULL = "\u200a"


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the reader of a format makes of a file's bytes.

    Attributes:
        text: its characters, as `Source.text`. A form feed stands between pages.
        asides: as `Source.asides`.
        titles: as `Source.titles`.
        pages: as `Source.pages`.
        furniture: as `Source.furniture`.
        warnings: as `Source.warnings`.
    """

    text: str
    asides: tuple[Span, ...] = ()
    titles: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    furniture: tuple[Span, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One corpus file.

    Attributes:
        file: the file's name, without folders.
        text: its characters: all spans count in these. Of a text file all, unchanged; of a web page
            what a reader sees, in its order.
        sha256: of the file's bytes, so that anybody can check a span against the same file.
        asides: spans of `text` beside the document, such as menus and footers of a web page.
        titles: what the file says its title is, most likely first (HTML's <h1> and <title>).
        pages: where each page begins in `text`, the first page first; empty for a format without pages.
        furniture: spans of `text` that stand in the margins of pages: running heads, feet, page numbers.
        warnings: what a person should know of how the file was read, in one line each, Chinese and English.
    """

    file: str
    text: str
    sha256: str
    asides: tuple[Span, ...] = ()
    titles: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    furniture: tuple[Span, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an issue beside its text (`corpus/<stem>.toml`); every field may be missing.

    Attributes:
        name: of the gazette, 温州市人民政府公报.
        year: of the issue.
        number: of the issue within the year (第4期).
        total_number: of the issue since the first (总第200期).
        published_on: the day it came out.
        publisher: the office that publishes it.
        origin: where the text was taken from, for a reader.
    """

    name: str | None = None
    year: int | None = None
    number: int | None = None
    total_number: int | None = None
    published_on: date | None = None
    publisher: str | None = None
    origin: str | None = None
