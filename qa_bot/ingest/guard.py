"""Readers run apart: in a child process with limits, so that no file can stop, fill or crash this one.

One child reads file after file; it is started anew after one that it did not survive, and ends when nothing was
read for a while. It is given bytes, not a path, opens no file, and has no more memory and time than its
limits; a page that is a picture has time of its own. Where the system has no such limits (Windows; memory on
macOS), time alone is limited.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import asdict, fields
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from qa_bot.errors import SourceError
from qa_bot.ingest.source import Extracted

__all__ = ["MEMORY", "close", "read_apart", "seconds_for", "serve"]

MEMORY = 1 << 30  # bytes above what the child has when it starts
# Of pages that are pictures: the models and their work, and the time that one page may take.
_OCR_MEMORY, _OCR_SECONDS = 4 << 30, 180
_BEAT = b""  # in place of an answer: a page is begun that takes longer
_AT_LEAST, _AT_MOST, _PER_SECOND = 10, 120, 200_000
_RESTART_ABOVE = 300 << 20
_IDLE = 20.0  # seconds
_LENGTH = struct.Struct("<Q")
_LONGEST_ANSWER = 2_000_000_000
_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from qa_bot.ingest.guard import serve; serve()"


def seconds_for(size: int) -> int:
    """How long reading a file of `size` bytes may take, in seconds."""
    return min(_AT_LEAST + size // _PER_SECOND, _AT_MOST)


def read_apart(data: bytes, name: str) -> Extracted:
    """What `read_bytes` gives, read in the child.

    Raises:
        SourceError: what `read_bytes` raises; or the file takes too long, too much memory, or crashes its reader.
    """
    with _LOCK:
        worker = _worker()
        try:
            answer = worker.ask(data, name)
        except BaseException:
            close()  # interrupted: no child is left behind
            raise
        if answer is None or answer.get("last"):
            close()
        else:
            worker.rest()
    if answer is None:
        raise _killed(name, worker, len(data))
    if "error" in answer:
        raise SourceError(answer["error"])
    return _extracted(answer)


def close() -> None:
    """End the child, if there is one; the next file starts another."""
    global _CURRENT
    worker, _CURRENT = _CURRENT, None
    if worker is not None and worker.owner == os.getpid():
        worker.end()


def _end_idle(worker: _Worker) -> None:
    with _LOCK:
        if worker is _CURRENT:
            close()


_LOCK = threading.RLock()
_CURRENT: _Worker | None = None


def _worker() -> _Worker:
    global _CURRENT
    if _CURRENT is not None and (
        _CURRENT.owner != os.getpid() or _CURRENT.process.poll() is not None
    ):
        close()
        _CURRENT = None
    if _CURRENT is None:
        _CURRENT = _Worker()
    return _CURRENT


def _killed(name: str, worker: _Worker, size: int) -> SourceError:
    if worker.late or worker.process.returncode == -getattr(signal, "SIGXCPU", 24):
        seconds = seconds_for(size)
        return SourceError(
            f"{name} 读了 {seconds} 秒还没读完，已放弃；请在原来的软件里另存一份再用 / "
            f"{name} was not read within {seconds} s: save it anew in the program that it was made with."
        )
    return SourceError(
        f"{name} 使读取程序崩溃（{worker.process.returncode}），已放弃；请在原来的软件里另存一份再用 / "
        f"{name} crashed its reader ({worker.process.returncode}): save it anew in the program that it was made with."
    )


class _Worker:
    """The child, seen from here."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.late = False
        self._rest: threading.Timer | None = None
        path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
        self.process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-c", _CHILD, path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, data: bytes, name: str) -> dict[str, Any] | None:
        """The child's answer; `None` if it gave none, because it died or was killed for being late."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = self._timer(seconds_for(len(data)) + 2)
        try:
            _send(self.process.stdin, name.encode("utf-8", "surrogatepass"))
            _send(self.process.stdin, data)
            while (answer := _receive(self.process.stdout)) == _BEAT:
                timer.cancel()
                timer = self._timer(_OCR_SECONDS)
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            self.process.wait()
            return None
        return dict(json.loads(answer))

    def _timer(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._kill)
        timer.daemon = True
        timer.start()
        return timer

    def rest(self) -> None:
        """End the child when no other file comes for a while."""
        if self._rest is not None:
            self._rest.cancel()
        self._rest = threading.Timer(_IDLE, _end_idle, [self])
        self._rest.daemon = True
        self._rest.start()

    def _kill(self) -> None:
        self.late = True
        self.process.kill()

    def end(self) -> None:
        """Kill the child and take it away."""
        if self._rest is not None:
            self._rest.cancel()
        with contextlib.suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()


def _extracted(answer: dict[str, Any]) -> Extracted:
    values: dict[str, Any] = {}
    for field in fields(Extracted):
        value = answer[field.name]
        if isinstance(value, list):
            value = tuple(tuple(one) if isinstance(one, list) else one for one in value)
        values[field.name] = value
    return Extracted(**values)


def _send(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LONGEST_ANSWER:
        return None
    content = pipe.read(length)
    return content if len(content) == length else None


def serve() -> None:
    """The child: read a file, answer, and so on until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other side says when to end
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    from qa_bot.ingest import formats, ocr

    for module in ("docx", "doc", "pdf", "ofd"):  # before memory is limited
        with contextlib.suppress(ImportError):
            import_module(f"qa_bot.ingest.{module}")
    base = _limit()
    questions = sys.stdin.buffer

    def begin_page() -> None:
        _limit_time(_OCR_SECONDS * (os.cpu_count() or 1))
        _send(answers, _BEAT)

    ocr.on_page = begin_page
    while (raw := _receive(questions)) is not None:
        name = raw.decode("utf-8", "surrogatepass")
        data = _receive(questions)
        if data is None:
            return
        _limit_time(seconds_for(len(data)))
        answer = _answer(formats.read_bytes, data, name)
        data = b""
        if _memory() > base + _RESTART_ABOVE:
            answer["last"] = True
        _send(answers, json.dumps(answer).encode("ascii"))


def _answer(read: Any, data: bytes, name: str) -> dict[str, Any]:  # noqa: ANN401 - a reader
    try:
        return asdict(read(data, name))
    except SourceError as error:
        return {"error": str(error)}
    except MemoryError:
        return {
            "error": f"{name} 要用的内存太多，已放弃；请拆成几个文件 / "
            f"{name} takes too much memory: split it into several files.",
            "last": True,
        }
    except Exception as error:
        return {
            "error": f"{name} 内容损坏（{type(error).__name__}）；请在原来的软件里另存一份再用 / "
            f"{name} is damaged ({type(error).__name__}): save it anew in the program that it was made with."
        }


def _memory() -> int:
    """The address space of this process in bytes; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _limit() -> int:
    """Limit memory, core dumps and files that are written. Returns the address space at the start."""
    from qa_bot.ingest import ocr

    base = _memory()
    most = base + (_OCR_MEMORY if ocr.available() else MEMORY)
    try:
        import resource
    except ImportError:
        return base
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if base:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return base


def _limit_time(seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


atexit.register(close)
