"""References and relations in the index: kept by the clause that has them and by what they point at."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Protocol

from qa_bot.references import Links, Reference, Relation

__all__ = ["KEPT", "RELATION_SCHEMA", "Pointers", "Rows", "write_links"]

#: So much of each kind of what was read stays in memory: some kB a clause.
KEPT = 2048

RELATION_SCHEMA = """
CREATE TABLE mentions (unit TEXT NOT NULL, clause_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX mentions_in ON mentions (clause_id);
CREATE TABLE relations (unit TEXT NOT NULL, clause_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX relations_from ON relations (clause_id);
CREATE TABLE relation_targets (unit TEXT NOT NULL, target TEXT NOT NULL, relation INTEGER NOT NULL);
CREATE INDEX relations_to ON relation_targets (target);
CREATE TABLE link_warnings (unit TEXT NOT NULL, message TEXT NOT NULL);
"""


def write_links(database: sqlite3.Connection, issue_id: str, links: Links) -> None:
    """Write all references and relations of an issue, in order."""
    database.executemany(
        "INSERT INTO mentions VALUES (?, ?, ?)",
        ((issue_id, one.clause_id, _dump(one)) for one in links.references),
    )
    database.executemany(
        "INSERT INTO link_warnings VALUES (?, ?)", ((issue_id, one) for one in links.warnings)
    )
    for relation in links.relations:
        row = (issue_id, relation.clause_id, _dump(relation))
        number = database.execute("INSERT INTO relations VALUES (?, ?, ?)", row).lastrowid
        database.executemany(
            "INSERT INTO relation_targets VALUES (?, ?, ?)",
            ((issue_id, target, number) for target in relation.targets),
        )


def _dump(value: Reference | Relation) -> str:
    def plain(day: object) -> str:
        assert isinstance(day, date)
        return day.isoformat()

    return json.dumps(asdict(value), ensure_ascii=False, separators=(",", ":"), default=plain)


class Rows(Protocol):
    """`qa_bot.index.links.LinkStore`."""

    def rows(
        self, table: str, columns: str, where: str = "1", values: Sequence[object] = (), /
    ) -> list[tuple[Any, ...]]:
        """Columns of the rows of a table for which a condition holds, in order."""


class Pointers:
    """Reads what `write_links` wrote."""

    def __init__(self, store: Rows) -> None:
        """Read through a store."""
        self._store = store
        self._references = functools.lru_cache(maxsize=KEPT)(self._read_references)
        self._relations = functools.lru_cache(maxsize=KEPT)(self._read_relations)
        self._done_to = functools.lru_cache(maxsize=KEPT)(self._read_done_to)

    def in_clause(self, clause_id: str) -> tuple[Reference, ...]:
        """What a clause and its parts point at, in order."""
        return self._references(clause_id)

    def relations_of(self, clause_id: str) -> tuple[Relation, ...]:
        """What a clause does to other texts, in order."""
        return self._relations(clause_id)

    def relations_to(
        self, targets: Sequence[str], below: str | None = None
    ) -> tuple[Relation, ...]:
        """What is done to any of `targets`, and to anything under `below`, in order."""
        return self._done_to(tuple(targets), below)

    def relations_of_kind(self, kind: str) -> list[Relation]:
        """All relations of a kind, in order."""
        found = (_relation(row[0]) for row in self._store.rows("relations", "json"))
        return [relation for relation in found if relation.kind == kind]

    def targets(self) -> set[str]:
        """Every id that a reference points at."""
        rows = self._store.rows("mentions", "json")
        return {target for row in rows for target in json.loads(row[0])["targets"]}

    @property
    def warnings(self) -> list[str]:
        """What a person should look at: an amendment whose wording the text does not have."""
        return [str(row[0]) for row in self._store.rows("link_warnings", "message")]

    def _read_references(self, clause_id: str) -> tuple[Reference, ...]:
        where = f"clause_id = ? OR {_BELOW}"
        rows = self._store.rows("mentions", "json", where, (clause_id, *_below(clause_id)))
        return tuple(_reference(row[0]) for row in rows)

    def _read_relations(self, clause_id: str) -> tuple[Relation, ...]:
        rows = self._store.rows("relations", "json", "clause_id = ?", (clause_id,))
        return tuple(_relation(row[0]) for row in rows)

    def _read_done_to(self, targets: tuple[str, ...], below: str | None) -> tuple[Relation, ...]:
        marks = ",".join("?" * len(targets))
        where, values = f"target IN ({marks})", list[object](targets)
        if below is not None:
            where += f" OR {_BELOW.replace('clause_id', 'target')}"
            values.extend(_below(below))
        done = f"rowid IN (SELECT relation FROM relation_targets WHERE {where})"
        rows = self._store.rows("relations", "json", done, values)
        return tuple(_relation(row[0]) for row in rows)


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
