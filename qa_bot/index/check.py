"""Verifying an index again: hashes, counts, spans, links, and a sample of its vectors."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from qa_bot.encoder import Encoder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import GazetteIndexError
from qa_bot.index.generation import Generation, finished_generations
from qa_bot.index.manifest import Manifest
from qa_bot.index.passages import passage
from qa_bot.index.vectors import encoded, passage_hashes
from qa_bot.text import strip_space

__all__ = ["Report", "check_generation", "check_others", "logical_hashes"]

CHECKING = "核对 / Checking"
# Of the same text on another processor; on the same one nothing differs.
_CLOSE = 0.999


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong.

    Attributes:
        generation: its name.
        files: whose sizes and hashes are right.
        clauses: whose texts stand in their sources, character by character.
        targets: ids that references point at.
        vectors: clauses that were encoded again, and whose vectors are the same.
        problems: what is wrong, one line each, Chinese and English; empty for a sound index.
        hashes: of `logical_hashes`.
        recall: the share of the best clauses that a search finds which does not compare them all, the least of
            the segments (`DensePart.recall`); `None` where all are compared.
    """

    generation: str
    files: int
    clauses: int
    targets: int
    vectors: int
    problems: tuple[str, ...]
    hashes: Mapping[str, str]
    recall: float | None = None


def check_generation(
    folder: Path, encoder: Encoder | None, sample: int = 50, progress: Progress = silent
) -> Report:
    """Verify a generation.

    Args:
        folder: of the generation.
        encoder: of its model; without it no vector is looked at.
        sample: how many clauses are encoded again.
        progress: told how many clauses are compared with their sources.

    Raises:
        IndexDamagedError: a file is missing or altered, so that nothing else can be trusted.
    """
    generation = Generation(folder)
    try:
        manifest = generation.manifest
        files = len(manifest.files) + sum(len(one.manifest.files) for one in generation.segments)
        problems = list(_wrong_spans(generation, progress))
        targets, missing = _targets(generation)
        problems += [
            f"引用指向的 {one} 不在索引里 / a reference points at {one}, which the index does not hold"
            for one in missing
        ]
        drawn = _sample(generation, sample) if encoder is not None else []
        if encoder is not None:
            problems += _wrong_vectors(generation, encoder, drawn)
        return Report(
            folder.name,
            files,
            manifest.clauses,
            targets,
            len(drawn),
            tuple(problems),
            logical_hashes(generation),
            generation.recall,
        )
    finally:
        generation.close()


def check_others(index: Path, current: str) -> list[tuple[str, str | None]]:
    """The other generations that are kept, each with what is wrong with its files, or `None`."""
    found: list[tuple[str, str | None]] = []
    for folder in finished_generations(index):
        if folder.name == current:
            continue
        try:
            Manifest.read(folder).verify(folder)
            found.append((folder.name, None))
        except GazetteIndexError as error:
            found.append((folder.name, str(error)))
    return found


def _wrong_spans(generation: Generation, progress: Progress) -> Iterator[str]:
    """Clauses whose text is not what stands at their spans."""
    done, total = 0, max(generation.manifest.clauses, 1)
    for issue in generation.records.issues:
        text = generation.records.text(issue.id)
        for record in generation.records.of(issue.id):
            clause = record.clause
            stands = "".join(text[start:end] for start, end in clause.spans)
            if strip_space(stands) != strip_space(clause.text):
                yield (
                    f"{clause.id} 的文字和原文不符 / the text of {clause.id} is not what its source says"
                )
            done += 1
        progress(CHECKING, done, total)


def _targets(generation: Generation) -> tuple[int, list[str]]:
    """How many ids references point at, and those that nothing bears."""
    records = generation.records
    held = set(records.ids())
    for document in records.documents:
        held.update(
            f"{document.id}/{part.id}" if part.id else document.id for part in document.parts
        )
    targets = records.pointers.targets()
    return len(targets), sorted(targets - held)


def _sample(generation: Generation, count: int) -> list[int]:
    """Positions of clauses that have vectors; the same of the same generation."""
    positions = np.flatnonzero(generation.searchable).tolist()
    drawn = random.Random(generation.folder.name).sample(positions, min(count, len(positions)))
    return sorted(drawn)


def _wrong_vectors(generation: Generation, encoder: Encoder, positions: list[int]) -> Iterator[str]:
    records = generation.records.at(positions)
    passages = [
        passage(one.clause, generation.records.document(one.issue_id, one.clause.document_id))
        for one in records
    ]
    hashes = passage_hashes(passages, np.ones(len(passages), np.bool_))
    for record, sha, made in zip(records, hashes, encoded(passages, encoder), strict=True):
        held = generation.dense.vector(record.position)
        kept = generation.hash_of(record.position)
        if kept != sha or float(held @ made.whole) < _CLOSE:
            yield (
                f"{record.clause.id} 的向量不是由它的文字来的 / "
                f"the vector of {record.clause.id} is not that of its text"
            )


def logical_hashes(generation: Generation) -> dict[str, str]:
    """What an index holds, in three hashes: the same corpus and model give the same, however it was built.

    `records`: issues, documents, clauses and links; `postings`: BM25's lists, with names found elsewhere;
    `vectors`: of clauses and sentences, rounded to three places, and the codes of tokens. All by position, so that
    segments do not matter.
    """
    return {
        "records": _records_hash(generation),
        "postings": _postings_hash(generation),
        "vectors": _vectors_hash(generation),
    }


def _records_hash(generation: Generation) -> str:
    digest = hashlib.sha256()

    def put(value: object) -> None:
        digest.update(json.dumps(value, ensure_ascii=False, default=str).encode() + b"\n")

    records = generation.records
    for issue in records.issues:
        put(asdict(issue))
        put(hashlib.sha256(records.text(issue.id).encode()).hexdigest())
        for record in records.of(issue.id):
            put([record.position, asdict(record.clause), record.citation])
    for document in records.documents:
        put(asdict(document))
    for row in records.links():
        put(row)
    for position, (kind, document_id, facets) in enumerate(
        zip(generation.kinds, generation.documents, generation.facets, strict=True)
    ):
        put([kind, document_id, sorted(facets), generation.quantities.counts[position].tolist()])
    return digest.hexdigest()


def _postings_hash(generation: Generation) -> str:
    digest = hashlib.sha256()
    for name, lists in (
        ("lexical", generation.lexical),
        ("own_words", generation.own_words),
    ):
        digest.update(name.encode())
        for token in lists.tokens():
            positions, counts = lists.postings(token)
            digest.update(token.encode() + positions.tobytes() + counts.tobytes())
    return digest.hexdigest()


def _vectors_hash(generation: Generation) -> str:
    digest = hashlib.sha256()
    for position in range(generation.manifest.clauses):
        codes, numbers = generation.tokens.of(position)
        for rows in (generation.dense.vector(position), generation.dense.sentences(position)):
            # -0.0 and 0.0 are one number and two patterns of bits
            digest.update((np.round(rows.astype(np.float32), 3) + np.float32(0)).tobytes())
        digest.update(np.ascontiguousarray(codes).tobytes() + numbers.tobytes())
    return digest.hexdigest()
