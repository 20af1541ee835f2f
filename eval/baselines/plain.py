"""The plain pipeline that issue 6 measures against: paragraphs, the same model without adapter, dense + BM25.

    python eval/baselines/plain.py eval/questions/test.jsonl > plain.jsonl
    qa-bot eval eval/questions/test.jsonl --answers plain.jsonl --name plain
    python eval/figures.py test-full --plain plain

A chunk is a paragraph of the gazette's text of at least ten characters, as it stands. The standard scores of
the cosine and of BM25 (bm25s with its defaults, jieba's search mode) are added. It always answers.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path

import bm25s
import jieba
import numpy as np

from qa_bot.encoder import OnnxEncoder, prepare
from qa_bot.evaluate.questions import read_questions
from qa_bot.settings import DataFolder
from qa_bot.text import squeeze

SHORTEST = 10


def paragraphs(text: str) -> list[str]:
    return [line for line in map(squeeze, text.split("\n")) if len(line) >= SHORTEST]


def standard(scores: np.ndarray) -> np.ndarray:
    return (scores - scores.mean()) / max(float(scores.std()), 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, help="question set (JSONL)")
    wanted = parser.parse_args()
    jieba.setLogLevel(logging.ERROR)
    data = DataFolder.default()
    chunks = [
        chunk
        for file in sorted(data.corpus.glob("*.txt"))
        for chunk in paragraphs(file.read_text("utf-8"))
    ]
    print(f"{len(chunks)} chunks", file=sys.stderr)
    encoder = OnnxEncoder(prepare(None, data.models, adapter=None), exact=True)
    vectors = encoder.encode_passages(chunks)

    def cut(text: str) -> list[str]:
        return [word for word in jieba.lcut_for_search(text) if word.strip()]

    index = bm25s.BM25()
    index.index([cut(chunk) for chunk in chunks], show_progress=False)
    for one in read_questions(wanted.file).questions:
        began = time.perf_counter()
        scores = standard(vectors @ encoder.encode_queries([one.q])[0])
        known = [word for word in cut(one.q) if word in index.vocab_dict]
        if known:
            scores = scores + standard(index.get_scores(known))
        best = np.argsort(-scores, kind="stable")[:10]
        reply = {
            "id": one.id,
            "status": "answered",
            "answers": [{"quote": chunks[i]} for i in best],
            "elapsed_ms": (time.perf_counter() - began) * 1000,
        }
        print(json.dumps(reply, ensure_ascii=False))


if __name__ == "__main__":
    main()
