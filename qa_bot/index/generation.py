"""Generations: each build is a new folder; one pointer says which is in use.

index/
├── CURRENT                     the name of the generation in use
└── generations/<name>/
    ├── manifest.json           what it was made from, hashes of all files
    ├── records.sqlite          issues, documents, clauses, references, what answers together, exemptions
    ├── words.json              words of the corpus that the segmenter must know
    ├── synonyms.json           everyday words and their official terms
    ├── sounds.json             how words and characters sound, for what is mistyped
    ├── searchable.npy          which clauses are found by their words
    ├── quantities.npy          areas, amounts, days… that each clause names
    ├── aspects.json            kind, document and facets of each clause
    ├── lexical/                BM25 of the clauses under their headings
    ├── own_words/              BM25 of their own words alone
    ├── dense/                  FAISS index, sentence vectors
    ├── tokens/                 token vectors, for late interaction
    └── passages.json           hash of each clause's passage, so that its vectors can be kept
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from qa_bot.asked import Quantities, quantities
from qa_bot.clauses import Parsed
from qa_bot.encoder import Encoder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import GazetteIndexError, IndexDamagedError, IndexMissingError
from qa_bot.facets import facets, told_facets
from qa_bot.gazette import Issue
from qa_bot.gazette.identity import Standing
from qa_bot.index.dense import DenseIndex
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.manifest import (
    FORMAT,
    VECTORS_SINCE,
    Manifest,
    code_fingerprint,
    digest,
    hash_files,
)
from qa_bot.index.passages import measured, passage
from qa_bot.index.records import Records, covered_month, write_records
from qa_bot.index.tokens import TokenIndex
from qa_bot.index.vectors import Checkpoint, Vectors, encode, passage_hashes
from qa_bot.ingest import Source
from qa_bot.references import Links
from qa_bot.spelling import Spelling, sound_table
from qa_bot.synonyms import Synonyms, defined_pairs, merged, shipped_synonyms
from qa_bot.words import Words, people, to_simplified

__all__ = ["Generation", "build_generation", "current_generation"]

_POINTER = "CURRENT"
_KEPT = 2


class Generation:
    """An opened index: records, lexical and dense index, words. Nothing in it changes.

    Attributes:
        covers: the first day of the month that the latest issue covers, or `None` where no issue tells.
    """

    def __init__(self, folder: Path, verify: bool = True) -> None:
        """Open a generation's folder.

        Raises:
            IndexDamagedError: a file is missing, altered or unreadable.
        """
        self.folder = folder
        self.manifest = Manifest.read(folder)
        if verify:
            self.manifest.verify(folder)
        self.records = Records(folder / "records.sqlite")
        self.lexical = LexicalIndex.open(folder / "lexical")
        self.own_words = LexicalIndex.open(folder / "own_words")
        self.dense = DenseIndex.open(folder / "dense")
        self.tokens = TokenIndex.open(folder / "tokens")
        dictionary = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        self.words = Words(dictionary)
        self.synonyms = _synonyms(folder, self.words)
        self.searchable = np.load(folder / "searchable.npy", allow_pickle=False)
        self.quantities = Quantities(np.load(folder / "quantities.npy", allow_pickle=False))
        aspects = json.loads((folder / "aspects.json").read_text(encoding="utf-8"))
        self.kinds: list[str] = [kind for kind, _, _ in aspects]
        self.documents: list[str] = [document for _, document, _ in aspects]
        self.facets = [frozenset(some) for _, _, some in aspects]
        # Held, though parsed when first needed: a rebuild may take the folder away meanwhile.
        self._sounds = (folder / "sounds.json").read_bytes()
        self.covers = covered_month(self.records.issues, self.records.documents)
        counts = {
            self.manifest.clauses, self.lexical.size, self.own_words.size, self.dense.size,
            self.tokens.size, len(self.searchable), len(self.quantities.counts), len(aspects),
        }  # fmt: skip
        if len(counts) != 1:
            raise IndexDamagedError(
                "索引各部分的条数不一致；请运行 qa-bot build / "
                "The parts of the index hold different numbers of clauses. "
                "Run: qa-bot build"
            )

    @functools.cached_property
    def spelling(self) -> Spelling:
        """What reads mistyped words; its table is parsed when first asked for.

        Raises:
            IndexDamagedError: the table is unreadable.
        """
        try:
            return Spelling(json.loads(self._sounds), self.words)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(
                f"读音表读不了：{error}；请运行 qa-bot build / "
                f"The table of sounds cannot be read: {error}. Run: qa-bot build"
            ) from error


def _synonyms(folder: Path, words: Words) -> Synonyms:
    try:
        table = json.loads((folder / "synonyms.json").read_text(encoding="utf-8"))
        return Synonyms(table, words)
    except (OSError, ValueError, TypeError, AttributeError) as error:
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
    pointer = index / _POINTER
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


def build_generation(
    index: Path,
    issues: Sequence[tuple[Issue, Source, str | None, Parsed]],
    links: Links,
    corpus: dict[str, str],
    encoder: Encoder,
    version: str,
    progress: Progress = silent,
    synonyms: Mapping[str, tuple[str, ...]] | None = None,
    standings: Mapping[tuple[str, str], Standing] | None = None,
) -> Path:
    """Build a new generation, verify it, and make it the one in use.

    Vectors of passages that the generation before holds for the same model are taken over, from an older
    format, too, whose vectors mean the same. `synonyms` are the user's own, `standings` as of `write_records`.

    Guarantees: until the last step nothing changes for readers; an exception, Ctrl-C among them,
    leaves the old generation in use and no half-written folder behind. What was encoded until then is
    taken over by the next build.

    Raises:
        GazetteIndexError: the folder cannot be written.
    """
    generations = index / "generations"
    try:
        generations.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".building-", dir=generations))
    except OSError as error:
        raise GazetteIndexError(
            f"索引文件夹 {index} 写不了：{error.strerror}；可用 --data 指定别处 / "
            f"Cannot write the index folder {index}: {error.strerror}. "
            "Point --data at a folder that can be written."
        ) from error
    try:
        _fill(
            folder,
            index,
            issues,
            links,
            corpus,
            encoder,
            version,
            progress,
            synonyms or {},
            standings,
        )
        Generation(folder).records.close()
        name = f"{time.strftime('%Y%m%dT%H%M%S')}-{digest(folder)}"
        target = generations / name
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise GazetteIndexError(
            f"建索引时出错：{error}；旧索引未动 / "
            f"Building the index failed: {error}. The old index is untouched."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    temporary = index / f".{_POINTER}-{os.getpid()}"
    temporary.write_text(name + "\n", encoding="utf-8")
    temporary.replace(index / _POINTER)
    Checkpoint(index, encoder.model.fingerprint).clear()
    _sweep(generations, name)
    return target


def _sweep(generations: Path, current: str) -> None:
    """Remove all but the newest generations, and what builds killed over a day ago left."""
    finished = sorted(
        (path for path in generations.iterdir() if path.is_dir() and path.name[0] != "."),
        key=lambda path: path.name,
    )
    old = [path for path in finished if path.name != current][: -(_KEPT - 1) or None]
    left = [
        path
        for path in generations.glob(".building-*")
        if time.time() - path.stat().st_mtime > 86_400
    ]
    for path in (*old, *left):
        shutil.rmtree(path, ignore_errors=True)


def _fill(
    folder: Path,
    index: Path,
    issues: Sequence[tuple[Issue, Source, str | None, Parsed]],
    links: Links,
    corpus: dict[str, str],
    encoder: Encoder,
    version: str,
    progress: Progress,
    synonyms: Mapping[str, tuple[str, ...]],
    standings: Mapping[tuple[str, str], Standing] | None,
) -> None:
    records = write_records(folder / "records.sqlite", issues, links, standings)
    documents = {
        (issue.id, document.id): document for issue, *_ in issues for document in issue.documents
    }
    passages = [
        passage(record.clause, documents[(record.issue_id, record.clause.document_id)])
        for record in records
    ]
    # What stands in an issue is of its place and, unless it says otherwise, of its year.
    when = {
        issue.id: facets(issue.name) | ({f"year:{issue.year}"} if issue.year else set())
        for issue, *_ in issues
    }
    dictionary = people([record.clause.text for record in records])
    words = Words(dictionary)
    (folder / "words.json").write_text(
        json.dumps(words.dictionary, ensure_ascii=False), encoding="utf-8"
    )
    named_in = [name for one in documents.values() for name in (one.issuer, one.addressees) if name]
    defined = defined_pairs(
        [to_simplified(record.clause.text) for record in records], map(to_simplified, named_in)
    )
    official = merged(shipped_synonyms(), defined, synonyms)
    (folder / "synonyms.json").write_text(
        json.dumps(official, ensure_ascii=False), encoding="utf-8"
    )
    LexicalIndex.build([words.tokens(p.full) for p in passages]).save(folder / "lexical")
    own_words = [words.tokens(record.clause.text) for record in records]
    LexicalIndex.build(own_words).save(folder / "own_words")
    written = [[to_simplified(text) for text in (p.full, p.body)] for p in passages]
    table = sound_table([full for full, _ in written], [body for _, body in written], words)
    (folder / "sounds.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    aspects = [
        (
            record.clause.kind,
            record.clause.document_id,
            sorted(
                when[record.issue_id]
                | told_facets(
                    found.full,
                    record.clause.text,
                    [(cell.column, cell.text) for cell in record.clause.cells],
                    record.clause.day,
                    documents[(record.issue_id, record.clause.document_id)].month,
                )
            ),
        )
        for record, found in zip(records, passages, strict=True)
    ]
    (folder / "aspects.json").write_text(json.dumps(aspects, ensure_ascii=False), encoding="utf-8")
    searchable = np.array([record.clause.searchable for record in records], dtype=np.bool_)
    hashes = passage_hashes(passages, searchable)
    (folder / "passages.json").write_text(json.dumps(hashes), encoding="utf-8")
    np.save(folder / "searchable.npy", searchable, allow_pickle=False)
    named = quantities(
        [measured(record.clause) for record in records],
        above=[p.full[: p.offset] for p in passages],
    )
    np.save(folder / "quantities.npy", named.counts, allow_pickle=False)
    kept = _kept_vectors(index, encoder.model.fingerprint)
    checkpoint = Checkpoint(index, encoder.model.fingerprint)
    dense, tokens = encode(passages, hashes, searchable, kept, encoder, checkpoint, progress)
    dense.save(folder / "dense")
    tokens.save(folder / "tokens")
    Manifest(
        format=FORMAT,
        version=version,
        code=code_fingerprint(),
        corpus=corpus,
        model=encoder.model.path.name,
        model_fingerprint=encoder.model.fingerprint,
        dim=encoder.model.dim,
        clauses=len(records),
        files=hash_files(folder),
    ).write(folder)


def _kept_vectors(index: Path, fingerprint: str) -> dict[str, Vectors]:
    """Vectors of the generation in use by passage hash, if the same model made them."""
    try:
        folder = current_generation(index)
        manifest = Manifest.read(folder, VECTORS_SINCE)
        if manifest.model_fingerprint != fingerprint:
            return {}
        manifest.verify(folder)
        dense = DenseIndex.open(folder / "dense")
        tokens = TokenIndex.open(folder / "tokens")
        hashes = json.loads((folder / "passages.json").read_text(encoding="utf-8"))
    except (GazetteIndexError, OSError, ValueError):
        return {}
    vectors = dense.vectors()
    return {
        sha: Vectors(vectors[i], dense.sentences(i), *tokens.of(i)) for i, sha in enumerate(hashes)
    }
