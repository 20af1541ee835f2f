"""What a question needs of the parts of a generation, read by row: named as in `qa_bot.index.Generation`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import Quantities
from qa_bot.index.dense import product
from qa_bot.index.tokens import LateScores, TokenIndex, TokenPart
from qa_bot.milvus.packing import Scored
from qa_bot.milvus.rows import Rows

__all__ = ["Column", "Dense", "Lexicon", "Named", "Tokens"]

_T = TypeVar("_T")


class Column(Sequence[_T], Generic[_T]):
    """One thing that is known of each clause, by position."""

    def __init__(self, rows: Rows, of: Callable[[Scored], _T]) -> None:
        self._rows = rows
        self._of = of

    @overload
    def __getitem__(self, at: int) -> _T: ...
    @overload
    def __getitem__(self, at: slice) -> list[_T]: ...
    def __getitem__(self, at: int | slice) -> _T | list[_T]:
        if isinstance(at, slice):
            return [self._of(one) for one in self._rows.scored(range(self._rows.size)[at])]
        return self._of(self._rows.scored([range(self._rows.size)[at]])[0])

    def __len__(self) -> int:
        return self._rows.size

    def __iter__(self) -> Iterator[_T]:
        return iter(self[:])


class Named:
    """As `qa_bot.asked.Quantities`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def of(self, kind: str, positions: Sequence[int]) -> NDArray[np.float32]:
        """How well some clauses fit one kind, `(n,)`."""
        return self._counts(positions).of(kind, range(len(positions)))

    def fit(self, kinds: Sequence[str], positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """How well some clauses fit the kinds asked for, `(n,)`, 0 to 1."""
        if not kinds:
            return np.zeros(len(positions), np.float32)
        return self._counts(positions.tolist()).fit(kinds)

    def _counts(self, positions: Sequence[int]) -> Quantities:
        counts = [one.quantities for one in self._rows.scored(positions)]
        return Quantities(np.array(counts, np.int16).reshape(len(positions), -1))


class Lexicon:
    """As `qa_bot.index.lexical.LexicalIndex`, of the clauses' whole words or their own."""

    def __init__(self, rows: Rows, idf: Mapping[str, float], unknown: float, own: bool) -> None:
        """Over rows.

        Args:
            rows: of the generation.
            idf: of each word that any clause has.
            unknown: of any other.
            own: whether only the clauses' own words count.
        """
        self._rows = rows
        self._idf = idf
        self._unknown = unknown
        self._own = own

    def idf(self, token: str) -> float:
        """Inverse document frequency; highest for an unknown token."""
        return self._idf.get(token, self._unknown)

    def holds(self, tokens: Sequence[str], positions: Sequence[int]) -> NDArray[np.bool_]:
        """Which of the tokens each of some clauses has, `(len(tokens), len(positions))`."""
        rows = self._rows.scored(positions)
        held = [one.own_words if self._own else one.words for one in rows]
        found = [[token in one for one in held] for token in tokens]
        return np.array(found, np.bool_).reshape(len(tokens), len(positions))


class Dense:
    """As `qa_bot.index.dense.DenseIndex`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def sentence_scores(self, query: NDArray[np.float32], position: int) -> NDArray[np.float32]:
        """The cosine of a question's vector with each sentence of a clause, in order."""
        return product(self.sentences(position).astype(np.float32), query)

    def sentences(self, position: int) -> NDArray[np.float16]:
        """The vectors of a clause's sentences, `(k, dim)`."""
        return self._rows.scored([position])[0].sentences

    def vector(self, position: int) -> NDArray[np.float32]:
        """The vector of a clause, `(dim,)`."""
        return self._rows.scored([position])[0].vector


class Tokens:
    """As `qa_bot.index.tokens.TokenIndex`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def lengths(self, positions: Sequence[int]) -> NDArray[np.int64]:
        """How many tokens the own words of some clauses have, `(n,)`."""
        return np.array([one.tokens for one in self._rows.scored(positions)], np.int64)

    def scores(self, question: NDArray[np.float32], positions: Sequence[int]) -> LateScores:
        """Late interaction with the clauses at `positions`."""
        at = list(positions)
        rows = self._rows.tokens(at)
        part = TokenPart.build([codes for codes, _ in rows], [own for _, own in rows])
        places: tuple[Any, Any] = np.zeros(len(at), np.int32), np.arange(len(at), dtype=np.int32)
        return TokenIndex([(part, np.arange(len(at)))], places).scores(question, range(len(at)))
