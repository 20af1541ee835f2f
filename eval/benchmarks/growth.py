"""Time, memory and disk of a search against the number of clauses, from one thousand to ten million.

    python eval/benchmarks/growth.py --data F --folder G                        as many as F holds, and fewer
    python eval/benchmarks/growth.py --data F --folder G --clauses 1000000 10000000

F is the data folder of a large index (`eval/benchmarks/build.py` builds one); larger ones are made of it in G
(`eval/benchmarks/made.py`), which is kept and used again. Asked are Chinese development questions, each already
encoded and understood: measured is the search alone, from the question's vector to the ranked candidates, in a
process of its own for each size. Beside it, in the same process and on the same questions, the baseline: every
clause compared (`LocalStore` with `exact`), up to a million clauses, with the share of its candidates that the
search finds, too.

`--memory 3` gives each such process 3 GiB, the files that it maps included, and no more (Linux, as root); the
baseline, which needs them all in memory, is then left out.

Printed for each size: milliseconds at p50, p95, p99, the ratio to the baseline, recall of the 24 candidates and
of the best clause, resident memory, disk. `--json` keeps the figures, `--chart` draws them.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import confined
import numpy as np

from qa_bot.settings import DataFolder

QUESTIONS = Path(__file__).parent.parent / "questions" / "dev.jsonl"
SIZES = (1_000, 10_000, 100_000)
COMPARED = 1_000_000
WARM = 40


def questions(data: DataFolder, count: int, path: Path) -> None:
    """Encode and understand questions, and keep them for the processes that ask them."""
    from qa_bot.bot import Bot
    from qa_bot.evaluate.questions import read_questions
    from qa_bot.understanding import is_foreign, understand

    bot = Bot.open(data)
    chosen = [one.q for one in read_questions(QUESTIONS).questions if not is_foreign(one.q)][:count]
    asked = [
        replace(understand(bot.generation, one), named=(), documents=frozenset()) for one in chosen
    ]
    vectors = [bot.encoder.encode_query_tokens(one) for one in chosen]
    path.write_bytes(pickle.dumps(list(zip(asked, vectors, strict=True))))


def resident() -> float:
    """MiB in memory, and of these MiB that are no mapped files."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["RssAnon"].split()[0]) / 1024


def measure(folders: list[Path], asked: list, rounds: int, compared: int) -> dict[str, float]:
    """What one size takes."""
    from made import Made

    from qa_bot.search import Stage

    before = resident()
    began = time.perf_counter()
    index = Made(folders)
    opened = time.perf_counter() - began
    large = index.store

    def run(one) -> tuple[list[int], int, float]:
        understood, spoken = one
        began = time.perf_counter()
        stage = Stage(index, spoken, understood)
        chosen = stage.candidates()
        _, ranked = stage.rank(chosen)
        took = (time.perf_counter() - began) * 1000
        return chosen, chosen[int(np.argmax(ranked))], took

    for one in asked[:WARM]:
        run(one)
    found = [run(one) for one in asked]
    times = [took for _, _, took in found]
    for _ in range(rounds - 1):
        times += [run(one)[2] for one in asked]
    memory = resident()
    clauses = len(index.searchable)
    row = {
        "clauses": clauses,
        "segments": len(folders),
        "exact": large.exact,
        "open_s": opened,
        **{f"p{p}_ms": float(np.percentile(times, p)) for p in (50, 95, 99)},
        "resident_mib": memory[0],
        "without_mapped_mib": memory[1],
        "before_mib": before[0],
        "disk_mib": sum(p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file())
        / 2**20,
    }
    if clauses <= compared and not large.exact:
        from qa_bot.index.store import LocalStore

        index.store = LocalStore(
            index.dense, index.lexical, index.quantities, index.searchable, True
        )
        run(asked[0])
        some = asked[: max(20, len(asked) // 4)]
        right = [run(one) for one in some]
        row["exact_p50_ms"] = float(np.median([took for _, _, took in right]))
        row["ratio"] = row["exact_p50_ms"] / row["p50_ms"]
        pairs = list(zip(found, right, strict=False))
        row["recall"] = float(
            np.mean(
                [len({*mine} & {*theirs}) / len(theirs) for (mine, _, _), (theirs, _, _) in pairs]
            )
        )
        row["same_first"] = float(np.mean([a[1] == b[1] for a, b in pairs]))
    return row


def draw(rows: list[dict[str, float]], path: Path) -> None:
    """Time, memory and disk against the number of clauses, both logarithmic, as SVG."""
    from charts import lines

    lines(
        path,
        "Search against the number of clauses",
        [row["clauses"] for row in rows],
        {
            "ms": {
                "p50": [row["p50_ms"] for row in rows],
                "p99": [row["p99_ms"] for row in rows],
                "every clause compared, p50": [row.get("exact_p50_ms") for row in rows],
            },
            "MiB in memory": {
                "without mapped files": [row["without_mapped_mib"] for row in rows],
                "with mapped files": [row["resident_mib"] for row in rows],
            },
            "MiB on the disk": {"index": [row["disk_mib"] for row in rows]},
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="of a large index")
    parser.add_argument("--folder", type=Path, required=True, help="where larger ones are made")
    parser.add_argument("--clauses", type=int, nargs="+", help="sizes")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--memory", type=float, help="GiB that a process gets, mapped files included"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    asked = options.folder / "questions.bin"
    if options.measure:
        folders = [Path(line) for line in options.measure.read_text("utf-8").splitlines()]
        row = measure(
            folders,
            pickle.loads(asked.read_bytes()),
            options.rounds,
            0 if options.memory else COMPARED,
        )
        print(json.dumps(row))
        return
    from made import make

    from qa_bot.index import Generation, current_generation

    data = DataFolder.at(options.data)
    options.folder.mkdir(parents=True, exist_ok=True)
    questions(data, options.questions, asked)
    source = Generation(current_generation(data.index), verify=False)
    sizes = options.clauses or [*SIZES, source.manifest.clauses]
    rows = []
    for size in sorted(sizes):
        listed = options.folder / f"{size}.txt"
        folders = make(source, options.folder / "segments", size)
        listed.write_text("\n".join(map(str, folders)), encoding="utf-8")
        command = [sys.executable, __file__, "--data", options.data, "--folder", options.folder]
        command += ["--measure", listed, "--rounds", options.rounds]
        peak = None
        if options.memory:
            files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
            command += ["--memory", options.memory]
            told, peak = confined.run(command, int(options.memory * 2**30), files)
        else:
            told = subprocess.run(
                [*map(str, command)], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
        row = json.loads(told.splitlines()[-1])
        if peak:
            row["confined_mib"] = peak / 2**20
        rows.append(row)
        print(
            f"{row['clauses']:>10,} clauses: p50 {row['p50_ms']:.1f}, p95 {row['p95_ms']:.1f}, p99 {row['p99_ms']:.1f} ms"
            + (
                f"; every clause compared {row['exact_p50_ms']:.1f} ms, {row['ratio']:.1f} times as long;"
                f" recall {row['recall']:.4f}, the same first {row['same_first']:.3f}"
                if "ratio" in row
                else ""
            )
            + f"; {row['without_mapped_mib']:.0f} MiB and {row['resident_mib'] - row['without_mapped_mib']:.0f} of mapped files,"
            f" {row['disk_mib'] / 1024:.1f} GiB of disk, opened in {row['open_s']:.1f} s"
            + (f"; altogether at most {peak / 2**30:.2f} GiB" if peak else ""),
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps({"sizes": rows}, indent=1), encoding="utf-8")
    if options.chart:
        draw(rows, options.chart)


if __name__ == "__main__":
    main()
