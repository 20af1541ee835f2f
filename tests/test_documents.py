"""Other documents than the corpus's: forms that real ones have, each as a text and what it says.

`tests/documents/*.txt` and `*.html` were written by somebody who had not seen the parser, places and
people invented. The `*.json` beside each gives documents with their metadata, parts as (id, title, number
of articles, number of table rows), and clauses that a lawyer would cite.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_robustness import check

from qa_bot.ingest import Source, read_source
from qa_bot.outline import Outline, outline
from qa_bot.text import strip_space

FOLDER = Path(__file__).parent / "documents"
FORMS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".txt", ".html"))
FACTS = ("title", "number", "issuer", "addressees", "issued_on", "effective_from", "valid_until")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_form(path: Path) -> None:
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = outline(read_source(path))
    check(found)
    documents = {document.title: document for document in found.issue.documents}
    for row in wanted["documents"]:
        document = documents[row["title"]]
        facts = {name: getattr(document, name) for name in FACTS}
        assert {name: str(value) if value else None for name, value in facts.items()} == {
            name: row[name] for name in FACTS
        }
        parts = []
        for part in document.parts:
            ids = [
                clause.id
                for clause in found.parsed.clauses
                if (clause.document_id, clause.part_id) == (document.id, part.id)
            ]
            articles = {match[1] for one in ids if (match := re.search(r"/(art_[^/]+)", one))}
            rows = sum("/row_" in one for one in ids)
            parts.append([part.id, part.title, len(articles), rows])
        assert parts == row["parts"]
    texts = [strip_space(clause.text) for clause in found.parsed.clauses]
    for clause in wanted["clauses"]:
        # All but its number: the clause and nothing beside it.
        own = strip_space(clause)
        assert any(own in text and len(text) <= len(own) + 12 for text in texts), clause


def read(text: str) -> Outline:
    return outline(Source("t.txt", text, "0" * 64))


def parts(text: str) -> list[tuple[str, str]]:
    (document,) = read(text).issue.documents
    return [(part.id, part.title) for part in document.parts]


NOTICE = "某市人民政府关于印发停车管理办法的通知\n某政发〔2020〕1号\n各区人民政府：\n"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        # a date alone on its line in the text is not the signature's: 开标日期
        ("开标日期：\n2019年5月1日\n请按时参加。\n某市人民政府\n2019年4月1日\n", ["annexes: none"]),
        ("请执行。\n附件1\n甲表\n乙\t丙\n", ["annex_1 甲表"]),
        ("请执行。\n某市人民政府\n2020年1月2日\n附件1：停车场名单\n东区：甲、乙\n", ["annex_1 停车场名单"]),
        ("附件：1.甲办法\n2.乙办法\n某市人民政府\n2020年1月2日\n甲办法\n第一条 甲。\n第二条 乙。\n乙办法\n第一条 丙。\n第二条 丁。\n",
         ["annex_1 甲办法", "annex_2 乙办法"]),
    ],
)  # fmt: skip
def test_texts_behind_the_signature(body: str, found: list[str]) -> None:
    _, *others = parts(NOTICE + body)
    assert [f"{part} {title}" for part, title in others] == ([] if "none" in found[0] else found)


@pytest.mark.parametrize(
    ("head", "number", "title"),
    [
        ("某市人民政府文件\n某政发〔2020〕1号\n某市人民政府关于停车的通知\n", "某政发〔2020〕1号", "某市人民政府关于停车的通知"),
        ("某市人民政府关于停车的通知\n（某政发[2020]1号）\n", "某政发〔2020〕1号", "某市人民政府关于停车的通知"),
        ("某市人民政府\n关于停车的通知\n某政发(2020)第01号\n", "某政发〔2020〕1号", "某市人民政府关于停车的通知"),
        ("某市人民政府令\n第 12 号\n", "某市人民政府令第12号", "某市人民政府令"),
        ("中华人民共和国国务院令（第707号）\n", "国令第707号", "中华人民共和国国务院令"),
    ],
)  # fmt: skip
def test_heads(head: str, number: str, title: str) -> None:
    text = head + "各区人民政府：\n请执行停车的规定。\n某市人民政府\n2020年1月2日\n"
    (document,) = read(text).issue.documents
    assert (document.number, document.title) == (number, title)


@pytest.mark.parametrize(
    ("sentence", "since", "until"),
    [
        ("本办法自２０２０ 年 ５ 月 １ 日起施行，有效期 ３ 年。", "2020-05-01", "2023-04-30"),
        ("本办法自印发之日起施行，有效期至2025年12月31日。", "2020-01-02", "2025-12-31"),
        ("本办法自公布之日起30日后施行。", "2020-02-02", None),
        ("本办法自二〇二〇年六月一日起试行，试行期二年。", "2020-06-01", "2022-05-31"),
        ("《药品经营许可证》有效期5年。", None, None),
        ("原办法自2010年1月1日起施行。", None, None),
    ],
)
def test_dates_of_force(sentence: str, since: str | None, until: str | None) -> None:
    text = f"{NOTICE}{sentence}\n某市人民政府\n2020年1月2日\n"
    (document,) = read(text).issue.documents
    days = document.effective_from, document.valid_until
    assert tuple(str(day) if day else None for day in days) == (since, until)


def test_contents_that_differ_are_said() -> None:
    text = (
        "某市人民政府公报\n目录\n某市人民政府关于停车收费的通知（某政发〔2020〕1号）…………（2）\n"
        "某市人民政府关于绿化的通知（某政发〔2020〕2号）…………（4）\n"
        + NOTICE
        + "请执行。\n某市人民政府\n2020年1月2日\n"
    )
    warnings = read(text).warnings
    assert any("某政发〔2020〕1号" in one and "its own title is" in one for one in warnings)
    assert any("某市人民政府关于绿化的通知, which was not found" in one for one in warnings)


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        # a tab as indentation, or behind the number of an article, makes no table
        ("\t第一条\t为了停车。\n\t第二条\t停车。", 0),
        # a header again after a page, a row that the page split
        ("序号\t行为\t处罚\n1\t未按规定停放车辆\t处十元以上五十元以\n— 2 —\n序号\t行为\t处罚\n\t\t下罚款\n2\t乙\t罚款", 2),
        # a line break within a cell
        ("序号\t名称\t文号\n1\t关于停车场收费管理办\n法的通知\t某政发〔2020〕1号", 1),
        # columns parted by blanks, as a PDF gives them
        ("项目资金　　检查方式　　检查频次\n五十万元以下　　书面检查　　每年一次\n五十万元以上　　现场检查　　每年两次", 2),
        # names in columns are none
        ("张三　　李四　　王五\n赵六　　钱七　　孙八", 0),
    ],
)  # fmt: skip
def test_rows(lines: str, rows: int) -> None:
    found = read(f"某市停车管理办法\n\n{lines}\n")
    assert sum("/row_" in clause.id for clause in found.parsed.clauses) == rows
    check(found)


def test_amendments_over_several_lines_are_one_clause() -> None:
    text = (
        "某市人民政府关于修改《某市停车管理办法》的决定\n某政发〔2020〕9号\n"
        "一、将第二条修改为：“第二条 停车场应当免费。\n“住宅区除外。”\n"
        "二、增加一条，作为第四条：\n“第四条 有下列情形之一的：\n“（一）甲；\n“（二）乙。”\n"
        "某市人民政府\n2020年3月1日\n"
        "某市停车管理办法\n第一条 甲。\n第二条 停车场应当免费。\n住宅区除外。\n第三条 丙。\n第四条 丁。\n"
    )
    found = read(text)
    amendments = [clause for clause in found.parsed.clauses if clause.kind == "amendment"]
    assert [clause.text.count("\n") for clause in amendments] == [1, 3]
    amends = [one for one in found.links.relations if one.kind == "amends"]
    assert [(one.targets, one.in_text) for one in amends] == [
        (("某政发〔2020〕9号/issued/art_2",), True),
        (("某政发〔2020〕9号/issued/art_4/para_1",), False),
    ]


def searchable(text: str) -> dict[str, str]:
    """The clauses of a text by the end of their ids."""
    found = read(text)
    check(found)
    return {
        clause.id.removeprefix(clause.document_id + "/"): clause.text
        for clause in found.parsed.clauses
        if clause.searchable
    }


def test_an_empty_cell_behind_a_name_is_empty() -> None:
    found = read(
        "某市指标\n指标\t单位\t5月\n进口\t亿美元\t3.2\n出口\t亿美元\t4.1\n居民收入\t元\t\n"
    )
    row = found.parsed.clauses[-1]
    assert [(cell.text, cell.inherited) for cell in row.cells] == [
        ("居民收入", False), ("元", False), ("", False),
    ]  # fmt: skip


@pytest.mark.parametrize("caption", ["（目的）|（定义）|（施行）", "目的|定义|施行"])
def test_captions_are_no_paragraphs(caption: str) -> None:
    first, second, third = caption.split("|")
    found = read(
        f"某市数据办法\n第一条　{first}\n为了规范数据交易，制定本办法。\n第二条　{second}\n本办法所称数据，是指记录。\n"
        f"前款所称记录，包括副本。\n第三条　{third}\n本办法自2023年1月1日起施行。\n"
    )
    paths = {clause.id.split("/art_")[1]: clause.path[-1] for clause in found.parsed.clauses}
    assert paths["2/para_2"] == f"第二条 {second}"
    (reference,) = found.links.references
    assert reference.targets[0].endswith("art_2/para_1")


GAZETTE = """\
某市人民政府公报
2023年第3期
目录
某市人民政府关于停车的批复（某政函〔2023〕4号）……1
2023年5月人事任免……2
2023年5月大事记……3
市政府文件
某市人民政府关于停车的批复
某政函〔2023〕4号
东区人民政府：
同意停车。
某市人民政府
2023年5月4日
某市公安局关于停车培训的公告
定于8月1日培训。
某市公安局
2023年5月18日
【人事任免】
2023年5月人事任免
决定免去：
王五的某市商务局局长职务。
任命孙七为某市审计局局长。
（某政干〔2023〕6号　2023年5月9日）
大事记
2023年5月大事记
1日　市长检查工作。
3日至5日，全市培训。
同日　召开会议。
"""


def test_the_sections_of_a_gazette() -> None:
    found = read(GAZETTE)
    check(found)
    kinds = [
        (d.kind, d.title, d.section)
        for d in found.issue.documents
        if d.kind not in ("masthead", "contents")
    ]
    assert kinds == [
        ("notice", "某市人民政府关于停车的批复", "市政府文件"),
        ("notice", "某市公安局关于停车培训的公告", ""),
        ("personnel", "2023年5月人事任免", "【人事任免】"),
        ("records", "2023年5月大事记", "大事记"),
    ]
    people = {
        c.text: [x.text for x in c.context] for c in found.parsed.clauses if c.kind == "appointment"
    }
    assert people == {
        "王五的某市商务局局长职务。": ["决定免去："],
        "任命孙七为某市审计局局长。": [],
    }
    days = [str(clause.day) for clause in found.parsed.clauses if clause.kind == "record"]
    assert days == ["2023-05-01", "2023-05-03", "2023-05-03"]


def test_wrapped_lines_without_indent_are_mended() -> None:
    text = (
        "某市关于停车的意见\n　　一、停车场应当免费向社会公众开\n放。鼓励单位停车场错时开放。\n　　（一）本意见自二〇二二年七月起\n"
        "施行，有效期三年。单位应当配合。\n　　（二）各区应当制定实施细则，报市\n人民政府备案。不得擅自收费。具体\n办法另行制定。\n"
    )
    assert list(searchable(text).values()) == [
        "一、停车场应当免费向社会公众开放。鼓励单位停车场错时开放。",
        "（一）本意见自二〇二二年七月起施行，有效期三年。单位应当配合。",
        "（二）各区应当制定实施细则，报市人民政府备案。不得擅自收费。具体办法另行制定。",
    ]


def test_numbered_sentences_are_no_headings() -> None:
    text = "某市关于排查的通知\n一、压实责任。各区应当负责。\n二、立即开展排查。\n请于8月10日前报送情况。\n"
    assert "二、立即开展排查。" in searchable(text).values()


def test_chapters_of_a_plan_are_headings() -> None:
    found = read(
        "某市发展规划\n第一章 发展环境\n第一节 发展成就\n产值年均增长7.1%。\n第二节 形势\n面临变局。\n"
    )
    assert [clause.path for clause in found.parsed.clauses] == [
        ("第一章 发展环境", "第一节 发展成就"),
        ("第一章 发展环境", "第二节 形势"),
    ]


def test_what_is_listed_as_repealed_is_and_its_basis_is_not() -> None:
    text = (
        "某省司法厅关于废止部分文件的公告\n某司公告〔2022〕3号\n根据《某省文件管理办法》第二十六条的规定，决定废止下列文件，自公布之日起失效：\n"
        "1.《甲标准》（某司发〔2012〕11号）\n2.《乙通知》（某司通〔2013〕88号）\n某省司法厅\n2022年7月18日\n"
    )
    repealed = [one.normal for one in read(text).links.relations if one.kind == "repeals"]
    assert repealed == ["《甲标准》（某司发〔2012〕11号）", "《乙通知》（某司通〔2013〕88号）"]


def test_a_number_broken_over_two_lines_is_one() -> None:
    texts = list(
        searchable(
            "某市停车办法\n第一条 处1\n000元以上罚款，依据某政发〔20\n10〕33号文件执行。\n第二条 乙。\n"
        ).values()
    )
    assert texts[0] == "处1000元以上罚款，依据某政发〔2010〕33号文件执行。"


@pytest.mark.parametrize(
    "text",
    [
        "某市人民政府公报\n0000年4月份市政府记事\n1日\n△ 甲。\n",
        "某市办法\n第一条 甲。\n第二条 本办法自9999年12月31日起30日后施行。\n",
        "某市办法\n第一条 甲。\n第二条 本办法自0001年1月1日起施行，有效期0年。\n",
        "某市记事\n4月份市政府记事\n1日\n△\n",
        "甲通知…………1\n甲通知…………2\n甲通知~2…………3\n。\n甲通知\n乙。\n甲通知\n丙。\n甲通知~2\n丁。\n",
        "某市停车管理办法\n前言一。\n第一条 甲。\n第一条 乙。\n第二条 依照第一条。\n",
    ],
)
def test_odd_dates_titles_and_bullets(text: str) -> None:
    found = read(text)
    check(found)
    assert all(one.status != "internal" for one in found.links.references)
