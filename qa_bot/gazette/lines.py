"""Lines of a source, and paragraphs mended where a page or a column broke them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_bot.gazette.grammar import DECIMAL, FINAL, RESPONSIBLE, Marker, is_structural, marker
from qa_bot.gazette.wrapping import Wrap, wrapped
from qa_bot.ingest import LINE_FULL, LIST_ITEM, PARAGRAPH_END
from qa_bot.patterns import late
from qa_bot.text import Span, is_cjk, join, squeeze

__all__ = [
    "PICTURE_GAP",
    "Line",
    "Paragraph",
    "has_captions",
    "is_caption",
    "list_marker",
    "mend",
    "split_lines",
]

# Blank lines that stand for a picture or a new page: captions and covers have them around, text not.
PICTURE_GAP = 3

_OPEN = {"（": "）", "(": ")", "“": "”", "《": "》", "〈": "〉", "〔": "〕", "【": "】", "「": "」"}
_CLOSE = {close: open_ for open_, close in _OPEN.items()} | {")": "("}
_BRACKETS = late("[" + re.escape("".join({*_OPEN, *_CLOSE})) + "]")
_CANNOT_BEGIN = "，、。；：！？）)”》〉】〕」,;%％．"
_INNER = "，。；：、,;"
_CANNOT_END = "与和的及或对在将为以应把被向从由于而并且但其各、，,"
_STOPS = FINAL + "”’）)》"
_ENDS_WITH_POINT = late(r"[\u4e00-\u9fff）)]\.$")
_LIST_START = late(r"^[^：:，。；、“”]{1,20}[：:]")
_LOOK_BACK = 8
_SPACED = late(r"\S+(?: \S+)*")
_CELL_LENGTH = 40
_NAME_LENGTH = 4
_ARTICLE_HEADING = 10
_DATE_START = late(r"^(?:\d{4}年)?\d{1,2}月\d{1,2}日[，,]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds something.

    Attributes:
        start: where its first non-space character stands in the source.
        end: behind its last non-space character.
        text: the characters in between.
        number: counted from 1, as an editor shows it.
        gap: blank lines before it.
        cells: spans of its tab-separated cells, empty ones included; one span where it is no row.
        whole: whether the file format says that a paragraph begins here, so that no break is mended.
        new_page: whether a form feed stands before it, or before the page number or running head above.
        after_page: whether a page number or running head stood before it.
        indent: the width of the white space before it; a full-width blank or a tab is two.
        item: its number in a list whose numbers are not in the text (<ol>); 0 where it is in none.
        level: how deep that list is, from 1.
        full: whether the file format says that it goes to the right edge.
    """

    start: int
    end: int
    text: str
    number: int
    gap: int
    cells: tuple[Span, ...]
    whole: bool = False
    new_page: bool = False
    after_page: bool = False
    indent: int = 0
    item: int = 0
    level: int = 0
    full: bool = False

    @property
    def set_apart(self) -> bool:
        """Whether room for a picture, or a new page, is before it."""
        return self.gap >= PICTURE_GAP or self.new_page

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a tab-separated table."""
        return len(self.cells) > 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that a layout broke and that belong together.

    Attributes:
        lines: in order, at least one.
        text: the lines glued.
        spans: where it stands in the source.
        doubtful: whether the break behind it may be the layout's: it stands at the edge of a page, or
            the paragraph ends without a stop and nothing shows that another begins.
    """

    lines: tuple[Line, ...]
    text: str
    spans: tuple[Span, ...]
    doubtful: bool = False


def split_lines(text: str) -> list[Line]:
    """The lines of `text` that hold something, with the blank lines before each counted.

    Guarantees: every non-space character of `text` is in exactly one line.
    """
    lines: list[Line] = []
    gap = start = 0
    whole = new_page = False
    counts: list[int] = []  # items so far of the lists that are open
    tabbed: list[tuple[int, str, int]] = []
    for number, raw in enumerate(text.splitlines(keepends=True), start=1):
        body = raw.strip()
        if body:
            left = start + raw.find(body[0])
            right = left + len(body)
            before = raw[: left - start]
            indent = _indent(before) if before else 0
            level = before.count(LIST_ITEM) if before else 0
            if level or counts:
                counts = [*counts, 0, 0, 0][:level]
                if level:
                    counts[-1] += 1
            lines.append(
                Line(
                    left, right, body, number, gap, ((left, right),), whole, new_page, False, indent,
                    counts[-1] if counts else 0, level, raw[right - start : right - start + 1] == LINE_FULL,
                )
            )  # fmt: skip
            if "\t" in raw:
                content = raw.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
                tabbed.append((len(lines) - 1, content, start))
            gap = 0
            whole = new_page = False
        else:
            gap += 1
        if raw[-1] == "\f":
            gap += 1
            new_page = True
        elif raw[-1] == PARAGRAPH_END:
            whole = True
        start += len(raw)
    _find_rows(lines, tabbed)
    return lines


def list_marker(line: Line) -> Marker | None:
    """The place of a line in a list whose numbers are not in the text, as a numbering without a label."""
    if not line.item:
        return None
    return Marker("level_3" if line.level == 1 else "level_4", line.item, "", 0)


def _indent(space: str) -> int:
    return sum(2 if char in "　\t" else 1 for char in space)


def _find_rows(lines: list[Line], tabbed: Sequence[tuple[int, str, int]]) -> None:
    r"""Tell the rows of tables from prose with tabs in it, and give rows their cells.

    A tab before a paragraph, behind it, or behind its numbering (第一条\t为了…) is layout. A line with one
    filled cell is a row only next to a row with more: a merged cell leaves such lines.
    """
    candidates: dict[int, tuple[Span, ...]] = {}
    rows: set[int] = set()
    for index, content, start in tabbed:
        cells = _cells(content, start)
        filled = [content[a - start : b - start] for a, b in cells if a < b]
        candidates[index] = cells
        if len(filled) > 2 or (len(filled) == 2 and not _is_label(filled[0])):
            rows.add(index)
    for index in sorted(candidates.keys() - rows):
        numbered = marker(lines[index].text)
        below = index + 1 in rows and lines[index + 1].gap == 0
        above = index - 1 in rows and lines[index].gap == 0
        if (above or below) and not (numbered and numbered.kind == "article"):
            rows.add(index)
    _find_spaced_rows(lines, rows, candidates)
    for index in rows:
        alone = index - 1 not in rows and index + 1 not in rows
        if alone and marker(lines[index].text):
            continue  # 第十八条 …下次会议报告；	也可以授权…: one tab in prose
        lines[index] = replace(lines[index], cells=candidates[index])


def _find_spaced_rows(
    lines: Sequence[Line], rows: set[int], candidates: dict[int, tuple[Span, ...]]
) -> None:
    """Tables whose columns are parted by blanks, as text from a PDF has them.

    项目资金（万元）   检查方式   频次 over 50 以下   书面检查   每年 1 次: two lines or more of as many cells, three
    at least, none of them a sentence. Columns of people's names are no table.
    """
    run: list[tuple[int, tuple[Span, ...]]] = []

    def close() -> None:
        texts = [
            lines[i].text[a - lines[i].start : b - lines[i].start] for i, c in run for a, b in c
        ]
        if len(run) > 1 and any(len(squeeze(text)) > _NAME_LENGTH for text in texts):
            candidates.update(run)
            rows.update(index for index, _ in run)
        run.clear()

    for index, line in enumerate(lines):
        cells: tuple[Span, ...] = ()
        if "  " in line.text or "　" in line.text:
            cells = _spaced_cells(line)
        if not cells or (run and (len(cells) != len(run[0][1]) or line.gap > 1)):
            close()
        if cells and index not in rows:
            run.append((index, cells))
    close()


def _spaced_cells(line: Line) -> tuple[Span, ...]:
    """The cells of a line that blanks part into three or more, none of them a sentence; else none."""
    if marker(line.text) or _LIST_START.match(line.text):
        return ()  # 临江区：李　明　李　想 is a list of names
    spans: list[Span] = []
    for match in _SPACED.finditer(line.text):
        if match[0][-1] in FINAL or len(match[0]) > _CELL_LENGTH:
            return ()
        spans.append((line.start + match.start(), line.start + match.end()))
    return tuple(spans) if len(spans) > 2 else ()


def _is_label(cell: str) -> bool:
    """Whether a cell is the numbering of a paragraph and nothing else: 第一条, 一、, （二）, 1."""
    numbered = marker(cell)
    return numbered is not None and numbered.length == len(cell)


def _cells(raw: str, start: int) -> tuple[Span, ...]:
    spans: list[Span] = []
    for piece in raw.split("\t"):
        body = piece.strip()
        left = start + piece.find(body[0]) if body else start
        spans.append((left, left + len(body)))
        start += len(piece) + 1
    return tuple(spans)


def mend(source: str, lines: Sequence[Line], *, prose: bool = False) -> list[Paragraph]:
    """Glue lines that a page or column break cut inside a sentence; all others stay alone.

    Args:
        source: the text that the lines are of.
        lines: in order.
        prose: whether every line is body text, as it is within articles; then a line without numbering
            is no heading, and one without a full stop goes on.

    Guarantees: no table row and no line that begins with numbering, a date or a label is glued to
    what is before it; a stand-alone heading is not glued to its body; a paragraph that ends with a
    sentence's end is not glued to the next.
    """
    paragraphs: list[Paragraph] = []
    group: list[Line] = []
    captioned = prose and has_captions(lines)
    wrap = wrapped(lines)
    told = any(line.full for line in lines)
    for line in lines:
        if group and not _runs_on(source, group, line, prose, captioned, wrap, told):
            paragraphs.append(_paragraph(source, group, _doubtful(group, line)))
            group = []
        group.append(line)
    if group:
        paragraphs.append(_paragraph(source, group, doubtful=False))
    return paragraphs


def _paragraph(source: str, group: Sequence[Line], doubtful: bool) -> Paragraph:
    if len(group) == 1:
        (line,) = group
        return Paragraph((line,), line.text, ((line.start, line.end),), doubtful)
    spans = tuple(_spans(group))
    return Paragraph(tuple(group), join(source, [spans]), spans, doubtful)


def _spans(lines: Sequence[Line]) -> list[Span]:
    return [(line.start, line.end) for line in lines]


def _runs_on(
    source: str,
    group: Sequence[Line],
    line: Line,
    prose: bool,
    captioned: bool,
    wrap: Wrap | None,
    told: bool,
) -> bool:
    """Whether `line` goes on with the sentence that `group` leaves open."""
    first, last, after = group[0], group[-1], line.text
    if line.whole or last.is_row or line.is_row or line.gap >= PICTURE_GAP:
        return False
    if after[0] in _CANNOT_BEGIN:
        return True
    beside = line.gap == 0 or (line.gap == 1 and (line.new_page or line.after_page))
    if beside and 2 <= first.indent <= 8 and line.indent == 0:
        # 　　第一条 为了加强单用途预付消费卡管理，保⏎护消费者合法权益…: only a first line is indented.
        if last.full:
            return True
        # …管理工作。⏎县级人民政府应当…: the stop happens to end a full line
        if not is_structural(after) and (last.text[-1] not in FINAL or (wrap and wrap.fills(last))):
            return True
    indented = 2 <= first.indent <= 8 and 2 <= line.indent <= 8 and not is_structural(after)
    if indented and (beside or (told and not last.full)):
        return False
    if last.text[-1] in FINAL or _ENDS_WITH_POINT.search(last.text):
        return False
    # What a sentence left open stands in its last lines: looking no further keeps this linear.
    before = last.text if len(group) == 1 else join(source, [_spans(group[-_LOOK_BACK:])])
    unclosed = _unclosed(before)
    if before[-1] in "”）)" and not unclosed:
        return False
    if RESPONSIBLE.match(after):
        # …具体情况⏎⏎(责任单位…: the sentence ran to the end of a page without its full stop.
        return any(char in before for char in "。，,")
    if unclosed and not _starts_anew(after):
        return True
    if is_structural(after) or _DATE_START.match(after):
        return False
    if last.gap >= PICTURE_GAP and len(group) == 1:
        return False  # a caption: 2018年11月，总投资超63亿元的8个产业项目集中签约
    if _LIST_START.match(after) and _LIST_START.match(first.text):
        return False  # 鹿城区：滨江街道、…山福镇⏎⏎龙湾区：海滨街道、永兴街道
    numbered = marker(first.text)
    if before[-1] in "、，," and not (numbered and numbered.kind in ("chapter", "section", "book")):
        return True  # （三）…使用欺骗性、误导性的语言、文字、⏎数字…: no heading ends so
    if prose and numbered and numbered.kind.startswith("level"):
        return True  # an item of an article is no heading
    if numbered and numbered.kind in ("dash", "entry"):
        return True  # ——市级政府数字化转型示范应用项目建⏎⏎设取得明显成效
    if numbered and numbered.kind in ("chapter", "section", "book"):
        return False
    alone = numbered is not None and len(first.text) == numbered.length
    if (
        line.gap == 0
        and (last.full or (wrap and wrap.fills(last)))
        and is_cjk(last.text[-1])
        and not alone
    ):
        return True  # （三）本意见自2022年7月1日起施⏎行，…: a full line that ends within a word
    if numbered and numbered.kind == "article":
        if len(first.text) == numbered.length and len(group) == 1:
            return False  # 第四条⏎第一审垄断民事纠纷案件…: the label stands alone
        # 第十五条 企业各岗位人员应当接受相关法⏎⏎律法规…; 第一条 宗旨 is a heading where all articles have one.
        return not (captioned and len(group) == 1 and is_caption(first, numbered.length))
    if DECIMAL.match(first.text):
        return False
    if not numbered and (prose or (before[-1] in _CANNOT_END and not before.endswith("目的"))):
        return True  # 连锁总部及其所属门店计算机系统应与⏎⏎受托企业相互独立
    body = before[numbered.length :] if numbered and len(group) <= _LOOK_BACK else before
    if not any(char in body for char in _INNER):
        # 一、主要目标 and 2.省级其他重大项目 are headings; a line of forty characters is not.
        return len(body) >= 40 and not _looks_like_title(before)
    return not (numbered and numbered.kind.startswith("level") and _is_heading(body))


def has_captions(lines: Sequence[Line]) -> bool:
    """Whether the articles of a text have captions on the line of their number (第一条 宗旨)."""
    articles = captions = 0
    for line in lines:
        numbered = marker(line.text) if line.text[0] == "第" else None
        if numbered and numbered.kind == "article" and numbered.length < len(line.text):
            articles += 1
            captions += is_caption(line, numbered.length)
    return captions > 1 and 2 * captions >= articles


def is_caption(line: Line, length: int) -> bool:
    """Whether an article's line could be a caption: （目的和依据）, or short and without a stop."""
    body = line.text[length:]
    if body and body[0] in "（(【" and body[-1] in "）)】" and len(body) <= 2 * _ARTICLE_HEADING:
        return True
    return len(body) < _ARTICLE_HEADING and line.text[-1] not in _STOPS + "，、,"


def _doubtful(group: Sequence[Line], line: Line) -> bool:
    """Whether the break between a paragraph and the next line might be no end of it."""
    last = group[-1]
    if last.text[-1] in _STOPS:
        unsure = line.new_page or line.after_page
    else:
        unsure = len(last.text) > _ARTICLE_HEADING and last.text[-1] in _CANNOT_END
    return (
        unsure and not (line.whole or last.is_row or line.is_row) and not is_structural(line.text)
    )


def _starts_anew(line: str) -> bool:
    numbered = marker(line)
    return bool(numbered and numbered.kind in ("article", "chapter", "section", "level_1"))


def _is_heading(body: str) -> bool:
    """（一）优化产业结构，淘汰落后产能: two balanced halves, no sentence in it."""
    return (
        len(body) <= 30 and not any(char in body for char in "。；：;:") and body.count("，") <= 1
    )


def _looks_like_title(line: str) -> bool:
    return bool(re.search(r"(通知|决定|意见|办法|规定|细则|方案|会议?|大会|仪式|举行|召开)$", line))


def _unclosed(text: str) -> str | None:
    """The innermost bracket or quotation mark that `text` opens and does not close."""
    stack: list[str] = []
    for char in _BRACKETS.findall(text):
        if char in _OPEN:
            stack.append(char)
        else:
            wanted = _CLOSE[char]
            kinds = {"（", "("} if wanted in "（(" else {wanted}
            while stack:
                if stack.pop() in kinds:
                    break
    return stack[-1] if stack else None
