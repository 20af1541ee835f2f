"""Inputs changed at random: bytes, texts by line and word, JSON by value, archives by member.

What an archive or a PDF packs is changed unpacked, so that a change reaches the reader and not the unpacking
alone; every fourth time the packed bytes are changed, too.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["mutated", "pack", "unpacked"]

_BYTES = (0, 1, 7, 8, 9, 10, 13, 31, 32, 34, 38, 45, 48, 57, 60, 62, 127, 128, 0xD8, 0xFE, 0xFF)
_NUMBERS = (
    "0", "-1", "1", "65535", "65536", "2147483647", "-2147483648", "4294967296", "1e400", "NaN", "99999999999999999999",
    "0.0000001", "", "一百万", "９",
)  # fmt: skip
_VALUES = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    1.5,
    "",
    " ",
    "第一条",
    "0",
    [],
    {},
    "2019-02-30",
    "\ud800",
    "\0",
)
_CHARACTERS = (
    "\0\t\n\r\f\v\x1c\x85\u00a0\u2004\u2005\u2006\u2009\u200a\u200b\u2028\u2029\u3000\ufeff\ufffd\ue000\U0001f3ea"
    "\U00020000()（）〔〕[]【】《》“”\"'、，。；：！？.·—-…０９一十百千万零〇之第条款项章号年月日"
)


def mutated(
    data: bytes, other: bytes, shape: str, words: Sequence[str], chance: random.Random, longest: int
) -> bytes:
    """`data` with one to eight changes, some of them pieces of `other`; `longest` bytes at most."""
    changes: dict[str, Callable[[bytes, bytes, Sequence[str], random.Random], bytes]] = {
        "text": _text, "json": _json, "zip": _zip, "bytes": _raw,
    }  # fmt: skip
    change = changes[shape]
    for _ in range(1 + int(chance.expovariate(0.5)) % 8):
        data = change(data, other, words, chance)
    return data[:longest]


def _raw(data: bytes, other: bytes, words: Sequence[str], chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    size = min(int(chance.paretovariate(1)), max(len(data) - at, 1))
    way = chance.randrange(7)
    if way == 0:
        return data[:at] + bytes([chance.choice(_BYTES)]) + data[at + 1 :]
    if way == 1:
        return data[:at] + data[at + size :]
    if way == 2:
        return data[: at + size] + data[at:]
    if way == 3:
        from_ = chance.randrange(len(other) + 1)
        return data[:at] + other[from_ : from_ + 4 * size] + data[at:]
    if way == 4 and at < len(data):
        return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    if way == 5:
        piece = chance.choice(words or _NUMBERS).encode()
        return data[:at] + piece + data[at + (size if chance.random() < 0.5 else 0) :]
    return _number(data, chance)


def _number(data: bytes, chance: random.Random) -> bytes:
    """Another number in the place of one that is written in digits."""
    places = [i for i, byte in enumerate(data[:20_000]) if 48 <= byte <= 57]
    if not places:
        return data
    start = end = chance.choice(places)
    while end < len(data) and 48 <= data[end] <= 57:
        end += 1
    return data[:start] + chance.choice(_NUMBERS).encode() + data[end:]


def _text(data: bytes, other: bytes, words: Sequence[str], chance: random.Random) -> bytes:
    if chance.random() < 0.05:
        return _raw(data, other, words, chance)
    text = data.decode("utf-8", "replace")
    if chance.random() < 0.5:
        return _lines(text, other.decode("utf-8", "replace"), words, chance).encode()
    at = chance.randrange(len(text) + 1)
    size = 1 + int(chance.paretovariate(1)) % 40
    way = chance.randrange(5)
    if way == 0:
        return (text[:at] + text[at + size :]).encode()
    if way == 1:
        return (
            text[:at] + chance.choice(_CHARACTERS) * chance.choice((1, 1, 2, 9)) + text[at:]
        ).encode()
    if way == 2 and words:
        return (text[:at] + chance.choice(words) + text[at:]).encode()
    if way == 3:
        times = chance.choice((1, 2, 30))
        return (text[:at] + text[at : at + size] * times + text[at:]).encode()
    return _number(text.encode(), chance)


def _lines(text: str, other: str, words: Sequence[str], chance: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = chance.randrange(len(lines))
    size = 1 + int(chance.paretovariate(1)) % 30
    way = chance.randrange(6)
    if way == 0:
        del lines[at : at + size]
    elif way == 1:
        lines[at:at] = lines[at : at + size]
    elif way == 2:
        to = chance.randrange(len(lines))
        lines[at], lines[to] = lines[to], lines[at]
    elif way == 3:
        theirs = other.splitlines(keepends=True) or [""]
        from_ = chance.randrange(len(theirs))
        lines[at:at] = theirs[from_ : from_ + size]
    elif way == 4 and words:
        lines.insert(at, chance.choice(words) + chance.choice(("\n", "\n\n", "", "\f", "\r\n")))
    else:
        lines[at] = lines[at].rstrip("\r\n")
    return "".join(lines)


def _json(data: bytes, other: bytes, words: Sequence[str], chance: random.Random) -> bytes:
    """Another value somewhere, a key gone, an entry twice; now and then no JSON at all."""
    try:
        value = json.loads(data)
        theirs = json.loads(other)
    except (ValueError, RecursionError):
        return _text(data, other, words, chance)
    if chance.random() < 0.03:
        return _raw(data, other, words, chance)
    holders = list(_holders(value))
    if not holders:
        return other
    holder, key = chance.choice(holders)
    way = chance.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1:
        holder[key] = chance.choice(_VALUES)
    elif way == 2 and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif way == 3 and (found := list(_holders(theirs))):
        from_, at = chance.choice(found)
        holder[key] = from_[at]
    elif isinstance(holder[key], str):
        holder[key] = _text(
            holder[key].encode("utf-8", "replace"), other[:200], words, chance
        ).decode("utf-8", "replace")
    elif isinstance(holder[key], int):
        holder[key] = chance.choice((0, 1, -1, holder[key] + 1, 10**6, 2**63))
    return json.dumps(value, ensure_ascii=chance.random() < 0.3).encode("utf-8", "surrogatepass")


def _holders(value: Any) -> Any:
    """Every container of a JSON value with every key of it."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _holders(value[key])


def unpacked(data: bytes) -> list[tuple[str, bytes]] | None:
    """The members of an archive, none where it is damaged or packs more than an input has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > 2_000_000:
                return None
            return [(one.filename, archive.read(one)) for one in archive.infolist()]
    except Exception:  # whatever a damaged archive gives
        return None


def pack(members: Sequence[tuple[str, bytes]]) -> bytes:
    """An archive of some members, the same bytes for the same members; names may come twice."""
    import warnings

    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _zip(data: bytes, other: bytes, words: Sequence[str], chance: random.Random) -> bytes:
    members = unpacked(data)
    if not members or chance.random() < 0.25:
        return _raw(data, other, words, chance)
    at = chance.randrange(len(members))
    name, content = members[at]
    way = chance.randrange(12)
    if way == 0:
        del members[at]
    elif way == 1:
        members.append((name, content))
    elif way == 2:
        members[at] = (members[chance.randrange(len(members))][0], content)
    elif way == 3 and (theirs := unpacked(other)):
        members.append(chance.choice(theirs))
    elif way == 4:
        members[at] = (
            _text(name.encode(), b"", ("../", "/", "\\"), chance).decode("utf-8", "replace")[:200],
            content,
        )
    elif content.lstrip()[:1] == b"<":
        members[at] = (name, _xml(content, words, chance))
    else:
        members[at] = (name, _raw(content, other, words, chance))
    try:
        return pack(members)
    except (ValueError, UnicodeError):
        return data


def _xml(content: bytes, words: Sequence[str], chance: random.Random) -> bytes:
    """Well-formed more often than not: whole elements and values are changed."""
    text = content.decode("utf-8", "replace")
    pieces = text.replace("<", "\0<").replace(">", ">\0").split("\0")
    at = chance.randrange(len(pieces))
    size = chance.choice((1, 2, 3, 8))
    way = chance.randrange(6)
    if way == 0:
        del pieces[at : at + size]
    elif way == 1:
        pieces[at:at] = pieces[at : at + size] * chance.choice((1, 1, 50))
    elif way == 2:
        to = chance.randrange(len(pieces))
        pieces[at], pieces[to] = pieces[to], pieces[at]
    elif way == 3:
        pieces.insert(at, chance.choice(words or ("",)))
    elif way == 4:
        return _number(content, chance)
    else:
        return _text(content, b"", words, chance)
    return "".join(pieces).encode()
