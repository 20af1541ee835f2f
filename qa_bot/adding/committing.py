"""Putting files into a corpus folder, and taking them out: wholly or not at all.

What is being put in place lies in `.adding/` of the corpus folder, where no reader looks: complete and
written to the disk before it is renamed to its place. A file that gives way to one of another suffix
lies in `.adding/old/` between the two renames; if the process ends there, the next one puts it back.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from qa_bot.adding.holding import Held
from qa_bot.adding.model import Failed, printable
from qa_bot.adding.naming import same_stem
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import CorpusError, InputError
from qa_bot.files import sha256_of, sync_folder
from qa_bot.ingest import corpus_files
from qa_bot.locking import locked
from qa_bot.settings import DataFolder
from qa_bot.synonyms import USER_FILE

__all__ = ["Addition", "Committed", "clear_leftovers", "commit", "remove"]

_STAGING = ".adding"
_OLD = "old"
_NEW_CORPUS = ".corpus-adding"
_CHUNK = 1 << 20
_STAGE = "复制 / Copying"


@dataclass(frozen=True, slots=True)
class Addition:
    """A file to be put into the corpus.

    Attributes:
        source: the original.
        sha256: that its bytes had when it was reviewed.
        stem: the name that it gets; its suffix stays.
        toml: the TOML file to be written beside it; `None` if none has to be.
        replaces: the corpus file that gives way to it; itself if only the TOML file is new.
    """

    source: Path
    sha256: str
    stem: str
    toml: bytes | None = None
    replaces: Held | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What was put into the corpus.

    Attributes:
        data: with the corpus that it went to.
        added: names of corpus files, in order.
        failed: what could not be put there, each with the reason.
    """

    data: DataFolder
    added: tuple[str, ...]
    failed: tuple[Failed, ...]


def commit(
    data: DataFolder,
    additions: Sequence[Addition],
    with_built_in: bool = False,
    progress: Progress = silent,
) -> Committed:
    """Put files into the corpus, one after the other.

    Guarantees: a file is in the corpus with all its bytes, under its name, or not at all, at every moment
    and however the process ends; its bytes are those that were reviewed; no corpus file is changed but
    those that were to be replaced. The built-in corpus is never written to.

    Args:
        data: where the corpus lies; the folder is made if there is none.
        additions: what is to be put there.
        with_built_in: whether an own corpus that takes the place of the built-in one gets its files first.
        progress: told of every file.

    Raises:
        CorpusError: the corpus folder is read-only, or the disk full; what was added until then stays.
        BusyError: another process is changing this data folder.
    """
    with locked(data.index, "qa-bot add"):
        corpus = data.own_corpus
        made = not corpus.exists()
        if made:
            _make(corpus, data.corpus if data.built_in and with_built_in else None)
        data = replace(data, corpus=corpus, built_in=False)
        added: list[str] = []
        failed: list[Failed] = []
        try:
            _tidy(corpus)
            for done, addition in enumerate(additions):
                progress(_STAGE, done, len(additions))
                try:
                    added.append(_put(corpus, addition))
                except _NotAdded as error:
                    failed.append(Failed(addition.source, str(error)))
                progress(_STAGE, done + 1, len(additions))
        except OSError as error:
            raise _unwritable(corpus, error, len(added), len(additions)) from error
        finally:
            with suppress(OSError):
                _tidy(corpus)
                if made:
                    corpus.rmdir()  # only an empty one goes
        return Committed(data, tuple(added), tuple(failed))


def remove(data: DataFolder, held: Sequence[Held]) -> None:
    """Delete files of the corpus with what is known of each.

    Guarantees: nothing outside the corpus folder is deleted; of a link the link only.

    Raises:
        InputError: the corpus is the built-in one, or nothing would be left of it.
        CorpusError: a file cannot be deleted; those before it are gone.
        BusyError: another process is changing this data folder.
    """
    if data.built_in:
        raise InputError(
            "这里用的还是随程序附带的语料，不能删；先用 qa-bot add 添加自己的 / The corpus in use is "
            "the one that ships with the program, which stays: add your own with qa-bot add first."
        )
    with locked(data.index, "qa-bot remove"):
        clear_leftovers(data)
        going = {one.path.name for one in held}
        if not [path for path in corpus_files(data.corpus) if path.name not in going]:
            raise InputError(
                "删了就没有任何公报可问了，所以没有删；请先用 qa-bot add 添加别的 / "
                "No gazette would be left to ask, so nothing was removed: add another with qa-bot add first."
            )
        for one in held:
            path = data.corpus / one.path.name
            try:
                path.unlink(missing_ok=True)
                path.with_suffix(".toml").unlink(missing_ok=True)
            except OSError as error:
                raise CorpusError(
                    f"删不了 {path}：{error.strerror} / Cannot delete {path}: {error.strerror}."
                ) from error
        sync_folder(data.corpus)


def clear_leftovers(data: DataFolder) -> None:
    """Clear away what an `add` that was killed has left.

    Guarantees: a file that was giving way to another when the process ended is in its place again, unless
    the other one is.

    Raises:
        CorpusError: the corpus folder cannot be written.
        BusyError: another process is changing this data folder.
    """
    with locked(data.index, "qa-bot add"):
        try:
            _tidy(data.own_corpus)
        except OSError as error:
            raise _unwritable(data.own_corpus, error, 0, 0) from error


def _tidy(corpus: Path) -> None:
    staging = corpus / _STAGING
    shutil.rmtree(corpus.parent / _NEW_CORPUS, ignore_errors=True)
    if not staging.is_dir():
        return
    for old in sorted((staging / _OLD).glob("*")):
        stems = {same_stem(path.stem) for path in corpus_files(corpus)}
        if same_stem(old.stem) not in stems:
            old.rename(corpus / old.name)
    shutil.rmtree(staging)


class _NotAdded(Exception):
    """One file cannot be added; the others can."""


def _put(corpus: Path, addition: Addition) -> str:
    path = corpus / f"{addition.stem}{addition.source.suffix}"
    rival = addition.replaces
    _check_place(corpus, addition)
    staging = corpus / _STAGING
    (staging / _OLD).mkdir(parents=True, exist_ok=True)
    if addition.toml is not None:
        _write(staging / "toml", addition.toml)
    only_notes = rival is not None and rival.sha256 == addition.sha256
    if only_notes and rival is not None:
        path = corpus / rival.path.name
    else:
        _copy(addition, staging / "text")
        if rival is not None and rival.path.name != path.name:
            (corpus / rival.path.name).rename(staging / _OLD / rival.path.name)
    # The text last: only with it is the file there, and until then the next run begins anew.
    if addition.toml is not None:
        (staging / "toml").replace(path.with_suffix(".toml"))
    if not only_notes:
        (staging / "text").replace(path)
    sync_folder(corpus)
    shutil.rmtree(staging)
    return path.name


def _check_place(corpus: Path, addition: Addition) -> None:
    """The corpus must be as it was when the user decided."""
    key = same_stem(addition.stem)
    there = [path for path in corpus_files(corpus) if same_stem(path.stem) == key]
    wanted = [corpus / addition.replaces.path.name] if addition.replaces else []
    if there != wanted or (
        addition.replaces is not None and sha256_of(wanted[0]) != addition.replaces.sha256
    ):
        raise _NotAdded(
            "语料在此期间有变动，请再运行一次 / the corpus has changed meanwhile: run it again"
        )


def _copy(addition: Addition, target: Path) -> None:
    digest = hashlib.sha256()
    with _created(target) as stream:
        for chunk in _chunks(addition.source):
            digest.update(chunk)
            stream.write(chunk)
    if digest.hexdigest() != addition.sha256:
        target.unlink()
        raise _NotAdded("看过之后被改动，请再运行一次 / was changed after the review: run it again")
    if sha256_of(target) != addition.sha256:
        target.unlink()
        raise OSError(None, "写入的与原件不同 / what was written differs from the original")


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except OSError as error:
        # Of the original: a disk that is full speaks from the other side.
        raise _NotAdded(f"读不了：{error.strerror} / cannot be read: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    with _created(path) as stream:
        stream.write(content)


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    """A new file, on the disk when the context ends without an error."""
    path.unlink(missing_ok=True)
    with path.open("xb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _make(corpus: Path, seed: Path | None) -> None:
    """Make the corpus folder, with the files of another one in it from the beginning."""
    try:
        corpus.parent.mkdir(parents=True, exist_ok=True)
        new = corpus.parent / _NEW_CORPUS
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        try:
            for path in _files_of(seed) if seed else ():
                _write(new / path.name, path.read_bytes())
            new.rename(corpus)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise _unwritable(corpus, error, 0, 0) from error


def _files_of(corpus: Path) -> list[Path]:
    beside = (path for path in (*corpus.glob("*.toml"), corpus / USER_FILE) if path.is_file())
    return sorted((*corpus_files(corpus), *beside))


def _unwritable(corpus: Path, error: OSError, added: int, of: int) -> CorpusError:
    why = error.strerror or str(error)
    so_far = f"已加入 {added} / {of} 个；" if added else ""
    english = f"{added} of {of} were added. " if added else ""
    return CorpusError(
        f"写不了语料文件夹 {printable(str(corpus))}：{why}；{so_far}腾出空间或改好权限后再运行同一命令 / "
        f"Cannot write the corpus folder: {why}. {english}Free space or mend the permissions, "
        "then run the same command again."
    )
