"""Texts to vectors: the only owner of sentence-transformers and of ONNX Runtime.

`prepare` makes a model ready once, `open_model` opens it, `open_encoder` encodes with it. Nothing
here imports torch until a model has to be prepared or `sentence.SentenceEncoder` is made.
"""

from __future__ import annotations

from qa_bot.encoder.adapter import SHIPPED
from qa_bot.encoder.folder import ModelFolder, base_of, open_model
from qa_bot.encoder.models import adapter_of, is_current, is_embedded, prepare
from qa_bot.encoder.onnx import OnnxEncoder, usable_cores
from qa_bot.encoder.protocol import Encoder, TokenVectors

__all__ = [
    "SHIPPED",
    "Encoder",
    "ModelFolder",
    "OnnxEncoder",
    "TokenVectors",
    "adapter_of",
    "base_of",
    "is_current",
    "is_embedded",
    "open_encoder",
    "open_model",
    "prepare",
    "usable_cores",
]


def open_encoder(model_folder: ModelFolder, threads: int | None = None) -> OnnxEncoder:
    """The encoder that serves: ONNX Runtime on the CPU.

    Raises:
        ModelError: a file of the model cannot be read.
    """
    return OnnxEncoder(model_folder, threads)
