"""Which lines of the product ran: what makes an input worth keeping. Of the standard library alone.

A function all of whose lines ran is not looked at again, and one that showed nothing new in 300 calls
only at every 64th: the longer a session runs, the less it is slowed down.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

__all__ = ["Lines"]

_ENOUGH, _EVERY = 300, 64


class Lines:
    """Counts lines of the product that ran for the first time."""

    def __init__(self, *folders: Path) -> None:
        """Look at the modules below some folders."""
        self._folders = tuple(str(folder) for folder in folders)
        self._left: dict[CodeType, set[int]] = {}
        self._calls: dict[CodeType, int] = {}
        self.seen = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch what runs within, and what watched before afterwards again."""
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        left = self._left.get(code)
        if left is None:
            inside = code.co_filename.startswith(self._folders)
            left = {line for *_, line in code.co_lines() if line} if inside else set()
            self._left[code] = left
        if not left:
            return None
        calls = self._calls[code] = self._calls.get(code, 0) + 1
        if calls > _ENOUGH and calls % _EVERY:
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        left = self._left[frame.f_code]
        if frame.f_lineno in left:
            left.discard(frame.f_lineno)
            self.seen += 1
            self._calls[frame.f_code] = 0
        return self._line
