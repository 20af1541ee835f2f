"""Where things are, and the configuration file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

__all__ = ["HERE", "QUESTIONS", "ROOT", "SHARED", "WORK", "configuration"]

HERE = Path(__file__).parent
ROOT = HERE.parent
#: The public material: `pairs.jsonl.xz` and `laws.jsonl.xz`.
SHARED = Path(os.environ.get("QA_BOT_SHARED", ROOT.parent / "shared"))
#: Everything that is made: pairs, vectors, checkpoints. Ignored by git.
WORK = Path(os.environ.get("QA_BOT_TRAINING_WORK", HERE / "work"))
#: Questions that were written for the training, by the id of the article that answers them.
QUESTIONS = HERE / "questions"


def configuration(path: Path | None = None) -> dict[str, Any]:
    """The settings of `config.toml`, or of another file of its form."""
    with (path or HERE / "config.toml").open("rb") as stream:
        return tomllib.load(stream)
