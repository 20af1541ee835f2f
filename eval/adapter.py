"""What the adapter gives: the dense part alone, with it and without, on the same clauses in one run.

    python eval/adapter.py                        dev split
    python eval/adapter.py test                   test split
    python eval/adapter.py --adapter other.safetensors --against shipped
    python eval/adapter.py --against shipped --int8   what 8-bit weights lose

*Pooled*: cosine of question and clause, the clause under its headings (`headings`), alone (`alone`), or the
mean of both (`both`). *Late*: mean over the question's tokens of the best cosine with a token of the clause
under its headings. A clause is a hit if it holds a gold snippet, as in `qa-bot eval`. Each table sets like
against like, but the last, which sets the plain model's better way of reading, `both` on the development
questions, against the adapted one's, `headings`. Intervals: paired bootstrap, 95 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_bot.bot import Bot
from qa_bot.encoder import SHIPPED, OnnxEncoder, TokenVectors
from qa_bot.evaluate.measures import interval
from qa_bot.evaluate.questions import Question, read_questions
from qa_bot.evaluate.relevance import Relevance
from qa_bot.index.passages import passage
from training.embedded import embedded_model
from training.vectors import Quick

QUESTIONS = Path(__file__).parent / "questions"
Ranks = NDArray[np.int64]
GROUPS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("all", lambda lang: True),
    ("Chinese", lambda lang: lang.startswith("zh")),
    ("other languages", lambda lang: not lang.startswith("zh")),
    *((one, lambda lang, one=one: lang == one) for one in ("zh", "zh-Hant", "en", "it", "fr", "es", "ja")),
)  # fmt: skip


class Clauses:
    """The searchable clauses of the index in use, and which of them answer what."""

    def __init__(self, bot: Bot, questions: Sequence[Question]) -> None:
        records = bot.generation.records
        everything = records.at(range(bot.generation.manifest.clauses))
        some = [one for one in everything if one.clause.searchable]
        read = [
            passage(one.clause, records.document(one.issue_id, one.clause.document_id))
            for one in some
        ]
        self.full = [one.full for one in read]
        self.body = [one.body for one in read]
        relevance = Relevance(bot.generation)
        place = {one.clause.id: at for at, one in enumerate(some)}
        held = [relevance.of(question).holders for question in questions]
        self.right = [{place[name] for name in names if name in place} for names in held]


def words(tokens: TokenVectors) -> NDArray[np.float32]:
    """The vectors of the tokens that are words of the text: not `<s>`, `</s>` and the prompt's."""
    return tokens.vectors[tokens.is_text]


def late_scores(
    questions: Sequence[NDArray[np.float32]], passages: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """`(questions, passages)`: the mean over question tokens of the best cosine with a passage's."""
    bounds = np.cumsum([0, *(len(one) for one in passages)])[:-1]
    everything = np.concatenate(passages)
    return np.array(
        [np.maximum.reduceat(one @ everything.T, bounds, axis=1).mean(axis=0) for one in questions]
    )


def ranks(scores: NDArray[np.float32], right: Sequence[set[int]]) -> Ranks:
    """The place of the first hit of each question, from 1."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.array([
        next((at for at, one in enumerate(line, start=1) if int(one) in some), 10**6)
        for line, some in zip(order, right, strict=True)
    ])  # fmt: skip


def measured(encoder: OnnxEncoder, clauses: Clauses, asked: Sequence[str]) -> dict[str, Ranks]:
    """Ranks by pooled vectors, in three ways of reading, and by late interaction."""
    full = encoder.encode_passages_tokens(clauses.full)
    body = encoder.encode_passages(clauses.body)
    questions = [encoder.encode_query_tokens(text) for text in asked]
    query = np.stack([one.pooled for one in questions])
    headed = query @ np.stack([one.pooled for one in full]).T
    alone = query @ body.T
    late = late_scores([words(one) for one in questions], [words(one) for one in full])
    scores = {"headings": headed, "alone": alone, "both": headed + alone, "late": late}
    return {name: ranks(one, clauses.right) for name, one in scores.items()}


def table(title: str, langs: Sequence[str], before: Ranks, after: Ranks) -> None:
    """Print Hit@1, @3 and @10 of both with the difference and its interval, by group."""
    print(f"\n{title:30}" + "".join(f"{f'Hit@{k}':>36}" for k in (1, 3, 10)))
    for name, belongs in GROUPS:
        chosen = np.array([belongs(lang) for lang in langs])
        if not chosen.any():
            continue
        line = f"{name:24}{chosen.sum():5} "
        for k in (1, 3, 10):
            one, two = (before[chosen] <= k).astype(float), (after[chosen] <= k).astype(float)
            low, high = interval(two - one)
            spread = f"({low:+.3f} {high:+.3f})" if low is not None and high is not None else ""
            line += (
                f"  {one.mean():.3f} {two.mean():.3f} {two.mean() - one.mean():+.3f} {spread:15}"
            )
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("split", nargs="?", default="dev", choices=["dev", "test"])
    parser.add_argument(
        "--adapter", default="shipped", help="a file; the one that ships if not given"
    )
    parser.add_argument(
        "--against", default="plain", help="a file, shipped, or plain: the model alone"
    )
    parser.add_argument("--int8", action="store_true", help="8-bit weights for --adapter's side")
    wanted = parser.parse_args()
    questions = [
        one
        for one in read_questions(QUESTIONS / f"{wanted.split}.jsonl").questions
        if one.answerable
    ]
    asked = [one.q for one in questions]
    clauses = Clauses(Bot.open(), questions)
    known = {"plain": None, "shipped": SHIPPED}
    before, after = (
        embedded_model(known.get(one, Path(one))) for one in (wanted.against, wanted.adapter)
    )
    sides = [
        measured(OnnxEncoder(before, exact=True), clauses, asked),
        measured(Quick(after) if wanted.int8 else OnnxEncoder(after, exact=True), clauses, asked),
    ]
    langs = [one.lang for one in questions]
    for name, first, second in (
        ("pooled, headings", "headings", "headings"),
        ("pooled, alone", "alone", "alone"),
        ("pooled, both", "both", "both"),
        ("late", "late", "late"),
        ("pooled, both → headings", "both", "headings"),
    ):
        table(f"{wanted.split}, {name}", langs, sides[0][first], sides[1][second])


if __name__ == "__main__":
    main()
