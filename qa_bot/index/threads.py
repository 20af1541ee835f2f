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
    some thousand rows they cost several times over (docs/performance.md). OpenMP keeps its number for each
    calling thread, and gets it back at the end. A BLAS with a pool that all threads share, as NumPy's, is set to
    one thread the first time that anybody enters, and left so: threadpoolctl lets only the thread that set it first
    set it again, and questions come in many threads.
    """
    libraries = _libraries()
    before = [library.num_threads for library in libraries]
    for library in libraries:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in zip(libraries, before, strict=True):
            library.set_num_threads(threads)


@functools.cache
def _libraries() -> tuple[Any, ...]:
    """The pools that are each thread's own; the others are set to one thread for good.

    Asking threadpoolctl for them costs more than a product.
    """
    import faiss  # noqa: F401 - so that its libraries are loaded and known
    from threadpoolctl import ThreadpoolController

    own = []
    for library in ThreadpoolController().lib_controllers:
        if "openmp" in (library.user_api, getattr(library, "threading_layer", "")):
            own.append(library)
        else:
            library.set_num_threads(1)
    return tuple(own)
