"""Token vectors of all clauses, in two bits a number, for late interaction.

A clause's score is the mean over the question's tokens of the best cosine with a token of the clause
(MaxSim; Khattab and Zaharia 2020, arXiv:2004.12832). The vectors are turned at random and coded by
faiss's `QT_2bit_tqmse` (Zandieh et al. 2025, arXiv:2504.19874), which depends on no data: what was coded
once stays good when clauses are added. What that costs is measured by `eval/token_codes.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import IndexDamagedError
from qa_bot.index.arrays import mapped, scattered
from qa_bot.index.threads import one_thread

__all__ = ["HEADING", "WEAK", "LateScores", "TokenIndex", "TokenPart", "encode_tokens"]

_SEED = 1
_NUMBERS = 4  # of two bits each in a byte
_NORM = 2  # bytes at the end of a code: the length of the decoded vector, half precision
# Vectors decoded at a time: they are multiplied while the processor's second-level cache holds them.
_BLOCK = 640
#: Of a token that stands for a title, a heading or context, in place of the number of its sentence.
HEADING = -1
#: Below this cosine a token of a question has no match; right clauses have few such tokens (eval/fit.py).
WEAK = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class LateScores:
    """Late interaction of a question with some clauses.

    Attributes:
        whole: with a clause under its headings, `(n,)`, -1 to 1.
        body: with its own words only, `(n,)`; `whole` for a clause that has none.
        weak: the share of the question's tokens whose best cosine under the headings is below `WEAK`, `(n,)`.
        anywhere: the mean over the question's tokens of the best cosine with any of the clauses: how much
            of the question these speak of together.
    """

    whole: NDArray[np.float32]
    body: NDArray[np.float32]
    weak: NDArray[np.float32]
    anywhere: float


class TokenPart:
    """Codes of the token vectors of one segment, mapped from disk."""

    def __init__(
        self,
        codes: NDArray[np.uint8],
        sentences: NDArray[np.int16],
        bounds: NDArray[np.int64],
    ) -> None:
        self._codes = codes
        self._sentences = sentences
        self._bounds = bounds
        self.size = len(bounds) - 1
        own = np.cumsum(np.concatenate([[0], sentences != HEADING]))
        self._own = own[bounds[1:]] - own[bounds[:-1]]

    @classmethod
    def build(
        cls, codes: Sequence[NDArray[np.uint8]], sentences: Sequence[NDArray[np.int16]]
    ) -> TokenPart:
        """Put clauses together.

        Args:
            codes: of `encode_tokens`, for each clause.
            sentences: for each token of each clause the number of its sentence, or -1 for one that
                stands for what is above the clause; these come first.
        """
        bounds = np.cumsum([0, *map(len, codes)], dtype=np.int64)
        some = bool(len(codes))
        return cls(
            np.concatenate(codes) if some else np.zeros((0, _NORM), np.uint8),
            np.concatenate(sentences) if some else np.zeros(0, np.int16),
            bounds,
        )

    def save(self, folder: Path) -> None:
        """Write the index into a new folder."""
        folder.mkdir()
        np.save(folder / "codes.npy", self._codes, allow_pickle=False)
        np.save(folder / "sentences.npy", self._sentences, allow_pickle=False)
        np.save(folder / "bounds.npy", self._bounds, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> TokenPart:
        """Map what `save` wrote.

        Raises:
            IndexDamagedError: a file is missing or cannot be read.
        """
        try:
            codes = mapped(folder / "codes.npy")
            scattered(codes)
            return cls(
                codes,
                np.load(folder / "sentences.npy", allow_pickle=False),
                np.load(folder / "bounds.npy", allow_pickle=False),
            )
        except (OSError, ValueError) as error:
            raise IndexDamagedError(
                f"词向量索引读不了：{error}；请运行 qa-bot build / "
                f"The index of token vectors cannot be read: {error}. Run: qa-bot build"
            ) from error

    def of(self, row: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """The codes and the sentences of a clause's tokens."""
        rows = slice(int(self._bounds[row]), int(self._bounds[row + 1]))
        return self._codes[rows], self._sentences[rows]

    def own(self) -> NDArray[np.int64]:
        """How many tokens the own words of each clause have, `(size,)`."""
        own: NDArray[np.int64] = self._own
        return own

    def bounds(self) -> NDArray[np.int64]:
        """Where the tokens of each clause begin, and behind the last, `(size + 1,)`."""
        return self._bounds

    def codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Codes of tokens."""
        found: NDArray[np.uint8] = self._codes[rows]
        return found


class TokenIndex:
    """Codes of the token vectors of all segments.

    Attributes:
        size: how many clauses there are.
    """

    def __init__(
        self,
        parts: Sequence[tuple[TokenPart, NDArray[np.int64]]],
        places: tuple[NDArray[np.int32], NDArray[np.int32]],
    ) -> None:
        """Over segments.

        Args:
            parts: of each segment with the position of each of its rows.
            places: for each position its segment and its row there.
        """
        self._parts = [part for part, _ in parts]
        self._segment, self._row = places
        self.size = len(self._row)
        self._own = np.zeros(self.size, np.int64)
        self._starts = np.zeros(self.size, np.int64)
        self._lengths = np.zeros(self.size, np.int64)
        for part, positions in parts:
            bounds = part.bounds()
            self._own[positions] = part.own()
            self._starts[positions] = bounds[:-1]
            self._lengths[positions] = np.diff(bounds)

    def of(self, position: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """The codes and the sentences of a clause's tokens."""
        part: TokenPart = self._parts[self._segment[position]]
        return part.of(self._row[position])

    def lengths(self, positions: Sequence[int]) -> NDArray[np.int64]:
        """How many tokens the own words of some clauses have, `(n,)`."""
        lengths: NDArray[np.int64] = self._own[list(positions)]
        return lengths

    def scores(self, question: NDArray[np.float32], positions: Sequence[int]) -> LateScores:
        """Late interaction with the clauses at `positions`.

        Args:
            question: unit vectors of the question's own tokens, `(k, dim)`.
            positions: of clauses; one without tokens gets -1.
        """
        at = list(positions)
        lengths = self._lengths[at]
        if not len(question) or not lengths.sum():
            nothing = np.full(len(at), -1.0, np.float32)
            return LateScores(nothing, nothing, np.ones_like(nothing), -1.0)
        cosines = _cosines(self._codes(at, lengths), question)
        own = self._own[at]
        # The best of each clause's headings, then of its own words, clause by clause; -1 where there are none.
        parts = np.column_stack([lengths - own, own]).ravel()
        best = np.full((len(parts), len(question)), -1.0, np.float32)
        there = parts > 0
        starts = np.cumsum(parts) - parts
        best[there] = np.maximum.reduceat(cosines, starts[there], axis=0)
        under = np.maximum(best[::2], best[1::2])
        whole = under.mean(axis=1)
        body = np.where(own > 0, best[1::2].mean(axis=1), whole)
        weak = (under < WEAK).mean(axis=1).astype(np.float32)
        return LateScores(whole, body, weak, float(under.max(axis=0).mean()))

    def _codes(self, positions: Sequence[int], lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The codes of the tokens of some clauses, one clause behind the other."""
        ends = np.cumsum(lengths)
        rows = np.repeat(self._starts[positions] - ends + lengths, lengths) + np.arange(ends[-1])
        if len(self._parts) == 1:
            return self._parts[0].codes(rows)
        segments = np.repeat(self._segment[positions], lengths)
        codes: NDArray[np.uint8] | None = None
        for segment in np.unique(segments):
            mine = segments == segment
            found = self._parts[segment].codes(rows[mine])
            if codes is None:
                codes = np.empty((len(rows), found.shape[1]), np.uint8)
            codes[mine] = found
        assert codes is not None
        return codes


def encode_tokens(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The codes of unit vectors `(n, dim)`: uint8 `(n, dim / 4 + 2)`."""
    dim = vectors.shape[1]
    quantizer, turn = _quantizer(dim)
    if not len(vectors):
        return np.zeros((0, quantizer.code_size + _NORM), np.uint8)
    codes = quantizer.compute_codes(turn.apply(np.ascontiguousarray(vectors)))
    lengths = np.linalg.norm(quantizer.decode(codes), axis=1).astype("<f2")
    return np.hstack([codes, lengths.view(np.uint8).reshape(-1, _NORM)])


def _cosines(codes: NDArray[np.uint8], question: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of each coded token with each token of the question, `(tokens, k)`."""
    _, turn = _quantizer(question.shape[1])
    lengths = np.ascontiguousarray(codes[:, -_NORM:]).view("<f2").astype(np.float32)
    # By a table of the four numbers that a byte stands for: half the time of `quantizer.decode`.
    table = _numbers(question.shape[1])
    cosines = np.empty((len(codes), len(question)), np.float32)
    numbers = np.empty((_BLOCK, codes.shape[1] - _NORM), table.dtype)
    with one_thread():
        turned = turn.apply(np.ascontiguousarray(question, np.float32))
        for start in range(0, len(codes), _BLOCK):
            block = codes[start : start + _BLOCK, :-_NORM]
            decoded = table.take(block, out=numbers[: len(block)], mode="clip").view(np.float32)
            decoded = decoded[:, : question.shape[1]]  # the last byte may have places to spare
            np.matmul(decoded, turned.T, out=cosines[start : start + _BLOCK])
    cosines /= lengths
    return cosines


@functools.cache
def _numbers(dim: int) -> NDArray[np.complex128]:
    """The four numbers that each byte of a code stands for, `(256,)`: the same at every place of a code.

    Four in single precision are copied as one thing of 16 bytes, for which numpy has a complex number.
    """
    quantizer, _ = _quantizer(dim)
    codes = np.repeat(np.arange(256, dtype=np.uint8)[:, None], quantizer.code_size, axis=1)
    numbers = np.ascontiguousarray(quantizer.decode(codes)[:, :_NUMBERS], np.float32)
    return numbers.view(np.complex128).reshape(-1)


@functools.cache
def _quantizer(dim: int) -> tuple[Any, Any]:
    import faiss

    quantizer = faiss.ScalarQuantizer(dim, faiss.ScalarQuantizer.QT_2bit_tqmse)
    quantizer.train(np.zeros((1, dim), np.float32))
    turn = faiss.RandomRotationMatrix(dim, dim)
    # A hundred times as fast where others want the cores, and the same however many there are.
    with one_thread():
        turn.init(_SEED)
    return quantizer, turn
