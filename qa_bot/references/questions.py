"""What a question points at by name: document numbers, articles, works, days.

Finding is separate from resolving: `find` says what a question names, `resolve` says which of the
works at hand fit; where two fit it does not choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_bot.gazette.grammar import NUMERAL, orders_in, split_number
from qa_bot.patterns import late
from qa_bot.text import normalise, parse_number, squeeze

__all__ = ["ArticleReference", "References", "Work", "find", "resolve_work"]

# 温政办〔2019〕35号, 温政办[2019]35号, 温政办2019年35号文, 温政办发（2019）第35号
# 温政办[2019]35 is as good; 某某(2019)3个 is none.
_NUMBER = late(
    r"(?P<prefix>[\u4e00-\u9fff]{1,14}?)\s*+(?P<open>[〔\[(<])?+\s*+(?P<year>(?:19|20)\d{2}|(?(open)\d{4}|(?!)))\s*+年?+\s*+[〕\])>]?+\s*+"
    r"第?+\s*+(?P<serial>\d{1,5}+)\s*+(?:号(?!楼|线|公路|令牌)|(?(open)(?!\s*[年月日条款项个家名次期页万亿元号、.,%-])|(?!)))"
)
_SHORT_NUMBER = late(
    r"(?<![\d年\]〕)])(?P<prefix>[\u4e00-\u9fff]{0,8}?)(?:今年|本年)?(?P<serial>\d{1,5})\s*+号\s*+(?:文件|文|通知|[那这][份件])"
)
_ARTICLE = late(
    rf"(?:第\s*+|(?P<word>(?<![a-z])(?:article|articolo|artículo|articulo|art\.?))\s*+|(?<!第))(?P<article>{NUMERAL})(?(word)\b|\s*+(?P<unit>条|点|部分))(?P<sub>之{NUMERAL})?"
    rf"(?:\s*+第?+\s*+(?P<paragraph>{NUMERAL})\s*+款)?(?:\s*+第?+\s*+[(]?(?P<item>{NUMERAL})[)]?\s*+项)?"
)
_QUOTED = late(r"[《<]([^》>]{2,60})[》>]")
_POINTED = "通知|意见|方案|要点|公告|决定|计划|措施|通告"
# 18条措施, 三条意见 and 动了四条 count things, 哪一条 asks for one, 下一条 counts on; they are no articles.
_COUNTS = late(r"[哪那这每某另了共有加改删动几多上下前后同]个?\s*$")
_COUNTED = late(r"\s*(?:措施|举措|意见|建议|规定动作|新规|硬核|线|街|路|河|鱼|船|以上|以下|左右)")


@dataclass(frozen=True, slots=True)
class ArticleReference:
    """第二十三条第二款第（三）项; `paragraph` and `item` are 0 where they are not named.

    `inserted` is 2 for 第十条之二, an article put in behind 第十条, and 0 for others.

    `ordinal` tells whether 第 was written: without it a number before 条 may count things. `point` is true
    for 第三点 and 第二部分, which are no articles; 第三条 of a text without articles means its point 三, too.
    """

    article: int
    paragraph: int = 0
    item: int = 0
    ordinal: bool = True
    inserted: int = 0
    point: bool = False


@dataclass(frozen=True, slots=True)
class References:
    """What a question names.

    Attributes:
        numbers: document numbers in normal form, 温政办〔2019〕35号; the prefix is as the question has
            it and may begin with other words.
        short_numbers: serial numbers without a year, with what stands before: ("", 35) for 35号文.
        articles: articles.
        titles: works in book title marks.
        rest: the question without all of these.
    """

    numbers: tuple[str, ...]
    short_numbers: tuple[tuple[str, int], ...]
    articles: tuple[ArticleReference, ...]
    titles: tuple[str, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class Work:
    """A text that can be named: a document, or a part of one.

    Attributes:
        key: the prefix of its clauses' ids.
        title: its own title.
        other_titles: what else it is called.
        number: the document number.
        articles: the articles that it has.
        points: the numbers of what it is divided into at the top (一、二、), if it has no articles.
    """

    key: str
    title: str
    other_titles: tuple[str, ...]
    number: str | None
    articles: frozenset[int]
    points: frozenset[int] = frozenset()

    def has(self, reference: ArticleReference) -> bool:
        """Whether it has the article, or the point, of that number."""
        own = self.points if reference.point or not self.articles else self.articles
        return reference.article in own


def find(question: str) -> References:
    """Find everything that a question names.

    Guarantees: width, brackets and the dress of a number do not matter; nothing is looked up.
    """
    folded = normalise(question)
    text = folded.text
    numbers: list[str] = []
    short: list[tuple[str, int]] = []
    articles: list[ArticleReference] = []
    titles: list[str] = []
    taken = bytearray(len(text))

    def take(match: re.Match[str]) -> None:
        taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())

    for match in _QUOTED.finditer(text):
        titles.append(question[slice(*folded.span(*match.span(1)))])
        take(match)
    for match in _NUMBER.finditer(text):
        if any(taken[match.start() : match.end()]):
            continue
        numbers.append(f"{match['prefix']}〔{match['year']}〕{int(match['serial'])}号")
        take(match)
    for number, start, end in orders_in(text):
        if not any(taken[start:end]):
            numbers.append(number)
            taken[start:end] = b"\1" * (end - start)
    for match in _SHORT_NUMBER.finditer(text):
        if not any(taken[match.start() : match.end()]):
            short.append((match["prefix"], int(match["serial"])))
            take(match)
    for match in _ARTICLE.finditer(text):
        ordinal = match[0].startswith("第") or bool(match["word"])
        if any(taken[match.start() : match.end()]):
            continue
        point = match["unit"] in ("点", "部分")
        if point and not ordinal:
            continue  # 3点 is a time
        if not ordinal and (
            _COUNTED.match(text, match.end()) or _COUNTS.search(text, 0, match.start())
        ):
            continue
        values = [
            parse_number(match[name] or "0") or 0 for name in ("article", "paragraph", "item")
        ]
        if values[0]:
            inserted = parse_number((match["sub"] or "之0")[1:]) or 0
            articles.append(
                ArticleReference(values[0], values[1], values[2], ordinal, inserted, point)
            )
            take(match)
    rest = "".join(" " if taken[i] else char for i, char in enumerate(text))
    return References(tuple(numbers), tuple(short), tuple(articles), tuple(titles), rest)


def resolve_number(number: str, known: Iterable[str]) -> list[str]:
    """The known document numbers that a number found in a question can mean.

    The prefix of the question may have words in front of it (看看温政办〔2019〕35号), so the known one
    must end it, or the other way round for a number that a text names in passing (按照国发〔2019〕5号).
    Where several fit, the longest wins.
    """
    prefix, tail = _folded(number)
    fits = [
        other
        for other in set(known)
        if _folded(other)[1] == tail
        and (prefix.endswith(_folded(other)[0]) or _folded(other)[0].endswith(prefix))
    ]
    longest = max((len(other) for other in fits), default=0)
    return [other for other in fits if len(other) == longest]


def _folded(number: str) -> tuple[str, str]:
    """A number in two; 市政府令 and 市人民政府令 are one."""
    prefix, tail = split_number(number)
    return prefix.replace("人民政府", "政府"), tail


def resolve_short(prefix: str, serial: int, known: Iterable[str]) -> list[str]:
    """Known numbers with that serial; with a known prefix in front only those of that prefix."""
    fits = [other for other in set(known) if other.endswith(f"〕{serial}号")]
    named = [other for other in fits if prefix and prefix.endswith(split_number(other)[0])]
    return sorted(named or fits)


def resolve_work(references: References, question: str, works: Sequence[Work]) -> list[Work]:
    """The works with articles or points that the question can mean, best guess never made for it.

    A work named in book title marks must fit one of the titles; without, a word such as 细则 narrows
    the choice to the works whose titles hold it, and a word such as 通知 to those that share a subject
    with the question as well. A question that names none means a work with articles.

    Returns:
        All works that fit: one is an answer, several are ambiguous, none means that the question
        names a work that is not here.
    """
    candidates = [work for work in works if work.articles]
    pointed = [work for work in works if work.points]
    if references.titles:
        return [
            work
            for work in (*candidates, *pointed)
            if any(_titles_fit(title, work) for title in references.titles)
        ]
    for number in references.numbers:
        known = [work.number for work in (*candidates, *pointed) if work.number]
        fits = resolve_number(number, known)
        point = any(one.point for one in references.articles)
        for some in (pointed, candidates) if point else (candidates, pointed):
            if found := [work for work in some if work.number in fits]:
                return found
        return []
    kinds = re.findall(
        r"细则|办法|条例|规定|规则|准则|章程|通则|规范|法(?=第|\s|$|的)", references.rest
    )
    if kinds:
        narrowed = [
            work
            for work in candidates
            if any(kind in title for kind in kinds for title in (work.title, *work.other_titles))
        ]
        named = [work for work in narrowed if _shares_subject(references.rest, work)]
        return named or narrowed
    if re.search(_POINTED, references.rest):
        return [work for work in pointed if _shares_subject(references.rest, work, 2)]
    return candidates


def _titles_fit(wanted: str, work: Work) -> bool:
    fold = normalise(squeeze(wanted)).text
    return any(
        fold in normalise(squeeze(title)).text or normalise(squeeze(title)).text in fold
        for title in (work.title, *work.other_titles)
        if title
    )


def _shares_subject(rest: str, work: Work, least: int = 1) -> bool:
    subject = re.sub(
        rf"细则|办法|条例|规定|规则|实施|管理|市|的|关于|印发|{_POINTED}", "", work.title
    )
    pieces = {subject[i : i + 2] for i in range(len(subject) - 1)}
    return sum(piece in rest for piece in pieces) >= least
