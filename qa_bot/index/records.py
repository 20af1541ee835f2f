"""What the index knows of each clause, by position, whichever segment it lies in."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.index.companions import Companions
from qa_bot.index.exemptions import Exemptions
from qa_bot.index.links import LINKED, LinkStore
from qa_bot.index.near import near_ids
from qa_bot.index.record_model import (
    ClauseRecord,
    DocumentRecord,
    IssueRecord,
    PartRecord,
    above_and_itself,
    covered_month,
)
from qa_bot.index.relations import KEPT, Pointers
from qa_bot.index.segment_records import SegmentRecords
from qa_bot.index.standings import Standings
from qa_bot.references import Work

__all__ = [
    "ClauseRecord",
    "DocumentRecord",
    "IssueRecord",
    "PartRecord",
    "Records",
    "covered_month",
]

_LONGEST_ID = 300


class Records:
    """Reads the records of all segments; safe to call from several threads.

    Nothing changes in an index: the `KEPT` clauses that were asked for last stay in memory, and so does what
    bears on them.
    """

    def __init__(
        self,
        parts: Sequence[tuple[SegmentRecords, NDArray[np.int64]]],
        places: tuple[NDArray[np.int32], NDArray[np.int32]],
        order: Mapping[str, int],
        folder: Path,
    ) -> None:
        """Over segments.

        Args:
            parts: of each segment with the position of each of its rows.
            places: for each position its segment and its row there.
            order: of the issues, by id.
            folder: of the generation, with what holds for all segments.
        """
        self._parts = parts
        self._segment, self._row = places
        self._issues: dict[str, IssueRecord] = {}
        self._held_by: dict[str, int] = {}  # segment by issue
        self._segment_of: dict[str, set[int]] = {}  # by document, which two issues may hold
        held: list[tuple[int, DocumentRecord]] = []
        for number, (part, _) in enumerate(parts):
            for issue in part.issues():
                self._issues[issue.id] = issue
                self._held_by[issue.id] = number
            for document in part.documents():
                held.append((order[document.issue_id], document))
                self._segment_of.setdefault(document.id, set()).add(number)
        held.sort(key=lambda one: one[0])  # within an issue they are in order
        self._documents = {(one.issue_id, one.id): one for _, one in held}
        self._issues = {
            one: self._issues[one] for one in sorted(self._issues, key=order.__getitem__)
        }
        self._works: list[Work] | None = None
        self._order = order
        self._at = functools.lru_cache(maxsize=KEPT)(self._read_at)
        self._position = functools.lru_cache(maxsize=KEPT)(self._read_position)
        self._links = LinkStore(folder / "links.sqlite", order)
        self.pointers = Pointers(self._links)
        self.companions = Companions(self._links)
        self.exemptions = Exemptions(self._links)
        self.standings = Standings.open(folder)

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
        """The whole source text of an issue; `KeyError` if there is none."""
        return self._parts[self._held_by[issue_id]][0].text(issue_id)

    def at(self, positions: Sequence[int]) -> list[ClauseRecord]:
        """The clauses at these positions, in this order; `KeyError` if there is none at one."""
        return [self._at(int(position)) for position in positions]

    def by_id(self, clause_id: str) -> ClauseRecord | None:
        """The clause with that id, or `None`."""
        if len(clause_id) > _LONGEST_ID:  # nor kept among the ids that were asked for
            return None
        position = self._position(clause_id)
        return None if position is None else self._at(position)

    def clause_at(self, address: str) -> ClauseRecord | None:
        """The clause with that id, or at that address: of another place of its text, or of a version's day."""
        return self.by_id(address) or self.by_id(self.standings.current_id(address))

    def document_at(self, address: str) -> DocumentRecord | None:
        """The document with that id, or at that address, as `clause_at`."""
        by_id = {one.id: one for one in self._documents.values()}
        return by_id.get(address) or by_id.get(self.standings.current_id(address))

    def _read_at(self, position: int) -> ClauseRecord:
        if not 0 <= position < len(self._row):
            raise KeyError(position)
        part: SegmentRecords = self._parts[self._segment[position]][0]
        return part.clause(int(self._row[position]), position)

    def _read_position(self, clause_id: str) -> int | None:
        for part, positions in self._holding(clause_id):
            rows = part.rows("SELECT row FROM clauses WHERE id = ?", (clause_id,))
            if rows:
                return int(positions[rows[0][0]])
        return None

    def _holding(self, identity: str) -> list[tuple[SegmentRecords, NDArray[np.int64]]]:
        """The segments in which something under an id may be: those of its document, or all."""
        for above in above_and_itself(identity):
            if found := self._segment_of.get(above):
                return [self._parts[number] for number in sorted(found)]
        return list(self._parts)

    def of(self, issue_id: str, document_id: str | None = None) -> list[ClauseRecord]:
        """The clauses of a document, or of a whole issue, in order; none where there is no such issue."""
        if issue_id not in self._held_by:
            return []
        part, positions = self._parts[self._held_by[issue_id]]
        return [
            part.read(int(positions[row]), issue_id, content)
            for row, content in part.clauses(issue_id, document_id)
        ]

    def below(self, clause_id: str) -> list[int]:
        """Positions of the parts of a clause, in order."""
        return [position for position, _ in self._below(clause_id)]

    def _below(self, above: str) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for part, positions in self._holding(above):
            rows = part.rows(
                "SELECT row, id FROM clauses WHERE id > ? AND id < ?",
                (f"{above}/", f"{above}0"),  # 0 comes after / in ASCII
            )
            found += [(int(positions[row]), str(identity)) for row, identity in rows]
        return sorted(found)

    def positions(self, issue_id: str, document_id: str) -> list[int]:
        """Positions of the clauses of a document, in order."""
        if issue_id not in self._held_by:
            return []
        part, positions = self._parts[self._held_by[issue_id]]
        rows = part.rows(
            "SELECT row FROM clauses WHERE issue_id = ? AND document_id = ? ORDER BY row",
            (issue_id, document_id),
        )
        return [int(positions[row[0]]) for row in rows]

    def near_ids(self, identity: str, limit: int = 5) -> list[str]:
        """Ids of clauses that an unknown id may have meant: `qa_bot.index.near`."""
        return near_ids(identity, [one.id for one in self.documents], self._ids_below, limit)

    def _ids_below(self, above: str) -> list[str]:
        return [identity for _, identity in self._below(above)]

    def numbered(self, tail: str) -> list[tuple[str, int, int]]:
        """Where a document number is named: number, rank and position, best rank first.

        Args:
            tail: `〔2019〕35号`, `第707号`, or `%〕35号` for any year.
        """
        found: list[tuple[int, int, str]] = []
        for part, positions in self._parts:
            rows = part.rows(
                "SELECT prefix, tail, rank, row FROM numbers WHERE tail LIKE ? ORDER BY rowid",
                (tail,),
            )
            found += [
                (rank, int(positions[row]), prefix + rest) for prefix, rest, rank, row in rows
            ]
        found.sort(key=lambda one: one[:2])
        return [(number, rank, position) for rank, position, number in found]

    @property
    def works(self) -> list[Work]:
        """Everything that can be named by a title, with the articles or points that it has."""
        if self._works is None:
            rows: list[tuple[int, str]] = []
            for part, _ in self._parts:
                held = part.rows("SELECT issue_id, json FROM works ORDER BY rowid")
                rows += [(self._order[issue_id], text) for issue_id, text in held]
            rows.sort(key=lambda row: row[0])
            self._works = [
                Work(key, title, tuple(others), number, frozenset(articles), frozenset(points))
                for key, title, others, number, articles, points in (
                    json.loads(text) for _, text in rows
                )
            ]
        return self._works

    @property
    def warnings(self) -> list[str]:
        """What a person should look at in references and exemption lists."""
        return [*self.pointers.warnings, *self.exemptions.warnings]

    def links(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Everything that clauses have to do with each other, by table and in order."""
        for table, columns in LINKED:
            for row in self._links.rows(table, columns):
                yield table, row

    def ids(self) -> list[str]:
        """The ids of all clauses, by position."""
        found = [""] * len(self._row)
        for part, positions in self._parts:
            for row, identity in part.rows("SELECT row, id FROM clauses"):
                found[positions[row]] = str(identity)
        return found

    def close(self) -> None:
        """Close the file of links; segments close theirs."""
        self._links.close()
