"""Two runs on one set, question by question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa_bot.errors import QuestionSetError
from qa_bot.evaluate.measures import (
    MEASURES,
    Figure,
    Scored,
    area_under_roc,
    calibration_error,
    figures,
    interval,
    paired_difference,
)
from qa_bot.evaluate.report import Report

__all__ = ["Comparison", "compare", "good"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one run to another.

    Attributes:
        before: name of the first.
        after: name of the second.
        figures: of both, on the questions that were compared.
        differences: by measure, second less first; the interval is that of paired questions.
        gains: ids of the questions that were wrong before and are right now.
        losses: the other way round.
        questions: how many were compared.
        alone: ids that only one of them has.
        same_set: whether both asked the very same file of questions.
    """

    before: str
    after: str
    figures: tuple[dict[str, Figure], dict[str, Figure]]
    differences: dict[str, Figure]
    gains: tuple[str, ...]
    losses: tuple[str, ...]
    questions: int
    alone: tuple[str, ...]
    same_set: bool


def good(one: Scored) -> bool:
    """Whether a question went as it should: right first and answered, or rightly refused."""
    return one.answered and one.rank == 1 if one.answerable else not one.answered


def compare(before: Report, after: Report) -> Comparison:
    """Compare two reports of one question set.

    Raises:
        QuestionSetError: they have no question in common.
    """
    first = {one.id: one for one in before.scored}
    second = {one.id: one for one in after.scored}
    shared = [name for name in first if name in second]
    if not shared:
        raise QuestionSetError(
            f"{before.name} 和 {after.name} 没有共同的问题 / "
            "The two reports have no question in common: evaluate both on one set."
        )
    differences: dict[str, Figure] = {}
    for measure in MEASURES:
        key = measure.key
        if key in ("auroc", "ece"):
            figure = _of_confidence(key, [first[i] for i in shared], [second[i] for i in shared])
            if figure is not None:
                differences[key] = figure
            continue
        pairs = [
            second[i].values[key] - first[i].values[key]
            for i in shared
            if key in first[i].values and key in second[i].values
        ]
        if pairs:
            values = np.array(pairs)
            differences[key] = Figure(float(values.mean()), *interval(values), len(values))
    return Comparison(
        before.name,
        after.name,
        (figures([first[i] for i in shared]), figures([second[i] for i in shared])),
        differences,
        tuple(i for i in shared if good(second[i]) and not good(first[i])),
        tuple(i for i in shared if good(first[i]) and not good(second[i])),
        len(shared),
        tuple(sorted(set(first) ^ set(second))),
        before.about.get("set_sha256") == after.about.get("set_sha256"),
    )


def _of_confidence(key: str, first: list[Scored], second: list[Scored]) -> Figure | None:
    pairs = [
        (a, b)
        for a, b in zip(first, second, strict=True)
        if a.confidence is not None and b.confidence is not None
    ]
    if not pairs:
        return None
    compute: Callable[..., Any] = area_under_roc if key == "auroc" else calibration_error
    arrays = [
        np.array([one.confidence for one in side], np.float64) for side in zip(*pairs, strict=True)
    ]
    labels = [
        np.array([one.answerable if key == "auroc" else one.answerable and one.rank == 1 for one in side], np.float64)
        for side in zip(*pairs, strict=True)
    ]  # fmt: skip
    return paired_difference(arrays[0], labels[0], arrays[1], labels[1], compute)
