"""OFD files: what is read of them, and why one is not."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import paged
import pytest
from paged import Page, Text, ofd_of, ofd_page, to_ofd

from qa_bot.errors import SourceError
from qa_bot.ingest.ofd import read_ofd
from qa_bot.text import strip_space

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "ingest" / "ofd"
SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
LINE = "第一条 为了加强管理，制定本办法。"


def page(*texts: tuple[str, float, float], before: str = "") -> str:
    return ofd_page(
        Page([Text(x, y, 10.5, text) for text, x, y in texts or ((LINE, 72, 100),)]), before
    )


def text_object(text: str, x: float, y: float, more: str = "", delta: str = "") -> str:
    return (
        f'<ofd:TextObject ID="1" Boundary="{x} {y} 100 10" Font="1" Size="4" {more}>'
        f'<ofd:TextCode X="0" Y="4" {delta}>{text}</ofd:TextCode></ofd:TextObject>'
    )


def raw_page(content: str, more: str = "") -> str:
    return (
        f"<ofd:Page {SPACE}><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area>{more}"
        f'<ofd:Content><ofd:Layer ID="2">{content}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def reason(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        read_ofd(data, "a.ofd")
    message = str(caught.value)
    assert "a.ofd" in message
    assert "\n" not in message
    assert " / " in message
    return message


def read(data: bytes) -> str:
    return read_ofd(data, "a.ofd").text.strip()


def test_text_and_title_are_read():
    found = read_ofd(ofd_of([page()], title="某某市公报"), "a.ofd")
    assert found.text == LINE
    assert found.titles == ("某某市公报",)
    assert found.pages == (0,)


@pytest.mark.parametrize(
    "where",
    [
        "/Doc_0/Pages/Page_0/Content.xml",
        "Pages\\Page_0\\Content.xml",
        "pages/page_0/CONTENT.xml",
        "./Pages/Page_0/Content.xml",
        "Doc_0/Pages/Page_0/Content.xml",
        "Tpls/../Pages/Page_0/Content.xml",
    ],
)
def test_paths_as_they_are_found_written(where):
    assert read(ofd_of([page()], locations=[where])) == LINE


@pytest.mark.parametrize("space", ["http://www.ofdspec.org", "http://example.org/x"])
def test_any_namespace_is_taken(space):
    one = page().replace("http://www.ofdspec.org/2016", space)
    assert read(ofd_of([one])) == LINE
    bare = (
        page()
        .replace("ofd:", "")
        .replace('xmlns:ofd="http://www.ofdspec.org/2016"', "")
        .replace("xmlns=", "x=")
    )
    bare = bare.replace(' xmlns:ofd="http://www.ofdspec.org/2016"', "")
    assert read(ofd_of([bare])) == LINE


def test_offsets_repeat_and_the_last_one_goes_on():
    for delta in ('DeltaX="g 3 4 4 4"', 'DeltaX="4"', "", 'DeltaX="4 4 4 4 4"'):
        assert (
            read(ofd_of([raw_page(text_object("经营场所面积", 20, 20, delta=delta))]))
            == "经营场所面积"
        )


def test_blocks_matrices_and_composite_objects():
    block = f"<ofd:PageBlock><ofd:PageBlock>{text_object('第三行。', 20, 60)}</ofd:PageBlock></ofd:PageBlock>"
    moved = text_object("第二行。", 20, 20, 'CTM="1 0 0 1 0 20"')
    unit = '<ofd:CompositeObject ID="8" Boundary="0 80 210 50" ResourceID="77"/>'
    resources = (
        f"<ofd:Res {SPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID='77' Width='9' Height='9'>"
        f"<ofd:Content>{text_object('第四行。', 20, 0)}</ofd:Content>"
        "</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>"
    )
    data = ofd_of(
        [raw_page(block + moved + unit + text_object("第一行。", 20, 20))],
        common="<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>",
        members={"Doc_0/DocumentRes.xml": resources},
    )
    assert [line.strip() for line in read(data).splitlines() if line.strip()] == [
        "第一行。", "第二行。", "第三行。", "第四行。",
    ]  # fmt: skip


def template(text: str, y: float) -> dict[str, str]:
    return {"Doc_0/Tpls/Tpl_0/Content.xml": raw_page(text_object(text, 80, y))}


COMMON = '<ofd:TemplatePage ID="5" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
USES = '<ofd:Template TemplateID="5" ZOrder="Background"/>'


def test_a_template_of_one_page_is_a_part_of_it():
    data = ofd_of(
        [raw_page(text_object("正文。", 20, 50), USES)], common=COMMON, members=template("表头", 40)
    )
    assert [line.strip() for line in read(data).splitlines()] == ["表头", "正文。"]


def test_what_a_template_draws_on_many_pages_is_furniture_or_beside():
    pages = [raw_page(text_object(f"第{n}条 正文。", 20, 50), USES) for n in range(4)]
    head = read_ofd(ofd_of(pages, common=COMMON, members=template("某某市公报", 8)), "a.ofd")
    assert [head.text[a:b] for a, b in head.furniture] == ["某某市公报"] * 4
    mark = read_ofd(ofd_of(pages, common=COMMON, members=template("内部资料", 140)), "a.ofd")
    assert [mark.text[a:b] for a, b in mark.asides] == ["内部资料"] * 4


def test_watermarks_and_seals_are_beside_the_document():
    note = (
        f'<ofd:PageAnnot {SPACE}><ofd:Annot ID="9" Type="Watermark"><ofd:Appearance Boundary="0 0 210 297">'
        f"{text_object('仅供内部使用', 50, 100)}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
    )
    listed = (
        f'<ofd:Annotations {SPACE}><ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annot.xml</ofd:FileLoc></ofd:Page>'
        "</ofd:Annotations>"
    )
    data = ofd_of(
        [page()],
        more="<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>",
        members={"Doc_0/Annots/Annotations.xml": listed, "Doc_0/Annots/Page_0/Annot.xml": note},
    )
    found = read_ofd(data, "a.ofd")
    assert [found.text[a:b] for a, b in found.asides] == ["仅供内部使用"]
    assert found.text.startswith(LINE)


def test_attachments_are_named_and_not_read():
    listed = (
        f'<ofd:Attachments {SPACE}><ofd:Attachment ID="1" Name="原文.docx"><ofd:FileLoc>x</ofd:FileLoc>'
        "</ofd:Attachment></ofd:Attachments>"
    )
    data = ofd_of(
        [page()],
        more="<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        members={"Doc_0/Attachs/Attachments.xml": listed},
    )
    assert any("原文.docx" in warning for warning in read_ofd(data, "a.ofd").warnings)


def test_several_documents_are_read_one_after_the_other():
    body = "<ofd:DocBody><ofd:DocRoot>Doc_{0}/Document.xml</ofd:DocRoot></ofd:DocBody>"
    members = {"OFD.xml": f"<ofd:OFD {SPACE}>{body.format(0)}{body.format(1)}</ofd:OFD>"}
    members["Doc_1/Document.xml"] = (
        f'<ofd:Document {SPACE}><ofd:Pages><ofd:Page ID="1" BaseLoc="C.xml"/></ofd:Pages></ofd:Document>'
    )
    members["Doc_1/C.xml"] = raw_page(text_object("第二份。", 20, 20))
    found = read_ofd(ofd_of([page()], members=members), "a.ofd")
    assert found.text.replace("\f", "|").replace("　", "") == f"{LINE}|第二份。"
    assert any("2 份文档" in warning for warning in found.warnings)


def test_the_current_version_is_read():
    entry = (
        f"<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot><ofd:Versions>"
        '<ofd:Version ID="1" Index="1" Current="true" BaseLoc="Doc_0/V.xml"/></ofd:Versions></ofd:DocBody></ofd:OFD>'
    )
    members = {
        "OFD.xml": entry,
        "Doc_0/V.xml": f"<ofd:DocVersion {SPACE}><ofd:DocRoot>New.xml</ofd:DocRoot></ofd:DocVersion>",
        "Doc_0/New.xml": f'<ofd:Document {SPACE}><ofd:Pages><ofd:Page ID="1" BaseLoc="C.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/C.xml": raw_page(text_object("新版。", 20, 20)),
    }
    assert read(ofd_of([page()], members=members)) == "新版。"


def test_a_missing_page_is_named():
    found = read_ofd(
        ofd_of([page()], locations=["Pages/Page_0/Content.xml", "Pages/Page_7/Content.xml"]),
        "a.ofd",
    )
    assert len(found.pages) == 2
    assert any("第2页" in warning for warning in found.warnings)
    assert "第1页" in reason(ofd_of([page()], locations=["nowhere.xml"]))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "压缩包"),
        (b"PK\x03\x04" + b"\0" * 60, "压缩包"),
        (ofd_of([page()])[:-40], "压缩包"),
        (ofd_of([page()], root="Doc_9/Document.xml"), "没有指向任何文档"),
        (ofd_of([]), "没有页"),
        (ofd_of([raw_page("")]), "没有文字"),
        (ofd_of([page()], members={"OFD.xml": "<x"}), "不是有效的 XML"),
        (ofd_of([page()], members={"../../etc/x": "1"}), "压缩包之外"),
        (ofd_of(["garbage"], members={"Encryptions.xml": "<x/>"}), "加密"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(data, says):
    assert says in reason(data)


def test_no_ofd_xml():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", "<x/>")
    assert "缺少 OFD.xml" in reason(out.getvalue())


LAUGHS = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9)
) + '<!ENTITY e0 "ha">]>'  # fmt: skip


@pytest.mark.parametrize(
    "start",
    [
        LAUGHS,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(start, encoding):
    entry = f"{start}<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocRoot>&e9;</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    assert "文档类型" in reason(ofd_of([page()], members={"OFD.xml": entry.encode(encoding)}))


def test_a_bomb_is_refused():
    assert "过大" in reason(ofd_of([page()], members={"OFD.xml": b" " * 80_000_000}))
    assert "过大" in reason(
        ofd_of([page()], members={"OFD.xml": b"<x>" + b" " * 20_000_000 + b"</x>"})
    )


def test_what_contains_itself_is_refused():
    unit = '<ofd:CompositeObject ID="8" Boundary="0 0 9 9" ResourceID="77"/>'
    resources = (
        f"<ofd:Res {SPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID='77'>"
        f"<ofd:Content>{unit * 20}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>"
    )
    data = ofd_of(
        [raw_page(unit)],
        common="<ofd:DocumentRes>R.xml</ofd:DocumentRes>",
        members={"Doc_0/R.xml": resources},
    )
    assert "没有穷尽" in reason(data)
    looped = {"Doc_0/Tpls/Tpl_0/Content.xml": raw_page("", USES)}
    assert "没有穷尽" in reason(ofd_of([raw_page("", USES)], common=COMMON, members=looped))
    nested = "<ofd:PageBlock>" * 200 + text_object("深", 20, 20) + "</ofd:PageBlock>" * 200
    assert "没有穷尽" in reason(ofd_of([raw_page(nested)]))


def test_numbers_out_of_all_measure_do_no_harm():
    for value in ("1e308", "NaN", "-99999999999", "", "x", "1e-320"):
        content = (
            f'<ofd:TextObject Boundary="{value} 20 {value} 10" Size="{value}" CTM="{value} 0 0 1 0 0">'
            f'<ofd:TextCode X="{value}" Y="4" DeltaX="g {value} {value}">文字</ofd:TextCode></ofd:TextObject>'
            f'<ofd:PathObject Boundary="{value} 0 1 1"><ofd:AbbreviatedData>M {value} 0 L 1 {value} C</ofd:AbbreviatedData></ofd:PathObject>'
        )
        found = read_ofd(ofd_of([raw_page(content + text_object("正文。", 20, 90))]), "a.ofd")
        assert "正文。" in found.text


def test_mutated_xml_gives_text_or_a_reason():
    rng = random.Random(7)
    good = page()
    for _ in range(400):
        data = list(good)
        for _ in range(rng.randrange(1, 8)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice((0, 1, 9))] = rng.choice(
                ("", "<", ">", "9", '"', "</ofd:Layer>", "a")
            )
        data_of = ofd_of(["".join(data)])
        try:
            read_ofd(data_of, "a.ofd")
        except SourceError:
            reason(data_of)


# Why a file of ../shared has other characters than its text objects hold.
EXPLAINED = {
    "layout__fptpl.ofd": "four of its five templates are drawn on no page",
    "converter__SignScaleError.ofd": "its second page is in the package, not in the document",
    "converter__draw_param_ref.ofd": "one template is drawn on four pages",
    "converter__pattern类型.ofd": "the watermark is a pattern that fills an annotation",
    "converter__zsbk.ofd": "148 characters are drawn twice at one place",
    "converter__y.ofd": "all its text is in composite objects",
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.ofd")), ids=lambda path: path.stem)
def test_real_files_have_the_characters_of_their_text_objects(path):
    from eval.pages import drawn

    expected = strip_space(drawn(path))
    if not expected and path.name not in EXPLAINED:
        assert "没有文字" in reason_of(path)
        return
    text = strip_space(read_ofd(path.read_bytes(), path.name).text)
    if path.name in EXPLAINED:
        assert sorted(text) != sorted(expected)
    else:
        assert sorted(text) == sorted(expected)


def reason_of(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_ofd(path.read_bytes(), path.name)
    return str(caught.value)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
def test_real_files_begin_as_the_manifest_says():
    """Where the manifest took the text objects in the order of pages, not of members."""
    same = 0
    for line in (SAMPLES / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["file"].endswith(".ofd") and entry["text_chars"]:
            path = SAMPLES / entry["file"]
            text = strip_space(read_ofd(path.read_bytes(), path.name).text)
            same += text.startswith(strip_space(entry["text_head"]))
    assert same >= 18


def test_two_hundred_pages_take_seconds():
    import time

    text = "第一条 为了加强管理，保护合法权益，根据有关法律，结合实际，制定本办法。\n" * 2900
    pages = (paged.Setter().set(text) * 3)[:200]
    data = to_ofd(pages)
    start = time.process_time()
    assert len(read_ofd(data, "a.ofd").pages) == 200
    assert time.process_time() - start < 30
