"""The gate: figures that must not get worse, and which questions were lost if they do."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_bot.errors import QuestionSetError
from qa_bot.evaluate.compare import good
from qa_bot.evaluate.measures import MEASURES
from qa_bot.evaluate.report import Report

__all__ = ["Expectation", "Verdict", "hold", "read_expected", "record", "told"]

_BETTER = {measure.key: measure.better for measure in MEASURES}
# Of all measures those that say whether the bot got worse.
_HELD = (
    "hit@1", "hit@3", "hit@10", "mrr@10", "ndcg@10", "recall@100", "right_answered", "false_refusal",
    "false_answer", "auroc", "ece", "verbatim", "highlight_holds",
)  # fmt: skip
_HEAD = """\
# What the sets are expected to give, how much less is borne, and the command that measures it.
# Checked by: qa-bot eval --gate (tests/test_gate.py runs it). Written by: qa-bot eval --gate --record,
# after a gain or a wanted change; the questions that went well stand in the file named `good`.
# A tolerance covers what other processors round otherwise, not a loss.
"""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one question set is expected to give.

    Attributes:
        name: of the set.
        file: of its questions.
        command: that measures it.
        figures: by group and measure: value and tolerance.
        good: ids of the questions that went well.
    """

    name: str
    file: Path
    command: str
    figures: dict[str, dict[str, tuple[float, float]]]
    good: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a set holds.

    Attributes:
        name: of the set.
        losses: figures beyond their tolerance, as lines for a reader.
        gains: figures that are better by more than that.
        lost: ids of the questions that went well and do no longer.
    """

    name: str
    losses: tuple[str, ...]
    gains: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing got worse beyond its tolerance."""
        return not self.losses


def read_expected(path: Path) -> list[Expectation]:
    """Read `expected.toml`; paths in it count from its folder.

    Raises:
        QuestionSetError: it cannot be read, or names what is no measure.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found = []
        for name, row in content["sets"].items():
            figures = {
                group: {key: (float(f["value"]), float(f["tolerance"])) for key, f in some.items()}
                for group, some in row["figures"].items()
            }
            wrong = [key for some in figures.values() for key in some if key not in _BETTER]
            if wrong:
                raise ValueError(f"{wrong[0]} is no measure")
            held = [value for some in figures.values() for pair in some.values() for value in pair]
            if not held or not all(map(math.isfinite, held)):
                raise ValueError(f"{name} expects nothing that can be measured")
            well = json.loads((path.parent / row["good"]).read_text(encoding="utf-8"))
            found.append(
                Expectation(
                    name, path.parent / row["file"], row["command"], figures, frozenset(well)
                )
            )
        if not found:
            raise ValueError("it names no set")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionSetError(
            f"{path.name} 读不了：{error!r} / {path.name} cannot be read; "
            "write it anew: qa-bot eval --gate --record"
        ) from error
    return found


def hold(expected: Expectation, report: Report) -> Verdict:
    """Compare a report with what is expected; a figure that is missing is a loss."""
    losses, gains = [], []
    for group, figures in expected.figures.items():
        for key, (value, tolerance) in figures.items():
            figure = report.groups.get(group, {}).get(key)
            if figure is None:
                losses.append(
                    f"{expected.name} {group} {key}: 没有 / missing, {value:.3f} expected"
                )
                continue
            change = figure.value - value
            worse = -change if _BETTER[key] == "higher" else change
            line = f"{expected.name} {group} {key}: {figure.value:.3f}，应为 / expected {value:.3f} ± {tolerance:.3f}"
            if worse > tolerance + 1e-9:
                losses.append(line)
            elif -worse > tolerance + 1e-9:
                gains.append(line)
    well = {one.id for one in report.scored if good(one)}
    lost = tuple(sorted(expected.good - well))
    return Verdict(expected.name, tuple(losses), tuple(gains), lost)


def record(
    path: Path,
    files: Sequence[Path],
    measure: Callable[[Path], Report],
    tolerance: float = 0.015,
    groups: Sequence[str] = ("all", "lang:zh"),
) -> None:
    """Write `expected.toml` and the lists of questions that go well, from runs made now.

    Args:
        path: to be written; `expected/<set>.json` goes beside it.
        files: question files below its folder.
        measure: runs one of them.
        tolerance: how much worse a figure may be; verbatim has none.
        groups: whose figures are held.
    """
    lines = [_HEAD]
    lists: dict[str, list[str]] = {}
    for file in files:
        report = measure(file)
        inner = file.relative_to(path.parent).as_posix()
        well = f"expected/{file.stem}.json"
        lists[well] = sorted(one.id for one in report.scored if good(one))
        lines.append(
            f'[sets.{file.stem}]\nfile = "{inner}"\ngood = "{well}"\n'
            f'command = "qa-bot eval {path.parent.name}/{inner}"\n'
        )
        for group in groups:
            lines.append(f'[sets.{file.stem}.figures."{group}"]')
            for key in _HELD:
                figure = report.groups.get(group, {}).get(key)
                if figure is not None:
                    borne = 0.0 if key == "verbatim" else tolerance
                    lines.append(f'"{key}" = {{ value = {figure.value:.4f}, tolerance = {borne} }}')
            lines.append("")
    (path.parent / "expected").mkdir(exist_ok=True)
    for name, ids in lists.items():
        _replace(path.parent / name, json.dumps(ids, indent=0) + "\n")
    _replace(path, "\n".join(lines))


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def told(verdict: Verdict, questions: dict[str, Any]) -> list[str]:
    """A verdict as lines for a reader.

    Args:
        verdict: to be told.
        questions: texts by id, of a set whose questions may be seen.
    """
    lines = [f"✗ {line}" for line in verdict.losses]
    if verdict.losses and verdict.lost:
        lines.append(f"{verdict.name} 丢了 {len(verdict.lost)} 题 / questions lost:")
        lines.extend(f"  {name} {questions.get(name, '')}".rstrip() for name in verdict.lost)
    lines.extend(f"↑ {line}（可用 --record 记下 / better than expected）" for line in verdict.gains)
    if verdict.holds:
        lines.append(f"✓ {verdict.name}")
    return lines
