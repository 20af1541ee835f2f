"""Many files recognised by several processes, in order; none of the processes outlives the work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import cast

from qa_bot.adding.model import Failed, Recognised
from qa_bot.adding.recognising import Job, recognise
from qa_bot.encoder.progress import Progress, silent

__all__ = ["recognise_all"]

# Starting a process takes a second or more; it must be worth it.
_SECONDS_A_PROCESS = 4
_BYTES_A_SECOND = 3_000_000  # of plain text, parsed
_TEXTS = (".txt", ".md", ".html", ".htm")
_SECONDS_TO_UNPACK = 0.5
_STAGE = "读取 / Reading"


def recognise_all(
    jobs: Sequence[Job], workers: int | None = None, progress: Progress = silent
) -> list[Recognised | Failed]:
    """Recognise files; the result of each in the order of `jobs`, however many processes work.

    Guarantees: a file that kills its process is `Failed`, the rest goes on; when this returns or raises,
    KeyboardInterrupt among it, no process is left; if this process is killed, the others end with the
    file that they are at.

    Args:
        jobs: the files.
        workers: processes at most; as many as there are cores, but no more than the files are worth, if
            not given.
        progress: told of every file.
    """
    count = workers or min(os.cpu_count() or 1, 1 + int(_seconds(jobs) / _SECONDS_A_PROCESS))
    count = min(count, len(jobs))
    if count > 1:
        return _Pool(jobs, progress).run(count)
    results = []
    for done, job in enumerate(jobs):
        progress(_STAGE, done, len(jobs))
        results.append(recognise(job))
    if jobs:
        progress(_STAGE, len(jobs), len(jobs))
    return results


def _seconds(jobs: Sequence[Job]) -> float:
    """How long one process would take, roughly."""
    total = 0.0
    for job in jobs:
        with suppress(OSError):
            total += job.path.stat().st_size / _BYTES_A_SECOND
        total += _SECONDS_TO_UNPACK * (job.path.suffix.lower() not in _TEXTS)
    return total


def _serve(connection: Connection) -> None:
    """What a worker does until the other end of its connection is gone."""
    # The terminal sends Ctrl-C to all: the first process ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    try:
        while True:
            connection.send(recognise(connection.recv()))
    except (EOFError, OSError):
        return


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Ctrl-C waits, and for a process that starts meanwhile for ever: it would print a traceback."""
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # its start would end the waiting
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _leave(_: int, __: FrameType | None) -> None:
    # An exception, so that what a reader has started is ended by the reader.
    sys.exit(0)


class _Pool:
    # The pools of the standard library leave processes behind when their owner is killed, and give up
    # on all files when one kills its process.
    def __init__(self, jobs: Sequence[Job], progress: Progress) -> None:
        self._jobs = jobs
        self._progress = progress
        self._waiting = deque(range(len(jobs)))
        self._results: dict[int, Recognised | Failed] = {}
        self._at: dict[Connection, tuple[SpawnProcess, int]] = {}

    def run(self, workers: int) -> list[Recognised | Failed]:
        self._progress(_STAGE, 0, len(self._jobs))
        try:
            for _ in range(workers):
                self._start()
            while self._at:
                for connection in wait(list(self._at)):
                    self._hear(cast(Connection, connection))
        finally:
            self._end()
        return [self._results[index] for index in range(len(self._jobs))]

    def _start(self) -> None:
        if not self._waiting:
            return
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name="qa-bot-reader")
        with _not_interrupted():
            process.start()
        theirs.close()
        self._give(ours, process)

    def _give(self, connection: Connection, process: SpawnProcess) -> None:
        index = self._waiting.popleft()
        self._at[connection] = (process, index)
        with suppress(OSError):  # a process that has died is heard of by its connection
            connection.send(self._jobs[index])

    def _hear(self, connection: Connection) -> None:
        process, index = self._at[connection]
        try:
            self._results[index] = connection.recv()
        except (EOFError, OSError):
            process.join()
            self._results[index] = Failed(
                self._jobs[index].path,
                f"读取它的进程意外结束（{process.exitcode}） / "
                f"the process that read it died ({process.exitcode})",
            )
            del self._at[connection]
            connection.close()
            self._start()
        else:
            if self._waiting:
                self._give(connection, process)
            else:
                del self._at[connection]
                connection.close()
                process.join()
        self._progress(_STAGE, len(self._results), len(self._jobs))

    def _end(self) -> None:
        for connection, (process, _) in self._at.items():
            connection.close()
            process.terminate()
        for process, _ in self._at.values():
            process.join(2)
            if process.is_alive():
                process.kill()
                process.join()
