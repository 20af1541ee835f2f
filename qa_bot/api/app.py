"""The HTTP API and the MCP server as one application, alone or within another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound, Route
from starlette.types import Receive, Scope, Send

from qa_bot.api.admission import Admission, AtWork, Gate, is_work
from qa_bot.api.clients import Access, RateLimit
from qa_bot.api.limits import BodyLimit
from qa_bot.api.mcp_server import MCPDoor
from qa_bot.api.metrics import CountRequests, Metrics
from qa_bot.api.operations import operation_routes
from qa_bot.api.problems import add_problems
from qa_bot.api.routes import api_routes
from qa_bot.living import Living

__all__ = ["add_api", "create_api"]

_FIRST = ("api", "healthz", "readyz", "metrics", "mcp")


def create_api(
    living: Living,
    host: str = "127.0.0.1",
    gate: Gate | None = None,
    access: Access | None = None,
) -> FastAPI:
    """The API alone: `/api/…`, `/healthz`, `/readyz`, `/metrics` and `/mcp`.

    Guarantees: an error of any kind is a problem (RFC 9457), `/mcp` excepted, which speaks JSON-RPC.

    Args:
        living: the index in use.
        host: address that is listened at; at a loopback address `/mcp` takes requests to it alone
            (against DNS rebinding).
        gate: how many requests are worked on at once, and how many wait; by the cores of this machine if
            not given.
        access: how much one address may ask.
    """
    metrics = Metrics()
    api = _application(living, metrics, host)
    _add_doors(api, metrics, gate, access)
    return api


def add_api(
    app: FastAPI,
    living: Living,
    host: str = "127.0.0.1",
    gate: Gate | None = None,
    access: Access | None = None,
) -> None:
    """Serve the API within another application, at the same addresses.

    Guarantees: routes and errors of the other application stay as they are; its requests are counted, limited
    and wait for their turn, too. Routes that it already has go first. `app.state.at_work` tells how many
    requests are not answered yet.

    Args:
        app: the application.
        living: as of `create_api`.
        host: as of `create_api`.
        gate: as of `create_api`.
        access: as of `create_api`.
    """
    metrics = Metrics()
    api = _application(living, metrics, host)
    app.router.routes.append(_Within(api))
    _add_doors(app, metrics, gate, access)
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def both(one: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - an application's own state
        async with outer(one) as state, api.router.lifespan_context(api):
            yield state

    app.router.lifespan_context = both


def _add_doors(app: FastAPI, metrics: Metrics, gate: Gate | None, access: Access | None) -> None:
    """What a request goes through first, the last to be added first of all."""
    app.state.at_work = AtWork()
    app.add_middleware(BodyLimit)
    app.add_middleware(Admission, gate=gate, at_work=app.state.at_work)
    if most := (access or Access()).per_minute:
        app.add_middleware(RateLimit, per_minute=most, counts=is_work)
    app.add_middleware(CountRequests, metrics=metrics)


def _application(living: Living, metrics: Metrics, host: str) -> FastAPI:
    door = MCPDoor(living, host)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        living.listener = metrics.asked
        async with door.open():
            yield

    # Without the interactive documents: they load their script from a CDN.
    api = FastAPI(
        title="公报问答", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    routes = api_routes(living)
    run = operation_routes(living, metrics, routes)
    api.include_router(run)
    api.include_router(routes)
    api.router.routes.append(Route("/mcp", door))
    add_problems(api, [*routes.routes, *run.routes])
    return api


class _Within(BaseRoute):
    """Gives whatever is under the API's addresses to its application, the address unchanged."""

    def __init__(self, api: FastAPI) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the first step of the address is one of the API's."""
        if scope["type"] == "http":
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            first = path.lstrip("/").partition("/")[0]
            if first in _FIRST:
                return Match.FULL, {}
        return Match.NONE, {}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:  # noqa: ANN401
        """Nothing here has a name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        await self._api(scope, receive, send)
