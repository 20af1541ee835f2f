"""Which sentences of a clause answer: lit in the quote, so that a reader sees them first.

Each sentence gets a probability that it is what answers (a softmax over the sentences of the clause, of a
weighted sum of features; the weights stand in `ranking.toml`, fitted on the development questions by
`eval/highlights.py`). The likeliest are lit until their probabilities add up to `mass`: one sentence where
the question leaves no doubt, two or three where it does.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import quantities
from qa_bot.index import ClauseRecord, Generation
from qa_bot.index.passages import Passage, read
from qa_bot.text import Span, fold, sentences, strip_space
from qa_bot.understanding import Asked
from qa_bot.words import to_simplified

__all__ = [
    "FEATURES",
    "Highlighting",
    "Sentences",
    "highlights",
    "lit_whole",
    "sentence_features",
    "sentences_of",
]

#: Characters; a row of a table that is no longer is lit whole: its figures are nothing without its name.
SHORT = 80
# Clauses whose sentences stay in memory: those that answer often.
_KEPT = 1024
_LABEL_LENGTH = 20
_ENTRY_LENGTH = 36
_ITEM = re.compile(r"[（(]?[\d一二三四五六七八九十]+[)）、.．]")
# A number and a title over two lines are one thing.
_ONE_THING = frozenset(("title", "catalogue", "contents"))
FEATURES = ("cosine", "words", "gives", "part")
# Many a sentence names a penalty, an office or a figure, whatever is asked of them.
_TELLS_NOTHING = {"penalty", "person", "imprint", "figure"}
_AMOUNTS = frozenset(("money", "figure"))
_REMARK = re.compile(r"[（(](?:牵头|责任|配合|主办|协办|落实|完成)[^（）()]*[）)]?[。；]?$")
# What happens to whom the first sanction does not move, and what in graver cases.
_ESCALATES = re.compile(
    r"^(?:但是?|，)?(?:逾期|拒不|仍不|情节(?:较为|特别)?(?:严重|恶劣)|构成|有前款)"
)


@dataclass(frozen=True, slots=True)
class Highlighting:
    """What `ranking.toml` says of highlights.

    Attributes:
        weights: of each feature, in the order of `FEATURES`.
        mass: sentences are lit until their probabilities reach this.
        short_mass: the same of a clause of at most `SHORT` characters, where a second sentence costs a
            reader nothing.
        most: of a longer clause no further sentence is lit that would light more than this share.
    """

    weights: tuple[float, ...]
    mass: float
    short_mass: float
    most: float

    @classmethod
    @functools.cache
    def shipped(cls) -> Highlighting:
        """That of the package."""
        text = resources.files("qa_bot").joinpath("ranking.toml").read_text("utf-8")
        table = dict(tomllib.loads(text)["highlight"])
        limits = [float(table.pop(name)) for name in ("mass", "short_mass", "most")]
        if set(table) != set(FEATURES):
            raise ValueError("ranking.toml has other features than qa_bot.highlight")
        return cls(tuple(float(table[name]) for name in FEATURES), *limits)

    def choose(
        self, found: NDArray[np.float32], own: Sequence[Sequence[Span]], length: int
    ) -> list[Span]:
        """The spans that are lit.

        Args:
            found: of `sentence_features`, `(n, len(FEATURES))`.
            own: for each sentence its spans in the clause's text; none for one that stands elsewhere.
            length: of the clause's text.
        """
        scores = found @ np.array(self.weights, np.float32)
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        lit: list[Span] = []
        reached = 0.0
        enough = self.mass if length > SHORT else self.short_mass
        for index in np.argsort(-chances, kind="stable").tolist():
            if not own[index]:
                continue
            if lit and reached >= enough:
                break
            if lit and length > SHORT and _width([*lit, *own[index]]) > self.most * length:
                continue
            lit.extend(own[index])
            reached += float(chances[index])
        return lit


def highlights(
    generation: Generation, record: ClauseRecord, asked: Asked, question: NDArray[np.float32]
) -> tuple[Span, ...]:
    """The spans of a clause's text that answer, in order; none where no sentence is nearer than another.

    Of a clause that the question only names nothing is chosen; of one that states the terms of a list of
    exemptions, where a question is after these, what states them. For a table row a cell counts as a
    sentence, read with the name of its column; a short row is lit whole.

    Args:
        generation: that holds the clause.
        record: the clause.
        asked: what was understood of the question.
        question: its pooled vector.
    """
    if asked.only_named:
        return ()
    if record.position in asked.named and (terms := _terms_of(generation, record)):
        return terms
    length = len(record.clause.text)
    if lit_whole(record):
        return ((0, length),)
    taken = sentences_of(record)
    found = sentence_features(generation, record, taken, asked, question)
    if found is None:
        return ()
    own = [taken.reading.in_text(span) for span in taken.spans]
    return tuple(_joined(Highlighting.shipped().choose(found, own, length)))


def _terms_of(generation: Generation, record: ClauseRecord) -> tuple[Span, ...]:
    """Where a clause says under what conditions a list of exemptions as a whole holds."""
    text = record.clause.text
    terms = generation.records.exemptions.terms.get(record.clause.id)
    places = [(text.find(one), len(one)) for one in (terms.texts if terms else ())]
    return tuple(_joined([(at, at + length) for at, length in places if at >= 0]))


def lit_whole(record: ClauseRecord) -> bool:
    """Whether a clause is too short to choose from: a row of a table, a title, an entry of a catalogue."""
    clause = record.clause
    return (bool(clause.cells) or clause.kind in _ONE_THING) and len(clause.text) <= SHORT


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is read of a clause, sentence by sentence.

    Attributes:
        reading: of the clause.
        spans: of the sentences in `reading.body`, in order; a remark in brackets after a sentence,
            （牵头落实：市发改委）, is part of it, and so is a graver sanction after one, 逾期不改正的，…; a
            label or a title of its own, 集中赠阅点：, is part of the sentence after it; short entries of one
            enumeration, apart by semicolons, are one sentence.
        texts: of these sentences.
        folded: the same in simplified characters, folded for matching.
        firsts: for each the number of its first sentence as the index counts them, without regard to
            these.
        count: how many the index counts.
    """

    reading: Passage
    spans: tuple[Span, ...]
    texts: tuple[str, ...]
    folded: tuple[str, ...]
    firsts: tuple[int, ...]
    count: int


@functools.lru_cache(maxsize=_KEPT)
def sentences_of(record: ClauseRecord) -> Sentences:
    """Take a clause apart."""
    reading = read(record.clause)
    whole = sentences(reading.body)
    spans: list[Span] = []
    firsts: list[int] = []
    led_in = False
    for number, (start, end) in enumerate(whole):
        text = reading.body[start:end]
        if spans and (
            led_in
            or _REMARK.match(text)
            or _ESCALATES.match(text)
            or _enumerates(reading.body[slice(*whole[number - 1])], text)
        ):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
            firsts.append(number)
        led_in = _leads_in(text, number)
    texts = tuple(reading.body[start:end] for start, end in spans)
    folded = tuple(fold(to_simplified(text)) for text in texts)
    return Sentences(reading, tuple(spans), texts, folded, tuple(firsts), len(whole))


def sentence_features(
    generation: Generation,
    record: ClauseRecord,
    taken: Sentences,
    asked: Asked,
    question: NDArray[np.float32],
) -> NDArray[np.float32] | None:
    """The features of a clause's sentences, `(n, len(FEATURES))`, in the order of `FEATURES`.

    `cosine` with the question; `words`, the share of the question's words, weighted by how rare they are,
    that stand in the sentence; `gives`, 1 where it names what is asked for; `part`, 1 where it is the part
    of a penalty exemption that is: the penalty, the law, else its violation and conditions. `None` for a
    clause whose sentences the index does not know.
    """
    cosines = generation.dense.sentence_scores(question, record.position)
    if not taken.spans or taken.count != len(cosines):
        return None
    rarity = {token: generation.lexical.idf(token) for token in asked.own_tokens}
    total = sum(rarity.values()) or 1.0
    # Looked for as strings: segmenting every sentence would cost more than all the rest.
    words = [
        sum(weight for token, weight in rarity.items() if token in text) for text in taken.folded
    ]
    kinds = asked.kinds
    gives = _gives(taken.texts, tuple(kind for kind in kinds if kind not in _TELLS_NOTHING))
    return np.column_stack([
        np.maximum.reduceat(cosines, taken.firsts),
        np.array(words) / total,
        gives,
        _of_part(generation, record.clause.id, taken.texts, kinds),
    ]).astype(np.float32)  # fmt: skip


def _of_part(
    generation: Generation, clause_id: str, texts: Sequence[str], kinds: Sequence[str]
) -> NDArray[np.bool_]:
    """Which sentences of an exemption are the part of it that is asked for; none of another clause.

    Of one that states the terms of a whole list these, where somebody asks whether he goes unpunished.
    """
    record = generation.records.exemptions.of(clause_id)
    wanted: list[str] = []
    if record is None:
        terms = generation.records.exemptions.terms.get(clause_id)
        wanted += terms.texts if terms and "exempt" in kinds else ()
    else:
        if "basis" in kinds:
            wanted += [one.passage.text for one in record.legal_basis]
        if record.ordinary_penalty and (
            _AMOUNTS.intersection(kinds) or ("penalty" in kinds and "exempt" not in kinds)
        ):
            wanted.append(record.ordinary_penalty.passage.text)
        if not wanted:
            case = record.circumstances or (record.violation,)
            wanted += [passage.text for passage in (*case, *record.conditions)]
    if not wanted:
        return np.zeros(len(texts), np.bool_)
    parts = [strip_space(one) for one in wanted]
    here = [strip_space(one) for one in texts]
    return np.array([any(one in text or text in one for one in parts) for text in here], np.bool_)


def _leads_in(sentence: str, number: int) -> bool:
    """Whether a sentence says nothing without the next: 集中赠阅点：, and 政府采购云。 before 10月底前，…."""
    text = sentence.strip()
    if len(text) > _LABEL_LENGTH or re.search("[，,；;]", text):
        return False
    return text.endswith(("：", ":")) or (number == 0 and text.endswith("。"))


def _enumerates(before: str, after: str) -> bool:
    """Whether two parts apart by a semicolon are entries of one enumeration: 各乡（镇）政府；各县（市、区）人民政府；…."""
    parts = (before.strip(), after.strip())
    return (
        parts[0].endswith(("；", ";"))
        and max(map(len, parts)) <= _ENTRY_LENGTH
        and not _ITEM.match(parts[1])
    )


@functools.lru_cache(maxsize=_KEPT)
def _gives(texts: tuple[str, ...], kinds: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which of some texts name what is asked for."""
    gives: NDArray[np.bool_] = quantities(texts, kinds).fit(kinds) > 0
    return gives


def _width(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    """The same characters in as few spans as can be, in order."""
    whole: Span | None = None
    for start, end in sorted(spans):
        if whole and start <= whole[1]:
            whole = (whole[0], max(whole[1], end))
        else:
            if whole:
                yield whole
            whole = (start, end)
    if whole:
        yield whole
