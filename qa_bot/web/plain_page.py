"""Plain pages beside Gradio's: their headers, and a reply that the browser need not load twice."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from qa_bot.web.wording import Wording, language_of

__all__ = ["content_policy", "reader", "reply", "root_of"]


def content_policy(script: str, style: str) -> str:
    """A policy by which the browser runs this script and this style and nothing else, whatever a corpus may hold."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def reader(request: Request) -> Wording:
    """The texts in the language of the reader."""
    return Wording(language_of(request.headers))


def root_of(request: Request) -> str:
    """The address of the chat page, with a slash at the end."""
    return f"{request.scope.get('root_path', '')}/"


def reply(
    request: Request,
    page: str,
    policy: str,
    status: int = 200,
    more: Mapping[str, str] | None = None,
) -> Response:
    """A page as a reply.

    Guarantees: it carries an ETag of its content, and a browser that has the page gets 304 without a body.
    """
    tag = f'"{hashlib.sha256(page.encode("utf-8", "replace")).hexdigest()[:24]}"'
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "ETag": tag,
        "Vary": "Accept-Language, Cookie",
        **(more or {}),
    }
    known = request.headers.get("if-none-match", "")
    if status == 200 and tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(page, status, headers=headers)
