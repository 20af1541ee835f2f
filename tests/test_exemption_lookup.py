"""Looking exemptions up: filters, the note on lists that are not here, what is odd, files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from qa_bot.errors import FilterError
from qa_bot.exemptions import Exemption, ExemptionList, Found, Passage, asks_for_terms
from qa_bot.export import COLUMNS, FORMATS, export, rows_of
from qa_bot.index import Records
from qa_bot.ingest import Source, read_source
from qa_bot.lookup import (
    check_lists,
    choices_of,
    departments_in,
    note_on_lists,
    select,
    tier_in_words,
)
from qa_bot.lookup.query import case_of
from qa_bot.outline import outline
from tests import making

ROOT = Path(__file__).parent.parent
LISTS = ROOT / "tests" / "exemption_lists"


@pytest.fixture(scope="module")
def found() -> Found:
    return outline(read_source(ROOT / "corpus" / "wenzhou-2019-04.txt")).exemptions


@pytest.fixture(scope="module")
def records(found: Found) -> tuple[Exemption, ...]:
    return found.records


@pytest.mark.parametrize(
    ("query", "case"),
    [
        ("我洗车店开张没去填登记表，人家来查我马上补了，还罚吗", "我洗车店开张没去填登记表，"),
        ("Mancava il cartello. Ci multano lo stesso?", "Mancava il cartello."),
        ("還罰嗎", "還罰嗎"),  # nothing else is told
        ("采购文件没保管好", "采购文件没保管好"),
        ("？！", "？！"),
        ("", ""),
    ],
)
def test_the_case_that_a_query_tells(query: str, case: str) -> None:
    assert case_of(query) == case


def test_filters(records: tuple[Exemption, ...]) -> None:
    assert len(select(records)) == 27
    assert len(select(records, authority="温州市财政局")) == 17
    assert len(select(records, authority="环保局")) == 10  # as people say it
    assert len(select(records, category="企业会计类")) == 2  # printed 企业 会计类
    assert [one.number for one in select(records, category="大气")] == [5, 6, 7]
    assert len(select(records, law="中华人民共和国环境影响评价法")) == 1
    assert len(select(records, law="财政部令第94号")) == 4
    assert len(select(records, authority="财政", law="政府采购法")) == 1
    assert len(select(records, on=date(2019, 4, 30))) == 17  # the environment list holds from 1 May
    assert len(select(records, on=date(2019, 5, 1))) == 27


@pytest.mark.parametrize(
    "wanted",
    [
        {"authority": "消防"}, {"authority": "杭州市财政局"}, {"category": "海洋"}, {"law": "刑法"},
        {"on": date(2019, 4, 16)}, {"authority": "财政局", "category": "大气"},
    ],
)  # fmt: skip
def test_a_filter_that_nothing_fits_says_what_there_is(
    records: tuple[Exemption, ...], wanted: dict[str, object]
) -> None:
    with pytest.raises(FilterError) as raised:
        select(records, **wanted)  # type: ignore[arg-type]
    message = str(raised.value)
    assert "温州市生态环境局" in message or "大气污染防治" in message or "环境影响评价法" in message


def test_a_list_that_expires(records: tuple[Exemption, ...]) -> None:
    one = replace(records[0], valid_until=date(2020, 12, 31))
    assert select([one], on=date(2020, 12, 31)) == [one]
    with pytest.raises(FilterError):
        select([one], on=date(2021, 1, 1))


def test_choices(records: tuple[Exemption, ...]) -> None:
    choices = choices_of(records)
    assert choices.authorities == ("温州市财政局", "温州市生态环境局")
    assert choices.categories[0] == "企业会计类"
    assert "环境影响评价法" in choices.laws
    assert choices.dates == (date(2019, 4, 17), date(2019, 5, 1))


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("消防的免罚清单", "消防"),
        ("市场监管局自己的轻微违法不罚清单有哪些事项", "市场监管"),
        ("城管首违不罚有哪些", "城管"),
        ("环保局的免罚清单", None),
        ("财政局说小毛病可以不罚，要什么条件", None),
        ("免罚清单有哪些", None),
        ("消防车多久能到", None),
        ("第二次违法还能免吗", None),
    ],
)
def test_whose_lists_the_gazette_holds(found: Found, question: str, lacking: str | None) -> None:
    note = note_on_lists(question, found.lists)
    if lacking is None:
        assert note is None
    else:
        assert note is not None
        assert lacking in note
        assert "财政" in note
        assert "生态环境" in note
        assert "finance and environment only" in note


def test_a_corpus_without_lists_says_so() -> None:
    assert "没有" in (note_on_lists("消防的免罚清单", []) or "")


def test_departments() -> None:
    assert departments_in("温州市生态环境局") == departments_in("环保部门") == ("生态环境",)
    assert departments_in("温州市政府") == ()


def records_of(tmp_path: Path, text: str | Path) -> Records:
    source = read_source(text) if isinstance(text, Path) else Source("t.txt", text, "0" * 64)
    read = outline(source)
    return making.records_of(tmp_path, [(read.issue, read.source, None, read.parsed)])


def test_records_come_back_from_the_index(tmp_path: Path, found: Found) -> None:
    kept = records_of(tmp_path, ROOT / "corpus" / "wenzhou-2019-04.txt").exemptions
    assert tuple(kept.all) == found.records
    assert tuple(kept.lists) == found.lists
    assert kept.of("温环发〔2019〕17号/annex_1/row_5") == found.records[21]
    assert kept.of("温环发〔2019〕17号/para_1") is None


@pytest.mark.parametrize("path", sorted(LISTS.glob("*.txt")), ids=lambda path: path.stem)
def test_what_is_odd_in_a_list(tmp_path: Path, path: Path) -> None:
    names = {
        "serial gap": "gap",
        "missing basis": "no_basis",
        "missing penalty": "no_penalty",
        "list without rows": "empty_list",
    }
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    odd = [one for one in check_lists(records_of(tmp_path, path)) if one.kind != "not_understood"]
    assert [one.kind for one in odd] == [names[row.partition(":")[0]] for row in wanted["check"]]
    for one, row in zip(odd, wanted["check"], strict=True):
        told = row.partition(": ")[2]
        assert told in one.detail or one.where.endswith(f"row_{told}")


def test_the_gazettes_lists_are_in_order(tmp_path: Path) -> None:
    assert check_lists(records_of(tmp_path, ROOT / "corpus" / "wenzhou-2019-04.txt")) == []


NOTICE = """某市城管局关于印发《某市城管领域轻微违法行为不予处罚清单》的通知

某城〔2022〕1号

各县（市、区）城管局：

现将《某市城管领域轻微违法行为不予处罚清单》印发给你们。本通知自2022年2月1日起施行。

某市城管局

2022年1月5日

附件

某市城管领域轻微违法行为不予处罚清单

序号	违法行为	法律依据
1	未按规定备案的	《甲市市容管理规定》第三条第一款
2	未悬挂牌照的	《甲市市容管理规定》第五条
3	未清扫的	《乙市环境卫生办法》第六条
5	未公示的	《丙市公示条例》第七条
5	未登记的	《丙市公示条例》第八条
"""
REPEALS = """

某市人民政府关于废止部分文件的决定

某政〔2022〕9号

各县（市、区）人民政府：

《乙市环境卫生办法》（某政〔2001〕8号）自2022年3月1日起废止。

某市人民政府

2022年3月1日

某市人民政府关于修改《甲市市容管理规定》的决定

某政〔2022〕10号

各县（市、区）人民政府：

一、将《甲市市容管理规定》第三条修改为：“沿街单位应当备案。”

本决定自2022年4月1日起施行。

某市人民政府

2022年3月2日
"""


def test_gaps_and_a_basis_that_was_changed(tmp_path: Path) -> None:
    odd = [
        (one.kind, one.where, one.detail)
        for one in check_lists(records_of(tmp_path, NOTICE + REPEALS))
    ]
    key = "某城〔2022〕1号/annex_1"
    assert odd == [
        ("gap", key, "4"),
        ("repeated", key, "5"),
        ("changed_basis", f"{key}/row_1", "《甲市市容管理规定》第三条第一款 ← amends 某政〔2022〕10号/part_1"),
        ("changed_basis", f"{key}/row_3", "《乙市环境卫生办法》第六条 ← repeals 某政〔2022〕9号/para_1"),
    ]  # fmt: skip


def test_a_list_named_and_not_printed(tmp_path: Path) -> None:
    text = NOTICE[: NOTICE.index("附件\n")]
    (one,) = check_lists(records_of(tmp_path, text))
    assert one.kind == "empty_list"


def test_csv_as_a_spreadsheet_reads_it(records: tuple[Exemption, ...]) -> None:
    data = export(records, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == [heading for heading, _ in COLUMNS]
    assert rows[1:] == rows_of(records)


def test_xlsx(records: tuple[Exemption, ...]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(export(records, "xlsx"))).active
    rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == [heading for heading, _ in COLUMNS]
    assert rows[1:] == rows_of(records)


def test_json(records: tuple[Exemption, ...]) -> None:
    rows = json.loads(export(records, "json"))
    assert [Exemption.from_json(row) for row in rows] == list(records)


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(records: tuple[Exemption, ...], begins: str) -> None:
    odd = Passage(f"{begins}未备案", ((0, 9),), "a")
    record = replace(records[0], violation=odd)
    rows = list(csv.reader(io.StringIO(export([record], "csv").decode("utf-8-sig"), newline="")))
    column = [heading for heading, _ in COLUMNS].index("违法行为 / violation")
    assert rows[1][column] == f"'{odd.text}"
    cell = openpyxl.load_workbook(io.BytesIO(export([record], "xlsx"))).active.cell(2, column + 1)
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == odd.text


def test_an_unknown_format() -> None:
    assert FORMATS == ("csv", "xlsx", "json")
    with pytest.raises(ValueError, match="pdf"):
        export([], "pdf")


def test_fines_in_words(records: tuple[Exemption, ...]) -> None:
    told = {
        one.number: [tier_in_words(tier) for tier in one.ordinary_penalty.tiers]
        for one in records
        if one.ordinary_penalty
    }
    assert told[1] == ["5万元以下"]
    assert told[2] == ["5万元以上20万元以下", "逾期不改正的：20万元以上100万元以下"]
    assert told[6] == ["货值金额1倍以上3倍以下"]
    assert told[10] == ["罚款，未写明数额"]


def test_a_list_that_is_empty_counts_for_nothing() -> None:
    empty = ExemptionList("a", "某市消防救援支队不予处罚清单", "某市消防救援支队", None, 0)
    assert note_on_lists("消防的免罚清单", [empty]) is not None


@pytest.mark.parametrize(
    ("question", "after_the_terms"),
    [
        ("第二次违法还能免吗", True),
        ("免罚要什么条件", True),
        ("环保的免罚清单初犯才算吗", True),
        ("第二次没备案还能免吗", False),  # a violation is named
        ("停车免费吗", False),
        ("清单上有哪些街道", False),
    ],
)
def test_a_question_after_the_terms_of_a_list(question, after_the_terms):
    assert asks_for_terms(question) == after_the_terms


@pytest.mark.model
def test_a_second_offence_finds_the_general_condition(bot):
    reply = bot.ask("第二次违法还能免吗")
    assert reply.status == "answered"
    lit = "".join(
        answer.quote[start:end] for answer in reply.answers[:2] for start, end in answer.highlights
    )
    assert "首次轻微环境违法" in lit
    assert "首次违反且情节轻微" in lit


@pytest.mark.model
def test_terms_of_a_department_without_a_list_are_not_those_of_another(bot):
    reply = bot.ask("消防的免罚清单")
    assert reply.status == "not_found"
    assert reply.note
