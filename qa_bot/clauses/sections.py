"""The sections of an issue that are no notices: records, briefs, personnel, catalogue, imprint."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from qa_bot.clauses.draft import Draft, line_spans
from qa_bot.clauses.model import Context
from qa_bot.clauses.official import parse_official, segments
from qa_bot.clauses.tables import parse_tables
from qa_bot.gazette.contents import find_contents
from qa_bot.gazette.grammar import DAY, ENTRY, FINAL, UNIT, document_number
from qa_bot.gazette.lines import PICTURE_GAP, Line
from qa_bot.patterns import late
from qa_bot.text import squeeze

__all__ = ["SECTION_PARSERS", "appoints", "parse_appointments"]

# …关于周伟等同志职务任免的通知
# （嘉政干〔2023〕6号　2023年5月9日）: of the decision above
_NUMBER_AND_DATE = late(r"^[（(][^（()）]*〔\d{4}〕\s*\d+\s*号[^（()）]*[）)]$")
_DECIDES = late(r"^(?:决定)?(?:任命|免去|聘任|解聘|批准任命)")
_APPOINTS = late(r"(?:任免|任职|免职|任命)(?:人员)?(?:的)?(?:通知|决定|名单|公告)$")

_DATED = late(
    r"^(?:[△▲◆◇■□★☆●○]\s*)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\s*(?:至|—|-|～|、)\s*(?:\d{1,2}月)?\d{1,2}日)?[，,\s　：:]"
)
_BULLET = late(r"^[-•·*—]\s+")
_LABEL = late(r"^[^：:，。]{1,16}[：:]")
# A line of the imprint that others stand under, and their labels: 温州市人民政府公报编辑委员会⏎主任：彭立华.
# 编辑部地址：… begins what follows on how to reach it.
_WHOSE_ADDRESS = late(r"^([^：:，。]{2,12}?[部室社会])地址\s*[：:]")
_IMPRINT_HEADINGS = (
    (late(r"(?:委员会|编委会)$"), late(r"^(?:(?:名誉|副|常务副?|执行)?主任(?:委员)?|编?委(?:员)?|成员|顾问|秘书长)\s*[：:]")),
    (late(r"(?:电子|网络|数字)版$"), late(r"^(?:网址|网站|微信\w{0,4}|公众号|二维码|客户端)\s*[：:]")),
    (late(r"编辑[部室]$"), late(r"^(?:编辑部)?(?:地址|电话|传真|邮编|邮政编码|电子邮箱|邮箱|信箱|E-?mail)\s*[：:]", re.I)),
)  # fmt: skip
_CAPTION_LENGTH = 40


def _day_of(match: re.Match[str], month: date | None) -> date | None:
    """The (first) day that an entry begins with: 1日　…, 3日至5日，…, 5月8日　…."""
    try:
        if match["month"] and month:
            return date(month.year, int(match["month"]), int(match["day"]))
        return month.replace(day=int(match["day"])) if month else None
    except ValueError:
        return None


def _records(draft: Draft, lines: Sequence[Line]) -> None:
    """1日⏎⏎△ 市长姚高员参加…: an entry is a clause, its day is context and becomes a full date."""
    month = draft.document.month
    day: date | None = None
    heading: Context | None = None
    count = 0
    for paragraph in draft.mend(lines):
        match = DAY.match(paragraph.text)
        if match:
            draft.name("heading", paragraph.spans)
            heading = draft.context("date", paragraph.spans)
            count = 0
            try:
                day = month.replace(day=int(match["day"])) if month else None
            except ValueError:
                day = None
            continue
        dated = _DATED.match(paragraph.text)
        if dated and (month or dated["month"]):
            at = _day_of(dated, month)
            if at and at != day:
                day, heading, count = at, None, 0
        bullet = ENTRY.match(paragraph.text)
        spans = draft.after_marker(paragraph, bullet.end() if bullet else 0, "bullet")
        if not spans:
            continue  # a bullet with nothing behind it
        count += 1
        folder = (
            day.isoformat() if day else f"day_{squeeze(heading.text)}" if heading else "undated"
        )
        label = f"{day.month}月{day.day}日" if day else heading.text if heading else ""
        draft.add(
            f"{folder}/entry_{count}",
            "record",
            label,
            [spans],
            (label,) if label else (),
            [heading] if heading else [],
            day=day,
        )


def _briefs(draft: Draft, lines: Sequence[Line]) -> None:
    """A heading, then paragraphs (4月2日，全市数字经济发展推进会暨…召开。) until the next heading."""
    paragraphs = draft.mend(lines)
    title, item, count = "", 0, 0
    heading: Context | None = None
    for index, paragraph in enumerate(paragraphs):
        following = paragraphs[index + 1] if index + 1 < len(paragraphs) else None
        text = paragraph.text
        if text[-1] not in FINAL and text[-1] not in "”）" and following:
            draft.name("heading", paragraph.spans)
            heading = draft.context("heading", paragraph.spans)
            title, item, count = squeeze(text), item + 1, 0
            continue
        count += 1
        label = f"《{title}》第{count}段" if title else f"第{count}段"
        draft.add(
            f"item_{max(item, 1)}/para_{count}",
            "news",
            label,
            [paragraph.spans],
            (title,) if title else (),
            [heading] if heading else [],
        )


def appoints(title: str) -> bool:
    """Whether a document of that title appoints and dismisses people."""
    return bool(_APPOINTS.search(title))


def parse_appointments(draft: Draft, lines: Sequence[Line]) -> None:
    """市政府决定免去：⏎⏎张力男的…职务；: each person is a clause, the decision is its lead-in."""
    lead_in: Context | None = None
    count = 0
    for paragraph in draft.mend(lines):
        if paragraph.text[-1] in "：:":
            draft.name("lead_in", paragraph.spans)
            lead_in = draft.context("lead_in", paragraph.spans)
            continue
        if _NUMBER_AND_DATE.match(paragraph.text):
            draft.name("number", paragraph.spans)
            continue
        if _DECIDES.match(paragraph.text):
            lead_in = None  # 任命孙七为…局长。 says itself what is decided
        count += 1
        draft.add(
            f"item_{count}",
            "appointment",
            "" if draft.document.kind == "personnel" else f"第{count}段",
            [paragraph.spans],
            (),
            [lead_in] if lead_in else [],
        )


def _catalogue(draft: Draft, lines: Sequence[Line]) -> None:
    """- 温政发〔2019〕5号 温州市人民政府关于…的通知: one document a line."""
    for count, paragraph in enumerate(draft.mend(lines), start=1):
        bullet = _BULLET.match(paragraph.text)
        spans = draft.after_marker(paragraph, bullet.end() if bullet else 0, "bullet")
        if not spans:
            continue
        number = document_number(paragraph.text)
        draft.add(f"line_{count}", "catalogue", number or "", [spans])


def _contents(draft: Draft, lines: Sequence[Line]) -> None:
    found = find_contents(lines)
    entries = found[2] if found else []
    taken: set[int] = set()
    for count, entry in enumerate(entries, start=1):
        for line in entry.labels:
            draft.name("contents_label", [(line.start, line.end)])
        taken.update(line.start for line in (*entry.labels, *entry.lines))
        path = (entry.section,) if entry.section else ()
        draft.add(f"line_{count}", "contents", "", [line_spans(entry.lines)], path)
    for line in lines:
        if line.start not in taken:
            draft.name("furniture", [(line.start, line.end)])


def _statistics(draft: Draft, lines: Sequence[Line]) -> None:
    unit: list[Context] = []
    for run in segments(lines):
        if run[0].is_row:
            parse_tables(draft, run, "statistics", (), unit)
        elif len(run) == 1 and UNIT.match(run[0].text):
            draft.name("unit", line_spans(run))
            unit = [draft.context("unit", line_spans(run))]
        else:
            parse_official(draft, run, "note")


def _imprint(draft: Draft, lines: Sequence[Line]) -> None:
    """主任：彭立华; a label without a value takes the lines under it: 编委：（按姓氏笔画为序）.

    What stands under a line of its own (…编辑委员会, …电子版) has that as its heading.
    """
    groups: list[list[Line]] = []
    for line in lines:
        labelled = bool(_LABEL.match(line.text))
        if (
            not groups
            or labelled
            or "公报" in line.text
            or line.gap >= PICTURE_GAP
            or (not _LABEL.match(groups[-1][0].text) and "公报" not in groups[-1][0].text)
        ):
            groups.append([])
        groups[-1].append(line)
    under: tuple[str, re.Pattern[str]] | None = None
    contact = _IMPRINT_HEADINGS[-1]
    for count, group in enumerate(groups, start=1):
        if under and not under[1].match(group[0].text):
            under = None
        whose = _WHOSE_ADDRESS.match(group[0].text)
        if whose:
            under = whose[1], contact[1]
        following = groups[count][0].text if count < len(groups) else ""
        labels = _labels_under(group[0].text, following) if len(group) == 1 else None
        if labels:
            draft.name("heading", line_spans(group))
            under = squeeze(group[0].text), labels
            continue
        path = (under[0],) if under else ()
        draft.add(f"line_{count}", "imprint", "", [[span] for span in line_spans(group)], path)


def _labels_under(text: str, following: str) -> re.Pattern[str] | None:
    """The labels of what stands under this line of the imprint, if the following line has one of them."""
    for heading, labels in _IMPRINT_HEADINGS:
        if heading.search(text) and labels.match(following):
            return labels
    return None


def _cover(draft: Draft, lines: Sequence[Line]) -> None:
    draft.add("text", "cover", "", [[span] for span in line_spans(lines)])


def _captions(draft: Draft, lines: Sequence[Line]) -> None:
    for count, paragraph in enumerate(draft.mend(lines), start=1):
        draft.add(f"caption_{count}", "caption", "", [paragraph.spans])


def _feature(draft: Draft, lines: Sequence[Line]) -> None:
    count = captions = 0
    for paragraph in draft.mend(lines):
        if paragraph.text[-1] not in FINAL and len(paragraph.text) <= _CAPTION_LENGTH:
            captions += 1
            draft.add(f"caption_{captions}", "caption", "图片说明", [paragraph.spans])
        else:
            count += 1
            draft.add(f"para_{count}", "feature", f"第{count}段", [paragraph.spans])


SECTION_PARSERS: dict[str, Callable[[Draft, Sequence[Line]], None]] = {
    "records": _records,
    "briefs": _briefs,
    "personnel": parse_appointments,
    "catalogue": _catalogue,
    "contents": _contents,
    "statistics": _statistics,
    "masthead": _imprint,
    "imprint": _imprint,
    "cover": _cover,
    "captions": _captions,
    "feature": _feature,
}
