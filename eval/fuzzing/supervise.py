"""A session in a process of its own, which a crash, a hang or too much memory may end and nothing else.

What the process was at stands in the file `running`; where it dies, that is the failure.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

from eval.fuzzing.session import Outcome, Session
from eval.fuzzing.store import Store
from eval.fuzzing.target import Broken, Target
from qa_bot.errors import QaBotError

__all__ = ["NOT_RUN", "supervised"]

#: Seconds after which one input is a hang that no timer within the process could end.
HANG = 180.0
_MOST_DEATHS = 5
#: How `Outcome.ended` begins where a target could not be run; why stands behind it.
NOT_RUN = "没有跑 / not run: "


def supervised(name: str, folder: Path, seconds: float, seed: int) -> Outcome:
    """Run the target of that name; a session that dies is begun anew with the time that is left.

    Raises:
        KeyboardInterrupt: after the session has been ended and written down.
        RuntimeError: the fuzzer itself failed, whose traceback the process has printed.
    """
    store = Store(folder / name)
    whole = Outcome(name, ended="time")
    until = time.monotonic() + seconds
    deadly: list[bytes] = []
    context = multiprocessing.get_context("spawn")
    for death in range(_MOST_DEATHS):
        mine, theirs = context.Pipe(duplex=False)
        left = max(until - time.monotonic(), 0.0)
        process = context.Process(
            target=_work, args=(name, folder, left, seed + death, deadly, theirs)
        )
        store.running.unlink(missing_ok=True)
        process.start()
        theirs.close()
        interrupted = hung = False
        while process.is_alive():
            try:
                process.join(1.0)
                if _age(store.running) > HANG:
                    hung = True
                    process.kill()
            except KeyboardInterrupt:  # the session has it, too, and ends by itself
                interrupted = True
        _add(whole, mine)
        if interrupted:
            whole.ended = "interrupted"
            raise KeyboardInterrupt
        if process.exitcode == 0:
            return whole
        if process.exitcode == 1:  # no input does that: what it raises is caught
            raise RuntimeError(f"{name}: 随机测试自己出错 / the fuzzer itself failed; see above")
        deadly.append(_died(store, whole, process.exitcode or 0, hung))
        if time.monotonic() >= until:
            return whole
    whole.ended = f"died {_MOST_DEATHS} times"
    return whole


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _add(whole: Outcome, mine: Connection) -> None:
    try:
        part: Outcome = mine.recv()
    except EOFError:
        return
    whole.inputs += part.inputs
    whole.seconds = round(whole.seconds + part.seconds, 1)
    whole.kept += part.kept
    whole.lines = max(whole.lines, part.lines)
    whole.failures |= part.failures
    whole.mended += part.mended
    whole.ended = part.ended


def _died(store: Store, whole: Outcome, code: int, hung: bool) -> bytes:
    """Keep what the process was at when it died, and return it."""
    if not store.running.exists():
        raise RuntimeError(f"{whole.target}: the session ended with {code} before its first input")
    data = store.running.read_bytes()
    what = "Hang" if hung else "Crash"
    broken = Broken(f"{what}-{code}", f"{what}: the process ended with {code}", "")
    store.fail(broken, data)
    whole.failures[broken.key] = broken.message
    store.log({"target": whole.target, "ended": broken.message, "failures": {broken.key: ""}})
    return data


def _work(
    name: str, folder: Path, seconds: float, seed: int, deadly: list[bytes], answer: Connection
) -> None:
    """The process: one session, without what earlier ones did not survive."""
    from eval.fuzzing.targets import target_of

    target = target_of(name)
    try:
        target.prepare()
    except QaBotError as error:  # no index: it is said, and the other targets are run
        answer.send(Outcome(name, ended=f"{NOT_RUN}{error}"))
        return
    _limit_memory(target)

    def tell(line: str) -> None:
        print(line, flush=True)

    answer.send(Session(target, Store(folder / name), seed, tell, deadly).run(seconds))


def _limit_memory(target: Target) -> None:
    if target.memory is None:
        return
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + target.memory
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError):
        return
