"""A penalty exemption as a record: what may be exempt, on what condition, what would else be imposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from qa_bot.text import Span

__all__ = [
    "RELIEFS",
    "SCHEMA",
    "Exemption",
    "ExemptionList",
    "Found",
    "Further",
    "LegalBasis",
    "OrdinaryPenalty",
    "Passage",
    "Tier",
]

#: Name and version of the record; it stands in every record that is written out.
SCHEMA = "exemption-1"
#: What a list may grant: no penalty (不予处罚), a lighter one (从轻), one below the minimum (减轻).
RELIEFS = ("exempt", "lighter", "reduced")


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of the source.

    Attributes:
        text: verbatim, less the breaks that the layout made.
        spans: where it stands in the source; without white space its characters are those of `text`.
        clause_id: the clause that it stands in; of a merged cell that of the row that prints it.
    """

    text: str
    spans: tuple[Span, ...]
    clause_id: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {
            "text": self.text,
            "spans": [list(span) for span in self.spans],
            "clause_id": self.clause_id,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Passage:
        """What `to_json` gave."""
        return cls(row["text"], tuple((a, b) for a, b in row["spans"]), row["clause_id"])


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A provision that a list names.

    Attributes:
        passage: the citation as printed, 《企业财务通则》第（财政部令第41号）第七十三条; several provisions of one
            law share it.
        law: its title without marks; empty where only a number is printed.
        law_number: 财政部令第41号 in normal form, or `None`.
        article: 73 for 第七十三条, or `None` where the law as a whole is named.
        inserted: 2 for 第七十三条之二, else 0.
        paragraph: 款, or `None`.
        item: 项, or `None`.
        subitem: 目, or `None`.
        normal: 《企业财务通则》（财政部令第41号）第七十三条.
        role: what its column says that it is: prohibition (违反条款), penalty (处罚依据, 罚则), relief (不予处罚依据);
            empty where the list does not tell them apart.
        targets: ids of clauses or works of the corpus that are meant; empty where it has none of them.
    """

    passage: Passage
    law: str
    law_number: str | None
    article: int | None
    inserted: int
    paragraph: int | None
    item: int | None
    subitem: int | None
    normal: str
    role: str = ""
    targets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {
            "passage": self.passage.to_json(),
            "law": self.law,
            "law_number": self.law_number,
            "article": self.article,
            "inserted": self.inserted,
            "paragraph": self.paragraph,
            "item": self.item,
            "subitem": self.subitem,
            "normal": self.normal,
            "role": self.role,
            "targets": list(self.targets),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> LegalBasis:
        """What `to_json` gave."""
        passage = Passage.from_json(row["passage"])
        return cls(**{**row, "passage": passage, "targets": tuple(row["targets"])})


@dataclass(frozen=True, slots=True)
class Tier:
    """A fine, with the case that it is for.

    Attributes:
        passage: 逾期不改正的，处20万元以上100万元以下的罚款.
        conditions: when, and on whom, as far as that narrows the case: 逾期不改正的; 对个人; empty for the
            violation as it is.
        lower: at least so much, the figure itself included; `None` where no minimum is named.
        upper: at most so much, the figure itself included; `None` where no maximum is named.
        unit: yuan, multiple (一倍), percent (百分之五, of which 千分之五 is 0.5); `None` where the law names
            no figure (并处罚款).
        of: what a multiple or percentage is counted of: 货值金额; else `None`.
        per: what the amount is for, 每吨; else `None`.
    """

    passage: Passage
    conditions: tuple[Passage, ...] = ()
    lower: int | float | None = None
    upper: int | float | None = None
    unit: str | None = None
    of: str | None = None
    per: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {
            "passage": self.passage.to_json(),
            "conditions": [one.to_json() for one in self.conditions],
            "lower": self.lower,
            "upper": self.upper,
            "unit": self.unit,
            "of": self.of,
            "per": self.per,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Tier:
        """What `to_json` gave."""
        passage = Passage.from_json(row["passage"])
        return cls(**{**row, "passage": passage, "conditions": _passages(row["conditions"])})


@dataclass(frozen=True, slots=True)
class OrdinaryPenalty:
    """What the law provides where the exemption does not hold.

    Attributes:
        passage: the whole of it as the list quotes it, with measures that are no fine (责令改正, 停产整治).
        tiers: the fines in it that concern the record, in order; none where it names no fine (警告).
    """

    passage: Passage
    tiers: tuple[Tier, ...]

    @property
    def names_a_figure(self) -> bool:
        """Whether any fine is given in figures; 并处罚款 is a fine without one."""
        return any(tier.unit for tier in self.tiers)

    def to_json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {
            "passage": self.passage.to_json(),
            "names_a_figure": self.names_a_figure,
            "tiers": [tier.to_json() for tier in self.tiers],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> OrdinaryPenalty:
        """What `to_json` gave."""
        tiers = tuple(Tier.from_json(tier) for tier in row["tiers"])
        return cls(Passage.from_json(row["passage"]), tiers)


@dataclass(frozen=True, slots=True)
class Further:
    """A column of a list that has no field of its own.

    Attributes:
        column: its heading, 备注.
        passage: the cell.
    """

    column: str
    passage: Passage

    def to_json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {"column": self.column, "passage": self.passage.to_json()}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Further:
        """What `to_json` gave."""
        return cls(row["column"], Passage.from_json(row["passage"]))


@dataclass(frozen=True, slots=True)
class Exemption:
    """One circumstance of a list of penalty exemptions.

    Attributes:
        id: that of the clause which it is, 温环发〔2019〕17号/annex_1/row_1; where one clause holds several,
            those after the first end in #2, #3, ….
        clause_id: of that clause.
        citation: how it is cited.
        relief: one of `RELIEFS`; `None` where a list grants several and does not say which.
        authority: who issued the list, or who enforces the item where the list tells.
        document_title: of the notice.
        document_number: 温环发〔2019〕17号, or `None`.
        list_title: the list's own heading.
        category: the group within the list, 大气污染防治.
        serial: as printed, `None` in a list without numbers.
        number: its value.
        violation_serial: the number of the violation, where a list numbers violations and their
            circumstances apart.
        violation: what was done, less the condition that stands in the same cell.
        circumstances: cases of the violation that the list names, in order.
        conditions: of this item; empty where only the list's own hold.
        conditions_lead: what leads several conditions in: 同时符合下列条件的.
        general_conditions: of the whole list, whole sentences of the notice or of a note.
        legal_basis: every provision named, in order.
        ordinary_penalty: `None` where the list quotes none.
        relief_text: what the list says is done, where it has a column for it: 不予行政处罚; else `None`.
        effective_from: from when the list holds.
        commencement: the words that say so.
        valid_until: its last day, or `None`.
        covers_undecided: whether cases not yet decided are covered; `None` where the list does not say.
        undecided: the words that say so.
        further: other columns, in order.
        source_file: name of the file that the spans count in.
        source_sha256: of that file.
    """

    id: str
    clause_id: str
    citation: str
    relief: str | None
    authority: str | None
    document_title: str
    document_number: str | None
    list_title: str
    violation: Passage
    category: Passage | None = None
    serial: Passage | None = None
    number: int | None = None
    violation_serial: Passage | None = None
    circumstances: tuple[Passage, ...] = ()
    conditions: tuple[Passage, ...] = ()
    conditions_lead: Passage | None = None
    general_conditions: tuple[Passage, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    ordinary_penalty: OrdinaryPenalty | None = None
    relief_text: Passage | None = None
    effective_from: date | None = None
    commencement: Passage | None = None
    valid_until: date | None = None
    covers_undecided: bool | None = None
    undecided: Passage | None = None
    further: tuple[Further, ...] = ()
    source_file: str = ""
    source_sha256: str = ""

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every part of the record that is a quotation, in the order of the fields."""
        single = (self.violation, self.category, self.serial, self.violation_serial)
        penalty = self.ordinary_penalty
        tiers = penalty.tiers if penalty else ()
        return (
            *(one for one in single if one),
            *self.circumstances,
            *((self.conditions_lead,) if self.conditions_lead else ()),
            *self.conditions,
            *self.general_conditions,
            *(basis.passage for basis in self.legal_basis),
            *((penalty.passage,) if penalty else ()),
            *(one for tier in tiers for one in (tier.passage, *tier.conditions)),
            *(one for one in (self.relief_text, self.commencement, self.undecided) if one),
            *(one.passage for one in self.further),
        )

    def to_json(self) -> dict[str, Any]:
        """The record as it is published: exemptions/schema/exemption-1.json."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "clause_id": self.clause_id,
            "citation": self.citation,
            "relief": self.relief,
            "authority": self.authority,
            "document": {"title": self.document_title, "number": self.document_number},
            "list_title": self.list_title,
            "category": _one(self.category),
            "serial": _one(self.serial),
            "number": self.number,
            "violation_serial": _one(self.violation_serial),
            "violation": self.violation.to_json(),
            "circumstances": [one.to_json() for one in self.circumstances],
            "conditions": [one.to_json() for one in self.conditions],
            "conditions_lead": _one(self.conditions_lead),
            "general_conditions": [one.to_json() for one in self.general_conditions],
            "legal_basis": [one.to_json() for one in self.legal_basis],
            "ordinary_penalty": self.ordinary_penalty.to_json() if self.ordinary_penalty else None,
            "relief_text": _one(self.relief_text),
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "commencement": _one(self.commencement),
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "covers_undecided": self.covers_undecided,
            "undecided": _one(self.undecided),
            "further": [one.to_json() for one in self.further],
            "source": {"file": self.source_file, "sha256": self.source_sha256},
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Exemption:
        """What `to_json` gave."""
        penalty = row["ordinary_penalty"]
        return cls(
            id=row["id"],
            clause_id=row["clause_id"],
            citation=row["citation"],
            relief=row["relief"],
            authority=row["authority"],
            document_title=row["document"]["title"],
            document_number=row["document"]["number"],
            list_title=row["list_title"],
            category=_passage(row["category"]),
            serial=_passage(row["serial"]),
            number=row["number"],
            violation_serial=_passage(row["violation_serial"]),
            violation=Passage.from_json(row["violation"]),
            circumstances=_passages(row["circumstances"]),
            conditions=_passages(row["conditions"]),
            conditions_lead=_passage(row["conditions_lead"]),
            general_conditions=_passages(row["general_conditions"]),
            legal_basis=tuple(LegalBasis.from_json(one) for one in row["legal_basis"]),
            ordinary_penalty=OrdinaryPenalty.from_json(penalty) if penalty else None,
            relief_text=_passage(row["relief_text"]),
            effective_from=_day(row["effective_from"]),
            commencement=_passage(row["commencement"]),
            valid_until=_day(row["valid_until"]),
            covers_undecided=row["covers_undecided"],
            undecided=_passage(row["undecided"]),
            further=tuple(Further.from_json(one) for one in row["further"]),
            source_file=row["source"]["file"],
            source_sha256=row["source"]["sha256"],
        )


@dataclass(frozen=True, slots=True)
class ExemptionList:
    """A list of exemptions that a corpus names or prints.

    Attributes:
        key: what the ids of its clauses begin with, document and part.
        title: its heading.
        authority: who issued it.
        document_number: of the notice.
        records: how many it gave.
        columns: headings of its table; empty for a list in paragraphs.
        has_basis: whether it gives a legal basis for its items.
        has_penalty: whether it quotes penalties.
        numbered: whether its items are numbered.
    """

    key: str
    title: str
    authority: str | None
    document_number: str | None
    records: int
    columns: tuple[str, ...] = ()
    has_basis: bool = False
    has_penalty: bool = False
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What `exemptions_in` made of an issue.

    Attributes:
        records: in the order of the source.
        lists: every list that is printed or named, with what it gave.
        warnings: what was left a table, and why.
    """

    records: tuple[Exemption, ...] = ()
    lists: tuple[ExemptionList, ...] = ()
    warnings: tuple[str, ...] = ()


def _one(passage: Passage | None) -> dict[str, Any] | None:
    return passage.to_json() if passage else None


def _passage(row: Mapping[str, Any] | None) -> Passage | None:
    return Passage.from_json(row) if row else None


def _passages(rows: Iterable[Mapping[str, Any]]) -> tuple[Passage, ...]:
    return tuple(Passage.from_json(row) for row in rows)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
