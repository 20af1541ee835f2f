"""Regular expressions that are compiled when they are first used.

Python compiles each anew in every process: for all that reads gazettes and questions .3 s, of which a process
that answers one question needs a quarter (eval/benchmarks/cold.py). For modules that every command imports; one
that only some import may as well compile its own at once.
"""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["late"]

_METHODS = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")


def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, compiled when it is first used. Safe to use from several threads.

    Its methods and attributes are those of the pattern; the functions of `re` do not take it. One that is
    wrong is told where it is used, so that every one is compiled by a test.
    """
    return cast("re.Pattern[str]", _Late(pattern, flags))


class _Late:
    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
