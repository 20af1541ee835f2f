"""The MCP server: the bot as tools for a language model, over stdio and over HTTP.

The model may say what it likes; the tools give it clauses word for word, with their citation, and say plainly
when the gazette has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from qa_bot import __version__
from qa_bot.answer import Answer
from qa_bot.api import contract
from qa_bot.api.documents import clause_in_place, documents_in_short
from qa_bot.api.limits import MAX_BODY
from qa_bot.api.problems import UnknownId
from qa_bot.bot import MAX_QUESTION
from qa_bot.errors import QaBotError
from qa_bot.filters import Filters
from qa_bot.living import Living
from qa_bot.lookup import note_on_lists
from qa_bot.verify import MAX_TEXT
from qa_bot.versions import said_of

__all__ = ["MCPDoor", "create_mcp", "run_stdio"]

_INSTRUCTIONS = (
    "Clauses of Chinese government gazettes (政府公报). Rules for using what these tools return: "
    "(1) Quote `quote` verbatim, in the original Chinese, without changing a character; a translation or "
    "summary may stand beside the quote, never in its place. (2) Put `citation` after every quote. "
    "(3) If `status` is `not_found`, say that the gazettes held here do not answer; clauses in `nearby` are NOT "
    "an answer and must be called related at most. (4) Say no more about whether a rule is in force than "
    "`document_status`: it speaks for the issues held here only. (5) Before presenting a quote or citation from "
    "memory or from elsewhere, check it with verify_citation."
)
_T = TypeVar("_T")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

_Count = Annotated[int, Field(ge=1, le=10, description="Clauses at most.")]
_Some = Annotated[str, Field(min_length=1, max_length=200)]
_Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_QUESTION,
        description="One question in natural language (Chinese works best), as a citizen would ask it.",
    ),
]


class Text(BaseModel):
    """Text of the source beside a quote."""

    role: str
    text: str


class Quoted(BaseModel):
    """A clause to quote verbatim, with the citation to put after it."""

    quote: str
    citation: str
    clause_id: str
    document_title: str
    document_number: str | None
    issued_on: date | None
    effective_from: date | None
    document_status: contract.Status
    document_version: Annotated[
        str, Field(description="Which of several versions it is; say so. Empty where there is one.")
    ]
    context: list[Text]
    together: list[contract.Companion]


class Found(BaseModel):
    """What was found: `answers` to quote; or none, and `nearby` clauses that are no answer."""

    status: Annotated[
        str, Field(description="answered, or not_found: then say that there is no answer.")
    ]
    confidence: float
    answers: list[Quoted]
    nearby: Annotated[list[Quoted], Field(description="NOT an answer; only with not_found.")]
    missing: list[str]
    note: str | None
    as_of: Annotated[
        date | None, Field(description="The day whose texts these are; null for today's.")
    ]


def create_mcp(living: Living) -> MCPServer[Any]:
    """The server with its tools, over the index in use at each call.

    Guarantees: every tool only reads; what was wrong with a call is a tool error that says so, Chinese
    first, and never a traceback.
    """
    server: MCPServer[Any] = MCPServer(
        "qa-bot",
        title="公报问答 · Gazette answers",
        description="Verbatim clauses of Chinese government gazettes, with citations.",
        instructions=_INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
        subscriptions=False,
    )

    @server.tool(title="查条文 · Search clauses", annotations=_READS)
    def search_clauses(
        question: _Question,
        count: _Count = 3,
        issuer: Annotated[
            _Some | None, Field(description="Issuing body, or part of its name.")
        ] = None,
        document: Annotated[_Some | None, Field(description="Id or number of a document.")] = None,
        since: Annotated[date | None, Field(description="Issued on or after.")] = None,
        until: Annotated[date | None, Field(description="Issued on or before.")] = None,
        in_force: Annotated[
            bool, Field(description="Leave out what is known to be expired or repealed.")
        ] = False,
        as_of: Annotated[
            date | None,
            Field(description="What was in force on this day; say so. None for today's texts."),
        ] = None,
    ) -> Found:
        """Find the clauses of the government gazettes that answer a question.

        Returns clauses word for word: quote `quote` verbatim and put `citation` after it. Read `together`
        (exceptions, conditions) before you say what the rule is. With status `not_found`, tell the user that
        the gazettes held here do not answer; do not answer from memory, and do not present `nearby` as an answer.
        """
        filters = Filters(
            issuer=issuer,
            document=document,
            since=since,
            until=until,
            in_force=in_force,
            as_of=as_of,
        )
        reply = _told(lambda: living.now().ask(question, count, filters=filters))
        return Found(
            status=reply.status,
            confidence=round(reply.confidence, 4),
            answers=[_quoted(one) for one in reply.shown] if reply.answers else [],
            nearby=[] if reply.answers else [_quoted(one) for one in reply.shown],
            missing=list(reply.missing),
            note=reply.note,
            as_of=reply.as_of,
        )

    @server.tool(title="读条文 · Get a clause", annotations=_READS)
    def get_clause(
        clause_id: Annotated[
            str,
            Field(
                min_length=1,
                max_length=300,
                description="As another tool gives it, 温政发〔2019〕5号/part_3.",
            ),
        ],
    ) -> contract.ClauseInPlace:
        """Get one clause by its id: verbatim text, citation, relations, and the clauses before and after it.

        Use it to read on around a clause before you quote it. Quote verbatim and cite.
        """
        body = _told(lambda: clause_in_place(living.now(), clause_id))
        return contract.ClauseInPlace.model_validate(body)

    @server.tool(title="查免罚 · Look up penalty exemptions", annotations=_READS)
    def lookup_exemption(
        query: Annotated[
            str | None,
            Field(
                min_length=1,
                max_length=MAX_QUESTION,
                description="What somebody did, in everyday words; none for all of a filter.",
            ),
        ] = None,
        authority: Annotated[
            _Some | None, Field(description="Part of the authority's name, 环保局.")
        ] = None,
        category: Annotated[_Some | None, Field(description="Part of the category, 大气.")] = None,
        law: Annotated[_Some | None, Field(description="Part of a law's title.")] = None,
        on: Annotated[date | None, Field(description="In force on this day.")] = None,
        count: Annotated[int, Field(ge=1, le=20, description="How many at most.")] = 3,
    ) -> contract.ExemptionList:
        """Look up violations that are exempt from a penalty (不予处罚、从轻、减轻), on what conditions, and the ordinary fine.

        The best match is first, but some record always is: judge by `violation` and `circumstances` whether it
        is the user's case, and if none is, say that no exemption was found. Quote the passages verbatim, all
        `conditions` and `general_conditions` with them, and cite with `citation`. This is no legal advice.
        """

        def found() -> contract.ExemptionList:
            bot = living.now()
            records = bot.exemptions(query, authority=authority, category=category, law=law, on=on)
            body = {
                "total": len(records),
                "exemptions": [one.to_json() for one in records[:count]],
                "note": note_on_lists(query, bot.generation.records.exemptions.lists)
                if query
                else None,
            }
            return contract.ExemptionList.model_validate(body)

        return _told(found)

    @server.tool(title="核对引文 · Verify a citation", annotations=_READS)
    def verify_citation(
        text: Annotated[
            str,
            Field(
                min_length=1,
                max_length=MAX_TEXT,
                description="A quote, or a text: quotes in “ ”, each with its citation after it, “…”（《…》第…条）.",
            ),
        ],
    ) -> contract.Verification:
        """Compare every quote and citation in a text with the gazettes, character by character.

        Use it on your own draft before you show it. Each check has a `verdict`: verified (word for word),
        exists (a citation without a quote), ambiguous, misattributed, altered, not_found. Correct what is altered
        to the wording under `compared`, and remove or mark what is not found here.
        """
        body = _told(lambda: living.now().verify(text).to_json())
        return contract.Verification.model_validate(body)

    @server.tool(title="文件目录 · List documents", annotations=_READS)
    def list_documents(
        issue: Annotated[_Some | None, Field(description="Id of an issue.")] = None,
        issuer: Annotated[
            _Some | None, Field(description="Issuing body, or part of its name.")
        ] = None,
        kind: Annotated[_Some | None, Field(description="notice, records, statistics, …")] = None,
        since: Annotated[date | None, Field(description="Issued on or after.")] = None,
        until: Annotated[date | None, Field(description="Issued on or before.")] = None,
        in_force: Annotated[
            bool, Field(description="Leave out what is known to be expired or repealed.")
        ] = False,
        as_of: Annotated[
            date | None,
            Field(description="What was in force on this day; say so. None for today's texts."),
        ] = None,
    ) -> contract.DocumentList:
        """List the documents that are held, with number, issuer, dates and status.

        Nothing beyond these documents is known here: say so when a user asks about others.
        """
        filters = Filters(
            issue=issue,
            issuer=issuer,
            kind=kind,
            since=since,
            until=until,
            in_force=in_force,
            as_of=as_of,
        )
        body = _told(lambda: documents_in_short(living.now(), filters))
        return contract.DocumentList.model_validate(body)

    return server


def run_stdio(living: Living) -> None:
    """Serve on standard input and output until the client closes them; nothing else is written there."""
    create_mcp(living).run("stdio")


class MCPDoor:
    """The MCP server over streamable HTTP, stateless; an ASGI application to be put at `/mcp`.

    Args:
        living: the index in use.
        host: that is listened at. At a loopback address only requests to a loopback name are taken, so that
            a page of another site cannot reach the server under a name of its own (DNS rebinding); who
            listens at another address has opened the server on purpose, and any name will do.
    """

    #: What requests are counted under.
    path = "/mcp"

    def __init__(self, living: Living, host: str) -> None:
        self._living = living
        loopback = host in ("127.0.0.1", "localhost", "::1")
        hosts = [one + port for one in _LOOPBACK for port in ("", ":*")]
        self._security = TransportSecuritySettings(
            enable_dns_rebinding_protection=loopback,
            allowed_hosts=hosts,
            allowed_origins=[f"{scheme}://{one}" for scheme in ("http", "https") for one in hosts],
        )
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take requests as long as the context lasts; it may be entered again afterwards."""
        server = await asyncio.to_thread(create_mcp, self._living)
        self._manager = StreamableHTTPSessionManager(
            server._lowlevel_server,
            json_response=True,
            stateless=True,
            security_settings=self._security,
            max_request_body_size=MAX_BODY,
        )
        try:
            async with self._manager.run():
                yield
        finally:
            self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        scope["route"] = self
        if scope["method"] != "POST":
            # Nothing is pushed and no session kept: a stream that is opened would stay silent for ever.
            reply = PlainTextResponse(
                "MCP 只接受 POST / MCP takes POST only: docs/api.md", 405, {"Allow": "POST"}
            )
            await reply(scope, receive, send)
            return
        if self._manager is None:
            raise RuntimeError("the application's lifespan has not begun")
        await self._manager.handle_request(scope, receive, send)


def _told(work: Callable[[], _T]) -> _T:
    """What `work` gives; an error of ours becomes one that the model reads.

    Raises:
        ToolError: with the message, and the ids that an unknown one may have meant.
    """
    try:
        return work()
    except UnknownId as error:
        near = f"\n相近的编号 / Near ids: {'、'.join(error.near)}" if error.near else ""
        raise ToolError(f"{error}{near}") from error
    except QaBotError as error:
        raise ToolError(str(error)) from error


def _quoted(answer: Answer) -> Quoted:
    body = answer.to_json()
    return Quoted(
        quote=answer.quote,
        citation=answer.citation,
        clause_id=answer.clause.id,
        document_title=body["document"]["work"],
        document_number=body["document"]["number"],
        issued_on=body["document"]["issued_on"],
        effective_from=body["document"]["effective_from"],
        document_status=body["document"]["status"],
        document_version=" / ".join(said_of(answer.standing) or ()) if answer.standing else "",
        context=[Text(role=one.role, text=one.text) for one in answer.clause.context],
        together=body["together"],
    )
