"""Which versions of a work a question means: the latest, unless it says otherwise or asks as of a day."""

from __future__ import annotations

import re
from datetime import date

from qa_bot.gazette.standing import Key, Printing, Standing, Version
from qa_bot.index import DocumentRecord, IssueRecord, Records
from qa_bot.patterns import late
from qa_bot.words import to_simplified

__all__ = [
    "Key",
    "begins",
    "left_out",
    "left_out_on",
    "other_places",
    "said_of",
    "searched_for",
    "successor",
]

# 旧版怎么规定, 修订前的第五条
_EARLIER = late(
    r"旧版|旧文本|旧法|旧条例|旧办法|旧规定|老版|老办法|原版本|历史版本|以前的版本|之前的版本|较早(?:的)?(?:版本|文本)|"
    r"(?:修订|修改|修正|更正)(?:之|以)?前|"
    r"\b(?:old|older|previous|earlier|former|superseded)\s+(?:version|text|wording)|"
    r"\bbefore\s+(?:the|its|it\s+was|they\s+were)\s+(?:amend|revis|correct)",
    re.IGNORECASE,
)
# 新旧有什么不同, 修订前后
_BOTH = late(
    r"新旧|新老|前后|区别|不同|变化|对比|比较|新版|现行|\b(?:compare|difference|changed?|both)\b",
    re.IGNORECASE,
)
# 2018年版, 2018版, 2018年修正, 2018年3月1日的文本
_OF_DAY = late(
    r"(?P<year>(?:19|20)\d{2})\s*年?(?:\s*(?P<month>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*日)?)?\s*"
    r"(?:的|那[个一]?)?(?:(?:修[正订改])?(?:版本?|文本)|修[正订改](?:本|(?=[)）》]|$)))"
)
_OF_ISO_DAY = late(
    r"(?:@\s*|\b)(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:(?<=@\d{4}-\d{2}-\d{2})|\s*的?(?:版本?|文本))"
)


def left_out(records: Records, question: str = "") -> frozenset[Key]:
    """The documents that a question is not about: earlier versions, unless it asks for them.

    Who names a version by its day or year (2018年版, @2018-03-01) gets that version of the works that have it;
    who asks for 旧版 or 修订前 the earlier versions without the latest; who compares (新旧有什么不同) all. Of a corpus
    without versions nothing is ever left out.
    """
    standings = records.standings
    if not standings.earlier:
        return frozenset()
    asked = to_simplified(question)
    named = [*_OF_DAY.finditer(asked), *_OF_ISO_DAY.finditer(asked)]
    earlier, both = bool(_EARLIER.search(asked)), bool(_BOTH.search(asked))
    if not (named or earlier):
        return standings.earlier
    without: set[Key] = set()
    for versions in _works(records):
        meant = [one for one in versions if any(_is_of(one, match) for match in named)]
        if not meant and earlier:
            meant = [*versions] if both else [one for one in versions if not one.latest]
        meant = meant or [one for one in versions if one.latest]
        without.update((one.issue_id, one.id) for one in versions if one not in meant)
    return frozenset(without)


def searched_for(records: Records, question: str) -> str:
    """A question without the words that say which version it means, where that decides what is left out.

    占道经营2015年版罚多少 is searched for as 占道经营罚多少: 2015 is the version's year, and no fact that is asked about.
    Itself where nothing else is left, or where no version is meant.
    """
    if not records.standings.earlier:
        return question
    asked = to_simplified(question)
    if len(asked) != len(question):
        return question
    named = [*_OF_DAY.finditer(asked), *_OF_ISO_DAY.finditer(asked)]
    versions = [one for work in _works(records) for one in work] if named else []
    spans = [match.span() for match in named if any(_is_of(one, match) for one in versions)]
    if not spans and not _BOTH.search(asked):
        spans = [match.span() for match in _EARLIER.finditer(asked)]
    rest = question
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + rest[end:]
    rest = rest.strip(" ，。：:,、")
    return rest if sum(map(str.isalnum, rest)) > 1 else question


def left_out_on(records: Records, day: date) -> frozenset[Key]:
    """The versions that were not the latest of their work on a day: earlier ones, and those that came later.

    A version without a day counts from that of the version before it.
    """
    without: set[Key] = set()
    for versions in _works(records):
        chosen: Version | None = None
        since = date.min
        for one in versions:
            since = one.day or since
            if since <= day:
                chosen = one
        without.update((one.issue_id, one.id) for one in versions if one is not chosen)
    return frozenset(without)


def successor(records: Records, document: DocumentRecord) -> Version | None:
    """The version that came after a document's own; `None` where it is the latest or the only one."""
    versions = records.standings.of(document.issue_id, document.id).versions
    after = [at + 1 for at, one in enumerate(versions) if one.id == document.id]
    return versions[after[0]] if after and after[0] < len(versions) else None


def begins(records: Records, document: DocumentRecord) -> date | None:
    """The day from which a document is there: of its issue, of its force, of its version, of its publication.

    `None` where nothing tells one.
    """
    issue = records.issue(document.issue_id)
    standing = records.standings.of(document.issue_id, document.id)
    if standing.versions and standing.version_on:
        return standing.version_on
    return document.issued_on or document.effective_from or _published(issue) or document.month


def other_places(records: Records, standing: Standing) -> tuple[tuple[str, Printing], ...]:
    """Where else a text stands, each place with the label of its issue."""
    return tuple((records.issue(one.issue_id).label, one) for one in standing.places[1:])


def said_of(standing: Standing) -> tuple[str, str] | None:
    """Which version of its work a document is, (Chinese, English); `None` where there is only one."""
    if not standing.versions:
        return None
    latest = standing.versions[-1]
    own = standing.version_on.isoformat() if standing.version_on else ""
    if standing.id == latest.id:
        count = len(standing.versions)
        return (
            f"本件有 {count} 个版本，此为最新" + (f"（{own}）" if own else ""),
            f"{count} versions are held here, this is the latest" + (f" ({own})" if own else ""),
        )
    later = latest.day.isoformat() if latest.day else ""
    return (
        "较早版本"
        + (f"（{own}）" if own else "")
        + f"，已由{f' {later} 的' if later else '较晚的'}版本取代",
        "an earlier version"
        + (f" ({own})" if own else "")
        + (f", superseded by that of {later}" if later else ", superseded by a later one"),
    )


def _published(issue: IssueRecord) -> date | None:
    return issue.published_on or (date(issue.year, 1, 1) if issue.year else None)


def _works(records: Records) -> list[tuple[Version, ...]]:
    """The versions of each work that has several."""
    held = {one.latest: one.versions for _, one in records.standings.all() if one.versions}
    return list(held.values())


def _is_of(version: Version, match: re.Match[str]) -> bool:
    day = version.day
    if day is None or day.year != int(match["year"]):
        return False
    parts = match.groupdict()
    return (parts["month"] is None or day.month == int(parts["month"])) and (
        parts["day"] is None or day.day == int(parts["day"])
    )
