"""Encode a corpus on many workers with Ray Data, for corpora that one machine would encode for days.

    python scripts/encode_on_ray.py --data DATA --out SHARED/vectors --parts 256 --workers 32 --gpus 1
    qa-bot build --data DATA --vectors SHARED/vectors/000 --vectors SHARED/vectors/001 …

Each part takes every so manyth file of the corpus, so that no file is parsed twice, and writes a folder as
`qa-bot encode` does. Corpus, models and `--out` lie where all workers see them. What was interrupted goes on when the
command is given again: a part finds in its folder what it has made. The last line printed is the build to run.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qa_bot.building import corpus_of
from qa_bot.encoder import Encoder, open_encoder, prepare
from qa_bot.errors import QaBotError
from qa_bot.index import corpus_fingerprint, encode_share
from qa_bot.settings import DataFolder

__all__ = ["EncodePart", "encode_on_ray", "main"]


class EncodePart:
    """A worker: it opens the model once and encodes one part after the other."""

    def __init__(
        self, corpus: Path, out: Path, parts: int, encoder_of: Callable[[], Encoder]
    ) -> None:
        """Open the corpus and the model, on the machine of the worker."""
        self._files = corpus_of(corpus, corpus_fingerprint(corpus))
        self._out = out
        self._parts = parts
        self._encoder = encoder_of()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Encode the parts of a batch; how many passages each has."""
        counts = [
            encode_share(self._files[part :: self._parts], self._encoder, 1, 1, self._out / name(part))
            for part in batch["part"].tolist()
        ]  # fmt: skip
        return {"part": batch["part"], "passages": np.array(counts, np.int64)}


def name(part: int) -> str:
    """The folder of a part."""
    return f"{part:03}"


def encode_on_ray(
    corpus: Path,
    out: Path,
    parts: int,
    workers: int,
    encoder_of: Callable[[], Encoder],
    cpus: float = 1,
    gpus: float = 0,
) -> list[Path]:
    """Encode a corpus; the folders of its parts. Ray must be running, or is started on this machine.

    Args:
        corpus: that every worker sees.
        out: folder that every worker can write into.
        parts: how many pieces the work is cut into: some times `workers`, so that none waits long for another.
        workers: processes at a time.
        encoder_of: opens the model; called once in each worker.
        cpus: of each worker.
        gpus: of each worker.
    """
    import ray.data

    # Blocks that are there already: tasks that read would wait for a core when the workers have all of them.
    numbers = ray.data.from_items([{"part": n} for n in range(parts)], override_num_blocks=parts)
    made = numbers.map_batches(
        EncodePart,
        fn_constructor_args=(corpus, out, parts, encoder_of),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=cpus,
        num_gpus=gpus,
    )
    done = made.take_all()
    assert {int(row["part"]) for row in done} == {*range(parts)}
    return [out / name(int(row["part"])) for row in done if row["passages"]]


def _opened(model: Path, device: str | None) -> Encoder:
    if device:
        from qa_bot.encoder.sentence import SentenceEncoder

        return SentenceEncoder(prepare(None, model), device)
    return open_encoder(prepare(None, model), 1)


def main() -> None:
    """Read the arguments and encode."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="data folder; that of the program if not given")
    parser.add_argument("--out", type=Path, required=True, help="folder that all workers see")
    parser.add_argument("--parts", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--cpus", type=float, default=1, help="of each worker")
    parser.add_argument(
        "--gpus", type=float, default=0, help="of each worker; above 0 it encodes there"
    )
    parser.add_argument("--address", help="of a Ray cluster; one on this machine if not given")
    given = parser.parse_args()
    import ray

    ray.init(address=given.address, include_dashboard=False)
    data = DataFolder.at(given.data)
    encoder_of = functools.partial(_opened, data.models, "cuda" if given.gpus else None)
    out = given.out.absolute()
    folders = encode_on_ray(
        data.corpus.absolute(), out, given.parts, given.workers, encoder_of, given.cpus, given.gpus
    )
    chosen = f" --data {given.data}" if given.data else ""
    print(f"qa-bot build{chosen}", *(f"--vectors {folder}" for folder in sorted(folders)))


if __name__ == "__main__":
    try:
        main()
    except QaBotError as error:
        sys.exit(str(error))
