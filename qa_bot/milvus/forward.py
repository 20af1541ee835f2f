"""What each clause has, out of lists by token that say which clauses have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.index.lexical import LexicalIndex

__all__ = ["Forward", "impacts"]

# Clauses whose words are gathered at a time: some hundred MB.
_GATHERED = 1 << 18


def impacts(lexical: LexicalIndex, token: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The clauses that have a token, and what it adds to the score of each by BM25."""
    found = lexical.inverted(token)
    return found.positions, found.impacts


class Forward:
    """What each clause has, by token, out of lists by token that say which clauses have it.

    Clauses are asked for in order: some are gathered at a time, in one pass over all lists.
    """

    def __init__(
        self,
        lexical: LexicalIndex,
        lists: Callable[[LexicalIndex, str], tuple[NDArray[Any], NDArray[np.float32]]],
    ) -> None:
        """Over an index.

        Args:
            lexical: that has the lists.
            lists: gives the positions that have a token, in order, and a number for each.
        """
        self._lexical = lexical
        self._lists = lists
        self._tokens = lexical.tokens()
        self._end = 0
        self._at: NDArray[np.int64] = np.zeros(0, np.int64)
        self._which: NDArray[np.int64] = np.zeros(0, np.int64)
        self._worth: NDArray[np.float64] = np.zeros(0)

    def of(self, position: int) -> dict[str, float]:
        """Tokens and numbers of a clause."""
        if position >= self._end:
            self._gather(position, position + _GATHERED)
        begin, end = np.searchsorted(self._at, [position, position + 1])
        held = zip(self._which[begin:end].tolist(), self._worth[begin:end].tolist(), strict=True)
        return {self._tokens[number]: value for number, value in held}

    def _gather(self, start: int, end: int) -> None:
        places, numbers, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
        for number, token in enumerate(self._tokens):
            positions, worth = self._lists(self._lexical, token)
            low, high = np.searchsorted(positions, [start, end])
            if low < high:
                places.append(positions[low:high].astype(np.int64))
                numbers.append(np.full(high - low, number, np.int64))
                values.append(worth[low:high].astype(np.float64))
        at = np.concatenate(places)
        order = np.argsort(at, kind="stable")
        self._at = at[order]
        self._which, self._worth = np.concatenate(numbers)[order], np.concatenate(values)[order]
        self._end = end
