"""Files become a `Source`: the text that spans count in, and the file's hash."""

from __future__ import annotations

import codecs
import hashlib
import re
import stat
import tomllib
from dataclasses import fields
from datetime import date
from itertools import islice
from pathlib import Path

from qa_bot.errors import SourceError
from qa_bot.ingest.html import declared_encoding, looks_like_html, read_html
from qa_bot.ingest.source import (
    CELL_ABOVE,
    CELL_EMPTY,
    CELL_LEFT,
    LINE_FULL,
    LIST_ITEM,
    PARAGRAPH_END,
    Extracted,
    Known,
    Source,
)
from qa_bot.text import Span, is_cjk

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
    "corpus_files",
    "read_corpus",
    "read_known",
    "read_source",
]

MAX_BYTES = 100_000_000  # about 40 s and 1.3 GB of rules, measured
# Of the control characters text has the tab, the line and page breaks, and escape never.
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1b]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SUFFIXES = (".txt", ".html", ".htm", ".pdf", ".ofd")


def corpus_files(folder: Path) -> list[Path]:
    """The texts and web pages of a corpus folder, by name; none where there is no folder."""
    return sorted(
        path for path in folder.glob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()
    )


def read_corpus(folder: Path) -> list[tuple[Source, Known]]:
    """All gazette texts and web pages of a corpus folder with what is known of each, by file name.

    Raises:
        SourceError: there is no folder or no text in it, two files share a stem, or one cannot be read.
    """
    paths = corpus_files(folder)
    if not paths:
        raise SourceError(
            f"语料文件夹 {folder} 里没有 .txt 或 .html 文件；请放入公报文本，或用 --data 指定别处 / "
            f"No .txt or .html file in the corpus folder {folder}: put a gazette text there, "
            "or point --data elsewhere."
        )
    stems: dict[str, str] = {}
    for path in paths:
        other = stems.setdefault(path.stem, path.name)
        if other != path.name:
            raise SourceError(
                f"{other} 和 {path.name} 会得到同样的编号；请改其中一个的文件名 / "
                f"{other} and {path.name} would get the same ids: rename one of them."
            )
    return [(read_source(path), read_known(path.with_suffix(".toml"))) for path in paths]


def read_known(path: Path) -> Known:
    """The TOML file beside a text; a missing file gives an empty `Known`.

    Raises:
        SourceError: the file is no TOML, or holds an unknown field or a value of the wrong type.
    """
    if not path.exists():
        return Known()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(
            f"{path.name} 不是有效的 TOML：{error} / {path.name} is no valid TOML: {error}"
        ) from error
    types = {"year": int, "number": int, "total_number": int, "published_on": date}
    names = [field.name for field in fields(Known)]
    for name, value in values.items():
        if name not in names:
            raise SourceError(
                f"{path.name} 有未知的字段 {name}，可用的有 {', '.join(names)} / "
                f"{path.name} has an unknown field {name}; known: {', '.join(names)}."
            )
        if type(value) is not types.get(name, str):
            wanted = types.get(name, str).__name__
            raise SourceError(
                f"{path.name} 的 {name} 应为 {wanted} / {path.name}: {name} should be a {wanted}."
            )
    return Known(**values)


def read_source(path: Path) -> Source:
    """Read a text file in UTF-8 (with or without a byte order mark), UTF-16 or GB18030.

    Raises:
        SourceError: the file is missing, empty, binary, too large, or in another encoding; the
            message names the byte that could not be read.
    """
    try:
        status = path.stat()
        size = status.st_size
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise SourceError(
                f"{path.name} 不是普通文件；请给文本或网页文件 / "
                f"{path.name} is no regular file: name a text or a web page."
            )
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise SourceError(
            f"读不了文件 {path.name}：{error.strerror} / Cannot read {path.name}: {error.strerror}."
        ) from error
    if size > MAX_BYTES:
        raise SourceError(
            f"{path.name} 有 {size} 字节，上限 {MAX_BYTES}；请拆成几个文件 / "
            f"{path.name} has {size} bytes, the limit is {MAX_BYTES}: split it into several files."
        )
    if data.startswith(b"%PDF-") or path.suffix.lower() in (".pdf", ".ofd"):
        return _paged(data, path)
    text = _decode(data, path.name)
    asides: tuple[Span, ...] = ()
    titles: tuple[str, ...] = ()
    if looks_like_html(data) or path.suffix.lower() in (".html", ".htm"):
        text, asides, titles = read_html(text)
    if not text.strip():
        raise SourceError(
            f"{path.name} 里没有文字；请删去它或换成有文字的文件 / "
            f"{path.name} holds no text: remove it or put a file with text in its place."
        )
    return Source(path.name, text, hashlib.sha256(data).hexdigest(), asides, titles)


def _paged(data: bytes, path: Path) -> Source:
    from qa_bot.ingest.ofd import read_ofd
    from qa_bot.ingest.pdf import read_pdf

    read = read_pdf if b"%PDF-" in data[:1024] else read_ofd
    found = read(data, path.name)
    return Source(
        path.name, found.text, hashlib.sha256(data).hexdigest(), found.asides, found.titles,
        found.pages, found.furniture, found.warnings,
    )  # fmt: skip


def _decode(data: bytes, name: str) -> str:
    position = _binary(data)
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise SourceError(
            f"{name} 的编码是 UTF-32（第 0 字节起的标记）；请转成 UTF-8 / "
            f"{name} is UTF-32, as its mark at byte 0 says: convert it to UTF-8."
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data and (wide := _utf_16(data)):
        encodings = [wide]
    elif position is not None:
        raise SourceError(
            f"{name} 不是文本文件（第 {position} 字节是 {data[position]}） / {name} is not a text file: "
            f"byte {position} is {data[position]}. Give a text or web page in UTF-8."
        )
    else:
        encodings = ["utf-8-sig", "gb18030"]
        declared = declared_encoding(data) if looks_like_html(data) else None
        if declared in ("gb2312", "gbk", "gb18030"):
            encodings.reverse()
    position = 0
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            position = max(position, error.start)
            continue
        private = _PRIVATE.search(text)
        if (
            encoding != "gb18030"
            or private is None
            or len(_PRIVATE.findall(text)) * 100 < len(text)
        ):
            return text
        # Big5 and others decode as GB18030 with many characters that no text has.
        position = len(text[: private.start()].encode(encoding))
    raise SourceError(
        f"{name} 的编码不是 UTF-8、UTF-16 或 GB18030（第 {position} 字节读不了）；请转成 UTF-8 / "
        f"{name} is not UTF-8, UTF-16 or GB18030 (byte {position}): convert it to UTF-8."
    )


def _binary(data: bytes) -> int | None:
    """The first byte that no text holds: a zero, or a control character where they are many."""
    zero = data.find(b"\0")
    if zero >= 0:
        return zero
    controls = [match.start() for match in islice(_CONTROL.finditer(data), len(data) // 100 + 1)]
    return controls[0] if len(controls) > len(data) // 100 else None


def _utf_16(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: line feeds and blanks of Chinese text tell the order."""
    little, big = (data.count(mark) for mark in (b"\n\0", b"\0\n"))
    try:
        data.decode("utf-8")
        if 4 * data.count(0) < len(data):
            return None  # a text with some zeros in it is no UTF-16
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-16-le", "utf-16-be") if little >= big else ("utf-16-be", "utf-16-le"):
        try:
            # Not final: the sample may cut a character in two.
            text = codecs.getincrementaldecoder(encoding)("strict").decode(data[: 4096 * 2])
        except UnicodeDecodeError:
            continue
        plain = sum(
            is_cjk(char) or (char.isascii() and (char.isprintable() or char.isspace()))
            for char in text
        )
        if text and plain >= 0.9 * len(text):
            return encoding
    return None
