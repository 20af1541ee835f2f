"""Charts of benchmarks, as SVG: they are read in docs/performance.md and compared from one commit to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot

# The same figures give the same file.
mpl.rcParams |= {
    "svg.hashsalt": "qa_bot",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
METADATA = {"Date": None, "Creator": None}


def lines(
    path: Path,
    title: str,
    sizes: Sequence[float],
    curves: Mapping[str, Mapping[str, Sequence[float | None]]],
) -> None:
    """Curves over sizes, one field for each unit below the other; both axes logarithmic."""
    figure, fields = pyplot.subplots(
        len(curves), 1, sharex=True, figsize=(6.4, 2.3 * len(curves)), layout="constrained"
    )
    for (unit, own), axes in zip(
        curves.items(), [fields] if len(curves) == 1 else fields, strict=True
    ):
        for name, values in own.items():
            there = [(at, value) for at, value in zip(sizes, values, strict=True) if value]
            axes.plot(
                *zip(*there, strict=True), marker="o", markersize=3, linewidth=1.2, label=name
            )
        axes.set(xscale="log", yscale="log", ylabel=unit)
        axes.grid(alpha=0.25, which="major")
        axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel("clauses")
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, metadata=METADATA)
    pyplot.close(figure)


def bars(path: Path, title: str, unit: str, rows: Mapping[str, float]) -> None:
    """A bar for each row, with its figure."""
    figure, axes = pyplot.subplots(figsize=(6.4, 0.6 + 0.34 * len(rows)), layout="constrained")
    drawn = axes.barh([*rows], [*rows.values()], height=0.6)
    axes.bar_label(drawn, fmt="%.3g", padding=3)
    axes.invert_yaxis()
    axes.set(xlabel=unit)
    axes.margins(x=0.12)
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, metadata=METADATA)
    pyplot.close(figure)
