"""A prepared model on disk: what it is, and whether its files are those that were written.

A model folder is a sentence-transformers folder with `onnx/model.onnx` (weights beside it), mostly
`onnx/int8.onnx` (the same with linear layers in 8 bits) and `serving.json`, which is written last and names
every other file with its size and sha256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import ModelError
from qa_bot.files import sha256_of

__all__ = [
    "FORMAT",
    "INT8_FILE",
    "MANIFEST",
    "ONNX_FILE",
    "ModelFolder",
    "base_of",
    "open_model",
    "write_manifest",
]

#: Raise it whenever `embedded` or `export` write anything else than before: folders of another
#: format are made again.
FORMAT = 3
MANIFEST = "serving.json"
ONNX_FILE = "onnx/model.onnx"
INT8_FILE = "onnx/int8.onnx"
_TOKENIZER_FILE = "tokenizer.json"
# Files that do not change a vector: they may differ between two machines with the same model.
_NOT_IDENTITY = ("README.md", "config_sentence_transformers.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that is ready to encode.

    Attributes:
        path: the folder.
        name: a short name for people.
        base: where the weights came from: a package, a name on the hub, or a folder.
        dim: length of a pooled vector.
        token_dim: length of a token vector; `dim`, unless the model projects after pooling.
        prompts: what is put before a text; keys `query` and `passage`.
        max_length: tokens of the longest text, prompt and special tokens included; the rest is
            cut off.
        pad_id: token id that fills the shorter texts of a batch.
        fingerprint: sha256 over weights, tokenizer, pooling, prompts and `max_length`. Vectors of
            two folders may be compared only if their fingerprints are equal.
    """

    path: Path
    name: str
    base: str
    dim: int
    token_dim: int
    prompts: Mapping[str, str]
    max_length: int
    pad_id: int
    fingerprint: str

    @property
    def onnx_file(self) -> Path:
        """The ONNX graph; its weights lie beside it."""
        return self.path / ONNX_FILE

    @property
    def int8_file(self) -> Path | None:
        """The graph in 8 bits; `None` where it would change vectors too much."""
        file = self.path / INT8_FILE
        return file if file.is_file() else None

    @property
    def tokenizer_file(self) -> Path:
        """The definition that the package `tokenizers` reads."""
        return self.path / _TOKENIZER_FILE


def open_model(path: Path, *, verify: bool = False, progress: Progress = silent) -> ModelFolder:
    """Open a prepared model folder.

    Guarantees: every file is there and has the size that was written. With `verify`, also every
    byte is (reads the whole gigabyte).

    Raises:
        ModelError: no such folder, not a prepared one, of another format, or a file missing,
            unreadable, truncated or altered; the message names the file and the command that mends it.
    """
    manifest_file = path / MANIFEST
    if not manifest_file.is_file():
        raise ModelError(
            _mend("模型尚未准备好，缺少文件", "Model not ready, file missing", manifest_file)
        )
    manifest = _read_manifest(manifest_file)
    for done, (name, entry) in enumerate(manifest["files"].items()):
        file = path / name
        if not file.is_file():
            raise ModelError(_mend("模型文件缺失", "Model file missing", file))
        if file.stat().st_size != entry["bytes"]:
            detail = f"{file} ({file.stat().st_size:,} B ≠ {entry['bytes']:,} B)"
            raise ModelError(_mend("模型文件损坏（大小不符）", "Model file damaged (size)", detail))
        if verify and _sha256(file) != entry["sha256"]:
            raise ModelError(_mend("模型文件损坏（内容不符）", "Model file damaged (sha256)", file))
        progress("检查模型 / Checking the model", done + 1, len(manifest["files"]))
    return ModelFolder(
        path,
        **{
            key: manifest[key]
            for key in ("name", "base", "dim", "token_dim", "max_length", "pad_id", "fingerprint")
        },
        prompts=MappingProxyType(manifest["prompts"]),
    )


def _sha256(file: Path) -> str:
    try:
        return sha256_of(file)
    except OSError as error:  # safetensors writes files that their owner alone may read
        detail = f"{file} ({error.strerror})"
        raise ModelError(_mend("模型文件读不了", "Model file cannot be read", detail)) from error


def base_of(path: Path) -> str | None:
    """Where the weights of a folder came from, be it of an older format; `None` if it does not tell."""
    try:
        base = json.loads((path / MANIFEST).read_text("utf-8"))["base"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return base if isinstance(base, str) else None


def write_manifest(
    path: Path,
    *,
    name: str,
    base: str,
    dim: int,
    token_dim: int,
    prompts: Mapping[str, str],
    max_length: int,
    pad_id: int,
    progress: Progress = silent,
) -> None:
    """Write `serving.json` into a folder in which all else is written."""
    files: dict[str, dict[str, Any]] = {}
    names = sorted(file for file in path.rglob("*") if file.is_file() and file.name != MANIFEST)
    for done, file in enumerate(names):
        entry = {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
        files[file.relative_to(path).as_posix()] = entry
        progress("登记模型文件 / Recording the model files", done + 1, len(names))
    identity = {
        "files": {
            file: entry["sha256"]
            for file, entry in files.items()
            if file not in _NOT_IDENTITY and not file.startswith("onnx/")
        },
        "prompts": dict(prompts),
        "max_length": max_length,
    }
    manifest = {
        "format": FORMAT,
        "name": name,
        "base": base,
        "dim": dim,
        "token_dim": token_dim,
        "prompts": dict(prompts),
        "max_length": max_length,
        "pad_id": pad_id,
        "fingerprint": hashlib.sha256(
            json.dumps(identity, ensure_ascii=False, sort_keys=True).encode()
        ).hexdigest(),
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (path / MANIFEST).write_text(text + "\n", "utf-8")


def _read_manifest(file: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(_mend("模型文件损坏", "Model file damaged", file)) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(_mend("模型格式版本不符", "Model folder of another format", file))
    wanted = {"name", "base", "dim", "token_dim", "prompts", "max_length", "pad_id", "fingerprint"}
    if not wanted | {"files"} <= manifest.keys():
        raise ModelError(_mend("模型文件损坏", "Model file damaged", file))
    return manifest


def _mend(chinese: str, english: str, where: object) -> str:
    return f"{chinese}：{where} / {english}: {where}. 请运行 / Run: qa-bot build"
