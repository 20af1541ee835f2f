"""What the training minimises: a question's own passage above all others of its batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, pad, softmax, softplus

__all__ = ["PooledAndLate", "answering", "late_scores"]

Features = dict[str, Tensor]


class PooledAndLate(nn.Module):
    """InfoNCE on pooled vectors and on late interaction, of the same pass, and what keeps them in shape.

    loss = CE(cos(q, p) / t) + w · CE(late(q, p) / t'), over all passages of the batch, each question's
    negatives included (van den Oord et al. 2018, arXiv:1807.03748; MaxSim of Khattab and Zaharia 2020,
    arXiv:2004.12832, averaged over the question's tokens). Further terms, each with its weight:

    * distilling: both kinds of scores learn the mean of their distributions, so that pooled vectors
      learn what late interaction hears better (self-knowledge distillation, Chen et al. 2024,
      arXiv:2402.03216, without their lexical scores);
    * answering: softplus((b - s) / t) + softplus((n - b) / t) for the scores s of a question's passage
      and n of the likest other, with one threshold b for all questions, so that a score tells whether
      anything answers (the sigmoid loss of Zhai et al. 2023, arXiv:2303.15343, with a fixed bias and the
      hardest negative alone);
    * anchoring: 1 - cos of a pooled vector and what the plain model gives for the same text.

    Args:
        model: a `SentenceTransformer`.
        temperature: t.
        late_weight: w; 0 leaves late interaction out.
        late_temperature: t'.
        distil_weight: of distilling.
        answering_weight: of answering.
        thresholds: b of pooled vectors and of late interaction.
        anchor_weight: of anchoring; it costs a pass of the plain model.
        prefixes: how many tokens at the start of a question, and of a passage, are no words of it
            (`<s>`, the prompt's) and take no part in late interaction; `</s>` takes none either.
        space: id of the token `▁`, which takes none where it follows the prompt, as in
            `qa_bot.encoder.onnx.token_spans`.
        rows: texts that are encoded together, the longest first, so that little is padding.
    """

    def __init__(
        self,
        model: Any,  # noqa: ANN401
        *,
        temperature: float,
        late_weight: float,
        late_temperature: float,
        distil_weight: float = 0.0,
        answering_weight: float = 0.0,
        thresholds: tuple[float, float] = (0.0, 0.0),
        anchor_weight: float = 0.0,
        prefixes: tuple[int, int],
        space: int = -1,
        rows: int = 16,
    ) -> None:
        super().__init__()
        self.model = model
        self.temperature = temperature
        self.late_weight = late_weight
        self.late_temperature = late_temperature
        self.distil_weight = distil_weight
        self.answering_weight = answering_weight
        self.thresholds = thresholds
        self.anchor_weight = anchor_weight
        self.prefixes = prefixes
        self.space = space
        self.rows = rows

    def forward(
        self, sentence_features: Iterable[Features], labels: Tensor | None = None
    ) -> Tensor:
        """The loss of a batch whose columns are questions, their passages, and negatives, if any."""
        asking, telling = self.prefixes
        first, *others = sentence_features
        question = self._encode(first, asking)
        passages = [self._encode(features, telling) for features in others]
        pooled = torch.cat([one[0] for one in passages])
        right = torch.arange(len(question[0]), device=pooled.device)
        near = question[0] @ pooled.T / self.temperature
        loss = cross_entropy(near, right)
        if self.answering_weight:
            at = self.thresholds[0] / self.temperature
            loss = loss + self.answering_weight * answering(near, at)
        if self.late_weight:
            length = max(one[1].shape[1] for one in passages)
            tokens = torch.cat(
                [pad(one[1], (0, 0, 0, length - one[1].shape[1])) for one in passages]
            )
            mask = torch.cat([pad(one[2], (0, length - one[2].shape[1])) for one in passages])
            late = late_scores(question[1], question[2], tokens, mask) / self.late_temperature
            loss = loss + self.late_weight * cross_entropy(late, right)
            if self.answering_weight:
                at = self.thresholds[1] / self.late_temperature
                loss = loss + self.answering_weight * self.late_weight * answering(late, at)
            if self.distil_weight:
                both = (softmax(near, -1) + softmax(late, -1)).detach() / 2
                loss = loss + self.distil_weight * (
                    cross_entropy(near, both) + self.late_weight * cross_entropy(late, both)
                )
        if self.anchor_weight:
            loss = loss + self.anchor_weight * (
                self._drift(first, question[0]) + self._drift(others[0], passages[0][0])
            )
        return loss

    def _drift(self, features: Features, pooled: Tensor) -> Tensor:
        """How far pooled vectors are from the plain model's, the mean of 1 - cos."""
        bert, training = self.model[0].auto_model, self.model.training
        bert.disable_adapters()
        self.model.eval()
        try:
            with torch.no_grad():
                plain = self._encode(features, 0)[0]
        finally:
            self.model.train(training)
            bert.enable_adapters()
        return 1 - (plain * pooled).sum(-1).mean()

    def _encode(self, features: Features, prefix: int) -> tuple[Tensor, Tensor, Tensor]:
        """Pooled vectors, token vectors and which tokens count, in the order of the batch."""
        lengths = features["attention_mask"].sum(1)
        order = torch.argsort(lengths, descending=True)
        width = int(lengths.max())
        pooled, tokens = [], []
        for start in range(0, len(order), self.rows):
            rows = order[start : start + self.rows]
            here = int(lengths[rows].max())
            part = {name: features[name][rows, :here] for name in ("input_ids", "attention_mask")}
            made = self.model(part)
            pooled.append(made["sentence_embedding"])
            tokens.append(pad(made["token_embeddings"], (0, 0, 0, width - here)))
        back = torch.argsort(order)
        mask = features["attention_mask"][:, :width].bool().clone()
        mask[:, :prefix] = False
        mask[:, prefix] &= features["input_ids"][:, prefix] != self.space
        mask[torch.arange(len(lengths)), lengths - 1] = False
        return (
            normalize(torch.cat(pooled)[back], dim=-1),
            normalize(torch.cat(tokens)[back], dim=-1),
            mask,
        )


def answering(scores: Tensor, threshold: float) -> Tensor:
    """How far questions' own passages are from above one threshold, and the likest others from below.

    Args:
        scores: `(questions, passages)`; the passage of question i is i.
        threshold: on the scale of the scores.
    """
    right = scores.diagonal()
    own = torch.eye(*scores.shape, dtype=torch.bool, device=scores.device)
    likest = scores.masked_fill(own, -torch.inf).amax(-1)
    return (softplus(threshold - right) + softplus(likest - threshold)).mean()


def late_scores(questions: Tensor, asked: Tensor, passages: Tensor, told: Tensor) -> Tensor:
    """Mean over a question's tokens of the best cosine with a passage's, `(questions, passages)`.

    Args:
        questions: unit token vectors `(q, length, dim)`.
        asked: which of them count, bool `(q, length)`.
        passages: likewise `(p, length, dim)`.
        told: bool `(p, length)`.
    """
    each = torch.einsum("qid,pjd->qpij", questions, passages)
    each = each.masked_fill(~told[None, :, None, :], -1.0)
    best = each.amax(-1).masked_fill(~asked[:, None, :], 0.0)
    return best.sum(-1) / asked.sum(-1).clamp(min=1)[:, None]
