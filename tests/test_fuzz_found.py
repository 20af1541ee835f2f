"""What `make fuzz` found (docs/fuzzing.md), each by the name of what was wrong."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from qa_bot.api import create_api
from qa_bot.bot import Bot
from qa_bot.ingest import Source
from qa_bot.ingest.formats import read_bytes
from qa_bot.living import Living
from qa_bot.outline import Outline, outline
from qa_bot.text import Offsets, strip_space


def read(text: str) -> Outline:
    return outline(Source("t.txt", text, "0" * 64))


def test_a_reference_in_a_row_that_a_page_break_cuts_has_a_place() -> None:
    """Its spans were empty: the row is joined cell by cell, and the way back took it to be in order."""
    text = "序号\t事项\t处罚依据\n1\t扣缴账簿及有关\t《税收征收管理法》第六十一\n序号\t事项\t处罚依据\n\t资料的\t条处二千元以下罚款\n"
    found = read(text)
    (clause,) = [one for one in found.parsed.clauses if one.kind == "row"]
    assert list(clause.spans) != sorted(clause.spans)
    (reference,) = found.links.references
    assert reference.text == "《税收征收管理法》第六十一条"
    held = "".join(text[a:b] for a, b in reference.spans)
    assert strip_space(held) == reference.text


def test_the_way_back_from_a_text_that_is_not_in_the_order_of_its_source() -> None:
    source = "甲乙丙丁戊"
    spans = [(0, 1), (3, 5), (1, 3)]
    offsets = Offsets("甲丁戊乙丙", spans)
    assert offsets.spans(0, 5) == tuple(spans)
    assert offsets.spans(2, 4) == ((4, 5), (1, 2))
    for start in range(5):
        for end in range(start + 1, 6):
            held = "".join(source[a:b] for a, b in offsets.spans(start, end))
            assert held == "甲丁戊乙丙"[start:end]


def test_a_number_that_a_break_cuts_in_two_is_a_label_whole() -> None:
    """第⏎四条: the label was 第⏎四, the text of the article began with the rest of its own number."""
    for end in ("\n", "\r\n"):
        lines = (
            "某市停车管理办法",
            "第一条 甲应当停车。",
            "第二条 乙应当停车。",
            "第",
            "三条 丙应当停车。",
        )
        found = read(end.join(lines) + end)
        labels = [one.text for one in found.parsed.named if one.role == "label"]
        texts = {one.id.rpartition("/art_")[2]: one.text for one in found.parsed.clauses}
        assert labels == ["第一条", "第二条", "第三条"]
        assert texts["3/para_1"] == "丙应当停车。"


def test_a_table_header_that_comes_again_under_a_heading_is_not_lost() -> None:
    """In a web page whose tables have merged cells the header over 二、… belonged to nothing: its characters were lost."""
    header = "<tr><td colspan=2>违法行为</td><td>法律依据</td></tr>"

    def table(*rows: str) -> str:
        return f"<table>{header}{''.join(rows)}</table>"

    page = (
        "<html><body><p>某市轻微违法行为目录</p>"
        + table("<tr><td>1</td><td>未备案的</td><td>《环境影响评价法》第三十一条</td></tr>")
        + "<p>二、市容环境类</p>"
        + table("<tr><td>2</td><td>占道经营的</td><td>《市容条例》第十四条</td></tr>")
    )
    found = read_bytes(page.encode(), "t.html")
    made = outline(Source("t.html", found.text, "0" * 64, found.asides, found.titles))
    assert made.coverage.missing == ()
    (row,) = [one for one in made.parsed.clauses if "占道经营的" in one.text]
    assert [(cell.column, cell.text) for cell in row.cells] == [
        ("违法行为", "2"),
        ("违法行为", "占道经营的"),
        ("法律依据", "《市容条例》第十四条"),
    ]
    roles = {one.role for one in made.parsed.named if "法律依据" in one.text}
    assert roles == {"header", "repeated_header"}


@pytest.mark.parametrize(
    "address", ["documents/a%0D%0Ab", "clauses/a%0Db", "clauses/a%1B[31m", "x%0Ay"]
)
def test_an_error_stays_on_one_line_whatever_the_address_holds(bot: Bot, address: str) -> None:
    """没有 /api/documents/a⏎b: a line break of the address stood in the error, and in whatever log shows it."""
    with TestClient(create_api(Living.of(bot))) as client:
        reply = client.get(f"/api/{address}")
    assert reply.status_code == 404
    assert not set(reply.json()["detail"]) & {"\r", "\n", "\x1b"}
