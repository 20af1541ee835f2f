"""Short names that a corpus defines itself: 温州市市场监督管理局（以下简称市局）."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from qa_bot.text import fold, squeeze

__all__ = ["defined_pairs"]

# （以下简称市局）, （以下简称“细则”）, （2018年修正，下称《水法》). 以下统称 names several things at once.
_SHORT = re.compile(
    r"[（(](?:[^（()）]{1,20}[，,])?\s*(?:(?:以下|下)简?称|简称)为?\s*[：:]?\s*"
    r"(?P<open>[“\"‘《〈]*)(?P<short>[^（()）“”\"‘’《》〈〉，。；、\s]{2,16})[”\"’》〉]*\s*[）)]"
)
_MARKED = re.compile(r"(?:《(?P<title>[^《》]{4,80})》|[“\"](?P<quoted>[^“”\"]{4,60})[”\"])\s*$")
# Behind these a name may begin; where one stands within a stretch it is no name.
_BREAK = re.compile(r"[，,。；;：:！!？?\n\t\s“”\"《》]")
_EDGE = r"[，,。；;：:！!？?\s“”\"《》、]"
# 县人民政府成立县…指挥部, 市水务局所属的…: a sentence, not a name.
_NO_NAME = re.compile(
    r"[由的对向为并经按据及]|成立|设立|组建|制定|编制|组织|开展|负责|会同|实行|报送|委托"
)
_LONGEST = 40


def defined_pairs(texts: Sequence[str], names: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """What texts shorten, by the word: the long form of each short one, and the short of each long one.

    A long form is what stands in book title or quotation marks before the bracket, or else the longest
    stretch before it that stands elsewhere by itself, in the texts between marks or at the edge of a line, or
    among the names.
    Either has all the characters of the short form in order, the last one last, and not in one piece: 细则 is
    the genre of a work and no name of it. Where none can be told so, or a short form has two
    (市局 in the texts of two bureaus), there is no pair.

    Args:
        texts: in simplified characters.
        names: of issuers and addressees; such a line names several.
    """
    everything = "\n".join((*texts, *names))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for text in texts:
        for short, long in _definitions(text, everything):
            found[fold(short)].add(fold(long))
    pairs: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for short in sorted(found):
        if len(found[short]) == 1:
            (long,) = found[short]
            pairs[short] += (long,)
            pairs[long] += (short,)
    return dict(pairs)


def _definitions(text: str, everything: str) -> Iterator[tuple[str, str]]:
    for match in _SHORT.finditer(text):
        before, short = text[: match.start()], match["short"]
        marked = _MARKED.search(before)
        if marked:
            long = squeeze(marked["title"] or marked["quoted"])
            if _shortens(short, long):
                yield short, long
            continue
        named = _named(before[-_LONGEST:], short, everything)
        if named:
            yield short, named


def _named(before: str, short: str, everything: str) -> str | None:
    """The longest stretch at the end of `before` that is a name elsewhere, too."""
    breaks = [match.end() for match in _BREAK.finditer(before)]
    for start in range(breaks[-1] if breaks else 0, len(before) - len(short)):
        long = before[start:]
        if not _shortens(short, long):
            return None
        if long.count("（") != long.count("）") or long[0] in "、）)" or _NO_NAME.search(long):
            continue
        if re.search(rf"(?:^|{_EDGE}){re.escape(long)}(?:$|{_EDGE})", everything, re.MULTILINE):
            return long
    return None


def _shortens(short: str, long: str) -> bool:
    """Whether a short form takes some characters of a long one, apart from each other, to its end."""
    rest = iter(long)
    return short not in long and short[-1] == long[-1] and all(char in rest for char in short)
