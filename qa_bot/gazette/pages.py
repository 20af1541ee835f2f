"""The pages of a source, and the numbers printed on them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.gazette.lines import Line
from qa_bot.ingest import Source
from qa_bot.text import Span

__all__ = ["PageMark", "file_pages", "page_at", "pages_of"]

_NUMBER = re.compile(r"(?<![\d.])\d{1,4}(?![\d.])")
_ALONE = re.compile(
    r"^[-—–－―·•~～\s]*(?:第\s*)?(\d{1,4})(?:\s*页)?(?:\s*[,，/／]?\s*共\s*\d{1,4}\s*页|\s*[/／]\s*\d{1,4})?[-—–－―·•~～\s]*$"
)


@dataclass(frozen=True, slots=True)
class PageMark:
    """A page of a source.

    Attributes:
        start: where it begins in the source's text.
        number: in the file, counted from 1.
        printed: the number printed in its margin (— 20 —, 第20页), or `None` where none is known.
    """

    start: int
    number: int
    printed: int | None = None

    @property
    def name(self) -> int:
        """The number by which it is cited: the printed one, else that in the file."""
        return self.number if self.printed is None else self.printed


def page_at(pages: Sequence[PageMark], position: int) -> PageMark | None:
    """The page that a character of the source stands on; `None` for a source without pages."""
    index = bisect_right(pages, position, key=lambda page: page.start)
    return pages[index - 1] if index else None


def file_pages(pages: Sequence[PageMark], spans: Sequence[Span]) -> list[list[int]]:
    """For each span the first and the last page in the file, counted from 1; empty without pages."""
    marks = [(page_at(pages, start), page_at(pages, end - 1)) for start, end in spans]
    return [[first.number, last.number] for first, last in marks if first and last]


def pages_of(source: Source, furniture: Sequence[tuple[str, Line]]) -> tuple[PageMark, ...]:
    """The pages of a source, with the numbers that its running heads and page numbers give.

    A text file has pages where it has form feeds. A number within a running head counts if it goes up
    with the pages: the year and the number of the issue do not.

    Guarantees: pages are in order; none for a source that has no page breaks and names none.
    """
    starts = list(source.pages)
    if not starts and "\f" in source.text.strip():
        text = source.text.rstrip("\f\n\r \t")
        starts = [0, *(match.end() for match in re.finditer("\f", text))]
    if not starts:
        return ()
    alone: dict[int, int] = {}
    within: dict[int, list[int]] = defaultdict(list)
    for role, line in furniture:
        if role not in ("page_number", "running_head"):
            continue
        page = bisect_right(starts, line.start)
        if match := _ALONE.match(line.text):
            alone.setdefault(page, int(match[1]))
        else:
            within[page].extend(int(number) for number in _NUMBER.findall(line.text))
    # Printed numbers go up with the pages; a part with numbers of its own has an offset of its own.
    offsets = Counter(number - page for page, number in alone.items())
    offsets.update(number - page for page, numbers in within.items() for number in set(numbers))
    marks: list[PageMark] = []
    for number, start in enumerate(starts, start=1):
        printed = alone.get(number)
        if printed is None:
            known = [one for one in within[number] if offsets[one - number] > 1]
            printed = max(known, key=lambda one: offsets[one - number], default=None)
        marks.append(PageMark(start, number, printed))
    return tuple(_filled(marks))


def _filled(marks: Sequence[PageMark]) -> list[PageMark]:
    """Pages without a number (the first of a part, a whole-page table) numbered by their neighbours.

    Only where the pages around them agree: the one before and the one after count on.
    """
    filled = list(marks)
    for index, mark in enumerate(marks):
        if mark.printed is not None:
            continue
        before = next(
            (one for one in reversed(marks[:index][-8:]) if one.printed is not None), None
        )
        after = next((one for one in marks[index + 1 :][:8] if one.printed is not None), None)
        if before and after:
            guess = (before.printed or 0) + mark.number - before.number
            if guess == (after.printed or 0) - (after.number - mark.number):
                filled[index] = PageMark(mark.start, mark.number, guess)
    return filled
