"""Which clauses answer together, found by structure and reference alone: on other material than the corpus's."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.clauses import Clause, parse_clauses
from qa_bot.companions import ROLES, Pair, pair_up
from qa_bot.gazette import Issue, parse_issue
from qa_bot.ingest import Source, read_source
from qa_bot.references import link
from qa_bot.together import same_fact

DOCUMENTS = Path(__file__).parent / "documents"
HEAD = "某市人民政府关于印发某市停车管理办法的通知\n某政发〔2020〕1号\n各区人民政府：\n请执行。\n某市人民政府\n2020年1月2日\n某市停车管理办法\n"
BASE = "某政发〔2020〕1号/issued/"


def paired(*sources: Source) -> tuple[list[Pair], dict[str, Clause]]:
    issues: list[tuple[Issue, tuple[Clause, ...]]] = []
    for source in sources:
        issue = parse_issue(source)
        issues.append((issue, parse_clauses(issue, source).clauses))
    clauses = {clause.id: clause for _, some in issues for clause in some}
    return list(pair_up(issues, link(issues))), clauses


def of_rules(articles: str) -> set[tuple[str, str, str]]:
    found, _ = paired(
        Source("t.txt", HEAD + articles + "第九条 本办法自2020年2月1日起施行。\n", "0" * 64)
    )
    return {(p.clause_id.removeprefix(BASE), p.role, p.other_id.removeprefix(BASE)) for p in found}


def both(rule: str, exception: str) -> set[tuple[str, str, str]]:
    return {(rule, "exception", exception), (exception, "rule", rule)}


@pytest.mark.parametrize(
    ("articles", "found"),
    [
        # the clause that names another departs from it
        ("第一条 车辆应当停入泊位。\n第二条 因抢险需要的，不适用本办法第一条规定。\n", both("art_1/para_1", "art_2/para_1")),
        ("第一条 停车不得超过二十四小时。\n居民停车，不受前款规定的限制。\n", both("art_1/para_1", "art_1/para_2")),
        ("第一条 停车应当付费。\n前款规定不适用于军车。\n", both("art_1/para_1", "art_1/para_2")),
        ("第一条 停车应当付费。\n前款规定的车辆，停车不足半小时的，可以免收。\n", both("art_1/para_1", "art_1/para_2")),
        ("第一条 停车应当付费。\n有下列情形之一的，可以不付费：\n（一）抢险；\n（二）救护。\n", both("art_1/para_1", "art_1/para_2")),
        ("第一条 停车应当付费。\n第二条 学校适用本办法的规定，但第一条除外。\n", both("art_1/para_1", "art_2/para_1")),
        # … or the other departs from it
        ("第一条 停车应当付费，第二条规定的情形除外。\n第二条 军车免费。\n", both("art_1/para_1", "art_2/para_1")),
        ("第一条 军车免费。\n除前款规定的情形外，其他车辆应当付费。\n", both("art_1/para_2", "art_1/para_1")),
        # the same limit with another figure, for a narrower case
        ("第一条 停车场面积不得少于400平方米。\n兼有洗车的停车场面积不得少于600平方米。\n", both("art_1/para_1", "art_1/para_2")),
        # what only looks like it
        ("第一条 停车应当付费。\n除前款规定外，还应当登记。\n", set()),
        ("第一条 停车应当付费。\n违反前款规定的，处二百元罚款。\n", set()),
        ("第一条 停车应当付费。\n前款规定的费用，由市政府公布。\n", set()),
        ("第一条 停车应当付费。\n依照前款规定提出的申请，不受理的应当说明理由。\n", set()),
        ("第一条 停车应当付费。\n第二条 不适用《某省停车条例》第一条的规定。\n", set()),
        ("第一条 处五百元以上二千元以下罚款。\n情节严重的，处五千元以上二万元以下罚款。\n", set()),
        ("第一条 停车场面积不得少于400平方米。\n停车场高度不得少于3米。\n", set()),
    ],
)  # fmt: skip
def test_rule_and_exception(articles: str, found: set[tuple[str, str, str]]) -> None:
    assert of_rules(articles) == found


NOTICE = "某市城管局关于印发《免罚清单》的通知\n某城〔2020〕2号\n各区城管局：\n{body}\n某市城管局\n2020年1月2日\n免罚清单\n序号\t行为\t情形\n1\t乱停车\t及时改正\n2\t占道\t及时改正\n"


@pytest.mark.parametrize(
    ("body", "lit"),
    [
        ("现将《免罚清单》印发给你们。本清单适用于当事人首次违法。本通知自2020年2月1日起施行。", "本清单适用于当事人首次违法。"),
        ("本清单所指轻微违法，是指首次违反且情节轻微的行为。", "本清单所指轻微违法，是指首次违反且情节轻微的行为。"),
        ("对列入清单的行为，同时符合首次违法、及时改正的，不予处罚。", "对列入清单的行为，同时符合首次违法、及时改正的，不予处罚。"),
        ("现将《免罚清单》印发给你们，请遵照执行。本通知自2020年2月1日起施行。", None),
        ("各地要适用统一的标准，做好清单的宣传。", None),
    ],
)  # fmt: skip
def test_row_and_the_condition_of_its_list(body: str, lit: str | None) -> None:
    found, clauses = paired(Source("t.txt", NOTICE.format(body=body), "0" * 64))
    conditions = [pair for pair in found if pair.role == "condition"]
    assert len(conditions) == (2 if lit else 0)
    for pair in conditions:
        assert clauses[pair.clause_id].kind == "row"
        quoted = [clauses[pair.other_id].text[a:b] for a, b in pair.lit]
        assert quoted == [lit]


def test_two_lists_of_one_notice_have_no_common_condition() -> None:
    text = (
        NOTICE.replace("\n免罚清单\n", "\n附件1\n免罚清单\n")
        + "附件2\n减罚清单\n序号\t行为\n1\t甲\n2\t乙\n"
    )
    found, clauses = paired(
        Source(
            "t.txt",
            text.format(body="本清单适用于首次违法。附件：1.免罚清单\n2.减罚清单"),
            "0" * 64,
        )
    )
    assert len({clauses[name].part_id for name in clauses if clauses[name].kind == "row"}) == 2
    assert not [pair for pair in found if pair.role == "condition"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("01.txt", ("云政发〔2021〕3号/annex_1/art_4/para_1/item_1", "exception", "云政发〔2021〕3号/annex_1/art_4/para_2")),
        ("01.txt", ("云政发〔2021〕3号/annex_1/art_4/para_2", "rule", "云政发〔2021〕3号/annex_1/art_4/para_1/item_1")),
        ("01.txt", ("云政发〔2021〕3号/annex_1", "definition", "云政发〔2021〕3号/annex_1/art_2/para_2")),
        ("13.txt", ("某政发〔2020〕14号/issued/art_6/para_1", "exception", "某政发〔2020〕14号/issued/art_7/para_1")),
        ("15.txt", ("某政办发〔2023〕26号/issued/part_2/point_4", "responsible", "某政办发〔2023〕26号/issued/part_2/responsible~2")),
        ("web_06_zoom_plan_ol.html", ("江政办发〔2024〕11号/issued/part_2/item_2/point_3/responsible", "task", "江政办发〔2024〕11号/issued/part_2/item_2/point_3")),
    ],
)  # fmt: skip
def test_documents(name: str, wanted: tuple[str, str, str]) -> None:
    found, _ = paired(read_source(DOCUMENTS / name))
    assert wanted in {(pair.clause_id, pair.role, pair.other_id) for pair in found}


def test_amendments_of_a_law() -> None:
    found, _ = paired(read_source(DOCUMENTS / "04.txt"))
    bare = {
        (p.clause_id.rsplit("决定/", 1)[-1], p.role, p.other_id.rsplit("决定/", 1)[-1])
        for p in found
    }
    assert ("issued/art_3/para_2", "same", "part_1") in bare  # prints the new wording
    assert ("part_5", "amended", "issued/art_13/para_1") in bare  # gives some words of it only
    assert ("issued/art_13/para_1", "amendment", "part_5") in bare
    # 将第九条改为两条，作为第十条、第十一条: article 9 is another now
    assert not [pair for pair in bare if "issued/art_9/para_1" in pair]


def test_a_term_of_completion_is_no_task() -> None:
    found, clauses = paired(read_source(DOCUMENTS / "15.txt"))
    assert not [pair for pair in found if clauses[pair.clause_id].text.startswith("完成时限")]


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.txt")), ids=lambda path: path.name)
def test_pairs_are_of_two_clauses_and_lit_within_the_second(path: Path) -> None:
    found, clauses = paired(read_source(path))
    for pair in found:
        assert pair.role in (*ROLES, "same")
        other = clauses[pair.other_id]
        assert all(0 <= a < b <= len(other.text) for a, b in pair.lit)
        if pair.role != "definition":
            one = clauses[pair.clause_id]
            mine = {at for a, b in one.spans for at in range(a, b)}
            assert not mine & {at for a, b in other.spans for at in range(a, b)}


RULE = "药品零售企业经营场所面积不得少于40平方米，并应当与办公、生活等其他区域分开。"


def clause(text: str, part: str = "annex_1", kind: str = "article") -> Clause:
    return Clause(f"d/{part}/x", "d", part, kind, (), "", text, ((0, len(text)),))


@pytest.mark.parametrize(
    ("other", "part", "kind", "same"),
    [
        (RULE, "", "paragraph", True),
        ("药品零售企业经营场所面积不得少于40平方米,并应当与办公、生活等其他区域分开.", "", "point", True),
        ("药品零售企业经营场所面积不得少于40平方米，并应当与办公、生活等其他区域隔开。", "", "point", True),
        ("药品零售企业经营场所面积不得少于60平方米，并应当与办公、生活等其他区域分开。", "", "point", False),
        ("药品零售企业经营场所面积得少于40平方米，并应当与办公、生活等其他区域分开。", "", "point", False),
        ("药品零售企业经营场所面积不得少于40平方米，并不应当与办公、生活等其他区域分开。", "", "point", False),
        ("三、第五十一条第一款修改为“" + RULE + "”", "", "amendment", True),
        ("三、第五十一条第一款修改为“" + RULE + "”\n删除第三款。", "", "amendment", False),
        (RULE + "本通知自2019年5月1日起施行。", "", "point", False),  # says more
        (RULE, "annex_1", "article", False),  # another article of the same text: of others
        (RULE, "", "row", False),  # a row means what it says under its headers only
        ("面积不得少于40平方米", "", "point", False),  # too short to be sure
    ],
)  # fmt: skip
def test_the_same_fact(other: str, part: str, kind: str, same: bool) -> None:
    kept, again = clause(RULE), clause(other, part, kind)
    whole = ((0, len(other)),)
    assert same_fact(kept, ((0, len(RULE)),), again, whole) is same


def test_the_same_fact_by_what_is_lit() -> None:
    longer = clause("现将规定修订如下。" + RULE + "本通知自2019年5月1日起施行。", "", "paragraph")
    at = longer.text.index(RULE)
    lit = ((at, at + len(RULE)),)
    assert same_fact(clause(RULE), ((0, len(RULE)),), longer, lit)
    # another sentence of it is what answers
    assert not same_fact(
        clause(RULE), ((0, len(RULE)),), longer, ((at + len(RULE), len(longer.text)),)
    )
