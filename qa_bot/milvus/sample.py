"""How scores are distributed over all clauses, told by a sample that is published with them.

The sample is that of `qa_bot.index.store.LocalStore`, so that a standard score is the same in both.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_bot.index import Generation
from qa_bot.index.dense import product
from qa_bot.index.store import Moments, sampled

__all__ = ["Sample", "write_sample"]


class Sample:
    """Some clauses that stand for all."""

    def __init__(self, data: bytes) -> None:
        """Read what `write_sample` wrote.

        Raises:
            ValueError: it is unreadable.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as held:
                self._sums: NDArray[np.float32] = held["sums"]
                self._starts: NDArray[np.int64] = held["starts"]
                self._vectors: NDArray[np.float32] = held["vectors"]
                self._bounds: NDArray[np.int64] = held["bounds"]
                self._places: NDArray[np.int32] = held["places"]
                self._impacts: NDArray[np.float32] = held["impacts"]
                self._clauses = int(held["clauses"])
                words = bytes(held["words"]).decode()
        except (OSError, KeyError, EOFError) as error:
            raise ValueError(str(error)) from error
        self._column = {word: at for at, word in enumerate(words.split("\n") if words else ())}

    def of_vectors(self, query: NDArray[np.float32]) -> tuple[Moments, Moments]:
        """Of the cosines, and of twice these with the best sentence's."""
        if not len(self._starts):
            return Moments(0.0, 0.0), Moments(0.0, 0.0)
        sums = np.maximum.reduceat(product(self._sums, query), self._starts)
        return Moments.of(product(self._vectors, query)), Moments.of(sums)

    def of_words(self, tokens: Sequence[str]) -> Moments:
        """Of BM25."""
        scores = np.zeros(self._clauses, np.float32)
        for token in tokens:
            if (column := self._column.get(token)) is not None:
                own = slice(int(self._bounds[column]), int(self._bounds[column + 1]))
                scores[self._places[own]] += self._impacts[own]
        return Moments.of(scores)


def write_sample(generation: Generation) -> bytes:
    """The sample of a generation on disk."""
    own, of_words = sampled(np.flatnonzero(generation.searchable))
    dim = generation.manifest.dim
    # One clause at a time: `DenseIndex.sums` has several in the order of their segments.
    some = [generation.dense.sums(own[at : at + 1])[0] for at in range(len(own))]
    vectors = [generation.dense.vector(int(at)) for at in own]
    words: list[str] = []
    places, impacts = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for token in generation.lexical.tokens():
        found = generation.lexical.inverted(token)
        at = np.searchsorted(of_words, found.positions)
        there = at < len(of_words)
        there[there] = of_words[at[there]] == found.positions[there]
        if there.any():
            words.append(token)
            places.append(at[there].astype(np.int32))
            impacts.append(found.impacts[there])
    target = io.BytesIO()
    sizes = [len(one) for one in some]
    np.savez(
        target,
        sums=np.concatenate([np.zeros((0, dim), np.float32), *some]),
        starts=np.cumsum([0, *sizes[:-1]])[: len(sizes)].astype(np.int64),
        vectors=np.array(vectors, np.float32).reshape(-1, dim),
        bounds=np.cumsum([0, *(len(one) for one in places[1:])]).astype(np.int64),
        places=np.concatenate(places),
        impacts=np.concatenate(impacts),
        clauses=np.array(len(of_words)),
        words=np.frombuffer("\n".join(words).encode(), np.uint8),
    )
    return target.getvalue()
