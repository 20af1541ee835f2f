"""Make the background that ships: `python -m training.background`, a minute on two cores.

All items of the invented gazettes (`questions/invented/`), and so many articles of laws drawn at random,
encoded by the embedded model with the adapter that ships.
"""

from __future__ import annotations

import json
import random

import typer

from qa_bot.encoder import SHIPPED, OnnxEncoder
from qa_bot.encoder.background import BACKGROUND, write_background
from training.corpus import articles
from training.embedded import embedded_model
from training.settings import HERE

__all__ = ["main"]

_ARTICLES = 3000
_SEED = 1


def _items() -> list[str]:
    rows = [
        json.loads(line)
        for file in sorted((HERE / "questions" / "invented").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    return list(dict.fromkeys(f"{row['title']}\n{row['text']}" for row in rows))


def main() -> None:
    """Encode, and write `qa_bot/encoder/background.safetensors`."""
    model = embedded_model(SHIPPED)
    encoder = OnnxEncoder(model)
    laws = random.Random(_SEED).sample(articles(), _ARTICLES)
    texts = {"gazettes": _items(), "laws": [f"{one.headings}\n{one.text}" for one in laws]}
    vectors = {kind: encoder.encode_passages(some) for kind, some in texts.items()}
    write_background(BACKGROUND, vectors, model)
    print({kind: len(some) for kind, some in texts.items()}, BACKGROUND.stat().st_size)


if __name__ == "__main__":
    typer.run(main)
