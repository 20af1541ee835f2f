"""How well a clause fits a question: features that mean something, their weights, and the confidence.

The weights stand in `ranking.toml`, fitted on the development questions by `eval/fit.py`. A clause's score
is the weighted sum of its features (a linear ranking model with a softmax over the candidates, ListNet of
Cao et al. 2007); the confidence is a logistic regression on signs of the best clauses and of the question:
weighed by whether one of the first three answers, calibrated to whether the first does.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from qa_bot.asked import KINDS, QUANTITIES
from qa_bot.facets import KINDS as FACETS
from qa_bot.facets import contradicted, share_held
from qa_bot.index import Generation
from qa_bot.index.background import NAMES as ELSEWHERE
from qa_bot.index.tokens import LateScores
from qa_bot.understanding import Asked

__all__ = [
    "ELSEWHERE",
    "FEATURES",
    "OF_IMPRINTS",
    "SIGNS",
    "Scores",
    "Weights",
    "features",
    "signs",
]

# Kinds of clauses that name a matter without treating it, or stand for more than they say.
_CLAUSE_KINDS = {
    "contents": "is_front", "catalogue": "is_front", "imprint": "is_front", "cover": "is_front",
    "title": "is_title", "signature": "is_signature", "responsible": "is_responsible",
    "caption": "is_picture", "feature": "is_picture",
}  # fmt: skip
# A title, an entry of a catalogue or a caption says little beyond the name of its matter; a day or an enumeration
# may stand in any of them by chance.
_NAMES_ONLY = ("is_front", "is_title", "is_picture")
#: What an imprint tells, each on a line of its own.
OF_IMPRINTS = frozenset((
    "phone", "mail", "postcode", "website", "fax", "editor", "printer", "licence", "address", "issued",
))  # fmt: skip
_BY_CHANCE = frozenset((*QUANTITIES, "figure", "list"))
FEATURES = (
    "sentence", "late", "late_body", "words", "coverage", "facets_held", "length", "named", "of_document",
    *dict.fromkeys(_CLAUSE_KINDS.values()), "imprint_gives",
    *(f"gives_{kind}" for kind in KINDS),
    *(f"other_{facet}" for facet in FACETS),
)  # fmt: skip
SIGNS = (
    "cosine", "sentence", "late", "late_body", "best_late", "late_anywhere", "weak", "score",
    "coverage", "foreign", "foreign_late", "facets_held", "named",
    "of_document", "only_names", "imprint_gives", *ELSEWHERE,
    *(f"has_{kind}" for kind in KINDS),
    *(f"lacks_{kind}" for kind in KINDS),
    *(f"other_{facet}" for facet in FACETS),
)  # fmt: skip
_AT = {name: at for at, name in enumerate(FEATURES)}
_SIGN = {name: at for at, name in enumerate(SIGNS)}
# Signs that are the mean of a feature.
_SIGNS_OF_FEATURES = [at for at, name in enumerate(SIGNS) if name in _AT]
_FEATURES_OF_SIGNS = [_AT[name] for name in SIGNS if name in _AT]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What the retrievers say of candidates, each `(n,)`.

    Attributes:
        cosine: of the pooled vectors.
        sentence: of the nearest sentence.
        late: late interaction.
        words: the standard score of BM25 among all clauses; 0 for a question in another script.
    """

    cosine: NDArray[np.float32]
    sentence: NDArray[np.float32]
    late: LateScores
    words: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """What `ranking.toml` says.

    Attributes:
        rank: of each feature, in the order of `FEATURES`.
        confidence: of each sign, in the order of `SIGNS`.
        intercept: of the confidence.
        threshold: below this confidence the bot says that it did not find an answer.
        elsewhere: what `qa_bot.index.background` says of a usual question; taken for a model that has
            no background.
    """

    rank: tuple[float, ...]
    confidence: tuple[float, ...]
    intercept: float
    threshold: float
    elsewhere: tuple[float, ...]

    @classmethod
    @functools.cache
    def shipped(cls) -> Weights:
        """Those of the package."""
        text = resources.files("qa_bot").joinpath("ranking.toml").read_text("utf-8")
        table = tomllib.loads(text)
        confidence = dict(table["confidence"])
        intercept, threshold = confidence.pop("intercept"), confidence.pop("threshold")
        usual = table["elsewhere"]
        if (set(table["rank"]), set(confidence), set(usual)) != (
            set(FEATURES),
            set(SIGNS),
            set(ELSEWHERE),
        ):
            raise ValueError("ranking.toml has other features than qa_bot.ranking")
        return cls(
            tuple(float(table["rank"][name]) for name in FEATURES),
            tuple(float(confidence[name]) for name in SIGNS),
            float(intercept),
            float(threshold),
            tuple(float(usual[name]) for name in ELSEWHERE),
        )

    def probability(self, found: NDArray[np.float32]) -> float:
        """The confidence for signs `(len(SIGNS),)`."""
        value = self.intercept + float(found @ np.array(self.confidence, np.float32))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def features(
    generation: Generation, asked: Asked, scores: Scores, positions: Sequence[int]
) -> NDArray[np.float32]:
    """The features of candidates, `(n, len(FEATURES))`, in the order of `FEATURES`.

    Words count for nothing where the question is in another script: `words` and `coverage` are 0. Coverage
    is the share of the question's words, weighted by how rare they are, that a clause has with its headings.
    `gives_…` says how well a clause fits a kind that is asked for (`qa_bot.asked.Quantities.of`), `other_…`
    is 1 where it contradicts (`qa_bot.facets.contradicted`). `imprint_gives` is 1 for a line of an imprint that
    gives what an imprint is asked for: a telephone, an editor, what it costs. `length` is ln(1 + tokens of its own words).
    """
    found = np.zeros((len(positions), len(FEATURES)), np.float32)
    found[:, _AT["sentence"]] = scores.sentence
    found[:, _AT["late"]] = scores.late.whole
    found[:, _AT["late_body"]] = scores.late.body
    found[:, _AT["words"]] = scores.words
    if not asked.foreign:
        rarity = np.array([generation.lexical.idf(token) for token in asked.tokens], np.float32)
        total = float(rarity.sum())
        if total:
            held = generation.lexical.holds(asked.tokens, positions)
            found[:, _AT["coverage"]] = rarity @ held / total
    if asked.facets:
        told = [generation.facets[at] for at in positions]
        # Clauses under one heading often have the same.
        distinct = {one: at for at, one in enumerate(dict.fromkeys(told))}
        which = [distinct[one] for one in told]
        share = np.array([share_held(asked.facets, one) for one in distinct], np.float32)
        against = [contradicted(asked.facets, one) for one in distinct]
        found[:, _AT["facets_held"]] = share[which]
        for facet in frozenset().union(*against):
            other = np.array([facet in one for one in against], np.float32)
            found[:, _AT[f"other_{facet}"]] = other[which]
    found[:, _AT["length"]] = np.log1p(generation.tokens.lengths(positions))
    found[:, _AT["named"]] = [at in asked.named for at in positions]
    found[:, _AT["of_document"]] = [generation.documents[at] in asked.documents for at in positions]
    for row, at in enumerate(positions):
        if feature := _CLAUSE_KINDS.get(generation.kinds[at]):
            found[row, _AT[feature]] = 1
    for kind in asked.kinds:
        given = generation.quantities.of(kind, positions)
        found[:, _AT[f"gives_{kind}"]] = given
        if kind in OF_IMPRINTS or (kind == "money" and "imprint" in asked.kinds):
            imprints = [generation.kinds[at] == "imprint" for at in positions]
            found[:, _AT["imprint_gives"]] = np.maximum(
                found[:, _AT["imprint_gives"]], imprints & (given > 0)
            )
    return found


def signs(
    asked: Asked,
    scores: Scores,
    found: NDArray[np.float32],
    ranked: NDArray[np.float32],
    elsewhere: Sequence[float],
) -> NDArray[np.float32]:
    """What the confidence rests on, `(len(SIGNS),)`, in the order of `SIGNS`.

    What is said of a clause is the mean over the candidates, each by its probability of being the right one
    if any is: the softmax of the scores, as the weights were fitted. Where two clauses are about as good, what
    either says counts by half. Of a kind of answer that is asked for, `has_…` is the share of clauses that give
    it and `lacks_…` that of clauses that do not; both are 0 of other kinds. `only_names` is the share of titles,
    captions and entries of a catalogue that give nothing of what is asked for.

    Args:
        asked: the question.
        scores: of the candidates.
        found: of `features`.
        ranked: the candidates' scores.
        elsewhere: what `qa_bot.index.background.Background.signs` says of the question.
    """
    share = np.exp(ranked - ranked.max())
    share /= share.sum()
    mean = share @ found
    values = np.zeros(len(SIGNS), np.float32)
    values[_SIGNS_OF_FEATURES] = mean[_FEATURES_OF_SIGNS]
    values[_SIGN["cosine"]] = share @ scores.cosine
    values[_SIGN["best_late"]] = scores.late.whole.max()
    values[_SIGN["late_anywhere"]] = scores.late.anywhere
    values[_SIGN["weak"]] = share @ scores.late.weak
    values[_SIGN["score"]] = share @ ranked
    values[_SIGN["foreign"]] = asked.foreign
    values[_SIGN["foreign_late"]] = mean[_AT["late"]] * asked.foreign
    for name, value in zip(ELSEWHERE, elsewhere, strict=True):
        values[_SIGN[name]] = value
    gives = {kind: found[:, _AT[f"gives_{kind}"]] > 0 for kind in asked.kinds}
    for kind, given in gives.items():
        values[_SIGN[f"has_{kind}"]] = share @ given
        values[_SIGN[f"lacks_{kind}"]] = share @ ~given
    names = found[:, [_AT[name] for name in _NAMES_ONLY]].any(axis=1)
    for kind in gives.keys() - _BY_CHANCE:
        names &= ~gives[kind]
    values[_SIGN["only_names"]] = share @ names
    return values
