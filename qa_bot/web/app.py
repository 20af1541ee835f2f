"""The web application: the chat page, the clause page, and a sign of life."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_bot.bot import Bot
from qa_bot.errors import NotFoundError
from qa_bot.web.chat import build_chat, head, theme
from qa_bot.web.clause_page import CONTENT_POLICY, clause_page, missing_page
from qa_bot.web.wording import Wording, reader_language

__all__ = ["create_app"]

_ICON = Path(__file__).resolve().parent / "static" / "favicon.png"
# Gradio's script builds functions from text and its components set styles of their own; what
# matters here is that the browser may talk to this server only.
_CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; form-action 'self'"
)


class _Headers:
    """Adds the security headers to every reply that does not set them itself.

    A plain ASGI middleware: Starlette's own kind would hold back Gradio's event stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _CHAT_POLICY)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def create_app(bot: Bot, app: FastAPI | None = None) -> FastAPI:
    """The application, with the chat at `/`, clauses at `/clause/<id>` and `/healthz`.

    Args:
        bot: that answers.
        app: an application to add the page to; its own routes go first. A new one if not given.

    Guarantees: the page makes the browser load nothing from another host, and forbids it to.
    """
    if app is None:
        # Without the interactive documents: they load their script from a CDN.
        app = FastAPI(title="公报问答", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/clause/{clause_id:path}", response_class=HTMLResponse)
    def clause(clause_id: str, request: Request) -> HTMLResponse:
        words = Wording(reader_language(request.headers.get("accept-language")))
        root = f"{request.scope.get('root_path', '')}/"
        headers = {"Content-Security-Policy": CONTENT_POLICY, "Vary": "Accept-Language"}
        try:
            return HTMLResponse(clause_page(bot, clause_id, words, root), headers=headers)
        except NotFoundError:
            return HTMLResponse(missing_page(clause_id, words, root), 404, headers=headers)

    app.add_middleware(_Headers)
    gr.mount_gradio_app(
        app,
        build_chat(bot),
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        show_error=False,
        max_file_size=1,  # nobody has a file to send
        favicon_path=str(_ICON),
        theme=theme(),
        head=head(),
    )
    return app
