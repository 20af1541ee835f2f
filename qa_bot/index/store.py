"""What a question finds in an index, whatever holds it: the clauses worth comparing, and their scores."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import Quantities
from qa_bot.index.coarse import OFFERED
from qa_bot.index.dense import DenseIndex, product
from qa_bot.index.lexical import LexicalIndex

__all__ = [
    "EXACT_CLAUSES",
    "KIND_WEIGHT",
    "LocalStore",
    "Moments",
    "Pool",
    "Store",
    "Wanted",
    "sampled",
]

#: So many clauses are all compared with a question; of more only those that may be among the best.
EXACT_CLAUSES = 12_000
#: What a kind of answer weighs beside the standard score of the vectors where candidates are chosen.
KIND_WEIGHT = 1.0
# Of a large index so many clauses are compared, and so many by words: half of each loses one of a hundred candidates.
_COMPARED = 1_024
_BY_WORDS = 192
# Where filters leave no more than these they are all compared.
_FEW = 4_096
# Clauses that show how scores are distributed: of the cosines, whose deviation is then known to 1.6 %, and of BM25,
# which few clauses have at all.
_SAMPLED, _SAMPLED_WORDS = 2_048, 65_536
# Words whose scores in the sample are kept for the next question.
_WORDS_KEPT = 512


class Moments(NamedTuple):
    """How scores are distributed over the clauses that are searched for."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, scores: NDArray[np.float32]) -> Moments:
        """Of these scores; zeros of none."""
        if not len(scores):
            return cls(0.0, 0.0)
        return cls(float(scores.mean()), float(scores.std()))

    def standard(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standard scores: less the mean, over the deviation; 0 where all scores are the same."""
        if self.deviation < 1e-9:
            return np.zeros_like(scores)
        standard: NDArray[np.float32] = (scores - np.float32(self.mean)) / np.float32(
            self.deviation
        )
        return standard


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is looked for.

    Attributes:
        query: the question's vector, `(dim,)`, unit length.
        tokens: its words.
        kinds: of answer that only few clauses give and it asks for.
        within: which clauses may be found, `(clauses,)`; what is only found by a reference is not among them.
        also: positions of clauses whose scores are wanted whatever they are.
    """

    query: NDArray[np.float32]
    tokens: Sequence[str]
    kinds: Sequence[str]
    within: NDArray[np.bool_]
    also: Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The clauses that a question is compared with.

    Attributes:
        positions: int64 `(n,)`, in order.
        cosine: of their vectors with the question's, `(n,)`.
        sentence: of the nearest of their sentences, `(n,)`.
        lexical: their scores by BM25, `(n,)`.
        cosines: how `cosine` is distributed over all clauses that are searched for.
        sums: how twice `cosine` and `sentence` together are.
        words: how `lexical` is.
    """

    positions: NDArray[np.int64]
    cosine: NDArray[np.float32]
    sentence: NDArray[np.float32]
    lexical: NDArray[np.float32]
    cosines: Moments
    sums: Moments
    words: Moments

    def rows(self, positions: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in the pool some clauses are; `KeyError` for one that is not."""
        wanted = np.asarray(positions, np.int64)
        rows = np.searchsorted(self.positions, wanted)
        if len(wanted) and (
            rows.max(initial=-1) >= len(self.positions) or (self.positions[rows] != wanted).any()
        ):
            raise KeyError(positions)
        return rows


class Store(Protocol):
    """Where vectors and postings are."""

    def retrieve(self, wanted: Wanted) -> Pool:
        """The clauses that may be among the best of a question, with their scores."""


class LocalStore:
    """The index on this machine.

    With no more than `EXACT_CLAUSES` clauses, or if asked to, every one is compared. Otherwise codes
    (`qa_bot.index.coarse`) and BM25 offer the clauses of a pool; the scores of these are exact, the moments
    those of a sample.
    """

    def __init__(
        self,
        dense: DenseIndex,
        lexical: LexicalIndex,
        quantities: Quantities,
        searchable: NDArray[np.bool_],
        exact: bool | None = None,
    ) -> None:
        """Over the parts of a generation.

        Args:
            dense: vectors.
            lexical: postings.
            quantities: what clauses name.
            searchable: which are found by their words.
            exact: whether all clauses are compared; by their number if not given.
        """
        self._dense = dense
        self._lexical = lexical
        self._quantities = quantities
        self._searchable = searchable
        self._count = int(np.count_nonzero(searchable))
        few = len(searchable) <= EXACT_CLAUSES if exact is None else exact
        self.exact = few or not self._count

    def retrieve(self, wanted: Wanted) -> Pool:
        """As `Store.retrieve`."""
        return self._all(wanted) if self.exact else self._some(wanted)

    def _all(self, wanted: Wanted) -> Pool:
        cosine = self._dense.scores(wanted.query)
        sentence = self._dense.best_sentence(wanted.query)
        lexical = self._lexical.scores(wanted.tokens)
        among = self._searchable
        return Pool(
            np.arange(len(among)),
            cosine,
            sentence,
            lexical,
            Moments.of(cosine[among]),
            Moments.of((2 * cosine + sentence)[among]),
            Moments.of(lexical[among]),
        )

    def _some(self, wanted: Wanted) -> Pool:
        cosines, sums = self._sample.moments(wanted.query)
        left = int(np.count_nonzero(wanted.within))
        near = (
            np.flatnonzero(wanted.within)
            if left <= _FEW
            else self._near(wanted, sums, left / self._count)
        )
        also = np.union1d(near, np.asarray(wanted.also, np.int64)).astype(np.int64)
        positions, lexical = self._lexical.best(wanted.tokens, _BY_WORDS, wanted.within, also)
        cosine, sentence = self._dense.scores_at(wanted.query, positions)
        words = self._sample.of_words(wanted.tokens)
        return Pool(positions, cosine, sentence, lexical, cosines, sums, words)

    def _near(self, wanted: Wanted, moments: Moments, share: float) -> NDArray[np.int64]:
        """Clauses near a question, about the best by its vector and by what they name.

        Args:
            wanted: what is looked for.
            moments: of the sums.
            share: how much of the index may be found.
        """
        sums, positions = self._dense.near(wanted.query, int(OFFERED / max(share, 1 / 64)))
        mine = wanted.within[positions]
        sums, positions = sums[mine], positions[mine]
        if len(positions) > _COMPARED:
            first = moments.standard(sums)
            if wanted.kinds:
                first += KIND_WEIGHT * self._quantities.fit(wanted.kinds, positions)
            positions = positions[np.argpartition(-first, _COMPARED)[:_COMPARED]]
        return np.unique(positions)

    @functools.cached_property
    def _sample(self) -> _Sample:
        return _Sample(self._dense, self._lexical, np.flatnonzero(self._searchable))


class _Sample:
    """Some clauses that stand for all: every so many of those that are searched for."""

    def __init__(
        self, dense: DenseIndex, lexical: LexicalIndex, searchable: NDArray[np.int64]
    ) -> None:
        own, self._of_words = sampled(searchable)
        self._sums, counts = dense.sums(own)
        self._starts = np.cumsum(counts) - counts
        # The clause's own vector, less one of its sentences, is half of the sum.
        self._vectors = np.stack([dense.vector(int(at)) for at in own]) if len(own) else self._sums
        self._lexical = lexical
        self._place = np.full(lexical.size, -1, np.int32)
        self._place[self._of_words] = np.arange(len(self._of_words), dtype=np.int32)
        self._held = functools.lru_cache(maxsize=_WORDS_KEPT)(self._of_word)

    def moments(self, query: NDArray[np.float32]) -> tuple[Moments, Moments]:
        """Of the cosines, and of twice these with the best sentence's."""
        sums = np.maximum.reduceat(product(self._sums, query), self._starts)
        return Moments.of(product(self._vectors, query)), Moments.of(sums)

    def of_words(self, tokens: Sequence[str]) -> Moments:
        """Of BM25."""
        scores = np.zeros(len(self._of_words), np.float32)
        for token in tokens:
            places, impacts = self._held(token)
            scores[places] += impacts
        return Moments.of(scores)

    def _of_word(self, token: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Where in the sample a word is, and what it is worth there."""
        found = self._lexical.inverted(token)
        places = self._place[found.positions]
        mine = places >= 0
        return places[mine], found.impacts[mine]


def sampled(searchable: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The clauses that stand for all that are searched for: for the vectors, and for BM25.

    Every so many of them, in order.
    """
    own, of_words = (
        searchable[np.linspace(0, len(searchable) - 1, min(count, len(searchable))).astype(np.intp)]
        for count in (_SAMPLED, _SAMPLED_WORDS)
    )
    return own, of_words
