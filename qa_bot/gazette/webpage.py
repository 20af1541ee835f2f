"""What a web page puts around a document: crumbs, a table of facts, buttons, related links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest

from qa_bot.gazette.contents import title_key
from qa_bot.gazette.grammar import ORDER, REGISTRATION, marker, number_line
from qa_bot.gazette.heads import TITLE_END
from qa_bot.gazette.lines import Line
from qa_bot.ingest import PARAGRAPH_END
from qa_bot.patterns import late
from qa_bot.text import find_dates, squeeze

__all__ = ["Page", "read_page"]

# A title that stands outside of the document proper, where the page's own headings are none.
_AS_TITLE = late(
    r"^[\u4e00-\u9fff、（）()]{2,40}(?:政府|办公室|办公厅|委员会|局|厅|部|院)关于.+(?:通知|意见|决定|方案|通告|公告|批复|函|办法|规定|细则)$"
)
_TITLE_LINES = 5
_HEAD_LINES = 60
_LETTERHEAD = late(r"(?:人民政府|办公室|办公厅|委员会|局)(?:文件|令|公告)$")
# The facts that a page gives beside its document, by what they are of use for; 索 引 号 may have blanks in it.
_FACTS = {
    "number": "发文字号 文号 发文编号 文件编号 公文文号",
    "issuer": "发文机关 发布机构 发文单位 制发机关 发布机关 发文机构",
    "issued_on": "成文日期 发文日期 成文时间 制发日期 生成日期",
    "": "信息索引号 索引号 主题分类 主题词 信息名称 标题 名称 发布日期 发布时间 公开日期 公开方式 公开范围 公开时限 有效性 效力状态 "
    "统一编号 体裁分类 组配分类 信息来源 文章来源 来源 作者 字体 字号 浏览次数 点击次数 访问次数 阅读次数 访问量 点击 时效性 关键词 "
    "内容概述 公开主体 公开责任部门 日期",
}
_KINDS = {name: kind for kind, names in _FACTS.items() for name in names.split()}
_NAMES = sorted(_KINDS, key=len, reverse=True)
_LABEL = late("(?P<name>" + "|".join(r"\s*".join(name) for name in _NAMES) + r")\s*[:：]\s*")
_CRUMBS = late(r"^(?:您?(?:现在)?的?(?:当前)?(?:所在)?位置|当前位置|首页\s*[>›»/])")
# What stands behind a document: 【打印】【关闭】, 扫一扫在手机打开当前页, 上一篇：, 责任编辑：, 分享到, 浙ICP备…号
_BEHIND = late(
    r"^[【\[（(]?\s*(?:打\s*印|关\s*闭|上一[篇页条]|下一[篇页条]|责任编辑|分享|扫一扫|返回|相关(?:链接|阅读|稿件|文档|解读|附件|信息|文章)|"
    r"版权所有|主办单位|主办[:：]|承办[:：]|网站标识码|网站地图|联系我们|关于我们|友情链接|技术支持|浏览次数|点击次数|微信|微博|字体[:：]|收藏|"
    r"文件下载|附件下载)|ICP备|公网安备|^您是第\S{0,8}位"
)
_LONGEST_BEHIND = 80


@dataclass
class Page:
    """A web page, its document and what is around it told apart.

    Attributes:
        lines: of the document.
        around: lines that are not, each with its role: aside, metadata or title.
        title: what the page calls the document, where the document itself does not say it.
        number: of the document, as the page gives it.
        issuer: as the page gives it.
        issued_on: as the page gives it.
    """

    lines: list[Line]
    around: list[tuple[str, Line]] = field(default_factory=list)
    title: str | None = None
    number: str | None = None
    issuer: str | None = None
    issued_on: date | None = None


def read_page(
    text: str, lines: Sequence[Line], asides: Sequence[Line], titles: Sequence[str]
) -> Page:
    """Take what a web page puts around a document away from its lines.

    A text that is no web page is returned as it is. `asides` (lines that the reader knows to be no part
    of the document) are asked for facts and the title, and stay what they are.

    Guarantees: every line of `lines` is in the page's `lines` or `around`.
    """
    page = Page(list(lines))
    if PARAGRAPH_END not in text:
        return page
    said = [
        title
        for title in titles
        if TITLE_END.search(squeeze(title)) and not _LETTERHEAD.search(squeeze(title))
    ]
    begin, end = _title_run(lines, said)
    head = next((i for i, line in enumerate(lines[:_HEAD_LINES]) if _is_head(line)), None)
    if head is not None and head < begin:
        begin = end = head  # the title found is that of what an order issues
    elif head is not None and end <= head < end + 12 and _begins_order(lines[head]):
        # The page's own heading over an order: 云山市市容条例 over …公告（第27号）
        page.around.extend(("title", line) for line in lines[begin:end])
        page.title = squeeze("".join(line.text for line in lines[begin:end])) or None
        lines = [*lines[:begin], *lines[end:]]
        begin = end = head - (end - begin)
    for line in asides:
        _note_facts(page, line, text)
        if not said and not end and _AS_TITLE.search(squeeze(line.text)):
            page.title = page.title or squeeze(line.text)
    if end > begin:
        page.title = squeeze("".join(line.text for line in lines[begin:end]))
    elif said and page.title is None:
        page.title = squeeze(said[0])
    kept: list[Line] = []
    for index, line in enumerate(lines):
        above = index < begin
        if above or (index < end + 12 and not begin <= index < end and _is_label(line, text)):
            _note_facts(page, line, text)
            page.around.append(("metadata" if _is_label(line, text) else "aside", line))
        elif _CRUMBS.match(line.text) and index < 12:
            page.around.append(("aside", line))
        else:
            kept.append(line)
    behind = _behind(kept)
    page.around.extend(("aside", line) for line in kept[behind:])
    page.lines = kept[:behind]
    return page


def _title_run(lines: Sequence[Line], said: Sequence[str]) -> tuple[int, int]:
    """Where the title stands that the page names; (0, 0) where it is nowhere in the document."""
    wanted = {title_key(title) for title in said}
    for first in range(min(len(lines), 80)):
        key = ""
        for count, line in enumerate(lines[first : first + _TITLE_LINES], start=1):
            if line.is_row:
                break
            key += title_key(line.text)
            if key in wanted:
                return first, first + count
    return 0, 0


def _is_head(line: Line) -> bool:
    """Whether a line above the title belongs to the document: its number, an order's name."""
    return bool(
        number_line(line.text) or ORDER.match(squeeze(line.text)) or REGISTRATION.match(line.text)
    )


def _begins_order(line: Line) -> bool:
    text = squeeze(line.text)
    return bool(ORDER.match(text)) or "令第" in (number_line(text) or "")


def _facts(line: Line, text: str) -> list[tuple[str, str]]:
    """Labels and values of a line: 发文字号：青政发〔2022〕3号, or cells that hold them in turn."""
    if line.is_row:
        cells = ["".join(text[a:b].split()).rstrip("：:") for a, b in line.cells]
        return [
            (label, value)
            for label, value in zip(cells[::2], cells[1::2], strict=False)
            if label in _KINDS
        ]
    found = list(_LABEL.finditer(line.text))
    return [
        (
            "".join(match["name"].split()),
            line.text[match.end() : following.start() if following else None].strip(),
        )
        for match, following in zip_longest(found, found[1:])
        if match
    ]


def _is_label(line: Line, text: str) -> bool:
    """Whether a line gives facts and nothing else."""
    if len(line.text) > 200 or "。" in line.text or marker(line.text):
        return False
    facts = _facts(line, text)
    if line.is_row:
        return bool(facts) and 2 * len(facts) >= sum(a < b for a, b in line.cells) - 1
    return bool(facts) and line.text[0] == facts[0][0][0]


def _note_facts(page: Page, line: Line, text: str) -> None:
    for label, value in _facts(line, text):
        kind = _KINDS[label]
        if kind == "number" and page.number is None:
            page.number = number_line(value)
        elif kind == "issuer" and page.issuer is None:
            # 市政府办公室 is short for an office that the signature names in full.
            page.issuer = squeeze(value) or None
        elif kind == "issued_on" and page.issued_on is None:
            dates = find_dates(value)
            iso = re.search(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", value)
            if dates:
                page.issued_on = dates[0][0]
            elif iso:
                try:
                    page.issued_on = date(*(int(part) for part in iso.groups()))
                except ValueError:
                    continue


def _behind(lines: Sequence[Line]) -> int:
    """Where the page's own lines begin behind the document; `len(lines)` if nowhere.

    From the first of them on only short lines without a sentence may follow.
    """
    first = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if _BEHIND.search(line.text) and len(line.text) <= _LONGEST_BEHIND:
            first = index
        elif len(line.text) > _LONGEST_BEHIND or line.text[-1] in "。；":
            break
    return first
