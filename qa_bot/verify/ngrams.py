"""An inverted index of the character trigrams of a text: exact search without a scan, and what is near.

The trigrams stand sorted, each packed into 64 bits, with the positions that they begin at: 12 bytes a
character. A lookup is a binary search; an exact search looks at the places of the rarest trigram only, one
for what is near takes the rarest as seeds and votes for diagonals (Altschul et al. 1990, BLAST).
"""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trigrams"]

_BITS = 21
# Places that seeds may point at, of one search.
_MOST_SEEDS = 20_000
# To align a long pattern costs time: only where it has at least a third of the votes of the best place.
_LONG, _FEWEST = 100, 3
Positions = NDArray[np.int64]


def _codes(text: str) -> NDArray[np.uint64]:
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return raw.astype(np.uint64)


def _pack(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The trigram at each position; past the end stand zeros."""
    padded = np.concatenate([codes, np.zeros(2, np.uint64)])
    first, second, third = padded[:-2], padded[1:-1], padded[2:]
    packed: NDArray[np.uint64] = (
        (first << np.uint64(2 * _BITS)) | (second << np.uint64(_BITS)) | third
    )
    return packed


class Trigrams:
    """The trigrams of a text. Nothing in it changes."""

    def __init__(self, text: str) -> None:
        """Sort the trigrams: O(n log n), about a second for ten million characters."""
        self.text = text
        keys = _pack(_codes(text))
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._at = order.astype(np.int32)

    def find(self, pattern: str, most: int | None = None) -> list[int]:
        """Where `pattern` stands, in order, overlapping places included; the first `most`, or all."""
        if not pattern or len(pattern) > len(self.text):
            return []
        codes = _codes(pattern)
        if len(pattern) < 3:
            low, high = self._range_of_prefix(codes)
            found: list[int] = np.sort(self._at[low:high])[:most].tolist()
            return found
        keys = _pack(codes)[: len(pattern) - 2]
        lows, highs = self._ranges(keys)
        counts = highs - lows
        rarest = int(np.argmin(counts))
        if counts[rarest] == 0:
            return []
        # In order, for equal keys were sorted stably.
        starts = (int(at) - rarest for at in self._at[lows[rarest] : highs[rarest]])
        standing = (at for at in starts if at >= 0 and self.text.startswith(pattern, at))
        return list(islice(standing, most))

    def near(self, pattern: str, most: int = 5) -> list[tuple[int, int]]:
        """Stretches of the text that share most with `pattern`, best first, wide enough to be aligned with it.

        Args:
            pattern: at least three characters.
            most: how many.
        """
        length = len(pattern)
        if length < 3:
            return []
        keys = _pack(_codes(pattern))[: length - 2]
        lows, highs = self._ranges(keys)
        counts = highs - lows
        by_rarity = np.argsort(counts, kind="stable")
        by_rarity = by_rarity[counts[by_rarity] > 0]
        enough = np.searchsorted(np.cumsum(counts[by_rarity]), _MOST_SEEDS, side="right")
        seeds = by_rarity[: max(int(enough), 1)]
        if not len(seeds):
            return []
        places = [self._at[lows[i] : highs[i]].astype(np.int64) - int(i) for i in seeds]
        diagonals = np.concatenate(places)[:_MOST_SEEDS]
        slack = max(8, length // 4)
        # Each place votes for two buckets that overlap by half, so that none is cut in two.
        buckets = np.concatenate([diagonals // slack, diagonals // slack + 1])
        names, votes = np.unique(buckets, return_counts=True)
        chosen: list[tuple[int, int]] = []
        taken: set[int] = set()
        for index in np.argsort(-votes, kind="stable")[: 4 * most]:
            bucket = int(names[index])
            if length > _LONG and _FEWEST * int(votes[index]) < int(votes.max()):
                break
            if taken & {bucket - 1, bucket, bucket + 1}:
                continue
            taken.add(bucket)
            middle = bucket * slack
            start = max(0, middle - 2 * slack)
            chosen.append((start, min(len(self.text), middle + length + 2 * slack)))
            if len(chosen) == most:
                break
        return chosen

    def _ranges(self, keys: NDArray[np.uint64]) -> tuple[Positions, Positions]:
        low: Positions = np.searchsorted(self._keys, keys, side="left").astype(np.int64)
        high: Positions = np.searchsorted(self._keys, keys, side="right").astype(np.int64)
        return low, high

    def _range_of_prefix(self, codes: NDArray[np.uint64]) -> tuple[int, int]:
        key = shift = 0
        for index, code in enumerate(codes):
            shift = (2 - index) * _BITS
            key |= int(code) << shift
        low = np.searchsorted(self._keys, np.uint64(key), side="left")
        high = np.searchsorted(self._keys, np.uint64(key + (1 << shift)), side="left")
        return int(low), int(high)
