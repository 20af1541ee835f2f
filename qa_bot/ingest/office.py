"""Containers of office formats, opened so that no file can fill the memory or reach beyond itself.

A part is read from the bytes at hand and nowhere else: nothing is unpacked to disk, no relationship that
leads out of the file is followed, no entity is resolved.
"""

from __future__ import annotations

from lxml import etree

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

__all__ = ["Archive", "damaged", "encrypted", "local", "parse_xml", "too_large"]

_LIMITS = Limits(20_000, 50_000_000, 150)  # real document.xml: 5 to 30 times smaller when packed
_LARGEST_TOTAL = 150_000_000


def damaged(
    name: str, what: str, chinese: str = "内容损坏", english: str = "is damaged"
) -> SourceError:
    """The error for a file of which a part cannot be read."""
    return SourceError(
        f"{name} {chinese}（{what}）；请在 Word 或 WPS 里打开，另存一份再用 / "
        f"{name} {english} ({what}): open it in Word or WPS and save it anew."
    )


def encrypted(name: str) -> SourceError:
    """The error for a file that needs a password."""
    return SourceError(
        f"{name} 有密码保护；请去掉密码另存一份再用 / "
        f"{name} is protected by a password: save it without one."
    )


def too_large(name: str, what: str) -> SourceError:
    """The error for a file that unpacks to more than any document holds."""
    return SourceError(
        f"{name} 解压后过大（{what}）；请拆成几个文件 / "
        f"{name} unpacks to too much ({what}): split it into several files."
    )


def local(element: etree._Element) -> str:
    """An element's name without its namespace; "" for comments and instructions.

    The transitional and the strict form of ECMA-376 differ in namespaces only.
    """
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class Archive:
    """A ZIP archive in memory, with limits on what comes out of it."""

    def __init__(self, data: bytes, name: str) -> None:
        """Read the directory.

        Raises:
            SourceError: it is damaged or lists more than a document has.
        """
        self.name = name
        self._left = _LARGEST_TOTAL
        try:
            self._zip, members = open_zip(data, _LIMITS)
        except DamagedError as error:
            raise damaged(name, "压缩目录 / the directory of the archive") from error
        except TooLargeError as error:
            raise too_large(name, f"{error} 个部件 / {error} parts") from error
        self._members = {info.filename.replace("\\", "/").lower(): info for info in members}

    @property
    def names(self) -> list[str]:
        """The names of its parts, in lower case, as they stand in the directory."""
        return list(self._members)

    @property
    def any_encrypted(self) -> bool:
        """Whether a part needs a password."""
        return any(info.flag_bits & 0x1 for info in self._members.values())

    def __contains__(self, part: str) -> bool:
        return part.lstrip("/").lower() in self._members

    def read(self, part: str) -> bytes:
        """A part's bytes.

        Raises:
            SourceError: there is no such part, it is damaged, encrypted, packed in a way that office
                formats do not have, or larger than any document's.
        """
        info = self._members.get(part.lstrip("/").lower())
        if info is None:
            raise damaged(self.name, f"缺 {_short(part)} / {_short(part)} is missing")
        try:
            content = unpack(self._zip, info, _LIMITS, self._left)
        except EncryptedError as error:
            raise encrypted(self.name) from error
        except DamagedError as error:
            raise damaged(self.name, ": ".join(filter(None, (_short(part), str(error))))) from error
        except TooLargeError as error:
            raise too_large(
                self.name, ": ".join(filter(None, (_short(part), str(error))))
            ) from error
        self._left -= len(content)
        return content


def parse_xml(content: bytes, name: str, part: str) -> etree._Element:
    """The root of an office part, which may have no document type and no entities of its own.

    Raises:
        SourceError: it is no well-formed XML, or has a document type.
    """
    try:
        return root_of(content)
    except DoctypeError as error:
        raise damaged(
            name,
            f"{_short(part)}: DTD",
            "含有不允许的 XML 声明",
            "has an XML declaration that is not allowed",
        ) from error
    except DamagedError as error:
        raise damaged(name, f"{_short(part)}: {error}") from error


def _short(part: str) -> str:
    """A part's name for a message: absurd ones are cut, control characters replaced."""
    shown = "".join(char if char.isprintable() else "?" for char in part)
    return shown if len(shown) <= 60 else shown[:57] + "…"
