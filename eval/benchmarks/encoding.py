"""Passages encoded by the product against `SentenceTransformer.encode` with its defaults, in one run.

    python eval/benchmarks/encoding.py                      passages of the index in use
    python eval/benchmarks/encoding.py --data DIR --texts 2000 --json FILE

The baseline is what a script would write: `SentenceTransformer(folder).encode(texts)`, 32 texts a batch sorted
by length, float32, all cores, pooled vectors only. Ours makes what an index holds: pooled vectors, vectors of
sentences, two-bit codes of tokens. Blocks of texts take turns, so that the machine's minutes fall on both;
printed are passages and tokens a second of each, the ratio of the medians over the blocks, and the cosine of
the pooled vectors. The third way is ours in float32 (`OnnxEncoder(exact=True)`).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from rich.progress import track
from sentence_transformers import SentenceTransformer

from qa_bot.bot import Bot
from qa_bot.encoder import OnnxEncoder
from qa_bot.encoder.onnx import open_tokenizer
from qa_bot.index import Generation
from qa_bot.index.passages import Passage, passage
from qa_bot.index.vectors import encoded
from qa_bot.settings import DataFolder


def passages_of(generation: Generation, count: int) -> list[Passage]:
    """Passages spread evenly over an index, in an order that has nothing to do with it."""
    clauses = generation.manifest.clauses
    rows = np.linspace(0, clauses - 1, min(count, clauses)).astype(int)
    found = [
        passage(one.clause, generation.records.document(one.issue_id, one.clause.document_id))
        for one in generation.records.at(rows.tolist())
        if one.clause.searchable
    ]
    return [found[row] for row in np.random.default_rng(1).permutation(len(found))]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, help="the folder of an index; the default one if not given"
    )
    parser.add_argument("--texts", type=int, default=1000, help="so many at most (default: 1000)")
    parser.add_argument("--block", type=int, default=512, help="texts in turn (default: 512)")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--chart", type=Path, help="draw them there")
    wanted = parser.parse_args()
    data = DataFolder.at(wanted.data) if wanted.data else DataFolder.default()
    bot = Bot.open(data)
    encoder = bot.encoder
    if not isinstance(encoder, OnnxEncoder):
        raise SystemExit("the index was made with another encoder")
    passages = passages_of(bot.generation, wanted.texts)
    prompt = encoder.model.prompts["passage"]
    exact = OnnxEncoder(encoder.model, exact=True)
    baseline = SentenceTransformer(str(encoder.model.path), device="cpu")
    ways = {
        "sentence-transformers": lambda block: baseline.encode([prompt + p.full for p in block]),
        "float32": lambda block: [one.whole for one in encoded(block, exact)],
        "qa-bot": lambda block: [one.whole for one in encoded(block, encoder)],
    }
    blocks = [passages[at : at + wanted.block] for at in range(0, len(passages), wanted.block)]
    blocks = [block for block in blocks if len(block) == wanted.block] or blocks
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cosines = []
    for work in ways.values():
        work(blocks[0][:8])  # whatever is made when it is first used
    for block in track(blocks, "Encoding"):
        found = {}
        for name, work in ways.items():
            began = time.perf_counter()
            found[name] = np.array(work(block))
            seconds[name].append(time.perf_counter() - began)
        cosines.extend(np.sum(found["qa-bot"] * found["sentence-transformers"], axis=1).tolist())
    tokenizer = open_tokenizer(encoder.model)
    tokens = sum(
        len(one.ids)
        for block in blocks
        for one in tokenizer.encode_batch([prompt + p.full for p in block])
    )
    texts = sum(map(len, blocks))
    figures = {
        "passages": texts,
        "tokens": tokens,
        "cosine_mean": float(np.mean(cosines)),
        "ways": {},
    }
    slow = np.array(seconds["sentence-transformers"])
    for name, found in seconds.items():
        times = np.array(found)
        figures["ways"][name] = {
            "passages_per_second": texts / times.sum(),
            "tokens_per_second": tokens / times.sum(),
            "ratio": float(np.median(slow / times)),
        }
        print(
            f"{name:22} {texts / times.sum():6.1f} passages/s {tokens / times.sum():7.0f} tokens/s "
            f"{np.median(slow / times):5.2f} times the baseline"
        )
    print(
        f"cosine with the baseline's vectors: mean {np.mean(cosines):.5f}, least {min(cosines):.5f}"
    )
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if wanted.chart:
        from charts import bars

        rows = {name: one["passages_per_second"] for name, one in figures["ways"].items()}
        bars(wanted.chart, "Encoding", "passages/s", rows)


if __name__ == "__main__":
    main()
