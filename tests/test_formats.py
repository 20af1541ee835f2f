"""Which format a file is in, what is not read, hostile files, and readers run apart."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from qa_bot.errors import SourceError
from qa_bot.ingest import FORMATS, SUFFIXES, corpus_files, guard, read_corpus, read_source
from qa_bot.ingest.formats import read_bytes
from qa_bot.text import strip_space
from tests import word_samples as word
from tests.word_samples import Doc, Para, paragraph

DOCX = word.docx(paragraph("第一条 甲。"))
DOC = word.doc(Doc([Para([("第一条 甲。", b"")])]))
HTML = b"<html><body><p>\xe7\xac\xac\xe4\xb8\x80\xe6\x9d\xa1 \xe7\x94\xb2\xe3\x80\x82</p></body></html>"
TEXT = "第一条 甲。".encode()


def pack(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".docx", ".doc", ""])
@pytest.mark.parametrize(
    ("data", "kinds"),
    [(DOCX, ("docx",)), (DOC, ("doc",)), (HTML, ("html",)), (TEXT, ("txt", "md"))],
)
def test_a_file_is_read_as_what_it_is(
    tmp_path: Path, suffix: str, data: bytes, kinds: tuple[str, ...]
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    source = read_source(path)
    assert strip_space(source.text) == "第一条甲。"
    right = not suffix or any(suffix in FORMATS[kind].suffixes for kind in kinds)
    # A text by the name of a web page is read as one, which changes nothing in it.
    right |= kinds[0] == "txt" and suffix == ".html"
    assert len(source.warnings) == (0 if right else 1)
    assert right or suffix in source.warnings[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{\\rtf1\\ansi", "RTF"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"Rar!\x1a\x07\0", "RAR"),
        (pack(a=b"1"), "ZIP"),
        (pack(**{"xl/workbook.xml": b"1"}), "xlsx"),
        (pack(**{"content.xml": b"<a/>"}), "odt"),
        (word.ole({"Workbook": b"1"}), "xls"),
        (word.ole({"EncryptedPackage": b"1"}), "密码"),
        (word.ole({"Contents": b"1"}), "OLE"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "MHTML"),
        (
            b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>',
            "Word XML",
        ),
        (b"PK\x03\x04", "压缩目录"),
        (DOCX[:-200], "压缩目录"),
        (word.OLE_SIGN + bytes(10), "OLE"),
        (b"", "没有文字"),
        (word.docx(""), "没有文字"),
    ],
)
def test_what_is_not_read_says_what_it_is(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "附件.doc"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=said) as error:
        read_source(path)
    assert "附件.doc" in str(error.value)
    assert " / " in str(error.value)
    assert "\n" not in str(error.value)


def bomb(size: int) -> bytes:
    return word.docx("", extra={"word/document.xml": b" " * size})


def encrypted(data: bytes) -> bytes:
    """The archive with the flag that says that its parts need a password."""
    out = bytearray(data)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(sign)
        while at >= 0:
            out[at + place] |= 1
            at = out.find(sign, at + 4)
    return bytes(out)


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(f'<!ENTITY {chr(99 + i)} "{f"&{chr(98 + i)};" * 8}">' for i in range(8))
    + "]>"
)


def with_main(main: str | bytes) -> bytes:
    return pack(
        word__document=b"",
        **{"word/document.xml": main if isinstance(main, bytes) else main.encode()},
    )


BODY = f'<w:document xmlns:w="{word.W}"><w:body>%s</w:body></w:document>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (bomb(60_000_000), "解压后过大"),
        (bomb(40_000_000), "解压后过大"),  # 1,000 times smaller when packed
        (encrypted(DOCX), "密码"),
        (with_main(LAUGHS + BODY % "&j;"), "DTD"),
        (with_main('<!DOCTYPE a SYSTEM "file:///etc/passwd">' + BODY % ""), "DTD"),
        (
            with_main(
                ('<?xml version="1.0" encoding="utf-16"?>' + LAUGHS + BODY % "").encode("utf-16")
            ),
            "DTD",
        ),
        (with_main(BODY % ("<w:sdt>" * 5000)), "document.xml"),
        (with_main(BODY % ("<w:p>" * 300 + "</w:p>" * 300)), "document.xml"),
        (with_main("甲"), "document.xml"),
        (pack(**{"word/styles.xml": b"<a/>"}), "缺"),
    ],
)
def test_hostile_documents_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    began = time.monotonic()
    with pytest.raises(SourceError, match=said):
        read_source(path)
    assert time.monotonic() - began < 10


def test_odd_names_and_nested_archives_are_left_alone(tmp_path: Path) -> None:
    odd = {
        "../../evil": b"x",
        "/etc/passwd": b"x",
        "a" * 5000: b"x",
        "word/embeddings/a.zip": pack(a=DOCX),
    }
    path = tmp_path / "a.docx"
    path.write_bytes(word.docx(paragraph("甲"), extra=odd))
    assert read_source(path).text.strip() == "甲"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.docx"]


def test_styles_and_lists_in_a_circle() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="a"><w:basedOn w:val="a"/></w:style>'
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="a"/><w:styleLink w:val="a"/></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    xml = paragraph("甲", properties='<w:pStyle w:val="a"/><w:numPr><w:numId w:val="1"/></w:numPr>')
    assert (
        read_bytes(word.docx(xml, styles=styles, numbering=numbering), "a.docx").text.strip()
        == "甲"
    )


@pytest.mark.parametrize("place", [0x2C, 0x30, 0x3C, 0x44, 0x48, 0x4C])
@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF, 0xFFFFFFFE])
def test_containers_that_lead_in_a_circle(place: int, number: int) -> None:
    data = bytearray(DOC)
    struct.pack_into("<I", data, place, number)
    began = time.monotonic()
    try:
        read_bytes(bytes(data), "a.doc")
    except SourceError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    assert time.monotonic() - began < 5


def test_all_suffixes_are_found_in_a_folder(tmp_path: Path) -> None:
    for suffix in (*SUFFIXES, ".jpg", ".toml"):
        (tmp_path / f"a{suffix[1:]}{suffix.upper()}").write_bytes(b"x")
    assert {path.suffix.lower() for path in corpus_files(tmp_path)} == set(SUFFIXES)


def test_a_corpus_of_several_formats(tmp_path: Path) -> None:
    for name, data in (
        ("a.docx", DOCX),
        ("b.doc", DOC),
        ("c.html", HTML),
        ("d.md", TEXT),
        ("e.txt", TEXT),
    ):
        (tmp_path / name).write_bytes(data)
    read = read_corpus(tmp_path)
    assert {strip_space(source.text) for source, _ in read} == {"第一条甲。"}
    assert guard._CURRENT is None  # no process is left behind


# --- the process of its own


def test_many_files_take_one_process() -> None:
    guard.close()
    children = set()
    for number in range(30):
        found = guard.read_apart(word.docx(paragraph(f"甲{number}")), "a.docx")
        assert found.text.strip() == f"甲{number}"
        assert guard._CURRENT is not None
        children.add(guard._CURRENT.process.pid)
    assert len(children) == 1
    guard.close()


def test_what_comes_back_is_what_the_reader_gave() -> None:
    for data, name in ((DOCX, "a.docx"), (DOC, "a.wps"), (DOC, "a.docx")):
        assert guard.read_apart(data, name) == read_bytes(data, name)


CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from qa_bot.ingest import formats, guard\n"
    "def read(data, name):\n    {}\nformats.read_bytes = read\nguard.MEMORY = 200 << 20\nguard.serve()"
)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.kill(os.getpid(), 11)", "崩溃"),
        ("import os; os._exit(3)", "崩溃"),
        ("return bytearray(1 << 30)", "内存"),
        ("import time; time.sleep(60)", "还没读完"),
        ("while True: pass", "还没读完"),
        ("raise KeyError('x')", "KeyError"),
        ("print('x' * 10000); raise ValueError", "ValueError"),
        ("import sys; sys.setrecursionlimit(10**6); f = lambda: f(); f()", "a.docx"),
    ],
)  # fmt: skip
def test_a_reader_that_fails_is_one_error(
    monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    guard.close()
    monkeypatch.setattr(guard, "_CHILD", CHILD.format(code))
    monkeypatch.setattr(guard, "seconds_for", lambda size: 1)
    with pytest.raises(SourceError, match=said) as error:
        guard.read_apart(DOCX, "a.docx")
    assert "\n" not in str(error.value)
    monkeypatch.undo()
    guard.close()
    assert guard.read_apart(DOCX, "a.docx").text.strip() == "第一条 甲。"
    guard.close()


def test_a_child_that_was_killed_between_files_is_started_anew() -> None:
    guard.read_apart(DOCX, "a.docx")
    assert guard._CURRENT is not None
    process = guard._CURRENT.process
    process.kill()
    process.wait()
    assert guard.read_apart(DOC, "a.doc").text.strip() == "第一条 甲。"
    guard.close()


def test_an_idle_child_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_IDLE", 0.2)
    guard.read_apart(DOCX, "a.docx")
    assert guard._CURRENT is not None
    process = guard._CURRENT.process
    assert process.wait(10) is not None
    assert guard._CURRENT is None


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def hear_ctrl_c() -> None:
    """What a shell starts in the background does not hear Ctrl-C, nor do its children: these tests do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_leaves_no_child(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text(
        "import threading, time\nfrom qa_bot.ingest import guard\n"
        f"guard._CHILD = {CHILD.format('import time; time.sleep(60)')!r}\n"
        "def tell():\n    while guard._CURRENT is None: time.sleep(0.05)\n"
        "    time.sleep(0.5); print(guard._CURRENT.process.pid, flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        "guard.read_apart(b'PK', 'a.docx')\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        preexec_fn=hear_ctrl_c,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGINT)
        parent.wait(10)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and Path(f"/proc/{child}/stat").exists():
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_the_process_holds_nothing_heavy() -> None:
    code = (
        "import sys; sys.path[:] = sys.argv[1:]\n"
        "from qa_bot.ingest import docx, formats, guard, ole, markdown\n"
        "print([name for name in ('torch', 'gradio', 'numpy', 'faiss', 'jieba', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *sys.path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_other_file_is_opened_and_nothing_is_run(tmp_path: Path) -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r_header" Type="{word.R}/header" Target="file:///etc/passwd" TargetMode="External"/>'
        f'<Relationship Id="r_two" Type="{word.R}/header" Target="../../../etc/passwd"/>'
        f'<Relationship Id="r_styles" Type="{word.R}/styles" Target="http://127.0.0.1/a"/></Relationships>'
    )
    data = word.docx(
        paragraph("甲")
        + '<w:sectPr><w:headerReference r:id="r_header"/><w:headerReference r:id="r_two"/></w:sectPr>',
        extra={"word/_rels/document.xml.rels": relations.encode()},
    )
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    code = (
        "import sys; sys.path[:] = sys.argv[2:]\n"
        "from qa_bot.ingest import docx, formats, doc\n"
        "data = open(sys.argv[1], 'rb').read(); formats.read_bytes(data, 'a.docx'); seen = []\n"
        "sys.addaudithook(lambda event, arguments: seen.append(event) if event.split('.')[0] in ('open', 'socket', 'subprocess', 'os') else None)\n"
        "print(formats.read_bytes(data, 'a.docx').text.strip(), seen)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), *sys.path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "甲 []"
