"""One evaluation, from a question file to a report; and the check of a question file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_bot.bot import Bot
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import QuestionSetError
from qa_bot.evaluate.compare import compare
from qa_bot.evaluate.outcomes import ask_all, read_answers
from qa_bot.evaluate.page import page
from qa_bot.evaluate.questions import (
    Problem,
    Question,
    QuestionSet,
    complain,
    read_questions,
)
from qa_bot.evaluate.relevance import Relevance
from qa_bot.evaluate.report import Report, describe, make_report, write_report
from qa_bot.settings import Retriever
from qa_bot.text import fold

__all__ = ["Composition", "check", "evaluate", "write"]


def evaluate(
    bot: Bot,
    path: Path,
    name: str | None = None,
    retriever: Retriever = Retriever.FULL,
    answers: Path | None = None,
    lenient: bool = False,
    reveal: bool = False,
    progress: Progress = silent,
) -> Report:
    """Run a question file through the bot, or judge the answers that another system gave to it.

    Args:
        bot: to be asked; of another system's answers its corpus is the judge.
        path: the question file.
        name: of the report; `<set>-<retriever>` if not given.
        retriever: how much of the search is used.
        answers: a file of answers as `qa-bot ask --questions` prints them, to be measured instead.
        lenient: leave out questions that are wrong or expect what the corpus does not have.
        reveal: show the questions of a hidden set in the report.
        progress: told of every question.

    Raises:
        QuestionSetError: the question file or the answer file is wrong; the message names the line.
    """
    questions = read_questions(path, lenient)
    relevance = Relevance(bot.generation)
    questions = _with_gold_here(questions, path, relevance, lenient, reveal)
    about = describe(bot)
    if answers is not None:
        outcomes = read_answers(answers, questions.questions, relevance, lenient)
        label = answers.stem
        about |= {"store": None, "index": None, "model": None, "model_fingerprint": None}
    else:
        outcomes = ask_all(bot, questions.questions, retriever, progress)
        label = str(retriever)
    about["retriever"] = label
    return make_report(name or f"{questions.name}-{label}", questions, outcomes, about, reveal)


def write(report: Report, reports: Path, beside: Sequence[Report] = ()) -> Path:
    """Write a report with others on the same set beside it; compared with the first of them.

    Raises:
        QaBotError: the folder cannot be written.
        QuestionSetError: another report has no question in common.
    """
    comparison = compare(beside[0], report) if beside else None
    return write_report(report, reports, page(report, beside, comparison))


def _with_gold_here(
    questions: QuestionSet, path: Path, relevance: Relevance, lenient: bool, reveal: bool
) -> QuestionSet:
    """The set without what expects clauses that are not here."""
    problems = [one for question in questions.questions for one in relevance.problems(question)]
    hidden = questions.hidden and not reveal
    if problems and not lenient:
        complain(path.name, problems, hidden=hidden)
    wrong = {problem.line for problem in problems}
    kept = tuple(one for one in questions.questions if one.line not in wrong)
    if not kept:
        first = problems[0].discreet if hidden else problems[0].message
        raise QuestionSetError(
            f"{path.name} 的问题都不能用；第一处：{first} / no question of it can be used."
        )
    return replace(questions, questions=kept, skipped=(*questions.skipped, *problems))


@dataclass(frozen=True, slots=True)
class Composition:
    """What a question set is made of.

    Attributes:
        questions: how many.
        kinds: how many of each kind.
        languages: how many in each language.
        authors: how many by each.
        unanswerable: how many without answer.
        near_misses: how many of these are near misses, by what they differ in.
        checked: how many a second reader looked at.
    """

    questions: int
    kinds: dict[str, int]
    languages: dict[str, int]
    authors: dict[str, int]
    unanswerable: int
    near_misses: dict[str, int]
    checked: int

    @classmethod
    def of(cls, questions: Sequence[Question]) -> Composition:
        """Count."""
        return cls(
            len(questions),
            dict(Counter(one.kind for one in questions).most_common()),
            dict(Counter(one.lang for one in questions).most_common()),
            dict(Counter(one.author for one in questions if one.author).most_common()),
            sum(not one.answerable for one in questions),
            dict(Counter(one.near_miss for one in questions if one.near_miss).most_common()),
            sum(bool(one.checked) for one in questions),
        )


def check(bot: Bot, path: Path) -> Composition:
    """Make sure that a question set can be relied on.

    Guarantees: every id and question is there once; every gold snippet stands, word for word, in a
    clause; every document named is here; a second reader looked at every question without answer and
    found none, and what he looked for is in the file.

    Raises:
        QuestionSetError: it is not so; the message names the lines.
    """
    questions = read_questions(path)
    relevance = Relevance(bot.generation)
    problems: list[Problem] = []
    asked: dict[tuple[str, ...], int] = {}
    for one in questions.questions:
        problems.extend(relevance.problems(one))
        before = asked.setdefault((*map(fold, one.history), fold(one.q)), one.line)
        if before != one.line:
            problems.append(
                Problem(
                    one.line, f"与第 {before} 行同一个问题 / the question of line {before} again"
                )
            )
        if not one.answerable and not any(
            look.get("verdict") == "none" and look.get("looked_for") for look in one.checked
        ):
            problems.append(
                Problem(
                    one.line,
                    "没有记录第二人找过且没找到（checked） / no second look without finding is recorded "
                    'in checked: {"by": …, "verdict": "none", "looked_for": …}',
                )
            )
    if problems:
        complain(path.name, problems, hidden=questions.hidden, lenient=False)
    return Composition.of(questions.questions)
