"""Quotes on a page: where the light goes on and off, where a clause is found, what is copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

from qa_bot.text import Span

__all__ = ["Piece", "clause_link", "copy_text", "pieces"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is wholly lit or wholly not."""

    text: str
    lit: bool


def pieces(
    text: str, lit: Sequence[Span], start: int = 0, end: int | None = None
) -> tuple[Piece, ...]:
    """`text[start:end]` cut where the light goes on and off.

    Guarantees: the pieces joined are `text[start:end]`; spans may overlap, touch or reach outside.
    """
    end = len(text) if end is None else end
    found: list[Piece] = []
    at = start
    for left, right in sorted(lit):
        left, right = max(left, at), min(right, end)
        if left >= right:
            continue
        if left > at:
            found.append(Piece(text[at:left], False))
        found.append(Piece(text[left:right], True))
        at = right
    if at < end:
        found.append(Piece(text[at:end], False))
    return tuple(found)


def clause_link(clause_id: str) -> str:
    """The address of a clause in its place, relative to the root of the site."""
    return f"clause/{percent_encode(clause_id, safe='/~')}#clause"


def copy_text(quote: str, citation: str) -> str:
    """What the copy button copies: the quote and, on a line of its own, where it stands."""
    return f"{quote}\n——{citation}"
