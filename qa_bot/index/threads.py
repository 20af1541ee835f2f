"""Keeps the numerical libraries to the thread that calls them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["one_thread"]


class _Shared:
    """Libraries with one setting for the whole process (BLAS): one thread while anybody wants that."""

    def __init__(self, libraries: Sequence[Any]) -> None:
        self._libraries = libraries
        self._lock = threading.Lock()
        self._inside = 0
        self._before: list[int] = []

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before = [library.num_threads for library in self._libraries]
                _set(self._libraries, [1] * len(self._libraries))
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                _set(self._libraries, self._before)


@contextmanager
def one_thread() -> Iterator[None]:
    """While it is entered, BLAS and OpenMP use no other thread than the caller's.

    Their threads go on spinning where ONNX Runtime wants the cores next: what they save in a product of
    some thousand rows they cost several times over (docs/performance.md). Several threads may be inside at
    once: BLAS has its threads back when the last has left.
    """
    own, shared = _libraries()
    # OpenMP keeps the number for each calling thread.
    before = [library.num_threads for library in own]
    _set(own, [1] * len(own))
    shared.enter()
    try:
        yield
    finally:
        shared.leave()
        _set(own, before)


def _set(libraries: Sequence[Any], threads: Sequence[int]) -> None:
    for library, count in zip(libraries, threads, strict=True):
        library.set_num_threads(count)


@functools.cache
def _libraries() -> tuple[tuple[Any, ...], _Shared]:
    """The thread pools in this process: OpenMP's, and the others; asking threadpoolctl for them costs more than a product."""
    import faiss  # noqa: F401 - so that its libraries are loaded and known
    from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().lib_controllers
    own = tuple(one for one in found if one.user_api == "openmp")
    return own, _Shared([one for one in found if one.user_api != "openmp"])
