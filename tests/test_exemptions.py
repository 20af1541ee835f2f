"""Penalty exemptions as records: the gazette's own lists, other cities' lists, and what no list may lose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.exemptions import Exemption, Passage, Tier
from qa_bot.exemptions.columns import layout_of, meaning_of
from qa_bot.export import record_schema
from qa_bot.ingest import Source, read_source
from qa_bot.outline import Outline, outline
from qa_bot.text import parse_number, strip_space

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "exemption_lists"
LISTS = sorted((*FOLDER.glob("*.txt"), *FOLDER.glob("web/*.html")))
GOLDEN = ROOT / "tests" / "golden" / "exemptions.json"


@pytest.fixture(scope="module")
def gazette() -> Outline:
    return outline(read_source(ROOT / "corpus" / "wenzhou-2019-04.txt"))


def told(passage: Passage | None) -> str | None:
    return passage.text if passage else None


def plain(record: Exemption) -> dict[str, Any]:
    """A record without its spans, as it can be read against the text."""
    penalty = record.ordinary_penalty
    return {
        "id": record.id,
        "relief": record.relief,
        "authority": record.authority,
        "document": [record.document_title, record.document_number],
        "list": record.list_title,
        "category": told(record.category),
        "serial": [told(record.serial), record.number, told(record.violation_serial)],
        "violation": record.violation.text,
        "circumstances": [one.text for one in record.circumstances],
        "conditions": [one.text for one in record.conditions],
        "general_conditions": [one.text for one in record.general_conditions],
        "legal_basis": [
            [one.law, one.law_number, one.article, one.paragraph, one.item, one.passage.text]
            for one in record.legal_basis
        ],
        "penalty": told(penalty.passage) if penalty else None,
        "tiers": [
            [
                [one.text for one in tier.conditions], tier.lower, tier.upper, tier.unit, tier.of,
                tier.per, tier.passage.text,
            ]
            for tier in (penalty.tiers if penalty else ())
        ],
        "effective_from": str(record.effective_from),
        "commencement": told(record.commencement),
        "valid_until": record.valid_until and str(record.valid_until),
        "undecided": [record.covers_undecided, told(record.undecided)],
    }  # fmt: skip


def test_the_two_lists_of_the_gazette(gazette: Outline) -> None:
    """All 27 records, read against lines 898 to 976 of the text.

    After a change that is right, and was read: python tests/test_exemptions.py
    """
    wanted = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = [plain(record) for record in gazette.exemptions.records]
    assert len(found) == 27
    for one, other in zip(found, wanted, strict=True):
        assert one == other
    assert gazette.exemptions.warnings == ()


def amounts(record: Exemption) -> list[tuple[Any, ...]]:
    tiers = record.ordinary_penalty.tiers if record.ordinary_penalty else ()
    return [(tier.lower, tier.upper, tier.unit, tier.of) for tier in tiers]


def test_penalties_of_the_environment_list(gazette: Outline) -> None:
    """Typed from the text by hand: nine in figures, the tenth without one."""
    found = {
        record.number: amounts(record)
        for record in gazette.exemptions.records
        if record.document_number == "温环发〔2019〕17号"
    }
    assert found == {
        1: [(None, 50_000, "yuan", None)],
        2: [(50_000, 200_000, "yuan", None), (200_000, 1_000_000, "yuan", None)],
        3: [(200_000, 1_000_000, "yuan", None)],
        4: [(20_000, 100_000, "yuan", None)],
        5: [(20_000, 200_000, "yuan", None)],
        6: [(1, 3, "multiple", "货值金额")],
        7: [(20_000, 200_000, "yuan", None)],
        8: [(10_000, 100_000, "yuan", None)],  # item （一） is among those of 一万元以上
        9: [(5_000, 50_000, "yuan", None)],  # item （一） is among those of 五千元以上
        10: [(None, None, None, None)],  # 并处罚款
    }
    records = {one.number: one for one in gazette.exemptions.records if one.ordinary_penalty}
    assert [one.text for one in records[4].ordinary_penalty.tiers[0].conditions] == ["情节严重的"]  # type: ignore[union-attr]
    assert not records[10].ordinary_penalty.names_a_figure  # type: ignore[union-attr]
    assert sum(one.ordinary_penalty is None for one in gazette.exemptions.records) == 17


def test_merged_cells_by_meaning(gazette: Outline) -> None:
    """Rows 1 to 3 and 5 to 7 share a label that stands in the middle; row 5 is air, not water."""
    category = {
        one.number: told(one.category)
        for one in gazette.exemptions.records
        if one.document_number == "温环发〔2019〕17号"
    }
    assert [category[n] for n in (1, 2, 3)] == ["建设项目管理"] * 3
    assert [category[n] for n in (4, 5, 6, 7)] == ["水污染防治", *["大气污染防治"] * 3]
    finance = [one for one in gazette.exemptions.records if "119" in (one.document_number or "")]
    assert told(finance[15].violation_serial) == "4"  # the ragged row 16
    assert finance[15].legal_basis[0].article == 78


def wanted_of(path: Path) -> dict[str, Any]:
    wanted: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return wanted


_ENDS = "，,。；;：:、"


def bare(text: str | None) -> str | None:
    """Without white space, and without punctuation at the ends."""
    return strip_space(text).strip(_ENDS) if text is not None else None


def as_expected(record: Exemption) -> dict[str, Any]:
    """A record with the keys of `tests/exemption_lists/*.json`."""
    penalty = record.ordinary_penalty
    return {
        "relief": record.relief,
        "category": bare(told(record.category)),
        "serial": record.number,
        "violation": bare(record.violation.text),
        "circumstances": [bare(one.text) for one in record.circumstances],
        "legal_basis": [
            [bare(one.law), one.law_number, one.article, one.paragraph, one.item]
            for one in record.legal_basis
        ],
        "penalty_quote": bare(told(penalty.passage)) if penalty else None,
        "penalty_tiers": [_tier(tier) for tier in (penalty.tiers if penalty else ())],
        "conditions": [bare(one.text) for one in record.conditions],
        "general_conditions": bare("".join(one.text for one in record.general_conditions)),
        "effective_from": str(record.effective_from) if record.effective_from else None,
        "covers_undecided": bool(record.covers_undecided),
    }


def _tier(tier: Tier) -> list[Any]:
    condition = "，".join(one.text for one in tier.conditions)
    return [
        bare(condition) or None,
        tier.lower,
        tier.upper,
        tier.unit,
        bare(tier.of),
        bare(tier.per),
    ]


def expected(row: dict[str, Any]) -> dict[str, Any]:
    serial = row["serial"]
    return {
        **row,
        "category": bare(row["category"]),
        "serial": None if serial is None else parse_number(str(serial).strip("（）().、")),
        "violation": bare(row["violation"]),
        "penalty_quote": bare(row["penalty_quote"]),
        "circumstances": [bare(one) for one in row["circumstances"]],
        "conditions": [bare(one) for one in row["conditions"]],
        "general_conditions": bare("".join(row["general_conditions"])),
        "legal_basis": [
            [bare(one["law"]), *(one[key] for key in ("law_number", "article", "paragraph", "item"))]
            for one in row["legal_basis"]
        ],
        "penalty_tiers": [
            [bare(one["condition"]), one["lower"], one["upper"], one["unit"], bare(one["of"]), bare(one["per"])]
            for one in row["penalty_tiers"]
        ],
    }  # fmt: skip


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_lists_in_other_shapes(path: Path) -> None:
    wanted = wanted_of(path)
    found = outline(read_source(path)).exemptions
    records = [as_expected(record) for record in found.records]
    assert records == [expected(row) for row in wanted["records"]]
    assert len(found.warnings) == len(wanted["warnings"]), found.warnings


@pytest.mark.parametrize(
    "path", [ROOT / "corpus" / "wenzhou-2019-04.txt", *LISTS], ids=lambda path: path.stem
)
def test_every_passage_is_verbatim_and_every_record_fits_the_schema(path: Path) -> None:
    read = outline(read_source(path))
    validator = jsonschema.Draft202012Validator(
        record_schema(), format_checker=jsonschema.FormatChecker()
    )
    ids = {clause.id for clause in read.parsed.clauses}
    source = read.source.text
    assert len({record.id for record in read.exemptions.records}) == len(read.exemptions.records)
    for record in read.exemptions.records:
        assert record.clause_id in ids
        assert record.source_sha256 == read.source.sha256
        for passage in record.passages:
            spans = "".join(source[a:b] for a, b in passage.spans)
            assert strip_space(spans) == strip_space(passage.text)
            assert list(passage.spans) == sorted(passage.spans)
            assert passage.clause_id in ids
        row = json.loads(json.dumps(record.to_json()))
        validator.validate(row)
        assert Exemption.from_json(row) == record


def test_the_schema_refuses_what_is_no_record(gazette: Outline) -> None:
    schema = record_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    row = gazette.exemptions.records[20].to_json()
    for change in (
        {"schema": "exemption-2"}, {"relief": "free"}, {"violation": None}, {"extra": 1},
        {"effective_from": "May"}, {"serial": "1"},
    ):  # fmt: skip
        assert not validator.is_valid(row | change), change
    tier = row["ordinary_penalty"]["tiers"][0]
    tier["unit"] = None
    assert not validator.is_valid(row)  # figures without a unit


def read(text: str) -> Outline:
    return outline(Source("t.txt", text, "0" * 64))


NOTICE = """某市某局关于印发《某市某领域轻微违法行为不予处罚清单》的通知

某发〔2022〕1号

各县（市、区）某局：

现将《某市某领域轻微违法行为不予处罚清单》印发给你们。

某市某局

2022年1月5日

附件

某市某领域轻微违法行为不予处罚清单

"""


def test_columns_in_any_order_are_the_same_record() -> None:
    cells = {
        "序号": ["1", "2"],
        "违法行为": ["未按规定备案", "未悬挂许可证"],
        "法律依据": ["《甲条例》第三条", "《甲条例》第四条"],
        "适用条件": ["首次违法且及时改正", "当场改正"],
    }
    found = []
    for order in (list(cells), list(reversed(cells)), ["适用条件", "序号", "法律依据", "违法行为"]):
        rows = [order, *([cells[name][at] for name in order] for at in (0, 1))]
        read_list = read(NOTICE + "\n".join("\t".join(row) for row in rows) + "\n")
        found.append([as_expected(record) for record in read_list.exemptions.records])
    assert found[0] == found[1] == found[2]
    assert [row["violation"] for row in found[0]] == ["未按规定备案", "未悬挂许可证"]


def test_an_unknown_header_stays_a_table_and_is_named() -> None:
    read_list = read(NOTICE + "甲\t乙\t丙\n天\t地\t人\n日\t月\t星\n")
    assert read_list.exemptions.records == ()
    (warning,) = read_list.exemptions.warnings
    assert "甲、乙、丙" in warning
    assert warning in read_list.warnings
    assert sum(clause.kind == "row" for clause in read_list.parsed.clauses) == 2


def test_a_table_that_grants_nothing_gives_no_records() -> None:
    table = (
        "序号\t违法行为\t法律依据\n1\t未按规定备案\t《甲条例》第三条\n2\t未悬挂\t《甲条例》第四条\n"
    )
    assert len(read(NOTICE + table).exemptions.records) == 2
    plain_list = NOTICE.replace("轻微违法行为不予处罚清单", "行政处罚事项目录")
    assert read(plain_list + table).exemptions.records == ()


def test_a_row_without_a_violation_is_warned_of() -> None:
    table = "序号\t违法行为\t法律依据\n1\t未按规定备案\t《甲条例》第三条\n2\t\t《甲条例》第四条\n3\t未悬挂\t《甲条例》第五条\n"
    found = read(NOTICE + table).exemptions
    assert [record.number for record in found.records] == [1, 3]
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    ("heading", "cells", "meaning"),
    [
        ("轻微违法行为", [], "violation"),
        ("法律 依据", [], "basis"),  # blanks of a layout
        ("违反条款", [], "basis_prohibition"),
        ("处罚依据", [], "basis_penalty"),
        ("处罚依据及标准", [], "penalty"),
        ("罚则", [], "penalty"),
        ("免罚条件", [], "conditions"),
        ("不予处罚情形", [], "conditions"),
        ("不予处罚依据", [], "relief_basis"),
        ("情形", ["未按规定备案的", "未悬挂的"], "circumstances"),
        ("情形", ["首次违法且及时改正", "当场改正"], "conditions"),
        ("名称", ["未按规定备案的", "不公开监测数据的"], "violation"),
        ("名称", ["《甲条例》第三条", "《甲条例》第四条"], ""),
        ("条款", ["《甲条例》第三条", "《甲条例》第四条"], "basis"),
        ("条款", ["一年", "二年"], ""),
        ("执法领域", [], "category"),
        ("法定依据 处罚依据", [], "basis_penalty"),  # a header of two lines
        ("甲栏", ["未按规定备案的"], ""),
    ],
)
def test_headings(heading: str, cells: list[str], meaning: str) -> None:
    assert meaning_of(heading, cells) == meaning


def test_a_layout_needs_to_know_the_violations() -> None:
    assert layout_of(["序号", "备注"], [["1", "未按规定"]]) is None
    assert layout_of(["序号", "乙栏", "法律依据"], [["1", "a", "《甲法》第一条"]]) is None
    assert layout_of(["序号", "违法行为", "乙栏"], [["1", "未按规定", "b"]]) is None
    assert layout_of(["序号", "事项"], [["1", "未按规定报送账号"]]) is not None
    both = layout_of(["事项名称", "违法行为", "罚则"], [["对未备案的处罚", "未按规定备案", "警告"]])
    assert both is not None
    assert both.meanings == ("", "violation", "penalty")


pieces = st.sampled_from(
    [
        "一、", "（一）", "1.", "①", "未备案的", "，", "。", "；", "：", "\n", "\n\n", "\t", "首次违法", "及时改正", "可以不予处罚",
        "《甲条例》", "第三条", "第（一）项", "处五万元以下的罚款", "逾期不改正的", "有下列行为之一的", "适用条件：", "法律依据：", "罚则",
        "违法行为", "序号", "第一条 ", "第一部分　", "注：", "本清单自2022年2月1日起施行", "前款", "（", "）", " ",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=40))
def test_any_list_is_read_verbatim_or_not_at_all(words: list[str]) -> None:
    found = read(NOTICE + "".join(words))
    ids = {clause.id for clause in found.parsed.clauses}
    for record in found.exemptions.records:
        assert record.violation.text.strip()
        for passage in record.passages:
            spans = "".join(found.source.text[a:b] for a, b in passage.spans)
            assert strip_space(spans) == strip_space(passage.text)
            assert passage.clause_id in ids
        jsonschema.validate(record.to_json(), record_schema())


if __name__ == "__main__":
    read_gazette = outline(read_source(ROOT / "corpus" / "wenzhou-2019-04.txt"))
    rows = [plain(record) for record in read_gazette.exemptions.records]
    GOLDEN.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
