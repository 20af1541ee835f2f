"""Which sentences of a clause are lit."""

from __future__ import annotations

import numpy as np
import pytest

from qa_bot.highlight import (
    FEATURES,
    SHORT,
    Highlighting,
    _enumerates,
    lit_whole,
    sentences_of,
)
from qa_bot.index import Generation


@pytest.fixture(scope="module")
def generation(bot) -> Generation:
    return bot.generation


def _choose(cosines, own, length, mass=0.55, most=0.6):
    found = np.zeros((len(cosines), len(FEATURES)), np.float32)
    found[:, FEATURES.index("cosine")] = cosines
    weights = tuple(30.0 if name == "cosine" else 0.0 for name in FEATURES)
    return Highlighting(weights, mass, 0.9, most).choose(found, own, length)


THREE = [[(0, 50)], [(50, 100)], [(100, 200)]]


def test_one_sentence_where_there_is_no_doubt():
    assert _choose([0.9, 0.6, 0.6], THREE, 200) == [(0, 50)]


def test_two_where_there_is():
    assert sorted(_choose([0.80, 0.799, 0.6], THREE, 200, mass=0.7)) == [(0, 50), (50, 100)]


def test_never_most_of_a_long_clause_for_the_sake_of_doubt():
    lit = _choose([0.8, 0.8, 0.8], THREE, 200, mass=1.0)
    assert sum(end - start for start, end in lit) <= 0.6 * 200


def test_the_best_is_lit_however_long():
    assert _choose([0.5, 0.6, 0.9], THREE, 200) == [(100, 200)]


def test_what_stands_elsewhere_is_not_lit():
    assert _choose([0.9, 0.5, 0.5], [[], *THREE[1:]], 200, mass=0.1)[0] in {(50, 100), (100, 200)}


def test_a_remark_belongs_to_its_sentence(generation):
    with_remark = [
        record
        for record in generation.records.at(range(generation.manifest.clauses))
        if record.clause.text.endswith("）") and "。（牵头落实" in record.clause.text
    ]
    assert with_remark
    for record in with_remark:
        taken = sentences_of(record)
        last = taken.reading.body[slice(*taken.spans[-1])]
        assert "（牵头落实" in last
        assert not last.startswith("（")
        assert len(taken.firsts) < taken.count


def test_every_character_of_a_clause_is_in_one_sentence(generation):
    for record in generation.records.at(range(generation.manifest.clauses)):
        taken = sentences_of(record)
        said = "".join(taken.reading.body[slice(*span)] for span in taken.spans)
        assert "".join(said.split()) == "".join(taken.reading.body.split())
        assert list(taken.firsts) == sorted(set(taken.firsts))


def test_short_rows_and_titles_are_lit_whole(generation):
    seen = set()
    for record in generation.records.at(range(generation.manifest.clauses)):
        clause = record.clause
        if lit_whole(record):
            assert len(clause.text) <= SHORT
            seen.add("row" if clause.cells else clause.kind)
        elif clause.kind == "article":
            seen.add("article")
    assert {"row", "title", "catalogue", "article"} <= seen


def test_entries_of_an_enumeration_are_one_and_items_are_not():
    assert _enumerates("各乡（镇）政府、街道办事处；", "市政府直属各单位；")
    assert not _enumerates("（一）分类陈列；", "（二）分区陈列；")
    assert not _enumerates("各乡（镇）政府。", "市政府直属各单位；")
    assert not _enumerates("各" * 40 + "；", "市政府直属各单位；")


@pytest.mark.parametrize(
    ("question", "lit", "dark"),
    [
        # who leads stands in the remark, which is nothing without its sentence
        ("欠薪联合预警系统由哪个局牵头", "市人力社保局", ""),
        # the condition, and not the penalty that is spared
        ("危险废物没贴识别标志，马上改正了还罚吗", "经发现后能及时主动纠正", "处一万元以上十万元以下的罚款"),
        # the circumstance, and not the heading that several share
        ("一年里投诉政府采购两次都查无实据，要受罚吗", "1-2次被认定为查无实据", ""),
        # the entries, and not only the sentence that names what they are of
        ("总工会的520行动分哪五大行动", "“稳企聚能”", ""),
        # an enumeration apart by semicolons is one
        ("公报免费赠阅给哪些单位", "有关行业协会、商会和企业等", ""),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_lit(bot, question, lit, dark):
    answer = bot.ask(question).answers[0]
    shown = "".join(answer.quote[slice(*span)] for span in answer.highlights)
    assert lit in shown
    assert not dark or dark not in shown
