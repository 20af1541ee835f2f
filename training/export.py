"""Make an adapter file of a run: `python -m training.export --name adapter`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from qa_bot.encoder.adapter import SHIPPED, write_adapter
from qa_bot.encoder.embedded import FILE_SHA256
from training.settings import WORK

__all__ = ["main", "mean", "read_peft"]

_KEY = re.compile(r"(?P<name>encoder\.layer\..+)\.lora_(?P<side>[AB])(?:\.default)?\.weight$")
Tensors = dict[str, NDArray[np.float32]]


def read_peft(folder: Path) -> Tensors:
    """What peft saved, under the names of our adapter files; the scale is multiplied into B."""
    from safetensors.numpy import load_file

    settings = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    scale = settings["lora_alpha"] / settings["r"]
    found: Tensors = {}
    for key, tensor in load_file(folder / "adapter_model.safetensors").items():
        match = _KEY.search(key)
        if match is None:
            raise SystemExit(f"未知的张量 {key} / Unknown tensor {key} in {folder}")
        factor = scale if match["side"] == "B" else 1.0
        found[f"{match['name']}.weight.{match['side']}"] = tensor.astype(np.float32) * factor
    return found


def mean(adapters: Sequence[Mapping[str, NDArray[np.float32]]]) -> dict[str, NDArray[np.float16]]:
    """The mean of adapters of one run, factor by factor, in half precision.

    The factors of neighbouring checkpoints differ little, so that the product of the means is near the
    mean of the products, and the rank stays.
    """
    return {
        name: np.mean([one[name] for one in adapters], axis=0).astype(np.float16)
        for name in adapters[0]
    }


def main(
    name: Annotated[str, typer.Option(help="训练的名字 / name of the run")] = "adapter",
    last: Annotated[
        int, typer.Option(help="取最后几个检查点的平均 / mean of so many checkpoints")
    ] = 1,
    target: Annotated[Path, typer.Option(help="写到哪里 / where to")] = SHIPPED,
    about: Annotated[str, typer.Option(help="说明 / what it is")] = "",
) -> None:
    """写出适配器文件 / Write the adapter file."""
    folder = WORK / "runs" / name
    checkpoints = sorted(
        folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2])
    )[-last:]
    if not checkpoints:
        raise SystemExit(
            f"{folder} 里没有检查点 / No checkpoint in {folder}: python -m training.train"
        )
    write_adapter(target, mean([read_peft(one) for one in checkpoints]), FILE_SHA256, about or name)
    steps = ", ".join(one.name.rpartition("-")[2] for one in checkpoints)
    print(f"{target}（{target.stat().st_size:,} B）← {steps}")


if __name__ == "__main__":
    typer.run(main)
