"""`POST /feedback` and `DELETE /feedback/<id>`: a reader says whether an answer is right, or takes that back."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from qa_bot import __version__
from qa_bot.answer import Reply
from qa_bot.bot import Bot, check_question
from qa_bot.conversation import LAST, Turn
from qa_bot.errors import FeedbackError, InputError, QaBotError
from qa_bot.feedback import FAULTS, LONGEST_REASON, Feedback, FeedbackStore, Shown, digest, new_id
from qa_bot.filters import Filters
from qa_bot.living import Living
from qa_bot.web.wording import Wording, language_of

__all__ = ["LONGEST_BODY", "RateLimit", "add_feedback", "clause_id_in", "feedback_data"]

#: Bytes of a request.
LONGEST_BODY = 16_384
_A_MINUTE = 60
_ID = re.compile(r"[0-9a-f]{32}")
_LOG = logging.getLogger(__name__)

_Text = Annotated[str, Field(min_length=1, max_length=2_000)]
_ClauseId = Annotated[str, Field(min_length=1, max_length=300)]


class _Quote(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    clause_id: _ClauseId
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Said(BaseModel):
    """The body of `POST /feedback`: `feedback_data` with the reader's word."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: _Text
    status: Literal["answered", "not_found"]
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    answers: Annotated[list[_Quote], Field(max_length=20)] = []
    history: Annotated[list[_Text], Field(max_length=LAST)] = []
    filters: Annotated[dict[str, str], Field(max_length=10)] = {}
    language: Literal["zh", "en"] = "zh"
    verdict: Literal["right", "wrong"]
    fault: Annotated[str, Field(max_length=20)] | None = None
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] | None = None
    right_clause: Annotated[str, Field(max_length=2_000)] | None = None


class RateLimit:
    """At most so many events in any minute, counted for the whole process; safe to use from several threads.

    Nothing is known of who asks: no address is looked at.
    """

    def __init__(
        self, a_minute: int = _A_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = a_minute
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> float:
        """0 where one more is allowed, which then counts; else the seconds until it would be."""
        now = self._clock()
        with self._lock:
            while self._times and self._times[0] <= now - 60:
                self._times.popleft()
            if len(self._times) >= self._most:
                return self._times[0] + 60 - now
            self._times.append(now)
            return 0


class _Problem(Exception):
    def __init__(
        self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def feedback_data(
    reply: Reply,
    words: Wording,
    history: Sequence[Turn | str] = (),
    filters: Filters | None = None,
) -> str:
    """What the page sends back with a reader's word on a reply, as JSON.

    The turns before count only where the reply rests on them.

    Args:
        reply: that is shown.
        words: of the reader's language.
        history: the turns that the question was asked with.
        filters: that it was asked with.
    """
    before = history[-LAST:] if reply.context else ()
    data = {
        "question": check_question(reply.question),
        "status": reply.status,
        "confidence": round(min(max(reply.confidence, 0.0), 1.0), 4),
        "answers": [
            {"clause_id": one.clause.id, "sha256": digest(one.quote)} for one in reply.answers
        ],
        "history": [one if isinstance(one, str) else one.question for one in before],
        "filters": _texts(filters or Filters()),
        "language": words.language,
    }
    return json.dumps(data, ensure_ascii=False)


def _texts(filters: Filters) -> dict[str, str]:
    """The filters that are set, as `Filters.read` takes them."""
    return {
        name: "true" if value is True else str(value) for name, value in filters.to_json().items()
    }


def clause_id_in(text: str) -> str:
    """The clause id in what a reader pastes: the id itself, or a link to the clause."""
    text = text.strip()
    found = re.search(r"(?:^|/)clause/([^#?]+)", text)
    return unquote(found[1]).strip("/") if found else text


def add_feedback(
    app: FastAPI, living: Living, store: FeedbackStore, limit: RateLimit | None = None
) -> None:
    """Add `POST /feedback` and `DELETE /feedback/<id>` to an application.

    Guarantees: nothing of the request but its body is kept, no address and no browser; only pages of this
    very host are heard; what cannot be taken is a problem (RFC 9457) in the reader's language.

    Args:
        app: to add to.
        living: whose index the clauses have to be in.
        store: where it is kept.
        limit: on both addresses together; 60 a minute if not given.
    """
    limit = limit or RateLimit()

    @app.post("/feedback", include_in_schema=False)
    async def say(request: Request) -> Response:
        async def work(words: Wording) -> Response:
            said = _read(await _body(request, words), words)
            entry = await run_in_threadpool(_entry, living.now(), said, words)
            await run_in_threadpool(store.add, entry)
            return JSONResponse({"id": entry.id}, HTTPStatus.CREATED)

        return await _answered(request, limit, work)

    @app.delete("/feedback/{identity}", include_in_schema=False)
    async def take_back(request: Request, identity: str) -> Response:
        async def work(words: Wording) -> Response:
            if not _ID.fullmatch(identity) or not await run_in_threadpool(store.remove, identity):
                raise _Problem(HTTPStatus.NOT_FOUND, words("fb_unknown"))
            return Response(status_code=HTTPStatus.NO_CONTENT)

        return await _answered(request, limit, work)


async def _answered(
    request: Request, limit: RateLimit, work: Callable[[Wording], Awaitable[Response]]
) -> Response:
    """What `work` gives, or the problem that stands in its way."""
    words = Wording(language_of(request.headers))
    try:
        if not _is_same_origin(request):
            raise _Problem(HTTPStatus.FORBIDDEN, words("fb_elsewhere"))
        wait = limit.wait()
        if wait:
            again = {"Retry-After": str(int(wait) + 1)}
            raise _Problem(HTTPStatus.TOO_MANY_REQUESTS, words("fb_too_many"), again)
        return await work(words)
    except _Problem as problem:
        return _problem(request, problem)
    except FeedbackError as error:
        _LOG.error("feedback could not be kept: %s", error)
        status, detail = HTTPStatus.SERVICE_UNAVAILABLE, words("fb_not_kept")
    except InputError as error:
        status, detail = HTTPStatus.UNPROCESSABLE_ENTITY, words.of_error(str(error))
    except QaBotError as error:
        status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, words.of_error(str(error))
    except Exception:
        _LOG.exception("feedback could not be kept")
        status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, words("fb_not_kept")
    return _problem(request, _Problem(status, detail))


def _problem(request: Request, problem: _Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "instance": request.url.path,
    }
    headers = {"Cache-Control": "no-store"} | problem.headers
    return JSONResponse(
        body, problem.status, media_type="application/problem+json", headers=headers
    )


def _is_same_origin(request: Request) -> bool:
    """Whether a page of this host sends it. Browsers say so; what says nothing is no page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Over plain http from another machine they send no more than this.
    _, mark, host = request.headers.get("origin", "").partition("://")
    return bool(mark) and host == request.headers.get("host")


async def _body(request: Request, words: Wording) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, words("fb_no_json"))
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise _Problem(status, words("fb_too_long", most=LONGEST_BODY))
    return body


def _read(body: bytes, words: Wording) -> _Said:
    try:
        return _Said.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"])) or "JSON"
        detail = words("fb_not_understood", place=place, why=wrong["msg"])
        raise _Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from error


def _entry(bot: Bot, said: _Said, words: Wording) -> Feedback:
    """The entry, everything in it checked against the index in use."""
    amiss = _amiss(said)
    if amiss:
        detail = words("fb_not_understood", place=amiss, why=getattr(said, amiss))
        raise _Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    generation = bot.generation
    answers = tuple(Shown(one.clause_id, one.sha256) for one in said.answers)
    for one in answers:
        record = generation.records.by_id(one.clause_id)
        if record is None or digest(record.clause.text) != one.sha256:
            raise _Problem(HTTPStatus.CONFLICT, words("fb_changed"))
    return Feedback(
        id=new_id(),
        at=datetime.now(UTC),
        verdict=said.verdict,
        question=check_question(said.question),
        status=said.status,
        confidence=said.confidence,
        answers=answers,
        history=tuple(check_question(one) for one in said.history),
        filters=_texts(Filters.read(said.filters)),
        fault=said.fault or None,
        reason=_cleaned(said.reason or "") or None,
        right_clause=_named(bot, said, words),
        version=__version__,
        model=generation.manifest.model_fingerprint,
        generation=generation.folder.name,
        language=said.language,
    )


def _amiss(said: _Said) -> str | None:
    """The field that does not go with the others."""
    if (said.status == "answered") != bool(said.answers):
        return "status"
    if said.fault and (said.verdict == "right" or said.fault not in FAULTS[said.status]):
        return "fault"
    if said.right_clause and said.right_clause.strip() and said.verdict == "right":
        return "right_clause"
    return None


def _named(bot: Bot, said: _Said, words: Wording) -> Shown | None:
    """The clause that the reader says would be right."""
    identity = clause_id_in(said.right_clause or "")
    if not identity:
        return None
    records = bot.generation.records
    record = records.by_id(identity)
    if record is None:
        near = records.near_ids(identity)
        also = words("fb_near", ids=words("fb_comma").join(near)) if near else ""
        detail = words("fb_no_clause", id=identity[:200]) + also
        raise _Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    if said.answers and said.answers[0].clause_id == identity:
        raise _Problem(HTTPStatus.UNPROCESSABLE_ENTITY, words("fb_same_clause"))
    return Shown(identity, digest(record.clause.text))


def _cleaned(text: str) -> str:
    """Without control characters, which a terminal would obey; line breaks stay."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text).strip()
