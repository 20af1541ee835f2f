"""From the parts of an item, wherever they stood, to its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa_bot.clauses import Clause, cite
from qa_bot.exemptions.conditions import enumerated, split_violation
from qa_bot.exemptions.general import Frame
from qa_bot.exemptions.laws import citations_in, legal_basis
from qa_bot.exemptions.model import Exemption, Further, LegalBasis, OrdinaryPenalty, Passage
from qa_bot.exemptions.penalty import ordinary_penalty, penal_text
from qa_bot.exemptions.quoting import Quoted
from qa_bot.exemptions.scope import Scope, reliefs_in
from qa_bot.patterns import late
from qa_bot.references import Reference
from qa_bot.text import parse_number

__all__ = ["Builder", "Fields"]

_ROLES = {
    "basis": "",
    "basis_prohibition": "prohibition",
    "basis_penalty": "penalty",
    "penalty": "penalty",
    "relief_basis": "relief",
}
# 对符合下列条件的，不予处罚：, and no condition itself
_LEADS = late(r"(?:下列|以下|如下|同时)[^，。；]*(?:条件|情形|要求|情况)?")
_LETTERS = late(r"[\u4e00-\u9fffA-Za-z0-9]")


@dataclass
class Fields:
    """The parts of an item.

    Attributes:
        clause: that the record is of.
        texts: by meaning (violation, circumstances, conditions, basis, basis_prohibition, basis_penalty,
            penalty, relief_basis, relief, serial, violation_serial, category, authority), in order.
        further: headings and texts of everything else.
        relief: what the heading above the item grants.
        general: conditions that the heading above the item states for all below it.
    """

    clause: Clause
    texts: dict[str, list[Quoted]] = field(default_factory=dict)
    further: list[tuple[str, Quoted]] = field(default_factory=list)
    relief: tuple[str, ...] = ()
    general: tuple[Passage, ...] = ()

    def add(self, meaning: str, text: Quoted | None) -> None:
        """Note a part; one without text is none."""
        if text is not None and text.text.strip():
            self.texts.setdefault(meaning, []).append(text)

    def first(self, meaning: str) -> Quoted | None:
        """The first part of a meaning."""
        return next(iter(self.texts.get(meaning, ())), None)


class Builder:
    """Makes the records of one list."""

    def __init__(
        self, scope: Scope, frame: Frame, references: Mapping[str, Sequence[Reference]]
    ) -> None:
        """Take a list, what holds for all of it, and the references of the corpus by clause."""
        self.scope = scope
        self.frame = frame
        self._references = references
        self._used: dict[str, int] = {}

    def build(self, fields: Fields) -> Exemption | None:
        """The record of an item; `None` where it names no violation.

        Guarantees: every passage is a part of a text given, unchanged.
        """
        scope, frame = self.scope, self.frame
        violation, conditions = self._violation(fields)
        if violation is None:
            return None
        count = self._used[fields.clause.id] = self._used.get(fields.clause.id, 0) + 1
        circumstances = self._circumstances(fields, conditions)
        lead, own = self._conditions(fields)
        basis, penalty = self._law(fields)
        serial = _whole(fields.first("serial"))
        told = fields.first("relief")
        granted = (reliefs_in(told.text) if told else ()) or fields.relief or scope.reliefs
        authority = fields.first("authority")
        number = fields.clause.id if count == 1 else f"{fields.clause.id}#{count}"
        return Exemption(
            id=number,
            clause_id=fields.clause.id,
            citation=cite(fields.clause, scope.document, scope.issue),
            relief=granted[0] if len(granted) == 1 else None,
            authority=authority.text.strip() if authority else scope.document.issuer,
            document_title=scope.document.title,
            document_number=scope.document.number,
            list_title=scope.title,
            violation=violation,
            category=_whole(fields.first("category")),
            serial=serial,
            number=parse_number(serial.text.strip("（()）.．、")) if serial else None,
            violation_serial=_whole(fields.first("violation_serial")),
            circumstances=circumstances,
            conditions=(*conditions, *own),
            conditions_lead=lead,
            general_conditions=(
                *fields.general,
                *(
                    passage
                    for one in frame.conditions
                    if one.holds_for(fields.clause.id)
                    for passage in one.passages
                ),
            ),
            legal_basis=basis,
            ordinary_penalty=penalty,
            relief_text=_whole(told),
            effective_from=frame.effective,
            commencement=frame.commencement,
            valid_until=frame.until,
            covers_undecided=frame.covers,
            undecided=frame.undecided,
            further=tuple(
                Further(column, passage)
                for column, text in fields.further
                if (passage := _whole(text))
            ),
            source_file=scope.issue.file,
            source_sha256=scope.issue.sha256,
        )

    def _violation(self, fields: Fields) -> tuple[Passage | None, list[Passage]]:
        """The violation, and the condition in the same cell."""
        told = fields.first("violation")
        if told is None or not _LETTERS.search(told.text):
            return None, []
        cut = split_violation(told.text)
        condition = told.cut(cut) if cut < len(told.text) else None
        return told.cut(0, cut), [condition] if condition else []

    def _circumstances(self, fields: Fields, conditions: list[Passage]) -> tuple[Passage, ...]:
        """The circumstances; of a single one the condition in it goes to `conditions`."""
        found: list[Passage] = []
        for text in fields.texts.get("circumstances", ()):
            lead, points = enumerated(text.text)
            if len(points) == 1 and lead is None:
                start, end = points[0]
                cut = split_violation(text.text[start:end]) + start
                passages = [text.cut(start, cut)]
                if cut < end and (condition := text.cut(cut, end)):
                    conditions.append(condition)
            else:
                passages = [text.cut(start, end) for start, end in points]
            found.extend(passage for passage in passages if passage)
        return tuple(found)

    def _conditions(self, fields: Fields) -> tuple[Passage | None, list[Passage]]:
        lead: Passage | None = None
        found: list[Passage] = []
        for text in fields.texts.get("conditions_lead", ()):
            lead = lead or _whole(text)
        for text in fields.texts.get("conditions", ()):
            above, points = enumerated(text.text)
            lead = lead or (text.cut(*above) if above else None)
            for start, end in points:
                passage = text.cut(start, end)
                if passage is not None:
                    found.append(passage)
        return lead, found

    def _law(self, fields: Fields) -> tuple[tuple[LegalBasis, ...], OrdinaryPenalty | None]:
        """The provisions of all columns, and the penalty quoted in the one that is for it.

        Where a column is for the penalty it counts; else the column of what is punished by, then any basis.
        """
        basis: list[LegalBasis] = []
        penalty: OrdinaryPenalty | None = None
        for meaning in ("basis_prohibition", "basis", "basis_penalty", "penalty", "relief_basis"):
            for text in fields.texts.get(meaning, ()):
                citations = citations_in(text.text)
                references = self._references.get(text.clause_id, ())
                basis.extend(legal_basis(text, citations, _ROLES[meaning], references))
        items = {one.item for one in basis if one.item}
        for meaning in ("penalty", "basis_penalty", "basis"):
            for text in fields.texts.get(meaning, ()):
                found = penal_text(text.text, citations_in(text.text), whole=meaning == "penalty")
                if found and penalty is None:
                    start, end, item = found
                    item = item or (next(iter(items)) if len(items) == 1 else None)
                    penalty = ordinary_penalty(text, start, end, item)
        unique = {(one.law, one.law_number, one.normal): one for one in reversed(basis)}
        return tuple(
            one for one in basis if unique[one.law, one.law_number, one.normal] is one
        ), penalty


def _whole(text: Quoted | None) -> Passage | None:
    return text.cut() if text else None
