"""The operations under `/api`: every one calls the bot and sends what it gives."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from qa_bot.api.caching import json_reply, not_modified
from qa_bot.api.contract import (
    ClauseInPlace,
    DocumentInFull,
    DocumentList,
    ExemptionList,
    Problem,
    Reply,
    Verification,
)
from qa_bot.api.documents import clause_in_place, document_in_full, documents_in_short
from qa_bot.api.requests import (
    AskBody,
    AskQuery,
    ExemptionQuery,
    FilterQuery,
    VerifyBody,
    VerifyQuery,
)
from qa_bot.bot import check_question
from qa_bot.conversation import read_turns
from qa_bot.living import Living
from qa_bot.lookup import note_on_lists

__all__ = ["api_routes"]

_Responses = dict[int | str, dict[str, Any]]
_WRONG: _Responses = {
    400: {"model": Problem, "description": "请求读不懂 / The request cannot be read."},
    408: {
        "model": Problem,
        "description": "请求没有发完 / The request did not arrive whole in time.",
    },
    422: {"model": Problem, "description": "请求有误 / The request cannot be served as it stands."},
    500: {"model": Problem, "description": "服务器出错 / An internal error."},
    503: {
        "model": Problem,
        "description": "索引或模型不能用，或问的人太多 / Index or model cannot be used, or too many ask.",
    },
}
_KEPT: _Responses = {
    304: {"description": "没有变动 / What the client holds is still right.", "content": {}}
}
_UNKNOWN: _Responses = {404: {"model": Problem, "description": "没有这个编号 / No such id."}}
_LARGE: _Responses = {413: {"model": Problem, "description": "请求过大 / Too large a request."}}


def api_routes(living: Living) -> APIRouter:
    """The operations, over the index in use at each request.

    Guarantees: what `ask` sends is `Reply.to_json()`, as `qa-bot ask --json` prints it.
    """
    router = APIRouter(prefix="/api", responses=_WRONG)

    @router.get("/ask", response_model=Reply, responses=_KEPT, tags=["ask"])
    def ask(request: Request, asked: Annotated[AskQuery, Query()]) -> Response:
        """问一个问题 / Ask a question; the answer is clauses, word for word, or not_found."""
        bot = living.now()
        check_question(asked.q)
        filters = asked.filters()
        bot.within(filters)
        if (same := not_modified(request, bot)) is not None:
            return same
        reply = bot.ask(asked.q, asked.count, filters=filters)
        return json_reply(request, bot, reply.to_json())

    @router.post("/ask", response_model=Reply, responses=_LARGE, tags=["ask"])
    def ask_on(request: Request, asked: AskBody) -> Response:
        """问一个问题，可带上文 / Ask a question, maybe one that goes on from earlier ones."""
        bot = living.now()
        history = read_turns([turn.model_dump() for turn in asked.history])
        reply = bot.ask(asked.q, asked.count, history, asked.filters())
        return json_reply(request, bot, reply.to_json())

    @router.get(
        "/clauses/{clause_id:path}",
        response_model=ClauseInPlace,
        responses=_KEPT | _UNKNOWN,
        tags=["read"],
    )
    def clause(request: Request, clause_id: str) -> Response:
        """一条原文及其前后 / One clause by its id, with its neighbours."""
        bot = living.now()
        return json_reply(request, bot, clause_in_place(bot, clause_id))

    @router.get("/documents", response_model=DocumentList, responses=_KEPT, tags=["read"])
    def documents(request: Request, wanted: Annotated[FilterQuery, Query()]) -> Response:
        """文件目录，可筛选 / The documents held, or those that filters leave."""
        bot = living.now()
        return json_reply(request, bot, documents_in_short(bot, wanted.filters()))

    @router.get(
        "/documents/{document_id:path}",
        response_model=DocumentInFull,
        responses=_KEPT | _UNKNOWN,
        tags=["read"],
    )
    def document(request: Request, document_id: str) -> Response:
        """一件文件：信息、附件、关系、条文编号 / One document by its id."""
        bot = living.now()
        return json_reply(request, bot, document_in_full(bot, document_id))

    @router.get("/exemptions", response_model=ExemptionList, responses=_KEPT, tags=["ask"])
    def exemptions(request: Request, wanted: Annotated[ExemptionQuery, Query()]) -> Response:
        """免罚事项 / Penalty exemptions; with q in its order, otherwise in the lists'."""
        bot = living.now()
        found = bot.exemptions(
            wanted.q,
            authority=wanted.authority,
            category=wanted.category,
            law=wanted.law,
            on=wanted.on,
        )
        lists = bot.generation.records.exemptions.lists
        body = {
            "total": len(found),
            "exemptions": [one.to_json() for one in found[: wanted.count]],
            "note": note_on_lists(wanted.q, lists) if wanted.q else None,
        }
        return json_reply(request, bot, body)

    @router.get("/verify", response_model=Verification, responses=_KEPT, tags=["verify"])
    def verify_short(request: Request, given: Annotated[VerifyQuery, Query()]) -> Response:
        """核对一句引文 / Compare a short quote or citation with the corpus."""
        bot = living.now()
        return json_reply(request, bot, bot.verify(given.text).to_json())

    @router.post("/verify", response_model=Verification, responses=_LARGE, tags=["verify"])
    def verify(request: Request, given: VerifyBody) -> Response:
        """核对一段文字里的引文 / Compare every quote and citation in a text with the corpus."""
        bot = living.now()
        return json_reply(request, bot, bot.verify(given.text).to_json())

    return router
