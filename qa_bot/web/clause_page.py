"""`/clause/<id>`: a clause in its place in the gazette, as a plain page without Gradio."""

from __future__ import annotations

from qa_bot.answer import Answer
from qa_bot.bot import Bot
from qa_bot.index import ClauseRecord
from qa_bot.neighbours import neighbours
from qa_bot.web.document_tree import anchor, document_link, issue_link
from qa_bot.web.plain_page import content_policy
from qa_bot.web.quoting import clause_link, copy_text
from qa_bot.web.source_view import lay_out
from qa_bot.web.templating import render, static
from qa_bot.web.version_view import version_note
from qa_bot.web.wording import Wording

__all__ = ["CONTENT_POLICY", "clause_page"]

_SCRIPT = static("copy.js") + static("share.js") + static("clause.js")
_STYLE = static("clause.css") + static("browse.css")
_EXCERPT = 40

CONTENT_POLICY = content_policy(_SCRIPT, _STYLE)


def clause_page(bot: Bot, clause_id: str, words: Wording, root: str = "/") -> str:
    """The whole text of the issue, the clause lit in it.

    Args:
        bot: that has the corpus.
        clause_id: of the clause.
        words: of the reader's language.
        root: address of the chat page, with a slash at the end.

    Raises:
        NotFoundError: there is no clause with that id.
    """
    answer = bot.clause(clause_id)
    records = bot.generation.records
    clause, issue = answer.clause, answer.issue
    here = records.of(issue.id)
    before, after = neighbours(here, clause.id)
    return render(
        "clause.html",
        words,
        root=root,
        style=_STYLE,
        script=_SCRIPT,
        citation=answer.citation,
        copy=copy_text(answer.quote, answer.citation),
        kind=words.kind(clause.kind),
        crumbs=_crumbs(answer),
        versions=version_note(answer.standing, answer.places, words),
        issue=issue,
        issue_link=root + issue_link(issue.id),
        page=answer.document.page,
        own_page=answer.page,
        document_link=root + document_link(clause.document_id, anchor(clause)),
        ask_link=root + document_link(clause.document_id, "page-ask"),
        spans=clause.spans,
        pointers=_pointers(bot, answer, words, root),
        before=_neighbour(before, root),
        after=_neighbour(after, root),
        blocks=lay_out(
            records.text(issue.id),
            clause.spans,
            [span for context in clause.context for span in context.spans],
            [one.clause.spans[0] for one in here if one.clause.kind == "title"],
        ),
    )


def _crumbs(answer: Answer) -> list[str]:
    """From the issue down to the clause; a step that repeats the one before is left out."""
    clause, document = answer.clause, answer.document
    part = document.part(clause.part_id)
    steps = [answer.issue.label, document.title, part.title, *clause.path, clause.label]
    crumbs: list[str] = []
    for step in steps:
        if step and step not in crumbs:
            crumbs.append(step)
    return crumbs


def _pointers(bot: Bot, answer: Answer, words: Wording, root: str) -> list[dict[str, str | None]]:
    """What the clause points at and what bears on it: a name, a text, and a link where it is held."""
    records = bot.generation.records
    shown: list[dict[str, str | None]] = []
    for one in answer.references:
        targets = [target for target in one.targets if records.by_id(target)]
        shown.append(
            {
                "name": words(f"reference_{one.status}"),
                "text": one.normal or one.text,
                "link": root + clause_link(targets[0]) if targets else None,
            }
        )
    for bearing in answer.relations:
        ids = bearing.to_json()["clause_ids"]
        held = [identity for identity in ids if records.by_id(identity)]
        shown.append(
            {
                "name": words(f"relation_{bearing.kind}"),
                "text": bearing.citation,
                "link": root + clause_link(held[0]) if held else None,
            }
        )
    return [dict(one) for one in {tuple(one.items()): None for one in shown}]


def _neighbour(record: ClauseRecord | None, root: str) -> dict[str, str] | None:
    if record is None:
        return None
    text = " ".join(record.clause.text.split())
    return {
        "link": root + clause_link(record.clause.id),
        "label": record.clause.label,
        "text": text[:_EXCERPT] + ("…" if len(text) > _EXCERPT else ""),
    }
