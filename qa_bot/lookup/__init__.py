"""Looking up penalty exemptions: filters, the order of a query, what is odd, and whose lists are not there."""

from __future__ import annotations

from qa_bot.exemptions.departments import departments_in
from qa_bot.lookup.check import FINDINGS, Finding, check_lists
from qa_bot.lookup.filters import Choices, choices_of, select
from qa_bot.lookup.notes import note_on_lists
from qa_bot.lookup.query import look_up
from qa_bot.lookup.wording import LABELS, RELIEF_WORDS, amount_in_words, tier_in_words

__all__ = [
    "FINDINGS",
    "LABELS",
    "RELIEF_WORDS",
    "Choices",
    "Finding",
    "amount_in_words",
    "check_lists",
    "choices_of",
    "departments_in",
    "look_up",
    "note_on_lists",
    "select",
    "tier_in_words",
]
