"""How surely a clause that gives what is asked for is the right one, by kind of answer.

    python eval/kinds.py            a line for each kind, from the questions written for the training
    python eval/kinds.py --see KIND questions of a kind whose right clause does not give it, a random few

Reads the pairs that `make train` puts together (`python -m training.data`): some 13,000 questions on laws and on
gazettes that do not exist, each with its clause; what other clauses of the same text give is counted beside.
None of them is in the evaluation's sets. `eval/fit.py` takes the shares as what it believes of the weights
before it sees a development question (`EVIDENCE`).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

from qa_bot.asked import KINDS, asked, quantities
from qa_bot.words import to_simplified

PAIRS = Path(__file__).parent.parent / "training" / "work" / "pairs.jsonl"
SOURCES = ("invented", "beside", "written")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--see", choices=KINDS, help="print questions of a kind that find nothing")
    wanted = parser.parse_args()
    if not PAIRS.is_file():
        raise SystemExit("先运行 / first run: make training/work/pairs.jsonl")
    lines = PAIRS.read_text("utf-8").splitlines()
    pairs = [one for one in map(json.loads, lines) if one["source"] in SOURCES]
    # «单位：亿元；2月：28.66» is a row that lost its cells: the gazette's own has the unit (index.passages.measured).
    pairs = [one for one in pairs if "单位：" not in one["p"]]
    texts = defaultdict(list)
    for one in pairs:
        texts[one.get("law") or one["key"]].append(one)
    draw = random.Random(1)
    right: dict[str, Counter[bool]] = defaultdict(Counter)
    other: dict[str, Counter[bool]] = defaultdict(Counter)
    found_none = []
    for one in pairs:
        kinds = asked(to_simplified(one["q"]))
        beside = draw.choice(texts[one.get("law") or one["key"]])
        both = [one, beside]
        named = quantities([each["p"] for each in both], kinds, [each["title"] for each in both])
        for kind in kinds:
            gives, also = named.of(kind, [0, 1]) > 0
            right[kind][bool(gives)] += 1
            if beside["p"] != one["p"]:
                other[kind][bool(also)] += 1
            if kind == wanted.see and not gives:
                found_none.append(one)
    for kind in KINDS:
        there, away = right[kind], other[kind]
        share = [(one[True] + 1) / (one.total() + 2) for one in (there, away)]
        print(f'    "{kind}": ({share[0]:.3f}, {share[1]:.3f}),  # of {there.total()}')
    for one in draw.sample(found_none, min(30, len(found_none))):
        print(one["q"], "→", one["title"], "|", one["p"][:200].replace("\n", " "))


if __name__ == "__main__":
    main()
