"""A report as one HTML page that needs no other file, no script and no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qa_bot.evaluate.compare import Comparison
from qa_bot.evaluate.measures import MEASURES, Figure, Measure
from qa_bot.evaluate.report import Report

__all__ = ["bounds", "page", "shown"]

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
HEADLINES = ("hit@1", "hit@3", "right_answered", "false_refusal", "false_answer", "verbatim")
LANGUAGES = {
    "zh": "简体中文 Chinese", "zh-Hant": "繁體中文 traditional", "en": "English", "it": "italiano",
    "fr": "français", "es": "español", "ja": "日本語", "other": "其他 other",
}  # fmt: skip
KINDS = {
    "clause": "条款 clause", "article": "条号 article number", "document_number": "文号 document number",
    "table": "表格 table", "list": "清单 list", "date": "日期 date", "person": "人物 person",
    "exemption": "不予处罚 exemption", "news": "简讯记事 news", "statistics": "统计 statistics",
    "masthead": "版权页目录 masthead", "definition": "定义 definition", "other": "其他 other",
    "number": "数字 number",
}  # fmt: skip
NEAR = {
    "other_year": "别的年份 another year", "other_city": "别的地方 another place",
    "missing_list": "没有的清单 a list not there", "missing_article": "没有的条号 no such article",
    "only_forbidden": "只有禁令 only forbidden",
    "missing_value": "没写的数 value not given", "none": "无关 not near anything",
}  # fmt: skip
WHAT = {
    "wrong": "首条不对 wrong first", "refused": "对而未答 right, but refused",
    "answered": "不该答而答 answered without answer",
}  # fmt: skip
STAGES = {
    "analyse": "分析 analyse", "encode": "编码 encode", "rank": "排序 rank", "compose": "成文 compose",
    "total": "合计 total",
}  # fmt: skip
# The chart is drawn in these units; the page scales it.
_WIDTH, _LABEL, _ROW = 640, 190, 30


def shown(figure: Figure | None, measure: Measure, signed: bool = False) -> str:
    """A figure as it is printed: three places, or characters."""
    if figure is None:
        return "—"
    places = 0 if measure.unit == "characters" else 3
    return f"{figure.value:{'+' if signed else ''}.{places}f}"


def bounds(figure: Figure | None, measure: Measure, signed: bool = False) -> str:
    """The ends of its interval as they are printed; empty where there is none."""
    if figure is None or figure.low is None or figure.high is None:
        return ""
    places = 0 if measure.unit == "characters" else 3
    sign = "+" if signed else ""
    return f"{figure.low:{sign}.{places}f} – {figure.high:{sign}.{places}f}"


def page(
    report: Report, beside: Sequence[Report] = (), comparison: Comparison | None = None
) -> str:
    """The report as HTML.

    Args:
        report: to be shown.
        beside: other reports on the same set, whose figures stand in the same table.
        comparison: with an earlier run, shown question by question.
    """
    return _ENVIRONMENT.get_template("report.html").render(
        report=report,
        beside=beside,
        comparison=comparison,
        measures=MEASURES,
        headlines=[measure for measure in MEASURES if measure.key in HEADLINES],
        groups=[
            ("按语言 / by language", _bars(report, "lang:", "hit@1", LANGUAGES)),
            ("按类别 / by kind", _bars(report, "kind:", "hit@1", KINDS)),
            (
                "答不了的：误作答 / without answer: false answers",
                _bars(report, "near:", "false_answer", NEAR),
            ),
        ],
        curve=_curve(report),
        kinds=KINDS,
        what=WHAT,
        stages=STAGES,
        near=NEAR,
        shown=shown,
        interval=bounds,
        width=_WIDTH,
        label_width=_LABEL,
        row=_ROW,
    )


def _bars(report: Report, prefix: str, key: str, names: dict[str, str]) -> list[dict[str, object]]:
    """What the bars of a chart need: label, figure, and places in units of the chart."""
    scale = _WIDTH - _LABEL - 110
    rows: list[dict[str, object]] = []
    for group, figures in report.groups.items():
        figure = figures.get(key)
        if not group.startswith(prefix) or figure is None:
            continue
        name = group.removeprefix(prefix)
        rows.append(
            {
                "label": names.get(name, name),
                "figure": figure,
                "length": figure.value * scale,
                "low": None if figure.low is None else figure.low * scale,
                "high": None if figure.high is None else figure.high * scale,
            }
        )
    return rows


def _curve(report: Report) -> str:
    """The points of the risk-coverage curve for SVG, 0 to 300 across and down."""
    points = report.risk_coverage
    step = max(1, len(points) // 200)
    some = [*points[::step], *points[-1:]]
    return " ".join(f"{coverage * 300:.1f},{300 - risk * 300:.1f}" for coverage, risk in some)
