"""What a notice issues or annexes: the texts behind its signature, and what the notice calls them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qa_bot.gazette.contents import title_key
from qa_bot.gazette.grammar import (
    ANNEX_LABEL,
    ANNEX_MENTION,
    DATE_LINE,
    DECIMAL,
    DISTRIBUTION,
    FINAL,
    HISTORY,
    REMARK,
    UNIT,
    marker,
)
from qa_bot.gazette.heads import TITLE_END
from qa_bot.gazette.lines import Line, mend
from qa_bot.text import parse_number, squeeze

__all__ = ["Annex", "Mention", "alike", "mention_key", "mentions_in", "split_texts"]

# 《…通知》政策解读, 关于《…（草案）》的说明, 更正: texts of their own that follow a document.
_OTHER_TEXT = re.compile(
    r"^(?:《.+》.{0,8}(?:解读|说明)|关于《.+》的(?:说明|解读)|更正|.{4,40}(?:上的讲话|任免名单))$"
)
_TITLE_LINES = 4
_LONGEST_TITLE = 90


@dataclass(frozen=True, slots=True)
class Annex:
    """A text behind the signature.

    Attributes:
        label: 附件1, or `None`.
        number: 1, or `None` where the label has none.
        title: lines of its heading.
        lines: all others.
    """

    label: Line | None
    number: int | None
    title: tuple[Line, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """What a text says that it has annexed: 附件：1.某市防汛应急预案."""

    title: str
    lines: tuple[Line, ...]


def mention_key(text: str) -> str:
    """A title folded for comparison, less the number and quotes that a list of annexes gives it."""
    text = squeeze(text)
    numbered = marker(text)
    if numbered and numbered.kind in ("level_3", "level_1"):
        text = text[numbered.length :]
    return title_key(text).strip('.";:,《》<>')


def alike(one: str, other: str, share: float = 0.75) -> bool:
    """Whether two titles share that part of the shorter one's characters."""
    shared = sum(char in one for char in other)
    return bool(other) and shared >= share * min(len(one), len(other))


def mentions_in(
    source: str, lines: Sequence[Line], titles: Iterable[str]
) -> tuple[list[Mention], list[Line]]:
    """The annexes that a text names at its end, and its other lines.

    A list counts on line by line (附件：1.某市防汛应急预案⏎2.某市应急队伍名单), and a title may break
    (附件：温州市药品零售（连锁）经营许可⏎实施细则), which shows in the annex's own (`titles`).
    """
    mentions: list[Mention] = []
    kept: list[Line] = []
    if not any(line.text[0] == "附" for line in lines):
        return mentions, list(lines)
    whole = {mention_key(title) for title in titles}
    for paragraph in mend(source, lines):
        text, of = squeeze(paragraph.text), paragraph.lines
        found = ANNEX_MENTION.match(paragraph.text)
        last = mentions[-1] if mentions and not kept_since(kept, mentions[-1]) else None
        if found and paragraph.text[-1] not in "。！？":
            mentions.append(Mention(squeeze(found["title"]), of))
        elif last and _counts_on(text, len(mentions)):
            mentions.append(Mention(text, of))
        elif last and mention_key(last.title + text) in whole:
            mentions[-1] = Mention(last.title + text, (*last.lines, *of))
        else:
            kept.extend(of)
    return mentions, kept


def kept_since(kept: Sequence[Line], mention: Mention) -> bool:
    """Whether body text has come since a mention, so that the list of annexes is over."""
    return bool(kept) and kept[-1].start > mention.lines[-1].start


def _counts_on(text: str, count: int) -> bool:
    """Whether a line is the next of a list of annexes, of which `count` were named."""
    numbered = marker(text)
    return bool(
        numbered
        and numbered.kind == "level_3"
        and numbered.number == count + 1
        and text[-1] not in "。！？：:"
    )


def split_texts(
    lines: Sequence[Line], titles: Iterable[str], *, after_signature: bool
) -> list[list[Line]]:
    """Where one text ends and the next begins.

    A text begins with its label (附件1), with a title that the notice names (`titles`), or with a title
    over an article or chapter that counts from one again.

    Args:
        lines: behind the signature, or of a whole text without one; then the first run is its body.
        titles: that the notice names.
        after_signature: whether a text begins at the first line.

    Guarantees: the runs joined are `lines`, but for labels with a title (附件1：标题), which are two lines.
    """
    lines = _part_labels(lines)
    keys = {mention_key(title) for title in titles if len(title) > 3}
    starts: set[int] = {0} if after_signature else set()
    articles = chapters = 0
    quoted = False
    begun = 0  # where the text at hand began
    for index, line in enumerate(lines):
        text = line.text
        quoted_before = quoted
        if "“" in text or "”" in text:
            quoted = _quoted(text, quoted)
        if quoted_before or len(line.cells) > 1:
            continue
        begins = text[0]
        if begins == "附" and ANNEX_LABEL.match(line.text):
            # A label under a title belongs to it: …轻微违法行为目录清单⏎⏎附件⏎⏎序号	分类
            if index and not (
                index - begun == 1 and can_be_title(lines[begun]) and begun in starts
            ):
                starts.add(index)
                begun, articles, chapters = index, 0, 0
            continue
        if (
            index
            and keys
            and _named_title(lines, index, keys)
            and not _just_begun(lines, begun, index)
        ):
            starts.add(index)
            begun, articles, chapters = index, 0, 0
            continue
        if (
            begins not in "第（("
            and index - begun > 1
            and len(text) < _LONGEST_TITLE
            and text[-1] not in FINAL
            and _OTHER_TEXT.match(squeeze(line.text))
        ):
            starts.add(index)
            begun, articles, chapters = index, 0, 0
            continue
        numbered = marker(line.text) if begins == "第" else None
        if numbered and numbered.kind in ("article", "chapter"):
            counted = articles if numbered.kind == "article" else chapters
            # Behind a decision the rules as amended begin with their title: 城市供水管理规定⏎（1994年…）⏎第一条
            behind = not articles and not chapters and index - begun > _TITLE_LINES
            again = numbered.number == 1 and (counted > 1 or behind)
            if again and (first := _title_above(lines, index, begun)) is not None:
                starts.add(first)
                begun, articles, chapters = first, 0, 0
            if numbered.kind == "article":
                articles += 1
            else:
                chapters += 1
                if again:
                    articles = 0
    bounds = [*sorted({*starts, 0}), len(lines)]
    return [list(lines[a:b]) for a, b in pairwise(bounds) if a < b]


def _quoted(text: str, quoted: bool) -> bool:
    """Whether a quotation is open behind `text`."""
    opened, closed = text.rfind("“"), text.rfind("”")
    return quoted if opened == closed else opened > closed


def _part_labels(lines: Sequence[Line]) -> list[Line]:
    """附件1：某市防汛应急预案 as two lines, where it heads a text and is none of a list of annexes."""
    parted: list[Line] = []
    for index, line in enumerate(lines):
        found = ANNEX_MENTION.match(line.text) if line.text[0] == "附" and not line.is_row else None
        title = squeeze(found["title"]) if found else ""
        following = lines[index + 1] if index + 1 < len(lines) else None
        heads = (
            found
            and following
            and found["number"]
            and title[-1] not in FINAL
            and not marker(title)
            and len(title) <= _LONGEST_TITLE
            and not ANNEX_MENTION.match(following.text)
            and not ANNEX_LABEL.match(following.text)
            and not DATE_LINE.match(following.text)
            and not (index and ANNEX_MENTION.match(lines[index - 1].text))
        )
        if found and heads:
            cut = line.start + found.start("title")
            label = line.text[: found.start("title")].rstrip()
            end = line.start + len(label)
            parted.append(replace(line, end=end, text=label, cells=((line.start, end),)))
            parted.append(
                replace(line, start=cut, text=found["title"], gap=0, cells=((cut, line.end),))
            )
        else:
            parted.append(line)
    return parted


def _named_title(lines: Sequence[Line], index: int, keys: set[str]) -> bool:
    key = ""
    for line in lines[index : index + 3]:
        if line.is_row or len(line.text) > _LONGEST_TITLE or not can_be_title(line):
            return False
        key += title_key(line.text)
        if key.strip('.";:,《》<>') in keys:
            return True
    return False


def _just_begun(lines: Sequence[Line], begun: int, index: int) -> bool:
    """Whether only a label stands between the start of the text at hand and `index`."""
    return (
        all(ANNEX_LABEL.match(line.text) for line in lines[begun:index][:3]) and index - begun < 3
    )


def _title_above(lines: Sequence[Line], index: int, begun: int) -> int | None:
    """The first line of a title that stands directly above `index`; `None` where there is none."""
    first = index
    while (
        first > begun + 1
        and index - first < _TITLE_LINES + 2
        and can_be_title(lines[first - 1], True)
    ):
        first -= 1
    title = "".join(
        squeeze(line.text) for line in lines[first:index] if not HISTORY.match(line.text)
    )
    return first if title and TITLE_END.search(title) else None


def can_be_title(line: Line, or_history: bool = False) -> bool:
    """Whether a line may be of a heading: no row, sentence, number, label or unit.

    Args:
        line: to look at.
        or_history: whether the note under a title (（2019年…通过）) may be, too.
    """
    if or_history and HISTORY.match(line.text):
        return True
    return not (
        line.is_row
        or line.text[-1] in FINAL
        or len(line.text) > _LONGEST_TITLE
        or marker(line.text)
        or ANNEX_LABEL.match(line.text)
        or DECIMAL.match(line.text)
        or DATE_LINE.match(line.text)
        or UNIT.match(line.text)
        or HISTORY.match(line.text)
        or REMARK.match(line.text)
        or DISTRIBUTION.match(line.text)
    )


def read_annex(lines: Sequence[Line]) -> Annex:
    """Label, title and text of a run of `split_texts`."""
    label: Line | None = None
    title: list[Line] = []
    index = 0
    for index, line in enumerate(lines):  # noqa: B007 - used behind the loop
        if label is None and ANNEX_LABEL.match(line.text):
            label = line
        elif can_be_title(line) and not (title and _goes_on(title, line)):
            title.append(line)
        else:
            break
    else:
        index = len(lines)
    found = ANNEX_LABEL.match(label.text) if label else None
    number = parse_number(found["number"]) if found and found["number"] else None
    return Annex(label, number, tuple(title), tuple(lines[index:]))


def _goes_on(title: Sequence[Line], line: Line) -> bool:
    """Whether the text begins with `line`: 鹿城区：滨江街道、南汇街道… under the title of a list."""
    if len(title) == _TITLE_LINES - 1 or any(char in line.text for char in "，。；：:;"):
        return True
    # The title is whole, and the line under it is no second half of one.
    # 先进集体名单 over （共3个）
    whole = re.sub(r"[（(][^（()）]{1,12}[）)]$", "", "".join(squeeze(at.text) for at in title))
    return bool(TITLE_END.search(whole)) and not re.search(
        r"^[（(]|" + TITLE_END.pattern, squeeze(line.text)
    )


__all__ += ["can_be_title", "read_annex"]
