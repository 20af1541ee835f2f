"""Write qa_bot/spelling/pairs.tsv: which characters people write next to each other when they ask.

    python scripts/pairs.py

Reads the questions in training/questions, none of an evaluation set. A line holds a character and, behind
a tab, all that follow it somewhere. What is written here is not taken for mistyped, however rare.
"""

from __future__ import annotations

import json
from pathlib import Path

from qa_bot.spelling import pairs
from qa_bot.words import to_simplified

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "qa_bot" / "spelling" / "pairs.tsv"


def main() -> None:
    """Write the table."""
    texts = []
    for path in sorted((ROOT / "training" / "questions").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("lang", "zh").startswith("zh"):
                asked = [row["q"]] if isinstance(row["q"], str) else row["q"]
                texts += [to_simplified(question) for question in asked]
    found = pairs(texts)
    lines = [
        "# Characters and what follows them in questions. Made by scripts/pairs.py",
        *(f"{first}\t{followers}" for first, followers in found.items()),
    ]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(texts)} questions, {sum(map(len, found.values()))} pairs")


if __name__ == "__main__":
    main()
