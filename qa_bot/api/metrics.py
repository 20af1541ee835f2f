"""What is counted, for Prometheus: requests, questions, how long each stage took, which index is in use."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_bot import __version__
from qa_bot.bot import Bot, Trace

__all__ = ["CountRequests", "Metrics"]

# Seconds; a question takes some 20 to 200 ms.
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """The counters of one application, in a registry of its own. Safe to use from several threads.

    Guarantees: no question, text or address of a user is in them; labels come from the program alone.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "qa_bot_requests", "Requests by route, method and status.", ("route", "method", "status"),
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "qa_bot_request_seconds", "From request to the begin of its reply.", ("route",),
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._stages = Histogram(
            "qa_bot_stage_seconds", "Time that a stage of answering took.", ("stage",),
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._questions = Counter(
            "qa_bot_questions",
            "Questions by what came of them.",
            ("status",),
            registry=self.registry,
        )
        for status in ("answered", "not_found"):
            self._questions.labels(status)
        self._index = Gauge(
            "qa_bot_index_info", "The generation of the index in use; 1.",
            ("generation", "version", "model"), registry=self.registry,
        )  # fmt: skip
        self._clauses = Gauge("qa_bot_index_clauses", "Clauses held.", registry=self.registry)
        # resident memory, processor time, open files; nothing where there is no /proc
        ProcessCollector(registry=self.registry)

    def asked(self, trace: Trace) -> None:
        """Count a question that was answered, or not."""
        self._questions.labels(trace.reply.status).inc()
        for stage, milliseconds in trace.stages.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, bot: Bot) -> tuple[bytes, str]:
        """Everything in Prometheus' text format, and its media type.

        Args:
            bot: that is in use.
        """
        manifest = bot.generation.manifest
        self._index.clear()
        self._index.labels(bot.generation.folder.name, __version__, manifest.model).set(1)
        self._clauses.set(manifest.clauses)
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class CountRequests:
    """Counts every request of an application by the pattern of its route, never by its address.

    A plain ASGI middleware: Starlette's own kind would hold back Gradio's event stream.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count its reply."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        told = False

        async def counted(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and not told:
                told = True
                taken = time.perf_counter() - began
                self._metrics.requested(_route(scope), scope["method"], message["status"], taken)
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            if not told:
                taken = time.perf_counter() - began
                self._metrics.requested(_route(scope), scope["method"], 500, taken)
            raise


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", None) or "other")
