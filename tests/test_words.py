"""Tokens are the same in an index and in a question."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.asked import asked, asks, quantities
from qa_bot.words import Words, name_counts, names_from, people, to_simplified


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


LINES = (
    "副市长苗伟伦、汪驰参加",
    "市长汪驰赴",
    "王军 王万里",
    "书记李无文",
    "主任李无、王军",
    "局长汪驰参",
    "\n",
)


@given(st.lists(st.lists(st.sampled_from(LINES), max_size=5).map("".join), max_size=6))
def test_counts_of_names_add_up_over_texts(texts):
    added = Counter()
    for text in reversed(texts):
        added.update(name_counts([text]))
    assert added == name_counts(texts)
    assert names_from(added) == people(texts)


def names_slowly(counts):
    """Each name compared with each."""
    often = {name for name, count in counts.items() if count >= 2}
    verbs = "参赴"
    return sorted(
        name
        for name in often
        if not (len(name) == 3 and (counts.get(name[:2], 0) > counts[name] or name[2] in verbs))
        and not (
            len(name) == 2
            and any(
                other != name
                and other.startswith(name)
                and counts[other] >= counts[name]
                and other[2] not in verbs
                for other in often
            )
        )
    )


@given(
    st.dictionaries(
        st.text("王李军文参赴", min_size=2, max_size=3), st.integers(min_value=1, max_value=5)
    )
)
def test_the_commoner_reading_of_a_name_wins(counts):
    assert names_from(counts) == names_slowly(counts)


def test_a_hundred_thousand_names_are_read_at_once():
    """Each was compared with each."""
    draw = random.Random(1)
    characters = [chr(0x4E00 + at) for at in range(3000)]
    counts = {
        "王" + "".join(draw.choices(characters, k=draw.choice((1, 2)))): draw.randint(1, 9)
        for _ in range(200_000)
    }
    assert len(counts) > 100_000
    began = time.process_time()
    names_from(counts)
    assert time.process_time() - began < 5


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
        ("谁出席了", ("name",)),
        ("这事谁同意了", ("person",)),
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
        ("Combien de jours faut-il attendre ?", ("duration",)),
        ("这份公报是哪家厂印的", ("printer",)),
        ("刚毕业去企业见习，每个月补贴发多少", ("money",)),
        ("S2线哪一年通车", ("completion",)),
        ("When will the line open?", ("completion",)),
        ("许可证管几年", ("validity",)),
        ("For how many years is the licence good?", ("validity",)),
        ("几个工作日内办结", ("duration",)),
        ("前几年自己隔了一层", ()),
        ("仓库离店多远", ("distance",)),
        ("De cuántos metros cúbicos tiene que ser la cámara", ("area",)),
        ("增速排全省第几", ("rank",)),
        ("排放几次要报告", ("count",)),
        ("降到几", ("figure",)),
        ("接他位子的是谁", ("successor",)),
        ("市劳模的名单", ("name", "list")),
        ("财政局发文的号码是哪个", ("number",)),
        ("公报社电话几号", ("phone", "imprint")),
        ("哪天起执行", ("effect",)),
        ("为基层减轻负担", ()),
        ("the rules before they were amended", ()),
        ("cinquante mètres de la boutique", ()),
        ("どのくらい下げますか", ("figure",)),
        ("Ci multano lo stesso?", ("exempt",)),
        ("引的是哪条哪项", ("basis",)),
        ("Fino a che cifra mi prestano?", ("money",)),
    ],
)
def test_what_is_asked_for(question, kinds):
    assert asked(question) == kinds


@pytest.mark.parametrize(
    ("kind", "giving", "other"),
    [
        ("name", "副市长殷志军拜访意大利驻沪总领馆。", "市长任组长，各相关部门为成员单位。"),
        ("name", "免去张力男的温州市生态环境局副局长职务；", "全市党员干部动员大会。"),
        ("duration", "签订为期至少一年的劳动合同。", "4月12日，第一墩揭牌。"),
        ("duration", "自受理之日起20个工作日内作出决定。", "2019年度工作要点"),
        ("completion", "6月底前完成系统接入。", "4月12日，标志着全面施工。"),
        ("validity", "《药品经营许可证》有效期为5年。", "《药品经营许可证》有效期届满申请延续的"),
        ("distance", "行进距离超过50米的", "不得少于20立方米"),
        ("rank", "增速位居全省第二", "依照第二条的规定"),
        ("list", "开展“凝心聚力”“暖心服务”“素质提升”五大行动", "区域属性、交通状况和人口、条件等因素，区域目录由市局统一向社会公布。"),
        ("list", "集中赠阅点：\n温州市图书馆\n鹿城区行政管理审批中心\n", "地址：市府路500号"),
        ("effect", "自2017年10月1日起，申请延续的应当符合本细则", "2017年10月1日印发"),
        ("issued", "4月23日，市委市政府出台《措施》", "4月23日，副市长调研"),
    ],
)  # fmt: skip
def test_what_a_clause_gives(kind, giving, other):
    found = quantities([giving, other], [kind]).of(kind, [0, 1])
    assert found[0] > 0
    assert found[1] == 0


def test_any_part_of_a_text_may_ask():
    assert asks("人家来查我马上补了，还罚吗", ("exempt",))
    assert not asks("我洗车店开张没去填登记表", ("exempt", "penalty", "money", "list"))


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
