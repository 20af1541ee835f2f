"""Time, place and batch: what a text names, and what contradicts."""

from __future__ import annotations

from datetime import date

import pytest

from qa_bot.bot import Bot
from qa_bot.facets import asked_facets, contradicted, facets, share_held, told_facets
from qa_bot.facets.members import asked_members, told_members
from qa_bot.index import DocumentRecord, IssueRecord
from qa_bot.index.records import covered_month


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
    assert share_held(asked_facets("12日"), frozenset({"day:4-12"})) == 1
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
        ("这一批没有违建的镇街", "第六批名单", set()),
        ("17年四月的财政收入", "2019年4月财政收入", {"year"}),
        ("头三个月的生产总值", "上半年生产总值", {"part"}),
        ("我住鹿城老城区", "温州市", set()),
    ],
)
def test_what_contradicts(question, text, kinds):
    assert contradicted(asked_facets(question), asked_facets(text)) == kinds


APRIL = date(2019, 4, 1)  # that an issue covers
LAST, THIS = "day:3-21..3-31/4-21..4-30", "day:4-21..4-30"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("上月底李无文做了什么", {LAST, "month:3/4"}),
        ("上个月的人事任免", {"month:3/4"}),
        ("本月中旬有什么会", {"day:4-11..4-20", "month:4"}),
        ("这个月初", {"day:4-1..4-10", "month:4"}),
        ("月底谁来调研", {THIS}),
        ("四月下旬", {THIS, "month:4"}),
        ("2月底", {"day:2-21..2-29", "month:2"}),
        ("2018年底签了几个项目", {"day:11-21..12-31", "year:2018"}),
        ("今年的目标", {"year:2019~"}),
        ("前年第五批", {"year:2017~", "batch:批5"}),
        ("What happened at the end of last month?", {LAST, "month:3/4"}),
        ("in early April", {"day:4-1..4-10", "month:4"}),
        ("a fine aprile 2019", {THIS, "month:4", "year:2019"}),
        ("4/12开了什么会", {"day:4-12"}),
        ("the meeting of 12/4", {"day:12-4/4-12"}),
        ("2019-04-12", {"day:4-12", "month:4", "year:2019"}),
        ("April 12", {"day:4-12", "month:4"}),
        ("il 12 aprile", {"day:4-12", "month:4"}),
        ("el 12 de abril", {"day:4-12", "month:4"}),
        # Deadlines and states are of no day.
        ("6月底前完成什么", {"month:6"}),
        ("年底前完成什么任务", set()),
        ("到2019年底要有几成", {"year:2019"}),
        ("到2019年4月底存款多少", {"month:4", "year:2019"}),
        ("deposits by the end of April", {"month:4"}),
        ("几月底以前", set()),
        ("每月底报送", set()),
        # The same characters in other words.
        ("底线思维，初步方案，三个月底薪", set()),
        ("今年初步计划", {"year:2019~"}),
        ("年初预算", set()),
        ("年龄", set()),
        # What is compared with; what happened to the asker.
        ("比上年同月涨没涨，跟去年同期比", set()),
        ("我厂去年被查过一次，上个月又被查", set()),
        ("我想知道上个月的任免", {"month:3/4"}),
        ("1/3以上的成员，2/3的面积", set()),
        ("昨天，上周五，下礼拜", set()),
    ],
)
def test_what_is_relative_is_relative_to_the_issue(question, found):
    assert asked_facets(question, APRIL) == found


def test_without_an_issue_nothing_is_relative():
    assert asked_facets("上月底，今年，月初") == set()
    assert asked_facets("四月底") == {THIS, "month:4"}
    assert asked_facets("上个月", date(2020, 1, 1)) == {"month:12/1"}


@pytest.mark.parametrize(
    ("question", "day", "kinds", "share"),
    [
        ("上月底", 30, set(), 1),
        ("上月底", 12, {"day"}, 1 / 2),
        ("四月中旬", 12, set(), 1),
        ("四月中旬", 21, {"day"}, 1 / 2),
        ("四月中旬", None, set(), 1),  # of no day: a span says nothing of it
        ("上半年的会议", 12, set(), 1),
        ("下半年的会议", 12, {"part"}, 0),
        ("去年的会议", 12, {"year"}, 0),
        ("去年的会议", None, set(), 0),
        ("今年的会议", 12, set(), 0),
        ("4/12", 12, set(), 1),
        ("12/4的会", 12, {"day"}, 0),
    ],
)
def test_a_dated_clause_holds_a_span_or_contradicts_it(question, day, kinds, share):
    dated = date(2019, 4, day) if day else None
    told = told_facets("2019年4月，参加会议", "参加会议", [], dated)
    asked = asked_facets(question, APRIL)
    assert contradicted(asked, told) == kinds
    assert share_held(asked, told) == pytest.approx(share)


def issue(identity: str, out: str | None, number: int | None, year: int | None = 2019):
    day = date.fromisoformat(out) if out else None
    return IssueRecord(identity, "公报", "", year, number, None, day, None, None, "f.txt", "0" * 64)


def records_of(identity: str, month: date):
    return DocumentRecord(
        "records", identity, "records", "记事", "", None, None, None, None, None, None, None, None, month, ()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("issues", "documents", "month"),
    [
        ([issue("a", "2019-05-15", 4)], [], date(2019, 4, 1)),
        ([issue("a", "2019-04-30", 4)], [], date(2019, 4, 1)),
        ([issue("a", "2019-05-15", 9)], [], date(2019, 5, 1)),  # it comes out twice a month
        ([issue("a", "2019-05-15", 20)], [], date(2019, 5, 1)),
        ([issue("a", "2019-05-15", 9)], [records_of("a", date(2019, 3, 1))], date(2019, 3, 1)),
        ([issue("a", "2019-05-15", 4), issue("b", "2019-07-15", 6)], [], date(2019, 6, 1)),
        ([issue("b", "2019-07-15", 6), issue("a", "2019-05-15", 4)],
         [records_of("a", date(2019, 4, 1))], date(2019, 6, 1)),
        ([issue("a", "2020-01-15", 12)], [], date(2019, 12, 1)),
        ([issue("a", None, 4)], [], None),
        ([], [], None),
    ],
)  # fmt: skip
def test_the_month_that_the_latest_issue_covers(issues, documents, month):
    assert covered_month(issues, documents) == month


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("上月底副市长李无文去哪里调研了", 21, 30),
        ("本月初殷志军副市长参加了什么活动", 1, 10),
        ("4月中旬汪驰副市长参加了什么活动", 11, 20),
        ("What did vice mayor Li Wuwen (李无文) inspect at the end of last month?", 21, 30),
    ],
)
def test_the_first_record_is_of_the_days_asked_for(bot: Bot, question, first, last):
    assert bot.generation.covers == APRIL
    reply = bot.ask(question)
    day = (reply.answers or reply.suggestions)[0].clause.day
    assert day is not None
    assert first <= day.day <= last


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("要编方案的十一个园区是哪十一个", {11}),
        ("今年57个劳模的名单", {57}),
        ("Which eight projects were signed?", {8}),
        ("表彰了57个劳模", set()),  # asks for no names
        ("2019年4月12日谁去了", set()),
        ("哪两家", set()),  # two stand side by side too easily
    ],
)
def test_how_many_are_to_be_named(question, numbers):
    assert asked_members(question) == numbers


@pytest.mark.parametrize(
    ("text", "named", "counted"),
    [
        ("11个重点园区和集聚点要编制整治方案。", set(), {11}),
        ("开展石化、化工、制鞋、印染等行业整治，11个园区要编制方案。", set(), {11}),
        ("可挂党群中心、服务中心、文化家园、警务室、卫生站等5块标识牌。", {5}, set()),
        ("实施“百团入企”“创享青春”“家燕归巢”三大工程。", {3}, set()),
        ("有下列4种情形：", {4}, set()),  # they follow
        ("新增上市企业2家。", set(), set()),
    ],
)
def test_what_is_counted_and_named(text, named, counted):
    assert told_members(text) == (named, counted)


def test_a_text_that_only_counts_contradicts():
    asked = asked_facets("那11个园区是哪些")
    assert contradicted(asked, told_facets("", "11个园区要编方案。", [], None)) == {"members"}
    assert contradicted(asked, told_facets("", "企业应当整洁。", [], None)) == frozenset()


def test_last_year_is_held_against_the_statistics_of_a_month():
    asked = asked_facets("去年四月底的贷款余额", date(2019, 4, 1))
    told = told_facets("2019年4月 贷款余额", "贷款余额", [], None, date(2019, 4, 1))
    assert "year" in contradicted(asked, told)
    assert "year" not in contradicted(asked, told_facets("2019年 贷款余额", "贷款余额", [], None))


@pytest.mark.parametrize(
    ("question", "has", "lacks"),
    [
        ("副市长拜访意大利驻沪总领馆", "place:310000", ""),
        ("首季GDP多少", "part:quarter1", ""),
        ("首季度增速", "part:quarter1", ""),
        # where somebody was before, unless it is named again
        ("以前在湖南的药企管过验货，这种算不算", "", "place:430000"),
        ("老家湖南，湖南的社保能转吗", "place:430000", ""),
        ("户籍在湖南能不能办", "place:430000", ""),
        # the day of what is remembered
        ("le sei iniziative per il centenario del 4 maggio", "", "month:5"),
        ("5月4日活动的名单", "month:5", ""),
        # an article's number counts nothing
        ("What does article 72 say?", "", "members:72"),
        ("which 72 towns are named?", "members:72", ""),
        ("那八个项目是什么时候签的", "", "members:8"),
        ("那八个项目是什么", "members:8", ""),
    ],
)
def test_what_a_question_is_about_and_what_it_only_mentions(question, has, lacks):
    found = asked_facets(question)
    assert not has or has in found
    assert not lacks or lacks not in found
