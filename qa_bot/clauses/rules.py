"""Rules: 章 节 条 款 项 目. Paragraphs of an article without a number are its 款."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Clause, Context
from qa_bot.clauses.official import parse_official, segments
from qa_bot.clauses.quotation import quoted_lines
from qa_bot.clauses.tables import parse_tables
from qa_bot.gazette.grammar import UNIT, Marker, marker
from qa_bot.gazette.lines import Line, Paragraph, has_captions, is_caption, list_marker
from qa_bot.text import Span, chinese_number, parse_number, squeeze

__all__ = ["holds_articles", "parse_rules"]

_DIVISIONS = ("book", "chapter", "section")
_RUN_IN = re.compile(r"(?P<before>.)(?P<mark>[（(](?P<number>[一二三四五六七八九十]{1,3})[）)])")


def holds_articles(lines: Sequence[Line]) -> bool:
    """Whether a text is made of articles: it has two, or one under a chapter heading.

    Articles within quotation marks (修改为：“第五条 …”) are another text's.
    """
    last: int | None = None
    count = chapters = 0
    quoted = quoted_lines(lines)
    for line in lines:
        if line.number in quoted:
            continue
        found = marker(line.text, last)
        if found and found.kind == "article":
            last = found.number
            count += 1
        elif found and found.kind == "chapter":
            chapters += 1
        if count >= 2 or (count and chapters):
            return True
    return False


@dataclass
class _Item:
    paragraphs: list[Paragraph]
    number: Marker
    subitems: list[tuple[Paragraph, Marker]] = field(default_factory=list)


@dataclass
class _Paragraph:
    """A 款: its own text without the article's number, what it quotes, and its items."""

    spans: tuple[Span, ...]
    items: list[_Item] = field(default_factory=list)
    quoted: list[tuple[Span, ...]] = field(default_factory=list)  # of a quotation begun in it


@dataclass
class _Table:
    """A table within an article, with the unit above it."""

    lines: list[Line]
    context: list[Context]


@dataclass
class _Article:
    label: str
    number: int
    inserted: str
    caption: tuple[Span, ...] = ()
    paragraphs: list[_Paragraph] = field(default_factory=list)
    tables: list[_Table] = field(default_factory=list)


def parse_rules(draft: Draft, lines: Sequence[Line]) -> None:
    """Clauses of a text made of articles.

    A 款 is a clause, with its items in it; each item is one more, with the lead-in as context. An
    article of several 款 is a clause too, found by its number only. An article that is numbered twice
    or out of turn is warned of.
    """
    parser = _Rules(draft, has_captions(lines))
    quoted = quoted_lines(lines)
    for run in segments(lines):
        if run[0].is_row:
            parser.table(run)
            continue
        for paragraph in _paragraphs(draft, run, parser.article is not None):
            parser.paragraph(paragraph, paragraph.lines[0].number in quoted)
    parser.close()
    parser.emit_preamble()


def _paragraphs(draft: Draft, run: Sequence[Line], within: bool) -> list[Paragraph]:
    """The run mended: from its first article on every line is body text."""
    first = 0
    while not within and first < len(run):
        found = marker(run[first].text)
        if found and found.kind in (*_DIVISIONS, "article"):
            break
        first += 1
    return [*draft.mend(run[:first]), *draft.mend(run[first:], prose=True)]


class _Rules:
    def __init__(self, draft: Draft, captioned: bool) -> None:
        self.draft = draft
        self.captioned = captioned
        self.headings: dict[str, str] = {}
        self.article: _Article | None = None
        self.last: int | None = None
        self.seen: dict[tuple[int, str], int] = {}
        self.preamble: list[Line] = []
        self.unit: list[Context] = []

    def path(self) -> tuple[str, ...]:
        return tuple(self.headings.values())

    def table(self, run: list[Line]) -> None:
        if self.article:
            self.article.tables.append(_Table(run, self.unit))
        elif self.preamble:
            self.preamble.extend(run)
        else:
            parse_tables(self.draft, run, "row", self.path(), self.unit)
        self.unit = []

    def emit_preamble(self) -> None:
        """Clauses of what stands above the first article, or between a chapter's heading and its first."""
        lines, self.preamble = self.preamble, []
        if lines:
            parse_official(self.draft, lines)

    def close(self) -> None:
        self.emit_preamble()
        if self.article:
            _emit(self.draft, self.article, self.path())
        self.article = None

    def paragraph(self, paragraph: Paragraph, quoted: bool) -> None:
        found = None
        if not quoted:
            found = marker(paragraph.text, self.last) or list_marker(paragraph.lines[0])
        kind = found.kind if found else ""
        article = self.article
        if found and kind in _DIVISIONS:
            self._division(paragraph, found)
        elif found and kind == "article":
            self._article(paragraph, found)
        elif quoted and article and article.paragraphs and not article.paragraphs[-1].items:
            article.paragraphs[-1].quoted.append(paragraph.spans)
        elif article is None:
            self.preamble.extend(paragraph.lines)
        elif paragraph.text[:1] in "（(单计" and UNIT.match(paragraph.text):
            self.draft.name("unit", paragraph.spans)
            self.unit = [self.draft.context("unit", paragraph.spans)]
        elif found and kind in ("level_2", "level_3") and self._takes_item(article, kind):
            if not article.paragraphs:
                article.paragraphs.append(_Paragraph(()))  # 第三条 over （一）…: no lead-in
            for piece in _split_run_in(paragraph, found):
                article.paragraphs[-1].items.append(piece)
        elif (
            found
            and kind in ("level_3", "level_4")
            and article.paragraphs[-1:]
            and (article.paragraphs[-1].items)
        ):
            article.paragraphs[-1].items[-1].subitems.append((paragraph, found))
        else:
            article.paragraphs.append(_Paragraph(paragraph.spans))

    @staticmethod
    def _takes_item(article: _Article, kind: str) -> bool:
        """Whether a number is an item of the 款 at hand, and no 目 of its last item."""
        items = article.paragraphs[-1].items if article.paragraphs else []
        return kind == "level_2" or not items or items[0].number.kind == "level_3"

    def _division(self, paragraph: Paragraph, found: Marker) -> None:
        self.close()
        for lower in _DIVISIONS[_DIVISIONS.index(found.kind) :]:
            self.headings.pop(lower, None)
        title = paragraph.text[len(found.label) :]
        self.headings[found.kind] = f"{squeeze(found.label)} {squeeze(title)}".strip()
        self.draft.name("heading", paragraph.spans)

    def _article(self, paragraph: Paragraph, found: Marker) -> None:
        self.close()
        line = paragraph.lines[0]
        inserted = re.split("[条條]", found.label, maxsplit=1)[1]
        key = (found.number, inserted)
        if key in self.seen:
            self.draft.warn(line, f"article {found.label} again, first in line {self.seen[key]}")
        elif self.last is not None and not inserted and found.number != self.last + 1:
            self.draft.warn(line, f"article {found.label} after article {self.last}")
        self.seen.setdefault(key, line.number)
        self.last = found.number
        self.article = _Article(found.label, found.number, inserted)
        text = self.draft.after_marker(paragraph, found.length, "label")
        alone = len(paragraph.lines) == 1 and is_caption(line, found.length)
        if text and alone and (self.captioned or line.text[-1] in "）)】"):
            # 第二条　定义 over the text of the article: a caption is no 款
            self.article.caption = text
        elif text:
            self.article.paragraphs.append(_Paragraph(text))


def _emit(draft: Draft, article: _Article, headings: tuple[str, ...]) -> None:
    base = f"art_{article.number}{article.inserted}"
    label = f"第{chinese_number(article.number)}条{article.inserted}"
    if article.caption and article.paragraphs:
        draft.name("heading", article.caption)
        caption = squeeze(draft.source[slice(*article.caption[0])])
        path = (*headings, f"{label} {caption}")
    else:
        path = (*headings, label)
        if (
            article.caption
        ):  # 第一百九十九条 （删去）: what looks like a caption is all that it says
            article.paragraphs.append(_Paragraph(article.caption))
    several = len(article.paragraphs) > 1
    parent: str | None = None
    if several:
        whole = draft.add(
            base,
            "article",
            label,
            [run for paragraph in article.paragraphs for run in _runs(paragraph)],
            path,
            searchable=False,
        )
        parent = whole.id
        base = parent.removeprefix(draft.prefix + "/")
    opening: Context | None = None
    for index, paragraph in enumerate(article.paragraphs, start=1):
        clause = draft.add(
            f"{base}/para_{index}",
            "article",
            label + (f"第{chinese_number(index)}款" if several else ""),
            _runs(paragraph),
            path,
            [opening] if opening else [],
            parent=parent,
        )
        _emit_items(draft, clause, paragraph, path)
        if not paragraph.items and len(paragraph.spans) == 1 and not paragraph.quoted:
            _emit_run_in_items(draft, clause, paragraph.spans[0], path)
        if index == 1 and paragraph.spans and not paragraph.items:
            # 第六十一条 本细则下列用语的含义： is what the definitions under it need.
            lead_in = draft.context("lead_in", paragraph.spans)
            opening = lead_in if lead_in.text[-1] in "：:" else None
    for table in article.tables:
        parse_tables(draft, table.lines, "row", path, table.context, base)


def _emit_items(
    draft: Draft,
    clause: Clause,
    paragraph: _Paragraph,
    path: tuple[str, ...],
) -> None:
    lead_in = [draft.context("lead_in", paragraph.spans)] if paragraph.spans else []
    local = clause.id.removeprefix(draft.prefix + "/")
    for item in paragraph.items:
        label = f"{clause.label}第{_in_brackets(item.number)}项"
        made = draft.add(
            f"{local}/item_{item.number.number}",
            "item",
            label,
            _item_runs(item),
            path,
            lead_in,
            parent=clause.id,
        )
        if not item.subitems:
            continue
        above = draft.context("lead_in", item.paragraphs[0].spans)
        for subitem, number in item.subitems:
            draft.add(
                f"{made.id.removeprefix(draft.prefix + '/')}/subitem_{number.number}",
                "item",
                f"{label}第{number.number}目",
                [subitem.spans],
                path,
                [*lead_in, above],
                parent=made.id,
            )


def _split_run_in(paragraph: Paragraph, found: Marker) -> list[_Item]:
    """（一）具有本市户籍；（二）持有居住证；（三）单人户。 on one line: an item each."""
    several = any(sign in paragraph.text for sign in ("；（", "；(", ";（", ";("))
    if found.kind != "level_2" or len(paragraph.spans) > 1 or not several:
        return [_Item([paragraph], found)]
    ((start, end),) = paragraph.spans
    text, number = paragraph.text, found.number
    cuts = [0]
    for match in _RUN_IN.finditer(text):
        if parse_number(match["number"]) == number + 1 and match["before"] in "；;":
            number += 1
            cuts.append(match.start("mark"))
    items: list[_Item] = []
    for count, (low, high) in enumerate(pairwise([*cuts, end - start])):
        piece = replace(paragraph, text=text[low:high], spans=((start + low, start + high),))
        items.append(_Item([piece], replace(found, number=found.number + count)))
    return items


def _emit_run_in_items(draft: Draft, clause: Clause, span: Span, path: tuple[str, ...]) -> None:
    """提交下列材料：（一）申请书；（二）身份证明。: items within one paragraph, where they count from one."""
    text = draft.source[slice(*span)]
    if "一）" not in text and "一)" not in text:
        return
    marks: list[re.Match[str]] = []
    for match in _RUN_IN.finditer(text):
        if parse_number(match["number"]) == len(marks) + 1 and match["before"] in (
            "：:" if not marks else "；;，,。、"
        ):
            marks.append(match)
    if len(marks) < 2:
        return
    lead_in = [draft.context("lead_in", [(span[0], span[0] + marks[0].start("mark"))])]
    local = clause.id.removeprefix(draft.prefix + "/")
    ends = [mark.start("mark") for mark in marks[1:]] + [len(text)]
    for number, (mark, end) in enumerate(zip(marks, ends, strict=True), start=1):
        draft.add(
            f"{local}/item_{number}",
            "item",
            f"{clause.label}第（{chinese_number(number)}）项",
            [[(span[0] + mark.start("mark"), span[0] + end)]],
            path,
            lead_in,
            parent=clause.id,
        )


def _in_brackets(number: Marker) -> str:
    return (
        f"（{chinese_number(number.number)}）" if number.kind == "level_2" else str(number.number)
    )


def _item_runs(item: _Item) -> list[tuple[Span, ...]]:
    return [p.spans for p in item.paragraphs] + [p.spans for p, _ in item.subitems]


def _runs(paragraph: _Paragraph) -> list[tuple[Span, ...]]:
    runs = [paragraph.spans] if paragraph.spans else []
    runs.extend(paragraph.quoted)
    for item in paragraph.items:
        runs.extend(_item_runs(item))
    return runs
