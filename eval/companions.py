"""Count which clauses answer together, over the corpus, the test documents and laws, and print a sample to judge.

    python eval/companions.py                 counts by role
    python eval/companions.py --sample 40     and so many pairs of each role, drawn with a seed, to be read

Needs `../shared` for the laws; without it they are left out. What a reader made of the sample stands in
docs/decisions/0008-companions.md.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eval.parsing import LAWS, laws
from qa_bot.clauses import Clause, parse_clauses
from qa_bot.companions import Pair, pair_up
from qa_bot.gazette import Issue, parse_issue
from qa_bot.ingest import Source, read_corpus, read_source
from qa_bot.references import link

ROOT = Path(__file__).parent.parent
SEED = 20261130
_SHOWN = 160


def texts(count: int) -> Iterator[tuple[str, Source, Issue]]:
    """What is looked at: where it is from, its source, and how it is read; `count` laws, drawn with a seed."""
    for source, known in read_corpus(ROOT / "corpus"):
        yield "corpus", source, parse_issue(source, known)
    for path in sorted((ROOT / "tests" / "documents").iterdir()):
        if path.suffix in (".txt", ".html"):
            source = read_source(path)
            yield "documents", source, parse_issue(source)
    for law in random.Random(SEED).sample(list(laws()), count) if LAWS.is_file() else ():
        source = Source(law.file, law.text, "0" * 64)
        yield "laws", source, parse_issue(source)


def pairs(count: int) -> Iterator[tuple[str, Pair, dict[str, Clause]]]:
    """Every pair with where it is from, and the clauses of its text."""
    for origin, source, issue in texts(count):
        clauses = parse_clauses(issue, source).clauses
        by_id = {clause.id: clause for clause in clauses}
        linked = link([(issue, clauses)])
        for pair in pair_up([(issue, clauses)], linked):
            yield origin, pair, by_id


def main() -> None:
    """Print the counts and, if asked for, the sample."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--laws", type=int, default=300)
    parser.add_argument("--sample", type=int, default=0)
    arguments = parser.parse_args()
    found = list(pairs(arguments.laws))
    counts = Counter((origin, pair.role) for origin, pair, _ in found)
    for (origin, role), count in sorted(counts.items()):
        print(f"{origin:10} {role:12} {count}")
    for role in sorted({pair.role for _, pair, _ in found}) if arguments.sample else ():
        of_role = [one for one in found if one[1].role == role]
        drawn = random.Random(SEED).sample(of_role, min(arguments.sample, len(of_role)))
        for number, (origin, pair, by_id) in enumerate(drawn, start=1):
            answer, other = by_id.get(pair.clause_id), by_id[pair.other_id]
            lit = "".join(other.text[a:b] for a, b in pair.lit) or other.text
            print(f"\n{role} {number} ({origin}) {pair.term}\n  {pair.clause_id}")
            print(
                f"  {answer.text[:_SHOWN] if answer else ''}\n  → {pair.other_id}\n  {lit[:_SHOWN]}"
            )


if __name__ == "__main__":
    main()
