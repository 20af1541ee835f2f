"""Questions to begin with, made of what a corpus holds: one pattern for each kind of clause, filled in word for word.

Whether a question is answered by the clause that it was made of is for the caller to try: `Bot.examples`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa_bot.index import ClauseRecord, Records
from qa_bot.patterns import late
from qa_bot.text import strip_space

__all__ = ["Draft", "drafts", "kind_of"]

# What one kind is tried with at most; the first that is answered is taken.
_TRIES = 6
_SHORT, _LONG = 6, 22  # characters of a violation that reads well in a question
_ORDINAL = late(r"^[一二三四五六七八九十]+、")
_ARTICLE = late(r"第[一二三四五六七八九十百]+条")
# 市长姚高员参加…, 常务副市长陈建明赴…
_OFFICIAL = late(
    r"^((?:常务)?副?(?:省|市|区|县)长|秘书长)([\u4e00-\u9fff]{2,3})(?=参加|主持|赴|会见|出席|调研|检查|率|召开|听取|陪同|督查)"
)
_PERSON = late(r"^([\u4e00-\u9fff]{2,4}?)(?:同志)?(?:的.{2,40}职务|[任为].{2,40})")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that a clause should answer.

    Attributes:
        kind: `kind_of` its answer.
        question: to be asked.
        document: id of the document that should answer it.
    """

    kind: str
    question: str
    document: str


def kind_of(clause_kind: str, exemption: bool = False) -> str:
    """The kind under which a question that such a clause answers is shown: exemption, document, or the clause's own."""
    if exemption:
        return "exemption"
    return "document" if clause_kind in ("title", "contents", "catalogue") else clause_kind


def drafts(records: Records) -> dict[str, list[Draft]]:
    """For each kind of clause of the latest issue some questions, the simplest first."""
    if not records.issues:
        return {}
    latest = max(records.issues, key=lambda one: (str(one.published_on or ""), one.id))
    clauses = records.of(latest.id)
    exempt = {one.clause_id: strip_space(one.violation.text) for one in records.exemptions.all}
    titles = {
        (document.id, part.id): part.title
        for document in records.documents
        if document.issue_id == latest.id
        for part in document.parts
    }
    made: dict[str, list[Draft]] = {}

    def add(kind: str, record: ClauseRecord, question: str) -> None:
        held = made.setdefault(kind, [])
        if len(held) < _TRIES and all(one.question != question for one in held):
            held.append(Draft(kind, question, record.clause.document_id))

    for record in sorted(clauses, key=lambda one: len(one.clause.text)):
        clause = record.clause
        title = titles.get((clause.document_id, clause.part_id), "")
        for kind, question in _asked(record, title, exempt.get):
            add(kind, record, question)
    for document in records.documents:
        if document.issue_id == latest.id and document.number:
            first = next(one for one in clauses if one.clause.document_id == document.id)
            add("document", first, f"{document.number}是什么文件")
            add("foreign", first, f"What is {document.number}?")
    return made


def _asked(
    record: ClauseRecord, title: str, violation: Callable[[str], str | None]
) -> Iterator[tuple[str, str]]:
    """What could be asked of a clause, with its kind."""
    clause = record.clause
    text = clause.text
    done = violation(clause.id)
    if done:
        if _SHORT <= len(done) <= _LONG:
            yield "exemption", f"{done.removesuffix('的行为')}，会罚款吗"
    elif clause.kind == "article" and title and clause.parent is None:
        if (label := _ARTICLE.match(clause.label)) and re.search(r"\d", text):
            yield "article", f"《{title}》{label[0]}怎么规定"
    elif clause.kind == "record" and clause.day and (who := _OFFICIAL.match(text)):
        yield "record", f"{clause.day.month}月{clause.day.day}日{who[0]}做了什么"
    elif clause.kind == "appointment" and (who := _PERSON.match(text)):
        yield "appointment", f"{who[1]}的职务有什么变动"
    elif clause.kind == "statistics" and clause.cells and _ORDINAL.match(clause.cells[0].text):
        yield "statistics", f"{_ORDINAL.sub('', strip_space(clause.cells[0].text))}是多少"
    elif clause.kind == "list" and title and clause.label:
        yield "list", f"{title}里，{clause.label}有哪些"
