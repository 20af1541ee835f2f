"""The issues, documents and clauses of a segment: one SQLite file, read by row."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qa_bot.clauses import Cell, Clause, Context, Parsed, cite
from qa_bot.errors import IndexDamagedError
from qa_bot.gazette import Document, Issue, PageMark
from qa_bot.gazette.grammar import numbers_in, split_number
from qa_bot.index.record_model import ClauseRecord, DocumentRecord, IssueRecord, PartRecord
from qa_bot.ingest import Source

__all__ = [
    "SegmentRecords",
    "Unit",
    "UnitWriter",
    "copy_units",
    "open_database",
    "write_catalogue",
]

_ARTICLE_ID = re.compile(r"/art_(\d+)(?=/|$)")
_POINT_ID = re.compile(r"/part_(\d+)(?=/|$)")
_SCHEMA = """
CREATE TABLE units (issue_id TEXT PRIMARY KEY, key TEXT NOT NULL, origin TEXT NOT NULL, first INTEGER NOT NULL,
                    clauses INTEGER NOT NULL, facts TEXT NOT NULL);
CREATE TABLE issues (id TEXT PRIMARY KEY, json TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE documents (id TEXT NOT NULL, issue_id TEXT NOT NULL, position INTEGER NOT NULL,
                        json TEXT NOT NULL, PRIMARY KEY (issue_id, id));
CREATE TABLE clauses (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, issue_id TEXT NOT NULL,
                      document_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX clauses_of ON clauses (issue_id, document_id);
CREATE TABLE numbers (prefix TEXT NOT NULL, tail TEXT NOT NULL, rank INTEGER NOT NULL,
                      row INTEGER NOT NULL);
CREATE INDEX numbers_tail ON numbers (tail, rank, row);
CREATE INDEX numbers_row ON numbers (row);
CREATE TABLE works (issue_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX works_of ON works (issue_id);
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one source gave: rows that follow each other in one segment.

    Attributes:
        issue_id: of its issue.
        key: hash of everything that its rows depend on.
        origin: hash of what it was read from: the file, its name, and the notes beside it.
        first: its first row.
        clauses: how many rows.
        facts: what other units and the corpus as a whole need of it, JSON.
    """

    issue_id: str
    key: str
    origin: str
    first: int
    clauses: int
    facts: dict[str, Any]

    @property
    def whole(self) -> str:
        """`gazette.Held.whole` of the issue: equal where two files say all the same; empty without a document."""
        held = self.facts["held"]
        return str(held[0]["whole"]) if held else ""


class UnitWriter:
    """Writes a segment's file, unit by unit. Whoever made it closes it."""

    def __init__(self, path: Path) -> None:
        """Make the file, which must not exist."""
        self._database = sqlite3.connect(path)
        self._database.executescript(_SCHEMA)
        self.rows = 0

    def add(
        self,
        issue: Issue,
        source: Source,
        origin: str | None,
        parsed: Parsed,
        key: str,
        from_: str,
        facts: dict[str, Any],
    ) -> None:
        """Write a unit.

        Args:
            issue: with the ids that its documents have in the corpus.
            source: that it was read from.
            origin: where the text was taken from, for a reader.
            parsed: its clauses.
            key: `Unit.key`.
            from_: `Unit.origin`.
            facts: `Unit.facts`.

        Raises:
            ValueError: two clauses have one id.
        """
        database, first = self._database, self.rows
        record = IssueRecord(
            issue.id, issue.name, issue.label, issue.year, issue.number, issue.total_number,
            issue.published_on, issue.publisher, origin, issue.file, issue.sha256, issue.pages,
        )  # fmt: skip
        database.execute(
            "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?)",
            (issue.id, key, from_, first, len(parsed.clauses), _dump(facts)),
        )
        database.execute(
            "INSERT INTO issues VALUES (?, ?, ?)", (issue.id, _dump(asdict(record)), source.text)
        )
        database.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?)",
            (
                (document.id, issue.id, position, _dump(_document(document, issue.id)))
                for position, document in enumerate(issue.documents)
            ),
        )
        documents = {document.id: document for document in issue.documents}
        try:
            database.executemany(
                "INSERT INTO clauses VALUES (?, ?, ?, ?, ?)",
                (
                    (
                        first + row,
                        clause.id,
                        issue.id,
                        clause.document_id,
                        _dump(
                            asdict(clause)
                            | {"citation": cite(clause, documents[clause.document_id], issue)}
                        ),
                    )
                    for row, clause in enumerate(parsed.clauses)
                ),
            )
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{issue.file}: two clauses of one id: {error}") from error
        self.rows += len(parsed.clauses)
        _write_names(database, issue, parsed.clauses, first)

    def close(self) -> None:
        """Write everything and close the file."""
        self._database.commit()
        self._database.close()


def copy_units(path: Path, units: Sequence[tuple[SegmentRecords, Unit]]) -> None:
    """Write a segment's file that holds units of others, in this order."""
    database = sqlite3.connect(path)
    try:
        database.executescript(_SCHEMA)
        at = 0
        for records, unit in units:
            row = (unit.issue_id, unit.key, unit.origin, at, unit.clauses, _dump(unit.facts))
            database.execute("INSERT INTO units VALUES (?, ?, ?, ?, ?, ?)", row)
            own = (unit.issue_id,)
            for table, columns, key in (
                ("issues", "id, json, text", "id"),
                ("documents", "id, issue_id, position, json", "issue_id"),
                ("works", "issue_id, json", "issue_id"),
            ):
                found = records.rows(
                    f"SELECT {columns} FROM {table} WHERE {key} = ? ORDER BY rowid", own
                )
                marks = ", ".join("?" * (columns.count(",") + 1))
                database.executemany(f"INSERT INTO {table} VALUES ({marks})", found)
            shift, end = at - unit.first, unit.first + unit.clauses
            clauses = records.rows(
                "SELECT row + ?, id, issue_id, document_id, json FROM clauses "
                "WHERE row >= ? AND row < ? ORDER BY row",
                (shift, unit.first, end),
            )
            database.executemany("INSERT INTO clauses VALUES (?, ?, ?, ?, ?)", clauses)
            numbers = records.rows(
                "SELECT prefix, tail, rank, row + ? FROM numbers WHERE row >= ? AND row < ? ORDER BY rowid",
                (shift, unit.first, end),
            )
            database.executemany("INSERT INTO numbers VALUES (?, ?, ?, ?)", numbers)
            at += unit.clauses
        database.commit()
    finally:
        database.close()


def write_catalogue(path: Path, parts: Iterable[SegmentRecords]) -> None:
    """Write a file that has the issues, documents and works of some segments, and neither texts nor clauses."""
    database = sqlite3.connect(path)
    try:
        database.executescript(_SCHEMA)
        for records in parts:
            for table, columns in (
                ("issues", "id, json, ''"),
                ("documents", "id, issue_id, position, json"),
                ("works", "issue_id, json"),
            ):
                found = records.rows(f"SELECT {columns} FROM {table} ORDER BY rowid")
                marks = ", ".join("?" * (columns.count(",") + 1))
                database.executemany(f"INSERT INTO {table} VALUES ({marks})", found)
        database.commit()
    finally:
        database.close()


# Which clause says what a document number stands for: its own title first, a mere mention last.
_RANKS = {"title": 0, "catalogue": 1, "contents": 2}


def _write_names(
    database: sqlite3.Connection, issue: Issue, clauses: Sequence[Clause], first: int
) -> None:
    """Write where document numbers are named, and which articles each work has."""
    articles: dict[tuple[str, str], set[int]] = {}
    points: dict[tuple[str, str], set[int]] = {}
    for row, clause in enumerate(clauses, start=first):
        rank = _RANKS.get(clause.kind, 3)
        for number in dict.fromkeys(number for number, _, _ in numbers_in(clause.text)):
            prefix, tail = split_number(number)
            database.execute("INSERT INTO numbers VALUES (?, ?, ?, ?)", (prefix, tail, rank, row))
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
            database.execute("INSERT INTO works VALUES (?, ?)", (issue.id, _dump(work)))


def _document(document: Document, issue_id: str) -> dict[str, Any]:
    parts = tuple(
        PartRecord(part.id, part.title, part.other_titles, part.effective_from, part.valid_until)
        for part in document.parts
    )
    record = DocumentRecord(
        document.id, issue_id, document.kind, document.title, document.section, document.number,
        document.registration_number, document.issuer, document.addressees, document.issued_on,
        document.effective_from, document.valid_until, document.page, document.month, parts,
        document.superseded_by, document.version_on,
    )  # fmt: skip
    return asdict(record)


def open_database(path: Path) -> sqlite3.Connection:
    """A file for reading; nothing can be changed through it, and it may be swept away meanwhile.

    Raises:
        IndexDamagedError: it cannot be opened.
    """
    try:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise IndexDamagedError(
            f"索引文件 {path.name} 读不了：{error}；请运行 qa-bot build / "
            f"The index file {path.name} cannot be read: {error}. Run: qa-bot build"
        ) from error


class SegmentRecords:
    """Reads what a `UnitWriter` wrote; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, at once: it may be swept away by later builds while it is read."""
        self._connection = open_database(path)
        self._lock = threading.Lock()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def units(self) -> list[Unit]:
        """What it consists of, by row."""
        query = "SELECT issue_id, key, origin, first, clauses, facts FROM units ORDER BY first"
        return [
            Unit(issue_id, key, origin, first, clauses, json.loads(facts))
            for issue_id, key, origin, first, clauses, facts in self.rows(query)
        ]

    def issues(self) -> list[IssueRecord]:
        """Its issues."""
        return [_issue(text) for (text,) in self.rows("SELECT json FROM issues")]

    def issue(self, issue_id: str) -> IssueRecord:
        """One of its issues."""
        return _issue(self.rows("SELECT json FROM issues WHERE id = ?", (issue_id,))[0][0])

    def documents(self, issue_id: str | None = None) -> list[DocumentRecord]:
        """Its documents, or those of one issue; those of an issue in the order of its source."""
        where, values = ("WHERE issue_id = ?", (issue_id,)) if issue_id is not None else ("", ())
        query = f"SELECT json FROM documents {where} ORDER BY issue_id, position"
        return [_document_record(text) for (text,) in self.rows(query, values)]

    def text(self, issue_id: str) -> str:
        """The whole source text of an issue."""
        return str(self.rows("SELECT text FROM issues WHERE id = ?", (issue_id,))[0][0])

    def clause(self, row: int, position: int) -> ClauseRecord:
        """The clause of a row; `KeyError` if there is none."""
        found = self.rows("SELECT issue_id, json FROM clauses WHERE row = ?", (row,))
        if not found:
            raise KeyError(position)
        return _clause(position, *found[0])

    def clause_of(self, clause_id: str) -> Clause | None:
        """The clause with an id, or `None`."""
        found = self.rows("SELECT issue_id, json FROM clauses WHERE id = ?", (clause_id,))
        return _clause(0, *found[0]).clause if found else None

    def clauses(self, issue_id: str, document_id: str | None = None) -> Iterator[tuple[int, str]]:
        """Rows and contents of the clauses of a document, or of a whole issue, in order."""
        query = "SELECT row, json FROM clauses WHERE issue_id = ?"
        values: list[object] = [issue_id]
        if document_id is not None:
            query += " AND document_id = ?"
            values.append(document_id)
        yield from self.rows(query + " ORDER BY row", values)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @staticmethod
    def read(position: int, issue_id: str, content: str) -> ClauseRecord:
        """A clause of `clauses`."""
        return _clause(position, issue_id, content)


def _default(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value)}")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_default)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _issue(text: str) -> IssueRecord:
    row = json.loads(text)
    row["published_on"] = _day(row["published_on"])
    row["pages"] = tuple(PageMark(**page) for page in row.get("pages", ()))
    return IssueRecord(**row)


def _document_record(text: str) -> DocumentRecord:
    row = json.loads(text)
    for name in ("issued_on", "effective_from", "valid_until", "month", "version_on"):
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
    return DocumentRecord(**row)


def _spans(value: Iterable[Iterable[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in value)


def _clause(position: int, issue_id: str, text: str) -> ClauseRecord:
    row = json.loads(text)
    citation = row.pop("citation")
    context = tuple(Context(c["role"], c["text"], _spans(c["spans"])) for c in row.pop("context"))
    cells = tuple(Cell(**cell | {"spans": _spans(cell["spans"])}) for cell in row.pop("cells"))
    row["path"] = tuple(row["path"])
    row["spans"] = _spans(row["spans"])
    row["day"] = _day(row["day"])
    return ClauseRecord(position, issue_id, Clause(context=context, cells=cells, **row), citation)
