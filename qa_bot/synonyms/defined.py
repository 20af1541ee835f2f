"""Short names that a corpus defines itself: 温州市市场监督管理局（以下简称市局）."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from qa_bot.patterns import late
from qa_bot.text import fold, squeeze

__all__ = ["defined_pairs", "definitions_in", "merge_definitions"]

# （以下简称市局）, （以下简称“细则”）, （2018年修正，下称《水法》). 以下统称 names several things at once.
_SHORT = late(
    r"[（(](?:[^（()）]{1,20}[，,])?\s*(?:(?:以下|下)简?称|简称)为?\s*[：:]?\s*"
    r"(?P<open>[“\"‘《〈]*)(?P<short>[^（()）“”\"‘’《》〈〉，。；、\s]{2,16})[”\"’》〉]*\s*[）)]"
)
_MARKED = late(r"(?:《(?P<title>[^《》]{4,80})》|[“\"](?P<quoted>[^“”\"]{4,60})[”\"])\s*$")
# Behind these a name may begin; where one stands within a stretch it is no name.
_BREAK = late(r"[，,。；;：:！!？?\n\t\s“”\"《》]")
# Several names in a row stand by themselves, too: 甲局、乙局.
_ROW = "、"
# 县人民政府成立县…指挥部, 市水务局所属的…: a sentence, not a name.
_NO_NAME = late(
    r"[由的对向为并经按据及]|成立|设立|组建|制定|编制|组织|开展|负责|会同|实行|报送|委托"
)
_LONGEST = 40
_LONGEST_MARKED = 82


def definitions_in(texts: Sequence[str], names: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """What the texts of one issue shorten: short forms, each with a long form, folded.

    A long form is what stands in book title or quotation marks before the bracket, or else the longest
    stretch before it that stands elsewhere by itself, in the texts between marks or at the edge of a line, or
    among the names. Either has all the characters of the short form in order, the last one last, and not in
    one piece: 细则 is the genre of a work and no name of it. Where none can be told so, there is no pair.

    Guarantees: sorted, each pair once; the time is linear in the length of the texts.

    Args:
        texts: of the issue, in simplified characters.
        names: of its issuers and addressees; such a line names several.
    """
    defined = [one for text in texts for one in _definitions(text)]
    candidates = {long for _, longs, marked in defined if not marked for long in longs}
    standing = _standing(candidates, chain(texts, names)) if candidates else set()
    found: set[tuple[str, str]] = set()
    for short, longs, marked in defined:
        long = next((long for long in longs if marked or long in standing), None)
        if long is not None:
            found.add((fold(short), fold(long)))
    return tuple(sorted(found))


def merge_definitions(issues: Iterable[Iterable[tuple[str, str]]]) -> dict[str, tuple[str, ...]]:
    """What a corpus shortens, by the word: the long form of each short one, and the short of each long one.

    Where a short form has two long ones (市局 in the texts of two bureaus), there is no pair.

    Args:
        issues: `definitions_in` each of them, in any order.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for short, long in chain.from_iterable(issues):
        found[short].add(long)
    pairs: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for short in sorted(found):
        if len(found[short]) == 1:
            (long,) = found[short]
            pairs[short] += (long,)
            pairs[long] += (short,)
    return dict(pairs)


def defined_pairs(texts: Sequence[str], names: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """`merge_definitions` of texts that are looked at as one issue."""
    return merge_definitions([definitions_in(texts, names)])


def _definitions(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """The short forms that a text defines, with what may be the long one, and whether marks say that it is."""
    for match in _SHORT.finditer(text):
        end, short = match.start(), match["short"]
        while end and text[end - 1].isspace():
            end -= 1
        marked = _MARKED.search(text[max(0, end - _LONGEST_MARKED) : end])
        if marked:
            long = squeeze(marked["title"] or marked["quoted"])
            if _shortens(short, long):
                yield short, [long], True
            continue
        before = text[max(0, match.start() - _LONGEST) : match.start()]
        longs = list(_stretches(before, short))
        if longs:
            yield short, longs, False


def _stretches(before: str, short: str) -> Iterator[str]:
    """The stretches at the end of `before` that `short` may be short for, the longest first."""
    breaks = [match.end() for match in _BREAK.finditer(before)]
    for start in range(breaks[-1] if breaks else 0, len(before) - len(short)):
        long = before[start:]
        if not _shortens(short, long):
            return
        if long.count("（") != long.count("）") or long[0] in "、）)" or _NO_NAME.search(long):
            continue
        yield long


def _standing(candidates: Collection[str], texts: Iterable[str]) -> set[str]:
    """Those of the candidates that stand by themselves in a text: between marks, or at the edge of a line.

    A candidate has no mark in it but 、, so that it is a piece between two marks, or some pieces in a row.
    """
    standing: set[str] = set()
    rows = any(_ROW in long for long in candidates)
    for text in texts:
        for segment in _BREAK.split(text):
            pieces = segment.split(_ROW)
            standing.update(piece for piece in pieces if piece in candidates)
            for first in range(len(pieces) - 1 if rows else 0):
                row = pieces[first]
                for piece in pieces[first + 1 : first + 1 + _LONGEST]:
                    row += _ROW + piece
                    if len(row) > _LONGEST:
                        break
                    if row in candidates:
                        standing.add(row)
    return standing


def _shortens(short: str, long: str) -> bool:
    """Whether a short form takes some characters of a long one, apart from each other, to its end."""
    rest = iter(long)
    return short not in long and short[-1] == long[-1] and all(char in rest for char in short)
