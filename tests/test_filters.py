"""Where an answer may come from, and what an unknown id may have meant."""

from __future__ import annotations

import time
from datetime import date

import pytest

from qa_bot.errors import FilterError
from qa_bot.filters import KINDS, Filters, filter_choices, positions_within
from qa_bot.index.near import near_ids

PHARMACY = "开药店至少要多大面积？"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, Filters()),
        ({"issuer": "", "other": "x"}, Filters()),
        ({"issuer": " 环保局 "}, Filters(issuer="环保局")),
        ({"since": "2019-04-12", "in_force": "true"}, Filters(since=date(2019, 4, 12), in_force=True)),
        ({"in_force": "0"}, Filters()),
        ({"in_force": False}, Filters()),
    ],
)  # fmt: skip
def test_filters_are_read_from_strings(values, wanted):
    assert Filters.read(values) == wanted
    assert Filters.read(wanted.to_json()) == wanted
    assert bool(wanted) == bool(wanted.to_json())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"since": "昨天"}, "昨天"),
        ({"until": "2019-02-30"}, "2019-02-30"),
        ({"in_force": "maybe"}, "maybe"),
        ({"issuer": "长" * 201}, "200"),
        ({"document": "\ud800"}, "残缺"),
    ],
)
def test_a_filter_that_cannot_be_read_says_so(values, said):
    with pytest.raises(FilterError, match=said):
        Filters.read(values)


@pytest.mark.parametrize(
    ("values", "documents"),
    [
        ({"issuer": "环保局"}, {"温环发〔2019〕17号"}),  # as people call it
        ({"issuer": "财政局"}, {"温财法〔2019〕119号"}),
        ({"kind": "政府记事"}, {"wenzhou-2019-04/records"}),
        ({"kind": "records"}, {"wenzhou-2019-04/records"}),
        ({"document": "温财法〔2019〕119号"}, {"温财法〔2019〕119号"}),
        ({"document": " 温财法[2019] 119号"}, {"温财法〔2019〕119号"}),  # as it is typed
        ({"since": "2019-04-17", "until": "2019-04-24"}, {"温财法〔2019〕119号", "温环发〔2019〕17号"}),
        ({"issuer": "市政府办公室", "since": "2019-04-13"}, {"温政办〔2019〕37号"}),
    ],
)  # fmt: skip
def test_filters_leave_the_clauses_of_the_documents_that_fit(bot, values, documents):
    records = bot.generation.records
    positions = positions_within(records, Filters.read(values))
    assert positions == sorted(positions)
    assert {record.clause.document_id for record in records.at(positions)} == documents
    whole = [r.position for r in records.of("wenzhou-2019-04") if r.clause.document_id in documents]
    assert positions == whole


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"issuer": "消防救援支队"}, "温州市财政局"),  # the values that there are
        ({"issuer": "杭州市财政局"}, "温州市财政局"),
        ({"issue": "wenzhou-2019-05"}, "wenzhou-2019-04"),
        ({"document": "温政发〔2019〕6号"}, "温政发〔2019〕5号"),
        ({"kind": "law"}, KINDS["notice"][0]),
        ({"since": "2020-01-01"}, "2019-04-24"),
        ({"issuer": "财政局", "kind": "records"}, "放宽"),
    ],
)
def test_filters_that_leave_nothing_say_what_there_is(bot, values, said):
    with pytest.raises(FilterError, match=said):
        bot.ask(PHARMACY, filters=Filters.read(values))


def test_no_filter_leaves_everything(bot):
    assert positions_within(bot.generation.records, Filters()) is None


def test_an_answer_comes_from_what_the_filters_leave(bot):
    inside = bot.ask(PHARMACY, filters=Filters(issuer="市场监管局"))
    assert inside.status == "answered"
    assert inside.answers[0].clause.id.endswith("art_51/para_1")
    outside = bot.ask(PHARMACY, filters=Filters(issuer="财政局"))
    shown = [*outside.answers, *outside.suggestions]
    assert outside.status == "not_found"
    assert shown
    assert {one.document.issuer for one in shown} == {"温州市财政局"}


def test_a_document_that_the_filters_leave_out_is_not_answered_though_it_is_named(bot):
    reply = bot.ask("温财法〔2019〕119号", filters=Filters(issuer="环境局"))
    assert not reply.answers


def test_what_goes_on_from_a_question_stays_within_the_filters(bot):
    reply = bot.ask("那仓库呢？", history=[PHARMACY], filters=Filters(issuer="财政局"))
    assert {one.document.issuer for one in [*reply.answers, *reply.suggestions]} <= {"温州市财政局"}


def test_choices_are_what_the_corpus_has(bot):
    choices = filter_choices(bot.generation.records)
    assert choices.issues == (("wenzhou-2019-04", "《温州市人民政府公报》2019年第4期"),)
    assert "温州市财政局" in choices.issuers
    assert choices.kinds[0] == "notice"
    assert set(choices.kinds) <= set(KINDS)


IDS = {
    "甲〔2019〕1号": ["甲〔2019〕1号/title", "甲〔2019〕1号/annex_1/art_9/para_1", "甲〔2019〕1号/annex_1/art_10/para_1", "甲〔2019〕1号/annex_1/art_10/para_2"],
    "x-2019-04/records": ["x-2019-04/records/2019-04-12/entry_1", "x-2019-04/records/2019-04-12/entry_2"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("unknown", "first"),
    [
        (
            "甲〔2019〕1号/annex_1/art_11",
            "甲〔2019〕1号/annex_1/art_10/para_1",
        ),  # the nearest number
        ("甲〔2019〕1号/annex_1/art_10/para_3", "甲〔2019〕1号/annex_1/art_10/para_2"),
        ("甲〔2019〕1号/annex_1/art_10", "甲〔2019〕1号/annex_1/art_10/para_1"),  # what lies in it
        ("甲[2019] 1号/title", "甲〔2019〕1号/title"),  # brackets as they are typed
        ("甲〔2018〕1号/annex_1/art_9", "甲〔2019〕1号/annex_1/art_9/para_1"),
        ("x-2019-04/record/2019-04-12/entry_2", "x-2019-04/records/2019-04-12/entry_2"),
        ("甲〔2019〕1号/annex_2/art_9", "甲〔2019〕1号/annex_1/art_9/para_1"),
    ],
)
def test_an_unknown_id_is_near_those_of_the_same_place(unknown, first):
    found = near_ids(unknown, list(IDS), IDS.__getitem__)
    assert found[0] == first
    assert len(found) == len(set(found)) <= 5


@pytest.mark.parametrize("unknown", ["", "/", "nonsense", "<script>", "a" * 5000])
def test_nothing_is_near_what_is_like_no_id(unknown):
    assert near_ids(unknown, list(IDS), IDS.__getitem__) == []


@pytest.mark.parametrize(
    "unknown",
    [
        "温政发〔2019〕5号/" + "1" * 20_000 + "x",
        "温政发〔2019〕5" * 2_500,
        "甲/" * 10_000,
        "1" * 20_000,
    ],
)
def test_a_long_unknown_id_is_looked_at_in_part(unknown):
    texts = [f"温政发〔2019〕{n}号" for n in range(4_000)]
    began = time.process_time()
    assert (
        len(near_ids(unknown, texts, lambda above: [f"{above}/part_{n}" for n in range(300)])) <= 5
    )
    assert time.process_time() - began < 5


def test_a_long_id_is_not_kept(bot):
    assert bot.generation.records.by_id("温" * 301) is None


def test_every_id_with_another_end_is_near_ids_that_exist(bot):
    records = bot.generation.records
    held = set(records.ids())
    for identity in sorted(held)[::7]:
        found = records.near_ids(f"{identity}x")
        assert found
        assert set(found) <= held
