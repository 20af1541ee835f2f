"""The OpenAPI description, with examples that are true of the corpus in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from qa_bot import __version__
from qa_bot.api.documents import clause_in_place, document_in_full, documents_in_short
from qa_bot.api.problems import PROBLEM_JSON, TITLES
from qa_bot.bot import Bot
from qa_bot.filters import Filters

__all__ = ["describe"]

_TITLE = "公报问答 · Gazette answers"
_ABOUT = (
    "逐字引用政府公报条文来回答，并注明出处；没有就说没有。没有生成的文字。/ "
    "Answers from government gazettes by quoting clauses word for word, with a citation, or by saying that "
    "there is none. No text is generated. Error replies are application/problem+json (RFC 9457); replies to GET "
    "carry an ETag by index generation."
)
_TAGS = [
    {"name": "ask", "description": "提问、免罚事项 / Questions and penalty exemptions."},
    {"name": "read", "description": "条文和文件 / Clauses and documents."},
    {"name": "verify", "description": "核对引文 / Comparing quotes with the corpus."},
    {"name": "run", "description": "运维 / Running the server."},
]


def describe(bot: Bot, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI description of routes.

    Guarantees: every operation has an example of its reply, made by the bot from its corpus, and every
    parameter that must be given one of its value; errors are described as problem details.
    """
    schema: dict[str, Any] = get_openapi(
        title=_TITLE,
        version=__version__,
        summary="Verbatim answers from government gazettes",
        description=_ABOUT,
        routes=routes,
        tags=_TAGS,
    )
    examples = _examples(bot)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            given, got = examples.get((method, path), ({}, None))
            _give(operation, given)
            for status, response in operation["responses"].items():
                if status.isdecimal() and int(status) >= 400:
                    _as_problem(int(status), response, path)
                elif got is not None and "application/json" in response.get("content", {}):
                    response["content"]["application/json"]["example"] = got
                elif not response.get("content"):
                    response.pop("content", None)
    return schema


def _give(operation: dict[str, Any], given: dict[str, Any]) -> None:
    """Put what is asked for into the description of the parameters and the body."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given:
            parameter["example"] = given[parameter["name"]]
    if "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["example"] = given


def _as_problem(status: int, response: dict[str, Any], path: str) -> None:
    content = response["content"].pop("application/json")
    name, title = TITLES[status]
    content["example"] = {
        "type": f"urn:qa-bot:problem:{name}",
        "title": title,
        "status": status,
        "detail": response["description"],
        "instance": path,
    }
    response["content"][PROBLEM_JSON] = content


_Example = tuple[dict[str, Any], Any]


def _examples(bot: Bot) -> dict[tuple[str, str], _Example]:
    """What is given to each operation, and what comes of it."""
    by_kind = bot.examples()
    question = next((asked for some in by_kind.values() for asked in some), "公报")
    reply = bot.trace(question, 1).reply
    asked = reply.to_json() | {"elapsed_ms": 20.0}
    near = (*reply.answers, *reply.suggestions)[0]
    clause_id, document_id = near.clause.id, near.document.id
    listed = documents_in_short(bot, Filters())
    text = f"“{near.quote}”（{near.citation}）"
    exemptions = _exemptions(bot)
    generation = bot.generation.folder.name
    ready = {"status": "ready", "generation": generation, "version": __version__, "newer": None}
    verified = bot.verify(text).to_json() | {"elapsed_ms": 2.0}
    return {
        ("get", "/api/ask"): ({"q": question, "count": 1}, asked),
        ("post", "/api/ask"): ({"q": question, "count": 1, "history": []}, asked),
        ("get", "/api/clauses/{clause_id}"): (
            {"clause_id": clause_id},
            clause_in_place(bot, clause_id),
        ),
        ("get", "/api/documents"): ({}, listed | {"documents": listed["documents"][:2]}),
        ("get", "/api/documents/{document_id}"): (
            {"document_id": document_id},
            document_in_full(bot, document_id),
        ),
        ("get", "/api/exemptions"): exemptions,
        ("get", "/api/verify"): ({"text": text}, verified),
        ("post", "/api/verify"): ({"text": text}, verified),
        ("get", "/healthz"): ({}, {"status": "ok"}),
        ("get", "/readyz"): ({}, ready),
    }


def _exemptions(bot: Bot) -> _Example:
    given = {"q": "未按规定备案", "count": 1}
    found = bot.exemptions(str(given["q"]))
    body = {"total": len(found), "exemptions": [one.to_json() for one in found[:1]], "note": None}
    return given, body
