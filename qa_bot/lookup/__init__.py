"""Looking up penalty exemptions: filters, the order of a query, and whose lists a corpus does not hold."""

from __future__ import annotations

from qa_bot.lookup.departments import departments_in
from qa_bot.lookup.filters import Choices, choices_of, select
from qa_bot.lookup.notes import note_on_lists
from qa_bot.lookup.query import look_up

__all__ = ["Choices", "choices_of", "departments_in", "look_up", "note_on_lists", "select"]
