"""From a question to ranked clauses: references first, then words and meaning, fused."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import asked
from qa_bot.encoder import Encoder
from qa_bot.gazette.grammar import split_number
from qa_bot.index import ClauseRecord, Generation
from qa_bot.references import (
    ArticleReference,
    References,
    find,
    resolve_number,
    resolve_short,
    resolve_work,
)
from qa_bot.settings import Retriever
from qa_bot.text import chinese_number, fold
from qa_bot.words import to_simplified

__all__ = ["Hit", "Result", "is_foreign", "search"]

# Chosen on the development questions: docs/retrieval.md, `python eval/fit.py`.
LEXICAL_WEIGHT = 0.1
SENTENCE_WEIGHT = 1.0
KIND_WEIGHT = 1.0
DAY_WEIGHT = 1.0
SPECIAL_CASE_MARGIN = 1.0
REFERENCE_BONUS = 3.0
_CANDIDATES = 100
# Logistic regression of "the first clause answers" on its fused score and its cosine (intercept, score,
# cosine), for questions in Chinese and in another script; fitted by `python eval/fit.py`.
CONFIDENCE_CHINESE = (-4.31, 0.3, 4.51)
CONFIDENCE_FOREIGN = (-1.98, 0.53, 0.0)
_SURE = 0.97
# An article that exists is named and something is asked about it.
_NAMED_AND_ASKED = 0.6

_DAY = re.compile(r"\d\d-\d\d")  # the token of 4月12日

# Words that ask what a named thing is, and nothing about what it says.
_ASKS_WHAT = re.compile(
    r"(请问|帮我|我想|查|看看|看|一下|是|什么|啥|哪个|哪份|哪|一个|一份|的|了|吗|呢|讲|说|说了|说的|怎么|规定|写|内容|标题|题目|名称|名字|叫|"
    r"叫做|文件|文号|文|通知|方面|关于|有关|主要|发布|印发|发|今年|去年|年|市府办|市政府|办公室|政府|温州市|温州|原文|全文|具体|条文|那个|这个|"
    r"里面|里|中|第|条|款|项|细则|办法|条例|规则|article|what|is|does|say|the|of|document|notice|about|no|number|"
    r"[\s，。？！?!,.:：；;、()（）“”\"'<>《》\-])+"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause that was found.

    Attributes:
        record: the clause.
        score: higher is better; comparable within one question only.
        exact: whether a reference in the question names it.
    """

    record: ClauseRecord
    score: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found.

    Attributes:
        hits: best first.
        candidates: positions of the first 100 clauses, best first, before two 款 of one article change
            places; the hits are among them.
        confidence: estimated probability that the first hit answers the question, 0 to 1.
        vector: of the question, `(dim,)`.
        tokens: of the question.
        missing: what the question names and this corpus does not have, in the question's words.
        kinds: of quantity that the question asks for.
        only_named: whether it names clauses and asks nothing else.
        stages: how long each took, in milliseconds: `analyse`, `encode`, `rank`.
    """

    hits: tuple[Hit, ...]
    candidates: tuple[int, ...]
    confidence: float
    vector: NDArray[np.float32]
    tokens: tuple[str, ...]
    missing: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    only_named: bool = False
    stages: dict[str, float] = field(default_factory=dict)


def search(
    generation: Generation,
    encoder: Encoder,
    question: str,
    limit: int = 10,
    retriever: Retriever = Retriever.FULL,
) -> Result:
    """Find at most `limit` clauses that answer `question`, best first.

    A document number or an article that the question names is looked up, not searched for: where it
    resolves to one clause and the question asks nothing else, that clause is first; where it resolves
    to nothing, `missing` says so. All other clauses are ranked by a weighted sum: the standard score
    (score less mean, over deviation) of their cosines, of the whole and of the best sentence; that of
    BM25, unless the question is in another script; how well the quantities that they name fit what is
    asked for; and whether they are of a day that the question names. Of the parts that `retriever` leaves out none counts; its confidence is that of
    the same formula, which was fitted for `FULL` only.
    """
    full = retriever is Retriever.FULL
    clock = _Clock()
    references = find(to_simplified(question) if full else "")
    tokens = generation.words.content(question)
    named, missing = _named(generation, references, question) if full else ([], [])
    only_named = bool(named or missing) and not _asks_more(references, named, generation)
    kinds = asked(to_simplified(question)) if full else ()
    clock.lap("analyse")
    vector = encoder.encode_queries([question])[0]
    clock.lap("encode")

    searchable = generation.searchable
    dense = generation.dense.scores(vector)
    lexical = generation.lexical.scores(tokens)
    fit = generation.quantities.fit(kinds)
    if retriever is Retriever.BM25:
        fused = lexical.copy()
    elif retriever is Retriever.DENSE:
        fused = dense.copy()
    else:
        best = SENTENCE_WEIGHT * generation.dense.best_sentence(vector) if full else 0.0
        fused = (
            _standard(2 * dense + best, searchable)
            + (0.0 if is_foreign(question) else LEXICAL_WEIGHT) * _standard(lexical, searchable)
            + KIND_WEIGHT * fit
        )
        if full and (days := [token for token in tokens if _DAY.fullmatch(token)]):
            fused += DAY_WEIGHT * (generation.lexical.scores(days) > 0)
    fused[~searchable] = -np.inf
    exact = dict.fromkeys(named)
    if only_named:
        order = [*exact, *_best(fused, _CANDIDATES, exact)]
    else:
        for position in exact:
            base = fused[position] if searchable[position] else 0.0
            fused[position] = base + REFERENCE_BONUS
        order = _best(fused, _CANDIDATES, {})
    records = generation.records.at(order[:limit])
    hits = tuple(
        Hit(record, _SURE if only_named and record.position in exact else float(fused[record.position]),
            record.position in exact)
        for record in records
    )  # fmt: skip
    if only_named:
        confidence = 0.0 if missing and not named else _SURE
    elif not hits:
        confidence = 0.0
    else:
        confidence = _confidence(fused, dense, hits[0].record.position, question)
        if missing and not named:
            confidence /= 2
        if hits[0].exact and any(article.ordinal for article in references.articles):
            confidence = max(confidence, _NAMED_AND_ASKED)
        hits = _general_first(hits, fit, tokens, generation) if full else hits
    clock.lap("rank")
    return Result(
        hits,
        tuple(order[:_CANDIDATES]),
        confidence,
        vector,
        tuple(tokens),
        tuple(missing),
        kinds,
        only_named,
        clock.laps,
    )


class _Clock:
    """How long each stage took, in milliseconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._began = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = (now - self._began) * 1000
        self._began = now


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


def _general_first(
    hits: tuple[Hit, ...],
    fit: NDArray[np.float32],
    tokens: Sequence[str],
    generation: Generation,
) -> tuple[Hit, ...]:
    """Of two 款 of one article that both name the quantity asked for, the earlier first.

    An article states its rule first, in few words, and its special cases after it: 企业经营场所面积不得少于40平方米, then
    兼有中药饮片经营范围的…60平方米. The special case goes first only if the question names it (its words hold
    some of the question's that the rule does not), or scores higher by more than `SPECIAL_CASE_MARGIN`.
    """
    ordered = list(hits)
    for first in range(len(ordered)):
        for later in range(first + 1, len(ordered)):
            special, rule = ordered[first], ordered[later]
            if (
                special.record.clause.parent
                and special.record.clause.parent == rule.record.clause.parent
                and rule.record.position < special.record.position
                and len(rule.record.clause.text) < len(special.record.clause.text)
                and special.score - rule.score <= SPECIAL_CASE_MARGIN
                and min(fit[special.record.position], fit[rule.record.position]) > 0
                and _held(special, tokens, generation) <= _held(rule, tokens, generation)
            ):
                ordered[first] = replace(rule, score=special.score)
                ordered[later] = replace(special, score=rule.score)
    return tuple(ordered)


def _held(hit: Hit, tokens: Sequence[str], generation: Generation) -> set[str]:
    """The words of a question that a clause holds itself."""
    return set(tokens) & set(generation.words.tokens(hit.record.clause.text))


def _standard(scores: NDArray[np.float32], searchable: NDArray[np.bool_]) -> NDArray[np.float32]:
    among = scores[searchable]
    if not len(among):
        return scores
    deviation = float(among.std())
    if deviation < 1e-9:
        return np.zeros_like(scores)
    standard: NDArray[np.float32] = (scores - among.mean()) / deviation
    return standard


def _best(scores: NDArray[np.float32], limit: int, leave_out: dict[int, None]) -> list[int]:
    """Positions of the highest scores; of equal ones the earlier."""
    order = np.argsort(-scores, kind="stable")[: limit + len(leave_out)]
    return [int(i) for i in order if int(i) not in leave_out and np.isfinite(scores[i])]


def _confidence(
    fused: NDArray[np.float32], dense: NDArray[np.float32], first: int, question: str
) -> float:
    foreign = is_foreign(question)
    intercept, by_score, by_cosine = CONFIDENCE_FOREIGN if foreign else CONFIDENCE_CHINESE
    value = intercept + by_score * float(fused[first]) + by_cosine * float(dense[first])
    return 1 / (1 + math.exp(-value))


def is_foreign(question: str) -> bool:
    """Whether a question is written in another script than Chinese; kana make it Japanese."""
    han = sum("\u4e00" <= char <= "\u9fff" for char in question)
    kana = sum("\u3040" <= char <= "\u30ff" for char in question)
    letters = sum(char.isalpha() for char in question)
    return kana > 0 or han * 2 < letters


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
        here = [work for work in works if article.article in work.articles]
        for work in here:
            record = None
            for identity in _article_ids(work.key, article):
                record = generation.records.by_id(identity)
                if record:
                    found.append(record.position)
                    break
            if record is None:
                missing.append(_written(article))
        # A work that is not here may well be quoted here: 《行政处罚法》第二十七条 is left to the search.
        if not here and works and (article.ordinal or re.search("细则|办法|条例", references.rest)):
            missing.append(_written(article))
    return found, missing


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
    text = f"第{article.article}条"
    text += f"之{chinese_number(article.inserted)}" if article.inserted else ""
    text += f"第{article.paragraph}款" if article.paragraph else ""
    return text + (f"第{article.item}项" if article.item else "")
