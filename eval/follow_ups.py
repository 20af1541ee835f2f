"""How follow-up questions fare: both halves of the set, and questions that have nothing to do with the one before.

python eval/follow_ups.py            both halves of follow_ups.jsonl; constants were chosen on the odd ids
python eval/follow_ups.py FILE …     each question of a set after the one above it in the file: who loses
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from qa_bot.bot import Bot
from qa_bot.conversation import Turn
from qa_bot.evaluate.outcomes import Outcome, ask_all
from qa_bot.evaluate.questions import Question, read_questions
from qa_bot.evaluate.relevance import Relevance
from qa_bot.text import strip_space

SET = Path(__file__).parent / "questions" / "follow_ups.jsonl"


def halves(bot: Bot) -> None:
    """Print what came of each kind of question, for odd and even ids, with the history and without."""
    questions = read_questions(SET).questions
    after = ask_all(bot, questions)
    bare = ask_all(
        bot, [Question(one.id, one.q, one.lang, one.kind, one.gold) for one in questions]
    )
    groups: defaultdict[tuple[str, str], list[tuple[Outcome, Outcome, bool]]] = defaultdict(list)
    for one, other in zip(after, bare, strict=True):
        half = "odd" if int(one.question.id[1:]) % 2 else "even"
        half = "later" if one.question.note else half
        leans = bot.ask(one.question.q, history=one.question.history).context is not None
        groups[(one.question.kind, half)].append((one, other, leans))
    print(
        "kind       half    n  Hit@1  Hit@3  right  answered  context | without history: Hit@1  right  answered"
    )
    for (kind, half), found in sorted(groups.items()):
        n = len(found)
        told = [one for one, _, _ in found]
        alone = [other for _, other, _ in found]
        print(
            f"{kind:10} {half:5} {n:3}   {_at(told, 1):4}   {_at(told, 3):4}   {_right(told):4}      {_answered(told):4}"
            f"     {sum(leans for *_, leans in found):4} |                  {_at(alone, 1):4}   {_right(alone):4}"
            f"      {_answered(alone):4}"
        )
    for name, some in (("with", after), ("without", bare)):
        print(f"median {name} history {statistics.median(o.stages['total'] for o in some):.0f} ms")


def _at(outcomes: Sequence[Outcome], depth: int) -> int:
    return sum(one.rank is not None and one.rank <= depth for one in outcomes)


def _right(outcomes: Sequence[Outcome]) -> int:
    return sum(one.right for one in outcomes)


def _answered(outcomes: Sequence[Outcome]) -> int:
    return sum(one.answered for one in outcomes)


def switches(bot: Bot, path: Path) -> None:
    """Print how many questions lean on the one above them in their file, with which they have nothing to do."""
    relevance = Relevance(bot.generation)
    leaning = lost = gained = 0
    before: Turn | None = None
    questions = read_questions(path).questions
    for one in questions:
        alone = bot.ask(one.q)
        if before:
            reply = bot.ask(one.q, history=[before])
            leaning += reply.context is not None
            expected = relevance.of(one)
            well = [
                bool(r.answers)
                and expected.answers(strip_space(r.answers[0].quote), r.answers[0].clause.id)
                if one.answerable
                else not r.answers
                for r in (alone, reply)
            ]
            lost += well == [True, False]
            gained += well == [False, True]
        before = Turn(one.q, tuple(answer.clause.id for answer in alone.answers))
    print(
        f"{path.stem}: {len(questions) - 1} questions, {leaning} lean, {lost} lost, {gained} gained"
    )


def main() -> None:
    """Measure."""
    bot = Bot.open()
    for name in sys.argv[1:]:
        switches(bot, Path(name))
    if len(sys.argv) == 1:
        halves(bot)


if __name__ == "__main__":
    main()
