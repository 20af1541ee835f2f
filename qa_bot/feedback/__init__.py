"""What readers say of answers: kept in one SQLite file, and turned into questions for the evaluation.

`model` holds `Feedback`, what is kept of one reader's word; `store` the file, `FeedbackStore`; `export`
turns entries into lines that `qa-bot eval` reads, `as_questions`; `retention` deletes what is old. How the page gets here: docs/feedback.md.
"""

from __future__ import annotations

from qa_bot.feedback.export import Contradiction, Exported, Held, as_questions
from qa_bot.feedback.model import FAULTS, LONGEST_REASON, Feedback, Shown, digest, new_id
from qa_bot.feedback.retention import forget_older, keep_for
from qa_bot.feedback.store import FeedbackStore

__all__ = [
    "FAULTS",
    "LONGEST_REASON",
    "Contradiction",
    "Exported",
    "Feedback",
    "FeedbackStore",
    "Held",
    "Shown",
    "as_questions",
    "digest",
    "forget_older",
    "keep_for",
    "new_id",
]
