"""PDF: characters with their places and ruling lines, page by page, read by pdfium."""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2
from pypdfium2 import raw

from qa_bot.errors import SourceError
from qa_bot.ingest import ocr
from qa_bot.ingest.layout import (
    PLAIN,
    Composer,
    Mark,
    Matrix,
    Piece,
    Rule,
    Sheet,
    matrix_times,
    rules_of,
    sheet_of,
)
from qa_bot.ingest.source import Extracted

__all__ = ["read_pdf"]

Handle = Any  # a pointer into pdfium, or what wraps one

_MOST_PAGES = 5_000
_MOST_CHARACTERS = 300_000  # of one page
_MOST_PATHS = 20_000  # of one page; one with more is a drawing
_MOST_POINTS = 64  # of a path; one with more is a drawing
_DEEPEST_FORM = 6
_PICTURE_SHARE = 0.2  # of a page, for it to be the picture of a page
_UNKNOWN_SHARE = 0.02
_HYPHENS = (0xFFFE, 0x02)  # pdfium's signs for a hyphen at the end of a line
_FARTHEST = 1e6


@dataclass(slots=True)
class _Drawn:
    """What text objects say of their characters."""

    size: float
    direction: float
    shown: bool


@dataclass(slots=True)
class _Seen:
    """What was met while pages were read."""

    unknown: int = 0
    characters: int = 0
    hidden: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    drawings: list[int] = field(default_factory=list)
    read_by_ocr: list[int] = field(default_factory=list)


def read_pdf(data: bytes, name: str) -> Extracted:
    """The text of a PDF's pages.

    Pages without text that are pictures are read by `ocr` where that is installed; a warning names them.

    Guarantees: every character that a page shows is in the text, as the file's own fonts map it to
    Unicode; a form feed stands between pages; nothing but `data` is read.

    Raises:
        SourceError: a password is needed, the file is damaged, or no page has text that can be read.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _not_opened(name, error) from error
    try:
        return _read(document, name)
    finally:
        document.close()


def _not_opened(name: str, error: pypdfium2.PdfiumError) -> SourceError:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return SourceError(
            f"{name} 是加密的 PDF，要密码才能打开；请去掉密码再试 / "
            f"{name} is an encrypted PDF that needs a password: remove the password and try again."
        )
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return SourceError(
            f"{name} 是加密的 PDF，其加密方式不支持；请去掉加密再试 / "
            f"{name} is a PDF encrypted in a way that is not supported: remove the encryption."
        )
    return SourceError(
        f"{name} 不是完好的 PDF，打不开；请换一份完整的文件 / "
        f"{name} is damaged or no PDF, it cannot be opened: get a complete copy of the file."
    )


def _read(document: Handle, name: str) -> Extracted:
    count = len(document)
    if not 0 < count <= _MOST_PAGES:
        raise SourceError(
            f"{name} 有 {count} 页，可读 1 至 {_MOST_PAGES} 页 / "
            f"{name} has {count} pages; 1 to {_MOST_PAGES} can be read."
        )
    composer = Composer()
    seen = _Seen()
    damaged: list[int] = []
    for number in range(1, count + 1):
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            damaged.append(number)
            composer.add(Sheet(1, 1))
            continue
        try:
            composer.add(_sheet(page, number, seen, name))
        finally:
            page.close()
    if not composer.has_text:
        raise _without_text(name, seen, damaged)
    return composer.result(_title(document), _warnings(name, seen, damaged))


def _title(document: Handle) -> tuple[str, ...]:
    title = " ".join(str(document.get_metadata_value("Title")).split())
    return (title,) if title else ()


def _sheet(page: Handle, number: int, seen: _Seen, name: str) -> Sheet:
    left, bottom, right, top = page.get_cropbox()
    width, height = max(right - left, 1.0), max(top - bottom, 1.0)
    to_sheet: Matrix = (1.0, 0.0, 0.0, -1.0, -left, top)
    text_page = page.get_textpage()
    try:
        marks = list(_marks(text_page.raw, name, seen, (left, top)))
    finally:
        text_page.close()
    hidden = not any(mark.shown and mark.text.strip() for mark in marks)
    if hidden:  # the text that an OCR program lays under the picture of a page
        marks = [mark._replace(shown=True) for mark in marks]
    rules, pictured = _rules(page.raw, to_sheet, width)
    sheet = sheet_of(marks, rules, width, height)
    if not any(glyph.text.strip() for glyph in sheet.glyphs):
        share = pictured / (width * height)
        if share >= _PICTURE_SHARE or rules:
            _read_picture(page, number, sheet, seen, share)
    elif hidden:
        seen.hidden.append(number)
    return sheet


def _read_picture(page: Handle, number: int, sheet: Sheet, seen: _Seen, share: float) -> None:
    """Read a page that is a picture, where that can be done."""
    if share < _PICTURE_SHARE:
        seen.drawings.append(number)
        return
    if not ocr.available():
        seen.pictures.append(number)
        return
    longest = max(page.get_size()) or 1.0
    scale = min(ocr.DOTS_PER_INCH / 72, ocr.LONGEST_SIDE / longest)
    image = page.render(scale=scale).to_numpy()
    width, height = page.get_size()
    sheet.width, sheet.height = width, height
    sheet.glyphs = ocr.glyphs(image, 1 / scale)
    sheet.rules = []
    (seen.read_by_ocr if sheet.glyphs else seen.pictures).append(number)


def _marks(
    text_page: Handle, name: str, seen: _Seen, corner: tuple[float, float]
) -> Iterator[Mark]:
    """Every character that the page itself has, in the order in which it is drawn."""
    count = raw.FPDFText_CountChars(text_page)
    if count > _MOST_CHARACTERS:
        raise SourceError(
            f"{name} 有一页多达 {count} 个字符，上限 {_MOST_CHARACTERS} / "
            f"{name} has a page of {count} characters, the limit is {_MOST_CHARACTERS}."
        )
    left, top = corner
    x, y = ctypes.c_double(), ctypes.c_double()
    box = raw.FS_RECTF()
    objects: dict[int, _Drawn] = {}
    high = 0
    for index in range(max(count, 0)):
        if raw.FPDFText_IsGenerated(text_page, index) == 1:
            continue  # blanks and breaks that pdfium puts where it sees gaps
        code = raw.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        if code in _HYPHENS:
            code = ord("-")
        unknown = not 0 < code < 0x110000 or 0xD800 <= code < 0xE000
        text = "\ufffd" if unknown else chr(code)
        seen.characters += not text.isspace()
        seen.unknown += (
            text == "\ufffd"
            or 0xE000 <= code < 0xF900
            or raw.FPDFText_HasUnicodeMapError(text_page, index) == 1
        )
        if not raw.FPDFText_GetCharOrigin(text_page, index, x, y):
            continue
        raw.FPDFText_GetLooseCharBox(text_page, index, box)
        handle = raw.FPDFText_GetTextObject(text_page, index)
        key = ctypes.cast(handle, ctypes.c_void_p).value or 0
        drawn = objects.get(key)
        if drawn is None:
            drawn = objects[key] = _drawn(text_page, index, handle if key else None, box)
        along, across = box.right - box.left, box.top - box.bottom
        sideways = round(drawn.direction / (math.pi / 2)) % 2
        yield Mark(
            text, (x.value if sideways or along <= 0 else box.left) - left, top - y.value,
            abs(across if sideways else along), drawn.size, drawn.direction, drawn.shown,
        )  # fmt: skip


def _drawn(text_page: Handle, index: int, handle: Handle, box: Handle) -> _Drawn:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text_page, index, matrix):
        matrix.a = matrix.d = 1.0
        matrix.b = matrix.c = 0.0
    direction = -math.atan2(matrix.b, matrix.a)
    size = abs(raw.FPDFText_GetFontSize(text_page, index)) * math.hypot(matrix.c, matrix.d)
    if not (math.isfinite(direction) and math.isfinite(size)):
        return _Drawn(0.0, 0.0, shown=False)  # a damaged matrix: nobody sees it
    sideways = round(direction / (math.pi / 2)) % 2
    tall = abs(box.right - box.left) if sideways else abs(box.top - box.bottom)
    if 0 < tall < _FARTHEST and not tall / 4 < size < 4 * tall:
        size = tall  # a Type 3 font has a scale of its own
    mode = raw.FPDFTextObj_GetTextRenderMode(handle) if handle else 0
    return _Drawn(size, direction, mode != raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _rules(page: Handle, to_sheet: Matrix, width: float) -> tuple[list[Rule], float]:
    """The ruling lines of a page, and the area that pictures cover."""
    rules: list[Rule] = []
    area = 0.0
    left = _MOST_PATHS

    def walk(count: int, get: Callable[[int], Any], outer: Matrix, depth: int) -> None:
        nonlocal area, left
        for index in range(count):
            left -= 1
            if left < 0:
                return
            thing = get(index)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_PATH:
                pieces, stroked = _path(thing, matrix_times(_matrix(thing), outer))
                rules.extend(rules_of(pieces, stroked=stroked, width=width))
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                a, b, c, d, _, _ = matrix_times(_matrix(thing), outer)
                area += abs(a * d - b * c)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST_FORM:
                walk(
                    raw.FPDFFormObj_CountObjects(thing),
                    functools.partial(raw.FPDFFormObj_GetObject, thing),
                    matrix_times(_matrix(thing), outer),
                    depth + 1,
                )

    walk(
        raw.FPDFPage_CountObjects(page),
        functools.partial(raw.FPDFPage_GetObject, page),
        to_sheet,
        0,
    )
    return rules, area


def _path(thing: Handle, matrix: Matrix) -> tuple[list[Piece], bool]:
    """The straight pieces of a path, and whether it is stroked; nothing of a drawing with curves."""
    count = raw.FPDFPath_CountSegments(thing)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(thing, fill, stroke)
    if not 1 < count <= _MOST_POINTS or not (fill.value or stroke.value):
        return [], False
    a, b, c, d, e, f = matrix
    pieces: list[Piece] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(thing, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            return [], False
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == raw.FPDF_SEGMENT_MOVETO or not pieces:
            pieces.append([])
        pieces[-1].append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if raw.FPDFPathSegment_GetClose(segment):
            pieces[-1].append(pieces[-1][0])
    return pieces, bool(stroke.value)


def _matrix(thing: Handle) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(thing, matrix):
        return PLAIN
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _without_text(name: str, seen: _Seen, damaged: list[int]) -> SourceError:
    if seen.pictures:
        return ocr.needed(name, seen.pictures)
    if seen.drawings:
        return ocr.without_text(name, seen.drawings)
    if damaged:
        return SourceError(
            f"{name} 是损坏的 PDF，没有一页读得出文字；请换一份完整的文件 / "
            f"{name} is a damaged PDF, no page of it has text that can be read: get a complete copy."
        )
    return SourceError(
        f"{name} 里没有文字；请删去它或换成有文字的文件 / "
        f"{name} holds no text: remove it or put a file with text in its place."
    )


def _warnings(name: str, seen: _Seen, damaged: list[int]) -> list[str]:
    warnings: list[str] = []
    if seen.read_by_ocr:
        warnings.append(ocr.warning(name, seen.read_by_ocr))
    if seen.pictures:
        warnings.append(str(ocr.needed(name, seen.pictures)))
    if seen.drawings:
        warnings.append(str(ocr.without_text(name, seen.drawings)))
    if damaged:
        pages = ocr.listed(damaged)
        warnings.append(
            f"{name} 第{pages}页损坏，没有读出 / {name}: page {pages} is damaged and was not read."
        )
    if seen.hidden:
        pages = ocr.listed(seen.hidden)
        warnings.append(
            f"{name} 第{pages}页的文字在图片下面（多为机器识别），核对之前不算原文 / "
            f"{name}: the text of page {pages} lies invisible under a picture (mostly made by OCR), "
            "it is not verbatim until checked."
        )
    if seen.unknown > _UNKNOWN_SHARE * max(seen.characters, 1):
        warnings.append(
            f"{name} 有 {seen.unknown} 个字符的字体没有对应的文字编码，读出的是替代字符 / "
            f"{name}: the fonts of {seen.unknown} characters do not say which characters they are; "
            "they were read as replacement or private characters."
        )
    return warnings
