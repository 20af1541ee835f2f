"""Reading and parsing a file for review: what it is, without keeping what it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from qa_bot.adding.model import Failed, Recognised, RecognisedDocument, printable
from qa_bot.clauses import coverage, parse_clauses
from qa_bot.errors import QaBotError
from qa_bot.gazette import parse_issue
from qa_bot.gazette.held import held_in
from qa_bot.ingest import Known, read_source

__all__ = ["Job", "recognise"]

_FURNITURE = ("page_number", "running_head", "aside", "furniture")


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be recognised.

    Attributes:
        path: of the file.
        stem: the issue's id, which the file will get.
        known: of the issue beside the text.
    """

    path: Path
    stem: str
    known: Known


def recognise(job: Job) -> Recognised | Failed:
    """Read and parse a file.

    Guarantees: raises nothing but what ends a program; a file that cannot be read or understood is
    `Failed` with the reason in one line.
    """
    try:
        return _recognise(job)
    except QaBotError as error:
        return Failed(job.path, printable(str(error)))
    except Exception as error:
        # One bad file must not end a run over many; a fault in a parser is told, not hidden.
        what = printable(f"{type(error).__name__}: {error}")
        return Failed(
            job.path,
            f"解析时出错（{what}），请报告 / parsing failed ({what}): please report it",
        )


def _recognise(job: Job) -> Recognised:
    source = read_source(job.path)
    source = replace(source, file=f"{job.stem}{job.path.suffix}")
    issue = parse_issue(source, job.known)
    parsed = parse_clauses(issue, source)
    account = coverage(source.text, parsed)
    clauses = Counter(clause.document_id for clause in parsed.clauses)
    tables = {
        (clause.document_id, clause.part_id, tuple(cell.column for cell in clause.cells))
        for clause in parsed.clauses
        if clause.cells
    }
    roles = Counter(named.role for named in parsed.named if named.role in _FURNITURE)
    return Recognised(
        path=job.path,
        size=job.path.stat().st_size,
        sha256=source.sha256,
        format=job.path.suffix.lower().lstrip("."),
        known=job.known,
        label=issue.label,
        name=issue.name,
        year=issue.year,
        number=issue.number,
        total_number=issue.total_number,
        published_on=issue.published_on,
        publisher=issue.publisher,
        documents=tuple(
            RecognisedDocument(
                one.id, one.kind, one.title, one.number, one.registration_number, one.issuer,
                one.issued_on, one.effective_from, one.valid_until, one.page, clauses[one.id],
            )
            for one in issue.documents
        ),
        clauses=len(parsed.clauses),
        tables=len(tables),
        pages=len(source.pages) or None,
        characters=account.total,
        missing=account.total - account.clauses - account.named,
        furniture=dict(roles),
        warnings=parsed.warnings,
        whole=next((one.whole for one in held_in(issue)), ""),
    )  # fmt: skip
