"""Whatever a file holds: an error that says what to do, or a tree that has lost nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.errors import SourceError
from qa_bot.ingest import Source, read_source
from qa_bot.outline import Outline, outline
from qa_bot.text import strip_space


def read(text: str) -> Outline:
    return outline(Source("t.txt", text, "0" * 64))


def _places(spans: tuple[tuple[int, int], ...]) -> Iterator[int]:
    for start, end in spans:
        yield from range(start, end)


def check(found: Outline) -> None:
    """What holds for every text: nothing lost, every clause verbatim, ids unique, targets real."""
    text = found.source.text
    assert found.coverage.missing == ()
    assert found.coverage.clauses + found.coverage.named == len(strip_space(text))
    clauses = {clause.id: clause for clause in found.parsed.clauses}
    ids = set(clauses)
    assert len(ids) == len(found.parsed.clauses)
    for clause in found.parsed.clauses:
        held = "".join(text[a:b] for a, b in clause.spans)
        assert strip_space(clause.text) == strip_space(held) != ""
        assert list(clause.spans) == sorted(clause.spans)
        if clause.parent is not None:
            assert {*_places(clause.spans)} <= {*_places(clauses[clause.parent].spans)}
        for context in clause.context:
            held = "".join(text[a:b] for a, b in context.spans)
            assert strip_space(context.text) == strip_space(held)
    known = ids | {document.id for document in found.issue.documents}
    known |= {
        f"{document.id}/{part.id}" for document in found.issue.documents for part in document.parts
    }
    for reference in found.links.references:
        assert reference.clause_id in ids
        assert set(reference.targets) <= known
        assert bool(reference.targets) == (reference.status == "internal")
        held = "".join(text[a:b] for a, b in reference.spans)
        assert strip_space(held) == strip_space(reference.text)
    list(found.lines(full=True))
    found.to_json()


# Lines of every kind that the grammar knows, so that random texts reach all of it.
LINES = st.sampled_from(
    [
        "某某市人民政府公报",
        "2020年第3期（总第12期）",
        "目录",
        "某某市人民政府关于印发停车管理办法的通知（某政发〔2020〕12号）………(1)",
        "第一章 总则……………3",
        "市政府文件",
        "某某市人民政府文件",
        "某政发〔2020〕12号",
        "（某政办发[2020]3号）",
        "某某市人民政府令",
        "第12号",
        "某某市人民政府关于印发某某市停车管理办法的通知",
        "某某市停车管理办法",
        "关于修改《某某市停车管理办法》的决定",
        "各区人民政府，市政府各部门：",
        "现将《某某市停车管理办法》印发给你们，请遵照执行。",
        "附件：1.某某市停车管理办法",
        "2.停车场名单",
        "附件",
        "附件1",
        "附件2：停车场名单",
        "某某市人民政府",
        "2020年3月2日",
        "二〇二〇年三月二日",
        "（此件公开发布）",
        "抄送：市委各部门。",
        "某某市人民政府办公室 2020年3月5日印发",
        "（2019年1月1日市政府第3次常务会议通过）",
        "ZJCC01-2019-0006",
        "第一编 总则",
        "第一章 总则",
        "第一节 一般规定",
        "第一条 为了规范停车管理，制定本办法。",
        "第二条",
        "第二条之一 停车场分为下列三类：",
        "第五条第一款修改为“第五条 停车场应当免费。",
        "“电子显示屏应当清晰。”",
        "（一）公共停车场；",
        "(二) 专用停车场。",
        "1.道路停车泊位；",
        "2．其他：",
        "（1）甲；",
        "①乙。",
        "一、主要目标",
        "二、工作任务。到2020年，全面建成",
        "1.1 编制目的",
        "1.1.1 依据",
        "——取得明显成效；",
        "△ 市长参加会议。",
        "1日",
        "（牵头单位：市公安局）",
        "责任单位：市财政局、市发改委",
        "序号\t名称\t数量",
        "1\t甲\t3",
        "\t\t5",
        "\t乙",
        "单位：万元",
        "注：以上数据为快报数。",
        "项目\u3000\u3000频次\u3000\u3000时限",
        "路灯\u3000\u3000每周1次\u3000\u30003天",
        "东区：老邮局、钟楼",
        "西区：水塔",
        "— 3 —",
        "\x0c",
        "第 3 页 共 9 页",
        "4月份市政府记事",
        "政务简讯",
        "4月份市政府发文目录",
        "主办：某某市人民政府",
        "依照本办法第二条、前款和《某某市停车管理办法》第五条的规定执行。",
        "本办法自2020年5月1日起施行，有效期3年，《旧办法》（某政发〔2010〕1号）同时废止。",
        "与本办法不一致的，按本办法执行",
        "，以及其他",
        "。",
    ]
)
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
