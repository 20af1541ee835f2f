"""How far two readers agree with each other and with the question sets.

    python eval/agreement.py

`eval/questions/judgements.jsonl` holds what two readers found of 60 questions drawn from both splits, each
on his own and without having seen the gold: whether the gazette answers, and the snippets that do. Two
readers name the same clause where some clause holds a snippet of each.
"""

from __future__ import annotations

import json
from pathlib import Path

from sklearn.metrics import cohen_kappa_score

from qa_bot.bot import Bot
from qa_bot.evaluate.questions import read_questions
from qa_bot.evaluate.relevance import Relevance
from qa_bot.text import strip_space

QUESTIONS = Path(__file__).parent / "questions"


def main() -> None:
    relevance = Relevance(Bot.open().generation)
    found: dict[str, dict[str, list[str] | None]] = {}
    for line in (QUESTIONS / "judgements.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        snippets = row["snippets"] if row["answerable"] else None
        found.setdefault(row["judge"], {})[row["id"]] = snippets
    found["gold"] = {
        one.id: list(one.gold) or None
        for name in ("dev", "test")
        for one in read_questions(QUESTIONS / f"{name}.jsonl").questions
        if one.id in found["a"]
    }

    def clauses(snippets):
        bare = [strip_space(snippet) for snippet in snippets]
        return {name for name, text in relevance.texts.items() if any(s in text for s in bare)}

    for first, second in (("a", "b"), ("a", "gold"), ("b", "gold")):
        ids = [name for name in found[first] if name in found[second]]
        says = [[found[who][name] is not None for name in ids] for who in (first, second)]
        both = [name for name in ids if found[first][name] and found[second][name]]
        same = [bool(clauses(found[first][n]) & clauses(found[second][n])) for n in both]
        print(
            f"{first} and {second}: {len(ids)} questions, answerable or not: kappa "
            f"{cohen_kappa_score(*says):.3f}; the same clause {sum(same)} of {len(same)}"
        )


if __name__ == "__main__":
    main()
