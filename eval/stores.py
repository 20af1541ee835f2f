"""Whether a store answers as the index on this machine does.

    python eval/stores.py milvus:http://localhost:19530 [QUESTIONS.jsonl] [--offered N]

Prints counts only, no question and no answer, so that it may be run on a test split. The store must hold the generation
that is in use here (`qa-bot build --store …`).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from qa_bot.bot import Bot
from qa_bot.milvus import Place, open_generation, store
from qa_bot.settings import DataFolder

DEFAULT = Path(__file__).resolve().parent / "questions" / "dev.jsonl"
WANTED = 0.99


def timed(bot: Bot, question: str, history: list[str]):
    began = time.perf_counter()
    reply = bot.trace(question, history=history).reply
    row = reply.to_json()
    row.pop("elapsed_ms")
    first = [one["clause_id"] for one in (*row["answers"], *row["suggestions"])][:1]
    return row, first, (time.perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("store")
    parser.add_argument("questions", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--data", type=Path)
    parser.add_argument(
        "--offered", type=int, help="sentences that Milvus offers, to see a small pool"
    )
    given = parser.parse_args()
    if given.offered:
        store._OFFERED, store._BY_WORDS = given.offered, max(given.offered // 4, 5)
    here = Bot.open(DataFolder.at(given.data))
    there = Bot(open_generation(Place.read(given.store)), here.encoder)
    if here.generation.folder.name != there.generation.folder.name:
        sys.exit("the store holds another generation: qa-bot build --store")
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    first = status = equal = 0
    widest = 0.0
    times: tuple[list[float], list[float]] = [], []
    for row in rows:
        history = row.get("history") or []
        ours, our_first, ms = timed(here, row["q"], history)
        theirs, their_first, away_ms = timed(there, row["q"], history)
        first += our_first == their_first
        status += ours["status"] == theirs["status"]
        equal += ours == theirs
        widest = max(widest, abs(ours["confidence"] - theirs["confidence"]))
        times[0].append(ms)
        times[1].append(away_ms)
    print(f"store            {there.generation.store_name}")
    print(f"questions        {len(rows)} of {given.questions.name}")
    print(f"same first       {first} ({first / len(rows):.2%})")
    print(f"same status      {status}")
    print(f"equal replies    {equal}")
    print(f"confidence apart {widest:.2g} at most")
    print(
        f"ms (median)      {statistics.median(times[0]):.1f} here, {statistics.median(times[1]):.1f} there"
    )
    sys.exit(first < WANTED * len(rows))


if __name__ == "__main__":
    main()
