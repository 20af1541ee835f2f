"""Time, place and batch: what a text names, and what contradicts."""

from __future__ import annotations

from datetime import date

import pytest

from qa_bot.facets import asked_facets, contradicted, facets, share_held, told_facets


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2018年4月", {"year:2018", "month:4"}),
        ("二〇一九年十二月底前", {"year:2019", "month:12"}),
        ("第五批名单", {"batch:批5"}),
        ("第七届市民文化节", {"batch:届7"}),
        ("一季度", {"part:quarter1"}),
        ("上半年", {"part:half1"}),
        ("宁波和乐清", {"place:330200", "place:330382"}),
        ("内蒙古自治区", {"place:150000"}),
        ("GDP of Hangzhou in the first quarter of 2019", {"place:330100", "part:quarter1", "year:2019"}),
        ("nella quinta tornata", {"batch:批5"}),
        ("en avril 2019", {"month:4", "year:2019"}),
        ("May I open a shop?", set()),
        ("in May 2019", {"month:5", "year:2019"}),
        ("２０１９年", {"year:2019"}),
        ("中秋节的月饼", set()),
        ("价格2019元，13月", set()),
        ("第二次修改", {"batch:次2"}),
        ("", set()),
    ],
)  # fmt: skip
def test_facets(text, found):
    assert facets(text) == found


def test_a_latin_name_of_two_places_gives_both():
    assert facets("Taizhou") == {"place:321200", "place:331000"}


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("那张表，情形里头排第14的是哪一样？", {14}),
        ("清单的情形编号到了15，写的什么", {15}),
        ("序号4引的哪一条", {4}),
        ("清单第十二项是哪种行为", {12}),
        ("What is item 11 of the list?", {11}),
        ("35号文", set()),
        ("第一季度", set()),
        ("第五批第7届", set()),
    ],
)
def test_what_a_question_names_by_its_number(question, numbers):
    found = {one for one in asked_facets(question) if one.startswith("ordinal:")}
    assert found == {f"ordinal:{number}" for number in numbers}


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("4月12日", {"day:4-12"}),
        ("四月十二号", {"day:4-12"}),
        ("12号那天", {"day:0-12"}),
        ("十二日", {"day:0-12"}),
        ("35号文，S12号线，第12号", set()),
        ("32日", set()),
    ],
)
def test_the_days_that_a_question_names(question, days):
    assert {one for one in asked_facets(question) if one.startswith("day:")} == days


@pytest.mark.parametrize(
    ("text", "cells", "numbers"),
    [
        ("十、加强领导。", [], {10}),
        ("（三）动员全民参与。", [], {3}),
        ("1. 优化", [], {1}),
        ("12.5亿元", [], set()),
        ("4月12日", [], set()),
        ("一行", [("序号", "4"), ("情形序号", "10"), ("名称", "3")], {4, 10}),
    ],
)
def test_the_number_of_a_clause_in_its_list(text, cells, numbers):
    found = told_facets("", text, cells, date(2019, 4, 12))
    assert found == {f"ordinal:{number}" for number in numbers} | {"day:4-12"}


def test_how_much_of_it_is_held():
    asked = asked_facets("4月12日温州")
    assert share_held(asked, asked_facets("温州市4月12日")) == 1
    assert share_held(asked, facets("温州市")) == pytest.approx(1 / 3)
    assert share_held(asked_facets("12日"), {"day:4-12"}) == 1
    assert share_held(frozenset(), facets("温州市")) == 0


@pytest.mark.parametrize(
    ("question", "text", "kinds"),
    [
        ("2018年的物价", "2019年4月物价", {"year"}),
        ("2018年比2019年", "2019年4月物价", set()),
        ("5月份的任免", "4月份市政府人事任免", {"month"}),
        ("5月份的任免", "企业应当建立制度", set()),  # of no month: nothing against it
        ("上半年生产总值", "一季度生产总值", {"part"}),
        ("第五批名单", "第六批名单", {"batch"}),
        ("第五批名单", "第七届文化节", set()),
        ("宁波开药店", "温州市药品零售细则", {"place"}),
        ("宁波开药店", "企业应当建立制度", {"place"}),  # not of 宁波
        ("乐清开药店", "温州市药品零售细则", set()),  # 乐清 lies in 温州
        ("浙江的规定", "温州市药品零售细则", set()),
        ("瑞安", "乐清市", {"place"}),
        ("宁波的目标", "温州市按浙江省的计划", {"place"}),
        ("宁波的目标", "浙江省的计划", set()),
        ("浙江的目标", "温州市按浙江省的计划", set()),
        ("Taizhou", "台州市", set()),
        ("开药店", "2019年温州市第六批", set()),
        ("12日的会", "4月12日", set()),
        ("12日的会", "4月11日", {"day"}),
        ("4月12日的会", "5月12日", {"month", "day"}),
        ("12日的会", "企业应当建立制度", set()),
    ],
)
def test_what_contradicts(question, text, kinds):
    assert contradicted(asked_facets(question), asked_facets(text)) == kinds
