"""A report: figures, what came of each question, and files that other tools read."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qa_bot import __version__
from qa_bot.bot import Bot
from qa_bot.errors import QaBotError, QuestionSetError
from qa_bot.evaluate.measures import (
    Figure,
    Scored,
    calibration,
    figures,
    latency,
    risk_coverage,
    score,
)
from qa_bot.evaluate.outcomes import Outcome
from qa_bot.evaluate.questions import QuestionSet

__all__ = [
    "Miss",
    "Report",
    "describe",
    "group",
    "last_page",
    "make_report",
    "read_report",
    "write_report",
]

FORMAT = 1
_LONGEST = 200  # characters of a quote that a report repeats


@dataclass(frozen=True, slots=True)
class Miss:
    """A question whose first quote does not answer, or that was wrongly answered or refused.

    Attributes:
        id: of the question.
        kind: of the question.
        what: `wrong`, `refused` (the right clause was first) or `answered` (there is no answer).
        rank: of the right clause, or `None`.
        q: the question; `None` in the report of a hidden set, as all that follows.
        first: what came first.
        first_citation: where it stands.
        wanted: the gold snippets.
    """

    id: str
    kind: str
    what: str
    rank: int | None
    q: str | None = None
    first: str | None = None
    first_citation: str | None = None
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found.

    Attributes:
        name: of its folder.
        about: the set, the retriever, the index, the model, the program and the day.
        groups: figures of `all`, and by `lang:…`, `kind:…` and `near:…`.
        scored: every question.
        misses: those that went wrong.
        latency: milliseconds by stage and percentile.
        calibration: mean confidence, share right and number of questions by bin.
        risk_coverage: the curve.
        run: for each question what was quoted, best first, under its TREC id.
        qrels: for each question the relevant ids with their grade.
    """

    name: str
    about: dict[str, Any]
    groups: dict[str, dict[str, Figure]]
    scored: tuple[Scored, ...]
    misses: tuple[Miss, ...]
    latency: dict[str, dict[str, float]]
    calibration: tuple[tuple[float, float, int], ...]
    risk_coverage: tuple[tuple[float, float], ...]
    run: dict[str, list[str]]
    qrels: dict[str, dict[str, int]]

    @property
    def figures(self) -> dict[str, Figure]:
        """Those of all questions."""
        return self.groups["all"]


def make_report(
    name: str,
    questions: QuestionSet,
    outcomes: Sequence[Outcome],
    about: Mapping[str, Any],
    reveal: bool = False,
) -> Report:
    """Measure outcomes.

    Args:
        name: of the report.
        questions: the set that was asked.
        outcomes: one for each of its questions, in their order.
        about: what else is known of the run; see `describe`.
        reveal: show the questions of a hidden set.
    """
    scored = score(outcomes)
    hidden = questions.hidden and not reveal
    skipped = sorted({problem.line for problem in questions.skipped})
    return Report(
        name,
        {
            "set": questions.name,
            "set_sha256": questions.sha256,
            "questions": len(questions.questions),
            "skipped": len(skipped),
            "skipped_lines": skipped,
            "hidden": hidden,
            **about,
        },
        group(scored),
        tuple(scored),
        tuple(_misses(outcomes, hidden)),
        latency(outcomes),
        tuple(calibration(scored)),
        tuple(risk_coverage(scored)),
        {
            one.question.id: list(dict.fromkeys(quote.name for quote in one.quotes))
            for one in outcomes
        },
        {one.question.id: dict.fromkeys(one.relevant, 1) for one in outcomes},
    )


def describe(bot: Bot) -> dict[str, Any]:
    """What a run was made with, for the record."""
    manifest = bot.generation.manifest
    return {
        "store": bot.generation.store_name,
        "index": bot.generation.folder.name,
        "corpus": manifest.corpus,
        "clauses": manifest.clauses,
        "model": manifest.model,
        "model_fingerprint": manifest.model_fingerprint,
        "program": __version__,
        "code": manifest.code,
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "cores": os.cpu_count(),
    }


def group(scored: Sequence[Scored]) -> dict[str, dict[str, Figure]]:
    """Figures of all questions, and by language, kind and near miss, commonest first."""
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        if one.lang:
            groups.setdefault(f"lang:{one.lang}", []).append(one)
        if one.answerable and one.kind:
            groups.setdefault(f"kind:{one.kind}", []).append(one)
        elif not one.answerable:
            groups.setdefault(f"near:{one.near_miss or 'none'}", []).append(one)
    order = {"lang": 0, "kind": 1, "near": 2}
    names = sorted(groups, key=lambda g: (order[g.partition(":")[0]], -len(groups[g]), g))
    return {"all": figures(scored)} | {name: figures(groups[name]) for name in names}


def _misses(outcomes: Sequence[Outcome], hidden: bool) -> list[Miss]:
    found = []
    for one in outcomes:
        question = one.question
        if question.answerable and one.rank != 1:
            what = "wrong"
        elif question.answerable and not one.answered:
            what = "refused"
        elif not question.answerable and one.answered:
            what = "answered"
        else:
            continue
        if hidden:
            found.append(Miss(question.id, question.kind, what, None))
            continue
        first = one.quotes[0] if one.quotes else None
        found.append(
            Miss(
                question.id, question.kind, what, one.rank, question.told,
                first.text[:_LONGEST] if first else one.error,
                first.citation if first else None, question.gold,
            )
        )  # fmt: skip
    return found


def write_report(report: Report, folder: Path, page: str) -> Path:
    """Write a report into `folder/<name>/`, in place of one of that name.

    `report.json` holds everything, `index.html` shows it, `run.trec` and `qrels.trec` are for trec_eval,
    ir-measures and the like. The folder is there complete or not at all.

    Args:
        report: to be written.
        folder: of all reports.
        page: the report as HTML.

    Raises:
        QaBotError: the folder cannot be written.
    """
    target = folder / report.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        made.chmod(0o755)
    except OSError as error:
        raise QaBotError(
            f"报告文件夹 {folder} 写不了：{error.strerror}；可用 --reports 指定别处 / "
            f"Cannot write {folder}: {error.strerror}. Point --reports elsewhere."
        ) from error
    try:
        content = {"format": FORMAT, **asdict(report)}
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (made / "report.json").write_text(text + "\n", encoding="utf-8")
        (made / "index.html").write_text(page, encoding="utf-8")
        (made / "run.trec").write_text(_trec_run(report), encoding="utf-8")
        (made / "qrels.trec").write_text(_trec_qrels(report), encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        made.rename(target)
    except OSError as error:
        raise QaBotError(f"写报告时出错：{error} / Writing the report failed: {error}.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def _trec_run(report: Report) -> str:
    return "".join(
        f"{_token(question)} Q0 {_token(name)} {place} {len(names) - place + 1} {_token(report.name)}\n"
        for question, names in report.run.items()
        for place, name in enumerate(names, start=1)
    )


def _trec_qrels(report: Report) -> str:
    return "".join(
        f"{_token(question)} 0 {_token(name)} {grade}\n"
        for question, grades in report.qrels.items()
        for name, grade in grades.items()
    )


def _token(name: str) -> str:
    """A name without white space, which parts the fields of a TREC file: «a b» is written «a%20b».

    Guarantees: no two names become one.
    """
    return re.sub(r"\s|%(?=[0-9A-F]{2})", lambda match: quote(match[0]), name)


def read_report(folder: Path) -> Report:
    """Read what `write_report` wrote.

    Raises:
        QuestionSetError: there is no report, or it cannot be read.
    """
    from pydantic import TypeAdapter

    try:
        written = (folder / "report.json").read_bytes()
        content = TypeAdapter(dict[str, Any]).validate_json(written)
        if content.get("format") != FORMAT:
            raise ValueError("another format")
        found = TypeAdapter(Report).validate_python(content)
        if "all" not in found.groups:
            raise ValueError("no figures")
    except FileNotFoundError as error:
        raise QuestionSetError(
            f"没有报告 {folder.name}；先运行 qa-bot eval / There is no report {folder.name}: "
            "run qa-bot eval first."
        ) from error
    except (OSError, ValueError) as error:  # pydantic's errors are such, too
        raise QuestionSetError(
            f"报告 {folder.name} 读不了；请再运行一次 qa-bot eval / The report {folder.name} cannot be read: "
            "run qa-bot eval again."
        ) from error
    return found


def last_page(folder: Path) -> str | None:
    """The page of the report that was made last and can be read, or `None`."""
    found: list[tuple[float, Path]] = []
    for page in folder.glob("*/index.html"):
        if not page.parent.name.startswith("."):
            with contextlib.suppress(OSError):
                found.append((page.stat().st_mtime, page))
    for _, page in sorted(found, reverse=True):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return page.read_text(encoding="utf-8")
    return None
