"""What several stages do with files: hashing them, keeping what was worked out, having the disk hold names."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["keep", "kept", "sha256_of", "sync_folder"]

_SHOWN = 16  # digits of the hash in the name of what is kept


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Have the disk hold the names in a folder, where the system can.

    Raises:
        OSError: the folder cannot be opened.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def kept(folder: Path, kind: str) -> bytes | None:
    """What `keep` wrote into a folder; `None` where nobody has, or what is there is damaged.

    Args:
        folder: where it lies.
        kind: with what its name begins.
    """
    for path in _all_kept(folder, kind):
        try:
            written = path.read_bytes()
        except OSError:
            continue
        if path.name == _name(kind, written):
            return written
    return None


def keep(folder: Path, kind: str, written: bytes) -> None:
    """Keep what can be worked out again, under a name that hashes it; where that cannot be, nothing is kept.

    Guarantees: no half of a file is left. What was kept of this kind before goes.
    """
    path = folder / _name(kind, written)
    temporary = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(written)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        for other in _all_kept(folder, kind):
            if other != path:
                other.unlink(missing_ok=True)


def _all_kept(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}-*.trie"))


def _name(kind: str, written: bytes) -> str:
    return f"{kind}-{hashlib.sha256(written).hexdigest()[:_SHOWN]}.trie"
