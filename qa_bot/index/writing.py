"""Folders that appear wholly or not at all, and what may go wrong while they are written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_bot.errors import GazetteIndexError
from qa_bot.files import sync_folder

__all__ = ["clear_leftovers", "new_folder", "remove_folder", "sync", "writing"]

_BUILDING, _GONE = ".building-", ".gone-"


@contextmanager
def writing(folder: Path, untouched: bool = True) -> Iterator[None]:
    """Turn what may go wrong while a folder is written into an error that says what to do.

    Args:
        folder: of the index, or that vectors are written into.
        untouched: whether there is an old index, which stays as it is.

    Raises:
        GazetteIndexError: for an error of the disk, of its rights, or of SQLite.
    """
    old, stays = ("；旧索引未动", " The old index is untouched.") if untouched else ("", "")
    try:
        yield
    except PermissionError as error:
        raise GazetteIndexError(
            f"文件夹 {folder} 写不了：{error.strerror}{old}；可用 --data 指定别处 / "
            f"Cannot write the folder {folder}: {error.strerror}.{stays} "
            "Point --data at a folder that can be written."
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise GazetteIndexError(
            f"写 {folder} 时出错：{error}{old}，已完成的部分下次接着用 / "
            f"Writing {folder} failed: {error}.{stays} What was finished is taken over the next time."
        ) from error


def new_folder(parent: Path) -> Path:
    """A new folder that no reader looks at, with the rights that new folders have."""
    folder = parent / f"{_BUILDING}{os.getpid()}-{time.time_ns()}"
    folder.mkdir(parents=True)
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder; what cannot be removed now is no longer found under its name."""
    gone = folder.with_name(f"{_GONE}{os.getpid()}-{time.time_ns()}")
    try:
        folder.rename(gone)
    except OSError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def clear_leftovers(parent: Path) -> None:
    """Remove what a process that was killed has left; only who holds the lock may do so."""
    for pattern in (_BUILDING, _GONE):
        for folder in parent.glob(f"{pattern}*"):
            shutil.rmtree(folder, ignore_errors=True)


def sync(folder: Path) -> None:
    """Have the disk hold everything under a folder, so that a power cut cannot empty what was renamed."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("r+b") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)
