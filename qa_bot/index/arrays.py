"""Arrays that stay on the disk until they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["mapped"]


def mapped(path: Path) -> NDArray[Any]:
    """The array of a `.npy` file, mapped read-only.

    A plain array over the mapping: a slice of numpy's own `memmap` is a `memmap` again, which takes ten times as
    long to make, and a question takes some hundred slices.

    Raises:
        OSError, ValueError: the file is missing or cannot be read.
    """
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
