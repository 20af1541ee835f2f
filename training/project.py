"""Put the projection of token vectors into the adapter file: `python -m training.project`.

Late interaction keeps one vector for each token of a clause; at full length that is 1.5 kB a token. The
principal components of the token vectors of training passages shorten them. The largest stand first, so
the first rows serve on their own. Training the matrix further, by InfoNCE or towards the scores of full
length, ranked no better (docs/model.md).
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import track

from qa_bot.encoder import SHIPPED, OnnxEncoder
from qa_bot.encoder.adapter import PROJECTION, read_adapter, write_adapter
from qa_bot.encoder.embedded import FILE_SHA256
from training import data
from training.embedded import embedded_model
from training.settings import HERE, configuration

__all__ = ["components", "main"]


def components(vectors: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    """The first principal components of vectors about the origin, `(dims, dim)`, the largest first.

    About the origin and not about the mean, since cosines are what late interaction adds up. The sign of
    each is such that its largest number is positive.
    """
    _, found = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    made = found[:, ::-1][:, :dims].T
    largest = np.abs(made).argmax(axis=1, keepdims=True)
    signed: NDArray[np.float32] = (made * np.sign(np.take_along_axis(made, largest, 1))).astype(
        np.float32
    )
    return signed


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
    passages = list(
        dict.fromkeys(f"{pair['title']}\n{pair['p']}"[: settings["characters"]] for pair in pairs)
    )[: settings["passages"]]
    encoder = OnnxEncoder(embedded_model(adapter))
    told = [
        encoder.encode_passages_tokens([text])[0] for text in track(passages, "条文 / Articles")
    ]
    vectors = np.concatenate([one.vectors[one.is_text] for one in told])
    matrix = components(vectors, settings["dims"])
    found = read_adapter(adapter, FILE_SHA256)
    tensors = dict(found.tensors) | {PROJECTION: matrix.astype(np.float16)}
    write_adapter(adapter, tensors, found.base, found.about)
    print(f"{adapter}: {PROJECTION} {matrix.shape}")


if __name__ == "__main__":
    typer.run(main)
