"""From a `Source` to an `Issue`: its documents, with what each says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qa_bot.gazette.check import check_contents
from qa_bot.gazette.contents import title_key
from qa_bot.gazette.documents import parse_document
from qa_bot.gazette.furniture import split_furniture
from qa_bot.gazette.heads import Head
from qa_bot.gazette.lines import Line, split_lines
from qa_bot.gazette.model import Document, Issue, Named, Part
from qa_bot.gazette.pages import PageMark, file_pages, page_at, pages_of
from qa_bot.gazette.sections import Said, Section, split_sections
from qa_bot.gazette.webpage import Page, read_page
from qa_bot.ingest import Known, Source
from qa_bot.patterns import late
from qa_bot.text import find_dates

__all__ = [
    "Document",
    "Issue",
    "Named",
    "PageMark",
    "Part",
    "file_pages",
    "page_at",
    "parse_issue",
    "title_key",
]

_NAME = late(r"^《?([\u4e00-\u9fff]{2,20}公报)》?$")
_NUMBER = late(r"(?:(\d{4})\s*年?\s*)?第\s*(\d{1,3})\s*期")
_TOTAL = late(r"总第\s*(\d{1,4})\s*期|总号\s*[:：]?\s*(\d{1,4})")
_NUMBER_OF_TOTAL = late(r"(\d{4})\s*年?\s*第\s*(\d{1,3})\s*号")  # 2023年第4号（总号：187）
_PUBLISHER = late(r"^主办\s*[:：]\s*(\S+)$")
_LONGEST_FACT = 100
_PUBLISHED = late(r"出版日期\s*[:：]?")


def parse_issue(source: Source, known: Known | None = None) -> Issue:
    """Split a gazette text into its documents.

    What is known of the issue beside the text goes before what the text says; where the two differ,
    a warning names both.

    Guarantees: every non-space character of the source is in a part's line or in a named piece;
    document ids are unique.
    """
    known = known or Known()
    all_lines = split_lines(source.text)
    lines, furniture = split_furniture(all_lines, source.asides, source.furniture)
    pages = pages_of(source, furniture)
    issue_id = source.file.rsplit(".", 1)[0]
    warnings: list[str] = list(source.warnings)
    said = _imprint(lines)
    facts: dict[str, object] = {}
    for name, value in said.items():
        given = getattr(known, name)
        if given is not None and value is not None and given != value:
            warnings.append(f"{name}: the text says {value}, the file beside it {given}")
        facts[name] = given if given is not None else value
    asides = [line for role, line in furniture if role == "aside"]
    page = read_page(source.text, lines, asides, source.titles)
    lines = page.lines
    furniture.extend(page.around)
    sections, entries, missing = split_sections(lines, page.title)
    sections = _with_facts(sections, page)
    documents: list[Document] = []
    named: list[Named] = []
    year = facts["year"]
    taken: dict[str, int] = {}
    for section in sections:
        document, pieces = parse_document(
            section, source.text, issue_id, year if isinstance(year, int) else None
        )
        count = taken[document.id] = taken.get(document.id, 0) + 1
        if count > 1:
            new_id = f"{document.id}~{count}"
            pieces = [Named(p.role, p.spans, p.text, new_id) for p in pieces]
            document = replace(document, id=new_id)
        documents.append(document)
        named.extend(pieces)
        if document.kind in ("notice", "other") and document.title in (issue_id, document.number):
            first = section.body[0].number if section.body else 1
            warnings.append(f"line {first}: no title was found for {document.id}")
    named = [*_furniture(furniture, documents, page), *named]
    for entry in missing:
        where = entry.lines[0].number
        warnings.append(f"line {where}: the contents name {entry.title}, which was not found")
    warnings.extend(check_contents(documents, entries))
    return Issue(
        id=issue_id,
        file=source.file,
        sha256=source.sha256,
        documents=tuple(documents),
        named=tuple(named),
        warnings=tuple(warnings),
        pages=pages,
        **facts,  # type: ignore[arg-type]
    )


def _with_facts(sections: list[Section], page: Page) -> list[Section]:
    """What a web page says of its only document, where that does not say it itself."""
    documents = [section for section in sections if section.kind in ("notice", "other")]
    if len(documents) != 1:
        return sections
    (own,) = documents
    said = Said(page.title, page.issuer, page.issued_on)
    if own.head is None and page.number:
        told = replace(own, kind="notice", head=Head(0, 0, page.number, own.title, ()), said=said)
    else:
        told = replace(own, said=said)
    return [told if section is own else section for section in sections]


def _furniture(
    furniture: Sequence[tuple[str, Line]], documents: Sequence[Document], page: Page
) -> list[Named]:
    """The pieces of a page that are no text; a title among them is that of the document."""
    own = next((d.id for d in documents if d.kind in ("notice", "other")), "")
    key = title_key(page.title) if page.title else ""
    return [
        Named("title", ((line.start, line.end),), line.text, own)
        if key and title_key(line.text) == key
        else Named(role, ((line.start, line.end),), line.text)
        for role, line in furniture
    ]


def _imprint(lines: list[Line]) -> dict[str, object]:
    """What masthead, cover and imprint say of the issue: the first line that says it counts."""
    name: str | None = None
    year = number = total = None
    published: date | None = None
    publisher: str | None = None
    for line in lines:
        text = line.text
        if len(text) > _LONGEST_FACT:
            continue
        if name is None and (match := _NAME.match(text)):
            name = match[1]
        if total is None and (match := _TOTAL.search(text)):
            total = int(match[1] or match[2])
            if number is None and (own := _NUMBER_OF_TOTAL.search(text)):
                year, number = int(own[1]), int(own[2])
        if number is None and len(text) < 40 and (match := _NUMBER.search(_TOTAL.sub("", text))):
            number = int(match[2])
            year = int(match[1]) if match[1] else year
        if published is None and _PUBLISHED.match(text):
            dates = find_dates(text)
            published = dates[0][0] if dates else None
        if publisher is None and (match := _PUBLISHER.match(text)):
            publisher = match[1]
    if year is None and published:
        year = published.year
    return {
        "name": name or "",
        "year": year,
        "number": number,
        "total_number": total,
        "published_on": published,
        "publisher": publisher,
    }
