"""A process that gets so much memory and no more, what it maps of files included (Linux, as root).

Resident memory says little of a process that maps files: pages stay mapped for as long as nobody else wants the
memory. In a control group they are counted like all others, and given back when it is full.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

# Of the first version of control groups, and of the second.
_VERSIONS = (
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
    (Path("/sys/fs/cgroup"), "memory.max", "memory.peak"),
)


def run(command: Sequence[object], most: int, files: Iterable[Path]) -> tuple[str, int]:
    """Run a command within `most` bytes.

    Args:
        command: with its arguments.
        most: bytes, those of cached files included.
        files: that it reads; what the system holds of them is let go of first, so that they are counted as its own.

    Returns:
        What it prints, and the most bytes that it had.

    Raises:
        SystemExit: there are no control groups here, or this user may make none.
        subprocess.CalledProcessError: the command failed; with -9 it needed more.
    """
    root, limit, peak = next(
        (one for one in _VERSIONS if (one[0] / "cgroup.procs").is_file()), (None, "", "")
    )
    group = root and root / f"qa-bot-bench-{os.getpid()}"
    try:
        if group is None:
            raise OSError("no memory controller")
        group.mkdir()
        (group / limit).write_text(str(most), encoding="ascii")
    except OSError as error:
        raise SystemExit(
            f"这里不能限制内存：{error} / Memory cannot be confined here: {error}. Leave out --memory."
        ) from error
    try:
        for path in files:
            with path.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        inside = f'echo $$ > {group / "cgroup.procs"} && exec "$@"'
        told = subprocess.run(
            ["sh", "-c", inside, "sh", *map(str, command)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return told.stdout, int((group / peak).read_text(encoding="ascii"))
    finally:
        group.rmdir()
