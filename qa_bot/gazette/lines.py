"""Lines of a source, and paragraphs mended where a page or a column broke them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.gazette.grammar import DECIMAL, FINAL, RESPONSIBLE, is_structural, marker
from qa_bot.text import Span, join

__all__ = ["PICTURE_GAP", "Line", "Paragraph", "mend", "split_lines"]

# Blank lines that stand for a picture or a new page: captions and covers have them around, text not.
PICTURE_GAP = 3

_OPEN = {"（": "）", "(": ")", "“": "”", "《": "》", "〈": "〉", "〔": "〕", "【": "】", "「": "」"}
_CLOSE = {close: open_ for open_, close in _OPEN.items()} | {")": "("}
_CANNOT_BEGIN = "，、。；：！？）)”》〉】〕」,;%％．"
_INNER = "，。；：、,;"
_CANNOT_END = "与和的及或对在将为以应把被向从由于而并且但其各、，,"
_LIST_START = re.compile(r"^[^：:，。；、“”]{1,20}[：:]")
_LOOK_BACK = 8
_ARTICLE_HEADING = 10
_DATE_START = re.compile(r"^(?:\d{4}年)?\d{1,2}月\d{1,2}日[，,]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds something.

    Attributes:
        start: where its first non-space character stands in the source.
        end: behind its last non-space character.
        text: the characters in between.
        number: counted from 1, as an editor shows it.
        gap: blank lines before it.
        cells: spans of its tab-separated cells, empty ones included; one span where it has no tab.
    """

    start: int
    end: int
    text: str
    number: int
    gap: int
    cells: tuple[Span, ...]

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
    """

    lines: tuple[Line, ...]
    text: str

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where it stands in the source."""
        return tuple((line.start, line.end) for line in self.lines)


def split_lines(text: str) -> list[Line]:
    """The lines of `text` that hold something, with the blank lines before each counted.

    Guarantees: every non-space character of `text` is in exactly one line.
    """
    lines: list[Line] = []
    gap = start = 0
    for number, raw in enumerate(text.splitlines(keepends=True), start=1):
        body = raw.strip()
        if not body:
            gap += 1 + raw.count("\f")
        else:
            left = start + len(raw) - len(raw.lstrip())
            content = raw.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
            lines.append(Line(left, left + len(body), body, number, gap, _cells(content, start)))
            gap = 0
        start += len(raw)
    return lines


def _cells(raw: str, start: int) -> tuple[Span, ...]:
    spans: list[Span] = []
    for piece in raw.split("\t"):
        body = piece.strip()
        left = start + len(piece) - len(piece.lstrip()) if body else start
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
    for line in lines:
        if group and not _runs_on(source, group, line, prose):
            paragraphs.append(Paragraph(tuple(group), join(source, [_spans(group)])))
            group = []
        group.append(line)
    if group:
        paragraphs.append(Paragraph(tuple(group), join(source, [_spans(group)])))
    return paragraphs


def _spans(lines: Sequence[Line]) -> list[Span]:
    return [(line.start, line.end) for line in lines]


def _runs_on(source: str, group: Sequence[Line], line: Line, prose: bool) -> bool:
    """Whether `line` goes on with the sentence that `group` leaves open."""
    first, last, after = group[0], group[-1], line.text
    if last.is_row or line.is_row or line.gap >= PICTURE_GAP:
        return False
    if after[0] in _CANNOT_BEGIN:
        return True
    # What a sentence left open stands in its last lines: looking no further keeps this linear.
    before = join(source, [_spans(group[-_LOOK_BACK:])])
    unclosed = _unclosed(before)
    if before[-1] in FINAL or (before[-1] in "”）)" and not unclosed):
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
    if numbered and numbered.kind in ("dash", "entry"):
        return True  # ——市级政府数字化转型示范应用项目建⏎⏎设取得明显成效
    if numbered and numbered.kind in ("chapter", "section", "book"):
        return False
    if numbered and numbered.kind == "article":
        # 第十五条 企业各岗位人员应当接受相关法⏎⏎律法规…; 第一条 宗旨 is a heading of its own.
        return len(first.text) - numbered.length >= _ARTICLE_HEADING
    if DECIMAL.match(first.text):
        return False
    if not numbered and (prose or (before[-1] in _CANNOT_END and not before.endswith("目的"))):
        return True  # 连锁总部及其所属门店计算机系统应与⏎⏎受托企业相互独立
    body = before[numbered.length :] if numbered and len(group) <= _LOOK_BACK else before
    if not any(char in body for char in _INNER):
        # 一、主要目标 and 2.省级其他重大项目 are headings; a line of forty characters is not.
        return len(body) >= 40 and not _looks_like_title(before)
    return not (numbered and numbered.kind.startswith("level") and _is_heading(body))


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
    for char in text:
        if char in _OPEN:
            stack.append(char)
        elif char in _CLOSE:
            wanted = _CLOSE[char]
            kinds = {"（", "("} if wanted in "（(" else {wanted}
            while stack:
                if stack.pop() in kinds:
                    break
    return stack[-1] if stack else None
