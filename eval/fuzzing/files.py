"""Targets of files: each format that is read, and what looks like one.

Readers are called in this process, not in the child that the product reads such files in: what the child would
turn into «is damaged (KeyError)» is a failure here.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st

from eval.fuzzing.target import ROOT, Features, Target, hold, said_to_a_user
from eval.fuzzing.texts import LINES, holds_of, sample_texts
from qa_bot.errors import SourceError
from qa_bot.ingest import Extracted, Known, Source, read_known
from qa_bot.ingest.formats import read_bytes
from qa_bot.ingest.guard import MEMORY
from qa_bot.outline import outline
from tests import paged
from tests import word_samples as word

__all__ = ["HELD", "MARKS", "TAGS"]

_READ_ON = 12_000  # characters: of a longer text the parser is left to its own target


def holds_of_file(found: Extracted) -> Features:
    """What holds of whatever a reader gives: places within the text, in order; a text that can be kept."""
    text = found.text
    text.encode("utf-8")  # no surrogates: it could not be hashed, stored or sent
    features = {f"title {bool(found.titles)}", f"pages {min(len(found.pages), 3)}"}
    for name, spans in (("aside", found.asides), ("furniture", found.furniture)):
        hold(all(0 <= a < b <= len(text) for a, b in spans), name, spans, len(text))
        hold(list(spans) == sorted(spans), "not in order", name, spans)
        hold(all(a[1] <= b[0] for a, b in pairwise(spans)), "one over the other", name, spans)
        features.add(f"{name} {min(len(spans), 3)}")
    hold(list(found.pages) == sorted(set(found.pages)), "pages out of order", found.pages)
    hold(not found.pages or found.pages[0] == 0, "the first page", found.pages)
    hold(all(page <= len(text) for page in found.pages), "a page behind the text", found.pages)
    hold(all(title.strip() for title in found.titles), "an empty title", found.titles)
    for title in found.titles:
        title.encode("utf-8")
    for warning in found.warnings:
        hold(" / " in warning and warning.isprintable(), "a warning in one language", warning)
        features.add(f"warning {' '.join(warning.partition(' / ')[2].split()[:4])}")
    return frozenset(features)


def _reads(name: str, data: bytes) -> Features:
    """Text or a reason; of a text all that holds of it."""
    try:
        found = read_bytes(data, name)
    except SourceError as error:
        hold(name in str(error), "a message that does not name the file", str(error))
        return said_to_a_user(error)
    features = holds_of_file(found)
    if len(found.text) <= _READ_ON:
        source = Source(
            name, found.text, "0" * 64, found.asides, found.titles, found.pages, found.furniture,
            found.warnings,
        )  # fmt: skip
        features |= holds_of(outline(source))
    again = read_bytes(data, name)
    hold(again == found, "not the same twice")
    return features


# ---- texts and web pages


def _txt_seeds() -> Iterator[bytes]:
    for data in list(sample_texts())[:12]:
        yield data[:3_000].decode("utf-8", "ignore").encode("gb18030")
        yield data[:3_000].decode("utf-8", "ignore").encode("utf-16")
        yield data[:3_000]


def _html_seeds() -> Iterator[bytes]:
    for folder in ("documents", "exemption_lists/web"):
        for path in sorted((ROOT / "tests" / folder).glob("*.html")):
            yield path.read_bytes()


TAGS = (
    "<p>", "</p>", "<div>", "</div>", "<table>", "</table>", "<tr>", "<td>", "</td>", "<td rowspan=2>", "<td colspan=3>",
    "<td rowspan=0>", "<td rowspan=99999>", "<th>", "<br>", "<pre>", "</pre>", "<nav>", "</nav>", "<div id=zoom>", "<script>", "</script>", "<!--", "-->",
    "<span style=display:none>", "</span>", "<ul>", "<ol start=3>", "<li>", "<title>", "</title>", "&nbsp;", "&#xD800;", "&#0;", "&lt;", "<", "</tr>", "<h1>",
    "<article>", "</article>", "<meta charset=gb2312>", "<svg>", "<math>", "<template>", "<textarea>", "<noscript>", "<select><option>", "<![CDATA[", "<?xml ?>",
)  # fmt: skip


def _pieces(words: tuple[str, ...], head: str = "") -> st.SearchStrategy[bytes]:
    lines = st.sampled_from((*words, *LINES))
    return st.lists(st.one_of(lines, st.text(max_size=4)), max_size=40).map(
        lambda drawn: (head + "".join(drawn)).encode("utf-8", "replace")
    )


MARKS = (
    "# ", "## ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n| 甲 | 乙 |\n", "```\n", "**", "`", "[甲](乙)", "![", "<b>", "---\n", "\n\n", "\n", "    ", "\\", "&amp;", "~~~\n",
    "[^1]: 注", "+ ", "***", "<!--", "|",
)  # fmt: skip


def _md_seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "docs").glob("*.md")):
        yield path.read_text(encoding="utf-8")[:1_500].encode()
    yield (ROOT / "README.md").read_text(encoding="utf-8")[:1_500].encode()


# ---- containers


def _docx_seeds() -> Iterator[bytes]:
    lines = "".join(word.paragraph(line) for line in LINES if line.isprintable())
    yield word.docx(lines, title="某某市停车管理办法")
    rows = word.table(
        word.cell("序号", properties='<w:vMerge w:val="restart"/>') + word.cell("名称", properties='<w:gridSpan w:val="2"/>'),
        word.cell("", properties="<w:vMerge/>") + word.cell("甲") + word.cell(word.table(word.cell("乙"))),
    )  # fmt: skip
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>3</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
        '<w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = (
        word.paragraph("某某市人民政府关于停车的通知", properties='<w:pStyle w:val="a"/>')
        + word.paragraph("为了规范停车。", properties=numbered) * 2 + word.paragraph("见", field) + rows
        + word.paragraph('<w:ins><w:r><w:t>加</w:t></w:r></w:ins><w:del><w:r><w:delText>减</w:delText></w:r></w:del>')
        + word.paragraph("注", '<w:r><w:footnoteReference w:id="2"/></w:r>')
    )  # fmt: skip
    yield word.docx(
        body, numbering=numbering, header=word.paragraph("公报"),
        styles='<w:style w:type="paragraph" w:styleId="a"><w:name w:val="heading 1"/><w:basedOn w:val="a"/></w:style>',
        footnotes=f'<w:footnote w:id="2">{word.paragraph("注文")}</w:footnote>',
    )  # fmt: skip


def _doc_seeds() -> Iterator[bytes]:
    para = word.Para
    lines = [para([(line, b"")]) for line in LINES if line.isprintable()]
    yield word.doc(word.Doc(lines, headers=["公报"]))
    body = [
        para([("某某市停车管理办法", b"")], word.CENTRED), para([("停车应当有序。", b"")], word.in_list()),
        para([("隐", word.HIDDEN), ("删", word.DELETED), ("上", word.RAISED)]), para([("见", b""), ("\x02", word.SPECIAL)]),
        para([("甲", b"")], word.IN_TABLE, "\x07"), para([("乙", b"")], word.IN_TABLE, "\x07"), word.row_end([0, 2000, 4000], {0: 0x60}),
    ]  # fmt: skip
    yield word.doc(word.Doc(body, boxes=["框"], notes=["注文"], levels=[(39, "第\0条")]))


@cache
def _pages() -> tuple[paged.Page, ...]:
    setter = paged.Setter(size=10.5)
    text = (ROOT / "tests" / "documents" / "01.txt").read_text(encoding="utf-8")[:800]
    return tuple(setter.set(text + "\n序号\t名称\n1\t甲\n2\t乙\n"))


def _pdf_seeds() -> Iterator[bytes]:
    try:
        paged.pdf_measure()
    except ImportError:  # pragma: no cover - reportlab is a tool of the tests
        return
    yield paged.to_pdf([paged.Page([paged.Text(72, 100, 12, "第一条 停车。")])], pageCompression=0)
    table = paged.Setter().set("某某市名单\n第一条 停车。\n序号\t名称\n1\t甲\n\t乙\n")
    yield paged.to_pdf(table, pageCompression=0)
    yield paged.to_pdf(_pages())


def _ofd_seeds() -> Iterator[bytes]:
    yield paged.to_ofd(_pages(), "某某市公报")
    yield paged.to_ofd([paged.Page([paged.Text(72, 100, 12, "第一条 停车。")])])


def _zip_of(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def _foreign_seeds() -> Iterator[bytes]:
    """Files of other programs, which must be refused with advice; by their beginnings or their members."""
    from openpyxl import Workbook

    out = io.BytesIO()
    book = Workbook()
    book.active["A1"] = "序号"
    book.save(out)
    yield out.getvalue()
    yield _zip_of(**{"[Content_Types].xml": "<Types/>", "ppt__presentation.xml": "<p/>"})
    yield _zip_of(**{"mimetype": "application/epub+zip", "META-INF__container.xml": "<c/>"})
    yield _zip_of(**{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<c/>"})
    yield _zip_of(**{"公报.txt": "第一条"})
    yield word.ole({"Workbook": b"\x09\x08"})
    yield word.ole({"PowerPoint Document": b"", "EncryptedPackage": b""})
    yield from (
        b"{\\rtf1 a}",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"Rar!\x1a\x07\0",
        b"%!PS-Adobe",
        b"\x1f\x8b\x08\0",
    )
    yield b"From: a\r\nMIME-Version: 1.0\r\n\r\n<html>"
    yield b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>'


# ---- what is known of a file (TOML)


def _known(data: bytes) -> Features:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.toml"
        path.write_bytes(data)
        try:
            known = read_known(path)
        except SourceError as error:
            hold("t.toml" in str(error), "a message that does not name the file", str(error))
            return said_to_a_user(error)
    hold(isinstance(known, Known), known)
    for name in ("name", "publisher", "origin"):
        hold(getattr(known, name) is None or isinstance(getattr(known, name), str), name)
    found = outline(Source("t.txt", "某某市公报\n第一条 甲。\n", "0" * 64), known)
    return holds_of(found)


_TOML = (
    'name = "某某市公报"\n', "year = 2019\n", "number = 4\n", "total_number = 200\n", "published_on = 2019-04-30\n", 'publisher = "办公室"\n',
    'origin = "甲"\n', "year = true\n", "number = -1\n", "year = 99999999999999999999\n", "published_on = 2019-02-30\n", "[a]\n", "a.b = 1\n", 'name = ""\n', "=", "[[", "\0",
    "published_on = 2019-04-30T00:00:00\n", "number = 4.0\n",
)  # fmt: skip


def _target(
    name: str,
    about: str,
    suffix: str,
    seeds: object,
    shape: str,
    words: tuple[str, ...] = (),
    **more: object,
) -> Target:
    return Target(
        name=name, about=f"{about}：文字或双语的理由 / text or a reason in both languages",
        check=lambda data: _reads(f"t{suffix}", data), seeds=seeds, shape=shape, words=words, memory=MEMORY, **more,
    )  # type: ignore[arg-type]  # fmt: skip


_XML = (
    "<w:p/>", "<w:tbl>", "</w:tbl>", '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="-1"/>', '<w:gridSpan w:val="99999999"/>',
    '<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="end"/>', '<w:ilvl w:val="99"/>', '<w:numId w:val="-1"/>', "<w:br/>", "<w:tab/>", "<w:sdt>", "</w:sdt>",
    "<mc:AlternateContent>", "</mc:AlternateContent>", "<w:txbxContent>", '<w:sym w:char="F0FE"/>', '<w:sym w:char="D800"/>', "&#x110000;", "&amp;", "<!DOCTYPE a>", "<m:r><m:t>x</m:t></m:r>",
)  # fmt: skip
_OFD = (
    '<ofd:TextCode X="0" Y="4">文字</ofd:TextCode>', 'DeltaX="g 9999999 1"', 'CTM="0 0 0 0 0 0"', 'Boundary="0 0 0 0"', 'Boundary="NaN 1 1 1"', 'Boundary="-1e30 1 1e300 1"',
    "<ofd:Layer>", "</ofd:Layer>", "<ofd:PageBlock>", "</ofd:PageBlock>", '<ofd:Template TemplateID="1"/>', 'ID="1"', "<ofd:PhysicalBox>0 0 0 0</ofd:PhysicalBox>", "&amp;", "../",
)  # fmt: skip
_PDF = (
    " Tj", " TJ", " Td", " Tm", " Tf", "q ", "Q ", "BT ", "ET ", "cm ", "0 0 0 0 0 0 cm ", "/F1 0 Tf ", "1e38 ", "-1e38 ", " re ", " l S ", "obj", "endobj", "<<", ">>", "stream", "endstream", "/Rotate 90 ",
    "/Kids [1 0 R]", "1 0 R", "/UserUnit 1e9 ", "/MediaBox [0 0 0 0]", "Do ",
)  # fmt: skip

HELD: tuple[Target, ...] = (
    _target("txt", "纯文本、编码 / text in any encoding", ".txt", _txt_seeds, "bytes", strategy=lambda: st.binary(max_size=400), longest=12_000),
    _target("html", "网页 / web pages", ".html", _html_seeds, "text", (*TAGS, *LINES), strategy=lambda: _pieces(TAGS, "<html><body>"), longest=40_000),
    _target("markdown", "Markdown", ".md", _md_seeds, "text", (*MARKS, *LINES), strategy=lambda: _pieces(MARKS), longest=12_000),
    _target("docx", "Word（docx）", ".docx", _docx_seeds, "zip", (*_XML, *LINES)),
    _target("doc", "Word 97–2003（doc）", ".doc", _doc_seeds, "bytes"),
    _target("pdf", "PDF", ".pdf", _pdf_seeds, "bytes", _PDF),
    _target("ofd", "OFD", ".ofd", _ofd_seeds, "zip", (*_OFD, *LINES)),
    _target("foreign", "xlsx、pptx、epub 等读不了的 / xlsx, pptx, epub and others that are not read", ".docx", _foreign_seeds, "zip"),
    Target(
        name="known", about="公报旁边的 TOML：值或双语的理由 / the TOML beside a gazette: values or a reason",
        check=_known, seeds=lambda: [(ROOT / "corpus" / "wenzhou-2019-04.toml").read_bytes()], shape="text", words=_TOML, longest=4_000,
        strategy=lambda: st.lists(st.one_of(st.sampled_from(_TOML), st.text(max_size=6)), max_size=8).map(lambda drawn: "".join(drawn).encode("utf-8", "replace")),
    ),
)  # fmt: skip
