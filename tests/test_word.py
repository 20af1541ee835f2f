"""Word documents, .docx and .doc: what a reader sees is in the text, paragraph by paragraph."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable

import pytest

from qa_bot.errors import SourceError
from qa_bot.ingest import CELL_ABOVE, CELL_EMPTY, CELL_LEFT, LIST_ITEM, Extracted
from qa_bot.ingest.doc import read_doc
from qa_bot.ingest.docx import read_docx
from qa_bot.ingest.numbering import Level, List, Lists, formatted
from tests import word_samples as word
from tests.word_samples import Doc, Para, cell, paragraph, table


def lines(found: Extracted) -> list[str]:
    return [line.strip(" ") for line in found.text.splitlines() if line.strip(" ")]


def body(xml: str, **parts: str) -> list[str]:
    return lines(read_docx(word.docx(xml, **parts), "a.docx"))


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def field(code: str, result: str | None) -> str:
    shown = "" if result is None else char("separate") + run(result)
    return f"{char('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{shown}{char('end')}"


BOX = "<w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent>"


@pytest.mark.parametrize(
    ("xml", "seen"),
    [
        (paragraph("甲", "<w:r><w:br/><w:t>乙</w:t></w:r>"), ["甲", "乙"]),
        (paragraph("甲", "<w:r><w:tab/></w:r>", "乙"), ["甲  乙"]),
        (paragraph("10m", run("2", '<w:vertAlign w:val="superscript"/>')), ["10m²"]),
        (paragraph("甲", run("隐", "<w:vanish/>"), run("乙", '<w:vanish w:val="0"/>')), ["甲乙"]),
        (paragraph("甲", "<w:r><w:softHyphen/><w:noBreakHyphen/></w:r>", "乙"), ["甲-乙"]),
        (paragraph(f"<w:hyperlink r:id='x'>{run('甲')}</w:hyperlink>"), ["甲"]),
        (paragraph(f"<w:smartTag>{run('甲')}</w:smartTag><w:fldSimple w:instr='PAGE'>{run('1')}</w:fldSimple>"), ["甲1"]),
        (f"<w:sdt><w:sdtContent>{paragraph('甲')}</w:sdtContent></w:sdt>", ["甲"]),
        (paragraph(f"<w:ins>{run('甲')}</w:ins><w:del><w:r><w:delText>乙</w:delText></w:r></w:del>"), ["甲"]),
        (paragraph(f"<w:moveFrom>{run('甲')}</w:moveFrom><w:moveTo>{run('乙')}</w:moveTo>"), ["乙"]),
        # the end of the first paragraph is deleted: the second goes on in it
        (paragraph("甲", properties="<w:rPr><w:del/></w:rPr>") + paragraph("乙"), ["甲乙"]),
        (paragraph("第", field("PAGE", "3"), "页"), ["第3页"]),
        (paragraph(field("IF " + "x" * 9, None), "甲"), ["甲"]),
        (paragraph(field("EQ \\o\\ac(○,3)", None), "甲"), ["③甲"]),
        (paragraph(field("TOC", "目录") + char("end"), "甲"), ["目录甲"]),
        (paragraph("<w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r>", "甲"), ["☑甲"]),
        (paragraph("<w:r><w:ruby><w:rt><w:r><w:t>wēn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>温</w:t></w:r></w:rubyBase></w:ruby></w:r>"), ["温"]),
        (paragraph("<m:oMath><m:r><m:t>x+y</m:t></m:r></m:oMath>"), ["x+y"]),
        # a box that floats stands behind the text, one in the line before its paragraph; never twice
        (paragraph("甲", f"<w:r><w:pict><v:textbox>{BOX}</v:textbox></w:pict></w:r>") + paragraph("乙"), ["甲", "乙", "框"]),
        (
            paragraph("甲", "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:inline>"
                      f"{BOX}</wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback>"
                      "</mc:AlternateContent></w:r>"),
            ["框", "甲"],
        ),
    ],
)  # fmt: skip
def test_what_is_seen(xml: str, seen: list[str]) -> None:
    assert body(xml) == seen


def test_a_strict_document_is_read_too() -> None:
    data = word.docx(paragraph("甲"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            part = old.read(info).replace(
                word.W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
            )
            new.writestr(info.filename, part)
    assert lines(read_docx(out.getvalue(), "a.docx")) == ["甲"]


STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="n"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="h"><w:name w:val="heading 1"/><w:basedOn w:val="g"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="g"><w:name w:val="x"/><w:basedOn w:val="h"/>'
    '<w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="character" w:styleId="v"><w:name w:val="v"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style>'
)


def level(place: int, way: str, text: str, extra: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{way}"/>'
        f'<w:lvlText w:val="{text}"/>{extra}</w:lvl>'
    )


NUMBERING = (
    '<w:abstractNum w:abstractNumId="0">'
    + level(0, "chineseCounting", "第%1条")
    + level(1, "chineseCountingThousand", "（%2）", '<w:suff w:val="nothing"/>')
    + level(2, "decimal", "%1.%3", "<w:isLgl/>")
    + level(3, "bullet", "l")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    + level(0, "decimal", "%1.", '<w:pStyle w:val="h"/>')
    + "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
)


def numbered(text: str, place: int, identity: int = 1) -> str:
    return paragraph(
        text,
        properties=f'<w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="{identity}"/></w:numPr>',
    )


def test_numbers_stand_in_the_text_and_are_counted() -> None:
    xml = (
        numbered("甲", 0) + numbered("乙", 1) + numbered("丙", 1) + numbered("丁", 2) + numbered("戊", 0)
        + numbered("己", 1) + numbered("庚", 3) + numbered("辛", 0, 3) + numbered("壬", 0, 0)
        + paragraph("癸", properties='<w:pStyle w:val="h"/>')
    )  # fmt: skip
    found = read_docx(word.docx(xml, numbering=NUMBERING, styles=STYLES), "a.docx")
    assert lines(found) == [
        "第一条 甲", "（一）乙", "（二）丙", "1.1 丁", "第二条 戊", "（一）己", LIST_ITEM * 3 + "庚", "第五条 辛", "壬", "1. 癸",
    ]  # fmt: skip
    assert "8 处编号" in found.warnings[0]


def test_hidden_by_a_style_and_a_style_that_rests_on_itself() -> None:
    xml = paragraph("甲", run("乙", '<w:rStyle w:val="v"/>')) + paragraph(
        "丙", properties='<w:pStyle w:val="g"/>'
    )
    assert body(xml, styles=STYLES) == ["甲", "丙"]


def test_deleted_paragraphs_take_no_number() -> None:
    gone = numbered("", 0).replace("<w:numPr>", "<w:rPr><w:del/></w:rPr><w:numPr>")
    assert body(gone + numbered("甲", 0), numbering=NUMBERING) == ["第一条 甲"]


MERGE = '<w:vMerge w:val="restart"/>'


@pytest.mark.parametrize(
    ("rows", "held"),
    [
        (
            [
                cell("序号", properties=MERGE) + cell("金额"),
                cell("", properties="<w:vMerge/>") + cell(""),
            ],
            [["序号", "金额"], [CELL_ABOVE, CELL_EMPTY]],
        ),
        (
            [
                cell("甲") + cell("乙") + cell("丙"),
                cell("合计", properties='<w:gridSpan w:val="2"/>') + cell("丁"),
            ],
            [["甲", "乙", "丙"], ["合计", CELL_LEFT, "丁"]],
        ),
        (
            [cell("甲") + cell("乙"), f'<w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("丙")}'],
            [["甲", "乙"], [CELL_EMPTY, "丙"]],
        ),
        # a row that was deleted, a cell of two paragraphs, a table within a cell
        (
            [cell("甲") + cell("乙", "丙"), f"<w:trPr><w:del/></w:trPr>{cell('丁')}{cell('戊')}"],
            [["甲", "乙 丙"]],
        ),
        ([cell("甲") + cell("乙", table(cell("内") + cell("外")))], [["甲", "乙 内 外"]]),
    ],
)
def test_tables(rows: list[str], held: list[list[str]]) -> None:
    found = read_docx(word.docx(table(*rows)), "a.docx")
    read = [
        [" ".join(one.split(" ")).strip(" ") for one in line.split("\t")]
        for line in found.text.splitlines()
        if "\t" in line
    ]
    assert [[" ".join(one.split()) if one.strip() else one for one in row] for row in read] == held


def test_titles_heads_and_notes() -> None:
    xml = (
        paragraph("某市人民政府关于", properties='<w:jc w:val="center"/>')
        + paragraph("停车的通知", properties='<w:jc w:val="center"/>')
        + paragraph("正文", '<w:r><w:footnoteReference w:id="2"/></w:r>', "。")
        + '<w:sectPr><w:headerReference r:id="r_header"/><w:footerReference r:id="r_header"/></w:sectPr>'
    )
    note = '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/><w:t>注</w:t></w:r></w:p></w:footnote>'
    data = word.docx(
        xml, footnotes=note, header=paragraph("某市公报"), title="某市人民政府关于停车的通知"
    )
    found = read_docx(data, "a.docx")
    assert lines(found) == ["某市人民政府关于", "停车的通知", "正文¹。", "¹注", "某市公报"]
    assert [found.text[a:b].strip() for a, b in found.asides] == ["¹注", "某市公报"]
    assert [found.text[a:b].strip() for a, b in found.furniture] == ["某市公报"]
    assert found.titles == ("某市人民政府关于停车的通知",)


def test_what_python_docx_writes() -> None:
    """The reader and the writer do not know each other."""
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    document = docx.Document()
    document.core_properties.title = "某市停车办法"
    document.add_heading("某市停车办法", 0)
    document.add_paragraph("第一条 为了规范停车，制定本办法。")
    document.add_paragraph("随地吐痰；", style="List Number")
    held = document.add_table(rows=3, cols=3)
    for index, one in enumerate(held._cells):
        one.text = str(index)
    held.cell(0, 0).merge(held.cell(1, 0))
    held.cell(2, 1).merge(held.cell(2, 2))
    document.sections[0].header.paragraphs[0].text = "某市公报"
    out = io.BytesIO()
    document.save(out)
    found = read_docx(out.getvalue(), "a.docx")
    seen = lines(found)
    assert seen[:3] == ["某市停车办法", "第一条 为了规范停车，制定本办法。", "1. 随地吐痰；"]
    assert seen[3].replace(" ", "") == "03\t1\t2"
    assert seen[4].replace(" ", "") == f"{CELL_ABOVE}\t4\t5"
    assert seen[5].replace(" ", "") == f"6\t78\t{CELL_LEFT}"
    assert seen[6] == "某市公报"
    assert found.titles[0] == "某市停车办法"


@pytest.mark.parametrize(
    ("number", "way", "shown"),
    [
        (10, "chineseCounting", "十"), (21, "chineseCountingThousand", "二十一"), (110, "chineseCounting", "一百一十"),
        (12, "chineseLegalSimplified", "壹拾贰"), (12, "ideographDigital", "一二"), (3, "ideographTraditional", "丙"),
        (2, "ideographZodiac", "丑"), (61, "ideographZodiac", "61"), (21, "decimalEnclosedCircleChinese", "㉑"),
        (36, "decimalEnclosedCircle", "36"), (3, "decimalEnclosedParen", "⑶"), (7, "decimalZero", "07"),
        (28, "lowerLetter", "bb"), (1994, "upperRoman", "MCMXCIV"), (11, "ordinal", "11th"), (5, "no such", "5"),
        (3, "decimalFullWidth", "３"), (0, "upperRoman", "0"), (-1, "chineseCounting", "-1"),
    ],
)  # fmt: skip
def test_number_formats(number: int, way: str, shown: str) -> None:
    assert formatted(number, way) == shown


def test_a_level_that_never_restarts() -> None:
    levels = {0: Level(text="%1."), 1: Level(text="%2)", restart=0)}
    counted = Lists()
    labels = [counted.label("1", List("1", levels), place) for place in (0, 1, 0, 1)]
    assert labels == ["1. ", "1) ", "2. ", "2) "]


EDGES = [0, 1000, 2000]


def row(*texts: str, edges: list[int] = EDGES, merges: dict[int, int] | None = None) -> list[Para]:
    cells = [Para([(text, b"")], word.IN_TABLE, "\x07") for text in texts]
    return [*cells, word.row_end(edges, merges)]


def doc(*body: Para, **stories: list[str]) -> Extracted:
    return read_doc(word.doc(Doc(list(body), **stories)), "a.doc")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("runs", "seen"),
    [
        ([("甲\x0b乙\x1e丙\x1f丁", b"")], ["甲", "乙-丙丁"]),
        ([("甲", b""), ("隐", word.HIDDEN), ("删", word.DELETED), ("乙", b"")], ["甲乙"]),
        ([("10m", b""), ("2", word.RAISED)], ["10m²"]),
        ([("第\x13PAGE \\* MERGEFORMAT\x143\x15页", b"")], ["第3页"]),
        ([("\x13SHAPE\x15甲\x13EQ \\o\\ac(○,3)\x15", b"")], ["甲③"]),
        ([("甲\x13IF\x13PAGE\x141\x15\x14乙\x15", b"")], ["甲乙"]),
        ([("𠮷野", b""), ("家", b"")], ["𠮷野家"]),
        ([("甲\x01\x08乙", word.SPECIAL)], ["甲乙"]),
    ],
)
def test_what_is_seen_of_a_doc(runs: list[tuple[str, bytes]], seen: list[str]) -> None:
    units = [("".join(_units(text)), modifiers) for text, modifiers in runs]
    assert lines(doc(Para(units))) == seen


def _units(text: str) -> list[str]:
    raw = text.encode("utf-16-le")
    return [chr(int.from_bytes(raw[at : at + 2], "little")) for at in range(0, len(raw), 2)]


def test_a_doc_has_tables_numbers_heads_boxes_and_notes() -> None:
    found = doc(
        Para([("某市停车办法", b"")], word.CENTRED),
        Para([("为了规范", b""), ("\x02", word.SPECIAL)], word.in_list()),
        Para([("不得乱停", b"")], word.in_list()),
        *row("甲", "乙", merges={0: 0x60}),
        *row("", "丁", merges={0: 0x20}),
        *row("合计", edges=[0, 2010]),
        Para([("末", b"")]),
        headers=["某市公报"], boxes=["框"], notes=["注"], levels=[(39, "第\0条")],
    )  # fmt: skip
    assert [line.replace(" ", "") for line in lines(found)] == [
        "某市停车办法", "第一条为了规范¹", "第二条不得乱停", "甲\t乙", f"{CELL_ABOVE}\t丁", f"合计\t{CELL_LEFT}", "末",
        "框", "¹注", "某市公报",
    ]  # fmt: skip
    assert [found.text[a:b].strip() for a, b in found.furniture] == ["某市公报"]
    assert found.titles == ("某市停车办法",)


def test_numbers_of_levels_in_a_doc() -> None:
    levels = [(37, "\0、"), (37, "（\1）"), (0, "\0.\2")]
    body = [
        Para([(text, b"")], word.in_list(place))
        for text, place in zip("甲乙丙丁", (0, 1, 1, 0), strict=True)
    ]
    found = doc(*body, levels=levels)
    assert lines(found) == ["一、甲", "（一）乙", "（二）丙", "二、丁"]


def test_many_paragraphs_over_many_pages_of_properties() -> None:
    body = [Para([(f"甲{number}", b""), ("隐", word.HIDDEN)]) for number in range(200)]
    assert lines(doc(*body)) == [f"甲{number}" for number in range(200)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flags": 0x0100}, "密码"),
        ({"flags": 0x8000}, "密码"),
        ({"version": 0x68}, "6.0/95"),
    ],
)
def test_a_doc_that_cannot_be_read_says_why(change: dict[str, int], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_doc(word.doc(Doc([Para([("甲", b"")])], **change)), "a.doc")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (read_docx, word.docx(paragraph("甲" * 300))),
        (read_doc, word.doc(Doc([Para([("甲", b"")])]))),
    ],
)
def test_cut_anywhere_it_is_read_or_refused(
    read: Callable[[bytes, str], Extracted], data: bytes
) -> None:
    for end in range(0, len(data), 61):
        found = None
        with contextlib.suppress(SourceError):
            found = read(data[:end], "a")
        assert found is None or set(found.text) <= set("甲\u2029\n")
