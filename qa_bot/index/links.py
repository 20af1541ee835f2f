"""What clauses have to do with each other, over all segments: one SQLite file a generation.

Every row belongs to the issue whose text makes it. An issue's rows are made anew when it changes, or when a
text comes, goes or changes that offers a name which the issue looks for; all others are taken over.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa_bot.companions import Pair
from qa_bot.exemptions import Found
from qa_bot.index.companions import COMPANION_SCHEMA, write_pairs
from qa_bot.index.exemptions import EXEMPTION_SCHEMA, write_exemptions
from qa_bot.index.relations import RELATION_SCHEMA, write_links
from qa_bot.index.segment_records import open_database
from qa_bot.references import Links

__all__ = ["LINKED", "LinkStore", "LinkWriter"]

_TABLES = (
    "mentions",
    "relations",
    "relation_targets",
    "link_warnings",
    "companions",
    "exemptions",
    "exemption_lists",
    "exemption_warnings",
    "asked",
)
#: The tables of what clauses have to do with each other, and their columns.
LINKED = (
    ("mentions", "clause_id, json"),
    ("relations", "clause_id, json"),
    ("companions", "clause_id, role, other_id, lit, term"),
    ("exemptions", "clause_id, json"),
    ("exemption_lists", "json"),
)
_SCHEMA = """
CREATE TABLE asked (unit TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX asked_by ON asked (name);
"""


class LinkWriter:
    """Writes the file of a generation, issue by issue. Whoever made it closes it."""

    def __init__(self, path: Path) -> None:
        """Open the file: a new one, or a copy of that of the generation before."""
        new = not path.exists()
        self._database = sqlite3.connect(path)
        # What is removed is overwritten: nothing of it may be found in the file.
        self._database.execute("PRAGMA secure_delete = ON")
        if new:
            schema = _SCHEMA + RELATION_SCHEMA + COMPANION_SCHEMA + EXEMPTION_SCHEMA
            self._database.executescript(schema)
            for table in _TABLES:
                self._database.execute(f"CREATE INDEX {table}_unit ON {table} (unit)")

    def asking(self, names: Iterable[str]) -> set[str]:
        """The issues that look for any of these names."""
        found: set[str] = set()
        for name in names:
            rows = self._database.execute("SELECT DISTINCT unit FROM asked WHERE name = ?", (name,))
            found.update(str(row[0]) for row in rows)
        return found

    def remove(self, issue_ids: Iterable[str]) -> None:
        """Take out everything that these issues have made."""
        for issue_id in issue_ids:
            for table in _TABLES:
                self._database.execute(f"DELETE FROM {table} WHERE unit = ?", (issue_id,))

    def add(
        self,
        issue_id: str,
        links: Links,
        asked: Iterable[str],
        pairs: Iterable[Pair],
        exemptions: Found,
    ) -> None:
        """Write what an issue has made.

        Args:
            issue_id: of the issue.
            links: its references and relations.
            asked: names that it looks for in other texts.
            pairs: its clauses that answer together with others.
            exemptions: found in it.
        """
        write_links(self._database, issue_id, links)
        write_pairs(self._database, issue_id, pairs)
        write_exemptions(self._database, issue_id, exemptions)
        self._database.executemany(
            "INSERT INTO asked VALUES (?, ?)", ((issue_id, name) for name in sorted(asked))
        )

    def close(self) -> None:
        """Write everything and close the file."""
        self._database.commit()
        self._database.close()


class LinkStore:
    """Reads what a `LinkWriter` wrote; safe to call from several threads."""

    def __init__(self, path: Path, order: Mapping[str, int]) -> None:
        """Open the file, at once: it may be swept away by later builds while it is read.

        Args:
            path: of the file.
            order: of the issues, by id.
        """
        self._connection = open_database(path)
        self._lock = threading.Lock()
        self._order = order

    def rows(
        self, table: str, columns: str, where: str = "1", values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Columns of the rows of a table for which a condition holds, in the order of the issues and in each of writing."""
        query = f"SELECT unit, rowid, {columns} FROM {table} WHERE {where}"
        with self._lock:
            found = self._connection.execute(query, values).fetchall()
        found.sort(key=lambda row: (self._order[row[0]], row[1]))
        return [row[2:] for row in found]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
