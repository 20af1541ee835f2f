"""The ranking: token vectors, features, and the file of weights."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from qa_bot import ranking
from qa_bot.errors import IndexDamagedError
from qa_bot.facets import KINDS as FACETS
from qa_bot.facets import contradicted, share_held
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.tokens import (
    _BLOCK,
    HEADING,
    WEAK,
    LateScores,
    TokenPart,
    _cosines,
    _quantizer,
    encode_tokens,
)
from qa_bot.ranking import ELSEWHERE, FEATURES, SIGNS, Scores, Weights, features, signs
from qa_bot.search import Stage
from qa_bot.understanding import understand
from tests.making import over_one


def unit(rows, dim=384, seed=1):
    vectors = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def clauses():
    """Three clauses: a heading of two tokens and two sentences, nothing at all, and one sentence."""
    vectors = unit(12)
    numbers = [[HEADING, HEADING, 0, 0, 0, 1, 1], [], [0, 0, 0, 0, 0]]
    parts = [vectors[:7], vectors[:0], vectors[7:]]
    part = TokenPart.build(
        [encode_tokens(part) for part in parts], [np.array(one, np.int16) for one in numbers]
    )
    return part, parts


def test_late_interaction_is_that_of_the_vectors_themselves(clauses):
    index, parts = over_one(clauses[0]), clauses[1]
    question = unit(5, seed=2) * 0.3 + parts[0][2:7]
    question /= np.linalg.norm(question, axis=1, keepdims=True)
    found = index.scores(question, [2, 1, 0])
    slow = [(question @ parts[at].T).max(axis=1).mean() for at in (2, 0)]
    assert found.whole[[0, 2]] == pytest.approx(slow, abs=0.08)
    assert found.body[2] == pytest.approx((question @ parts[0][2:].T).max(axis=1).mean(), abs=0.08)
    assert found.whole[1] == found.body[1] == -1  # no tokens


def test_late_interaction_is_that_of_a_slow_one():
    """Clauses with headings and words, with headings alone, with words alone, and with nothing."""
    made = np.random.default_rng(5)
    shapes = [(2, 3), (4, 0), (0, 6), (0, 0), (1, 1), (3, 0)]
    codes = [encode_tokens(unit(sum(one), seed=at)) for at, one in enumerate(shapes)]
    numbers = [[HEADING] * above + [0] * own for above, own in shapes]
    index = over_one(TokenPart.build(codes, [np.array(one, np.int16) for one in numbers]))
    question = unit(7, seed=99)
    for _ in range(20):
        positions = made.permutation(len(shapes))[: made.integers(1, 7)].tolist()
        found = index.scores(question, positions)
        for place, at in enumerate(positions):
            cosines = _cosines(codes[at], question)
            above = shapes[at][0]
            best = cosines.max(axis=0) if len(cosines) else np.full(7, -1)
            body = cosines[above:].max(axis=0) if shapes[at][1] else best
            assert found.whole[place] == pytest.approx(best.mean(), abs=1e-6)
            assert found.body[place] == pytest.approx(body.mean(), abs=1e-6)
            assert found.weak[place] == pytest.approx((best < WEAK).mean())


def test_an_index_comes_back_as_it_was_saved(clauses, tmp_path):
    part, parts = clauses
    part.save(tmp_path / "tokens")
    index, again = over_one(part), over_one(TokenPart.open(tmp_path / "tokens"))
    assert again.size == 3
    assert again.lengths([0, 1, 2]).tolist() == [5, 0, 5]
    for at in range(3):
        for one, other in zip(index.of(at), again.of(at), strict=True):
            assert np.array_equal(one, other)
    assert np.array_equal(
        again.scores(parts[0], [0, 2]).whole, index.scores(parts[0], [0, 2]).whole
    )
    (tmp_path / "tokens" / "codes.npy").write_bytes(b"no array")
    with pytest.raises(IndexDamagedError):
        TokenPart.open(tmp_path / "tokens")


@pytest.mark.parametrize(("dim", "rows"), [(384, 40), (30, 40), (30, 2 * _BLOCK + 1)])
def test_cosines_are_those_of_what_faiss_decodes(dim, rows):
    """A byte's four numbers are taken from a table; 30 numbers leave two places of the last byte empty."""
    vectors = np.random.default_rng(3).standard_normal((rows, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    codes = encode_tokens(vectors)
    quantizer, turn = _quantizer(dim)
    decoded = quantizer.decode(np.ascontiguousarray(codes[:, :-2]))
    decoded /= np.linalg.norm(decoded, axis=1, keepdims=True)
    slow = decoded @ turn.apply(vectors[:7]).T
    np.testing.assert_allclose(_cosines(codes, vectors[:7]), slow, atol=1e-3)


def test_what_a_clause_holds_is_what_bm25_scores():
    index = LexicalIndex.build([["药店", "面积"], [], ["面积", "面积", "罚款"], ["罚款"]])
    tokens, positions = ["面积", "罚款", "没有的"], [3, 0, 2, 1]
    slow = [[index.scores([token])[at] > 0 for at in positions] for token in tokens]
    assert index.holds(tokens, positions).tolist() == slow
    assert index.holds([], positions).shape == (0, 4)


def test_codes_do_not_depend_on_what_else_is_coded():
    vectors = unit(50)
    assert np.array_equal(encode_tokens(vectors)[7:9], encode_tokens(vectors[7:9]))
    assert encode_tokens(vectors[:0]).shape == (0, 98)


def test_the_file_of_weights_is_whole():
    weights = Weights.shipped()
    assert len(weights.rank) == len(FEATURES) == len(set(FEATURES))
    assert len(weights.confidence) == len(SIGNS) == len(set(SIGNS))
    assert 0 < weights.threshold < 1
    by_name = dict(zip(FEATURES, weights.rank, strict=True))
    assert by_name["late"] > 0
    assert all(one <= 0 for name, one in by_name.items() if name.startswith("other_"))
    assert all(one >= 0 for name, one in by_name.items() if name.startswith("gives_"))
    confidence = dict(zip(SIGNS, weights.confidence, strict=True))
    assert all(one >= 0 for name, one in confidence.items() if name.startswith("has_"))
    assert all(
        one <= 0 for name, one in confidence.items() if name.startswith(("lacks_", "other_"))
    )


def test_weights_of_other_features_are_an_error(monkeypatch):
    monkeypatch.setattr(ranking, "FEATURES", (*FEATURES, "luck"))
    with pytest.raises(ValueError, match=r"ranking\.toml"):
        Weights.shipped.__wrapped__(Weights)


def test_a_probability_stays_one():
    weights = Weights.shipped()
    for size in (1e9, -1e9):
        assert 0 <= weights.probability(np.full(len(SIGNS), size, np.float32)) <= 1


def test_signs_are_the_mean_over_the_candidates_by_their_chance():
    asked = SimpleNamespace(foreign=False, kinds=("fax", "money"))
    late = LateScores(
        *(np.array(one, np.float32) for one in ([0.8, 0.4], [0.7, 0.3], [0.1, 0.5])), 0.9
    )
    scores = Scores(
        *(np.array(one, np.float32) for one in ([0.6, 0.2], [0.5, 0.1])),
        late,
        np.zeros(2, np.float32),
    )
    found = np.zeros((2, len(FEATURES)), np.float32)
    found[:, FEATURES.index("late")] = late.whole
    found[0, FEATURES.index("gives_fax")] = 1
    found[1, FEATURES.index("is_title")] = 1

    def seen(ranked):
        values = signs(asked, scores, found, np.array(ranked, np.float32), (0.0,) * len(ELSEWHERE))
        return dict(zip(SIGNS, values.tolist(), strict=True))

    even, sure = seen([3.0, 3.0]), seen([30.0, 0.0])
    assert even["late"] == pytest.approx(0.6)
    assert sure["late"] == pytest.approx(0.8)
    assert (even["has_fax"], even["lacks_fax"]) == (0.5, 0.5)
    assert (sure["has_fax"], sure["lacks_fax"]) == pytest.approx((1, 0), abs=1e-6)
    assert (even["has_money"], even["lacks_money"]) == (0, 1)
    assert even["has_area"] == even["lacks_area"] == 0  # not asked for
    assert even["only_names"] == 0.5  # the title gives no fax
    assert even["best_late"] == pytest.approx(0.8)


@pytest.mark.model
def test_features_say_what_they_mean(bot):
    def first(question, identity):
        asked = understand(bot.generation, question)
        stage = Stage(bot.generation, bot.encoder.encode_query_tokens(question), asked)
        position = bot.generation.records.by_id(identity).position
        found = features(bot.generation, asked, stage.scores([position]), [position])
        return dict(zip(FEATURES, found[0].tolist(), strict=True))

    area = "温市监规〔2019〕1号/annex_1/art_51/para_1"
    found = first("宁波2018年开药店经营场所面积不得少于多少？40平方米够吗", area)
    assert found["gives_area"] == 1
    assert found["gives_money"] == 0
    assert found["other_place"] == found["other_year"] == 1
    assert found["other_month"] == 0
    assert 0.3 < found["coverage"] <= 1
    assert 0 < found["late"] < 1
    foreign = first("What is the minimum area of a drugstore?", area)
    assert foreign["coverage"] == foreign["words"] == 0
    assert foreign["gives_area"] == 1
    day = "wenzhou-2019-04/records/2019-04-12/entry_1"
    assert first("4月12日谁参加了会议", day)["facets_held"] == 1
    assert first("4月13日谁参加了会议", day)["other_day"] == 1


@pytest.mark.model
def test_an_article_that_is_asked_about_gives_its_parts(bot):
    asked = understand(bot.generation, "按细则第五十一条，兼营中药饮片的要多大？")
    ids = [record.clause.id for record in bot.generation.records.at(asked.named)]
    assert ids == [f"温市监规〔2019〕1号/annex_1/art_51/para_{n}" for n in (1, 2, 3)]
    assert not asked.only_named
    asked = understand(bot.generation, "药品零售细则第五十一条")
    assert asked.only_named
    assert len(asked.named) == 1


@pytest.mark.parametrize(
    "question", ["2019年第一季度财政收入多少", "宁波4月12日开了什么会", "第五批名单"]
)
def test_facets_are_those_of_each_clause(bot, question):
    """Clauses with the same facets are judged once; each still gets its own."""
    generation = bot.generation
    asked = understand(generation, question)
    stage = Stage(generation, bot.encoder.encode_query_tokens(question), asked)
    chosen = stage.candidates()
    found = features(generation, asked, stage.scores(chosen), chosen)
    assert asked.facets
    for row, at in enumerate(chosen):
        told = generation.facets[at]
        held = found[row, FEATURES.index("facets_held")]
        assert held == pytest.approx(share_held(asked.facets, told))
        others = {facet for facet in FACETS if found[row, FEATURES.index(f"other_{facet}")]}
        assert others == contradicted(asked.facets, told)


@pytest.mark.model
def test_what_a_clause_holds_itself_is_what_its_own_text_is_cut_into(bot):
    generation = bot.generation
    tokens = generation.words.content("药品零售企业的经营场所面积不得少于40平方米，4月12日施行")
    positions = range(generation.manifest.clauses)
    held = generation.own_words.holds(tokens, positions)
    for record in generation.records.at(positions):
        own = set(generation.words.tokens(record.clause.text))
        assert held[:, record.position].tolist() == [token in own for token in tokens]


@pytest.mark.model
def test_a_clause_is_read_once(bot):
    records = bot.generation.records
    first = records.at([3])[0]
    assert records.at([3])[0] is records.by_id(first.clause.id) is first
    assert records.by_id("没有的") is None
    with pytest.raises(KeyError):
        records.at([-1])


@pytest.mark.model
def test_an_article_of_very_many_works_names_none_of_them(bot, monkeypatch):
    """«Article 14» of 3,471 laws named two thousand clauses, which took two seconds to read."""
    question = "第三条讲的是什么"
    named = understand(bot.generation, question)
    assert named.only_named
    monkeypatch.setattr("qa_bot.understanding._MOST_WORKS", 0)
    left = understand(bot.generation, question)
    assert (left.named, left.missing, left.only_named) == ((), (), False)
