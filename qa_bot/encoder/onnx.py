"""The encoder that serves: ONNX Runtime and tokenizers, nothing of torch."""

from __future__ import annotations

import functools
import os
import platform
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.folder import ModelFolder
from qa_bot.encoder.pieces import open_question_tokenizer
from qa_bot.encoder.progress import Progress, silent
from qa_bot.encoder.protocol import ENCODING, TokenVectors
from qa_bot.errors import ModelError

__all__ = ["OnnxEncoder", "open_session", "open_tokenizer", "token_spans", "usable_cores"]

_T = TypeVar("_T")
_MOST_THREADS = 8
# Texts are handed to the threads in chunks, so that Ctrl-C is heard and progress is told.
_CHUNK_TEXTS = 64
# Seconds for which questions count as coming at once after two did.
_MANY_FOR = 0.25


@dataclass(frozen=True, slots=True)
class _Side:
    """How texts of one kind are encoded: session, tokenizer, prompt, and how many texts at the same time."""

    session: Any
    tokenizer: Any
    prompt: str
    workers: int = 1


class OnnxEncoder:
    """`Encoder` over ONNX Runtime on the CPU: by the 8-bit graph, if the model has one.

    Every text is run by itself, in a tensor as long as it: its vectors depend on it alone, to the bit,
    whatever is encoded beside it. Passages are run by several threads, each with one text; on two cores
    that is as fast as batches of 2,048 tokens, whose padding it saves (eval/benchmarks/encoding.py).

    Opening takes about 0.1 s: the weights are mapped from the file, the rows of the embedding table are read
    when a token needs them, and questions have a tokenizer of their own (`qa_bot.encoder.pieces`). What passages
    need, a session of one thread a run and the package's tokenizer, is opened when the first is encoded: who only
    asks, one question after another, never has it in memory.

    Attributes:
        model: the model folder that it reads.
    """

    def __init__(
        self, model: ModelFolder, threads: int | None = None, *, exact: bool = False
    ) -> None:
        """Open the tokenizer and the session.

        Args:
            model: a folder from `prepare` or `open_model`.
            threads: that encode; the cores this process may use, at most 8 for one question, if not given.
            exact: encode by the float32 graph.

        Raises:
            ModelError: the graph or the tokenizer cannot be read.
        """
        self.model = model
        self._threads = min(_MOST_THREADS, threads or usable_cores())
        self._workers = threads or usable_cores()
        self._lock = threading.Lock()
        self._whole: Any = None
        self._single: Any = None
        self._passages: _Side | None = None
        self._asking = 0
        self._many_until = 0.0
        self._graph = (None if exact else model.int8_file) or model.onnx_file
        self._questions = _Side(
            open_session(self._graph, self._threads),
            open_question_tokenizer(model, self._whole_tokenizer),
            model.prompts["query"],
        )

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Pooled vectors of questions, `(n, dim)`."""
        return self._pooled(self._questions, texts, silent)

    def encode_passages(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Pooled vectors of passages, `(n, dim)`."""
        return self._pooled(self._for_passages(), texts, progress)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        """One question, token by token, with its pooled vector: the same to the bit whatever else is asked.

        A question that is alone is encoded by all threads. While several come at once each has one: threads of
        several runs would wait for one another.
        """
        now = time.monotonic()
        with self._lock:
            self._asking += 1
            if self._asking > 1:
                self._many_until = now + _MANY_FOR
            many = now < self._many_until
        try:
            side = self._questions
            if many and self._threads > 1:
                side = replace(side, session=self._single_session())
            return self._token_vectors(side, [text], silent)[0]
        finally:
            with self._lock:
                self._asking -= 1

    def encode_passages_tokens(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> list[TokenVectors]:
        """Passages, token by token, with their pooled vectors."""
        return self._token_vectors(self._for_passages(), texts, progress)

    def _whole_tokenizer(self) -> Any:  # noqa: ANN401
        with self._lock:
            if self._whole is None:
                self._whole = open_tokenizer(self.model)
            return self._whole

    def _single_session(self) -> Any:  # noqa: ANN401
        with self._lock:
            if self._single is None:
                self._single = open_session(self._graph, 1)
            return self._single

    def _for_passages(self) -> _Side:
        if self._passages is None:
            session, tokenizer = self._single_session(), self._whole_tokenizer()
            prompt = self.model.prompts["passage"]
            self._passages = _Side(session, tokenizer, prompt, self._workers)
        return self._passages

    def _pooled(self, side: _Side, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        result = np.empty((len(texts), self.model.dim), np.float32)

        def run(encoding: Any) -> NDArray[np.float32]:  # noqa: ANN401
            (pooled,) = side.session.run(["pooled"], _feed(encoding))
            return pooled[0]  # type: ignore[no-any-return]

        for row, pooled in enumerate(self._each(side, texts, run, progress)):
            result[row] = pooled
        return result

    def _token_vectors(
        self, side: _Side, texts: Sequence[str], progress: Progress
    ) -> list[TokenVectors]:
        def run(encoding: Any) -> TokenVectors:  # noqa: ANN401
            pooled, vectors = side.session.run(["pooled", "token_vectors"], _feed(encoding))
            spans, is_text = token_spans(encoding.offsets, len(side.prompt))
            return TokenVectors(pooled[0], vectors[0], tuple(encoding.tokens), spans, is_text)

        return list(self._each(side, texts, run, progress))

    def _each(
        self, side: _Side, texts: Sequence[str], run: Callable[[Any], _T], progress: Progress
    ) -> Iterator[_T]:
        """What `run` makes of each text's tokens, in order."""
        if side.workers == 1 or len(texts) == 1:  # without waking any thread
            for at, text in enumerate(texts):
                yield run(side.tokenizer.encode(side.prompt + text))
                progress(ENCODING, at + 1, len(texts))
            return
        with ThreadPoolExecutor(side.workers) as pool:
            for start in range(0, len(texts), _CHUNK_TEXTS * side.workers):
                chunk = texts[start : start + _CHUNK_TEXTS * side.workers]
                encodings = side.tokenizer.encode_batch([side.prompt + text for text in chunk])
                yield from pool.map(run, encodings)
                progress(ENCODING, start + len(chunk), len(texts))


def _feed(encoding: Any) -> dict[str, NDArray[np.int64]]:  # noqa: ANN401
    ids = np.array([encoding.ids], np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


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
