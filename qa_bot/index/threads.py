"""Keeps the numerical libraries to the thread that calls them."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """While it is entered, BLAS and OpenMP use no other thread than the caller's.

    Their threads go on spinning where ONNX Runtime wants the cores next: what they save in a product of
    some thousand rows they cost several times over (docs/performance.md).
    """
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit


@functools.cache
def _controller() -> Any:  # noqa: ANN401 - threadpoolctl ships no types
    import faiss  # noqa: F401 - so that its libraries are loaded and known
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
