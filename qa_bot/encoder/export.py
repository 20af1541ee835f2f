"""Export a sentence-transformers model as one ONNX graph. Imports torch: import it late.

The graph takes `input_ids` and `attention_mask` (int64, `(batch, length)`, both dynamic) and gives
`token_vectors` (float32 `(batch, length, token_dim)`: the transformer's last hidden states at unit
length, zero where the mask is) and `pooled` (float32 `(batch, dim)`, unit length).
"""

from __future__ import annotations

import inspect
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import normalize

from qa_bot.encoder.folder import ModelFolder
from qa_bot.encoder.onnx import OnnxEncoder
from qa_bot.errors import ModelError

__all__ = ["check_agreement", "export"]

_LOWEST_COSINE = 0.9999
_SAMPLES = (
    "企业经营场所面积不得少于40平方米。",
    "温州",
    "What is the minimum floor area of a retail pharmacy, and who may apply for a licence?",
    "Какие документы нужны для регистрации?",
    "第五十一条　药品零售企业应当具有与经营规模相适应的营业场所、设备、仓储设施以及卫生环境。" * 6,
    "",
)


class _Graph(torch.nn.Module):  # type: ignore[misc] # torch is Any to mypy here
    """The model's own modules, from ids to both outputs."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401
        super().__init__()
        self.steps = torch.nn.ModuleList(model)
        forward = inspect.signature(model[0].auto_model.forward)
        self.wants_types = "token_type_ids" in forward.parameters

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.wants_types:
            features["token_type_ids"] = torch.zeros_like(input_ids)
        features = self.steps[0](features)
        hidden = features["token_embeddings"]
        for step in self.steps[1:]:
            features = step(features)
        tokens = normalize(hidden, dim=-1) * attention_mask.unsqueeze(-1).to(hidden.dtype)
        return tokens, normalize(features["sentence_embedding"], dim=-1)


def export(model: Any, file: Path) -> tuple[int, int]:  # noqa: ANN401
    """Write the graph of a `SentenceTransformer` to `file`, its weights to `file` + ".data".

    Weights lie in a file of their own so that ONNX Runtime maps them into memory: opening a
    session takes 0.1 s, 1.8 s with the weights inside.

    Returns:
        `dim` of a pooled vector and `token_dim` of a token vector.

    Raises:
        ModelError: torch cannot export this model.
    """
    graph = _Graph(model.cpu().float()).eval()
    ids = torch.randint(5, 50, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    dynamic = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    # It tells, on every export, that torchvision's operators are not there.
    registration = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registration.level
    registration.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # FutureWarning and UserWarning from inside torch's exporter, about its own code.
            warnings.simplefilter("ignore")
            tokens, pooled = graph(ids, mask)
            torch.onnx.export(
                graph,
                (ids, mask),
                str(file),
                dynamo=True,
                external_data=True,
                input_names=["input_ids", "attention_mask"],
                output_names=["token_vectors", "pooled"],
                dynamic_shapes=(dynamic, dynamic),
                verbose=False,
            )
    except Exception as error:  # torch.onnx and torch.export raise many kinds
        detail = "".join(str(error).strip().splitlines()[:1])
        raise ModelError(
            f"模型无法导出为 ONNX / The model cannot be exported to ONNX: {detail}. "
            "请换一个模型 / Choose another: qa-bot build --model NAME"
        ) from error
    finally:
        registration.setLevel(level)
    return int(pooled.shape[-1]), int(tokens.shape[-1])


def check_agreement(model: Any, folder: ModelFolder) -> float:  # noqa: ANN401
    """Compare the exported graph with sentence-transformers, from text to vector.

    Returns:
        The lowest cosine over texts of several lengths and languages, both prompts.

    Raises:
        ModelError: it is below 0.9999.
    """
    encoder = OnnxEncoder(folder)
    lowest = 1.0
    for kind, encode in (
        ("query", encoder.encode_queries),
        ("passage", encoder.encode_passages),
    ):
        expected = model.encode(
            list(_SAMPLES),
            prompt=folder.prompts[kind],
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        lowest = min(lowest, float(np.sum(encode(_SAMPLES) * expected, axis=1).min()))
    if not lowest >= _LOWEST_COSINE:
        raise ModelError(
            f"导出的 ONNX 模型与原模型不一致（余弦 {lowest:.5f}）：{folder.name} / "
            f"The ONNX graph disagrees with the model (cosine {lowest:.5f}): {folder.name}. "
            "请换一个模型 / Choose another: qa-bot build --model NAME"
        )
    return lowest
