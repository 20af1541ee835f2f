"""The contents of an issue: what it says it holds, and on which page each begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.gazette.grammar import FINAL, document_number
from qa_bot.gazette.lines import Line
from qa_bot.text import squeeze

__all__ = ["Entry", "find_contents"]

# …通知（温政办〔2019〕34号）……………（04）, …等简讯6则…（36）
_LEADER = re.compile(r"\s*(?:…+|\.{3,}|·{3,}|[．。]{3,})\s*[（(]?\s*(?P<page>\d{1,4})\s*[）)]?$")
_NUMBER_TAIL = re.compile(r"[（(]([^（）()]*[〔\[［(（]\d{4}[〕\]］)）]\d+号)[）)]$")
_PAGE_GAP = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents.

    Attributes:
        section: the heading above it, 部门规范性文件; empty where there is none.
        title: without leader, number and page.
        number: the document number in normal form, or `None`.
        page: on which it starts.
        lines: where it stands.
        labels: heading lines that stand directly before it.
    """

    section: str
    title: str
    number: str | None
    page: int
    lines: tuple[Line, ...]
    labels: tuple[Line, ...]


def find_contents(lines: Sequence[Line]) -> tuple[int, int, list[Entry]] | None:
    """The range of `lines` that holds the contents, and its entries; `None` where there are none.

    Guarantees: at least two lines of the range end with a leader and a page number.
    """
    leaders = [i for i, line in enumerate(lines) if _LEADER.search(line.text)]
    if len(leaders) < 2:
        return None
    last = leaders[0]
    for index in leaders:
        if index - last > 12:
            break
        last = index
    first = leaders[0]
    while first > 0 and lines[first].gap < _PAGE_GAP and lines[first - 1].text[-1] not in FINAL:
        first -= 1
    entries: list[Entry] = []
    section, pending = "", list[Line]()
    for line in lines[first : last + 1]:
        match = _LEADER.search(line.text)
        if not match:
            pending.append(line)
            continue
        text = line.text[: match.start()]
        own = [line]
        number_tail = _NUMBER_TAIL.search(text)
        if number_tail and not text[: number_tail.start()].strip() and pending:
            own.insert(0, pending.pop())
            text = own[0].text + text
            number_tail = _NUMBER_TAIL.search(text)
        title = text[: number_tail.start()] if number_tail else text
        if pending:
            section = squeeze(pending[-1].text)
        entries.append(
            Entry(
                section,
                squeeze(title),
                document_number(number_tail[1]) if number_tail else None,
                int(match["page"]),
                tuple(own),
                tuple(pending),
            )
        )
        pending = []
    return first, last + 1, entries
