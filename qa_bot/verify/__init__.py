"""Verifying quotes and citations against the corpus: word for word, altered, elsewhere, or not here.

reading     which quotations and citations a text holds, and which belong together
characters  what is layout and no alteration: the canonical form
passages    the corpus in that form as one text, with an index of trigrams (`ngrams`)
quotes      a quote word for word, as a whole or in parts
nearness    what it is nearest to (`alignment`)
values      numbers, dates, negations… that are others
citations   what a citation names
checking    the verdicts; `model` is what they look like, `wording` what they say
"""

from __future__ import annotations

from qa_bot.verify.characters import IGNORED
from qa_bot.verify.checking import MAX_CHECKS, MAX_TEXT, Verifier, check_text
from qa_bot.verify.model import (
    FAILED,
    VERDICTS,
    ChangedValue,
    Check,
    Cited,
    Compared,
    Difference,
    Piece,
    Place,
    Verification,
)

__all__ = [
    "FAILED",
    "IGNORED",
    "MAX_CHECKS",
    "MAX_TEXT",
    "VERDICTS",
    "ChangedValue",
    "Check",
    "Cited",
    "Compared",
    "Difference",
    "Piece",
    "Place",
    "Verification",
    "Verifier",
    "check_text",
]
