"""Which clauses of a segment have which tokens, how often: what BM25 is made of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import IndexDamagedError
from qa_bot.index.arrays import mapped

__all__ = ["Postings"]

_MOST = 65_535


class Postings:
    """The inverted lists of some clauses. Nothing in them depends on other clauses.

    Attributes:
        vocabulary: the column of each token.
        bounds: int64 `(tokens + 1,)`: the postings of column `c` are `bounds[c]` to `bounds[c + 1]`.
        rows: int32, the clauses that have a token, in order.
        counts: uint16, how often each has it.
        lengths: int32 `(n,)`, how many tokens each clause has.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        bounds: NDArray[np.int64],
        rows: NDArray[np.int32],
        counts: NDArray[np.uint16],
        lengths: NDArray[np.int32],
    ) -> None:
        self.vocabulary = {token: column for column, token in enumerate(vocabulary)}
        self.bounds = bounds
        self.rows = rows
        self.counts = counts
        self.lengths = lengths

    @classmethod
    def build(cls, tokens: Sequence[Sequence[str]]) -> Postings:
        """Invert one token list a clause."""
        lists: dict[str, list[tuple[int, int]]] = {}
        for row, own in enumerate(tokens):
            for token, count in Counter(own).items():
                lists.setdefault(token, []).append((row, min(count, _MOST)))
        vocabulary = sorted(lists)
        pairs = np.array([pair for token in vocabulary for pair in lists[token]], np.int64).reshape(
            -1, 2
        )
        return cls(
            vocabulary,
            np.cumsum([0, *(len(lists[token]) for token in vocabulary)], dtype=np.int64),
            pairs[:, 0].astype(np.int32),
            pairs[:, 1].astype(np.uint16),
            np.array([len(own) for own in tokens], np.int32),
        )

    def save(self, folder: Path) -> None:
        """Write them into a new folder."""
        folder.mkdir()
        vocabulary = json.dumps(list(self.vocabulary), ensure_ascii=False)
        (folder / "vocabulary.json").write_text(vocabulary, encoding="utf-8")
        for name in ("bounds", "rows", "counts", "lengths"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Postings:
        """Map what `save` wrote.

        Raises:
            IndexDamagedError: a file is missing or cannot be read.
        """
        try:
            vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            return cls(
                vocabulary,
                *(
                    mapped(folder / f"{name}.npy")
                    for name in ("bounds", "rows", "counts", "lengths")
                ),
            )
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamagedError(
                f"词汇索引读不了：{error}；请运行 qa-bot build / "
                f"The lexical index cannot be read: {error}. Run: qa-bot build"
            ) from error

    def count(self, token: str) -> int:
        """How many rows have a token."""
        column = self.vocabulary.get(token)
        return 0 if column is None else int(self.bounds[column + 1] - self.bounds[column])

    def of(self, token: str) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """The rows that have a token, and how often each has it; empty for one that none has."""
        column = self.vocabulary.get(token)
        if column is None:
            return self.rows[:0], self.counts[:0]
        start, end = self.bounds[column : column + 2]
        return self.rows[start:end], self.counts[start:end]
