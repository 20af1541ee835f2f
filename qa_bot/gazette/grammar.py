"""The written forms of Chinese official documents, as data: numbering, numbers, labels.

Sources: GB/T 9704-2012 (党政机关公文格式: 一、（一）1.（1）; 发文字号; 成文日期; 附件说明) and the
Legislative Affairs Commission's 立法技术规范 (章 节 条 款 项 目). Each pattern that goes beyond them
quotes the line of a real gazette that made it necessary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from qa_bot.patterns import late
from qa_bot.text import parse_number, squeeze

__all__ = [
    "ANNEX_LABEL",
    "ANNEX_MENTION",
    "ARTICLE",
    "DATE_LINE",
    "DAY",
    "DECIMAL",
    "DISTRIBUTION",
    "DOCUMENT_NUMBER",
    "ENTRY",
    "FINAL",
    "HISTORY",
    "NUMERAL",
    "ORDER",
    "ORDER_NUMBER",
    "PAGE_NUMBER",
    "REGISTRATION",
    "REMARK",
    "RESPONSIBLE",
    "RESPONSIBLE_WITHIN",
    "UNIT",
    "Marker",
    "decimal_depth",
    "document_number",
    "is_structural",
    "marker",
    "number_line",
    "numbers_in",
    "order_number",
    "orders_in",
    "split_number",
]

NUMERAL = r"[〇零○一二三四五六七八九十百千两\d]+"

# 温政发〔2019〕5号; full and half width brackets of all kinds are met in real texts.
DOCUMENT_NUMBER = late(
    r"(?P<prefix>[\u4e00-\u9fff]{1,14})\s*+[〔\[［（(【﹝〖]\s*+(?P<year>\d{4}|[〇零○一二三四五六七八九]{4})"
    r"\s*+年?+\s*+[〕\]］）)】﹞〗]\s*+第?+\s*+(?P<serial>\d{1,5})\s*+[号號]"
)
# Words that run into a number named in a sentence: 按照国发〔2019〕5号. No 发文代字 holds one of them.
_BEFORE_NUMBER = late(
    r".*(?:按照|根据|依据|依照|遵照|参照|贯彻|落实|执行|印发|转发|关于|废止|文件|通知|规定|以及|见|以|的|与|及|等|对|将|由|了|按|请|在|是|为)"
)
# 温州市人民政府令 over 第150号, 中华人民共和国国务院令第707号, 财政部令（第94号）
# 南屏市人民代表大会常务委员会公告 over （第十五届）第8号
ORDER = late(r"^(?P<office>[\u4e00-\u9fff]{2,30}(?:令|公告|通告))$")
_SERIAL = (
    r"[（(〔\[]?+\s*+(?:[（(〔\[［]?(?P<term>\d{4}年?|第[一二三四五六七八九十]+届)[〕\]］）)]?)?"
    rf"\s*+第?+\s*+(?P<serial>{NUMERAL})\s*+号(?:\s{{0,4}}[）)〕\]])?"
)
ORDER_NUMBER = late(rf"^{_SERIAL}$")
_ORDER_LINE = late(rf"^(?P<office>[\u4e00-\u9fff]{{2,30}}(?:令|公告|通告))\s*+{_SERIAL}$")
_ORDER_WITHIN = late(
    r"(?P<office>(?:国务院|国(?=令)|主席|[\u4e00-\u9fff]{1,24}?(?:政府|委员会|部|局|厅|署|银行|会))令)\s*+"
    + _SERIAL
)
# The State Council's own short form of its orders: 国令第707号 (www.gov.cn, 发文字号).
_ORDER_OFFICES = {"国务院令": "国令"}
# ZJCC01-2019-0006: the registration number of a normative document (规范性文件统一编号).
REGISTRATION = late(r"^[A-Z]{2,6}\d{2,3}\s*[-－—–]\s*\d{4}\s*[-－—–]\s*\d{3,5}$")
_YEAR = r"(?:\d{4}|[〇零○ＯOОΟo一二三四五六七八九]{4})"
_DAY_OF_YEAR = (
    rf"{_YEAR}\s*年\s*[\d一二三四五六七八九十]{{1,3}}\s*月\s*[\d一二三四五六七八九十]{{1,3}}\s*日"
)
DATE_LINE = late(rf"^[（(]?\s*{_DAY_OF_YEAR}\s*[）)]?$")
# （1994年1月28日中华人民共和国国务院令第142号发布　根据…修订）: the 题注 under the title of rules.
HISTORY = late(
    rf"^[（(]\s*(?:{_DAY_OF_YEAR}|根据|经).*(?:通过|公布|发布|施行|修订|修正|批准|印发|实施|决定)[^。]{{0,30}}[）)]$",
    re.DOTALL,
)
# 附件, 附件1, 附件 2：, 附件1-2, 附录A, 附表3
ANNEX_LABEL = late(
    rf"^附\s*+[件录表图]\s*+(?P<number>{NUMERAL}|[A-Z])?+(?:\s*+[-－—–]\s*+\d{{1,2}})?+\s*+[:：]?$|^附\s*+[:：]?$"
)
ANNEX_MENTION = late(
    rf"^附\s*+[件表录]?+\s*+(?P<number>{NUMERAL})?+\s*+[:：]\s*+(?P<title>\S.*)$", re.DOTALL
)
DAY = late(r"^(?P<day>\d{1,2})\s*日$")
ENTRY = late(r"^[△▲◆◇■□★☆]\s*")
# 1 总则, 1.1 编制目的, 1.1.1工作原则: the numbering of plans and standards (GB/T 1.1).
DECIMAL = late(
    r"^(?P<n>\d{1,2}(?:[.．]\d{1,2}){0,3})"
    r"(?:\s+|(?<=[.．]\d)(?![万亿元倍个平米公吨千百克年月日度人次户家件立时分])|(?<=[.．]\d\d)(?![万亿元倍个平米公吨千百克年月日度人次户家件立时分]))"
    r"(?=[\u4e00-\u9fff《“\u2160-\u217f])"
)
# （此件公开发布）: the note that GB/T 9704 puts under the date.
REMARK = late(r"^[（(](?:此件|联系人|本文有删减|有删减)[^（()）]*[）)]$")
# 抄送：市委各部门… and 某某市人民政府办公室 2021年3月5日印发: the foot of GB/T 9704 (版记).
DISTRIBUTION = late(
    rf"^(?:抄\s*[送报]|分\s*送|报\s*送|发\s*送|主题词)\s*[:：]|^共?印\s*\d+\s*份|^[\u4e00-\u9fff（()）]{{2,30}}\s*{_DAY_OF_YEAR}\s*印发$"
)
# — 3 —, －12－, 第 3 页 共 10 页, 3/10: what a page carries at its foot.
PAGE_NUMBER = late(
    r"^[-—–－―·•]{1,2}\s*\d{1,4}\s*[-—–－―·•]{1,2}$|^第\s*\d{1,4}\s*页(?:\s*[,，/／]?\s*共\s*\d{1,4}\s*页)?$|^\d{1,4}\s*[/／]\s*\d{1,4}$"
)
# 单位：万元, （单位：亿元、%）: the unit line of a table.
UNIT = late(r"^[（(]?\s*(?:计量)?单位\s*[:：][^。；]{1,20}$")
# (牵头落实:市税务局、市大数据发展管理局,10月底前完成) on a line of its own; 责任单位：市发改委、市财政局
RESPONSIBLE = late(
    r"^[（(]\s*(?:牵头|责任|主办|配合|落实|完成时限|实施|协办|参与)[^（()）。，]{0,8}[:：]"
    r"|^(?:牵头|责任|主办|配合|协办|参与|落实)(?:单位|部门|领导|处室|科室|人)\s*[:：]"
)
RESPONSIBLE_WITHIN = late(r"[（(]\s*(?:牵头|责任|落实|主办)[^（()）]{0,8}[:：]")
FINAL = "。！？；：!?;:…"

# 第五十一条的要求 at the start of a line is the rest of a broken sentence, not an article.
ARTICLE = late(
    r"^第\s*(?P<number>[〇零○一二三四五六七八九十百千两\d](?:\s?[〇零○一二三四五六七八九十百千两\d])*)\s*[条條]"
    rf"(?P<sub>之{NUMERAL})?(?P<space>[:：]?\s*)"
)
# Never behind an article's number; behind it without a blank the second kind only in turn: 第三条规划应当….
_NOT_AFTER_ARTICLE = "的第、，,；;。至款项"
_SELDOM_AFTER_ARTICLE = "和及或与（(规所等中"
_SKIPPED = 3  # articles that a number may skip and still be believed without a blank behind it
# 第八条（法律责任） 违反…: a caption in brackets; but 第八条（一）项 goes on with a sentence.
_CAPTION = late(r"[（(【〔\[][\u4e00-\u9fff、]{2,15}[）)】〕\]]\s*(?=[\u4e00-\u9fff]|$)")


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


def _patterns(**patterns: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern)) for kind, pattern in patterns.items())


_HAN = "[\u4e00-\u9fff]"
_DIVISION = _patterns(
    book=rf"^(第\s*(?P<n>{NUMERAL})\s*[编編])(?:\s+|$)",
    chapter=rf"^(第\s*(?P<n>{NUMERAL})\s*章)(?:\s+|$|(?={_HAN}))",
    section=rf"^(第\s*(?P<n>{NUMERAL})\s*[节節])(?:\s+|$|(?={_HAN}))",
)
_LEVEL_1 = _patterns(level_1=r"^((?P<n>[一二三四五六七八九十百]+)\s*[、．.])\s*")
_BRACKETED = _patterns(
    level_2=r"^([（(]\s*(?P<n>[一二三四五六七八九十百]+)\s*[）)〕])\s*[、.．]?\s*",
    level_4=r"^([（(]\s*(?P<n>\d{1,3})\s*[）)〕])\s*[、.．]?\s*",
)
# 1.优化产业布局, 1. 推进, 1、; but 3.5%, 2019.4 and 1.5万元 are numbers.
_LEVEL_3 = _patterns(level_3=r"^((?P<n>\d{1,3})\s*(?:[.．](?!\d)|、))\s*")
_LEVEL_5 = _patterns(level_5=r"^((?P<n>[①-⑳]))\s*")
_DASH = _patterns(dash=r"^((?:——|--|—|－－)(?P<n>))\s*(?=[^\s—\-\d])")
_ENTRY = _patterns(entry=r"^([△▲◆◇■□★☆](?P<n>))\s*")
# By the first character of a line, since almost all lines of a long text begin with none of these.
_MARKERS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "第": _DIVISION,
    **dict.fromkeys("一二三四五六七八九十百", _LEVEL_1),
    **dict.fromkeys("（(", _BRACKETED),
    **dict.fromkeys("0123456789０１２３４５６７８９", _LEVEL_3),
    **dict.fromkeys("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", _LEVEL_5),
    **dict.fromkeys("—-－", _DASH),
    **dict.fromkeys("△▲◆◇■□★☆", _ENTRY),
}
_STRUCTURAL_START = late(r"[\d〇零○Ｏ一二三四五六七八九十（(附A-Z注牵责主配协参落抄分报发单]")


@lru_cache(maxsize=4096)
def marker(line: str, last_article: int | None = None) -> Marker | None:
    """The numbering that `line` begins with, or `None`.

    Args:
        line: without leading white space.
        last_article: the number of the article before; an article without a space behind its number
            is believed only where it goes on counting.
    """
    patterns = _MARKERS.get(line[:1])
    if patterns is None:
        return None
    if patterns is _DIVISION and (match := ARTICLE.match(line)):
        return _article(line, match, last_article)
    for kind, pattern in patterns:
        match = pattern.match(line)
        if match:
            text = match["n"]
            value = ord(text) - 0x245F if kind == "level_5" else parse_number(text) if text else 0
            if value is None:
                continue
            return Marker(kind, value, match[1].strip(), match.end())
    return None


def _article(line: str, match: re.Match[str], last_article: int | None) -> Marker | None:
    number = parse_number("".join(match["number"].split())) or 0
    after = line[match.end() : match.end() + 1]
    if after in "（(" and _CAPTION.match(line, match.end()):
        after = ""
    in_turn = last_article is not None and number == last_article + 1
    label = f"第{match['number']}条{match['sub'] or ''}"
    if " " in label or "　" in label:
        label = squeeze(label)
    # 第八条 与食品有关的行业组织…: with a blank behind it, and in turn, nothing else is needed.
    if match["space"] or not after:
        believed = (
            in_turn
            or last_article is None
            or bool(match["sub"])
            or not after
            or after not in _NOT_AFTER_ARTICLE
        )
    elif after in _NOT_AFTER_ARTICLE:
        believed = False
    elif after in _SELDOM_AFTER_ARTICLE:
        believed = in_turn
    else:
        believed = last_article is None or last_article < number <= last_article + _SKIPPED
    return Marker("article", number, label, match.end()) if believed else None


def decimal_depth(line: str) -> int:
    """How deep a decimal number at the start of `line` is: 1 for 1 总则, 2 for 1.1 编制目的; else 0."""
    match = DECIMAL.match(line)
    return len(re.split("[.．]", match["n"])) if match else 0


def is_structural(line: str) -> bool:
    """Whether a line must begin something of its own, so that nothing before it runs on into it."""
    if marker(line):
        return True
    if not _STRUCTURAL_START.match(line):
        return bool(number_line(line) or ORDER.match(line) or DISTRIBUTION.match(line))
    return bool(
        DATE_LINE.match(line)
        or DAY.match(line)
        or REGISTRATION.match(line)
        or REMARK.match(line)
        or (DECIMAL.match(line) and line[-1] not in FINAL)
        or ANNEX_LABEL.match(line)
        or ANNEX_MENTION.match(line)
        or number_line(line)
        or DISTRIBUTION.match(line)
        or UNIT.match(line)
        or RESPONSIBLE.match(line)
        or re.match(r"^(?:附?注|备注)\s*[:：]", line)
    )


def document_number(text: str) -> str | None:
    """The first document number in `text`, in normal form 温政发〔2019〕5号, or `None`."""
    match = DOCUMENT_NUMBER.search(text)
    return _normal_form(match) if match else None


def numbers_in(text: str) -> list[tuple[str, int, int]]:
    """All document and order numbers that a text names: normal form, start and end, in order.

    Words that run into a number (按照国发〔2019〕5号) are left out.
    """
    found: list[tuple[str, int, int]] = []
    for match in DOCUMENT_NUMBER.finditer(text):
        before = _BEFORE_NUMBER.match(match["prefix"])
        cut = before.end() if before and before.end() < len(match["prefix"]) else 0
        found.append((_normal_form(match)[cut:], match.start() + cut, match.end()))
    return sorted([*found, *orders_in(text)], key=lambda at: at[1])


def orders_in(text: str) -> list[tuple[str, int, int]]:
    """The numbers of orders that a text names: normal form, start and end, in order."""
    found: list[tuple[str, int, int]] = []
    for match in _ORDER_WITHIN.finditer(text):
        number = parse_number(match["serial"])
        if number is not None:
            before = _BEFORE_NUMBER.match(match["office"])
            cut = before.end() if before and before.end() < len(match["office"]) else 0
            if match["office"][cut] == "日" and text[match.start() - 1 : match.start()].isdigit():
                cut += 1  # 2001年3月5日北川市人民政府令第12号; but 日照市人民政府令
            normal = order_number(match["office"][cut:], number, match["term"])
            found.append((normal, match.start() + cut, match.end()))
    return found


def order_number(office: str, number: int, term: str | None = None) -> str:
    """The normal form of an order's number: 国令第707号, 温州市人民政府令第150号.

    Announcements that count anew in each year or term of office have it in brackets: …公告〔2019〕第6号.
    """
    office = office.removeprefix("中华人民共和国")
    counted = f"〔{term.rstrip('年')}〕" if term else ""
    return f"{_ORDER_OFFICES.get(office, office)}{counted}第{number}号"


def split_number(number: str) -> tuple[str, str]:
    """The office's part of a number and the rest: 温政发 and 〔2019〕5号, 国令 and 第707号."""
    cut = number.find("〔")
    if cut < 0:
        cut = number.rfind("第")
    return (number[:cut], number[cut:]) if cut > 0 else ("", number)


def _normal_form(match: re.Match[str]) -> str:
    year = parse_number(match["year"])
    return f"{match['prefix']}〔{year}〕{int(match['serial'])}号"


def number_line(line: str) -> str | None:
    """The normal form of a line that is a document number and nothing else, or `None`.

    Brackets around it, and the name of who signs beside it (签发人：张三), do not count.
    """
    if ("号" not in line and "號" not in line) or len(line) > 60:
        return None
    line = re.sub(r"\s*签发人\s*[:：].*$", "", line.strip())
    if line[:1] in "（(" and line[-1:] in "）)":
        line = line[1:-1].strip()
    match = DOCUMENT_NUMBER.fullmatch(line)
    if match:
        return _normal_form(match)
    # 滨财〔2023〕14号　滨税发〔2023〕5号: a document of two offices has two; the first is its own
    several = [DOCUMENT_NUMBER.fullmatch(part) for part in re.split(r"[\s　、]+", line)]
    if len(several) > 1 and several[0] and all(several):
        return _normal_form(several[0])
    order = _ORDER_LINE.match(squeeze(line))
    number = parse_number(order["serial"]) if order else None
    if order is None or number is None:
        return None
    return order_number(order["office"], number, order["term"])
