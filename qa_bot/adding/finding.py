"""Which files are meant by what a user names: files, and folders with everything below them."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_bot.adding.model import Failed, LeftOut
from qa_bot.ingest import SUFFIXES

__all__ = ["Found", "find_files"]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        files: to be read, in the order given, within a folder by name; no file twice.
        left_out: what stands in a folder and is no gazette text, each with the reason.
        failed: what was named and is not there, or cannot be read for its name, and folders that cannot
            be opened.
    """

    files: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]
    failed: tuple[Failed, ...]


def find_files(given: Sequence[Path]) -> Found:
    """Find the files of a format that can be read.

    A folder is walked to its depths. Left out of it are hidden files and folders, the lock files of word
    processors (`~$公报.docx`), links that lead out of what was given or nowhere, what is no regular
    file, and files of another suffix. A link that stays within what was given is left out silently: what
    it leads to is found where it stands. A file given by name is taken whatever its name begins with, and
    through links; another suffix is then a failure.

    Guarantees: raises nothing; terminates on links that go round in circles; the same files in the same
    order on every system.
    """
    walk = _Walk([_resolved(path) for path in given])
    for path in given:
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            walk.failed.append(Failed(path, _no_access(error)))
            continue
        if stat.S_ISDIR(mode):
            walk.folder(path)
        elif not stat.S_ISREG(mode):
            walk.failed.append(Failed(path, "不是普通文件 / is no regular file"))
        elif path.suffix.lower() not in SUFFIXES:
            known = " ".join(SUFFIXES)
            walk.failed.append(
                Failed(
                    path,
                    f"后缀不认识；能读的有 {known} / is of an unknown suffix; known: {known}",
                )
            )
        else:
            walk.take(path)
    return Found(tuple(walk.files), tuple(walk.left_out), tuple(walk.failed))


class _Walk:
    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self._taken: set[Path] = set()
        self.files: list[Path] = []
        self.left_out: list[LeftOut] = []
        self.failed: list[Failed] = []

    def take(self, path: Path) -> None:
        real = _resolved(path)
        if real not in self._taken:
            self._taken.add(real)
            self.files.append(path)

    def folder(self, top: Path) -> None:
        # A stack, not recursion: folders may be nested deeper than Python's stack.
        waiting = [top]
        while waiting:
            path = waiting.pop()
            try:
                entries = sorted(path.iterdir(), key=lambda entry: entry.name)
            except OSError as error:
                self.failed.append(Failed(path, _no_access(error)))
                continue
            names = {entry.stem for entry in entries if entry.suffix.lower() in SUFFIXES}
            folders = []
            for entry in entries:
                if entry.suffix.lower() == ".toml" and entry.stem in names:
                    continue  # read with its text
                if self._keeps(entry):
                    if entry.is_dir():
                        folders.append(entry)
                    else:
                        self.take(entry)
            waiting.extend(reversed(folders))

    def _keeps(self, entry: Path) -> bool:
        """Whether an entry of a folder is a folder or a text; tells what it is otherwise."""
        reason = None
        try:
            mode = entry.lstat().st_mode
            if entry.name.startswith("."):
                reason = "hidden"
            elif entry.name.startswith("~$"):
                reason = "lock_file"
            elif stat.S_ISLNK(mode):
                reason = self._link(entry)
                if reason is None:
                    return False
            elif stat.S_ISDIR(mode):
                return True
            elif not stat.S_ISREG(mode):
                reason = "special"
            elif entry.suffix.lower() not in SUFFIXES:
                reason = "suffix"
        except OSError as error:
            self.failed.append(Failed(entry, _no_access(error)))
            return False
        if reason is not None:
            self.left_out.append(LeftOut(entry, reason))
        return reason is None

    def _link(self, entry: Path) -> str | None:
        try:
            real = entry.resolve(strict=True)
        except (OSError, RuntimeError):
            return "dead_link"
        inside = any(real == root or root in real.parents for root in self._roots)
        return None if inside else "link_outside"


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def _no_access(error: OSError | ValueError) -> str:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return f"打不开：{why} / cannot be opened: {why}"
