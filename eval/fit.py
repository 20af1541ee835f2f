"""Choose the weights of the fusion and fit the confidence, on the development questions.

    python eval/fit.py                     figures for the weights in use, and the coefficients
    python eval/fit.py --grid              the best of a grid of weights
    python eval/fit.py dev_seed smoke      on these sets only

Reads the development questions (eval/questions/dev*.jsonl and smoke.jsonl), not the test split, nor the
acceptance questions and their paraphrases, which are reported as they come out.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

import qa_bot.search as product
from qa_bot.asked import asked
from qa_bot.bot import Bot
from qa_bot.references import find
from qa_bot.text import strip_space
from qa_bot.words import to_simplified

QUESTIONS = Path(__file__).parent / "questions"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sets", nargs="*", help="names of question sets")
    parser.add_argument("--grid", action="store_true", help="search a grid of weights")
    wanted = parser.parse_args()
    rows = [
        json.loads(line)
        for path in (
            [QUESTIONS / f"{name}.jsonl" for name in wanted.sets]
            or [*sorted(QUESTIONS.glob("dev*.jsonl")), QUESTIONS / "smoke.jsonl"]
        )
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    # What is looked up by its number needs no ranking.
    rows = [
        row
        for row in rows
        if not (find(row["q"]).numbers or find(row["q"]).articles or find(row["q"]).short_numbers)
    ]
    bot = Bot.open()
    generation = bot.generation
    texts = [
        strip_space(record.clause.text)
        for record in generation.records.at(range(generation.manifest.clauses))
    ]
    gold = [
        {i for i, text in enumerate(texts) if any(strip_space(g) in text for g in row["gold"])}
        for row in rows
    ]
    queries = bot.encoder.encode_queries([row["q"] for row in rows])
    searchable = generation.searchable
    dense = np.array([generation.dense.scores(query) for query in queries])
    sentence = np.array([generation.dense.best_sentence(query) for query in queries])
    lexical = np.array([generation.lexical.scores(generation.words.content(r["q"])) for r in rows])
    fit = np.array([generation.quantities.fit(asked(to_simplified(row["q"]))) for row in rows])

    foreign = np.array([product.is_foreign(row["q"]) for row in rows])

    def standard(scores):
        among = scores[:, searchable]
        deviation = among.std(axis=1, keepdims=True)
        return np.where(
            deviation > 1e-9,
            (scores - among.mean(axis=1, keepdims=True)) / np.maximum(deviation, 1e-9),
            0,
        )

    def fuse(w_sentence, w_lexical, w_kind):
        words = np.where(foreign[:, None], 0.0, w_lexical) * standard(lexical)
        fused = standard(2 * dense + w_sentence * sentence) + words
        fused = fused + w_kind * fit
        fused[:, ~searchable] = -np.inf
        return fused

    def ranks(fused):
        order = np.argsort(-fused, axis=1, kind="stable")
        return np.array([
            next((r for r, p in enumerate(line) if int(p) in g), 10_000) if g else -1
            for line, g in zip(order, gold, strict=True)
        ])  # fmt: skip

    def figures(found):
        out = []
        for name, chosen in (("Chinese", ~foreign), ("other", foreign)):
            some = found[chosen & (found >= 0)]
            hits = " ".join(f"@{k} {np.mean(some < k):.3f}" for k in (1, 3, 10))
            out.append(f"{name} ({len(some)}) {hits} MRR {np.mean(1 / (some + 1)):.3f}")
        return " | ".join(out)

    in_use = (product.SENTENCE_WEIGHT, product.LEXICAL_WEIGHT, product.KIND_WEIGHT)
    for name, scores in (("BM25", lexical), ("dense", dense), ("best sentence", sentence)):
        print(f"{name:14s}", figures(ranks(np.where(searchable, scores, -np.inf))))
    print(f"{'dense + BM25':14s}", figures(ranks(fuse(0, product.LEXICAL_WEIGHT, 0))))
    print(f"{'all':14s}", figures(ranks(fuse(*in_use))))
    if wanted.grid:
        grid = itertools.product((0, 0.5, 1, 2), (0, 0.1, 0.15, 0.2, 0.3), (0, 0.5, 1, 1.5))
        tried = []
        for weights in grid:
            found = ranks(fuse(*weights))
            tried.append((float(np.mean(1 / (found[found >= 0] + 1))), weights, figures(found)))
        for row in sorted(tried, reverse=True)[:10]:
            print(row)

    fused = fuse(*in_use)
    first = fused.argmax(axis=1)
    line = np.arange(len(rows))
    features = np.column_stack([fused[line, first], dense[line, first]])
    right = np.array([int(p) in g for p, g in zip(first, gold, strict=True)])
    answerable = np.array([bool(g) for g in gold])
    scale = np.array([1, 20])  # a cosine varies twenty times less than a fused score
    for name, chosen in (("Chinese", ~foreign), ("other", foreign)):
        # In another script the cosine says nothing (see AUROC): the fused score alone is left.
        some, label = (
            features[chosen] * scale * ((1, 1) if name == "Chinese" else (1, 0)),
            right[chosen],
        )
        model = LogisticRegression(C=1, max_iter=1000)
        guess = cross_val_predict(
            model,
            some,
            label,
            cv=min(10, int(np.bincount(label.astype(int)).min())),
            method="predict_proba",
        )[:, 1]
        model.fit(some, label)
        coefficients = [round(float(v), 2) for v in (*model.intercept_, *(model.coef_[0] * scale))]
        can = answerable[chosen]
        print(
            f"{name}: CONFIDENCE {coefficients}; AUROC first clause right "
            f"{roc_auc_score(label, guess):.3f}, answerable {roc_auc_score(can, guess):.3f}"
        )
        for threshold in (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
            refused, answered = np.mean(guess[can] < threshold), np.mean(guess[~can] >= threshold)
            print(
                f"  threshold {threshold}: refused though answerable {refused:.3f}, answered though not {answered:.3f}"
            )


if __name__ == "__main__":
    main()
