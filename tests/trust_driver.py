"""Builds an index again and again and is killed in the middle; run by test_trust.py.

    python -m tests.trust_driver FOLDER ROUNDS SEED

Every round changes the corpus, forks a build and kills it with SIGKILL after a random time. Then the index
that the pointer names has to be whole and to hold what was there before or after the change.
Prints one JSON line: how many builds were killed, and how many had got through.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from qa_bot.index import Generation, current_generation
from tests.making import StandIn, built
from tests.test_segments import _ISSUE, NAMES, TOPICS


class Slow(StandIn):
    """Takes a moment for each text, so that there is something to interrupt."""

    def encode_passages_tokens(self, texts, *_):
        time.sleep(0.002 * len(texts))
        return super().encode_passages_tokens(texts)


def issue(number: int) -> str:
    return _ISSUE.format(
        n=number % 12 + 1, topic=f"{TOPICS[number % 6]}第{number}批", name=NAMES[number % 6],
        other=NAMES[(number + 1) % 6], short="市局",
    )  # fmt: skip


def held(index: Path) -> set[str]:
    """The files of the index in use, every hash of which is right."""
    generation = Generation(current_generation(index))  # verifies
    try:
        for one in generation.records.issues:
            assert generation.records.of(one.id)
        return {one.file for one in generation.records.issues}
    finally:
        generation.close()


def main() -> None:
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    corpus, index = folder / "corpus", folder / "index"
    corpus.mkdir(parents=True, exist_ok=True)
    for number in range(4):
        (corpus / f"i{number:03d}.txt").write_text(issue(number), encoding="utf-8")
    built(index, corpus, Slow())
    (corpus / "i003.txt").write_text(issue(103), encoding="utf-8")
    began = time.monotonic()
    built(index, corpus, Slow())
    whole = time.monotonic() - began
    draw = random.Random(seed)
    killed = through = 0
    for number in range(4, 4 + rounds):
        before = held(index)
        (corpus / f"i{number:03d}.txt").write_text(issue(number), encoding="utf-8")
        gone = corpus / f"i{number - 4:03d}.txt"
        gone.unlink()
        child = os.fork()
        if child == 0:
            try:
                built(index, corpus, Slow())
            finally:
                os._exit(0)
        began, moment = time.monotonic(), draw.uniform(0, 2 * whole)
        done = 0
        while not done and time.monotonic() - began < moment:
            time.sleep(0.005)
            done, status = os.waitpid(child, os.WNOHANG)
        if done:
            whole = time.monotonic() - began  # what a build takes now, on this machine
        else:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        after = {path.name for path in corpus.iterdir()}
        now = held(index)
        assert now in (before, after), (now, before, after)
        killed += os.WIFSIGNALED(status)
        through += now == after
        if draw.random() < 0.3:
            built(index, corpus, Slow())
            assert held(index) == after
    built(index, corpus, Slow())
    assert held(index) == {path.name for path in corpus.iterdir()}
    left = [str(path) for path in index.rglob(".building-*")]
    assert not left, left
    assert not (index / ".encoded").exists()
    print(json.dumps({"rounds": rounds, "killed": killed, "through": through}))


if __name__ == "__main__":
    main()
