"""Building the index of a corpus: what has to be done, and the stages that do it."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_bot import __version__
from qa_bot.encoder import (
    SHIPPED,
    Encoder,
    adapter_of,
    base_of,
    is_current,
    is_embedded,
    open_encoder,
    open_model,
    prepare,
)
from qa_bot.encoder.progress import Notice, Progress, silent
from qa_bot.errors import (
    GazetteIndexError,
    IndexMissingError,
    InputError,
    ModelError,
    SourceError,
)
from qa_bot.index import (
    Corpus,
    CorpusFile,
    Generation,
    Manifest,
    build_generation,
    code_fingerprint,
    corpus_fingerprint,
    current_generation,
    encode_share,
    forget_rollback,
    gather,
    sweep,
)
from qa_bot.ingest import Known, Source, checked_files, read_known, read_source
from qa_bot.locking import locked
from qa_bot.milvus import Place, publish
from qa_bot.settings import DataFolder
from qa_bot.synonyms import USER_FILE, read_synonyms

__all__ = [
    "NO_ADAPTER",
    "BuildReport",
    "build",
    "encode_part",
    "publish_index",
    "warnings_of",
    "why_stale",
]

# What `--model` says to go back to the embedded one.
DEFAULT_MODEL = "default"
# What `--no-adapter` says.
NO_ADAPTER = "none"


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made.

    Attributes:
        folder: of the new generation, or of the old one if nothing had to be done.
        built: whether a new one was made.
        issues: how many there are.
        documents: how many there are.
        clauses: how many there are.
        warnings: of the parser.
        seconds: that it took.
    """

    folder: Path
    built: bool
    issues: int
    documents: int
    clauses: int
    warnings: tuple[str, ...]
    seconds: float


def why_stale(data: DataFolder, model: str | None = None, adapter: str | None = None) -> str | None:
    """Why the index has to be built anew, in one line, or `None` where it is up to date.

    A store is never stale: what is published there may have been built on another machine, of its corpus.

    Args:
        data: where everything lies.
        model: as of `build`.
        adapter: as of `build`.
    """
    if data.store is not None:
        return None
    try:
        folder = current_generation(data.index)
    except IndexMissingError:
        return "还没有索引 / there is none yet"
    except GazetteIndexError as error:
        return str(error)
    try:
        manifest = Manifest.read(folder)
        manifest.verify(folder)
    except GazetteIndexError as error:
        return str(error)
    if manifest.corpus != corpus_fingerprint(data.corpus):
        return "语料有变动 / the corpus has changed"
    if manifest.code != code_fingerprint():
        return "程序有更新 / the program has changed"
    try:
        in_use = open_model(data.models / manifest.model)
    except ModelError as error:
        return str(error)
    embedded = is_embedded(in_use.base)
    wanted = embedded if model == DEFAULT_MODEL else model in (None, in_use.name, in_use.base)
    if embedded and (adapter or model == DEFAULT_MODEL):
        wanted = wanted and _same_file(_adapter(adapter), adapter_of(in_use.base))
    if not wanted:
        return "换了模型 / another model is asked for"
    try:
        if embedded and not is_current(in_use.base):
            return "适配器有更新 / the adapter has changed"
    except ModelError as error:
        return str(error)
    return None


def _adapter(named: str | None) -> Path | None:
    return None if named == NO_ADAPTER else Path(named).expanduser() if named else SHIPPED


def _same_file(one: Path | None, other: Path | None) -> bool:
    return one is other or (
        one is not None and other is not None and one.resolve() == other.resolve()
    )


def build(
    data: DataFolder,
    model: str | None = None,
    device: str | None = None,
    force: bool = False,
    progress: Progress = silent,
    notice: Notice = silent,
    adapter: str | None = None,
    workers: int | None = None,
    vectors: Sequence[Path] = (),
    prune: bool = False,
) -> BuildReport:
    """Build the index of a corpus, if it is missing or stale.

    Args:
        data: where everything lies.
        model: name or path of a sentence-transformers model, or `default` for the embedded one; that of
            the index in use if not given, and for the first index the embedded one.
        device: torch device to encode on, `cuda`; ONNX Runtime on the CPU if not given.
        force: build though the index is up to date, and parse everything anew.
        progress: told of every step.
        notice: told what a user should know.
        adapter: file of an adapter for the embedded model, or `NO_ADAPTER`; the one that ships, or that
            of the index in use, if not given.
        workers: texts that are encoded at the same time on the CPU; one a core if not given.
        vectors: folders with what `encode_part` made on other machines.
        prune: keep the new generation only, so that nothing is left of what was removed.

    Raises:
        InputError: an adapter for a model that is not the embedded one.
        QaBotError: a corpus file, the model or the index folder cannot be used. The old index stays.
    """
    began = time.monotonic()
    with locked(data.index, "qa-bot build"):
        if not (force or vectors or prune) and why_stale(data, model, adapter) is None:
            forget_rollback(data.index)
            return _report(current_generation(data.index), False, began)
        encoder = _encoder(data, model, device, adapter, workers, progress, notice)
        if vectors:
            gather(data.index, vectors, encoder.model.fingerprint)
        fingerprint = corpus_fingerprint(data.corpus)
        corpus = Corpus(
            corpus_of(data.corpus, fingerprint),
            fingerprint,
            read_synonyms(data.corpus / USER_FILE),
        )
        previous = None if prune else _in_use(data)
        folder = build_generation(data.index, corpus, encoder, __version__, progress, fresh=force)
        sweep(data.index, previous, 1 if prune else 2)
        return _report(folder, True, began)


def publish_index(data: DataFolder, progress: Progress = silent) -> bool:
    """Write the index in use into the store that the data folder names, and put it in use there.

    Args:
        data: where the index lies, and the store.
        progress: told of every step.

    Returns:
        Whether it had to be written: it may be in use there already.

    Raises:
        InputError: the data folder names no store, or no address of one.
        GazetteIndexError: there is no index, or it is damaged.
        StoreError: the store does not answer, or does not hold what was written; what was in use there stays so.
    """
    place = Place.read(data.store or "")
    with locked(data.index, "qa-bot build --store"):
        generation = Generation(current_generation(data.index))
        try:
            return publish(generation, place, progress)
        finally:
            generation.close()


def encode_part(
    data: DataFolder,
    part: int,
    of: int,
    out: Path,
    model: str | None = None,
    device: str | None = None,
    adapter: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
    notice: Notice = silent,
) -> int:
    """Encode one of several parts of a corpus, so that several machines share the work.

    What is written is taken up by `build(…, vectors=[out])` on one of them. Interrupted, it goes on where it was.

    Args:
        data: where everything lies; the corpus has to be the same on all machines.
        part: which part, from 1.
        of: how many parts there are.
        out: the folder to write into.
        model: as of `build`, as are all that follow.
        device: as of `build`.
        adapter: as of `build`.
        workers: as of `build`.
        progress: as of `build`.
        notice: as of `build`.

    Returns:
        How many passages the part has.

    Raises:
        QaBotError: as `build`.
    """
    encoder = _encoder(data, model, device, adapter, workers, progress, notice)
    files = corpus_of(data.corpus, corpus_fingerprint(data.corpus))
    return encode_share(files, encoder, part, of, out, progress)


def _encoder(
    data: DataFolder,
    model: str | None,
    device: str | None,
    adapter: str | None,
    workers: int | None,
    progress: Progress,
    notice: Notice,
) -> Encoder:
    model, update = _chosen(data, model, adapter)
    folder = prepare(model, data.models, progress, notice, update)
    if device:
        from qa_bot.encoder.sentence import SentenceEncoder

        return SentenceEncoder(folder, device)
    return open_encoder(folder, workers)


def _report(folder: Path, built: bool, began: float) -> BuildReport:
    generation = Generation(folder, verify=False)
    try:
        return BuildReport(
            folder,
            built,
            len(generation.records.issues),
            len(generation.records.documents),
            generation.manifest.clauses,
            tuple(warnings_of(generation)) if built else (),
            time.monotonic() - began,
        )
    finally:
        generation.close()


def corpus_of(folder: Path, fingerprint: Mapping[str, str]) -> list[CorpusFile]:
    """The files of a corpus folder, to be read when they are needed.

    Args:
        folder: of the corpus.
        fingerprint: of `corpus_fingerprint`.

    Raises:
        SourceError: there is none, or two would get the same ids.
    """
    files = []
    for path in checked_files(folder):
        notes = path.with_suffix(".toml")
        own, beside = fingerprint[path.name], fingerprint.get(notes.name, "")
        sha = hashlib.sha256("\0".join((path.name, own, beside)).encode()).hexdigest()
        files.append(CorpusFile(path.stem, sha, functools.partial(_read, path, notes, own)))
    return files


def _read(path: Path, notes: Path, sha256: str) -> tuple[Source, Known]:
    source, known = read_source(path), read_known(notes)
    if source.sha256 != sha256:
        raise SourceError(
            f"{path.name} 在建索引时被改动；请再运行一次 qa-bot build / "
            f"{path.name} changed while the index was built: run qa-bot build again."
        )
    return source, known


def _in_use(data: DataFolder) -> str | None:
    try:
        return current_generation(data.index).name
    except GazetteIndexError:
        return None


def warnings_of(generation: Generation) -> Iterator[str]:
    """What a person should look at: of readers, parsers and references, issue by issue."""
    for copy, first in generation.records.standings.same:
        yield f"{copy}: 内容与 {first} 相同，只收一次 / holds the same as {first} and is held once"
    for segment in generation.segments:
        for unit in segment.units:
            yield from unit.facts["warnings"]
    yield from generation.records.warnings


def _chosen(
    data: DataFolder, model: str | None, adapter: str | None
) -> tuple[str | None, Path | None]:
    """Model and adapter: those asked for, else those of the index in use, which a rebuild keeps."""
    if model not in (None, DEFAULT_MODEL):
        if adapter:
            raise InputError(
                f"适配器只用于内置模型，不用于 {model} / "
                f"An adapter is for the embedded model, not for {model}: leave one of the two options out."
            )
        return model, None
    if model == DEFAULT_MODEL or adapter:
        return None, _adapter(adapter)
    try:
        in_use = Manifest.model_of(current_generation(data.index))
    except GazetteIndexError:
        in_use = None
    base = base_of(data.models / in_use) if in_use else None
    if base is None:
        return None, SHIPPED
    return (None, adapter_of(base)) if is_embedded(base) else (base, None)
