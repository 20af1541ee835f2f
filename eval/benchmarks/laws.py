"""The articles of law that stand for a large corpus, as text files; what the benchmarks of building share."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

__all__ = ["size_of", "write_laws"]


def write_laws(path: Path, folder: Path, articles: int | None) -> int:
    """One text file for each law; how many articles they have."""
    folder.mkdir(parents=True)
    laws: dict[str, list[dict]] = {}
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            laws.setdefault(row["file"], []).append(row)
    written = 0
    for number, rows in enumerate(laws.values()):
        if articles is not None and written >= articles:
            break
        lines, place = [rows[0]["law"], ""], None
        for row in rows:
            if row["path"] and row["path"] != place:
                lines.append(row["path"])
            place = row["path"]
            numbered = row["text"].startswith(row["article"]) or row["article"].startswith("段")
            lines.append(row["text"] if numbered else f"{row['article']}　{row['text']}")
        written += len(rows)
        (folder / f"law-{number:04d}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


def size_of(folder: Path) -> float:
    """GiB of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**30
