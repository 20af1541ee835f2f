"""The container of an OFD file: a zip of XML files that name each other (GB/T 33190—2016, 7.2)."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any

from qa_bot.errors import SourceError
from qa_bot.ingest.container import (
    DamagedError,
    DoctypeError,
    EncryptedError,
    Limits,
    TooLargeError,
    open_zip,
    root_of,
    unpack,
)

__all__ = ["Element", "Package", "child", "children", "damaged", "local", "text_of"]

Element = Any  # of lxml, which has no types

_LIMITS = Limits(50_000, 64_000_000, 300)  # XML of one page shrinks to a fiftieth at most
_LARGEST_TOTAL = 400_000_000


def damaged(name: str, why: str, why_en: str) -> SourceError:
    """That a file cannot be read as OFD, and why."""
    return SourceError(
        f"{name} 不是完好的 OFD：{why}；请换一份完整的文件 / "
        f"{name} is damaged or no OFD: {why_en}; get a complete copy of the file."
    )


class Package:
    """The members of an OFD file, found however their paths are written.

    Guarantees: nothing is written or opened but the bytes given; no XML has a document type or
    entities; what is unpacked is bounded.

    Raises:
        SourceError: the bytes are no zip, are encrypted, or hold what no OFD has.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._read = 0
        try:
            self._zip, members = open_zip(data, _LIMITS)
        except DamagedError as error:
            raise damaged(name, "压缩包打不开", "its zip container cannot be opened") from error
        except TooLargeError as error:
            raise damaged(name, f"成员多达 {error} 个", f"it has {error} members") from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            path = member.filename.replace("\\", "/")
            if ".." in path.split("/"):
                raise damaged(
                    name, "成员名指向压缩包之外", "the name of a member leads out of the container"
                )
            self._members.setdefault(_key(path), member)

    def has(self, path: str) -> bool:
        """Whether there is a member of that path, whatever its case."""
        return _key(path) in self._members

    def names(self) -> Iterator[str]:
        """The members' paths in lower case."""
        return iter(self._members)

    def find(self, path: str, beside: str) -> str | None:
        """The member that `path` names, written in the member `beside`; `None` if there is none.

        A path is absolute (`/Doc_0/…`), counts from the folder of the file that names it, or, in many
        files, from a folder above that.
        """
        path = path.strip().replace("\\", "/")
        if not path:
            return None
        if path.startswith("/"):
            key = _key(path)
            if key in self._members:
                return key
        folder = posixpath.dirname(_key(beside))
        while True:
            key = _key(posixpath.normpath(posixpath.join("/" + folder, path.lstrip("/"))))
            if key in self._members:
                return key
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def xml(self, key: str) -> Element:
        """The root of a member that is XML.

        Raises:
            SourceError: it is not there, is no XML, or holds what could do harm.
        """
        try:
            return root_of(self.bytes(key))
        except DoctypeError as error:
            raise damaged(
                self.name, f"{key} 里有文档类型定义", f"{key} has a document type definition"
            ) from error
        except DamagedError as error:
            raise damaged(self.name, f"{key} 不是有效的 XML", f"{key} is no valid XML") from error

    def bytes(self, key: str) -> bytes:
        """What a member holds.

        Raises:
            SourceError: it is not there, is encrypted, is damaged, or is too large.
        """
        member = self._members.get(_key(key))
        if member is None:
            raise damaged(self.name, f"缺少 {key}", f"{key} is missing")
        if self._read > _LARGEST_TOTAL:
            raise self._too_large(key)
        try:
            content = unpack(self._zip, member, _LIMITS)
        except EncryptedError as error:
            raise SourceError(
                f"{self.name} 是加密的 OFD；请去掉加密再试 / "
                f"{self.name} is an encrypted OFD: remove the encryption and try again."
            ) from error
        except DamagedError as error:
            raise damaged(self.name, f"{key} 解压失败", f"{key} cannot be unpacked") from error
        except TooLargeError as error:
            raise self._too_large(key) from error
        self._read += len(content)
        return content

    def _too_large(self, key: str) -> SourceError:
        return damaged(self.name, f"{key} 解压后过大", f"{key} is too large when it is unpacked")


def local(element: Element) -> str:
    """An element's name without its namespace: files write several, and some none."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The elements of a name directly within another."""
    for one in element if element is not None else ():
        if local(one) == name:
            yield one


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at a path of names below another."""
    for name in path:
        element = next(children(element, name), None)
    return element


def text_of(element: Element | None) -> str:
    """An element's own text, without blanks around it."""
    return (element.text or "").strip() if element is not None else ""


def _key(path: str) -> str:
    return path.replace("\\", "/").lstrip("/").removeprefix("./").lower()
