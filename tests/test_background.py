"""Passages that are not of the corpus: what ships, and for which model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_bot.bot import Bot
from qa_bot.errors import ModelError
from qa_bot.index.background import (
    BACKGROUND,
    NAMES,
    Background,
    background_of,
    read_background,
    write_background,
)
from qa_bot.ranking import Weights
from qa_bot.search import elsewhere


def test_nearest_and_mean_by_kind():
    background = Background(
        {
            "gazettes": np.array([[127, 0], [0, 127]], np.int8),
            "laws": np.array([[0, -127]], np.int8),
        },
        1 / 127,
    )
    found = background.signs(np.array([0.6, 0.8], np.float32))
    assert dict(zip(NAMES, found.tolist(), strict=True)) == pytest.approx(
        {"gazettes_nearest": 0.8, "gazettes_mean": 0.7, "laws_nearest": -0.8, "laws_mean": -0.8}
    )


@pytest.mark.model
def test_what_is_written_is_read_for_its_model_only(bot: Bot, tmp_path: Path):
    vectors = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0].astype(np.float32)
    file = tmp_path / "background.safetensors"
    write_background(file, {"gazettes": vectors, "laws": vectors[:3]}, bot.encoder.model)
    read = read_background(bot.encoder.model.base, file)
    assert read is not None
    question = vectors[2]
    exact = vectors @ question
    assert read.signs(question)[:2] == pytest.approx([exact.max(), exact.mean()], abs=0.01)
    other = replace(bot.encoder.model, base="another model")
    assert read_background(other.base, file) is None
    assert not list(tmp_path.glob(".*.new"))


@pytest.mark.parametrize("content", [b"", b"no tensors", None])
def test_a_damaged_file_is_an_error_that_says_what_to_do(content: bytes | None, tmp_path: Path):
    file = tmp_path / "background.safetensors"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelError, match="请重装"):
        read_background("any", file)


@pytest.mark.model
def test_the_shipped_one_fits_the_shipped_model(bot: Bot):
    background = background_of(bot.encoder.model.base)
    assert background is not None
    assert BACKGROUND.stat().st_size < 3_000_000
    spoken = bot.encoder.encode_query_tokens("开药店至少要多大面积？")
    found = elsewhere(bot.encoder, spoken)
    assert found is not None
    assert len(found) == len(NAMES) == len(Weights.shipped().elsewhere)
    assert all(-1 <= one <= 1 for one in found)


@pytest.mark.model
def test_a_question_on_another_city_is_nearer_to_the_background(bot: Bot):
    """What the signs are for: the distance between the nearest clause and the nearest other text."""

    def lead(question: str) -> float:
        spoken = bot.encoder.encode_query_tokens(question)
        away = elsewhere(bot.encoder, spoken)
        assert away is not None
        return float(bot.generation.dense.scores(spoken.pooled).max()) - away[0]

    assert lead("温州第六批基本无违建乡镇有哪些") > lead("海口禁止销售的一次性塑料制品有哪些")
