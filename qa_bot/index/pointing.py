"""Which generation is in use: the one pointer, and what is kept beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from qa_bot.errors import GazetteIndexError, IndexMissingError
from qa_bot.index.generation import POINTER, current_generation, finished_generations
from qa_bot.index.manifest import SEGMENTS, Manifest

__all__ = ["is_rolled_back", "point_at", "roll_back", "sweep"]

# Names the generation that somebody went back to, so that nothing builds a new one unasked.
_ROLLED_BACK = "ROLLED_BACK"


def point_at(index: Path, name: str) -> None:
    """Make a generation the one in use: one step that happens wholly or not at all."""
    _write(index, POINTER, name)
    (index / _ROLLED_BACK).unlink(missing_ok=True)


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
    if not others:
        raise IndexMissingError(
            "没有更早的一代可退；只有在用的这一代 / "
            "There is no other generation to go back to: only the one in use is there."
        )
    chosen = others[-1]
    Manifest.read(chosen).verify(chosen)
    try:
        _write(index, _ROLLED_BACK, chosen.name)
        _write(index, POINTER, chosen.name)
    except OSError as error:
        raise GazetteIndexError(
            f"索引文件夹 {index} 写不了：{error.strerror}；在用的一代未变 / "
            f"Cannot write the index folder {index}: {error.strerror}. Nothing was changed."
        ) from error
    return chosen


def is_rolled_back(index: Path) -> bool:
    """Whether somebody went back to the generation in use."""
    try:
        name = (index / _ROLLED_BACK).read_text(encoding="utf-8").strip()
        return name == current_generation(index).name
    except (OSError, UnicodeDecodeError, GazetteIndexError):
        return False


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
            shutil.rmtree(path, ignore_errors=True)
    needed: set[str] = set()
    for path in kept:
        try:
            needed.update(name for name, _ in Manifest.read(path).segments)
        except GazetteIndexError:
            continue  # of another format
    segments = index / SEGMENTS
    for path in segments.iterdir() if segments.is_dir() else ():
        if path.name not in needed:
            shutil.rmtree(path, ignore_errors=True)
