"""What kind of answer a question asks for: an area, an amount, a day, who leads a task, a document's number.

Expecting the type of the answer is an old part of question answering (Li and Roth, Learning Question
Classifiers, COLING 2002). Here it only weighs: a clause that names exactly one thing of the kind asked
for answers more surely than one that names four, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked.kinds import KINDS, WITHOUT
from qa_bot.text import fold

__all__ = ["KINDS", "QUANTITIES", "Quantities", "asked", "asks", "quantities"]

#: The kinds that are a number and its unit.
QUANTITIES = ("area", "money", "share", "time", "count", "duration", "distance")
_NAMES = tuple(KINDS)
_CLOSER = {
    "time": {"effect", "issued", "hours", "until", "duration", "completion", "validity"},
    "duration": {"validity"},
    "figure": {
        "area", "money", "share", "count", "number", "page", "phone", "postcode", "duration", "distance",
        "rank", "fax", "licence",
    },
    "address": {"mail", "website"},
    "count": {"distance"},
    "person": {"name", "leader", "successor", "editor"},
    "name": {"successor", "editor"},
    "penalty": {"exempt"},
    "number": {"phone", "postcode", "fax", "licence"},
    "phone": {"fax", "licence"},
    "imprint": {"page", "editor", "printer", "licence"},
    "leader": {"editor"},
    "issued": {"number"},
    "list": {"papers"},
}  # fmt: skip
_SAID_ABOVE = {"exempt", "penalty"}


@dataclass(frozen=True, slots=True, eq=False)
class Quantities:
    """What all clauses name, by kind.

    Attributes:
        counts: int16 `(n, kinds)`, how many of each kind a clause names.
    """

    counts: NDArray[np.int16]

    def of(self, kind: str, positions: Sequence[int]) -> NDArray[np.float32]:
        """How well some clauses fit one kind, `(n,)`: as in `fit`, for a quantity 1 / c.

        Where a clause names c of them, any may be the one that is asked for.
        """
        named = self.counts[list(positions), _NAMES.index(kind)]
        return _fit(named, 1.0 if kind in QUANTITIES else 0.5)

    def fit(
        self, kinds: Sequence[str], positions: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """How well some clauses, or all, fit the kinds asked for, `(n,)`, 0 to 1.

        1 / sqrt(c) for a clause that names c things of a kind, 0 for none; the best kind counts.
        """
        counts = self.counts if positions is None else self.counts[positions]
        best = np.zeros(len(counts), np.float32)
        for kind in kinds:
            best = np.maximum(best, _fit(counts[:, _NAMES.index(kind)], 0.5))
        return best


def _fit(count: NDArray[np.int16], power: float) -> NDArray[np.float32]:
    fit = np.where(count > 0, np.maximum(count, 1) ** -power, 0)
    return fit.astype(np.float32)


def asked(question: str) -> tuple[str, ...]:
    """The kinds of answer that `question` asks for; many ask for none.

    Chinese in simplified characters, Japanese in its own.

    Of a kind and one that says more closely what is meant only the latter: from when a rule holds, and not
    any time; who leads a task, and not any person.
    """
    text = fold(question)
    found = [name for name, (cue, _) in KINDS.items() if cue.search(text)]
    wider = {general for general, closer in _CLOSER.items() if closer & set(found)}
    return tuple(name for name in found if name not in wider)


def asks(text: str, kinds: Sequence[str]) -> bool:
    """Whether a text, in simplified characters, says anything that asks for one of some kinds."""
    folded = fold(text)
    return any(KINDS[kind][0].search(folded) for kind in kinds)


def quantities(
    texts: Sequence[str], kinds: Sequence[str] = _NAMES, above: Sequence[str] | None = None
) -> Quantities:
    """Count what texts name, by kind; of kinds other than `kinds` nothing is counted.

    Args:
        texts: of clauses or sentences.
        kinds: that are counted.
        above: the headings and the context of each; a row of a list of what goes unpunished says so there.
    """
    counts = np.zeros((len(texts), len(KINDS)), np.int16)
    for row, text in enumerate(texts if kinds else ()):
        folded = fold(text)
        for kind in kinds:
            written = KINDS[kind][1]
            found = written.findall(folded)
            if not found and above and kind in _SAID_ABOVE:
                found = written.findall(fold(above[row]))[:1]
            if found and kind in WITHOUT and WITHOUT[kind].search(folded):
                found = []
            counts[row, _NAMES.index(kind)] = min(len(found), 30_000)
    return Quantities(counts)
