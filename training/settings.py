"""Where things are, and the configuration file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["HERE", "QUESTIONS", "ROOT", "SHARED", "WORK", "configuration"]

HERE = Path(__file__).parent
ROOT = HERE.parent
#: The public material: `pairs.jsonl.xz` and `laws.jsonl.xz`.
SHARED = Path(os.environ.get("QA_BOT_SHARED") or ROOT.parent / "shared")
#: Everything that is made: pairs, vectors, checkpoints. Ignored by git.
WORK = Path(os.environ.get("QA_BOT_TRAINING_WORK") or HERE / "work")
#: Questions that were written for the training, by the id of the article that answers them.
QUESTIONS = HERE / "questions"


def configuration(path: Path | None = None, changes: Sequence[str] = ()) -> dict[str, Any]:
    """The settings of `config.toml`, or of another file of its form.

    Args:
        path: of the file.
        changes: settings to be taken instead, as `training.rank=8`; the value as TOML writes it.

    Raises:
        SystemExit: there is no such file, a change names no setting, or its value is not TOML.
    """
    file = path or HERE / "config.toml"
    if not file.is_file():
        raise SystemExit(f"没有这个文件：{file} / No such file: {file}")
    with file.open("rb") as stream:
        settings = tomllib.load(stream)
    for change in changes:
        name, _, value = change.partition("=")
        section, _, key = name.strip().partition(".")
        if not isinstance(settings.get(section), dict) or key not in settings[section]:
            raise SystemExit(f"没有这个设置：{name} / No such setting: {name}")
        try:
            settings[section][key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise SystemExit(f"{change}：{error} / not a value of TOML") from None
    return settings
