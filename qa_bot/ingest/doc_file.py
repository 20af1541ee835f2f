"""The streams of a Word 97–2003 file: its header, its pieces of text, its stories ([MS-DOC] 2.4, 2.5)."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import olefile

from qa_bot.errors import SourceError
from qa_bot.ingest.office import damaged, encrypted

__all__ = ["Piece", "WordFile", "plc"]

_WORD_97 = 0x00C1
_MOST_CHARACTERS = 60_000_000
_STREAM_LIMIT = 400_000_000
# Where a table lies in FibRgFcLcb97, by its number.
_PAIRS = 154
_FIRST_PAIR = 9


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of the text as the file stores it.

    Attributes:
        start: its first character's position in the text.
        at: where it begins in the stream, in bytes.
        wide: whether a character takes two bytes.
        modifier: properties that a quick save laid over the piece, as a `Prm`.
    """

    start: int
    at: int
    wide: bool
    modifier: int


def plc(data: bytes, size: int) -> tuple[list[int], list[bytes]]:
    """Positions and records of a `PLC`: n + 1 positions, then n records of `size` bytes ([MS-DOC] 2.2.2)."""
    count = max((len(data) - 4) // (4 + size), 0)
    if not count:
        return [], []
    positions = list(struct.unpack_from(f"<{count + 1}I", data))
    first = 4 * (count + 1)
    return positions, [data[first + size * i : first + size * (i + 1)] for i in range(count)]


class WordFile:
    """The main stream and the table stream, with the characters of all stories in one text.

    Attributes:
        text: all characters, one for each position (a lone surrogate is U+FFFD).
        counts: how many characters each story has, in the order of the file.
    """

    STORIES = (
        "body",
        "footnotes",
        "headers",
        "macros",
        "comments",
        "endnotes",
        "boxes",
        "header_boxes",
    )

    def __init__(self, ole: olefile.OleFileIO, name: str) -> None:
        """Read header and pieces.

        Raises:
            SourceError: the file is damaged, encrypted, or older than Word 97.
        """
        self.name = name
        self._ole = ole
        self.main = self.stream("WordDocument")
        if len(self.main) < 0x200:
            raise damaged(name, "WordDocument")
        magic, version = struct.unpack_from("<HH", self.main)
        flags = struct.unpack_from("<H", self.main, 0x0A)[0]
        if magic not in (0xA5EC, 0xA5DC, 0xA697, 0xA699):
            raise damaged(name, "FIB")
        if magic != 0xA5EC or version < _WORD_97:
            raise SourceError(
                f"{name} 是 Word 6.0/95 的旧格式；请在 Word 或 WPS 里另存为 docx 再用 / "
                f"{name} is of Word 6.0 or 95: open it in Word or WPS and save it as docx."
            )
        if flags & 0x8100:
            raise encrypted(name)
        self.table = self.stream("1Table" if flags & 0x0200 else "0Table")
        try:
            self._read_header()
            self._read_pieces()
        except (struct.error, IndexError) as error:
            raise damaged(name, "FIB") from error

    def stream(self, stream: str, *, needed: bool = True) -> bytes:
        """A stream's bytes; empty where it is not there and not needed."""
        try:
            with self._ole.openstream(stream) as opened:
                return bytes(opened.read(_STREAM_LIMIT))
        except (OSError, ValueError, IndexError, TypeError, AttributeError, struct.error) as error:
            if needed:
                raise damaged(self.name, stream) from error
            return b""

    def _read_header(self) -> None:
        at = 0x20
        at += 2 + 2 * struct.unpack_from("<H", self.main, at)[0]
        longs = struct.unpack_from("<H", self.main, at)[0]
        numbers = struct.unpack_from("<11I", self.main, at + 2)
        self.counts = dict(zip(self.STORIES, numbers[3:11], strict=True))
        at += 2 + 4 * longs
        pairs = min(struct.unpack_from("<H", self.main, at)[0], _PAIRS)
        at += 2
        self._pairs = [
            struct.unpack_from("<II", self.main, at + 8 * i)
            for i in range(min(pairs, (len(self.main) - at) // 8))
        ]

    def structure(self, number: int, *, beyond: bool = False) -> bytes:
        """A structure of the table stream by its number in FibRgFcLcb97; `beyond` with all that follows it."""
        if number >= len(self._pairs):
            return b""
        start, size = self._pairs[number]
        return self.table[start:] if beyond and size else self.table[start : start + size]

    def _read_pieces(self) -> None:
        """The piece table ([MS-DOC] 2.9.38, 2.8.35), and the text that it puts together."""
        clx = self.structure(33)
        self.modifiers: list[bytes] = []
        at = 0
        while at < len(clx) and clx[at] == 1:
            size = struct.unpack_from("<H", clx, at + 1)[0]
            self.modifiers.append(clx[at + 3 : at + 3 + size])
            at += 3 + size
        if at >= len(clx) or clx[at] != 2:
            raise damaged(self.name, "Clx")
        size = struct.unpack_from("<I", clx, at + 1)[0]
        positions, records = plc(clx[at + 5 : at + 5 + size], 8)
        if (
            not records
            or any(a > b for a, b in pairwise(positions))
            or positions[-1] > _MOST_CHARACTERS
        ):
            raise damaged(self.name, "PlcPcd")
        self.pieces: list[Piece] = []
        out: list[str] = []
        for (start, end), record in zip(pairwise(positions), records, strict=True):
            fc, modifier = struct.unpack_from("<IH", record, 2)
            wide = not fc & 0x4000_0000
            fc &= 0x3FFF_FFFF
            if not wide:
                fc //= 2
            self.pieces.append(Piece(start, fc, wide, modifier))
            raw = self.main[fc : fc + (end - start) * (2 if wide else 1)]
            out.append(_wide(raw, end - start) if wide else _narrow(raw, end - start))
        self._starts = [piece.start for piece in self.pieces]
        lead = positions[0]
        self.text = "\0" * lead + "".join(out) if lead < 1000 else "".join(out)
        ends = list(accumulate(self.counts.values(), initial=0))
        self._ranges = dict(zip(self.STORIES, pairwise(ends), strict=True))

    def story(self, name: str) -> tuple[int, int]:
        """Where a story begins and ends in `text`."""
        start, end = self._ranges[name]
        return min(start, len(self.text)), min(end, len(self.text))

    def runs(self, start: int, end: int) -> Iterator[tuple[int, int, int, Piece]]:
        """The stretches of a range of characters: start, end, where the first lies in the stream, its piece."""
        index = max(bisect_right(self._starts, start) - 1, 0)
        while start < end and index < len(self.pieces):
            piece = self.pieces[index]
            following = (
                self.pieces[index + 1].start if index + 1 < len(self.pieces) else len(self.text)
            )
            stop = min(end, following)
            if stop > start:
                yield (
                    start,
                    stop,
                    piece.at + (start - piece.start) * (2 if piece.wide else 1),
                    piece,
                )
                start = stop
            index += 1


def _wide(raw: bytes, count: int) -> str:
    """UTF-16 as one character a code unit: both halves of a rare character stay, to be joined later."""
    text = raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass")
    if len(text) != len(raw) // 2:
        units = struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])
        text = "".join(map(chr, units))
    return text.ljust(count, "\0")


def _narrow(raw: bytes, count: int) -> str:
    """One byte a character: that of Windows-1252 ([MS-DOC] 2.9.73)."""
    return (
        raw.decode("cp1252", "replace").ljust(count, "\0")
        if raw.isascii()
        else _western(raw).ljust(count, "\0")
    )


def _western(raw: bytes) -> str:
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in raw)
