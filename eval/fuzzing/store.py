"""Where a target's inputs are kept: `fuzz/<target>/` has corpus, failures, mended, hypothesis and log.jsonl.

Every file is written at once when it is found, whole or not at all: an interrupted run loses nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.fuzzing.target import Broken

__all__ = ["Store"]


class Store:
    """The folder of one target."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which is made where it is not there."""
        self.folder = folder
        for name in ("corpus", "failures", "mended", "hypothesis"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.running = folder / "running"

    def corpus(self) -> Iterator[bytes]:
        """What was worth keeping, the shortest first; what once failed with it."""
        paths = [*(self.folder / "corpus").iterdir(), *(self.folder / "mended").glob("*.input")]
        for path in sorted(paths, key=lambda one: (one.stat().st_size, one.name)):
            yield path.read_bytes()

    def keep(self, data: bytes) -> None:
        """Keep an input that showed something new."""
        path = self.folder / "corpus" / hashlib.sha256(data).hexdigest()[:20]
        if not path.exists():
            _write(path, data)

    def failures(self) -> dict[str, bytes]:
        """Inputs that failed, by key."""
        found = sorted((self.folder / "failures").glob("*.input"))
        return {path.stem: path.read_bytes() for path in found}

    def fail(self, broken: Broken, data: bytes) -> bool:
        """Keep a failure, unless a shorter input of the same key is kept. Whether it was written."""
        path = self.folder / "failures" / f"{broken.key}.input"
        if path.exists() and path.stat().st_size <= len(data):
            return False
        _write(path, data)
        told = f"{broken.message}\n\n{broken.trace}\n\n{data[:2000]!r}\n"
        _write(path.with_suffix(".txt"), told.encode("utf-8", "backslashreplace"))
        return True

    def mend(self, key: str) -> None:
        """A failure that does not fail any more: kept among the inputs that are run at first."""
        for suffix in (".input", ".txt"):
            path = self.folder / "failures" / f"{key}{suffix}"
            if path.exists():
                path.replace(self.folder / "mended" / path.name)

    def log(self, told: dict[str, Any]) -> None:
        """Write down what a session did."""
        row = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())} | told
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    def told(self) -> list[dict[str, Any]]:
        """What the sessions so far did; a line that was cut off is left out."""
        path = self.folder / "log.jsonl"
        rows = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue
        return rows


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)
