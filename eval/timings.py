"""How long things take: from nothing to the first answer, cold, warm, serving.

    python eval/timings.py              all of them; about three minutes
    python eval/timings.py --warm       only the warm questions

Prints one line a figure. What is cold starts a new process; the first runs in an empty folder, so that
the model is unpacked and exported and the index built.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from qa_bot.bot import Bot
from qa_bot.encoder import OnnxEncoder

QUESTIONS = Path(__file__).parent / "questions"
QUESTION = "开药店至少要多大面积？"


def command(*arguments):
    return [sys.executable, "-m", "qa_bot", *arguments]


def run(*arguments):
    began = time.perf_counter()
    subprocess.run(command(*arguments), check=True, capture_output=True)
    return time.perf_counter() - began


def serve_until_ready():
    """Seconds until the page answers over HTTP."""
    import urllib.error
    import urllib.request

    began = time.perf_counter()
    process = subprocess.Popen(
        command("serve", "--port", "7879"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while True:
            try:
                with urllib.request.urlopen("http://127.0.0.1:7879/", timeout=5) as page:
                    page.read()
                return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    sys.exit(process.stdout.read())
                time.sleep(0.05)
    finally:
        process.terminate()
        process.wait(10)


def warm():
    rows = [
        json.loads(line)
        for path in [*sorted(QUESTIONS.glob("dev*.jsonl")), QUESTIONS / "smoke.jsonl"]
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    bot = Bot.open()
    bot.warm_up()
    for row in rows:
        bot.ask(row["q"])
    times = [bot.ask(row["q"]).elapsed_ms for _ in range(3) for row in rows]
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    encode = [seconds(bot.encoder.encode_query_tokens, row["q"]) * 1000 for row in rows]
    print(
        f"warm question, {len(times)} asked: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"
    )
    print(f"  of it the encoder: p50 {np.percentile(encode, 50):.1f} ms")
    rest = [r for r in rows if len(r["q"]) <= 30]
    short = [bot.ask(row["q"]).elapsed_ms for _ in range(3) for row in rest]
    print(f"  questions of at most 30 characters: p50 {np.percentile(short, 50):.1f} ms")
    status = Path("/proc/self/status")
    if status.exists():
        kib = re.search(r"VmRSS:\s+(\d+)", status.read_text(encoding="utf-8"))
        print(f"  resident memory {int(kib[1]) / 1024:.0f} MiB")
    exact = OnnxEncoder(bot.encoder.model, exact=True)
    ratios = []
    for row in [*rows[:10], *rows]:
        in_float32 = seconds(exact.encode_query_tokens, row["q"])
        ratios.append(seconds(bot.encoder.encode_query_tokens, row["q"]) / in_float32)
    print(f"  the encoder against float32, in turn: {np.median(ratios[10:]):.2f} of the time")


def seconds(work, *arguments):
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--warm", action="store_true", help="only the warm questions")
    if not parser.parse_args().warm:
        with tempfile.TemporaryDirectory() as folder:
            built = run("build", "--data", folder)
            first = run("ask", QUESTION, "--data", folder)
        print(
            f"from nothing: build {built:.1f} s + first answer {first:.1f} s = {built + first:.1f} s"
        )
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"  peak memory of the build {peak:.0f} MiB")
        cold = [run("ask", QUESTION) for _ in range(7)]
        print(f"cold qa-bot ask, 7 runs: median {np.median(cold):.2f} s, worst {max(cold):.2f} s")
        ready = [serve_until_ready() for _ in range(3)]
        print(
            f"qa-bot serve until the page answers, 3 runs: median {np.median(ready):.2f} s, worst {max(ready):.2f} s"
        )
    warm()


if __name__ == "__main__":
    main()
