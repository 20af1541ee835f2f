"""What a large index finds without comparing every clause, against what comparing them all finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qa_bot.asked import KINDS, Quantities
from qa_bot.bot import Bot
from qa_bot.index import arrays, coarse, lexical
from qa_bot.index.coarse import Coarse, sums
from qa_bot.index.dense import DenseIndex, DensePart, singles
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.store import LocalStore, Moments, Pool, Wanted

DIM = 64
CLAUSES = 9_000


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def made():
    """Clauses on some hundred subjects, in three segments whose rows are not in order of position, one small."""
    rng = np.random.default_rng(5)
    subjects = unit(rng.normal(size=(300, DIM)))
    about = rng.integers(300, size=CLAUSES)
    vectors = unit(subjects[about] + 0.12 * rng.normal(size=(CLAUSES, DIM)))
    counts = rng.integers(1, 4, CLAUSES)
    bounds = np.cumsum([0, *counts])
    sentences = unit(
        vectors.repeat(counts, axis=0) + 0.08 * rng.normal(size=(counts.sum(), DIM))
    ).astype(np.float16)
    words = [f"w{n}" for n in range(2_000)]
    chance = 1 / np.arange(1, 2_001)
    texts = [
        list(rng.choice(words, rng.integers(4, 30), p=chance / chance.sum()))
        for _ in range(CLAUSES)
    ]
    segments = [np.arange(4_000, 8_500), np.arange(4_000), np.arange(8_500, CLAUSES)]
    parts, places = [], np.zeros((2, CLAUSES), np.int32)
    for number, own in enumerate(segments):
        rows = np.concatenate([np.arange(bounds[at], bounds[at + 1]) for at in own])
        own_bounds = np.cumsum([0, *counts[own]]).astype(np.int32)
        parts.append((DensePart.build(vectors[own], sentences[rows], own_bounds), own))
        places[0, own], places[1, own] = number, np.arange(len(own))
    dense = DenseIndex(parts, (places[0], places[1]))
    searchable = rng.random(CLAUSES) < 0.9
    named = rng.poisson(0.1, size=(CLAUSES, len(KINDS))).astype(np.int16)
    questions = [
        Wanted(
            unit(subjects[rng.integers(300)] + 0.1 * rng.normal(size=DIM)),
            tuple(dict.fromkeys(rng.choice(words, 6, p=chance / chance.sum()))),
            ["area"] if number % 3 == 0 else [],
            searchable,
            (),
        )
        for number in range(40)
    ]
    return dense, LexicalIndex.build(texts), Quantities(named), searchable, questions


def stores(made):
    dense, words, named, searchable, _ = made
    return [LocalStore(dense, words, named, searchable, exact) for exact in (True, False)]


def first(pool: Pool, wanted: Wanted, named: Quantities) -> np.ndarray:
    return (
        pool.sums.standard(2 * pool.cosine + pool.sentence)
        + 0.1 * pool.words.standard(pool.lexical)
        + named.fit(wanted.kinds, pool.positions)
    )


def best(pool: Pool, wanted: Wanted, named: Quantities, count: int = 24) -> list[int]:
    own = wanted.within[pool.positions]
    order = np.argsort(-first(pool, wanted, named)[own], kind="stable")
    return pool.positions[own][order[:count]].tolist()


def test_a_pool_has_the_best_of_all(made):
    exact, large = stores(made)
    assert [part.coarse is None for part, _ in made[0]._parts] == [False, False, True]
    recalls = []
    for wanted in made[-1]:
        every, some = exact.retrieve(wanted), large.retrieve(wanted)
        assert len(some.positions) < CLAUSES / 5
        right = best(every, wanted, made[2])
        recalls.append(len({*right} & {*best(some, wanted, made[2])}) / len(right))
        by_words = np.where(wanted.within, every.lexical, 0)
        assert np.argsort(-by_words, kind="stable")[0] in some.positions
    assert np.mean(recalls) >= 0.99


def test_scores_in_a_pool_are_those_of_the_exact_search(made):
    exact, large = stores(made)
    for wanted in made[-1][:10]:
        every, some = exact.retrieve(wanted), large.retrieve(wanted)
        for name in ("cosine", "sentence", "lexical"):
            expected = getattr(every, name)[some.positions]
            assert np.allclose(getattr(some, name), expected, atol=2e-6), name
        for name in ("cosines", "sums", "words"):
            theirs, ours = getattr(every, name), getattr(some, name)
            assert ours.deviation == pytest.approx(theirs.deviation, rel=0.08), name
            assert ours.mean == pytest.approx(theirs.mean, abs=0.08 * theirs.deviation), name


def test_a_few_clauses_are_all_compared(made):
    large = stores(made)[1]
    within = np.zeros(CLAUSES, np.bool_)
    within[[5, 4_100, 8_800]] = True
    pool = large.retrieve(replace(made[-1][0], within=within))
    assert {5, 4_100, 8_800} <= {*pool.positions.tolist()}
    none = large.retrieve(replace(made[-1][0], within=np.zeros(CLAUSES, np.bool_)))
    assert len(none.positions) == len(none.cosine) == 0


def test_a_filter_leaves_the_best_of_what_it_leaves(made):
    exact, large = stores(made)
    within = made[3].copy()
    within[::2] = False
    recalls = []
    for wanted in made[-1]:
        asked = replace(wanted, within=within)
        right = best(exact.retrieve(asked), asked, made[2])
        found = large.retrieve(asked)
        recalls.append(len({*right} & {*best(found, asked, made[2])}) / len(right))
    assert np.mean(recalls) >= 0.98


def test_what_is_wanted_anyway_is_in_the_pool(made):
    large = stores(made)[1]
    plain = large.retrieve(made[-1][0])
    away = np.setdiff1d(np.arange(CLAUSES), plain.positions)[[3, 500, -1]]
    pool = large.retrieve(replace(made[-1][0], also=away.tolist()))
    assert pool.positions[pool.rows(away)].tolist() == away.tolist()
    with pytest.raises(KeyError):
        plain.rows(away)


@pytest.mark.parametrize("long", [1, 200, 10**9])
def test_the_best_by_words_are_exact_though_not_every_clause_is_scored(made, monkeypatch, long):
    monkeypatch.setattr(lexical, "_LONG", long)
    words, within = made[1], made[3]
    for wanted in made[-1]:
        every = words.scores(wanted.tokens)
        also = np.array([0, 17, CLAUSES - 1])
        positions, scores = words.best(wanted.tokens, 7, within, also)
        assert np.allclose(scores, every[positions], atol=1e-5)
        assert {*also.tolist()} <= {*positions.tolist()}
        seventh = np.sort(np.where(within, every, 0))[-7]
        over = np.flatnonzero(within & (every > seventh + 1e-5))
        assert {*over.tolist()} <= {*positions.tolist()}


def test_lists_that_are_kept_do_not_grow_without_bound(made, monkeypatch):
    words = LexicalIndex(made[1]._parts)
    monkeypatch.setattr(lexical, "_LISTS_KEPT", 50_000)
    monkeypatch.setattr(lexical, "_KEPT_PER_CLAUSE", 1)
    before = words.scores(["w0", "w1", "w2", "w999"])
    for token in (f"w{n}" for n in range(2_000)):
        words.inverted(token)
        assert words._held <= 50_000
    assert words._held == sum(map(lexical._bytes, words._lists.values()))
    assert (words.scores(["w0", "w1", "w2", "w999"]) == before).all()
    assert len(words.inverted("unknown").positions) == 0


def test_codes_stand_for_twice_the_clause_and_a_sentence(made, tmp_path):
    part = made[0]._parts[0][0]
    rows = np.arange(part.sentence_count)
    vectors = np.stack([part.vector(at) for at in range(part.size)])
    sentences = np.concatenate([part.sentences(at) for at in range(part.size)])
    exact = sums(vectors, sentences, part._bounds, rows)
    query = made[-1][0].query
    part.coarse.save(tmp_path)
    again = Coarse.open(tmp_path)
    scores, found = again.nearest(query, 300)
    assert (found == part.coarse.nearest(query, 300)[1]).all()
    right = np.argsort(-(exact @ query))[:24]
    assert len({*right.tolist()} & {*found.tolist()}) >= 23
    assert np.corrcoef(scores, exact[found] @ query)[0, 1] > 0.9
    assert Coarse.open(tmp_path / "none") is None
    assert len(again.nearest(query, 10**6)[1]) == part.sentence_count


def test_few_sentences_need_no_codes():
    few = coarse._LEAST - 1
    vectors = unit(np.random.default_rng(0).normal(size=(few, DIM)))
    bounds = np.arange(few + 1, dtype=np.int32)
    assert DensePart.build(vectors, vectors.astype(np.float16), bounds).coarse is None


def test_the_same_scores_everywhere_are_standard_zero():
    assert Moments(0.5, 0.0).standard(np.full(3, 0.5, np.float32)).tolist() == [0, 0, 0]


@pytest.mark.model
def test_a_large_index_answers_as_a_small_one(bot):
    """The gazette as if it were large: its pool holds all of it, and every reply is the same."""
    generation = bot.generation
    questions = [
        "开药店至少要多大面积？",
        "没备案环评登记表，补上还罚吗？",
        "How large must a drugstore be?",
        "药品零售细则第五十一条",
    ]
    expected = [bot.ask(question).to_json() for question in questions]
    kept = generation.store
    assert kept.exact
    generation.store = LocalStore(
        generation.dense, generation.lexical, generation.quantities, generation.searchable, False
    )
    try:
        found = [Bot(generation, bot.encoder).ask(question).to_json() for question in questions]
    finally:
        generation.store = kept
    for one, other in zip(expected, found, strict=True):
        assert [a["quote"] for a in one["answers"]] == [a["quote"] for a in other["answers"]]
        assert one["status"] == other["status"]


def test_how_well_codes_find_is_measured(made):
    parts = [part for part, _ in made[0]._parts]
    assert parts[0].recall() > 0.9
    assert parts[2].recall() is None  # all of its clauses are compared
    nothing = DensePart.build(
        np.zeros((2_000, DIM), np.float32),
        np.zeros((2_000, DIM), np.float16),
        np.arange(2_001, dtype=np.int32),
    )
    assert nothing.recall() is None


def test_half_precision_is_read_exactly():
    every = np.arange(65_536, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)].reshape(-1, 512)
    assert (singles(every) == every.astype(np.float32)).all()
    assert singles(every[:0]).shape == (0, 512)


def test_what_codes_offer_is_compared_again_in_eight_bits(made):
    part = made[0]._parts[0][0]
    assert part.coarse.kind.endswith("x4fs,Refine(SQ8)")
    query = made[-1][0].query
    found, rows = part.near(query, 64)
    cosine, best = part.scores(query), part.best_sentence(query)
    exact = (
        sums(part._vectors, part._sentences, part._bounds, part.coarse.nearest(query, 64)[1])
        @ query
    )
    deviation = (2 * cosine + best).std()
    assert np.abs(found - exact).max() < 0.05 * deviation
    assert (found <= (2 * cosine + best)[rows] + 0.05 * deviation).all()


def test_advice_to_the_system_changes_nothing(tmp_path, monkeypatch):
    array = np.arange(4_000, dtype=np.float32).reshape(-1, 4)
    np.save(tmp_path / "a.npy", array)
    for known in (True, False):
        if not known:
            monkeypatch.setattr(arrays, "_advise", lambda: None)
        mapping = arrays.mapped(tmp_path / "a.npy")
        arrays.scattered(mapping)
        arrays.scattered(mapping[:0])
        assert (mapping[[7, 3, 999]] == array[[7, 3, 999]]).all()
