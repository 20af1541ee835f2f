"""Serving the page: a port of one's own, a word when it really serves, a quiet end."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from qa_bot.api import Access, AtWork, Gate, Peers
from qa_bot.bot import Bot
from qa_bot.errors import ServerError
from qa_bot.feedback import FeedbackStore
from qa_bot.living import Living
from qa_bot.web.app import create_app
from qa_bot.web.connections import PatientProtocol, more_files

__all__ = ["check_port", "serve"]

# A page that is open in a browser holds an event stream; it is cut after this many seconds.
_PATIENCE = 1
# Seconds in which what has been asked is still answered when the server is to end.
_DRAIN_S = 8.0
# Connections that wait until they are accepted.
_BACKLOG = 1_024


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, greeting: str | None, at_work: AtWork) -> None:
        super().__init__(config)
        self._greeting = greeting
        self._at_work = at_work

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._greeting is not None:
            print(self._greeting, flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, answer what has been asked, and end."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        until = time.monotonic() + _DRAIN_S
        while self._at_work.count and not self.force_exit and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def serve(
    living: Living | Bot,
    host: str = "127.0.0.1",
    port: int = 7860,
    quiet: bool = False,
    app: FastAPI | None = None,
    reports: Path | None = None,
    feedback: FeedbackStore | None = None,
    gate: Gate | None = None,
    access: Access | None = None,
) -> None:
    """Serve the page, the API and the MCP server until Ctrl-C or SIGTERM.

    Guarantees: the port is taken before anything is loaded, and kept; the address is printed when
    the page answers there, and not before. On Ctrl-C or SIGTERM no more connections are taken, and what has been
    asked is answered, within 10 seconds. A connection that sends no request is cut.

    Args:
        living: the index in use; a bot is one that never changes.
        host: address to listen at; `0.0.0.0` for every one that the machine has.
        port: to listen at; 0 for any free one.
        quiet: print nothing.
        app: an application whose routes are served beside the page.
        reports: folder of the evaluations; the last of them is shown in a tab.
        feedback: where what readers say of answers is kept; they are not asked if not given.
        gate: how many requests are worked on at once, and how many wait (`qa_bot.api.Gate`).
        access: who is let in, and how often (`qa_bot.api.Access`).

    Raises:
        ServerError: the port is busy or not allowed, or the host is not this machine's.
    """
    if not isinstance(living, Living):
        living = Living.of(living)
    listening = _listen(host, port)
    with listening:
        living.now().warm_up()
        address = f"http://{_shown(host)}:{listening.getsockname()[1]}/"
        greeting = f"公报问答已在 {address} 打开，按 Ctrl-C 结束 / Serving at {address}"
        access = access or Access()
        created = create_app(living, app, reports, feedback, host, gate, access)
        config = uvicorn.Config(
            Peers(created, access),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_PATIENCE,
            http=PatientProtocol,
            ws="none",
            proxy_headers=False,
            backlog=_BACKLOG,
        )
        more_files()
        with _calm_signals():
            server = _Server(config, None if quiet else greeting, created.state.at_work)
            server.run(sockets=[listening])


def check_port(host: str, port: int) -> None:
    """Make sure that the page could be served there now, before anything slow is begun.

    Raises:
        ServerError: as `serve`.
    """
    _listen(host, port).close()


def _shown(host: str) -> str:
    """The host as a browser on this machine can open it."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65_535:
        raise ServerError(
            f"端口 {port} 不存在，应在 0 到 65535 之间；用 --port 另选 / "
            f"There is no port {port}: choose one from 0 to 65535 with --port."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _no_host(host) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"端口 {port} 已被占用；用 qa-bot serve --port {_other(port)} 换一个 / "
                f"Port {port} is busy; choose another: qa-bot serve --port {_other(port)}"
            ) from error
        if error.errno == errno.EACCES:
            raise ServerError(
                f"没有权限使用端口 {port}；用 qa-bot serve --port 7860 换一个 / "
                f"Port {port} is not allowed; choose another: qa-bot serve --port 7860"
            ) from error
        raise _no_host(host) from error
    return listening


def _other(port: int) -> int:
    return port + 1 if port < 65_535 else 7860


def _no_host(host: str) -> ServerError:
    return ServerError(
        f"本机没有地址 {host}；用 --host 127.0.0.1（只限本机）或 --host 0.0.0.0（对外） / "
        f"This machine has no address {host}; use --host 127.0.0.1, or 0.0.0.0 for all."
    )


@contextmanager
def _calm_signals() -> Iterator[None]:
    """Uvicorn shuts down on a signal and then raises it again; here the second one does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)
