"""A server under load for a while: does its memory grow, does anything fail, does it become slower.

    python eval/soak.py                            ten minutes, 32 clients
    python eval/soak.py --minutes 10 --swap 30     the index in use changed every 30 s, and a build going on
    python eval/soak.py --minutes 60 --json FILE

Each client sends one request after another over one connection: nine development questions, then a page of a clause
or the exemptions. The server has a data folder of its own, a copy. Every reply to a question is compared with the
first one to it: the same index has to say the same, word for word. With `--swap` one process goes back and forth
between two generations of the same corpus (`qa-bot rollback`), and another builds an index elsewhere on the same
cores again and again (a build of the same folder would make the other wait: one process at a time changes it).

Printed every 30 s and kept by `--json`: requests, p50 and p99, memory that is no mapped file, open files. Exit status
1 if anything failed, a reply differed, memory grew by more than 2 % after the first quarter, or p99 of the last
quarter is more than half as high again as that of the second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import numpy as np
from benchmarks.serving import Client, questions

from qa_bot.settings import DataFolder

GROWTH, SLOWER = 1.02, 1.5
WINDOW_S = 30.0


class Watched:
    """What the clients saw."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        self.wrong: list[str] = []
        self.first: dict[str, object] = {}

    def reply(self, target: str, status: int, body: bytes) -> None:
        """Take a reply."""
        if status != 200:
            self.wrong.append(f"{status} {target} {body[:200].decode(errors='replace')}")
        elif target.startswith("/api/ask"):
            told = said(json.loads(body))
            if self.first.setdefault(target, told) != told:
                self.wrong.append(f"differs: {target}")


def said(reply: dict[str, object]) -> object:
    """What of a reply depends on the index and the question alone."""
    return {name: value for name, value in reply.items() if name != "elapsed_ms"}


async def client(port: int, targets, watched: Watched, ends: float) -> None:
    """Ask until the end; a connection that is lost is an error and made anew."""
    while time.monotonic() < ends:
        try:
            async with Client(port) as one:
                while time.monotonic() < ends:
                    target = next(targets)
                    took, status, body = await one.get(target)
                    watched.times.append((time.monotonic(), took))
                    watched.reply(target, status, body)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            watched.wrong.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.2)


def memory(process: int) -> dict[str, float]:
    """MiB that are no mapped file, and open files."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {
        "anonymous_mib": int(fields["RssAnon"].split()[0]) / 1024,
        "files": sum(1 for _ in Path(f"/proc/{process}/fd").iterdir()),
        "threads": int(fields["Threads"]),
    }


def swapping(data: Path, every: float, stop: threading.Event, done: dict[str, int]) -> None:
    """Change the index in use every so many seconds."""
    while not stop.wait(every):
        told = subprocess.run(
            [sys.executable, "-m", "qa_bot", "rollback", "--data", str(data)],
            capture_output=True,
            text=True,
            check=False,
        )
        done["swaps" if not told.returncode else "swaps failed"] += 1


def building(data: Path, stop: threading.Event, done: dict[str, int]) -> None:
    """Build again and again, of the default corpus."""
    data.mkdir()
    (data / "models").symlink_to((data.parent / "models").resolve())
    while not stop.wait(1):
        build = subprocess.Popen(
            [
                "nice",
                "-n",
                "10",
                sys.executable,
                "-m",
                "qa_bot",
                "build",
                "--force",
                "--data",
                str(data),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while build.poll() is None and not stop.wait(0.5):
            pass
        if build.poll() is None:
            build.terminate()
            build.wait(30)
        else:
            done["builds" if not build.returncode else "builds failed"] += 1


async def run(port: int, server: int, options: argparse.Namespace, done: dict[str, int]) -> dict:
    """Load, and a look at the server every now and then."""
    watched, seconds = Watched(), options.minutes * 60
    asked = [f"/api/ask?q={quote(one)}" for one in questions()]
    pages = ["/api/exemptions", "/exemptions.csv", "/api/documents", "/readyz"]
    mixed = [one for pair in zip(*[iter(asked)] * 9, cycle(pages)) for one in pair]
    targets = cycle(mixed)
    began = time.monotonic()
    ends = began + seconds
    clients = [
        asyncio.create_task(client(port, targets, watched, ends)) for _ in range(options.clients)
    ]
    rows = []
    while (now := time.monotonic()) < ends:
        await asyncio.sleep(min(WINDOW_S, ends - now))
        recent = [took for at, took in watched.times if at > now]
        row = {"second": time.monotonic() - began, "requests": len(recent), **memory(server)}
        row |= {f"p{p}_ms": float(np.percentile(recent or [0.0], p)) for p in (50, 99)}
        rows.append(row)
        print(
            f"{row['second']:>5.0f} s  {row['requests'] / (time.monotonic() - now):>5.1f} requests/s  "
            f"p50 {row['p50_ms']:>5.0f}  p99 {row['p99_ms']:>5.0f} ms  {row['anonymous_mib']:.0f} MiB, "
            f"{row['files']} files, {row['threads']} threads  {len(watched.wrong)} wrong  {done}",
            flush=True,
        )
    await asyncio.gather(*clients)
    return {"windows": rows, "requests": len(watched.times), "wrong": watched.wrong, **done}


def judged(found: dict) -> list[str]:
    """What is not as it should be."""
    rows, wrong = found["windows"], []
    if found["wrong"]:
        wrong.append(f"{len(found['wrong'])} replies: {found['wrong'][:3]}")
    wrong += [f"{name}: {found[name]}" for name in found if name.endswith("failed") and found[name]]
    if len(rows) >= 4:
        quarter = len(rows) // 4
        warm = np.mean([row["anonymous_mib"] for row in rows[quarter : 2 * quarter]])
        last = np.mean([row["anonymous_mib"] for row in rows[-quarter:]])
        found["growth"] = float(last / warm)
        if last > warm * GROWTH:
            wrong.append(f"memory {warm:.0f} -> {last:.0f} MiB")
        before = np.mean([row["p99_ms"] for row in rows[quarter : 2 * quarter]])
        after = np.mean([row["p99_ms"] for row in rows[-quarter:]])
        if after > before * SLOWER:
            wrong.append(f"p99 {before:.0f} -> {after:.0f} ms")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--swap", type=float, help="seconds after which the index changes")
    parser.add_argument("--port", type=int, default=7895)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    source = DataFolder.at(None)
    with tempfile.TemporaryDirectory(prefix="qa-bot-soak-") as name:
        data = Path(name)
        shutil.copytree(source.corpus, data / "corpus")
        (data / "models").symlink_to(source.models.resolve())
        command = [sys.executable, "-m", "qa_bot"]
        for _ in range(2):  # two generations, so that one can go back
            subprocess.run([*command, "build", "--force", "--data", name], check=True)
        server = subprocess.Popen(
            [*command, "serve", "--data", name, "--port", str(options.port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        stop, done, workers = threading.Event(), {}, []
        try:
            while "Serving at" not in (line := server.stdout.readline()):
                if not line:
                    raise SystemExit("the server did not start")
            if options.swap:
                done |= dict.fromkeys(("swaps", "swaps failed", "builds", "builds failed"), 0)
                workers = [
                    threading.Thread(target=swapping, args=(data, options.swap, stop, done)),
                    threading.Thread(target=building, args=(data / "elsewhere", stop, done)),
                ]
                for one in workers:
                    one.start()
            found = asyncio.run(run(options.port, server.pid, options, done))
        finally:
            stop.set()
            for one in workers:
                one.join()
            server.terminate()
            server.wait(20)
    wrong = judged(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    print("; ".join(wrong) or "nothing wrong", f"({found['requests']} requests)")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
