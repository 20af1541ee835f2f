"""The web application: the chat page, the clause page, and a sign of life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from qa_bot.bot import Bot
from qa_bot.errors import NotFoundError
from qa_bot.evaluate.report import last_page
from qa_bot.web.chat import build_chat, opening, style, theme
from qa_bot.web.clause_page import CONTENT_POLICY, clause_page, missing_page
from qa_bot.web.exemption_pages import add_exemptions
from qa_bot.web.language import add_language
from qa_bot.web.middleware import Opening, SecurityHeaders
from qa_bot.web.templating import render, static
from qa_bot.web.verify_pages import add_verify
from qa_bot.web.wording import Wording, language_of

__all__ = ["create_app"]

# A report has a style and nothing else; only the chat page may frame it.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_ICON = Path(__file__).resolve().parent / "static" / "favicon.png"


def create_app(bot: Bot, app: FastAPI | None = None, reports: Path | None = None) -> FastAPI:
    """The application: the page at `/`, `/clause/<id>`, `/exemptions.csv` and its like, the last evaluation at `/report`, and `/healthz`.

    Args:
        bot: that answers.
        app: an application to add the page to; its own routes go first. A new one if not given.
        reports: folder of the evaluations; the last of them is shown.

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
        words = Wording(language_of(request.headers))
        root = f"{request.scope.get('root_path', '')}/"
        headers = {"Content-Security-Policy": CONTENT_POLICY, "Vary": "Accept-Language, Cookie"}
        try:
            return HTMLResponse(clause_page(bot, clause_id, words, root), headers=headers)
        except NotFoundError:
            return HTMLResponse(missing_page(clause_id, words, root), 404, headers=headers)

    @app.get("/report", response_class=HTMLResponse)
    def report(request: Request) -> HTMLResponse:
        headers = {"Content-Security-Policy": _REPORT_POLICY, "Cache-Control": "no-cache"}
        page = last_page(reports) if reports else None
        if page is not None:
            return HTMLResponse(page, headers=headers)
        words = Wording(language_of(request.headers))
        text = render("no_report.html", words, root="", style=static("clause.css"))
        return HTMLResponse(text, headers=headers | {"Vary": "Accept-Language, Cookie"})

    add_exemptions(app, bot)
    add_verify(app, bot)
    add_language(app)
    app.add_middleware(Opening, first=opening, last=style())
    app.add_middleware(SecurityHeaders)
    _within_a_loop(lambda: _mount_chat(app, bot))
    return app


def _mount_chat(app: FastAPI, bot: Bot) -> None:
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
    )


def _within_a_loop(work: Callable[[], None]) -> None:
    """Do `work` while an event loop runs: else Gradio opens one for each lock and leaks it."""

    async def inside() -> None:
        work()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(inside())
    else:
        work()
