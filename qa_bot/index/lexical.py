"""The lexical index: BM25 over the postings of segments.

The postings of a segment stay as they are when others come or go; what a token is worth depends on all of
them and is worked out when it is asked for. `bm25s`, which works it out beforehand, gives the same scores
(tests/test_segments.py).
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_bot.index.postings import Postings

__all__ = ["Extra", "LexicalIndex"]

# A clause is short and says a thing once or names it in every half-sentence: repetition counts for less
# than in web pages, length too. Chosen on dev; see docs/retrieval.md.
_K1 = 0.8
_B = 0.4
# The same tokens are weighed several times a question, and common ones in every question.
_IDF_KEPT = 1 << 16
# Bytes of lists that stay in memory, or as many for each clause, since lists grow with these; a longer one is put
# together each time.
_LISTS_KEPT, _KEPT_PER_CLAUSE = 64 * 2**20, 128
# Whether a list need be gone through is asked only where that costs more than the answer.
_LONG = 8_192
#: Positions that have a token beside those of the postings, and how often.
Extra = tuple[NDArray[np.int64], NDArray[np.int64]]


class Inverted(NamedTuple):
    """The clauses that have a token.

    Attributes:
        positions: int32, in order.
        impacts: float32, what the token adds to the score of each.
        most: the greatest of these; 0 for a token that no clause has.
    """

    positions: NDArray[np.int32]
    impacts: NDArray[np.float32]
    most: float


class LexicalIndex:
    """BM25 (Lucene's variant) over the clauses of all segments.

    Attributes:
        size: how many clauses there are.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Postings, NDArray[np.int64]]],
        extra: Mapping[str, Extra] | None = None,
    ) -> None:
        """Over postings.

        Args:
            parts: of each segment with the position of each of its rows.
            extra: names that the segment's own texts did not show to be one, where they stand.
        """
        self._parts = parts
        self._extra = extra or {}
        self._idf: dict[str, float] = {}
        self._lists: OrderedDict[str, Inverted] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()
        self.size = sum(len(positions) for _, positions in parts)
        total = sum(int(postings.lengths.sum()) for postings, _ in parts)
        mean = total / self.size if self.size and total else 1.0
        self._lengths = np.zeros(self.size, np.float32)
        for postings, positions in parts:
            self._lengths[positions] = postings.lengths
        self._norms = np.float32(_K1) * (
            np.float32(1 - _B) + np.float32(_B) * self._lengths / np.float32(mean)
        )

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]]) -> LexicalIndex:
        """Over one token list a clause; an empty list is found by nothing."""
        return cls([(Postings.build(tokens), np.arange(len(tokens)))])

    def idf(self, token: str) -> float:
        """Inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5)); highest for an unknown token.

        Source: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with Lucene's 1 +.
        """
        found = self._idf.get(token)
        if found is None:
            count = sum(postings.count(token) for postings, _ in self._parts)
            if token in self._extra:
                count += len(self._extra[token][0])
            found = math.log(1 + (self.size - count + 0.5) / (count + 0.5))
            if len(self._idf) >= _IDF_KEPT:
                self._idf.clear()
            self._idf[token] = found
        return found

    def holds(self, tokens: Sequence[str], positions: Sequence[int]) -> NDArray[np.bool_]:
        """Which of the tokens each of some clauses has, `(len(tokens), len(positions))`."""
        held = np.zeros((len(tokens), len(positions)), np.bool_)
        at = np.array(positions, np.int64)
        for row, token in enumerate(tokens):
            held[row] = _places(self.inverted(token).positions, at)[1]
        return held

    def tokens(self) -> list[str]:
        """All tokens that any clause has, sorted."""
        return sorted({*self._extra, *(one for part, _ in self._parts for one in part.vocabulary)})

    def postings(self, token: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The positions that have a token, in order, and how often each has it."""
        found = []
        for postings, positions in self._parts:
            rows, counts = postings.of(token)
            if len(rows):
                found.append((positions[rows], counts.astype(np.float32)))
        if token in self._extra:
            where, more = self._extra[token]
            found.append((where, more.astype(np.float32)))
        every = np.concatenate([one for one, _ in found] or [np.zeros(0, np.int64)])
        often = np.concatenate([one for _, one in found] or [np.zeros(0, np.float32)])
        if len(found) > 1 and (np.diff(every) < 0).any():
            order = np.argsort(every, kind="stable")
            every, often = every[order], often[order]
        return every, often

    def inverted(self, token: str) -> Inverted:
        """The clauses that have a token, with what it is worth in each; kept for the next question."""
        with self._lock:
            if (found := self._lists.get(token)) is not None:
                self._lists.move_to_end(token)
                return found
        where, counts = self.postings(token)
        impacts = (np.float32(self.idf(token)) * (counts / (counts + self._norms[where]))).astype(
            np.float32, copy=False
        )
        most = float(impacts.max()) if len(impacts) else 0.0
        found = Inverted(where.astype(np.int32), impacts, most)
        with self._lock:
            if token not in self._lists:
                self._lists[token] = found
                self._held += _bytes(found)
            while self._held > max(_LISTS_KEPT, _KEPT_PER_CLAUSE * self.size):
                self._held -= _bytes(self._lists.popitem(last=False)[1])
        return found

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of every clause for these tokens, `(size,)`; all zero for unknown ones."""
        scores = np.zeros(self.size, np.float32)
        for token in tokens:
            found = self.inverted(token)
            scores[found.positions] += found.impacts
        return scores

    def best(
        self,
        tokens: Sequence[str],
        count: int,
        among: NDArray[np.bool_],
        also: NDArray[np.int64],
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The clauses that score highest for some tokens, and others with them; exact, but not every clause is scored.

        MaxScore (Turtle and Flood 1995, doi:10.1016/0306-4573(95)00020-H): once `count` clauses score
        more than all tokens that are left could add, a clause that has none but these is not among the best, and
        the lists of these are only looked up for clauses that still may be.

        Args:
            tokens: of a question.
            count: how many of the best.
            among: which clauses may be among these, `(size,)`.
            also: positions of others whose score is wanted, in order.

        Returns:
            Positions in order, and their scores.
        """
        lists = sorted(map(self.inverted, tokens), key=lambda one: -one.most)
        left = [*np.cumsum([one.most for one in reversed(lists)], dtype=np.float64)[::-1], 0.0]
        scores = np.zeros(self.size, np.float32)
        seen: list[NDArray[np.int32]] = []
        done, least = 0, 0.0
        for one in lists:
            if len(one.positions) > _LONG:
                least = _kth(_values(scores, seen, among), count)
                if least > left[done]:
                    break
            seen.append(one.positions[scores[one.positions] == 0])
            scores[one.positions] += one.impacts
            done += 1
        met = np.concatenate([*seen, np.zeros(0, np.int32)])
        met = met[among[met]]
        met = np.sort(met[_may(scores[met], count, left[done])]).astype(np.int64)
        # Of the others only those are looked up that still may be among the best, and what is wanted anyhow.
        others = also[~_places(met, also)[1]]
        wanted = np.sort(np.concatenate([met, others]))
        mine, named = ~_places(others, wanted)[1], _places(also, wanted)[1]
        for at, one in enumerate(lists[done:], done + 1):
            places, there = _places(one.positions, wanted)
            scores[wanted[there]] += one.impacts[places[there]]
            keep = named | _may(scores[wanted], count, left[at], mine)
            wanted, mine, named = wanted[keep], mine[keep], named[keep]
        met = wanted[mine]
        # Of equal ones the earlier.
        best = met[np.argsort(-scores[met], kind="stable")[:count]]
        found = np.union1d(best[scores[best] > 0], also).astype(np.int64)
        return found, scores[found]


def _values(
    scores: NDArray[np.float32], seen: Sequence[NDArray[np.int32]], among: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The scores of some clauses that may be found."""
    every = np.concatenate([*seen, np.zeros(0, np.int32)])
    values: NDArray[np.float32] = scores[every[among[every]]]
    return values


def _kth(values: NDArray[np.float32], count: int) -> float:
    """What `count` of some scores reach; 0 where there are fewer."""
    return float(np.partition(values, -count)[-count]) if len(values) >= count else 0.0


def _may(
    values: NDArray[np.float32], count: int, left: float, mine: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Which scores may be among the best `count` of those that are `mine` when `left` is the most that is still added."""
    may: NDArray[np.bool_] = values + left >= _kth(values if mine is None else values[mine], count)
    return may


def _places(
    held: NDArray[np.int32] | NDArray[np.int64], wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where in an ordered list some values are, and whether they are there."""
    places = np.searchsorted(held, wanted)
    there = places < len(held)
    there[there] = held[places[there]] == wanted[there]
    return places, there


def _bytes(one: Inverted) -> int:
    return one.positions.nbytes + one.impacts.nbytes + 256
