"""Admission: few requests are worked on at once, some wait in order, and the rest are told to come back."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import anyio
from anyio.lowlevel import RunVar
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_bot.api.limits import MAX_BODY
from qa_bot.api.problems import problem
from qa_bot.encoder import usable_cores
from qa_bot.search import UNTIL

__all__ = ["WORK", "Admission", "AtWork", "Gate", "is_work"]

#: First steps of the addresses behind which something is searched, compared or rendered. What is not among
#: them (files of the page, signs of life, metrics) never waits.
WORK = (
    "/api/ask", "/api/clauses", "/api/documents", "/api/exemptions", "/api/verify", "/mcp", "/gradio_api/run",
    "/exemptions", "/verify", "/issue", "/document", "/clause", "/feedback",
)  # fmt: skip
# Of the waiting a single address may be so many parts of all.
_SHARE = 0.5


@dataclass(slots=True)
class _Line:
    """Who is at work and who waits, in one event loop."""

    places: anyio.CapacityLimiter
    waiting: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Gate:
    """How many are let through.

    More at once than there are cores make each other slow and answer no more in a second
    (docs/performance.md): threads share the interpreter's lock, the processor's caches and the encoder.

    Attributes:
        at_once: requests that are worked on at the same time.
        waiting: requests that wait at most; one more gets 503. One address may have half of them.
        patience: seconds that one waits at most before it gets 503, and that a body may take to come.
        answer: seconds that a question may take when it is its turn (`qa_bot.search.UNTIL`).
    """

    at_once: int = field(default_factory=lambda: usable_cores() + 1)
    waiting: int = 256
    patience: float = 20.0
    answer: float = 10.0


@dataclass(slots=True)
class AtWork:
    """How many requests have come and are not wholly answered yet, waiting ones among them."""

    count: int = 0


def is_work(scope: Scope, work: Iterable[str] = WORK) -> bool:
    """Whether a request is for something that is searched, compared or rendered."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return any(path == one or path.startswith((f"{one}/", f"{one}.")) for one in work)


class Admission:
    """Lets requests through to an application in the order in which they came.

    A request takes its place when its body is there, so that a client that sends slowly holds up nobody, and
    leaves it when its reply begins, so that one that reads slowly does not either. Who goes away while
    waiting is forgotten. A plain ASGI middleware: Starlette's own kind would hold back streamed replies.

    Args:
        app: to pass requests on to.
        gate: how many.
        work: first steps of the addresses that count.
        at_work: is kept up to date.
    """

    def __init__(
        self,
        app: ASGIApp,
        gate: Gate | None = None,
        work: Iterable[str] = WORK,
        at_work: AtWork | None = None,
    ) -> None:
        self._app = app
        self._gate = gate or Gate()
        self._work = tuple(work)
        self._at_work = at_work or AtWork()
        self._line: RunVar[_Line] = RunVar("line")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn."""
        if scope["type"] != "http" or not is_work(scope, self._work):
            await self._app(scope, receive, send)
            return
        self._at_work.count += 1
        try:
            await self._in_turn(scope, receive, send)
        finally:
            self._at_work.count -= 1

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > MAX_BODY:
            await self._app(scope, receive, send)  # which refuses it unread
            return
        body = _Body(receive)
        with anyio.move_on_after(self._gate.patience) as coming:
            if not await body.read():
                return
        if coming.cancelled_caught:
            await self._late(scope, receive, send)
            return
        turn = object()
        line = self._here()
        if not await self._admitted(line, turn, scope, body, send):
            return
        held = True

        async def released(message: Message) -> None:
            nonlocal held
            if held and message["type"] == "http.response.start":
                held = False
                line.places.release_on_behalf_of(turn)
            await send(message)

        until = UNTIL.set(time.perf_counter() + self._gate.answer)
        try:
            await self._app(scope, body.again, released)
        finally:
            UNTIL.reset(until)
            if held:
                line.places.release_on_behalf_of(turn)

    def _here(self) -> _Line:
        line = self._line.get(None)
        if line is None:
            line = _Line(anyio.CapacityLimiter(self._gate.at_once))
            self._line.set(line)
        return line

    async def _admitted(
        self, line: _Line, turn: object, scope: Scope, body: _Body, send: Send
    ) -> bool:
        """Whether it is the request's turn now; otherwise it was told to come back, or has gone."""
        try:
            line.places.acquire_on_behalf_of_nowait(turn)
        except anyio.WouldBlock:
            pass
        else:
            return True
        client = str((scope.get("client") or ("",))[0])
        most = math.ceil(self._gate.waiting * _SHARE)
        if line.waiting.total() >= self._gate.waiting or line.waiting[client] >= most:
            await self._busy(scope, body.again, send)
            return False
        line.waiting[client] += 1
        admitted = False
        try:
            with anyio.move_on_after(self._gate.patience):
                async with anyio.create_task_group() as both:
                    both.start_soon(body.leave, both.cancel_scope)
                    await line.places.acquire_on_behalf_of(turn)
                    admitted = True
                    both.cancel_scope.cancel()
        finally:
            line.waiting -= Counter({client: 1})
        if not admitted and not body.gone:
            await self._busy(scope, body.again, send)
        return admitted

    async def _busy(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = problem(
            Request(scope),
            503,
            "现在问的人太多，请几秒后再问 / Too many are asking just now: try again in a few seconds.",
            {"Retry-After": "2"},
        )
        await reply(scope, receive, send)

    async def _late(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = problem(
            Request(scope),
            408,
            f"请求 {self._gate.patience:g} 秒内没有发完，请重发 / "
            f"The request did not arrive within {self._gate.patience:g} seconds: send it again.",
            {"Connection": "close"},
        )
        await reply(scope, receive, send)


class _Body:
    """The body of a request, read before it is passed on."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._held: list[Message] = []
        self.gone = False

    async def read(self) -> bool:
        """Read all of it, or so much that it is too large; whether the client is still there."""
        size = 0
        while True:
            message = await self._receive()
            self._held.append(message)
            if message["type"] == "http.disconnect":
                self.gone = True
                return False
            size += len(message.get("body", b""))
            if not message.get("more_body") or size > MAX_BODY:
                return True

    async def leave(self, scope: anyio.CancelScope) -> None:
        """Cancel a scope when the client goes away."""
        message = await self._receive()
        self._held.append(message)
        if message["type"] == "http.disconnect":
            self.gone = True
            scope.cancel()

    async def again(self) -> Message:
        """What was read, message by message, and then what comes after it."""
        return self._held.pop(0) if self._held else await self._receive()
