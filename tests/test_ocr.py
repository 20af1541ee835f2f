"""Scanned pages, where the extra `ocr` is installed."""

from __future__ import annotations

import io
import warnings

import paged
import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from qa_bot.ingest import ocr
from qa_bot.ingest.ofd import read_ofd
from qa_bot.ingest.pdf import read_pdf
from qa_bot.text import strip_space

needs_ocr = pytest.mark.skipif(not ocr.available(), reason="the extra ocr is not installed")
LINES = [
    "第一条 为了加强药品经营许可管理，制定本细则。",
    "第二条 企业经营场所面积不得少于40平方米。",
    "第三条 本细则自2015年10月1日起施行。",
]


@pytest.fixture(scope="module")
def picture():
    page = paged.Page([paged.Text(72, 120 + 24 * n, 14, line) for n, line in enumerate(LINES)])
    document = pypdfium2.PdfDocument(paged.to_pdf([page]))
    return document[0].render(scale=200 / 72).to_pil()


def check(found) -> None:
    assert any(
        "第1页" in one and "OCR" in one and "核对之前不算原文" in one for one in found.warnings
    )
    read = [strip_space(line) for line in found.text.splitlines() if line.strip()]
    wanted = [strip_space(line) for line in LINES]
    assert len(read) == len(wanted)
    for one, other in zip(read, wanted, strict=True):
        same = sum(a == b for a, b in zip(one, other, strict=False))
        assert same >= 0.8 * len(other)


@needs_ocr
@pytest.mark.filterwarnings("ignore")
def test_a_scanned_pdf_is_read_and_says_so(picture):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    check(read_pdf(out.getvalue(), "a.pdf"))


@needs_ocr
@pytest.mark.filterwarnings("ignore")
def test_a_scanned_ofd_is_read_and_says_so(picture):
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    page = (
        f'<ofd:Page {space}><ofd:Content><ofd:Layer ID="1"><ofd:ImageObject ID="2" '
        'Boundary="0 0 210 297" CTM="210 0 0 297 0 0" ResourceID="7"/></ofd:Layer></ofd:Content></ofd:Page>'
    )
    resources = (
        f'<ofd:Res {space} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="7" Type="Image">'
        "<ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"
    )
    data = paged.ofd_of(
        [page],
        common="<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>",
        members={"Doc_0/DocumentRes.xml": resources, "Doc_0/Res/a.png": packed.getvalue()},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(read_ofd(data, "a.ofd"))


def test_pages_are_listed_as_a_reader_lists_them():
    assert ocr.listed([3]) == "3"
    assert ocr.listed([3, 4, 6, 8, 9, 10]) == "3、4、6、8–10"


def test_the_reason_names_pages_and_what_to_install():
    message = str(ocr.needed("a.pdf", [3, 4]))
    assert "第3、4页是图片" in message
    assert ocr.available() or "qa-bot[ocr]" in message
