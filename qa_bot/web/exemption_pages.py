"""The addresses under `exemptions`: what the tab shows, one card, and the files that it exports."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from qa_bot.bot import Bot
from qa_bot.errors import FilterError, InputError, NotFoundError, QaBotError
from qa_bot.exemptions import Exemption
from qa_bot.export import FORMATS, export
from qa_bot.living import Living
from qa_bot.lookup import choices_of
from qa_bot.web.exemption_card import exemption_card
from qa_bot.web.exemption_view import SORTS, Row, View, choose, values_left
from qa_bot.web.templating import render
from qa_bot.web.wording import Language, Wording, language_of

__all__ = ["add_exemptions", "panel"]

# Parts of the chat page: by themselves they do nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language, Cookie",
}
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_LOG = logging.getLogger(__name__)


def panel(bot: Bot, language: Language) -> str:
    """The tab before anything is searched for: the form, with the values of the filters, and an empty frame."""
    exemptions = bot.generation.records.exemptions
    records = exemptions.all
    return render(
        "exemptions.html",
        Wording(language),
        choices=choices_of(records),
        lists=[one for one in exemptions.lists if one.records],
    )


def add_exemptions(app: FastAPI, living: Living) -> None:
    """Add the addresses to an application.

    Guarantees: every error becomes a message to the reader; an unexpected one is logged.
    """

    @app.api_route("/exemptions/view", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def view(request: Request) -> Response:
        return _answered(request, lambda words: _results(living.now(), request, words), _trouble)

    @app.api_route("/exemptions/card", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def card(request: Request, id: str = "") -> Response:
        return _answered(request, lambda words: _card(living.now(), id, words), _trouble)

    @app.api_route("/exemptions.{form}", methods=["GET", "HEAD"])
    def exported(request: Request, form: str) -> Response:
        return _answered(request, lambda _: _file(living.now(), request, form), _plain_trouble)


def _answered(
    request: Request,
    work: Callable[[Wording], Response],
    trouble: Callable[[str, str, int, Wording], Response],
) -> Response:
    """What `work` gives, or what is to be said in place of it."""
    words = Wording(language_of(request.headers))
    try:
        return work(words)
    except InputError as error:
        status = 404 if isinstance(error, NotFoundError) else 400
        return trouble(words("ex_not_searched"), words.of_error(str(error)), status, words)
    except QaBotError as error:
        return trouble(words("server_error"), words.of_error(str(error)), 500, words)
    except Exception:
        _LOG.exception("exemptions could not be shown")
        return trouble(words("server_error"), words("ex_failed"), 500, words)


def _trouble(head: str, message: str, status: int, words: Wording) -> Response:
    text = render("exemptions_trouble.html", words, head=head, message=message)
    return HTMLResponse(text, status, headers=_HEADERS)


def _plain_trouble(head: str, message: str, status: int, words: Wording) -> Response:
    return PlainTextResponse(message, status, headers=_HEADERS)


def _results(bot: Bot, request: Request, words: Wording) -> Response:
    view = View.read(request.query_params)
    try:
        shown = choose(bot, view)
    except FilterError as error:
        text = render(
            "exemptions_none.html",
            words,
            message=words.of_error(str(error)),
            left=values_left(bot, view),
            view=view,
        )
        return HTMLResponse(text, headers=_HEADERS)
    text = render(
        "exemptions_results.html",
        words,
        view=view,
        shown=shown,
        note=words.of_error(shown.note) if shown.note else "",
        sorts=tuple(SORTS),
        rows=[Row.of(one, words, view.open) for one in shown.records],
        formats=FORMATS,
        card=_opened(bot, shown.records, view.open, words),
        unknown=bool(view.open) and all(one.id != view.open for one in shown.records),
    )
    return HTMLResponse(text, headers=_HEADERS)


def _opened(bot: Bot, records: tuple[Exemption, ...], wanted: str, words: Wording) -> str:
    record = next((one for one in records if one.id == wanted), None)
    return _card_html(bot, record, words) if record and wanted else ""


def _card(bot: Bot, record_id: str, words: Wording) -> Response:
    for record in bot.generation.records.exemptions.all:
        if record.id == record_id:
            return HTMLResponse(_card_html(bot, record, words), headers=_HEADERS)
    raise NotFoundError(
        f"没有编号为 {record_id[:200]} 的免罚事项 / There is no exemption with the id {record_id[:200]}."
    )


def _card_html(bot: Bot, record: Exemption, words: Wording) -> str:
    held = bot.generation.records.by_id
    card = exemption_card(record, words, held=lambda clause_id: held(clause_id) is not None)
    return render("exemption_card.html", words, card=card)


def _file(bot: Bot, request: Request, form: str) -> Response:
    if form not in FORMATS:
        raise NotFoundError(
            f"没有这种格式：{form[:20]}；有 {'、'.join(FORMATS)} / "
            f"There is no format {form[:20]}: choose one of {', '.join(FORMATS)}."
        )
    records = choose(bot, View.read(request.query_params)).records
    headers = {
        "Content-Disposition": f'attachment; filename="exemptions.{form}"',
        "Cache-Control": "no-cache",
    }
    return Response(export(records, form), media_type=_MEDIA[form], headers=headers)
