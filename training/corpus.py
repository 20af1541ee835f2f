"""The public material that training reads: laws by article and question–passage pairs of `../shared`."""

from __future__ import annotations

import functools
import hashlib
import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.settings import SHARED

__all__ = ["Article", "articles", "by_id", "held_out", "read_pairs", "same_text"]


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a law.

    Attributes:
        id: of `laws.jsonl`.
        law: its title.
        number: 第十七条.
        path: chapter and section, outermost first.
        text: of the article, without its number.
        latest: whether no later version of the law is in the set.
        category: 行政法规, 地方性法规 …
    """

    id: str
    law: str
    number: str
    path: str
    text: str
    latest: bool
    category: str

    @property
    def title(self) -> str:
        """Law and number."""
        return f"{self.law} {self.number}"

    @property
    def headings(self) -> str:
        """All that it stands under, as `qa_bot.index.passages` writes it of a clause."""
        return " ".join(part for part in (self.law, self.path, self.number) if part)


@functools.cache
def articles() -> tuple[Article, ...]:
    """Every different text of an article once, under its latest law, in the order of the file.

    Raises:
        SystemExit: `../shared` is not there.
    """
    return tuple(dict.fromkeys(by_id().values()))


@functools.cache
def by_id() -> dict[str, Article]:
    """The article that stands for each id of the file: of equal texts that of the latest law.

    Raises:
        SystemExit: `../shared` is not there.
    """
    chosen: dict[str, Article] = {}
    texts: dict[str, str] = {}
    for row in _rows(SHARED / "scale" / "laws.jsonl.xz"):
        one = Article(
            row["_id"], row["law"], row["article"], " ".join(row["path"].split()),
            row["text"], row["latest"], row["category"],
        )  # fmt: skip
        key = texts[one.id] = same_text(one.text)
        if key not in chosen or (one.latest and not chosen[key].latest):
            chosen[key] = one
    return {identity: chosen[key] for identity, key in texts.items()}


def read_pairs() -> Iterator[dict[str, Any]]:
    """The pairs of `train/pairs.jsonl.xz`: `set, lang, q, title, passage, licence` and `answer`."""
    return _rows(SHARED / "train" / "pairs.jsonl.xz")


def held_out(key: str, share: float = 0.1) -> bool:
    """Whether something is kept for validation: the same answer for the same key, everywhere."""
    digest = hashlib.sha256(f"held out\0{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def same_text(text: str) -> str:
    """What two writings of one text share: letters and digits only."""
    return re.sub(r"\W+", "", text)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise SystemExit(
            f"缺少训练材料：{path} / Training material missing: {path}. "
            "training/README.md says where it is looked for"
        )
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
