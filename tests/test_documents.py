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
