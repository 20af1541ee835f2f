"""What a build has to do: which sources are as they were, and how the others are grouped into segments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_bot.clauses import Parsed, parse_clauses
from qa_bot.gazette import Issue, parse_issue
from qa_bot.gazette.identity import Held, Standing, apply, held_in, same_files, settle
from qa_bot.index.manifest import FORMAT
from qa_bot.index.segment import Segment, UnitSource, segment_name
from qa_bot.index.segment_records import Unit
from qa_bot.index.standings import spans_again
from qa_bot.ingest import Known, Source
from qa_bot.references import names_of
from qa_bot.synonyms import definitions_in
from qa_bot.words import name_counts, names_from, to_simplified

__all__ = ["CorpusFile", "Group", "Plan", "Reader", "plan"]

# Clauses of a segment, about: so many are held in memory at a time, and so many written anew where one goes.
SEGMENT_CLAUSES = 20_000
# Segments of fewer clauses are put together when there are so many of them.
_SMALL, _MOST_SMALL = 2_000, 8
# Characters of sources that stay in memory between two looks at them.
_KEPT_CHARACTERS = 8_000_000


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file of the corpus.

    Attributes:
        issue_id: that its issue gets.
        hash: of everything that is read: its bytes, its name, and the notes beside it.
        read: reads it.
        issue: finds its documents.
        clauses: parses them.
    """

    issue_id: str
    hash: str
    read: Callable[[], tuple[Source, Known]]
    issue: Callable[[Source, Known], Issue] = parse_issue
    clauses: Callable[[Issue, Source], Parsed] = parse_clauses


@dataclass(frozen=True, slots=True)
class Group:
    """Units that become one segment.

    Attributes:
        name: of the segment.
        files: in order, with the keys of their units.
        there: the units, where all lie in segments of the generation before; else empty.
        clauses: how many.
    """

    name: str
    files: tuple[tuple[CorpusFile, str], ...]
    there: tuple[tuple[Segment, Unit], ...]
    clauses: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build has to do.

    Attributes:
        kept: segments that stay as they are.
        groups: that have to be written.
        standings: what each document is to the others.
        same: files that hold the same as another, with that one.
    """

    kept: tuple[Segment, ...]
    groups: tuple[Group, ...]
    standings: Mapping[tuple[str, str], Standing]
    same: tuple[tuple[str, str], ...]


class Reader:
    """Reads and parses sources; those of little text are read once only."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Source, Known, Issue]] = {}
        self._characters = 0

    def issue(self, file: CorpusFile) -> tuple[Source, Known, Issue]:
        """A source, with what its text says of itself."""
        if file.hash in self._kept:
            return self._kept[file.hash]
        source, known = file.read()
        read = source, known, file.issue(source, known)
        self._characters += len(source.text)
        if self._characters <= _KEPT_CHARACTERS:
            self._kept[file.hash] = read
        return read

    def parsed(self, file: CorpusFile, standings: Mapping[tuple[str, str], Standing]) -> Parsed:
        """The clauses of a source, under the ids that its documents have in the corpus."""
        source, _, issue = self.issue(file)
        return file.clauses(apply(issue, standings), source)

    def unit(
        self, file: CorpusFile, key: str, standings: Mapping[tuple[str, str], Standing]
    ) -> UnitSource:
        """A source as it goes into a segment."""
        source, known, raw = self.issue(file)
        issue = apply(raw, standings)
        parsed = file.clauses(issue, source)
        texts = [clause.text for clause in parsed.clauses]
        counts = name_counts(texts)
        named = [name for one in issue.documents for name in (one.issuer, one.addressees) if name]
        defined = definitions_in([*map(to_simplified, texts)], [*map(to_simplified, named)])
        facts = {
            "held": [one.to_json() for one in held_in(raw)],
            "offers": names_of(issue).to_json(),
            "people": counts,
            "printed_again": spans_again(issue),
            "definitions": sorted(map(list, defined)),
            "warnings": [f"{source.file}: {warning}" for warning in parsed.warnings],
        }
        return UnitSource(
            issue, source, known.origin, parsed, key, file.hash, facts, tuple(names_from(counts))
        )


def plan(
    files: Sequence[CorpusFile],
    code: str,
    model: str,
    before: Sequence[Segment],
    reader: Reader,
    told: Callable[[int, int], None],
) -> Plan:
    """Say which segments stay and which have to be written.

    Guarantees: what a segment holds depends on its own files, on the ids that their documents have in the
    corpus, on the program and on the model, and on nothing else.

    Args:
        files: of the corpus.
        code: hash of the program.
        model: hash of the model.
        before: segments of the generation in use; none where the program or the model was another.
        reader: reads the files that have changed.
        told: how many files were looked at, of how many.
    """
    known = {(unit.issue_id, unit.origin): unit for part in before for unit in part.units}
    ordered = sorted(files, key=lambda file: file.issue_id)
    held: list[Held] = []
    for number, file in enumerate(ordered, start=1):
        unit = known.get((file.issue_id, file.hash))
        if unit is not None:
            held += [Held.from_json(row) for row in unit.facts["held"]]
        else:
            held += held_in(reader.issue(file)[2])
        told(number, len(ordered))
    standings = settle(held)
    ids = _ids(standings)
    keys = {
        file.issue_id: _key(FORMAT, code, model, file.hash, ids.get(file.issue_id, []))
        for file in ordered
    }
    wanted = set(keys.values())
    kept = [part for part in before if all(unit.key in wanted for unit in part.units)]
    small = [part for part in kept if part.manifest.clauses < _SMALL]
    if len(small) >= _MOST_SMALL:
        kept = [part for part in kept if part not in small]
    there = {unit.key for part in kept for unit in part.units}
    loose = {
        unit.key: (part, unit) for part in before for unit in part.units if unit.key not in there
    }
    missing = [(file, key) for file in ordered if (key := keys[file.issue_id]) not in there]
    moved = [(file, key, loose[key][1].clauses) for file, key in missing if key in loose]
    new = (
        (file, key, len(reader.parsed(file, standings).clauses))
        for file, key in missing
        if key not in loose
    )
    groups = (
        *(
            Group(*own[:2], tuple(loose[key] for _, key in own[1]), own[2])
            for own in _groups(moved)
        ),
        *(Group(*own[:2], (), own[2]) for own in _groups(new)),
    )
    return Plan(tuple(kept), groups, standings, tuple(same_files(held)))


def _groups(
    files: Iterable[tuple[CorpusFile, str, int]],
) -> Iterator[tuple[str, tuple[tuple[CorpusFile, str], ...], int]]:
    """Files with their keys and numbers of clauses in groups: name, files and clauses of each segment."""
    group: list[tuple[CorpusFile, str]] = []
    clauses = 0
    for file, key, count in files:
        if group and clauses + count > SEGMENT_CLAUSES:
            yield segment_name(key for _, key in group), tuple(group), clauses
            group, clauses = [], 0
        group.append((file, key))
        clauses += count
    if group:
        yield segment_name(key for _, key in group), tuple(group), clauses


def _ids(standings: Mapping[tuple[str, str], Standing]) -> dict[str, list[tuple[Any, ...]]]:
    """By issue what `apply` does to its documents, where it does anything."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for (issue_id, document_id), one in sorted(standings.items()):
        if one.id != document_id or one.same_as is not None or one.latest != one.id:
            day = one.version_on.isoformat() if one.version_on else None
            row = (document_id, one.id, one.same_as is not None, one.latest, day)
            found.setdefault(issue_id, []).append(row)
    return found


def _key(*parts: Any) -> str:  # noqa: ANN401
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
