"""What an encoder does, whichever library is underneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa_bot.encoder.folder import ModelFolder
from qa_bot.encoder.progress import Progress, silent

__all__ = ["ENCODING", "Encoder", "TokenVectors"]

ENCODING = "编码 / Encoding"


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """One text, token by token, for late interaction.

    Every token that the model read is here, those of the prompt and the special tokens too, since
    they carry meaning (`<s>` much of it); `is_text` tells them apart.

    Attributes:
        pooled: the vector of the whole text, `(dim,)`, unit length.
        vectors: float32 `(k, token_dim)`, each of unit length.
        tokens: the `k` pieces as the tokenizer writes them.
        spans: int32 `(k, 2)`, characters `[start, end)` of the text, prompt not counted; `(0, 0)`
            where `is_text` is false.
        is_text: bool `(k,)`, whether a token stands for characters of the text itself.
    """

    pooled: NDArray[np.float32]
    vectors: NDArray[np.float32]
    tokens: tuple[str, ...]
    spans: NDArray[np.int32]
    is_text: NDArray[np.bool_]


class Encoder(Protocol):
    """Turns texts into vectors of one model.

    All vectors are float32 and of unit length, in the order of the texts; an empty list gives
    `(0, dim)`. A text longer than `model.max_length` tokens counts by its beginning. Safe to call
    from several threads.
    """

    @property
    def model(self) -> ModelFolder:
        """The model whose vectors these are."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Pooled vectors of questions, `(n, dim)`; the query prompt is put before each."""

    def encode_passages(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> NDArray[np.float32]:
        """Pooled vectors of passages, `(n, dim)`; the passage prompt is put before each."""

    def encode_query_tokens(self, text: str) -> TokenVectors:
        """One question, token by token, with its pooled vector, in one run of the model."""

    def encode_passages_tokens(
        self, texts: Sequence[str], progress: Progress = silent
    ) -> list[TokenVectors]:
        """Passages, token by token, with their pooled vectors, in one run of the model."""
