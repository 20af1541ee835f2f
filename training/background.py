"""Make the background that ships: `python -m training.background`, a minute on two cores.

The items of the invented gazettes (`questions/invented/`) but for their imprints and contents, which every
gazette has alike, and so many articles of laws drawn at random, encoded by the embedded model with the
adapter that ships.
"""

from __future__ import annotations

import json
import random
import re

import typer

from qa_bot.encoder import SHIPPED, OnnxEncoder
from qa_bot.index.background import BACKGROUND, write_background
from training.corpus import articles
from training.embedded import embedded_model
from training.settings import HERE

__all__ = ["main"]

_ARTICLES = 3000
_SEED = 1
_EVERY_GAZETTE = re.compile(r"版权页|刊头|封面|目录|赠阅|编辑委员会|编委会|公报编辑")


def _items() -> list[str]:
    rows = [
        json.loads(line)
        for file in sorted((HERE / "questions" / "invented").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    texts = dict.fromkeys(f"{row['title']}\n{row['text']}" for row in rows)
    return [text for text in texts if not _EVERY_GAZETTE.search(text)]


def main() -> None:
    """Encode, and write `qa_bot/index/background.safetensors`."""
    model = embedded_model(SHIPPED)
    encoder = OnnxEncoder(model)
    laws = random.Random(_SEED).sample(articles(), _ARTICLES)
    texts = {"gazettes": _items(), "laws": [f"{one.headings}\n{one.text}" for one in laws]}
    vectors = {kind: encoder.encode_passages(some) for kind, some in texts.items()}
    write_background(BACKGROUND, vectors, model)
    print({kind: len(some) for kind, some in texts.items()}, BACKGROUND.stat().st_size)


if __name__ == "__main__":
    typer.run(main)
