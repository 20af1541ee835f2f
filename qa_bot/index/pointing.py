"""Which generation is in use: the one pointer, and what is kept beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from qa_bot.errors import GazetteIndexError, IndexMissingError
from qa_bot.files import sync_folder
from qa_bot.index.generation import POINTER, current_generation, finished_generations
from qa_bot.index.manifest import SEGMENTS, Manifest
from qa_bot.index.writing import remove_folder, writing

__all__ = [
    "forget_rollback",
    "is_current",
    "is_rolled_back",
    "point_at",
    "roll_back",
    "sweep",
]

# Names the generation that was in use before, to which one goes back.
_PREVIOUS = "PREVIOUS"
# Names the generation that somebody went back to, so that nothing builds a new one unasked.
_ROLLED_BACK = "ROLLED_BACK"


def point_at(index: Path, name: str) -> None:
    """Make a generation the one in use: one step that happens wholly or not at all."""
    try:
        before = current_generation(index).name
    except GazetteIndexError:
        before = None
    if before is not None and before != name:
        _write(index, _PREVIOUS, before)
    _write(index, POINTER, name)
    sync_folder(index)
    forget_rollback(index)


def is_current(index: Path, name: str) -> bool:
    """Whether a generation is the one in use."""
    try:
        return current_generation(index).name == name
    except GazetteIndexError:
        return False


def roll_back(index: Path) -> Path:
    """Make the generation that was in use before the one in use again; done twice, it is undone.

    Until a build is asked for, `is_rolled_back` says so.

    Raises:
        IndexMissingError: there is no other generation.
        IndexDamagedError: it is damaged, or of another format.
        GazetteIndexError: the folder cannot be written.
    """
    current = current_generation(index)
    others = [folder for folder in finished_generations(index) if folder != current]
    previous = _read(index, _PREVIOUS)
    others.sort(key=lambda folder: (folder.name == previous, folder.name), reverse=True)
    if not others:
        raise IndexMissingError(
            "没有更早的一代可退；只有在用的这一代 / "
            "There is no other generation to go back to: only the one in use is there."
        )
    chosen = _first_whole(others)
    undone = is_rolled_back(index)
    with writing(index):
        _write(index, _PREVIOUS, current.name)
        if undone:
            forget_rollback(index)
        else:
            _write(index, _ROLLED_BACK, chosen.name)
        _write(index, POINTER, chosen.name)
        sync_folder(index)
    return chosen


def _first_whole(folders: Sequence[Path]) -> Path:
    """The first that is not damaged; the error of the first, where all are."""
    errors: list[GazetteIndexError] = []
    for folder in folders:
        try:
            Manifest.read(folder).verify(folder)
        except GazetteIndexError as error:
            errors.append(error)
        else:
            return folder
    raise errors[0]


def is_rolled_back(index: Path) -> bool:
    """Whether somebody went back to the generation in use."""
    name = _read(index, _ROLLED_BACK)
    return name is not None and is_current(index, name)


def forget_rollback(index: Path) -> None:
    """Let builds happen by themselves again."""
    with suppress(OSError):
        (index / _ROLLED_BACK).unlink(missing_ok=True)


def _read(index: Path, name: str) -> str | None:
    try:
        return (index / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _write(index: Path, name: str, content: str) -> None:
    temporary = index / f".{name}-{os.getpid()}"
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(content + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(index / name)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(index: Path, previous: str | None, keep: int = 2) -> None:
    """Remove what no generation needs any more: all but the one in use and the one before it.

    Args:
        index: the index folder.
        previous: name of the generation that was in use before.
        keep: so many generations stay, the one in use among them.
    """
    current = current_generation(index).name
    kept = []
    others = [path for path in finished_generations(index) if path.name != current]
    others.sort(key=lambda path: path.name == previous)
    for path in finished_generations(index):
        if path.name == current or path in others[len(others) - (keep - 1) :]:
            kept.append(path)
        else:
            remove_folder(path)
    needed: set[str] = set()
    for path in kept:
        # Of another format, too: a server of the program before still reads it, and one may go back.
        needed |= Manifest.segments_of(path)
    segments = index / SEGMENTS
    for path in segments.iterdir() if segments.is_dir() else ():
        if path.name not in needed:
            remove_folder(path)
