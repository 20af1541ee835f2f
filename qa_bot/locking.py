"""One process at a time changes corpus and index of a data folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa_bot.errors import BusyError, GazetteIndexError

__all__ = ["locked"]

_LOCK = ".lock"
# Beside the lock, since a locked file cannot be read on every system.
_HOLDER = ".lock-holder"


@contextmanager
def locked(index: Path, doing: str) -> Iterator[None]:
    """Hold the lock of a data folder for as long as the context lasts.

    Guarantees: no other process holds it meanwhile; the system takes it from a process that ends, however
    it ends, so that no lock is ever stale. The thread that holds it may ask for it again. Readers need no
    lock: files and generations are put in place by renaming.

    Args:
        index: the folder of the index, made if there is none; it stands for the data folder, the corpus
            of which is changed under the same lock.
        doing: what it is held for, `qa-bot add`; told to those who find it held.

    Raises:
        BusyError: another process, or another thread of this one, holds it.
        GazetteIndexError: the folder cannot be written.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / _LOCK, is_singleton=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(_who(index)) from None
    except OSError as error:
        raise GazetteIndexError(
            f"索引文件夹 {index} 写不了：{error.strerror}；可用 --data 指定别处 / "
            f"Cannot write the index folder {index}: {error.strerror}. "
            "Point --data at a folder that can be written."
        ) from error
    try:
        if lock.lock_counter == 1:
            _sign(index, doing)
        yield
    finally:
        if lock.lock_counter == 1:
            with suppress(OSError):
                (index / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _sign(index: Path, doing: str) -> None:
    """Write who holds the lock; a lock without it locks as well."""
    temporary = index / f"{_HOLDER}-{os.getpid()}"
    holder = {"pid": os.getpid(), "doing": doing, "began": time.strftime("%Y-%m-%d %H:%M:%S")}
    with suppress(OSError):
        temporary.write_text(json.dumps(holder), encoding="utf-8")
        temporary.replace(index / _HOLDER)


def _who(index: Path) -> str:
    try:
        holder = json.loads((index / _HOLDER).read_text(encoding="utf-8"))
        pid, doing, began = holder["pid"], holder["doing"], holder["began"]
    except (OSError, ValueError, KeyError, TypeError):
        return (
            "另一个 qa-bot 正在改动这里的语料或索引；请等它结束再运行 / "
            "Another qa-bot is changing this corpus or index: wait until it has ended."
        )
    return (
        f"{doing}（进程 {pid}，{began} 开始）正在改动这里的语料或索引；请等它结束再运行 / "
        f"{doing} (process {pid}, since {began}) is changing this corpus or index: "
        "wait until it has ended."
    )
