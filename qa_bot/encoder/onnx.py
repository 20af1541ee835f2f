"""The encoder that serves: ONNX Runtime and tokenizers, nothing of torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.folder import ModelFolder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.encoder.protocol import ENCODING, TokenVectors
from qa_bot.errors import ModelError

__all__ = ["OnnxEncoder", "token_spans", "usable_cores"]

# Tokens of a batch, padding included. Larger ones are no faster on a CPU and take more memory.
_BATCH_TOKENS = 2048
_MOST_THREADS = 8


class OnnxEncoder:
    """`Encoder` over ONNX Runtime on the CPU, float32.

    Opening takes about 0.7 s: the tokenizer 0.6 s, the session 0.1 s, since the weights are mapped
    from the file and the rows of the embedding table are read when a token needs them.

    Attributes:
        model: the model folder that it reads.
    """

    def __init__(self, model: ModelFolder, threads: int | None = None) -> None:
        """Open the tokenizer and the session.

        Args:
            model: a folder from `prepare` or `open_model`.
            threads: threads of one run; the cores this process may use, at most 8, if not given.

        Raises:
            ModelError: the graph or the tokenizer cannot be read.
        """
        # Since 1.32 ONNX Runtime gathers usage events and sends them off, unless told not to beforehand.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()

        self.model = model
        try:
            self._tokenizer = Tokenizer.from_file(str(model.tokenizer_file))
        except Exception as error:  # tokenizers raises bare Exception
            raise _damaged(model.tokenizer_file) from error
        self._tokenizer.enable_truncation(model.max_length)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(_MOST_THREADS, usable_cores())
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(model.onnx_file), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its many exception classes share no base but this
            raise _damaged(model.onnx_file) from error

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
        encodings = self._tokenise(texts, prompt)
        done = 0
        for rows in _batches([len(encoding) for encoding in encodings]):
            feed = self._feed([encodings[row] for row in rows])
            (result[rows],) = self._session.run(["pooled"], feed)
            done += len(rows)
            progress(ENCODING, done, len(texts))
        return result

    def _token_vectors(
        self, texts: Sequence[str], prompt: str, progress: Progress
    ) -> list[TokenVectors]:
        found: dict[int, TokenVectors] = {}
        encodings = self._tokenise(texts, prompt)
        for rows in _batches([len(encoding) for encoding in encodings]):
            feed = self._feed([encodings[row] for row in rows])
            pooled, vectors = self._session.run(["pooled", "token_vectors"], feed)
            for at, row in enumerate(rows):
                encoding = encodings[row]
                spans, is_text = token_spans(encoding.offsets, len(prompt))
                # A copy, so that one passage kept does not keep its whole batch in memory.
                own = vectors[at, : len(encoding)].copy()
                tokens = tuple(encoding.tokens)
                found[row] = TokenVectors(pooled[at].copy(), own, tokens, spans, is_text)
            progress(ENCODING, len(found), len(texts))
        return [found[row] for row in range(len(texts))]

    def _tokenise(self, texts: Sequence[str], prompt: str) -> list[Any]:
        encodings: list[Any] = self._tokenizer.encode_batch([prompt + text for text in texts])
        return encodings

    def _feed(self, encodings: Sequence[Any]) -> dict[str, NDArray[np.int64]]:
        shape = (len(encodings), max(1, *map(len, encodings)))
        ids = np.full(shape, self.model.pad_id, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        return {"input_ids": ids, "attention_mask": mask}


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows in batches, longest first, so that texts of like length share one and padding is little.

    Guarantees: every row once; a batch times its longest text is at most `_BATCH_TOKENS`, unless
    it is a single text. The longest come first, so that memory is at its highest at once and the
    progress speeds up rather than slows down.
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def token_spans(
    offsets: Sequence[tuple[int, int]], prompt: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Character spans in the text proper, and which tokens have one."""
    spans = np.array(offsets, np.int32).reshape(-1, 2) - prompt
    is_text = spans[:, 1] > 0
    spans = np.where(is_text[:, None], spans.clip(min=0), 0).astype(np.int32)
    return spans, is_text


def usable_cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _damaged(file: object) -> ModelError:
    return ModelError(
        f"模型文件损坏：{file} / Model file damaged: {file}. 请运行 / Run: qa-bot build"
    )
