"""What the page says, in Chinese and in English, and which of them a browser asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from qa_bot.web.texts import TEXTS

__all__ = ["COOKIE", "TEXTS", "Language", "Wording", "language_of", "reader_language"]

Language = Literal["zh", "en"]
#: Holds the language that the reader has chosen.
COOKIE = "qa_bot_language"


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one language; call it with a key.

    Attributes:
        language: which one.
    """

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The text for `key`, its `{names}` filled in; `KeyError` for an unknown key."""
        text = TEXTS[key][0 if self.language == "zh" else 1]
        return text.format(**values) if values else text

    def kind(self, kind: str) -> str:
        """The badge of a clause kind; a general one for a kind that the page does not know yet."""
        return self(f"kind_{kind}" if f"kind_{kind}" in TEXTS else "kind_")

    def example_kind(self, kind: str) -> str:
        """The kind of an example in words."""
        return self(f"example_kind_{kind}") if f"example_kind_{kind}" in TEXTS else self.kind(kind)

    def role(self, role: str) -> str:
        """The name of a context's role; the role itself if the page does not know it yet."""
        return self(f"role_{role}") if f"role_{role}" in TEXTS else role

    def of_pair(self, pair: tuple[str, str]) -> str:
        """This language's text of a pair (Chinese, English), with a capital."""
        text = pair[0 if self.language == "zh" else 1]
        return text[:1].upper() + text[1:]

    def of_error(self, message: str) -> str:
        """This language's half of an error message, which reads `中文 / English`."""
        chinese, bar, english = message.partition(" / ")
        return english if bar and self.language == "en" else chinese

    @property
    def tag(self) -> str:
        """For the `lang` attribute."""
        return "zh-CN" if self.language == "zh" else "en"


def reader_language(accept_language: str | None) -> Language:
    """Chinese, unless the browser asks for another language first.

    The chat page, its cards and the clause page all go by it, so that none mixes two languages.
    """
    best, weight = "zh", 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.partition(";")
        tag = tag.strip().lower()
        name, _, value = parameters.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            quality = 0.0
        if tag and tag != "*" and quality > weight:
            best, weight = tag, quality
    return "zh" if best.partition("-")[0] == "zh" else "en"


def language_of(headers: Mapping[str, str]) -> Language:
    """The language that the reader has chosen on the page, or else that of the browser.

    Args:
        headers: of the request, names in any case as Starlette's.
    """
    # Not by http.cookies, which stops at the first cookie that is not written by the book: other programs on
    # this machine set theirs for the same host.
    for cookie in headers.get("cookie", "").split(";"):
        name, _, chosen = cookie.strip().partition("=")
        if name == COOKIE and chosen in ("zh", "en"):
            return "zh" if chosen == "zh" else "en"
    return reader_language(headers.get("accept-language"))
