"""What formats that are archives of XML have in common: unpacking and parsing what may be hostile.

A member is read from the bytes at hand and nowhere else, no more of it than its limits allow; XML has no
document type and no entities. What is wrong with a file is said here; each format says it in its own words.
"""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass

from lxml import etree

__all__ = [
    "DamagedError",
    "DoctypeError",
    "EncryptedError",
    "Limits",
    "TooLargeError",
    "open_zip",
    "root_of",
    "unpack",
]

_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# In one byte or two a character.
_DOCTYPE = re.compile(
    rb"<\0?!(?:\0?\s)*\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE
)
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError,
    OverflowError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip


class DamagedError(Exception):
    """It cannot be unpacked or parsed; the message is the library's, in one short line."""


class DoctypeError(Exception):
    """XML has a document type, or entities of its own."""


class EncryptedError(Exception):
    """It needs a password."""


class TooLargeError(Exception):
    """It unpacks to more than a document has; the message tells how much."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a format's files never reach.

    Attributes:
        members: of an archive.
        bytes: of a member, unpacked.
        ratio: of a member's size to its packed size, where it has more than `ratio_from` bytes.
        ratio_from: below that no ratio does harm.
    """

    members: int
    bytes: int
    ratio: int
    ratio_from: int = 5_000_000


def open_zip(data: bytes, limits: Limits) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """An archive in memory, and its members.

    Raises:
        DamagedError: its directory cannot be read.
        TooLargeError: it lists more members than a document has.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except _UNREADABLE as error:
        raise DamagedError(str(error)) from error
    if len(members) > limits.members:
        raise TooLargeError(str(len(members)))
    return archive, members


def unpack(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, left: int | None = None
) -> bytes:
    """A member's bytes.

    Args:
        archive: of `open_zip`.
        member: of the archive.
        limits: of the format.
        left: so many bytes at most, if that is less.

    Raises:
        EncryptedError, TooLargeError: it is.
        DamagedError: it cannot be unpacked, or is packed in a way that such formats do not have.
    """
    if member.flag_bits & 0x1:
        raise EncryptedError
    if member.compress_type not in _PACKED:
        raise DamagedError(f"compression {member.compress_type}")
    most = limits.bytes if left is None else min(limits.bytes, left)
    if member.file_size > most or (
        member.file_size > limits.ratio_from
        and member.file_size > limits.ratio * max(member.compress_size, 1)
    ):
        raise TooLargeError(str(member.file_size))
    try:
        with archive.open(member) as stream:
            content = stream.read(most + 1)
    except _UNREADABLE as error:
        raise DamagedError("") from error
    if len(content) > most:
        raise TooLargeError("")
    return content


def root_of(content: bytes) -> etree._Element:
    """The root of XML that may have no document type and no entities of its own.

    Raises:
        DamagedError: it is no well-formed XML; the message says where.
        DoctypeError: it has a document type.
    """
    if _DOCTYPE.search(content):
        raise DoctypeError
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise DamagedError(" ".join(str(error).split())[:120]) from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise DoctypeError
    return root
