"""What is known of files that are to be added, before anything is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qa_bot.ingest import Known

__all__ = ["Failed", "LeftOut", "Recognised", "RecognisedDocument", "printable"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in a folder that is not added.

    Attributes:
        path: where it stands.
        reason: hidden, lock_file, link_outside, dead_link, special or suffix.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that cannot be added.

    Attributes:
        path: where it stands.
        reason: in one line, Chinese and English.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class RecognisedDocument:
    """What a document says of itself: see `gazette.Document`.

    Attributes:
        clauses: how many there are.
    """

    id: str
    kind: str
    title: str
    number: str | None
    registration_number: str | None
    issuer: str | None
    issued_on: date | None
    effective_from: date | None
    valid_until: date | None
    page: int | None
    clauses: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised in a file.

    Attributes:
        path: of the file.
        size: in bytes.
        sha256: of its bytes.
        format: its suffix without the dot, in lower case.
        known: of the issue beside the text, as it was counted in.
        label: how the issue is cited.
        name: of the gazette; empty if nothing tells.
        year: of the issue.
        number: of the issue within the year.
        total_number: of the issue since the first.
        published_on: the day it came out.
        publisher: the office that publishes it.
        documents: in the order of the text.
        clauses: how many there are.
        tables: how many there are.
        pages: how many there are; `None` for a format without pages.
        characters: of the text, without white space.
        missing: of these in no clause and nothing named.
        furniture: how many pieces are no text, by role: page_number, running_head, aside, furniture.
        warnings: of reader and parser.
        whole: digest of all that it says, white space and variants of marks aside (`gazette.Held.whole`).
    """

    path: Path
    size: int
    sha256: str
    format: str
    known: Known
    label: str
    name: str
    year: int | None
    number: int | None
    total_number: int | None
    published_on: date | None
    publisher: str | None
    documents: tuple[RecognisedDocument, ...]
    clauses: int
    tables: int
    pages: int | None
    characters: int
    missing: int
    furniture: Mapping[str, int]
    warnings: tuple[str, ...]
    whole: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything, for a program; dates as YYYY-MM-DD once dumped."""
        row = asdict(self)
        row["file"] = printable(str(row.pop("path")))
        row["known"] = {name: value for name, value in row["known"].items() if value is not None}
        row["coverage"] = (
            1.0 if not self.characters else (self.characters - self.missing) / self.characters
        )
        return row


def printable(text: str) -> str:
    """A file's name or a message on one line, without what a terminal would obey."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
