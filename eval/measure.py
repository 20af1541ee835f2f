"""Ask question files through the product and print how often the first quotes hold the answer.

    python eval/measure.py                       all files of eval/questions but test.jsonl
    python eval/measure.py FILE.jsonl --misses   one file, with every miss

A question is hit at k when one of its first k quotes (suggestions too, where the bot abstains) holds a
gold snippet, white space aside. Questions without gold should not be answered.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from qa_bot.bot import Bot
from qa_bot.text import strip_space

QUESTIONS = Path(__file__).parent / "questions"


def rank(reply, gold):
    quotes = [strip_space(a.quote) for a in (*reply.answers, *reply.suggestions)]
    wanted = [strip_space(snippet) for snippet in gold]
    return next((i for i, q in enumerate(quotes) if any(w in q for w in wanted)), 10_000)


def lit(reply, gold):
    """Whether the lit part of the first quote that holds the answer touches the gold snippet."""
    for answer in (*reply.answers, *reply.suggestions):
        for snippet in map(strip_space, gold):
            if snippet in strip_space(answer.quote):
                shown = strip_space("".join(answer.quote[a:b] for a, b in answer.highlights))
                return snippet in shown or shown in snippet
    return False


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--misses", action="store_true", help="print every miss")
    wanted = parser.parse_args()
    files = wanted.files or [p for p in sorted(QUESTIONS.glob("*.jsonl")) if p.name != "test.jsonl"]
    bot = Bot.open()
    bot.warm_up()
    for file in files:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        groups: dict[str, list[tuple[dict, object]]] = {}
        for row in rows:
            reply = bot.ask(row["q"], 10)
            name = (
                "unanswerable"
                if not row["gold"]
                else "Chinese"
                if row["lang"][:2] == "zh"
                else "other"
            )
            groups.setdefault(name, []).append((row, reply))
        print(f"{file.name}: {len(rows)} questions")
        for name, pairs in groups.items():
            refused = np.array([reply.status == "not_found" for _, reply in pairs])
            if name == "unanswerable":
                print(f"  {name:13s} n={len(pairs):4d} answered though not {np.mean(~refused):.3f}")
                continue
            ranks = np.array([rank(reply, row["gold"]) for row, reply in pairs])
            hits = "  ".join(f"@{k} {np.mean(ranks < k):.3f}" for k in (1, 3, 10))
            shown = [
                lit(reply, row["gold"])
                for (row, reply), r in zip(pairs, ranks, strict=True)
                if r < 10
            ]
            print(
                f"  {name:13s} n={len(pairs):4d} {hits}  first right and answered "
                f"{np.mean((ranks == 0) & ~refused):.3f}  refused {np.mean(refused):.3f}  "
                f"highlight holds {np.mean(shown):.3f}"
            )
            if wanted.misses:
                for (row, reply), r in zip(pairs, ranks, strict=True):
                    if r > 0 or reply.status == "not_found":
                        first = [*reply.answers, *reply.suggestions][:1]
                        where = first[0].clause.id if first else "-"
                        print(
                            f"    {row['id']} rank {r + 1} {reply.status} {row['q']} | first: {where}"
                        )
        times = np.array([reply.elapsed_ms for pairs in groups.values() for _, reply in pairs])
        print(f"  ms p50 {np.percentile(times, 50):.1f}  p95 {np.percentile(times, 95):.1f}")


if __name__ == "__main__":
    main()
