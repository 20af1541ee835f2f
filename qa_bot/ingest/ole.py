"""The container of Office 97–2003 files (OLE2, [MS-CFB]), opened by olefile."""

from __future__ import annotations

import io
import struct

import olefile

from qa_bot.ingest.office import damaged

__all__ = ["open_ole"]


def open_ole(data: bytes, name: str) -> olefile.OleFileIO:
    """The container of a file.

    Raises:
        SourceError: its directory or allocation table is damaged.
    """
    try:
        return olefile.OleFileIO(io.BytesIO(data))
    except (
        OSError,
        ValueError,
        IndexError,
        TypeError,
        AttributeError,
        struct.error,
        RecursionError,
    ) as error:
        raise damaged(name, "OLE") from error
