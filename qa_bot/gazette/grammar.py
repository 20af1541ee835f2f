"""The written forms of Chinese official documents, as data: numbering, numbers, labels.

Sources: GB/T 9704-2012 (党政机关公文格式: 一、（一）1.（1）; 发文字号; 成文日期; 附件说明) and the
Legislative Affairs Commission's 立法技术规范 (章 节 条 款 项 目). Each pattern that goes beyond them
quotes the line of a real gazette that made it necessary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa_bot.text import parse_number

__all__ = [
    "ANNEX_LABEL",
    "ANNEX_MENTION",
    "ARTICLE",
    "DATE_LINE",
    "DAY",
    "DECIMAL",
    "DOCUMENT_NUMBER",
    "ENTRY",
    "FINAL",
    "NUMERAL",
    "REGISTRATION",
    "REMARK",
    "RESPONSIBLE",
    "RESPONSIBLE_WITHIN",
    "Marker",
    "document_number",
    "document_numbers",
    "is_structural",
    "marker",
    "number_line",
]

NUMERAL = r"[〇零○一二三四五六七八九十百千两\d]+"

# 温政发〔2019〕5号; full and half width brackets of all kinds are met in real texts.
DOCUMENT_NUMBER = re.compile(
    r"(?P<prefix>[\u4e00-\u9fff]{1,14})\s*[〔\[［（(【﹝〖]\s*(?P<year>\d{4}|[〇零○一二三四五六七八九]{4})"
    r"\s*年?\s*[〕\]］）)】﹞〗]\s*第?\s*(?P<serial>\d{1,5})\s*号"
)
# ZJCC01-2019-0006: the registration number of a normative document (规范性文件统一编号).
REGISTRATION = re.compile(r"^[A-Z]{2,6}\d{2,3}\s*[-－—–]\s*\d{4}\s*[-－—–]\s*\d{3,5}$")
DATE_LINE = re.compile(
    r"^[（(]?\s*(?:\d{4}|[〇零○一二三四五六七八九]{4})\s*年\s*"
    r"[\d一二三四五六七八九十]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日\s*[）)]?$"
)
ANNEX_LABEL = re.compile(rf"^附\s*件\s*(?P<number>{NUMERAL})?\s*[:：]?$|^附\s*[:：]?$")
ANNEX_MENTION = re.compile(r"^附\s*件?\s*[:：]\s*(?P<title>\S.*)$")
DAY = re.compile(r"^(?P<day>\d{1,2})\s*日$")
ENTRY = re.compile(r"^[△▲◆◇■□★☆]\s*")
# 1 总则, 1.1 编制目的: the numbering of plans and standards (GB/T 1.1); always a heading.
DECIMAL = re.compile(r"^\d{1,2}(?:\.\d{1,2}){0,3}\s+(?=[\u4e00-\u9fff])")
# （此件公开发布）: the note that GB/T 9704 puts under the date.
REMARK = re.compile(r"^[（(](?:此件|联系人|本文有删减|有删减)[^（()）]*[）)]$")
# (牵头落实:市税务局、市大数据发展管理局,10月底前完成) on a line of its own.
RESPONSIBLE = re.compile(r"^[（(]\s*(?:牵头|责任|主办|配合|落实|完成时限|实施)[^（()）]{0,8}[:：]")
RESPONSIBLE_WITHIN = re.compile(r"[（(]\s*(?:牵头|责任|落实|主办)[^（()）]{0,8}[:：]")
FINAL = "。！？；：!?;:…"

# 第五十一条的要求 at the start of a line is the rest of a broken sentence, not an article.
ARTICLE = re.compile(rf"^第(?P<number>{NUMERAL})条(?P<sub>之{NUMERAL})?(?P<space>\s*)")
_NOT_AFTER_ARTICLE = "的第、，,；;。和及至或与（(规所等中"


@dataclass(frozen=True, slots=True)
class Marker:
    """The numbering at the start of a line.

    Attributes:
        kind: book, chapter, section, article, or the level of a document's numbering: level_1 (一、),
            level_2 (（一）), level_3 (1.), level_4 (（1）), level_5 (①); dash (——) and entry (△).
        number: its value; 0 where the marker has none.
        label: as written, 第五十一条 or （一）.
        length: characters that it takes, with the space behind it.
    """

    kind: str
    number: int
    label: str
    length: int


_MARKERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("book", re.compile(rf"^(第(?P<n>{NUMERAL})编)(?:\s+|$)")),
    ("chapter", re.compile(rf"^(第(?P<n>{NUMERAL})章)(?:\s+|$|(?=[\u4e00-\u9fff]))")),
    ("section", re.compile(rf"^(第(?P<n>{NUMERAL})节)(?:\s+|$|(?=[\u4e00-\u9fff]))")),
    ("level_1", re.compile(r"^((?P<n>[一二三四五六七八九十百]+)\s*[、．.])\s*")),
    ("level_2", re.compile(r"^([（(]\s*(?P<n>[一二三四五六七八九十百]+)\s*[）)])\s*[、.．]?\s*")),
    # 1.优化产业布局, 1. 推进, 1、; but 3.5%, 2019.4 and 1.5万元 are numbers.
    ("level_3", re.compile(r"^((?P<n>\d{1,3})\s*(?:[.．](?!\d)|、))\s*")),
    ("level_4", re.compile(r"^([（(]\s*(?P<n>\d{1,3})\s*[）)])\s*[、.．]?\s*")),
    ("level_5", re.compile(r"^((?P<n>[①-⑳]))\s*")),
    ("dash", re.compile(r"^((?:——|--|—|－－)(?P<n>))\s*(?=[^\s—\-])")),
    ("entry", re.compile(r"^([△▲◆◇■□★☆](?P<n>))\s*")),
)


def marker(line: str, last_article: int | None = None) -> Marker | None:
    """The numbering that `line` begins with, or `None`.

    Args:
        line: without leading white space.
        last_article: the number of the article before; an article without a space behind its number
            is believed only where it goes on counting.
    """
    match = ARTICLE.match(line)
    if match:
        number = parse_number(match["number"]) or 0
        after = line[match.end() : match.end() + 1]
        counts = last_article is None or number == last_article + 1
        label = f"第{match['number']}条{match['sub'] or ''}"
        # 第八条 与食品有关的行业组织…: with a space behind it, and in turn, nothing else is needed.
        if match["space"] or not after:
            believed = counts or bool(match["sub"]) or after not in _NOT_AFTER_ARTICLE
        else:
            believed = counts and after not in _NOT_AFTER_ARTICLE
        if believed:
            return Marker("article", number, label, match.end())
        return None
    for kind, pattern in _MARKERS:
        match = pattern.match(line)
        if match:
            text = match["n"]
            value = ord(text) - 0x245F if kind == "level_5" else parse_number(text) if text else 0
            if value is None:
                continue
            return Marker(kind, value, match[1].strip(), match.end())
    return None


def is_structural(line: str) -> bool:
    """Whether a line must begin something of its own, so that nothing before it runs on into it."""
    return bool(
        marker(line)
        or DATE_LINE.match(line)
        or DAY.match(line)
        or REGISTRATION.match(line)
        or REMARK.match(line)
        or (DECIMAL.match(line) and line[-1] not in FINAL)
        or ANNEX_LABEL.match(line)
        or ANNEX_MENTION.match(line)
        or number_line(line)
        or RESPONSIBLE.match(line)
        or re.match(r"^注\s*[:：]", line)
    )


def document_number(text: str) -> str | None:
    """The first document number in `text`, in normal form 温政发〔2019〕5号, or `None`."""
    match = DOCUMENT_NUMBER.search(text)
    return _normal_form(match) if match else None


def document_numbers(text: str) -> list[str]:
    """All document numbers in `text`, in normal form, in order."""
    return [_normal_form(match) for match in DOCUMENT_NUMBER.finditer(text)]


def _normal_form(match: re.Match[str]) -> str:
    year = parse_number(match["year"])
    return f"{match['prefix']}〔{year}〕{int(match['serial'])}号"


def number_line(line: str) -> str | None:
    """The normal form of a line that is a document number and nothing else, or `None`."""
    match = DOCUMENT_NUMBER.fullmatch(line.strip())
    return _normal_form(match) if match else None
