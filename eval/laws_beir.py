"""A public set in Chinese of our own: questions on articles of laws, in the layout of BEIR.

    python eval/laws_beir.py FOLDER           writes corpus.jsonl, queries.jsonl and qrels/test.tsv
    qa-bot eval --beir FOLDER                 the product on it; --retriever bm25 | dense for its parts

The questions were written for the training of the adapter, on ten articles of a law each, so that they tell
these articles from one another; those here are of laws that were held out from it. The corpus is every
article of these laws. Needs ../shared and what `python -m training.data` makes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training import data
from training.corpus import articles, by_id


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="that is made")
    folder: Path = parser.parse_args().folder
    chosen = [
        pair
        for pair in data.read()
        if pair["source"] == "beside" and pair["held_out"] and pair["lang"].startswith("zh")
    ]
    laws = {by_id()[pair["article"]].law for pair in chosen}
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as stream:
        for one in articles():
            if one.law in laws:
                row = {"_id": one.id, "title": one.headings, "text": one.text}
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (
        (folder / "queries.jsonl").open("w", encoding="utf-8") as queries,
        (folder / "qrels" / "test.tsv").open("w", encoding="utf-8") as judged,
    ):
        judged.write("query-id\tcorpus-id\tscore\n")
        for at, pair in enumerate(chosen):
            queries.write(
                json.dumps({"_id": f"q{at}", "text": pair["q"]}, ensure_ascii=False) + "\n"
            )
            judged.write(f"q{at}\t{by_id()[pair['article']].id}\t1\n")
    print(f"{len(chosen)} questions on {len(laws)} laws → {folder}")


if __name__ == "__main__":
    main()
