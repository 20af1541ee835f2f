"""What a quote that does not stand word for word is nearest to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from qa_bot.verify.alignment import Alignment, Operation, align
from qa_bot.verify.passages import Found, Passages
from qa_bot.verify.quotes import Quote, places_of

__all__ = ["Nearest", "as_near", "nearest"]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The stretch of the corpus that a quote is nearest to.

    Attributes:
        alignment: of the form of the quote that lies on it best.
        form: that form, canonical.
        found: the stretch.
    """

    alignment: Alignment
    form: str
    found: Found


def nearest(
    passages: Passages, quote: Quote, within: Sequence[tuple[int, int]] | None = None, most: int = 3
) -> list[Nearest]:
    """What a quote is nearest to, best first, each place once.

    Args:
        passages: to search.
        quote: of at least three characters, otherwise nothing is near.
        within: stretches to look in; those that share most trigrams if not given.
        most: how many at most.
    """
    if within is None:
        return list(passages.remembered(quote.forms, _search))[:most]
    return _aligned(passages, quote.forms, within)[:most]


def as_near(passages: Passages, best: Nearest, found: Sequence[Nearest]) -> list[Nearest]:
    """Other places that a quote is as near to as it is to `best`, in the order of the corpus, each once.

    Those of `found` at the same distance, and all that say word for word what `best` or one of these says.
    """
    places: dict[tuple[object, ...], Nearest] = {}
    for one in [best, *found]:
        if one.alignment.distance != best.alignment.distance:
            continue
        start, end = one.alignment.start, one.alignment.end
        places.setdefault(one.found.key, one)
        for same in passages.remembered(passages.text[start:end], places_of):
            moved = _moved(one.alignment, same.start - start)
            places.setdefault(same.key, Nearest(moved, one.form, same))
    del places[best.found.key]
    return sorted(places.values(), key=lambda one: one.found.start)


def _search(passages: Passages, forms: tuple[str, ...]) -> tuple[Nearest, ...]:
    stretches = (stretch for form in forms for stretch in passages.index.near(form))
    return tuple(_aligned(passages, forms, list(dict.fromkeys(stretches))))


def _aligned(
    passages: Passages, forms: Sequence[str], within: Sequence[tuple[int, int]]
) -> list[Nearest]:
    """The forms on each of the stretches, best first."""
    best: dict[tuple[object, ...], Nearest] = {}
    for form in forms:
        for start, end in within:
            for low, high in _units(passages, start, end):
                made = align(form, passages.text[low:high])
                if made.end <= made.start:
                    continue
                made = _of_its_clauses(passages, _moved(made, low))
                found = passages.at(made.start, made.end)
                kept = best.get(found.key)
                if kept is None or made.distance < kept.alignment.distance:
                    best[found.key] = Nearest(made, form, found)
    return sorted(best.values(), key=lambda one: (one.alignment.distance, one.found.start))


def _of_its_clauses(passages: Passages, alignment: Alignment) -> Alignment:
    """An alignment less what it takes, in place of the first or the last characters of the quote, of other clauses.

    That costs the same, so the alignment cannot tell: what is put in before a clause would be laid on the end
    of the clause before.
    """
    operations = list(alignment.operations)
    equal = [one.source for one in operations if one.op == "equal"]
    if not equal:
        return alignment
    start, end = equal[0][0], equal[-1][1]
    if alignment.start < start:
        *before, own = passages.owners(alignment.start, start + 1)
        start -= sum(1 for _ in takewhile(lambda one: one == own, reversed(before)))
    if end < alignment.end:
        own, *behind = passages.owners(end - 1, alignment.end)
        end += sum(1 for _ in takewhile(lambda one: one == own, behind))
    if (start, end) == (alignment.start, alignment.end):
        return alignment
    operations[0] = _cut(operations[0], start, end)
    operations[-1] = _cut(operations[-1], start, end)
    kept = tuple(one for one in operations if one.quote[0] < one.quote[1] or one.op == "delete")
    return Alignment(start, end, alignment.distance, kept)


def _cut(one: Operation, start: int, end: int) -> Operation:
    low, high = max(one.source[0], start), min(one.source[1], end)
    op = "insert" if low >= high and one.op == "replace" else one.op
    return Operation(op, one.quote, (low, max(low, high)))


def _units(passages: Passages, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a stretch that lie in one unit each."""
    at = start
    while at < end:
        low, high = passages.line(at)
        stop = min(high, end)
        if stop > max(at, low):
            yield max(at, low), stop
        at = max(high + 1, at + 1)


def _moved(alignment: Alignment, by: int) -> Alignment:
    operations = tuple(
        replace(one, source=(one.source[0] + by, one.source[1] + by))
        for one in alignment.operations
    )
    return Alignment(alignment.start + by, alignment.end + by, alignment.distance, operations)
