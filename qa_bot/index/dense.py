"""The dense index: flat FAISS indexes over clause vectors, and the vectors of their sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import IndexDamagedError
from qa_bot.index.arrays import mapped
from qa_bot.index.threads import one_thread

if TYPE_CHECKING:
    import faiss

__all__ = ["DenseIndex", "DensePart"]

_Score = Callable[["DensePart", NDArray[np.float32]], NDArray[np.float32]]


class DensePart:
    """The vectors of one segment: clause vectors in FAISS, those of sentences mapped from disk."""

    def __init__(
        self, index: faiss.Index, sentences: NDArray[np.float16], bounds: NDArray[np.int32]
    ) -> None:
        self._faiss = index
        self._sentences = sentences
        self._bounds = bounds
        self._fast: NDArray[np.float32] | None = None
        self.size = int(index.ntotal)

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
        return cls(index, sentences, bounds)

    def save(self, folder: Path) -> None:
        """Write it into a new folder.

        Raises:
            OSError: there is no room.
        """
        import faiss

        folder.mkdir()
        try:
            faiss.write_index(self._faiss, str(folder / "clauses.faiss"))
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
            index = faiss.read_index(str(folder / "clauses.faiss"))
            sentences = mapped(folder / "sentences.npy")
            bounds = np.load(folder / "bounds.npy", allow_pickle=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise IndexDamagedError(
                f"向量索引读不了：{error}；请运行 qa-bot build / "
                f"The vector index cannot be read: {error}. Run: qa-bot build"
            ) from error
        return cls(index, sentences, bounds)

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inner product of every clause with a question's vector `(dim,)`, in `(size,)`."""
        if not self.size:  # a segment all of whose texts are held in others
            return np.zeros(0, np.float32)
        with one_thread():
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

    def sentences(self, row: int) -> NDArray[np.float16]:
        """The vectors of a clause's sentences, `(k, dim)`."""
        rows: NDArray[np.float16] = self._sentences[self._bounds[row] : self._bounds[row + 1]]
        return rows

    def vector(self, row: int) -> NDArray[np.float32]:
        """The vector of a clause, `(dim,)`."""
        vector: NDArray[np.float32] = self._faiss.reconstruct(int(row))
        return vector

    def vectors(self) -> NDArray[np.float32]:
        """All clause vectors, `(size, dim)`."""
        vectors: NDArray[np.float32] = self._faiss.reconstruct_n(0, self.size)
        return vectors


class DenseIndex:
    """Exact inner-product search by FAISS over the clauses of all segments.

    A clause's vector is the unit vector of its words under their headings: the inner product with a
    question is their cosine.

    Attributes:
        size: how many clauses there are.
    """

    def __init__(
        self,
        parts: Sequence[tuple[DensePart, NDArray[np.int64]]],
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

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """The score of every clause for a question's vector `(dim,)`, in `(size,)`."""
        return self._each(query, DensePart.scores)

    def best_sentence(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """For every clause the cosine of its sentence nearest to a question's vector, `(size,)`."""
        return self._each(query, DensePart.best_sentence)

    def _each(self, query: NDArray[np.float32], score: _Score) -> NDArray[np.float32]:
        scores = np.empty(self.size, np.float32)
        for part, positions in self._parts:
            scores[positions] = score(part, query)
        return scores

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


def product(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """`matrix @ vector` in this thread.

    BLAS would wake threads of its own, which go on spinning where ONNX Runtime wants the cores next:
    a question then takes 24 ms instead of 9 (eval/timings.py --warm, two cores).
    """
    found: NDArray[np.float32] = np.einsum("ij,j->i", matrix, vector)
    return found
