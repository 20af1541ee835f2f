"""Who signed a text, and when: the signature over the date that closes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from qa_bot.gazette.annexes import can_be_title
from qa_bot.gazette.grammar import (
    ANNEX_LABEL,
    ANNEX_MENTION,
    DATE_LINE,
    DISTRIBUTION,
    FINAL,
    REMARK,
)
from qa_bot.gazette.heads import OFFICE_END
from qa_bot.gazette.lines import Line
from qa_bot.patterns import late
from qa_bot.text import find_dates, squeeze

__all__ = ["Signed", "find_signature", "is_signature"]

# 总理　　李克强, 局　长　郑国栋, 市长：刘　洋: who signs an order.
_SIGNER = late(
    r"^(?:代)?(?:省长|市长|县长|区长|州长|主席|总理|主任|局长|部长|署长|厅长|行长|院长|检察长|会长|镇长)[:：]?[\u4e00-\u9fff·]{2,8}$"
)
# 某某市人民政府 2021年3月5日 on one line
_SIGNED_DATE = late(
    r"^(?P<office>[\u4e00-\u9fff（()）、\s]{2,40}?)\s*(?P<date>\S{4}\s*年\s*\S{1,3}\s*月\s*\S{1,3}\s*日)$"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A text, the signature and date under it, and what follows.

    Attributes:
        body: lines above the signature.
        office: the lines of the signature.
        dated: the line of the date, or `None`.
        notes: remarks and distribution lines under the date.
        rest: all behind these.
    """

    body: list[Line]
    office: list[Line]
    dated: Line | None
    notes: list[Line]
    rest: list[Line]

    @property
    def day(self) -> date | None:
        """The date, as a calendar has it."""
        dates = find_dates(squeeze(self.dated.text)) if self.dated else []
        return dates[0][0] if dates else None

    @property
    def signer(self) -> str | None:
        """The office that signed; a person's name is none."""
        offices: list[str] = []
        for line in self.office:
            if not _SIGNER.match(squeeze(line.text)):
                several = [squeeze(name) for name in re.split(r"\s{2,}|　", line.text) if name]
                whole = all(name.endswith(OFFICE_END) and len(name) > 2 for name in several)
                offices.extend(several if whole else [squeeze(line.text)])
        if not offices and self.dated and (match := _SIGNED_DATE.match(self.dated.text)):
            offices = [squeeze(match["office"])]
        return "、".join(offices) or None


def find_signature(lines: list[Line]) -> Signed:
    """The signature that closes a text: an office over a date, or a date that nothing of it follows.

    A date alone on its line in the text (2019年5月1日 under 开标日期) is none.
    """
    chosen: int | None = None
    for index, line in enumerate(lines):
        if line.is_row or not _is_date(line):
            continue
        following = lines[index + 1] if index + 1 < len(lines) else None
        alone = DATE_LINE.match(line.text)
        if not alone or (index and is_signature(lines[index - 1])):
            chosen = index
            break
        if chosen is None and (following is None or _begins_anew(following)):
            chosen = index
    if chosen is None:
        return Signed(list(lines), [], None, [], [])
    begin = chosen
    while begin > 0 and chosen - begin < 8 and is_signature(lines[begin - 1]):
        begin -= 1
    end = chosen + 1
    while end < len(lines) and (
        REMARK.match(lines[end].text) or DISTRIBUTION.match(lines[end].text)
    ):
        end += 1
        # 抄送：县委各部门，…，⏎各人民团体。⏎某某县人民政府办公室 2021年3月5日印发
        foot = [
            at for at in range(end, min(end + 5, len(lines))) if DISTRIBUTION.match(lines[at].text)
        ]
        if foot and not any(ANNEX_LABEL.match(line.text) for line in lines[end : foot[0]]):
            end = foot[0]
    return Signed(
        lines[:begin], lines[begin:chosen], lines[chosen], lines[chosen + 1 : end], lines[end:]
    )


def _is_date(line: Line) -> bool:
    if "年" not in line.text or len(line.text) > 60:
        return False
    if DATE_LINE.match(line.text):
        return True
    signed = _SIGNED_DATE.match(line.text)
    return bool(
        signed
        and squeeze(signed["office"]).endswith(OFFICE_END)
        and DATE_LINE.match(signed["date"])
    )


def _begins_anew(line: Line) -> bool:
    return bool(
        ANNEX_LABEL.match(line.text)
        or ANNEX_MENTION.match(line.text)
        or REMARK.match(line.text)
        or DISTRIBUTION.match(line.text)
        or (can_be_title(line) and len(line.text) > 5)
    )


def is_signature(line: Line) -> bool:
    """Whether a line names who signs: an office, or a person with the office held (市长 姚高员)."""
    text = squeeze(line.text)
    if _SIGNER.match(text):
        return True
    if line.is_row or text[-1] in FINAL or any(char in text for char in "，。；："):
        return False
    return len(text) <= 40 and text.endswith(OFFICE_END)
