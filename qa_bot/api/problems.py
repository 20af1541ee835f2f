"""Errors as problem details (RFC 9457): what was wrong, in Chinese and in English, and never a traceback."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from qa_bot.errors import (
    FilterError,
    InputError,
    ModelError,
    NotFoundError,
    QaBotError,
    TooSlowError,
)
from qa_bot.errors import GazetteIndexError as _IndexError

__all__ = ["PROBLEM_JSON", "UnknownId", "add_problems", "problem"]

PROBLEM_JSON = "application/problem+json"
#: A title for each status; `type` is `urn:qa-bot:problem:` and the name.
TITLES: Mapping[int, tuple[str, str]] = {
    400: ("malformed", "请求读不懂 / The request cannot be read"),
    401: ("sign-in", "要先登录 / Sign in first"),
    404: ("not-found", "没有这个资源 / Not found"),
    405: ("method-not-allowed", "不能用这种方法 / Method not allowed"),
    408: ("timeout", "请求没有发完 / The request did not arrive"),
    413: ("too-large", "请求过大 / The request is too large"),
    422: ("invalid", "请求有误 / The request cannot be served as it stands"),
    429: ("too-many", "问得太频繁 / Too many requests"),
    500: ("internal", "服务器出错 / Internal error"),
    503: ("unavailable", "暂时不能用 / Not available now"),
}
# What pydantic finds wrong, in Chinese; its own words where it is none of these.
_CHINESE: Mapping[str, str] = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这个参数",
    "string_too_long": "太长",
    "string_too_short": "太短",
    "string_type": "应为文字",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "too_long": "太多",
    "model_attributes_type": "应为 JSON 对象",
    "json_invalid": "不是 JSON",
    "date_from_datetime_parsing": "应为日期，如 2019-04-12",
    "date_parsing": "应为日期，如 2019-04-12",
}
_LOG = logging.getLogger(__name__)


class UnknownId(NotFoundError):
    """An id that does not exist here.

    Attributes:
        near: ids that it may have meant, the likeliest first.
    """

    def __init__(self, message: str, near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


def problem(
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401 - extension members of a problem
) -> JSONResponse:
    """A reply with problem details.

    Args:
        request: that could not be served.
        status: of the reply.
        detail: what was wrong and what to do, Chinese first.
        headers: of the reply besides.
        more: extension members, `near` and `errors`.
    """
    name, title = TITLES.get(status, ("other", "请求未完成 / The request was not served"))
    body = {
        "type": f"urn:qa-bot:problem:{name}",
        "title": title,
        "status": status,
        "detail": _in_one_line(detail),
        "instance": quote(request.scope["path"].encode("utf-8", "replace"), safe="/~:@!$&'()*+,;="),
        **more,
    }
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(body, status, headers=kept, media_type=PROBLEM_JSON)


def add_problems(api: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Let every error of an application become a problem; an unexpected one is logged.

    Args:
        api: the application.
        routes: that it has; what they take is told where a method is not.
    """

    @api.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [_part(one) for one in error.errors()]
        said = "; ".join(f"{one['where']}: {one['message']}" for one in errors[:5])
        chinese = "；".join(
            f"{one['where']}：{_CHINESE.get(one['type'], one['message'])}" for one in errors[:5]
        )
        malformed = any(one["type"] == "json_invalid" for one in error.errors())
        return problem(
            request,
            400 if malformed else 422,
            f"请求的参数不对：{chinese}；有哪些参数见 /api / These parts of the request are wrong: {said}",
            errors=errors,
        )

    @api.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods(routes, request)) or headers.get("Allow", "")
        return problem(request, error.status_code, _said(error, request), headers)

    @api.exception_handler(QaBotError)
    def ours(request: Request, error: QaBotError) -> JSONResponse:
        if isinstance(error, NotFoundError):
            return problem(request, 404, str(error), near=list(getattr(error, "near", ())))
        if isinstance(error, (InputError, FilterError)):
            return problem(request, 422, str(error))
        _LOG.error("a request failed: %s", error)
        unavailable = isinstance(error, (_IndexError, ModelError, TooSlowError))
        return problem(request, 503 if unavailable else 500, str(error))

    @api.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> JSONResponse:
        return problem(
            request,
            500,
            "服务器出错，已记入日志；请稍后再试 / An internal error; it was logged. Try again later.",
        )


def _in_one_line(text: str) -> str:
    """A text less what breaks lines or is not seen: an address may hold it, `/api/documents/a%0D%0Ab`."""
    return "".join(
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char
        for char in text
    )


def _said(error: HTTPException, request: Request) -> str:
    path = request.scope["path"].encode("utf-8", "replace").decode()[:200]
    if error.status_code == 404:
        return f"没有 {path}；接口见 /api / There is no {path}. What there is: /api"
    if error.status_code == 405:
        return f"{path} 不接受 {request.method} / {path} does not take {request.method}."
    if error.status_code == 400:
        return "请求体不是 UTF-8 的 JSON / The body of the request is no JSON in UTF-8."
    return str(error.detail)


def _part(error: Mapping[str, Any]) -> dict[str, Any]:
    """Which part of a request is wrong, and why; not what it was, which may be long or no text."""
    where = ".".join(str(one) for one in error["loc"])
    printable = where.encode("utf-8", "replace").decode()[:200]
    return {"where": printable, "type": error["type"], "message": str(error["msg"])[:300]}


def _methods(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    """The methods that any route takes at this address; several routes may share one."""
    found: dict[str, None] = {}
    for route in routes:
        match, _ = route.matches(request.scope)
        if match.value:
            found |= dict.fromkeys(sorted(getattr(route, "methods", None) or ()))
    return list(found)
