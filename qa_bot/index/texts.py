"""The clauses of a segment as plain text, in which a name is looked for that other texts have shown to be one."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import IndexDamagedError

__all__ = ["TextWriter", "Texts"]

_FILE, _STARTS = "texts.txt", "starts.npy"
_BETWEEN = b"\n"


class TextWriter:
    """Gathers the clauses of a segment, row by row."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._starts: list[tuple[int, int]] = []
        self._at = 0

    def add(self, text: str, offset: int) -> None:
        """Take a clause.

        Args:
            text: under its headings, in simplified characters.
            offset: where its own words begin.
        """
        above, own = text[:offset].encode(), text[offset:].encode()
        self._starts.append((self._at, self._at + len(above)))
        self._pieces += [above, own, _BETWEEN]
        self._at += len(above) + len(own) + len(_BETWEEN)

    def save(self, folder: Path) -> None:
        """Write them into a segment's folder."""
        (folder / _FILE).write_bytes(b"".join(self._pieces))
        starts = np.array(self._starts, np.int64).reshape(-1, 2)
        np.save(folder / _STARTS, starts, allow_pickle=False)


class Texts:
    """Finds names in what a `TextWriter` wrote."""

    def __init__(self, text: bytes | mmap.mmap, starts: NDArray[np.int64]) -> None:
        self._text = text
        self._starts = starts

    @classmethod
    def open(cls, folder: Path) -> Texts:
        """Map what was saved.

        Raises:
            IndexDamagedError: a file is missing or cannot be read.
        """
        try:
            starts = np.load(folder / _STARTS, allow_pickle=False)
            with (folder / _FILE).open("rb") as stream:
                if not len(starts):
                    return cls(b"", starts)
                return cls(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), starts)
        except (OSError, ValueError) as error:
            raise IndexDamagedError(
                f"索引的文本读不了：{error}；请运行 qa-bot build / "
                f"The texts of the index cannot be read: {error}. Run: qa-bot build"
            ) from error

    def of(self, row: int) -> tuple[str, str]:
        """What stands above a clause, and its own words."""
        start, own = self._starts[row]
        end = self._starts[row + 1, 0] if row + 1 < len(self._starts) else len(self._text)
        end -= len(_BETWEEN)
        return self._text[start:own].decode(), self._text[own:end].decode()

    def find(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The rows that have a name, how often it stands under their headings, and how often in their own words."""
        wanted = name.encode()
        places = []
        at = self._text.find(wanted)
        while at >= 0:
            places.append(at)
            at = self._text.find(wanted, at + len(wanted))
        found = np.array(places, np.int64)
        rows = np.searchsorted(self._starts[:, 0], found, side="right") - 1
        own = found >= self._starts[rows, 1]
        distinct, where = np.unique(rows, return_inverse=True)
        every = np.bincount(where, minlength=len(distinct)).astype(np.int64)
        return distinct, every, np.bincount(where, own, len(distinct)).astype(np.int64)
