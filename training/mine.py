"""Hard negatives: `python -m training.mine` writes `work/mined.jsonl`.

For each question on an article of the laws: what BM25 and the plain model put high among all articles
and what stands beside the right one in its own law, without those that answer as well. A law of
another city often says the same in nearly the same words, so what shares most of its character
three-grams with the right article, or lies as near to the question and nearer to the right article than
a neighbour would, is no negative.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from qa_bot.encoder import prepare
from qa_bot.index.lexical import LexicalIndex
from qa_bot.settings import DataFolder
from qa_bot.words import Words
from training import data
from training.corpus import Article, articles
from training.settings import WORK, configuration
from training.vectors import Quick, article_vectors

__all__ = ["MINED", "grams", "is_false", "main", "read"]

MINED = WORK / "mined.jsonl"
#: Sources whose passages are articles.
SOURCES = ("lay", "written", "definition", "citing")
_DEPTH = 50


def read() -> dict[int, dict[str, list[str]]]:
    """By the pair's place in `pairs.jsonl`: negatives of its `own` law and from `elsewhere`, hardest first.

    Raises:
        SystemExit: `main` has not run.
    """
    if not MINED.is_file():
        raise SystemExit(f"缺少 {MINED}；请先运行 / Run first: python -m training.mine")
    with MINED.open(encoding="utf-8") as stream:
        return {row["at"]: row for row in map(json.loads, stream)}


def grams(text: str) -> set[str]:
    """The character three-grams of a text."""
    return {text[at : at + 3] for at in range(len(text) - 2)}


def is_false(
    right: Article,
    other: Article,
    likeness: float,
    settings: dict[str, Any],
) -> bool:
    """Whether a candidate may answer as well as the right article.

    Args:
        right: the article that answers.
        other: the candidate.
        likeness: the cosine of both by the plain model.
        settings: `[mining]` of the configuration.
    """
    if right.id == other.id or right.text == other.text:
        return True
    ours, theirs = grams(right.text), grams(other.text)
    shared = len(ours & theirs) / max(1, min(len(ours), len(theirs)))
    return bool(shared > settings["most_shared"] or likeness > settings["most_like"])


def main() -> None:
    """Mine for every pair whose passage is an article."""
    mining = configuration()["mining"]
    everything = articles()
    place = {article.id: at for at, article in enumerate(everything)}
    wanted = [
        (at, pair)
        for at, pair in enumerate(data.read())
        if pair["source"] in SOURCES and not pair["held_out"] and pair.get("article") in place
    ]
    answering: defaultdict[str, set[str]] = defaultdict(set)
    for _, pair in wanted:
        answering[pair["q"]].add(pair["article"])
    model = prepare(None, DataFolder.default().models, adapter=None)
    vectors = article_vectors(model)
    questions = [pair["q"] for _, pair in wanted]
    asked = Quick(model).encode_queries(questions)
    by_meaning = _by_meaning(asked, vectors)
    # Words of another language find nothing here but stray letters.
    chinese = [pair["q"] if pair["lang"].startswith("zh") else "" for _, pair in wanted]
    by_words = _by_words(chinese, everything)

    def alike(one: int, other: int) -> float:
        return float(vectors[one].astype(np.float32) @ vectors[other].astype(np.float32))

    beside: defaultdict[str, list[int]] = defaultdict(list)
    for at, article in enumerate(everything):
        beside[article.law].append(at)
    row_of: dict[str, Any]
    with MINED.with_suffix(".new").open("w", encoding="utf-8") as stream:
        for row, (at, pair) in enumerate(track(wanted, "挑选负例 / Choosing negatives")):
            right, answers = place[pair["article"]], answering[pair["q"]]
            own = [one for one in beside[everything[right].law] if abs(one - right) <= 40]
            own.sort(key=lambda one: -float(asked[row] @ vectors[one].astype(np.float32)))
            skip = mining["skip"]
            row_of = {"at": at}  # the very first of a ranking too often answer, hence `skip`
            for kind, candidates in (
                ("own", own),
                ("elsewhere", _in_turn(by_meaning[row][skip:], by_words[row][skip:])),
            ):
                true = (
                    everything[one].id
                    for one in candidates
                    if everything[one].id not in answers
                    and not is_false(everything[right], everything[one], alike(right, one), mining)
                )
                row_of[kind] = list(itertools.islice(true, mining["keep"]))
            stream.write(json.dumps(row_of) + "\n")
    MINED.with_suffix(".new").replace(MINED)
    print(f"{len(wanted):,} 题 / questions → {MINED}")


def _in_turn(one: Sequence[int], other: Sequence[int]) -> list[int]:
    both = itertools.zip_longest(one, other)
    return [int(found) for together in both for found in together if found is not None]


def _by_meaning(questions: NDArray[np.float32], vectors: NDArray[np.float16]) -> NDArray[np.int64]:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    for start in range(0, len(vectors), 8192):
        index.add(vectors[start : start + 8192].astype(np.float32))
    found: NDArray[np.int64] = index.search(questions, _DEPTH)[1]
    return found


def _by_words(questions: Sequence[str], everything: Sequence[Article]) -> list[list[int]]:
    words = Words()
    tokens = [words.tokens(f"{a.title} {a.text}") for a in track(everything, "分词 / Words")]
    index = LexicalIndex.build(tokens)
    found: list[list[int]] = []
    for question in track(questions, "BM25"):
        scores = index.scores(words.content(question))
        best = np.argpartition(-scores, _DEPTH)[:_DEPTH]
        best = best[np.argsort(-scores[best])]
        found.append([int(one) for one in best if scores[one] > 0])
    return found


if __name__ == "__main__":
    main()
