"""Files become a `Source`: the text that spans count in, and the file's hash."""

from __future__ import annotations

import hashlib
import stat
import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path

from qa_bot.errors import SourceError
from qa_bot.ingest.formats import FORMATS, SUFFIXES, Format, read_bytes, runs_apart, sniff
from qa_bot.ingest.guard import close, read_apart
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

__all__ = [
    "CELL_ABOVE",
    "CELL_EMPTY",
    "CELL_LEFT",
    "FORMATS",
    "LINE_FULL",
    "LIST_ITEM",
    "PARAGRAPH_END",
    "SUFFIXES",
    "Extracted",
    "Format",
    "Known",
    "Source",
    "checked_files",
    "corpus_files",
    "read_corpus",
    "read_known",
    "read_source",
]

MAX_BYTES = 100_000_000  # about 40 s and 1.3 GB of rules, measured


def corpus_files(folder: Path) -> list[Path]:
    """The files of a corpus folder in a format that is read, by name; none where there is no folder."""
    return sorted(
        path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES and path.is_file()
    )


def checked_files(folder: Path) -> list[Path]:
    """The files of a corpus folder, by name, each of which gives an issue of its own.

    Raises:
        SourceError: there is no folder or no file in it, or two files share a stem.
    """
    paths = corpus_files(folder)
    if not paths:
        raise SourceError(
            f"语料文件夹 {folder} 里没有可读的文件（{', '.join(FORMATS)}）；请放入公报，或用 --data 指定别处 / "
            f"No file that can be read ({', '.join(FORMATS)}) in the corpus folder {folder}: "
            "put a gazette there, or point --data elsewhere."
        )
    stems: dict[str, str] = {}
    for path in paths:
        other = stems.setdefault(path.stem, path.name)
        if other != path.name:
            raise SourceError(
                f"{other} 和 {path.name} 会得到同样的编号；请改其中一个的文件名 / "
                f"{other} and {path.name} would get the same ids: rename one of them."
            )
    return paths


def read_corpus(folder: Path) -> list[tuple[Source, Known]]:
    """All files of a corpus folder with what is known of each, by file name.

    Raises:
        SourceError: as `checked_files`, or a file cannot be read.
    """
    try:
        return [
            (read_source(path), read_known(path.with_suffix(".toml")))
            for path in checked_files(folder)
        ]
    finally:
        close()


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
    """Read a file in any of `FORMATS`, whichever its content says it is.

    Files of formats that unpack or are read by C code are read in a process of their own, with limits on
    time and memory. Nothing but the file is opened.

    Raises:
        SourceError: the file is missing, empty, too large, damaged, protected, takes too long, or is in a
            format or an encoding that is not read; the message says which, and what to do.
    """
    try:
        status = path.stat()
        size = status.st_size
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise SourceError(
                f"{path.name} 不是普通文件；请给公报文件 / "
                f"{path.name} is no regular file: name a file of a gazette."
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
    if runs_apart(sniff(data, path.name)):
        found = read_apart(data, path.name)
    else:
        found = read_bytes(data, path.name)
    return Source(
        path.name,
        found.text,
        hashlib.sha256(data).hexdigest(),
        found.asides,
        found.titles,
        found.pages,
        found.furniture,
        found.warnings,
    )
