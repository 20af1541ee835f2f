"""Files become a `Source`: the text exactly as it stands in the file, and the file's hash."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from qa_bot.errors import SourceError

__all__ = ["Known", "Source", "read_corpus", "read_known", "read_source"]

MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One corpus file.

    Attributes:
        file: the file's name, without folders.
        text: its characters, unchanged: all spans count in these.
        sha256: of the file's bytes, so that anybody can check a span against the same file.
    """

    file: str
    text: str
    sha256: str


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


def read_corpus(folder: Path) -> list[tuple[Source, Known]]:
    """All gazette texts of a corpus folder with what is known of each, by file name.

    Raises:
        SourceError: there is no folder or no text in it, or a file cannot be read.
    """
    paths = sorted(path for path in folder.glob("*.txt") if path.is_file())
    if not paths:
        raise SourceError(
            f"语料文件夹 {folder} 里没有 .txt 文件；请放入公报文本，或用 --data 指定别处 / "
            f"No .txt file in the corpus folder {folder}: put a gazette text there, "
            "or point --data elsewhere."
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
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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
        if not isinstance(value, types.get(name, str)):
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
        size = path.stat().st_size
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
    text = _decode(data, path.name)
    if not text.strip():
        raise SourceError(
            f"{path.name} 里没有文字；请删去它或换成有文字的文件 / "
            f"{path.name} holds no text: remove it or put a file with text in its place."
        )
    return Source(path.name, text, hashlib.sha256(data).hexdigest())


def _decode(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
        zero = data.find(b"\0")
        if zero >= 0:
            raise SourceError(
                f"{name} 不是文本文件（第 {zero} 字节是 0） / "
                f"{name} is not a text file: byte {zero} is 0. Give a .txt file in UTF-8."
            )
    position = 0
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            position = max(position, error.start)
    raise SourceError(
        f"{name} 的编码不是 UTF-8、UTF-16 或 GB18030（第 {position} 字节读不了）；请转成 UTF-8 / "
        f"{name} is not UTF-8, UTF-16 or GB18030 (byte {position}): convert it to UTF-8."
    )
