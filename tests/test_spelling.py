"""Mistyped words are read as words of the corpus, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.answer import Reply
from qa_bot.bot import Bot
from qa_bot.index import Generation
from qa_bot.spelling import ReadAs, Spelling, applied, blurred, pairs
from qa_bot.web.cards import reply_turn
from qa_bot.web.wording import Wording
from qa_bot.words import Words, to_simplified
from tests.making import table_of

QUESTIONS = Path(__file__).resolve().parent.parent / "eval" / "questions"
TEXTS = [
    "新开药店，个体，应当办理环评手续，申请创业担保贷款的要点",
    "药品零售企业，药店和执业药师，药店，药店",
    "副市长李无文、汪驰在温州、乐清调研营商环境，政府采购",
    "第二十七条 不予处罚，连锁门店",
]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    words = Words(["李无文", "汪驰"])
    table = table_of(TEXTS, words)
    return Spelling(json.loads(json.dumps(table, ensure_ascii=False)), words)


def read(spelling: Spelling, question: str) -> list[tuple[str, str]]:
    return [(one.typed, one.read) for _, one in spelling.read(question)]


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("环平没备案还罚吗", "环平", "环评"),
        ("开要店至少要多大面积", "要店", "药店"),
        ("创业旦保贷款", "旦保", "担保"),
        ("药品零受企业", "零受", "零售"),
        ("商场的另售额", "另售", "零售"),
        ("连索门店", "连索", "连锁"),
        ("营商环竟", "环竟", "环境"),  # jìng and jìng
        ("政府采够", "采够", "采购"),
        ("李文无副市长做了什么", "李文无", "李无文"),  # the same characters
        ("李无闻副市长做了什么", "李无闻", "李无文"),
        ("里无文做了什么", "里无文", "李无文"),
        ("汪池副市长", "汪池", "汪驰"),
        ("文州的规定", "文州", "温州"),
        ("乐青开药店", "乐青", "乐清"),
    ],
)
def test_what_sounds_like_a_word_of_the_corpus_is_read_as_it(spelling, question, typed, meant):
    assert read(spelling, question) == [(typed, meant)]


@pytest.mark.parametrize(
    "question",
    [
        "药店和环评",  # as the corpus has it
        "张三丰副市长做了什么",  # another person
        "汪迟到了",  # 汪 and an ordinary word
        "王吃饭",
        "李五文副市长",  # 五 is a number
        "杭州开药店",  # another city
        "台州的药店",
        "泰州的药店",
        "温政办〔2109〕35号",  # no number is touched
        "第二十九条",
        "不予出发",  # an ordinary word
        "今天的天气",
        "",
        "？！…",
        "What is the minimum area?",
        "薬局の面積は",
    ],
)
def test_nothing_else_is(spelling, question):
    assert read(spelling, question) == []


def test_two_readings_as_likely_are_none():
    words = Words()
    texts = ["职业培训，执业药师，执业，职业"]
    spelling = Spelling(table_of(texts, words), words)
    assert read(spelling, "质业考试") == []
    one = Spelling(table_of(["执业药师"], words), words)
    assert read(one, "质业考试") == [("质业", "执业")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("zhi1", "zi4", True),
        ("jing4", "jin1", True),
        ("lan2", "nan2", True),
        ("shang4", "san1", True),
        ("ping2", "bing4", False),
        ("dong1", "don1", False),
        ("nv3", "lv3", True),
        ("fu2", "hu2", False),
    ],
)
def test_what_southern_speakers_do_not_tell_apart(one, other, same):
    assert (blurred(one) == blurred(other)) == same


def test_pairs_are_of_neighbours_within_a_run_of_characters():
    assert pairs(["药店，店里", "药品ab品药"]) == {"药": "品店", "店": "里", "品": "药"}


@given(
    st.text(
        st.sampled_from("环平评药要店李无文吴闻旦担保贷款零受售温文州的〔2019〕号 ，ab"),
        max_size=24,
    )
)
def test_only_characters_change_and_never_a_number(text):
    spelling = Spelling(_TABLE, _WORDS)
    found = spelling.read(text)
    changed = applied(text, found)
    assert len(changed) == len(text)
    for at, one in found:
        assert text[at : at + len(one.typed)] == one.typed != one.read
        assert changed[at : at + len(one.read)] == one.read
    kept = "〔2019〕号 ，ab的"
    assert [c for c in changed if c in kept] == [c for c in text if c in kept]
    assert all(a == b for a, b in zip(text, changed, strict=True) if a in kept)


_WORDS = Words(["李无文", "汪驰"])
_TABLE = table_of(TEXTS, _WORDS)


@pytest.mark.model
def test_few_questions_are_read_otherwise_than_they_are_typed(bot: Bot):
    spelling = bot.generation.spelling
    rows = [
        json.loads(line)
        for name in ("dev", "dev_seed", "smoke")
        for line in (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    asked = [to_simplified(row["q"]) for row in rows if row["lang"].startswith("zh")]
    wrong = {"采够", "编缉", "另售", "累记", "要店", "格楼"}  # are mistyped there indeed
    needless = [
        one.typed for text in asked for _, one in spelling.read(text) if one.typed not in wrong
    ]
    assert len(needless) < 0.01 * len(asked), needless


@pytest.mark.model
def test_a_mistyped_question_is_answered_as_if_typed_right(bot: Bot):
    right = bot.ask("创业担保贷款最多能贷多少")
    wrong = bot.ask("创业旦保贷款最多能贷多少")
    assert wrong.question == "创业旦保贷款最多能贷多少"
    assert wrong.read_as == (ReadAs("旦保", "担保"),)
    assert [one.quote for one in wrong.answers] == [one.quote for one in right.answers]
    assert wrong.confidence == pytest.approx(right.confidence)
    assert wrong.to_json()["read_as"] == [{"typed": "旦保", "read": "担保"}]
    assert right.to_json()["read_as"] == []


@pytest.mark.model
def test_a_common_word_that_lengthens_one_of_the_corpus_is_read_too(bot: Bot):
    assert bot.ask("个体护能借几万").read_as == (ReadAs("个体护", "个体户"),)


@pytest.mark.model
def test_traditional_characters_are_told_as_typed(bot: Bot):
    assert bot.ask("創業旦保貸款最多能貸多少").read_as == (ReadAs("旦保", "担保"),)
    assert bot.ask("營商環竟").read_as == (ReadAs("環竟", "环境"),)


@pytest.mark.model
def test_the_number_that_is_not_here_is_not_read_as_another(bot: Bot):
    reply = bot.ask("温政办〔2109〕35号")
    assert reply.read_as == ()
    assert reply.status == "not_found"


def test_a_page_says_what_was_read_and_escapes_it():
    reply = Reply("<i>环平", "not_found", 0.1, (), (), read_as=(ReadAs("<i>环平", "环评"),))
    assert "按“环评”理解“&lt;i&gt;环平”" in reply_turn(reply, Wording("zh"))
    assert "reading “环评” for “&lt;i&gt;环平”" in reply_turn(reply, Wording("en"))


@pytest.mark.model
@pytest.mark.parametrize("held", [b"", b"[]", b'{"names": []}'])
def test_a_damaged_table_is_an_error_that_says_what_to_run(bot: Bot, held: bytes):
    from qa_bot.errors import IndexDamagedError

    generation = Generation.__new__(Generation)
    generation._sounds, generation.words = held, bot.generation.words
    with pytest.raises(IndexDamagedError, match="qa-bot build"):
        _ = generation.spelling
