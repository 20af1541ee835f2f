"""`/language/<zh or en>`: the reader chooses a language, without a script."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from qa_bot.web.wording import COOKIE

__all__ = ["add_language"]

_A_YEAR = 365 * 24 * 3600


def add_language(app: FastAPI) -> None:
    """Add the address to an application: it sets the cookie and leads back to the page that was left."""

    @app.get("/language/{code}", include_in_schema=False)
    def language(code: str, request: Request) -> RedirectResponse:
        reply = RedirectResponse(_back(request), 303)
        if code in ("zh", "en"):
            reply.set_cookie(COOKIE, code, max_age=_A_YEAR, samesite="lax")
        reply.headers["Cache-Control"] = "no-store"
        return reply


def _back(request: Request) -> str:
    """The page of this site that the reader came from; the first one where that is not known."""
    root = f"{request.scope.get('root_path', '')}/"
    try:
        left = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return root
    ours = left.netloc == request.headers.get("host") and left.path.startswith(root)
    if not ours or left.path.startswith("//") or "\\" in left.path:
        return root
    return f"{left.path}?{left.query}" if left.query else left.path
