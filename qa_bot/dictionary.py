"""The dictionary of jieba as a trie that is read in milliseconds.

jieba reads its own as a dict of 498,000 strings: half a second, and 100 MB of memory, for the two hundred that
a question looks up. A build, which cuts whole corpora, keeps the dict; whoever has read it leaves the trie for
those who only ask. It lies in the user's cache, under a name that hashes what is in it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from qa_bot.files import keep, kept

if TYPE_CHECKING:
    import marisa_trie

__all__ = ["Frequencies", "Trie", "read_trie", "write_trie"]

_LENGTH = struct.Struct("<QQ")  # of the trie in bytes, and the sum of all frequencies


class Trie:
    """How often each word of a dictionary is met, and 0 for what only begins a word. Nothing in it changes.

    Attributes:
        total: the sum of all frequencies.
    """

    def __init__(self, trie: marisa_trie.Trie, counts: array[int], total: int) -> None:
        self._number = trie.get
        self._word = trie.restore_key
        self._counts = counts
        self.total = total

    @classmethod
    def of(cls, frequencies: Mapping[str, int], total: int) -> bytes:
        """A dictionary as it is written."""
        import marisa_trie

        trie = marisa_trie.Trie(frequencies)
        counts = array("I", bytes(4 * len(frequencies)))
        for word, count in frequencies.items():
            counts[trie[word]] = count
        held: bytes = trie.tobytes()
        return _LENGTH.pack(len(held), total) + held + counts.tobytes()

    @classmethod
    def read(cls, written: bytes) -> Trie:
        """What `of` gave."""
        import marisa_trie

        length, total = _LENGTH.unpack_from(written)
        end = _LENGTH.size + length
        counts = array("I", written[end:])
        return cls(marisa_trie.Trie().frombytes(written[_LENGTH.size : end]), counts, total)

    def get(self, word: str) -> int | None:
        """How often a word is met; `None` where it is none and begins none."""
        number = self._number(word)
        return None if number is None else self._counts[number]

    def common(self, least: int) -> Iterator[str]:
        """The words that are met at least so often."""
        return (self._word(at) for at, count in enumerate(self._counts) if count >= least)


class Frequencies:
    """A trie with words of one's own, for jieba in place of its dict."""

    def __init__(self, trie: Trie) -> None:
        self._get = trie.get
        self._trie = trie
        self._own: dict[str, int] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._own or self._get(word) is not None

    def __getitem__(self, word: str) -> int:
        found = self.get(word)
        if found is None:
            raise KeyError(word)
        return found

    def __setitem__(self, word: str, count: int) -> None:
        self._own[word] = count

    def get(self, word: str, default: int | None = None) -> int | None:
        """As a dict's."""
        found = self._own.get(word)
        if found is None:
            found = self._get(word)
        return default if found is None else found

    def pop(self, word: str, default: int | None = None) -> int | None:
        """As a dict's; a word of the trie itself stays."""
        return self._own.pop(word, default)

    def update(self, counts: Iterable[tuple[str, int]]) -> None:
        """As a dict's."""
        self._own.update(counts)

    def common(self, least: int) -> list[str]:
        """The words that are met at least so often."""
        own = [word for word, count in self._own.items() if count >= least]
        return [word for word in self._trie.common(least) if word not in self._own] + own


def read_trie() -> Trie | None:
    """The dictionary of the jieba that is installed; `None` where nobody has written it, or it is damaged."""
    written = kept(_folder(), _kind())
    return None if written is None else Trie.read(written)


def write_trie(frequencies: Mapping[str, int], total: int) -> None:
    """Keep a dictionary for `read_trie`, unless one is there; where that cannot be, nothing is kept."""
    if read_trie() is None:
        keep(_folder(), _kind(), Trie.of(frequencies, total))


def _kind() -> str:
    return f"jieba-{version('jieba')}"


def _folder() -> Path:
    return platformdirs.user_cache_path("qa_bot")
