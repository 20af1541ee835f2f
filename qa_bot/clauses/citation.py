"""How a clause is cited, so that a reader can find it without this program."""

from __future__ import annotations

from qa_bot.clauses.model import Clause
from qa_bot.gazette import Document, Issue

__all__ = ["cite"]

_SECTION_NAMES = {
    "masthead": "版权页",
    "imprint": "版权页",
    "cover": "封面",
    "contents": "目录",
    "captions": "图片",
}


def cite(clause: Clause, document: Document, issue: Issue) -> str:
    """The citation of a clause.

    A clause of a notice is cited by title, document number and place:
    《温州市药品零售（连锁）经营许可实施细则》（温市监规〔2019〕1号附件）第五十一条第一款. A section of the gazette is
    cited by the issue: 《温州市人民政府公报》2019年第4期“4月份市政府记事”4月12日. An earlier version says so:
    《…》（温政发〔2019〕5号，2019-04-03文本）第三点.
    """
    if document.kind == "notice":
        part = next(p for p in document.parts if p.id == clause.part_id)
        return (
            f"{book(part.title or document.title)}{_number(document, clause.part_id)}{clause.label}"
        )
    if document.kind == "other":
        return f"{book(document.title)}{_number(document, '')}{clause.label}"
    if document.kind == "records":
        name = document.title
    elif document.kind in ("feature", "briefs", "personnel", "statistics", "catalogue"):
        name = document.title if document.kind == "feature" else document.section or document.title
    else:
        name = _SECTION_NAMES.get(document.kind, document.title)
    place = f" {clause.label}" if clause.kind == "statistics" else clause.label
    return (
        f"{issue.label}“{_inner_quotes(name)}”{place.lstrip() if clause.kind != 'row' else place}"
    )


def book(title: str) -> str:
    """`title` in book title marks; marks within it become single ones, as GB/T 15834 asks."""
    return "《" + title.replace("《", "〈").replace("》", "〉") + "》"


def _inner_quotes(name: str) -> str:
    return name.replace("“", "‘").replace("”", "’")


def _number(document: Document, part_id: str) -> str:
    said: list[str] = []
    if document.number and document.kind == "notice":
        annexes = [part.id for part in document.parts if part.id.startswith("annex")]
        which = str(annexes.index(part_id) + 1) if part_id in annexes and annexes[1:] else ""
        said.append(document.number + (f"附件{which}" if part_id in annexes else ""))
    if document.superseded_by:
        day = document.version_on
        said.append(f"{day.isoformat()}文本" if day else "较早文本")
    return f"（{'，'.join(said)}）" if said else ""
