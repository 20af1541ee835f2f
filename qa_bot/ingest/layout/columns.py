"""Reading order: columns of prose one after the other, everything else row by row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from qa_bot.ingest.layout.lines import Segment, rows_of

__all__ = ["Block", "blocks_of"]

# A block: rows of one column, or of the whole width, from top to bottom.
Block = list[list[Segment]]

_MOST_COLUMNS_DEEP = 3
_PROSE_LENGTH = 8  # characters
_PROSE_LINES = 4
_FULL = 1.6  # of the size: how far a full line may end before the edge


def blocks_of(segments: Sequence[Segment], depth: int = 0) -> list[Block]:
    """Rows in the order in which they are read, block by block.

    A page has columns where a gutter parts prose from prose: lines that mostly fill their column. Cells of
    a table without ruling lines are no prose, so they stay in their rows.

    Guarantees: every segment is in one row of one block.
    """
    rows = rows_of(segments)
    gutter = _gutter(segments) if depth < _MOST_COLUMNS_DEEP else None
    if gutter is None:
        return [rows] if rows else []
    blocks: list[Block] = []
    across: Block = []
    band: list[Segment] = []

    def close() -> None:
        nonlocal across
        left, right = _parted(band, gutter)
        parts = [blocks_of(side, depth + 1) for side in (left, right)]
        # A side is a column of prose, or has columns itself.
        prose, right_prose = (
            _prose(side) or len(part) > 1 for side, part in zip((left, right), parts, strict=True)
        )
        if prose and (right_prose or (_prose(left, _PROSE_LINES) and _lines(right))):
            if across:
                blocks.append(across)
            across = []
            blocks.extend(block for part in parts for block in part)
        else:
            across.extend(rows_of(band))
        band.clear()

    for row in rows:
        if any(segment.left < gutter < segment.right for segment in row):
            close()
            across.append(row)
        else:
            band.extend(row)
    close()
    if across:
        blocks.append(across)
    return blocks


def _parted(segments: Sequence[Segment], gutter: float) -> tuple[list[Segment], list[Segment]]:
    left = [segment for segment in segments if segment.right <= gutter]
    return left, [segment for segment in segments if segment.right > gutter]


def _gutter(segments: Sequence[Segment]) -> float | None:
    """The place that best parts the page: much on both sides, little across; `None` where none does."""
    if len(segments) < 2 * _PROSE_LINES:
        return None
    starts = sorted(segment.left for segment in segments)
    ends = sorted(segment.right for segment in segments)
    lowest, highest = starts[0], ends[-1]
    sizes = sorted(segment.size for segment in segments)
    near = 0.3 * sizes[len(sizes) // 2]
    best, place = 0.0, None
    for start in sorted(set(starts)):
        if not lowest + 0.15 * (highest - lowest) < start < highest - 0.15 * (highest - lowest):
            continue
        at = start - 1e-6 * max(1.0, abs(start))
        left = bisect_right(ends, at)
        right = len(starts) - bisect_left(starts, at)
        # A column has an edge, where most of its lines begin.
        edge = bisect_right(starts, start + near) - bisect_left(starts, at)
        score = min(left, right) - 2 * (len(segments) - left - right) + edge / 2
        if score > best:
            best, place = score, at
    if place is None or best < 1.5 * _PROSE_LINES:
        # Titles across a short page leave less; a band below them may still have columns.
        return _gutter_below(segments)
    return place


def _gutter_below(segments: Sequence[Segment]) -> float | None:
    """As `_gutter`, where more than half of the page is not in columns: where most lines begin a column."""
    rows = rows_of(segments)
    votes: dict[int, int] = {}
    size = max((segment.size for segment in segments), default=1.0) or 1.0
    for row in rows:
        for before, after in pairwise(row):
            if before.length >= _PROSE_LENGTH and after.length >= _PROSE_LENGTH:
                key = round(after.left / size)
                votes[key] = votes.get(key, 0) + 1
    if not votes:
        return None
    key = max(votes, key=lambda one: votes[one])
    if votes[key] < _PROSE_LINES:
        return None
    lefts = [
        after.left
        for row in rows
        for before, after in pairwise(row)
        if round(after.left / size) == key
        and before.length >= _PROSE_LENGTH
        and after.length >= _PROSE_LENGTH
    ]
    return min(lefts) - 1e-6 * max(1.0, size)


def _lines(segments: Sequence[Segment]) -> bool:
    """Whether a short column holds a line of prose at all."""
    return any(segment.length >= _PROSE_LENGTH or segment.table for segment in segments)


def _prose(segments: Sequence[Segment], least: int = 3) -> bool:
    """Whether segments are lines of a column: most of them long, half of them to its right edge."""
    rows = [row for row in rows_of(segments) if not row[0].table]
    if len(rows) < least:
        return False
    lengths = sorted(sum(segment.length for segment in row) for row in rows)
    if lengths[len(lengths) // 2] < _PROSE_LENGTH:
        return False
    edge = max(row[-1].right for row in rows)
    full = sum(edge - row[-1].right < _FULL * row[-1].size for row in rows)
    return 5 * full >= 2 * len(rows)
