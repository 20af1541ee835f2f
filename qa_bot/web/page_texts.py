"""All fixed texts of the page, and what it shows of the index before anything is asked, for Gradio."""

from __future__ import annotations

import logging
import threading
import weakref

import gradio as gr

from qa_bot import __version__
from qa_bot.bot import Bot
from qa_bot.filters import KINDS, filter_choices
from qa_bot.living import Living
from qa_bot.web import browse_pages, exemption_pages, verify_pages
from qa_bot.web.templating import render
from qa_bot.web.wording import TEXTS, Language, Wording

__all__ = ["EXAMPLES", "PageTexts"]

#: Shown where the corpus answers them, before those that are made of it.
EXAMPLES = (
    "开药店至少要多大面积？",
    "没备案环评登记表，补上还罚吗？",
    "新开个体户最多能贷多少创业担保贷款",
    "温政办〔2019〕36号是什么文件",
    "4月12日副市长李无文做了什么",
    "What is the minimum floor area for opening a pharmacy?",
)

_LOG = logging.getLogger(__name__)


class PageTexts(gr.I18n):  # type: ignore[misc]  # gradio ships no types
    """Gives Gradio every text in both languages; the browser picks one by its language.

    `chat.js` sees to it that it is the one that the server speaks. Examples, filters and tabs are those of
    the index in use when the page is opened, if `refresh` is called before.
    """

    def __init__(self, living: Living) -> None:
        super().__init__()
        self._living = living
        self._lock = threading.Lock()
        bot = living.now()
        # Not the bot itself: an old generation is to leave the memory.
        self._of = weakref.ref(bot)
        self._made = _texts(bot)

    @property
    def translations_dict(self) -> dict[str, dict[str, str]]:
        """Texts by language and key."""
        return self._made

    def refresh(self, page: gr.Blocks) -> None:
        """Make them anew where another index is in use.

        Guarantees: raises nothing and lets nobody wait for another: what cannot be made stays as it was, and
        is tried again with the next index; who comes meanwhile sees the old.

        Args:
            page: that shows them; it keeps them in its configuration.
        """
        bot = self._living.now()
        if bot is self._of() or not self._lock.acquire(blocking=False):
            return
        try:
            self._of = weakref.ref(bot)
            self._made = _texts(bot)
            page.config["i18n_translations"] = self._made
        except Exception:
            _LOG.exception("the page goes on showing the tabs of the index before")
        finally:
            self._lock.release()


def _texts(bot: Bot) -> dict[str, dict[str, str]]:
    records = bot.generation.records
    examples = bot.examples(EXAMPLES)
    choices = filter_choices(records)

    foreign = {kind: held for kind, held in examples.items() if kind == "foreign"}

    def of(language: Language) -> dict[str, str]:
        words = Wording(language)
        shown = foreign | examples if language == "en" else examples  # those in English first
        return {key: words(key) for key in TEXTS} | {
            "header_html": render("header.html", words),
            "examples_html": render("examples.html", words, examples=shown),
            "filters_html": render("filters.html", words, choices=choices, kinds=KINDS),
            "browse_html": browse_pages.panel(bot, language),
            "exemptions_html": exemption_pages.panel(bot, language),
            "verify_html": verify_pages.panel(bot, language),
            "report_html": render("report_frame.html", words),
            "footer_html": render("footer.html", words, issues=records.issues, version=__version__),
        }

    chinese = of("zh")
    return {"zh": chinese, "zh-CN": chinese, "en": of("en")}
