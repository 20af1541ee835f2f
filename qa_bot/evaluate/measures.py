"""Measures of outcomes, with intervals. What each means, and its formula: docs/evaluation.md."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.evaluate.outcomes import Outcome

__all__ = [
    "MEASURES",
    "RANKING",
    "Figure",
    "Measure",
    "Scored",
    "area_under_roc",
    "calibration",
    "calibration_error",
    "figures",
    "interval",
    "latency",
    "latency_of",
    "paired_difference",
    "rank_measures",
    "risk_coverage",
    "score",
]

Values = NDArray[np.float64]
_RESAMPLES = 1000
_SEED = 20190515
_BINS = 10
# Fewer than this on either side, and a resample may well have none: no interval of an area is given.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's name and how it is read.

    Attributes:
        key: as files and `eval/expected.toml` write it.
        zh: its name in Chinese.
        en: its name in English.
        better: `higher`, `lower`, or `neither`.
        unit: `share` (0 to 1) or `characters`.
    """

    key: str
    zh: str
    en: str
    better: str = "higher"
    unit: str = "share"


MEASURES = (
    Measure("hit@1", "首条命中", "Hit@1"),
    Measure("hit@3", "前三命中", "Hit@3"),
    Measure("hit@10", "前十命中", "Hit@10"),
    Measure("mrr@10", "平均倒数排名", "MRR@10"),
    Measure("ndcg@10", "nDCG@10", "nDCG@10"),
    Measure("recall@100", "候选召回", "Recall@100, candidates"),
    Measure("right_answered", "首条正确且作答", "right first and answered"),
    Measure("false_refusal", "误拒答", "false refusals", "lower"),
    Measure("false_answer", "误作答", "false answers", "lower"),
    Measure("auroc", "可答性 AUROC", "AUROC, answerable"),
    Measure("ece", "校准误差", "calibration error", "lower"),
    Measure("verbatim", "逐字率", "verbatim"),
    Measure("highlight_holds", "标亮含答案", "highlight holds the snippet"),
    Measure("highlight_share", "标亮占比", "share of the quote lit", "neither"),
    Measure("quote_length", "引文字数", "quote length", "neither", "characters"),
)
RANKING = ("hit@1", "hit@3", "hit@10", "mrr@10", "ndcg@10")
_IR_MEASURES = {
    "hit@1": "Success@1",
    "hit@3": "Success@3",
    "hit@10": "Success@10",
    "mrr@10": "RR@10",
    "ndcg@10": "nDCG@10",
    "recall@100": "R@100",
}


@dataclass(frozen=True, slots=True)
class Scored:
    """One question, and what it gives to each measure.

    Attributes:
        id: of the question.
        lang: of the question.
        kind: of the question.
        near_miss: of one without answer, in what it differs from one that has one.
        answerable: whether it has an answer.
        answered: whether it was answered, rightly or not.
        confidence: that the first quote answers, or `None`.
        rank: of the first hit, from 1, or `None`.
        values: by measure; those that it says nothing of are missing.
    """

    id: str
    lang: str
    kind: str
    near_miss: str | None
    answerable: bool
    answered: bool
    confidence: float | None
    rank: int | None
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        value: of all questions that it is about.
        low: lower end of the 95 % interval, or `None` where there are too few questions.
        high: upper end.
        n: how many questions it is about.
    """

    value: float
    low: float | None
    high: float | None
    n: int


def score(outcomes: Sequence[Outcome]) -> list[Scored]:
    """What each question gives to each measure.

    Guarantees: every answerable question has a value of every ranking measure; one without reply or
    without hit has 0.
    """
    # Places stand for ids here: what a user calls a question is no concern of ir-measures.
    asked = {str(i): one for i, one in enumerate(outcomes) if one.question.answerable}
    relevant = {i: dict.fromkeys(one.relevant, 1) for i, one in asked.items()}
    quoted = {i: [quote.name for quote in one.quotes] for i, one in asked.items()}
    ranking = rank_measures(RANKING, relevant, quoted)
    pools = {i: list(one.candidates) for i, one in asked.items() if one.candidates is not None}
    recall = rank_measures(("recall@100",), {i: relevant[i] for i in pools}, pools)
    scored = []
    for i, outcome in enumerate(outcomes):
        question = outcome.question
        values = {**ranking.get(str(i), {}), **recall.get(str(i), {}), **_of_answer(outcome)}
        scored.append(
            Scored(
                question.id, question.lang, question.kind, question.near_miss, question.answerable,
                outcome.answered, outcome.confidence, outcome.rank, values,
            )
        )  # fmt: skip
    return scored


def _of_answer(outcome: Outcome) -> dict[str, float]:
    values: dict[str, float] = {}
    if outcome.question.answerable:
        values["right_answered"] = float(outcome.right)
        values["false_refusal"] = float(not outcome.answered)
    else:
        values["false_answer"] = float(outcome.answered)
    if outcome.quotes:
        first = outcome.quotes[0]
        values["verbatim"] = float(np.mean([quote.verbatim for quote in outcome.quotes]))
        if first.lit is not None:
            values["highlight_share"] = first.lit / max(first.length, 1)
        values["quote_length"] = float(first.length)
    hit = next((quote for quote in outcome.quotes if quote.hit), None)
    if hit is not None and hit.holds is not None:
        values["highlight_holds"] = float(hit.holds)
    return values


def rank_measures(
    keys: Iterable[str],
    qrels: Mapping[str, Mapping[str, int]],
    runs: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, float]]:
    """Ranking measures of each question by ir-measures, by key; 0 for one without a ranking.

    Args:
        keys: of `RANKING`, or `recall@100`.
        qrels: for each question the relevant ids, with their grade.
        runs: for each question ids, best first; one that comes again counts once.
    """
    import ir_measures

    measures = {ir_measures.parse_measure(_IR_MEASURES[key]): key for key in keys}
    found = {i: dict.fromkeys(measures.values(), 0.0) for i in qrels}
    judged = {i: dict(grades) for i, grades in qrels.items() if any(grades.values())}
    run = {
        i: {name: float(-place) for place, name in enumerate(dict.fromkeys(runs[i]))}
        for i in judged
        if runs.get(i)
    }
    if run:
        for one in ir_measures.iter_calc(list(measures), judged, run):
            found[one.query_id][measures[one.measure]] = float(one.value)
    return found


def figures(scored: Sequence[Scored]) -> dict[str, Figure]:
    """Every measure that these questions have a value of, with its interval."""
    found: dict[str, Figure] = {}
    for measure in MEASURES:
        if measure.key in ("auroc", "ece"):
            continue
        values = np.array([one.values[measure.key] for one in scored if measure.key in one.values])
        if len(values):
            low, high = interval(values)
            found[measure.key] = Figure(float(values.mean()), low, high, len(values))
    confidence, right, answerable = _sure(scored)
    if len(confidence):
        if 0 < answerable.sum() < len(answerable):
            found["auroc"] = _paired(confidence, answerable, area_under_roc)
        found["ece"] = _paired(confidence, right, calibration_error)
    return {measure.key: found[measure.key] for measure in MEASURES if measure.key in found}


def _sure(scored: Sequence[Scored]) -> tuple[Values, Values, Values]:
    """Confidence, first clause right, and answerable, of those that have a confidence."""
    some = [one for one in scored if one.confidence is not None]
    return (
        np.array([one.confidence for one in some], np.float64),
        np.array([one.answerable and one.rank == 1 for one in some], np.float64),
        np.array([one.answerable for one in some], np.float64),
    )


def interval(values: Values) -> tuple[float | None, float | None]:
    """The 95 % interval of the mean of `values`, by the percentile bootstrap; none for less than two.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    if len(values) < 2:
        return None, None
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    from scipy.stats import bootstrap

    found = bootstrap(
        (values,), np.mean, n_resamples=_RESAMPLES, method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def _paired(confidence: Values, label: Values, compute: Callable[..., Any]) -> Figure:
    """A measure of confidences and labels; a question is drawn with both."""
    value, size = float(compute(confidence, label)), len(label)
    if min(label.sum(), size - label.sum()) < _FEW:
        return Figure(value, None, None, size)
    return Figure(value, *_drawn((confidence, label), compute), size)


def paired_difference(
    confidence: Values,
    label: Values,
    other_confidence: Values,
    other_label: Values,
    compute: Callable[..., Any],
) -> Figure | None:
    """How much a measure of confidences and labels is higher in another run on the same questions.

    `None` where it is not defined, for there is one label only.
    """
    every = (confidence, label, other_confidence, other_label)

    def difference(a: Values, b: Values, c: Values, d: Values, axis: int = -1) -> Values:
        found: Values = compute(c, d, axis=axis) - compute(a, b, axis=axis)
        return found

    value, size = float(difference(*every)), len(label)
    if np.isnan(value):
        return None
    few = min(min(one.sum(), size - one.sum()) for one in (label, other_label)) < _FEW
    low, high = (None, None) if few else _drawn(every, difference)
    return Figure(value, low, high, size)


def _drawn(samples: tuple[Values, ...], compute: Callable[..., Any]) -> tuple[float, float]:
    from scipy.stats import bootstrap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a resample with one label only
        drawn = bootstrap(
            samples, compute, paired=True, vectorized=True, n_resamples=_RESAMPLES,
            method="percentile", rng=np.random.default_rng(_SEED),
        ).bootstrap_distribution  # fmt: skip
    # SciPy's own interval is NaN as soon as one resample is.
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def area_under_roc(confidence: Values, label: Values, axis: int = -1) -> Values:
    """The probability that a question with label 1 has the higher confidence, ties counted half.

    Source: Hanley and McNeil (1982): the Mann-Whitney statistic over the number of pairs. NaN where
    there is one label only. Works along `axis`, for many resamples at once.
    """
    from scipy.stats import rankdata

    ranks = rankdata(confidence, axis=axis)
    positive = label.sum(axis=axis)
    negative = label.shape[axis] - positive
    above = (ranks * label).sum(axis=axis) - positive * (positive + 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        area: Values = above / (positive * negative)
    return area


def calibration_error(confidence: Values, label: Values, axis: int = -1) -> Values:
    """Expected calibration error over ten bins of equal width.

    Source: Naeini, Cooper and Hauskrecht (2015); Guo et al. (2017): the mean distance between confidence
    and share of right ones in a bin, weighted by how many are in it.
    """
    place = _bin(confidence)
    total = np.zeros(np.delete(np.array(confidence.shape), axis), np.float64)
    for index in range(_BINS):
        inside = place == index
        total += np.abs((inside * (confidence - label)).sum(axis=axis))
    error: Values = total / confidence.shape[axis]
    return error


def _bin(confidence: Values) -> NDArray[np.int64]:
    places: NDArray[np.int64] = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    return places


def calibration(scored: Sequence[Scored]) -> list[tuple[float, float, int]]:
    """For each bin with questions: mean confidence, share with the right clause first, and how many."""
    confidence, right, _ = _sure(scored)
    place = _bin(confidence)
    bins = [place == i for i in range(_BINS)]
    return [
        (float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in bins
        if inside.any()
    ]


def risk_coverage(scored: Sequence[Scored]) -> list[tuple[float, float]]:
    """Coverage and risk as the threshold falls.

    Of the surest `coverage` of all questions, `risk` have a wrong clause first; those without answer
    are wrong whatever comes first. Questions of one confidence enter together.

    Source: El-Yaniv and Wiener (2010).
    """
    confidence, right, _ = _sure(scored)
    if not len(confidence):
        return []
    order = np.argsort(-confidence, kind="stable")
    count = np.arange(1, len(order) + 1)
    risk = np.cumsum(1 - right[order]) / count
    last = np.append(np.diff(confidence[order]) != 0, True)
    return [(float(c), float(r)) for c, r in zip(count[last] / len(order), risk[last], strict=True)]


def latency(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Milliseconds by stage: the 50th, 95th and 99th percentile."""
    return latency_of([outcome.stages for outcome in outcomes])


def latency_of(spent: Iterable[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The same of what each question took."""
    stages: dict[str, list[float]] = {}
    for one in spent:
        for stage, milliseconds in one.items():
            stages.setdefault(stage, []).append(milliseconds)
    return {
        stage: {f"p{q}": float(np.percentile(values, q)) for q in (50, 95, 99)}
        for stage, values in stages.items()
    }
