"""What the page says: every text by its key, in Chinese and in English, a module for each part of the page."""

from __future__ import annotations

from qa_bot.web.texts import asking, browsing, exemptions, feedback, verifying

__all__ = ["TEXTS"]

_PARTS = (asking.TEXTS, exemptions.TEXTS, verifying.TEXTS, browsing.TEXTS, feedback.TEXTS)

#: key: (Chinese, English); no key stands in two parts.
TEXTS: dict[str, tuple[str, str]] = {key: text for part in _PARTS for key, text in part.items()}
