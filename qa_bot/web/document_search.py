"""Search within one document: its exact words first, then what the bot finds there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_bot.answer import Answer
from qa_bot.bot import Bot
from qa_bot.errors import InputError
from qa_bot.filters import Filters
from qa_bot.index import ClauseRecord, DocumentRecord
from qa_bot.text import Span, fold, normalise, strip_space
from qa_bot.web.document_tree import anchor, fragment
from qa_bot.web.issue_text import IssueText
from qa_bot.web.quoting import Piece, pieces
from qa_bot.words import to_simplified

__all__ = ["Found", "Place", "search_document"]

_MOST = 50
_AROUND = 24
_COUNT = 5
# 温政发[2019]5号 is typed for 温政发〔2019〕5号.
_BRACKETS = str.maketrans("[]", "〔〕")


@dataclass(frozen=True, slots=True)
class Place:
    """A clause that was found.

    Attributes:
        link: to its place on the page.
        label: how it is cited.
        pieces: of its text, those that were looked for lit; verbatim.
        cut_before: whether text of the clause stands before them.
        cut_after: whether text of the clause stands after them.
    """

    link: str
    label: str
    pieces: tuple[Piece, ...]
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search within a document gives.

    Attributes:
        query: as it was typed, without outer white space.
        kind: `exact` (the words as they are), `near` (found by the bot), `suggested` (the bot does not find
            an answer; these are the nearest), `nothing`, or `trouble` (the query cannot be searched for).
        places: in the order of the text when exact, else the best first.
        lit: spans of the source that hold the words.
        total: clauses that hold all of the words; at most `_MOST` of them are places.
        message: of the trouble, Chinese and English.
    """

    query: str
    kind: str
    places: tuple[Place, ...] = ()
    lit: tuple[Span, ...] = ()
    total: int = 0
    message: str = ""


def search_document(bot: Bot, issue: IssueText, document: DocumentRecord, query: str) -> Found:
    """Look for words in a document.

    Guarantees: where the words stand in the document, white space, width and the form of brackets and quotes
    aside, they are found exactly, and every occurrence is lit; words that are set apart by white space
    have to stand in one clause. Only else the bot is asked, within this document.
    """
    query = query.encode("utf-8", "replace").decode("utf-8").strip()
    exact = _exact(issue, document, query)
    if exact is None and (simplified := to_simplified(query)) != query:
        exact = _exact(issue, document, simplified)
    if exact is not None:
        lit, records = exact
        places = tuple(_place(issue.text, record, lit) for record in records[:_MOST])
        return Found(query, "exact", places, tuple(lit), len(records))
    try:
        reply = bot.ask(query, count=_COUNT, filters=Filters(document=document.id))
    except InputError as error:
        return Found(query, "trouble", message=str(error))
    answers = (reply.answers or reply.suggestions)[:_COUNT]
    kind = "near" if reply.answers else "suggested" if answers else "nothing"
    return Found(query, kind, tuple(_of_answer(one, kind == "near") for one in answers))


def _exact(
    issue: IssueText, document: DocumentRecord, query: str
) -> tuple[list[Span], list[ClauseRecord]] | None:
    """Occurrences of the words and the smallest clauses that hold all of them; `None` for none."""
    words = [fold(word).translate(_BRACKETS) for word in dict.fromkeys(query.split())]
    if not any(char.isalnum() for char in query):
        return None
    found: list[list[Span]] = [[] for _ in words]
    for start, end in issue.reaches[document.id]:
        text, offsets = _compact(issue.text[start:end])
        for which, word in enumerate(words):
            spans = _occurrences(text, word)
            found[which].extend(
                (start + offsets[left], start + offsets[right - 1] + 1) for left, right in spans
            )
    if not all(found):
        return None
    holding = [
        record
        for record in issue.clauses[document.id]
        if all(_touches(record, spans) for spans in found)
    ]
    if not holding and len(words) > 1:
        return None
    parents = {record.clause.parent for record in holding}
    lit = sorted(span for spans in found for span in spans)
    return lit, [record for record in holding if record.clause.id not in parents]


def _compact(text: str) -> tuple[str, list[int]]:
    """The text folded and without white space, with the source index of each character."""
    folded = normalise(text)
    kept = [
        (char, offset)
        for char, offset in zip(folded.text, folded.offsets, strict=False)
        if not char.isspace()
    ]
    compact = "".join(char for char, _ in kept).translate(_BRACKETS)
    return compact, [offset for _, offset in kept]


def _occurrences(text: str, word: str) -> Iterator[Span]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + len(word))


def _touches(record: ClauseRecord, spans: Sequence[Span]) -> bool:
    return any(
        start < right and left < end for start, end in record.clause.spans for left, right in spans
    )


def _place(text: str, record: ClauseRecord, lit: Sequence[Span]) -> Place:
    """A clause with the first words that were found in it, and what stands around them."""
    own = record.clause.spans
    first = next(
        (max(left, start), min(right, end), start, end)
        for left, right in lit
        for start, end in own
        if start < right and left < end
    )
    left, right, start, end = first
    begin = max(start, left - _AROUND)
    stop = min(end, max(right, left) + 2 * _AROUND)
    return Place(
        fragment(anchor(record.clause)),
        record.citation,
        pieces(text, lit, begin, stop),
        bool(strip_space(text[own[0][0] : begin])),
        bool(strip_space(text[stop : max(stop, own[-1][1])])),
    )


def _of_answer(answer: Answer, answers: bool) -> Place:
    """A clause of the bot's search, lit where it answers; what does not, where it has words of the question."""
    return Place(
        fragment(anchor(answer.clause)),
        answer.citation,
        pieces(answer.quote, answer.highlights if answers else answer.shared),
    )
