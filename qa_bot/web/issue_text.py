"""Which stretches of an issue's text belong to which of its documents.

The index knows where clauses stand. What lies between the last clause of a document and the first of the
next one (headings of sections, letterheads, who a copy goes to) is given to one of them here, so that
the pages of all documents together show the whole text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from qa_bot.index import ClauseRecord, DocumentRecord, Records
from qa_bot.text import Span, strip_space

__all__ = ["IssueText", "issue_text"]

_LINE = re.compile(r"[^\n\u2029]+")
_HELD = 8
_LETTERHEAD = "文件"


@dataclass(frozen=True, slots=True)
class IssueText:
    """An issue as the pages show it.

    Attributes:
        text: of the source.
        clauses: of each document, by its id, in order.
        reaches: of each document, the stretches of the text that are shown as its own, in order; they
            begin and end with lines.
    """

    text: str
    clauses: Mapping[str, tuple[ClauseRecord, ...]]
    reaches: Mapping[str, tuple[Span, ...]]


_READ: WeakKeyDictionary[Records, dict[str, IssueText]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def issue_text(records: Records, issue_id: str) -> IssueText:
    """The text of an issue, divided among its documents.

    Guarantees: every line that is not blank belongs to exactly one document (where the issue has any);
    a line that holds a clause belongs to the document of that clause. The issues that were asked for last
    stay in memory as long as `records`.

    Raises:
        KeyError: there is no issue with that id.
    """
    records.issue(issue_id)
    with _LOCK:
        held = _READ.setdefault(records, {})
        found = held.pop(issue_id, None)
    found = found or _read(records, issue_id)
    with _LOCK:
        held[issue_id] = found
        while len(held) > _HELD:
            del held[next(iter(held))]
    return found


def _read(records: Records, issue_id: str) -> IssueText:
    text = records.text(issue_id)
    documents = [one for one in records.documents if one.issue_id == issue_id]
    clauses: dict[str, list[ClauseRecord]] = {one.id: [] for one in documents}
    for record in records.of(issue_id):
        clauses[record.clause.document_id].append(record)
    return IssueText(
        text,
        {identity: tuple(some) for identity, some in clauses.items()},
        _reaches(text, documents, clauses),
    )


def _reaches(
    text: str,
    documents: Sequence[DocumentRecord],
    clauses: Mapping[str, Sequence[ClauseRecord]],
) -> dict[str, tuple[Span, ...]]:
    owner: list[int] = [-1] * (len(text) + 1)
    for number, document in enumerate(documents):
        for record in clauses[document.id]:
            for context in record.clause.context:
                _give(owner, context.spans, number)
    for number, document in enumerate(documents):
        for record in clauses[document.id]:
            _give(owner, record.clause.spans, number)
    lines = [match.span() for match in _LINE.finditer(text) if match[0].strip()]
    owners = [max(owner[start:end], key=lambda one: one >= 0) for start, end in lines]
    begun = -1  # the last line that is surely a document's
    for at, number in enumerate([*owners, -2]):
        if number == -1:
            continue
        gap = range(begun + 1, at)
        before = owners[begun] if begun >= 0 else -1
        after = number if number >= 0 else -1
        begins = _begins(text, lines, gap, documents, before, after)
        for line in gap:
            owners[line] = after if line >= begins else before
        begun = at
    found: dict[str, list[Span]] = {one.id: [] for one in documents}
    last = -1
    for (start, end), number in zip(lines, owners, strict=True):
        if number < 0:
            continue
        spans = found[documents[number].id]
        if number == last:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        last = number
    return {identity: tuple(spans) for identity, spans in found.items()}


def _give(owner: list[int], spans: Sequence[Span], number: int) -> None:
    for start, end in spans:
        owner[start:end] = [number] * (end - start)


def _begins(
    text: str,
    lines: Sequence[Span],
    gap: range,
    documents: Sequence[DocumentRecord],
    before: int,
    after: int,
) -> int:
    """The line of a gap between two documents with which the second begins.

    That which is its section, its title or its letterhead. Without any the gap is the rest of the
    document before, if what follows is a notice, whose own head is a clause.
    """
    if before == after or after < 0:
        return gap.stop
    if before < 0:
        return gap.start
    document = documents[after]
    titles = strip_space("\n".join((document.title, *(part.title for part in document.parts))))
    letterhead = strip_space(document.issuer or "") + _LETTERHEAD
    for line in gap:
        words = strip_space(text[slice(*lines[line])])
        if words in (strip_space(document.section), letterhead) or (
            len(words) > 1 and words in titles
        ):
            return line
    return gap.stop if document.kind == "notice" else gap.start
