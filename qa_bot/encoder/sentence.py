"""The encoder over sentence-transformers: for a GPU, and for reading models of any origin."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.folder import ModelFolder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.encoder.protocol import ENCODING, TokenVectors
from qa_bot.errors import ModelError

__all__ = ["SentenceEncoder", "load", "save"]

_BATCH_TEXTS = 32
_CHUNK_TEXTS = 512  # sorted by length within a chunk by the library; progress after each


def load(name_or_path: str, device: str | None = "cpu") -> Any:  # noqa: ANN401
    """A `sentence_transformers.SentenceTransformer` in float32.

    Raises:
        ModelError: the model cannot be loaded: no such name, no network, a damaged folder.
    """
    with _quiet():
        from sentence_transformers import SentenceTransformer

        try:
            # The plain attention is the one that every exporter and every device understands.
            model = SentenceTransformer(
                name_or_path,
                device=device,
                model_kwargs={"attn_implementation": "eager", "dtype": "float32"},
            )
        except Exception as error:  # hub, network, JSON and torch errors share no base
            detail = str(error).strip().splitlines()[:1]
            raise ModelError(
                f"无法加载模型 {name_or_path} / Cannot load the model {name_or_path}: "
                f"{type(error).__name__}: {''.join(detail)}"
            ) from error
    return model.eval()


def save(model: Any, folder: Path) -> None:  # noqa: ANN401
    """Write a `SentenceTransformer` into `folder`, without a model card."""
    with _quiet():
        model.save(str(folder), create_model_card=False)


class SentenceEncoder:
    """`Encoder` over sentence-transformers, for building an index on a GPU.

    Its vectors of passages agree with those of `OnnxEncoder` (cosine 0.9999 or better), so that an index
    built with one can be asked with the other.

    Attributes:
        model: the model folder that it reads.
    """

    def __init__(self, model: ModelFolder, device: str | None = None) -> None:
        """Load the model.

        Args:
            model: a folder from `prepare` or `open_model`.
            device: such as "cuda" or "cpu"; the best there is if not given.

        Raises:
            ModelError: the folder cannot be loaded, or the device is not there.
        """
        self.model = model
        self._model = load(str(model.path), device)
        self._model.max_seq_length = model.max_length

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Pooled vectors of questions, `(n, dim)`."""
        return self._pooled(texts, self.model.prompts["query"], silent)

    def encode_passages(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Pooled vectors of passages, `(n, dim)`."""
        return self._pooled(texts, self.model.prompts["passage"], progress)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        """One question, token by token, with its pooled vector."""
        return self._token_vectors([text], self.model.prompts["query"], silent)[0]

    def encode_passages_tokens(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> list[TokenVectors]:
        """Passages, token by token, with their pooled vectors."""
        return self._token_vectors(texts, self.model.prompts["passage"], progress)

    def _pooled(self, texts: Sequence[str], prompt: str, progress: Progress) -> NDArray[np.float32]:
        result = np.empty((len(texts), self.model.dim), np.float32)
        for start in range(0, len(texts), _CHUNK_TEXTS):
            chunk = texts[start : start + _CHUNK_TEXTS]
            result[start : start + len(chunk)] = self._model.encode(
                list(chunk),
                prompt=prompt,
                batch_size=_BATCH_TEXTS,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            progress(ENCODING, start + len(chunk), len(texts))
        return result

    def _token_vectors(
        self, texts: Sequence[str], prompt: str, progress: Progress
    ) -> list[TokenVectors]:
        from qa_bot.encoder.onnx import token_spans

        found: list[TokenVectors] = []
        for start in range(0, len(texts), _CHUNK_TEXTS):
            chunk = list(texts[start : start + _CHUNK_TEXTS])
            rows = self._model.encode(
                chunk,
                prompt=prompt,
                batch_size=_BATCH_TEXTS,
                output_value=None,
                show_progress_bar=False,
            )
            encodings = self._model.tokenizer(
                [prompt + text for text in chunk],
                truncation=True,
                max_length=self.model.max_length,
                return_offsets_mapping=True,
            )
            for at, row in enumerate(rows):
                ids = encodings["input_ids"][at]
                vectors = _unit(row["token_embeddings"].float().cpu().numpy()[: len(ids)])
                pooled = _unit(row["sentence_embedding"].float().cpu().numpy())
                tokens = tuple(self._model.tokenizer.convert_ids_to_tokens(ids))
                spans, is_text = token_spans(encodings["offset_mapping"][at], len(prompt))
                found.append(TokenVectors(pooled, vectors, tokens, spans, is_text))
            progress(ENCODING, len(found), len(texts))
        return found


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: NDArray[np.float32] = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return result


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar for local files, no deprecation warnings that are not ours."""
    with warnings.catch_warnings():
        # torch and transformers warn of their own inner uses of old names while importing.
        warnings.simplefilter("ignore")
        from transformers.utils import logging

        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            if shown:
                logging.enable_progress_bar()
