"""What texts point at, what is meant, and what one text does to another."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from qa_bot.answer import quote
from qa_bot.clauses import parse_clauses
from qa_bot.filters import Filters, positions_within
from qa_bot.gazette import parse_issue
from qa_bot.gazette.identity import apply, held_in, settle
from qa_bot.index import Generation
from qa_bot.ingest import Source
from qa_bot.references import Links, find_mentions, link
from tests.making import records_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("依照《行政处罚法》第三十三条、第五十四条第二款处罚", ["《行政处罚法》第三十三条、第五十四条第二款"]),
        ("按照国发〔2019〕5号、浙政发[2018]3号文件", ["国发〔2019〕5号", "浙政发[2018]3号"]),
        ("《旧规定》（市政府令第31号）同时废止", ["《旧规定》（市政府令第31号）"]),
        ("违反本办法第十二条第二款第（三）项规定", ["本办法第十二条第二款第（三）项"]),
        ("第五、六条的规定", ["第五、六条"]),
        ("第四条第（一）项至第（三）项", ["第四条第（一）项至第（三）项"]),
        ("前两款的规定，依照前条", ["前两款", "前条"]),
        ("前款第二项、第三项行为", ["前款第二项、第三项"]),
        ("依照刑法第一百二十条、民法典第五条", ["刑法第一百二十条", "民法典第五条"]),
        ("本章第二十九条至第三十二条", ["本章第二十九条至第三十二条"]),
        ("详见附件2，附件略", ["附件2", "附件"]),
        ("第二十条之一和第三十条", ["第二十条之一和第三十条"]),
        # false friends
        ("严守三条红线，第三条生产线，第9号台风，2号线，4月12号通知，今日头条", []),
        ("本条例施行前，以上条件，目前项目，本项目", []),
        ("第一次、第二款以外", ["第二款"]),
    ],
)  # fmt: skip
def test_mentions(text: str, found: list[str]) -> None:
    assert [text[one.start : one.end] for one in find_mentions(text)] == found


RULES = """\
某市人民政府关于印发某市停车管理办法的通知
某政发〔2020〕1号
各区人民政府：
请执行。
某市人民政府
2020年1月2日
某市停车管理办法
第一章 总则
第一条 根据《中华人民共和国道路交通安全法》，制定本办法。
第二条 停车场分为下列种类：
（一）公共停车场；
（二）专用停车场。
前款第（二）项的停车场由单位管理。
第二章 管理
第三条 违反本办法第二条第一款第（一）项的，依照第九条处罚。
本章的规定适用于专用停车场。
前条和本条第一款另有规定的除外。
第四条 本办法自2020年2月1日起施行。
"""


def linked(*texts: str) -> Links:
    sources = [Source(f"f{n}.txt", text, "0" * 64) for n, text in enumerate(texts)]
    issues = [parse_issue(source) for source in sources]
    standings = settle(held for issue in issues for held in held_in(issue))
    issues = [apply(issue, standings) for issue in issues]
    return link(
        [
            (issue, parse_clauses(issue, source).clauses)
            for issue, source in zip(issues, sources, strict=True)
        ]
    )


def test_places_are_resolved_where_one_fits() -> None:
    base = "某政发〔2020〕1号/issued/"
    found = {
        (one.text, one.status): [target.removeprefix(base) for target in one.targets]
        for one in linked(RULES).references
        if one.clause_id.startswith(base)
    }
    assert found == {
        ("《中华人民共和国道路交通安全法》", "external"): [],
        ("前款第（二）项", "internal"): ["art_2/para_1/item_2"],
        ("本办法第二条第一款第（一）项", "internal"): ["art_2/para_1/item_1"],
        ("第九条", "unresolved"): [],  # there is no article 9
        ("本章", "internal"): ["art_3", "art_4/para_1"],
        ("前条", "internal"): ["art_2"],
        ("本条第一款", "internal"): ["art_3/para_1"],
    }


def test_two_works_of_one_title_are_not_guessed_between() -> None:
    other = RULES.replace("某政发〔2020〕1号", "某政发〔2022〕5号").replace("2020年", "2022年")
    asking = "某市公安局关于停车的通知\n某公发〔2023〕2号\n各分局：\n依照《某市停车管理办法》第二条执行。\n某市公安局\n2023年1月2日\n"
    (reference,) = [
        one for one in linked(RULES, other, asking).references if one.clause_id.startswith("某公发")
    ]
    assert (reference.status, reference.targets) == ("unresolved", ())
    (reference,) = [
        one for one in linked(RULES, asking).references if one.clause_id.startswith("某公发")
    ]
    assert reference.targets == ("某政发〔2020〕1号/issued/art_2",)


REPEALING = """\
某市人民政府关于停车管理的决定
某政发〔2024〕7号
各区人民政府：
一、停车不再收费。
二、本决定自2024年3月1日起施行，《某市停车管理办法》（某政发〔2020〕1号）同时废止。与本决定不一致的，按本决定执行。
某市人民政府
2024年2月2日
"""


def test_a_repealed_work_carries_the_fact(tmp_path: Path) -> None:
    sources = [Source(f"f{n}.txt", text, "0" * 64) for n, text in enumerate((RULES, REPEALING))]
    issues = [parse_issue(source) for source in sources]
    parsed = [parse_clauses(issue, one) for issue, one in zip(issues, sources, strict=True)]
    rows = [(i, s, None, p) for i, s, p in zip(issues, sources, parsed, strict=True)]
    records = records_of(tmp_path, rows)
    generation = cast(Generation, SimpleNamespace(records=records))

    old = records.by_id("某政发〔2020〕1号/issued/art_1/para_1")
    assert old is not None
    answer = quote(generation, old).to_json()
    assert answer["document"]["status"] == "repealed"
    (repealed,) = [one for one in answer["relations"] if one["type"] == "repealed_by"]
    assert (repealed["clause_ids"], repealed["day"]) == (["某政发〔2024〕7号/part_2"], "2024-03-01")

    new = records.by_id("某政发〔2024〕7号/part_2")
    assert new is not None
    answer = quote(generation, new).to_json()
    assert answer["document"]["status"] == "no_change_known"
    kinds = [one["type"] for one in answer["relations"]]
    assert kinds.count("repeals") == 1
    assert "prevails_over" in kinds
    assert "commences" in kinds
    assert answer["references"][0]["targets"] == ["某政发〔2020〕1号/issued"]

    left = positions_within(records, Filters(in_force=True)) or []
    assert {one.clause.part_id for one in records.of(old.issue_id)} >= {"issued"}
    assert not {one.position for one in records.of(old.issue_id) if one.clause.part_id == "issued"} & set(left)  # fmt: skip
    assert set(left) >= {one.position for one in records.of(new.issue_id)}
    records.close()


def test_what_a_title_says_repeals_nothing() -> None:
    text = (
        "某市人民政府令\n第98号\n《关于废止和修改部分规章的决定》已经通过，现予公布，自公布之日起施行。\n市长 张三\n"
        "2024年2月2日\n关于废止和修改部分规章的决定\n一、废止《甲办法》（2001年3月5日某市人民政府令第12号）。\n"
    )
    relations = [one for one in linked(text).relations if one.kind == "repeals"]
    assert [one.normal for one in relations] == ["《甲办法》（某市人民政府令第12号）"]


def test_dates_of_commencement() -> None:
    days = [one.day for one in linked(RULES).relations if one.kind == "commences"]
    assert days == [date(2020, 2, 1)]


@pytest.mark.parametrize(
    ("sentence", "repealed"),
    [
        ("《乙办法》继续有效，《丙办法》同时废止。", ["《丙办法》"]),
        ("《乙办法》、《丙办法》和《丁办法》等三件规范性文件自本办法施行之日起废止。", ["《乙办法》", "《丙办法》", "《丁办法》"]),
        ("保留《丙办法》，停止执行《丁办法》。", ["《丁办法》"]),
        ("废止《甲办法》、《乙办法》。", ["《甲办法》", "《乙办法》"]),
        ("《丁办法》废止前发生的行为，依照《戊办法》处理。", []),
        ("《乙市条例》已经废止。", []),
        ("违反《丙法》的，停止使用设备。", []),
        ("根据《乙办法》第二条，《丙办法》予以废止。", ["《丙办法》"]),
    ],
)  # fmt: skip
def test_what_is_repealed(sentence: str, repealed: list[str]) -> None:
    text = RULES.replace("第四条 本办法自2020年2月1日起施行。", f"第四条 {sentence}")
    found = [one.normal for one in linked(text).relations if one.kind == "repeals"]
    assert found == repealed


@pytest.mark.parametrize(
    ("sentence", "status", "target"),
    [
        ("依照本办法第二条处理。", "internal", "art_2"),
        ("是指《道路法》第三条规定的，本法第四条除外。", "external", ""),  # of the law named before
        ("本条例第三条除外。", "unresolved", ""),  # this text is an 办法
        ("上述办法第三条除外。", "unresolved", ""),
        ("适用《行政处罚法》的规定和第三条。", "unresolved", ""),  # of either
        ("依照《行政处罚法》第三条。违反第二条的除外。", "internal", "art_2"),
    ],
)
def test_own_articles_and_others(sentence: str, status: str, target: str) -> None:
    text = RULES.replace("第四条 本办法自2020年2月1日起施行。", f"第四条 {sentence}")
    last = [one for one in linked(text).references if "/art_4/" in one.clause_id][-1]
    assert (last.status, "".join(last.targets).rpartition("/")[2]) == (status, target)
