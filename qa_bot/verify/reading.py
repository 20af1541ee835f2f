"""What there is to verify in a text: quotations, citations, and which belong together."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from qa_bot.patterns import late
from qa_bot.text import Span

__all__ = ["Item", "Named", "read", "without_markers"]

# ——《…》（…）第五十一条第一款 on a line of its own, as the copy button writes it below a quote.
_ATTRIBUTION = late(r"^[ \t\u3000>]*[—―─–-]{1,3}[ \t\u3000]*(?=\S)(?P<cited>.+)$", re.M)
_BLOCK = late(r"(?:^[ \t\u3000]*>.*(?:\n|\Z))+", re.M)
_MARKER = late(r"^[ \t\u3000]*>+[ \t]?", re.M)
_BLANK = late(r"\n[ \t\u3000\r]*\n")
_OPEN = {"“": "”", "「": "」", "『": "』", "„": "”"}
_CLOSE = {close: [o for o in _OPEN if _OPEN[o] == close] for close in _OPEN.values()}
_PAIR = late(r'"([^"\n]{2,})"')
_BEFORE_MOST = 40
_STOP = late(r"[。！？!?]|\n(?!\s*$)")
# “…”（《…》第五条）, “…”，见《…》第五条, “…” ——《…》第五条
_AFTER = late(
    r"[\s。．.，,；;：:]*(?:[（(［\[]|[—―─–-]{1,3}|见|参见|详见|引自|摘自|出自|载于|来自|语出|依据|根据)"
    r"[\s：:（(]*(?:见|参见|详见|引自|摘自|出自|载于|来自|依据|根据|来源|出处)?[\s：:]*\Z"
)
_INTRODUCES = late(r"[:：][\s>]*\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """A citation as it was found in a text.

    Attributes:
        start: where it begins.
        end: behind it.
        index: which of those found it is.
    """

    start: int
    end: int
    index: int


@dataclass(frozen=True, slots=True)
class Item:
    """Something to verify: a quote, a citation, or a quote with its citation.

    Attributes:
        quote: the span of the quotation, without its marks.
        cited: the citation.
    """

    quote: Span | None
    cited: Named | None

    @property
    def start(self) -> int:
        """Where it begins."""
        starts = [one[0] for one in (self.quote,) if one] + [c.start for c in (self.cited,) if c]
        return min(starts)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Of the quote, then of the citation."""
        quote = (self.quote,) if self.quote else ()
        return (*quote, (self.cited.start, self.cited.end)) if self.cited else quote


def read(text: str, find: Callable[[str], Sequence[Span]]) -> tuple[list[Item], bool]:
    """Find what there is to verify, in order, and whether quotes stand above their citations as if copied.

    Guarantees: what stands within a quotation or a citation is no item of its own; nothing is looked up.

    Args:
        text: to read.
        find: finds the citations of a text.
    """
    named = [Named(start, end, index) for index, (start, end) in enumerate(find(text))]
    closing = _closing(text)
    copied = list(_copied(text, named, closing))
    taken = [item.spans for item in copied]
    covered = [(min(s for s, _ in spans), max(e for _, e in spans)) for spans in taken]
    above = _Spans(covered)
    outside = [one for one in named if not above.hold((one.start, one.end))]
    quotes = [
        span
        for span in _quotations(text, [(one.start, one.end) for one in outside], closing)
        if not above.hold(span)
    ]
    within = _Spans(quotes)
    outside = [one for one in outside if not within.hold((one.start, one.end))]
    items = copied + _paired(text, quotes, outside)
    return sorted(items, key=lambda item: item.start), bool(copied)


class _Spans:
    """Spans, to ask which others they hold or meet; a question costs a binary search."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        # The furthest end of the spans up to each.
        self._ends = list(accumulate((end for _, end in ordered), max))

    def hold(self, span: Span) -> bool:
        """Whether one of them holds the whole of a span."""
        count = bisect_right(self._starts, span[0])
        return count > 0 and self._ends[count - 1] >= span[1]

    def meet(self, span: Span) -> bool:
        """Whether one of them has a character in common with a span."""
        count = bisect_left(self._starts, span[1])
        return count > 0 and self._ends[count - 1] > span[0]


def _copied(text: str, named: Sequence[Named], closing: Mapping[int, int]) -> list[Item]:
    """Quotes that stand above a line ——《…》…, up to the blank line or the citation before."""
    starting = {one.start: one for one in named}
    items: list[Item] = []
    last = 0
    for match in _ATTRIBUTION.finditer(text):
        start = match.start("cited")
        end = start + len(match["cited"].rstrip())
        cited = starting.get(start)
        if cited is None or cited.end > end:
            continue
        begin = last
        region = text[last : match.start()].rstrip()
        for blank in _BLANK.finditer(region):
            begin = last + blank.end()
        last = match.end()
        span = _stripped(text, (begin, match.start()))
        if span[0] < span[1]:
            items.append(Item(_without_marks(text, span, closing), cited))
        else:
            items.append(Item(None, cited))
    return items


def _stripped(text: str, span: Span) -> Span:
    start, end = span
    while start < end and (text[start].isspace() or text[start] == ">"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _without_marks(text: str, span: Span, closing: Mapping[int, int]) -> Span:
    """A quote without the marks around it, if one pair holds the whole of it."""
    start, end = span
    if closing.get(start) == end - 1:
        return start + 1, end - 1
    return span


def _closing(text: str) -> dict[int, int]:
    """Of each quotation where it opens and where it closes; marks of its kind nest, one without its fellow is none."""
    closing: dict[int, int] = {}
    opened: dict[str, list[int]] = {opening: [] for opening in _OPEN}
    for at, char in enumerate(text):
        if char in opened:
            opened[char].append(at)
        for opening in _CLOSE.get(char, ()):
            if opened[opening]:
                closing[opened[opening].pop()] = at
    return closing


def _quotations(text: str, citations: Sequence[Span], closing: Mapping[int, int]) -> list[Span]:
    """Quotations in marks and lines that begin with >, in order, none within another or within a citation."""
    found: list[Span] = []
    for block in _BLOCK.finditer(text):
        span = _stripped(text, block.span())
        if span[0] < span[1]:
            found.append(_without_marks(text, span, closing))
    taken = _Spans([*found, *citations])
    last = -1
    for at, end in sorted(closing.items()):
        if at > last and not taken.hold((at, at + 1)):
            if end > at + 1:
                found.append((at + 1, end))
            last = end
    taken = _Spans([*found, *citations])
    pairs = (match for match in _PAIR.finditer(text) if not taken.meet(match.span()))
    return sorted([*found, *(match.span(1) for match in pairs)])


def _paired(text: str, quotes: Sequence[Span], named: Sequence[Named]) -> list[Item]:
    """Each quote with the citation that it goes with, then the citations that no quote goes with."""
    shadow = list(text)
    for start, end in quotes:
        shadow[start:end] = "·" * (end - start)
    plain = "".join(shadow)
    starts, ends = [one.start for one in named], [one.end for one in named]
    used: set[int] = set()
    items: list[Item] = []
    for start, end in quotes:
        after, before = bisect_left(starts, end), bisect_right(ends, start)
        cited = _behind(plain, end, named[after : after + 1])
        cited = cited or _ahead(plain, start, named[max(before - 1, 0) : before])
        if cited:
            used.add(cited.index)
        items.append(Item((start, end), cited))
    items.extend(Item(None, one) for one in named if one.index not in used)
    return items


def _behind(plain: str, end: int, following: Sequence[Named]) -> Named | None:
    """The citation that follows a quote at once: “…”（《…》第五条）."""
    after = next(iter(following), None)
    if after is None or after.start - end > _BEFORE_MOST:
        return None
    gap = plain[end : after.start].lstrip('”」』"·')
    return after if _AFTER.match(gap) else None


def _ahead(plain: str, start: int, preceding: Sequence[Named]) -> Named | None:
    """The citation before a quote, in its sentence or in a line that introduces it: 《…》第五条规定：“…”."""
    before = next(iter(preceding), None)
    if before is None:
        return None
    gap = plain[before.end : start].rstrip('“「『"')
    words = gap.replace("·", "")
    if len(words) > _BEFORE_MOST:
        return None
    return before if _INTRODUCES.search(gap) or not _STOP.search(gap) else None


def without_markers(text: str) -> str:
    """`text` with the > of quoted lines made blanks, so that positions stay."""
    return _MARKER.sub(lambda match: " " * len(match[0]), text)
