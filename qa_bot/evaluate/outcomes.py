"""What came of each question: asked of the bot, or read from the answers that another system gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_bot.answer import Answer
from qa_bot.bot import Bot
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import QuestionError, QuestionSetError
from qa_bot.evaluate.questions import Problem, Question, complain, read_json
from qa_bot.evaluate.relevance import Expected, Relevance
from qa_bot.settings import Retriever
from qa_bot.text import Span, strip_space

__all__ = ["ASKING", "DEPTH", "Outcome", "Quoted", "ask_all", "read_answers"]

DEPTH = 10  # quotes asked for
ASKING = "提问 / Asking"


@dataclass(frozen=True, slots=True)
class Quoted:
    """One quote of a reply.

    Attributes:
        clause_id: of the clause; of another system's quote what it says, or its place.
        name: the id under which it stands in the TREC run.
        hit: whether it answers.
        verbatim: whether every character of it stands so in the source, at its spans.
        length: characters, white space aside.
        lit: how many of them are highlighted; `None` where the system highlights nothing.
        holds: of a hit with highlights, whether these hold a gold snippet; `None` for others.
        text: the quote itself.
        citation: where it stands, for a reader.
    """

    clause_id: str
    name: str
    hit: bool
    verbatim: bool
    length: int
    lit: int | None
    holds: bool | None
    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question.

    Attributes:
        question: as it stands in the set.
        answered: whether it was answered, rightly or not.
        confidence: that the first quote answers, 0 to 1; `None` if the system does not say.
        quotes: best first; the nearest clauses, too, where the bot abstained.
        relevant: ids of the clauses that answer.
        candidates: ids of the best 100 clauses before quotes were chosen; `None` if not known.
        stages: milliseconds by stage, and `total`.
        error: why it could not be asked.
    """

    question: Question
    answered: bool
    confidence: float | None
    quotes: tuple[Quoted, ...]
    relevant: tuple[str, ...]
    candidates: tuple[str, ...] | None
    stages: dict[str, float]
    error: str | None = None

    @property
    def rank(self) -> int | None:
        """The place of the first hit, from 1, or `None`."""
        return next((i for i, quote in enumerate(self.quotes, start=1) if quote.hit), None)

    @property
    def right(self) -> bool:
        """Whether it was answered, and the first quote answers."""
        return self.answered and self.rank == 1


def ask_all(
    bot: Bot,
    questions: Sequence[Question],
    retriever: Retriever = Retriever.FULL,
    progress: Progress = silent,
) -> list[Outcome]:
    """Ask every question; one that cannot be asked is an outcome without quotes.

    A part of the search alone does not know when not to answer: it always does, without a confidence.
    """
    full = retriever is Retriever.FULL
    relevance = Relevance(bot.generation)
    bot.trace("公报", DEPTH, retriever)  # so that the first question does not pay for lazy loading
    outcomes = []
    for done, question in enumerate(questions):
        progress(ASKING, done, len(questions))
        expected = relevance.of(question)
        try:
            trace = bot.trace(question.q, DEPTH, retriever, question.history)
        except QuestionError as error:
            outcomes.append(
                Outcome(
                    question,
                    False,
                    0.0 if full else None,
                    (),
                    expected.relevant,
                    (),
                    {},
                    str(error),
                )
            )
            continue
        reply = trace.reply
        shown = [*reply.answers, *reply.suggestions]
        outcomes.append(
            Outcome(
                question,
                reply.status == "answered" if full else True,
                reply.confidence if full else None,
                _judged([_ours(answer) for answer in shown], expected, relevance),
                expected.relevant,
                _named([relevance.ids[p] for p in trace.candidates], expected, relevance),
                trace.stages | {"total": reply.elapsed_ms},
            )
        )
    progress(ASKING, len(questions), len(questions))
    return outcomes


@dataclass(frozen=True, slots=True)
class _Shown:
    """A quote as some system shows it."""

    clause_id: str
    quote: str
    highlights: tuple[Span, ...]
    citation: str = ""
    issue_id: str | None = None
    spans: tuple[Span, ...] = ()


def _ours(answer: Answer) -> _Shown:
    return _Shown(
        answer.clause.id,
        answer.quote,
        answer.highlights,
        answer.citation,
        answer.issue.id,
        answer.clause.spans,
    )


def _judged(
    shown: Sequence[_Shown], expected: Expected, relevance: Relevance
) -> tuple[Quoted, ...]:
    quotes: list[Quoted] = []
    taken: set[str] = set()
    for place, one in enumerate(shown, start=1):
        bare = strip_space(one.quote)
        name = expected.name(bare, one.clause_id, taken, relevance.texts)
        if name in taken:
            name = f"{name}#{place}"  # what is quoted again still takes a place
        taken.add(name)
        hit = expected.answers(bare, one.clause_id)
        quotes.append(
            Quoted(
                one.clause_id,
                name,
                hit,
                relevance.verbatim(bare, one.issue_id, one.spans),
                len(bare),
                sum(not one.quote[i].isspace() for i in _lit(one)) if one.highlights else None,
                _holds(one, expected.snippets)
                if hit and expected.snippets and one.highlights
                else None,
                one.quote,
                one.citation,
            )
        )
    return tuple(quotes)


def _named(clause_ids: Sequence[str], expected: Expected, relevance: Relevance) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for clause_id in clause_ids:
        names[expected.name(relevance.texts[clause_id], clause_id, names, relevance.texts)] = None
    return tuple(names)


def _lit(shown: _Shown) -> set[int]:
    """The places of a quote that are highlighted; once, however often."""
    length = len(shown.quote)
    return {i for start, end in shown.highlights for i in range(max(start, 0), min(end, length))}


def _holds(shown: _Shown, snippets: Sequence[str]) -> bool:
    """Whether all characters of some snippet are highlighted, in one place of the quote."""
    at = [i for i, char in enumerate(shown.quote) if not char.isspace()]
    bare = "".join(shown.quote[i] for i in at)
    lit = _lit(shown)
    for snippet in snippets:
        start = bare.find(snippet)
        while start >= 0:
            if all(i in lit for i in at[start : start + len(snippet)]):
                return True
            start = bare.find(snippet, start + 1)
    return False


def read_answers(
    path: Path, questions: Sequence[Question], relevance: Relevance, lenient: bool = False
) -> list[Outcome]:
    """Outcomes of answers that any system gave, in the format of `qa-bot ask --questions`.

    Each line is an object with the question's `id`, `status` (answered or not_found), `answers` and
    `suggestions` (each with `quote`, and `clause_id` and `highlights` where there are any), and, if it
    says so, `confidence` (0 to 1) and `elapsed_ms`. A question without a line counts as not answered.

    Args:
        path: the file.
        questions: of the set.
        relevance: judges the quotes.
        lenient: leave out lines that are wrong instead of failing; their questions count as not answered.

    Raises:
        QuestionSetError: the file cannot be read or (unless lenient) a line is no such object, or answers
            a question that the set does not have, or one a second time.
    """
    known = {question.id for question in questions}
    given: dict[str, _Given] = {}
    problems: list[Problem] = []
    for line, row in _answer_rows(path):
        try:
            if isinstance(row, str):
                raise ValueError(row)
            identity = str(row["id"])
            if identity not in known:
                raise ValueError(
                    f"问题集里没有编号 {identity} / the set has no question {identity}"
                )
            if identity in given:
                raise ValueError(f"编号 {identity} 出现两次 / {identity} is answered twice")
            given[identity] = _given(row)
        except ValueError as error:
            problems.append(Problem(line, str(error)))
    if problems and not lenient:
        complain(path.name, problems)
    if not given:
        raise QuestionSetError(
            f"{path.name} 里没有回答；每行写一个 qa-bot ask --questions 那样的对象 / "
            f"{path.name} holds no answer: write one object a line, as qa-bot ask --questions does."
        )
    outcomes = []
    for question in questions:
        expected = relevance.of(question)
        found = given.get(question.id)
        if found is None:
            outcomes.append(
                Outcome(
                    question, False, None, (), expected.relevant, None, {}, "没有作答 / no answer"
                )
            )
            continue
        outcomes.append(
            Outcome(
                question,
                found.answered,
                found.confidence,
                _judged(found.shown[:DEPTH], expected, relevance),
                expected.relevant,
                None,
                {} if found.milliseconds is None else {"total": found.milliseconds},
            )
        )
    return outcomes


@dataclass(frozen=True, slots=True)
class _Given:
    """A line of an answer file."""

    answered: bool
    confidence: float | None
    milliseconds: float | None
    shown: tuple[_Shown, ...]


def _answer_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"读不了 {path}：{error} / Cannot read {path}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = read_json(line)
        except ValueError as error:
            yield number, f"不是 JSON（{error}）/ not JSON"
            continue
        yield number, row if isinstance(row, dict) and "id" in row else "没有 id / has no id"


def _given(row: dict[str, Any]) -> _Given:
    """A line whose every value is what it should be.

    Raises:
        ValueError: one is not; the message names it.
    """
    status = row.get("status")
    if status not in ("answered", "not_found"):
        raise ValueError("status 应是 answered 或 not_found / status: one of these")
    confidence = row.get("confidence")
    if confidence is not None and not (_is_number(confidence) and 0 <= confidence <= 1):
        raise ValueError("confidence 应是 0 到 1 的数 / confidence is no number from 0 to 1")
    spent = row.get("elapsed_ms")
    if spent is not None and not (_is_number(spent) and 0 <= spent < 1e12):
        raise ValueError("elapsed_ms 应是毫秒数 / elapsed_ms is no number of milliseconds")
    shown: list[_Shown] = []
    for field in ("answers", "suggestions"):
        quotes = row.get(field) or []
        if not isinstance(quotes, list):
            raise ValueError(f"{field} 应是列表 / {field} is no list")
        shown.extend(_one_shown(one, len(shown) + place) for place, one in enumerate(quotes, 1))
    return _Given(status == "answered", confidence, spent, tuple(shown))


def _one_shown(one: Any, place: int) -> _Shown:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(one, dict) or not isinstance(one.get("quote"), str):
        raise ValueError("answers 应是含 quote 的列表 / answers is no list of objects with a quote")
    highlights = one.get("highlights") or []
    if not isinstance(highlights, list) or not all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(type(end) is int for end in pair)
        and 0 <= pair[0] <= pair[1] <= len(one["quote"])
        for pair in highlights
    ):
        raise ValueError(
            "highlights 应是 quote 之内的 [起, 止] / highlights: pairs [start, end] within the quote"
        )
    return _Shown(
        str(one.get("clause_id") or f"quote-{place}"),
        one["quote"],
        tuple((start, end) for start, end in highlights),
        str(one.get("citation") or ""),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
