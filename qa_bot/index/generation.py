"""Generations: each build is a new folder; one pointer says which is in use.

index/
├── CURRENT                     the name of the generation in use
├── segments/<name>/            what some sources gave: `qa_bot.index.segment`; generations share them
└── generations/<name>/
    ├── manifest.json           what it was made from, its segments, hashes of all files
    ├── links.sqlite            references, what answers together, exemptions
    ├── standings.json          versions of works, other places of texts
    ├── names.json              names of people, and where the segments did not know them
    ├── heard.json              how these names and single characters sound
    └── synonyms.json           everyday words and their official terms
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import Quantities
from qa_bot.errors import IndexDamagedError, IndexMissingError
from qa_bot.index.dense import DenseIndex
from qa_bot.index.lexical import Extra, LexicalIndex
from qa_bot.index.manifest import SEGMENTS, Manifest, UnitPlace
from qa_bot.index.records import Records, covered_month
from qa_bot.index.segment import Segment
from qa_bot.index.store import LocalStore, Store
from qa_bot.index.tokens import TokenIndex
from qa_bot.spelling import Spelling, merged_sounds, sound_table
from qa_bot.synonyms import Synonyms
from qa_bot.words import Words

__all__ = ["POINTER", "Generation", "current_generation", "finished_generations", "positions_of"]

POINTER = "CURRENT"


class Generation:
    """An opened index: records, lexical and dense index, words. Nothing in it changes.

    Clauses are numbered from 0 in the order of the issues' ids and of their sources, whichever segments they
    lie in and in whatever order these were written.

    Attributes:
        covers: the first day of the month that the latest issue covers, or `None` where no issue tells.
    """

    def __init__(
        self,
        folder: Path,
        verify: bool = True,
        trusted: Collection[str] = (),
        opened: Iterable[Segment] = (),
    ) -> None:
        """Open a generation's folder.

        Args:
            folder: of the generation.
            verify: whether its files are compared with their hashes.
            trusted: as of `Manifest.verify`.
            opened: segments that are open already. They stay open when the generation is closed.

        Raises:
            IndexDamagedError: a file is missing, altered or unreadable.
        """
        self.folder = folder
        self.manifest = Manifest.read(folder)
        if verify:
            self.manifest.verify(folder, trusted)
        place = folder.parent.parent / SEGMENTS
        there = {segment.folder.name: segment for segment in opened}
        self.segments = [
            there.get(name) or Segment(place / name) for name, _ in self.manifest.segments
        ]
        self._own = [one for one in self.segments if one.folder.name not in there]
        units = self.manifest.units
        positions = positions_of(units, [segment.manifest.clauses for segment in self.segments])
        places = self._places = _places(units)
        if len(places[0]) != self.manifest.clauses:
            raise IndexDamagedError(
                "索引各部分的条数不一致；请运行 qa-bot build / "
                "The parts of the index hold different numbers of clauses. "
                "Run: qa-bot build"
            )
        order = {unit.issue_id: number for number, unit in enumerate(units)}
        both = list(zip(self.segments, positions, strict=True))
        self.records = Records([(one.records, at) for one, at in both], places, order, folder)
        names = _json(folder / "names.json")
        self.words = Words(names["names"])
        full, own = _extras(names["elsewhere"], self.manifest.segments, positions)
        self.lexical = LexicalIndex([(one.lexical, at) for one, at in both], full)
        self.own_words = LexicalIndex([(one.own_words, at) for one, at in both], own)
        self.dense = DenseIndex([(one.dense, at) for one, at in both], places)
        self.tokens = TokenIndex([(one.tokens, at) for one, at in both], places)
        self.synonyms = _synonyms(folder, self.words)
        clauses = self.manifest.clauses
        self.searchable: NDArray[np.bool_] = np.zeros(clauses, np.bool_)
        counts = [one.quantities for one in self.segments]
        named = np.zeros((clauses, counts[0].shape[1] if counts else 0), np.int16)
        aspects = np.zeros(clauses, np.int64)
        table: list[tuple[str, str, frozenset[str]]] = []
        for segment, at in both:
            self.searchable[at] = segment.searchable
            named[at] = segment.quantities
            aspects[at] = segment.aspect_numbers + len(table)
            table.extend((kind, of, frozenset(some)) for kind, of, some in segment.aspect_table)
        told = [table[number] for number in aspects.tolist()]
        self.kinds = [kind for kind, _, _ in told]
        self.documents = [document for _, document, _ in told]
        self.facets = [some for _, _, some in told]
        self.quantities = Quantities(named)
        self.store: Store = LocalStore(self.dense, self.lexical, self.quantities, self.searchable)
        # Held, though parsed when first needed: a rebuild may take the folder away meanwhile.
        self._heard = (folder / "heard.json").read_bytes()
        self.covers = covered_month(self.records.issues, self.records.documents)

    @property
    def store_name(self) -> str:
        """Where clauses and vectors are: told when a server starts, and recorded with an evaluation."""
        return "sqlite + bm25 + faiss"

    def trouble(self) -> str | None:
        """Why it cannot be read just now, or `None` where it can: what is on this machine always can."""
        return None

    def hash_of(self, position: int) -> str:
        """The hash of a clause's passage: what its vectors depend on beside the model."""
        segment, row = (int(part[position]) for part in self._places)
        return self.segments[segment].hashes()[row]

    @functools.cached_property
    def spelling(self) -> Spelling:
        """What reads mistyped words; its tables are put together when first asked for.

        Raises:
            IndexDamagedError: a table is unreadable.
        """
        try:
            sounds = merged_sounds(segment.sounds() for segment in self.segments)
            return Spelling(sound_table(sounds, json.loads(self._heard)), self.words)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise IndexDamagedError(
                f"读音表读不了：{error}；请运行 qa-bot build / "
                f"The table of sounds cannot be read: {error}. Run: qa-bot build"
            ) from error

    @property
    def recall(self) -> float | None:
        """`Report.recall` of the check: `None` where every clause is compared with a question."""
        if not isinstance(self.store, LocalStore) or self.store.exact:
            return None
        found = [one.manifest.recall for one in self.segments]
        return min((one for one in found if one is not None), default=None)

    def close(self) -> None:
        """Close its files."""
        self.records.close()
        for segment in self._own:
            segment.close()


def positions_of(units: Sequence[UnitPlace], sizes: Sequence[int]) -> list[NDArray[np.int64]]:
    """For each segment the position of each of its rows."""
    positions = [np.zeros(size, np.int64) for size in sizes]
    at = 0
    for unit in units:
        rows = slice(unit.first, unit.first + unit.clauses)
        positions[unit.segment][rows] = np.arange(at, at + unit.clauses)
        at += unit.clauses
    return positions


def _places(units: Sequence[UnitPlace]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each position its segment and its row there."""
    segments = np.repeat(
        np.array([unit.segment for unit in units], np.int32), [unit.clauses for unit in units]
    )
    rows = [np.arange(unit.first, unit.first + unit.clauses, dtype=np.int32) for unit in units]
    return segments, np.concatenate(rows) if rows else np.zeros(0, np.int32)


def _extras(
    elsewhere: dict[str, dict[str, list[list[int]]]],
    segments: Sequence[tuple[str, str]],
    positions: Sequence[NDArray[np.int64]],
) -> tuple[dict[str, Extra], dict[str, Extra]]:
    """Where names stand that the segments' own texts do not show to be any: under headings, and in own words."""
    found: dict[str, list[NDArray[np.int64]]] = {}
    for (name, _), at in zip(segments, positions, strict=True):
        for word, rows in elsewhere.get(name, {}).items():
            held = np.array(rows, np.int64)
            held[:, 0] = at[held[:, 0]]
            found.setdefault(word, []).append(held)
    full: dict[str, Extra] = {}
    own: dict[str, Extra] = {}
    for word, parts in found.items():
        rows_of = np.concatenate(parts)
        for column, table in ((1, full), (2, own)):
            there = rows_of[rows_of[:, column] > 0]
            table[word] = there[:, 0], there[:, column]
    return full, own


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexDamagedError(
            f"索引文件 {path.name} 读不了：{error}；请运行 qa-bot build / "
            f"The index file {path.name} cannot be read: {error}. Run: qa-bot build"
        ) from error
    return found


def _synonyms(folder: Path, words: Words) -> Synonyms:
    try:
        return Synonyms(_json(folder / "synonyms.json"), words)
    except (ValueError, TypeError, AttributeError) as error:
        raise IndexDamagedError(
            f"同义词表 synonyms.json 读不了：{error}；请运行 qa-bot build / "
            f"The table of synonyms cannot be read: {error}. Run: qa-bot build"
        ) from error


def current_generation(index: Path) -> Path:
    """The folder of the generation in use.

    Raises:
        IndexMissingError: there is none yet.
        IndexDamagedError: the pointer names a folder that is not there.
    """
    pointer = index / POINTER
    if not pointer.is_file():
        raise IndexMissingError(
            f"还没有索引（{index}）；请运行 qa-bot build / There is no index yet. Run: qa-bot build"
        )
    folder = index / "generations" / pointer.read_text(encoding="utf-8", errors="replace").strip()
    if not folder.is_dir() or folder.parent.name != "generations":
        raise IndexDamagedError(
            "索引指向的一代不见了；请运行 qa-bot build / "
            "The generation that the index points at is gone. Run: qa-bot build"
        )
    return folder


def finished_generations(index: Path) -> list[Path]:
    """The folders of all whole generations, oldest first."""
    folder = index / "generations"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(
        (path for path in found if path.is_dir() and path.name[0] != "."), key=lambda one: one.name
    )
