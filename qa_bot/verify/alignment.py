"""How a quote lies on a longer text, and in what the two differ, character by character."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

__all__ = ["Alignment", "Operation", "align"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A stretch in which quote and source are the same, or differ.

    Attributes:
        op: equal, replace, insert (only the quote has it) or delete (only the source has it).
        quote: span of the quote.
        source: span of the text that it lies on.
    """

    op: str
    quote: tuple[int, int]
    source: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A quote on the stretch of a text that it is nearest to.

    Attributes:
        start: of the stretch.
        end: behind it.
        distance: characters to insert, delete or replace.
        operations: in order; they cover the quote and the stretch, and no two that differ are neighbours.
    """

    start: int
    end: int
    distance: int
    operations: tuple[Operation, ...]

    @property
    def similarity(self) -> float:
        """1 where nothing differs, 0 where nothing is alike, by the longer of the two."""
        length = max(sum(b - a for a, b in (one.quote for one in self.operations)), 1)
        return 1 - self.distance / max(length, self.end - self.start)

    @property
    def longest(self) -> int:
        """Characters of the longest stretch in which nothing differs."""
        same = (b - a for one in self.operations if one.op == "equal" for a, b in [one.quote])
        return max(same, default=0)


def align(quote: str, text: str) -> Alignment:
    """Lay `quote` on the stretch of `text` from which it differs least.

    Guarantees: no other stretch has a smaller edit distance; of several the last is taken.
    """
    _, end = _nearest_end(quote, text, anchored=False)
    distance, length = _nearest_end(quote[::-1], text[:end][::-1], anchored=True)
    start = end - length
    stretch = text[start:end]
    operations: list[Operation] = []
    for op in Levenshtein.opcodes(stretch, quote):
        source = (op.src_start + start, op.src_end + start)
        operations.append(Operation(op.tag, (op.dest_start, op.dest_end), source))
    return Alignment(start, end, distance, tuple(_joined(operations)))


def _joined(operations: list[Operation]) -> list[Operation]:
    """Neighbours that differ made one, and two with a single character between them that is alike by chance.

    可由当地政府 for 必须经上级政府: one replacement, not three.
    """
    joined: list[Operation] = []
    for one in operations:
        if one.op != "equal" and joined and joined[-1].op != "equal":
            joined[-1] = _both(joined[-1], one)
        elif one.op != "equal" and len(joined) > 1 and _by_chance(joined[-2], joined[-1], one):
            joined[-2:] = [_both(joined[-2], one)]
        else:
            joined.append(one)
    return joined


def _size(one: Operation) -> int:
    return max(one.quote[1] - one.quote[0], one.source[1] - one.source[0])


def _by_chance(before: Operation, between: Operation, after: Operation) -> bool:
    return _size(between) == 1 and before.op != "equal" and _size(before) + _size(after) >= 4


def _both(first: Operation, last: Operation) -> Operation:
    quote = (first.quote[0], last.quote[1])
    source = (first.source[0], last.source[1])
    op = "insert" if source[0] == source[1] else "delete" if quote[0] == quote[1] else "replace"
    return Operation(op, quote, source)


def _nearest_end(quote: str, text: str, *, anchored: bool) -> tuple[int, int]:
    """The least edit distance of `quote` to a stretch of `text`, and where the last such stretch ends.

    Myers, A fast bit-vector algorithm for approximate string matching (1999), a word as wide as the quote.

    Args:
        quote: the whole of it is used.
        text: of which a stretch is.
        anchored: whether the stretch begins where the text does.
    """
    places: dict[str, int] = {}
    for index, char in enumerate(quote):
        places[char] = places.get(char, 0) | 1 << index
    mask = (1 << len(quote)) - 1
    top = 1 << (len(quote) - 1)
    more, less, score = mask, 0, len(quote)
    best, end = score, 0
    for index, char in enumerate(text):
        equal = places.get(char, 0)
        diagonal = equal | less
        across = (((equal & more) + more) ^ more) | equal
        up = less | (~(across | more) & mask)
        down = more & across
        if up & top:
            score += 1
        elif down & top:
            score -= 1
        up = (up << 1) | anchored
        down <<= 1
        more = (down | ~(diagonal | up)) & mask
        less = up & diagonal & mask
        if score <= best:
            best, end = score, index + 1
    return best, end
