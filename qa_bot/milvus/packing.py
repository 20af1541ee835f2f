"""How a clause is written into the fields of a row, and read again."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "Scored", "chunks", "pack_scored", "pack_tokens", "pieces", "unpack"]

#: Sentences of one clause have the numbers from `position * BLOCK` on.
BLOCK = 1 << 16
_HEAD = struct.Struct("<iii")
# Bytes of a row of the parts before they are written in base 64.
_CHUNK = 48_000


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What a clause is scored by.

    Attributes:
        kind: of the clause.
        document: its id.
        facets: of time and place.
        quantities: int16 `(kinds,)`, how many of each kind it names.
        tokens: how many tokens its own words have.
        words: what each of its words adds to its score by BM25.
        own_words: of its text alone, without what stands above it.
        vector: float32 `(dim,)`.
        sentences: float16 `(k, dim)`.
    """

    kind: str
    document: str
    facets: frozenset[str]
    quantities: NDArray[np.int16]
    tokens: int
    words: Mapping[str, float]
    own_words: frozenset[str]
    vector: NDArray[np.float32]
    sentences: NDArray[np.float16]

    @classmethod
    def read(cls, text: str) -> Scored:
        """What `pack_scored` wrote."""
        data = base64.b64decode(text)
        size, count, words = _HEAD.unpack_from(data)
        head = json.loads(data[_HEAD.size : _HEAD.size + size])
        quantities = np.zeros(head["kinds"], np.int16)
        for at, number in head["quantities"]:
            quantities[at] = number
        at = _HEAD.size + size
        impacts = np.frombuffer(data, "<f4", words, at)
        at += impacts.nbytes
        vector = np.frombuffer(data, "<f4", head["dim"], at)
        sentences = np.frombuffer(data, "<f2", count * head["dim"], at + vector.nbytes)
        return cls(
            head["kind"],
            head["document"],
            frozenset(head["facets"]),
            quantities,
            head["tokens"],
            dict(zip(_split(head["words"]), impacts.tolist(), strict=True)),
            frozenset(_split(head["own_words"])),
            vector,
            sentences.reshape(count, -1),
        )


def pack_scored(one: Scored) -> str:
    """A clause as `Scored.read` reads it: the numbers as they are, so that scores are the same to the last bit."""
    head = json.dumps(
        {
            "kind": one.kind,
            "document": one.document,
            "facets": sorted(one.facets),
            "kinds": len(one.quantities),
            "quantities": [
                (int(at), int(one.quantities[at])) for at in np.flatnonzero(one.quantities)
            ],
            "tokens": one.tokens,
            "words": "\n".join(one.words),
            "own_words": "\n".join(sorted(one.own_words)),
            "dim": len(one.vector),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    arrays = (
        np.array(list(one.words.values()), "<f4"),
        one.vector.astype("<f4"),
        one.sentences.astype("<f2"),
    )
    data = _HEAD.pack(len(head), len(one.sentences), len(one.words)) + head
    return base64.b64encode(data + b"".join(array.tobytes() for array in arrays)).decode()


def pack_tokens(codes: NDArray[np.uint8], sentences: NDArray[np.int16]) -> str:
    """The codes of a clause's tokens `(n, width)`, and the sentence of each `(n,)`."""
    data = struct.pack("<ii", *codes.shape) + codes.tobytes() + sentences.astype("<i2").tobytes()
    return base64.b64encode(data).decode()


def unpack(text: str) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """What `pack_tokens` wrote."""
    data = base64.b64decode(text)
    rows, width = struct.unpack_from("<ii", data)
    codes = np.frombuffer(data, np.uint8, rows * width, 8).reshape(rows, width)
    return codes, np.frombuffer(data, "<i2", rows, 8 + codes.nbytes)


def chunks(data: bytes) -> list[str]:
    """Bytes as rows of the parts hold them; the first says how many there are."""
    packed = zlib.compress(data, 6)
    starts = range(0, max(len(packed), 1), _CHUNK)
    made = [base64.b64encode(packed[at : at + _CHUNK]).decode() for at in starts]
    return [f"{len(made)}:{made[0]}", *made[1:]]


def pieces(rows: Sequence[str]) -> bytes:
    """What `chunks` made.

    Raises:
        ValueError: a row is missing or altered.
    """
    count, _, first = rows[0].partition(":")
    if int(count) != len(rows):
        raise ValueError(f"{len(rows)} of {count} parts")
    try:
        return zlib.decompress(b"".join(base64.b64decode(one) for one in (first, *rows[1:])))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _split(words: str) -> list[str]:
    return words.split("\n") if words else []
