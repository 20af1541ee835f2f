"""Building the index of a corpus: what has to be done, and the stages that do it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from qa_bot import __version__
from qa_bot.clauses import parse_clauses
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
from qa_bot.errors import GazetteIndexError, IndexMissingError, InputError, ModelError
from qa_bot.gazette import keep_apart, parse_issue
from qa_bot.index import (
    VECTORS_SINCE,
    Generation,
    Manifest,
    Records,
    build_generation,
    code_fingerprint,
    corpus_fingerprint,
    current_generation,
)
from qa_bot.ingest import read_corpus
from qa_bot.references import link
from qa_bot.settings import DataFolder
from qa_bot.synonyms import USER_FILE, read_synonyms

__all__ = ["NO_ADAPTER", "BuildReport", "build", "why_stale"]

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

    Args:
        data: where everything lies.
        model: as of `build`.
        adapter: as of `build`.
    """
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
) -> BuildReport:
    """Build the index of a corpus, if it is missing or stale.

    Args:
        data: where everything lies.
        model: name or path of a sentence-transformers model, or `default` for the embedded one; that of
            the index in use if not given, and for the first index the embedded one.
        device: torch device to encode on, `cuda`; ONNX Runtime on the CPU if not given.
        force: build though the index is up to date.
        progress: told of every step.
        notice: told what a user should know.
        adapter: file of an adapter for the embedded model, or `NO_ADAPTER`; the one that ships, or that
            of the index in use, if not given.

    Raises:
        InputError: an adapter for a model that is not the embedded one.
        QaBotError: a corpus file, the model or the index folder cannot be used. The old index stays.
    """
    began = time.monotonic()
    if not force and why_stale(data, model, adapter) is None:
        folder = current_generation(data.index)
        generation = Generation(folder)
        records = generation.records
        return BuildReport(
            folder,
            False,
            len(records.issues),
            len(records.documents),
            generation.manifest.clauses,
            (),
            time.monotonic() - began,
        )
    parsed = []
    warnings: list[str] = []
    corpus = corpus_fingerprint(data.corpus)
    sources = read_corpus(data.corpus)
    synonyms = read_synonyms(data.corpus / USER_FILE)
    issues = keep_apart([parse_issue(source, known) for source, known in sources])
    for issue, (source, known) in zip(issues, sources, strict=True):
        clauses = parse_clauses(issue, source)
        warnings.extend(
            f"{source.file}: {warning}" for warning in (*source.warnings, *clauses.warnings)
        )
        parsed.append((issue, source, known.origin, clauses))
    links = link([(issue, clauses.clauses) for issue, _, _, clauses in parsed])
    warnings.extend(links.warnings)
    model, update = _chosen(data, model, adapter)
    folder_of_model = prepare(model, data.models, progress, notice, update)
    encoder: Encoder
    if device:
        from qa_bot.encoder.sentence import SentenceEncoder

        encoder = SentenceEncoder(folder_of_model, device)
    else:
        encoder = open_encoder(folder_of_model)
    folder = build_generation(
        data.index, parsed, links, corpus, encoder, __version__, progress, synonyms
    )
    records = Records(folder / "records.sqlite")
    warnings.extend(records.exemptions.warnings)
    records.close()
    return BuildReport(
        folder,
        True,
        len(parsed),
        sum(len(issue.documents) for issue, *_ in parsed),
        sum(len(clauses.clauses) for *_, clauses in parsed),
        tuple(warnings),
        time.monotonic() - began,
    )


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
        manifest = Manifest.read(current_generation(data.index), VECTORS_SINCE)
    except GazetteIndexError:
        return None, SHIPPED
    base = base_of(data.models / manifest.model)
    if base is None:
        return None, SHIPPED
    return (None, adapter_of(base)) if is_embedded(base) else (base, None)
