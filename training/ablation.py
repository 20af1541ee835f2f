"""What each part of the recipe is worth: `python -m training.ablation`.

Trains short runs that differ from the configuration in one setting each and then prints `eval/compare.py`'s
line for each. Runs that are finished are not trained again, one that was broken off goes on. Negatives
from elsewhere must have been mined (`[mining] kinds`).
"""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from training.settings import ROOT

__all__ = ["VARIANTS", "main"]

#: Name of the run and what differs.
VARIANTS: dict[str, tuple[str, ...]] = {
    "as-configured": (),
    "no-negatives": ("training.negatives=[]",),
    "negatives-elsewhere": ('training.negatives=["elsewhere"]',),
    "negatives-both": ('training.negatives=["own", "elsewhere"]',),
    "no-late-nor-distilling": ("training.late_weight=0.0", "training.distil_weight=0.0"),
    "no-distilling": ("training.distil_weight=0.0",),
    "anchored": ("training.anchor_weight=0.5",),
    "rank-8": ("training.rank=8", "training.alpha=16"),
    "rank-32": ("training.rank=32", "training.alpha=64"),
    "upper-half": ("training.first_layer=6",),
    "temperature-0.01": ("training.temperature=0.01", "training.late_temperature=0.01"),
    "temperature-0.05": ("training.temperature=0.05", "training.late_temperature=0.05"),
    "rate-4e-4": ("training.learning_rate=4e-4",),
    "dropout-0.1": ("training.dropout=0.1",),
    "untitled": ("training.titled=0.0",),
    "no-invented": ("pairs.invented=0",),
    "no-beside": ("pairs.beside=0",),
    "no-encyclopedia": ("pairs.encyclopedia=0",),
    "no-parallel": ("pairs.parallel=0",),
    "no-other-languages": ("pairs.parallel=0", "pairs.written=0"),
}


def main(
    names: Annotated[list[str] | None, typer.Argument(help="只做这些 / only these")] = None,
    steps: Annotated[int, typer.Option(help="每个多少步 / of each")] = 100,
    device: Annotated[str, typer.Option(help="cpu, cuda, mps; 默认自动 / chosen if empty")] = "",
) -> None:
    """消融实验 / The ablation.

    Example: python -m training.ablation as-configured rank-8 --steps 50
    """
    chosen = names or list(VARIANTS)
    for unknown in set(chosen) - set(VARIANTS):
        raise SystemExit(f"没有 / None of: {unknown}；{', '.join(VARIANTS)}")
    runs = []
    for name in chosen:
        run = f"ablation-{steps}-{name}"
        runs.append(run)
        print(f"── {name}: {' '.join(VARIANTS[name]) or '—'}", flush=True)
        changes = (
            *VARIANTS[name],
            f"validation.steps={steps}",
            f"training.save_steps={steps // 2}",
        )
        _run(
            "-m", "training.train", "--name", run, "--steps", str(steps),
            *(["--device", device] if device else []),
            *(part for change in changes for part in ("--set", change)),
        )  # fmt: skip
    _run(str(ROOT / "eval" / "compare.py"), "plain", *runs, "--held-out")


def _run(*arguments: str) -> None:
    """Run Python; what goes wrong there ends this, too."""
    code = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False).returncode
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    typer.run(main)
