"""Plain text: which encoding it is in."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from qa_bot.errors import SourceError
from qa_bot.ingest.html import declared_encoding, looks_like_html
from qa_bot.text import is_cjk

__all__ = ["decode"]

# Of the control characters text has the tab, the line and page breaks, and escape never.
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1b]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")


def decode(data: bytes, name: str) -> str:
    """A text in UTF-8 (with or without a byte order mark), UTF-16 or GB18030.

    Raises:
        SourceError: it is binary or in another encoding; the message names the byte that could not be read.
    """
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
