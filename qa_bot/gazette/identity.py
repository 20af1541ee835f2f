"""Which documents of a corpus are one text in two places, and which are versions of one work.

A *work* is what a document number (or a law's title) means; a *version* is one wording of it, with a day;
a *printing* is one place where a version stands. The rules, with their reasons, are in
docs/decisions/0015-identity.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from qa_bot.gazette.held import WIDTH, Held, held_in
from qa_bot.gazette.model import Document, Issue, Named
from qa_bot.gazette.standing import Key, Printing, Standing, Version

__all__ = [
    "PRINTED_AGAIN",
    "Held",
    "Key",
    "Printing",
    "Standing",
    "Version",
    "apply",
    "held_in",
    "same_files",
    "settle",
]

#: The role of the pieces of a document that is kept in another place.
PRINTED_AGAIN = "printed_again"

_OFFICIAL = ("notice", "other")
_ALIKE = 0.8  # titles of one work that was corrected in its title, too
_LEAST = 2  # sentences of a text without a number that another one may hold


def same_files(held: Iterable[Held]) -> list[tuple[str, str]]:
    """Files that hold all the same, each with the one that is kept for it; by name."""
    copies = _copies(_once(held))
    return sorted(
        (one.file, other.file)
        for one, other in {key[0]: pair for key, pair in copies.items()}.values()
    )


def settle(held: Iterable[Held]) -> dict[Key, Standing]:
    """What each document of a corpus is: one that is kept, under which id, or the same as another.

    Guarantees: the result depends on the set alone, not on its order; ids of the documents that are kept
    are unique; `same_as` leads to one that is kept.
    """
    everything = _once(held)
    parents: dict[Key, Held] = {key: pair[1] for key, pair in _copies(everything).items()}
    groups: dict[Key, list[Held]] = defaultdict(list)
    for one in everything:
        if one.kind in _OFFICIAL and one.key not in parents:
            groups[("number", one.number) if one.number else ("title", one.title)].append(one)
    for group in groups.values():
        _find_parents(group, parents)
    roots = {one.key: _root(one, parents) for one in everything}
    printings: dict[Key, list[Held]] = defaultdict(list)
    for one in everything:
        printings[roots[one.key].key].append(one)
    works: list[list[Held]] = []
    for group in groups.values():
        kept = [one for one in group if roots[one.key] is one]
        works.extend(_works(kept, printings))
    in_works = {one.key for work in works for one in work}
    kept = [one for one in everything if roots[one.key] is one]
    works.extend([one] for one in kept if one.key not in in_works)
    standings: dict[Key, Standing] = {}
    for work, names in zip(works, _names(works, printings), strict=True):
        standings.update(_standings(work, names, printings))
    for one in everything:
        if (root := roots[one.key]) is not one:
            standings[one.key] = replace(
                standings[root.key], same_as=root.key, address=_address(one)
            )
    return standings


def _once(held: Iterable[Held]) -> list[Held]:
    """Each document once, the best printing first."""
    found: dict[Key, Held] = {}
    for one in sorted(held, key=lambda one: (_rank(one), one.file, one.sha256)):
        found.setdefault(one.key, one)
    return list(found.values())


def _rank(one: Held) -> tuple[Any, ...]:
    """Which of two printings is kept: that of a numbered issue, the earliest, then by id."""
    return (
        one.issue_number is None,
        one.published_on or date.max,
        one.year or date.max.year,
        one.issue_number or 0,
        one.issue_id,
        one.position,
        one.document_id,
    )


def _copies(ranked: Sequence[Held]) -> dict[Key, tuple[Held, Held]]:
    """Documents of files that hold all that another one holds, each with its like there."""
    issues: dict[str, list[Held]] = defaultdict(list)
    for one in ranked:
        issues[one.issue_id].append(one)
    first: dict[str, list[Held]] = {}
    copies: dict[Key, tuple[Held, Held]] = {}
    for documents in issues.values():
        in_order = sorted(documents, key=lambda one: one.position)
        original = first.setdefault(in_order[0].whole, in_order)
        if original is not in_order and len(original) == len(in_order):
            copies |= {one.key: (one, other) for one, other in zip(in_order, original, strict=True)}
    return copies


def _find_parents(group: Sequence[Held], parents: dict[Key, Held]) -> None:
    """Say of each document of a group, best first, which other one is the same and is kept for it."""
    by_text: dict[str, list[Held]] = defaultdict(list)
    for one in group:
        by_text[one.pieces].append(one)
    # Which texts have a sentence, the fullest first: only these can hold one that begins with it.
    having: dict[str, list[str]] = defaultdict(list)
    for text in sorted(by_text, key=len, reverse=True):
        for sentence in {text[at : at + WIDTH] for at in range(0, len(text), WIDTH)}:
            having[sentence].append(text)
    for one in group:
        equal = next(
            (o for o in by_text[one.pieces] if _rank(o) < _rank(one) and _may_be_same(one, o)), None
        )
        if equal is not None:
            parents[one.key] = equal
            continue
        if not one.number and len(one.pieces) < _LEAST * WIDTH:
            continue
        above = [
            other
            for text in (having[one.pieces[:WIDTH]] if one.pieces else by_text)
            if len(text) > len(one.pieces) and _holds(text, one.pieces)
            for other in by_text[text]
            if _may_be_same(one, other)
        ]
        # An excerpt is of a version that there was when it was printed; of the longest of these.
        if above:
            day = one.published_on or one.issued_on or date.max
            there = [other for other in above if (other.published_on or date.min) <= day]
            parents[one.key] = min(
                there or above,
                key=lambda o: (
                    -(o.published_on or date.min).toordinal() if there else 0,
                    -len(o.pieces),
                    _rank(o),
                ),
            )


def _may_be_same(one: Held, other: Held) -> bool:
    """Whether two documents whose texts agree are one: their titles, issuers and days do not speak against it."""
    if one.number:
        return _same_title(one, other)
    days = {one.issued_on, other.issued_on} - {None}
    return bool(one.pieces) and len(days) < 2 and _same_issuer(one, other)


def _same_title(one: Held, other: Held) -> bool:
    """A gazette leaves the issuing body out of a title, a web page has it."""
    return one.title.endswith(other.title) or other.title.endswith(one.title)


def _same_issuer(one: Held, other: Held) -> bool:
    return None in (one.issuer, other.issuer) or one.issuer == other.issuer


def _holds(text: str, piece: str) -> bool:
    """Whether sentences stand in a text one after the other."""
    at = text.find(piece)
    while at % WIDTH and at >= 0:
        at = text.find(piece, at + 1)
    return at >= 0


def _root(one: Held, parents: Mapping[Key, Held]) -> Held:
    while one.key in parents:
        one = parents[one.key]
    return one


def _works(kept: Sequence[Held], printings: Mapping[Key, Sequence[Held]]) -> list[list[Held]]:
    """The documents of a group by the work that they are versions of, each work with its earliest version first."""
    if not any(one.number or one.revised_on for one in kept):
        return [[one] for one in kept]
    works: list[list[Held]] = []
    for one in kept:
        with_it = [work for work in works if any(_are_versions(one, other) for other in work)]
        works = [work for work in works if not any(work is other for other in with_it)]
        works.append([*(other for work in with_it for other in work), one])
    return [sorted(work, key=lambda one: _age(one, printings[one.key])) for work in works]


def _are_versions(one: Held, other: Held) -> bool:
    """Whether two texts are wordings of one work; where that is not certain they are two works."""
    if one.issue_id == other.issue_id:
        return False
    if one.number:
        same_place = _tail(one) == _tail(other)
        return same_place and _same_issuer_or_title(one, other) and _alike(one, other)
    dated = [_own_day(one), _own_day(other)]
    return (
        None not in dated
        and dated[0] != dated[1]
        and bool(one.revised_on or other.revised_on)
        and _same_issuer(one, other)
    )


def _tail(one: Held) -> str:
    """What `parse_issue` put behind the number of a second document that has it (~2)."""
    return one.document_id.partition("~")[2]


def _same_issuer_or_title(one: Held, other: Held) -> bool:
    return _same_issuer(one, other) or one.title == other.title


def _alike(one: Held, other: Held) -> bool:
    first, second = sorted((one.title, other.title))
    return _same_title(one, other) or SequenceMatcher(None, first, second).ratio() >= _ALIKE


def _own_day(one: Held) -> date | None:
    """The day from which a text says that its wording counts."""
    days = [one.effective_from or one.issued_on, one.revised_on]
    return max((day for day in days if day), default=None)


def _said_on(printings: Sequence[Held]) -> date | None:
    return next((day for one in printings if (day := _own_day(one))), None)


def _published(printings: Sequence[Held]) -> date | None:
    return min((one.published_on for one in printings if one.published_on), default=None)


def _age(one: Held, printings: Sequence[Held]) -> tuple[Any, ...]:
    """The order of versions: by their own day, that of their first publication, then by year and number of the issue."""
    published = _published(printings)
    own = _said_on(printings) or published or date.min
    return (
        own,
        published or date.min,
        one.year or 0,
        one.issue_number or 0,
        one.issue_id,
        one.position,
    )


def _days(work: Sequence[Held], printings: Mapping[Key, Sequence[Held]]) -> list[date | None]:
    """The day of each version: its own, or where that is no later than the one before, of its publication."""
    days: list[date | None] = []
    last = date.min
    for one in work:
        prints = printings[one.key]
        own = [_said_on(prints), _published(prints)]
        day = next((day for day in own if day and day > last), None)
        days.append(day)
        last = day or last
    return days


def _names(
    works: Sequence[Sequence[Held]], printings: Mapping[Key, Sequence[Held]]
) -> list[list[str]]:
    """An id for each version of each work: the latest bears the number alone, an earlier one its day, too.

    A document without a number keeps its own, which holds its issue.
    """
    taken: set[str] = set()
    names: dict[int, list[str]] = {}
    order = sorted(range(len(works)), key=lambda at: min(_rank(one) for one in works[at]))
    for at in order:
        work = works[at]
        latest = work[-1]
        plain = latest.document_id if latest.document_id not in taken else _address(latest)
        own: list[str] = []
        for one, day in zip(work, _days(work, printings), strict=True):
            if not one.number or _has_issue(one):
                own.append(one.document_id)
            elif one is latest:
                own.append(plain)
            else:
                own.append(f"{plain}@{day.isoformat() if day else one.issue_id}")
        names[at] = [_free(name, taken) for name in own]
    return [names[at] for at in range(len(works))]


def _free(name: str, taken: set[str]) -> str:
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name}~{count}"
    taken.add(free)
    return free


def _has_issue(one: Held) -> bool:
    return one.document_id.startswith(f"{one.issue_id}/")


def _address(one: Held) -> str:
    return one.document_id if _has_issue(one) else f"{one.issue_id}/{one.document_id}"


def _standings(
    work: Sequence[Held], names: Sequence[str], printings: Mapping[Key, Sequence[Held]]
) -> dict[Key, Standing]:
    days = _days(work, printings)
    versions = tuple(
        Version(name, day, one.issue_id, one is work[-1])
        for one, name, day in zip(work, names, days, strict=True)
    )
    made: dict[Key, Standing] = {}
    for one, name, day in zip(work, names, days, strict=True):
        others = [other for other in printings[one.key] if other is not one]
        places = [
            Printing(other.issue_id, other.page, _address(other), other.pieces == one.pieces)
            for other in (one, *others)
        ]
        made[one.key] = Standing(
            name, None, day, names[-1], versions if len(work) > 1 else (),
            tuple(places) if others else (), _address(one),
        )  # fmt: skip
    return made


def apply(issue: Issue, standings: Mapping[Key, Standing]) -> Issue:
    """An issue with its documents under the ids that they are exposed under, less those that are kept elsewhere.

    Guarantees: what is dropped is in named pieces (`PRINTED_AGAIN`), so that every character is still
    accounted for; of the others nothing changes but their ids, and that a superseded one says so. An issue of which nothing
    has to change is returned as it is.
    """
    own = {one.id: standings.get((issue.id, one.id)) for one in issue.documents}
    if not any(s and (s.same_as or s.id != d or s.superseded) for d, s in own.items()):
        return issue
    dropped = {d for d, standing in own.items() if standing and standing.same_as}
    new_ids = {d: standing.id for d, standing in own.items() if standing and d not in dropped}
    named = [_renamed(one, new_ids, dropped) for one in issue.named]
    documents: list[Document] = []
    for one in issue.documents:
        standing = own[one.id]
        if one.id in dropped:
            named += [
                Named(PRINTED_AGAIN, ((line.start, line.end),), line.text)
                for part in one.parts
                for line in part.lines
            ]
        elif standing is not None:
            later = standing.latest if standing.superseded else None
            documents.append(
                replace(
                    one,
                    id=standing.id,
                    superseded_by=later,
                    version_on=standing.version_on if later else None,
                )
            )
        else:
            documents.append(one)
    return replace(issue, documents=tuple(documents), named=tuple(named))


def _renamed(one: Named, new_ids: Mapping[str, str], dropped: Collection[str]) -> Named:
    if one.document_id in dropped:
        return replace(one, role=PRINTED_AGAIN, document_id="")
    return replace(one, document_id=new_ids.get(one.document_id, one.document_id))
