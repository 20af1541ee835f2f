"""The gate: main holds it, a worse search does not, and what was lost is said."""

from __future__ import annotations

import dataclasses
import json

import pytest
from conftest import ROOT

from qa_bot import ranking
from qa_bot.errors import QuestionSetError
from qa_bot.evaluate import evaluate, gate

EXPECTED = ROOT / "eval" / "expected.toml"


@pytest.mark.model
@pytest.mark.parametrize("name", ["dev", "test"])
def test_the_gate_holds_on_this_code(bot, name):
    expected = next(one for one in gate.read_expected(EXPECTED) if one.name == name)
    verdict = gate.hold(expected, evaluate(bot, expected.file))
    assert verdict.holds, "\n".join(gate.told(verdict, {}))


@pytest.mark.model
def test_a_worse_search_is_stopped_and_the_lost_questions_are_named(bot, monkeypatch):
    # Meaning counts no longer, and words count for all.
    only_words = tuple(float(name == "words") for name in ranking.FEATURES)
    worse = dataclasses.replace(ranking.Weights.shipped(), rank=only_words)
    monkeypatch.setattr(ranking.Weights, "shipped", lambda: worse)
    expected = next(one for one in gate.read_expected(EXPECTED) if one.name == "dev")
    verdict = gate.hold(expected, evaluate(bot, expected.file))
    assert not verdict.holds
    assert verdict.lost
    assert set(verdict.lost) <= expected.good
    told = "\n".join(gate.told(verdict, {verdict.lost[0]: "这一题"}))
    assert "all hit@1" in told
    assert f"  {verdict.lost[0]} 这一题" in told


@pytest.fixture
def small(tmp_path, bot):
    """A set of two questions, as measured and recorded."""
    (tmp_path / "questions").mkdir()
    file = tmp_path / "questions" / "dev.jsonl"
    rows = [
        {"id": "a", "q": "开药店至少要多大面积？", "gold": ["企业经营场所面积不得少于40平方米"]},
        {"id": "b", "q": "第八十条", "gold": []},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    report = evaluate(bot, file)
    gate.record(tmp_path / "expected.toml", [file], lambda _: report)
    return tmp_path / "expected.toml", report


def changed(report, key, value):
    figure = dataclasses.replace(report.figures[key], value=value)
    return dataclasses.replace(
        report, groups=report.groups | {"all": report.figures | {key: figure}}
    )


@pytest.mark.model
@pytest.mark.parametrize(
    ("key", "value", "holds"),
    [
        ("hit@1", 1.0, True),
        ("hit@1", 0.99, True),  # within the tolerance
        ("hit@1", 0.97, False),
        ("verbatim", 0.9999, False),  # has no tolerance
        ("false_answer", 0.03, False),  # here more is worse
    ],
)
def test_tolerance(small, key, value, holds):
    path, report = small
    (expected,) = gate.read_expected(path)
    assert gate.hold(expected, report).holds
    assert gate.hold(expected, changed(report, key, value)).holds is holds


@pytest.mark.model
def test_a_figure_that_is_missing_is_a_loss(small):
    path, report = small
    (expected,) = gate.read_expected(path)
    less = dataclasses.replace(report, groups={"all": {}})
    verdict = gate.hold(expected, less)
    assert not verdict.holds
    assert "missing" in verdict.losses[0]


@pytest.mark.model
def test_a_gain_is_told_and_stops_nothing(small):
    path, report = small
    path.write_text(
        path.read_text(encoding="utf-8").replace("value = 1.0000", "value = 0.5000"),
        encoding="utf-8",
    )
    (expected,) = gate.read_expected(path)
    verdict = gate.hold(expected, report)
    assert verdict.holds
    assert any("hit@1" in line for line in verdict.gains)


@pytest.mark.parametrize("text", ["", "[sets]", "[sets", "[sets.dev]\nfile = 1", None])
def test_expectations_that_cannot_be_read(tmp_path, text):
    path = tmp_path / "expected.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError, match="--record"):
        gate.read_expected(path)
