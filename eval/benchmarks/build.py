"""A full build of a large corpus by `qa-bot build`: time, memory at its peak, disk.

    python eval/benchmarks/build.py ../shared/scale/laws.jsonl.xz --folder F            149,000 articles
    python eval/benchmarks/build.py FILE --folder F --articles 20000

The corpus is made of law texts, one file a law. The build runs in a process of its own, as a user starts it.
It may be interrupted and started again with the same folder: it goes on, and the seconds of all runs are added
up in `F/build.json`, which holds the figures at the end. Memory is that of the build with its children, read
each half second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from laws import size_of, write_laws

from qa_bot.bot import Bot
from qa_bot.encoder import prepare
from qa_bot.settings import DataFolder

_EVERY = 0.5


def resident(process: int) -> int:
    """Bytes that a process and its children hold in memory; 0 where the system does not tell."""
    total, waiting = 0, [process]
    while waiting:
        at = waiting.pop()
        try:
            pages = int(Path(f"/proc/{at}/statm").read_text(encoding="ascii").split()[1])
            for task in Path(f"/proc/{at}/task").iterdir():
                waiting.extend(map(int, (task / "children").read_text(encoding="ascii").split()))
        except (OSError, ValueError):
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


def run(folder: Path, state: dict[str, float]) -> int:
    """Build once, and add what it took to the state, whatever becomes of it."""
    command = [sys.executable, "-m", "qa_bot", "build", "--data", str(folder)]
    before, began = state.get("seconds", 0.0), time.monotonic()
    build = subprocess.Popen(command)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY):
            state["peak_mib"] = max(state.get("peak_mib", 0), resident(build.pid) / 2**20)
            state["seconds"] = before + time.monotonic() - began
            (folder / "build.json").write_text(json.dumps(state, indent=1), encoding="utf-8")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return build.wait()
    except KeyboardInterrupt:
        return build.wait()  # it has had the signal, too, and writes what it has
    finally:
        over.set()
        watcher.join()
        state["seconds"] = before + time.monotonic() - began
        state["runs"] = state.get("runs", 0) + 1
        (folder / "build.json").write_text(json.dumps(state, indent=1), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("laws", type=Path, help="articles, one JSON object a line, xz")
    parser.add_argument("--articles", type=int, help="so many of them, about; all if not given")
    parser.add_argument(
        "--folder", type=Path, required=True, help="where corpus and index are kept"
    )
    wanted = parser.parse_args()
    folder: Path = wanted.folder
    kept = folder / "build.json"
    state = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if not (folder / "corpus").is_dir():
        state["articles"] = write_laws(wanted.laws, folder / "corpus", wanted.articles)
    models = DataFolder.default().models
    prepare(None, models)  # unpacking and exporting the model is no part of it
    if not (folder / "models").exists():
        (folder / "models").symlink_to(models.resolve())
    if (code := run(folder, state)) != 0:
        raise SystemExit(f"not finished (exit code {code}); the same command goes on")
    bot = Bot.open(DataFolder.at(folder))
    state["clauses"] = bot.generation.manifest.clauses
    state["segments"] = len(bot.generation.segments)
    state["disk_gib"] = size_of(folder / "index")
    kept.write_text(json.dumps(state, indent=1), encoding="utf-8")
    print(
        f"{state['articles']} articles, {state['clauses']} clauses: {state['seconds']:.0f} s in "
        f"{state['runs']} run(s), {state['peak_mib']:.0f} MiB at the peak, "
        f"{state['disk_gib']:.2f} GiB on the disk, {state['segments']} segments"
    )


if __name__ == "__main__":
    main()
