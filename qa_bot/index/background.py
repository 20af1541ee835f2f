"""What other texts say, as vectors: how near a question is to them tells whether it is about this corpus.

A question that is nearer to the bylaws of another city than to any clause here is hardly answered here.
Speaker verification compares a voice with a cohort of other voices for the same reason (Auckenthaler,
Carey and Lloyd-Thomas, Score normalization for text-independent speaker verification systems, 2000).

`background.safetensors` holds unit vectors in 8 bits of passages of two kinds: items of gazettes that do
not exist, written for the training, and articles of national and local laws, a random few. They are of
one model, the embedded one with the adapter that ships; made by `python -m training.background`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.folder import ModelFolder
from qa_bot.errors import ModelError
from qa_bot.index.threads import one_thread

__all__ = [
    "BACKGROUND",
    "NAMES",
    "Background",
    "background_of",
    "read_background",
    "write_background",
]

#: The file of this package.
BACKGROUND = Path(__file__).resolve().parent / "background.safetensors"
#: What `Background.signs` gives, in order.
NAMES = ("gazettes_nearest", "gazettes_mean", "laws_nearest", "laws_mean")
_KINDS = ("gazettes", "laws")
_FORMAT = "qa-bot background 1"
_BASE = "base"


class Background:
    """Vectors of passages that are not of the corpus, by kind."""

    def __init__(self, vectors: Mapping[str, NDArray[np.int8]], scale: float) -> None:
        """Keep them in 8 bits, multiplied as they are.

        Args:
            vectors: `(n, dim)` of each kind.
            scale: what a step of one is.
        """
        self._scale = scale
        self._indexes = [_index_of(vectors[kind]) for kind in _KINDS]
        self._means = [vectors[kind].mean(axis=0, dtype=np.float64) for kind in _KINDS]

    def signs(self, question: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosines of a question with its nearest passage and in the mean, by kind, as `NAMES` says.

        Args:
            question: pooled vector, `(dim,)`, unit length.
        """
        found: list[float] = []
        with one_thread():
            for index, mean in zip(self._indexes, self._means, strict=True):
                nearest, _ = index.search(question[None, :], 1)
                found += [float(nearest[0, 0]), float(mean @ question)]
        return np.array(found, np.float32) * np.float32(self._scale)


def _index_of(vectors: NDArray[np.int8]) -> Any:  # noqa: ANN401 - faiss ships no types
    """An index that holds whole numbers of 8 bits as they are and multiplies them in single precision.

    faiss' uniform quantizer decodes c to least + (c + ½) · range / 255: with the range 255 from -128.5 that is
    the number itself.
    """
    import faiss

    index = faiss.IndexScalarQuantizer(
        vectors.shape[1], faiss.ScalarQuantizer.QT_8bit_uniform, faiss.METRIC_INNER_PRODUCT
    )
    faiss.copy_array_to_vector(np.array([-128.5, 255], np.float32), index.sq.trained)
    index.is_trained = True
    index.add(vectors.astype(np.float32))
    return index


@functools.cache
def background_of(model_base: str) -> Background | None:
    """What ships for the model of that `ModelFolder.base`, read once; as `read_background`."""
    return read_background(model_base)


def read_background(model_base: str, path: Path = BACKGROUND) -> Background | None:
    """The background of a model; `None` for any but the one that it was made with.

    Args:
        model_base: `ModelFolder.base`.
        path: of the file.

    Raises:
        ModelError: the file is missing, damaged or none of this program.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stream:
            about = stream.metadata() or {}
            vectors = {kind: stream.get_tensor(kind) for kind in _KINDS}
        if about.get("format") != _FORMAT:
            raise ValueError(about.get("format"))
        scale = float(about["scale"])
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"背景向量读不了：{path.name}；请重装 qa-bot / "
            f"The background vectors cannot be read: {path.name}. Install qa-bot again"
        ) from error
    # A folder made with another file of the same adapter names that file behind it.
    return Background(vectors, scale) if model_base.startswith(about[_BASE]) else None


def write_background(
    path: Path, vectors: Mapping[str, NDArray[np.float32]], model: ModelFolder
) -> None:
    """Write a file, all or nothing.

    Args:
        path: of the file.
        vectors: unit vectors `(n, dim)` of each kind.
        model: that they are of.
    """
    from safetensors.numpy import save_file

    scale = max(float(np.abs(one).max()) for one in vectors.values()) / 127
    tensors = {kind: np.rint(vectors[kind] / scale).astype(np.int8) for kind in _KINDS}
    temporary = path.with_name(f".{path.name}.new")
    save_file(tensors, temporary, {"format": _FORMAT, "scale": repr(scale), _BASE: model.base})
    temporary.chmod(0o644)
    temporary.replace(path)
