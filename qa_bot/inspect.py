"""What `qa-bot show` prints: the tree of an issue, a clause in its place, the account of characters."""

from __future__ import annotations

import difflib

from qa_bot.clauses import coverage, parse_clauses
from qa_bot.errors import NotFoundError
from qa_bot.gazette import parse_issue
from qa_bot.index import ClauseRecord, DocumentRecord, Records
from qa_bot.ingest import read_corpus
from qa_bot.settings import DataFolder

__all__ = ["clause_in_context", "coverage_account", "tree"]

_WIDTH = 60
_AROUND = 2


def tree(records: Records, what: str | None = None) -> list[str] | None:
    """The lines of a tree: of everything, of an issue, or of a document; `None` for another id."""
    lines: list[str] = []
    for issue in records.issues:
        documents = [d for d in records.documents if d.issue_id == issue.id]
        if what not in (None, issue.id):
            documents = [d for d in documents if d.id == what]
            if not documents:
                continue
        else:
            lines.append(f"{issue.label}（{issue.id}，{issue.file}）")
        for document in documents:
            lines.append(f"  {_about(document)}")
            for record in records.of(issue.id, document.id):
                depth = record.clause.id.removeprefix(document.id).count("/")
                lines.append(f"{'  ' * (depth + 1)}{_short(record)}")
    return lines or None


def _about(document: DocumentRecord) -> str:
    facts = [
        document.number,
        f"第{document.page}页" if document.page else None,
        f"成文 {document.issued_on}" if document.issued_on else None,
        f"施行 {document.effective_from}" if document.effective_from else None,
    ]
    known = "，".join(filter(None, facts))
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
    record = records.by_id(clause_id)
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
    lines = [record.citation, *(["  ".join(clause.path)] if clause.path else [])]
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
    for source, known in read_corpus(data.corpus):
        issue = parse_issue(source, known)
        account = coverage(source.text, parse_clauses(issue, source))
        covered = account.clauses + account.named
        share = 100 * covered / account.total if account.total else 100.0
        lines.append(
            f"{source.file}：{account.total} 字 / characters，条文 / clauses {account.clauses}，"
            f"标题等 / titles and the like {account.named}，"
            f"未归入 / missing {account.total - covered}：{share:.2f}%"
        )
        for start, end in account.missing:
            number = source.text.count("\n", 0, start) + 1
            lines.append(f"  第 {number} 行 / line {number}: {source.text[start:end]}")
        lines.extend(f"  注意 / Note: {warning}" for warning in issue.warnings)
    return lines
