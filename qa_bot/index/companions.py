"""Clauses that answer together, in the index: kept by the clause that is the answer."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterable, Sequence

from qa_bot.companions import Pair
from qa_bot.index.relations import KEPT, Rows

__all__ = ["COMPANION_SCHEMA", "Companions", "write_pairs"]

COMPANION_SCHEMA = """
CREATE TABLE companions (unit TEXT NOT NULL, clause_id TEXT NOT NULL, role TEXT NOT NULL, other_id TEXT NOT NULL,
                         lit TEXT NOT NULL, term TEXT NOT NULL);
CREATE INDEX companions_of ON companions (clause_id);
"""


def write_pairs(database: sqlite3.Connection, issue_id: str, pairs: Iterable[Pair]) -> None:
    """Write all pairs of an issue, in order."""
    database.executemany(
        "INSERT INTO companions VALUES (?, ?, ?, ?, ?, ?)",
        (
            (issue_id, one.clause_id, one.role, one.other_id, json.dumps(one.lit), one.term)
            for one in pairs
        ),
    )


class Companions:
    """Reads what `write_pairs` wrote."""

    def __init__(self, store: Rows) -> None:
        """Read through a store."""
        self._store = store
        self._pairs = functools.lru_cache(maxsize=KEPT)(self._read)

    def of(self, keys: Sequence[str], below: str | None = None) -> tuple[Pair, ...]:
        """The pairs of any of these clauses or works, and of the parts of `below`, in the order of building."""
        return self._pairs(tuple(keys), below)

    def _read(self, keys: tuple[str, ...], below: str | None) -> tuple[Pair, ...]:
        where, values = f"clause_id IN ({','.join('?' * len(keys))})", list[object](keys)
        if below is not None:
            # «0» is the character behind «/»
            where += " OR (clause_id >= ? AND clause_id < ?)"
            values.extend((f"{below}/", f"{below}0"))
        rows = self._store.rows("companions", "clause_id, role, other_id, lit, term", where, values)
        return tuple(
            Pair(clause_id, role, other_id, tuple((a, b) for a, b in json.loads(lit)), term)
            for clause_id, role, other_id, lit, term in rows
        )
