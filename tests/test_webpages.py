"""Web pages: what a reader sees is in the text, and what is no document is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.ingest import Source, read_source
from qa_bot.outline import Outline, outline
from qa_bot.text import strip_space


def page(tmp_path: Path, body: str, head: str = "", encoding: str = "utf-8") -> Source:
    path = tmp_path / "page.html"
    path.write_bytes(f"<!DOCTYPE html><html><head>{head}</head><body>{body}".encode(encoding))
    return read_source(path)


def read(tmp_path: Path, body: str, head: str = "") -> Outline:
    found = outline(page(tmp_path, body, head))
    assert found.coverage.missing == ()
    return found


def rows(found: Outline) -> list[list[str]]:
    return [
        [("^" if cell.inherited else "") + cell.text for cell in clause.cells]
        for clause in found.parsed.clauses
        if clause.kind == "row"
    ]


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<p>甲<b>乙</b>丙</p><p>丁</p>", ["甲乙丙", "丁"]),
        ("甲<br>乙<br/>丙", ["甲", "乙", "丙"]),
        ("<p>甲&nbsp;&ldquo;乙&rdquo;&#12288;&lt;丙&gt;", ["甲\xa0“乙”　<丙>"]),
        ("<p>甲<script>var a='乙'</script><style>p{}</style><!-- 丙 --></p>", ["甲"]),
        ("<p style='display: none'>甲</p><p hidden>乙</p><p style='visibility:hidden'>丙</p>丁", ["丁"]),
        ("<p>面积10m<sup>2</sup>，CO<sub>2</sub></p>", ["面积10m²，CO₂"]),
        ("<p>为了\n  规范停车</p>", ["为了规范停车"]),
        ("<div><div><p>甲<div>乙</div>丙", ["甲", "乙", "丙"]),
        ("<table><tr><td><p>甲</p><p>乙</p></td></tr></table>", ["甲", "乙"]),
        ("<ul><li>甲<li>乙</ul>", ["甲", "乙"]),
    ],
)  # fmt: skip
def test_what_is_seen(tmp_path: Path, body: str, seen: list[str]) -> None:
    text = page(tmp_path, body).text
    assert [line.strip(" \u2006") for line in text.splitlines() if line.strip()] == seen


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", ""),
        ("gb18030", "<meta charset=gb2312>"),
        ("gb18030", "<meta http-equiv=Content-Type content='text/html; charset=GBK'>"),
        ("utf-16", ""),
        ("utf-16-le", ""),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, head: str) -> None:
    body = "<p>第一条 为了规范管理，制定本办法。</p>" * 5
    text = page(tmp_path, body, head, encoding).text
    assert strip_space(text) == "第一条为了规范管理，制定本办法。" * 5


TABLE = "<p>某市收费标准</p><table>{}</table>"


@pytest.mark.parametrize(
    ("table", "held"),
    [
        # an empty cell is empty; only rowspan and colspan merge
        (
            "<tr><td>序号<td>行为<td>罚款<tr><td>1<td>甲<td>50元<tr><td>2<td>乙<td>&nbsp;",
            [["1", "甲", "50元"], ["2", "乙", ""]],
        ),
        (
            "<tr><td>序号<td>行为<td>情节<td>罚款<tr><td rowspan=2>1<td rowspan=2>甲<td>轻<td>50元<tr><td>重<td>100元",
            [["1", "甲", "轻", "50元"], ["^1", "^甲", "重", "100元"]],
        ),
        (
            "<tr><td>类别<td>C级<td>D级<tr><td>一类<td>8000<td>20000<tr><td>合计<td colspan=2>另定",
            [["一类", "8000", "20000"], ["合计", "另定", "^另定"]],
        ),
    ],
)
def test_cells(tmp_path: Path, table: str, held: list[list[str]]) -> None:
    assert rows(read(tmp_path, TABLE.format(table))) == held


def test_a_header_of_two_lines_names_its_columns(tmp_path: Path) -> None:
    table = (
        "<tr><td colspan=3>停车收费表<tr><th rowspan=2>路段<th colspan=2>收费<tr><th>白天<th>夜间"
        "<tr><td>东路<td>5<td>3<tr><td colspan=3>一、老城<tr><td>西路<td>4<td>2"
    )
    found = read(tmp_path, TABLE.format(table))
    cells = [clause.cells for clause in found.parsed.clauses if clause.kind == "row"]
    assert [cell.column for cell in cells[0]] == ["路段", "收费 白天", "收费 夜间"]
    assert rows(found) == [["东路", "5", "3"], ["西路", "4", "2"]]
    last = [clause for clause in found.parsed.clauses if clause.kind == "row"][-1]
    assert "一、老城" in [context.text for context in last.context if context.role == "heading"]


def test_items_of_a_list_are_items(tmp_path: Path) -> None:
    body = (
        "<p>某市市容办法</p><p>第一条 禁止下列行为：</p><ol><li>随地吐痰；</li><li>乱倒垃圾。</li></ol>"
        "<p>前款第一项的行为，予以劝阻。</p><p>第二条 自公布之日起施行。</p>"
    )
    found = read(tmp_path, body)
    ids = [clause.id.split("/art_")[1] for clause in found.parsed.clauses if "/art_" in clause.id]
    assert ids == ["1", "1/para_1", "1/para_1/item_1", "1/para_1/item_2", "1/para_2", "2/para_1"]
    (reference,) = found.links.references
    assert reference.targets[0].endswith("art_1/para_1/item_1")


AROUND = """\
<nav>首页 政务公开</nav><div>您现在的位置：首页 &gt; 文件</div>
<h1>某市人民政府关于印发停车办法的通知</h1>
<table><tr><td>索引号：</td><td>001/2020-1</td><td>发文字号：</td><td>某政发〔2020〕1号</td></tr>
<tr><td>发文机关：</td><td>某市人民政府</td><td>成文日期：</td><td>2020-01-02</td></tr></table>
<div>发布时间：2020-01-05　来源：市政府　字体：大 中 小</div>
<div class="TRS_Editor"><p>各区人民政府：</p><p>请执行停车办法。</p><p>第一，不得乱停。</p></div>
<div>【打印】【关闭】</div><div>上一篇：没有了</div><footer>主办单位：某市 浙ICP备1号</footer>
"""


def test_title_and_facts_outside_of_the_text(tmp_path: Path) -> None:
    found = read(tmp_path, AROUND)
    (document,) = found.issue.documents
    assert document.title == "某市人民政府关于印发停车办法的通知"
    assert (document.number, document.issuer) == ("某政发〔2020〕1号", "某市人民政府")
    assert (document.addressees, str(document.issued_on)) == ("各区人民政府", "2020-01-02")
    texts = [clause.text for clause in found.parsed.clauses if clause.searchable]
    assert texts == [
        "某市人民政府关于印发停车办法的通知", "请执行停车办法。", "第一，不得乱停。",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrapper", ["{}", "<main><article>{}</article></main>", "<div id=zoom>{}</div>"]
)
def test_menus_and_buttons_are_no_clauses(tmp_path: Path, wrapper: str) -> None:
    body = (
        "<p>某市停车办法</p><p>第一条 不得乱停。</p><p>第二条 本办法自2020年1月1日起施行。</p>"
        "<div>责任编辑：张三</div><div>【打印】 【关闭】</div>"
    )
    found = read(tmp_path, wrapper.format(body), "<title>某市停车办法_某市人民政府</title>")
    texts = [clause.text for clause in found.parsed.clauses]
    assert texts == ["不得乱停。", "本办法自2020年1月1日起施行。"]
