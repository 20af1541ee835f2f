"""From a `Reply` to the HTML of one turn of the chat."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from qa_bot.answer import Answer, Reply
from qa_bot.filters import KINDS, Filters
from qa_bot.force import ENDED
from qa_bot.together import Companion
from qa_bot.web.exemption_card import ExemptionCard, exemption_card
from qa_bot.web.quoting import Piece, clause_link, copy_text, pieces
from qa_bot.web.templating import render
from qa_bot.web.version_view import VersionNote, version_note
from qa_bot.web.wording import Wording

__all__ = ["error_turn", "reply_turn", "row_cells"]

# Characters; of a longer companion the sentences that count are shown, and the rest on a click.
_LONG = 160


@dataclass(frozen=True, slots=True)
class RowCell:
    """A cell of a table row as the card shows it.

    Attributes:
        column: its header, maybe empty.
        pieces: its text.
        inherited: whether it is merged with other rows' cells.
    """

    column: str
    pieces: tuple[Piece, ...]
    inherited: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A clause that answers together with the one quoted, as the card shows it.

    Attributes:
        role: in words.
        lead_in: what an item stands under, else empty.
        pieces: of the whole clause; none where an earlier card has it.
        excerpt: of a long one the sentences that make it a companion, each whole; else empty.
        citation: where it stands.
        link: to the clause in its place.
    """

    role: str
    lead_in: str
    pieces: tuple[Piece, ...]
    excerpt: tuple[str, ...]
    citation: str
    link: str


@dataclass(frozen=True, slots=True)
class Card:
    """A quoted clause as the chat shows it.

    Attributes:
        kind: the badge.
        work: title of the work that the clause stands in.
        cells: of a table row that can be shown cell by cell, otherwise empty.
        pieces: of the quote.
        citation: where it stands.
        copied: what the copy button copies.
        facts: names and values about the document.
        context: roles, in words, and texts.
        roles: of the context, each once.
        needs_context: whether the quote misleads without it, as a name without the decision above it
            (市政府决定免去：) does; then it is shown at once.
        link: to the clause in its place.
        also_at: citations and links of the clauses that say the same.
        beside: what answers together with it.
        heading: of a suggestion, the headings that it stands under, else empty.
        shared: of a suggestion, the words of the question in it.
        exemption: the record that an answer is; its parts are then shown in place of the quote, which
            stands folded under them.
        document: id of the document, for asking within it.
        versions: which version of its work it is, and where else it stands; `None` where there is one.
        ended: that the work has expired, is repealed or was changed since, in words; else empty.
    """

    kind: str
    work: str
    cells: tuple[RowCell, ...]
    pieces: tuple[Piece, ...]
    citation: str
    copied: str
    facts: tuple[tuple[str, str], ...]
    context: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    needs_context: bool
    link: str
    also_at: tuple[tuple[str, str], ...]
    beside: tuple[Beside, ...]
    heading: str
    shared: tuple[str, ...]
    exemption: ExemptionCard | None
    document: str
    versions: VersionNote | None
    ended: str


def row_cells(answer: Answer) -> tuple[RowCell, ...]:
    """A table row cell by cell with the light where the quote has it; empty if it is no such row.

    Every cell that is not inherited is looked for in the quote from the end of the one before it.
    If one is not there, the row cannot be shown cell by cell without hiding a character: the result
    is empty, and the card shows the quote as it is.
    """
    found: list[RowCell] = []
    at = 0
    for cell in answer.clause.cells:
        if cell.inherited:
            found.append(RowCell(cell.column, (Piece(cell.text, False),), True))
            continue
        start = answer.quote.find(cell.text, at)
        if start < 0 or answer.quote[at:start].strip():
            return ()
        at = start + len(cell.text)
        lit = pieces(answer.quote, answer.shared or answer.highlights, start, at)
        found.append(RowCell(cell.column, lit, False))
    return () if answer.quote[at:].strip() else tuple(found)


def reply_turn(
    reply: Reply, words: Wording, filters: Filters | None = None, feedback: str = ""
) -> str:
    """The question with its answers, or with the plain word that there is none.

    What the page's script sends along with the next question is in `data-turn`, as JSON; the filters that
    the answer was searched within are in `data-filters`.

    Args:
        reply: of the bot.
        words: of the reader's language.
        filters: that it was searched within.
        feedback: what goes with the reader's word on it (`feedback_data`); none is asked for if empty.
    """
    filters = filters or Filters()
    turn = {
        "question": _showable(reply.question),
        "clause_ids": [answer.clause.id for answer in reply.answers],
        "searched": reply.context.searched if reply.context else None,
    }
    return render(
        "turn.html",
        words,
        question=_showable(reply.question),
        reply=reply,
        turn=json.dumps(turn, ensure_ascii=False),
        cards=_cards(reply, words),
        note=words.of_error(reply.note) if reply.note else "",
        filters=json.dumps(filters.to_json(), ensure_ascii=False) if filters else "",
        within=_within(filters, words),
        feedback=feedback,
        error=None,
    )


def _within(filters: Filters, words: Wording) -> list[str]:
    """What the filters say, in words."""
    said = []
    for name, value in filters.to_json().items():
        if name == "in_force":
            said.append(words("filter_in_force"))
        elif name == "kind":
            held = KINDS.get(str(value))
            said.append(words.of_pair(held) if held else str(value))
        elif name == "as_of":
            said.append(words("as_of_said", day=value))
        elif name in ("since", "until"):
            said.append(f"{words(f'filter_{name}')} {value}")
        else:
            said.append(str(value))
    return said


def error_turn(question: str, error: tuple[str, str], words: Wording) -> str:
    """The question with why it could not be answered.

    Args:
        question: as it was asked.
        error: a heading and what to do.
        words: of the reader's language.
    """
    shown = _showable(question)
    return render(
        "turn.html", words, question=shown, reply=None, cards=[], note="", within=[], error=error
    )


def _cards(reply: Reply, words: Wording) -> list[Card]:
    """A card for everything that is shown; what stands beside an earlier answer is only cited by a later one."""
    told: set[str] = set()
    cards = []
    for answer in reply.shown:
        card = _card(answer, words, bool(reply.answers), frozenset(told))
        if reply.as_of and answer.undated:
            card = replace(card, facts=(*card.facts, (words("undated"), words("as_of_undated"))))
        cards.append(card)
        told.update(one.record.clause.id for one in answer.together)
    return cards


def _card(answer: Answer, words: Wording, found: bool, told: frozenset[str]) -> Card:
    document = answer.document
    known = answer.to_json()["document"]
    issue = answer.issue.label
    if answer.page is not None:
        issue = f"{issue} {words('on_page', page=answer.page)}"
    elif document.page is not None:
        issue = f"{issue} {words('page', page=document.page)}"
    status = f"status_{known['status']}"
    if known["status"] == "no_change_known" and any(
        one.kind == "amended_by" for one in answer.relations
    ):
        status = "status_as_amended"
    facts = [
        ("document", document.title if document.title != known["work"] else None),
        ("number", document.number),
        ("issuer", document.issuer),
        ("issued_on", known["issued_on"]),
        ("effective_from", known["effective_from"]),
        ("valid_until", known["valid_until"]),
        ("issue", issue),
        ("status", words(status) if status != "status_unknown" else None),
    ]
    # What was done to the text quoted goes with the quote; the rest is on the clause's own page.
    for kind in ("amended_by", "repealed_by", "yields_to"):
        cited = dict.fromkeys(one.citation for one in answer.relations if one.kind == kind)
        facts.append((f"relation_{kind}", "、".join(cited) or None))
    exemption = None
    beside = answer.together
    if found and answer.exemption is not None:
        exemption = exemption_card(answer.exemption, words, answer)
        quoted = {one.clause_id for one in answer.exemption.general_conditions}
        beside = tuple(
            one for one in beside
            if one.role != "condition" or one.record.clause.id not in quoted
        )  # fmt: skip
    context = [one for one in answer.clause.context if not any(c.says(one.text) for c in beside)]
    return Card(
        kind=words.kind(answer.clause.kind),
        work=known["work"],
        cells=row_cells(answer),
        pieces=pieces(answer.quote, answer.highlights if found else answer.shared),
        citation=answer.citation,
        copied=copy_text(answer.quote, answer.citation),
        facts=tuple((words(name), value) for name, value in facts if value),
        context=tuple((words.role(one.role), one.text) for one in context),
        roles=tuple(dict.fromkeys(words.role(one.role) for one in context)),
        needs_context=any(one.role in ("lead_in", "parent_row") for one in context),
        link=clause_link(answer.clause.id),
        also_at=tuple((cited, clause_link(identity)) for cited, identity in answer.also_at),
        beside=tuple(_beside(one, words, one.record.clause.id in told) for one in beside),
        heading="" if found else " › ".join(answer.clause.path),
        shared=tuple(dict.fromkeys(answer.quote[slice(*span)] for span in answer.shared)),
        exemption=exemption,
        document=document.id if document.number else "",
        versions=version_note(answer.standing, answer.places, words),
        ended=words(status) if known["status"] in (*ENDED, "amended") else "",
    )


def _beside(one: Companion, words: Wording, told: bool) -> Beside:
    clause = one.record.clause
    lead = [c.text for c in clause.context if c.role == "lead_in" and clause.kind == "item"]
    long = len(clause.text) > _LONG
    return Beside(
        role=words(f"companion_{one.role}"),
        lead_in=lead[0] if lead and not told else "",
        pieces=() if told else pieces(clause.text, one.lit),
        excerpt=tuple(clause.text[slice(*span)] for span in one.lit) if long and not told else (),
        citation=one.record.citation,
        link=clause_link(clause.id),
    )


def _showable(question: str) -> str:
    """A question as it can be sent: half of a surrogate pair has no bytes in UTF-8."""
    return question.encode("utf-8", "replace").decode("utf-8").strip()
