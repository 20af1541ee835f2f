"""Hard negatives: `python -m training.mine` writes `work/mined.jsonl`.

For each question on an article of the laws, of the kinds that `[mining]` names: what stands beside the
right one in its own law, the likest to the question first, and what BM25 and the plain model put high
among all articles. What may answer as well is no negative: a law of another city often says the same in
nearly the same words, so what shares most of its character three-grams with the right article, or has
nearly its vector, is left out; and so are the answers of held-out questions.

The first line of the file holds the sha256 of the pairs that it belongs to.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from qa_bot.index.lexical import LexicalIndex
from qa_bot.words import Words
from training import data
from training.corpus import Article, articles
from training.embedded import embedded_model
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
        SystemExit: `main` has not run, or not for these pairs.
    """
    if not MINED.is_file():
        raise SystemExit(f"缺少 {MINED}；请先运行 / Run first: python -m training.mine")
    with MINED.open(encoding="utf-8") as stream:
        if json.loads(next(stream)).get("pairs") != _digest():
            raise SystemExit(
                f"{MINED} 属于别的问答对；请重做 / belongs to other pairs; make it again: "
                "python -m training.mine"
            )
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
    pairs = data.read()
    held = {pair["article"] for pair in pairs if pair["held_out"] and pair.get("article")}
    wanted = [
        (at, pair)
        for at, pair in enumerate(pairs)
        if pair["source"] in SOURCES and not pair["held_out"] and pair.get("article") in place
    ]
    answering: defaultdict[str, set[str]] = defaultdict(set)
    for _, pair in wanted:
        answering[pair["q"]].add(pair["article"])
    model = embedded_model()
    beside = _beside(everything, mining["nearby"])
    far = "elsewhere" in mining["kinds"]
    needed = {one for _, pair in wanted for one in beside[place[pair["article"]]]}
    vectors = article_vectors(model, None if far else needed)
    asked = Quick(model).encode_queries([pair["q"] for _, pair in wanted])
    elsewhere = (
        _elsewhere([pair for _, pair in wanted], asked, vectors, mining["skip"])
        if far
        else [[]] * len(wanted)
    )

    def alike(one: int, other: int) -> float:
        return float(vectors[one].astype(np.float32) @ vectors[other].astype(np.float32))

    row_of: dict[str, Any]
    with MINED.with_suffix(".new").open("w", encoding="utf-8") as stream:
        stream.write(json.dumps({"pairs": _digest()}) + "\n")
        for row, (at, pair) in enumerate(track(wanted, "挑选负例 / Choosing negatives")):
            right, answers = place[pair["article"]], answering[pair["q"]]
            near = vectors[beside[right]].astype(np.float32) @ asked[row]
            own = [beside[right][one] for one in np.argsort(-near, kind="stable")]
            row_of = {"at": at}
            for kind, candidates in (("own", own), ("elsewhere", elsewhere[row])):
                if kind not in mining["kinds"]:
                    continue
                true = (
                    everything[one].id
                    for one in candidates
                    if everything[one].id not in answers | held
                    and not is_false(everything[right], everything[one], alike(right, one), mining)
                )
                row_of[kind] = list(itertools.islice(true, mining["keep"][kind]))
            stream.write(json.dumps(row_of) + "\n")
    MINED.with_suffix(".new").replace(MINED)
    print(f"{len(wanted):,} 题 / questions → {MINED}")


def _digest() -> str:
    return hashlib.sha256(data.PAIRS.read_bytes()).hexdigest()


def _beside(everything: Sequence[Article], most: int) -> list[list[int]]:
    """For each article the places of those of its law that stand at most so many before or after it."""
    by_law: defaultdict[str, list[int]] = defaultdict(list)
    for at, article in enumerate(everything):
        by_law[article.law].append(at)
    found: list[list[int]] = [[] for _ in everything]
    for members in by_law.values():
        for row, at in enumerate(members):
            found[at] = members[max(0, row - most) : row + most + 1]
    return found


def _elsewhere(
    pairs: Sequence[data.Pair],
    asked: NDArray[np.float32],
    vectors: NDArray[np.float16],
    skip: int,
) -> list[list[int]]:
    """What words and meaning put high among all articles; the very first too often answer."""
    by_meaning = _by_meaning(asked, vectors)
    # Words of another language find nothing here but stray letters.
    chinese = [pair["q"] if pair["lang"].startswith("zh") else "" for pair in pairs]
    by_words = _by_words(chinese, articles())
    return [
        _in_turn(meaning[skip:], words[skip:])
        for meaning, words in zip(by_meaning, by_words, strict=True)
    ]


def _in_turn(one: Sequence[int], other: Sequence[int]) -> list[int]:
    both = itertools.zip_longest(one, other)
    found = (int(place) for together in both for place in together if place is not None)
    return list(dict.fromkeys(found))


def _by_meaning(questions: NDArray[np.float32], vectors: NDArray[np.float16]) -> NDArray[np.int64]:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    for start in range(0, len(vectors), 8192):
        index.add(vectors[start : start + 8192].astype(np.float32))
    found: NDArray[np.int64] = index.search(questions, _DEPTH)[1]
    return found


def _by_words(questions: Sequence[str], everything: Sequence[Article]) -> list[list[int]]:
    words = Words(many=True)
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
