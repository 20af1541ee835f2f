"""What stands beside an answer: the clauses that answer together with it, and where else the same is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from qa_bot.clauses import Clause
from qa_bot.companions import ROLES, Pair
from qa_bot.gazette import PageMark, file_pages
from qa_bot.index import ClauseRecord, Generation
from qa_bot.text import Span, fold
from qa_bot.understanding import Asked
from qa_bot.words import to_simplified

__all__ = ["MOST", "Companion", "companions_of", "same_fact"]

#: So many companions an answer has at most.
MOST = 3
# What holds for a whole 款 or article holds for its parts: its exceptions, and that another text prints it.
_OF_THE_WHOLE = ("exception", "same")
_OF_A_PART = ("exception", "rule", "amendment")
# A row, a record or an item says the same as another of its words only under the same heading.
_SELF_CONTAINED = frozenset(
    {"article", "paragraph", "point", "amendment", "title", "contents", "catalogue", "imprint", "cover", "feature", "note"}
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NEGATES = re.compile(r"[不未无非免除勿\d]")
# 三、第五十一条第一款修改为“企业经营场所面积不得少于40平方米。”
_REWORDS = re.compile(
    r"[^“]{0,60}(?:修改为|修订为|改为|作为第[^“]{1,8})[：:，,]?“(?P<wording>[^”]+)”[。；]?"
)
_SHINGLE = 4
_CONTAINED = 0.9
_SHORTEST = 12  # characters; shorter ones are the same only if they are equal


@dataclass(frozen=True, slots=True)
class Companion:
    """A clause that belongs to an answer, quoted word for word.

    Attributes:
        role: what it is to the answer: one of `qa_bot.companions.ROLES`.
        record: the clause, with its citation; its text is the quote.
        highlights: spans of the quote that make it a companion, in order; at least one.
        title: of the document that it stands in.
        number: of that document.
        file: that the spans count in.
        sha256: of that file.
        pages: of that file.
    """

    role: str
    record: ClauseRecord
    highlights: tuple[Span, ...]
    title: str
    number: str | None
    file: str
    sha256: str
    pages: tuple[PageMark, ...] = ()

    @property
    def lit(self) -> tuple[Span, ...]:
        """The highlights where they are less than all of it, else none: all lit is nothing lit."""
        return () if self.highlights == ((0, len(self.record.clause.text)),) else self.highlights

    def says(self, text: str) -> bool:
        """Whether the quote begins with a context of the answer, which then need not be shown a second time."""
        return self.record.clause.text.startswith(text)

    def to_json(self) -> dict[str, Any]:
        """As it stands in an answer: its role, and an object like a small answer."""
        clause = self.record.clause
        return {
            "role": self.role,
            "answer": {
                "quote": clause.text,
                "highlights": [list(span) for span in self.highlights],
                "citation": self.record.citation,
                "clause_id": clause.id,
                "kind": clause.kind,
                "path": list(clause.path),
                "context": [
                    {"role": c.role, "text": c.text, "spans": [list(span) for span in c.spans]}
                    for c in clause.context
                ],
                "document": {"title": self.title, "number": self.number},
                "source": {
                    "file": self.file,
                    "sha256": self.sha256,
                    "spans": [list(span) for span in clause.spans],
                    "pages": file_pages(self.pages, clause.spans),
                },
            },
        }


def companions_of(
    generation: Generation, clause: Clause, asked: Asked | None = None
) -> tuple[tuple[Companion, ...], tuple[tuple[str, str], ...]]:
    """What answers together with `clause`, and citation and id of each clause that prints its wording once more.

    Guarantees: at most `MOST` companions, in the order in which a lawyer reads them (`ROLES`, then the order
    of the text); none is the clause itself, a part of it or what it is a part of. A definition comes only with
    a question that asks what a term means which the clause uses.
    """
    records = generation.records
    pairs = _pairs(generation, clause)
    if asked and "definition" in asked.kinds:
        pairs.extend(_definitions(generation, clause, asked))
    order = {role: place for place, role in enumerate(ROLES)}
    pairs.sort(key=lambda pair: order.get(pair.role, len(ROLES)))
    found: list[Companion] = []
    same: dict[str, str] = {}
    for pair in pairs:
        if pair.role != "same" and len(found) == MOST:
            continue
        record = records.by_id(pair.other_id)
        if record is None or _overlap(record.clause, clause):
            continue
        if pair.role == "same":
            same[record.clause.id] = record.citation
        elif not any(_overlap(record.clause, one.record.clause) for one in found):
            document = records.document(record.issue_id, record.clause.document_id)
            issue = records.issue(record.issue_id)
            lit = pair.lit or ((0, len(record.clause.text)),)
            found.append(
                Companion(
                    pair.role,
                    record,
                    lit,
                    document.title,
                    document.number,
                    issue.file,
                    issue.sha256,
                    issue.pages,
                )
            )
    return tuple(found), tuple((cited, identity) for identity, cited in same.items())


def _pairs(generation: Generation, clause: Clause) -> list[Pair]:
    """The pairs of a clause, those of what it is a part of, and of its parts."""
    whole = [clause.parent, clause.parent.rpartition("/")[0]] if clause.parent else []
    return [
        pair
        for pair in generation.records.companions.of([clause.id, *whole], below=clause.id)
        if pair.clause_id == clause.id
        or pair.role in (_OF_THE_WHOLE if pair.clause_id in whole else _OF_A_PART)
    ]


def _definitions(generation: Generation, clause: Clause, asked: Asked) -> Iterator[Pair]:
    work = "/".join(filter(None, (clause.document_id, clause.part_id)))
    text = fold(to_simplified(asked.text))
    for pair in generation.records.companions.of([work]):
        if pair.other_id != clause.id and pair.term in clause.text and fold(pair.term) in text:
            yield pair


def _overlap(one: Clause, other: Clause) -> bool:
    if one.document_id != other.document_id:
        return False
    return any(a < d and c < b for a, b in one.spans for c, d in other.spans)


def same_fact(kept: Clause, lit: Sequence[Span], other: Clause, other_lit: Sequence[Span]) -> bool:
    """Whether `other` says nothing that `kept` does not, so that showing both would be showing it twice.

    That is so where the text of `other` is contained in that of `kept`, or where each contains what is lit of
    the other. Contained: the same characters, white space and punctuation aside, or at least nine in ten of
    their shingles of four characters (Broder, On the resemblance and containment of documents, 1997) with
    no number and no negation in what differs. Clauses of one text are never the same fact, nor are rows,
    records and items, which mean what they say only under their heading.
    """
    if kept.kind not in _SELF_CONTAINED or other.kind not in _SELF_CONTAINED:
        return False
    if (kept.document_id, kept.part_id) == (
        other.document_id,
        other.part_id,
    ) or kept.day != other.day:
        return False
    whole, part = _plain(_wording(kept)), _plain(_wording(other))
    if part == whole:
        return True
    if _contained(part, whole):
        return True
    ours, theirs = _plain(_joined(kept.text, lit)), _plain(_joined(other.text, other_lit))
    return _contained(theirs, whole) and _contained(ours, part)


def _wording(clause: Clause) -> str:
    """The text of a clause; of an amendment that does nothing but give a new wording, that wording."""
    only = _REWORDS.fullmatch(clause.text) if clause.kind == "amendment" else None
    return only["wording"] if only else clause.text


def _joined(text: str, spans: Sequence[Span]) -> str:
    return "".join(text[slice(*span)] for span in spans)


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    """Letters and digits alone, folded; the point within a number stays."""
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w.]|_", "", fold(text))


def _contained(part: str, whole: str) -> bool:
    if len(part) < _SHORTEST:
        return False
    if part in whole:
        # 4 stands in 40, and is another number.
        return not Counter(_NUMBER.findall(part)) - Counter(_NUMBER.findall(whole))
    ours, theirs = _shingles(part), _shingles(whole)
    if len(ours & theirs) < _CONTAINED * len(ours):
        return False
    return not (
        _NEGATES.search(_unshared(part, theirs, 0, len(part)))
        or _NEGATES.search(_unshared(whole, ours, *_reach(whole, ours)))
    )


def _reach(text: str, others: frozenset[str]) -> Span:
    """From the first shingle of `text` that is among `others` to the end of the last."""
    shared = [at for at in range(len(text)) if text[at : at + _SHINGLE] in others]
    return (shared[0], shared[-1] + _SHINGLE) if shared else (0, 0)


def _unshared(text: str, others: frozenset[str], start: int, end: int) -> str:
    """The characters of `text[start:end]` that are in no shingle of `others`."""
    covered: set[int] = set()
    for at in range(start, end):
        if text[at : at + _SHINGLE] in others:
            covered.update(range(at, at + _SHINGLE))
    return "".join(text[at] for at in range(start, end) if at not in covered)


@lru_cache(maxsize=512)
def _shingles(text: str) -> frozenset[str]:
    return frozenset(text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1))
