"""The differences of an altered quote, for a reader and for a program."""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.text import Span
from qa_bot.verify.model import ChangedValue, Compared, Difference, Piece, Place
from qa_bot.verify.nearness import Nearest
from qa_bot.verify.passages import Passages
from qa_bot.verify.quotes import Quote

__all__ = ["compared", "differences_of", "pieces_of"]


def compared(
    passages: Passages, start: int, end: int, similarity: float, places: tuple[Place, ...]
) -> Compared:
    """A stretch of the corpus as something that a quote is held against."""
    return Compared(places, similarity, passages.printed(start, end))


def pieces_of(passages: Passages, quote: Quote, best: Nearest) -> tuple[Piece, ...]:
    """Quote and source side by side.

    Guarantees: the quotes of the pieces joined are the quote, white space at its ends left out.
    """
    pieces: list[Piece] = []
    operations = best.alignment.operations
    at = 0
    for index, one in enumerate(operations):
        stop = len(quote.text)
        if index + 1 < len(operations):
            stop = (
                quote.span(operations[index + 1].quote[0], operations[index + 1].quote[0])[0]
                - quote.at
            )
        if one.quote[0] == one.quote[1]:
            stop = at
        pieces.append(Piece(one.op, quote.text[at:stop], passages.printed(*one.source)))
        at = stop
    return tuple(pieces)


def differences_of(
    passages: Passages, quote: Quote, best: Nearest, joined: Sequence[int]
) -> tuple[tuple[Difference, ...], tuple[ChangedValue, ...]]:
    """In what a quote departs from its source; `joined` are digits that stand in one number with the one before."""
    differences: list[Difference] = []
    values: list[ChangedValue] = []
    for one in best.alignment.operations:
        if one.op == "equal":
            continue
        span = quote.span(*one.quote)
        spans: tuple[Span, ...] = ()
        if one.source[0] < one.source[1]:
            spans = passages.at(*one.source).spans
        written = quote.text[span[0] - quote.at : span[1] - quote.at]
        differences.append(Difference(one.op, written, passages.printed(*one.source), span, spans))
    text = quote.folded.text
    ends = -1
    for index in joined:
        if index < ends:
            continue
        start = index
        while start and _joins(quote, start):
            start -= 1
        ends = index + 1
        while ends < len(text) and _joins(quote, ends):
            ends += 1
        span = quote.span(start, ends)
        low, high = best.alignment.start + start, best.alignment.start + ends
        printed = passages.printed(low, high)
        found = passages.at(low, high)
        written = quote.text[span[0] - quote.at : span[1] - quote.at]
        differences.append(Difference("boundary", written, printed, span, found.spans))
        values.append(ChangedValue("number", written, " ".join(printed.split())))
    return tuple(differences), tuple(values)


def _joins(quote: Quote, index: int) -> bool:
    """Whether a digit of the quote stands directly behind another."""
    text, kept = quote.folded.text, quote.folded.kept
    digits = text[index].isdigit() and text[index - 1].isdigit()
    return digits and bool(kept[index] == kept[index - 1] + 1)
