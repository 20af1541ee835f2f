"""What is done to replies on their way out: security headers, and our own words in Gradio's page."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_bot.web.wording import Language, language_of

__all__ = ["Opening", "SecurityHeaders"]

# Gradio's script builds functions from text and its components set styles of their own; what
# matters here is that the browser may talk to this server only.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'self'"
)
_CROSS_ORIGIN = "access-control-allow-"
# What the page never asks for.
_DEVICES = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
# <meta property="og:title" content="Gradio"> and its like, with pictures on another host
_PREVIEW = re.compile(r'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')
_BODY = re.compile(r"<body[^>]*>")
_LANGUAGE = re.compile(r'(<html\s+lang=")[^"]*')


class SecurityHeaders:
    """Adds the security headers to every reply that does not set them itself, and takes Gradio's leave from others.

    Gradio lets any origin read a reply, with the reader's own sign-in: no page but ours has a reason to.

    A plain ASGI middleware: Starlette's own kind would hold back Gradio's event stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the reply."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [one for one in headers if one.startswith(_CROSS_ORIGIN)]:
                    del headers[name]
                headers.setdefault("Content-Security-Policy", _POLICY)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                # For browsers that do not know `frame-ancestors`.
                headers.setdefault("X-Frame-Options", "SAMEORIGIN")
                headers.setdefault("Permissions-Policy", _DEVICES)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class Opening:
    """Puts our style and script into the HTML of the chat page.

    Gradio's own way (`head=`) is too late: it adds them when it has already picked a language, by a
    list of its own in which `zh`, `zh-HK` and `zh-Hans-CN` are missing, so that these readers would
    get English. Here the server decides, by the same rule as for the answers. A page that does not
    look as expected is passed on as it is.

    Args:
        app: to pass requests on to.
        first: what comes first in the head, for a language.
        last: what comes last in the body: a style there outweighs those that Gradio loads later.
        before: called before the page is made, in a thread of its own.
        notice: what comes first in the body, if there is anything to say.
    """

    def __init__(
        self,
        app: ASGIApp,
        first: Callable[[Language], str],
        last: str,
        before: Callable[[], None] = lambda: None,
        notice: Callable[[], str] = lambda: "",
    ) -> None:
        self._app = app
        self._first = first
        self._last = last
        self._before = before
        self._notice = notice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; rewrite the reply if it is the chat page."""
        if scope["type"] != "http" or scope["path"] != f"{scope.get('root_path', '')}/":
            await self._app(scope, receive, send)
            return
        await run_in_threadpool(self._before)
        language = language_of(Headers(scope=scope))
        start: Message = {}
        body = b""

        async def hold(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            headers = MutableHeaders(scope=start)
            if headers.get("content-type", "").startswith("text/html"):
                body = self._rewritten(body.decode("utf-8"), language).encode("utf-8")
                headers["Content-Length"] = str(len(body))
                headers["Vary"] = "Accept-Language, Cookie"
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, hold)

    def _rewritten(self, page: str, language: Language) -> str:
        page = _PREVIEW.sub("", page)
        page = _LANGUAGE.sub(r"\g<1>zh-CN" if language == "zh" else r"\g<1>en", page, count=1)
        page = page.replace("<head>", f"<head>{self._first(language)}", 1)
        page = _BODY.sub(lambda found: found[0] + self._notice(), page, count=1)
        front, end, back = page.rpartition("</body>")
        return f"{front}{self._last}{end}{back}" if end else page
