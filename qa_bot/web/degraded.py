"""What pages say while the store of the index does not answer: that the service is degraded, in both languages."""

from __future__ import annotations

from html import escape

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from qa_bot.errors import StoreError
from qa_bot.living import Living
from qa_bot.web.templating import render, static
from qa_bot.web.wording import Wording, language_of

__all__ = ["add_degraded", "banner"]

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
# White on dark red: 7.9:1.
_STYLE = "margin:0;padding:10px 20px;background:#9f1f1c;color:#fff;text-align:center;font:16px/1.6 sans-serif"


def banner(living: Living) -> str:
    """What stands first on the chat page; nothing while the store answers."""
    if living.degraded is None:
        return ""
    chinese, english = (escape(Wording(language)("degraded_banner")) for language in ("zh", "en"))
    return (
        f'<p id="qa-degraded" role="status" style="{_STYLE}"><span lang="zh-CN">{chinese}</span> '
        f'<span lang="en">{english}</span></p>'
    )


def add_degraded(app: FastAPI) -> None:
    """Let every page that cannot be read from the store say so, with 503."""

    @app.exception_handler(StoreError)
    def degraded(request: Request, error: StoreError) -> Response:
        words = Wording(language_of(request.headers))
        page = render(
            "missing.html", words, root=f"{request.scope.get('root_path', '')}/",
            style=static("clause.css"), head=words("degraded"), more=words.of_error(str(error)),
            near=[],
        )  # fmt: skip
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(page, 503, headers=headers)
