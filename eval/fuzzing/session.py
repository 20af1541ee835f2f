"""One session of one target: what failed before is run first, then seeds and corpus, then what is made up.

Two engines take turns. Mutation changes inputs that are kept, and keeps those that ran a new line of the product
or showed a new feature. Hypothesis makes inputs by the target's strategy, goes after those with many features
(`hypothesis.target`) and cuts failures down; its database lies in the target's folder.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import Flaky

from eval.fuzzing.mutate import mutated
from eval.fuzzing.shrink import shrunk
from eval.fuzzing.store import Store
from eval.fuzzing.target import ROOT, Broken, Features, Target, tried
from eval.fuzzing.tracing import Lines

__all__ = ["Outcome", "Session"]

_TURN_SECONDS, _TURN_INPUTS = 10.0, 400
_WATCH = 3
_FROM_HYPOTHESIS = 100  # examples a turn
Tell = Callable[[str], None]


@dataclass
class Outcome:
    """What a session did.

    Attributes:
        target: its name.
        inputs: how many were tried.
        seconds: wall time.
        kept: inputs that showed something new.
        lines: of the product that ran.
        failures: keys of what fails, with one line each.
        mended: keys of what failed before and does not any more.
        ended: "time", "inputs" or "interrupted".
    """

    target: str
    inputs: int = 0
    seconds: float = 0.0
    kept: int = 0
    lines: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)
    ended: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a line of log.jsonl."""
        return dict(self.__dict__)


class Session:
    """Runs a target and keeps what it finds."""

    def __init__(
        self,
        target: Target,
        store: Store,
        seed: int,
        tell: Tell = lambda _: None,
        skip: Collection[bytes] = (),
    ) -> None:
        """Take a target and where its inputs are kept; the same seed over the same store is the same run.

        Args:
            target: what is run.
            store: its folder.
            seed: of what is made up.
            tell: told of progress, a line at a time.
            skip: inputs that a process did not survive: not run again by this session.
        """
        self._skip = frozenset(skip)
        self.target, self.store, self.tell = target, store, tell
        self.outcome = Outcome(target.name)
        self._chance = random.Random(seed)
        self._lines = Lines(ROOT / "qa_bot")
        self._features: set[str] = set()
        self._pool: list[bytes] = []
        self._sown = False
        self._began = time.monotonic()
        self._until = float("inf")

    def run(self, seconds: float, inputs: int | None = None) -> Outcome:
        """Replay, sow, and make up inputs until time is over, or so many were tried.

        With `inputs`, seeds and corpus are run whatever the time, and as many more as are wanted: the same
        for the same seed. Ctrl-C ends a session as time does.
        """
        self._began = time.monotonic()
        self._until = self._began + seconds
        outcome = self.outcome
        try:
            self.target.prepare()
            self._replay()
            self._sow()
            self._explore(None if inputs is None else outcome.inputs + inputs)
            outcome.ended = "time" if inputs is None else "inputs"
        except KeyboardInterrupt:
            outcome.ended = "interrupted"
        outcome.seconds = round(time.monotonic() - self._began, 1)
        outcome.lines = self._lines.seen
        self.store.running.unlink(missing_ok=True)
        self.store.log(outcome.to_json())
        return outcome

    def _replay(self) -> None:
        for key, data in self.store.failures().items():
            if data in self._skip:
                continue
            _, broken = self._try(data)
            if broken is None:
                self.store.mend(key)
                self.outcome.mended.append(key)
                self.tell(f"{self.target.name}: 已修好 / mended: {key}")
            else:
                self._failed(broken, data, cut=False)
                if broken.key != key:  # lines moved
                    self.store.mend(key)

    def _sow(self) -> None:
        """Seeds and corpus; what shows nothing new in this run is not put into the pool."""
        for data in [*self.target.seeds(), *self.store.corpus()]:
            if len(data) > 4 * self.target.longest or data in self._skip:
                continue
            self._take(data, kept=False)
        self._sown = True

    def _explore(self, most: int | None) -> None:
        turn = 0
        told = time.monotonic()
        while most is None or self.outcome.inputs < most:
            if most is None and time.monotonic() >= self._until:
                return
            if turn % 2 == 0 or self.target.strategy is None:
                self._mutations(most)
            else:
                left = _FROM_HYPOTHESIS
                if most is not None:
                    left = min(left, most - self.outcome.inputs)
                self._hypothesis(left)
            turn += 1
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.tell(self.progress())

    def progress(self) -> str:
        """One line: how far it is."""
        one = self.outcome
        return (
            f"{one.target}: {time.monotonic() - self._began:.0f} s，输入 / inputs {one.inputs}，"
            f"新 / kept {one.kept}，行 / lines {self._lines.seen}，失败 / failures {len(one.failures)}"
        )

    def _mutations(self, most: int | None) -> None:
        until = min(time.monotonic() + _TURN_SECONDS, self._until)
        for _ in range(_TURN_INPUTS):
            over = time.monotonic() >= until if most is None else self.outcome.inputs >= most
            if over:
                return
            pool = self._pool or [b""]
            # Those that came last twice as often: what is new is looked at more closely.
            newest = pool[-max(len(pool) // 4, 1) :]
            data = self._chance.choice(newest if self._chance.random() < 0.4 else pool)
            target = self.target
            data = mutated(
                data,
                self._chance.choice(pool),
                target.shape,
                target.words,
                self._chance,
                target.longest,
            )
            self._take(data)

    def _take(self, data: bytes, kept: bool = True) -> Features:
        """Try an input, keep it where it shows something new, and a failure cut down."""
        lines, features = self._lines.seen, len(self._features)
        found, broken = self._try(data)
        if broken is not None:
            self._failed(broken, data)
            return found
        self._features |= found
        if self._lines.seen > lines or len(self._features) > features:
            self._pool.append(data)
            if kept:
                self.store.keep(data)
                self.outcome.kept += 1
        return found

    def _try(self, data: bytes) -> tuple[Features, Broken | None]:
        self.outcome.inputs += 1
        self.store.running.write_bytes(data)
        # Watching takes two thirds of the time: of what is made up every third input is watched.
        if self._sown and self.outcome.inputs % _WATCH:
            return tried(self.target, data)
        with self._lines.watched():
            return tried(self.target, data)

    def _failed(self, broken: Broken, data: bytes, cut: bool = True) -> None:
        if broken.key not in self.outcome.failures:
            self.tell(f"{self.target.name}: 失败 / failure: {broken.key}: {broken.message[:160]}")
            if cut and self.store.fail(broken, data):
                data = self._shrunk(broken, data)
                broken = tried(self.target, data)[1] or broken
        self.outcome.failures.setdefault(broken.key, broken.message)
        self.store.fail(broken, data)

    def _shrunk(self, broken: Broken, data: bytes) -> bytes:
        def fails(one: bytes) -> bool:
            self.store.running.write_bytes(one)
            other = tried(self.target, one)[1]
            return other is not None and other.key == broken.key

        seconds = 3.0 if broken.key.startswith("TooSlow") else 15.0
        return shrunk(data, self.target.shape, fails, seconds)

    def _hypothesis(self, examples: int) -> None:
        """A turn of Hypothesis. A failure that is known already does not end it."""
        known = set(self.outcome.failures)
        found: dict[str, tuple[Broken, bytes]] = {}
        strategy = self.target.strategy
        assert strategy is not None

        @hypothesis.seed(self._chance.getrandbits(64))
        @hypothesis.settings(
            max_examples=max(examples, 1),
            database=DirectoryBasedExampleDatabase(self.store.folder / "hypothesis"),
            deadline=None,
            phases=[Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(strategy())
        def holds(data: bytes) -> None:
            if time.monotonic() >= self._until + 20:
                return
            lines, features = self._lines.seen, len(self._features)
            shown, broken = self._try(data)
            if broken is not None and broken.key not in known:
                before = found.get(broken.key)
                if before is None or len(data) <= len(before[1]):
                    found[broken.key] = (broken, data)
                    self.store.fail(broken, data)
                raise _FoundError(broken.key)
            self._features |= shown
            if self._lines.seen > lines or len(self._features) > features:
                self._pool.append(data)
                self.store.keep(data)
                self.outcome.kept += 1
            hypothesis.target(float(len(shown)))

        try:
            holds()
        except (_FoundError, Flaky, BaseExceptionGroup) as error:
            if isinstance(error, BaseExceptionGroup) and error.subgroup(KeyboardInterrupt):
                raise KeyboardInterrupt from error
            if not found:
                raise
        for broken, data in found.values():
            self._failed(broken, data, cut=False)


class _FoundError(Exception):
    """Tells Hypothesis that an input fails."""
