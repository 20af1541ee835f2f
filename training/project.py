"""Fit the projection of token vectors and put it into the adapter file: `python -m training.project`.

Late interaction keeps one vector for each token of a clause; at full length that is 1.5 kB a token. A
matrix of `[projection] dims` rows, begun as the principal components of the token vectors and trained by
InfoNCE of late interaction with the model held still, keeps nearly all of the ranking (docs/model.md).
Its first rows serve on their own (Matryoshka, Kusupati et al. 2022, arXiv:2205.13147): the loss is the mean
over all lengths of `[projection] nested`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from qa_bot.encoder import SHIPPED, OnnxEncoder, TokenVectors
from qa_bot.encoder.adapter import PROJECTION, read_adapter, write_adapter
from qa_bot.encoder.embedded import FILE_SHA256
from training import data
from training.embedded import embedded_model
from training.loss import late_scores
from training.settings import HERE, configuration

__all__ = ["components", "fit", "main"]

Matrices = list[NDArray[np.float32]]


def components(vectors: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    """The first principal components of vectors about the origin, `(dims, dim)`, the largest first."""
    _, found = np.linalg.eigh(vectors.T @ vectors)
    made: NDArray[np.float32] = found[:, ::-1][:, :dims].T.astype(np.float32)
    return made


def fit(
    questions: Matrices, passages: Matrices, settings: dict[str, Any], seed: int
) -> NDArray[np.float32]:
    """Train the projection on pairs of token vectors.

    Args:
        questions: unit vectors of the tokens of each question, `(tokens, dim)`.
        passages: of the passage that answers it; none of them twice.
        settings: `[projection]` of the configuration.
        seed: of the order.

    Returns:
        Float32 `(dims, dim)`.
    """
    start = components(np.concatenate([*questions, *passages]), settings["dims"])
    matrix = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimiser = torch.optim.Adam([matrix], lr=settings["learning_rate"])
    shuffle = random.Random(seed)
    order = list(range(len(questions)))
    batch = min(settings["batch"], len(order))
    for _ in track(range(settings["steps"]), "投影 / Projection"):
        chosen = shuffle.sample(order, batch)
        asked, asked_mask = _padded([questions[at] for at in chosen])
        told, told_mask = _padded([passages[at] for at in chosen])
        loss = torch.zeros(())
        for dims in settings["nested"]:
            part = matrix[:dims]
            late = late_scores(
                normalize(asked @ part.T, dim=-1), asked_mask,
                normalize(told @ part.T, dim=-1), told_mask,
            )  # fmt: skip
            loss = loss + cross_entropy(late / settings["temperature"], torch.arange(batch))
        optimiser.zero_grad()
        (loss / len(settings["nested"])).backward()
        optimiser.step()
    return matrix.detach().numpy()


def _padded(matrices: Sequence[NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    length = max(map(len, matrices))
    vectors = np.zeros((len(matrices), length, matrices[0].shape[1]), np.float32)
    mask = np.zeros((len(matrices), length), bool)
    for row, one in enumerate(matrices):
        vectors[row, : len(one)], mask[row, : len(one)] = one, True
    return torch.from_numpy(vectors), torch.from_numpy(mask)


def _words(tokens: TokenVectors) -> NDArray[np.float32]:
    return tokens.vectors[tokens.is_text]


def main(
    adapter: Annotated[Path, typer.Option(help="适配器文件 / adapter file")] = SHIPPED,
    config: Annotated[Path, typer.Option(help="配置文件 / configuration")] = HERE / "config.toml",
) -> None:
    """为词向量配投影，写入适配器文件 / Fit the projection and write it into the adapter file."""
    whole = configuration(config)
    settings = whole["projection"]
    pairs = [
        pair
        for pair in data.read()
        if not pair["held_out"] and pair["source"] in settings["sources"]
    ]
    random.Random(whole["seed"]).shuffle(pairs)
    by_question = {pair["q"]: pair for pair in pairs}
    by_passage = {pair["p"]: pair for pair in by_question.values()}
    pairs = list(by_passage.values())[: settings["pairs"]]
    encoder = OnnxEncoder(embedded_model(adapter))
    questions = [
        _words(encoder.encode_query_tokens(pair["q"])) for pair in track(pairs, "问题 / Questions")
    ]
    texts = [f"{pair['title']}\n{pair['p']}"[: settings["characters"]] for pair in pairs]
    passages = [
        _words(encoder.encode_passages_tokens([text])[0])
        for text in track(texts, "条文 / Articles")
    ]
    kept = [at for at in range(len(pairs)) if len(questions[at]) and len(passages[at])]
    matrix = fit(
        [questions[at] for at in kept], [passages[at] for at in kept], settings, whole["seed"]
    )
    found = read_adapter(adapter, FILE_SHA256)
    tensors = dict(found.tensors) | {PROJECTION: matrix.astype(np.float16)}
    write_adapter(adapter, tensors, found.base, found.about)
    print(f"{adapter}: {PROJECTION} {matrix.shape}")


if __name__ == "__main__":
    typer.run(main)
