"""The tab in which quotes and citations are verified: its form, and what the form gets."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from qa_bot.bot import Bot
from qa_bot.errors import InputError, QaBotError
from qa_bot.living import Living
from qa_bot.verify import MAX_TEXT, Check, Compared, Place, Verification
from qa_bot.web.quoting import clause_link
from qa_bot.web.templating import render
from qa_bot.web.wording import Language, Wording, language_of

__all__ = ["SIGNS", "add_verify", "panel"]

# A part of the chat page: by itself it does nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
# Beside the words of a verdict, so that colour is not all that tells them apart.
SIGNS = {
    "verified": "✓",
    "exists": "✓",
    "ambiguous": "≈",
    "misattributed": "!",
    "altered": "✗",
    "not_found": "?",
}
_PLACES = 5
# Percent-encoded, a Han character takes nine bytes.
_MOST_BYTES = 10 * MAX_TEXT + 1_000
_LOG = logging.getLogger(__name__)


def panel(bot: Bot, language: Language) -> str:
    """The tab before anything is verified: the form, and an empty frame."""
    return render("verify.html", Wording(language), most=MAX_TEXT)


@dataclass(frozen=True, slots=True)
class _Where:
    """A place as it is shown: its citation, a link where it is a clause, and its characters in the file."""

    citation: str
    link: str | None
    file: str
    spans: str

    @classmethod
    def of(cls, place: Place) -> _Where:
        link = clause_link(place.record.clause.id) if place.record else None
        spans = "、".join(f"{start}–{end}" for start, end in place.spans)
        return cls(place.citation, link, place.issue.file, spans)


def add_verify(app: FastAPI, living: Living) -> None:
    """Add `POST /verify/view`: a form field or a JSON member `text` in, HTML for the tab out.

    Guarantees: every error becomes a message to the reader; an unexpected one is logged, without the text.
    """

    @app.post("/verify/view", response_class=HTMLResponse)
    async def view(request: Request) -> Response:
        words = Wording(language_of(request.headers))
        if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # No page of another site makes this one work for it.
            return _trouble(words("ve_not_verified"), words("ve_elsewhere"), 403, words)
        try:
            text = await _text(request)
            made = await run_in_threadpool(living.now().verify, text)
            return HTMLResponse(_results(made, words), headers=_HEADERS)
        except InputError as error:
            return _trouble(words("ve_not_verified"), words.of_error(str(error)), 400, words)
        except QaBotError as error:
            return _trouble(words("server_error"), words.of_error(str(error)), 500, words)
        except Exception:
            _LOG.exception("a text could not be verified")
            return _trouble(words("server_error"), words("ve_failed"), 500, words)


async def _text(request: Request) -> str:
    """The text of a request.

    Raises:
        InputError: the body is too long, or is not what it says it is.
    """
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise InputError(
                f"文字太长，一次最多核对 {MAX_TEXT} 个字 / "
                f"The text is too long: the limit is {MAX_TEXT} characters."
            )
    try:
        body = raw.decode("utf-8")
        if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            held = json.loads(body)
            text = held.get("text") if isinstance(held, dict) else None
        else:
            text = parse_qs(body, keep_blank_values=True, errors="strict").get("text", [""])[0]
    except (ValueError, RecursionError) as error:
        raise InputError(
            "请求读不懂，请用表单或 JSON 的 text / The request cannot be read: send a form or JSON with `text`."
        ) from error
    if not isinstance(text, str):
        raise InputError("缺少 text / `text` is missing, or no string.")
    return text.replace("\r\n", "\n")


def _trouble(head: str, message: str, status: int, words: Wording) -> Response:
    text = render("exemptions_trouble.html", words, head=head, message=message)
    return HTMLResponse(text, status, headers=_HEADERS)


def _results(made: Verification, words: Wording) -> str:
    return render(
        "verify_results.html",
        words,
        unchecked=words.of_pair(made.message) if made.unchecked else "",
        checks=[_shown(check, words) for check in made.checks],
        counts=[
            words(f"ve_{verdict}") + f" {count}" for verdict, count in made.summary.items() if count
        ],
    )


def _shown(check: Check, words: Wording) -> dict[str, object]:
    """What the template shows of a check."""
    return {
        "verdict": check.verdict,
        "sign": SIGNS[check.verdict],
        "kind": check.kind,
        "text": check.text,
        "pieces": check.pieces,
        "message": words.of_pair(check.message),
        "values": check.changed_values,
        "compared": _near(check.compared) if check.compared else None,
        "at": _places(check.at),
        "more": max(check.places - _PLACES, 0) if len(check.at) > _PLACES else 0,
        "cited": check.cited.text if check.cited and check.kind != "citation" else "",
        "near": [_near(one) for one in check.near],
    }


def _near(one: Compared) -> dict[str, object]:
    return {"text": one.text, "at": _places(one.places)}


def _places(places: Sequence[Place]) -> list[_Where]:
    return [_Where.of(place) for place in places[:_PLACES]]
