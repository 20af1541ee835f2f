"""The contents and the catalogue of an issue against what was parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qa_bot.gazette.contents import Entry, title_key
from qa_bot.gazette.grammar import number_line, numbers_in
from qa_bot.gazette.model import Document
from qa_bot.text import squeeze

_DATE_TAIL = re.compile(r"\s+(?:\d{4}年)?\d{1,2}月\d{1,2}日\s*$|\s+[\d.\-/]+\s*$")

__all__ = ["check_contents"]


def check_contents(documents: Sequence[Document], entries: Sequence[Entry]) -> list[str]:
    """What the contents and the catalogue say otherwise than the documents themselves.

    A document that the contents leave out, one whose title differs there, one that comes before another
    though its page is later, and one whose title in the catalogue (发文目录) is another. A document of the
    catalogue that is not printed is no difference: the catalogue lists a month, the issue a choice of it.
    """
    found: list[str] = []
    by_number = {entry.number: entry for entry in entries if entry.number}
    by_title = {title_key(entry.title): entry for entry in entries}
    pages = [(d.page, d) for d in documents if d.page is not None]
    for (page, document), (next_page, following) in pairwise(pages):
        if next_page < page:
            found.append(
                f"the contents put {following.title} on page {next_page}, before {document.title} on page {page}"
            )
    for document in documents:
        if document.kind != "notice" or not document.number:
            continue
        entry = by_number.get(document.number) or by_title.get(title_key(document.title))
        if entries and entry is None and document.page is None:
            found.append(f"the contents do not name {document.number} {document.title}")
        elif entry and title_key(entry.title) != title_key(document.title):
            where = entry.lines[0].number
            found.append(
                f"line {where}: the contents call {document.number} {entry.title}, its own title is {document.title}"
            )
    titles = {d.number: d.title for d in documents if d.kind == "notice" and d.number}
    for document in documents:
        if document.kind == "catalogue":
            found.extend(_check_catalogue(document, titles))
    return found


def _check_catalogue(catalogue: Document, titles: dict[str, str]) -> list[str]:
    found: list[str] = []
    for part in catalogue.parts:
        for line in part.lines:
            numbers = numbers_in(line.text)
            if len(numbers) != 1 or numbers[0][0] not in titles:
                continue
            number, start, end = numbers[0]
            whole = " ".join((line.text[:start] + " \t" + line.text[end:]).split())
            rest = _DATE_TAIL.sub("", whole)
            title = squeeze(rest).strip("-•·*—、.，,（）()0123456789")
            own = titles[number]
            key = title_key(title)
            if (
                key
                and key not in title_key(own)
                and title_key(own) not in key
                and not number_line(title)
            ):
                found.append(
                    f"line {line.number}: the catalogue calls {number} {title}, its own title is {own}"
                )
    return found
