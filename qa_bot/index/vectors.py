"""The vectors of clauses and their sentences: made once, kept where a build is interrupted, found again by hash."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder import Encoder, TokenVectors
from qa_bot.index.dense import DensePart
from qa_bot.index.passages import Passage
from qa_bot.index.threads import one_thread
from qa_bot.index.tokens import HEADING, TokenPart, encode_tokens
from qa_bot.text import sentences

__all__ = [
    "ENCODING",
    "Checkpoint",
    "Kept",
    "Vectors",
    "encode",
    "encoded",
    "packed",
    "passage_hashes",
]


class Vectors(NamedTuple):
    """What is made of a clause.

    Attributes:
        whole: its vector, `(dim,)`.
        sentences: those of its sentences, `(k, dim)`.
        codes: of its tokens and of those that it stands under: `qa_bot.index.tokens`.
        numbers: for each of these tokens the number of its sentence, or -1.
    """

    whole: NDArray[np.float32]
    sentences: NDArray[np.float16]
    codes: NDArray[np.uint8]
    numbers: NDArray[np.int16]


_CHUNK = 64
# Raise it when vectors are made in another way, so that none made in the old way is taken over.
_METHOD = 6
_SECONDS = 30.0  # of work that a crash may lose
ENCODING = "编码条文 / Encoding clauses"


def passage_hashes(passages: Sequence[Passage], searchable: NDArray[np.bool_]) -> list[str]:
    """What the vectors of each passage depend on, beside the model."""
    return [
        hashlib.sha256(f"{_METHOD}\0{found}\0{p.offset}\0{p.full}".encode()).hexdigest()
        for p, found in zip(passages, searchable, strict=True)
    ]


#: The root of a build's checkpoint, under the index folder.
ENCODED = ".encoded"


class Kept(Protocol):
    """Where vectors may be found that were made before."""

    def find(self, hashes: Iterable[str]) -> dict[str, Vectors]:
        """Those that are there, by passage hash."""


class Checkpoint:
    """Vectors that an unfinished build has made, or a part of a corpus that is encoded by itself, in `<root>/<model>/`.

    Guarantees: a file is there whole or not at all; one that cannot be read is left out.
    """

    def __init__(self, root: Path, fingerprint: str) -> None:
        self._all = root
        self.folder = root / fingerprint[:16]
        self._pending: dict[str, Vectors] = {}
        self._written = time.monotonic()
        self._where: dict[str, Path] | None = None

    def find(self, hashes: Iterable[str]) -> dict[str, Vectors]:
        """Those that are there, by passage hash."""
        if self._where is None:
            self._where = {}
            for path in sorted(self.folder.glob("*.npz")):
                self._where.update(dict.fromkeys(_hashes(path), path))
        by_file: dict[Path, list[str]] = {}
        for sha in hashes:
            if sha in self._where:
                by_file.setdefault(self._where[sha], []).append(sha)
        found: dict[str, Vectors] = {}
        for path, wanted in by_file.items():
            held = _read(path)
            # Copies, so that a few vectors do not keep a whole file in memory.
            for sha in wanted:
                if one := held.get(sha):
                    found[sha] = Vectors(
                        one.whole.copy(), one.sentences.copy(), one.codes.copy(), one.numbers.copy()
                    )
        return found

    def add(self, sha: str, vectors: Vectors) -> None:
        """Keep the vectors of a passage; written every half minute."""
        self._pending[sha] = vectors
        if time.monotonic() - self._written > _SECONDS:
            self.write()

    def write(self) -> None:
        """Write what is not written yet."""
        self._written = time.monotonic()
        if not self._pending:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        made = list(self._pending.values())
        path = self.folder / f"{time.time_ns()}-{os.getpid()}.npz"
        temporary = path.with_suffix(".new")
        try:
            self._save(temporary, made)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        self._pending.clear()

    def _save(self, path: Path, made: Sequence[Vectors]) -> None:
        with path.open("wb") as stream:
            np.savez(
                stream,
                hashes=np.array(list(self._pending)),
                clauses=np.stack([one.whole for one in made]),
                sentences=np.concatenate([one.sentences for one in made]),
                bounds=np.cumsum([0, *(len(one.sentences) for one in made)]),
                codes=np.concatenate([one.codes for one in made]),
                numbers=np.concatenate([one.numbers for one in made]),
                token_bounds=np.cumsum([0, *(len(one.codes) for one in made)]),
            )
            stream.flush()
            os.fsync(stream.fileno())

    def close(self) -> None:
        """Write what is not written yet; for `contextlib.closing`."""
        self.write()

    def clear(self) -> None:
        """Remove everything: a generation holds it now."""
        shutil.rmtree(self._all, ignore_errors=True)


_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
)


def _hashes(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return [str(sha) for sha in kept["hashes"]]
    except _UNREADABLE:
        return []


def _read(path: Path) -> dict[str, Vectors]:
    """What a file of a checkpoint holds."""
    found: dict[str, Vectors] = {}
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            rows, codes, numbers = kept["sentences"], kept["codes"], kept["numbers"]
            for sha, whole, (a, b), (c, d) in zip(
                kept["hashes"],
                kept["clauses"],
                itertools.pairwise(kept["bounds"]),
                itertools.pairwise(kept["token_bounds"]),
                strict=True,
            ):
                found[str(sha)] = Vectors(whole, rows[a:b], codes[c:d], numbers[c:d])
    except _UNREADABLE:
        return {}
    return found


def nothing(dim: int) -> Vectors:
    """The vectors of what only a reference finds: it needs none."""
    return Vectors(
        np.zeros(dim, np.float32),
        np.zeros((1, dim), np.float16),
        encode_tokens(np.zeros((0, dim), np.float32)),
        np.zeros(0, np.int16),
    )


def encode(
    passages: Sequence[Passage],
    hashes: Sequence[str],
    searchable: NDArray[np.bool_],
    kept: Sequence[Kept],
    encoder: Encoder,
    checkpoint: Checkpoint,
    told: Callable[[int], None],
) -> tuple[DensePart, TokenPart]:
    """Encode what is not kept anywhere.

    Args:
        passages: of the clauses of a segment.
        hashes: of `passage_hashes`.
        searchable: `(n,)`; what only a reference finds needs no vector.
        kept: where vectors may be, by hash; the first that has them counts.
        encoder: of the model that made them.
        checkpoint: where new ones are kept until the build is done; whatever stops the work, an
            exception or Ctrl-C, what was made is in it.
        told: how many passages are done.
    """
    dim = encoder.model.dim
    without = nothing(dim)
    made = {sha: without for sha, found in zip(hashes, searchable, strict=True) if not found}
    for store in kept:
        missing = [sha for sha in dict.fromkeys(hashes) if sha not in made]
        if missing:
            made |= store.find(missing)
    wanted: dict[
        str, Passage
    ] = {}  # articles that a new version of a law left as they were come twice
    for sha, one in zip(hashes, passages, strict=True):
        if sha not in made:
            wanted.setdefault(sha, one)
    done = len(passages) - len(wanted)
    told(done)
    order = list(wanted)
    try:
        for start in range(0, len(order), _CHUNK):
            chunk = order[start : start + _CHUNK]
            read = encoded([wanted[sha] for sha in chunk], encoder)
            for sha, vectors in zip(chunk, read, strict=True):
                made[sha] = vectors
                checkpoint.add(sha, vectors)
            told(done + start + len(chunk))
    finally:
        checkpoint.write()
    return packed([made[sha] for sha in hashes], dim)


def packed(every: Sequence[Vectors], dim: int) -> tuple[DensePart, TokenPart]:
    """The vectors of the clauses of a segment, put together."""
    bounds = np.cumsum([0, *(len(one.sentences) for one in every)], dtype=np.int32)
    dense = DensePart.build(
        np.stack([one.whole for one in every]) if every else np.zeros((0, dim), np.float32),
        np.concatenate([one.sentences for one in every])
        if every
        else np.zeros((0, dim), np.float16),
        bounds,
    )
    return dense, TokenPart.build([one.codes for one in every], [one.numbers for one in every])


def encoded(passages: Sequence[Passage], encoder: Encoder) -> list[Vectors]:
    """What the model makes of passages."""
    read = encoder.encode_passages_tokens([one.full for one in passages])
    with one_thread():  # threads cost more than such small products take
        return [
            Vectors(
                tokens.pooled,
                _sentence_vectors(one, tokens),
                encode_tokens(tokens.vectors[tokens.is_text]),
                _sentence_numbers(one, tokens),
            )
            for one, tokens in zip(passages, read, strict=True)
        ]


def _sentence_vectors(read: Passage, tokens: TokenVectors) -> NDArray[np.float16]:
    """One vector for each sentence of the body, read within its passage."""
    rows = [_within(tokens, read.offset, start, end) for start, end in sentences(read.body)]
    # Every clause has one at least, so that the best of its sentences is defined.
    return np.array(rows or [tokens.pooled], np.float16)


def _sentence_numbers(read: Passage, tokens: TokenVectors) -> NDArray[np.int16]:
    """For each token of the text the sentence of the body that its middle lies in, or -1 above it."""
    spans = tokens.spans[tokens.is_text]
    middle = (spans[:, 0] + spans[:, 1]) / 2 - read.offset
    starts = [start for start, _ in sentences(read.body)]
    numbers = np.searchsorted(starts, middle, side="right") - 1
    return np.where(middle < 0, HEADING, numbers.clip(min=0)).astype(np.int16)


def _within(tokens: TokenVectors, offset: int, start: int, end: int) -> NDArray[np.float32]:
    """The unit vector of a part of a passage, from the pass over the whole of it.

    The mean of the part's token vectors (late chunking, Günther et al. 2024, arXiv:2409.04701). A part
    beyond the model's length gets the passage's vector.
    """
    middle = (tokens.spans[:, 0] + tokens.spans[:, 1]) / 2 - offset
    inside = tokens.vectors[tokens.is_text & (middle >= start) & (middle < end)]
    mean: NDArray[np.float32] = inside.mean(axis=0) if len(inside) else tokens.pooled
    return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-12))
