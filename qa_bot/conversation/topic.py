"""Two questions put together: what the new one names takes the place of its like in the earlier one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.conversation.signs import Signs
from qa_bot.facets import mentions
from qa_bot.references import find
from qa_bot.text import Span, fold
from qa_bot.words import to_simplified

__all__ = ["Joined", "join"]

# Characters of a topic that are taken over; of a longer question its beginning.
_LONGEST = 300
_MONTH = re.compile(r"[\d一二三四五六七八九十]{1,3}\s*月份?")
_BARE_DAY = re.compile(r"^[\d一二三四五六七八九十]{1,3}\s*[日号]")


@dataclass(frozen=True, slots=True)
class Joined:
    """What is searched for.

    Attributes:
        text: the earlier question, less what is replaced, and the new one.
        new: where the new one stands in it.
    """

    text: str
    new: Span


def join(topic: str, sign: Signs, people: Sequence[str]) -> Joined:
    """The earlier question and the new one together.

    A day, month, year, batch or place that the new one names takes the place of those of the topic, a person
    that of its persons; 那15日呢 after 4月12日 is the 15th of April. Of what the topic names by number or article
    only the rest is taken over: the new question asks about something else.

    Args:
        topic: what was asked before.
        sign: of the new question.
        people: the names that the corpus has.
    """
    text = fold(to_simplified(topic))[:_LONGEST]
    found = find(text)
    if found.articles or found.numbers:
        text = found.rest
    core = sign.core
    named = {kind for kind, _ in mentions(core)}
    if "day" in named:
        named.add("month")
    gone: list[Span] = []
    for kind, (start, end) in mentions(text):
        if kind not in named:
            continue
        month = _MONTH.match(text, start, end)
        if kind == "day" and month and _BARE_DAY.match(core):
            core = month[0] + core
        gone.append((start, end))
    if any(name in core for name in people):
        at = {name: text.find(name) for name in people}
        gone.extend((start, start + len(name)) for name, start in at.items() if start >= 0)
    kept = list(text)
    for start, end in gone:
        kept[start:end] = " " * (end - start)
    rest = " ".join("".join(kept).split())
    whole = f"{rest} {core}" if rest else core
    return Joined(whole, (len(whole) - len(core), len(whole)))
