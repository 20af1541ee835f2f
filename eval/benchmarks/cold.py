"""A new process that answers one question: `qa-bot ask` against a minimal script with sentence-transformers and FAISS.

    python eval/benchmarks/cold.py --rounds 7 --json FILE --chart FILE

The script is what a tutorial shows: it imports sentence-transformers and faiss, loads the same model, reads an index
of the same clauses' vectors that was written before, encodes the question and prints the nearest clause. Both
take turns; files are in the disk's cache, and compiled Python is kept, as for a program that was used before.
Printed are the median and the worst of each, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

QUESTION = "开药店至少要多大面积？"
SCRIPT = """
import sys
import faiss
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1])
index = faiss.read_index(sys.argv[2])
texts = open(sys.argv[3], encoding="utf-8").read().split("\\0")
query = model.encode([sys.argv[4]], prompt_name="query", normalize_embeddings=True)
print(texts[index.search(query, 3)[1][0][0]])
"""


def prepared(folder: Path) -> list[str]:
    """The minimal script with what it reads."""
    import faiss

    from qa_bot.bot import Bot

    bot = Bot.open()
    vectors = bot.generation.dense.vectors()
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / "clauses.faiss"))
    records = bot.generation.records.at(range(len(vectors)))
    texts = "\0".join(one.clause.text for one in records)
    (folder / "texts").write_text(texts, encoding="utf-8")
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    files = (folder / "script.py", bot.encoder.model.path, folder / "clauses.faiss")
    return [sys.executable, *map(str, files), str(folder / "texts"), QUESTION]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    options = parser.parse_args()
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"HF_HUB_OFFLINE": "1"}
    times: dict[str, list[float]] = {"script": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "script": prepared(Path(folder)),
            "ours": [sys.executable, "-m", "qa_bot", "ask", QUESTION],
        }
        for number in range(options.rounds + 1):
            for name in sorted(commands, reverse=bool(number % 2)):
                began = time.perf_counter()
                subprocess.run(commands[name], check=True, capture_output=True, env=environment)
                if number:  # the first reads files and compiles
                    times[name].append(time.perf_counter() - began)
    figures = {
        f"{name}_{what}_s": float(of(took))
        for name, took in times.items()
        for what, of in (("median", np.median), ("worst", np.max))
    }
    figures["ratio"] = figures["script_median_s"] / figures["ours_median_s"]
    print(
        f"script {figures['script_median_s']:.2f} s (worst {figures['script_worst_s']:.2f}), "
        f"ours {figures['ours_median_s']:.2f} s (worst {figures['ours_worst_s']:.2f}), "
        f"{figures['ratio']:.1f} times as fast"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.chart:
        from charts import bars

        rows = {
            "minimal script": figures["script_median_s"],
            "qa-bot ask": figures["ours_median_s"],
        }
        bars(options.chart, "A new process that answers one question", "s", rows)


if __name__ == "__main__":
    main()
