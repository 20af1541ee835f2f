"""The real gazette: every section becomes clauses, every character is accounted for."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.clauses import cite, coverage, parse_clauses
from qa_bot.gazette import parse_issue
from qa_bot.ingest import Known, Source
from qa_bot.text import strip_space


def parse(text, known=None, file="t.txt"):
    source = Source(file, text, "0" * 64)
    issue = parse_issue(source, known or Known())
    return issue, parse_clauses(issue, source)


def texts(text, **kwargs):
    return [clause.text for clause in parse(text, **kwargs)[1].clauses]


def test_every_clause_is_verbatim(parsed, corpus):
    source = corpus[0].text
    for clause in parsed.clauses:
        assert strip_space(clause.text) == strip_space(
            "".join(source[a:b] for a, b in clause.spans)
        )
        for context in clause.context:
            held = "".join(source[a:b] for a, b in context.spans)
            assert strip_space(context.text) == strip_space(held)
        assert all(0 <= a < b <= len(source) for a, b in clause.spans)


def test_nothing_is_lost(parsed, corpus):
    account = coverage(corpus[0].text, parsed)
    assert account.missing == ()
    assert account.clauses + account.named == account.total == len(strip_space(corpus[0].text))


def test_ids_are_unique_and_parents_exist(parsed):
    ids = [clause.id for clause in parsed.clauses]
    assert len(set(ids)) == len(ids)
    assert {clause.parent for clause in parsed.clauses if clause.parent} <= set(ids)


def test_issue_knows_itself(issue):
    assert (issue.name, issue.year, issue.number) == ("温州市人民政府公报", 2019, 4)
    assert (issue.total_number, issue.published_on) == (200, date(2019, 5, 15))
    assert issue.publisher == "温州市人民政府"
    assert issue.warnings == ()


def test_what_the_text_says_of_the_issue_is_enough(corpus):
    alone = parse_issue(corpus[0], Known())
    assert (alone.name, alone.number, alone.total_number) == ("温州市人民政府公报", 4, 200)
    assert alone.published_on == date(2019, 5, 15)


def test_a_contradiction_is_warned_of(corpus):
    assert any("number" in w for w in parse_issue(corpus[0], Known(number=5)).warnings)


@pytest.mark.parametrize(
    ("number", "title", "registration", "issued", "effective", "page"),
    [
        ("温政发〔2019〕5号", "温州市人民政府关于做好当前就业创业工作的补充通知", None, "2019-04-04", "2019-04-04", 2),
        ("温政办〔2019〕34号", "温州市人民政府办公室关于命名第六批“基本无违建乡镇（街道）”的通知", None, "2019-04-04", None, 4),
        ("温政办〔2019〕35号", "温州市人民政府办公室关于印发温州市打赢蓝天保卫战行动实施方案的通知", "ZJCC01-2019-0006", "2019-04-12", None, 5),
        ("温政办〔2019〕37号", "温州市人民政府办公室关于印发2019年温州市深化“最多跑一次”改革推进政府数字化转型工作要点的通知", None, "2019-04-15", None, 12),
        ("温市监规〔2019〕1号", "温州市市场监督管理局关于修订《温州市药品零售（连锁）经营许可实施细则》部分条款的通知", "ZJCC60-2019-0001", "2019-04-03", "2019-04-03", 20),
        ("温财法〔2019〕119号", "温州市财政局关于印发《财政涉企轻微违法不予处罚事项清单》的通知", "ZJCC12-2019-0001", "2019-04-17", "2019-04-17", 29),
        ("温环发〔2019〕17号", "温州市生态环境局关于印发《温州市生态环境局依法不予行政处罚的轻微环境违法行为目录清单》的通知", "ZJCC15-2019-0001", "2019-04-24", "2019-05-01", 31),
    ],
)  # fmt: skip
def test_notices(issue, number, title, registration, issued, effective, page):
    document = next(d for d in issue.documents if d.number == number)
    assert document.title == title
    assert document.registration_number == registration
    assert document.issuer == title.split("关于")[0]
    assert document.issued_on == date.fromisoformat(issued)
    assert document.effective_from == (date.fromisoformat(effective) if effective else None)
    assert document.page == page


def test_annexed_rules_have_a_date_of_their_own(issue):
    document = next(d for d in issue.documents if d.number == "温市监规〔2019〕1号")
    assert document.parts[1].title == "温州市药品零售（连锁）经营许可实施细则"
    assert document.parts[1].effective_from == date(2015, 10, 1)


def test_an_annex_keeps_the_title_that_the_notice_quotes(issue):
    document = next(d for d in issue.documents if d.number == "温环发〔2019〕17号")
    annex = document.parts[1]
    assert annex.title == "温州市生态环境局依法不予行政处罚的轻微违法行为目录清单"
    assert annex.other_titles == ("温州市生态环境局依法不予行政处罚的轻微环境违法行为目录清单",)


def test_counts(issue, parsed):
    kinds = Counter(clause.kind for clause in parsed.clauses)
    assert kinds["amendment"] == 4
    assert kinds["appointment"] == 2
    assert kinds["record"] == 109
    assert kinds["catalogue"] == 11
    assert kinds["statistics"] == 9
    assert kinds["list"] == 9
    assert len({clause.day for clause in parsed.clauses if clause.kind == "record"}) == 22
    rows = Counter(clause.document_id for clause in parsed.clauses if clause.kind == "row")
    assert rows == {"温政办〔2019〕35号": 12, "温财法〔2019〕119号": 17, "温环发〔2019〕17号": 10}
    articles = {clause.path for clause in parsed.clauses if clause.kind == "article"}
    assert len({path[-1] for path in articles}) == 69
    assert len({path[0] for path in articles}) == 5
    towns = [
        clause.text.split("：")[1].split("、") for clause in parsed.clauses if clause.kind == "list"
    ]
    assert sum(map(len, towns)) == 39
    briefs = {clause.path for clause in parsed.clauses if clause.kind == "news"}
    assert len(briefs) == 6
    assert Counter(d.kind for d in issue.documents)["notice"] == 7


@pytest.mark.parametrize(
    ("identity", "citation"),
    [
        ("温市监规〔2019〕1号/annex_1/art_51/para_1", "《温州市药品零售（连锁）经营许可实施细则》（温市监规〔2019〕1号附件）第五十一条第一款"),
        ("温市监规〔2019〕1号/annex_1/art_23/para_1/item_5", "《温州市药品零售（连锁）经营许可实施细则》（温市监规〔2019〕1号附件）第二十三条第一款第（五）项"),
        ("温市监规〔2019〕1号/annex_1/art_64/para_1", "《温州市药品零售（连锁）经营许可实施细则》（温市监规〔2019〕1号附件）第六十四条"),
        ("温市监规〔2019〕1号/annex_1/art_12/para_1/item_2", "《温州市药品零售（连锁）经营许可实施细则》（温市监规〔2019〕1号附件）第十二条第（二）项"),
        ("温政发〔2019〕5号/part_3", "《温州市人民政府关于做好当前就业创业工作的补充通知》（温政发〔2019〕5号）第三点"),
        ("温政办〔2019〕35号/issued/part_2/item_3/point_2", "《温州市打赢蓝天保卫战行动实施方案》（温政办〔2019〕35号）第二部分第（三）项第2目"),
        ("温市监规〔2019〕1号/part_3", "《温州市市场监督管理局关于修订〈温州市药品零售（连锁）经营许可实施细则〉部分条款的通知》（温市监规〔2019〕1号）第三点"),
        ("温政办〔2019〕34号/annex_1/line_7", "《温州市第六批“基本无违建乡镇（街道）”名单》（温政办〔2019〕34号附件）平阳县"),
        ("温政办〔2019〕35号/annex_1/row_4", "《空气质量改善目标清单》（温政办〔2019〕35号附件）序号4 洞头"),
        ("wenzhou-2019-04/records/2019-04-12/entry_7", "《温州市人民政府公报》2019年第4期“4月份市政府记事”4月12日"),
        ("wenzhou-2019-04/personnel/item_1", "《温州市人民政府公报》2019年第4期“机构人事”"),
        ("wenzhou-2019-04/briefs/item_3/para_3", "《温州市人民政府公报》2019年第4期“政务简讯”《温州出台为基层减负18条措施》第3段"),
        ("wenzhou-2019-04/catalogue/line_7", "《温州市人民政府公报》2019年第4期“发文目录”温政办〔2019〕36号"),
        ("wenzhou-2019-04/statistics/row_3", "《温州市人民政府公报》2019年第4期“统计资料”三、财政总收入"),
        ("wenzhou-2019-04/imprint/line_4", "《温州市人民政府公报》2019年第4期“版权页”"),
    ],
)  # fmt: skip
def test_citations(issue, parsed, identity, citation):
    clause = next(c for c in parsed.clauses if c.id == identity)
    document = next(d for d in issue.documents if d.id == clause.document_id)
    assert cite(clause, document, issue) == citation


def test_the_contract_example_stands_in_the_text(parsed):
    clause = next(c for c in parsed.clauses if c.id == "温市监规〔2019〕1号/annex_1/art_51/para_1")
    assert clause.text == "企业经营场所面积不得少于40平方米。"
    assert clause.spans == ((26982, 27000),)
    assert clause.path == ("第四章 药品零售企业设置标准", "第五十一条")


@pytest.mark.parametrize(
    ("identity", "held"),
    [
        ("温政发〔2019〕5号/part_2", "离校2年内未就业高校毕业生和16-24岁失业青年"),
        ("温市监规〔2019〕1号/annex_1/art_15/para_1", "接受相关法律法规及药品专业知识"),
        ("温市监规〔2019〕1号/annex_1/art_35/para_2", "计算机系统应与受托企业相互独立"),
        ("温市监规〔2019〕1号/annex_1/art_68/para_1", "（温食药监市〔2005〕31号）"),
        ("wenzhou-2019-04/records/2019-04-23/entry_2", "汪驰、殷志军、孙维国"),
        ("温政办〔2019〕37号/issued/part_1/para_5", "示范应用项目建设取得明显成效"),
    ],
)
def test_broken_sentences_are_mended(parsed, identity, held):
    clause = next(c for c in parsed.clauses if c.id == identity)
    assert held in clause.text
    assert len(clause.spans) > 1


def test_a_row_knows_its_columns_and_merged_cells(parsed):
    clauses = {clause.id: clause for clause in parsed.clauses}
    row = clauses["温政办〔2019〕35号/annex_1/row_4"]
    assert row.cells[1].column == "县(市、区)"
    assert (row.cells[5].text, row.cells[5].inherited) == ("18", True)
    categories = [
        next(
            c.text
            for c in clauses[f"温环发〔2019〕17号/annex_1/row_{n}"].cells
            if c.column == "分类"
        )
        for n in range(1, 11)
    ]
    # A label centred in a merged cell: row 5 is about air, as its legal basis shows, not about water.
    assert categories == ["建设项目管理"] * 3 + ["水污染防治"] + ["大气污染防治"] * 3 + [
        "固废污染防治", "固废污染防治", "噪声污染防治"
    ]  # fmt: skip


def test_a_row_that_lost_its_leading_cells_is_placed_by_its_number(parsed):
    row = next(c for c in parsed.clauses if c.id == "温财法〔2019〕119号/annex_1/row_16")
    assert row.text == "16\t未妥善保存采购文件的"
    assert (
        next(c.text for c in row.cells if c.column == "违法行为")
        == "采购代理机构非因主观故意造成的违规评标行为"
    )


def test_a_task_has_its_responsible_line(parsed):
    clauses = {clause.id: clause for clause in parsed.clauses}
    base = "温政办〔2019〕37号/issued/part_2/item_2/point_1"
    assert clauses[f"{base}/responsible"].text.startswith("(牵头落实:市政府办公室")
    for step in (1, 2, 3):
        roles = [context.role for context in clauses[f"{base}/subpoint_{step}"].context]
        assert "responsible" in roles
    alone = clauses["温政办〔2019〕35号/issued/part_3/item_1"]
    assert alone.text.endswith("（责任单位：市生态环境局牵头，市级各有关部门参与）")


def test_an_item_has_its_lead_in(parsed):
    item = next(c for c in parsed.clauses if c.id.endswith("art_55/para_1/item_4"))
    assert item.context[0].role == "lead_in"
    assert item.context[0].text == "经营场所应满足药品陈列所需的以下要求："


ANNEXES = """\
某市人民政府办公室关于印发某市应急预案等文件的通知

某政办发〔2021〕7号

各县区人民政府，
市政府各部门：

现将有关文件印发给你们。

附件：1.某市防汛应急预案
2.某市应急队伍名单

某市人民政府办公室

二〇二一年三月五日

（此件公开发布）

附件1

某市防汛应急预案

1 总则

1.1 编制目的

为做好防汛工作，制定本预案。

2 组织指挥体系

市防指负责全市防汛工作。

附件2

某市应急队伍名单

甲队\t30人\t城区
乙队\t20人\t郊区
"""


def test_a_notice_with_several_annexes():
    issue, parsed = parse(ANNEXES)
    (document,) = issue.documents
    assert document.issued_on == date(2021, 3, 5)
    assert [(p.id, p.title) for p in document.parts[1:]] == [
        ("annex_1", "某市防汛应急预案"),
        ("annex_2", "某市应急队伍名单"),
    ]
    # A table without a header has no header: 30人 over 20人.
    rows = [clause.text for clause in parsed.clauses if clause.kind == "row"]
    assert rows == ["甲队\t30人\t城区", "乙队\t20人\t郊区"]
    assert coverage(ANNEXES, parsed).missing == ()


def test_an_inserted_article_with_subitems():
    text = "第一章 总则\r\n\r\n第十条之一 甲应当登记：\r\n\r\n（一）有下列情形：\r\n\r\n1.甲一；\r\n\r\n（二）乙。\r\n\r\n前款登记由市局办理。"
    labels = [clause.label for clause in parse(text)[1].clauses]
    assert labels == [
        "第十条之一",
        "第十条之一第一款",
        "第十条之一第一款第（一）项",
        "第十条之一第一款第（一）项第1目",
        "第十条之一第一款第（二）项",
        "第十条之一第二款",
    ]


TASKS = """\
某某市工作要点

一、主要任务

（一）推进甲项工作。甲甲甲甲。（责任单位：市甲局）

（二）推进乙项工作。乙乙乙乙。

（责任单位：市乙局）

二、重点工作

（一）推进丙项工作。丙丙丙丙。

1.第一步。丁丁丁丁。

2.第二步。戊戊戊戊。

（牵头落实：市丙局，10月底前完成）
"""


def test_a_responsible_line_finds_its_task():
    clauses = {clause.id.split("/", 2)[2]: clause for clause in parse(TASKS)[1].clauses}
    # The step before names its own, so this line is of the second step, not of the whole part.
    assert clauses["part_1/item_2"].text.endswith("（责任单位：市乙局）")
    # Steps without any: the line is of the task, and of each step.
    assert clauses["part_2/item_1/responsible"].label == "第二部分第（一）项末段"
    assert [c.role for c in clauses["part_2/item_1/point_1"].context] == ["responsible"]


# What other gazettes and documents look like.

OTHER = """\
某某市人民政府公报

2020年第3期

目录

市政府文件

某某市人民政府关于印发某某市停车管理办法的通知（某政发〔2020〕12号）………(1)

某某市人民政府关于公布第二批历史建筑名单的通知（某政发〔2020〕13号）………(9)

某某市人民政府关于印发某某市停车管理办法的通知

某政发〔2020〕12号

各区人民政府，市政府各部门：

现将《某某市停车管理办法》印发给你们，请遵照执行。

某某市人民政府

2020年3月2日

某某市停车管理办法

第一章 总则

第一条 为了规范停车管理，制定本办法。

第二条 停车场分为下列三类：

（一）公共停车场；

（二）专用停车场；

（三）道路停车泊位。

道路停车泊位由市交通部门设

置，任何单位不得擅自占用。

第二章 附则

第三条 本办法自2020年5月1日起施行。

某某市人民政府关于公布第二批历史建筑名单的通知

某政发〔2020〕13号

各区人民政府：

经研究，公布第二批历史建筑名单。

某某市人民政府

2020年3月9日

附件

第二批历史建筑名单

东区：老邮局、钟楼

西区：水塔
"""


def test_another_gazette():
    issue, parsed = parse(OTHER, file="other-2020-03.txt")
    ids = {clause.id: clause for clause in parsed.clauses}
    assert (issue.name, issue.year, issue.number) == ("某某市人民政府公报", 2020, 3)
    assert [d.number for d in issue.documents if d.kind == "notice"] == [
        "某政发〔2020〕12号",
        "某政发〔2020〕13号",
    ]
    assert coverage(OTHER, parsed).missing == ()
    article = ids["某政发〔2020〕12号/issued/art_2/para_2"]
    assert article.text == "道路停车泊位由市交通部门设置，任何单位不得擅自占用。"
    assert ids["某政发〔2020〕12号/issued/art_2/para_1/item_3"].label == "第二条第一款第（三）项"
    assert ids["某政发〔2020〕13号/annex_1/line_2"].text == "西区：水塔"
    rules = next(d for d in issue.documents if d.number == "某政发〔2020〕12号").parts[1]
    assert rules.effective_from == date(2020, 5, 1)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        # a heading is never glued to a body
        ("一、主要目标\n\n到2020年，全面建成。", ["到2020年，全面建成。"]),
        # two paragraphs never to one
        ("一、甲。乙。\n\n丙，丁。", ["一、甲。乙。", "丙，丁。"]),
        # half-width numbering of all kinds
        (
            "(一)甲甲。乙乙。\n\n1．丙，丁。\n\n2、戊，己。",
            ["(一)甲甲。乙乙。", "1．丙，丁。", "2、戊，己。"],
        ),
        # 第五十一条的要求 begins the rest of a sentence, not an article
        (
            "第一条 位于不同楼层的，其主要区域必须符合\n\n第五条的要求。\n\n第二条 丙。",
            ["位于不同楼层的，其主要区域必须符合第五条的要求。", "丙。"],
        ),
        # 3.5 is a number, no third point
        (
            "1. 加快建设。到2020年产值达到\n\n3.5倍以上。",
            ["1. 加快建设。到2020年产值达到3.5倍以上。"],
        ),
    ],
)
def test_small_texts(text, clauses):
    held = [c.text for c in parse("标题\n\n" + text)[1].clauses if c.searchable]
    assert held == clauses


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.sampled_from(
            "第一二三条章款、（）()1２．.。，：；“”《》〔〕附件注年月日号\n\t 　△—-温政办2019市局关于的通知ZJCC\f"
        ),
        max_size=300,
    )
)
def test_anything_is_parsed_without_loss(text):
    _, parsed = parse(text)
    assert coverage(text, parsed).missing == ()
    for clause in parsed.clauses:
        assert strip_space(clause.text) == strip_space("".join(text[a:b] for a, b in clause.spans))
    assert len({clause.id for clause in parsed.clauses}) == len(parsed.clauses)


def test_a_second_responsible_line_loses_nothing():
    text = "某市要点\n\n（一）推进甲。乙乙。\n\n（责任单位：甲局）\n\n项目\t数\n路\t3\n桥\t4\n\n（责任单位：丙局）"
    assert coverage(text, parse(text)[1]).missing == ()
