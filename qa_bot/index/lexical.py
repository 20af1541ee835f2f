"""The lexical index: BM25 over the postings of segments.

The postings of a segment stay as they are when others come or go; what a token is worth depends on all of
them and is worked out when it is asked for. `bm25s`, which works it out beforehand, gives the same scores
(tests/test_segments.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

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
#: Positions that have a token beside those of the postings, and how often.
Extra = tuple[NDArray[np.int64], NDArray[np.int64]]


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
        has = np.zeros(self.size, np.bool_)
        for row, token in enumerate(tokens):
            found = [where for where, _ in self._postings(token)]
            for where in found:
                has[where] = True
            held[row] = has[at]
            for where in found:
                has[where] = False
        return held

    def tokens(self) -> list[str]:
        """All tokens that any clause has, sorted."""
        return sorted({*self._extra, *(one for part, _ in self._parts for one in part.vocabulary)})

    def postings(self, token: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The positions that have a token, in order, and how often each has it."""
        found = self._postings(token)
        positions = np.concatenate([where for where, _ in found] or [np.zeros(0, np.int64)])
        counts = np.concatenate([more for _, more in found] or [np.zeros(0, np.float32)])
        order = np.argsort(positions, kind="stable")
        return positions[order], counts[order]

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of every clause for these tokens, `(size,)`; all zero for unknown ones."""
        scores = np.zeros(self.size, np.float32)
        for token in tokens:
            idf = np.float32(self.idf(token))
            for where, counts in self._postings(token):
                scores[where] += idf * (counts / (counts + self._norms[where]))
        return scores

    def _postings(self, token: str) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """The positions that have a token, and how often."""
        found = []
        for postings, positions in self._parts:
            rows, counts = postings.of(token)
            if len(rows):
                found.append((positions[rows], counts.astype(np.float32)))
        if token in self._extra:
            where, more = self._extra[token]
            found.append((where, more.astype(np.float32)))
        return found
