"""Figures on held-out questions while the training goes on."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import numpy as np
from sentence_transformers.base.evaluation import BaseEvaluator

from training import data
from training.corpus import Article, articles

__all__ = ["Validation"]


class Validation(BaseEvaluator):
    """Held-out questions, each searched among the articles that answer any and others of their laws.

    Calling it with a model gives Hit@1, Hit@10 and MRR@10 of pooled vectors for `lay` questions, whose
    statutes may answer other questions of the training, and for those `written` for it, in Chinese and in
    `foreign` languages, whose laws were held out.
    """

    def __init__(self, pairs: list[data.Pair], settings: dict[str, Any]) -> None:
        """Choose questions and articles: the same for the same pairs and settings."""
        super().__init__()
        self.primary_metric = "written_mrr@10"
        shuffle = random.Random(settings["seed"])
        right: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        texts: dict[str, str] = {}
        for pair in pairs:
            wanted = pair["source"] in ("lay", "written", "beside") and pair.get("article")
            if pair["held_out"] and wanted:
                written = "written" if pair["lang"].startswith("zh") else "foreign"
                kind = "lay" if pair["source"] == "lay" else written
                right[kind][pair["q"]].add(pair["article"])
                texts[pair["article"]] = f"{pair['title']}\n{pair['p']}"
        most, beside = settings["validation"]["questions"], settings["validation"]["beside"]
        self._chosen = [
            (kind, question, asked[question])
            for kind, asked in right.items()
            for question in shuffle.sample(sorted(asked), min(len(asked), most))
        ]
        by_law: defaultdict[str, list[Article]] = defaultdict(list)
        for article in articles():
            by_law[article.law].append(article)
        laws = {article.id: article.law for article in articles()}
        self._corpus: dict[str, str] = {}
        for identity in dict.fromkeys(one for _, _, some in self._chosen for one in sorted(some)):
            self._corpus[identity] = texts[identity]
            members = by_law[laws[identity]]
            for article in shuffle.sample(members, min(len(members), beside)):
                self._corpus.setdefault(article.id, f"{article.headings}\n{article.text}")

    def __call__(
        self,
        model: Any,  # noqa: ANN401
        output_path: str | None = None,
        epoch: int = -1,
        steps: int = -1,
    ) -> dict[str, float]:
        """The figures by kind."""
        settings = {"normalize_embeddings": True, "show_progress_bar": False}
        told = model.encode(list(self._corpus.values()), prompt="passage: ", **settings)
        asked = model.encode([one for _, one, _ in self._chosen], prompt="query: ", **settings)
        place = {identity: at for at, identity in enumerate(self._corpus)}
        ranks: defaultdict[str, list[int]] = defaultdict(list)
        for line, (kind, _, right) in zip(
            np.argsort(-asked @ told.T, axis=1, kind="stable"), self._chosen, strict=True
        ):
            ranks[kind].append(int(np.isin(line, [place[one] for one in right]).argmax()) + 1)
        figures: dict[str, float] = {}
        for kind, found in ranks.items():
            rank = np.array(found)
            figures[f"{kind}_hit@1"] = float((rank <= 1).mean())
            figures[f"{kind}_hit@10"] = float((rank <= 10).mean())
            figures[f"{kind}_mrr@10"] = float(np.where(rank <= 10, 1 / rank, 0).mean())
        return figures
