"""Whether a change of code changes an answer: replies to the development questions, kept and compared.

    python eval/replies.py FILE             write them
    python eval/replies.py FILE --compare   compare those of now with them; fails if one differs

Numbers that are no spans (scores, confidence) may differ by 0.001: another processor, another order of
additions. Everything else has to be the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from qa_bot.bot import Bot
from qa_bot.evaluate.questions import read_questions

QUESTIONS = Path(__file__).parent / "questions"
SETS = ("dev", "dev_seed", "smoke")
CLOSE = 0.001


def replies() -> dict[str, dict]:
    bot = Bot.open()
    found = {}
    for name in SETS:
        for one in read_questions(QUESTIONS / f"{name}.jsonl").questions:
            reply = bot.ask(one.q).to_json()
            del reply["elapsed_ms"]
            found[f"{name} {one.id}"] = reply
    return found


def differs(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) > CLOSE
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() != other.keys() or any(differs(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(differs, one, other))
    return one != other


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--compare", action="store_true")
    wanted = parser.parse_args()
    now = replies()
    if not wanted.compare:
        wanted.file.write_text(json.dumps(now, ensure_ascii=False), encoding="utf-8")
        print(f"{len(now)} replies in {wanted.file}")
        return
    before = json.loads(wanted.file.read_text(encoding="utf-8"))
    changed = [name for name in now if name not in before or differs(before[name], now[name])]
    print(f"{len(now) - len(changed)} of {len(now)} replies are the same")
    if changed:
        sys.exit("Others / 不同：" + ", ".join(changed))


if __name__ == "__main__":
    main()
