"""Lists of a .doc: how their levels are numbered ([MS-DOC] 2.9.131 PlfLfo, 2.9.147 LSTF, 2.9.150 LVLF)."""

from __future__ import annotations

import struct

from qa_bot.ingest.doc_file import WordFile
from qa_bot.ingest.doc_properties import modifiers
from qa_bot.ingest.numbering import MSO_FORMATS, Level, List

__all__ = ["read_lists"]

_SUFFIXES = {0: "tab", 1: "space", 2: "nothing"}


def read_lists(file: WordFile) -> dict[int, List]:
    """The lists by the number that paragraphs give, from 1; those behind a damaged one are left out."""
    bases = _bases(file.structure(73, beyond=True))
    data = file.structure(74)
    lists: dict[int, List] = {}
    try:
        count = struct.unpack_from("<i", data)[0] if data else 0
        heads = [
            (struct.unpack_from("<i", data, 4 + 16 * i)[0], data[4 + 16 * i + 12])
            for i in range(max(min(count, len(data) // 16), 0))
        ]
        for number, (base, _) in enumerate(heads, start=1):
            lists[number] = List(str(base), bases.get(base, {}))
        at = 4 + 16 * len(heads)
        for number, (base, overrides) in enumerate(heads, start=1):
            at += 4
            levels, starts = dict(bases.get(base, {})), {}
            for _ in range(min(overrides, 9)):
                start, flags = struct.unpack_from("<iI", data, at)
                at += 8
                place = flags & 0xF
                if flags & 0x10 and not flags & 0x20:
                    starts[place] = start
                if flags & 0x20:
                    levels[place], at = _level(data, at)
                    if flags & 0x10:
                        starts[place] = levels[place].start
            lists[number] = List(str(base), levels, starts)
    except (struct.error, IndexError):
        pass
    return lists


def _bases(data: bytes) -> dict[int, dict[int, Level]]:
    """The definitions by their identity: all heads stand first, the levels of all follow."""
    found: dict[int, dict[int, Level]] = {}
    try:
        count = struct.unpack_from("<h", data)[0] if data else 0
        heads = [
            (struct.unpack_from("<i", data, 2 + 28 * i)[0], data[2 + 28 * i + 26])
            for i in range(count)
        ]
        at = 2 + 28 * len(heads)
        for identity, flags in heads:
            levels = found.setdefault(identity, {})
            for place in range(1 if flags & 1 else 9):
                levels[place], at = _level(data, at)
    except (struct.error, IndexError):
        pass
    return found


def _level(data: bytes, at: int) -> tuple[Level, int]:
    start, way, flags, places, suffix = struct.unpack_from("<iBB9sB", data, at)
    looks, paragraph, restart = struct.unpack_from("<BBB", data, at + 24)
    at += 28 + paragraph
    hidden = any(
        code == 0x083C and operand[:1] == b"\1"
        for code, operand in modifiers(data[at : at + looks])
    )
    at += looks
    length = struct.unpack_from("<H", data, at)[0]
    units = struct.unpack_from(f"<{length}H", data, at + 2)
    numbers = {place - 1 for place in places if place}
    text = "".join(
        f"%{unit + 1}" if index in numbers and unit < 9 else chr(unit) if unit >= 0x20 else ""
        for index, unit in enumerate(units)
    )
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    level = Level(
        start=start if 0 <= start < 1_000_000 else 1,
        format=MSO_FORMATS.get(way, "decimal"),
        text=text,
        suffix=_SUFFIXES.get(suffix, "tab"),
        restart=restart if flags & 0x08 else None,
        legal=bool(flags & 0x04),
        hidden=hidden,
    )
    return level, at + 2 + 2 * length
