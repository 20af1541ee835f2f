"""Where the documents of an issue begin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.gazette.contents import Entry, find_contents
from qa_bot.gazette.grammar import (
    ANNEX_LABEL,
    DATE_LINE,
    FINAL,
    REGISTRATION,
    marker,
    number_line,
)
from qa_bot.gazette.lines import PICTURE_GAP, Line
from qa_bot.text import normalise, squeeze

__all__ = ["Section", "split_sections"]

# What the heading of a section, or the title of its only document, says about its kind.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("personnel", re.compile(r"人事任免|任免|机构人事")),
    ("briefs", re.compile(r"简讯|政务动态|要闻")),
    ("catalogue", re.compile(r"(发文|文件)目录")),
    ("records", re.compile(r"记事|大事记")),
    ("statistics", re.compile(r"统计(资料|指标|数据)|主要指标|经济指标")),
)
_IMPRINT = re.compile(
    r"^(?:《[^》]+公报》)?(?:赠阅|主办|主管|承编|编辑部?地址|编辑出版|地址|电话|传真|邮编|邮箱|刊号|印刷)\S{0,4}[:：]"
)
_COVER = re.compile(r"第\s*\d+\s*期|总第\s*\d+\s*期")
_GAZETTE = re.compile(r"^《?[\u4e00-\u9fff]{2,20}公报》?$")
_TITLE_LINES = 5
_TITLE_END = re.compile(
    r"(?:通知|决定|意见|办法|规定|细则|方案|条例|规则|标准|清单|名单|目录|规范|制度|通告|公告|报告|批复|函|法|解释|要点|计划|规划|纲要|章程|准则|宪法|决议"
    r"|[）)])$"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A run of lines that is one document of the issue.

    Attributes:
        kind: as `Document.kind`.
        heading: the gazette's own heading for it, or empty.
        title: lines that give its title; may be empty.
        number_line: the line with its document number, for a notice.
        registration: the line with its registration number, or `None`.
        body: all further lines.
        entry: what the contents say about it, or `None`.
    """

    kind: str
    heading: str
    title: tuple[Line, ...]
    number_line: Line | None
    registration: Line | None
    body: tuple[Line, ...]
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class _Start:
    first: int
    body: int
    kind: str
    title: tuple[Line, ...]
    number_line: Line | None = None
    registration: Line | None = None
    entry: Entry | None = None
    heading: str = ""


def split_sections(lines: Sequence[Line]) -> tuple[list[Section], list[Entry]]:
    """Split the lines of an issue into its documents, in order; and the contents' entries.

    Guarantees: every line is in exactly one section, as title, number, registration or body.
    A text without contents, numbers and known headings is one section of kind `other`.
    """
    contents = find_contents(lines)
    first, after, entries = contents or (0, 0, [])
    starts = sorted(_starts(lines, after, entries), key=lambda start: start.first)
    sections: list[Section] = []
    if contents:
        if first:
            sections.append(Section("masthead", "", (), None, None, tuple(lines[:first])))
        sections.append(Section("contents", "", (), None, None, tuple(lines[first:after])))
    if not starts:
        rest = tuple(lines[after:])
        return [*sections, *_without_starts(rest)], entries
    if starts[0].first > after:
        kind = "masthead" if not contents else "other"
        before = tuple(lines[after : starts[0].first])
        sections.append(Section(kind, "", (), None, None, before))
    ends = [start.first for start in starts[1:]] + [len(lines)]
    for start, end in zip(starts, ends, strict=True):
        body = list(lines[start.body : end])
        back: list[Line] = []
        if end == len(lines):
            back_at = _back_matter(body)
            body, back = body[:back_at], body[back_at:]
        sections.append(
            Section(
                start.kind,
                start.heading,
                start.title,
                start.number_line,
                start.registration,
                tuple(body),
                start.entry,
            )
        )
        sections.extend(_split_back_matter(back))
    return sections, entries


def _without_starts(lines: tuple[Line, ...]) -> list[Section]:
    """A text that is one document: its title is what stands above the first sentence or number."""
    if not lines:
        return []
    count = 0
    for line in lines[:_TITLE_LINES]:
        if line.is_row or line.text[-1] in FINAL or marker(line.text) or len(line.text) > 60:
            break
        count += 1
        if _TITLE_END.search(squeeze(line.text)):
            break
    else:
        count = 1  # a list of names, or verse: no title ends in sight
    first = lines[0]
    begins = first.is_row or first.text[-1] in FINAL or marker(first.text)
    count = 0 if begins or len(lines) == 1 else max(count, 1)
    return [Section("other", "", lines[:count], None, None, lines[count:])]


def _starts(lines: Sequence[Line], after: int, entries: Sequence[Entry]) -> list[_Start]:
    found: list[_Start] = []
    taken: set[int] = set()
    by_number = {entry.number: entry for entry in entries if entry.number}
    for index in range(after, len(lines)):
        number = number_line(lines[index].text)
        if not number:
            continue
        entry = by_number.get(number)
        first = _title_start(lines, index, after, entry)
        if first == index:
            continue  # a number without a title above is quoted, not a heading
        registration = None
        begin = first
        if first > after and REGISTRATION.match(lines[first - 1].text):
            begin = first - 1
            registration = lines[begin]
        title = tuple(lines[first:index])
        found.append(
            _Start(
                begin, index + 1, "notice", title, lines[index], registration, entry,
                entry.section if entry else "",
            )
        )  # fmt: skip
        taken.update(range(begin, index + 1))
    for entry in entries:
        if not entry.number:
            found.extend(_titled_start(lines, after, entry, taken))
    if not entries and (found or any(_GAZETTE.match(line.text) for line in lines)):
        # Only in a gazette: 统计资料 may head a chapter of a law on statistics.
        found.extend(_known_headings(lines, after, taken))
    return found


def _fold(text: str) -> str:
    return normalise(squeeze(text)).text.replace(" ", "")


def _title_start(lines: Sequence[Line], number: int, after: int, entry: Entry | None) -> int:
    """The first line of the title that ends just before the line with the document number."""
    low = max(after, number - _TITLE_LINES)
    if entry:
        wanted = _fold(entry.title)
        for first in range(number - 1, low - 1, -1):
            if _fold("".join(line.text for line in lines[first:number])) == wanted:
                return first
    first = number
    while first > low:
        line = lines[first - 1]
        stop = (
            line.is_row
            or line.text[-1] in FINAL
            or REGISTRATION.match(line.text)
            or DATE_LINE.match(line.text)
            or ANNEX_LABEL.match(line.text)
            or (
                (first < number and "关于" in "".join(at.text for at in lines[first:number]))
                and not line.text.endswith(
                    ("政府", "办公室", "办公厅", "委员会", "局", "厅", "部", "院")
                )
            )
        )
        if stop:
            break
        first -= 1
        if line.gap >= PICTURE_GAP:
            break
    return first


def _kind(*headings: str) -> str:
    for heading in headings:
        for kind, pattern in _KINDS:
            if pattern.search(heading):
                return kind
    return "other"


def _titled_start(lines: Sequence[Line], after: int, entry: Entry, taken: set[int]) -> list[_Start]:
    """A section found by its title in the contents, or by the heading that it stands under there."""
    for wanted in (_fold(entry.title), _fold(entry.section)):
        if not wanted:
            continue
        for index in range(after, len(lines)):
            if index in taken or lines[index].is_row:
                continue
            for count in (1, 2, 3):
                title = tuple(lines[index : index + count])
                if _fold("".join(line.text for line in title)) == wanted:
                    taken.update(range(index, index + count))
                    kind = _kind(entry.section, entry.title)
                    return [
                        _Start(
                            index, index + count, kind, title, entry=entry, heading=entry.section
                        )
                    ]
    return []


def _known_headings(lines: Sequence[Line], after: int, taken: set[int]) -> list[_Start]:
    found = []
    for index in range(after, len(lines)):
        line = lines[index]
        text = squeeze(line.text)
        if index in taken or line.is_row or len(text) > 30 or text[-1] in FINAL or marker(text):
            continue
        kind = _kind(text)
        if kind != "other" and re.search(r"(任免|简讯|动态|目录|记事|大事记|指标|资料)$", text):
            found.append(_Start(index, index + 1, kind, (line,)))
            taken.add(index)
    return found


def _back_matter(body: Sequence[Line]) -> int:
    """Where imprint, cover and pictures begin behind the last document; `len(body)` if nowhere."""
    for index, line in enumerate(body):
        if _IMPRINT.match(line.text) or (line.gap >= PICTURE_GAP and _COVER.search(line.text)):
            return index
    return len(body)


def _split_back_matter(lines: Sequence[Line]) -> list[Section]:
    """Imprint, cover, captions and features, told apart by the blank lines that stand for pages."""
    if not lines:
        return []
    blocks: list[list[Line]] = []
    for line in lines:
        if not blocks or line.gap >= PICTURE_GAP:
            blocks.append([])
        blocks[-1].append(line)
    sections: list[Section] = []
    captions: list[Line] = []
    for position, block in enumerate(blocks):
        text = " ".join(line.text for line in block)
        if any(_IMPRINT.match(line.text) for line in block):
            sections.append(Section("imprint", "", (), None, None, tuple(block)))
        elif _COVER.search(text) and len(block) <= 8:
            sections.append(Section("cover", "", (), None, None, tuple(block)))
        else:
            # A feature begins with a heading that prose follows; all before it are captions.
            heading = next((i for i, line in enumerate(block) if _is_heading(line)), None)
            rest = [line for later in blocks[position + 1 :] for line in later]
            prose = [line for line in [*block[(heading or 0) + 1 :], *rest] if len(line.text) > 80]
            if heading is not None and prose:
                captions.extend(block[:heading])
                body = [*block[heading + 1 :], *rest]
                title = (block[heading],)
                if captions:
                    sections.append(Section("captions", "", (), None, None, tuple(captions)))
                sections.append(Section("feature", "", title, None, None, tuple(body)))
                return sections
            captions.extend(block)
    if captions:
        sections.append(Section("captions", "", (), None, None, tuple(captions)))
    return sections


def _is_heading(line: Line) -> bool:
    return line.text[-1] not in FINAL and not any(char in line.text for char in "，。；,;")
