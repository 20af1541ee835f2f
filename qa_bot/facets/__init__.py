"""What a text is about in time and place, and which batch it speaks of: facets that can contradict.

A question about 2018, about 宁波 or about 第五批 is not answered by the figure of 2019, by the rule of 温州 or
by the list of 第六批, however alike the words are. Facets are found by form, in questions and in clauses
alike; what follows from them is decided in `qa_bot.ranking`.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib import resources

from qa_bot.facets.members import asked_members, told_members
from qa_bot.facets.relative import MONTHS, relative_facets
from qa_bot.gazette.grammar import NUMERAL
from qa_bot.patterns import late
from qa_bot.text import Span, fold, parse_number

__all__ = [
    "KINDS",
    "asked_facets",
    "contradicted",
    "facets",
    "mentions",
    "share_held",
    "told_facets",
]

#: Kinds of facets: the part of a facet before its colon.
KINDS = ("year", "month", "day", "part", "batch", "place", "ordinal", "members")

_YEAR = late(r"(?<![\d.])((?:19|20)\d\d)(?![\d.]|\s*(?:元|号|万|亿|家|人)|年[以之]?前)")
# 17年四月, 18年底: of a question only; 10年的老店 is no year.
_SHORT_YEAR = late(
    rf"(?<![\d.第])([0-3]\d)年(?=(?:{NUMERAL})月|[底初末]|度|全年|[上下]半年|第?[1-4一二三四]季度)"
)
_CHINESE_YEAR = late(r"([一二][〇零一二三四五六七八九]{3})\s*年")
_MONTH = late(rf"(?<![\d.])({NUMERAL})\s*月(?!饼)")
_DAY = late(
    rf"(?:({NUMERAL})\s*月份?\s*|(?<![第序编\d.]))({NUMERAL})\s*[日号](?!\s*(?:文|线|楼|令|公告|码|店|地块|企业|机|头|报))"
)
_QUARTER = late(r"第?([1-4一二三四首])(?:季度|(?<=首)季|\s*四半期)|(上|下)半年")
# 头三个月, the first six months: parts of a year by their months.
_MONTHS_OF_PART = late(
    r"[头前]([三3六6])个?月(?!内|之内|以[内上])|first (three|six) months|primi (tre|sei) mesi|"
    r"(?:(?:trois|six) premiers|premiers (trois|six)) mois|(?:(?:tres|seis) primeros|primeros (tres|seis)) meses"
)
# 这一批 and 头一批 count nothing; 第一次被查到 is no meeting.
_BATCH = late(
    rf"(?<![这那头上下同每另哪])第?\s*({NUMERAL})\s*"
    r"(批|届|期|轮|次(?=.{0,6}[会修改订]))(?!以上|以下|性)"
)
# 清单序号14, 第12项, 排第16的, item 11; 第三条 is an article's and is looked up.
_ASKED_ORDINAL = late(
    rf"(?:序号|编号)\s*(?:是|为|到了?|:)?\s*第?\s*({NUMERAL})|(?<!年)第\s*({NUMERAL})\s*(?:项|点|样|行|号(?!文|楼|线|令))|"
    rf"(?:排|列|编)(?:在|到|为)?了?\s*第\s*({NUMERAL})(?!批|届|期|季|次|页|位)|"
    r"(\d{1,3})\s*番目|\b(?:item|point|row|entry|no\.|number|punto|voce|riga|numero|número|numéro|ligne)\s*(?:n[.º°o]*\s*)?(\d{1,3})\b"
)
# 一、 （一） 1. (1) at the head of a clause.
_OWN_ORDINAL = late(rf"\s*[(]?({NUMERAL})(?:[)、.](?!\d)|\s)")
_ORDINAL_COLUMN = late(r"序号|编号|项号|no\.?$")
_WORD = late(r"[^\W\d_]+")
# The day of what is remembered is not that of the answer: il centenario del 4 maggio.
_ANNIVERSARY = late(
    r"(?:centen|anniversar|aniversari)\w* (?:\w+ ){0,3}?\d{1,2} \w+|\d{1,2}月\d{1,2}日(?=.{0,4}周年)"
)
# Where somebody was before or comes from is not where the answer holds: 以前在湖南的药企, 老家江西.
_ONCE = late(r"(?:(?:以前|从前|原来|原先|早先|之前)在|老家(?:是|在)?)")
_ORDINALS = {
    name: at
    for at, names in enumerate(
        (
            "first primo prima premier première primer primera", "second secondo seconda deuxième segundo segunda",
            "third terzo terza troisième tercer tercera", "fourth quarto quarta quatrième cuarto cuarta",
            "fifth quinto quinta cinquième", "sixth sesto sesta sixième sexto sexta",
            "seventh settimo settima septième séptimo séptima",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_PERIODS = {
    "quarter": "quarter", "trimestre": "quarter", "trimester": "quarter",
    "half": "half", "semestre": "half", "semester": "half", "metà": "half", "mitad": "half",
}  # fmt: skip
_PARTS = {f"quarter{at}": range(3 * at - 2, 3 * at + 1) for at in range(1, 5)} | {
    "half1": range(1, 7), "half2": range(7, 13)
}  # fmt: skip
_BATCHES = frozenset(("batch", "round", "lot", "tornata", "serie", "lote", "tanda", "fournée"))
_LONGEST = 12
# Districts whose name is said of a part of any town: 我住鹿城老城区.
_ANYWHERE = frozenset(("老城区", "新城区", "城区", "郊区", "矿区", "新市区", "城中区", "市中区"))


def facets(text: str) -> frozenset[str]:
    """All facets of a text, as `kind:value`.

    `year:2019`, `month:4`, `part:quarter1` or `part:half1` of a year, `batch:批6`, and `place:330300`,
    the code of a place in China by GB/T 2260. A Latin name that two places share gives both.
    """
    folded = fold(text)
    return frozenset([*_times(folded), *_foreign(folded), *_places(folded)])


def asked_facets(question: str, covers: date | None = None) -> frozenset[str]:
    """The facets of a question: those of `facets`, and what it names by day or number.

    `day:4-12`, or `day:0-12` where no month is named; `day:4-21..4-30` for 四月底, `month:3/4` for 上个月
    (`qa_bot.facets.relative`); `ordinal:14` for each line of a list, or point of a text; and `members:11`
    where it wants eleven things named (`qa_bot.facets.members`).

    Args:
        question: in simplified characters.
        covers: the first day of the month that the latest issue covers, which 上个月 and 今年 are relative
            to; without it they give nothing.
    """
    folded = _ANNIVERSARY.sub(" ", fold(question))
    found = set(facets(folded))
    if before := {match.end() for match in _ONCE.finditer(folded)}:
        named = list(_named_places(folded))
        here = {code for (start, _), codes in named if start not in before for code in codes}
        found -= {f"place:{code}" for _, codes in named for code in codes if code not in here}
    for month, day in _DAY.findall(folded):
        value = parse_number(day) or 0
        if 1 <= value <= 31:
            found.add(f"day:{parse_number(month) or 0}-{value}")
    found.update(f"year:20{year}" for year in _SHORT_YEAR.findall(folded))
    for groups in _ASKED_ORDINAL.findall(folded):
        number = parse_number(next(filter(None, groups)))
        if number:
            found.add(f"ordinal:{number}")
    found.update(f"members:{number}" for number in asked_members(question))
    return frozenset(found.union(relative_facets(folded, covers)))


def told_facets(
    text: str,
    own: str,
    cells: Iterable[tuple[str, str]],
    day: date | None,
    month: date | None = None,
) -> frozenset[str]:
    """The facets of a clause: those of `facets`, and the day and the numbers that it stands under.

    `members:8` where it names eight things, `counted:8` where it only says that there are so many.

    Args:
        text: of the clause with all that it stands under.
        own: of the clause alone; a number at its head is its own.
        cells: column and text of each cell; of a row the number columns hold its numbers.
        day: that it is an entry of.
        month: that its text is a record or the statistics of; `of:2019-4`.
    """
    numbers = [
        parse_number(value.strip())
        for column, value in cells
        if _ORDINAL_COLUMN.search(fold(column))
    ]
    head = None if numbers else _OWN_ORDINAL.match(fold(own))
    if head:
        numbers.append(parse_number(head[1]))
    found = {f"ordinal:{number}" for number in numbers if number}
    if day:
        found.add(f"day:{day.month}-{day.day}")
    if month:
        found.add(f"of:{month.year}-{month.month}")
    named, counted = told_members(own)
    found.update(f"members:{number}" for number in named)
    found.update(f"counted:{number}" for number in counted)
    return facets(text) | found


def contradicted(asked: frozenset[str], told: frozenset[str]) -> frozenset[str]:
    """The kinds in which what is told is about something else than what is asked.

    A text contradicts where it has nothing of a kind that the question names and fits it. Of years, places
    and numbers in a list it must have one; of the others only if it names any, of batches any of the same unit (第5批
    says nothing against 第6届), and of things to be named if it counts as many and does not name them. A place fits what lies in it and what it lies in; a day lies in its quarter
    and half of a year. A relative year (去年, `year:2018~`) is held against dated clauses and those of a month
    alone: rules and news of last year do not name it, and more often it is when something happened to the asker.

    Args:
        asked: facets of a question.
        told: facets of a clause with all that it stands under.
    """
    found = set()
    for kind in KINDS:
        wanted = _values(asked, kind)
        if not wanted:
            continue
        here = _values(told, kind)
        if kind == "place":
            fits = any(_within(one, other) for one in wanted for other in _narrow(here))
        else:
            fits = any(_holds(told, f"{kind}:{one}") for one in wanted)
        if kind == "part" and not here:
            here = _values(told, "day")
        if kind == "batch":
            here = frozenset(one for one in here if any(one[0] == other[0] for other in wanted))
        if kind == "year" and all(one.endswith("~") for one in wanted):
            must = bool(_values(told, "day") or _values(told, "of"))
        elif kind == "members":
            must = bool(wanted & _values(told, "counted"))
        else:
            must = bool(here) or kind in ("year", "place", "ordinal")
        if must and not fits:
            found.add(kind)
    return frozenset(found)


def share_held(asked: frozenset[str], told: frozenset[str]) -> float:
    """The share of a question's facets that a text has, 0 for a question without any.

    A span of days says nothing of a text that is of no day, and 今年 is what a question means anyhow: of
    these only those count that are held, and of the years none. Of things to be named those that are.
    """
    dated = bool(_values(told, "day"))
    counted = [
        one
        for one in asked
        if not one.endswith("~")
        and (dated or ".." not in one)
        and (not one.startswith("members") or one in told)
    ]
    return sum(_holds(told, one) for one in counted) / max(len(counted), 1)


def mentions(text: str) -> list[tuple[str, Span]]:
    """Where a text that is folded names a day, a month, a year, a part of one, a batch or a place, in order.

    Each with its kind; only what is written in Chinese characters and digits, and places in Latin letters.
    """
    found = [
        (kind, match.span())
        for kind, pattern in (
            ("day", _DAY), ("month", _MONTH), ("year", _YEAR), ("year", _CHINESE_YEAR),
            ("part", _QUARTER), ("batch", _BATCH),
        )
        for match in pattern.finditer(text)
    ]  # fmt: skip
    found += [("place", span) for span, _ in _named_places(text)]
    names = _names()
    found += [("place", match.span()) for match in _WORD.finditer(text) if match[0] in names]
    return sorted(found, key=lambda one: one[1])


def _holds(told: frozenset[str], one: str) -> bool:
    """Whether a text has a facet, or one of the alternatives that it gives; 上半年 is any day to June, too."""
    kind, _, value = one.rstrip("~").partition(":")
    if kind == "day":
        days = [_month_and_day(other) for other in _values(told, "day")]
        return any(_on(day, wanted) for wanted in value.split("/") for day in days)
    if any(f"{kind}:{each}" in told for each in value.split("/")):
        return True
    return kind == "part" and any(
        month in _PARTS.get(value, ()) for month, _ in map(_month_and_day, _values(told, "day"))
    )


def _on(day: tuple[int, int], wanted: str) -> bool:
    """Whether a day is 4-12, any 12th (0-12), or in 4-21..4-30."""
    first, _, last = wanted.partition("..")
    if last:
        return _month_and_day(first) <= day <= _month_and_day(last)
    month, number = _month_and_day(first)
    return number == day[1] and month in (0, day[0])


def _month_and_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


def _values(some: frozenset[str], kind: str) -> frozenset[str]:
    return _by_kind(some).get(kind, frozenset())


@functools.lru_cache(maxsize=8192)
def _by_kind(some: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """The values of each kind that there are any of."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in some:
        kind, _, value = one.partition(":")
        found[kind].add(value)
    return {kind: frozenset(values) for kind, values in found.items()}


def _narrow(places: frozenset[str]) -> set[str]:
    """Less the provinces that a narrower place lies in: a text of 温州 that mentions 浙江省 is not about 宁波."""
    return {
        one
        for one in places
        if not one.endswith("0000")
        or not any(other != one and other.startswith(one[:2]) for other in places)
    }


def _within(one: str, other: str) -> bool:
    shorter, longer = sorted((_stem(one), _stem(other)), key=len)
    return longer.startswith(shorter)


def _stem(code: str) -> str:
    """330300 → 3303: what the codes of all that lies in a place begin with."""
    return re.sub(r"(?:00){1,2}$", "", code)


def _times(text: str) -> Iterator[str]:
    yield from (f"year:{year}" for year in _YEAR.findall(text))
    for year in _CHINESE_YEAR.findall(text):
        yield f"year:{parse_number(year)}"
    for month in _MONTH.findall(text):
        value = parse_number(month) or 0
        if 1 <= value <= 12:
            yield f"month:{value}"
    for quarter, half in _QUARTER.findall(text):
        yield (
            f"part:quarter{1 if quarter == '首' else parse_number(quarter)}"
            if quarter
            else f"part:half{1 + (half == '下')}"
        )
    for match in _MONTHS_OF_PART.finditer(text):
        yield "part:half1" if re.search("六|6|six|sei", match[0]) else "part:quarter1"
    for number, unit in _BATCH.findall(text):
        yield f"batch:{unit}{parse_number(number)}"


def _foreign(text: str) -> Iterator[str]:
    """What Latin letters say of it: April, first quarter, quinta tornata, Hangzhou."""
    words = _WORD.findall(text)
    names = _names()
    for word, after in itertools.zip_longest(words, words[1:], fillvalue=""):
        if not word.isascii() and not word.islower():
            continue
        if word in MONTHS and word != "may":
            yield f"month:{MONTHS[word]}"
        if word in _ORDINALS:
            if after in _PERIODS:
                yield f"part:{_PERIODS[after]}{_ORDINALS[word]}"
            elif after in _BATCHES:
                yield f"batch:批{_ORDINALS[word]}"
        for name in (word, f"{word} {after}"):
            yield from (f"place:{code}" for code in names.get(name, ()))
    if re.search(r"\bmay (?:19|20)\d\d|\b(?:in|of|for) may\b", text):
        yield "month:5"


def _places(text: str) -> Iterator[str]:
    """Names in Chinese characters; of names that begin at one place the longest."""
    for _, codes in _named_places(text):
        yield from (f"place:{code}" for code in codes)


def _named_places(text: str) -> Iterator[tuple[Span, tuple[str, ...]]]:
    names, at = _names(), 0
    while at < len(text):
        step = 1
        if "\u4e00" <= text[at] <= "\u9fff":
            for length in range(min(_LONGEST, len(text) - at), 1, -1):
                if codes := names.get(text[at : at + length]):
                    yield (at, at + length), codes
                    step = length
                    break
        at += step


@functools.cache
def _names() -> dict[str, tuple[str, ...]]:
    """Codes by name, of `places.tsv`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    table = resources.files("qa_bot.facets").joinpath("places.tsv").read_text("utf-8")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        code, name, others = line.split("\t")
        for one in filter(None, (name, *others.split(","))):
            if one not in _ANYWHERE:
                found[one].append(code)
    return {name: tuple(codes) for name, codes in found.items()}
