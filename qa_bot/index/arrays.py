"""Arrays that stay on the disk until they are read."""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["mapped", "scattered"]


def mapped(path: Path) -> NDArray[Any]:
    """The array of a `.npy` file, mapped read-only.

    A plain array over the mapping: a slice of numpy's own `memmap` is a `memmap` again, which takes ten times as
    long to make, and a question takes some hundred slices.

    Raises:
        OSError, ValueError: the file is missing or cannot be read.
    """
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def scattered(array: NDArray[Any]) -> None:
    """Tell the system that rows are read here and there of a mapped array, so that it reads no others with them.

    Where memory is short, what it reads ahead would push out what is needed: a question in a million clauses would
    read 90 MB in place of 5.
    """
    if (advise := _advise()) is None or not array.nbytes:
        return
    start = array.ctypes.data // mmap.PAGESIZE * mmap.PAGESIZE
    length = array.ctypes.data + array.nbytes - start
    advise(ctypes.c_void_p(start), ctypes.c_size_t(length), mmap.MADV_RANDOM)


@functools.cache
def _advise() -> Callable[..., int] | None:
    """`madvise`, where there is such a thing."""
    if not hasattr(mmap, "MADV_RANDOM"):
        return None
    return getattr(ctypes.CDLL(None), "madvise", None)
