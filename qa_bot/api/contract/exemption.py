"""Penalty exemptions, as qa_bot/exemptions/schema/exemption-1.json has them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from qa_bot.api.contract.parts import Span, TitleAndNumber

__all__ = ["Exemption", "ExemptionList"]


class Passage(BaseModel):
    """A quotation in an exemption."""

    text: Annotated[str, Field(min_length=1)]
    spans: Annotated[list[Span], Field(min_length=1)]
    clause_id: str


class LegalBasis(BaseModel):
    """A provision that a list names."""

    passage: Passage
    law: str
    law_number: str | None
    article: int | None
    inserted: int
    paragraph: int | None
    item: int | None
    subitem: int | None
    normal: str
    role: Literal["", "prohibition", "penalty", "relief"]
    targets: list[str]


class Tier(BaseModel):
    """A fine, with the case that it is for."""

    passage: Passage
    conditions: list[Passage]
    lower: int | float | None
    upper: int | float | None
    unit: Literal["yuan", "multiple", "percent"] | None
    of: str | None
    per: str | None


class OrdinaryPenalty(BaseModel):
    """What the law provides where the exemption does not hold."""

    passage: Passage
    names_a_figure: bool
    tiers: list[Tier]


class Further(BaseModel):
    """A column of a list that has no field of its own."""

    column: str
    passage: Passage


class FileOfSource(BaseModel):
    """Which file a record was read from."""

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Exemption(BaseModel):
    """A penalty exemption, as qa_bot/exemptions/schema/exemption-1.json has it."""

    schema_: Annotated[Literal["exemption-1"], Field(alias="schema")]
    id: str
    clause_id: str
    citation: str
    relief: Literal["exempt", "lighter", "reduced"] | None
    authority: str | None
    document: TitleAndNumber
    list_title: str
    category: Passage | None
    serial: Passage | None
    number: int | None
    violation_serial: Passage | None
    violation: Passage
    circumstances: list[Passage]
    conditions: list[Passage]
    conditions_lead: Passage | None
    general_conditions: list[Passage]
    legal_basis: list[LegalBasis]
    ordinary_penalty: OrdinaryPenalty | None
    relief_text: Passage | None
    effective_from: date | None
    commencement: Passage | None
    valid_until: date | None
    covers_undecided: bool | None
    undecided: Passage | None
    further: list[Further]
    source: FileOfSource


class ExemptionList(BaseModel):
    """Exemptions: with a query in its order, otherwise in the lists'."""

    total: int
    exemptions: list[Exemption]
    note: str | None
