"""The encoder that serves: ONNX Runtime and tokenizers, nothing of torch."""

from __future__ import annotations

import functools
import os
import platform
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.folder import ModelFolder
from qa_bot.encoder.progress import Progress, silent
from qa_bot.encoder.protocol import ENCODING, TokenVectors
from qa_bot.errors import ModelError

__all__ = ["OnnxEncoder", "open_session", "open_tokenizer", "token_spans", "usable_cores"]

# Tokens of a batch, padding included. Larger ones are no faster on a CPU and take more memory.
_BATCH_TOKENS = 2048
_MOST_THREADS = 8


@dataclass(frozen=True, slots=True)
class _Side:
    """How texts of one kind are encoded: the session, the prompt, and the tokens of a batch (0: one text)."""

    session: Any
    prompt: str
    batch_tokens: int


class OnnxEncoder:
    """`Encoder` over ONNX Runtime on the CPU: questions by the 8-bit graph, if there is one, passages in float32.

    Opening takes about 0.7 s: the tokenizer 0.6 s, the session 0.1 s, since the weights are mapped
    from the file and the rows of the embedding table are read when a token needs them. The graph for
    passages is opened when the first is encoded: who only asks never has it in memory.

    Attributes:
        model: the model folder that it reads.
    """

    def __init__(
        self, model: ModelFolder, threads: int | None = None, *, exact: bool = False
    ) -> None:
        """Open the tokenizer and the session.

        Args:
            model: a folder from `prepare` or `open_model`.
            threads: threads of one run; the cores this process may use, at most 8, if not given.
            exact: encode questions, too, by the float32 graph.

        Raises:
            ModelError: the graph or the tokenizer cannot be read.
        """
        self.model = model
        self._threads = threads or min(_MOST_THREADS, usable_cores())
        self._tokenizer = open_tokenizer(model)
        self._lock = threading.Lock()
        self._passages: _Side | None = None
        file = None if exact else model.questions_file
        if file is None:
            self._questions = replace(self._for_passages(), prompt=model.prompts["query"])
        else:
            # The scale of the 8 bits is found over a batch: what a question is rounded to must not
            # depend on its neighbours.
            session = open_session(file, self._threads)
            self._questions = _Side(session, model.prompts["query"], batch_tokens=0)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Pooled vectors of questions, `(n, dim)`."""
        return self._pooled(self._questions, texts, silent)

    def encode_passages(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Pooled vectors of passages, `(n, dim)`."""
        return self._pooled(self._for_passages(), texts, progress)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        """One question, token by token, with its pooled vector."""
        return self._token_vectors(self._questions, [text], silent)[0]

    def encode_passages_tokens(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> list[TokenVectors]:
        """Passages, token by token, with their pooled vectors."""
        return self._token_vectors(self._for_passages(), texts, progress)

    def _for_passages(self) -> _Side:
        with self._lock:
            if self._passages is None:
                session = open_session(self.model.onnx_file, self._threads)
                self._passages = _Side(session, self.model.prompts["passage"], _BATCH_TOKENS)
            return self._passages

    def _pooled(self, side: _Side, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        result = np.empty((len(texts), self.model.dim), np.float32)
        done = 0
        for rows, encodings in self._read(side, texts):
            (result[rows],) = side.session.run(["pooled"], self._feed(encodings))
            done += len(rows)
            progress(ENCODING, done, len(texts))
        return result

    def _token_vectors(
        self, side: _Side, texts: Sequence[str], progress: Progress
    ) -> list[TokenVectors]:
        found: dict[int, TokenVectors] = {}
        for rows, encodings in self._read(side, texts):
            pooled, vectors = side.session.run(["pooled", "token_vectors"], self._feed(encodings))
            for at, (row, encoding) in enumerate(zip(rows, encodings, strict=True)):
                spans, is_text = token_spans(encoding.offsets, len(side.prompt))
                # A copy, so that one passage kept does not keep its whole batch in memory.
                own = vectors[at, : len(encoding)].copy()
                tokens = tuple(encoding.tokens)
                found[row] = TokenVectors(pooled[at].copy(), own, tokens, spans, is_text)
            progress(ENCODING, len(found), len(texts))
        return [found[row] for row in range(len(texts))]

    def _read(self, side: _Side, texts: Sequence[str]) -> Iterator[tuple[list[int], list[Any]]]:
        """The rows of each batch, with what the tokenizer makes of them."""
        if len(texts) == 1:  # without waking the tokenizer's threads
            yield [0], [self._tokenizer.encode(side.prompt + texts[0])]
            return
        encodings = self._tokenizer.encode_batch([side.prompt + text for text in texts])
        for rows in _batches([len(encoding) for encoding in encodings], side.batch_tokens):
            yield rows, [encodings[row] for row in rows]

    def _feed(self, encodings: Sequence[Any]) -> dict[str, NDArray[np.int64]]:
        shape = (len(encodings), max(1, *map(len, encodings)))
        ids = np.full(shape, self.model.pad_id, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        return {"input_ids": ids, "attention_mask": mask}


def open_tokenizer(model: ModelFolder) -> Any:  # noqa: ANN401 - tokenizers ships no types
    """The tokenizer of a model, which cuts off what is beyond its longest text and pads nothing.

    Raises:
        ModelError: the file cannot be read.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(model.tokenizer_file))
    except Exception as error:  # tokenizers raises bare Exception
        raise _damaged(model.tokenizer_file) from error
    tokenizer.enable_truncation(model.max_length)
    tokenizer.no_padding()
    return tokenizer


def open_session(graph: Path | bytes, threads: int = 1, folder: Path | None = None) -> Any:  # noqa: ANN401
    """A session of ONNX Runtime on the CPU.

    Args:
        graph: a file, or a graph in memory.
        threads: of one run.
        folder: where the weights of a graph in memory lie; those of a file lie beside it.

    Raises:
        ModelError: the graph or its weights cannot be read.
    """
    # Since 1.32 ONNX Runtime gathers usage events and sends them off, unless told not to beforehand.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Its threads would go on spinning after a run, on the cores that rank what was found.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if _saturates():
        options.add_session_config_entry("session.x64quantprecision", "1")
    if folder is not None:
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(folder)
        )
    try:
        return onnxruntime.InferenceSession(
            str(graph) if isinstance(graph, Path) else graph,
            options,
            providers=["CPUExecutionProvider"],
            # The fused kernel takes five times as long as an addition and a normalisation.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as error:  # its many exception classes share no base but this
        raise _damaged(graph if isinstance(graph, Path) else folder) from error


def _batches(lengths: Sequence[int], most: int = _BATCH_TOKENS) -> Iterator[list[int]]:
    """Rows in batches, longest first, so that texts of like length share one and padding is little.

    Guarantees: every row once; a batch times its longest text is at most `most` tokens, unless
    it is a single text. The longest come first, so that memory is at its highest at once and the
    progress speeds up rather than slows down.
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def token_spans(
    offsets: Sequence[tuple[int, int]], prompt: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Character spans in the text proper, and which tokens have one."""
    spans = np.maximum(np.array(offsets, np.int32).reshape(-1, 2) - np.int32(prompt), 0)
    return spans, spans[:, 1] > 0


@functools.cache
def _saturates() -> bool:
    """Whether the fast 8-bit products of this processor may overflow, so that the exact ones are to be taken.

    They add pairs of products in 16 bits on an x86 processor without VNNI. ONNX Runtime does not tell
    the two apart: its option would slow down those that have VNNI, too. What is not known is taken to lack it.
    """
    if platform.machine().lower() not in ("x86_64", "amd64", "i386", "i686"):
        return False
    try:
        known = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return True
    return re.search(r"\bavx(?:512)?_vnni\b", known) is None


def usable_cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _damaged(file: object) -> ModelError:
    return ModelError(
        f"模型文件损坏：{file} / Model file damaged: {file}. 请运行 / Run: qa-bot build"
    )
