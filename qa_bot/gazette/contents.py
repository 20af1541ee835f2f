"""The contents of an issue: what it says it holds, and on which page each begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.gazette.grammar import DECIMAL, FINAL, marker, number_line
from qa_bot.gazette.lines import Line
from qa_bot.text import fold, squeeze

__all__ = ["Entry", "find_contents", "split_own_contents", "title_key"]

# …通知（温政办〔2019〕34号）……………（04）, …等简讯6则…（36）
_LEADER = re.compile(
    r"(?<![…·．。.])(?:…+|\.{3,}|·{3,}|[．。]{3,})\s*+[（(]?+\s*+(?P<page>\d{1,4})\s*+[）)]?$"
)
# A blank or a tab before the page, believed under a line 目录 only: …的通知	12
_LOOSE_LEADER = re.compile(r"(?<=\S)(?:[\t　]|\s\s)\s*+[（(]?+\s*+(?P<page>\d{1,4})\s*+[）)]?$")
_HEADING = re.compile(r"^(?:目录|目次|要目|本期目录|本期要目|contents)$", re.IGNORECASE)
_NUMBER_TAIL = re.compile(
    r"[（(]([^（）()]*(?:[〔\[［(（]\d{4}[〕\]］)）]第?|令第)\s*\d+\s*号)[）)]$"
)
_FIRST_LINES = 300
_LABEL_LENGTH = 14


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


def title_key(text: str) -> str:
    """A title folded for comparison: width, quotes and layout spaces do not matter."""
    return fold(squeeze(text)).replace(" ", "")


def find_contents(lines: Sequence[Line]) -> tuple[int, int, list[Entry]] | None:
    """The range of `lines` that holds the contents, and its entries; `None` where there are none.

    Guarantees: at least two lines of the range end with a leader and a page number.
    """
    leaders = _leaders(lines)
    # 1 总则……1 is a document's own contents, not those of an issue.
    numbered = sum(bool(marker(lines[i].text) or DECIMAL.match(lines[i].text)) for i in leaders)
    if len(leaders) < 2 or 2 * numbered > len(leaders):
        return None
    last = leaders[0]
    for index in leaders:
        if index - last > 12:
            break
        last = index
    while last + 1 < len(lines) and _LOOSE_LEADER.search(lines[last + 1].text):
        last += 1
    first = leaders[0]
    while first > 0 and not lines[first].set_apart and lines[first - 1].text[-1] not in FINAL:
        first -= 1
    entries: list[Entry] = []
    section, pending = "", list[Line]()
    for line in lines[first : last + 1]:
        match = _LEADER.search(line.text) or _LOOSE_LEADER.search(line.text)
        if not match:
            pending.append(line)
            continue
        text = line.text[: match.start()].rstrip()
        own = [line]
        number_tail = _NUMBER_TAIL.search(text)
        alone = number_tail is not None and not text[: number_tail.start()].strip()
        if pending and (alone or _is_half(pending[-1].text, text)):
            own.insert(0, pending.pop())
            text = own[0].text + text
            number_tail = _NUMBER_TAIL.search(text)
        title = text[: number_tail.start()] if number_tail else text
        if pending and not _is_heading(pending[-1]):
            section = squeeze(pending[-1].text)
        entries.append(
            Entry(
                section,
                squeeze(title),
                number_line(number_tail[1]) if number_tail else None,
                int(match["page"]),
                tuple(own),
                tuple(pending),
            )
        )
        pending = []
    return first, last + 1, entries


def split_own_contents(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """A document's own contents (目录 over the headings of its chapters), and its other lines.

    The contents end where the first heading comes again.
    """
    first = next((i for i, line in enumerate(lines[:_FIRST_LINES]) if _is_heading(line)), None)
    if first is None:
        return [], lines
    seen: set[str] = set()
    leaders = 0
    for index in range(first + 1, len(lines)):
        text = lines[index].text
        match = _LEADER.search(text) or _LOOSE_LEADER.search(text)
        key = title_key(text[: match.start()] if match else text)
        if key in seen:
            return lines[first:index], lines[:first] + lines[index:]
        numbered = marker(text)
        if not match and (
            text[-1] in "。；" or len(text) > 60 or (numbered and numbered.kind == "article")
        ):
            if leaders > 1:
                return lines[first:index], lines[:first] + lines[index:]
            break
        leaders += match is not None
        seen.add(key)
    return [], lines


def _leaders(lines: Sequence[Line]) -> list[int]:
    """Indices of the lines that end with a page number, as a contents' lines do."""
    # The last character is looked at first: few lines of a long text end with a number.
    leaders = [
        index
        for index, line in enumerate(lines)
        if (line.text[-1] in "）)" or line.text[-1].isdigit()) and _LEADER.search(line.text)
    ]
    if leaders:
        return leaders
    for index, line in enumerate(lines[:_FIRST_LINES]):
        if _is_heading(line):
            found: list[int] = []
            for at in range(index + 1, min(index + 1 + _FIRST_LINES, len(lines))):
                if _LOOSE_LEADER.search(lines[at].text):
                    found.append(at)
                elif at - (found[-1] if found else index) > 3 or lines[at].text[-1] in FINAL:
                    break
            if len(found) > 1:
                return found
    return []


def _is_heading(line: Line) -> bool:
    return len(line.text) < 12 and bool(_HEADING.match(squeeze(line.text)))


def _is_half(above: str, text: str) -> bool:
    """Whether a title begins on the line above: it is too long for a section's heading."""
    return len(squeeze(above)) > _LABEL_LENGTH or text.startswith("关于")
