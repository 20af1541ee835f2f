"""How large a request may be."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_bot.api.problems import problem

__all__ = ["MAX_BODY", "BodyLimit"]

#: Bytes of a request's body at most: the longest text to verify and the longest history take less.
MAX_BODY = 1_000_000


class BodyLimit:
    """Refuses requests with a larger body with 413, before it is read where its length is told.

    A plain ASGI middleware: Starlette's own kind would hold back streamed replies.
    """

    def __init__(self, app: ASGIApp, most: int = MAX_BODY) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > self._most:
            await problem(Request(scope), 413, self._message())(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise HTTPException(413, self._message())
            return message

        await self._app(scope, counted, send)

    def _message(self) -> str:
        return (
            f"请求体最多 {self._most} 字节；请缩短 / "
            f"The body of a request may have {self._most} bytes at most: shorten it."
        )
