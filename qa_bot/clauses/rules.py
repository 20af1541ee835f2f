"""Rules: 章 节 条 款 项 目. Paragraphs of an article without a number are its 款."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_bot.clauses.draft import Draft
from qa_bot.clauses.model import Clause
from qa_bot.clauses.official import parse_official, segments
from qa_bot.clauses.tables import parse_table, split_tables
from qa_bot.gazette.grammar import Marker, marker
from qa_bot.gazette.lines import Line, Paragraph, mend
from qa_bot.text import Span, chinese_number, squeeze

__all__ = ["holds_articles", "parse_rules"]

_DIVISIONS = ("book", "chapter", "section")


def holds_articles(lines: Sequence[Line]) -> bool:
    """Whether a text is made of articles: it has two, or one under a chapter heading."""
    last: int | None = None
    count = chapters = 0
    for line in lines:
        found = marker(line.text, last)
        if found and found.kind == "article":
            last = found.number
            count += 1
        elif found and found.kind == "chapter":
            chapters += 1
        if count >= 2 or (count and chapters):
            return True
    return False


def _paragraphs(source: str, run: Sequence[Line], within: bool) -> list[Paragraph]:
    """The run mended: from its first article on every line is body text."""
    first = 0
    while not within and first < len(run):
        found = marker(run[first].text)
        if found and found.kind in (*_DIVISIONS, "article"):
            break
        first += 1
    return [*mend(source, run[:first]), *mend(source, run[first:], prose=True)]


@dataclass
class _Item:
    paragraphs: list[Paragraph]
    number: Marker
    subitems: list[tuple[Paragraph, Marker]] = field(default_factory=list)


@dataclass
class _Paragraph:
    """A 款: its own text, without the article's number, and its items."""

    paragraph: Paragraph
    spans: tuple[Span, ...]
    items: list[_Item] = field(default_factory=list)


@dataclass
class _Article:
    label: str
    number: int
    paragraphs: list[_Paragraph] = field(default_factory=list)


def parse_rules(draft: Draft, lines: Sequence[Line]) -> None:
    """Clauses of a text made of articles.

    A 款 is a clause, with its items in it; each item is one more, with the lead-in as context. An
    article of several 款 is a clause too, found by its number only.
    """
    headings: dict[str, str] = {}
    article: _Article | None = None
    last: int | None = None
    preamble: list[Line] = []

    def close() -> None:
        nonlocal article
        if article:
            _emit(draft, article, tuple(headings.values()))
        article = None

    for run in segments(lines):
        if run[0].is_row:
            for table in split_tables(run):
                parse_table(draft, table, "row", tuple(headings.values()))
            continue
        for paragraph in _paragraphs(draft.source, run, article is not None):
            found = marker(paragraph.text, last)
            kind = found.kind if found else ""
            if found and kind in _DIVISIONS:
                close()
                for lower in _DIVISIONS[_DIVISIONS.index(kind) :]:
                    headings.pop(lower, None)
                title = paragraph.text[len(found.label) :]
                headings[kind] = f"{found.label} {squeeze(title)}".strip()
                draft.name("heading", paragraph.spans)
            elif found and kind == "article":
                close()
                last = found.number
                article = _Article(found.label, found.number)
                text = draft.after_marker(paragraph, found.length, "label")
                if text:
                    article.paragraphs.append(_Paragraph(paragraph, text))
            elif article is None:
                preamble.extend(paragraph.lines)
            elif not article.paragraphs:
                article.paragraphs.append(_Paragraph(paragraph, paragraph.spans))
            elif found and kind == "level_2":
                article.paragraphs[-1].items.append(_Item([paragraph], found))
            elif found and kind in ("level_3", "level_4") and article.paragraphs[-1].items:
                article.paragraphs[-1].items[-1].subitems.append((paragraph, found))
            elif found and kind == "level_3":
                article.paragraphs[-1].items.append(_Item([paragraph], found))
            else:
                article.paragraphs.append(_Paragraph(paragraph, paragraph.spans))
    close()
    if preamble:
        parse_official(draft, preamble)


def _emit(draft: Draft, article: _Article, headings: tuple[str, ...]) -> None:
    base = f"art_{article.number}" + (
        "" if "之" not in article.label else article.label.split("条")[1]
    )
    label = f"第{chinese_number(article.number)}条" + article.label.partition("条")[2]
    path = (*headings, label)
    if not article.paragraphs:
        return  # 第九条 with nothing behind it: the label is accounted for
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
    opening = article.paragraphs[0]
    for index, paragraph in enumerate(article.paragraphs, start=1):
        # 第六十一条 本细则下列用语的含义： is what the definitions under it need.
        context = []
        if index > 1 and opening.paragraph.text[-1] in "：:" and not opening.items:
            context.append(draft.context("lead_in", opening.spans))
        clause = draft.add(
            f"{base}/para_{index}",
            "article",
            label + (f"第{chinese_number(index)}款" if several else ""),
            _runs(paragraph),
            path,
            context,
            parent=parent,
        )
        _emit_items(draft, clause, paragraph, path)


def _emit_items(
    draft: Draft,
    clause: Clause,
    paragraph: _Paragraph,
    path: tuple[str, ...],
) -> None:
    lead_in = draft.context("lead_in", paragraph.spans)
    for item in paragraph.items:
        label = f"{clause.label}第{_in_brackets(item.number)}项"
        made = draft.add(
            f"{clause.id.removeprefix(draft.prefix + '/')}/item_{item.number.number}",
            "item",
            label,
            _item_runs(item),
            path,
            [lead_in],
            parent=clause.id,
        )
        above = draft.context("lead_in", item.paragraphs[0].spans)
        for subitem, number in item.subitems:
            draft.add(
                f"{made.id.removeprefix(draft.prefix + '/')}/subitem_{number.number}",
                "item",
                f"{label}第{number.number}目",
                [subitem.spans],
                path,
                [lead_in, above],
                parent=made.id,
            )


def _in_brackets(number: Marker) -> str:
    return (
        f"（{chinese_number(number.number)}）" if number.kind == "level_2" else str(number.number)
    )


def _item_runs(item: _Item) -> list[tuple[Span, ...]]:
    return [p.spans for p in item.paragraphs] + [p.spans for p, _ in item.subitems]


def _runs(paragraph: _Paragraph) -> list[tuple[Span, ...]]:
    runs = [paragraph.spans]
    for item in paragraph.items:
        runs.extend(_item_runs(item))
    return runs
