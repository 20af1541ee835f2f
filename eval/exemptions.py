"""How often the right exemption comes first: `python eval/exemptions.py eval/questions/dev.jsonl …`.

Of the questions whose gold stands in a row that is an exemption, the share whose record is first, and among
three: of a look-up (`Bot.exemptions`), and of an answer (`Bot.ask`, its answers or suggestions). Also whether
the condition and the penalty that a question asks for stand on the first card. Prints figures only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from qa_bot.bot import Bot
from qa_bot.exemptions import Exemption
from qa_bot.text import strip_space


def right(bot: Bot, record: Exemption, golds: list[str]) -> bool:
    clause = bot.clause(record.clause_id).clause
    text = strip_space(clause.text + "".join(context.text for context in clause.context))
    return any(
        strip_space(gold) in strip_space(clause.text) or strip_space(gold) in text for gold in golds
    )


def on_card(record: Exemption, golds: list[str]) -> bool:
    """Whether the gold, or its parts between commas, stand on the card."""
    card = strip_space("".join(passage.text for passage in record.passages))
    return any(
        all(part in card for part in strip_space(gold).replace("，", ",").strip("。,").split(","))
        for gold in golds
    )


def main(paths: list[str]) -> None:
    bot = Bot.open()
    records = bot.exemptions()
    for path in paths:
        counts = dict.fromkeys(("n", "look-up @1", "@3", "ask @1", "ask @3", "card"), 0)
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            golds = [gold for gold in row["gold"] if isinstance(gold, str)]
            targets = {
                record.clause_id
                for record in records
                if any(
                    strip_space(g) in strip_space(bot.clause(record.clause_id).clause.text)
                    for g in golds
                )
            }
            if not targets or row.get("history"):
                continue
            counts["n"] += 1
            ranked = bot.exemptions(row["q"])
            first = [record.clause_id for record in ranked[:3]]
            # A merged cell belongs to all the rows that it holds for.
            fits = [one in targets or right(bot, ranked[at], golds) for at, one in enumerate(first)]
            counts["look-up @1"] += fits[0]
            counts["@3"] += any(fits)
            reply = bot.ask(row["q"])
            shown = [answer.clause.id for answer in (reply.answers or reply.suggestions)][:3]
            counts["ask @1"] += bool(shown) and shown[0] in targets
            counts["ask @3"] += bool(set(shown) & targets)
            counts["card"] += on_card(ranked[0], golds) if fits[0] else 0
        print(Path(path).name, counts)


if __name__ == "__main__":
    main(sys.argv[1:])
