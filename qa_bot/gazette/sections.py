"""Where the documents of an issue begin."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from qa_bot.gazette.contents import Entry, find_contents, title_key
from qa_bot.gazette.grammar import (
    ANNEX_LABEL,
    ANNEX_MENTION,
    DATE_LINE,
    DISTRIBUTION,
    FINAL,
    REMARK,
    UNIT,
    marker,
)
from qa_bot.gazette.heads import TITLE_END, Head, find_heads
from qa_bot.gazette.lines import PICTURE_GAP, Line
from qa_bot.patterns import late
from qa_bot.text import squeeze

__all__ = ["Section", "split_sections"]

# What the heading of a section, or the title of its only document, says about its kind.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("personnel", late(r"人事任免|任免|机构人事")),
    ("briefs", late(r"简讯|政务动态|要闻")),
    ("catalogue", late(r"发文目录|^文件目录|月.{0,12}文件目录")),
    ("records", late(r"记事|大事记")),
    ("statistics", late(r"统计(资料|指标|数据)|主要指标|经济指标")),
)
_IMPRINT = late(
    r"^(?:《[^》]+公报》)?(?:赠阅|主办|主管|承编|编辑部?地址|编辑出版|地址|电话|传真|邮编|邮箱|刊号|印刷)\S{0,4}[:：]"
)
_COVER = late(r"第\s*\d+\s*期|总第\s*\d+\s*期")
_GAZETTE = late(r"^《?[\u4e00-\u9fff]{2,20}公报》?$")
_COVER_LENGTH = 20
_TITLE_LINES = 5
_FIRST_LINES = 200
_PROSE = 80
_WRAPPED = 25  # characters: a shorter line is not wrapped
_REMEMBERED = 4000
_BEGINS_TEXT = late(r"^(?:为了?|根据|按照|依据|经|自|鉴于|近年来)[\u4e00-\u9fff]")
# What gazettes call their sections, where the contents do not say it.
_HEADING = late(
    r"^[【\[]?(?:(?:省|市|县|区|自治区|自治州)?(?:人民)?(?:政府|政府办公[室厅]|府办|委办公[室厅])(?:规范性)?文件|(?:省|市|县|区)?(?:直)?部门(?:规范性)?文件|"
    r"地方性法规|政府规章|规范性文件|人事任免|机构人事|政务简讯|政府记事|大事记|统计资料|发文目录)[】\]]?$"
)
# 云岭省司法厅关于开展人民调解员培训的公告: a document that begins behind another's signature.
_UNNUMBERED = late(
    r"^[\u4e00-\u9fff]{2,25}(?:政府|办公室|办公厅|委员会|局|厅|院|部|银行)关于[^，。；：]{4,80}(?:通知|公告|通告|决定|意见|批复|函|通报)$"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a web page says of its document; each may be `None`."""

    title: str | None
    issuer: str | None
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class Section:
    """A run of lines that is one document of the issue.

    Attributes:
        kind: as `Document.kind`.
        heading: the gazette's own heading for it, or empty.
        title: lines that give its title; may be empty.
        body: all further lines.
        entry: what the contents say about it, or `None`.
        head: of a document with a number; its lines are in neither `title` nor `body`.
        said: what the page around it says of it.
        above: the gazette's own heading over it, where the text has one (市政府文件).
    """

    kind: str
    heading: str
    title: tuple[Line, ...]
    body: tuple[Line, ...]
    entry: Entry | None = None
    head: Head | None = None
    said: Said | None = None
    above: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class _Start:
    first: int
    body: int
    kind: str
    title: tuple[Line, ...]
    entry: Entry | None = None
    heading: str = ""
    head: Head | None = None
    above: tuple[Line, ...] = ()


def split_sections(
    lines: Sequence[Line], title: str | None = None
) -> tuple[list[Section], list[Entry], list[Entry]]:
    """Split the lines of an issue into its documents, in order.

    Args:
        lines: of the text, less furniture.
        title: what the file says the title of its only document is.

    Returns:
        The sections, the entries of the contents, and those of them that no section was found for.

    Guarantees: every line is in exactly one section, in its title, head or body. A text without
    contents, numbers and known headings is one section of kind `other`.
    """
    contents = find_contents(lines)
    first, after, entries = contents or (0, 0, [])
    found, missing = _starts(lines, after, entries, title)
    starts = sorted(found, key=lambda start: start.first)
    if entries or any(_GAZETTE.match(line.text) for line in lines[:_FIRST_LINES]):
        names = {title_key(entry.section) for entry in entries if entry.section}
        starts = [_with_heading(lines, start, after, names) for start in starts]
    sections: list[Section] = []
    if contents:
        if first:
            sections.append(Section("masthead", "", (), tuple(lines[:first])))
        sections.append(Section("contents", "", (), tuple(lines[first:after])))
    if not starts:
        rest = tuple(lines[after:])
        return [*sections, *_without_starts(rest, title)], entries, missing
    if starts[0].first > after:
        before = tuple(lines[after : starts[0].first])
        sections.append(Section("masthead" if not contents else "other", "", (), before))
    ends = [start.first for start in starts[1:]] + [len(lines)]
    for start, end in zip(starts, ends, strict=True):
        body = list(lines[start.body : end])
        back: list[Line] = []
        if end == len(lines):
            back_at = _back_matter(body)
            body, back = body[:back_at], body[back_at:]
        sections.append(
            Section(
                start.kind, start.heading, start.title, tuple(body), start.entry, start.head,
                above=start.above,
            )
        )  # fmt: skip
        sections.extend(_split_back_matter(back))
    return sections, entries, missing


def _with_heading(lines: Sequence[Line], start: _Start, low: int, names: set[str]) -> _Start:
    """A document with the gazette's heading over it: 市政府文件, 【人事任免】, or as the contents call it."""
    first = start.first
    while first > low:
        line = lines[first - 1]
        if line.is_row or not (title_key(line.text) in names or _HEADING.match(squeeze(line.text))):
            break
        first -= 1
    above = tuple(lines[first : start.first])
    heading = start.heading or (squeeze(above[-1].text) if above else "")
    return replace(start, first=first, heading=heading, above=above)


def _without_starts(lines: tuple[Line, ...], said: str | None) -> list[Section]:
    """A text that is one document: its title is what stands above the first sentence or number."""
    if not lines:
        return []
    count = _said_title(lines, said)
    addressed = lines[0].text[-1] in "：:" or lines[0].text[-1] in FINAL
    if not count and said and addressed:
        return [Section("other", "", (), lines)]  # its title stands outside of it
    if not count:
        count = 0
        for line in lines[:_TITLE_LINES]:
            if line.is_row or line.text[-1] in FINAL or marker(line.text) or len(line.text) > 60:
                break
            if count and (
                UNIT.match(line.text) or "，" in line.text or _BEGINS_TEXT.match(line.text)
            ):
                break
            count += 1
            if TITLE_END.search(squeeze(line.text)):
                break
        else:
            count = 1  # a list of names, or verse: no title ends in sight
        first = lines[0]
        begins = first.is_row or first.text[-1] in FINAL or marker(first.text)
        count = 0 if begins or len(lines) == 1 else max(count, 1)
    return [Section("other", "", lines[:count], lines[count:])]


def _said_title(lines: Sequence[Line], said: str | None) -> int:
    """How many first lines make the title that the file itself names; 0 where none do."""
    wanted = title_key(said or "")
    for count in range(1, min(_TITLE_LINES, len(lines) - 1) + 1):
        if wanted and title_key("".join(line.text for line in lines[:count])) == wanted:
            return count
    return 0


def _starts(
    lines: Sequence[Line], after: int, entries: Sequence[Entry], title: str | None
) -> tuple[list[_Start], list[Entry]]:
    taken: set[int] = set()
    by_number = {entry.number: entry for entry in entries if entry.number}
    found: list[_Start] = []
    by_title = {title_key(entry.title): entry for entry in entries if not entry.number}
    for head in find_heads(lines, after, by_number, titled=title is not None):
        if head.entry is None:
            key = title_key("".join(line.text for line in head.title))
            head = replace(head, entry=by_title.get(key))
        heading = head.entry.section if head.entry else ""
        found.append(_Start(head.first, head.body, "notice", head.title, head.entry, heading, head))
        taken.update(range(head.first, head.body))
    found.extend(_unnumbered(lines, after, taken, {title_key(e.title): e for e in entries}))
    known = {id(start.entry) for start in found}
    missing: list[Entry] = []
    wanted = [entry for entry in entries if id(entry) not in known]
    if wanted:
        index = _title_index(lines, after)
        for entry in wanted:
            start = _titled_start(lines, index, entry, taken)
            if start:
                found.append(start)
                taken.update(range(start.first, start.body))
            else:
                missing.append(entry)
    if not entries and (found or any(_GAZETTE.match(line.text) for line in lines)):
        # Only in a gazette: 统计资料 may head a chapter of a law on statistics.
        found.extend(_known_headings(lines, after, taken))
    return found, missing


def _kind(*headings: str) -> str:
    for heading in headings:
        for kind, pattern in _KINDS:
            if pattern.search(heading):
                return kind
    return "other"


def _unnumbered(
    lines: Sequence[Line], after: int, taken: set[int], entries: dict[str, Entry]
) -> list[_Start]:
    """Documents without a number that follow another's signature, and are not what that one issues."""
    found: list[_Start] = []
    quoted = ""
    for index in range(after, len(lines)):
        text = lines[index].text
        if "《" in text:
            quoted = (quoted + title_key(text))[-_REMEMBERED:]
        near = lines[index : index + 2]
        if len(text) > 60 or not any("关于" in line.text for line in near):
            continue
        before = lines[index - 1].text if index > after else ""
        if index in taken or not (
            DATE_LINE.match(before) or REMARK.match(before) or DISTRIBUTION.match(before)
        ):
            continue
        title = ""
        for count, line in enumerate(lines[index : index + 3], start=1):
            if line.is_row or index + count - 1 in taken:
                break
            title += squeeze(line.text)
            if _UNNUMBERED.match(title):
                key = title_key(title)
                if key not in quoted and index + count < len(lines):
                    entry = entries.get(key)
                    heading = entry.section if entry else ""
                    run = tuple(lines[index : index + count])
                    found.append(_Start(index, index + count, "notice", run, entry, heading))
                    taken.update(range(index, index + count))
                break
    return found


def _title_index(lines: Sequence[Line], after: int) -> dict[str, deque[tuple[int, int]]]:
    """Where each run of one to three lines stands: (first line, number of lines), by its title key."""
    index: dict[str, deque[tuple[int, int]]] = {}
    for first in range(after, len(lines)):
        key = ""
        for count, line in enumerate(lines[first : first + 3], start=1):
            if line.is_row or len(line.text) > 80:
                break
            key += title_key(line.text)
            index.setdefault(key, deque()).append((first, count))
    return index


def _titled_start(
    lines: Sequence[Line],
    index: dict[str, deque[tuple[int, int]]],
    entry: Entry,
    taken: set[int],
) -> _Start | None:
    """A section found by its title in the contents, or by the heading that it stands under there."""
    for wanted in (title_key(entry.title), title_key(entry.section)):
        places = index.get(wanted, deque()) if wanted else deque()
        while places:
            first, count = places[0]
            if first in taken:
                places.popleft()
                continue
            kind = _kind(entry.section, entry.title)
            title = tuple(lines[first : first + count])
            return _Start(first, first + count, kind, title, entry, entry.section)
    return None


def _known_headings(lines: Sequence[Line], after: int, taken: set[int]) -> list[_Start]:
    found = []
    for index in range(after, len(lines)):
        line = lines[index]
        text = squeeze(line.text)
        if index in taken or line.is_row or len(text) > 30 or text[-1] in FINAL or marker(text):
            continue
        if ANNEX_MENTION.match(text) or ANNEX_LABEL.match(lines[index - 1].text):
            continue
        kind = _kind(text)
        if kind != "other" and re.search(r"(任免|简讯|动态|目录|记事|大事记|指标|资料)$", text):
            found.append(_Start(index, index + 1, kind, (line,)))
            taken.add(index)
    return found


def _back_matter(body: Sequence[Line]) -> int:
    """Where imprint, cover and pictures begin behind the last document; `len(body)` if nowhere."""
    for index, line in enumerate(body):
        on_page = line.new_page and len(line.text) <= _COVER_LENGTH and line.text[-1] not in FINAL
        apart = line.gap >= PICTURE_GAP or on_page
        if _IMPRINT.match(line.text) or (apart and _COVER.search(line.text)):
            return index
    return len(body)


def _split_back_matter(lines: Sequence[Line]) -> list[Section]:
    """Imprint, cover, captions and features, told apart by the blank lines that stand for pages."""
    if not lines:
        return []
    blocks: list[list[Line]] = []
    for line in lines:
        if not blocks or line.set_apart:
            blocks.append([])
        blocks[-1].append(line)
    sections: list[Section] = []
    captions: list[Line] = []
    lengths = [_longest(block) for block in blocks]
    longest_behind = [*reversed(list(accumulate(reversed(lengths), max))), 0]
    for position, block in enumerate(blocks):
        text = " ".join(line.text for line in block)
        imprint = any(_IMPRINT.match(line.text) for line in block)
        if imprint and sections and sections[-1].kind == "imprint":
            sections[-1] = replace(sections[-1], body=(*sections[-1].body, *block))
        elif imprint:
            sections.append(Section("imprint", "", (), tuple(block)))
        elif _COVER.search(text) and len(block) <= 8:
            sections.append(Section("cover", "", (), tuple(block)))
        else:
            # A feature begins with a heading that prose follows; all before it are captions.
            heading = next((i for i, line in enumerate(block) if _is_heading(line)), None)
            own = _longest(block[(heading or 0) + 1 :])
            prose = max(longest_behind[position + 1], own) > _PROSE
            if heading is not None and prose:
                rest = [line for later in blocks[position + 1 :] for line in later]
                captions.extend(block[:heading])
                body = [*block[heading + 1 :], *rest]
                title = (block[heading],)
                if captions:
                    sections.append(Section("captions", "", (), tuple(captions)))
                sections.append(Section("feature", "", title, tuple(body)))
                return sections
            captions.extend(block)
    if captions:
        sections.append(Section("captions", "", (), tuple(captions)))
    return sections


def _longest(lines: Sequence[Line]) -> int:
    """The length of the longest paragraph, whose lines a layout may have wrapped."""
    longest = length = 0
    last: Line | None = None
    for line in lines:
        goes_on = last and not line.gap and not line.indent
        wrapped = goes_on and last and (last.full or len(last.text) >= _WRAPPED)
        length = length + len(line.text) if wrapped else len(line.text)
        longest = max(longest, length)
        last = line
    return longest


def _is_heading(line: Line) -> bool:
    return line.text[-1] not in FINAL and not any(char in line.text for char in "，。；,;")
