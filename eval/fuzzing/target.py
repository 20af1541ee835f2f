"""What a fuzz target is: bytes in, properties that must hold, and where to begin.

A property that does not hold raises: `AssertionError` by `hold`, or whatever the product raised and should not
have. What the product may raise for such input is caught in the target, which then holds its message against
`said_to_a_user`.
"""

from __future__ import annotations

import re
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

__all__ = [
    "Broken",
    "Features",
    "Target",
    "TooSlowError",
    "broken_by",
    "hold",
    "limit_for",
    "said_to_a_user",
    "tried",
]

ROOT = Path(__file__).resolve().parents[2]
#: What an input was found to hold (kinds of clauses, reasons for refusal): one with something new is kept.
Features = frozenset[str]

_SECONDS_PER_100_KB = 5.0
_LONGEST_MESSAGE = 700
_HAN = re.compile("[\u4e00-\u9fff]")
_ENGLISH = re.compile("[A-Za-z]{2,} [A-Za-z]")


@dataclass(frozen=True)
class Target:
    """Something that takes input, and what must hold of it.

    Attributes:
        name: its folder's.
        about: one line, Chinese / English.
        check: holds the properties of one input; raises where one does not hold.
        seeds: inputs to begin with, of the repository's own samples.
        strategy: inputs that Hypothesis makes, none where mutation alone is of use.
        shape: "text", "json", "zip" or "bytes": how inputs are mutated and cut down.
        words: pieces that a mutation of a text may put in.
        longest: bytes; longer inputs are not made.
        memory: bytes that the process may take above what it has at the start; no limit where `None`.
        prepare: what takes time once, before the first input.
        slow: seconds of processor time in which an input of up to 100 kB must be done.
    """

    name: str
    about: str
    check: Callable[[bytes], Features]
    seeds: Callable[[], Iterable[bytes]]
    strategy: Callable[[], st.SearchStrategy[bytes]] | None = None
    shape: str = "bytes"
    words: tuple[str, ...] = ()
    longest: int = 60_000
    memory: int | None = None
    prepare: Callable[[], object] = field(default=lambda: None)
    slow: float = _SECONDS_PER_100_KB


@dataclass(frozen=True)
class Broken:
    """A property that does not hold, or an error that should not be.

    Attributes:
        key: what makes two failures one: the kind of the error and the place that raised it.
        message: one line.
        trace: the traceback.
    """

    key: str
    message: str
    trace: str


class TooSlowError(Exception):
    """An input took longer than any of its size may."""


def limit_for(target: Target, data: bytes) -> float:
    """Seconds of processor time that an input may take."""
    return target.slow * max(1.0, len(data) / 100_000)


def hold(condition: object, *told: object) -> None:
    """Raise where a property does not hold (`assert` would be left out by -O)."""
    if not condition:
        raise AssertionError(" ".join(repr(one)[:300] for one in told))


def said_to_a_user(error: Exception) -> Features:
    """What holds of every message to a user: Chinese and English beside it, one line, no traceback.

    Returns:
        the error's kind and the first words of its English, as features.
    """
    message = str(error)
    chinese, _, english = message.partition(" / ")
    hold(_HAN.search(chinese), "no Chinese first", message)
    hold(_ENGLISH.search(english), "no English beside", message)
    hold("Traceback" not in message and 'File "' not in message, "a traceback", message)
    hold("\n" not in message and len(message) <= _LONGEST_MESSAGE, "not one short line", message)
    hold(message.isprintable(), "characters that nobody sees", message)
    hold(str(ROOT) not in message, "a path of this machine", message)
    return frozenset({f"{type(error).__name__}: {' '.join(english.split()[1:5])}"})


def tried(target: Target, data: bytes) -> tuple[Features, Broken | None]:
    """What an input holds, or what it breaks; `KeyboardInterrupt` alone goes through."""
    began = time.process_time()
    limit = limit_for(target, data)
    try:
        with _alarm(20 * limit):
            features = target.check(data)
        hold(time.process_time() - began <= 10 * limit, "took too long")
    except Exception as error:
        return frozenset(), broken_by(error)
    if time.process_time() - began > limit:
        return features, _slow_again(target, data, limit)
    return features, None


def _slow_again(target: Target, data: bytes, limit: float) -> Broken | None:
    """Slow without anybody looking on, too: tracing takes its time."""
    import sys

    traced = sys.gettrace()
    sys.settrace(None)
    began = time.process_time()
    try:
        target.check(data)
        took = time.process_time() - began
        if took <= limit:
            return None
        raise TooSlowError(f"{took:.1f} s for {len(data)} bytes, {limit:.1f} s are allowed")
    except Exception as error:
        return broken_by(error)
    finally:
        sys.settrace(traced)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End what runs away; where there is no such timer the supervisor ends the process."""

    def late(*_: object) -> None:
        raise TooSlowError(f"more than {seconds:.0f} s of processor time")

    try:
        before = signal.signal(signal.SIGPROF, late)
    except (AttributeError, ValueError):  # Windows; another thread
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def broken_by(error: BaseException) -> Broken:
    """An error as a failure: its place is the last line of this repository that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if Path(frame.filename).is_relative_to(ROOT)
        and "site-packages" not in frame.filename
        and frame.name not in ("hold", "late")
    ]
    place = f"{Path(own[-1].filename).stem}-{own[-1].name.strip('<>')}" if own else "elsewhere"
    line = f"-{own[-1].lineno}" if own and not isinstance(error, TooSlowError) else ""
    key = f"{type(error).__name__}-{place}{line}"
    message = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return Broken(key, message, "".join(traceback.format_exception(error, limit=-12)))
