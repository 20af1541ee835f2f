"""Files of synonyms: `synonyms.tsv`, read and merged."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from qa_bot.errors import SourceError
from qa_bot.text import fold
from qa_bot.words import to_simplified

__all__ = ["USER_FILE", "merged", "read_synonyms", "shipped_synonyms"]

#: Name of the user's own file in the corpus folder.
USER_FILE = "synonyms.tsv"
_BETWEEN_TERMS = re.compile(r"\s*[,，、;；]\s*")
_COLUMNS = 3

Table = dict[str, tuple[str, ...]]


def read_synonyms(path: Path) -> Table:
    """The official terms of each everyday word of a file; a missing file gives none.

    A line has three columns with tabs between them: the everyday word, its official terms with commas
    between them, and the source that says so. Empty lines and those that begin with # are left out. Width,
    case and traditional characters are folded.

    Raises:
        SourceError: the file cannot be read, or a line is wrong; the message says which and why.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name} 不是 UTF-8（第 {error.start} 字节读不了）；请另存为 UTF-8 / "
            f"{path.name} is not UTF-8 (byte {error.start}): save it as UTF-8."
        ) from error
    except OSError as error:
        raise SourceError(
            f"读不了 {path.name}：{error.strerror} / Cannot read {path.name}: {error.strerror}."
        ) from error
    return _parsed(text, path.name)


@functools.cache
def _shipped() -> Table:
    text = resources.files("qa_bot.synonyms").joinpath("synonyms.tsv").read_text("utf-8")
    return _parsed(text, "qa_bot/synonyms/synonyms.tsv")


def shipped_synonyms() -> Table:
    """The entries of this package, each with a source that is no question set of ours."""
    return dict(_shipped())


def merged(shipped: Mapping[str, tuple[str, ...]], defined: Mapping[str, tuple[str, ...]],
           own: Mapping[str, tuple[str, ...]]) -> Table:  # fmt: skip
    """One table, sorted by word, of what is shipped, what the corpus defines, and what the user wrote.

    What the corpus defines stands beside what is shipped; a word of the user's has only the user's terms.
    """
    table: Table = {word: tuple(terms) for word, terms in shipped.items()}
    for word, terms in defined.items():
        table[word] = tuple(dict.fromkeys((*terms, *table.get(word, ()))))
    table.update(own)
    return {word: table[word] for word in sorted(table)}


def _parsed(text: str, name: str) -> Table:
    table: Table = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != _COLUMNS:
            raise _wrong(
                name, number,
                f"有 {len(columns)} 栏，应为三栏，中间用制表符：日常说法、公文用语、出处",
                f"has {len(columns)} columns, three are wanted with tabs between them: "
                "the everyday word, official terms, the source",
            )  # fmt: skip
        word = fold(to_simplified(columns[0]))
        terms = [fold(to_simplified(one)) for one in _BETWEEN_TERMS.split(columns[1]) if one]
        if len(word) < 2:
            raise _wrong(
                name, number,
                f"的日常说法“{columns[0]}”太短，至少两个字",
                f"has the everyday word «{columns[0]}»: two characters at least",
            )  # fmt: skip
        if not terms:
            raise _wrong(
                name, number,
                f"没有写“{columns[0]}”的公文用语",
                f"gives no official term for «{columns[0]}»",
            )  # fmt: skip
        if not columns[2]:
            raise _wrong(
                name, number,
                f"没有写“{columns[0]}”的出处",
                f"gives no source for «{columns[0]}»",
            )  # fmt: skip
        if word in table:
            raise _wrong(
                name, number,
                f"的“{columns[0]}”在第 {lines[word]} 行已有，请合成一行",
                f"repeats «{columns[0]}» of line {lines[word]}: make one line of both",
            )  # fmt: skip
        table[word], lines[word] = tuple(dict.fromkeys(terms)), number
    return table


def _wrong(name: str, number: int, what: str, english: str) -> SourceError:
    return SourceError(f"{name} 第 {number} 行{what} / {name}: line {number} {english}.")
