"""Connections that say nothing are cut, and no address has more than its share of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from uvicorn.protocols.http.h11_impl import H11Protocol

from qa_bot.api import is_local, same_client

__all__ = ["PatientProtocol", "more_files"]

# Seconds in which the head of a request must be there, from the connection or the last reply on.
_HEAD_S = 15.0
# Of the connections that the files this process may open allow, this share is a single address's at most.
_SHARE = 0.5
# Files that are kept for the index, the logs and whatever else is opened.
_KEPT_FILES = 256
_FILES = 8_192
# Connections of this process by client; in the one event loop that serves.
_HELD: Counter[str] = Counter()


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, which by itself waits for a request for ever.

    A client has `_HEAD_S` seconds for the head of a request, however slowly it sends; the body is waited for by
    `qa_bot.api.Admission`. A connection beyond what this process can hold, or beyond the share of its address, is
    cut at once: descriptors never run out, and the others are answered.
    """

    _late: asyncio.TimerHandle | None = None
    _counted: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        if not is_local(host):
            self._counted = same_client(host)
            _HELD[self._counted] += 1
        if self._too_many():
            transport.abort()
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._expect_nothing()
        if self._counted is not None:
            _HELD[self._counted] -= 1
            if not _HELD[self._counted]:
                del _HELD[self._counted]
            self._counted = None
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Something has come."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_nothing()
        elif self._late is None and not self.transport.is_closing():
            self._expect()

    def on_response_complete(self) -> None:
        """A reply has been sent."""
        super().on_response_complete()
        if self._late is None and self.cycle.response_complete and not self.transport.is_closing():
            self._expect()

    def _expect(self) -> None:
        self._late = self.loop.call_later(_HEAD_S, self._cut)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self) -> None:
        self._late = None
        self.transport.abort()

    def _too_many(self) -> bool:
        most = _most_connections()
        beyond = self._counted is not None and _HELD[self._counted] > most * _SHARE
        return beyond or len(self.connections) > most


def more_files() -> None:
    """Let this process open as many files as it may, 8,192 at most: each connection takes one."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _most_connections() -> int:
    try:
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    except ImportError:
        return _FILES - _KEPT_FILES
    return max(min(soft, _FILES) - _KEPT_FILES, _KEPT_FILES // 2)
