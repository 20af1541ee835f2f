"""Pages that are pictures, read by RapidOCR (the optional extra `ocr`).

The package carries its models: nothing is downloaded. What is read is no text of the file, so
every caller says which pages were read so.
"""

from __future__ import annotations

import functools
import importlib.util
import math
from collections.abc import Sequence
from typing import Any, Protocol

from qa_bot.errors import SourceError
from qa_bot.ingest.layout import Glyph

__all__ = [
    "DOTS_PER_INCH",
    "LONGEST_SIDE",
    "available",
    "glyphs",
    "listed",
    "needed",
    "warning",
    "without_text",
]

Engine = Any
Image = Any  # a numpy array: rows, columns, colours

DOTS_PER_INCH = 200
LONGEST_SIDE = 2000  # pixels: the engine makes larger ones smaller itself
_LEAST_SURE = 0.3  # a line left out is worse than one with a mistake


class Beginning(Protocol):
    """Called when a page is about to be read."""

    def __call__(self) -> None:
        """Say so: such a page takes some ten seconds."""


def _nobody() -> None:
    """Nobody wants to know."""


#: Told of every page that is read. The child of `guard` asks for time with it.
on_page: Beginning = _nobody


def available() -> bool:
    """Whether RapidOCR is installed."""
    return importlib.util.find_spec("rapidocr") is not None


@functools.cache
def _engine() -> Engine:
    from rapidocr import RapidOCR

    # Pages stand upright mostly, so lines are not asked whether they are upside down.
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.text_score": _LEAST_SURE,
        }
    )


def glyphs(image: Image, scale: float) -> list[Glyph]:
    """The characters of a picture (rows, columns, colours), their places in pixels times `scale`.

    A line is taken apart evenly: its characters' own places are not known.
    """
    on_page()
    result = _engine()(image)
    found: list[Glyph] = []
    if result is None or result.boxes is None or result.txts is None:
        return found
    for box, text, sure in zip(result.boxes, result.txts, result.scores, strict=True):
        if sure < _LEAST_SURE or not text.strip():
            continue
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = [(float(x), float(y)) for x, y in box]
        left, right = min(x1, x4), max(x2, x3)
        tall = (math.hypot(x4 - x1, y4 - y1) + math.hypot(x3 - x2, y3 - y2)) / 2
        # The boxes have a margin of about a fifth around the characters.
        size = tall * 0.8
        baseline = (y3 + y4) / 2 - 0.15 * tall
        widths = [0.55 if ord(char) < 0x2000 else 1.0 for char in text]
        step = (right - left) / sum(widths)
        place = left
        for char, width in zip(text, widths, strict=True):
            found.append(
                Glyph(
                    char, place * scale, (place + width * step) * scale, baseline * scale,
                    size * scale,
                )
            )  # fmt: skip
            place += width * step
    return found


def listed(pages: Sequence[int]) -> str:
    """Pages as a reader lists them: 3、4、7–9."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return "、".join(
        f"{run[0]}–{run[-1]}" if len(run) > 2 else "、".join(map(str, run)) for run in runs
    )


def without_text(name: str, drawings: Sequence[int]) -> SourceError:
    """Why pages that are drawn, without text and without a picture of a page, were not read."""
    where = listed(drawings)
    return SourceError(
        f"{name} 第{where}页只有图形，没有文字；请换成有文字的文件 / "
        f"{name}: page {where} is a drawing without text: use a file that has its text."
    )


def needed(name: str, pages: Sequence[int]) -> SourceError:
    """Why pages that are pictures were not read, and what to do."""
    where = listed(pages)
    if available():
        return SourceError(
            f"{name} 第{where}页是图片，没有识别出文字；请换成有文字的文件 / "
            f"{name}: page {where} is a picture in which no text was found: use a file that has its text."
        )
    return SourceError(
        f"{name} 第{where}页是图片，没有文字；安装 qa-bot[ocr] 后可以识别，或换成有文字的文件 / "
        f"{name}: page {where} is a picture without text: install qa-bot[ocr] to have it read, "
        "or use a file that has its text."
    )


def warning(name: str, pages: Sequence[int]) -> str:
    """That pages were read by OCR, and what that means."""
    where = listed(pages)
    return (
        f"{name} 第{where}页由机器识别（OCR），核对之前不算原文 / "
        f"{name}: page {where} was read by OCR, it is not verbatim until checked."
    )
