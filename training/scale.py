"""Lay questions over all articles of the laws: `python -m training.scale [--adapter FILE]`.

The held-out tenth of the questions that people asked lawyers, searched by pooled vectors among every
article; the plain model and the adapted one in one run. 8-bit weights find the first hundred, which are
then ordered by vectors in single precision. Recall@k is the mean over questions of the share of their
statutes among the first k.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import faiss
import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import track

from qa_bot.encoder import SHIPPED, OnnxEncoder
from qa_bot.evaluate.measures import interval
from training import data
from training.corpus import articles, held_out, same_text
from training.embedded import embedded_model
from training.vectors import Quick, article_vectors

__all__ = ["lay_questions", "main", "recall"]

_AT = (1, 3, 10, 100)
_DEPTH = max(_AT)
_TOKENS = 256


def lay_questions() -> dict[str, set[int]]:
    """Each held-out question with the places in `articles()` of the statutes that answer it."""
    place = {same_text(article.text): at for at, article in enumerate(articles())}
    right: defaultdict[str, set[int]] = defaultdict(set)
    for pair in data.made("lay"):
        at = place.get(same_text(pair["p"]))
        if at is not None and held_out(pair["key"]):
            right[pair["q"]].add(at)
    return right


def recall(found: NDArray[np.int64], right: list[set[int]], depth: int) -> NDArray[np.float64]:
    """The share of each question's articles among its first `depth`.

    Args:
        found: places by rank, `(questions, at least depth)`.
        right: places that are right, for each question.
        depth: k.
    """
    return np.array([
        len(some & set(line[:depth].tolist())) / len(some)
        for line, some in zip(found, right, strict=True)
    ])  # fmt: skip


def _found(adapter: Path | None, questions: list[str]) -> NDArray[np.int64]:
    """The first hundred places for each question, in order."""
    model = embedded_model(adapter)
    vectors, quick = article_vectors(model), Quick(model).encode_queries(questions)
    index = faiss.IndexFlatIP(model.dim)
    for start in range(0, len(vectors), 8192):
        index.add(vectors[start : start + 8192].astype(np.float32))
    first: NDArray[np.int64] = index.search(quick, _DEPTH)[1]
    encoder = OnnxEncoder(replace(model, max_length=_TOKENS), exact=True)
    wanted = np.unique(first)
    exact = np.concatenate([
        encoder.encode_passages([f"{one.title} {one.text}" for one in some])
        for some in track(
            [[articles()[at] for at in part] for part in np.array_split(wanted, len(wanted) // 64 + 1)],
            "精排 / Single precision",
        )
    ])  # fmt: skip
    asked = encoder.encode_queries(questions)
    rows = np.searchsorted(wanted, first)
    scores = np.einsum("qd,qkd->qk", asked, exact[rows])
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.take_along_axis(first, order, axis=1)


def main(
    adapter: Annotated[Path, typer.Option(help="适配器文件 / adapter file")] = SHIPPED,
) -> None:
    """法律咨询题对全部法条的召回率 / Recall of lay questions over all articles.

    Example: python -m training.scale --adapter training/work/other.safetensors
    """
    by_question = lay_questions()
    questions, right = list(by_question), list(by_question.values())
    sides = [_found(one, questions) for one in (None, adapter)]
    print(f"{len(questions)} 题 / questions，{len(articles()):,} 条 / articles")
    for depth in _AT:
        plain, adapted = (recall(found, right, depth) for found in sides)
        low, high = interval(adapted - plain)
        print(
            f"recall@{depth:<4} {plain.mean():.3f} {adapted.mean():.3f} "
            f"{adapted.mean() - plain.mean():+.3f} ({low:+.3f} {high:+.3f})"
        )


if __name__ == "__main__":
    typer.run(main)
