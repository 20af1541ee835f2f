"""The web application: the chat page, the clause page, and beside them the API and the MCP server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from qa_bot.api import Access, Gate, SignedIn, add_api
from qa_bot.bot import Bot
from qa_bot.evaluate.report import last_page
from qa_bot.feedback import FeedbackStore
from qa_bot.living import Living
from qa_bot.web.browse_pages import add_browse
from qa_bot.web.chat import build_chat, opening, style, theme
from qa_bot.web.degraded import add_degraded, banner
from qa_bot.web.exemption_pages import add_exemptions
from qa_bot.web.feedback_pages import add_feedback
from qa_bot.web.language import add_language
from qa_bot.web.middleware import Opening, SecurityHeaders
from qa_bot.web.page_texts import PageTexts
from qa_bot.web.templating import render, static
from qa_bot.web.verify_pages import add_verify
from qa_bot.web.wording import Wording, language_of

__all__ = ["create_app"]

# A report has a style and nothing else; only the chat page may frame it.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_LOOKS_EVERY = 0.05
_T = TypeVar("_T")
_ICON = Path(__file__).resolve().parent / "static" / "favicon.png"


def create_app(
    living: Living | Bot,
    app: FastAPI | None = None,
    reports: Path | None = None,
    feedback: FeedbackStore | None = None,
    host: str = "127.0.0.1",
    gate: Gate | None = None,
    access: Access | None = None,
) -> FastAPI:
    """The application: the page at `/`, `/issue/<id>`, `/document/<id>`, `/clause/<id>`, `/exemptions.csv` and its like, the last evaluation at `/report`, and the API (`qa_bot.api`).

    Args:
        living: the index in use; a bot is one that never changes.
        app: an application to add the page to; its own routes go first. A new one if not given.
        reports: folder of the evaluations; the last of them is shown.
        feedback: where what readers say of answers is kept; they are not asked if not given.
        host: address that is listened at (`qa_bot.api.add_api`).
        gate: how many requests are worked on at once (`qa_bot.api.add_api`).
        access: who is let in, and how often; where proxies or a user's field count, the application is to be
            wrapped in `qa_bot.api.Peers`, as `qa_bot.web.serve` does.

    Guarantees: the page makes the browser load nothing from another host, and forbids it to.
    """
    if not isinstance(living, Living):
        living = Living.of(living)
    if app is None:
        # Without the interactive documents: they load their script from a CDN.
        app = FastAPI(title="公报问答", docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/report", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def report(request: Request) -> HTMLResponse:
        headers = {"Content-Security-Policy": _REPORT_POLICY, "Cache-Control": "no-cache"}
        page = last_page(reports) if reports else None
        if page is not None:
            return HTMLResponse(page, headers=headers)
        words = Wording(language_of(request.headers))
        text = render("no_report.html", words, root="", style=static("clause.css"))
        return HTMLResponse(text, headers=headers | {"Vary": "Accept-Language, Cookie"})

    add_degraded(app)
    add_browse(app, living)
    add_exemptions(app, living)
    add_verify(app, living)
    if feedback is not None:
        add_feedback(app, living, feedback)
    add_api(app, living, host, gate, access)
    add_language(app)
    texts = PageTexts(living)
    page = _within_a_loop(lambda: _mounted(app, build_chat(living, texts, feedback is not None)))
    app.add_middleware(
        Opening,
        first=opening,
        last=style(),
        before=lambda: texts.refresh(page),
        notice=lambda: banner(living),
    )
    if access and access.user_header:
        app.add_middleware(SignedIn, field=access.user_header)
    app.add_middleware(SecurityHeaders)
    return app


def _mounted(app: FastAPI, page: gr.Blocks) -> gr.Blocks:
    gr.mount_gradio_app(
        app,
        page,
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
    # Gradio looks for queued events a thousand times a second, which takes 7 % of a core; this page queues none.
    page._queue.sleep_when_free = _LOOKS_EVERY
    return page


def _within_a_loop(work: Callable[[], _T]) -> _T:
    """What `work` gives while an event loop runs: without one Gradio opens one for each lock and leaks it."""

    async def inside() -> _T:
        return work()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(inside())
    return work()
