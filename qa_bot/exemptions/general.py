"""What a notice, and the list's own text, say of the list as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qa_bot.exemptions.conditions import general_conditions, undecided
from qa_bot.exemptions.model import Passage
from qa_bot.exemptions.pieces import Piece, below
from qa_bot.exemptions.scope import Scope, reliefs_in
from qa_bot.gazette.dates import effective_from
from qa_bot.references import Reference
from qa_bot.text import sentences

__all__ = ["Condition", "Frame", "frame_of"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a list, or of some of its items.

    Attributes:
        passages: the sentence, and the points that it leads in.
        targets: ids of the parts or articles that it names; empty where it speaks of all.
    """

    passages: tuple[Passage, ...]
    targets: tuple[str, ...]

    def holds_for(self, clause_id: str) -> bool:
        """Whether it concerns an item."""
        return not self.targets or any(
            clause_id == target or clause_id.startswith(f"{target}/") for target in self.targets
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds for all items of a list.

    Attributes:
        conditions: in order.
        effective: from when it holds.
        commencement: the words that say so.
        until: its last day.
        covers: whether cases not yet decided are covered; `None` where nothing says so.
        undecided: the words that say so.
    """

    conditions: tuple[Condition, ...]
    effective: date | None
    commencement: Passage | None
    until: date | None
    covers: bool | None
    undecided: Passage | None


def frame_of(
    scope: Scope, items: Collection[int], references: Mapping[str, Sequence[Reference]]
) -> Frame:
    """Read the notice and what of the list is no item.

    A condition that grants something else than the list does (从轻 in a notice with a list of 不予处罚) is left out,
    and one that names an annex or an article holds for that alone.

    Args:
        scope: the list.
        items: `id()` of the pieces that are items, or that items stand below.
        references: of the corpus, by clause.
    """
    pieces = [
        piece
        for piece, above in below((*scope.body, *scope.pieces))
        if id(piece) not in items and not any(id(one) in items and one.clause for one in above)
    ]
    since = scope.part.effective_from or scope.document.effective_from
    conditions: list[Condition] = []
    covers, words = None, None
    for piece in pieces:
        text = piece.text
        for start, end in general_conditions(text.text):
            passage = text.cut(start, end, strip=text.text[end - 1] in "，,")
            granted = reliefs_in(text.text[start:end])
            if passage is None or (
                granted and scope.reliefs and not set(granted) & set(scope.reliefs)
            ):
                continue
            passages = [passage]
            if text.text[:end].rstrip()[-1] in ":：" and end >= len(text.text.rstrip()):
                passages += [
                    one for child, _ in below(piece.below) if (one := child.text.cut(strip=False))
                ]
            conditions.append(Condition(tuple(passages), _targets(passage, references, scope)))
        if covers is None and (found := undecided(text.text)):
            (start, end), covers = found
            words = text.cut(start, end, strip=False)
    return Frame(
        tuple(conditions),
        since,
        _commencement(pieces, scope, since),
        scope.part.valid_until or scope.document.valid_until,
        covers,
        words,
    )


def _targets(
    passage: Passage, references: Mapping[str, Sequence[Reference]], scope: Scope
) -> tuple[str, ...]:
    """What of its own document a sentence names: 对附件1所列违法行为, 适用前条规定的."""
    low, high = passage.spans[0][0], passage.spans[-1][1]
    return tuple(
        re.sub(r"/para_1$", "", target)
        for one in references.get(passage.clause_id, ())
        if one.status == "internal" and low <= one.spans[0][0] < high
        for target in one.targets
        if target.startswith(f"{scope.document.id}/")
    )


def _commencement(pieces: Sequence[Piece], scope: Scope, since: date | None) -> Passage | None:
    if since is None:
        return None
    for piece in pieces:
        words = piece.text.text[piece.length :]
        for start, end in sentences(words):
            if effective_from([words[start:end]], scope.document.issued_on) == since:
                return piece.text.cut(piece.length + start, piece.length + end, strip=False)
    return None
