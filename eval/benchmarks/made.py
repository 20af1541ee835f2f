"""Indexes of any size whose vectors and postings are distributed as those of a real one.

A segment of a real index is copied: each clause's vectors, and its sentences', are moved a little way off, the
same for both, and coded anew with the codes of the segment that they come from; the first copy is as it is. Of
the words that only few clauses have a share gets another name in each copy, since a larger corpus has more
words. Token vectors, kinds, quantities and facets are taken over: they are read of candidates only, and their
files are linked, not copied. There are no records: what is measured is the search.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import faiss
import numpy as np
from rich.progress import track

from qa_bot.asked import Quantities
from qa_bot.index import Generation
from qa_bot.index.arrays import mapped
from qa_bot.index.coarse import Coarse, sums
from qa_bot.index.dense import DenseIndex, DensePart
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.postings import Postings
from qa_bot.index.segment import Segment
from qa_bot.index.store import LocalStore
from qa_bot.index.tokens import TokenIndex, TokenPart

# How far a copy lies from its clause: the cosine of both is about .95.
AWAY = 0.33
# Words that at most so many clauses of a segment have are rare; so many of these are new in a copy.
RARE, NEW = 2, 0.5
LINKED = ("tokens", "own_words")


def make(source: Generation, folder: Path, clauses: int) -> list[Path]:
    """The folders of segments that hold so many clauses together; those that are there stay."""
    found, held, copy = [], 0, 0
    while held < clauses:
        for segment in source.segments:
            if held >= clauses:
                break
            rows = min(segment.manifest.clauses, clauses - held)
            some = "" if rows == segment.manifest.clauses else f"-{rows}"
            path = folder / f"{copy:03d}-{segment.folder.name}{some}"
            found.append((segment, path, copy, rows))
            held += rows
        copy += 1
    for segment, path, number, rows in track(found, f"{clauses:,} clauses"):
        if not (path / "whole").is_file():
            _make(segment, path, number, rows)
    return [path for _, path, _, _ in found]


def _make(segment: Segment, path: Path, copy: int, rows: int) -> None:
    """One segment: all rows of another, or the first of them."""
    path.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng([copy, *segment.folder.name.encode()])
    of = segment.folder
    if rows == segment.manifest.clauses:
        for name in LINKED:
            _link(of / name, path / name)
    else:
        _first(segment.own_words, rows).save(_new(path / "own_words"))
        bounds = segment.tokens.bounds()[: rows + 1]
        few = slice(0, int(bounds[-1]))
        part = TokenPart(
            mapped(of / "tokens" / "codes.npy")[few],
            mapped(of / "tokens" / "sentences.npy")[few],
            bounds,
        )
        part.save(_new(path / "tokens"))
    _renamed(_first(segment.lexical, rows), copy, random).save(_new(path / "lexical"))
    for name in ("searchable", "quantities", "aspects"):
        np.save(path / f"{name}.npy", np.load(of / f"{name}.npy")[:rows])
    (path / "aspects.json").write_bytes((of / "aspects.json").read_bytes())
    _vectors(segment, path / "dense", copy, rows, random)
    (path / "whole").touch()


def _vectors(segment: Segment, folder: Path, copy: int, rows: int, random) -> None:
    vectors = segment.dense.vectors()[:rows]
    bounds = np.load(segment.folder / "dense" / "bounds.npy")[: rows + 1]
    sentences = mapped(segment.folder / "dense" / "sentences.npy")[: bounds[-1]]
    if copy == 0 and rows == segment.manifest.clauses and segment.dense.coarse:
        _link(segment.folder / "dense", folder)
        return
    moved = np.zeros_like(vectors)
    if copy:
        moved = random.standard_normal(vectors.shape, np.float32) * (AWAY / vectors.shape[1] ** 0.5)
    own = _unit(vectors + moved)
    theirs = _unit(sentences.astype(np.float32) + np.repeat(moved, np.diff(bounds), axis=0))
    coarse = None
    if segment.dense.coarse is not None:  # the codes' tables are those of the segment
        index = faiss.read_index(str(segment.folder / "dense" / "coarse.faiss"))
        index.reset()
        index.add(sums(own, theirs.astype(np.float16), bounds, np.arange(len(theirs))))
        coarse = Coarse(index)
    index = faiss.IndexFlatIP(own.shape[1])
    index.add(own)
    DensePart(index, theirs.astype(np.float16), bounds, coarse).save(_new(folder))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _first(postings: Postings, rows: int) -> Postings:
    """The lists of the first rows."""
    if rows == len(postings.lengths):
        return postings
    mine = postings.rows < rows
    lists = np.repeat(np.arange(len(postings.bounds) - 1), np.diff(postings.bounds))[mine]
    counts = np.bincount(lists, minlength=len(postings.bounds) - 1)
    words = [word for word, count in zip(postings.vocabulary, counts, strict=True) if count]
    bounds = np.cumsum([0, *counts[counts > 0]])
    return Postings(
        words, bounds, postings.rows[mine], postings.counts[mine], postings.lengths[:rows]
    )


def _renamed(postings: Postings, copy: int, random) -> Postings:
    """The same lists, some rare words under new names; in the order of their names they need not be."""
    counts = np.diff(postings.bounds)
    new = (counts <= RARE) & (random.random(len(counts)) < NEW) & (copy > 0)
    words = [
        f"{word}_{copy}" if is_new else word
        for word, is_new in zip(postings.vocabulary, new, strict=True)
    ]
    return Postings(words, postings.bounds, postings.rows, postings.counts, postings.lengths)


def _new(folder: Path) -> Path:
    """A path at which nothing is, whatever an interrupted run has left there."""
    for path in folder.glob("*"):
        path.unlink()
    if folder.is_dir():
        folder.rmdir()
    return folder


def _link(source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in source.iterdir():
        link = folder / path.name
        link.unlink(missing_ok=True)
        os.link(path, link)


class Made:
    """Segments as a search sees them: a generation without records."""

    def __init__(self, folders: list[Path], exact: bool | None = None) -> None:
        parts = [
            (
                DensePart.open(folder / "dense"),
                TokenPart.open(folder / "tokens"),
                Postings.open(folder / "lexical"),
                folder,
            )
            for folder in folders
        ]
        sizes = [dense.size for dense, _, _, _ in parts]
        ends = np.cumsum(sizes)
        positions = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        places = (
            np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            np.concatenate([np.arange(size, dtype=np.int32) for size in sizes]),
        )
        at = list(zip(parts, positions, strict=True))
        self.dense = DenseIndex([(one[0], where) for one, where in at], places)
        self.tokens = TokenIndex([(one[1], where) for one, where in at], places)
        self.lexical = LexicalIndex([(one[2], where) for one, where in at])
        self.searchable = np.concatenate([np.load(f / "searchable.npy") for f in folders])
        self.quantities = Quantities(
            np.concatenate([np.load(f / "quantities.npy") for f in folders])
        )
        self.kinds, self.documents, self.facets = [], [], []
        for folder in folders:
            table = [
                (kind, document, frozenset(facets))
                for kind, document, facets in json.loads(
                    (folder / "aspects.json").read_text("utf-8")
                )
            ]
            for number in np.load(folder / "aspects.npy").tolist():
                kind, document, facets = table[number]
                self.kinds.append(kind)
                self.documents.append(document)
                self.facets.append(facets)
        self.store = LocalStore(self.dense, self.lexical, self.quantities, self.searchable, exact)
