"""The records of a generation in a Milvus: issues and documents are held, clauses and texts are read when asked for."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qa_bot.index import ClauseRecord, Generation, Manifest, Records
from qa_bot.index.segment_records import SegmentRecords
from qa_bot.milvus.rows import Rows, quoted

__all__ = ["CATALOGUE", "PLACES", "MilvusRecords", "names_of", "places_of"]

#: The file with issues, documents and works.
CATALOGUE = "catalogue.sqlite"
#: The file that says where the clauses of each document are: filters ask for them, and ask no store.
PLACES = "places.json"
# A number of any year, as `Records.numbered` takes it: %〕35号.
_ANY_YEAR = "%"


class MilvusRecords(Records):
    """As `Records`. Safe to call from several threads."""

    def __init__(self, folder: Path, manifest: Manifest, rows: Rows) -> None:
        """Over rows.

        Args:
            folder: with the files of the generation and the catalogue.
            manifest: of the generation.
            rows: of the clauses.
        """
        self._catalogue = SegmentRecords(folder / CATALOGUE)
        nowhere = np.zeros(0, np.int32)
        order = {unit.issue_id: number for number, unit in enumerate(manifest.units)}
        super().__init__(
            [(self._catalogue, np.zeros(0, np.int64))], (nowhere, nowhere), order, folder
        )
        self._rows = rows
        self._stretch: dict[str, tuple[int, int]] = {}
        at = 0
        for unit in manifest.units:
            self._stretch[unit.issue_id] = (at, at + unit.clauses)
            at += unit.clauses
        self._places: dict[str, dict[str, list[tuple[int, int]]]] = json.loads(
            (folder / PLACES).read_text(encoding="utf-8")
        )

    def text(self, issue_id: str) -> str:
        """The whole source text of an issue; `KeyError` if there is none."""
        self.issue(issue_id)
        return self._rows.parts.read(f"t/{issue_id}").decode()

    def at(self, positions: Sequence[int]) -> list[ClauseRecord]:
        """The clauses at these positions, in this order; `KeyError` if there is none at one."""
        return self._rows.records(positions)

    def of(self, issue_id: str, document_id: str | None = None) -> list[ClauseRecord]:
        """The clauses of a document, or of a whole issue, in order; none where there is no such issue."""
        if issue_id not in self._stretch:
            return []
        if document_id is None:
            return self._rows.records(range(*self._stretch[issue_id]))
        return self._rows.records(self.positions(issue_id, document_id))

    def positions(self, issue_id: str, document_id: str) -> list[int]:
        """Positions of the clauses of a document, in order."""
        held = self._places.get(issue_id, {}).get(document_id, ())
        return [at for start, end in held for at in range(start, end)]

    def numbered(self, tail: str) -> list[tuple[str, int, int]]:
        """Where a document number is named: number, rank and position, best rank first."""
        wanted = tail.removeprefix(_ANY_YEAR)
        rows = self._rows.where(f"array_contains(named, {quoted(wanted)})")
        positions = [int(row["position"]) for row in rows]
        found = [
            (prefix + rest, rank, at)
            for at, numbers in zip(positions, self._rows.numbers(positions), strict=True)
            for prefix, rest, rank in json.loads(numbers)
            if wanted in names_of(rest)
        ]
        return sorted(found, key=lambda one: one[1:])

    def ids(self) -> list[str]:
        """The ids of all clauses, by position."""
        return [str(row["id"]) for row in self._rows.where("position >= 0", ("id",))]

    def close(self) -> None:
        """Close its files."""
        super().close()
        self._catalogue.close()

    def _read_at(self, position: int) -> ClauseRecord:
        return self._rows.records([position])[0]

    def _read_position(self, clause_id: str) -> int | None:
        found = self._rows.where(f"id == {quoted(clause_id)}")
        return int(found[0]["position"]) if found else None

    def _below(self, above: str) -> list[tuple[int, str]]:
        # As in SQLite: 0 comes after / in ASCII.
        condition = f"id > {quoted(above + '/')} and id < {quoted(above + '0')}"
        return [
            (int(row["position"]), str(row["id"])) for row in self._rows.where(condition, ("id",))
        ]


def places_of(generation: Generation) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """By issue and document from which to before which position its clauses are, in order."""
    found: dict[str, dict[str, list[tuple[int, int]]]] = {}
    at = 0
    for unit in generation.manifest.units:
        own = found.setdefault(unit.issue_id, {})
        end = at + unit.clauses
        for document, some in itertools.groupby(range(at, end), generation.documents.__getitem__):
            positions = list(some)
            own.setdefault(document, []).append((positions[0], positions[-1] + 1))
        at = end
    return found


def names_of(tail: str) -> list[str]:
    """Under what a document number is looked up, besides its beginning: 〔2019〕35号 as that and as 〕35号."""
    _, year, serial = tail.rpartition("〕")
    return [tail, year + serial] if year else [tail]
