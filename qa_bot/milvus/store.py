"""What a question finds in a Milvus: candidates by its searches, their scores worked out here from the rows.

Milvus offers the sentences nearest to the question and the clauses best by its own BM25. Which of them are best
is told by the same numbers as in the index on this machine, read from the rows: an index of Milvus that is
quantised, or another way to cut words, can only leave out a candidate and never changes a score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.index.dense import product
from qa_bot.index.store import Pool, Wanted
from qa_bot.milvus.connection import Connection
from qa_bot.milvus.packing import BLOCK, Scored
from qa_bot.milvus.rows import Rows, incomplete
from qa_bot.milvus.sample import Sample
from qa_bot.milvus.schema import Names

__all__ = ["MilvusStore"]

# So many sentences, and so many clauses by words, are offered.
_OFFERED, _BY_WORDS = 512, 96
# Where filters leave no more than these they are all compared.
_FEW = 512
# A condition names so many stretches of positions at most; a filter that leaves more takes several searches.
_STRETCHES = 256
# Searches that are under way at once: two a question.
_THREADS = 32
# How far a graph is searched: at least as far as there are results.
_WIDTH = {"ef": _OFFERED}


class MilvusStore:
    """The clauses of a generation in a Milvus. Safe to use from several threads."""

    def __init__(
        self,
        connection: Connection,
        names: Names,
        rows: Rows,
        sample: Sample,
        searchable: NDArray[np.bool_],
        sentences: int,
    ) -> None:
        """Over a generation.

        Args:
            connection: to the Milvus.
            names: of the collections.
            rows: of the clauses.
            sample: that tells how scores are distributed.
            searchable: which clauses are found by their words.
            sentences: how many there are of these.
        """
        self._connection = connection
        self._names = names
        self._rows = rows
        self._sample = sample
        self._searchable = searchable
        self._sentences = sentences
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="qa-bot-milvus")

    def retrieve(self, wanted: Wanted) -> Pool:
        """As `qa_bot.index.store.Store.retrieve`.

        Raises:
            StoreError: the store does not answer, or not in full.
        """
        count = int(np.count_nonzero(wanted.within))
        found = [np.asarray(wanted.also, np.int64)]
        if 0 < count <= _FEW:
            found.append(np.flatnonzero(wanted.within))
        elif count:
            stretches = list(self._stretches(wanted.within))
            text = " ".join(wanted.tokens)
            near = [self._threads.submit(self._near, wanted.query, one) for one in stretches]
            words = [self._threads.submit(self._by_words, text, one) for one in stretches if text]
            found += [one.result() for one in (*near, *words)]
        positions = np.unique(np.concatenate(found)).astype(np.int64)
        rows = self._rows.scored(positions.tolist())
        cosine, sentence = _cosines(rows, wanted.query)
        cosines, sums = self._sample.of_vectors(wanted.query)
        return Pool(
            positions,
            cosine,
            sentence,
            _lexical(rows, wanted.tokens),
            cosines,
            sums,
            self._sample.of_words(wanted.tokens),
        )

    def close(self) -> None:
        """End its threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _near(
        self, query: NDArray[np.float32], stretches: Sequence[tuple[int, int]]
    ) -> NDArray[np.int64]:
        """Clauses with a sentence near a question."""
        condition = _within("sentence", [(a * BLOCK, b * BLOCK) for a, b in stretches])
        hits = self._search(
            self._names.sentences, "vector", query.tolist(), "IP", condition, _OFFERED, _WIDTH
        )
        # A graph may give fewer where a condition leaves few, though never nothing: each stretch has a sentence.
        if len(hits) < (1 if condition else min(_OFFERED, self._sentences)):
            raise incomplete(self._connection, f"{self._names.sentences}: {len(hits)}")
        return np.array([int(hit["sentence"]) // BLOCK for hit in hits], np.int64)

    def _by_words(self, text: str, stretches: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
        """Clauses that Milvus' BM25 has first."""
        condition = _within("position", stretches)
        condition = f"searchable == true and ({condition})" if condition else "searchable == true"
        hits = self._search(self._names.clauses, "words", text, "BM25", condition, _BY_WORDS, {})
        return np.array([int(hit["position"]) for hit in hits], np.int64)

    def _search(
        self,
        collection: str,
        field: str,
        query: list[float] | str,
        metric: str,
        condition: str,
        limit: int,
        params: dict[str, Any],
    ) -> list[dict[str, Any]]:
        found = self._connection.call(
            "search",
            collection,
            [query],
            filter=condition,
            limit=limit,
            anns_field=field,
            search_params={"metric_type": metric, "params": params},
        )
        return list(found[0])

    def _stretches(self, within: NDArray[np.bool_]) -> Iterator[list[tuple[int, int]]]:
        """Stretches of positions that hold what may be found, some for each search; an empty list for all.

        What is never found lies in no way: a stretch goes on over it.
        """
        if bool((within == self._searchable).all()):
            yield []
            return
        held = np.flatnonzero(self._searchable)
        edges = np.diff(within[held].astype(np.int8), prepend=0, append=0)
        starts, ends = held[np.flatnonzero(edges == 1)], held[np.flatnonzero(edges == -1) - 1] + 1
        every = list(zip(starts.tolist(), ends.tolist(), strict=True))
        for at in range(0, len(every), _STRETCHES):
            yield every[at : at + _STRETCHES]


def _within(field: str, stretches: Sequence[tuple[int, int]]) -> str:
    return " or ".join(f"({field} >= {start} and {field} < {end})" for start, end in stretches)


def _cosines(
    rows: Sequence[Scored], query: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of clauses, and of the best sentence of each."""
    if not rows:
        nothing = np.zeros(0, np.float32)
        return nothing, nothing
    cosine = product(np.stack([one.vector for one in rows]), query)
    counts = np.array([len(one.sentences) for one in rows])
    every = product(np.concatenate([one.sentences for one in rows]).astype(np.float32), query)
    best: NDArray[np.float32] = np.maximum.reduceat(every, np.cumsum(counts) - counts)
    return cosine, best


def _lexical(rows: Sequence[Scored], tokens: Sequence[str]) -> NDArray[np.float32]:
    """By BM25, added up in the order in which `LexicalIndex.scores` does."""
    scores = np.zeros(len(rows), np.float32)
    for token in tokens:
        scores += np.array([one.words.get(token, 0.0) for one in rows], np.float32)
    return scores
