"""A question that goes on from the one before: what is searched for in its place, and near what.

Nothing is generated: what is searched for is the earlier question and this one, put together from their own
words, or the clause that 下一条 comes to. Which reading is better founded is decided by the confidence of the
search, once with what was before and once without.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_bot.asked import asked as kinds_asked
from qa_bot.conversation.places import key_of, step_to
from qa_bot.conversation.signs import Lean, Signs, read_signs
from qa_bot.conversation.topic import Joined, join
from qa_bot.conversation.turns import LAST, Turn
from qa_bot.encoder import Encoder
from qa_bot.facets import asked_facets, contradicted, mentions
from qa_bot.index import ClauseRecord, Generation
from qa_bot.ranking import Weights
from qa_bot.search import Focus, Result, search
from qa_bot.text import fold
from qa_bot.understanding import Asked, is_foreign, understand
from qa_bot.words import to_simplified

__all__ = ["Context", "follow"]

# Added to the score of what stands in the same text, and in the same document, as what was answered before;
# a feature of the ranking weighs some units. These and the constants below were chosen on the odd ids of
# eval/questions/follow_ups.jsonl: docs/retrieval.md.
SAME_TEXT = 3.0
SAME_DOCUMENT = 1.0
# The same where the question points at the document itself.
POINTED_AT = 20.0
# So much surer must the search with the question before be, where a question may stand by itself.
SURER = 0.05
# And so much surer the search without it, where the question by its form leaves something out.
MUCH_SURER = 0.2
# Late interaction of a question's own words with the clause found, in Chinese and in another script: below
# the first the clause says nothing of what is new, from the second on it does.
SUPPORT = (0.5, 0.65)
SUPPORT_FOREIGN = (0.4, 0.5)
# What it adds to the log-odds that the clause found stands in the text that answered before: what the corpus
# treats it goes on treating. The confidence was fitted to questions that come alone.
GOES_ON = 0.3


@dataclass(frozen=True, slots=True)
class Context:
    """What of the conversation a reply rests on.

    Attributes:
        question: the earlier question.
        clause_ids: what was shown for it and is in the corpus.
        searched: what was searched for, or the citation of what was looked up.
    """

    question: str
    clause_ids: tuple[str, ...]
    searched: str

    def to_json(self) -> dict[str, object]:
        """As it stands in a reply."""
        return {
            "question": self.question,
            "clause_ids": list(self.clause_ids),
            "searched": self.searched,
        }


@dataclass(frozen=True, slots=True)
class _Seek:
    """Where and how is searched: the same for each reading of a question."""

    generation: Generation
    encoder: Encoder
    limit: int
    among: Sequence[int] | None

    def __call__(self, question: str, focus: Focus | None = None) -> Result:
        return search(
            self.generation, self.encoder, question, self.limit, focus=focus, among=self.among
        )


@dataclass(frozen=True, slots=True)
class _Before:
    """The conversation so far: what began it, what it is about now, and what was shown last."""

    question: str
    topic: str
    shown: tuple[ClauseRecord, ...]

    def context(self, searched: str) -> Context:
        return Context(self.question, tuple(one.clause.id for one in self.shown), searched)


def follow(
    generation: Generation,
    encoder: Encoder,
    question: str,
    turns: Sequence[Turn],
    limit: int = 10,
    among: Sequence[int] | None = None,
) -> tuple[Result, Context | None]:
    """Search for a question, with what was asked before if it goes on from it.

    Guarantees: at most two searches, and one where the question stands by itself by its form; the context is
    `None` exactly when the result is that of the question alone.

    Args:
        generation: the index.
        encoder: of the index's model.
        question: as it was asked.
        turns: before it, oldest first; the last `LAST` count.
        limit: clauses at most.
        among: positions of the clauses that may be found; all if not given.
    """
    seek = _Seek(generation, encoder, limit, among)
    sign = read_signs(question)
    if not turns or sign.lean is Lean.ALONE:
        return seek(question), None
    before = _before(generation, list(turns)[-LAST:])
    if sign.step and before.shown:
        return _stepped(seek, question, sign, before)
    if sign.lean in (Lean.STEP, Lean.ARTICLE):
        return _article(seek, question, before)
    if sign.lean in (Lean.POINTING, Lean.IT) and before.shown:
        return _pointed(seek, sign, before)
    if sign.lean is Lean.MAYBE:
        alone = seek(question)
        if alone.confidence + SURER > 1:
            return alone, None
        together, context = _joined(seek, sign, before)
        leans = together.confidence >= alone.confidence + SURER
    else:
        together, context = _joined(seek, sign, before)
        threshold = Weights.shipped().threshold
        # 谁负责的 is about nothing without what was before, and 杭州呢 says only where.
        if together.confidence >= threshold or not sign.topic or _only_narrows(sign.core):
            return together, context
        alone = seek(question)
        leans = alone.confidence < max(threshold, together.confidence + MUCH_SURER)
    return (_both(together, alone), context) if leans else (_both(alone, together), None)


def _only_narrows(core: str) -> bool:
    """Whether a text is a place, a day or a time and nothing else."""
    text = fold(to_simplified(core)).strip()
    return any(span == (0, len(text)) for _, span in mentions(text))


def _both(chosen: Result, other: Result) -> Result:
    """The result chosen, with the time that both searches took."""
    stages = {name: took + other.stages.get(name, 0.0) for name, took in chosen.stages.items()}
    return replace(chosen, stages=stages)


def _before(generation: Generation, turns: Sequence[Turn]) -> _Before:
    topic = asked = ""
    shown: tuple[str, ...] = ()
    for turn in turns:
        if not turn.searched:
            topic = asked = turn.question
        elif read_signs(turn.question).step:
            topic = ""  # what lay a step further was about something else
        else:
            topic = turn.searched
        asked = asked or turn.question
        shown = turn.clause_ids or (shown if turn.searched else ())
    found = [generation.records.by_id(one) for one in shown]
    return _Before(asked, topic, tuple(one for one in found if one))


def _stepped(
    seek: _Seek, question: str, sign: Signs, before: _Before
) -> tuple[Result, Context | None]:
    """The clause that lies so far from the first one shown, looked up."""
    step, generation = sign.step, seek.generation
    target = step_to(generation.records, before.shown[0], step) if step else None
    asked = replace(
        understand(generation, question),
        named=(target.position,) if target else (),
        documents=frozenset(),
        missing=() if target else (sign.core,),
        only_named=True,
    )
    near = _nearness(generation, before.shown[0])
    result = seek(question, Focus(asked, nearness=near))
    return result, before.context(target.citation if target else sign.core)


def _article(seek: _Seek, question: str, before: _Before) -> tuple[Result, Context | None]:
    """An article that several texts have is that of the text answered before."""
    asked = understand(seek.generation, question)
    keys = [key_of(one) for one in before.shown[:1]]
    records = seek.generation.records.at(asked.named)
    here = tuple(one.position for one in records if key_of(one) in keys)
    if not here or len(here) == len(records):
        return seek(question), None
    result = seek(question, Focus(replace(asked, named=here, missing=())))
    return result, before.context(seek.generation.records.at(here[:1])[0].citation)


def _pointed(seek: _Seek, sign: Signs, before: _Before) -> tuple[Result, Context | None]:
    """What is asked of the document answered before, or (它要几个) of what was asked about."""
    generation = seek.generation
    first = before.shown[0]
    core = sign.core or before.topic
    document = generation.records.document(first.issue_id, first.clause.document_id)
    title = document.part(first.clause.part_id).title or document.title
    text = f"{title} {core}"
    asked = replace(understand(generation, core), documents=frozenset((first.clause.document_id,)))
    near = _nearness(generation, first, pointed=True)
    titled = Joined(text, (len(text) - len(core), len(text)))
    result = seek(text, Focus(asked, titled.new, near))
    result = _supported(generation, sign, titled, result)
    if sign.lean is Lean.IT:
        together, context = _joined(seek, sign, before)
        if together.confidence >= result.confidence + SURER:
            return _both(together, result), context
        result = _both(result, together)
    return result, before.context(text)


def _joined(seek: _Seek, sign: Signs, before: _Before) -> tuple[Result, Context]:
    """The question together with what it leaves out; as sure as the clause found speaks of what is new."""
    generation = seek.generation
    joined = join(before.topic, sign, generation.words.dictionary)
    asked = _asked(generation, joined, sign)
    near = _nearness(generation, before.shown[0]) if before.shown else None
    focus = Focus(asked, joined.new, near)
    # What was mistyped is read otherwise; `new` tells its characters by their places.
    text = asked.text if len(asked.text) == len(joined.text) else joined.text
    result = seek(text, focus)
    if before.shown and result.hits and key_of(result.hits[0].record) == key_of(before.shown[0]):
        result = replace(result, confidence=_surer(result.confidence))
    return _supported(generation, sign, joined, result), before.context(text)


def _surer(confidence: float) -> float:
    return confidence / (confidence + (1 - confidence) * math.exp(-GOES_ON))


def _asked(generation: Generation, joined: Joined, sign: Signs) -> Asked:
    """What both ask; what the question asks itself goes before what it takes over."""
    whole = understand(generation, joined.text)
    own = kinds_asked(sign.core)
    return replace(
        whole,
        kinds=own if sign.asks or own else whole.kinds,
        foreign=is_foreign(sign.core),
    )


def _supported(generation: Generation, sign: Signs, joined: Joined, result: Result) -> Result:
    """The result, as sure as its first clause speaks of what the question names itself.

    Otherwise a question would be answered by the one before: 那停车位呢 by what is said of the floor area.
    """
    if not result.hits or not sign.topic:
        return result
    position = result.hits[0].record.position
    support = 1.0
    own = asked_facets(sign.core, generation.covers)
    if contradicted(own, generation.facets[position]):
        support = 0.5
    spans = result.vectors.spans
    mine = result.vectors.is_text & (spans[:, 0] >= joined.new[0]) & (spans[:, 1] <= joined.new[1])
    late = float(generation.tokens.scores(result.vectors.vectors[mine], [position]).whole[0])
    low, high = SUPPORT_FOREIGN if is_foreign(sign.core) else SUPPORT
    support *= min(1.0, max(0.0, (late - low) / (high - low)))
    return replace(result, confidence=result.confidence * support)


def _nearness(
    generation: Generation, first: ClauseRecord, pointed: bool = False
) -> dict[int, float]:
    """What is added to the score of clauses for standing near the one answered before, by position."""
    records = generation.records
    more = POINTED_AT if pointed else 0.0
    near = dict.fromkeys(records.below(first.clause.document_id), SAME_DOCUMENT + more)
    near |= dict.fromkeys(records.below(key_of(first)), SAME_TEXT + more)
    return near
