"""What pages and web pages carry beside the text: page numbers, running heads, menus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from qa_bot.gazette.grammar import FINAL, PAGE_NUMBER, is_structural
from qa_bot.gazette.heads import OFFICE_END
from qa_bot.gazette.lines import Line
from qa_bot.text import Span, is_cjk, squeeze

__all__ = ["split_furniture"]

_GAZETTE = re.compile(r"公报.*第0期|第0期.*公报")
_BARE = re.compile(r"^\d{1,4}$")
_LONG_LINE = 15
_RUNNING_LENGTH = 40
_RUNNING_TIMES = 3


def split_furniture(
    lines: Sequence[Line], asides: Sequence[Span] = (), margins: Sequence[Span] = ()
) -> tuple[list[Line], list[tuple[str, Line]]]:
    """The lines of the text, and those that are furniture with what each is.

    A page number stands between dashes or counts pages, or is a bare number next to a form feed. A
    running head is a short line next to a page's edge that comes at three edges or more.

    Args:
        lines: of the source, in order.
        asides: what the file format says is beside the document.
        margins: what the file format says stands in the margins of pages.

    Guarantees: every line is in one of the two; order is kept.
    """
    roles: dict[int, str] = {}
    beside = _starting_in(lines, asides)
    in_margin = _starting_in(lines, margins)
    counted = _counted(lines)
    for index, line in enumerate(lines):
        if index in beside:
            roles[index] = "aside"
        elif index in in_margin:
            is_number = PAGE_NUMBER.match(line.text) or _BARE.match(line.text)
            roles[index] = "page_number" if is_number else "running_head"
        elif index in counted or (not line.is_row and _is_page_number(lines, index)):
            roles[index] = "page_number"
    edges = _edges(lines, roles)
    keys = {index: _key(lines[index]) for index in edges}
    times = Counter(keys.values())
    running = {key for key, count in times.items() if count >= _enough(key)}
    for index, line in enumerate(lines if running else ()):
        if index not in roles and len(line.text) <= 2 * _RUNNING_LENGTH and _key(line) in running:
            roles[index] = "running_head"
    if not roles:
        return list(lines), []
    kept: list[Line] = []
    on_new_page = False
    for index, line in enumerate(lines):
        if index not in roles:
            # A page number is no gap between paragraphs: what stands around it may be one sentence.
            if index - 1 in roles and roles[index - 1] != "aside":
                line = replace(line, gap=1, after_page=True, new_page=line.new_page or on_new_page)
            kept.append(line)
            on_new_page = False
        else:
            on_new_page |= line.new_page
    return kept, [(role, lines[index]) for index, role in sorted(roles.items())]


def _starting_in(lines: Sequence[Line], spans: Sequence[Span]) -> set[int]:
    """Which lines begin within a span; spans are in order."""
    found: set[int] = set()
    position = 0
    for index, line in enumerate(lines if spans else ()):
        while position < len(spans) and spans[position][1] <= line.start:
            position += 1
        if position < len(spans) and spans[position][0] <= line.start:
            found.add(index)
    return found


def _counted(lines: Sequence[Line]) -> set[int]:
    """Bare numbers that stand first or last on their pages and count with them, on two at least."""
    firsts = [0, *(index for index, line in enumerate(lines) if line.new_page and index)]
    found: dict[int, list[int]] = {}
    for page, (first, behind) in enumerate(pairwise([*firsts, len(lines)]) if firsts[1:] else ()):
        for index in {first, behind - 1}:
            if _BARE.match(lines[index].text):
                found.setdefault(int(lines[index].text) - page, []).append(index)
    return {index for group in found.values() if len(group) > 1 for index in group}


def _key(line: Line) -> str:
    """A running head with its numbers made equal: 潞城市人民政府公报	2021 年第 2 期."""
    return re.sub(r"\d+", "0", squeeze(line.text))


def _enough(key: str) -> int:
    """At how many edges a line must stand: a gazette's name with its number is believed sooner."""
    return 2 if _GAZETTE.search(key) else _RUNNING_TIMES


def _is_page_number(lines: Sequence[Line], index: int) -> bool:
    line = lines[index]
    if PAGE_NUMBER.match(line.text):
        return True
    if _BARE.match(line.text) and _breaks_a_sentence(lines, index):
        return True
    beside = line.new_page or index + 1 == len(lines) or lines[index + 1].new_page
    return (
        beside
        and any(other.new_page for other in lines[index : index + 2])
        and bool(_BARE.match(line.text))
    )


def _breaks_a_sentence(lines: Sequence[Line], index: int) -> bool:
    """Whether a line stands in mid-sentence: …造成人员伤亡⏎2⏎或者3.5万元以上财产损失…."""
    if not 0 < index < len(lines) - 1:
        return False
    above, below = lines[index - 1], lines[index + 1]
    return (
        not (above.is_row or below.is_row)
        and len(above.text) >= _LONG_LINE
        and is_cjk(above.text[-1])
        and above.text[-1] not in FINAL + "”）》"
        and is_cjk(below.text[0])
        and not is_structural(below.text)
        and not is_structural(above.text)
    )


def _edges(lines: Sequence[Line], roles: dict[int, str]) -> set[int]:
    """Short lines that stand next to a form feed or a page number."""
    found: set[int] = set()
    for index, line in enumerate(lines):
        if line.new_page:
            found.update((index - 1, index))
        if roles.get(index) == "page_number":
            found.update((index - 1, index + 1))
    return {
        index
        for index in found
        if 0 <= index < len(lines)
        and index not in roles
        and not lines[index].is_row
        and (not is_structural(lines[index].text) or _GAZETTE.search(_key(lines[index])))
        and not any(char in lines[index].text for char in "，。；：、,;")  # a piece of a sentence
        and not squeeze(lines[index].text).endswith(OFFICE_END)  # the first line of a title
        and len(squeeze(lines[index].text)) <= _RUNNING_LENGTH
    }
