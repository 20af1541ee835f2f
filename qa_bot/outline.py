"""One file as it was understood: its documents, its clauses, what they point at, what is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa_bot.clauses import Clause, Coverage, Parsed, cite, coverage, parse_clauses
from qa_bot.exemptions import Found, exemptions_in
from qa_bot.gazette import Document, Issue, parse_issue
from qa_bot.ingest import Known, Source
from qa_bot.references import Links, Reference, Relation, link

__all__ = ["Outline", "about", "account", "outline"]

_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Outline:
    """A file, parsed.

    Attributes:
        source: its text.
        issue: its documents with what each says of itself.
        parsed: clauses and everything that is none.
        links: references and relations, as far as this file alone resolves them.
        coverage: the account of its characters.
        exemptions: the penalty exemptions that it lists.
    """

    source: Source
    issue: Issue
    parsed: Parsed
    links: Links
    coverage: Coverage
    exemptions: Found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should look at."""
        return (
            *self.parsed.warnings,
            *self.links.warnings,
            *self.exemptions.warnings,
        )

    def lines(self, *, full: bool = False) -> Iterator[str]:
        """The tree for a reader, document by document.

        Args:
            full: whether to give every text whole, with context, cells and references; else the
                beginnings of the clauses.
        """
        yield f"{self.issue.label}（{self.issue.id}，{self.source.file}）"
        clauses: dict[str, list[Clause]] = {}
        for clause in self.parsed.clauses:
            clauses.setdefault(clause.document_id, []).append(clause)
        references: dict[str, list[Reference]] = {}
        for reference in self.links.references:
            references.setdefault(reference.clause_id, []).append(reference)
        relations: dict[str, list[Relation]] = {}
        for relation in self.links.relations:
            relations.setdefault(relation.clause_id, []).append(relation)
        for document in self.issue.documents:
            yield ""
            yield from _document(document, clauses.get(document.id, []), relations)
            yield from (f"  ⇒ {_relation(one)}" for one in relations.get(document.id, ()))
            for clause in clauses.get(document.id, ()):
                yield from _clause(clause, full)
                if full:
                    for reference in references.get(clause.id, ()):
                        yield f"      → {_reference(reference)}"
                    for one in relations.get(clause.id, ()):
                        yield f"      ⇒ {_relation(one)}"
        if full:
            yield ""
            yield "# 不是条文的文字 / Text that is no clause"
            for named in sorted(self.parsed.named, key=lambda piece: piece.spans[0]):
                yield f"  [{named.role}] {_flat(named.text)}"
        yield ""
        yield account(self.source.file, self.coverage)
        if self.warnings:
            yield f"注意 / Warnings: {len(self.warnings)}"
            yield from (f"  {warning}" for warning in self.warnings)

    def to_json(self) -> dict[str, Any]:
        """Everything, for a program; dates as YYYY-MM-DD."""
        issue = {
            name: value
            for name, value in asdict(self.issue).items()
            if name not in ("documents", "named", "warnings")
        }
        documents = []
        clauses: dict[str, list[Clause]] = {}
        for clause in self.parsed.clauses:
            clauses.setdefault(clause.document_id, []).append(clause)
        for document in self.issue.documents:
            facts = asdict(document)
            for part in facts["parts"]:
                del part["lines"]
            facts["clauses"] = [
                asdict(clause) | {"citation": cite(clause, document, self.issue)}
                for clause in clauses.get(document.id, ())
            ]
            documents.append(facts)
        return {
            "issue": issue,
            "documents": documents,
            "named": [asdict(named) for named in self.parsed.named],
            "references": [asdict(one) for one in self.links.references],
            "relations": [asdict(one) for one in self.links.relations],
            "exemptions": [one.to_json() for one in self.exemptions.records],
            "coverage": asdict(self.coverage),
            "warnings": list(self.warnings),
        }


def outline(source: Source, known: Known | None = None, issue: Issue | None = None) -> Outline:
    """Parse a file by itself, or one whose documents are settled among others (`issue`)."""
    issue = issue or parse_issue(source, known)
    parsed = parse_clauses(issue, source)
    links = link([(issue, parsed.clauses)])
    found = exemptions_in(issue, parsed, links)
    return Outline(source, issue, parsed, links, coverage(source.text, parsed), found)


def account(file: str, counts: Coverage) -> str:
    """How many characters of a file went where."""
    covered = counts.clauses + counts.named
    share = 100 * covered / counts.total if counts.total else 100.0
    # 99.996% is not all: only what is whole may be shown as 100%.
    shown = f"{share:.2f}" if covered == counts.total else f"{min(share, 99.99):.2f}"
    return (
        f"{file}：{counts.total} 字 / characters，条文 / clauses {counts.clauses}，"
        f"标题等 / titles and the like {counts.named}，"
        f"未归入 / missing {counts.total - covered}：{shown}%"
    )


def about(document: Any) -> list[str]:  # noqa: ANN401 - a Document or a DocumentRecord
    """What a document says of itself, in words; only what is known."""
    facts = [
        ("", document.number),
        ("登记 ", document.registration_number),
        ("", document.issuer),
        ("第%s页", document.page),
        ("成文 ", document.issued_on),
        ("施行 ", document.effective_from),
        ("有效至 ", document.valid_until),
    ]
    return [
        name % value if "%s" in name else f"{name}{value}"
        for name, value in facts
        if value is not None
    ]


def _document(
    document: Document, clauses: Sequence[Clause], relations: Mapping[str, Sequence[Relation]]
) -> Iterator[str]:
    yield f"# [{document.kind}] {document.title}"
    if document.section and document.section != document.title:
        yield f"  栏目 {document.section}"
    if known := about(document):
        yield "  " + "，".join(known)
    if document.addressees:
        yield f"  主送 {document.addressees}"
    for part in document.parts[1:]:
        names = f"（又称 {'、'.join(part.other_titles)}）" if part.other_titles else ""
        since = f"，施行 {part.effective_from}" if part.effective_from else ""
        until = f"，有效至 {part.valid_until}" if part.valid_until else ""
        yield f"  {part.id}：{part.title or '（无标题）'}{names}{since}{until}"
    basis: dict[str, list[str]] = {}
    for clause in clauses:
        for one in relations.get(clause.id, ()):
            if one.kind == "based_on":
                basis.setdefault(clause.part_id, []).append(one.normal)
    for part_id, works in basis.items():
        yield f"  依据{f'（{part_id}）' if part_id else ''} {'、'.join(dict.fromkeys(works))}"


def _clause(clause: Clause, full: bool) -> Iterator[str]:
    local = clause.id.removeprefix(clause.document_id).lstrip("/")
    depth = "  " * (1 if full else local.count("/") + 1)
    if not full:
        text = " ".join(clause.text.split())
        text = text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
        yield f"{depth}{clause.id}  {text}"
        return
    hidden = "" if clause.searchable else "，不单独检索"
    yield f"{depth}{local}（{clause.kind}{hidden}）{clause.label}"
    if clause.path:
        yield f"      路径 {' › '.join(clause.path)}"
    if clause.day:
        yield f"      日期 {clause.day}"
    yield from (f"      {line}" for line in _rows(clause))
    for context in clause.context:
        yield f"      ← {context.role}：{_flat(context.text)}"


def _rows(clause: Clause) -> Iterator[str]:
    if clause.cells:
        for cell in clause.cells:
            if cell.text:
                above = "（合并）" if cell.inherited else ""
                yield f"| {cell.column or '—'}：{above}{_flat(cell.text)}"
    else:
        yield from clause.text.split("\n")


def _flat(text: str) -> str:
    return " ".join(text.split())


def _reference(one: Reference) -> str:
    where = (
        " ".join(one.targets)
        if one.targets
        else {"external": "语料外", "unresolved": "未定"}[one.status]
    )
    return f"{_flat(one.text)}：{where}" + (f"（{one.normal}）" if one.status != "internal" else "")


def _relation(one: Relation) -> str:
    day = f"，{one.day}" if one.day else ""
    action = f"（{one.action}{'，文本已改' if one.in_text else ''}）" if one.action else ""
    target = " ".join(one.targets) if one.targets else one.normal or "与之不一致的规定"
    return f"{one.kind}{action} {target}{day}"
