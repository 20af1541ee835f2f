"""The sentences of a clause, as far as a condition, an exception or a definition reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_bot.text import Span

__all__ = ["sentence_spans"]

_SENTENCE = re.compile(r"[^。\n]*[。\n]?")
_CLAUSE = re.compile(r"[^。；;\n]*[。；;\n]?")


def sentence_spans(text: str, semicolons: bool = True) -> Iterator[Span]:
    """Where each sentence of `text` stands, without white space around it, none of them empty.

    A line that leads in items ends a sentence. (`qa_bot.text.sentences` cuts otherwise: it makes no piece
    too short to be searched for.)

    Args:
        text: to be cut.
        semicolons: whether it is cut at them, too.
    """
    for match in (_CLAUSE if semicolons else _SENTENCE).finditer(text):
        held = match[0].strip()
        if held:
            start = match.start() + match[0].index(held)
            yield start, start + len(held)
