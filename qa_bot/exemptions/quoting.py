"""Cutting a part out of a text without changing it: every part knows where in the source it stands."""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.exemptions.model import Passage
from qa_bot.text import Offsets, Span

__all__ = ["Quoted"]

_BEFORE = " \t\n\u3000，,；;。、：:"
_BEHIND = " \t\n\u3000，,；;。、：:"


class Quoted:
    """A text of the source: a cell, or a clause."""

    def __init__(self, text: str, spans: Sequence[Span], clause_id: str) -> None:
        """Take a text, the spans that it was joined from, and the clause that it stands in."""
        self.text = text
        self.clause_id = clause_id
        self._spans = tuple(spans)
        self._offsets: Offsets | None = None

    def upto(self, position: int) -> Quoted | None:
        """What of it stands before a position of the source; `None` where nothing does."""
        if self._offsets is None:
            self._offsets = Offsets(self.text, self._spans)
        end = next((at for at, where in enumerate(self._offsets.at) if where >= position), None)
        passage = self.cut(0, end, strip=False)
        return Quoted(passage.text, passage.spans, passage.clause_id) if passage else None

    def cut(
        self, start: int = 0, end: int | None = None, *, strip: bool = True, stop: bool = False
    ) -> Passage | None:
        """`text[start:end]` without white space around it; `None` where nothing is left.

        Args:
            start: where it begins.
            end: behind it; the end of the text if not given.
            strip: whether punctuation at both ends is left out, too.
            stop: whether the full stop that ends it stays then.
        """
        end = limit = len(self.text) if end is None else end
        before, behind = (_BEFORE, _BEHIND) if strip else (" \t\n\u3000",) * 2
        while start < end and self.text[start] in before:
            start += 1
        while end > start and self.text[end - 1] in behind:
            end -= 1
        if start >= end:
            return None
        if stop and self.text[end : end + 1] == "。" and end < limit:
            end += 1
        if self._offsets is None:
            self._offsets = Offsets(self.text, self._spans)
        return Passage(self.text[start:end], self._offsets.spans(start, end), self.clause_id)

    def part(self, start: int = 0, end: int | None = None) -> Quoted | None:
        """`text[start:end]` as a text of its own, as `cut` leaves it, with the full stop that ends it."""
        passage = self.cut(start, end, stop=True)
        return Quoted(passage.text, passage.spans, passage.clause_id) if passage else None
