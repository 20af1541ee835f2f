"""Public sets in BEIR's format, indexed and asked through the product's own search.

A folder holds `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and `qrels.tsv`, or
`qrels/test.tsv` and its like (query, document, grade, by tabs, with a heading or without).
Source: https://github.com/beir-cellar/beir (Thakur et al. 2021).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_bot import __version__
from qa_bot.bot import Bot
from qa_bot.clauses import Clause, Parsed
from qa_bot.encoder import Encoder, open_encoder, open_model, prepare
from qa_bot.encoder.progress import Notice, Progress, silent
from qa_bot.errors import GazetteIndexError, ModelError, QuestionError, QuestionSetError
from qa_bot.evaluate.measures import RANKING, Scored, latency_of, rank_measures
from qa_bot.evaluate.outcomes import ASKING
from qa_bot.evaluate.questions import Problem, complain, read_json
from qa_bot.evaluate.report import Miss, Report, describe, group
from qa_bot.gazette import Document, Issue, Part
from qa_bot.index import (
    Corpus,
    CorpusFile,
    Generation,
    Manifest,
    build_generation,
    code_fingerprint,
    current_generation,
)
from qa_bot.ingest import Known, Source
from qa_bot.settings import DataFolder, Retriever

__all__ = ["BeirSet", "evaluate_beir", "read_beir"]

_DEPTH = 10
_SHOWN = 300  # misses that a report repeats
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A set in BEIR's format.

    Attributes:
        name: of its folder.
        sha256: of the corpus file.
        corpus: of the documents: id, title and text.
        queries: of those that are judged: id and text.
        qrels: for each query the documents judged, with their grade.
        skipped: what was left out for being wrong (`lenient`).
    """

    name: str
    sha256: str
    corpus: list[tuple[str, str, str]]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    skipped: tuple[Problem, ...] = ()


def read_beir(folder: Path, lenient: bool = False) -> BeirSet:
    """Read a BEIR folder.

    Args:
        folder: of the set.
        lenient: leave out lines that are wrong, and say so in `skipped`, instead of failing.

    Raises:
        QuestionSetError: a file is missing or (unless lenient) a line is wrong: not JSON, an id that comes
            twice, or a judgement of a query or document that is not there.
    """
    skipped: list[Problem] = []

    def settle(path: Path, problems: list[Problem]) -> None:
        if problems and not lenient:
            complain(path.name, problems)
        skipped.extend(problems)

    path = _file(folder, "corpus.jsonl")
    problems: list[Problem] = []
    documents: dict[str, tuple[str, str]] = {}
    for line, row in _rows(path, problems):
        if row["_id"] in documents:
            problems.append(
                Problem(line, f"文档 {row['_id']} 出现两次 / this document comes twice")
            )
        else:
            documents[row["_id"]] = (str(row.get("title") or ""), str(row.get("text") or ""))
    settle(path, problems)
    path = _file(folder, "queries.jsonl")
    problems = []
    queries: dict[str, str] = {}
    for line, row in _rows(path, problems):
        if row["_id"] in queries:
            problems.append(Problem(line, f"问题 {row['_id']} 出现两次 / this query comes twice"))
        else:
            queries[row["_id"]] = str(row.get("text") or "")
    settle(path, problems)
    path = _qrels_file(folder)
    problems = []
    qrels: dict[str, dict[str, int]] = {}
    for line, query, document, grade in _judgements(path, problems):
        if query not in queries:
            problems.append(
                Problem(line, f"queries.jsonl 里没有问题 {query}；请补上或删去此行 / no such query")
            )
        elif document not in documents:
            problems.append(
                Problem(
                    line, f"corpus.jsonl 里没有文档 {document}；请补上或删去此行 / no such document"
                )
            )
        elif qrels.get(query, {}).get(document, grade) != grade:
            problems.append(
                Problem(line, "与前面对同一文档的等级不同 / another grade was given to it before")
            )
        else:
            qrels.setdefault(query, {})[document] = grade
    settle(path, problems)
    if not documents or not qrels:
        raise QuestionSetError(
            f"{folder.name} 里没有可用的文档或判定 / no usable document or judgement in {folder.name}."
        )
    with _file(folder, "corpus.jsonl").open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return BeirSet(
        folder.resolve().name,
        sha256,
        [(name, title, text) for name, (title, text) in documents.items()],
        {name: text for name, text in queries.items() if name in qrels},
        qrels,
        tuple(skipped),
    )


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise QuestionSetError(
            f"{folder} 里没有 {name}；BEIR 文件夹要有 corpus.jsonl、queries.jsonl 和 qrels / "
            f"No {name} in {folder}: a BEIR folder holds corpus.jsonl, queries.jsonl and qrels."
        )
    return path


def _qrels_file(folder: Path) -> Path:
    found = sorted((folder / "qrels").glob("*.tsv"))
    for wanted in (folder / "qrels" / "test.tsv", folder / "qrels.tsv", *found[:1]):
        if wanted.is_file():
            return wanted
    return _file(folder, "qrels.tsv")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"读不了 {path}：{error} / Cannot read {path}.") from error


def _rows(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        try:
            row = read_json(line)
            row["_id"] = str(row["_id"])
        except (ValueError, KeyError, TypeError) as error:
            problems.append(
                Problem(number, f"不是含 _id 的 JSON 对象（{error}）/ not an object with an _id")
            )
            continue
        yield number, row


def _judgements(path: Path, problems: list[Problem]) -> Iterator[tuple[int, str, str, int]]:
    for number, line in _lines(path):
        cells = line.rstrip("\r\n").split("\t")
        if number == 1 and len(cells) > 2 and re.search("[A-Za-z]{3}", cells[-1]):
            continue  # query-id  corpus-id  score
        try:
            query, *_, document, grade = cells
            value = float(grade)
            if not value.is_integer():
                raise ValueError("no whole number")
            yield number, query, document, int(value)
        except (ValueError, OverflowError):
            problems.append(
                Problem(
                    number,
                    "应是 问题、文档、等级（整数），以制表符隔开 / not query, document and a whole grade by tabs",
                )
            )


def evaluate_beir(
    data: DataFolder,
    folder: Path,
    name: str | None = None,
    retriever: Retriever = Retriever.FULL,
    lenient: bool = False,
    progress: Progress = silent,
    notice: Notice = silent,
) -> Report:
    """Index a BEIR set, if that was not done before, and measure the search on it.

    The index lies in `<index>/beir/<name>-<hash of the corpus>/` and is made anew only if corpus, model or
    program change. An interrupted build goes on where it was.

    Raises:
        QuestionSetError: the set is wrong; see `read_beir`.
    """
    given = read_beir(folder, lenient)
    encoder = _encoder(data, progress, notice)
    index = data.index / "beir" / f"{given.name}-{given.sha256[:12]}"
    generation = _indexed(given, index, encoder, progress)
    bot = Bot(generation, encoder)
    ids = generation.records.ids()
    runs: dict[str, list[str]] = {}
    stages: list[dict[str, float]] = []
    first: dict[str, str] = {}
    for done, (query, text) in enumerate(given.queries.items()):
        progress(ASKING, done, len(given.queries))
        try:
            trace = bot.trace(text, _DEPTH, retriever)
        except QuestionError:
            runs[query] = []  # empty or too long: it scores nothing, and does not vanish
            continue
        runs[query] = [ids[position] for position in trace.candidates]
        stages.append(trace.stages | {"total": trace.reply.elapsed_ms})
        shown = (*trace.reply.answers, *trace.reply.suggestions)
        first[query] = shown[0].quote[:_LONGEST] if shown else ""
    progress(ASKING, len(given.queries), len(given.queries))
    scored = _scored(given, runs)
    return Report(
        name or f"{given.name}-{retriever}",
        {
            **describe(bot),
            "set": given.name,
            "set_sha256": given.sha256,
            "questions": len(given.queries),
            "skipped": len({(one.line, one.message) for one in given.skipped}),
            "hidden": False,
            "retriever": str(retriever),
        },
        group(scored),
        tuple(scored),
        tuple(_misses(given, scored, first)),
        latency_of(stages),
        (),
        (),
        runs,
        given.qrels,
    )


def _encoder(data: DataFolder, progress: Progress, notice: Notice) -> Encoder:
    """That of the index in use, or the default one where there is none."""
    try:
        manifest = Manifest.read(current_generation(data.index))
        return open_encoder(open_model(data.models / manifest.model))
    except (GazetteIndexError, ModelError):
        return open_encoder(prepare(None, data.models, progress=progress, notice=notice))


def _indexed(given: BeirSet, index: Path, encoder: Encoder, progress: Progress) -> Generation:
    corpus = {"corpus.jsonl": given.sha256}
    try:
        generation = Generation(current_generation(index))
        manifest = generation.manifest
        wanted = (corpus, code_fingerprint(), encoder.model.fingerprint)
        if (manifest.corpus, manifest.code, manifest.model_fingerprint) == wanted:
            return generation
    except GazetteIndexError:
        pass
    issue, source, parsed = _as_issue(given)
    file = CorpusFile(
        issue.id,
        given.sha256,
        read=lambda: (source, Known()),
        issue=lambda *_: issue,
        clauses=lambda *_: parsed,
    )
    made = build_generation(index, Corpus([file], corpus, {}), encoder, __version__, progress)
    return Generation(made)


def _as_issue(given: BeirSet) -> tuple[Issue, Source, Parsed]:
    """The documents of a set as clauses of one document, each under its title as heading."""
    pieces: list[str] = []
    clauses: list[Clause] = []
    at = 0
    for name, title, text in given.corpus:
        body = text or title
        clauses.append(
            Clause(
                id=name,
                document_id=given.name,
                part_id="",
                kind="passage",
                path=(title,) if title and text else (),
                label=name,
                text=body,
                spans=((at, at + len(body)),),
                searchable=bool(body.strip()),
            )
        )
        pieces.append(body)
        at += len(body) + 1
    document = Document(given.name, "other", "", "", (Part("", "", ()),))
    issue = Issue(
        given.name,
        given.name,
        None,
        None,
        None,
        None,
        None,
        "corpus.jsonl",
        given.sha256,
        (document,),
    )
    source = Source("corpus.jsonl", "\n".join(pieces), given.sha256)
    return issue, source, Parsed(tuple(clauses), ())


def _scored(given: BeirSet, runs: dict[str, list[str]]) -> list[Scored]:
    values = rank_measures((*RANKING, "recall@100"), given.qrels, runs)
    scored = []
    for query in given.queries:
        grades = given.qrels[query]
        places = (i for i, one in enumerate(runs[query], start=1) if grades.get(one, 0) > 0)
        scored.append(
            Scored(query, "", "", None, True, True, None, next(places, None), values[query])
        )
    return scored


def _misses(given: BeirSet, scored: list[Scored], first: dict[str, str]) -> Iterator[Miss]:
    wrong = [one for one in scored if one.rank != 1]
    for one in wrong[:_SHOWN]:
        wanted = tuple(name for name, grade in given.qrels[one.id].items() if grade > 0)
        yield Miss(
            one.id,
            "",
            "wrong",
            one.rank,
            given.queries[one.id],
            first.get(one.id),
            None,
            wanted[:5],
        )
