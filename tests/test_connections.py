"""Connections: who says nothing is cut, nobody has more than a share, and a server that ends answers first."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from qa_bot.api import AtWork
from qa_bot.web import connections
from qa_bot.web.connections import PatientProtocol
from qa_bot.web.server import _Server

GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


class Slow:
    """An application that answers after a while, and never ends a reply at /stream."""

    def __init__(self) -> None:
        self.takes = 0.0
        self.at_work = AtWork()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        streams = scope["path"] == "/stream"
        self.at_work.count += not streams
        try:
            await receive()
            await asyncio.sleep(self.takes)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"done", "more_body": streams})
            while streams:
                await asyncio.sleep(0.05)
        finally:
            self.at_work.count -= not streams


@contextlib.contextmanager
def serving(app):
    listening = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    config = uvicorn.Config(
        app,
        log_level="critical",
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, None, app.at_work)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listening.getsockname(), server, thread
    finally:
        server.should_exit = True
        thread.join(15)
        listening.close()


def said(address):
    with socket.create_connection(address, 5) as client:
        client.sendall(LAST)
        got = b""
        while part := client.recv(65_536):
            got += part
        return got


def is_answered(address):
    """Whether a client is answered, in the time that a busy server needs to see that others have gone."""
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        with contextlib.suppress(ConnectionResetError):
            if b"200 OK" in said(address):
                return True
        time.sleep(0.1)
    return False


def is_cut(client, within):
    client.settimeout(within)
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_who_says_nothing_is_cut(monkeypatch):
    monkeypatch.setattr(connections, "_HEAD_S", 1.0)
    with serving(Slow()) as (address, _, _), socket.create_connection(address) as silent:
        assert not is_cut(silent, 0.1)
        assert is_cut(silent, 5)


def test_who_sends_the_head_byte_by_byte_is_cut(monkeypatch):
    monkeypatch.setattr(connections, "_HEAD_S", 0.4)
    with serving(Slow()) as (address, _, _), socket.create_connection(address) as slow:
        began = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - began < 5:
                slow.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - began < 3


def test_a_long_answer_and_a_kept_connection_are_not_cut(monkeypatch):
    monkeypatch.setattr(connections, "_HEAD_S", 1.5)
    app = Slow()
    app.takes = 2.5
    with serving(app) as (address, _, _), socket.create_connection(address, 5) as client:
        for _ in range(2):
            client.sendall(GET)
            got = b""
            while not got.endswith(b"0\r\n\r\n"):
                got += client.recv(65_536)
            assert b"200 OK" in got
        assert is_cut(client, 5), "a connection that is kept has to ask again in time"


def test_no_client_has_more_than_its_share_of_connections(monkeypatch):
    monkeypatch.setattr(connections, "_most_connections", lambda: 10)
    monkeypatch.setattr(connections, "is_local", lambda host: False)
    with serving(Slow()) as (address, _, _), contextlib.ExitStack() as held:
        mine = [held.enter_context(socket.create_connection(address)) for _ in range(5)]
        time.sleep(0.2)
        assert is_cut(held.enter_context(socket.create_connection(address)), 2)
        assert not any(is_cut(one, 0.01) for one in mine)
        for one in mine:
            one.close()
        assert is_answered(address)
        assert not connections._HELD or max(connections._HELD.values()) <= 1


def test_connections_never_use_up_what_the_process_may_open(monkeypatch):
    monkeypatch.setattr(connections, "_most_connections", lambda: 20)
    with serving(Slow()) as (address, _, _), contextlib.ExitStack() as held:
        clients = [held.enter_context(socket.create_connection(address)) for _ in range(60)]
        time.sleep(1)
        assert sum(is_cut(one, 0.02) for one in clients) == 40
        for one in clients[:20]:
            one.close()
        assert is_answered(address)


def test_a_server_that_ends_answers_first():
    app = Slow()
    app.takes = 1.0
    with serving(app) as (address, server, thread), contextlib.ExitStack() as held:
        stream = held.enter_context(socket.create_connection(address))
        stream.sendall(GET.replace(b"GET /", b"GET /stream"))
        held.enter_context(socket.create_connection(address))  # says nothing
        answers = []
        asking = threading.Thread(target=lambda: answers.append(said(address)))
        asking.start()
        time.sleep(0.4)
        server.should_exit = True
        began = time.monotonic()
        asking.join(10)
        thread.join(10)
        assert [b"done" in one for one in answers] == [True]
        assert not thread.is_alive()
        assert time.monotonic() - began < 5
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset
            said(address)


def test_a_server_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr("qa_bot.web.server._DRAIN_S", 0.5)
    app = Slow()
    app.takes = 60
    with serving(app) as (address, server, thread), socket.create_connection(address) as client:
        client.sendall(GET)
        time.sleep(0.3)
        server.should_exit = True
        thread.join(5)
        assert not thread.is_alive()
