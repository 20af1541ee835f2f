"""Markdown files: what rendering shows is in the text, and a plain text called .md loses nothing."""

from __future__ import annotations

import time

import pytest

from qa_bot.ingest import LIST_ITEM
from qa_bot.ingest.markdown import read_markdown
from qa_bot.text import strip_space


def lines(text: str) -> list[str]:
    return [line.strip(" ") for line in read_markdown(text).text.splitlines() if line.strip(" ")]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("# 某市**停车**办法\n\n第一条 甲。\n", ["某市停车办法", "第一条 甲。"]),
        # line breaks stay: each line of a text without blank lines is a paragraph of its own
        ("第一条 甲。\n第二条 乙。", ["第一条 甲。", "第二条 乙。"]),
        # numbers are those that are written; counted where all are 1
        ("1. 甲\n2. 乙\n4. 丙\n", ["1. 甲", "2. 乙", "4. 丙"]),
        ("3) 甲\n4) 乙\n", ["3) 甲", "4) 乙"]),
        ("1. 甲\n1. 乙\n", ["1. 甲", "2. 乙"]),
        ("1. 甲\n\n   乙\n\n2. 丙\n", ["1. 甲", "乙", "2. 丙"]),
        ("1.\n2. 乙\n", ["1.", "2. 乙"]),
        ("- 甲\n  - 乙\n- 丙\n", [LIST_ITEM + "甲", LIST_ITEM * 2 + "乙", LIST_ITEM + "丙"]),
        ("| 序号 | 金额 |\n|---|---|\n| 1 | 50元 |\n", ["序号\t金额", "1\t50元"]),
        ("    四个空格\n\n甲[乙](丙)\n\n[1]: 见附件\n", ["四个空格", "甲乙", "[1]: 见附件"]),
        ("甲<b>乙</b>&lt;丙> `<b>` <!-- 丁 -->", ["甲乙<丙> <b>"]),
        ("```\n甲\n乙\n```\n> 丙", ["甲", "乙", "丙"]),
    ],
)
def test_what_is_seen(text: str, seen: list[str]) -> None:
    assert lines(text) == seen


@pytest.mark.parametrize("title", ["某市停车办法", '"某市停车办法"', "'某市停车办法'"])
def test_front_matter_gives_the_title_and_is_no_text(title: str) -> None:
    found = read_markdown(f"---\nlayout: a\nTitle: {title}\n---\n第一条 甲。\n")
    assert found.text.strip("\u2029 \n") == "第一条 甲。"
    assert found.titles == ("某市停车办法",)


def test_a_line_of_dashes_is_no_front_matter() -> None:
    assert lines("---\n第一条 甲。\n") == ["第一条 甲。"]


PLAIN = """　　某市停车办法

　　第一条　为了规范停车，根据《某法》第1条，制定本办法。
　　第二条　收费标准为：1.小型车5元；2.大型车10元。
（一）小型车：5元/小时
（二）大型车：10元/小时 [见附件1]
    1、免费时段
    2、优惠时段 <50元>
-----------------
联系人：张三_李四 (0577)8888
"""


def test_a_plain_text_loses_nothing() -> None:
    dashes = "-----------------"  # drawn as a line
    assert strip_space(read_markdown(PLAIN).text) == strip_space(PLAIN.replace(dashes, ""))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000, "![" * 20_000, "[a]: b\n" * 9_000, "*a **a " * 9_000, "`" * 50_000, "> " * 5_000 + "甲", "<a" * 30_000,
        "甲\n\n" * 300_000, "|a|b|\n|-|-|\n|1|2|\n\n" * 30_000, "- a\n" * 90_000, "&" * 50_000, "1. " * 10_000, "<!--" * 30_000,
    ],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    found = read_markdown(text)
    assert time.process_time() - began < 8
    assert found.text


def test_what_is_too_much_is_read_as_it_is() -> None:
    text = "[" * 50_000 + "甲"
    found = read_markdown(text)
    assert found.text == text
    assert "按纯文本读" in found.warnings[0]
