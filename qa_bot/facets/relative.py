"""When a question is about, where it says so relative to the issue or by a part of a month.

上月底, 本月中旬, last month: what is relative is relative to the month that an issue covers, never to the
clock of the machine, so that a question gives the same answer next year. A span of days says something
of dated clauses only (a record of 12 April): a deadline inside a clause, 6月底前完成, has no day of its own.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date

from qa_bot.gazette.grammar import NUMERAL
from qa_bot.patterns import late
from qa_bot.text import parse_number

__all__ = ["MONTHS", "relative_facets"]

# Chinese is written as it is; the other languages of the questions in full.
MONTHS = {
    name: at
    for at, names in enumerate(
        (
            "january gennaio janvier enero", "february febbraio février fevrier febrero", "march marzo mars",
            "april aprile avril abril", "may maggio mai mayo", "june giugno juin junio",
            "july luglio juillet julio", "august agosto août aout", "september settembre septembre septiembre",
            "october ottobre octobre octubre", "november novembre noviembre",
            "december dicembre décembre decembre diciembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

# 被查到的是我: what happened to the asker happened by the asker's calendar. 我想知道 tells nothing.
_ASKS_ONLY = late(
    r"(?:我们?|咱们?)(?:就|只|也|还)?(?:是)?(?:想|要|来)(?:要|来)?(?:知道|问|查|了解|看|找)|(?:告诉|帮|给|替|跟)我们?|"
    r"\b(?:tell|show|give|help) (?:me|us)\b|\b(?:can|could|may) i (?:know|ask)\b|\bi (?:want|would like) to\b"
)
_OWN_MATTER = late(
    r"我|咱|俺|本人|自己|私たち|\b(?:i|my|our|we|mio|mia|nostr[oa]|mon|ma|notre|nos|mi|nuestr[oa])\b"
)
# 到2019年4月底合计, 截至本月末; by the end of April: the state of something, no event of those days.
_UP_TO = late(
    r"(?:到了?|至|截止?|前)\s*(?:(?:19|20)?\d\d\s*年?|今年?|本年?)?\s*的?\s*$|"
    r"(?:\bby|\buntil|\bas of|\bas at|\bbefore|\bentro|\bfino a\w*|\bavant|\bjusqu\S*|\bd'ici|\bantes de\w*|\bhasta)\s*(?:the|la|le|il)?\s*$"
)
_BEFORE = late(
    r"\s*(?:份|的时候|时)?\s*(?:之前|以前|前|为止|止|まで|余额|存量|预算|计划|目标|考核|评)"
)
_TENTH = {
    "初": (1, 10), "上旬": (1, 10), "中旬": (11, 20), "中": (11, 20),
    "下旬": (21, 31), "底": (21, 31), "末": (21, 31),
}  # fmt: skip
# 底线, 初步 and the like begin with the same characters.
_PART = r"(?P<part>上旬|中旬|下旬|初(?!步|始|期|级|审|衷|见|次|诊|稿|中|创)|底(?!线|层|数|座|气|价|部|子|稿|下)|末)"
_RELATIVE_MONTH = r"上个?月|先月|本月|当月|这个?月|今月"
_CHINESE_PART = late(
    rf"(?:(?P<month>{NUMERAL})月份?的?|(?P<relative>{_RELATIVE_MONTH})份?的?|(?<![每各几哪逐个])月(?=[初底末]))\s*{_PART}|"
    r"(?<![每几哪\d月])(?P<bare>上旬|中旬|下旬)"
)
_CHINESE_MONTH = late(rf"(?P<relative>{_RELATIVE_MONTH})(?!日|饼)")
# 比上年同月, 跟去年比: what it is compared with, not when it is.
_CHINESE_YEAR = late(
    r"(?<![比跟同较与和于以])(?P<year>大前年|前年|去年|上一?年度?|今年|本年度?|明年|后年)(?!龄|轻|级|薪|\s*(?:的?同[期月比]|相?比|より|度?相比))"
)
_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上": -1, "今年": 0, "本": 0, "明年": 1, "后年": 2}
_YEAR_PART = late(r"(?<!每)(?<!逐)年(?P<part>底(?!线|层|数)|末|初(?!步|始|期|级|审|衷|中))")
_YEAR_PARTS = {"底": "11-21..12-31", "末": "11-21..12-31", "初": "1-1..2-29"}
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_PART_NAMES = {
    "end": "底", "late": "底", "fine": "底", "fin": "底", "finales": "底", "final": "底",
    "beginning": "初", "start": "初", "early": "初", "inizio": "初", "début": "初", "debut": "初",
    "principios": "初", "comienzos": "初",
    "middle": "中", "mid": "中", "metà": "中", "mi": "中", "mediados": "中",
}  # fmt: skip
_LAST = r"last month|past month|previous month|mese scorso|mois dernier|mes pasado"
_THIS = r"this month|questo mese|ce mois(?:-ci)?|este mes"
_LATIN_PART = late(
    rf"\b(?P<part>{'|'.join(_PART_NAMES)})[\s\-]+(?:of |in |del? |di |du |d')?(?:the |il |le |el )?"
    rf"(?:(?P<name>{_NAMES})|(?P<last>{_LAST})|(?P<this>{_THIS}))\b"
)
_LATIN_MONTH = late(rf"\b(?:(?P<last>{_LAST})|(?P<this>{_THIS}))\b")
_LATIN_YEARS = (
    (late(r"\b(?:last year|anno scorso|an(?:née)? derni[eè]re?|año pasado)\b"), -1),
    (late(r"\b(?:this year|quest'anno|cette année|este año)\b"), 0),
)
# April 12, 12th of April, 12 aprile, le 12 avril, 12 de abril
_LATIN_DAY = late(
    rf"\b(?P<before>\d{{1,2}})(?:st|nd|rd|th|°|er)?\s+(?:of |de |di )?(?P<after_day>{_NAMES})\b|"
    rf"\b(?P<before_day>{_NAMES})\s+(?:the )?(?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?![\d%.]|,\d)"
)
_ISO_DAY = late(r"(?<![\d./-])(?:(?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?![\d./-])")
# 4/12; not 1/3以上, 2/3的面积, 24/7
_SLASH_DAY = late(
    r"(?<![\d./-])(\d{1,2})/(\d{1,2})(?![\d./%-]|\s*(?:以上|以下|的(?!会|活动|记事)|多|强|弱|左右))"
)


def relative_facets(folded: str, covers: date | None) -> Iterator[str]:
    """The facets that a folded question names by a day in figures, a part of a month, or relatively.

    `day:4-12` of April 12, 12 aprile, 2019-04-12 or 4/12 (in a question in Latin letters 12/4 as well);
    `day:4-21..4-30` of 四月底; alternatives stand behind one another, `month:3/4`.

    The last third of a month is its end: people call the 22nd as well as the 30th 月底, and a span that is
    too wide rules out less. 本月 is the month that the issue covers. 上月 is the one before it, or that one
    itself: of a gazette that comes out in May about April, both are said. 去年 and 今年 count from its year;
    `year:2018~` is such a year. Weeks and yesterday have no anchor in an issue and give nothing.

    Nothing is relative in a question about what happened to the asker (我厂去年被查过一次), and a state on a
    day (到4月底共有多少) or a deadline (月底前) gives no span.

    Args:
        folded: the question.
        covers: the first day of the month that the latest issue covers; without it nothing is relative.
    """
    yield from _figures(folded)
    if _OWN_MATTER.search(_ASKS_ONLY.sub("", folded)):
        covers = None
    taken: list[tuple[int, int]] = []
    for match in _CHINESE_PART.finditer(folded):
        part, months = match["part"] or match["bare"], _months(match, covers)
        taken.append(match.span())
        if match["relative"] and months:
            yield _any("month", (str(month) for month in months))
        if months and part and not _state(folded, match):
            yield _any("day", (_span(month, part) for month in months))
    for match in _LATIN_PART.finditer(folded):
        taken.append(match.span())
        months = (
            [MONTHS[match["name"]]] if match["name"] else _relative(covers, bool(match["last"]))
        )
        if months and not match["name"]:
            yield _any("month", (str(month) for month in months))
        if months and not _state(folded, match):
            yield _any("day", (_span(month, _PART_NAMES[match["part"]]) for month in months))
    if covers is None:
        return
    for pattern in (_CHINESE_MONTH, _LATIN_MONTH):
        for match in pattern.finditer(folded):
            if not any(start <= match.start() < end for start, end in taken):
                months = _relative(covers, _is_last(match))
                yield _any("month", (str(month) for month in months))
    for match in _CHINESE_YEAR.finditer(folded):
        word = match["year"]
        yield f"year:{covers.year + _YEARS.get(word, _YEARS.get(word[0], 0))}~"
    for cue, years in _LATIN_YEARS:
        if cue.search(folded):
            yield f"year:{covers.year + years}~"
    for match in _YEAR_PART.finditer(folded):
        if not _state(folded, match):
            yield f"day:{_YEAR_PARTS[match['part']]}"


def _figures(folded: str) -> Iterator[str]:
    latin = not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", folded)
    for match in _LATIN_DAY.finditer(folded):
        month = MONTHS[match["after_day"] or match["before_day"]]
        yield from _day(month, int(match["before"] or match["after"]))
    for month, day in _ISO_DAY.findall(folded):
        yield from _day(int(month), int(day))
        yield f"month:{int(month)}"
    for one, other in _SLASH_DAY.findall(folded):
        first, second = int(one), int(other)
        both = [found[4:] for found in _day(first, second)]
        if latin and first != second:
            both += [found[4:] for found in _day(second, first)]
        if both:
            yield _any("day", both)


def _day(month: int, day: int) -> Iterator[str]:
    if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1]:
        yield f"day:{month}-{day}"


def _months(match: re.Match[str], covers: date | None) -> list[int]:
    """The months that a part of a month may be of: named, relative, or the one covered."""
    if match["month"]:
        month = parse_number(match["month"]) or 0
        return [month] if 1 <= month <= 12 else []
    return _relative(covers, _is_last(match))


def _is_last(match: re.Match[str]) -> bool:
    found = match.groupdict()
    return bool(found.get("last")) or (found.get("relative") or "")[:1] in ("上", "先")


def _relative(covers: date | None, last: bool) -> list[int]:
    if covers is None:
        return []
    return [(covers.month - 2) % 12 + 1, covers.month] if last else [covers.month]


def _state(folded: str, match: re.Match[str]) -> bool:
    """Whether it is a deadline, or the day that a figure is of."""
    return bool(_UP_TO.search(folded[: match.start()]) or _BEFORE.match(folded, match.end()))


def _span(month: int, part: str) -> str:
    first, last = _TENTH[part]
    return f"{month}-{first}..{month}-{min(last, calendar.monthrange(2000, month)[1])}"


def _any(kind: str, values: Iterator[str] | list[str]) -> str:
    return f"{kind}:{'/'.join(values)}"
