"""Make an adapter file of what was trained: `python -m training.export` makes the one that ships.

What to make is written as in `[export] spec` of the configuration:

    adapter                     the last checkpoint of the run of that name
    adapter@150                 that of step 150
    adapter@250-400             the mean of all from step 250 to step 400
    adapter@400*0.8             the update at four fifths
    one*0.5+other*0.5           the sum of two; the ranks add up
    some.safetensors, shipped   an adapter file; the one in the package
    plain                       no update
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from qa_bot.encoder.adapter import SHIPPED, read_adapter, write_adapter
from qa_bot.encoder.embedded import FILE_SHA256
from qa_bot.errors import ModelError
from training.settings import HERE, WORK, configuration

__all__ = ["checkpoints", "factors", "main", "mean", "read_peft"]

_KEY = re.compile(r"(?P<name>encoder\.layer\..+)\.lora_(?P<side>[AB])(?:\.default)?\.weight$")
_TERM = re.compile(
    r"(?P<name>[^*@+]+)(?:@(?P<first>\d+)(?:-(?P<last>\d+))?)?(?:\*(?P<scale>\d*\.?\d+))?"
)
Tensors = Mapping[str, NDArray[np.float32]]


def factors(spec: str) -> dict[str, NDArray[np.float16]]:
    """The factors A and B of every weight, for a `spec` as the module describes it; none for `plain`.

    Raises:
        SystemExit: it is not understood, or there is no such run, checkpoint or file.
    """
    terms = [found for term in spec.split("+") if (found := _term(term.strip()))]
    # B₁A₁ + B₂A₂ is the product of [B₁ B₂] and [A₁ A₂]ᵀ.
    return {
        name: np.concatenate([one[name] for one in terms if name in one], axis=int(name.endswith(".B")))
        .astype(np.float16)
        for name in sorted({name for one in terms for name in one})
    }  # fmt: skip


def checkpoints(folder: Path) -> dict[int, Path]:
    """The whole checkpoints of a run by step; one that was broken off while it was written is none."""
    return {
        int(path.name.rpartition("-")[2]): path
        for path in folder.glob("checkpoint-*")
        if (path / "trainer_state.json").is_file()  # written last
    }


def read_peft(folder: Path) -> dict[str, NDArray[np.float32]]:
    """What peft saved, under the names of our adapter files; the scale is multiplied into B."""
    from safetensors.numpy import load_file

    settings = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    scale = settings["lora_alpha"] / settings["r"]
    found: dict[str, NDArray[np.float32]] = {}
    for key, tensor in load_file(folder / "adapter_model.safetensors").items():
        match = _KEY.search(key)
        if match is None:
            raise SystemExit(f"未知的张量 {key} / Unknown tensor {key} in {folder}")
        factor = scale if match["side"] == "B" else 1.0
        found[f"{match['name']}.weight.{match['side']}"] = tensor.astype(np.float32) * factor
    return found


def mean(adapters: Sequence[Tensors]) -> dict[str, NDArray[np.float32]]:
    """The mean of adapters of one run, factor by factor.

    The factors of neighbouring checkpoints differ little, so that the product of the means is near the
    mean of the products, and the rank stays.
    """
    return {name: np.mean([one[name] for one in adapters], axis=0) for name in adapters[0]}


def _term(term: str) -> dict[str, NDArray[np.float32]]:
    match = _TERM.fullmatch(term)
    if match is None:
        raise SystemExit(f"看不懂 / Not understood: {term!r}")
    name, scale = match["name"], float(match["scale"] or 1)
    if name == "plain":
        return {}
    if name == "shipped" or name.endswith(".safetensors"):
        try:
            file = SHIPPED if name == "shipped" else Path(name)
            tensors = read_adapter(file, FILE_SHA256).tensors
        except ModelError as error:
            raise SystemExit(str(error)) from None
        found = {key: one.astype(np.float32) for key, one in tensors.items()}
    else:
        found = mean([read_peft(one) for one in _checkpoints(name, match["first"], match["last"])])
    return {key: one * scale if key.endswith(".B") else one for key, one in found.items()}


def _checkpoints(name: str, first: str | None, last: str | None) -> list[Path]:
    folder = WORK / "runs" / name
    by_step = checkpoints(folder)
    steps = sorted(by_step)
    chosen = (
        [one for one in steps if int(first) <= one <= int(last or first)] if first else steps[-1:]
    )
    ends = {int(one) for one in (first, last) if one}
    if not chosen or not ends <= set(chosen):
        there = ", ".join(map(str, steps)) or "python -m training.train"
        raise SystemExit(f"{folder} 里没有这样的检查点 / No such checkpoint in {folder}: {there}")
    return [by_step[one] for one in chosen]


def main(
    spec: Annotated[str, typer.Argument(help="见配置 [export] / as configured if empty")] = "",
    name: Annotated[
        str, typer.Option(help="配置里 {name} 所指 / {name} of the configuration")
    ] = "adapter",
    target: Annotated[Path, typer.Option(help="写到哪里 / where to")] = SHIPPED,
    about: Annotated[str, typer.Option(help="说明 / what it is")] = "",
    config: Annotated[Path, typer.Option(help="配置文件 / configuration")] = HERE / "config.toml",
) -> None:
    """写出适配器文件 / Write the adapter file.

    Example: python -m training.export 'adapter@250-400*0.8' --target other.safetensors
    """
    spec = spec or configuration(config)["export"]["spec"].format(name=name)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_adapter(target, factors(spec), FILE_SHA256, about or spec)
    print(f"{target}（{target.stat().st_size:,} B）← {spec}")


if __name__ == "__main__":
    typer.run(main)
