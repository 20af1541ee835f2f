"""A record of penalty exemptions as a card: may be exempt, on which conditions, otherwise what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

from qa_bot.answer import Answer
from qa_bot.exemptions import Exemption, Passage, Tier
from qa_bot.lookup import RELIEF_WORDS, amount_in_words
from qa_bot.web.quoting import Piece, clause_link, pieces
from qa_bot.web.wording import Wording

__all__ = ["ExemptionCard", "Fine", "Quoted", "amount", "exemption_card", "record_link"]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage as the card shows it.

    Attributes:
        pieces: of its text; joined they are the passage, character by character.
        link: to its place, where that is not within the record's own clause; else empty.
    """

    pieces: tuple[Piece, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Fine:
    """A fine in figures.

    Attributes:
        when: the text's words for the case that it is for; none for the violation as it is.
        amount: in our words.
    """

    when: tuple[str, ...]
    amount: str


@dataclass(frozen=True, slots=True)
class Basis:
    """A provision that the list names.

    Attributes:
        quote: as printed.
        role: what it is the basis of, where the list tells that apart; else empty.
        held: the provisions in it that the corpus holds, with a link.
    """

    quote: Quoted
    role: str
    held: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExemptionCard:
    """A record as a page shows it.

    Attributes:
        relief: what may be granted, never that it will be.
        authority: of the list.
        list_title: of the list.
        category: as printed, without the blanks of its layout; maybe empty.
        serial: as printed, maybe empty.
        violation: what was done.
        circumstances: cases of it.
        lead: what leads several own conditions in.
        own: conditions of the item.
        general: conditions of the whole list.
        granted: what the list says is done, where it has a column for it.
        penalty: what else is due, as the list quotes it; `None` where it quotes nothing.
        fines: in it, in figures.
        no_figure: whether a penalty is quoted that names no amount.
        basis: in law, each passage once.
        since: first and last day, in words; maybe empty.
        times: the words that say so, and whether open cases are covered.
        further: other columns of the list.
        citation: where the record stands.
        link: to its place.
        address: of the record in the tab.
    """

    relief: str
    authority: str
    list_title: str
    category: str
    serial: str
    violation: Quoted
    circumstances: tuple[Quoted, ...]
    lead: Quoted | None
    own: tuple[Quoted, ...]
    general: tuple[Quoted, ...]
    granted: Quoted | None
    penalty: Quoted | None
    fines: tuple[Fine, ...]
    no_figure: bool
    basis: tuple[Basis, ...]
    since: str
    times: tuple[Quoted, ...]
    further: tuple[tuple[str, Quoted], ...]
    citation: str
    link: str
    address: str


def record_link(record_id: str) -> str:
    """The address of a record in the tab, relative to the root of the site."""
    return f"./?exemption={percent_encode(record_id, safe='')}"


def exemption_card(
    record: Exemption,
    words: Wording,
    answer: Answer | None = None,
    held: Callable[[str], bool] | None = None,
) -> ExemptionCard:
    """A record as a page shows it.

    Guarantees: every `Quoted` is a passage of the record, unchanged.

    Args:
        record: to show.
        words: of the reader's language.
        answer: that the record is part of; what is lit in its quote is lit in the card.
        held: whether the corpus has a clause of that id; without it no provision is linked.
    """

    def shown(passage: Passage) -> Quoted:
        own = passage.clause_id == record.clause_id
        elsewhere = not own and not passage.clause_id.startswith(f"{record.clause_id}/")
        start = answer.quote.find(passage.text) if answer and own else -1
        if answer and start >= 0:
            lit = pieces(answer.quote, answer.highlights, start, start + len(passage.text))
        else:
            lit = (Piece(passage.text, False),)
        return Quoted(lit, clause_link(passage.clause_id) if elsewhere else "")

    penalty = record.ordinary_penalty
    return ExemptionCard(
        relief=words.of_pair(RELIEF_WORDS[record.relief]),
        authority=record.authority or "",
        list_title=record.list_title,
        category=record.category.text if record.category else "",
        serial=record.serial.text if record.serial else "",
        violation=shown(record.violation),
        circumstances=tuple(map(shown, record.circumstances)),
        lead=shown(record.conditions_lead) if record.conditions_lead else None,
        own=tuple(map(shown, record.conditions)),
        general=tuple(map(shown, record.general_conditions)),
        granted=shown(record.relief_text) if record.relief_text else None,
        penalty=shown(penalty.passage) if penalty else None,
        fines=tuple(_fine(tier, words) for tier in penalty.tiers)
        if penalty and penalty.names_a_figure
        else (),
        no_figure=penalty is not None and not penalty.names_a_figure,
        basis=_basis(record, words, shown, held),
        since=_since(record, words),
        times=tuple(shown(one) for one in (record.commencement, record.undecided) if one),
        further=tuple((one.column, shown(one.passage)) for one in record.further),
        citation=record.citation,
        link=clause_link(record.clause_id),
        address=record_link(record.id),
    )


def amount(tier: Tier, words: Wording) -> str:
    """A fine in figures, in the reader's language: 5万元以上20万元以下; without one, that none is named."""
    said = amount_in_words(tier)
    return said[0 if words.language == "zh" else 1] if said else words("ex_no_figure")


def _fine(tier: Tier, words: Wording) -> Fine:
    return Fine(tuple(one.text for one in tier.conditions), amount(tier, words))


def _basis(
    record: Exemption,
    words: Wording,
    shown: Callable[[Passage], Quoted],
    held: Callable[[str], bool] | None,
) -> tuple[Basis, ...]:
    """The provisions passage by passage, with those of them that the corpus has."""
    found: dict[Passage, list[tuple[str, str]]] = {}
    roles: dict[Passage, str] = {}
    for one in record.legal_basis:
        links = found.setdefault(one.passage, [])
        roles.setdefault(one.passage, words(f"ex_role_{one.role}") if one.role else "")
        target = next((t for t in one.targets if held and held(t)), None)
        if target is not None:
            links.append((one.normal, clause_link(target)))
    return tuple(
        Basis(shown(passage), roles[passage], tuple(dict.fromkeys(links)))
        for passage, links in found.items()
    )


def _since(record: Exemption, words: Wording) -> str:
    parts = []
    if record.effective_from:
        parts.append(words("ex_from", day=record.effective_from.isoformat()))
    if record.valid_until:
        parts.append(words("ex_until", day=record.valid_until.isoformat()))
    if record.covers_undecided is not None:
        parts.append(words("ex_covers" if record.covers_undecided else "ex_covers_not"))
    return words("ex_comma").join(parts)
