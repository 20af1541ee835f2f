"""Which format a file is in, by its content, and the readers of all formats.

The suffix decides only where the content says nothing: whether a text is Markdown. In China many a .doc is a
.docx, a web page or a text by another name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePath

from qa_bot.errors import SourceError
from qa_bot.ingest.html import looks_like_html, read_html
from qa_bot.ingest.plain import decode
from qa_bot.ingest.source import Extracted

__all__ = ["FORMATS", "SUFFIXES", "Format", "read_bytes", "runs_apart", "sniff"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is read.

    Attributes:
        name: its name, as messages give it.
        suffixes: what its files' names end with, the usual one first.
        chinese: what it is, in Chinese.
        english: the same in English.
    """

    name: str
    suffixes: tuple[str, ...]
    chinese: str
    english: str


FORMATS = {
    one.name: one
    for one in (
        Format("txt", (".txt",), "纯文本", "plain text"),
        Format("md", (".md", ".markdown"), "Markdown", "Markdown"),
        Format("html", (".html", ".htm"), "网页", "a web page"),
        Format("docx", (".docx", ".docm", ".dotx"), "Word 文档（docx）", "a Word document (docx)"),
        Format("doc", (".doc", ".dot", ".wps"), "Word 97–2003 文档（doc）", "a Word 97–2003 document (doc)"),
        Format("pdf", (".pdf",), "PDF", "PDF"),
        Format("ofd", (".ofd",), "OFD", "OFD"),
    )
}  # fmt: skip
SUFFIXES = tuple(suffix for one in FORMATS.values() for suffix in one.suffixes)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WITHIN = 1024  # a reader of PDF looks for the header so far (ISO 32000-1, annex H)
# What is not read, by how it begins: what it is in both languages, and what to do.
_AS_DOCX = ("请在 Word 或 WPS 里另存为 docx", "open it in Word or WPS and save it as docx")
_AS_PDF = (
    "请用文字识别软件转成文字，或找原来的文件",
    "turn it into text first, or find the file that it was made of",
)
_UNPACK = ("请解压，把里面的文件单独给出", "unpack it and give the files in it")
_AS_TABLE = ("请另存为网页（html）或 PDF", "save it as a web page (html) or PDF")
_FOREIGN: tuple[tuple[bytes, str, tuple[str, str]], ...] = (
    (b"{\\rtf", "RTF", _AS_DOCX),
    (b"\xdb\xa5\x2d\0", "Word 2.0", _AS_DOCX),
    (b"\x31\xbe\0\0", "Write", _AS_DOCX),
    (b"\xff\xd8\xff", "JPEG 图片 / picture", _AS_PDF),
    (b"\x89PNG\r\n", "PNG 图片 / picture", _AS_PDF),
    (b"GIF8", "GIF 图片 / picture", _AS_PDF),
    (b"II*\0", "TIFF 图片 / picture", _AS_PDF),
    (b"MM\0*", "TIFF 图片 / picture", _AS_PDF),
    (b"Rar!\x1a\x07", "RAR 压缩包 / archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包 / archive", _UNPACK),
    (b"\x1f\x8b\x08", "gzip 压缩包 / archive", _UNPACK),
    (b"BZh", "bzip2 压缩包 / archive", _UNPACK),
    (b"\xfd7zXZ\0", "xz 压缩包 / archive", _UNPACK),
    (b"%!PS", "PostScript", ("请转成 PDF", "turn it into PDF")),
)
_MHTML = re.compile(rb"\A\s*(?:[A-Za-z-]+:[^\r\n]*\r?\n[ \t]?)*?MIME-Version:", re.IGNORECASE)
_FLAT_WORD = re.compile(rb"<\?mso-application\s+progid=\"Word|<w:wordDocument|<pkg:package")
# The streams of other programs' OLE containers.
_OLE_FOREIGN = (
    ("Workbook", "Excel (xls)", _AS_TABLE),
    ("Book", "Excel (xls)", _AS_TABLE),
    ("PowerPoint Document", "PowerPoint (ppt)", ("请另存为 PDF", "save it as PDF")),
    ("__properties_version1.0", "Outlook (msg)", ("请存出正文", "save its text")),
    ("FileHeader", "HWP", _AS_DOCX),
)
_ZIP_FOREIGN = (
    ("xl/", "Excel (xlsx)", _AS_TABLE),
    ("ppt/", "PowerPoint (pptx)", ("请另存为 PDF", "save it as PDF")),
    ("meta-inf/container.xml", "EPUB", _UNPACK),
    ("content.xml", "OpenDocument (odt)", _AS_DOCX),
)


def sniff(data: bytes, name: str) -> str:
    """What a file is by its first bytes: "pdf", "zip", "ole", "html", "md" or "txt".

    Raises:
        SourceError: it is something that is not read; the message says what, and what to do.
    """
    for start, what, advice in _FOREIGN:
        if data.startswith(start):
            raise _foreign(name, what, advice)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip"
    if data.startswith(_OLE):
        return "ole"
    suffix = PurePath(name).suffix.lower()
    at = data.find(b"%PDF-", 0, _PDF_WITHIN)
    if at >= 0 and (
        not data[:at].strip(b"\xef\xbb\xbf \t\r\n\0") or suffix == ".pdf" or b"\0" in data[:4096]
    ):
        return "pdf"
    if _FLAT_WORD.search(data, 0, 4096):
        raise _foreign(name, "Word XML", _AS_DOCX)
    if _MHTML.match(data, 0, 2048):
        raise _foreign(name, "MHTML", _AS_DOCX)
    if _is_html(data) or suffix in FORMATS["html"].suffixes:
        return "html"
    return "md" if suffix in FORMATS["md"].suffixes else "txt"


def runs_apart(family: str) -> bool:
    """Whether files of a family are read in a process of their own: C code, or what unpacks."""
    return family in ("zip", "ole", "pdf")


def read_bytes(data: bytes, name: str) -> Extracted:
    """A file's text, by the reader of the format that its content is in.

    A file whose name says another format is read as what it is, with a warning.

    Raises:
        SourceError: it is not read, damaged, protected, or holds no text.
    """
    family = sniff(data, name)
    kind, reader = _READERS[family](data, name)
    found = reader(data, name)
    suffix = PurePath(name).suffix.lower()
    if suffix in SUFFIXES and suffix not in FORMATS[kind].suffixes:
        one = FORMATS[kind]
        found = replace(found, warnings=(
            f"文件名是 {suffix}，内容其实是{one.chinese}，按内容读 / named {suffix}, but it is {one.english} and was read as that",
            *found.warnings,
        ))  # fmt: skip
    if not found.text.strip():
        raise SourceError(
            f"{name} 里没有文字；请删去它或换成有文字的文件 / "
            f"{name} holds no text: remove it or put a file with text in its place."
        )
    return found


Reader = Callable[[bytes, str], Extracted]


def _is_html(data: bytes) -> bool:
    if looks_like_html(data):
        return True
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data[:8192].decode("utf-16", "ignore")
        return looks_like_html(text.encode())
    return False


def _text(data: bytes, name: str) -> tuple[str, Reader]:
    return "txt", lambda data, name: Extracted(decode(data, name))


def _html(data: bytes, name: str) -> tuple[str, Reader]:
    return "html", lambda data, name: Extracted(*read_html(decode(data, name)))


def _markdown(data: bytes, name: str) -> tuple[str, Reader]:
    from qa_bot.ingest.markdown import read_markdown

    return "md", lambda data, name: read_markdown(decode(data, name))


def _pdf(data: bytes, name: str) -> tuple[str, Reader]:
    return "pdf", _reader("pdf", name)


def _reader(kind: str, name: str) -> Reader:
    """The reader of a format that needs a library of its own.

    Raises:
        SourceError: the library is not installed.
    """
    try:
        module = import_module(f"qa_bot.ingest.{kind}")
    except ImportError as error:
        raise SourceError(
            f"读 {kind.upper()} 需要 {error.name}，没有装；请重新安装，或把 {name} 转成文本 / "
            f"{name}: reading {kind.upper()} needs {error.name}: install anew, or turn the file into text."
        ) from error
    reader: Reader = getattr(module, f"read_{kind}")
    return reader


def _zip(data: bytes, name: str) -> tuple[str, Reader]:
    """Which of the formats that are archives it is, by the parts in it."""
    from qa_bot.ingest.office import Archive, encrypted

    archive = Archive(data, name)
    names = archive.names
    if any(one.rpartition("/")[2] == "ofd.xml" for one in names):
        return "ofd", _reader("ofd", name)
    for start, what, advice in _ZIP_FOREIGN:
        if any(one == start or (start[-1] == "/" and one.startswith(start)) for one in names):
            raise _foreign(name, what, advice)
    if any(one.startswith("word/") for one in names) or "[content_types].xml" in names:
        from qa_bot.ingest.docx import read_docx

        return "docx", read_docx
    if archive.any_encrypted:
        raise encrypted(name)
    raise _foreign(name, "ZIP 压缩包 / archive", _UNPACK)


def _ole(data: bytes, name: str) -> tuple[str, Reader]:
    """Which of the formats that are OLE containers it is, by the streams in it."""
    from qa_bot.ingest.doc import read_doc
    from qa_bot.ingest.office import encrypted
    from qa_bot.ingest.ole import open_ole

    with open_ole(data, name) as ole:
        if ole.exists("WordDocument"):
            return "doc", read_doc
        if ole.exists("EncryptedPackage"):
            raise encrypted(name)
        for stream, what, advice in _OLE_FOREIGN:
            if ole.exists(stream):
                raise _foreign(name, what, advice)
    raise _foreign(name, "OLE", _AS_DOCX)


_READERS: dict[str, Callable[[bytes, str], tuple[str, Reader]]] = {
    "txt": _text, "md": _markdown, "html": _html, "pdf": _pdf, "zip": _zip, "ole": _ole,
}  # fmt: skip


def _foreign(name: str, what: str, advice: tuple[str, str]) -> SourceError:
    chinese, _, english = what.partition(" / ")
    english = f"{chinese.split()[0]} {english}" if english else chinese
    return SourceError(
        f"{name} 是 {chinese}，读不了；{advice[0]} / {name} is {english}, which is not read: {advice[1]}."
    )
