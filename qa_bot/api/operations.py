"""What those who run the server need: a sign of life, readiness, metrics, the description, a page of it."""

from __future__ import annotations

import threading
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from qa_bot import __version__
from qa_bot.api.caching import json_reply
from qa_bot.api.contract import Health, Problem, Readiness
from qa_bot.api.description import describe
from qa_bot.api.metrics import Metrics
from qa_bot.api.page import CONTENT_POLICY, api_page
from qa_bot.api.problems import problem
from qa_bot.bot import Bot
from qa_bot.living import Living

__all__ = ["operation_routes"]


def operation_routes(living: Living, metrics: Metrics, described: APIRouter) -> APIRouter:
    """`/healthz`, `/readyz`, `/metrics`, `/api/openapi.json` and `/api`.

    Args:
        living: the index in use.
        metrics: to show.
        described: the operations that the description lists beside these.
    """
    router = APIRouter(tags=["run"])
    no_store = {"Cache-Control": "no-store"}

    @router.get("/healthz", response_model=Health)
    async def healthz() -> Response:
        """进程是否活着 / Whether the process is alive."""
        return JSONResponse({"status": "ok"}, headers=no_store)

    @router.get(
        "/readyz",
        response_model=Readiness,
        responses={503: {"model": Problem, "description": "还不能答 / Not ready, and why."}},
    )
    def readyz(request: Request) -> Response:
        """能否答问 / Whether questions are answered, and from which index."""
        trouble = living.trouble()
        if trouble is not None:
            return problem(request, 503, trouble)
        body = {
            "status": "ready",
            "generation": living.generation_name,
            "version": __version__,
            "newer": living.failure,
        }
        return JSONResponse(body, headers=no_store)

    @router.get("/metrics", response_class=PlainTextResponse)
    def shown() -> Response:
        """计量（Prometheus） / What is counted, in Prometheus' text format."""
        text, media = metrics.text(living.now())
        return Response(text, media_type=media, headers=no_store)

    described_routes = [*described.routes, *router.routes]
    made: dict[str, dict[str, Any]] = {}
    lock = threading.Lock()

    def description(bot: Bot) -> dict[str, Any]:
        name = bot.generation.folder.name
        with lock:
            if name not in made:
                made.clear()
                made[name] = describe(bot, described_routes)
            return made[name]

    @router.get("/api/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        bot = living.now()
        return json_reply(request, bot, description(bot))

    @router.get("/api", include_in_schema=False)
    @router.get("/api/", include_in_schema=False)
    def page(request: Request) -> Response:
        text = api_page(description(living.now()), str(request.base_url).rstrip("/"))
        headers = {"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-cache"}
        return HTMLResponse(text, headers=headers)

    return router
