"""Where official documents begin: title and number in the orders in which they are printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_bot.gazette.contents import Entry, title_key
from qa_bot.gazette.grammar import (
    ANNEX_LABEL,
    DATE_LINE,
    FINAL,
    ORDER,
    ORDER_NUMBER,
    REGISTRATION,
    marker,
    number_line,
    order_number,
)
from qa_bot.gazette.lines import Line
from qa_bot.text import parse_number, squeeze

__all__ = ["OFFICE_END", "TITLE_END", "Head", "find_heads"]

TITLE_LINES = 5
TITLE_END = re.compile(
    r"(?:通知|通报|决定|命令|令|意见|办法|规定|细则|方案|条例|规则|标准|清单|名单|目录|规范|制度|通告|公告|公报|报告|批复|复函|函|答复|请示|议案|纪要|法|解释|要点|计划|规划|纲要|预案|章程|准则|宪法|决议|守则|导则|指南|指引|一览表|汇总表|表"
    r"|[（(](?:试行|暂行|修订|修正|草案|修订稿|试行稿|征求意见稿|\d{4}年?[^（()）]{0,8}|[^（()）]{0,6}版)[）)])$"
)
OFFICE_END = (
    "政府", "办公室", "办公厅", "委员会", "局", "厅", "部", "院", "中心", "会", "队", "署", "委", "办",
    "银行", "公司", "处", "所", "站", "馆", "社", "集团",
)  # fmt: skip
# 某某市人民政府文件, 某某市人民政府办公室: the red head of GB/T 9704.
_LETTERHEAD = re.compile(r"^[^，。：；《》]{2,40}(?:文件|公文|函件)$")


_NAMES_OFFICE = re.compile(r"(?:政府|办公室|办公厅|委员会).*(?:转发|批转|印发|部门|单位)$")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a document.

    Attributes:
        first: index of its first line.
        body: index of the line behind its last.
        number: in normal form.
        title: lines of the title; empty for an order, which is titled by what it issues.
        number_lines: lines that give the number.
        registration: the line with the registration number, or `None`.
        letterhead: lines above all that name the office (某某市人民政府文件).
        entry: what the contents say about it, or `None`.
    """

    first: int
    body: int
    number: str
    title: tuple[Line, ...]
    number_lines: tuple[Line, ...]
    registration: Line | None = None
    letterhead: tuple[Line, ...] = ()
    entry: Entry | None = None


def find_heads(
    lines: Sequence[Line], after: int, entries: Mapping[str, Entry], *, titled: bool = False
) -> list[Head]:
    """The heads of all documents with a number, in order.

    The title stands above the number (温州市人民政府关于…的通知 over 温政发〔2019〕5号, or in brackets), or under
    it, as GB/T 9704 prints it. An order (某市人民政府令 over 第150号) has no title of its own. A number with no
    title on either side is quoted, and no head.

    Args:
        lines: of the whole text.
        after: index of the first line that may belong to a head.
        entries: of the contents, by number.
        titled: whether the file says the title of its document outside of the text, so that a number
            in the first line needs none.
    """
    heads: list[Head] = []
    low = after
    index = after
    while index < len(lines):
        head = _head_at(lines, index, low, entries)
        if head is None and titled and not heads and index == after:
            number = number_line(lines[index].text)
            head = Head(index, index + 1, number, (), (lines[index],)) if number else None
        if head:
            heads.append(head)
            low = index = head.body
        else:
            index += 1
    return heads


def _head_at(
    lines: Sequence[Line], index: int, low: int, entries: Mapping[str, Entry]
) -> Head | None:
    line = lines[index]
    if line.is_row:
        return None
    order = _order_at(lines, index)
    if order:
        number, end = order
        above_order = _letterhead(lines, index, low)
        return Head(
            index - len(above_order), end, number, (), tuple(lines[index:end]), None, above_order,
            _order_entry(entries, number),
        )  # fmt: skip
    number_of_line = number_line(line.text)
    if not number_of_line:
        return None
    number, entry = number_of_line, entries.get(number_of_line)
    first = _title_start(lines, index, low, entry)
    title = tuple(lines[first:index])
    below = _title_below(lines, index + 1)
    above = squeeze("".join(at.text for at in title))
    if title and (entry or not below or (TITLE_END.search(above) and not _LETTERHEAD.match(above))):
        registration = None
        if first > low and REGISTRATION.match(lines[first - 1].text):
            first -= 1
            registration = lines[first]
        end = index + 1
        while end < len(lines) and number_line(lines[end].text) and not lines[end].is_row:
            end += 1  # 滨财〔2023〕14号⏎滨税发〔2023〕5号
        return Head(first, end, number, title, tuple(lines[index:end]), registration, (), entry)
    if not below:
        return None
    letterhead = _letterhead(lines, index, low)
    first = index - len(letterhead)
    registration = None
    if first > low and REGISTRATION.match(lines[first - 1].text):
        first -= 1
        registration = lines[first]
    title = tuple(lines[index + 1 : below])
    return Head(first, below, number, title, (line,), registration, letterhead, entry)


def _order_entry(entries: Mapping[str, Entry], number: str) -> Entry | None:
    """What the contents say of an order; they may call it 市政府令第61号 for short."""
    if number in entries:
        return entries[number]
    short = number.replace("人民政府", "政府")
    return next(
        (e for n, e in entries.items() if short.endswith(n.replace("人民政府", "政府"))), None
    )


def _order_at(lines: Sequence[Line], index: int) -> tuple[str, int] | None:
    """The number of an order that begins at `index`, and the index behind its head."""
    text = lines[index].text
    if len(text) > 80 or not ("令" in text or "告" in text):
        return None
    text = squeeze(text)
    if "号" in text:
        number = number_line(text)
        return (number, index + 1) if number and "第" in number else None
    office = ORDER.match(text)
    if office and index + 1 < len(lines):
        serial = ORDER_NUMBER.match(squeeze(lines[index + 1].text))
        value = parse_number(serial["serial"]) if serial else None
        if value is not None:
            term = serial["term"] if serial else None
            return order_number(office["office"], value, term), index + 2
    return None


def _letterhead(lines: Sequence[Line], index: int, low: int) -> tuple[Line, ...]:
    """Lines above a number that name the office; a document's own lines end with a stop or a date."""
    first = index
    while first > low and index - first < 3:
        text = squeeze(lines[first - 1].text)
        if lines[first - 1].is_row or not (_LETTERHEAD.match(text) or text.endswith(OFFICE_END)):
            break
        if len(text) > 40 or marker(text):
            break
        first -= 1
    return tuple(lines[first:index])


def _title_start(lines: Sequence[Line], number: int, low: int, entry: Entry | None) -> int:
    """The first line of the title that ends just before the line with the document number."""
    low = max(low, number - TITLE_LINES)
    if entry:
        wanted = title_key(entry.title)
        for first in range(number - 1, low - 1, -1):
            if title_key("".join(line.text for line in lines[first:number])) == wanted:
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
            or (first < number and _is_whole(lines[first:number], squeeze(line.text)))
        )
        if stop:
            break
        first -= 1
        if line.set_apart:
            break
    return first


def _is_whole(title: Sequence[Line], above: str) -> bool:
    """Whether a title that holds 关于 needs no line above it: an office, or 某某办公室转发某委等部门."""
    text = squeeze("".join(line.text for line in title))
    if "关于" not in text:
        return False
    named = above.endswith(OFFICE_END) or (text.startswith("关于") and _NAMES_OFFICE.search(above))
    return not named


def _title_below(lines: Sequence[Line], start: int) -> int | None:
    """The index behind a title that begins at `start` and that a document follows, or `None`."""
    title = ""
    for index in range(start, min(start + TITLE_LINES, len(lines) - 1)):
        line = lines[index]
        if (
            line.is_row
            or line.text[-1] in FINAL
            or marker(line.text)
            or DATE_LINE.match(line.text)
            or ANNEX_LABEL.match(line.text)
            or number_line(line.text)
        ):
            return None
        title += squeeze(line.text)
        after = lines[index + 1]
        if TITLE_END.search(title) and len(title) >= 6:
            goes_on = not after.is_row and TITLE_END.search(title + squeeze(after.text))
            # 各镇人民政府、街道办事处，市政府⏎各部门、各直属单位：: addressees over two lines
            addressed = any(at.text[-1] in "：:" for at in lines[index + 2 : index + 4])
            ends = (
                after.text[-1] in FINAL or marker(after.text) or len(after.text) > 40 or addressed
            )
            if (
                ends
                and not number_line(after.text)
                and not (goes_on and after.text[-1] not in FINAL)
            ):
                return index + 1
    return None
