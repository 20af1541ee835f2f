"""The dense index: flat FAISS indexes over clause vectors, the vectors of their sentences, and coarse codes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import IndexDamagedError
from qa_bot.index.arrays import mapped, scattered
from qa_bot.index.coarse import OFFERED, Coarse, sums
from qa_bot.index.threads import one_thread

if TYPE_CHECKING:
    import faiss

__all__ = ["DenseIndex", "DensePart"]

# How the codes of a segment are tried: so many questions, and so many clauses that each should find.
_QUESTIONS, _BEST = 64, 24
# A question is as near to several sentences as the mean of so many is, and none of them.
_MIXED = 5
# Sentences that are multiplied at a time where their vectors are not kept in single precision.
_BLOCK = 16_384
# Threads that share out the segments of a search: 394,241 clauses take two 5 ms where they take one 7.
_SCANNERS = 2
_Score = Callable[["DensePart", NDArray[np.float32]], NDArray[np.float32]]
_Part = tuple["DensePart", NDArray[np.int64]]
_T = TypeVar("_T")
_R = TypeVar("_R")


class DensePart:
    """The vectors of one segment: clause vectors in FAISS and those of sentences, both mapped from disk.

    Attributes:
        size: how many clauses there are.
        dim: of the vectors.
        sentence_count: how many sentences they have.
        coarse: codes of the sentences; `None` where there are few.
    """

    def __init__(
        self,
        index: faiss.Index,
        sentences: NDArray[np.float16],
        bounds: NDArray[np.int32],
        coarse: Coarse | None,
    ) -> None:
        self._faiss = index
        self._sentences = sentences
        self._bounds = bounds
        self._fast: NDArray[np.float32] | None = None
        self.coarse = coarse
        self.size, self.dim = int(index.ntotal), int(index.d)
        self.sentence_count = len(sentences)
        self._vectors = _stored(index)

    @classmethod
    def build(
        cls,
        vectors: NDArray[np.float32],
        sentences: NDArray[np.float16],
        bounds: NDArray[np.int32],
    ) -> DensePart:
        """Index clause vectors.

        Args:
            vectors: float32 `(n, dim)`.
            sentences: float16 `(m, dim)`, unit length, of all sentences, clause by clause.
            bounds: int32 `(n + 1,)`: the sentences of clause `i` are `bounds[i]` to `bounds[i + 1]`.
        """
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index, sentences, bounds, Coarse.build(vectors, sentences, bounds))

    def save(self, folder: Path) -> None:
        """Write it into a new folder.

        Raises:
            OSError: there is no room.
        """
        import faiss

        folder.mkdir()
        try:
            faiss.write_index(self._faiss, str(folder / "clauses.faiss"))
            if self.coarse:
                self.coarse.save(folder)
        except RuntimeError as error:  # of any failed write
            raise OSError(str(error).splitlines()[0]) from error
        np.save(folder / "sentences.npy", self._sentences, allow_pickle=False)
        np.save(folder / "bounds.npy", self._bounds, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> DensePart:
        """Read what `save` wrote.

        Raises:
            IndexDamagedError: a file is missing or cannot be read.
        """
        import faiss

        try:
            index = faiss.read_index(str(folder / "clauses.faiss"), faiss.IO_FLAG_MMAP_IFC)
            coarse = Coarse.open(folder)
            sentences = mapped(folder / "sentences.npy")
            bounds = np.load(folder / "bounds.npy", allow_pickle=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise IndexDamagedError(
                f"向量索引读不了：{error}；请运行 qa-bot build / "
                f"The vector index cannot be read: {error}. Run: qa-bot build"
            ) from error
        part = cls(index, sentences, bounds, coarse)
        if coarse is not None:  # only some rows are ever read
            scattered(part._vectors)
            scattered(sentences)
        return part

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inner product of every clause with a question's vector `(dim,)`, in `(size,)`."""
        if not self.size:  # a segment all of whose texts are held in others
            return np.zeros(0, np.float32)
        found, rows = self._faiss.search(query[None, :], self.size)
        scores = np.empty(self.size, np.float32)
        scores[rows[0]] = found[0]
        return scores

    def best_sentence(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """For every clause the cosine of its sentence nearest to a question's vector, `(size,)`."""
        if not self.size:
            return np.zeros(0, np.float32)
        if self._fast is None:
            # Half precision saves disk; a product in single precision is ten times faster.
            self._fast = np.asarray(self._sentences, np.float32)
        cosines = product(self._fast, query)
        best: NDArray[np.float32] = np.maximum.reduceat(cosines, self._bounds[:-1])
        return best

    def _best_sentence(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `best_sentence`, for once: nothing is kept."""
        cosines = [
            product(self._sentences[start : start + _BLOCK].astype(np.float32), query)
            for start in range(0, self.sentence_count, _BLOCK)
        ]
        best: NDArray[np.float32] = np.maximum.reduceat(np.concatenate(cosines), self._bounds[:-1])
        return best

    def near(
        self, query: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Clauses with twice their cosine and that of their best sentence, both together, roughly.

        Returns:
            Of the `count` best sentences, or of all clauses where no code stands for them, the sums and the
            rows of their clauses, which may come several times.
        """
        if self.coarse is None:
            return 2 * self.scores(query) + self.best_sentence(query), np.arange(self.size)
        found, sentences = self.coarse.nearest(query, count)
        return found, np.searchsorted(self._bounds, sentences, side="right") - 1

    def spans(self) -> NDArray[np.int32]:
        """Of every clause its first sentence, and how many it has, `(size, 2)`."""
        return np.stack([self._bounds[:-1], np.diff(self._bounds)], axis=1)

    def take(
        self,
        rows: NDArray[np.int32],
        sentences: NDArray[np.int32],
        vectors: NDArray[np.float32],
        halves: NDArray[np.float16],
    ) -> None:
        """Copy the vectors of some clauses and of some sentences into arrays of as many rows."""
        # Not by numpy's `take`: it copies the whole of an array that does not begin at a multiple of four.
        vectors[:] = self._vectors[rows]
        halves[:] = self._sentences[sentences]

    def recall(self) -> float | None:
        """The share of the best clauses that `near` finds; `None` where it compares all.

        Measured with means of `_MIXED` of its sentences as questions and the `_BEST` clauses that an exact search
        finds for each. The codes find somewhat less for these than for what people ask (docs/performance.md).
        """
        if self.coarse is None:
            return None
        # What only a reference finds has no vector.
        there = np.flatnonzero(self._sentences.any(axis=1))
        if not len(there):
            return None
        shown = np.linspace(0, len(there) - 1, _QUESTIONS * _MIXED).astype(np.int64)
        mixed = self._sentences[there[shown]].reshape(_MIXED, _QUESTIONS, -1).astype(np.float32)
        found = 0
        for query in mixed.mean(axis=0):
            both = 2 * product(self._vectors, query) + self._best_sentence(query)
            best = np.argpartition(-both, _BEST)[:_BEST]
            found += int(np.isin(best, self.near(query, OFFERED)[1]).sum())
        return found / (_BEST * _QUESTIONS)

    def sums(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What the codes of `coarse` stand for, of all sentences of some clauses, and how many each has."""
        counts = np.diff(self._bounds)[rows].astype(np.int64)
        ends = np.cumsum(counts)
        at = np.repeat(self._bounds[rows + 1] - ends, counts) + np.arange(ends[-1])
        return sums(self._vectors, self._sentences, self._bounds, at), counts

    def sentences(self, row: int) -> NDArray[np.float16]:
        """The vectors of a clause's sentences, `(k, dim)`."""
        rows: NDArray[np.float16] = self._sentences[self._bounds[row] : self._bounds[row + 1]]
        return rows

    def vector(self, row: int) -> NDArray[np.float32]:
        """The vector of a clause, `(dim,)`."""
        vector: NDArray[np.float32] = self._vectors[row].copy()
        return vector

    def vectors(self) -> NDArray[np.float32]:
        """All clause vectors, `(size, dim)`."""
        return self._vectors.copy()


class DenseIndex:
    """Exact inner-product search by FAISS over the clauses of all segments.

    A clause's vector is the unit vector of its words under their headings: the inner product with a
    question is their cosine.

    Attributes:
        size: how many clauses there are.
    """

    def __init__(
        self,
        parts: Sequence[_Part],
        places: tuple[NDArray[np.int32], NDArray[np.int32]],
    ) -> None:
        """Over segments.

        Args:
            parts: of each segment with the position of each of its rows.
            places: for each position its segment and its row there.
        """
        self._parts = parts
        self._segment, self._row = places
        self.size = len(self._row)
        self._dim = parts[0][0].dim if parts else 0
        # Of each position the first of its sentences in its segment, and how many there are.
        self._spans = np.zeros((self.size, 2), np.int32)
        for part, positions in parts:
            self._spans[positions] = part.spans()

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """The score of every clause for a question's vector `(dim,)`, in `(size,)`."""
        return self._each(query, DensePart.scores)

    def best_sentence(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """For every clause the cosine of its sentence nearest to a question's vector, `(size,)`."""
        return self._each(query, DensePart.best_sentence)

    def _each(self, query: NDArray[np.float32], score: _Score) -> NDArray[np.float32]:
        scores = np.empty(self.size, np.float32)
        with one_thread():
            for part, positions in self._parts:
                scores[positions] = score(part, query)
        return scores

    def near(
        self, query: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What `DensePart.near` says of each segment: sums, and positions.

        Segments are shared out among threads: a search in codes leaves the interpreter to others.
        """

        def scan(parts: Sequence[_Part]) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
            found = []
            for part, positions in parts:
                of_part, rows = part.near(query, count)
                found.append((of_part, positions[rows]))
            return found

        sums, positions = zip(*chain(*_shared(scan, self._parts)), strict=True)
        return np.concatenate(sums), np.concatenate(positions)

    def scores_at(
        self, query: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of some clauses what `scores` and `best_sentence` say, `(n,)` each."""
        scores = np.empty((2, len(positions)), np.float32)
        if not len(positions):
            return scores[0], scores[1]
        order = np.argsort(self._segment[positions], kind="stable")
        segments, rows = self._segment[positions[order]], self._row[positions[order]]
        starts, counts = self._spans[positions[order]].T
        ends = np.cumsum(counts, dtype=np.int32)
        sentences = np.repeat(starts + counts - ends, counts) + np.arange(ends[-1], dtype=np.int32)
        vectors = np.empty((len(rows), self._dim), np.float32)
        halves = np.empty((len(sentences), self._dim), np.float16)
        changes = np.flatnonzero(np.diff(segments)) + 1
        for first, last in pairwise([0, *changes.tolist(), len(rows)]):
            mine, theirs = slice(first, last), slice(ends[first] - counts[first], ends[last - 1])
            part = self._parts[segments[first]][0]
            part.take(rows[mine], sentences[theirs], vectors[mine], halves[theirs])
        scores[0, order] = product(vectors, query)
        scores[1, order] = np.maximum.reduceat(product(singles(halves), query), ends - counts)
        return scores[0], scores[1]

    def sums(self, positions: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Twice a clause's vector and a sentence's, of all sentences of some clauses, and how many each has.

        The clauses stand in the order of their segments, which is that of `positions` only where all are in one.
        """
        parts = [
            self._parts[segment][0].sums(self._row[positions[mine]].astype(np.int64))
            for segment, mine in self._by_segment(positions)
        ]
        return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])

    def _by_segment(self, positions: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """The segments that hold some clauses, and which of these each holds."""
        segments = self._segment[positions]
        order = np.argsort(segments, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(segments[order])) + 1):
            if len(group):
                yield int(segments[group[0]]), group

    def sentence_scores(self, query: NDArray[np.float32], position: int) -> NDArray[np.float32]:
        """The cosine of a question's vector with each sentence of a clause, in order."""
        return product(self.sentences(position).astype(np.float32), query)

    def sentences(self, position: int) -> NDArray[np.float16]:
        """The vectors of a clause's sentences, `(k, dim)`."""
        return self._part(position).sentences(self._row[position])

    def vector(self, position: int) -> NDArray[np.float32]:
        """The vector of a clause, `(dim,)`."""
        return self._part(position).vector(self._row[position])

    def _part(self, position: int) -> DensePart:
        part: DensePart = self._parts[self._segment[position]][0]
        return part

    def vectors(self) -> NDArray[np.float32]:
        """All clause vectors by position, `(size, dim)`."""
        some = [(part.vectors(), positions) for part, positions in self._parts]
        vectors = np.empty((self.size, some[0][0].shape[1] if some else 0), np.float32)
        for own, positions in some:
            vectors[positions] = own
        return vectors


def _stored(index: Any) -> NDArray[np.float32]:  # noqa: ANN401 - faiss ships no types
    """The vectors that a flat index holds, `(n, dim)`, where they lie: good as long as the index is there."""
    import faiss

    if not index.ntotal:
        return np.zeros((0, index.d), np.float32)
    held: NDArray[np.float32] = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return held.reshape(-1, index.d)


def product(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`matrix @ vector` in this thread.

    BLAS would wake threads of its own, which go on spinning where ONNX Runtime wants the cores next:
    a question then takes 24 ms instead of 9 (eval/timings.py --warm, two cores).
    """
    found: NDArray[np.float32] = np.einsum("ij,j->i", matrix, vector)
    return found


def singles(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Half precision in single precision: as `astype`, for finite numbers, in a sixth of its time.

    The bits of sign, exponent and fraction are moved to where a single has them; its exponent is then too low by
    the difference of the two biases, 112, whatever the number, subnormal ones too.
    """
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(-0x70002000)
    found: NDArray[np.float32] = bits.view(np.float32)
    found *= np.float32(2.0**112)
    return found


def _shared(work: Callable[[Sequence[_T]], _R], items: Sequence[_T]) -> list[_R]:
    """What `work` gives for shares of the items, each in a thread of its own."""
    shares = max(1, min(_SCANNERS, len(items)))

    def alone(share: int) -> _R:
        with one_thread():
            return work(items[share::shares])

    others = [_scanners().submit(alone, share) for share in range(1, shares)]
    return [alone(0), *(other.result() for other in others)]


@functools.cache
def _scanners() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SCANNERS - 1, thread_name_prefix="qa-bot-scan")
