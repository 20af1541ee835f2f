"""Whether a change of code changes an answer: replies to the development questions, kept and compared.

    python eval/replies.py FILE                          write them
    python eval/replies.py FILE --compare                compare those of now with them; fails if one differs
    python eval/replies.py FILE --compare --close 1e-6   the same on the same machine, to six places

Of each question its whole reply is kept, the times aside, with all digits of its scores and the order of the
100 best clauses; follow-up questions are asked with what was asked before. Numbers that are no spans (scores,
confidence) may differ by 0.001: another processor, another order of additions. Everything else has to be
the same. A field that is new is no difference: the contract lets fields be added, and none go.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from qa_bot.bot import Bot
from qa_bot.evaluate.questions import read_questions

QUESTIONS = Path(__file__).parent / "questions"
SETS = ("dev", "dev_seed", "smoke", "follow_ups")
CLOSE = 0.001


def replies() -> dict[str, dict]:
    bot = Bot.open()
    found = {}
    for name in SETS:
        for one in read_questions(QUESTIONS / f"{name}.jsonl").questions:
            trace = bot.trace(one.q, history=one.history)
            reply = trace.reply.to_json()
            del reply["elapsed_ms"]
            shown = (*trace.reply.answers, *trace.reply.suggestions)
            reply["all_digits"] = [trace.reply.confidence, *(answer.score for answer in shown)]
            reply["candidates"] = list(trace.candidates)
            found[f"{name} {one.id}"] = reply
    return found


def differs(one: object, other: object, close: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) > close
    if isinstance(one, dict) and isinstance(other, dict):
        return not one.keys() <= other.keys() or any(
            differs(one[key], other[key], close) for key in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(
            differs(*both, close) for both in zip(one, other, strict=True)
        )
    return one != other


def furthest(one: object, other: object) -> float:
    """The largest difference of two numbers that stand at the same place of both."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other)
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(one[key], other[key]) for key in one.keys() & other.keys()]
    elif isinstance(one, list) and isinstance(other, list):
        pairs = list(zip(one, other, strict=False))
    else:
        return 0.0
    return max((furthest(*both) for both in pairs), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--close", type=float, default=CLOSE, help="how far numbers may differ")
    wanted = parser.parse_args()
    now = replies()
    if not wanted.compare:
        wanted.file.write_text(json.dumps(now, ensure_ascii=False), encoding="utf-8")
        print(f"{len(now)} replies in {wanted.file}")
        return
    before = json.loads(wanted.file.read_text(encoding="utf-8"))
    changed = [
        name for name in now if name not in before or differs(before[name], now[name], wanted.close)
    ]
    digits = furthest(
        *(
            {name: some[name]["all_digits"] for name in now if name in some}
            for some in (before, now)
        )
    )
    print(
        f"{len(now) - len(changed)} of {len(now)} replies are the same; "
        f"scores and confidence differ by at most {digits:.1g}"
    )
    if changed:
        sys.exit("Others / 不同：" + ", ".join(changed))


if __name__ == "__main__":
    main()
