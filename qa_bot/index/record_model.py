"""What the index knows of issues, documents and clauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qa_bot.clauses import Clause, book
from qa_bot.gazette import PageMark

__all__ = [
    "ClauseRecord",
    "DocumentRecord",
    "IssueRecord",
    "PartRecord",
    "above_and_itself",
    "covered_month",
]


def above_and_itself(identity: str) -> Iterator[str]:
    """An id and the ids of what it stands in, the longest first: a/b/c, a/b, a."""
    end = len(identity)
    while end > 0:
        yield identity[:end]
        end = identity.rfind("/", 0, end)


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """An issue, as `gazette.Issue` without its documents."""

    id: str
    name: str
    label: str
    year: int | None
    number: int | None
    total_number: int | None
    published_on: date | None
    publisher: str | None
    origin: str | None
    file: str
    sha256: str
    pages: tuple[PageMark, ...] = ()


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A part of a document: see `gazette.Part`."""

    id: str
    title: str
    other_titles: tuple[str, ...]
    effective_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document, as `gazette.Document` without its lines."""

    id: str
    issue_id: str
    kind: str
    title: str
    section: str
    number: str | None
    registration_number: str | None
    issuer: str | None
    addressees: str | None
    issued_on: date | None
    effective_from: date | None
    valid_until: date | None
    page: int | None
    month: date | None
    parts: tuple[PartRecord, ...]
    superseded_by: str | None = None
    version_on: date | None = None

    @property
    def citation(self) -> str:
        """How it is cited as a whole: 《…》（温政发〔2019〕5号）."""
        return book(self.title) + (f"（{self.number}）" if self.number else "")

    def part(self, part_id: str) -> PartRecord:
        """The part with that id."""
        return next(part for part in self.parts if part.id == part_id)


@dataclass(frozen=True, slots=True)
class ClauseRecord:
    """A clause as the index holds it.

    Attributes:
        position: its row in every part of the index.
        issue_id: the issue that it stands in.
        clause: itself.
        citation: how it is cited.
    """

    position: int
    issue_id: str
    clause: Clause
    citation: str


def covered_month(
    issues: Sequence[IssueRecord], documents: Sequence[DocumentRecord]
) -> date | None:
    """The first day of the month that the latest issue covers; `None` where no issue tells.

    That of its periodic records (4月份市政府记事). Without any, the month of its number, where it came
    out in that month or the next (第4期, published in May); else the month in which it came out.
    """
    dated = [one for one in issues if one.published_on or one.year]
    if not dated:
        return None
    latest = max(
        dated,
        key=lambda one: (
            one.published_on or date(one.year or date.min.year, 1, 1),
            one.number or 0,
        ),
    )
    months = Counter(one.month for one in documents if one.month and one.issue_id == latest.id)
    if months:
        return max(months, key=lambda month: (months[month], month))
    out = latest.published_on
    if out and latest.year and latest.number and 0 < latest.number <= 12:
        numbered = date(latest.year, latest.number, 1)
        if 0 <= (out.year - numbered.year) * 12 + out.month - numbered.month <= 1:
            return numbered
    return out.replace(day=1) if out else None
