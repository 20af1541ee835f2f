"""The items of a list that is written in paragraphs: 一、…的，可以不予处罚, with what stands below each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_bot.exemptions.building import Fields
from qa_bot.exemptions.columns import meaning_of
from qa_bot.exemptions.conditions import general_conditions, reads_as_condition, split_violation
from qa_bot.exemptions.pieces import LEVELS, Piece, below
from qa_bot.exemptions.quoting import Quoted
from qa_bot.exemptions.scope import Scope, reliefs_in
from qa_bot.exemptions.sentence import GRANTED, read_item, without_citation
from qa_bot.patterns import late

__all__ = ["points_of"]

_LABEL = late(r"^\s*(?P<label>[\u4e00-\u9fff、]{2,14})\s*[:：]\s*")
_NOTE = late(r"^\s*(?:注|备注|说明)\s*[:：]")
_OF_THE_LIST = late("(?:本|列入|符合|属于|对列入|上述|下列|以上|对符合|有下列|适用)")
_ENOUGH = 0.6


def points_of(scope: Scope) -> tuple[list[Fields], set[int]]:
    """The parts of each item, in order, and `id()` of the pieces that they and their headings are.

    Items are those of the highest level of which most numbers under one heading name a violation; what is
    numbered above them are categories, or says what is granted to the items below it. Without a level of
    that kind there are none.
    """
    every = list(below(scope.pieces))
    found: list[Fields] = []
    used: set[int] = set()
    for level in range(len(LEVELS)):
        groups: dict[int, list[tuple[Piece, tuple[Piece, ...]]]] = {}
        for piece, above in every:
            if piece.level == level:
                groups.setdefault(id(above[-1]) if above else 0, []).append((piece, above))
        chosen = [one for group in groups.values() for one in _items(group, level)]
        if not chosen or (not scope.sure and len(chosen) < 2):
            continue
        for piece, above in chosen:
            fields = _fields(piece, above)
            if fields is not None:
                found.append(fields)
                used |= {id(piece), *(id(one) for one in above)}
        break
    return found, used


def _items(
    group: Sequence[tuple[Piece, tuple[Piece, ...]]], level: int
) -> list[tuple[Piece, tuple[Piece, ...]]]:
    """The items among the pieces under one heading; none where most are something else."""
    unnumbered = level == len(LEVELS) - 1
    items = [one for one in group if _is_item(one[0], unnumbered)]
    return items if unnumbered or len(items) >= _ENOUGH * len(group) else []


def _is_item(piece: Piece, unnumbered: bool) -> bool:
    """Whether a piece names a violation: it grants, ends in 的, or has labelled lines below it."""
    body = piece.body
    if body is None or _NOTE.match(body.text):
        return False
    if _OF_THE_LIST.match(body.text) and any(general_conditions(piece.text.text)):
        return False
    text = body.text
    labels = [label for child in piece.below if (label := _labelled(child))]
    if labels.count("violation") > 1 or set(labels) == {"violation"}:
        return False  # each child is an item
    if set(labels) & {"basis", "conditions", "violation", "penalty"}:
        return True
    if _labelled(piece) == "violation":
        return True
    granted = GRANTED.search(text)
    first = re.split("[，,。；;]", text)[0]
    if granted:
        named = text[: granted.start()].strip()
        return (
            bool(named)
            and not _OF_THE_LIST.match(text)
            and split_violation(named) > 1
            and not (reads_as_condition(first) and "，" not in named)
        )
    if unnumbered:
        return False
    return (
        without_citation(text).endswith("的")
        and not reads_as_condition(first)
        and not (_OF_THE_LIST.match(text))
    )


def _labelled(piece: Piece) -> str:
    body = piece.body
    match = _LABEL.match(body.text) if body else None
    meaning = meaning_of(match["label"]) if match else ""
    return "basis" if meaning.startswith("basis") else meaning


def _fields(piece: Piece, above: Sequence[Piece]) -> Fields | None:
    clause, body = piece.first_clause(), piece.body
    if clause is None or body is None:
        return None
    fields = Fields(clause)
    if piece.length:
        fields.add("serial", piece.text.part(0, piece.length))
    for heading in above:
        granted = GRANTED.search(heading.text.text)
        fields.relief = reliefs_in(heading.text.text) or fields.relief
        if granted and (lead := heading.body) and reads_as_condition(lead.text):
            # 一、下列违法行为，初次违法且当场改正的，不予行政处罚：
            fields.general = (*fields.general, *filter(None, (lead.cut(),)))
    if above and (name := above[-1].body) and not reliefs_in(name.text) and above[-1].length:
        fields.add("category", name)
    leads = _own(fields, body)
    for child in piece.below:
        _below(fields, child, leads)
    return fields


def _own(fields: Fields, body: Quoted) -> bool:
    """Read the words of an item; whether they lead in conditions that follow."""
    match = _LABEL.match(body.text)
    meaning = meaning_of(match["label"]) if match else ""
    if match and meaning:
        fields.add(meaning, body.part(match.end()))
        return meaning == "conditions"
    return read_item(fields, body)


def _below(fields: Fields, piece: Piece, leads: bool, meaning: str = "") -> None:
    """Read a line below an item: what its label says that it is, or else how it reads."""
    body = piece.body
    if body is None or _NOTE.match(body.text):
        return
    match = _LABEL.match(body.text)
    told = meaning_of(match["label"]) if match else ""
    if match and (told or not meaning):
        value = body.part(match.end())
        if told and told != "remark":
            fields.add(told, value)
            meaning = told
        elif value is not None:
            fields.further.append((match["label"], value))
    elif meaning:
        fields.add(meaning, body)
    elif leads:
        fields.add("conditions", body)
    else:
        read_item(fields, body, below=True)
    for child in piece.below:
        _below(fields, child, leads, meaning)
