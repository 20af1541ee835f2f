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
import random
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


def read() -> dict[int, list[str]]:
    """Negatives by the pair's place in `pairs.jsonl`, hardest first.

    Raises:
        SystemExit: `main` has not run.
    """
    if not MINED.is_file():
        raise SystemExit(f"缺少 {MINED}；请先运行 / Run first: python -m training.mine")
    with MINED.open(encoding="utf-8") as stream:
        return {row["at"]: row["negatives"] for row in map(json.loads, stream)}


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
    settings = configuration()
    mining, shuffle = settings["mining"], random.Random(settings["seed"])
    everything = articles()
    place = {article.id: at for at, article in enumerate(everything)}
    wanted = [
        (at, pair)
        for at, pair in enumerate(data.read())
        if pair["source"] in SOURCES and not pair["held_out"] and pair.get("article") in place
    ]
    model = prepare(None, DataFolder.default().models, adapter=None)
    vectors = article_vectors(model)
    questions = [pair["q"] for _, pair in wanted]
    by_meaning = _by_meaning(Quick(model).encode_queries(questions), vectors)
    # Words of another language find nothing here but stray letters.
    chinese = [pair["q"] if pair["lang"].startswith("zh") else "" for _, pair in wanted]
    by_words = _by_words(chinese, everything)
    beside: defaultdict[str, list[int]] = defaultdict(list)
    for at, article in enumerate(everything):
        beside[article.law].append(at)
    with MINED.with_suffix(".new").open("w", encoding="utf-8") as stream:
        for row, (at, pair) in enumerate(track(wanted, "挑选负例 / Choosing negatives")):
            right = place[pair["article"]]
            own = [one for one in beside[everything[right].law] if abs(one - right) <= 40]
            shuffle.shuffle(own)
            groups = [by_meaning[row], own[:12], by_words[row]]
            chosen: dict[int, None] = {}
            for candidate in _in_turn(groups, mining["skip"]):
                likeness = float(
                    vectors[right].astype(np.float32) @ vectors[candidate].astype(np.float32)
                )
                if not is_false(everything[right], everything[candidate], likeness, mining):
                    chosen[candidate] = None
                if len(chosen) == mining["keep"]:
                    break
            ids = [everything[one].id for one in chosen]
            stream.write(json.dumps({"at": at, "negatives": ids}) + "\n")
    MINED.with_suffix(".new").replace(MINED)
    print(f"{len(wanted):,} 题 / questions → {MINED}")


def _in_turn(groups: Sequence[Sequence[int]], skip: int) -> list[int]:
    """One of each group in turn; of the ranked ones not the very first, which too often answer."""
    meaning, own, words = groups
    in_turn = itertools.zip_longest(meaning[skip:], own, words[skip:])
    return [int(one) for together in in_turn for one in together if one is not None]


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
