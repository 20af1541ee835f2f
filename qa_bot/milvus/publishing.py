"""Publishing: a generation on disk is written into collections of its own, looked at, then put in use by one alias.

Until the alias is switched nobody sees the new collections, so that a publication which is interrupted changes
nothing; the next one takes its rest away. The generation that was in use before is kept, for processes that still
read it.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import StoreError
from qa_bot.index import Generation
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.segment import Segment
from qa_bot.index.segment_records import write_catalogue
from qa_bot.milvus.connection import Connection, Gone
from qa_bot.milvus.generation import (
    IDF,
    SAMPLE,
    SEARCHABLE,
    SOUNDS,
    Publication,
    generation_in_use,
)
from qa_bot.milvus.packing import BLOCK, Scored, chunks, pack_scored, pack_tokens
from qa_bot.milvus.place import DEFAULT, Place
from qa_bot.milvus.records import CATALOGUE, PLACES, names_of, places_of
from qa_bot.milvus.rows import LONG
from qa_bot.milvus.sample import write_sample
from qa_bot.milvus.schema import (
    ALIAS,
    FORMAT,
    LONGEST,
    MOST_NAMED,
    PACKED,
    PUBLICATION,
    Names,
    index_params,
    make_schema,
)
from qa_bot.spelling import merged_sounds

__all__ = ["publish"]

# Rows written at once: some MB each.
_CLAUSES, _SENTENCES, _PARTS = 128, 2_048, 32
# Clauses whose words are gathered at a time.
_GATHERED = 65_536
# Seconds for one call that writes, and for one that builds an index or loads a collection.
_WRITING, _BUILDING = 60.0, 24 * 3_600.0
# Of a text Milvus' BM25 reads so many characters: each has three bytes.
_READ = LONGEST // 4

_Row = dict[str, Any]


def publish(generation: Generation, place: Place, progress: Progress = silent) -> bool:
    """Write a generation into a Milvus and put it in use there.

    Args:
        generation: on disk, opened.
        place: of the Milvus.
        progress: told how much is done.

    Returns:
        Whether it had to be written: it may be in use already.

    Raises:
        StoreError: the store cannot be reached or does not hold what was written. What was in use stays so.
    """
    _make_database(place)
    connection = Connection(place)
    try:
        names = Names(generation.folder.name)
        before = _in_use(connection)
        if before == names:
            return False
        _remove(connection, names)
        for kind, collection in zip(("clauses", "sentences", "parts"), names.all, strict=True):
            schema = make_schema(kind, generation.manifest.dim)
            connection.call("create_collection", collection, schema=schema, patience=_WRITING)
        written = _Writer(generation, connection, names, progress).write()
        _finish(connection, names, written, progress)
        switch = "create_alias" if before is None else "alter_alias"
        connection.call(switch, names.clauses, ALIAS, patience=_WRITING)
        _sweep(connection, (names, before))
        return True
    finally:
        connection.close()


@dataclass(slots=True)
class _Written:
    """How many rows each collection should have."""

    clauses: int = 0
    sentences: int = 0
    parts: int = 0


class _Writer:
    """Writes the rows of a generation."""

    def __init__(
        self, generation: Generation, connection: Connection, names: Names, progress: Progress
    ) -> None:
        self._generation = generation
        self._connection = connection
        self._names = names
        self._progress = progress
        self._written = _Written()
        self._waiting: dict[str, list[_Row]] = {collection: [] for collection in names.all}

    def write(self) -> _Written:
        """Write everything; what says that it is whole comes last."""
        total = self._generation.manifest.clauses
        done = 0
        for segment, first, start, count in _stretches(self._generation):
            for row in self._rows(segment, first, start, count):
                self._add(self._names.clauses, row, _CLAUSES)
                done += 1
                self._progress("写入条文 / Writing clauses", done, max(total, 1))
        for issue in self._generation.records.issues:
            self._long(f"t/{issue.id}", self._generation.records.text(issue.id).encode())
        files: dict[str, tuple[int, str]] = {}
        for name, data in _files(self._generation):
            files[name] = (len(data), hashlib.sha256(data).hexdigest())
            self._long(f"f/{name}", data)
        said = Publication(
            FORMAT, self._generation.folder.name, self._generation.manifest.dim, total,
            self._written.sentences, files,
        )  # fmt: skip
        for collection in self._names.all:
            self._flush(collection)
        self._part(PUBLICATION, said.written())
        self._flush(self._names.parts)
        self._written.clauses = done
        return self._written

    def _rows(self, segment: Segment, first: int, start: int, count: int) -> Iterator[_Row]:
        """The rows of clauses that follow each other in a segment."""
        words = _gathered(self._generation.lexical, _impacts, start, count)
        own = _gathered(self._generation.own_words, LexicalIndex.postings, start, count)
        numbers: dict[int, list[tuple[str, str, int]]] = {}
        held = segment.records.rows(
            "SELECT row, prefix, tail, rank FROM numbers WHERE row >= ? AND row < ? ORDER BY rowid",
            (first, first + count),
        )
        for row, prefix, tail, rank in held:
            numbers.setdefault(row, []).append((prefix, tail, rank))
        lengths = segment.tokens.own()
        clauses = segment.records.rows(
            "SELECT row, id, issue_id, json FROM clauses WHERE row >= ? AND row < ? ORDER BY row",
            (first, first + count),
        )
        for row, identity, issue_id, content in clauses:
            position = start + row - first
            kind, document, facets = segment.aspect_table[segment.aspect_numbers[row]]
            searchable = bool(segment.searchable[row])
            vectors = segment.vectors(row)
            scored = Scored(
                kind, document, frozenset(facets), segment.quantities[row], int(lengths[row]),
                words(position), frozenset(own(position)), vectors.whole, vectors.sentences,
            )  # fmt: skip
            if searchable:
                self._sentences(position, scored)
            named = numbers.get(row, [])
            looked_up = list(dict.fromkeys(one for _, tail, _ in named for one in names_of(tail)))
            if len(looked_up) > MOST_NAMED:
                raise StoreError(
                    f"条文 {identity} 提到的文号过多，Milvus 放不下 / "
                    f"The clause {identity} names more documents than a row of Milvus can hold."
                )
            text = "".join(segment.texts.of(row)) if searchable else ""
            yield {
                "position": position,
                "id": identity,
                "issue_id": issue_id,
                "searchable": searchable,
                "named": looked_up,
                "text": text[:_READ],
                "record": self._short(position, "record", content),
                "numbers": self._short(position, "numbers", json.dumps(named, ensure_ascii=False)),
                "scored": self._short(position, "scored", pack_scored(scored)),
                "tokens": self._short(position, "tokens", pack_tokens(*segment.tokens.of(row))),
            }

    def _sentences(self, position: int, scored: Scored) -> None:
        sums = 2 * scored.vector + scored.sentences.astype(np.float32)
        for number, vector in enumerate(sums):
            row = {"sentence": position * BLOCK + number, "vector": vector}
            self._add(self._names.sentences, row, _SENTENCES)
        self._written.sentences += len(sums)

    def _short(self, position: int, field: str, text: str) -> str:
        """What goes into a field: the text, or a mark for one that goes into the parts."""
        assert field in PACKED
        if len(text.encode()) <= LONGEST and text != LONG:
            return text
        self._long(f"c/{position}/{field}", text.encode())
        return LONG

    def _long(self, key: str, data: bytes) -> None:
        for number, part in enumerate(chunks(data)):
            self._part(f"{key}/{number}", part)

    def _part(self, key: str, data: str) -> None:
        self._add(self._names.parts, {"key": key, "data": data, "nothing": [0.0, 0.0]}, _PARTS)
        self._written.parts += 1

    def _add(self, collection: str, row: _Row, batch: int) -> None:
        waiting = self._waiting[collection]
        waiting.append(row)
        if len(waiting) >= batch:
            self._flush(collection)

    def _flush(self, collection: str) -> None:
        rows = self._waiting[collection]
        if rows:
            # Written again after an attempt that did not answer, a row is still there once.
            self._connection.call("upsert", collection, rows, patience=_WRITING)
            self._waiting[collection] = []


def _stretches(generation: Generation) -> Iterator[tuple[Segment, int, int, int]]:
    """All clauses in order: segment, first row there, first position, and how many, no more than are gathered at once."""
    at = 0
    for unit in generation.manifest.units:
        for begin in range(0, unit.clauses, _GATHERED):
            count = min(_GATHERED, unit.clauses - begin)
            yield generation.segments[unit.segment], unit.first + begin, at + begin, count
        at += unit.clauses


def _impacts(lexical: LexicalIndex, token: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    found = lexical.inverted(token)
    return found.positions, found.impacts


def _gathered(
    lexical: LexicalIndex,
    lists: Callable[[LexicalIndex, str], tuple[NDArray[Any], NDArray[np.float32]]],
    start: int,
    count: int,
) -> Callable[[int], dict[str, float]]:
    """What each of some clauses has, by token, out of lists by token that say which clauses have it."""
    tokens = lexical.tokens()
    places, numbers, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for number, token in enumerate(tokens):
        positions, worth = lists(lexical, token)
        begin, end = np.searchsorted(positions, [start, start + count])
        if begin < end:
            places.append(positions[begin:end].astype(np.int64))
            numbers.append(np.full(end - begin, number, np.int64))
            values.append(worth[begin:end].astype(np.float64))
    at = np.concatenate(places)
    order = np.argsort(at, kind="stable")
    at, which, held = at[order], np.concatenate(numbers)[order], np.concatenate(values)[order]

    def of(position: int) -> dict[str, float]:
        begin, end = np.searchsorted(at, [position, position + 1])
        both = zip(which[begin:end].tolist(), held[begin:end].tolist(), strict=True)
        return {tokens[number]: value for number, value in both}

    return of


def _files(generation: Generation) -> Iterator[tuple[str, bytes]]:
    """The small files: those of the generation's folder, and what its segments give together."""
    for name in ("manifest.json", *generation.manifest.files):
        yield name, (generation.folder / name).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / CATALOGUE
        write_catalogue(path, (one.records for one in generation.segments))
        yield CATALOGUE, path.read_bytes()
    yield PLACES, json.dumps(places_of(generation), ensure_ascii=False).encode()
    sounds = merged_sounds(segment.sounds() for segment in generation.segments)
    yield SOUNDS, json.dumps(sounds, ensure_ascii=False).encode()
    tokens = generation.lexical.tokens()
    rarity = {
        "idf": {token: generation.lexical.idf(token) for token in tokens},
        # No token is empty, so that no clause has it.
        "unknown": generation.lexical.idf(""),
    }
    yield IDF, json.dumps(rarity, ensure_ascii=False).encode()
    yield SAMPLE, write_sample(generation)
    target = io.BytesIO()
    np.save(target, generation.searchable, allow_pickle=False)
    yield SEARCHABLE, target.getvalue()


def _finish(connection: Connection, names: Names, written: _Written, progress: Progress) -> None:
    """Index and load the collections, and count what they hold.

    Raises:
        StoreError: a row is missing.
    """
    lite = "lite" in connection.version
    wanted = (written.clauses, written.sentences, written.parts)
    kinds = ("clauses", "sentences", "parts")
    for done, (kind, collection, rows) in enumerate(zip(kinds, names.all, wanted, strict=True)):
        progress("建 Milvus 索引 / Indexing in Milvus", done, len(kinds))
        params = index_params(kind, rows, lite)
        connection.call("flush", collection, patience=_BUILDING)
        connection.call("create_index", collection, params, patience=_BUILDING)
        connection.call("load_collection", collection, patience=_BUILDING)
        counted = connection.call(
            "query", collection, output_fields=["count(*)"], consistency_level="Strong"
        )
        held = counted[0]["count(*)"]
        if held != rows:
            raise StoreError(
                f"写入后 {collection} 有 {held} 行，应有 {rows} 行；仍用原来的一代，请再运行一次 qa-bot build --store / "
                f"{collection} has {held} rows and should have {rows}. "
                "What was in use stays so: run qa-bot build --store again."
            )
    progress("建 Milvus 索引 / Indexing in Milvus", len(kinds), len(kinds))


def _make_database(place: Place) -> None:
    """Make the database, if there is none."""
    connection = Connection(Place(place.address, DEFAULT))
    try:
        if place.database not in connection.call("list_databases"):
            connection.call("create_database", place.database, patience=_WRITING)
    finally:
        connection.close()


def _in_use(connection: Connection) -> Names | None:
    try:
        return generation_in_use(connection)
    except Gone:
        return None


def _remove(connection: Connection, names: Names) -> None:
    """Take away collections of a generation, as far as they are there."""
    for collection in names.all:
        with suppress(Gone):
            connection.call("drop_collection", collection, patience=_WRITING)


def _sweep(connection: Connection, kept: Sequence[Names | None]) -> None:
    """Take away all generations but some, and what publications left that were interrupted."""
    found = map(Names.of, connection.call("list_collections"))
    for names in {one for one in found if one is not None and one not in kept}:
        _remove(connection, names)
