"""What a question names, in any dress; and which of the works at hand it can mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.references import ArticleReference as Article
from qa_bot.references import Work, find, resolve_number, resolve_short, resolve_work
from qa_bot.text import normalise


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("温政办〔2019〕35号", ("温政办〔2019〕35号",)),
        ("温政办[2019]35号说什么", ("温政办〔2019〕35号",)),  # square brackets
        ("温政办（2019）第35号", ("温政办〔2019〕35号",)),  # round ones, 第
        ("温政办２０１９年３５号文", ("温政办〔2019〕35号",)),  # full width, no brackets
        ("What is document 温政办[2019]35?", ("温政办〔2019〕35号",)),  # 号 left out
        ("某市公报（2019）4期", ()),  # nor is an issue
        ("某市（2019）3个项目", ()),
        ("2019年4月12号干了什么", ()),  # a day is no document number
        ("鹿城区市府路500号", ()),  # nor is a house
    ],
)
def test_document_numbers(question, numbers):
    assert find(question).numbers == numbers


@pytest.mark.parametrize(
    ("question", "articles"),
    [
        ("第二十三条第二款第（三）项", (Article(23, 2, 3),)),
        ("23条", (Article(23, ordinal=False),)),
        ("细则第６４条", (Article(64),)),
        ("第二十九条和第三十条", (Article(29), Article(30))),
        ("减负18条措施有哪些", ()),  # these are counted, not cited
        ("细则哪一条有写", ()),
        ("动了四条的那份细则", ()),
        ("三条意见", ()),
        ("When did the campaign start 2019?", ()),  # art is a word of its own
        ("Article 51", (Article(51),)),
    ],
)
def test_articles(question, articles):
    assert find(question).articles == articles


def test_short_number_and_rest():
    found = find("市府办今年发的36号文叫什么")
    assert found.short_numbers[0][1] == 36
    assert "36" not in found.rest


@given(st.text(max_size=200))
def test_find_never_fails(text):
    found = find(text)
    assert len(found.rest) == len(normalise(text).text)


def test_a_number_may_have_words_before_it():
    assert resolve_number("看看温政办〔2019〕35号", ["温政办〔2019〕35号", "办〔2019〕35号"]) == [
        "温政办〔2019〕35号"
    ]
    assert resolve_number("浙政发〔2018〕50号", ["根据浙政发〔2018〕50号"]) == [
        "根据浙政发〔2018〕50号"
    ]
    assert resolve_number("温政发〔2019〕35号", ["温政办〔2019〕35号"]) == []


def test_a_short_number_stays_open_where_two_fit():
    known = ["温政办〔2019〕5号", "温政发〔2019〕5号", "温政发〔2018〕15号"]
    assert resolve_short("", 5, known) == ["温政办〔2019〕5号", "温政发〔2019〕5号"]
    assert resolve_short("温政发", 5, known) == ["温政发〔2019〕5号"]


DRUGS = Work("a", "某市药品经营许可实施细则", (), "某市监〔2019〕1号", frozenset(range(1, 70)))
JOBS = Work(
    "c",
    "某市人民政府关于做好就业创业工作的补充通知",
    (),
    "某政发〔2019〕5号",
    frozenset(),
    frozenset(range(1, 10)),
)
PARKING = Work("b", "某市停车管理办法", (), "某政发〔2020〕2号", frozenset(range(1, 30)))


@pytest.mark.parametrize(
    ("question", "works"),
    [
        ("细则第六条", [DRUGS]),  # the kind of work narrows
        ("停车办法第六条", [PARKING]),
        ("第六条", [DRUGS, PARKING]),  # two fit: nothing is guessed
        ("《某市停车管理办法》第六条", [PARKING]),
        ("《行政处罚法》第二十七条", []),  # a work that is not here
        ("某政发〔2020〕2号第六条", [PARKING]),
    ],
)
def test_resolve_work(question, works):
    assert resolve_work(find(question), question, [DRUGS, PARKING]) == works


@pytest.mark.parametrize(
    ("question", "works"),
    [
        ("就业创业补充通知第三条", [JOBS]),  # its points are called 条 as well
        ("某政发〔2019〕5号第三点", [JOBS]),
        ("《就业创业工作的补充通知》第二部分", [JOBS]),
        ("养老服务的通知第三条", []),  # of a notice that is not here: not of the rules that are
        ("药品许可细则第三条", [DRUGS]),
        ("第三条", [DRUGS, PARKING]),
    ],
)
def test_points_of_a_text_without_articles(question, works):
    assert resolve_work(find(question), question, [DRUGS, PARKING, JOBS]) == works


def test_a_time_is_no_point():
    assert not find("下午3点开会").articles
    assert find("第3点").articles[0].point
    assert JOBS.has(find("第九条").articles[0])
    assert not JOBS.has(find("第十一条").articles[0])
    assert not DRUGS.has(find("第三点").articles[0])
