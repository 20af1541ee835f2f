"""What a data folder has in use, read from two small files: for `qa-bot --version`, which opens nothing.

`qa_bot.index` knows more and checks everything, but takes most of a second to import. That both mean the
same files is tested (`tests/test_cli.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["InUse", "in_use"]


@dataclass(frozen=True, slots=True)
class InUse:
    """The generation of the index that is in use, as its manifest tells; nothing of it is checked.

    Attributes:
        generation: its name.
        format: of its files; `None` where the manifest does not tell, as with all that follow.
        clauses: how many there are.
        model: folder name of the embedding model.
        fingerprint: sha256 of the model's weights, tokenizer and prompts.
    """

    generation: str
    format: int | None = None
    clauses: int | None = None
    model: str | None = None
    fingerprint: str | None = None


def in_use(index: Path) -> InUse | None:
    """What an index folder has in use, of whatever format, damaged or not; `None` where there is none yet.

    Guarantees: raises nothing. Fields that cannot be read are `None`.
    """
    try:
        name = (index / "CURRENT").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    try:
        text = (index / "generations" / name / "manifest.json").read_text(encoding="utf-8")
        row = json.loads(text)
    except (OSError, ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return InUse(name)
    numbers = {key: row[key] for key in ("format", "clauses") if isinstance(row.get(key), int)}
    texts = {
        field: row[key]
        for field, key in (("model", "model"), ("fingerprint", "model_fingerprint"))
        if isinstance(row.get(key), str)
    }
    return InUse(name, **numbers, **texts)
