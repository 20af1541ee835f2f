"""Quotations that go over several lines: the new text of an article in a decision that amends it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_bot.gazette.lines import Line, Paragraph

__all__ = ["closing_paragraph", "quoted_lines"]

# 修改为：“…, 增加一条，作为第八条：“…
_NEW_TEXT = re.compile(r"(?:修改|修订|修正|增加|改|作)[^“”]{0,60}$")
_BEFORE_MARK = 70
# A quotation left open for longer lacks its closing mark; it then binds nothing.
_LONGEST = 200


def _ends_open(text: str, is_open: bool) -> bool:
    """Whether a quotation is open behind `text`.

    Each paragraph of a long quotation begins with “ and only the last ends with ”, so the last mark
    decides.
    """
    last = max(text.rfind("“"), text.rfind("”"))
    return is_open if last < 0 else text[last] == "“"


def quoted_lines(lines: Sequence[Line]) -> set[int]:
    """The numbers of the lines that begin within a quotation.

    三、第五条修改为：“第五条 …。⏎“第六条 …。”: the second line begins in it, though it has a mark of its own.
    """
    found: set[int] = set()
    opened: int | None = None
    for index, line in enumerate(lines):
        if "“" not in line.text and "”" not in line.text:
            continue
        if opened is not None and index - opened > _LONGEST:
            opened = None
        if _ends_open(line.text, is_open=False):
            # Of several marks left open the first may be of the article's own words: 第五条 所称“甲…
            at = line.text.rfind("“")
            if opened is None and not _NEW_TEXT.search(line.text[max(0, at - _BEFORE_MARK) : at]):
                continue  # a mark that lacks its other half, as OCR leaves it
            opened = index if opened is None else opened
        elif opened is not None:
            found.update(inside.number for inside in lines[opened + 1 : index + 1])
            opened = None
    return found


def closing_paragraph(paragraphs: Sequence[Paragraph], index: int) -> int:
    """The index of the paragraph that closes the quotation left open in the one at `index`.

    It is `index` itself where that one opens none, or where none is found that closes it.
    """
    opens = _ends_open(paragraphs[index].text, is_open=False)
    if paragraphs[index].text[-1] in "：:" and index + 1 < len(paragraphs):
        # （四）增加一条，作为第十八条：⏎“第十八条 …
        opens = opens or paragraphs[index + 1].text.startswith("“")
    if not opens:
        return index
    for at in range(index + 1, min(index + 1 + _LONGEST, len(paragraphs))):
        if not _ends_open(paragraphs[at].text, is_open=True):
            return at
    return index
