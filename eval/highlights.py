"""Fit which sentence of a right clause is lit; say how often it holds the answer, and how much is lit.

    python eval/highlights.py              figures by ten-fold cross-validation, for several masses
    python eval/fit.py --write             writes the weights, with those of the ranking

Reads the development questions with a gold snippet whose clause is among the first three.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.progress import track
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from qa_bot.bot import Bot
from qa_bot.evaluate.questions import read_questions
from qa_bot.highlight import (
    FEATURES,
    SHORT,
    Highlighting,
    lit_whole,
    sentence_features,
    sentences_of,
)
from qa_bot.search import search
from qa_bot.text import Span, strip_space

HERE = Path(__file__).parent
SETS = (
    "dev",
    "dev_more",
    "dev_later",
    "dev_last",
    "dev_fourth",
    "dev_fifth",
    "dev_sixth",
    "dev_seventh",
    "dev_seed",
    "smoke",
)
FOLDS = 10
PENALTY = 0.02
#: Sizes that bring the features to like deviations.
SIZE = np.array([20.0, 4.0, 2.0, 8.0])
BOUNDS = [(0, None)] * len(FEATURES)
#: Chosen so that more than 95 % hold the snippet and no more than half of a long quote is lit.
MASS, SHORT_MASS, MOST = 0.5, 0.97, 0.6


@dataclass
class Clauses:
    """Right clauses of more than one sentence, and those that leave no choice."""

    found: list[np.ndarray] = field(default_factory=list)
    right: list[np.ndarray] = field(default_factory=list)
    own: list[list[list[Span]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    gold: list[list[str]] = field(default_factory=list)
    fold: list[int] = field(default_factory=list)
    sure: list[int] = field(
        default_factory=list
    )  # lengths of those lit whole, whatever the weights say


def collect(bot: Bot, sets: tuple[str, ...] = SETS) -> Clauses:
    data = Clauses()
    rows = [
        one
        for name in sets
        for one in read_questions(HERE / "questions" / f"{name}.jsonl").questions
        if one.gold
    ]
    fold = np.random.default_rng(1).permutation(len(rows)) % FOLDS
    for place, one in enumerate(track(rows, "Sentences")):
        result = search(bot.generation, bot.encoder, one.q)
        snippets = [strip_space(gold) for gold in one.gold]
        for hit in result.hits[:3]:
            text = hit.record.clause.text
            gold = [snippet for snippet in snippets if snippet in strip_space(text)]
            if not gold:
                continue
            taken = sentences_of(hit.record)
            found = sentence_features(
                bot.generation, hit.record, taken, result.asked, result.vectors.pooled
            )  # fmt: skip
            if (
                result.asked.only_named
                or lit_whole(hit.record)
                or len(taken.spans) < 2
                or found is None
            ):
                data.sure.append(len(text))
                break
            own = [taken.reading.in_text(span) for span in taken.spans]
            data.found.append(found)
            data.right.append(np.array([_overlaps(text, spans, gold) for spans in own]))
            data.own.append(own)
            data.text.append(text)
            data.gold.append(gold)
            data.fold.append(int(fold[place]))
            break
    return data


def _overlaps(text: str, own: list[Span], gold: list[str]) -> bool:
    """Whether a sentence holds a snippet, stands in one, or shares its beginning or end."""
    sentence = strip_space("".join(text[start:end] for start, end in own))
    few = 6
    return len(sentence) > 0 and any(
        one in sentence
        or (len(sentence) >= few and sentence in one)
        or any(one[:k] == sentence[-k:] or one[-k:] == sentence[:k] for k in range(few, len(sentence)))
        for one in gold
    )  # fmt: skip


def fit(data: Clauses, rows: list[int]) -> np.ndarray:
    """Weights that make the right sentences likely."""
    rows = [i for i in rows if data.right[i].any()]

    def loss(weights):
        value, slope = PENALTY * len(rows) * weights @ weights, 2 * PENALTY * len(rows) * weights
        for i in rows:
            found, right = data.found[i] * SIZE, data.right[i]
            chance = log_softmax(found @ weights)
            total = logsumexp(chance[right])
            value -= total
            slope -= found[right].T @ np.exp(chance[right] - total) - found.T @ np.exp(chance)
        return value, slope

    start = np.zeros(len(FEATURES))
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=BOUNDS).x * SIZE


def figures(data: Clauses, weights: list[np.ndarray], mass: float, most: float) -> str:
    """How often a snippet is lit wholly in one place, and the median share of long quotes that is."""
    holds, shares = [1.0] * len(data.sure), [1.0 for length in data.sure if length > SHORT]
    for i, text in enumerate(data.text):
        chosen = Highlighting(tuple(weights[i].tolist()), mass, SHORT_MASS, most)
        lit = [False] * len(text)
        for start, end in chosen.choose(data.found[i], data.own[i], len(text)):
            lit[start:end] = [True] * (end - start)
        shown = "".join(
            char if on else "\0" for char, on in zip(text, lit, strict=True) if not char.isspace()
        )
        holds.append(float(any(one in shown for one in data.gold[i])))
        if len(text) > SHORT:
            shares.append(sum(lit) / len(text))
    return f"holds {np.mean(holds):.3f}, median share lit of quotes over {SHORT} characters {np.median(shares):.3f}"


def out_of_fold(data: Clauses) -> list[np.ndarray]:
    """For each clause the weights that were fitted without its question."""
    folds = [
        fit(data, [i for i, one in enumerate(data.fold) if one != fold]) for fold in range(FOLDS)
    ]
    return [folds[one] for one in data.fold]


def main() -> None:
    data = collect(Bot.open())
    weights = out_of_fold(data)
    print(f"{len(data.text) + len(data.sure)} right clauses, {len(data.text)} with a choice")
    for mass in (0.4, 0.5, 0.55, 0.6, 0.7):
        for most in (0.5, 0.6, 0.75, 1.0):
            mark = "  ← chosen" if (mass, most) == (MASS, MOST) else ""
            print(f"mass {mass}, most {most}: {figures(data, weights, mass, most)}{mark}")
    print(dict(zip(FEATURES, fit(data, list(range(len(data.text)))).round(3), strict=True)))


if __name__ == "__main__":
    main()
