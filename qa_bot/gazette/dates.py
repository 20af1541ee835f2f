"""When a text says that it applies, and until when."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from qa_bot.patterns import late
from qa_bot.text import find_dates, parse_number

__all__ = ["effective_from", "valid_until"]

_NUMBER = r"[\d一二三四五六七八九十两]{1,4}"
# 自印发之日起施行, 自2019年5月1日起实施, 自公布之日起30日后施行
_EFFECTIVE = late(
    r"(?:自|从|于)\s*+(?P<when>[^，。；自]{2,24}?)\s*(?:起|开始)\s*"
    rf"(?:(?P<count>{_NUMBER})\s*(?P<unit>日|天|个月)后\s*)?(?:正式)?(?:施行|实施|执行|生效|试行)"
)
_ON_ISSUE = late(r"(?:印发|发布|公布|发文|下发|签发|颁布)之?日|即日")
# 本通知自…, 现予公布，自…, 《…》已经…通过，现印发给你们，自…
_SPEAKS_OF_ITSELF = late(
    r"(?:本(?:通知|规定|办法|细则|意见|方案|清单|条例|决定|公告|通告|规则|标准|法|规范|制度|文件|预案|准则|章程|政策|措施)[^。]{0,8}"
    r"|现予(?:以)?(?:公布|发布|印发)[，,]?|公布[，,]|(?:印发|发布)给你们[^。]{0,10}|^)$"
)
# 有效期3年, 有效期至2025年12月31日, 有效期为五年, 试行期2年, 施行至2020年12月31日止
_TERM = late(
    rf"(?:有效期限?|试行期限?|执行期限?|施行期限?|实施期限?|试行)\s*(?:为|是|暂定)?\s*(?P<count>{_NUMBER})\s*(?P<unit>年|个月)"
)
_UNTIL = late(
    r"(?:有效期|试行期|执行期|施行|实施|执行|有效)限?\s*(?:截?至|到|截止到?)\s*(?P<when>[^，。；]{6,16})"
)
# 本办法自2020年1月1日起施行，有效期5年; but 《药品经营许可证》有效期5年 is about a licence.
_OF_ITSELF = late(
    r"^(?!.*(?:证|合同|许可)[^，]{0,6}$)(?:本[^，。；]{2,8}|.*自[^，。；]{2,24}起\s*(?:正式)?(?:施行|实施|执行|试行)[，,]?).{0,30}$",
    re.DOTALL,
)
_BEFORE = 14
_SENTENCE = 200


def effective_from(texts: Sequence[str], issued_on: date | None) -> date | None:
    """The day from which a text says that it applies, or `None`.

    自印发之日起 is the day of issue; 自公布之日起30日后 thirty days later. Only a sentence in which the text
    speaks of itself counts (本通知自…, 现予公布，自…): others may be about another text.
    """
    for text in texts:
        if "行" not in text and "实施" not in text and "生效" not in text:
            continue
        for match in _EFFECTIVE.finditer(text):
            before = text[max(0, match.start() - _BEFORE) : match.start()]
            if not _SPEAKS_OF_ITSELF.search(before):
                continue
            dates = find_dates(match["when"])
            day = dates[0][0] if dates else issued_on if _ON_ISSUE.search(match["when"]) else None
            if day and match["count"]:
                day = _later(day, parse_number(match["count"]) or 0, match["unit"])
            if day:
                return day
    return None


def valid_until(texts: Sequence[str], since: date | None) -> date | None:
    """The last day on which a text says that it applies, or `None`; a term counts from `since`."""
    for text in texts:
        if not any(word in text for word in ("期", "至", "试行")):
            continue
        for match in _UNTIL.finditer(text):
            dates = find_dates(match["when"])
            if dates and _speaks_of_itself(text, match.start()):
                return dates[0][0]
        for match in _TERM.finditer(text):
            if since and _speaks_of_itself(text, match.start()):
                count = parse_number(match["count"]) or 0
                later = _months_later(since, count * (12 if match["unit"] == "年" else 1))
                return later - timedelta(1) if count else None
    return None


def _speaks_of_itself(text: str, end: int) -> bool:
    """Whether the sentence before `end` is about the text that it stands in."""
    return bool(_OF_ITSELF.search(text[max(0, end - _SENTENCE) : end].rsplit("。", 1)[-1]))


def _later(day: date, count: int, unit: str) -> date | None:
    """个月后 and 日后 a day; `None` beyond what a calendar holds.

    30日后: thirty days pass, the day of issue not counted (民法典第二百零一条).
    """
    try:
        return _months_later(day, count) if unit == "个月" else day + timedelta(count + 1)
    except OverflowError:
        return None


def _months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of a shorter month; no later than a calendar goes."""
    year, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + year, 9999)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
