"""Segments: what some sources gave, written once and never changed.

segments/<name>/
├── segment.json            its model, and the hashes of all files
├── records.sqlite          units, issues, documents, clauses
├── searchable.npy          which clauses are found by their words
├── quantities.npy          areas, amounts, days… that each clause names
├── aspects.json, .npy      kind, document and facets: those that occur, and for each clause which it has
├── sounds.json             how its words sound, for what is mistyped
├── texts.txt  starts.npy   the clauses under their headings, folded, to look for names in
├── lexical/                postings of the clauses under their headings
├── own_words/              postings of their own words alone
├── dense/                  FAISS index, sentence vectors, codes of these to search in many
├── tokens/                 token vectors, for late interaction
└── passages.npy            hash of each clause's passage, so that its vectors can be found again

Nothing in a segment depends on other segments. Its name is a hash of the keys of its units, so that a build
that was interrupted finds what it has finished.
"""

from __future__ import annotations

import functools
import hashlib
import json
import mmap
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import quantities
from qa_bot.clauses import Parsed
from qa_bot.encoder import Encoder
from qa_bot.errors import IndexDamagedError
from qa_bot.facets import facets, told_facets
from qa_bot.gazette import Issue
from qa_bot.index.dense import DensePart
from qa_bot.index.manifest import SegmentManifest, hash_files
from qa_bot.index.passages import Passage, measured, passage
from qa_bot.index.postings import Postings
from qa_bot.index.segment_records import SegmentRecords, Unit, UnitWriter
from qa_bot.index.texts import Texts, TextWriter
from qa_bot.index.tokens import TokenPart
from qa_bot.index.vectors import Checkpoint, Kept, Vectors, encode, passage_hashes
from qa_bot.ingest import Source
from qa_bot.spelling import Sounds
from qa_bot.words import Words, to_simplified

__all__ = ["Segment", "UnitSource", "seal", "segment_name", "write_arrays", "write_segment"]

Aspect = tuple[str, str, list[str]]


@dataclass(frozen=True, slots=True)
class UnitSource:
    """A source as it goes into a segment.

    Attributes:
        issue: with the ids that its documents have in the corpus.
        source: that it was read from.
        origin: where the text was taken from, for a reader.
        parsed: its clauses.
        key: `Unit.key`.
        hash: `Unit.origin`.
        facts: `Unit.facts`.
        names: of people, that its own texts show to be names.
    """

    issue: Issue
    source: Source
    origin: str | None
    parsed: Parsed
    key: str
    hash: str
    facts: dict[str, Any]
    names: tuple[str, ...]


class Segment:
    """An opened segment. Nothing in it changes."""

    def __init__(self, folder: Path) -> None:
        """Open a segment's folder.

        Raises:
            IndexDamagedError: a file is missing or unreadable.
        """
        self.folder = folder
        self.manifest = SegmentManifest.read(folder)
        self.records = SegmentRecords(folder / "records.sqlite")
        self.lexical = Postings.open(folder / "lexical")
        self.own_words = Postings.open(folder / "own_words")
        self.dense = DensePart.open(folder / "dense")
        self.tokens = TokenPart.open(folder / "tokens")
        try:
            self.searchable = np.load(folder / "searchable.npy", allow_pickle=False)
            self.quantities = np.load(folder / "quantities.npy", allow_pickle=False)
            table = json.loads((folder / "aspects.json").read_text(encoding="utf-8"))
            self.aspect_table: list[Aspect] = [tuple(one) for one in table]
            self.aspect_numbers = np.load(folder / "aspects.npy", allow_pickle=False)
            if not np.isin(self.aspect_numbers, np.arange(len(table))).all():
                raise ValueError("aspects.npy")
            # Held, though read when first needed: a rebuild may take the folder away meanwhile.
            with (folder / "sounds.json").open("rb") as stream:
                self._sounds = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamagedError(
                f"索引的一段 {folder.name} 读不了：{error}；请运行 qa-bot build / "
                f"The segment {folder.name} of the index cannot be read: {error}. Run: qa-bot build"
            ) from error
        counts = {
            self.manifest.clauses, len(self.lexical.lengths), len(self.own_words.lengths),
            self.dense.size, self.tokens.size, len(self.searchable), len(self.quantities),
            len(self.aspect_numbers),
        }  # fmt: skip
        if len(counts) != 1:
            raise IndexDamagedError(
                "索引各部分的条数不一致；请运行 qa-bot build / "
                "The parts of the index hold different numbers of clauses. "
                "Run: qa-bot build"
            )

    @functools.cached_property
    def units(self) -> list[Unit]:
        """What it consists of, by row."""
        return self.records.units()

    def unit_at(self, row: int) -> Unit:
        """The unit that a row is of."""
        return self.units[bisect_right(self.units, row, key=lambda unit: unit.first) - 1]

    def sounds(self) -> dict[str, Any]:
        """How its words sound: `qa_bot.spelling.Sounds`."""
        found: dict[str, Any] = json.loads(self._sounds[:])
        return found

    def hashes(self) -> tuple[str, ...]:
        """Of the passages, by row."""
        return self._hashes

    @functools.cached_property
    def _hashes(self) -> tuple[str, ...]:
        found = np.load(self.folder / "passages.npy", allow_pickle=False)
        return tuple(sha.decode() for sha in found)

    @functools.cached_property
    def texts(self) -> Texts:
        """The clauses under their headings, to look for names in."""
        return Texts.open(self.folder)

    def vectors(self, row: int) -> Vectors:
        """What the model made of a clause."""
        return Vectors(self.dense.vector(row), self.dense.sentences(row), *self.tokens.of(row))

    def close(self) -> None:
        """Close its files."""
        self.records.close()


def segment_name(keys: Iterable[str]) -> str:
    """The name of the segment that holds the units of these keys, in this order."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:20]


def write_segment(
    folder: Path,
    units: Sequence[UnitSource],
    words: Words,
    kept: Sequence[Kept],
    encoder: Encoder,
    checkpoint: Checkpoint,
    told: Callable[[int], None],
) -> None:
    """Write a segment into an empty folder.

    Args:
        folder: where it goes.
        units: in the order of their issues' ids.
        words: without any names.
        kept: where vectors may be found.
        encoder: makes the others.
        checkpoint: keeps them until the build is done.
        told: how many of its clauses are done.

    Raises:
        OSError, sqlite3.Error: it cannot be written.
        ValueError: two clauses have one id.
    """
    writer = UnitWriter(folder / "records.sqlite")
    try:
        for unit in units:
            writer.add(
                unit.issue, unit.source, unit.origin, unit.parsed, unit.key, unit.hash, unit.facts
            )
    finally:
        writer.close()
    made = _Derived(words)
    for unit in units:
        made.add(unit)
    made.texts.save(folder)
    searchable = np.array(made.searchable, np.bool_)
    hashes = passage_hashes(made.passages, searchable)
    dense, tokens = encode(made.passages, hashes, searchable, kept, encoder, checkpoint, told)
    write_arrays(
        folder,
        searchable=searchable,
        quantities=quantities(
            made.measured, above=[one.full[: one.offset] for one in made.passages]
        ).counts,
        aspects=made.aspects,
        sounds=made.sounds.table(words),
        hashes=hashes,
        lexical=Postings.build(made.tokens),
        own_words=Postings.build(made.own_tokens),
        dense=dense,
        tokens=tokens,
    )
    seal(folder, encoder.model.fingerprint, encoder.model.dim, dense)


def write_arrays(
    folder: Path,
    *,
    searchable: NDArray[np.bool_],
    quantities: NDArray[np.int16],
    aspects: Sequence[Aspect],
    sounds: dict[str, Any],
    hashes: Sequence[str],
    lexical: Postings,
    own_words: Postings,
    dense: DensePart,
    tokens: TokenPart,
) -> None:
    """Write everything of a segment but its records and its texts."""
    np.save(folder / "searchable.npy", searchable, allow_pickle=False)
    np.save(folder / "quantities.npy", quantities, allow_pickle=False)
    np.save(folder / "passages.npy", np.array(hashes, "S64"), allow_pickle=False)
    table = sorted({(kind, document, tuple(some)) for kind, document, some in aspects})
    number = {one: at for at, one in enumerate(table)}
    rows = [number[kind, document, tuple(some)] for kind, document, some in aspects]
    np.save(folder / "aspects.npy", np.array(rows, np.int32), allow_pickle=False)
    for name, value in (("aspects", table), ("sounds", sounds)):
        text = json.dumps(value, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    lexical.save(folder / "lexical")
    own_words.save(folder / "own_words")
    dense.save(folder / "dense")
    tokens.save(folder / "tokens")


def seal(folder: Path, model_fingerprint: str, dim: int, dense: DensePart) -> None:
    """Write what says that a segment is whole, and how well its codes find what they should."""
    codes = dense.coarse.kind if dense.coarse else None
    SegmentManifest(
        model_fingerprint, dim, dense.size, hash_files(folder), codes, dense.recall()
    ).write(folder)


class _Derived:
    """What is worked out of the clauses of a segment, unit by unit."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.sounds = Sounds()
        self.texts = TextWriter()
        self.passages: list[Passage] = []
        self.searchable: list[bool] = []
        self.measured: list[str] = []
        self.aspects: list[Aspect] = []
        self.tokens: list[list[str]] = []
        self.own_tokens: list[list[str]] = []

    def add(self, unit: UnitSource) -> None:
        """Take a unit."""
        documents = {document.id: document for document in unit.issue.documents}
        # What stands in an issue is of its place and, unless it says otherwise, of its year.
        when = facets(unit.issue.name)
        when |= {f"year:{unit.issue.year}"} if unit.issue.year else set()
        full, bodies = [], []
        with self._words.knowing(unit.names):
            for clause in unit.parsed.clauses:
                document = documents[clause.document_id]
                read = passage(clause, document)
                self.passages.append(read)
                self.searchable.append(clause.searchable)
                self.measured.append(measured(clause))
                cells = [(cell.column, cell.text) for cell in clause.cells]
                told = told_facets(read.full, clause.text, cells, clause.day, document.month)
                self.aspects.append((clause.kind, clause.document_id, sorted(when | told)))
                self.tokens.append(self._words.tokens(read.full))
                self.own_tokens.append(self._words.tokens(clause.text))
                full.append(to_simplified(read.full))
                bodies.append(to_simplified(read.body))
                self.texts.add(full[-1], len(full[-1]) - len(bodies[-1]))
            self.sounds.add(full, bodies, self._words)
