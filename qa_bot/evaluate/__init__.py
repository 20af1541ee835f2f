"""Evaluation: question sets run through the bot, measured, and reported."""

from __future__ import annotations

from qa_bot.evaluate.compare import Comparison, compare
from qa_bot.evaluate.questions import QuestionSet, read_questions
from qa_bot.evaluate.report import Report, last_page, read_report
from qa_bot.evaluate.run import check, evaluate, write

__all__ = [
    "Comparison",
    "QuestionSet",
    "Report",
    "check",
    "compare",
    "evaluate",
    "last_page",
    "read_questions",
    "read_report",
    "write",
]
