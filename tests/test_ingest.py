"""Files become text unchanged, or a clear error."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from qa_bot.errors import SourceError
from qa_bot.ingest import read_corpus, read_known, read_source

TEXT = "第一条 为了规范管理，制定本办法。\r\n\r\n第二条 …"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode(encoding))
    source = read_source(path)
    assert source.text == TEXT
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "没有文字"),
        (b" \n\n", "没有文字"),
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG 图片"),
        ("中文".encode() + b"\xff\xff", "编码"),
    ],
)
def test_unreadable_files_say_why(tmp_path, content, said):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read_source(path)


def test_missing_and_empty_corpus(tmp_path):
    with pytest.raises(SourceError, match="读不了"):
        read_source(tmp_path / "no.txt")
    with pytest.raises(SourceError, match="txt"):
        read_corpus(tmp_path)


@pytest.mark.parametrize(
    ("toml", "said"),
    [("nmae = 'x'", "nmae"), ("year = '2019'", "year"), ("year = ", "TOML")],
)
def test_notes_beside_a_text_are_checked(tmp_path, toml, said):
    path = tmp_path / "a.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(SourceError, match=said):
        read_known(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("第一条 甲。".encode("utf-32"), "UTF-32"),
        (b"a\0b" + "甲".encode(), "byte 1 is 0"),
        ("關於停車收費標準的通知，各區人民政府請遵照執行。".encode("big5"), "GB18030"),
    ],
)
def test_other_encodings_are_errors(tmp_path, content, said):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read_source(path)


def test_a_character_cut_by_the_sample_does_not_turn_the_bytes(tmp_path):
    path = tmp_path / "a.txt"
    text = "a" * 4095 + "𠮷\n甲"
    path.write_bytes(text.encode("utf-16-le"))
    assert read_source(path).text == text


@pytest.mark.parametrize(
    "toml",
    [
        "year = true",
        "published_on = 2020-01-02T03:04:05",
        "year = " + "1" * 5000,
        "a = " + "[" * 5000,
    ],
)
def test_odd_notes_are_errors(tmp_path, toml):
    path = tmp_path / "a.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(SourceError):
        read_known(path)


def test_what_is_no_file_is_refused():
    with pytest.raises(SourceError, match="no regular file"):
        read_source(Path("/dev/zero"))
