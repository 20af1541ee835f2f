"""What the index knows of each clause, and how it is kept: one SQLite file, read by position."""

from __future__ import annotations

import functools
import json
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qa_bot.clauses import Cell, Clause, Context, Parsed, book, cite
from qa_bot.companions import pair_up
from qa_bot.exemptions import exemptions_in
from qa_bot.gazette import Document, Issue, PageMark
from qa_bot.gazette.grammar import numbers_in, split_number
from qa_bot.index.companions import COMPANION_SCHEMA, Companions, write_pairs
from qa_bot.index.exemptions import EXEMPTION_SCHEMA, Exemptions, write_exemptions
from qa_bot.index.near import near_ids
from qa_bot.index.relations import KEPT, SCHEMA, Pointers, write_links
from qa_bot.ingest import Source
from qa_bot.references import Links, Work

__all__ = [
    "ClauseRecord",
    "DocumentRecord",
    "IssueRecord",
    "Records",
    "covered_month",
    "write_records",
]

_LONGEST_ID = 300
_ARTICLE_ID = re.compile(r"/art_(\d+)(?=/|$)")
_POINT_ID = re.compile(r"/part_(\d+)(?=/|$)")
_SCHEMA = """
CREATE TABLE issues (id TEXT PRIMARY KEY, json TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE documents (id TEXT NOT NULL, issue_id TEXT NOT NULL, position INTEGER NOT NULL,
                        json TEXT NOT NULL, PRIMARY KEY (issue_id, id));
CREATE TABLE clauses (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, issue_id TEXT NOT NULL,
                      document_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX clauses_of ON clauses (issue_id, document_id);
CREATE TABLE numbers (prefix TEXT NOT NULL, tail TEXT NOT NULL, rank INTEGER NOT NULL,
                      position INTEGER NOT NULL);
CREATE INDEX numbers_tail ON numbers (tail, rank, position);
CREATE TABLE works (json TEXT NOT NULL);
"""


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


def _default(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value)}")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_default)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def write_records(
    path: Path, issues: Sequence[tuple[Issue, Source, str | None, Parsed]], links: Links
) -> list[ClauseRecord]:
    """Write all issues with their clauses, what they point at, which answer together, which are exemptions.

    Positions are given in order.

    Args:
        path: the file to make; it must not exist.
        issues: each with its source, where the text came from, and its clauses.
        links: of all of them.

    Raises:
        ValueError: two clauses have one id.
    """
    records: list[ClauseRecord] = []
    with sqlite3.connect(path) as database:
        database.executescript(_SCHEMA + SCHEMA + COMPANION_SCHEMA + EXEMPTION_SCHEMA)
        write_links(database, links)
        parsed_of = [(issue, parsed.clauses) for issue, _, _, parsed in issues]
        write_pairs(database, pair_up(parsed_of, links))
        write_exemptions(
            database, (exemptions_in(issue, parsed, links) for issue, _, _, parsed in issues)
        )
        for issue, source, origin, parsed in issues:
            before = len(records)
            documents = {document.id: document for document in issue.documents}
            record = IssueRecord(
                issue.id, issue.name, issue.label, issue.year, issue.number, issue.total_number,
                issue.published_on, issue.publisher, origin, issue.file, issue.sha256, issue.pages,
            )  # fmt: skip
            database.execute(
                "INSERT INTO issues VALUES (?, ?, ?)",
                (issue.id, _dump(asdict(record)), source.text),
            )
            for position, document in enumerate(issue.documents):
                database.execute(
                    "INSERT INTO documents VALUES (?, ?, ?, ?)",
                    (document.id, issue.id, position, _dump(_document(document, issue.id))),
                )
            for clause in parsed.clauses:
                made = ClauseRecord(
                    len(records),
                    issue.id,
                    clause,
                    cite(clause, documents[clause.document_id], issue),
                )
                row = asdict(clause) | {"citation": made.citation}
                database.execute(
                    "INSERT INTO clauses VALUES (?, ?, ?, ?, ?)",
                    (made.position, clause.id, issue.id, clause.document_id, _dump(row)),
                )
                records.append(made)
            _write_names(database, issue, records[before:])
    database.close()
    return records


# Which clause says what a document number stands for: its own title first, a mere mention last.
_RANKS = {"title": 0, "catalogue": 1, "contents": 2}


def _write_names(
    database: sqlite3.Connection, issue: Issue, records: Sequence[ClauseRecord]
) -> None:
    """Write where document numbers are named, and which articles each work has."""
    articles: dict[tuple[str, str], set[int]] = {}
    points: dict[tuple[str, str], set[int]] = {}
    for record in records:
        clause = record.clause
        rank = _RANKS.get(clause.kind, 3)
        for number in dict.fromkeys(number for number, _, _ in numbers_in(clause.text)):
            prefix, tail = split_number(number)
            row = (prefix, tail, rank, record.position)
            database.execute("INSERT INTO numbers VALUES (?, ?, ?, ?)", row)
        own = (clause.document_id, clause.part_id)
        if match := _ARTICLE_ID.search(clause.id):
            articles.setdefault(own, set()).add(int(match[1]))
        elif match := _POINT_ID.match(clause.id.removeprefix("/".join(filter(None, own)))):
            points.setdefault(own, set()).add(int(match[1]))
    for document in issue.documents:
        for part in document.parts:
            key = "/".join(filter(None, (document.id, part.id)))
            own = (document.id, part.id)
            has = sorted(articles.get(own, ()))
            divided = sorted(points.get(own, ())) if not has else []
            work = [key, part.title, list(part.other_titles), document.number, has, divided]
            database.execute("INSERT INTO works VALUES (?)", (_dump(work),))


def _document(document: Document, issue_id: str) -> dict[str, Any]:
    parts = tuple(
        PartRecord(part.id, part.title, part.other_titles, part.effective_from, part.valid_until)
        for part in document.parts
    )
    record = DocumentRecord(
        document.id, issue_id, document.kind, document.title, document.section, document.number,
        document.registration_number, document.issuer, document.addressees, document.issued_on,
        document.effective_from, document.valid_until, document.page, document.month, parts,
    )  # fmt: skip
    return asdict(record)


def _spans(value: Iterable[Iterable[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in value)


class Records:
    """Reads what `write_records` wrote; safe to call from several threads.

    Nothing changes in an index: the `KEPT` clauses that were asked for last stay in memory, and so does what
    bears on them.
    """

    def __init__(self, path: Path) -> None:
        """Open for reading; nothing can be changed through it."""
        # One connection, opened now: the file may be swept away by later builds while it is read.
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._documents: dict[tuple[str, str], DocumentRecord] = {}
        self._issues: dict[str, IssueRecord] = {}
        self._works: list[Work] | None = None
        self._at = functools.lru_cache(maxsize=KEPT)(self._read_at)
        self._position = functools.lru_cache(maxsize=KEPT)(self._read_position)
        self.pointers = Pointers(self._rows)
        self.companions = Companions(self._rows)
        self.exemptions = Exemptions(self._rows)
        for (text,) in self._rows("SELECT json FROM issues ORDER BY id"):
            row = json.loads(text)
            row["published_on"] = _day(row["published_on"])
            row["pages"] = tuple(PageMark(**page) for page in row.get("pages", ()))
            self._issues[row["id"]] = IssueRecord(**row)
        for (text,) in self._rows("SELECT json FROM documents ORDER BY issue_id, position"):
            row = json.loads(text)
            for name in ("issued_on", "effective_from", "valid_until", "month"):
                row[name] = _day(row[name])
            row["parts"] = tuple(
                PartRecord(
                    part["id"],
                    part["title"],
                    tuple(part["other_titles"]),
                    _day(part["effective_from"]),
                    _day(part["valid_until"]),
                )
                for part in row["parts"]
            )
            self._documents[(row["issue_id"], row["id"])] = DocumentRecord(**row)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @property
    def issues(self) -> list[IssueRecord]:
        """All issues, by id."""
        return list(self._issues.values())

    @property
    def documents(self) -> list[DocumentRecord]:
        """All documents, in the order of the issues and of their sources."""
        return list(self._documents.values())

    def issue(self, issue_id: str) -> IssueRecord:
        """The issue with that id; `KeyError` if there is none."""
        return self._issues[issue_id]

    def document(self, issue_id: str, document_id: str) -> DocumentRecord:
        """The document with that id; `KeyError` if there is none."""
        return self._documents[(issue_id, document_id)]

    def citation_of(self, document_id: str) -> str:
        """How the document with that id is cited; the id itself where there is none."""
        held = (one.citation for one in self._documents.values() if one.id == document_id)
        return next(held, document_id)

    def text(self, issue_id: str) -> str:
        """The whole source text of an issue."""
        rows = self._rows("SELECT text FROM issues WHERE id = ?", (issue_id,))
        return str(rows[0][0])

    def at(self, positions: Sequence[int]) -> list[ClauseRecord]:
        """The clauses at these positions, in this order; `KeyError` if there is none at one."""
        return [self._at(int(position)) for position in positions]

    def by_id(self, clause_id: str) -> ClauseRecord | None:
        """The clause with that id, or `None`."""
        if len(clause_id) > _LONGEST_ID:  # nor kept among the ids that were asked for
            return None
        position = self._position(clause_id)
        return None if position is None else self._at(position)

    def _read_at(self, position: int) -> ClauseRecord:
        rows = self._rows("SELECT issue_id, json FROM clauses WHERE position = ?", (position,))
        if not rows:
            raise KeyError(position)
        return _clause(position, *rows[0])

    def _read_position(self, clause_id: str) -> int | None:
        rows = self._rows("SELECT position FROM clauses WHERE id = ?", (clause_id,))
        return int(rows[0][0]) if rows else None

    def of(self, issue_id: str, document_id: str | None = None) -> list[ClauseRecord]:
        """The clauses of a document, or of a whole issue, in order."""
        query = "SELECT position, issue_id, json FROM clauses WHERE issue_id = ?"
        values: list[object] = [issue_id]
        if document_id is not None:
            query += " AND document_id = ?"
            values.append(document_id)
        return [_clause(*row) for row in self._rows(query + " ORDER BY position", values)]

    def below(self, clause_id: str) -> list[int]:
        """Positions of the parts of a clause, in order."""
        rows = self._rows(
            "SELECT position FROM clauses WHERE id > ? AND id < ? ORDER BY position",
            (f"{clause_id}/", f"{clause_id}0"),  # 0 comes after / in ASCII
        )
        return [int(row[0]) for row in rows]

    def positions(self, issue_id: str, document_id: str) -> list[int]:
        """Positions of the clauses of a document, in order."""
        rows = self._rows(
            "SELECT position FROM clauses WHERE issue_id = ? AND document_id = ? ORDER BY position",
            (issue_id, document_id),
        )
        return [int(row[0]) for row in rows]

    def near_ids(self, identity: str, limit: int = 5) -> list[str]:
        """Ids of clauses that an unknown id may have meant: `qa_bot.index.near`."""
        return near_ids(identity, [one.id for one in self.documents], self._ids_below, limit)

    def _ids_below(self, above: str) -> list[str]:
        rows = self._rows(
            "SELECT id FROM clauses WHERE id > ? AND id < ? ORDER BY position",
            (f"{above}/", f"{above}0"),
        )
        return [str(row[0]) for row in rows]

    def numbered(self, tail: str) -> list[tuple[str, int, int]]:
        """Where a document number is named: number, rank and position, best rank first.

        Args:
            tail: `〔2019〕35号`, `第707号`, or `%〕35号` for any year.
        """
        rows = self._rows(
            "SELECT prefix, tail, rank, position FROM numbers WHERE tail LIKE ? "
            "ORDER BY rank, position",
            (tail,),
        )
        return [(prefix + rest, rank, position) for prefix, rest, rank, position in rows]

    @property
    def works(self) -> list[Work]:
        """Everything that can be named by a title, with the articles or points that it has."""
        if self._works is None:
            rows = [json.loads(row[0]) for row in self._rows("SELECT json FROM works")]
            self._works = [
                Work(key, title, tuple(others), number, frozenset(articles), frozenset(points))
                for key, title, others, number, articles, points in rows
            ]
        return self._works

    def ids(self) -> list[str]:
        """The ids of all clauses, by position."""
        return [str(row[0]) for row in self._rows("SELECT id FROM clauses ORDER BY position")]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _clause(position: int, issue_id: str, text: str) -> ClauseRecord:
    row = json.loads(text)
    citation = row.pop("citation")
    context = tuple(Context(c["role"], c["text"], _spans(c["spans"])) for c in row.pop("context"))
    cells = tuple(Cell(**cell | {"spans": _spans(cell["spans"])}) for cell in row.pop("cells"))
    row["path"] = tuple(row["path"])
    row["spans"] = _spans(row["spans"])
    row["day"] = _day(row["day"])
    return ClauseRecord(position, issue_id, Clause(context=context, cells=cells, **row), citation)
