"""Tokens are the same in an index and in a question."""

from __future__ import annotations

import pytest

from qa_bot.asked import asked, quantities
from qa_bot.words import Words, people, to_simplified


@pytest.fixture(scope="module")
def words():
    return Words(["苗伟伦", "李无文"])


def test_names_of_the_corpus_are_not_cut(words):
    assert "苗伟伦" in words.tokens("常务副市长陈建明，副市长苗伟伦、李无文参加会议")
    assert "李无文" in words.tokens("李无文干了什么")


def test_width_case_and_script_do_not_matter(words):
    assert words.tokens("藥品零售企業面積") == words.tokens("药品零售企业面积")
    assert words.tokens("ＰＭ２．５") == words.tokens("pm2.5")


def test_a_day_is_a_token_of_its_own(words):
    assert "04-12" in words.tokens("2019年4月12日")
    assert "04-12" in words.tokens("４月１２号")


def test_a_question_of_stop_words_has_no_tokens(words):
    assert words.content("的了吗呢，这是什么？") == []


def test_traditional():
    assert to_simplified("開藥店至少要多大面積") == "开药店至少要多大面积"


def test_people_are_read_from_what_the_corpus_writes():
    texts = [
        "副市长苗伟伦、汪驰参加会议。",
        "副市长汪驰参加全市招商引资工作例会",
        "副市长李无文督查工作",
        "副市长李无文参加会议",
        "王军 王万里\n兰晓轩 卢金森",
    ]
    found = people(texts)
    assert {"苗伟伦", "汪驰", "李无文", "王军", "王万里", "卢金森"} <= set(found)
    assert "汪驰参" not in found
    assert "李无" not in found


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("开药店至少要多大面积", ("area",)),
        ("What is the minimum floor area?", ("area",)),
        ("最多能贷多少钱", ("money",)),
        ("比例要达到百分之几", ("share",)),
        ("什么时候起施行", ("effect",)),  # closer than any time
        ("环评没备案，补上还罚吗", ("exempt",)),
        ("免罚清单是哪天印发的", ("issued",)),  # a list is named, no exemption asked for
        ("办这个要带哪些证件", ("papers",)),
        ("你是真人吗", ("talk",)),
        ("泰顺 PM2.5 2020", ()),
        ("Chi è andato a Shanghai a fine aprile?", ("person",)),
        ("那份通知的文号", ("number",)),
        ("在第几页", ("page",)),
        ("哪个局牵头", ("leader",)),
        ("谁出席了", ("person",)),
        ("什么是连锁门店", ("definition",)),
        ("公报主编是谁", ("editor",)),
        ("我盘了个45平方的铺子", ()),
        ("Which bureau is responsible?", ("leader",)),
        ("表彰了多少家单位", ("count",)),
        ("药师要在岗吗", ()),
        ("What fine dust level must the county reach?", ()),
        ("Che fine faranno le macchine?", ()),
        ("门口钉了十几块牌子", ()),
        ("这份清单引的是哪部法", ("basis",)),
        ("副局长换成谁了", ("successor",)),
        ("给我传真，号码是几号", ("fax",)),
        ("編集部の郵便番号", ("postcode",)),
        ("Combien de jours faut-il attendre ?", ("time",)),
        ("这份公报是哪家厂印的", ("printer",)),
        ("刚毕业去企业见习，每个月补贴发多少", ("money",)),
    ],
)
def test_what_is_asked_for(question, kinds):
    assert asked(question) == kinds


def test_one_quantity_fits_better_than_four():
    held = quantities(
        ["不得少于40平方米。", "不得少于20平方米；40平方米，20平方米，20平方米。", "应当整洁。"]
    )
    one, four, none = held.fit(("area",))
    assert (one, four, none) == (1.0, 0.5, 0.0)
    assert list(held.fit(())) == [0.0, 0.0, 0.0]


def test_a_row_of_what_goes_unpunished_says_so_above_it():
    rows = ["序号：13；情形描述：未按规定退还投标保证金的"] * 2
    held = quantities(rows, above=["轻微违法不予处罚清单", "工作任务清单"])
    assert list(held.of("exempt", [0, 1])) == [1.0, 0.0]


def test_only_the_kinds_asked_for_are_counted():
    texts = ["不得少于40平方米，处2万元罚款。", "应当整洁。"]
    every, some = quantities(texts), quantities(texts, ("area",))
    assert list(some.fit(("area",))) == list(every.fit(("area",))) == [1.0, 0.0]
    assert every.fit(("money",))[0] == 1.0
    assert not some.fit(("money",)).any()
    assert quantities(texts, ()).counts.shape == every.counts.shape
