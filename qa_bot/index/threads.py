"""Keeps the numerical libraries to the thread that calls them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """While it is entered, BLAS and OpenMP use no other thread than the caller's.

    Their threads go on spinning where ONNX Runtime wants the cores next: what they save in a product of
    some thousand rows they cost several times over (docs/performance.md). Where two threads enter it at
    once, the libraries may be left with one thread, which is slower for others and never wrong.
    """
    before = [(library, library.num_threads) for library in _libraries()]
    for library, _ in before:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in before:
            library.set_num_threads(threads)


@functools.cache
def _libraries() -> tuple[Any, ...]:
    """The thread pools in this process; asking threadpoolctl for them costs more than a product."""
    import faiss  # noqa: F401 - so that its libraries are loaded and known
    from threadpoolctl import ThreadpoolController

    return tuple(ThreadpoolController().lib_controllers)
