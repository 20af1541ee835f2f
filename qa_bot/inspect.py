"""What `qa-bot show` prints: the tree of an issue, a clause in its place, the account of characters."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from qa_bot.clauses import line_number
from qa_bot.errors import NotFoundError
from qa_bot.gazette import parse_issue
from qa_bot.gazette.identity import apply, held_in, settle
from qa_bot.index import ClauseRecord, DocumentRecord, Records
from qa_bot.ingest import read_corpus, read_known, read_source
from qa_bot.outline import Outline, about, account, outline
from qa_bot.settings import DataFolder
from qa_bot.versions import said_of

__all__ = ["clause_in_context", "coverage_account", "file_account", "file_outline", "tree"]

_WIDTH = 60
_AROUND = 2


def tree(records: Records, what: str | None = None) -> list[str] | None:
    """The lines of a tree: of everything, of an issue, or of a document; `None` for another id."""
    lines: list[str] = []
    if what is not None and what not in {issue.id for issue in records.issues}:
        what = records.standings.current_id(what)
    for issue in records.issues:
        documents = [d for d in records.documents if d.issue_id == issue.id]
        if what not in (None, issue.id):
            documents = [d for d in documents if d.id == what]
            if not documents:
                continue
        else:
            lines.append(f"{issue.label}（{issue.id}，{issue.file}）")
        for document in documents:
            said = said_of(records.standings.of(issue.id, document.id))
            lines.append(f"  {_about(document)}" + (f"（{said[0]} / {said[1]}）" if said else ""))
            for record in records.of(issue.id, document.id):
                depth = record.clause.id.removeprefix(document.id).count("/")
                lines.append(f"{'  ' * (depth + 1)}{_short(record)}")
    return lines or None


def _about(document: DocumentRecord) -> str:
    known = "，".join(about(document))
    return f"[{document.kind}] {document.title}" + (f"（{known}）" if known else "")


def _short(record: ClauseRecord) -> str:
    text = " ".join(record.clause.text.split())
    text = text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
    return f"{record.clause.id}  {text}"


def clause_in_context(records: Records, clause_id: str) -> list[str]:
    """One clause with its citation, its context and its neighbours.

    Raises:
        NotFoundError: there is no such clause; the message names ids that look alike.
    """
    record = records.clause_at(clause_id)
    if record is None:
        near = difflib.get_close_matches(clause_id, records.ids(), n=3, cutoff=0.5)
        hint = f"；是否要找 / did you mean: {'  '.join(near)}" if near else ""
        raise NotFoundError(
            f"没有编号为 {clause_id} 的期、文件或条文 / No issue, document or clause {clause_id}{hint}"
        )
    clause = record.clause
    around = [
        other
        for other in records.of(record.issue_id, clause.document_id)
        if abs(other.position - record.position) <= _AROUND
    ]
    said = said_of(records.standings.of(record.issue_id, clause.document_id))
    lines = [
        record.citation,
        *([" / ".join(said)] if said else []),
        *(["  ".join(clause.path)] if clause.path else []),
    ]
    lines.extend(f"[{context.role}] {context.text}" for context in clause.context)
    for other in around:
        lines.append("")
        if other.position == record.position:
            lines.extend(f"▶ {line}" for line in other.clause.text.split("\n"))
        else:
            lines.append(f"  {_short(other)}")
    issue = records.issue(record.issue_id)
    spans = "、".join(f"[{start}, {end})" for start, end in clause.spans)
    lines.extend(["", f"{issue.file} {spans}", f"sha256 {issue.sha256}"])
    return lines


def coverage_account(data: DataFolder) -> list[str]:
    """For every corpus file how many of its characters went where, and each that went nowhere."""
    lines: list[str] = []
    sources = read_corpus(data.corpus)
    issues = [parse_issue(source, known) for source, known in sources]
    standings = settle(one for issue in issues for one in held_in(issue))
    for issue, (source, known) in zip(issues, sources, strict=True):
        lines.extend(_account(outline(source, known, apply(issue, standings))))
    return lines


def file_outline(path: Path) -> Outline:
    """Parse any file in a format that is read, with what a TOML file beside it says.

    Raises:
        SourceError: the file cannot be read.
    """
    return outline(read_source(path), read_known(path.with_suffix(".toml")))


def file_account(path: Path) -> list[str]:
    """The account of characters of any file, as `coverage_account` gives it for the corpus.

    Raises:
        SourceError: the file cannot be read.
    """
    return list(_account(file_outline(path)))


def _account(read: Outline) -> Iterator[str]:
    yield account(read.source.file, read.coverage)
    text = read.source.text
    for start, end in read.coverage.missing:
        number = line_number(text, start)
        yield f"  第 {number} 行 / line {number}: {text[start:end]}"
    yield from (f"  注意 / Note: {warning}" for warning in read.warnings)
