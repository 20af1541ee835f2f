"""The page: the chat with its log, a box to ask in and examples to click; exemptions; the last evaluation."""

from __future__ import annotations

import json
import logging

import gradio as gr

from qa_bot import __version__
from qa_bot.bot import Bot
from qa_bot.conversation import read_turns
from qa_bot.errors import FilterError, InputError, QaBotError, StoreError
from qa_bot.filters import Filters
from qa_bot.living import Living
from qa_bot.web.cards import error_turn, reply_turn
from qa_bot.web.feedback_pages import feedback_data
from qa_bot.web.page_texts import PageTexts
from qa_bot.web.templating import static
from qa_bot.web.wording import Language, Wording, language_of

__all__ = ["answer_html", "build_chat", "opening", "style", "theme"]

_FONT = (
    "-apple-system",
    "BlinkMacSystemFont",
    "Segoe UI",
    "PingFang SC",
    "Hiragino Sans GB",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "sans-serif",
)
# What the scripts say themselves.
_SAID = (
    "searching", "failed", "log_label", "new_topic_begins", "restored", "filters_on", "filter_in_force",
    "filter_since", "filter_until", "filter_as_of", "filter_document", "panel_label", "panel_open", "panel_close",
    "ex_failed", "ex_loading", "ve_failed", "ve_loading",
)  # fmt: skip
_SCRIPTS = (
    "copy.js",
    "chat.js",
    "filters.js",
    "original.js",
    "exemptions.js",
    "verify.js",
    "feedback.js",
)
_STYLES = (
    "chat.css", "asking.css", "browse_panel.css", "exemptions.css", "verify.css", "feedback.css",
)  # fmt: skip
_LONGEST = 4_000  # characters of the filters
_LOG = logging.getLogger(__name__)


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with the fonts that the reader's system has: none is loaded."""
    return gr.themes.Base(
        primary_hue="red", neutral_hue="stone", font=_FONT, font_mono=("ui-monospace", "monospace")
    )


def opening(language: Language) -> str:
    """What comes first in the page's head: the scripts, with the few texts that they say."""
    words = Wording(language)
    said = {key: words(key) for key in _SAID} | {"version": __version__}
    texts = f"<script>window.qaTexts = {json.dumps(said, ensure_ascii=False)};</script>"
    return texts + "".join(f"<script>{static(name)}</script>" for name in _SCRIPTS)


def style() -> str:
    """The page's style. Not given to Gradio as `css`: it breaks the selectors inside `@media`."""
    return f"<style>{''.join(map(static, _STYLES))}</style>"


def answer_html(
    bot: Bot,
    question: str,
    language: Language,
    before: object = None,
    limits: object = None,
    feedback: bool = False,
) -> str:
    """One turn of the chat as HTML.

    Guarantees: every error becomes a message to the reader; an unexpected one is logged.

    Args:
        bot: that answers.
        question: as the reader typed it.
        language: of the reader.
        before: the turns before, as the page's script sends them (`qa_bot.conversation.read_turns`).
        limits: where to search, a JSON object that `Filters.read` reads, or its text; nothing is everywhere.
        feedback: whether to ask what the reader thinks of the answer.
    """
    words = Wording(language)
    try:
        filters, turns = _filters(limits), read_turns(before)
        reply = bot.ask(question, history=turns, filters=filters)
        said = feedback_data(reply, words, turns, filters) if feedback else ""
        return reply_turn(reply, words, filters, said)
    except FilterError as error:
        return error_turn(question, (words("filter_error"), words.of_error(str(error))), words)
    except InputError as error:
        return error_turn(question, (words("question_error"), words.of_error(str(error))), words)
    except StoreError as error:
        return error_turn(question, (words("degraded"), words.of_error(str(error))), words)
    except QaBotError as error:
        return error_turn(question, (words("server_error"), words.of_error(str(error))), words)
    except Exception:
        _LOG.exception("a question could not be answered")
        return error_turn(question, (words("server_error"), words("failed")), words)


def _filters(limits: object) -> Filters:
    """The filters as the page's script sends them.

    Raises:
        FilterError: they are something else.
    """
    if isinstance(limits, str):
        try:
            limits = json.loads(limits[:_LONGEST]) if limits.strip() else {}
        except (ValueError, RecursionError):
            limits = []
    if limits is None:
        return Filters()
    if not isinstance(limits, dict):
        raise FilterError(
            "筛选条件读不了，请重新选 / The filters cannot be read: choose them again."
        )
    return Filters.read(limits)


def build_chat(living: Living, say: PageTexts, feedback: bool = False) -> gr.Blocks:
    """The page, ready to be mounted: in tabs the chat, penalty exemptions, and the last evaluation.

    The server keeps nothing of a conversation: the script in the page puts the question into the
    log at once and the answer when it comes, and sends the last turns along. Gradio's queue is left out: one question, one request.

    Args:
        living: the index in use.
        say: gives the texts.
        feedback: whether to ask below each turn what the reader thinks of it.
    """

    def reply(
        question: str | None, before: str | None, limits: str | None, request: gr.Request
    ) -> str:
        language = language_of(request.headers)
        return answer_html(living.now(), question or "", language, before, limits, feedback)

    def first_reply(
        question: str | None, before: str | None, limits: str | None, request: gr.Request
    ) -> str:
        # no ?q= in the address: nothing asked
        return reply(question, before, limits, request) if question else ""

    with gr.Blocks(
        title="公报问答 · Gazette answers", analytics_enabled=False, fill_width=True
    ) as chat:
        chat.i18n_instance = say
        gr.HTML(say("header_html"), elem_id="qa-header", apply_default_css=False)
        with gr.Tabs(elem_id="qa-tabs"):
            with gr.Tab(say("tab_ask"), elem_id="qa-tab-ask"):
                gr.HTML(say("examples_html"), elem_id="qa-examples", apply_default_css=False)
                gr.HTML(
                    '<div id="qa-log" role="log" aria-live="polite"></div>',
                    elem_id="qa-log-frame",
                    apply_default_css=False,
                )
                with gr.Column(elem_id="qa-asking"):
                    gr.HTML(say("filters_html"), elem_id="qa-filters", apply_default_css=False)
                    with gr.Row(elem_id="qa-composer"):
                        fresh = gr.Button(
                            say("new_topic"),
                            size="sm",
                            scale=0,
                            min_width=0,
                            elem_id="qa-new-topic",
                        )
                        box = gr.Textbox(
                            label=say("question_label"),
                            placeholder=say("placeholder"),
                            lines=1,
                            max_lines=4,
                            container=True,
                            scale=1,
                            min_width=0,
                            elem_id="qa-question",
                        )
                        send = gr.Button(
                            say("send"), variant="primary", scale=0, min_width=0, elem_id="qa-send"
                        )
            with gr.Tab(say("tab_exemptions"), elem_id="qa-tab-exemptions") as exemptions:
                gr.HTML(say("exemptions_html"), elem_id="qa-exemptions", apply_default_css=False)
            with gr.Tab(say("tab_browse"), elem_id="qa-tab-browse"):
                gr.HTML(say("browse_html"), elem_id="qa-browse", apply_default_css=False)
            with gr.Tab(say("tab_verify"), elem_id="qa-tab-verify"):
                gr.HTML(say("verify_html"), elem_id="qa-verify", apply_default_css=False)
            with gr.Tab(say("tab_report"), elem_id="qa-tab-report"):
                gr.HTML(say("report_html"), elem_id="qa-report", apply_default_css=False)
        gr.HTML(say("footer_html"), elem_id="qa-footer", apply_default_css=False)
        # Not seen: the question and the turns before it on their way to the server, the answer on its way
        # back, and what a button inside a turn presses to ask again. The empty template keeps the answer
        # out of the page here; the script shows it in the log.
        asked = gr.Textbox(visible="hidden")
        before = gr.Textbox(visible="hidden")
        limits = gr.Textbox(visible="hidden")
        answer = gr.HTML(html_template="", visible="hidden")
        again = gr.Button(visible="hidden", elem_id="qa-again")

        exemptions.select(None, None, None, js="() => { qaExemptions.begin(); return []; }")
        fresh.click(None, None, None, js="() => { qaBot.forget(); return []; }")
        sent = [asked, before, limits, box]
        starts = [
            box.submit(None, [box], sent, js="q => [...qaBot.begin(q), '']"),
            send.click(None, [box], sent, js="q => [...qaBot.begin(q), '']"),
            again.click(None, [box], sent, js="q => [...qaBot.begin(...qaBot.pressed()), q]"),
        ]
        opening = "() => [...qaBot.begin(qaBot.fromAddress()), '']"
        starts.append(chat.load(None, None, sent, js=opening))
        for start_event in starts:
            reached = start_event.then(
                first_reply if start_event is starts[-1] else reply,
                [asked, before, limits],
                [answer],
                queue=False,
                show_progress="hidden",
                trigger_mode="multiple",
                api_visibility="private",
            )
            reached.success(None, [answer], None, js="html => { qaBot.show(html); return []; }")
            reached.failure(None, None, None, js="() => { qaBot.failed(); return []; }")
    return chat
