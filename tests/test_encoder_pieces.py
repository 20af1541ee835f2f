"""The tokenizer of questions gives what the package `tokenizers` gives: ids, strings and offsets."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.encoder.onnx import open_tokenizer
from qa_bot.encoder.pieces import QuestionTokenizer, open_question_tokenizer, written_of

ROOT = Path(__file__).parent.parent
GAZETTE = ROOT / "corpus" / "wenzhou-2019-04.txt"
ODD = "\t\r\n\x00\x01\x7f\u200b\u200d\ufeff\u2028▁\ufffd　 ～~①Ⅳ㎡（）Ａ１ﬁ½…—·〔〕㐀𠮷龘<>s/"


@pytest.fixture(scope="module")
def package(model_folder):
    return open_tokenizer(model_folder)


@pytest.fixture(scope="module")
def ours(model_folder, package):
    return QuestionTokenizer(
        written_of(model_folder.tokenizer_file.read_text("utf-8")),
        model_folder.max_length,
        lambda: package,
    )


def all_of(encoding):
    return encoding.ids, encoding.tokens, encoding.offsets, encoding.type_ids


def test_every_development_question_and_every_line_of_the_gazette(ours, package):
    texts = GAZETTE.read_text("utf-8").split("\n")
    for path in sorted((ROOT / "eval" / "questions").glob("dev*.jsonl")):
        texts += [json.loads(line)["q"] for line in path.read_text("utf-8").splitlines()]
    assert len(texts) > 4_000
    for text in texts:
        for whole in (text, "query: " + text):
            assert all_of(ours.encode(whole)) == all_of(package.encode(whole)), whole


@settings(deadline=None, max_examples=600)
@given(
    st.text(max_size=40)
    | st.text(st.sampled_from(ODD), max_size=30)
    | st.lists(
        st.sampled_from(["药店", " ", "ＡＢ", "𠮷", "龘龘", "\x01", "ﬁ", "１２"]), max_size=12
    ).map("".join)
)
def test_any_text(ours, package, text):
    assert all_of(ours.encode(text)) == all_of(package.encode(text))


@pytest.mark.parametrize(
    "text",
    ["", " ", "<s>", "开<mask>店", "a</s>b", "药" * 3_000, "query: " + "多大面积 " * 400, "<unk>"],
)
def test_what_is_left_to_the_package(ours, package, text):
    assert all_of(ours.encode(text)) == all_of(package.encode(text))


def definition(**model):
    return json.dumps(
        {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": None, "post_processor": None, "decoder": None,
            "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": False} | model,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "vocab",
    [
        [["<unk>", 0.0], ["a", -1.0], ["ab", -2.0], ["b", -1.0], ["c", -3.5]],  # equal sums: the first stays
        [["<unk>", 0.0], ["a", -1.0], ["a", -9.0], ["aa", -3.0]],  # the same piece twice
        [["<unk>", 0.0], ["a", -20.0], ["ä", -1.0], ["zä", -0.5]],
        [["<unk>", -3.0], ["b", -2.0]],
    ],
)  # fmt: skip
def test_small_vocabularies(vocab):
    from tokenizers import Tokenizer

    text = definition(vocab=vocab)
    package = Tokenizer.from_str(text)
    ours = QuestionTokenizer(written_of(text), 100, lambda: package)
    for one in ("ab", "aab", "zzaäzz", "<unk>", "a<unk>z", "ccz", "äzä", "bb", "zz", "aaa", "𠮷a"):
        assert all_of(ours.encode(one)) == all_of(package.encode(one)), one


@pytest.mark.parametrize(
    "other",
    [{"type": "WordPiece", "vocab": {"a": 0}}, {"unk_id": None, "vocab": [["a", 0.0]]},
     {"byte_fallback": True, "vocab": [["<unk>", 0.0]]}],
)  # fmt: skip
def test_other_models_are_the_packages(other):
    assert written_of(definition(**other)) is None


@pytest.fixture
def copied(model_folder, tmp_path):
    shutil.copy(model_folder.tokenizer_file, tmp_path / "tokenizer.json")
    return replace(model_folder, path=tmp_path)


def opened(folder, package):
    """The tokenizer, and whether the package's was opened for it."""
    asked = []
    made = open_question_tokenizer(folder, lambda: asked.append(1) or package)
    return made, bool(asked)


def test_it_is_kept_in_the_models_folder(copied, package):
    first, whole = opened(copied, package)
    assert whole
    second, whole = opened(copied, package)
    assert not whole
    text = "query: 开药店至少要多大面积？"
    assert all_of(first.encode(text)) == all_of(second.encode(text)) == all_of(package.encode(text))


@pytest.mark.parametrize(
    "damage", [lambda held: held[:-5], lambda held: held[:99] + b"\0" + held[100:], lambda _: b""]
)
def test_a_damaged_file_is_made_again(copied, package, damage):
    opened(copied, package)
    (file,) = copied.path.glob("pieces-*")
    file.write_bytes(damage(file.read_bytes()))
    made, whole = opened(copied, package)
    assert whole
    assert all_of(made.encode("药店")) == all_of(package.encode("药店"))
    assert not opened(copied, package)[1]


def test_a_folder_that_cannot_be_written_is_no_error(copied, package, monkeypatch):
    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "write_bytes", refused)
    made, whole = opened(copied, package)
    assert whole
    assert all_of(made.encode("药店")) == all_of(package.encode("药店"))
    assert [one.name for one in copied.path.iterdir()] == ["tokenizer.json"]
