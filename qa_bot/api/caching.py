"""Replies that depend on the index alone: an ETag by generation, and 304 where nothing has changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from qa_bot import __version__
from qa_bot.bot import Bot

__all__ = ["etag", "json_reply", "not_modified"]


def etag(bot: Bot) -> str:
    """The tag of everything that is read from a generation of the index by this version of the program.

    Today is part of it: whether a work has expired is told by the day. It is a weak one, since the time
    that an answer took differs.
    """
    return f'W/"{bot.generation.folder.name}-{__version__}-{date.today():%Y%m%d}"'


def not_modified(request: Request, bot: Bot) -> Response | None:
    """304 where the client holds what would be sent, else `None`."""
    tag = etag(bot)
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    # weak comparison (RFC 9110, 13.1.2)
    if "*" in held or tag.removeprefix("W/") in [one.removeprefix("W/") for one in held]:
        return Response(status_code=304, headers=_headers(tag))
    return None


def json_reply(
    request: Request,
    bot: Bot,
    body: Any,  # noqa: ANN401 - whatever JSON holds
) -> Response:
    """`body` as JSON that may be kept and asked for again; to a GET 304 where the client holds it."""
    if request.method != "GET":
        return JSONResponse(body, headers={"Cache-Control": "no-store"})
    return not_modified(request, bot) or JSONResponse(body, headers=_headers(etag(bot)))


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "no-cache"}
