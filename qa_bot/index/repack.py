"""Units of several segments put together in a new one, as they are: nothing is parsed or encoded again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.index.postings import Postings
from qa_bot.index.segment import Segment, seal, write_arrays
from qa_bot.index.segment_records import Unit, copy_units
from qa_bot.index.texts import TextWriter
from qa_bot.index.vectors import packed
from qa_bot.spelling import Sounds, merged_sounds
from qa_bot.words import Words, names_from

__all__ = ["repack"]


def repack(folder: Path, units: Sequence[tuple[Segment, Unit]], words: Words) -> None:
    """Write a segment that holds some units of others.

    Guarantees: it is what `write_segment` makes of the sources of these units.

    Args:
        folder: an empty one.
        units: in the order of their issues' ids, at least one.
        words: without any names.

    Raises:
        OSError, sqlite3.Error: it cannot be written.
    """
    copy_units(folder / "records.sqlite", [(segment.records, unit) for segment, unit in units])
    rows = [
        (segment, row)
        for segment, unit in units
        for row in range(unit.first, unit.first + unit.clauses)
    ]
    texts = TextWriter()
    for segment, row in rows:
        above, own = segment.texts.of(row)
        texts.add(above + own, len(above))
    texts.save(folder)
    dim = units[0][0].manifest.dim
    dense, tokens = packed([segment.vectors(row) for segment, row in rows], dim)
    write_arrays(
        folder,
        searchable=_gathered(units, "searchable"),
        quantities=_gathered(units, "quantities"),
        aspects=[segment.aspect_table[segment.aspect_numbers[row]] for segment, row in rows],
        sounds=_sounds(units, words),
        hashes=[sha for segment, unit in units for sha in _of(segment.hashes(), unit)],
        lexical=_postings([(segment.lexical, unit) for segment, unit in units]),
        own_words=_postings([(segment.own_words, unit) for segment, unit in units]),
        dense=dense,
        tokens=tokens,
    )
    seal(folder, units[0][0].manifest.model_fingerprint, dim, dense)


def _of(values: Any, unit: Unit) -> Any:  # noqa: ANN401 - a list or an array
    return values[unit.first : unit.first + unit.clauses]


def _gathered(units: Sequence[tuple[Segment, Unit]], name: str) -> NDArray[Any]:
    return np.concatenate([_of(getattr(segment, name), unit) for segment, unit in units])


def _postings(units: Sequence[tuple[Postings, Unit]]) -> Postings:
    """The inverted lists of some stretches of rows; each source is read once, however many stretches it has."""
    moved: dict[int, tuple[Postings, NDArray[np.int64]]] = {}
    at = 0
    for postings, unit in units:
        _, rows = moved.setdefault(
            id(postings), (postings, np.full(len(postings.lengths), -1, np.int64))
        )
        rows[unit.first : unit.first + unit.clauses] = np.arange(at, at + unit.clauses)
        at += unit.clauses
    vocabulary = sorted({token for postings, _ in moved.values() for token in postings.vocabulary})
    column = {token: number for number, token in enumerate(vocabulary)}
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]] = []
    for postings, new_rows in moved.values():
        columns = np.array([column[token] for token in postings.vocabulary], np.int64)
        every = np.repeat(columns, np.diff(postings.bounds))
        rows = new_rows[np.asarray(postings.rows, np.int64)]
        mine = rows >= 0
        found.append((every[mine], rows[mine], np.asarray(postings.counts)[mine]))
    columns, rows, counts = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((rows, columns))
    held = np.unique(columns)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=len(column))[held])])
    return Postings(
        [vocabulary[number] for number in held],
        bounds.astype(np.int64),
        rows[order].astype(np.int32),
        counts[order],
        np.concatenate([_of(postings.lengths, unit) for postings, unit in units]),
    )


def _sounds(units: Sequence[tuple[Segment, Unit]], words: Words) -> dict[str, Any]:
    """How the words of some units sound; those of a segment that is taken as a whole are known."""
    taken: dict[int, list[tuple[Segment, Unit]]] = {}
    for segment, unit in units:
        taken.setdefault(id(segment), []).append((segment, unit))
    tables = []
    for own in taken.values():
        segment = own[0][0]
        if len(own) == len(segment.units):
            tables.append(segment.sounds())
            continue
        sounds = Sounds()
        for _, unit in own:
            texts = [segment.texts.of(row) for row in range(unit.first, unit.first + unit.clauses)]
            with words.knowing(names_from(unit.facts["people"])):
                sounds.add(
                    [above + body for above, body in texts], [body for _, body in texts], words
                )
        tables.append(sounds.table(words))
    return merged_sounds(tables)
