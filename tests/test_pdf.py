"""PDF files: what is read of them, and why one is not."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import paged
import pytest
from pypdfium2 import raw
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from qa_bot.errors import SourceError
from qa_bot.ingest import ocr
from qa_bot.ingest.pdf import read_pdf
from qa_bot.text import strip_space

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "ingest" / "ofd"


def drawn(draw, **options) -> bytes:
    paged.pdf_measure()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1, **options)
    canvas.setFont("STSong-Light", 12)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def plain(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "第一条 为了加强管理，制定本办法。")


def reason(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        read_pdf(data, "a.pdf")
    message = str(caught.value)
    assert "a.pdf" in message
    assert "\n" not in message
    assert " / " in message
    return message


def text_or_reason(data: bytes) -> None:
    try:
        read_pdf(data, "a.pdf")
    except SourceError:
        reason(data)


def test_text_is_read():
    assert read_pdf(drawn(plain), "a.pdf").text.strip() == "第一条 为了加强管理，制定本办法。"


def test_its_own_title_is_kept():
    def draw(canvas):
        canvas.setTitle("某某市人民政府公报")
        plain(canvas)

    assert read_pdf(drawn(draw), "a.pdf").titles == ("某某市人民政府公报",)


def test_a_password_is_asked_for():
    data = drawn(plain, encrypt=StandardEncryption("secret", strength=128))
    assert "密码" in reason(data)


def test_a_file_that_may_be_read_but_not_changed_is_read():
    data = drawn(
        plain, encrypt=StandardEncryption("", ownerPassword="x", canModify=0, strength=128)
    )
    assert "第一条" in read_pdf(data, "a.pdf").text


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"no pdf at all", b"%PDF-1.4\n" + b"\0" * 5000]
)
def test_what_is_no_pdf_says_so(data):
    assert "不是完好的 PDF" in reason(data)


def test_a_file_without_pages_says_so():
    data = drawn(plain)
    data = re.sub(rb"/Count 1 /Kids \[ \d+ 0 R \]", b"/Count 0 /Kids [       ]", data)
    reason(data)


def test_a_file_cut_off_is_read_or_refused():
    data = drawn(plain)
    for length in range(0, len(data), 97):
        text_or_reason(data[:length])


@pytest.mark.skipif(ocr.available(), reason="OCR is installed: the picture is read")
def test_a_page_that_is_a_picture_names_the_page_and_what_helps():
    from PIL import Image

    def draw(canvas):
        canvas.drawImage(ImageReader(Image.new("RGB", (600, 800), "gray")), 0, 0, 595, 842)

    message = reason(drawn(draw))
    assert "第1页是图片" in message
    assert "qa-bot[ocr]" in message

    def after_text(canvas):
        plain(canvas)
        canvas.showPage()
        draw(canvas)

    found = read_pdf(drawn(after_text), "a.pdf")
    assert "第一条" in found.text
    assert len(found.pages) == 2
    assert any("第2页是图片" in warning for warning in found.warnings)


def test_an_empty_page_is_no_text():
    assert "没有文字" in reason(drawn(lambda canvas: None))


def test_a_turned_page_is_read_as_it_is_shown():
    def draw(canvas):
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        for row in range(3):
            canvas.drawString(72, 500 - 20 * row, f"第{row}条 横向的一页。")

    lines = [line.strip() for line in read_pdf(drawn(draw), "a.pdf").text.splitlines()]
    assert [line for line in lines if line] == [f"第{row}条 横向的一页。" for row in range(3)]


def test_a_watermark_and_hidden_text_are_beside_the_document():
    def draw(canvas):
        plain(canvas)
        canvas.saveState()
        canvas.translate(200, 300)
        canvas.rotate(45)
        canvas.drawString(0, 0, "内部资料")
        canvas.restoreState()
        text = canvas.beginText(72, 500)
        text.setFont("STSong-Light", 12)
        text.setTextRenderMode(3)
        text.textOut("看不见的字")
        canvas.drawText(text)

    found = read_pdf(drawn(draw), "a.pdf")
    beside = strip_space("".join(found.text[a:b] for a, b in found.asides))
    assert sorted(beside) == sorted("内部资料看不见的字")


def test_a_hidden_layer_under_a_picture_is_read_with_a_warning():
    def draw(canvas):
        text = canvas.beginText(72, 500)
        text.setFont("STSong-Light", 12)
        text.setTextRenderMode(3)
        text.textOut("第一条 扫描件的文字层。")
        canvas.drawText(text)

    found = read_pdf(drawn(draw), "a.pdf")
    assert found.text.strip() == "第一条 扫描件的文字层。"
    assert any("第1页" in one and "核对之前不算原文" in one for one in found.warnings)


def test_hyphens_and_words_of_alphabets_stay():
    def draw(canvas):
        canvas.drawString(72, 700, "GB/T 33190-2016 Fixed-layout docu-")
        canvas.drawString(72, 684, "ment, 16-24岁")

    text = read_pdf(drawn(draw), "a.pdf").text
    assert "GB/T 33190-2016 Fixed-layout docu-" in text
    assert "ment, 16-24岁" in text


def test_a_table_within_a_form_is_a_table():
    def draw(canvas):
        canvas.beginForm("f")
        for x in (72, 200, 400):
            canvas.line(x, 600, x, 660)
        for y in (600, 630, 660):
            canvas.line(72, y, 400, y)
        canvas.endForm()
        canvas.doForm("f")
        for x, y, text in [
            (80, 640, "项目"),
            (210, 640, "数额"),
            (80, 610, "财政"),
            (210, 610, "35"),
        ]:
            canvas.drawString(x, y, text)

    lines = read_pdf(drawn(draw), "a.pdf").text.split("\n")
    assert lines == ["项目\t数额", "财政\t35"]


def test_two_hundred_pages_take_seconds():
    text = "第一条 为了加强管理，保护合法权益，根据有关法律，结合实际，制定本办法。\n" * 2900
    pages = paged.Setter(measure=paged.pdf_measure()).set(text)
    pages = (pages * 3)[:200]
    data = paged.to_pdf(pages)
    start = time.process_time()
    found = read_pdf(data, "a.pdf")
    assert len(found.pages) == 200
    assert time.process_time() - start < 30


def test_damaged_bytes_never_give_anything_but_text_or_a_reason():
    rng = random.Random(11)
    good = drawn(plain, pageCompression=0)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        text_or_reason(bytes(data))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pdf")), ids=lambda path: path.stem)
def test_all_characters_that_pdftotext_finds_are_found(path):
    done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    other = Counter(strip_space(done.stdout))
    text = Counter(strip_space(read_pdf(path.read_bytes(), path.name).text))
    assert sum((text & other).values()) >= 0.99 * sum(other.values())


def test_a_matrix_that_is_no_number_does_no_harm(monkeypatch):
    """Found by mutation of a compressed page: NaN has no direction."""

    def get(page, index, matrix):
        matrix.a = matrix.b = matrix.c = matrix.d = float("nan")
        return 1

    monkeypatch.setattr(raw, "FPDFText_GetMatrix", get)
    assert "没有文字" in reason(drawn(plain))
