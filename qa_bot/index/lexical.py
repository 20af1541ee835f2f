"""The lexical index: BM25 over the tokens of `words`, by bm25s."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import IndexDamagedError

__all__ = ["LexicalIndex"]


class LexicalIndex:
    """BM25 (Lucene's variant) over token lists.

    A clause is short and says a thing once or names it in every half-sentence: repetition counts for
    less than in web pages (k1 = 0.8), length too (b = 0.4). Chosen on dev; see docs/retrieval.md.
    """

    def __init__(self, retriever: object, size: int, frequency: dict[str, int]) -> None:
        self._bm25 = retriever
        self._frequency = frequency
        self.size = size

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]]) -> LexicalIndex:
        """Index one token list a clause; an empty list is found by nothing."""
        import bm25s

        bm25 = bm25s.BM25(k1=0.8, b=0.4)
        # bm25s cannot index nothing: one passage of a token that no question has stands in for it.
        bm25.index([list(t) for t in tokens] if any(tokens) else [[""]], show_progress=False)
        frequency = Counter(token for passage in tokens for token in set(passage))
        return cls(bm25, len(tokens), dict(frequency))

    def save(self, folder: Path) -> None:
        """Write the index as plainly named arrays into a new folder."""
        self._bm25.save(str(folder), show_progress=False)  # type: ignore[attr-defined]
        statistics = {"size": self.size, "document_frequency": self._frequency}
        (folder / "statistics.json").write_text(
            json.dumps(statistics, ensure_ascii=False, sort_keys=True), encoding="utf-8"
        )

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Read what `save` wrote.

        Raises:
            IndexDamagedError: a file is missing or cannot be read.
        """
        import bm25s

        try:
            row = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
            bm25 = bm25s.BM25.load(str(folder), load_corpus=False)
            return cls(bm25, row["size"], row["document_frequency"])
        except (OSError, ValueError, KeyError) as error:
            raise IndexDamagedError(
                f"词汇索引读不了：{error}；请运行 qa-bot build / "
                f"The lexical index cannot be read: {error}. Run: qa-bot build"
            ) from error

    def idf(self, token: str) -> float:
        """Inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5)); highest for an unknown token.

        Source: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with Lucene's 1 +.
        """
        count = self._frequency.get(token, 0)
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))

    def knows(self, token: str) -> bool:
        """Whether any clause has the token."""
        return token in self._frequency

    def holds(self, tokens: Sequence[str], positions: Sequence[int]) -> NDArray[np.bool_]:
        """Which of the tokens each of some clauses has, `(len(tokens), len(positions))`."""
        held = np.zeros((len(tokens), len(positions)), np.bool_)
        vocabulary = self._bm25.vocab_dict  # type: ignore[attr-defined]
        columns = self._bm25.scores  # type: ignore[attr-defined]
        for row, token in enumerate(tokens):
            column = vocabulary.get(token)
            if column is not None:
                start, end = columns["indptr"][column : column + 2]
                held[row] = np.isin(positions, columns["indices"][start:end])
        return held

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of every clause for these tokens, `(size,)`; all zero for unknown ones."""
        vocabulary = self._bm25.vocab_dict  # type: ignore[attr-defined]
        known = [token for token in tokens if token in vocabulary]
        if not known:
            return np.zeros(self.size, np.float32)
        scores: NDArray[np.float32] = self._bm25.get_scores(known)  # type: ignore[attr-defined]
        return scores
