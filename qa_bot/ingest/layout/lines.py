"""From glyphs to lines: what stands on one baseline, parted where there is a gap."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter

from qa_bot.ingest.layout.model import Glyph
from qa_bot.text import is_cjk

__all__ = ["Segment", "line_text", "rows_of", "segments_of", "vertical"]

_SAME_LINE = 0.35  # of the size: how far baselines of one line may differ
_PARTED = 0.8  # of the size: a wider gap may be that between columns
_BLANK = 0.6  # of the size: a wider gap beyond the usual one is a blank
_WORD_GAP = 0.17  # of the size, between letters of alphabets
_WIDE_GAP = 1.6  # of the size: cells of a table without ruling lines
_RAISED = 0.8  # of the size of the line: a smaller one beside it is raised or lowered
_NEAREST = 60  # no page has so many lines at one height
_ALPHABETIC = re.compile(r"[0-9A-Za-z\u00c0-\u024f\u0370-\u052f]")
# Blanks that mean something in the text made here must not come from the file itself.
_OURS = str.maketrans({
    **dict.fromkeys((0x2004, 0x2005, 0x2006, 0x2009, 0x200A), " "),
    **dict.fromkeys((9, 10, 11, 12, 13, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029), " "),
    0: "",
})  # fmt: skip


@dataclass(slots=True)
class Segment:
    """Glyphs that follow each other on one baseline, or a table, which stands in the flow like one.

    Attributes:
        left: where it begins.
        right: where it ends.
        top: above its characters.
        bottom: below its characters.
        baseline: of most of its characters; the top of a table.
        size: of its largest characters.
        glyphs: from left to right.
        table: the rows of a table as lines of text; empty for text.
        edges: of a table's columns, from left to right.
    """

    left: float
    right: float
    top: float
    bottom: float
    baseline: float
    size: float
    glyphs: list[Glyph] = field(default_factory=list)
    table: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    @property
    def length(self) -> int:
        """How many characters that are no blanks it has."""
        return sum(len(glyph.text) for glyph in self.glyphs if not glyph.text.isspace())


def segments_of(glyphs: Iterable[Glyph]) -> list[Segment]:
    """The segments of a page, from top to bottom and from left to right.

    Guarantees: every glyph is in one segment; segments without a visible character are left out.
    """
    lines = _on_lines(sorted(glyphs, key=attrgetter("baseline")))
    found: list[Segment] = []
    for line in lines:
        line.sort(key=attrgetter("left"))
        group: list[Glyph] = []
        end = 0.0
        for glyph in line:
            if group and glyph.left - end > _PARTED * max(glyph.size, group[-1].size):
                found.extend(_segment(group))
                group = []
            end = max(end, glyph.right) if group else glyph.right
            group.append(glyph)
        found.extend(_segment(group))
    return sorted(_with_raised(found), key=attrgetter("baseline", "left"))


def rows_of(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Segments that stand beside each other, row by row; a table is a row of its own.

    Guarantees: every segment is in one row; rows come from top to bottom.
    """
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=attrgetter("baseline", "left")):
        last = rows[-1][0] if rows else None
        if (
            last is None
            or last.table
            or segment.table
            or segment.baseline - last.baseline > _SAME_LINE * max(segment.size, last.size)
        ):
            rows.append([])
        rows[-1].append(segment)
    for row in rows:
        row.sort(key=attrgetter("left"))
    return rows


def line_text(segments: Sequence[Segment]) -> str:
    """A row's characters in one line, with blanks where it has gaps.

    Guarantees: with white space removed it is the glyphs' text with white space removed, from left to
    right, but for characters that no text holds (a zero).
    """
    glyphs = [glyph for segment in segments for glyph in segment.glyphs]
    gaps = sorted(after.left - before.right for before, after in pairwise(glyphs))
    # A line set wide (通　知) has the same gap everywhere: that is no blank.
    usual = max(0.0, gaps[len(gaps) // 2]) if len(gaps) > 2 else 0.0
    out: list[str] = []
    for index, glyph in enumerate(glyphs):
        text = glyph.text.translate(_OURS)
        if index and text:
            before = glyphs[index - 1]
            gap = (glyph.left - before.right) / max(glyph.size, before.size, 1e-6)
            relative = gap - usual / max(glyph.size, 1e-6)
            beside = out[-1][-1:] if out else ""
            if text[0].isspace() or beside.isspace():
                if gap > _WIDE_GAP and relative > _BLANK:
                    out.append("  ")
            elif gap > _WIDE_GAP and relative > _BLANK:
                out.append("  ")
            elif relative > _BLANK or (
                gap > _WORD_GAP and _ALPHABETIC.match(beside) and _ALPHABETIC.match(text)
            ):
                out.append(" ")
        if text:
            out.append(text)
    return "".join(out)


def vertical(glyphs: Sequence[Glyph]) -> bool:
    """Whether most glyphs stand below the one before: text that is set from top to bottom."""
    below = beside = 0
    for before, after in pairwise(glyphs):
        size = max(before.size, after.size)
        if not is_cjk(after.text[:1]) or not is_cjk(before.text[:1]):
            continue
        if abs(after.baseline - before.baseline) < 0.3 * size:
            beside += 0 < after.left - before.left < 2.5 * size
        elif abs(after.left - before.left) < 0.3 * size:
            below += 0.5 * size < after.baseline - before.baseline < 1.3 * size
    return below > 10 and below > 2 * beside


def _on_lines(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Glyphs, sorted by their baselines, on common ones."""
    lines: list[list[Glyph]] = []
    for glyph in glyphs:
        first = lines[-1][0] if lines else None
        if first is None or glyph.baseline - first.baseline > _SAME_LINE * min(
            glyph.size, first.size
        ):
            lines.append([])
        lines[-1].append(glyph)
    return lines


def _segment(glyphs: list[Glyph]) -> list[Segment]:
    if not any(glyph.text.strip() for glyph in glyphs):
        return []
    size = max(glyph.size for glyph in glyphs)
    baselines = sorted(glyph.baseline for glyph in glyphs)
    baseline = baselines[len(baselines) // 2]
    right = max(glyph.right for glyph in glyphs)
    return [
        Segment(
            glyphs[0].left, right, baseline - 0.88 * size, baseline + 0.12 * size, baseline, size,
            glyphs,
        )
    ]  # fmt: skip


def _with_raised(segments: list[Segment]) -> list[Segment]:
    """Raised and lowered characters put into the line beside which they stand: 10m², CO₂."""
    sizes = sorted(segment.size for segment in segments)
    if not sizes or sizes[0] >= _RAISED * sizes[-1]:
        return segments
    by_height = sorted(segments, key=attrgetter("baseline"))
    heights = [segment.baseline for segment in by_height]
    gone: set[int] = set()
    changed: dict[int, Segment] = {}
    for segment in segments:
        if segment.length > 4:
            continue
        low = bisect_left(heights, segment.baseline - sizes[-1])
        high = bisect_left(heights, segment.baseline + sizes[-1])
        middle = segment.baseline - 0.38 * segment.size
        for line in by_height[low : min(high, low + _NEAREST)]:
            if (
                line is not segment
                and id(line) not in gone
                and segment.size < _RAISED * line.size
                and line.top <= middle <= line.bottom
                and _touches(line, segment)
            ):
                line.glyphs.extend(segment.glyphs)
                changed[id(line)] = line
                line.left, line.right = (
                    min(line.left, segment.left),
                    max(line.right, segment.right),
                )
                gone.add(id(segment))
                break
    for line in changed.values():
        line.glyphs.sort(key=attrgetter("left"))
    return [segment for segment in segments if id(segment) not in gone]


def _touches(line: Segment, segment: Segment) -> bool:
    near = 0.5 * line.size
    return (
        abs(segment.left - line.right) < near
        or abs(line.left - segment.right) < near
        or (line.left < segment.left and segment.right < line.right)
    )
