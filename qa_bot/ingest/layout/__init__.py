"""Pages become text: lines in reading order, tables as rows, heads and feet marked as furniture.

One engine for every format that places characters on pages (PDF, OFD, what is read from a picture).
"""

from __future__ import annotations

from qa_bot.ingest.layout.compose import Composer
from qa_bot.ingest.layout.drawing import (
    PLAIN,
    Mark,
    Matrix,
    Piece,
    matrix_times,
    rules_of,
    sheet_of,
)
from qa_bot.ingest.layout.model import Glyph, Rule, Sheet

__all__ = [
    "PLAIN",
    "Composer",
    "Glyph",
    "Mark",
    "Matrix",
    "Piece",
    "Rule",
    "Sheet",
    "matrix_times",
    "rules_of",
    "sheet_of",
]
