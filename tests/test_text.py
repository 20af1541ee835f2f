"""Characters: folding and the way back, numerals, sentences."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.text import (
    chinese_number,
    find_dates,
    join,
    normalise,
    parse_number,
    sentences,
    squeeze,
    strip_space,
)

CHINESE = st.text(
    st.sampled_from("第一章总则市政府，。；：（）“”《》 \n2019年a Bｃ％△—"), max_size=60
)


@given(st.text(max_size=80))
def test_normalise_keeps_the_way_back(text):
    folded = normalise(text)
    assert len(folded.offsets) == len(folded.text) + 1
    assert list(folded.offsets) == sorted(folded.offsets)
    for start in range(len(folded.text)):
        left, right = folded.span(start, start + 1)
        assert 0 <= left < right <= len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("２０１９年［５］号", "2019年[5]号"),  # full width, as typed with a Chinese keyboard
        ("“直通车”", '"直通车"'),  # any kind of quotation mark
        ("ＰＭ２．５", "pm2.5"),
        ("﹝2019﹞", "〔2019〕"),
    ],
)
def test_normalise_folds_width_and_brackets(text, folded):
    assert normalise(text).text == folded


@given(CHINESE)
def test_sentences_hold_every_character_once(text):
    spans = sentences(text)
    assert strip_space("".join(text[a:b] for a, b in spans)) == strip_space(text)
    assert all(a < b for a, b in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("一是快。二是稳；三是好", ["一是快。", "二是稳；", "三是好"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),  # the closing quote stays
        ("增长8.5%。PM2.5", ["增长8.5%。", "PM2.5"]),  # a decimal point ends nothing
        ("Open now. Ask.", ["Open now.", "Ask."]),
    ],
)
def test_sentences(text, parts):
    assert [text[a:b] for a, b in sentences(text)] == parts


@given(st.integers(1, 9999))
def test_chinese_numbers_read_back(value):
    assert parse_number(chinese_number(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二〇一九", 2019),
        ("十", 10),
        ("六十四", 64),
        ("一百零三", 103),
        ("１２", 12),
        ("第", None),
        ("", None),
    ],
)
def test_parse_number(text, value):
    assert parse_number(text) == value


def test_find_dates_leaves_out_what_no_calendar_holds():
    text = "2019年4月4日、二〇一九年四月十二日、2019年2月30日"
    assert [day for day, _ in find_dates(text)] == [date(2019, 4, 4), date(2019, 4, 12)]


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("第一章 总 则", "第一章总则"),  # a layout's spaces between Han characters
        ("关于命名 第六批“无违建”", "关于命名第六批“无违建”"),
        ("OA system 升级", "OA system升级"),  # a space between Latin words is meant
    ],
)
def test_squeeze(text, squeezed):
    assert squeeze(text) == squeezed


@given(st.lists(CHINESE.filter(str.strip), max_size=5))
def test_join_loses_nothing(pieces):
    source = "\n\n".join(pieces)
    spans, at = [], 0
    for piece in pieces:
        spans.append((at, at + len(piece)))
        at += len(piece) + 2
    assert strip_space(join(source, [spans])) == strip_space(source)
    assert strip_space(join(source, [[span] for span in spans])) == strip_space(source)


def test_sentences_that_go_on_over_semicolons():
    text = "应当登记；逾期的，处罚款。另有规定的除外。"
    assert [text[a:b] for a, b in sentences(text)] == [
        "应当登记；", "逾期的，处罚款。", "另有规定的除外。",
    ]  # fmt: skip
    assert [text[a:b] for a, b in sentences(text, semicolons=False)] == [
        "应当登记；逾期的，处罚款。", "另有规定的除外。",
    ]  # fmt: skip
