"""Fit the ranking and the confidence on the development questions; say what each part gives.

    python eval/fit.py                     figures by cross-validation, for the weights that would be written
    python eval/fit.py --write             write qa_bot/ranking.toml
    python eval/fit.py --ablation          each group of features alone beside the best sentence, and left out

Reads eval/questions/dev.jsonl, dev_seed.jsonl and smoke.jsonl; not the test split, nor the acceptance
questions and their paraphrases, which are reported as they come out. Figures are of ten-fold
cross-validation by question: a question is ranked by weights that were fitted without it, and its
confidence comes from a regression that saw neither it nor its ranking.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from pathlib import Path

import highlights as lighting
import numpy as np
from rich.progress import track
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, logsumexp
from sklearn.metrics import roc_auc_score

from qa_bot.asked import KINDS, QUANTITIES
from qa_bot.bot import Bot
from qa_bot.evaluate.questions import read_questions
from qa_bot.evaluate.relevance import Relevance
from qa_bot.ranking import ELSEWHERE, FEATURES, SIGNS, features, signs
from qa_bot.search import Stage, elsewhere
from qa_bot.understanding import understand

HERE = Path(__file__).parent
TARGET = HERE.parent / "qa_bot" / "ranking.toml"
FOLDS = 10
#: Strength of the penalty on the squares of the weights, each as a share of its feature's usual size.
PENALTY = 0.001
#: The same for the confidence, whose signs are brought to deviation one.
CONFIDENCE_PENALTY = 0.001
#: For each kind of answer the share of clauses that give it, of those that answer a question that asks for
#: it and of others in the same text: `python eval/kinds.py`, 13,000 questions of other texts. Where these ask
#: for a kind too seldom, or its answer stands in a part of a text that they leave out, it is a guess.
EVIDENCE = {
    "area": (0.835, 0.082), "money": (0.869, 0.201), "share": (0.888, 0.165), "time": (0.848, 0.570),
    "count": (0.892, 0.418), "number": (0.958, 0.159), "page": (0.984, 0.049), "effect": (0.884, 0.102),
    "leader": (0.760, 0.312), "person": (0.640, 0.413), "name": (0.554, 0.105), "definition": (0.625, 0.048), "penalty": (0.808, 0.172),
    "exempt": (0.688, 0.189), "papers": (0.628, 0.081), "phone": (0.680, 0.050), "hours": (0.735, 0.046),
    "basis": (0.737, 0.286), "successor": (0.840, 0.271), "imprint": (0.389, 0.030), "list": (0.689, 0.473),
    "issued": (0.7, 0.03), "mail": (0.9, 0.05), "postcode": (0.9, 0.05), "website": (0.8, 0.05), "fax": (0.8, 0.05), "until": (0.8, 0.3),  # guessed
    "editor": (0.7, 0.03), "printer": (0.7, 0.05), "licence": (0.875, 0.05), "address": (0.447, 0.037),  # few
    "duration": (0.859, 0.228), "completion": (0.576, 0.097), "validity": (0.574, 0.095), "distance": (0.667, 0.074),
    "figure": (0.728, 0.642), "rank": (0.7, 0.06),  # the last guessed
    "talk": (0.98, 0.02),  # no clause gives what is asked of the bot
}  # fmt: skip
_MOST = 4.0


def giving(kind: str) -> float:
    """What it weighs for a clause that it gives `kind`: the difference of the two log-likelihood ratios."""
    right, other = EVIDENCE[kind]
    return min(_MOST, float(np.log(right / other) - np.log((1 - right) / (1 - other))))


def having(kind: str) -> float:
    """What it weighs for a clause, that it gives `kind`."""
    right, other = EVIDENCE[kind]
    return min(_MOST, float(np.log(right / other)))


def lacking(kind: str) -> float:
    """What it weighs against a clause, that it does not give `kind`."""
    right, other = EVIDENCE[kind]
    return max(-_MOST, float(np.log((1 - right) / (1 - other))))


#: What a weight is believed to be where the questions do not tell: the penalty is on the distance to it.
BELIEVED = {
    **{f"gives_{kind}": giving(kind) for kind in KINDS},
    **{name: -2.0 for name in FEATURES if name.startswith("other_")},
    "named": 15.0, "of_document": 2.0, "imprint_gives": 2.0, "facets_held": 1.0, "coverage": 2.0,
}  # fmt: skip
#: The same of the confidence.
SIGNS_BELIEVED = {
    **{f"has_{kind}": having(kind) for kind in KINDS},
    **{f"lacks_{kind}": lacking(kind) for kind in KINDS},
    **{name: -2.0 for name in SIGNS if name.startswith("other_")},
    "named": 3.0,
}
#: How far off a belief about the confidence may well be.
DEVIATION = 1.0
#: A cosine differs by hundredths between candidates, a share by tenths.
SIZE = {
    **dict.fromkeys(("sentence", "late", "late_body"), 20.0),
    "words": 0.3, "coverage": 3.0, "length": 0.5,
    **{name: 2.0 for name in FEATURES if name.startswith("gives_")},
    **{f"gives_{name}": 1.0 for name in QUANTITIES},
}  # fmt: skip
#: What may only speak for a clause, and what may only speak against it.
FOR = {
    "sentence", "late", "late_body", "words", "coverage",
    "facets_held", "named", "of_document", "imprint_gives", *(name for name in FEATURES if name.startswith("gives_")),
}  # fmt: skip
AGAINST = {name for name in FEATURES if name.startswith("other_")}
SIGNS_FOR = {
    "cosine", "sentence", "late", "late_body", "score", "coverage",
    "facets_held", "named", "of_document", "imprint_gives", *(name for name in SIGNS if name.startswith("has_")),
}  # fmt: skip
SIGNS_AGAINST = {
    name for name in SIGNS if name.startswith(("lacks_", "other_", "weak", "only_names"))
}
GROUPS = {
    "late interaction": ("late", "late_body"),
    "best sentence": ("sentence",),
    "words (BM25 and coverage)": ("words", "coverage"),
    "kind of answer": tuple(name for name in FEATURES if name.startswith("gives_")),
    "kind of clause, length": ("length", *(name for name in FEATURES if name.startswith("is_"))),
    "time, place, batch": ("facets_held", *sorted(AGAINST)),
    "named": ("named", "of_document"),
}


#: Signs that are left out together, by the beginning of their names.
SIGN_GROUPS = {
    "kinds of answer, given or lacking": ("has_", "lacks_", "only_names"),
    "what contradicts": ("other_", "facets_held"),
    "the background": ELSEWHERE,
    "how near the best clauses are": ("cosine", "sentence", "late", "best_late", "weak", "foreign_late"),
    "its score": ("score",),
    "": (),
}  # fmt: skip


class Questions:
    """The questions with the features of their candidates.

    Without `synonyms` a question is searched for by its own words alone.
    """

    def __init__(self, bot: Bot, sets: tuple[str, ...], synonyms: bool = True) -> None:
        relevance = Relevance(bot.generation)
        place = {name: at for at, name in enumerate(relevance.ids)}
        self.questions, self.asked, self.chosen, self.right = [], [], [], []
        self.scores, self.features, self.elsewhere = [], [], []
        rows = [
            one
            for name in sets
            for one in read_questions(HERE / "questions" / f"{name}.jsonl").questions
        ]
        for one in track(rows, "Features"):
            asked = understand(bot.generation, one.q)
            if asked.only_named:
                continue  # looked up, not ranked
            if not synonyms:
                asked = replace(asked, tokens=asked.own_tokens, also=())
            spoken = bot.encoder.encode_query_tokens(one.q)
            stage = Stage(bot.generation, spoken, asked)
            chosen = stage.candidates()
            right = {place[name] for name in relevance.of(one).holders}
            self.questions.append(one)
            self.asked.append(asked)
            self.elsewhere.append(elsewhere(bot.encoder, spoken))
            self.chosen.append(chosen)
            self.scores.append(stage.scores(chosen))
            self.features.append(features(bot.generation, asked, self.scores[-1], chosen))
            self.right.append(np.array([at in right for at in chosen]))
        self.answerable = np.array([one.answerable for one in self.questions])
        self.chinese = np.array([one.lang.startswith("zh") for one in self.questions])
        self.fold = np.random.default_rng(1).permutation(len(self.questions)) % FOLDS


def fit_rank(data: Questions, rows: list[int], columns: list[int]) -> np.ndarray:
    """Weights that make the right clauses likely: minus the mean log-probability, with a penalty."""
    sizes = np.array([SIZE.get(FEATURES[c], 1.0) for c in columns])
    pairs = [
        (data.features[i][:, columns] * sizes, data.right[i]) for i in rows if data.right[i].any()
    ]
    bounds = bounds_of([FEATURES[c] for c in columns], FOR, AGAINST)
    believed = np.array([BELIEVED.get(FEATURES[c], 0.0) for c in columns]) / sizes

    def loss(weights):
        away = weights - believed
        value, slope = PENALTY * len(pairs) * away @ away, 2 * PENALTY * len(pairs) * away
        for found, right in pairs:
            scores = found @ weights
            chance = log_softmax(scores)
            total = logsumexp(chance[right])
            value -= total
            among = np.exp(chance[right] - total)
            slope -= found[right].T @ among - found.T @ np.exp(chance)
        return value, slope

    start = np.where([FEATURES[c] == "late" for c in columns], 1.0, believed)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found * sizes


def out_of_fold(data: Questions, columns: list[int]) -> list[np.ndarray]:
    """Each question's scores by weights that were fitted without it."""
    scores: list[np.ndarray] = [np.zeros(0)] * len(data.questions)
    for fold in range(FOLDS):
        weights = fit_rank(data, [i for i in range(len(scores)) if data.fold[i] != fold], columns)
        for i in np.flatnonzero(data.fold == fold):
            scores[i] = data.features[i][:, columns] @ weights
    return scores


def ranks(data: Questions, scores: list[np.ndarray]) -> np.ndarray:
    """The rank of the first right candidate, from 1; a large one where there is none."""
    found = []
    for values, right in zip(scores, data.right, strict=True):
        line = right[np.argsort(-values, kind="stable")]
        found.append(int(line.argmax()) + 1 if line.any() else 10_000)
    return np.array(found)


def figures(data: Questions, found: np.ndarray) -> str:
    parts = []
    for name, some in (("Chinese", data.chinese), ("other", ~data.chinese)):
        rank = found[some & data.answerable]
        hits = " ".join(f"@{k} {np.mean(rank <= k):.3f}" for k in (1, 3, 10))
        parts.append(f"{name} ({len(rank)}) {hits} MRR {np.mean(1 / rank):.3f}")
    return " | ".join(parts)


def all_signs(data: Questions, scores: list[np.ndarray]) -> np.ndarray:
    return np.array([
        signs(asked, said, found, values, away)
        for asked, said, found, values, away in zip(
            data.asked, data.scores, data.features, scores, data.elsewhere, strict=True
        )
    ])  # fmt: skip


def bounds_of(names: list[str], positive: set[str], negative: set[str]):
    return [
        (0, None) if one in positive else (None, 0) if one in negative else (None, None)
        for one in names
    ]


class Regression:
    """Logistic regression whose slopes keep the side that their sign means."""

    def fit(self, found: np.ndarray, label: np.ndarray) -> Regression:
        known = np.array([name in SIGNS_BELIEVED for name in SIGNS])
        self.mean = found.mean(axis=0)
        self.scale = np.maximum(found.std(axis=0), np.where(known, 0.1, 1e-6))
        made = (found - self.mean) / self.scale
        side = np.where(label, 1.0, -1.0)
        believed = np.array([SIGNS_BELIEVED.get(name, 0.0) for name in SIGNS])
        strength = np.where(
            known, 0.5 / DEVIATION**2 / len(label), CONFIDENCE_PENALTY * self.scale**2
        )

        def loss(values):
            margin = side * (values[0] + made @ values[1:])
            away = values[1:] / self.scale - believed
            value = np.logaddexp(0, -margin).mean() + strength @ away**2
            pull = -side * expit(-margin) / len(side)
            slope = made.T @ pull + 2 * strength * away / self.scale
            return value, np.concatenate([[pull.sum()], slope])

        bounds = [(None, None), *bounds_of(list(SIGNS), SIGNS_FOR, SIGNS_AGAINST)]
        values = minimize(
            loss, np.zeros(made.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds
        ).x
        self.slopes = values[1:] / self.scale
        self.intercept = float(values[0] - self.slopes @ self.mean)
        return self

    def brought_to(self, found: np.ndarray, label: np.ndarray) -> Regression:
        """The same order, as probabilities of another label: Platt scaling."""
        margin = self.intercept + found @ self.slopes
        side = np.where(label, 1.0, -1.0)

        def loss(values):
            return np.logaddexp(0, -side * (values[0] + values[1] * margin)).mean()

        shift, factor = minimize(loss, [0.0, 1.0]).x
        self.intercept = float(shift + factor * self.intercept)
        self.slopes = factor * self.slopes
        return self

    def __call__(self, found: np.ndarray) -> np.ndarray:
        return expit(self.intercept + found @ self.slopes)


def confidence(
    data: Questions, scores: list[np.ndarray], without: tuple[str, ...] = ()
) -> tuple[Regression, np.ndarray]:
    """The fitted regression, and each question's confidence by one that did not see it.

    The signs are weighed by whether an answer is among the first three, which is what a reply shows; then
    brought to the probability that the first one is (Platt 1999), which changes no order. Signs whose name
    begins with one of `without` are 0 for all questions.
    """
    found, first = all_signs(data, scores), ranks(data, scores) == 1
    shown = ranks(data, scores) <= 3
    found[:, [name.startswith(without) for name in SIGNS]] = 0
    guess = np.zeros(len(first))
    for fold in range(FOLDS):
        test = data.fold == fold
        model = Regression().fit(found[~test], shown[~test]).brought_to(found[~test], first[~test])
        guess[test] = model(found[test])
    return Regression().fit(found, shown).brought_to(found, first), guess


def calibration(guess: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal mass."""
    parts = np.array_split(np.argsort(guess, kind="stable"), 10)
    return sum(len(p) * abs(guess[p].mean() - right[p].mean()) for p in parts) / len(guess)


def best_threshold(guess: np.ndarray, answerable: np.ndarray) -> float:
    """Where the larger of false answers and false refusals is least."""
    tried = np.round(np.arange(0.02, 0.98, 0.01), 2)
    worse = [max(np.mean(guess[answerable] < t), np.mean(guess[~answerable] >= t)) for t in tried]
    return float(tried[int(np.argmin(worse))])


def report(data: Questions, scores: list[np.ndarray]) -> tuple[Regression, float]:
    model, guess = confidence(data, scores)
    right, can = ranks(data, scores) == 1, data.answerable
    threshold = best_threshold(guess, can)
    print(
        f"AUROC answerable {roc_auc_score(can, guess):.3f} (Chinese "
        f"{roc_auc_score(can[data.chinese], guess[data.chinese]):.3f}, other "
        f"{roc_auc_score(can[~data.chinese], guess[~data.chinese]):.3f}), first right "
        f"{roc_auc_score(right, guess):.3f}; calibration error {calibration(guess, right):.3f}"
    )
    for at in sorted({0.2, 0.3, 0.4, 0.5, 0.6, threshold}):
        refused, answered = np.mean(guess[can] < at), np.mean(guess[~can] >= at)
        mark = "  ← chosen" if at == threshold else ""
        print(f"  threshold {at:.2f}: refused though answerable {refused:.3f}, answered though not {answered:.3f}{mark}")  # fmt: skip
    return model, threshold


def write(
    weights: np.ndarray, model: Regression, threshold: float, lit: np.ndarray, usual: np.ndarray
) -> None:
    """Write `ranking.toml`, rounded to what matters."""
    lines = [
        "# What each feature of a clause weighs, and how the confidence comes about: qa_bot/ranking.py says what",
        "# they mean. Written by `python eval/fit.py --write`, from the development questions.",
        "",
        "[rank]",
        *(f"{name} = {round(float(one), 3) + 0.0}" for name, one in zip(FEATURES, weights, strict=True)),
        "",
        "# Logistic regression of «the first clause answers»; below the threshold there is no answer.",
        "[confidence]",
        f"threshold = {threshold}",
        f"intercept = {round(model.intercept, 3)}",
        *(f"{name} = {round(float(one), 3) + 0.0}" for name, one in zip(SIGNS, model.slopes, strict=True)),
        "",
        "# What is said of a usual question by texts that are not of the corpus: for a model without these.",
        "[elsewhere]",
        *(f"{name} = {round(float(one), 3)}" for name, one in zip(ELSEWHERE, usual, strict=True)),
        "",
        "# Which sentences of a clause are lit: qa_bot/highlight.py, eval/highlights.py.",
        "[highlight]",
        f"mass = {lighting.MASS}",
        f"short_mass = {lighting.SHORT_MASS}",
        f"most = {lighting.MOST}",
        *(f"{name} = {round(float(one), 3) + 0.0}" for name, one in zip(lighting.FEATURES, lit, strict=True)),
    ]  # fmt: skip
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(TARGET.relative_to(HERE.parent))


def ablation(data: Questions, without: Questions) -> None:
    every = list(range(len(FEATURES)))

    def line(name: str, scores: list[np.ndarray], of: Questions = data) -> None:
        print(f"{name:36}", figures(of, ranks(of, scores)), flush=True)

    line("cosine alone", [one.cosine for one in data.scores])
    line("BM25 alone", [one.words for one in data.scores])
    line("BM25 alone, without synonyms", [one.words for one in without.scores], without)
    line("late interaction alone", [one.late.whole for one in data.scores])
    sentence = FEATURES.index("sentence")
    for name, group in GROUPS.items():
        own = [FEATURES.index(one) for one in group]
        if sentence not in own:
            line(f"best sentence with {name}", out_of_fold(data, [sentence, *own]))
    for name, group in GROUPS.items():
        rest = [c for c in every if FEATURES[c] not in group]
        line(f"all without {name}", out_of_fold(data, rest))
    line("all without synonyms", out_of_fold(without, every), without)
    scores = out_of_fold(data, every)
    line("all", scores)
    for name, without in SIGN_GROUPS.items():
        _, guess = confidence(data, scores, without)
        area = roc_auc_score(data.answerable, guess)
        print(
            f"{'confidence without ' + name if name else 'confidence':44} AUROC {area:.3f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sets", nargs="*", default=lighting.SETS, help="names of question sets")
    parser.add_argument("--write", action="store_true", help="write qa_bot/ranking.toml")
    parser.add_argument("--ablation", action="store_true", help="what each part gives")
    wanted = parser.parse_args()
    bot = Bot.open()
    data = Questions(bot, tuple(wanted.sets))
    among = np.mean([one.any() for one in itertools.compress(data.right, data.answerable)])
    print(f"{len(data.questions)} questions; right ones among the candidates {among:.3f}")
    if wanted.ablation:
        ablation(data, Questions(bot, tuple(wanted.sets), synonyms=False))
        return
    every = list(range(len(FEATURES)))
    scores = out_of_fold(data, every)
    print(figures(data, ranks(data, scores)))
    model, threshold = report(data, scores)
    if wanted.write:
        clauses = lighting.collect(bot)
        print(
            lighting.figures(clauses, lighting.out_of_fold(clauses), lighting.MASS, lighting.MOST)
        )
        lit = lighting.fit(clauses, list(range(len(clauses.text))))
        usual = np.mean(data.elsewhere, axis=0)
        write(fit_rank(data, list(range(len(data.questions))), every), model, threshold, lit, usual)


if __name__ == "__main__":
    main()
