"""Evaluation: question files, what counts as a hit, measures against slow ones, reports."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from qa_bot.errors import QuestionSetError
from qa_bot.evaluate import check, compare, evaluate, read_questions, read_report, write
from qa_bot.evaluate.compare import good
from qa_bot.evaluate.measures import (
    MEASURES,
    RANKING,
    Scored,
    area_under_roc,
    calibration_error,
    figures,
    interval,
    rank_measures,
    risk_coverage,
)
from qa_bot.evaluate.questions import Question
from qa_bot.evaluate.relevance import Relevance
from qa_bot.settings import Retriever

QUESTIONS = ROOT / "eval" / "questions"
AREA = "企业经营场所面积不得少于40平方米"
RULES = "温市监规〔2019〕1号/annex_1"


def written(tmp_path, *lines, name="set.jsonl"):
    path = tmp_path / name
    text = "\n".join(json.dumps(x, ensure_ascii=False) if isinstance(x, dict) else x for x in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def row(identity="a", **fields):
    return {"id": identity, "q": "药店要多大？", "gold": [AREA]} | fields


def answer(identity="right", **fields):
    return {"id": identity, "status": "answered", "answers": []} | fields


# Question files.

WRONG = [
    ("{", "JSON"),
    ("[1]", "object"),
    (row(golden=[AREA]), "golden"),
    (row(q=" "), "q is missing"),
    (row(q=7), "q is no text"),
    (row(gold=[1]), "snippets"),
    (row(gold=[" "]), "snippets"),
    ({"id": "a", "q": "药店要多大？"}, "nothing is expected"),
    ('{"id": "a", "q": "x\\ud800", "gold": []}', "surrogate"),
    ('{"id": "a", "q": "x", "q": "y", "gold": []}', "twice"),
    (row("a b"), "white space"),
    (row(near_miss="nearly"), "near_miss"),
    (row(checked="yes"), "checked"),
    (row(history="药店要多大？"), "history"),
    (row(history=[" "]), "history"),
    (row("ok"), "the id ok is that of line 1"),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_a_wrong_line_is_named(tmp_path, line, said):
    path = written(tmp_path, row("ok"), line)
    with pytest.raises(QuestionSetError, match="set") as error:
        read_questions(path)
    assert "line 2" in str(error.value)
    assert said in str(error.value)
    assert "--lenient" in str(error.value)


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_lenient_skips_a_wrong_line_and_counts_it(tmp_path, line, said):
    found = read_questions(written(tmp_path, row("ok"), line, row("z")), lenient=True)
    assert [one.id for one in found.questions] == ["ok", "z"]
    assert [problem.line for problem in found.skipped] == [2]


def test_a_question_may_have_others_before_it(tmp_path):
    path = written(tmp_path, row("a", history=["药店呢", "仓库呢"]), row("b"))
    first, second = read_questions(path).questions
    assert first.history == ("药店呢", "仓库呢")
    assert first.told == "药店呢 → 仓库呢 → 药店要多大？"
    assert second.history == ()
    table = tmp_path / "set.csv"
    table.write_text('q,gold,上文\n仓库呢,面积,"药店呢\n冷库呢"\n', encoding="utf-8")
    assert read_questions(table).questions[0].history == ("药店呢", "冷库呢")


def test_every_wrong_line_is_told_of_up_to_ten(tmp_path):
    with pytest.raises(QuestionSetError) as error:
        read_questions(written(tmp_path, *["{"] * 12))
    assert str(error.value).count("not JSON") == 10
    assert "2 more" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path, content):
    path = tmp_path / "set.jsonl"
    path.write_bytes(content)
    for lenient in (False, True):
        with pytest.raises(QuestionSetError, match="no question"):
            read_questions(path, lenient)


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_bytes("药店".encode("gb18030"))
    with pytest.raises(QuestionSetError, match="UTF-8"):
        read_questions(path)


def test_no_file(tmp_path):
    with pytest.raises(QuestionSetError, match="none"):
        read_questions(tmp_path / "none.jsonl")


def test_a_table_with_chinese_headings(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        f'\ufeff问题,原文,文件,条\n"药店,要多大？","{AREA}\n也行",,\n第几条,,温市监规〔2019〕1号,第五十一条\n答不了的,无,,\n整份文件,,温市监规〔2019〕1号,\n',
        encoding="utf-8",
    )
    first, second, third, fourth = read_questions(path).questions
    assert (first.q, first.gold, first.line) == ("药店,要多大？", (AREA, "也行"), 2)
    assert (second.doc, second.article, second.answerable) == (
        "温市监规〔2019〕1号",
        "第五十一条",
        True,
    )
    assert not third.answerable
    assert third.kind == "none"
    assert fourth.answerable  # a document is expected: the empty cell of 原文 says nothing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("问题,长度\nx,1\n", "header"),
        ("原文\nx\n", "header"),
        ("q,gold\na,b,c\n", "more cells"),
        ('q,gold\n"a,b\n', "line 2: CSV"),
        ("q\n谁？\n", "nothing is expected"),
        ("q,gold\n谁？,\n", "line 2: .*nothing is expected"),
        ("q,原文,答案\nx,a,b\n", "two columns"),
        ('q,gold\n"x\ny",a\n"z\nw",\n', "line 4"),
    ],
)
def test_a_wrong_table(tmp_path, text, said):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=said):
        read_questions(path)


def test_lenient_loses_nothing_behind_a_broken_quote(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text('q,gold\na,1\n"b,2\nc,3\nd"x,4\ne,5\n', encoding="utf-8")
    found = read_questions(path, lenient=True)
    assert [one.q for one in found.questions] == ["a", "c", 'd"x', "e"]
    assert [problem.line for problem in found.skipped] == [3]


def test_questions_without_ids_are_told_apart_by_what_they_ask(tmp_path):
    ids = [
        read_questions(written(tmp_path, {"q": q, "gold": [AREA]})).questions[0].id
        for q in ("甲？", "乙？", "甲？")
    ]
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("test.jsonl", True), ("Test.jsonl", True), ("my-test.jsonl", True), ("test2.jsonl", True),
        ("test copy.jsonl", True), ("latest.jsonl", False), ("dev.jsonl", False),
    ],
)  # fmt: skip
def test_a_test_split_is_known_by_its_name(tmp_path, name, hidden):
    path = written(tmp_path, row(), name=name)
    assert read_questions(path).hidden is hidden
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    assert read_questions(link).hidden is hidden


def test_the_language_is_guessed_where_it_is_not_given(tmp_path):
    asked = [("药店?", "zh"), ("薬局は何平米ですか", "ja"), ("How large?", "other")]
    lines = [row(str(i), q=q) for i, (q, _) in enumerate(asked)]
    found = read_questions(written(tmp_path, *lines)).questions
    assert [one.lang for one in found] == [lang for _, lang in asked]


# The sets themselves: what the issue asks of them.


def test_composition_of_the_sets():
    sets = {name: read_questions(QUESTIONS / f"{name}.jsonl").questions for name in ("dev", "test")}
    everything = [*sets["dev"], *sets["test"]]
    assert len(everything) >= 1000
    assert len(sets["test"]) >= 600
    assert len({one.id for one in everything}) == len(everything)
    assert len({one.author for one in everything}) >= 5
    kinds = {one.kind for one in sets["test"]} - {"none"}
    assert kinds == {
        "clause", "article", "document_number", "table", "list", "date", "person", "exemption", "news",
        "statistics", "masthead", "definition",
    }  # fmt: skip
    for kind in kinds:
        shares = [np.mean([one.kind == kind for one in some]) for some in sets.values()]
        assert shares[0] == pytest.approx(shares[1], abs=0.02), kind
    assert sum(one.kind == "exemption" for one in sets["test"]) >= 60
    none = [one for one in everything if not one.answerable]
    assert len(none) >= 0.25 * len(everything)
    for some in sets.values():
        without = [one for one in some if not one.answerable]
        assert len(without) >= 0.25 * len(some)
        assert sum(one.near_miss is not None for one in without) >= 0.5 * len(without)
    languages = [one.lang for one in sets["test"]]
    least = {"en": 60, "it": 20, "fr": 20, "es": 20, "ja": 20, "zh-Hant": 40}
    assert all(languages.count(lang) >= count for lang, count in least.items())


@pytest.mark.model
@pytest.mark.parametrize("name", ["dev", "test"])
def test_the_sets_pass_their_check(bot, name):
    from qa_bot.evaluate import check

    made = check(bot, QUESTIONS / f"{name}.jsonl")
    assert made.checked == made.questions


@pytest.mark.model
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([row(gold=["企业经营场所面积不得少于41平方米"])], "not in the corpus"),
        ([row(gold=["第五十一条 企业经营场所面积不得少于40平方米"])], "in no single clause"),
        ([row(doc="温政发〔1999〕5号")], "no such document"),
        ([row(), row("b", q="药店要多大?")], "line 1 again"),
        ([row(gold=[])], "no second look"),
        ([row(gold=[], checked=[{"by": "x", "verdict": "none"}])], "no second look"),
    ],
)
def test_the_check_finds(bot, tmp_path, lines, said):
    from qa_bot.evaluate import check

    with pytest.raises(QuestionSetError) as error:
        check(bot, written(tmp_path, *lines))
    assert said in str(error.value)


# What counts as a hit.


@pytest.fixture(scope="module")
def relevance(bot):
    return Relevance(bot.generation)


@pytest.mark.model
def test_an_article_that_holds_the_answer_is_a_hit_and_stands_for_the_paragraph(relevance):
    expected = relevance.of(Question("a", "?", "zh", "clause", ("库房内外无污染源是指",)))
    paragraph, article = f"{RULES}/art_20/para_2", f"{RULES}/art_20"
    assert expected.relevant == (paragraph,)
    assert expected.holders == {paragraph, article}
    assert expected.answers(relevance.texts[article], article)
    assert expected.name(relevance.texts[article], article, (), relevance.texts) == paragraph
    assert (
        expected.name(relevance.texts[article], article, (paragraph,), relevance.texts) == article
    )
    other = f"{RULES}/art_20/para_1"
    assert not expected.answers(relevance.texts[other], other)


@pytest.mark.model
@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"article": f"{RULES}/art_51"}, 4),  # the whole and its three 款
        ({"doc": "温市监规〔2019〕1号", "article": "第五十一条"}, 4),
        ({"doc": "温市监规[2019]1号", "article": "51"}, 4),
        ({"doc": "《温州市药品零售（连锁）经营许可实施细则》", "article": "第51条"}, 4),
        ({"article": "《温州市药品零售（连锁）经营许可实施细则》（温市监规〔2019〕1号附件）第五十一条第一款"}, 1),
        ({"doc": "温市监规〔2019〕1号", "article": "第五百条"}, 0),
        ({"article": "第五十一条"}, 0),  # of which work?
    ],
)  # fmt: skip
def test_an_expected_article(relevance, fields, count):
    question = Question("a", "?", "zh", "clause", **fields)
    expected = relevance.of(question)
    assert len(expected.holders) == count
    assert bool(relevance.problems(question)) == (count == 0)


@pytest.mark.model
def test_an_expected_document(relevance):
    expected = relevance.of(Question("a", "?", "zh", "clause", doc="温政办〔2019〕35号"))
    assert expected.holders
    assert all(name.startswith("温政办〔2019〕35号/") for name in expected.holders)


# Measures against slow and obvious ones.

NAMES = st.sampled_from([f"d{i}" for i in range(14)])
RUNS = st.lists(NAMES, max_size=14, unique=True)
GRADES = st.dictionaries(NAMES, st.integers(0, 2), max_size=6)


def slow(key, run, grades):
    depth = int(key.split("@")[1])
    relevant = {name for name, grade in grades.items() if grade > 0}
    top = run[:depth]
    places = [i for i, name in enumerate(top, start=1) if name in relevant]
    if key.startswith("hit"):
        return float(bool(places))
    if key.startswith("mrr"):
        return 1 / places[0] if places else 0.0
    if key.startswith("recall"):
        return len(places) / len(relevant) if relevant else 0.0
    gain = sum(grades.get(name, 0) / math.log2(i + 1) for i, name in enumerate(top, start=1))
    best = sorted(grades.values(), reverse=True)[:depth]
    ideal = sum(grade / math.log2(i + 1) for i, grade in enumerate(best, start=1))
    return gain / ideal if ideal else 0.0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(RUNS, GRADES), min_size=1, max_size=5))
def test_ranking_measures(cases):
    qrels = {str(i): grades for i, (_, grades) in enumerate(cases)}
    runs = {str(i): run for i, (run, _) in enumerate(cases)}
    keys = (*RANKING, "recall@100")
    found = rank_measures(keys, qrels, runs)
    assert set(found) == set(qrels)  # none vanishes
    for i, (run, grades) in enumerate(cases):
        for key in keys:
            assert found[str(i)][key] == pytest.approx(slow(key, run, grades)), key


PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.99, 1.0]), st.booleans()), min_size=2
)


@settings(max_examples=150, deadline=None)
@given(PAIRS)
def test_area_and_calibration(pairs):
    confidence = np.array([c for c, _ in pairs])
    label = np.array([float(y) for _, y in pairs])
    if 0 < label.sum() < len(label):
        higher = [
            1.0 if c > d else 0.5 if c == d else 0.0
            for c, y in pairs if y for d, z in pairs if not z
        ]  # fmt: skip
        area = float(area_under_roc(confidence, label))
        assert area == pytest.approx(np.mean(higher))
        assert area == pytest.approx(roc_auc_score(label, confidence))
    error = 0.0
    for low in range(10):
        inside = [i for i, c in enumerate(confidence) if min(int(c * 10), 9) == low]
        if inside:
            error += len(inside) * abs(np.mean(confidence[inside]) - np.mean(label[inside]))
    assert float(calibration_error(confidence, label)) == pytest.approx(error / len(label))


def one(identity, answerable=True, answered=True, confidence=0.5, rank=1, **values):
    return Scored(identity, "zh", "clause", None, answerable, answered, confidence, rank, values)


def test_risk_coverage_on_a_small_case():
    scored = [
        one("a", confidence=0.9),
        one("b", confidence=0.8, rank=2),
        one("c", confidence=0.8),
        one("d", confidence=0.1, answerable=False, rank=None),
    ]
    # 0.9: none of 1 wrong; 0.8: one of 3; all: two of 4.
    assert risk_coverage(scored) == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


def test_an_interval_is_that_of_a_plain_bootstrap():
    values = np.array([1.0] * 30 + [0.0] * 70)
    rng = np.random.default_rng(1)
    means = [rng.choice(values, len(values)).mean() for _ in range(4000)]
    low, high = interval(values)
    assert low == pytest.approx(np.percentile(means, 2.5), abs=0.02)
    assert high == pytest.approx(np.percentile(means, 97.5), abs=0.02)
    assert interval(np.ones(5)) == (1.0, 1.0)
    assert interval(np.ones(1)) == (None, None)


def test_figures_of_few_questions_have_no_interval_where_there_is_none():
    found = figures([one("a", **{"hit@1": 1.0}), one("b", answerable=False, confidence=0.2)])
    assert found["auroc"].value == 1.0
    assert (found["auroc"].low, found["hit@1"].low) == (None, None)
    assert "hit@3" not in found


# The whole way.


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    return written(
        folder,
        row("right", q="开药店至少要多大面积？", kind="clause", lang="zh"),
        row("wrong", q="温州到北京的高铁几点开", gold=["主任：彭立华"]),
        row("none", q="第八十条", gold=[]),
        row("long", q="药" * 3000),
        row(
            "article",
            gold=None,
            q="细则第六十四条",
            doc="温市监规〔2019〕1号",
            article="第六十四条",
        ),
    )


@pytest.mark.model
def test_every_question_scores(bot, small):
    report = evaluate(bot, small)
    scored = {one.id: one for one in report.scored}
    assert list(scored) == ["right", "wrong", "none", "long", "article"]
    assert scored["right"].values["hit@1"] == scored["article"].values["hit@1"] == 1.0
    assert scored["long"].values["hit@1"] == 0.0  # cannot be asked: zero, not missing
    assert not scored["long"].answered
    assert report.figures["hit@1"].n == 4
    assert report.figures["false_answer"].value == 0.0
    assert report.figures["verbatim"].value == 1.0
    assert [good(one) for one in report.scored] == [True, False, True, False, True]
    assert {miss.id: miss.what for miss in report.misses} == {"wrong": "wrong", "long": "wrong"}
    assert set(report.latency) == {"analyse", "encode", "rank", "compose", "total"}


@pytest.mark.model
def test_a_report_is_read_back_and_its_trec_files_give_the_same_figures(bot, small, tmp_path):
    import ir_measures

    report = evaluate(bot, small)
    folder = write(report, tmp_path)
    assert read_report(folder) == report
    qrels = list(ir_measures.read_trec_qrels(str(folder / "qrels.trec")))
    run = list(ir_measures.read_trec_run(str(folder / "run.trec")))
    again = {
        m.query_id: m.value for m in ir_measures.iter_calc([ir_measures.nDCG @ 10], qrels, run)
    }
    for one in report.scored:
        if one.answerable:
            assert again.get(one.id, 0.0) == pytest.approx(one.values["ndcg@10"])
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.model
def test_a_test_split_shows_no_question(bot, tmp_path):
    path = written(
        tmp_path, row(q="温州到北京的高铁几点开", gold=["主任：彭立华"]), name="test.jsonl"
    )
    hidden = write(evaluate(bot, path), tmp_path / "r")
    for file in hidden.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "高铁" not in text, file.name
        assert "彭立华" not in text, file.name
    shown = write(evaluate(bot, path, reveal=True), tmp_path / "r")
    assert "高铁" in (shown / "index.html").read_text(encoding="utf-8")


@pytest.mark.model
@pytest.mark.parametrize("retriever", list(Retriever))
def test_parts_of_the_search(bot, small, retriever):
    report = evaluate(bot, small, retriever=retriever)
    assert report.about["retriever"] == retriever
    assert report.figures["verbatim"].value == 1.0
    assert ("auroc" in report.figures) == (retriever is Retriever.FULL)


@pytest.mark.model
def test_gold_that_is_not_here(bot, tmp_path):
    path = written(tmp_path, row("here"), row("gone", gold=["此句不在公报里"]))
    with pytest.raises(QuestionSetError, match="line 2"):
        evaluate(bot, path)
    report = evaluate(bot, path, lenient=True)
    assert [one.id for one in report.scored] == ["here"]
    assert report.about["skipped"] == 1


@pytest.mark.model
def test_answers_of_another_system(bot, small, tmp_path):
    right = {"quote": f"…{AREA}。", "highlights": [[1, 1 + len(AREA)]]}
    answers = written(
        tmp_path,
        {"id": "right", "status": "answered", "answers": [{"quote": "别的"}, right]},
        {
            "id": "wrong",
            "status": "not_found",
            "answers": [],
            "suggestions": [{"quote": "主任：彭立华"}],
        },
        name="other.jsonl",
    )
    report = evaluate(bot, small, answers=answers)
    scored = {one.id: one for one in report.scored}
    assert scored["right"].rank == 2
    assert scored["right"].values["verbatim"] == 0.0  # … and 别的。 stand nowhere
    assert scored["right"].values["highlight_holds"] == 1.0
    assert (scored["wrong"].rank, scored["wrong"].answered) == (1, False)
    assert scored["article"].values["hit@1"] == 0.0  # no answer: zero
    assert len(report.scored) == 5


@pytest.mark.model
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ({"status": "answered"}, "no id"),
        ({"id": "zzz", "answers": []}, "no question zzz"),
        (answer(answers=[{"text": "x"}]), "with a quote"),
        (answer(answers=[{"quote": None}]), "with a quote"),
        (answer(answers="abc"), "no list"),
        (answer(status="ANSWERED"), "status"),
        (answer(confidence="high"), "confidence"),
        (answer(confidence=True), "confidence"),
        (answer(confidence=7), "confidence"),
        (answer(confidence=-0.5), "confidence"),
        ('{"id": "right", "status": "answered", "confidence": NaN}', "confidence"),
        ('{"id": "right", "status": "answered", "confidence": 1e400}', "confidence"),
        (answer(elapsed_ms=10**400), "elapsed_ms"),
        (answer(answers=[{"quote": "药", "highlights": [[0, 2]]}]), "highlights"),
        ('{"id": "right", "status": "answered", "answers": [{"quote": "\\ud800"}]}', "surrogate"),
        ('{"id": "right", "id": "wrong", "status": "answered"}', "twice"),
        ("", "holds no answer"),
    ],
)
def test_a_wrong_answer_file(bot, small, tmp_path, line, said):
    with pytest.raises(QuestionSetError, match=said):
        evaluate(bot, small, answers=written(tmp_path, line, name="other.jsonl"))
    if line:  # left out and counted as not answered
        path = written(tmp_path, line, answer("none"), name="other.jsonl")
        report = evaluate(bot, small, answers=path, lenient=True)
        assert not any(one.answered for one in report.scored if one.id != "none")


@pytest.mark.model
def test_a_quote_that_comes_again_takes_a_place(bot, small, tmp_path):
    wrong = {"quote": "别的", "clause_id": "x"}
    path = written(
        tmp_path, answer(answers=[wrong, wrong, wrong, {"quote": AREA}]), name="other.jsonl"
    )
    scored = evaluate(bot, small, answers=path).scored[0]
    assert (scored.rank, scored.values["hit@3"], scored.values["mrr@10"]) == (4, 0.0, 0.25)


@pytest.mark.model
def test_what_is_lit_twice_counts_once(bot, small, tmp_path):
    lit = {"quote": AREA, "highlights": [[0, 6], [0, 6], [3, 8]]}
    path = written(tmp_path, answer(answers=[lit]), name="other.jsonl")
    scored = evaluate(bot, small, answers=path).scored[0]
    assert scored.values["highlight_share"] == pytest.approx(8 / len(AREA))


@pytest.mark.model
def test_a_hit_counts_whichever_clause_the_snippet_stands_in(bot, relevance, tmp_path):
    """Gold that runs over two 款, and gold in one of them: a quote of the first is a hit of rank 1."""
    article = relevance.texts[f"{RULES}/art_51"]
    second = relevance.texts[f"{RULES}/art_51/para_2"]
    over = article[len(article) - len(second) - 8 : len(article) - len(second) + 8]
    questions = written(tmp_path, row(gold=[over, second[-12:]]))
    answers = written(
        tmp_path, answer("a", answers=[{"quote": over, "clause_id": "theirs"}]), name="other.jsonl"
    )
    (scored,) = evaluate(bot, questions, answers=answers).scored
    assert scored.rank == 1
    assert scored.values["hit@1"] == 1.0


@pytest.mark.model
def test_nothing_of_a_hidden_set_is_told_by_an_error(bot, tmp_path):
    path = written(
        tmp_path, row(q="秘密问题？", gold=["没有的秘密"], doc="秘密文件"), name="test.jsonl"
    )
    for lenient in (False, True):
        with pytest.raises(QuestionSetError) as error:
            evaluate(bot, path, lenient=lenient)
        assert "秘密" not in str(error.value)
    with pytest.raises(QuestionSetError) as error:
        check(bot, path)
    assert "秘密" not in str(error.value)
    assert "--lenient" not in str(error.value)  # it would not help
    with pytest.raises(QuestionSetError, match="没有的秘密"):
        evaluate(bot, path, reveal=True)


@pytest.mark.model
def test_a_first_question_that_cannot_be_asked_scores_nothing(bot, tmp_path):
    report = evaluate(bot, written(tmp_path, row("long", q="药" * 3000), row("b")))
    assert [one.values["hit@1"] for one in report.scored] == [0.0, 1.0]


@pytest.mark.model
def test_trec_names_have_no_blanks_and_stay_apart(bot, tmp_path):
    path = written(tmp_path, row())
    answers = written(
        tmp_path,
        answer(
            "a", answers=[{"quote": "x", "clause_id": name} for name in ("a b", "a_b", "a%20b")]
        ),
        name="other.jsonl",
    )
    folder = write(evaluate(bot, path, answers=answers), tmp_path)
    lines = (folder / "run.trec").read_text("utf-8").splitlines()
    assert [line.split()[2] for line in lines] == ["a%20b", "a_b", "a%2520b"]


@pytest.mark.model
def test_an_altered_quote_is_not_verbatim(bot, relevance):
    reply = bot.ask("开药店至少要多大面积？")
    answer = reply.answers[0]
    spans = answer.clause.spans
    assert relevance.verbatim(answer.quote, answer.issue.id, spans)
    assert not relevance.verbatim(answer.quote.replace("40", "41"), answer.issue.id, spans)


@pytest.mark.model
def test_two_runs_compared(bot, small, tmp_path):
    full, words = (evaluate(bot, small, retriever=one) for one in (Retriever.FULL, Retriever.BM25))
    found = compare(words, full)
    first = {one.id: good(one) for one in words.scored}
    second = {one.id: good(one) for one in full.scored}
    assert set(found.gains) == {i for i in first if second[i] and not first[i]}
    assert set(found.losses) == {i for i in first if first[i] and not second[i]}
    assert "none" in found.gains  # words alone always answer
    gain = full.figures["hit@1"].value - words.figures["hit@1"].value
    assert found.differences["hit@1"].value == pytest.approx(gain)
    assert found.same_set
    part = evaluate(bot, written(tmp_path, row("wrong", q="高铁几点开", gold=["主任：彭立华"])))
    found = compare(full, part)
    assert not found.same_set
    before, after = (side["hit@1"].value for side in found.figures)
    assert found.differences["hit@1"].value == pytest.approx(after - before)
    other = evaluate(bot, written(tmp_path, row("else")))
    with pytest.raises(QuestionSetError, match="in common"):
        compare(full, other)


@pytest.mark.model
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("groups", {}), ("groups", {"all": {"hit@1": "x"}}), ("name", None), ("scored", [{"id": [1]}]),
        ("scored", 7), ("about", None),
    ],
)  # fmt: skip
def test_a_damaged_report(bot, small, tmp_path, field, value):
    folder = write(evaluate(bot, small), tmp_path)
    content = json.loads((folder / "report.json").read_text("utf-8"))
    (folder / "report.json").write_text(json.dumps(content | {field: value}), "utf-8")
    with pytest.raises(QuestionSetError, match="cannot be read"):
        read_report(folder)


@pytest.mark.parametrize(
    "content", [None, "{", "[]", "[" * 100_000, '{"format": 99}', '{"format": 1}']
)
def test_a_report_that_cannot_be_read(tmp_path, content):
    if content is not None:
        (tmp_path / "report.json").write_text(content, encoding="utf-8")
    with pytest.raises(QuestionSetError, match="qa-bot eval"):
        read_report(tmp_path)


def test_every_measure_is_defined_in_the_docs():
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for measure in MEASURES:
        assert f"`{measure.key}`" in text, measure.key
