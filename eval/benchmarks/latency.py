"""How long a question takes against another revision of this program, in the same run.

    python eval/benchmarks/latency.py REVISION             a commit, a tag, a branch
    python eval/benchmarks/latency.py REVISION --rounds 9

Both are processes of their own over the same corpus and model. Each development question is asked of one and
then of the other, in several rounds, the order changing from one to the next, so that what else the machine
does falls on both alike. Prints, for each stage, the median over the questions of their best and of their
median time with the two in turn, and the ratio of this checkout to the revision; then the same of the round
in which each question is asked for the first time. Nothing is written into the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[2]
QUESTIONS = HERE / "eval" / "questions"
STAGES = ("analyse", "encode", "rank", "compose", "total", "cpu")


def serve() -> None:
    """Answer the questions that come in, one a line, with the times that they took."""
    from qa_bot.bot import Bot

    bot = Bot.open()
    bot.warm_up()
    for line in sys.stdin:
        began = time.thread_time()
        trace = bot.trace(json.loads(line))
        cpu = (time.thread_time() - began) * 1000
        print(json.dumps(trace.stages | {"total": trace.reply.elapsed_ms, "cpu": cpu}), flush=True)


class Side:
    """A process that is asked: this program in a checkout, or another command that answers as `serve` does."""

    def __init__(self, folder: Path, command: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            command or [sys.executable, str(Path(__file__).resolve()), "--serve"],
            cwd=folder,
            env=os.environ | ({} if command else {"PYTHONPATH": str(folder)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, question: str) -> list[float]:
        """The milliseconds of each of `STAGES`; of another command those that it tells."""
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit("a side has ended; what it said stands above")
        told = json.loads(line)
        return [told.get(stage, float("nan")) for stage in STAGES]

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)


def checkout(revision: str, folder: Path) -> None:
    """The files of a revision with an index of its own, made with the vectors of this one."""
    archive = subprocess.run(
        ["git", "-C", str(HERE), "archive", revision], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    shutil.copytree(HERE / "index", folder / "index", dirs_exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "qa_bot", "build"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        check=True,
        capture_output=True,
    )


def compare(revision: str, rounds: int) -> None:
    questions = [
        json.loads(line)["q"]
        for name in ("dev", "dev_seed", "smoke")
        for line in (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    with tempfile.TemporaryDirectory() as other:
        checkout(revision, Path(other))
        sides = [Side(Path(other)), Side(HERE)]
        times = np.zeros((rounds, len(questions), 2, len(STAGES)))
        for number in range(rounds):
            for at, question in enumerate(questions):
                for side in (0, 1) if (number + at) % 2 else (1, 0):
                    times[number, at, side] = sides[side].ask(question)
        for one in sides:
            one.close()
    print(f"{len(questions)} questions, {rounds} rounds; {revision} → this checkout, milliseconds")
    table("best of the rounds", times.min(axis=0))
    table("median of the rounds", np.median(times, axis=0))
    table("asked for the first time", times[0])


def table(name: str, found: np.ndarray) -> None:
    """Print a table of `(questions, 2, stages)`."""
    print(name)
    for at, stage in enumerate(STAGES):
        cells = []
        for share in (50, 95, 99):
            before, now = np.percentile(found[:, :, at], share, axis=0)
            cells.append(f"p{share} {before:6.2f} → {now:6.2f} ({now / before:.2f})")
        print(f"  {stage:8} " + "   ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("revision", nargs="?", default="HEAD")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        serve()
    else:
        compare(wanted.revision, wanted.rounds)


if __name__ == "__main__":
    main()
