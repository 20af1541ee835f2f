"""Questions a second over HTTP: one server process, 1, 8 and 32 clients on the same machine.

    python eval/benchmarks/serving.py --clients 1 8 32 --seconds 20 --json FILE --chart FILE

Each client sends one question after another over one connection (GET /api/ask), none of them twice in a run. The
clients are one process beside the server's, on the same cores: what they take is missing to the server. The
baseline is `Bot.ask` in a loop in one thread without HTTP, in the same run. Printed are questions a second, p50 and
p99 of the time from sending to the last byte, errors, and the ratio to the baseline.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import numpy as np

QUESTIONS = Path(__file__).parent.parent / "questions"


def questions() -> list[str]:
    """All development questions, in an order that has nothing to do with their sets."""
    found = [
        json.loads(line)["q"]
        for path in sorted(QUESTIONS.glob("dev*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    found = [*dict.fromkeys(found)]
    return [found[at] for at in np.random.default_rng(1).permutation(len(found))]


def alone(asked: list[str], seconds: float) -> float:
    """Questions a second of one thread without HTTP."""
    from qa_bot.bot import Bot

    bot = Bot.open()
    bot.warm_up()
    for one in asked[:20]:
        bot.ask(one)
    began, count = time.perf_counter(), 0
    for one in cycle(asked[20:]):
        bot.ask(one)
        count += 1
        if time.perf_counter() - began > seconds:
            break
    return count / (time.perf_counter() - began)


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def ask(self, question: str) -> tuple[float, bool]:
        """Milliseconds, and whether the reply was whole and right."""
        took, status, body = await self.get(f"/api/ask?q={quote(question)}")
        return took, status == 200 and b'"status"' in body

    async def get(self, target: str) -> tuple[float, int, bytes]:
        """Milliseconds, status and body of a reply."""
        began = time.perf_counter()
        self._writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        return (time.perf_counter() - began) * 1000, int(head[9:12]), body

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def load(port: int, clients: int, seconds: float, asked) -> dict[str, float]:
    """What so many clients get."""
    times, wrong = [], 0
    ends = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal wrong
        async with Client(port) as client:
            while time.perf_counter() < ends:
                took, right = await client.ask(next(asked))
                times.append(took)
                wrong += not right

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    spent = time.perf_counter() - began
    return {
        "clients": clients,
        "questions_s": len(times) / spent,
        "p50_ms": float(np.percentile(times, 50)),
        "p99_ms": float(np.percentile(times, 99)),
        "errors": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--port", type=int, default=7893)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--chart", type=Path)
    options = parser.parse_args()
    asked = questions()
    baseline = alone(asked, options.seconds / 2)
    print(f"one thread without HTTP: {baseline:.0f} questions/s")
    command = [sys.executable, "-m", "qa_bot", "serve", "--port", str(options.port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    rows = []
    try:
        server.stdout.readline()  # the greeting comes when it answers
        stream = cycle(asked)
        asyncio.run(load(options.port, 4, 3.0, stream))
        for clients in options.clients:
            row = asyncio.run(load(options.port, clients, options.seconds, stream))
            row["ratio"] = row["questions_s"] / baseline
            rows.append(row)
            print(
                f"{clients:>3} clients: {row['questions_s']:.0f} questions/s ({row['ratio']:.2f} of the loop), "
                f"p50 {row['p50_ms']:.0f}, p99 {row['p99_ms']:.0f} ms, {row['errors']} errors",
                flush=True,
            )
    finally:
        server.terminate()
        server.wait(20)
    figures = {"alone_questions_s": baseline, "loads": rows}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.chart:
        from charts import bars

        bars(
            options.chart,
            "Questions a second",
            "questions/s",
            {"loop without HTTP": baseline}
            | {f"HTTP, {row['clients']} clients": row["questions_s"] for row in rows},
        )


if __name__ == "__main__":
    main()
