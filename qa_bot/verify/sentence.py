"""What a quote leaves out of the sentences that it begins and ends in: a half sentence can say another thing.

企业经营场所面积不得少于60平方米 stands word for word, behind 兼有中药饮片经营范围的.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.patterns import late
from qa_bot.text import Span
from qa_bot.verify.model import Place

__all__ = ["left_out"]

_ENDS = "。！？；\n"
# 一、 （二） 3. and quotation marks: nothing that a sentence would lack.
_NOTHING = late(
    r"[\s“”‘’「」『』《》\"',，、：:]*(?:[（(]?[一二三四五六七八九十百零\d]+[)）]?[、.．\s]*)?[“‘「『\"]*"
)


def left_out(place: Place, source: str) -> tuple[str, str]:
    """What stands in the clause's sentence before a quote, and behind it; empty where the quote is whole.

    Guarantees: both are characters of the clause as it has them; of a table's row, whose cells are no
    sentence, and of what is no clause nothing is said.

    Args:
        place: where the quote stands.
        source: the text of the issue.
    """
    if place.record is None or place.record.clause.cells or not place.spans:
        return "", ""
    clause = place.record.clause
    first, last = place.spans[0][0], place.spans[-1][1]
    before = _characters(source, clause.spans, 0, first)
    through = _characters(source, clause.spans, 0, last)
    start, end = _index(clause.text, before), _index(clause.text, through)
    head = max(clause.text.rfind(mark, 0, start) for mark in _ENDS) + 1
    stops = [at for mark in _ENDS if (at := clause.text.find(mark, max(end - 1, 0))) >= 0]
    tail = min(stops, default=len(clause.text))
    ahead, behind = clause.text[head:start], clause.text[end : max(tail, end)]
    return (
        "" if _NOTHING.fullmatch(ahead) else ahead.strip(),
        "" if _NOTHING.fullmatch(behind) else behind.strip(),
    )


def _characters(source: str, spans: Sequence[Span], start: int, end: int) -> int:
    """How many characters that are no white space stand in spans, from `start` to `end`."""
    return sum(
        len("".join(source[max(left, start) : min(right, end)].split()))
        for left, right in spans
        if left < end and right > start
    )


def _index(text: str, count: int) -> int:
    """Where in a text so many characters that are no white space are over."""
    if not count:
        return 0
    seen = 0
    for index, char in enumerate(text):
        seen += not char.isspace()
        if seen == count:
            return index + 1
    return len(text)
