"""The vectors of clauses and their sentences, made once and kept where a build is interrupted."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder import Encoder, TokenVectors
from qa_bot.encoder.progress import Progress
from qa_bot.index.dense import DenseIndex
from qa_bot.index.passages import Passage
from qa_bot.index.tokens import HEADING, TokenIndex, encode_tokens
from qa_bot.text import sentences

__all__ = ["Checkpoint", "Vectors", "encode", "passage_hashes"]


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
_METHOD = 4
_SECONDS = 30.0  # of work that a crash may lose
ENCODING = "编码条文 / Encoding clauses"


def passage_hashes(passages: Sequence[Passage], searchable: NDArray[np.bool_]) -> list[str]:
    """What the vectors of each passage depend on, beside the model."""
    return [
        hashlib.sha256(f"{_METHOD}\0{found}\0{p.offset}\0{p.full}".encode()).hexdigest()
        for p, found in zip(passages, searchable, strict=True)
    ]


class Checkpoint:
    """Vectors that an unfinished build has made, in `<index>/.encoded/<model>/`.

    Guarantees: a file is there whole or not at all; one that cannot be read is left out.
    """

    def __init__(self, index: Path, fingerprint: str) -> None:
        self._all = index / ".encoded"
        self._folder = self._all / fingerprint[:16]
        self._pending: dict[str, Vectors] = {}
        self._written = time.monotonic()

    def read(self) -> dict[str, Vectors]:
        """What is there, by passage hash."""
        found: dict[str, Vectors] = {}
        for path in sorted(self._folder.glob("*.npz")):
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
            except (
                OSError,
                EOFError,
                ValueError,
                KeyError,
                IndexError,
                TypeError,
                zipfile.BadZipFile,
            ):
                continue
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
        self._folder.mkdir(parents=True, exist_ok=True)
        made = list(self._pending.values())
        path = self._folder / f"{time.time_ns()}-{os.getpid()}.npz"
        temporary = path.with_suffix(".new")
        with temporary.open("wb") as stream:
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
        temporary.replace(path)
        self._pending.clear()

    def clear(self) -> None:
        """Remove everything: a generation holds it now."""
        shutil.rmtree(self._all, ignore_errors=True)


def encode(
    passages: Sequence[Passage],
    hashes: Sequence[str],
    searchable: NDArray[np.bool_],
    kept: dict[str, Vectors],
    encoder: Encoder,
    checkpoint: Checkpoint,
    progress: Progress,
) -> tuple[DenseIndex, TokenIndex]:
    """Encode what is neither in `kept` nor in the checkpoint.

    Args:
        passages: of all clauses.
        hashes: of `passage_hashes`.
        searchable: `(n,)`; what only a reference finds needs no vector.
        kept: vectors of an earlier generation, by hash.
        encoder: of the model that made `kept`.
        checkpoint: where vectors are kept until the build is done; whatever stops the work, an
            exception or Ctrl-C, what was made is in it.
        progress: told of every chunk.
    """
    dim = encoder.model.dim
    nothing = Vectors(
        np.zeros(dim, np.float32),
        np.zeros((1, dim), np.float16),
        encode_tokens(np.zeros((0, dim), np.float32)),
        np.zeros(0, np.int16),
    )
    made = {sha: nothing for sha, found in zip(hashes, searchable, strict=True) if not found}
    for known in (kept, checkpoint.read()):
        made |= {sha: known[sha] for sha in hashes if sha in known}
    missing = [i for i, sha in enumerate(hashes) if sha not in made]
    # Passages of like length together waste the least work.
    missing.sort(key=lambda i: len(passages[i].full))
    progress(ENCODING, 0, max(len(missing), 1))
    try:
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            for i, vectors in zip(
                chunk, _encoded([passages[i] for i in chunk], encoder), strict=True
            ):
                made[hashes[i]] = vectors
                checkpoint.add(hashes[i], vectors)
            progress(ENCODING, start + len(chunk), len(missing))
    finally:
        checkpoint.write()
    progress(ENCODING, max(len(missing), 1), max(len(missing), 1))
    every = [made[sha] for sha in hashes]
    sentence_rows = [one.sentences for one in every]
    bounds = np.cumsum([0, *(len(part) for part in sentence_rows)], dtype=np.int32)
    dense = DenseIndex.build(
        np.stack([one.whole for one in every]) if every else np.zeros((0, dim), np.float32),
        np.concatenate(sentence_rows) if every else np.zeros((0, dim), np.float16),
        bounds,
    )
    return dense, TokenIndex.build([one.codes for one in every], [one.numbers for one in every])


def _encoded(passages: Sequence[Passage], encoder: Encoder) -> list[Vectors]:
    read = encoder.encode_passages_tokens([one.full for one in passages])
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
