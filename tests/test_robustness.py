"""Whatever a file holds: an error that says what to do, or a tree that has lost nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.fuzzing.texts import LINES as _LINES
from eval.fuzzing.texts import holds_of
from qa_bot.errors import SourceError
from qa_bot.ingest import Source, read_source
from qa_bot.outline import Outline, outline


def read(text: str) -> Outline:
    return outline(Source("t.txt", text, "0" * 64))


def check(found: Outline) -> None:
    """What holds for every text (`eval.fuzzing.texts.holds_of`)."""
    holds_of(found)


LINES = st.sampled_from(_LINES)
GAPS = st.sampled_from(("\n", "\n\n", "\n\n\n\n\n", "\r\n", "\f", "\u2029", ""))


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(LINES, GAPS), max_size=25))
def test_any_order_of_lines(lines: list[tuple[str, str]]) -> None:
    check(read("".join(line + gap for line, gap in lines)))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_characters(text: str) -> None:
    check(read(text))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.sampled_from((".txt", ".html")))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"t{suffix}"
    path.write_bytes(data)
    try:
        source = read_source(path)
    except SourceError:
        return  # its messages are tested in test_ingest.py
    check(outline(source))


TAGS = st.sampled_from(
    "<p> </p> <div> </div> <table> </table> <tr> <td> </td> <td\trowspan=2> <td\tcolspan=3> <th> <br> <pre> "
    "</pre> <nav> </nav> <div\tid=zoom> <script> </script> <!-- --> <span\tstyle=display:none> </span> <ul> <li> "
    "<title> </title> &nbsp; &lt; < </tr> <h1> <article> </article>".replace("\t", " ").split(" ")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(TAGS, LINES), max_size=40))
def test_any_web_page(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    path = tmp_path_factory.mktemp("page") / "t.html"
    path.write_text("<html><body>" + "".join(pieces), encoding="utf-8")
    try:
        source = read_source(path)
    except SourceError:
        return
    check(outline(source))


@pytest.mark.parametrize(
    "text",
    [
        "（" * 3000 + "甲。",
        "\t" * 5000 + "甲\n" + "乙\t丙\n" * 50,
        "“" * 3000,
        "《" * 2000 + "》" * 2000,
        "第一条 " * 2000,
        "一、" * 3000 + "\n（一）\n" * 500,
        "1." * 3000,
        "附件1\n" * 2000,
        "第一条 甲。\n" * 2000,
        "某政发〔2020〕1号\n" * 1000,
        "某市人民政府关于甲的通知\n某政发〔2020〕1号\n各区：\n甲。\n" * 300,
        "（责任单位：甲）\n" * 1000,
        "一、甲\n1.乙。\n2.丙。\n（责任单位：丁）\n" * 500,
        "序号\t甲\n" * 1000,
        "目录\n" + "第一章 甲\n" * 1000,
    ],
)  # fmt: skip
def test_nesting_and_repetition_without_end(text: str) -> None:
    check(read(text))


def test_articles_out_of_order_are_said() -> None:
    text = "某市停车管理办法\n第一条 甲甲。\n第二条 乙乙。\n第二条 丙丙。\n第四条 丁丁。\n"
    found = read(text)
    assert [warning for warning in found.warnings if "article" in warning] == [
        "line 4: article 第二条 again, first in line 3",
        "line 5: article 第四条 after article 2",
    ]
    check(found)


def test_a_ragged_row_is_said() -> None:
    found = read("某市名单\n序号\t名称\n1\t甲\n2\t乙\t丙\n")
    assert found.warnings == ("line 4: a row of 3 cells under a header of 2",)
    check(found)


def test_shuffled_corpus_loses_nothing(corpus: tuple[Source, object]) -> None:
    """The real lines in any order: forms that stand together nowhere else."""
    lines = [line for line in corpus[0].text.split("\n") if line.strip()]
    for seed in range(5):
        random.Random(seed).shuffle(lines)
        check(read("\n\n".join(lines)))
