"""What holds of a text's quotes and citations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from qa_bot.api.contract.parts import Span, TitleAndNumber, Version

__all__ = ["Verification"]

Verdict = Literal["verified", "exists", "ambiguous", "misattributed", "altered", "not_found"]


class DocumentOfPlace(TitleAndNumber):
    """The document that something stands in."""

    id: str
    version: Version | None


class IssueOfPlace(BaseModel):
    """The issue that something stands in."""

    id: str
    name: str
    year: int | None
    number: int | None


class Place(BaseModel):
    """Where something stands; `clause_id` is null for a heading that belongs to no clause."""

    clause_id: str | None
    citation: str
    document: DocumentOfPlace
    issue: IssueOfPlace
    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    spans: list[Span]


class Difference(BaseModel):
    """Where a quote departs from its source; `quote_span` counts in the text that was given."""

    op: Literal["replace", "insert", "delete", "boundary"]
    quote: str
    source: str
    quote_span: Span
    source_spans: list[Span]


class ChangedValue(BaseModel):
    """A value or a word that decides, and is another in the quote."""

    kind: str
    quote: str
    source: str


class Compared(BaseModel):
    """What a quote was held against, as it is printed."""

    similarity: Annotated[float, Field(ge=0, le=1)]
    text: str
    at: list[Place]


class Cited(BaseModel):
    """A citation, and what it names in the corpus."""

    text: str
    span: Span
    status: Literal["exists", "ambiguous", "not_found"]
    held: bool
    ids: list[str]
    at: list[Place]
    message: str


class LeftOut(BaseModel):
    """What stands in the sentence of a quote before it, and behind it; empty where the quote is whole."""

    before: str
    after: str


class Check(BaseModel):
    """A quote, a citation, or both together, and what holds of it; spans count in the text given."""

    kind: Literal["quote", "citation", "quote_with_citation"]
    verdict: Verdict
    text: str
    spans: list[Span]
    message: str
    normalised: bool
    ignored: list[str]
    short: bool
    elided: bool
    left_out: LeftOut
    at: list[Place]
    places: int
    cited: Cited | None
    compared: Compared | None
    differences: list[Difference]
    changed_values: list[ChangedValue]
    near: list[Compared]


class Verification(BaseModel):
    """Each quote or citation of a text, compared with the corpus; `summary` counts the verdicts.

    Of a text with too many, the first; `unchecked` is how many more there are, and `message` says so.
    """

    text: str
    checks: list[Check]
    summary: dict[Verdict, int]
    unchecked: int
    message: str
    elapsed_ms: float
