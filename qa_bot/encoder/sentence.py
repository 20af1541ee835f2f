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
from qa_bot.encoder.onnx import open_tokenizer, token_spans
from qa_bot.encoder.progress import Progress, silent
from qa_bot.encoder.protocol import ENCODING, TokenVectors
from qa_bot.errors import ModelError

__all__ = ["SentenceEncoder", "load", "save"]

_BATCH_TEXTS = 32
_CHUNK_TEXTS = 512
# Places for tokens that a batch may have; the longest is the model's own.
_LENGTHS = (32, 64, 96, 128, 192, 256, 384, 512)


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

    Its vectors of passages agree with those of `OnnxEncoder` (cosine 0.999 on average, 0.9999 or better with
    the float32 graph), so that an index built with one can be asked with the other.

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
        self._tokenizer = open_tokenizer(model)

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
        for done, (row, pooled, _, _) in enumerate(self._run(texts, prompt), start=1):
            result[row] = pooled
            progress(ENCODING, done, len(texts))
        return result

    def _token_vectors(
        self, texts: Sequence[str], prompt: str, progress: Progress
    ) -> list[TokenVectors]:
        found: dict[int, TokenVectors] = {}
        for row, pooled, vectors, read in self._run(texts, prompt):
            spans, is_text = token_spans(read.offsets, len(prompt))
            found[row] = TokenVectors(pooled, _unit(vectors), tuple(read.tokens), spans, is_text)
            progress(ENCODING, len(found), len(texts))
        return [found[row] for row in range(len(texts))]

    def _run(
        self, texts: Sequence[str], prompt: str
    ) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32], Any]]:
        """For each text its row, its pooled vector, those of its tokens, and what the tokenizer made of it.

        Every batch has as many texts and as many places for tokens as its shape says, whatever is in it, so
        that what is computed of a text does not depend on its neighbours.
        """
        import torch

        batch_of: dict[int, list[tuple[int, Any]]] = {}
        tokenizer = self._tokenizer
        for start in range(0, len(texts), _CHUNK_TEXTS):
            chunk = [prompt + text for text in texts[start : start + _CHUNK_TEXTS]]
            for row, read in enumerate(tokenizer.encode_batch(chunk), start=start):
                length = _places(len(read), self.model.max_length)
                waiting = batch_of.setdefault(length, [])
                waiting.append((row, read))
                if len(waiting) == _texts(length):
                    yield from self._batch(torch, batch_of.pop(length), length)
        for length, waiting in batch_of.items():
            yield from self._batch(torch, waiting, length)

    def _batch(
        self,
        torch: Any,  # noqa: ANN401 - it is imported late
        waiting: Sequence[tuple[int, Any]],
        length: int,
    ) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32], Any]]:
        ids = np.full((_texts(length), length), self.model.pad_id, np.int64)
        mask = np.zeros_like(ids)
        mask[:, 0] = 1  # a text of one token stands in for one that is missing
        for at, (_, read) in enumerate(waiting):
            ids[at, : len(read)] = read.ids
            mask[at, : len(read)] = 1
        device = self._model.device
        with torch.inference_mode():
            out = self._model.forward(
                {
                    "input_ids": torch.from_numpy(ids).to(device),
                    "attention_mask": torch.from_numpy(mask).to(device),
                }
            )
        pooled = _unit(out["sentence_embedding"].float().cpu().numpy())
        vectors = out["token_embeddings"].float().cpu().numpy()
        for at, (row, read) in enumerate(waiting):
            yield row, pooled[at].copy(), vectors[at, : len(read)].copy(), read


def _places(tokens: int, most: int) -> int:
    """How many places for tokens the batch has that a text of so many goes into."""
    length = next((one for one in _LENGTHS if one >= tokens), _LENGTHS[-1])
    while length < tokens:
        length *= 2
    return min(length, most)


def _texts(length: int) -> int:
    """How many texts a batch of such length has: attention takes the square of it in memory."""
    return max(1, min(_BATCH_TEXTS, _BATCH_TEXTS * _LENGTHS[-1] ** 2 // length**2))


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
