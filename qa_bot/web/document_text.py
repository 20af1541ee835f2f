"""The text of one document for its page: verbatim, with headings, tables, and a place for each clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa_bot.clauses import Clause
from qa_bot.index import ClauseRecord, DocumentRecord
from qa_bot.text import Span, strip_space
from qa_bot.web.document_tree import anchor
from qa_bot.web.issue_text import IssueText
from qa_bot.web.quoting import clause_link
from qa_bot.web.source_view import Block, lay_out

__all__ = ["DocumentText", "Pin", "document_text"]

_LINE = re.compile(r"[^\n\u2029]+")
# A heading that the layout broke has so many lines at most.
_BROKEN = 4


@dataclass(frozen=True, slots=True)
class Pin:
    """The place at which a clause, or a part of the document, begins.

    Attributes:
        anchor: its name on the page.
        link: the address of the clause, relative to the root of the site; empty for a part, and for a clause
            that begins where the one around it does.
        label: what the link is called.
        within: whether the clause is a part of another one.
    """

    anchor: str
    link: str
    label: str
    within: bool = False


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What the page of a document shows of the gazette.

    Attributes:
        blocks: in order; of kind line, title (the document's or a part's), heading, heading2 and so on, head
            (registration, title and number of a notice), signature or table.
        pins: what begins at a place of the source.
        headers: where rows begin that name the columns of a table.
    """

    blocks: tuple[Block, ...]
    pins: Mapping[int, tuple[Pin, ...]]
    headers: frozenset[int]


def document_text(
    issue: IssueText, document: DocumentRecord, lit: Sequence[Span] = ()
) -> DocumentText:
    """Lay out a document.

    Guarantees: the stretches of all blocks, joined, are the document's reach of the source less white
    space; every clause and every part has a pin; what stands inside a clause without being of it (a page
    number, a running head) is shown as `near`.

    Args:
        issue: that it stands in.
        document: itself.
        lit: spans of the source that are to be lit.
    """
    clauses = [one.clause for one in issue.clauses[document.id]]
    reaches = issue.reaches[document.id]
    heads = _headings(issue.text, document, clauses, reaches)
    pins = _pins(issue, document, heads)
    styled = _styled(clauses)
    blocks: list[Block] = []
    asides = _asides(issue.text, clauses, issue.clauses)
    for reach in reaches:
        blocks.extend(lay_out(issue.text, lit, asides, within=reach, cuts=pins))
    return DocumentText(
        tuple(_joined(blocks, heads, styled)),
        pins,
        frozenset(
            start
            for clause in clauses
            for context in clause.context
            if context.role == "header"
            for start, _ in context.spans[:1]
        ),
    )


def _pins(
    issue: IssueText, document: DocumentRecord, heads: Mapping[int, tuple[str, int]]
) -> dict[int, tuple[Pin, ...]]:
    found: dict[int, list[Pin]] = {}
    begun: set[str] = set()
    for record in issue.clauses[document.id]:
        clause = record.clause
        at = min(start for start, _ in clause.spans)
        part = clause.part_id
        if part and part not in begun:
            begun.add(part)
            above = [
                place
                for place, (kind, _) in heads.items()
                if kind == "title" and place <= at and _names(document, part, issue.text, place)
            ]
            found.setdefault(max(above, default=at), []).insert(0, Pin(part, "", ""))
        found.setdefault(at, []).append(_pin(record, found.get(at, ())))
    return {at: tuple(some) for at, some in found.items()}


def _pin(record: ClauseRecord, here: Iterable[Pin]) -> Pin:
    """Of clauses that begin together and are the same text one link is enough."""
    clause = record.clause
    link = clause_link(clause.id)
    return Pin(anchor(clause), link, record.citation, any(one.link for one in here))


def _names(document: DocumentRecord, part_id: str, text: str, place: int) -> bool:
    part = document.part(part_id)
    line = _LINE.match(text, place)
    words = strip_space(line[0]) if line else ""
    return any(words in strip_space(title) for title in (part.title, *part.other_titles))


def _headings(
    text: str, document: DocumentRecord, clauses: Sequence[Clause], reaches: Sequence[Span]
) -> dict[int, tuple[str, int]]:
    """Where lines begin that are headings, with their kind and how many lines each has.

    A heading is a line that no clause holds, or several of them, with the words of a clause's path, of the
    document's title or of a part's, or the date of an entry.
    """
    titles = {_bare(document.title)} | {_bare(part.title) for part in document.parts}
    levels = {
        _bare(heading): level
        for clause in clauses
        for level, heading in reversed(list(enumerate(clause.path)))
    }
    dates = {
        start
        for clause in clauses
        for context in clause.context
        if context.role == "date"
        for start, _ in context.spans
    }
    held = sorted(span for clause in clauses for span in clause.spans)
    free: list[Span] = []
    for reach in reaches:
        free.extend(_free_lines(text, reach, held))
    found: dict[int, tuple[str, int]] = {}
    at = 0
    while at < len(free):
        start = free[at][0]
        taken = 1
        if start in dates:
            found[start] = ("heading", 1)
        else:
            words = ""
            for count, (left, right) in enumerate(free[at : at + _BROKEN], 1):
                words += _bare(text[left:right])
                if words in titles or words in levels:
                    level = levels.get(words, 0)
                    kind = "title" if words in titles else f"heading{level + 1 if level else ''}"
                    found[start] = (kind, count)
                    taken = count
                    break
        at += taken
    return found


def _free_lines(text: str, reach: Span, held: Sequence[Span]) -> Iterable[Span]:
    which = 0
    for match in _LINE.finditer(text, *reach):
        start, end = match.span()
        while which < len(held) and held[which][1] <= start:
            which += 1
        if match[0].strip() and (which == len(held) or held[which][0] >= end):
            yield start, end


def _styled(clauses: Sequence[Clause]) -> dict[int, str]:
    """Characters with which lines of a notice's head or signature begin."""
    looks = {"title": "head", "signature": "signature"}
    return {
        start: looks[clause.kind]
        for clause in clauses
        if clause.kind in looks
        for start, _ in clause.spans
    }


def _joined(
    blocks: Sequence[Block], heads: Mapping[int, tuple[str, int]], styled: Mapping[int, str]
) -> Iterable[Block]:
    """Lines with their kind; the lines of a broken heading in one block."""
    at = 0
    while at < len(blocks):
        block = blocks[at]
        taken = 1
        if block.kind == "table":
            yield block
        else:
            stretches = block.rows[0][0]
            start = stretches[0].at
            if start in heads:
                kind, taken = heads[start]
                yield Block(kind, tuple(row for one in blocks[at : at + taken] for row in one.rows))
            else:
                places = {stretch.at for stretch in stretches} | {
                    stretches[0].at + len(stretches[0].text) - len(stretches[0].text.lstrip())
                }
                look = next((styled[place] for place in places if place in styled), "line")
                yield Block(look, block.rows)
        at += taken


def _asides(
    text: str, clauses: Sequence[Clause], everything: Mapping[str, Sequence[ClauseRecord]]
) -> list[Span]:
    """What lies between two spans of a clause and is of no clause: what a page break put there."""
    spans = sorted(
        span for some in everything.values() for one in some for span in one.clause.spans
    )
    merged: list[list[int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    ends = {end: merged[which + 1][0] for which, (_, end) in enumerate(merged[:-1])}
    found = []
    for clause in clauses:
        last = max(end for _, end in clause.spans)
        for _, end in clause.spans:
            begin = ends.get(end, end)
            if end < begin <= last and text[end:begin].strip():
                found.append((end, begin))
    return list(dict.fromkeys(found))


def _bare(words: str) -> str:
    return strip_space(words).rstrip("。.．")
