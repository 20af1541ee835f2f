"""How long adding one issue to a large index takes, against building an index of that issue alone.

    python eval/benchmarks/adding.py ../shared/scale/laws.jsonl.xz              149,000 articles
    python eval/benchmarks/adding.py FILE --articles 20000 --rounds 3

The large index is made of law texts. Its vectors are a stand-in's: as many and as large as the model's, and
made at once, since what it costs to add something does not depend on what the others are. The issue (the
gazette of `corpus/`) is encoded by the real model, both alone and when it is added. Adding and building
alone take turns in one run; printed are seconds, their difference and ratio, and the size of the index.

The folder of the large index (`--folder`) is kept, and used again by the next run.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from laws import size_of, write_laws

from qa_bot.building import corpus_of
from qa_bot.encoder import Encoder, OnnxEncoder, TokenVectors, open_encoder, prepare
from qa_bot.encoder.onnx import token_spans
from qa_bot.encoder.progress import shown, silent
from qa_bot.errors import GazetteIndexError
from qa_bot.index import (
    Corpus,
    Generation,
    build_generation,
    corpus_fingerprint,
    current_generation,
    sweep,
)
from qa_bot.settings import DataFolder

ROOT = Path(__file__).resolve().parents[2]
ISSUE = sorted((ROOT / "corpus").glob("wenzhou-2019-04.*"))
VECTORS = 4096


class StandIn:
    """As many vectors as the model makes, of the same size, without running it."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        self.model = encoder.model
        self._tokenizer = encoder._tokenizer
        made = (
            np.random.default_rng(1).standard_normal((VECTORS, self.model.dim)).astype(np.float32)
        )
        self._pool = made / np.linalg.norm(made, axis=1, keepdims=True)

    def encode_passages_tokens(self, texts, progress=silent):
        prompt = self.model.prompts["passage"]
        found = []
        for text, read in zip(
            texts, self._tokenizer.encode_batch([prompt + one for one in texts]), strict=True
        ):
            count = len(read.ids)
            start = int(hashlib.md5(text.encode()).hexdigest()[:6], 16) % (VECTORS - 600)
            spans, is_text = token_spans(read.offsets, len(prompt))
            rows = self._pool[start : start + count]
            found.append(TokenVectors(rows[0], rows, tuple(read.tokens), spans, is_text))
        return found


def built(data: Path, encoder: Encoder | StandIn, progress=silent) -> tuple[float, int]:
    """Build the index of a folder; seconds and clauses."""
    index, corpus = data / "index", data / "corpus"
    began = time.monotonic()
    try:
        previous = current_generation(index).name
    except GazetteIndexError:
        previous = None
    fingerprint = corpus_fingerprint(corpus)
    made = build_generation(
        index, Corpus(corpus_of(corpus, fingerprint), fingerprint, {}), encoder, "bench", progress
    )
    sweep(index, previous)
    seconds = time.monotonic() - began
    sweep(index, None, 1)  # so that the next round finds nothing that this one has made
    generation = Generation(made, verify=False)
    generation.close()
    return seconds, generation.manifest.clauses


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("laws", type=Path, help="articles, one JSON object a line, xz")
    parser.add_argument("--articles", type=int, help="so many of them, about; all if not given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the large index is kept")
    wanted = parser.parse_args()
    folder = wanted.folder or Path(tempfile.mkdtemp(prefix="qa-bot-adding-"))
    large, alone = folder / "large", folder / "alone"
    real = open_encoder(prepare(None, DataFolder.default().models))
    real.encode_passages_tokens(["公报", "问答"])  # the graph is loaded in both cases beforehand
    if not (large / "corpus").is_dir():
        print(f"{write_laws(wanted.laws, large / 'corpus', wanted.articles)} articles")
    for path in ISSUE:
        (large / "corpus" / path.name).unlink(missing_ok=True)
    with shown() as progress:
        seconds, clauses = built(large, StandIn(real), progress)
    print(
        f"large index: {clauses} clauses, {seconds:.0f} s without the model, {size_of(large / 'index'):.1f} GiB, "
        f"{peak()} MiB at the peak",
        flush=True,
    )
    (alone / "corpus").mkdir(parents=True, exist_ok=True)
    for path in ISSUE:
        shutil.copy(path, alone / "corpus")
    found: list[tuple[float, float]] = []
    for round_ in range(wanted.rounds):
        shutil.rmtree(alone / "index", ignore_errors=True)
        by_itself, own = built(alone, real)
        for path in ISSUE:
            shutil.copy(path, large / "corpus")
        added, _ = built(large, real)
        for path in ISSUE:
            (large / "corpus" / path.name).unlink()
        removed, _ = built(large, real)
        found.append((by_itself, added))
        print(
            f"round {round_ + 1}: alone ({own} clauses) {by_itself:.1f} s, added {added:.1f} s, "
            f"difference {added - by_itself:+.1f} s, ratio {added / by_itself:.2f}, removed again {removed:.1f} s",
            flush=True,
        )
    best = min(added for _, added in found) - min(one for one, _ in found)
    print(f"best of each: {best:+.1f} s (must +10 s); {peak()} MiB at the peak")
    if wanted.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
