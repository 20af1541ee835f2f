"""What several objects of the contract have."""

from __future__ import annotations

from datetime import date
from datetime import date as date_
from typing import Annotated, Literal

from pydantic import BaseModel, Field

__all__ = [
    "Identity",
    "IssueOfAnswer",
    "OtherPlace",
    "Pages",
    "Relation",
    "Span",
    "Status",
    "TitleAndNumber",
    "Version",
    "Versioned",
]

Status = Literal["no_change_known", "amended", "expired", "repealed", "unknown"]
Span = Annotated[
    list[int],
    Field(min_length=2, max_length=2, description="Start and end in characters, end exclusive."),
]
Pages = Annotated[
    list[int],
    Field(min_length=2, max_length=2, description="First and last page in the file, from 1."),
]
Identity = Field(
    description="编号 / id, readable and stable.", examples=["温政发〔2019〕5号/part_3"]
)


class TitleAndNumber(BaseModel):
    """Title and number of a document."""

    title: str
    number: str | None


class IssueOfAnswer(BaseModel):
    """The issue; `page` is that on which the quote begins, as printed, where the source has pages.

    Where it has none, `page` is that on which the document starts, from the contents.
    """

    name: str
    year: int | None
    number: int | None
    page: int | None


class Version(BaseModel):
    """A wording of a document: `date` is the day from which it counts, null where nothing tells it."""

    id: Annotated[str, Identity]
    date: date_ | None
    latest: bool
    issue_id: str


class OtherPlace(BaseModel):
    """Another issue that the same text stands in; not `whole` where it is an excerpt."""

    issue_id: str
    issue: str
    page: int | None
    whole: bool


class Versioned(BaseModel):
    """Which version of its work a document is.

    `version` is null, and `versions` empty, where only one is held; `places` is empty where the text stands in one
    issue. `undated` says that nothing tells from which day the document is.
    """

    version: Version | None
    versions: list[Version]
    places: list[OtherPlace]
    undated: bool


class Relation(BaseModel):
    """How a clause and another text bear on each other."""

    type: Literal[
        "amends", "repeals", "prevails_over", "commences", "based_on", "issues", "amended_by",
        "repealed_by", "yields_to", "commenced_by", "basis_of", "issued_by",
    ]  # fmt: skip
    citation: str
    clause_ids: list[str]
    day: date | None
    action: str | None
    in_text: bool | None
