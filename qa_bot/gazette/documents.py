"""What a document says of itself: title, number, issuer, dates, annexes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa_bot.gazette.contents import Entry
from qa_bot.gazette.grammar import (
    ANNEX_LABEL,
    ANNEX_MENTION,
    DATE_LINE,
    DECIMAL,
    FINAL,
    REMARK,
    marker,
    number_line,
)
from qa_bot.gazette.lines import Line, mend
from qa_bot.gazette.model import Document, Named, Part
from qa_bot.gazette.sections import Section
from qa_bot.text import Span, find_dates, join, normalise, squeeze

__all__ = ["parse_document"]

_ISSUER_END = (
    "政府",
    "办公室",
    "办公厅",
    "委员会",
    "局",
    "厅",
    "部",
    "院",
    "中心",
    "会",
    "队",
    "署",
)
# 自印发之日起施行, 自2019年5月1日起实施, 自2015年10月1日起实施
_EFFECTIVE = re.compile(
    r"自\s*(?P<when>[^，。；自]{2,24}?)\s*起\s*(?:施行|实施|执行|生效|试行|正式施行)"
)
_ON_ISSUE = re.compile(r"(印发|发布|公布|发文|下发|签发)之日")
_MONTH = re.compile(r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月")
_OWN_HEADING = re.compile(r"^第[一二三四五六七八九十]+[章条编]|^[一二三四五六七八九十]+、")


@dataclass(frozen=True, slots=True)
class _Annex:
    label: Line | None
    title: tuple[Line, ...]
    lines: tuple[Line, ...]


def parse_document(
    section: Section, source: str, issue_id: str, year: int | None
) -> tuple[Document, list[Named]]:
    """Read the document of a section, and name everything in it that is no clause.

    Guarantees: every line of the section is in a part of the document or in a named piece.
    """
    if section.kind in ("notice", "other"):
        return _notice(section, source, issue_id)
    identity = f"{issue_id}/{section.kind}"
    title = _text(section.title)
    label = _DEFAULT_TITLES.get(section.kind, "")
    named = [_named("title", source, section.title, identity)] if section.title else []
    lines = list(section.body)
    if section.kind == "statistics" and lines and not lines[-1].is_row:
        # 温州市统计局制 under the table tells who made it.
        maker = lines[-1]
        if re.search(r"[制编供]$", maker.text) and len(maker.text) <= 20:
            named.append(_named("signature", source, [maker], identity))
            lines.pop()
    month = _MONTH.search(title)
    about = None
    if month and (month["year"] or year) and 1 <= int(month["month"]) <= 12:
        about = date(int(month["year"] or year or 0), int(month["month"]), 1)
    document = Document(
        id=identity,
        kind=section.kind,
        title=title or label,
        section=section.heading or label,
        parts=(Part("", title or label, tuple(lines)),),
        page=section.entry.page if section.entry else None,
        month=about,
    )
    return document, named


_DEFAULT_TITLES = {
    "masthead": "刊头",
    "contents": "目录",
    "imprint": "版权页",
    "cover": "封面",
    "captions": "图片",
}


def _named(role: str, source: str, lines: Sequence[Line], identity: str) -> Named:
    spans: tuple[Span, ...] = tuple((line.start, line.end) for line in lines)
    return Named(role, spans, join(source, [spans]), identity)


def _text(lines: Sequence[Line]) -> str:
    return squeeze("".join(line.text for line in lines))


def _notice(section: Section, source: str, issue_id: str) -> tuple[Document, list[Named]]:
    number = number_line(section.number_line.text) if section.number_line else None
    title = _text(section.title) or issue_id
    identity = number or f"{issue_id}/{title if section.title else 'text'}"
    named: list[Named] = []
    if section.registration:
        named.append(_named("registration", source, [section.registration], identity))
    if section.title:
        named.append(_named("title", source, section.title, identity))
    if section.number_line:
        named.append(_named("number", source, [section.number_line], identity))

    lines = list(section.body)
    addressees = None
    if lines and _is_addressee(lines[0]):
        addressees = lines[0].text.rstrip("：:")
        named.append(_named("addressees", source, lines[:1], identity))
        lines = lines[1:]
    signed = next((i for i, line in enumerate(lines) if DATE_LINE.match(line.text)), None)
    issued_on, signature = None, None
    annexes: list[_Annex] = []
    body = lines
    if signed is not None:
        dates = find_dates(squeeze(lines[signed].text))
        issued_on = dates[0][0] if dates else None
        begin = signed
        while begin > 0 and signed - begin < 4 and _is_signature(lines[begin - 1]):
            begin -= 1
        if begin < signed:
            signature = squeeze(lines[signed - 1].text)
            named.append(_named("signature", source, lines[begin:signed], identity))
        named.append(_named("date", source, [lines[signed]], identity))
        rest = lines[signed + 1 :]
        if rest and REMARK.match(rest[0].text):
            named.append(_named("remark", source, rest[:1], identity))
            rest = rest[1:]
        body, annexes = lines[:begin], _annexes(rest)

    mentions = []
    kept: list[Line] = []
    for paragraph in mend(source, body):
        mention = ANNEX_MENTION.match(paragraph.text)
        if mention:
            following = paragraph.lines
            mentions.append(squeeze(mention["title"]))
            named.append(_named("annex_mention", source, following, identity))
        elif mentions and _counts_on(paragraph.text, len(mentions)):
            # 附件：1.某市防汛应急预案⏎2.某市应急队伍名单
            mentions.append(squeeze(paragraph.text))
            named.append(_named("annex_mention", source, paragraph.lines, identity))
        elif mentions and _continues_mention(paragraph.text, mentions, annexes):
            # 附件：温州市药品零售（连锁）经营许可⏎实施细则
            mentions[-1] += squeeze(paragraph.text)
            named.append(_named("annex_mention", source, paragraph.lines, identity))
        else:
            kept.extend(paragraph.lines)

    own = _effective(join(source, [[(line.start, line.end)] for line in kept]), issued_on)
    parts = [Part("", title, tuple(kept), (), own)]
    parts.extend(_annex_parts(annexes, mentions, title, source, identity, named, issued_on, own))
    issuer = _issuer(title) or signature
    entry: Entry | None = section.entry
    return (
        Document(
            id=identity,
            kind=section.kind,
            title=title,
            section=section.heading,
            parts=tuple(parts),
            number=number,
            registration_number=section.registration.text if section.registration else None,
            issuer=issuer,
            addressees=addressees,
            issued_on=issued_on,
            effective_from=own,
            page=entry.page if entry else None,
        ),
        named,
    )


def _is_addressee(line: Line) -> bool:
    return line.text[-1] in "：:" and "。" not in line.text and not marker(line.text)


def _is_signature(line: Line) -> bool:
    text = squeeze(line.text)
    return len(text) <= 30 and text.endswith(_ISSUER_END) and text[-1] not in FINAL


def _counts_on(text: str, count: int) -> bool:
    """Whether a line is the next of a list of annexes, of which `count` were named."""
    numbered = marker(text)
    return bool(
        numbered
        and numbered.kind == "level_3"
        and numbered.number == count + 1
        and text[-1] not in FINAL
    )


def _continues_mention(text: str, mentions: list[str], annexes: Sequence[_Annex]) -> bool:
    whole = _fold(mentions[-1] + text)
    return any(_fold(_text(annex.title)) == whole for annex in annexes)


def _fold(text: str) -> str:
    """A title without what a list of annexes puts before it: 1.某市防汛应急预案."""
    text = squeeze(text)
    numbered = marker(text)
    if numbered and numbered.kind == "level_3":
        text = text[numbered.length :]
    return normalise(text).text.replace(" ", "").strip('."')


def _annexes(lines: Sequence[Line]) -> list[_Annex]:
    """Split what follows the signature into annexes by their labels and titles."""
    groups: list[list[Line]] = []
    for index, line in enumerate(lines):
        label = bool(ANNEX_LABEL.match(line.text))
        # An annex of the annex: 附件：空气质量改善目标清单⏎⏎附件⏎⏎空气质量改善目标清单. A label
        # under a title belongs to it: …轻微违法行为目录清单⏎⏎附件⏎⏎序号	分类
        under_title = bool(groups) and len(groups[-1]) == 1 and _can_be_title(groups[-1][0])
        if not groups or (label and index and not under_title):
            groups.append([])
        groups[-1].append(line)
    return [_annex(group) for group in groups]


def _can_be_title(line: Line) -> bool:
    return not (
        line.is_row
        or line.text[-1] in FINAL
        or marker(line.text)
        or ANNEX_LABEL.match(line.text)
        or DECIMAL.match(line.text)
    )


def _annex(lines: Sequence[Line]) -> _Annex:
    label: Line | None = None
    title: list[Line] = []
    index = 0
    for index, line in enumerate(lines):  # noqa: B007 - used behind the loop
        if ANNEX_LABEL.match(line.text) and label is None:
            label = line
        elif _can_be_title(line) and not (title and _goes_on(title, line)):
            title.append(line)
        else:
            break
    else:
        index = len(lines)
    return _Annex(label, tuple(title), tuple(lines[index:]))


def _goes_on(title: Sequence[Line], line: Line) -> bool:
    """Whether the text begins with `line`: 鹿城区：滨江街道、南汇街道… under the title of a list."""
    return len(title) == 3 or any(char in line.text for char in "，。：；:;")


def _annex_parts(
    annexes: Sequence[_Annex],
    mentions: list[str],
    document_title: str,
    source: str,
    identity: str,
    named: list[Named],
    issued_on: date | None,
    own: date | None,
) -> list[Part]:
    parts: list[Part] = []
    count = 0
    for index, annex in enumerate(annexes):
        if annex.label:
            named.append(_named("annex_label", source, [annex.label], identity))
        if annex.title:
            named.append(_named("title", source, annex.title, identity))
        title = _text(annex.title)
        lines: list[Line] = []
        for paragraph in mend(source, annex.lines):
            mention = ANNEX_MENTION.match(paragraph.text)
            if mention:
                mentions.append(squeeze(mention["title"]))
                named.append(_named("annex_mention", source, paragraph.lines, identity))
            else:
                lines.extend(paragraph.lines)
        equal = any(_fold(title) == _fold(mention) for mention in mentions)
        # Both penalty lists are headed otherwise than the notice calls them: …不予处罚事项清单.
        mentioned = equal or any(_alike(mention, title, 0.9) for mention in mentions)
        is_annex = annex.label is not None or mentioned or not title
        if is_annex or index:
            count += 1
            part_id = f"annex_{count}"
        else:
            part_id = "issued"
        others = [m for m in _quoted_titles(document_title) if m and m != title]
        if is_annex and not equal and count <= len(mentions):
            others.insert(0, mentions[count - 1])
        alike = tuple(dict.fromkeys(o for o in others if _alike(o, title)))
        effective = _effective(
            join(source, [[(line.start, line.end)] for line in lines]), issued_on
        )
        parts.append(Part(part_id, title, tuple(lines), alike, effective or own))
    return parts


def _quoted_titles(title: str) -> list[str]:
    return re.findall(r"《([^》]+)》", title)


def _alike(one: str, other: str, share: float = 0.75) -> bool:
    """Whether two titles share that part of the shorter one's characters."""
    shared = sum(char in one for char in other)
    return bool(other) and shared >= share * min(len(one), len(other))


def _issuer(title: str) -> str | None:
    head = title.split("关于")[0] if "关于" in title else ""
    return head if head.endswith(_ISSUER_END) else None


def _effective(text: str, issued_on: date | None) -> date | None:
    """The day from which a text says that it applies, or `None`; 自印发之日起 is the day of issue."""
    for match in _EFFECTIVE.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        if not re.search(
            r"本(通知|规定|办法|细则|意见|方案|清单|条例|决定|公告|规则|标准)[^。]{0,6}$", before
        ):
            continue
        if _ON_ISSUE.search(match["when"]):
            return issued_on
        dates = find_dates(match["when"])
        if dates:
            return dates[0][0]
    return None
