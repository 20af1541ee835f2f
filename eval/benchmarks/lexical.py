"""Our BM25 over postings against tantivy on the same tokens: quality on the development questions, speed, size.

    pip install tantivy==0.27.0 && python eval/benchmarks/lexical.py

Prints both and the ratio of their times; docs/decisions/0003-lexical-index.md holds what it printed.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import numpy as np
import tantivy

from qa_bot.bot import Bot
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.passages import passage
from qa_bot.index.postings import Postings
from qa_bot.text import strip_space

QUESTIONS = Path(__file__).parent.parent / "questions"
REPEAT = 20


def timed(work):
    best = []
    for _ in range(REPEAT):
        began = time.perf_counter()
        result = work()
        best.append(time.perf_counter() - began)
    return float(np.median(best)) * 1000, result


def size(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1024


def main() -> None:
    generation = Bot.open().generation
    records = generation.records.at(range(generation.manifest.clauses))
    tokens = [
        generation.words.tokens(
            passage(r.clause, generation.records.document(r.issue_id, r.clause.document_id)).full
        )
        for r in records
    ]
    texts = [strip_space(r.clause.text) for r in records]
    rows = [
        json.loads(line)
        for path in [*sorted(QUESTIONS.glob("dev*.jsonl")), QUESTIONS / "smoke.jsonl"]
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    rows = [row for row in rows if row["gold"] and row["lang"].startswith("zh")]
    asked = [generation.words.content(row["q"]) for row in rows]
    gold = [
        {i for i, t in enumerate(texts) if any(strip_space(g) in t for g in r["gold"])}
        for r in rows
    ]

    def hits(order):
        return " ".join(
            f"@{k} {np.mean([bool(set(o[:k]) & g) for o, g in zip(order, gold, strict=True)]):.3f}"
            for k in (1, 3, 10)
        )

    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        build_ours, made = timed(lambda: Postings.build(tokens))
        made.save(Path(first) / "index")
        rows = np.arange(len(tokens))
        open_ours, ours = timed(
            lambda: LexicalIndex([(Postings.open(Path(first) / "index"), rows)])
        )
        ask_ours, order = timed(
            lambda: [np.argsort(-ours.scores(t), kind="stable")[:10].tolist() for t in asked]
        )
        print(f"ours     {hits(order)}  build {build_ours:.0f} ms  open {open_ours:.1f} ms  "
              f"ask {ask_ours / len(asked):.3f} ms  disk {size(first):.0f} KiB  (scores of all clauses)")  # fmt: skip

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", tokenizer_name="whitespace")
        builder.add_unsigned_field("position", stored=True)
        schema = builder.build()

        def build():
            folder = tempfile.mkdtemp(dir=second)
            index = tantivy.Index(schema, path=folder)
            writer = index.writer(15_000_000, 1)
            for position, row in enumerate(tokens):
                writer.add_document(tantivy.Document(body=" ".join(row), position=position))
            writer.commit()
            writer.wait_merging_threads()
            return folder

        build_theirs, folder = timed(build)

        def open_it():
            return tantivy.Index.open(folder).searcher()

        open_theirs, searcher = timed(open_it)

        def ask_all():
            found = []
            for row in asked:
                terms = [
                    (tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", t)) for t in row
                ]
                result = searcher.search(tantivy.Query.boolean_query(terms), 10)
                found.append([searcher.doc(address)["position"][0] for _, address in result.hits])
            return found

        ask_theirs, order = timed(ask_all)
        print(f"tantivy  {hits(order)}  build {build_theirs:.0f} ms  open {open_theirs:.1f} ms  "
              f"ask {ask_theirs / len(asked):.3f} ms  disk {size(folder):.0f} KiB  (top 10 only)")  # fmt: skip
    print(f"ratio ours / tantivy: build {build_ours / build_theirs:.2f}, open {open_ours / open_theirs:.2f}, "
          f"ask {ask_ours / ask_theirs:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
