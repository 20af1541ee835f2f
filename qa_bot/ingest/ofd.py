"""OFD, the fixed-layout format of Chinese official documents (GB/T 33190—2016), page by page."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_bot.errors import SourceError
from qa_bot.ingest import ocr
from qa_bot.ingest.layout import Composer, Glyph, Sheet, sheet_of
from qa_bot.ingest.ofd_package import Element, Package, child, children, damaged, local, text_of
from qa_bot.ingest.ofd_page import Drawing, Picture, TooMuch, box_of, draw
from qa_bot.ingest.source import Extracted

__all__ = ["read_ofd"]

_MOST_PAGES = 5_000
_A4 = (0.0, 0.0, 210.0, 297.0)
_TEMPLATE_TIMES = 3  # pages: what a template draws on so many is no text of any of them
_MARGIN = 0.12  # of the page's height, as `layout.margins` has it
_PICTURE_SHARE = 0.2
_MOST_PIXELS = 60_000_000


@dataclass(slots=True)
class _Document:
    """One document of a file: its pages, and what they refer to."""

    root: Element
    path: str
    units: dict[str, Element] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    notes: dict[str, list[str]] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """What was met while pages were read."""

    damaged: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    drawings: list[int] = field(default_factory=list)
    read_by_ocr: list[int] = field(default_factory=list)
    drawn: int = 0


def read_ofd(data: bytes, name: str) -> Extracted:
    """The text of an OFD file's pages.

    Watermarks and other annotations are put aside; attachments and signatures are not read, a warning
    names the first. Pages that are pictures are read by `ocr` where that is installed.

    Guarantees: every character of a text object is in the text; a form feed stands between pages;
    nothing but `data` is read.

    Raises:
        SourceError: the file is encrypted, damaged or hostile, or no page has text that can be read.
    """
    package = Package(data, name)
    try:
        return _read(package, name)
    except TooMuch as error:
        raise damaged(
            name, "图元没有穷尽（循环引用或数量过大）",
            "it draws objects without end (they contain themselves, or are too many)",
        ) from error  # fmt: skip
    except RecursionError as error:
        raise damaged(name, "嵌套过深", "it is nested too deeply") from error


def _read(package: Package, name: str) -> Extracted:
    encrypted = package.has("Encryptions.xml")
    if not package.has("OFD.xml"):
        if encrypted:
            raise _encrypted(name)
        raise damaged(name, "缺少 OFD.xml", "OFD.xml is missing")
    try:
        entry = package.xml("OFD.xml")
        titles: list[str] = []
        documents: list[_Document] = []
        for body in children(entry, "DocBody"):
            path = _document_path(package, body)
            if path is None:
                continue
            documents.append(_document(package, path))
            if title := " ".join(text_of(child(body, "DocInfo", "Title")).split()):
                titles.append(title)
    except SourceError as error:
        raise (_encrypted(name) if encrypted else error) from error
    if not documents:
        if encrypted:
            raise _encrypted(name)
        raise damaged(
            name, "OFD.xml 没有指向任何文档", "OFD.xml names no document that is in the file"
        )
    composer = Composer()
    seen = _Seen()
    number = 0
    for document in documents:
        pages = list(children(child(document.root, "Pages"), "Page"))
        document.uses.update(_templates_used(package, document, pages))
        for page in pages:
            number += 1
            if number > _MOST_PAGES:
                raise damaged(
                    name, f"超过 {_MOST_PAGES} 页", f"it has more than {_MOST_PAGES} pages"
                )
            composer.add(_sheet(package, document, page, number, seen))
    if not number:
        raise damaged(name, "没有页", "it has no page")
    if not composer.has_text:
        raise _without_text(package, seen, encrypted)
    attachments = [one for document in documents for one in document.attachments]
    return composer.result(titles, _warnings(name, seen, attachments, len(documents)))


def _document_path(package: Package, body: Element) -> str | None:
    """The document that a body names: its current version where it has several."""
    for version in children(child(body, "Versions"), "Version"):
        if (version.get("Current") or "").lower() not in ("true", "1"):
            continue
        listed = package.find(version.get("BaseLoc") or "", "")
        root = text_of(child(package.xml(listed), "DocRoot")) if listed else ""
        if listed and root and (path := package.find(root, listed)):
            return path
    return package.find(text_of(child(body, "DocRoot")), "")


def _document(package: Package, path: str) -> _Document:
    root = package.xml(path)
    document = _Document(root, path)
    common = child(root, "CommonData")
    for resource in ("PublicRes", "DocumentRes"):
        for one in children(common, resource):
            _read_resources(package, document, text_of(one), path)
    for template in children(common, "TemplatePage"):
        found = package.find(template.get("BaseLoc") or "", path)
        if found:
            document.templates[template.get("ID") or ""] = found
    _find_annotations(package, document)
    listed = package.find(text_of(child(root, "Attachments")), path)
    if listed and (attached := _optional(package, listed)) is not None:
        for one in attached.iter():
            if local(one) == "Attachment":
                document.attachments.append(one.get("Name") or "?")
    return document


def _optional(package: Package, path: str) -> Element | None:
    """The root of a member that a document can do without; `None` where it is damaged."""
    try:
        return package.xml(path)
    except SourceError:
        return None


def _read_resources(package: Package, document: _Document, name: str, beside: str) -> None:
    found = package.find(name, beside)
    root = _optional(package, found) if found else None
    if root is None or found is None:
        return
    folder = (root.get("BaseLoc") or "").strip("/")
    for one in root.iter():
        kind = local(one)
        if kind == "CompositeGraphicUnit":
            content = child(one, "Content")
            if content is not None:
                document.units[one.get("ID") or ""] = content
        elif kind == "MultiMedia":
            file = text_of(child(one, "MediaFile"))
            where = package.find(f"{folder}/{file}" if folder else file, found)
            if where := where or package.find(file, found):
                document.media[one.get("ID") or ""] = where


def _find_annotations(package: Package, document: _Document) -> None:
    """Note which files hold the annotations of which page."""
    for one in children(document.root, "Annotations"):
        found = package.find(text_of(one), document.path)
        root = _optional(package, found) if found else None
        for page in children(root, "Page"):
            for place in children(page, "FileLoc"):
                if found and (file := package.find(text_of(place), found)):
                    document.notes.setdefault(page.get("PageID") or "", []).append(file)


def _templates_used(
    package: Package, document: _Document, pages: Sequence[Element]
) -> Counter[str]:
    """On how many pages each template is drawn."""
    uses: Counter[str] = Counter()
    if len(pages) < _TEMPLATE_TIMES or not document.templates:
        return uses
    for page in pages[:_MOST_PAGES]:
        path = package.find(page.get("BaseLoc") or "", document.path)
        root = _optional(package, path) if path else None
        uses.update({one.get("TemplateID") or "" for one in children(root, "Template")})
    return uses


def _sheet(package: Package, document: _Document, page: Element, number: int, seen: _Seen) -> Sheet:
    path = package.find(page.get("BaseLoc") or "", document.path)
    root = _optional(package, path) if path else None
    if root is None or path is None:
        seen.damaged.append(number)
        return Sheet(_A4[2], _A4[3])
    for one in children(root, "PageRes"):
        _read_resources(package, document, text_of(one), path)
    left, top, width, height = _page_box(root, document)
    origin = (1.0, 0.0, 0.0, 1.0, -left, -top)
    drawing = Drawing(drawn=seen.drawn)
    behind: list[Element] = []
    before: list[Element] = []
    for template in children(root, "Template"):
        used = template.get("TemplateID") or ""
        layer = (template.get("ZOrder") or "Background").lower()
        content = _template(package, document, used, height, drawing, width)
        (before if layer == "foreground" else behind).extend(content)
    for content in (*behind, *children(root, "Content"), *before):
        draw(content, drawing, document.units.get, width, origin)
    for file in document.notes.get(page.get("ID") or "", ()):
        for note in children(_optional(package, file), "Annot"):
            if (note.get("Visible") or "true").lower() not in ("false", "0"):
                for look in children(note, "Appearance"):
                    _draw_note(look, drawing, document, width, origin)
    seen.drawn = drawing.drawn
    sheet = sheet_of(drawing.marks, drawing.rules, width, height)
    if not any(glyph.text.strip() for glyph in sheet.glyphs) and drawing.drawn:
        _read_picture(package, document, drawing.pictures, sheet, number, seen)
    return sheet


def _page_box(root: Element, document: _Document) -> tuple[float, float, float, float]:
    for area in (child(root, "Area"), child(document.root, "CommonData", "PageArea")):
        box = box_of(text_of(child(area, "PhysicalBox")))
        if box and box[2] > 0 and box[3] > 0:
            return box
    return _A4


def _draw_note(
    look: Element,
    drawing: Drawing,
    document: _Document,
    width: float,
    origin: tuple[float, float, float, float, float, float],
) -> None:
    """Draw an annotation: its text is not the page's, and its lines rule no table."""
    own = Drawing(drawn=drawing.drawn)
    box = box_of(look.get("Boundary")) or (0.0, 0.0, 0.0, 0.0)
    moved = (*origin[:4], origin[4] + box[0], origin[5] + box[1])
    draw(look, own, document.units.get, width, moved, shown=False)
    drawing.drawn = own.drawn
    drawing.marks.extend(own.marks)


def _template(
    package: Package,
    document: _Document,
    used: str,
    height: float,
    drawing: Drawing,
    width: float,
) -> list[Element]:
    """What a template draws on a page; what it draws on many pages is put aside but for the margins."""
    path = document.templates.get(used)
    root = _optional(package, path) if path else None
    if root is None:
        return []
    if any(local(one) == "Template" for one in root):
        raise TooMuch  # a template that draws a template: none but a hostile one does
    content = list(children(root, "Content"))
    if document.uses[used] < _TEMPLATE_TIMES:
        return content
    own = Drawing(drawn=drawing.drawn)
    for one in content:
        draw(one, own, document.units.get, width)
    drawing.drawn = own.drawn
    drawing.rules.extend(own.rules)
    for mark in own.marks:
        inner = _MARGIN * height < mark.y < (1 - _MARGIN) * height
        drawing.marks.append(mark._replace(shown=mark.shown and not inner))
    return []


def _read_picture(
    package: Package,
    document: _Document,
    pictures: Sequence[Picture],
    sheet: Sheet,
    number: int,
    seen: _Seen,
) -> None:
    """Read a page that is one picture, where that can be done."""
    area = sheet.width * sheet.height
    large = [one for one in pictures if one.width * one.height >= _PICTURE_SHARE * area]
    if large and ocr.available():
        picture = max(large, key=lambda one: one.width * one.height)
        file = document.media.get(picture.resource)
        glyphs = _picture_glyphs(package, file, picture) if file else []
        if glyphs:
            sheet.glyphs.extend(glyphs)
            seen.read_by_ocr.append(number)
            return
    (seen.pictures if large else seen.drawings).append(number)


def _picture_glyphs(package: Package, file: str, picture: Picture) -> list[Glyph]:
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(package.bytes(file))) as image:
            if image.width * image.height > _MOST_PIXELS:
                return []
            image.thumbnail((ocr.LONGEST_SIDE, ocr.LONGEST_SIDE))
            pixels = np.asarray(image.convert("RGB"))
    except (SourceError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return []
    scale = picture.width / max(pixels.shape[1], 1)
    return [
        glyph._replace(
            left=glyph.left + picture.left,
            right=glyph.right + picture.left,
            baseline=glyph.baseline + picture.top,
        )
        for glyph in ocr.glyphs(pixels, scale)
    ]


def _encrypted(name: str) -> SourceError:
    return SourceError(
        f"{name} 是加密的 OFD（Encryptions.xml）；请去掉加密再试 / "
        f"{name} is an encrypted OFD (Encryptions.xml): remove the encryption and try again."
    )


def _without_text(package: Package, seen: _Seen, encrypted: bool) -> SourceError:
    name = package.name
    if encrypted:
        return _encrypted(name)
    if seen.damaged:
        pages = ocr.listed(seen.damaged)
        return damaged(name, f"缺少第{pages}页或其损坏", f"page {pages} is missing or damaged")
    if seen.pictures:
        return ocr.needed(name, seen.pictures)
    if seen.drawings:
        return ocr.without_text(name, seen.drawings)
    return SourceError(
        f"{name} 里没有文字；请删去它或换成有文字的文件 / "
        f"{name} holds no text: remove it or put a file with text in its place."
    )


def _warnings(name: str, seen: _Seen, attachments: Sequence[str], documents: int) -> list[str]:
    warnings: list[str] = []
    if seen.read_by_ocr:
        warnings.append(ocr.warning(name, seen.read_by_ocr))
    if seen.pictures:
        warnings.append(str(ocr.needed(name, seen.pictures)))
    if seen.drawings:
        warnings.append(str(ocr.without_text(name, seen.drawings)))
    if seen.damaged:
        pages = ocr.listed(seen.damaged)
        warnings.append(
            f"{name} 第{pages}页缺失或损坏，没有读出 / "
            f"{name}: page {pages} is missing or damaged and was not read."
        )
    if documents > 1:
        warnings.append(
            f"{name} 里有 {documents} 份文档，依次读出 / "
            f"{name} holds {documents} documents, read one after the other."
        )
    if attachments:
        names = "、".join(attachments[:10])
        warnings.append(
            f"{name} 的附件（{names}）没有读取 / {name}: its attachments ({names}) were not read."
        )
    return warnings
