"""Penalty exemptions in the index: kept by the clause that each is."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

from qa_bot.exemptions import Exemption, ExemptionList, Found
from qa_bot.index.relations import Rows

__all__ = ["EXEMPTION_SCHEMA", "Exemptions", "Terms", "write_exemptions"]

# So many of those read stay in memory.
_KEPT = 2048
EXEMPTION_SCHEMA = """
CREATE TABLE exemptions (unit TEXT NOT NULL, clause_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX exemptions_of ON exemptions (clause_id);
CREATE TABLE exemption_lists (unit TEXT NOT NULL, json TEXT NOT NULL);
CREATE TABLE exemption_warnings (unit TEXT NOT NULL, message TEXT NOT NULL);
"""


def write_exemptions(database: sqlite3.Connection, issue_id: str, found: Found) -> None:
    """Write the exemptions of an issue, in order."""
    database.executemany(
        "INSERT INTO exemptions VALUES (?, ?, ?)",
        ((issue_id, record.clause_id, _dump(record.to_json())) for record in found.records),
    )
    database.executemany(
        "INSERT INTO exemption_lists VALUES (?, ?)",
        ((issue_id, _dump(asdict(row))) for row in found.lists),
    )
    database.executemany(
        "INSERT INTO exemption_warnings VALUES (?, ?)",
        ((issue_id, text) for text in found.warnings),
    )


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clause says of a list of exemptions as a whole.

    Attributes:
        issued_by: who issued the list, with its title.
        texts: the conditions, verbatim.
    """

    issued_by: str
    texts: tuple[str, ...]


class Exemptions:
    """Reads what `write_exemptions` wrote."""

    def __init__(self, store: Rows) -> None:
        """Read through a store."""
        self._store = store
        self._of = lru_cache(maxsize=_KEPT)(self._read_of)

    @property
    def all(self) -> list[Exemption]:
        """Every record, in the order of the issues and of their sources."""
        rows = self._store.rows("exemptions", "json")
        return [Exemption.from_json(json.loads(row[0])) for row in rows]

    def of(self, clause_id: str) -> Exemption | None:
        """The record that a clause is; the first where it holds several."""
        return self._of(clause_id)

    def _read_of(self, clause_id: str) -> Exemption | None:
        rows = self._store.rows("exemptions", "json", "clause_id = ?", (clause_id,))
        return Exemption.from_json(json.loads(rows[0][0])) if rows else None

    @cached_property
    def terms(self) -> dict[str, Terms]:
        """What says under what conditions a list as a whole holds, by the clause that it stands in, in order."""
        found: dict[str, Terms] = {}
        for record in self.all:
            whose = f"{record.authority or ''} {record.list_title}"
            for passage in record.general_conditions:
                said = found.get(passage.clause_id, Terms(whose, ()))
                texts = tuple(dict.fromkeys((*said.texts, passage.text)))
                found[passage.clause_id] = Terms(said.issued_by, texts)
        return found

    @cached_property
    def lists(self) -> list[ExemptionList]:
        """Every list, with what it gave; one without records, too."""
        rows = self._store.rows("exemption_lists", "json")
        made = (json.loads(row[0]) for row in rows)
        return [ExemptionList(**row | {"columns": tuple(row["columns"])}) for row in made]

    @property
    def warnings(self) -> list[str]:
        """What was left a table when the index was built, and why."""
        return [str(row[0]) for row in self._store.rows("exemption_warnings", "message")]
