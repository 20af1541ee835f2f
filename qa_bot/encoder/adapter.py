"""The adapter: low-rank updates of the embedded model's weights, added when it is unpacked.

A file in safetensors: for each weight W of shape (out, in) that it changes, `<name>.A` (rank, in) and
`<name>.B` (out, rank) in half precision, so that the adapted weight is W + B · A (LoRA, Hu et al. 2021,
arXiv:2106.09685; the scale alpha / rank is within B). Its metadata name the model that it was trained
on and the sha256 of its own tensors. How it was trained: docs/model.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_bot.errors import ModelError

__all__ = [
    "FORMAT",
    "SHIPPED",
    "Adapter",
    "checksum",
    "read_adapter",
    "write_adapter",
]

#: The adapter of this package.
SHIPPED = Path(__file__).resolve().parent / "adapter.safetensors"
FORMAT = "qa-bot adapter 1"
#: The largest file that ships.
MOST_BYTES = 8_000_000

Tensors = Mapping[str, NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class Adapter:
    """What an adapter file holds.

    Attributes:
        path: of the file.
        sha256: of the tensors; part of the adapted model's identity.
        base: sha256 of the model file that it was trained on.
        about: how it was made, in words.
        tensors: `<name>.A` and `<name>.B` of each weight, float16.
    """

    path: Path
    sha256: str
    base: str
    about: str
    tensors: Tensors = field(repr=False)

    def merge(self, weights: dict[str, NDArray[np.float32]]) -> None:
        """Add the updates to `weights`, in place, in float32.

        Raises:
            ModelError: a weight is missing or of another shape; nothing was changed then.
        """
        changed = {}
        for name in sorted({key.rpartition(".")[0] for key in self.tensors}):
            down, up = self.tensors.get(f"{name}.A"), self.tensors.get(f"{name}.B")
            weight = weights.get(name)
            if down is None or up is None or weight is None:
                raise _of_another_model(self.path, name)
            if down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
                raise _damaged(self.path)
            if weight.shape != (up.shape[0], down.shape[1]):
                raise _of_another_model(self.path, name)
            changed[name] = weight + up.astype(np.float32) @ down.astype(np.float32)
        weights.update(changed)


def read_adapter(path: Path, base: str) -> Adapter:
    """Read an adapter and check that it is whole and fits.

    Args:
        path: of the file.
        base: sha256 of the model file that it is to be added to.

    Raises:
        ModelError: the file is missing, damaged, no adapter, or was trained on another model; the
            message names it and says what to do.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stream:
            metadata = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise ModelError(
            f"缺少适配器文件：{path} / Adapter file missing: {path}. {_remedy(path)}"
        ) from error
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise _damaged(path) from error
    if metadata.get("format") != FORMAT:
        raise ModelError(
            f"不是本程序的适配器（{FORMAT}）：{path} / Not an adapter of this program: {path}. "
            f"{_remedy(path)}"
        )
    finite = all(
        array.dtype == np.float16 and np.isfinite(array).all() for array in tensors.values()
    )
    if not finite or metadata.get("sha256") != checksum(tensors):
        raise _damaged(path)
    if metadata.get("base") != base:
        raise ModelError(
            f"适配器是为另一个模型训练的：{path} / The adapter was trained on another model: {path}. "
            f"{_remedy(path)}"
        )
    return Adapter(path, metadata["sha256"], metadata["base"], metadata.get("about", ""), tensors)


def write_adapter(path: Path, tensors: Tensors, base: str, about: str) -> None:
    """Write an adapter file, all or nothing.

    Args:
        path: of the file.
        tensors: as `Adapter.tensors`.
        base: sha256 of the model file that it was trained on.
        about: how it was made.
    """
    from safetensors.numpy import save_file

    metadata = {"format": FORMAT, "base": base, "about": about, "sha256": checksum(tensors)}
    temporary = path.with_name(f".{path.name}.new")
    # save_file writes the memory of a transposed array as it lies.
    in_order = {name: np.ascontiguousarray(one) for name, one in tensors.items()}
    save_file(in_order, temporary, metadata)
    temporary.chmod(0o644)  # safetensors gives it to its owner only, but it is installed for all
    temporary.replace(path)


def checksum(tensors: Tensors) -> str:
    """sha256 over names, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(json.dumps([name, list(array.shape), array.dtype.str]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _damaged(path: Path) -> ModelError:
    return ModelError(f"适配器文件损坏：{path} / Adapter file damaged: {path}. {_remedy(path)}")


def _of_another_model(path: Path, name: str) -> ModelError:
    return ModelError(
        f"适配器不合此模型（{name}）：{path} / The adapter does not fit this model ({name}): {path}. "
        f"{_remedy(path)}"
    )


def _remedy(path: Path) -> str:
    if path == SHIPPED:
        return "请重装 qa-bot，或不用适配器 / Install qa-bot again, or do without: qa-bot build --no-adapter"
    return "请换一个文件，或用自带的 / Choose another file, or use the one that ships: qa-bot build"
