"""Running heads, feet and page numbers: lines at the edge of a page that come again on others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

__all__ = ["Edge", "furniture_of"]

_MARGIN = 0.12  # of the page's height: how far from its edge a running head or foot stands
_AT_EDGE = 3  # lines of a page that may be a head or a foot, from above and from below
_TIMES = 3
_LONGEST = 60
_TEXT = re.compile(r"[，。；：、,;]|^第[\d一二三四五六七八九十百]+[条章节]")
_NUMBER = re.compile(
    r"^(?:[-—–－―·•~～_\s]{0,6}(?:第\s*)?(\d{1,4})(?:\s*页)?(?:\s*[,，/／]?\s*共\s*\d{1,4}\s*页|\s*/\s*\d{1,4})?[-—–－―·•~～_\s]{0,6})$"
)
_DASHED = re.compile(r"^[-—–－―·•]{1,2}\s*\d{1,4}\s*[-—–－―·•]{1,2}$|^第\s*\d{1,4}\s*页")
_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


# A line near the edge of a page: its page (from 0), its number among the page's lines, its text, and
# where it stands, as a share of the page's height.
Edge = tuple[int, int, str, float]


def furniture_of(edges: Sequence[Edge], pages: int) -> set[tuple[int, int]]:
    """Which lines are furniture: (page, line) of each.

    A running head or foot stands at the same height in the margin, with the same words (numbers counted
    as equal), on three pages or more; on two of two to five. A page number is a number alone that
    counts with the pages on two of them, or stands between dashes.

    Args:
        edges: the first and last lines of each page, those in the margin.
        pages: how many pages there are.
    """
    found: set[tuple[int, int]] = set()
    numbers: dict[int, set[int]] = defaultdict(set)
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for page, _, text, place in edges:
        if match := _NUMBER.match(text.strip()):
            numbers[int(match[1]) - page].add(page)
        key = _key(text)
        if key and len(key) <= _LONGEST:
            seen[key, round(50 * place)].add(page)
    times: Counter[tuple[str, int]] = Counter()
    for (key, height), on in seen.items():
        around = set(on)
        for near in (height - 1, height + 1):
            around |= seen.get((key, near), set())
        times[key, height] = len(around)
    enough = 2 if pages <= 5 else _TIMES
    for page, line, text, place in edges:
        match = _NUMBER.match(text.strip())
        if match:
            if _DASHED.match(text.strip()) or len(numbers[int(match[1]) - page]) > 1:
                found.add((page, line))
            continue
        key = _key(text)
        if times[key, round(50 * place)] >= enough and not _TEXT.search(key):
            found.add((page, line))
    return _outermost(found, edges)


def _outermost(found: set[tuple[int, int]], edges: Sequence[Edge]) -> set[tuple[int, int]]:
    """Those of the lines found with no line of the text between them and the edge of the page."""
    by_page: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for page, line, _, place in edges:
        by_page[page].append((line, place))
    kept: set[tuple[int, int]] = set()
    for page, lines in by_page.items():
        for upper in (True, False):
            side = sorted(
                ((line, place) for line, place in lines if (place < 0.5) == upper),
                key=lambda one: one[1],
                reverse=not upper,
            )
            for line, _ in side:
                if (page, line) not in found:
                    break
                kept.add((page, line))
    return kept


def _key(text: str) -> str:
    return _DIGITS.sub("0", _SPACE.sub("", text))


def at_edge(heights: Sequence[float]) -> list[int]:
    """Which of a page's lines may be furniture, by the shares of its height at which they stand."""
    order = sorted(range(len(heights)), key=lambda one: heights[one])
    upper = [one for one in order[:_AT_EDGE] if heights[one] < _MARGIN]
    lower = [one for one in order[-_AT_EDGE:] if heights[one] > 1 - _MARGIN]
    return sorted({*upper, *lower})
