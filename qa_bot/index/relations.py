"""References and relations in the index: kept by the clause that has them and by what they point at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from qa_bot.references import Links, Reference, Relation

__all__ = ["SCHEMA", "Pointers", "write_links"]

SCHEMA = """
CREATE TABLE mentions (clause_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX mentions_in ON mentions (clause_id);
CREATE TABLE relations (id INTEGER PRIMARY KEY, clause_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX relations_from ON relations (clause_id);
CREATE TABLE relation_targets (target TEXT NOT NULL, relation INTEGER NOT NULL);
CREATE INDEX relations_to ON relation_targets (target);
"""


def write_links(database: sqlite3.Connection, links: Links) -> None:
    """Write all references and relations of a corpus, in order."""
    database.executemany(
        "INSERT INTO mentions VALUES (?, ?)",
        ((one.clause_id, _dump(one)) for one in links.references),
    )
    for number, relation in enumerate(links.relations):
        row = (number, relation.clause_id, _dump(relation))
        database.execute("INSERT INTO relations VALUES (?, ?, ?)", row)
        database.executemany(
            "INSERT INTO relation_targets VALUES (?, ?)",
            ((target, number) for target in relation.targets),
        )


def _dump(value: Reference | Relation) -> str:
    def plain(day: object) -> str:
        assert isinstance(day, date)
        return day.isoformat()

    return json.dumps(asdict(value), ensure_ascii=False, separators=(",", ":"), default=plain)


class Pointers:
    """Reads what `write_links` wrote."""

    def __init__(self, rows: Callable[[str, Sequence[object]], list[tuple[Any, ...]]]) -> None:
        """Read through `rows`, which runs a query with its values."""
        self._rows = rows

    def in_clause(self, clause_id: str) -> list[Reference]:
        """What a clause and its parts point at, in order."""
        rows = self._rows(
            f"SELECT json FROM mentions WHERE clause_id = ? OR {_BELOW} ORDER BY rowid",
            (clause_id, *_below(clause_id)),
        )
        return [_reference(row[0]) for row in rows]

    def relations_of(self, clause_id: str) -> list[Relation]:
        """What a clause does to other texts, in order."""
        query = "SELECT json FROM relations WHERE clause_id = ? ORDER BY id"
        return [_relation(row[0]) for row in self._rows(query, (clause_id,))]

    def relations_of_kind(self, kind: str) -> list[Relation]:
        """All relations of a kind, in order."""
        found = (
            _relation(row[0]) for row in self._rows("SELECT json FROM relations ORDER BY id", ())
        )
        return [relation for relation in found if relation.kind == kind]

    def relations_to(self, targets: Sequence[str], below: str | None = None) -> list[Relation]:
        """What is done to any of `targets`, and to anything under `below`, in order."""
        marks = ",".join("?" * len(targets))
        where, values = f"target IN ({marks})", list[object](targets)
        if below is not None:
            where += f" OR {_BELOW.replace('clause_id', 'target')}"
            values.extend(_below(below))
        rows = self._rows(
            "SELECT json FROM relations WHERE id IN "
            f"(SELECT relation FROM relation_targets WHERE {where}) ORDER BY id",
            values,
        )
        return [_relation(row[0]) for row in rows]


# Ids under another begin with it and a slash; «0» is the character behind «/».
_BELOW = "(clause_id >= ? AND clause_id < ?)"


def _below(identity: str) -> tuple[str, str]:
    return f"{identity}/", f"{identity}0"


def _reference(text: str) -> Reference:
    row = json.loads(text)
    row["spans"] = tuple((start, end) for start, end in row["spans"])
    row["targets"] = tuple(row["targets"])
    return Reference(**row)


def _relation(text: str) -> Relation:
    row = json.loads(text)
    row["targets"] = tuple(row["targets"])
    row["day"] = date.fromisoformat(row["day"]) if row["day"] else None
    return Relation(**row)
