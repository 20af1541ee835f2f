"""From a question to ranked clauses: what it names first, then words and meaning, ranked by all that is known."""

from __future__ import annotations

import functools
import math
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import QUANTITIES
from qa_bot.encoder import Encoder, TokenVectors
from qa_bot.errors import TooSlowError
from qa_bot.index import ClauseRecord, Generation
from qa_bot.index.background import background_of
from qa_bot.index.store import KIND_WEIGHT, Wanted
from qa_bot.ranking import OF_IMPRINTS, Scores, Weights, features, signs
from qa_bot.settings import Retriever
from qa_bot.text import Span
from qa_bot.understanding import Asked, understand

__all__ = ["UNTIL", "Focus", "Hit", "Result", "Stage", "elsewhere", "search"]

# What chooses the candidates; `python eval/fit.py` says how many right ones are among them.
LEXICAL_WEIGHT = 0.1
#: So many are ranked by all features, the best by their words alone among them.
CANDIDATES = 24
_BY_WORDS = 5
# Of these so many near what was answered before, where a question goes on from another one.
_NEAR = 15
_SHOWN = 100
SPECIAL_CASE_MARGIN = 1.0
_SURE = 0.97
#: When a question is given up, by `time.perf_counter`: between two stages, since none of them can be stopped.
#: `None` outside of a server: whoever evaluates or warms up may take any time.
UNTIL: ContextVar[float | None] = ContextVar("until", default=None)
# A clause that exists is named and something is asked about it.
_NAMED_AND_ASKED = 0.6
# Kinds of answer that few clauses give, so that a question is better off with these among its candidates.
_FOUND_BY_KIND = frozenset((*QUANTITIES, *OF_IMPRINTS, "page"))
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """What a question that goes on from another one is about, beyond its own words.

    Attributes:
        asked: what is understood of it together with the one before.
        new: characters of the text searched for that are the question's own; their tokens count as much
            as all others together.
        nearness: what is added to the score of clauses near what was answered before, by position.
    """

    asked: Asked
    new: Span | None = None
    nearness: Mapping[int, float] | None = None


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
        asked: what was understood of the question.
        vectors: of the question and of its tokens.
        hits: best first.
        candidates: positions of the first 100 clauses, best first, before two 款 of one article change
            places; the hits are among them.
        confidence: estimated probability that the first hit answers the question, 0 to 1.
        stages: how long each took, in milliseconds: `encode`; `analyse`, what the question took to understand
            beyond that, since both go on at once; `rank`.
    """

    asked: Asked
    vectors: TokenVectors
    hits: tuple[Hit, ...]
    candidates: tuple[int, ...]
    confidence: float
    stages: dict[str, float] = field(default_factory=dict)


def search(
    generation: Generation,
    encoder: Encoder,
    question: str,
    limit: int = 10,
    retriever: Retriever = Retriever.FULL,
    focus: Focus | None = None,
    among: Sequence[int] | None = None,
) -> Result:
    """Find at most `limit` clauses that answer `question`, best first.

    A document number or an article that the question names is looked up, not searched for: where it
    resolves to one clause and the question asks nothing else, that clause is first; where it resolves
    to nothing, `missing` says so. Otherwise candidates are chosen by a weighted sum: the standard score
    (score less mean, over deviation) of their cosines, of the whole and of the best sentence; that of
    BM25, unless the question is in another script; and how well the quantities that they name, or the lines
    of an imprint or a table of contents, fit what is asked for. These, the clauses that the question
    names and the best by BM25 are ranked by late interaction and the other features of `qa_bot.ranking`;
    what was no candidate follows in the order of the first sum. Words and meaning are those of the question
    as it is read (`Asked.text`). Of the parts that `retriever` leaves out none counts, and it has no
    confidence. With a `focus` what is asked is what the focus says, and `question` is encoded as it is. With
    `among` no other clauses than those at these positions are found.

    Raises:
        TooSlowError: `UNTIL` is over.
    """
    clock = _Clock()
    if focus:
        asked, spoken = focus.asked, encoder.encode_query_tokens(question)
        clock.lap("encode")
    else:
        # The encoder leaves the interpreter to others while it works; most questions are read as they are.
        reading = _readers().submit(understand, generation, question)
        spoken = encoder.encode_query_tokens(question)
        clock.lap("encode")
        asked = reading.result()
        clock.lap("analyse")
        if asked.text != question:
            spoken = encoder.encode_query_tokens(asked.text)
            clock.lap("encode")
    within = _mask(generation, among)
    away = elsewhere(encoder, spoken) if retriever is Retriever.FULL else None
    stage = Stage(generation, spoken, asked, focus, away, within)
    if retriever is not Retriever.FULL:
        scores = stage.part(retriever)
        order = stage.best(scores, _SHOWN)
        of = dict(zip(order, scores[stage.rows(order)].tolist(), strict=True))
        clock.lap("rank")
        found = tuple(
            Hit(record, of[record.position], False)
            for record in generation.records.at(order[:limit])
        )
        return Result(asked, spoken, found, tuple(order), float(bool(order)), clock.laps)
    chosen = stage.candidates()
    confidence, ranked = stage.rank(chosen)
    of = dict(zip(chosen, ranked.tolist(), strict=True))
    order = [chosen[at] for at in np.argsort(-ranked, kind="stable")]
    if len(order) < _SHOWN:
        order += [at for at in stage.best(stage.first, _SHOWN) if at not in of]
    if asked.only_named:
        named = [at for at in asked.named if among is None or within[at]]
        of |= dict.fromkeys(named, _SURE)
        order = list(dict.fromkeys([*named, *order]))
        confidence = _SURE if named else 0.0
    elif asked.missing and not asked.named:
        confidence /= 2
    hits = tuple(
        Hit(record, of.get(record.position, -math.inf), record.position in asked.named)
        for record in generation.records.at(order[:limit])
    )
    if not asked.only_named:
        if hits and hits[0].exact:
            confidence = max(confidence, _NAMED_AND_ASKED)
        hits = _general_first(hits, asked, generation)
    clock.lap("rank")
    return Result(asked, spoken, hits, tuple(order[:_SHOWN]), confidence, clock.laps)


class Stage:
    """One question before all clauses: what the retrievers say, and what the ranking makes of it."""

    def __init__(
        self,
        generation: Generation,
        spoken: TokenVectors,
        asked: Asked,
        focus: Focus | None = None,
        elsewhere: Sequence[float] | None = None,
        within: NDArray[np.bool_] | None = None,
    ) -> None:
        """Ask every retriever once.

        Args:
            generation: that holds the clauses.
            spoken: the question's vectors.
            asked: what was understood of it.
            focus: of a question that goes on from another one.
            elsewhere: what the function of that name says; the usual where it is `None`.
            within: which clauses may be candidates, `(clauses,)`; those that are searched if not given.
        """
        self._elsewhere = elsewhere
        self._generation = generation
        self._asked = asked
        says = _says(spoken)
        self._tokens = spoken.vectors[says]
        self._within = generation.searchable if within is None else within
        self._nearness = (focus.nearness if focus else None) or {}
        if focus and focus.new:
            self._tokens = _even(self._tokens, spoken.spans[says], focus.new)
        self._kinds = [kind for kind in asked.kinds if kind in _FOUND_BY_KIND]
        also = [at for at in (*asked.named, *self._nearness) if self._within[at]]
        self._pool = generation.store.retrieve(
            Wanted(spoken.pooled, asked.tokens, self._kinds, self._within, also)
        )
        self._words = np.zeros_like(self._pool.lexical)
        if not asked.foreign:
            searchable = generation.searchable[self._pool.positions]
            self._words[searchable] = self._pool.words.standard(self._pool.lexical)[searchable]

    def rows(self, positions: Sequence[int]) -> NDArray[np.int64]:
        """Where in the arrays of this stage some clauses are."""
        return self._pool.rows(positions)

    def part(self, retriever: Retriever) -> NDArray[np.float32]:
        """The scores of the pool's clauses by a part of the search alone."""
        if retriever is Retriever.BM25:
            return self._pool.lexical
        if retriever is Retriever.DENSE:
            return self._pool.cosine
        cosine = self._pool.cosines.standard(self._pool.cosine)
        scores: NDArray[np.float32] = cosine + LEXICAL_WEIGHT * self._words
        return scores

    @functools.cached_property
    def first(self) -> NDArray[np.float32]:
        """The sum that chooses the candidates, for the pool's clauses."""
        pool = self._pool
        fit = self._generation.quantities.fit(self._kinds, pool.positions)
        scores: NDArray[np.float32] = (
            pool.sums.standard(2 * pool.cosine + pool.sentence)
            + LEXICAL_WEIGHT * self._words
            + KIND_WEIGHT * fit
        )
        return scores

    def best(
        self, scores: NDArray[np.float32], limit: int, among: NDArray[np.bool_] | None = None
    ) -> list[int]:
        """Positions of the highest scores of those that may be found; of equal ones the earlier."""
        held = self._pool.positions
        mine = self._within[held] if among is None else self._within[held] & among
        found: list[int] = held[_best(scores, mine, limit)].tolist()
        return found

    def candidates(self) -> list[int]:
        """Positions of what is to be ranked: named by the question, or good by one of the sums."""
        by_words = self.best(self._words, _BY_WORDS, self._words > 0)
        first = self.first
        near: list[int] = []
        if self._nearness:
            beside = np.isin(self._pool.positions, list(self._nearness))
            near = self.best(first, _NEAR, beside)
        return list(
            dict.fromkeys([
                *(at for at in self._asked.named if self._within[at]),
                *self.best(first, CANDIDATES - len(near)),
                *by_words,
                *near,
            ])
        )  # fmt: skip

    def scores(self, chosen: Sequence[int]) -> Scores:
        """What the retrievers say of candidates."""
        late = self._generation.tokens.scores(self._tokens, chosen)
        at = self._pool.rows(chosen)
        return Scores(self._pool.cosine[at], self._pool.sentence[at], late, self._words[at])

    def rank(self, chosen: Sequence[int]) -> tuple[float, NDArray[np.float32]]:
        """The confidence in the best candidate, and the scores of all, `(n,)`."""
        if not chosen:
            return 0.0, np.zeros(0, np.float32)
        weights = Weights.shipped()
        scores = self.scores(chosen)
        found = features(self._generation, self._asked, scores, chosen)
        ranked: NDArray[np.float32] = found @ np.array(weights.rank, np.float32)
        if self._nearness:
            ranked = ranked + np.array([self._nearness.get(at, 0) for at in chosen], np.float32)
        elsewhere = weights.elsewhere if self._elsewhere is None else self._elsewhere
        seen = signs(self._asked, scores, found, ranked, elsewhere)
        return weights.probability(seen), ranked


def elsewhere(encoder: Encoder, spoken: TokenVectors) -> tuple[float, ...] | None:
    """How near a question is to texts that are not of the corpus; `None` where its model has no such."""
    background = background_of(encoder.model.base)
    return None if background is None else tuple(background.signs(spoken.pooled).tolist())


class _Clock:
    """How long each stage took, in milliseconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._began = time.perf_counter()
        self._ends = UNTIL.get()

    def lap(self, stage: str) -> None:
        """Note the stage that has ended.

        Raises:
            TooSlowError: the question may take no longer.
        """
        now = time.perf_counter()
        self.laps[stage] = self.laps.get(stage, 0.0) + (now - self._began) * 1000
        self._began = now
        if self._ends is not None and now > self._ends:
            raise TooSlowError(
                "这个问题没有在规定时间内答完，已停止；请缩短问题或稍后再问 / "
                "The question took longer than it may and was given up: shorten it, or ask again later."
            )


@functools.cache
def _readers() -> ThreadPoolExecutor:
    """Threads that understand questions while these are encoded."""
    return ThreadPoolExecutor(thread_name_prefix="qa-bot-understand")


def _general_first(hits: tuple[Hit, ...], asked: Asked, generation: Generation) -> tuple[Hit, ...]:
    """Of two clauses of one text that name the quantity asked for, the general one first.

    A text states its rule first, in few words, and its special cases after it: 企业经营场所面积不得少于40平方米, then
    兼有中药饮片经营范围的…60平方米; or it names a quantity alone where another clause names several. The special case
    goes first only if the question names it (its words hold some of the question's that the rule does
    not), or scores higher by more than `SPECIAL_CASE_MARGIN`.
    """
    held = [hit.record.position for hit in hits]
    fits = generation.quantities.fit(
        [kind for kind in asked.kinds if kind in QUANTITIES], np.array(held, np.int64)
    )
    fit = dict(zip(held, fits.tolist(), strict=True))
    ordered = list(hits)
    for first in range(len(ordered)):
        for later in range(first + 1, len(ordered)):
            special, rule = ordered[first], ordered[later]
            if (
                _more_general(rule, special, fit)
                and special.score - rule.score <= SPECIAL_CASE_MARGIN
                and _held(special, asked.own_tokens, generation)
                <= _held(rule, asked.own_tokens, generation)
            ):
                ordered[first] = replace(rule, score=special.score)
                ordered[later] = replace(special, score=rule.score)
    return tuple(ordered)


def _more_general(rule: Hit, special: Hit, fit: Mapping[int, float]) -> bool:
    """Whether one clause says shorter what the other says of a special case, or among other things."""
    one, other = rule.record, special.record
    if len(one.clause.text) >= len(other.clause.text) or fit[one.position] <= 0:
        return False
    siblings = bool(one.clause.parent) and one.clause.parent == other.clause.parent
    if siblings and one.position < other.position and fit[other.position] > 0:
        return True
    together = (one.clause.document_id, one.clause.part_id) == (
        other.clause.document_id, other.clause.part_id
    )  # fmt: skip
    return together and 0 < fit[other.position] < fit[one.position]


def _held(hit: Hit, tokens: Sequence[str], generation: Generation) -> set[str]:
    """The words of a question that a clause holds itself."""
    held = generation.own_words.holds(tokens, [hit.record.position])
    return {token for token, has in zip(tokens, held[:, 0], strict=True) if has}


def _even(tokens: NDArray[np.float32], spans: NDArray[np.int32], new: Span) -> NDArray[np.float32]:
    """The tokens with those within `new` repeated until they are about as many as the others."""
    inside = (spans[:, 0] >= new[0]) & (spans[:, 1] <= new[1])
    mine, others = tokens[inside], tokens[~inside]
    times = max(1, round(len(others) / max(len(mine), 1)))
    return np.concatenate([others, np.repeat(mine, times, axis=0)])


def _mask(generation: Generation, among: Sequence[int] | None) -> NDArray[np.bool_]:
    """Which clauses may be found."""
    searchable: NDArray[np.bool_] = generation.searchable
    if among is None:
        return searchable
    chosen: NDArray[np.bool_] = np.zeros(len(searchable), np.bool_)
    at = np.asarray(among, np.intp)
    chosen[at] = searchable[at]
    return chosen


def _says(spoken: TokenVectors) -> NDArray[np.bool_]:
    """Which tokens of a question hold a letter or a digit; all of its text's where none does.

    A comma's vector is that of its surroundings: it finds what they find, and in other languages less well.
    """
    words = np.array([bool(_WORD.search(token)) for token in spoken.tokens])
    says: NDArray[np.bool_] = spoken.is_text & words
    return says if says.any() else spoken.is_text


def _best(scores: NDArray[np.float32], among: NDArray[np.bool_], limit: int) -> list[int]:
    """Positions of the highest scores; of equal ones the earlier."""
    chosen = np.flatnonzero(among)
    values = -scores[chosen]
    if len(chosen) > limit:
        # Only those as good as the last that is wanted are sorted.
        near = np.flatnonzero(values <= np.partition(values, limit - 1)[limit - 1])
        chosen, values = chosen[near], values[near]
    best: list[int] = chosen[np.argsort(values, kind="stable")[:limit]].tolist()
    return best
