"""Encoding on several machines: each takes its share of the passages, one gathers what they made."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from qa_bot.encoder import Encoder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import InputError
from qa_bot.index.passages import Passage, passage
from qa_bot.index.plan import CorpusFile
from qa_bot.index.vectors import ENCODED, ENCODING, Checkpoint, encoded, passage_hashes
from qa_bot.index.writing import writing

__all__ = ["encode_share", "gather"]

_CHUNK = 64


def encode_share(
    files: Sequence[CorpusFile],
    encoder: Encoder,
    part: int,
    of: int,
    out: Path,
    progress: Progress = silent,
) -> int:
    """Encode the passages of a corpus whose hashes fall to one part; how many these are.

    Which they are depends on their texts alone, so that parts need not know of each other. What stands in
    `out` already is not made again.

    Args:
        files: of the corpus.
        encoder: of the model.
        part: from 1 to `of`.
        of: how many parts there are.
        out: folder to write into.
        progress: told how many files are done.
    """
    checkpoint = Checkpoint(out, encoder.model.fingerprint)
    seen: set[str] = set()
    count = 0
    with writing(out, untouched=False), closing(checkpoint):
        for number, file in enumerate(files):
            progress(ENCODING, number, len(files))
            mine = {
                sha: one
                for sha, one in _passages(file).items()
                if int(sha[:8], 16) % of == part - 1
            }
            count += len(mine.keys() - seen)
            there = checkpoint.find(mine)
            todo = [sha for sha in mine if sha not in there and sha not in seen]
            seen.update(mine)
            for start in range(0, len(todo), _CHUNK):
                chunk = todo[start : start + _CHUNK]
                made = encoded([mine[sha] for sha in chunk], encoder)
                for sha, vectors in zip(chunk, made, strict=True):
                    checkpoint.add(sha, vectors)
    progress(ENCODING, max(len(files), 1), max(len(files), 1))
    return count


def _passages(file: CorpusFile) -> dict[str, Passage]:
    """The passages of a file that are searched for, by hash."""
    source, known = file.read()
    issue = file.issue(source, known)
    documents = {document.id: document for document in issue.documents}
    clauses = [one for one in file.clauses(issue, source).clauses if one.searchable]
    passages = [passage(clause, documents[clause.document_id]) for clause in clauses]
    hashes = passage_hashes(passages, np.ones(len(passages), np.bool_))
    return dict(zip(hashes, passages, strict=True))


def gather(index: Path, folders: Sequence[Path], fingerprint: str) -> None:
    """Put what other machines have made where a build finds it.

    Args:
        index: of the build.
        folders: each `out` of an `encode_share`, whole or not.
        fingerprint: of the model that the build uses.

    Raises:
        InputError: a folder holds nothing of this model.
    """
    target = Checkpoint(index / ENCODED, fingerprint).folder
    with writing(index):
        target.mkdir(parents=True, exist_ok=True)
    for number, folder in enumerate(folders):
        files = sorted(Checkpoint(folder, fingerprint).folder.glob("*.npz"))
        if not files:
            raise InputError(
                f"{folder} 里没有这个模型的向量；请用同样的模型和 --adapter 运行 qa-bot encode / "
                f"{folder} holds no vectors of this model: run qa-bot encode with the same model and adapter."
            )
        with writing(index):
            for file in files:
                temporary = target / f"{number}-{file.name}.new"
                try:
                    shutil.copyfile(file, temporary)
                    temporary.replace(target / f"{number}-{file.name}")
                finally:
                    temporary.unlink(missing_ok=True)
