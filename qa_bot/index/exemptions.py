"""Penalty exemptions in the index: kept by the clause that each is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

from qa_bot.exemptions import Exemption, ExemptionList, Found

__all__ = ["EXEMPTION_SCHEMA", "Exemptions", "Terms", "write_exemptions"]

# So many of those read stay in memory.
_KEPT = 2048
EXEMPTION_SCHEMA = """
CREATE TABLE exemptions (clause_id TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX exemptions_of ON exemptions (clause_id);
CREATE TABLE exemption_lists (json TEXT NOT NULL);
CREATE TABLE exemption_warnings (message TEXT NOT NULL);
"""


def write_exemptions(database: sqlite3.Connection, found: Iterable[Found]) -> None:
    """Write the exemptions of all issues, in order."""
    for one in found:
        database.executemany(
            "INSERT INTO exemptions VALUES (?, ?)",
            ((record.clause_id, _dump(record.to_json())) for record in one.records),
        )
        database.executemany(
            "INSERT INTO exemption_lists VALUES (?)", ((_dump(asdict(row)),) for row in one.lists)
        )
        database.executemany(
            "INSERT INTO exemption_warnings VALUES (?)", ((text,) for text in one.warnings)
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

    def __init__(self, rows: Callable[[str, Sequence[object]], list[tuple[Any, ...]]]) -> None:
        """Read through `rows`, which runs a query with its values."""
        self._rows = rows
        self._of = lru_cache(maxsize=_KEPT)(self._read_of)

    @property
    def all(self) -> list[Exemption]:
        """Every record, in the order of the issues and of their sources."""
        rows = self._rows("SELECT json FROM exemptions ORDER BY rowid", ())
        return [Exemption.from_json(json.loads(row[0])) for row in rows]

    def of(self, clause_id: str) -> Exemption | None:
        """The record that a clause is; the first where it holds several."""
        return self._of(clause_id)

    def _read_of(self, clause_id: str) -> Exemption | None:
        query = "SELECT json FROM exemptions WHERE clause_id = ? ORDER BY rowid LIMIT 1"
        rows = self._rows(query, (clause_id,))
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
        rows = self._rows("SELECT json FROM exemption_lists ORDER BY rowid", ())
        made = (json.loads(row[0]) for row in rows)
        return [ExemptionList(**row | {"columns": tuple(row["columns"])}) for row in made]

    @property
    def warnings(self) -> list[str]:
        """What was left a table when the index was built, and why."""
        return [str(row[0]) for row in self._rows("SELECT message FROM exemption_warnings", ())]
