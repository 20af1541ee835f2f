"""All benchmarks, one after the other, and the table of what must be reached. `make bench` starts it.

    make bench                    what the gazette's own index takes
    make bench LARGE=F GROWN=G    also a large index (data folder F), and larger ones made of it in G
    python eval/benchmarks/every.py --only cold serving

Figures go to docs/benchmarks/*.json, charts to docs/benchmarks/*.svg. A benchmark that fails stops nothing, and
the exit status is then 1; so it is where a figure of the table is missed. What was not run is said to be so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "docs" / "benchmarks"
Figures = dict[str, Any]

#: What must be reached: a measure, the benchmark that tells, how it is read, and whether it is enough.
MUST: tuple[tuple[str, str, Callable[[Figures], float], Callable[[float], bool]], ...] = (
    ("warm question, one gazette, p50: ≤ 8 ms", "plain", lambda f: f["ours_p50_ms"], lambda x: x <= 8),
    ("the same, times as fast as the plain pipeline: ≥ 4", "plain", lambda f: f["ratio_p50"], lambda x: x >= 4),
    ("warm question, 149,000 articles, p50: ≤ 20 ms", "large", lambda f: f["p50_ms"], lambda x: x <= 20),
    ("the same, p99: ≤ 60 ms", "large", lambda f: f["p99_ms"], lambda x: x <= 60),
    ("recall of its candidates against all compared: ≥ .99", "large", lambda f: f["recall"], lambda x: x >= 0.99),
    ("search alone, 1,000,000 clauses, p50: ≤ 25 ms", "growth", lambda f: _size(f, 1_000_000)["p50_ms"], lambda x: x <= 25),
    ("the same, resident: ≤ 3,072 MiB", "growth", lambda f: _size(f, 1_000_000)["resident_mib"], lambda x: x <= 3_072),
    ("encoding, times as fast as sentence-transformers: ≥ 3", "encoding", lambda f: f["ways"]["qa-bot"]["ratio"], lambda x: x >= 3),
    ("a new process that answers: ≤ 1.5 s", "cold", lambda f: f["ours_median_s"], lambda x: x <= 1.5),
    ("the same, times as fast as a minimal script: ≥ 4", "cold", lambda f: f["ratio"], lambda x: x >= 4),
    ("HTTP, 32 clients, questions a second: ≥ 100", "serving", lambda f: _load(f)["questions_s"], lambda x: x >= 100),
    ("the same, errors: 0", "serving", lambda f: _load(f)["errors"], lambda x: x == 0),
    ("the same, p99: ≤ 600 ms", "serving", lambda f: _load(f)["p99_ms"], lambda x: x <= 600),
    (
        "growth of the search from 10,000 to 1,000,000 clauses: < 8 times",
        "growth",
        lambda f: _size(f, 1_000_000)["p50_ms"] / _size(f, 10_000)["p50_ms"],
        lambda x: x < 8,
    ),
)  # fmt: skip


def _size(figures: Figures, clauses: int) -> Figures:
    """The row of a size; one that is missing says so."""
    return next(row for row in figures["sizes"] if row["clauses"] == clauses)


def _load(figures: Figures) -> Figures:
    return next(row for row in figures["loads"] if row["clients"] == 32)


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """What is run, by name, and where it cannot be, why: a list of one."""
    large = ["--data", str(options.large)] if options.large else None
    grown = [str(options.grown)] if options.grown else None
    no_large = ["no large index was given: make bench LARGE=F GROWN=G"]
    return {
        "limit": ["limit.py"],
        "cold": ["cold.py"],
        "plain": ["plain.py", "--baseline", str(options.baseline)]
        if options.baseline
        else ["no Python with LangChain was given: make bench makes one"],
        "serving": ["serving.py"],
        "encoding": ["encoding.py", *(large or [])],
        "large": ["large.py", *large] if large else no_large,
        "growth": ["growth.py", *large, "--folder", *grown, "--clauses", *options.sizes]
        if large and grown
        else no_large,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--baseline", type=Path, help="Python of the environment with LangChain")
    parser.add_argument("--large", type=Path, help="data folder of a large index")
    parser.add_argument("--grown", type=Path, help="where larger ones are made")
    parser.add_argument(
        "--sizes", nargs="+", default=["1000", "10000", "100000", "394241", "1000000"]
    )
    parser.add_argument("--only", nargs="+", help="these alone; of the others the figures kept")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    wrong: list[str] = []
    for name, (script, *rest) in commands(options).items():
        if options.only and name not in options.only:
            continue
        print(f"\n{name}", flush=True)
        if not script.endswith(".py"):
            print(f"not run: {script}")
            continue
        files = ["--json", FOLDER / f"{name}.json", "--chart", FOLDER / f"{name}.svg"]
        began = time.monotonic()
        command = [sys.executable, str(HERE / script), *rest, *map(str, files)]
        if subprocess.run(command, check=False).returncode:
            wrong.append(name)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    missed = table()
    if wrong:
        print(f"failed: {', '.join(wrong)}", file=sys.stderr)
    sys.exit(1 if wrong or missed else 0)


def table() -> bool:
    """Print what must be reached and what was measured; whether anything is missed."""
    missed = False
    print()
    for what, name, read, enough in MUST:
        path = FOLDER / f"{name}.json"
        try:
            value = read(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, StopIteration):
            print(f"  -      {what}: not measured")
            continue
        missed |= not enough(value)
        print(f"  {'ok' if enough(value) else 'MISSED':6} {what}: {value:.4g}")
    return missed


if __name__ == "__main__":
    main()
