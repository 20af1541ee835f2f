"""What `make fuzz` found (docs/fuzzing.md), each by the name of what was wrong."""

from __future__ import annotations

from qa_bot.ingest import Source
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
