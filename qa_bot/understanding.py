"""What a question says: what it names, what it asks for, when and where it is, in which words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.asked import asked
from qa_bot.exemptions import asks_for_terms, concerns
from qa_bot.facets import asked_facets
from qa_bot.gazette.grammar import split_number
from qa_bot.index import Generation
from qa_bot.patterns import late
from qa_bot.references import (
    ArticleReference,
    References,
    Work,
    find,
    resolve_number,
    resolve_short,
    resolve_work,
)
from qa_bot.spelling import ReadAs, applied
from qa_bot.text import chinese_number, fold
from qa_bot.words import to_simplified

__all__ = ["Asked", "is_foreign", "understand"]

# Words that ask what a named thing is, and nothing about what it says.
_ASKS_WHAT = late(
    r"(请问|帮我|我想|查|看看|看|一下|是|什么|啥|哪个|哪份|哪|一个|一份|的|了|吗|呢|讲|说|说了|说的|怎么|规定|写|内容|标题|题目|名称|名字|叫|"
    r"叫做|文件|文号|文|通知|方面|关于|有关|主要|发布|印发|发|今年|去年|年|市府办|市政府|办公室|政府|温州市|温州|原文|全文|具体|条文|那个|这个|"
    r"里面|里|中|第|条|款|项|细则|办法|条例|规则|article|what|is|does|say|the|of|document|notice|about|no|number|"
    r"[\s，。？！?!,.:：；;、()（）“”\"'<>《》\-])+"
)


# 第六条 of so many works names none of them: what is asked is left to the search.
_MOST_WORKS = 20
_OTHER_WORD = late(r"[^\W\d_\u3040-\u30ff\u4e00-\u9fff]+")
_ABBREVIATION = late(r"[A-Z]{1,5}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is understood of a question.

    Attributes:
        text: the question as it is searched for, what was mistyped read as the corpus writes it.
        tokens: its words, and those of the official terms for them.
        own_tokens: its words alone.
        kinds: of answer that it asks for.
        facets: of time and place that it names.
        foreign: whether it is written in another script than Chinese.
        named: positions of the clauses that it names, best first; of an article that is asked about, its
            parts; of a question after the terms of lists of exemptions (第二次违法还能免吗) what states these.
        documents: ids of the documents that it names by their number.
        missing: what it names and this corpus does not have, in its own words.
        only_named: whether it names clauses and asks nothing else.
        read_as: words that the corpus does not have, and what they were read as.
        also: official terms for its everyday words (`qa_bot.synonyms`); none for another script.
    """

    text: str
    tokens: tuple[str, ...]
    own_tokens: tuple[str, ...]
    kinds: tuple[str, ...]
    facets: frozenset[str]
    foreign: bool
    named: tuple[int, ...] = ()
    documents: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    only_named: bool = False
    read_as: tuple[ReadAs, ...] = ()
    also: tuple[str, ...] = ()


def understand(generation: Generation, question: str) -> Asked:
    """Take a question apart. Document numbers and articles are looked up; where two fit, none is chosen.

    What the corpus does not have and sounds like a word that it has is read as that word
    (`qa_bot.spelling`), in all that follows; what was read so is told. The official terms for its everyday
    words are looked for by their words only: what is asked, when and where, is read of the question itself.
    """
    foreign = is_foreign(question)
    question, read_as = (question, ()) if foreign else _read(generation, question)
    simplified = to_simplified(question)
    references = find(simplified)
    named, missing = _named(generation, references, question)
    only_named = bool(named or missing) and not _asks_more(references, named, generation)
    documents: set[str] = set()
    if not only_named:
        # What is asked about a document stands anywhere in it, and about an article in one of its 款.
        titles = generation.records.at(named) if not references.articles else []
        documents = {one.clause.document_id for one in titles if one.clause.kind == "title"}
        named = [] if documents else _parts(generation, named)
    if not (named or missing) and asks_for_terms(simplified):
        named = _terms(generation, simplified)
    own = generation.words.content(question)
    also = () if foreign else generation.synonyms.official(simplified)
    terms = (token for term in also for token in generation.words.tokens(term) if len(token) > 1)
    return Asked(
        question,
        tuple(dict.fromkeys((*own, *terms))),
        tuple(own),
        asked(question if foreign else simplified),
        asked_facets(simplified, generation.covers),
        foreign,
        tuple(dict.fromkeys(named)),
        frozenset(documents),
        tuple(missing),
        only_named,
        read_as,
        also,
    )


def _terms(generation: Generation, question: str) -> list[int]:
    """Positions of what says on which terms the lists of exemptions hold, of the departments that a question names."""
    held = generation.records.exemptions.terms.items()
    ids = [identity for identity, terms in held if concerns(question, terms.issued_by)]
    return [one.position for one in map(generation.records.by_id, ids) if one]


def _read(generation: Generation, question: str) -> tuple[str, tuple[ReadAs, ...]]:
    """A question with its mistyped words as the corpus has them, and these."""
    simplified = to_simplified(question)
    readings = generation.spelling.read(simplified)
    if not readings:
        return question, ()
    if len(simplified) != len(question):  # OpenCC made two characters of one, which it seldom does
        return applied(simplified, readings), tuple(one for _, one in readings)
    typed = (question[at : at + len(one.typed)] for at, one in readings)
    return applied(question, readings), tuple(
        ReadAs(as_typed, one.read) for as_typed, (_, one) in zip(typed, readings, strict=True)
    )


def _asks_more(references: References, named: Sequence[int], generation: Generation) -> bool:
    """Whether a question asks more of what it names than what it says.

    The words of the named work's own title ask nothing: 药品许可细则第51条 asks for article 51.
    """
    rest = _ASKS_WHAT.sub("", references.rest)
    titles = ""
    for record in generation.records.at(list(named[:3])) if rest else ():
        clause = record.clause
        document = generation.records.document(record.issue_id, clause.document_id)
        titles += fold(document.title + document.part(clause.part_id).title)
    return any(char not in titles for char in rest)


def is_foreign(question: str) -> bool:
    """Whether a question is written in another script than Chinese; kana make it Japanese, GDP多少 is Chinese."""
    han = sum("\u4e00" <= char <= "\u9fff" for char in question)
    kana = sum("\u3040" <= char <= "\u30ff" for char in question)
    words = _OTHER_WORD.findall(question)
    letters = sum(len(word) for word in words if not (han and _ABBREVIATION.fullmatch(word)))
    return kana > 0 or han < letters


def _named(
    generation: Generation, references: References, question: str
) -> tuple[list[int], list[str]]:
    """Positions of the clauses that the question names, best first, and what it names in vain."""
    records = generation.records
    found: list[int] = []
    missing: list[str] = []
    if references.articles:
        positions, lost = _articles(generation, references, question)
        found.extend(positions)
        missing.extend(lost)
        if positions or lost:
            return found, missing
    for number in references.numbers:
        places = records.numbered(split_number(number)[1])
        fits = resolve_number(number, (place[0] for place in places))
        at = [position for name, _, position in places if name in fits]
        found.extend(at)
        if not at:
            missing.append(number)
    for prefix, serial in references.short_numbers:
        places = records.numbered(f"%〕{serial}号")
        fits = resolve_short(prefix, serial, (name for name, rank, _ in places if rank < 3))
        if len(fits) == 1:
            found.extend(position for name, _, position in places if name == fits[0])
        elif not fits:
            missing.append(f"{prefix}{serial}号")
    return list(dict.fromkeys(found)), missing


def _articles(
    generation: Generation, references: References, question: str
) -> tuple[list[int], list[str]]:
    works = resolve_work(references, question, generation.records.works)
    found: list[int] = []
    missing: list[str] = []
    for article in references.articles:
        here = [work for work in works if work.has(article)]
        if len(here) > _MOST_WORKS:
            continue
        for work in here:
            positions = _in_work(generation, work, article)
            found.extend(positions)
            if not positions:
                missing.append(_written(article))
        # A work that is not here may well be quoted here: 《行政处罚法》第二十七条 is left to the search.
        if not here and works and (article.ordinal or re.search("细则|办法|条例", references.rest)):
            missing.append(_written(article))
    return found, missing


def _in_work(generation: Generation, work: Work, article: ArticleReference) -> list[int]:
    """Positions of the article or point, of what stands under a point that is a heading only; none if it lacks it."""
    if article.point or not work.articles:
        identity = f"{work.key}/part_{article.article}"
        identity += f"/item_{article.item}" if article.item else ""
        record = generation.records.by_id(identity)
        return [record.position] if record else generation.records.below(identity)
    for identity in _article_ids(work.key, article):
        if record := generation.records.by_id(identity):
            return [record.position]
    return []


def _parts(generation: Generation, named: Sequence[int]) -> list[int]:
    """The same clauses, in place of one that is not searched for itself its parts."""
    found: list[int] = []
    for record in generation.records.at(named):
        whole = bool(generation.searchable[record.position])
        found += [record.position] if whole else generation.records.below(record.clause.id)
    return found


def _article_ids(key: str, article: ArticleReference) -> list[str]:
    base = f"{key}/art_{article.article}"
    if article.inserted:
        base += f"之{chinese_number(article.inserted)}"
    if article.item:
        return [f"{base}/para_{article.paragraph or 1}/item_{article.item}"]
    if article.paragraph:
        return [f"{base}/para_{article.paragraph}"]
    return [base, f"{base}/para_1"]


def _written(article: ArticleReference) -> str:
    text = f"第{article.article}{'点' if article.point else '条'}"
    text += f"之{chinese_number(article.inserted)}" if article.inserted else ""
    text += f"第{article.paragraph}款" if article.paragraph else ""
    return text + (f"第{article.item}项" if article.item else "")
