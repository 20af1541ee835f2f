"""What files are to a corpus: new, there already, another content under a name that is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from qa_bot.adding.committing import Addition
from qa_bot.adding.holding import Held, held_in
from qa_bot.adding.model import Failed, Recognised, RecognisedDocument, printable
from qa_bot.adding.naming import free_stem, same_stem, stem_for
from qa_bot.adding.notes import Notes, notes_for
from qa_bot.adding.recognising import Job
from qa_bot.adding.workers import recognise_all
from qa_bot.encoder.progress import Progress, silent
from qa_bot.errors import SourceError
from qa_bot.files import sha256_of
from qa_bot.ingest import Known
from qa_bot.settings import DataFolder

__all__ = ["Clash", "Proposal", "Review", "Standing", "review"]


class Standing(StrEnum):
    """What a file is to the corpus.

    NEW: not there. PRESENT: these very bytes are there. NOTES: they are, but something else is known of the
    issue now. OTHER: its name is that of a corpus file with another content. TWICE: the same bytes were
    given before, under another name.
    """

    NEW = "new"
    PRESENT = "present"
    NOTES = "notes"
    OTHER = "other_content"
    TWICE = "given_twice"


@dataclass(frozen=True, slots=True)
class Clash:
    """A document number that another file has, too.

    Attributes:
        number: in normal form.
        title: of the document there.
        file: that has it: of the corpus, or one that was given before.
        same_title: whether the titles are the same.
    """

    number: str
    title: str
    file: str
    same_title: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would become of a file.

    Attributes:
        path: of the file.
        sha256: of its bytes.
        standing: what it is to the corpus.
        recognised: what it holds; `None` if it is there already, or was given twice.
        stem: the issue's id: the name that it has in the corpus, or would have.
        toml: the TOML file to be written beside it; `None` if none has to be.
        rival: the corpus file that it is, or that has its name; `None` for a new one.
        twin: for `TWICE` the path that was given before.
        spare: for `OTHER` the stem that it would get beside the rival, with the TOML file then.
        clashes: document numbers that other files have, too.
        same_text: the file, of the corpus or given before, that says all the same in other bytes: a Word file
            and its PDF. Clauses of both are held once.
    """

    path: Path
    sha256: str
    standing: Standing
    recognised: Recognised | None
    stem: str
    toml: bytes | None = None
    rival: Held | None = None
    twin: Path | None = None
    spare: tuple[str, bytes | None] | None = None
    clashes: tuple[Clash, ...] = ()
    same_text: str | None = None

    @property
    def changes(self) -> bool:
        """Whether adding it changes the corpus."""
        return self.standing in (Standing.NEW, Standing.NOTES, Standing.OTHER)

    @property
    def renamed(self) -> bool:
        """Whether it would not be stored under the name that it has."""
        return self.changes and self.stem != self.path.stem

    def addition(self, beside: bool = False) -> Addition:
        """What has to be done to add it.

        Args:
            beside: for `OTHER` whether the corpus file stays, and this one gets the spare stem.
        """
        if beside and self.spare is not None:
            stem, toml = self.spare
            return Addition(self.path, self.sha256, stem, toml)
        return Addition(self.path, self.sha256, self.stem, self.toml, self.rival)

    def to_json(self) -> dict[str, Any]:
        """What `qa-bot add --json` prints of it; dates as YYYY-MM-DD once dumped."""
        row: dict[str, Any] = {
            "file": printable(str(self.path)),
            "standing": str(self.standing),
            "id": self.stem,
            "sha256": self.sha256,
            "corpus_file": self.rival.path.name if self.rival else None,
            "toml": self.toml.decode("utf-8", "replace") if self.toml is not None else None,
            "clashes": [
                {"number": c.number, "title": c.title, "file": c.file, "same_title": c.same_title}
                for c in self.clashes
            ],
        }
        if self.same_text is not None:
            row["same_text_as"] = self.same_text
        if self.twin is not None:
            row["same_as"] = printable(str(self.twin))
        if self.spare is not None:
            row["id_beside"] = self.spare[0]
        if self.recognised is not None:
            row["recognised"] = self.recognised.to_json()
        return row


@dataclass(frozen=True, slots=True)
class Review:
    """What would become of all files.

    Attributes:
        proposals: in the order of the files.
        failed: those that cannot be added, in the order of the files.
    """

    proposals: tuple[Proposal, ...]
    failed: tuple[Failed, ...]


def review(
    data: DataFolder,
    files: Sequence[Path],
    given: Known | None = None,
    name: str | None = None,
    with_built_in: bool = False,
    workers: int | None = None,
    progress: Progress = silent,
) -> Review:
    """Read and parse files, and compare them with a corpus. Nothing is changed.

    Guarantees: stems are unique among the files that would be added; what is there already is not parsed
    again, so that an interrupted `add` of many files goes on quickly.

    Args:
        data: where the corpus lies.
        files: as `find_files` gives them.
        given: what the user knows of all of them.
        name: the stem for the only file.
        with_built_in: whether the built-in corpus, where that is in use, counts as the corpus.
        workers: as of `recognise_all`.
        progress: told of every file.
    """
    held = [
        one
        for one in (held_in(data) if with_built_in or not data.built_in else ())
        if one.in_index != "removed"
    ]
    drafts: list[Proposal | Failed] = _Placing(held, given or Known()).place(files, name)
    jobs = [
        Job(one.path, one.stem, known)
        for one in drafts
        if isinstance(one, Proposal) and one.changes
        for known in (_known_of(one, given or Known()),)
    ]
    unindexed = [Job(one.path, one.id, one.known) for one in held if one.in_index != "yes" and jobs]
    results = recognise_all([*jobs, *unindexed], workers, progress)
    recognised = dict(zip((job.path for job in jobs), results, strict=False))
    proposals: list[Proposal] = []
    failed: list[Failed] = []
    for one in drafts:
        found = recognised.get(one.path)
        if isinstance(one, Failed):
            failed.append(one)
        elif isinstance(found, Failed):
            failed.append(found)
        elif found is not None and found.sha256 != one.sha256:
            failed.append(Failed(one.path, "读取时被改动 / was changed while it was read"))
        else:
            proposals.append(replace(one, recognised=found))
    there = [
        _There(one.path.name, one.indexed.documents, one.indexed.whole)
        for one in held
        if one.in_index == "yes" and one.indexed
    ]
    there += [
        _There(found.path.name, found.documents, found.whole)
        for found in results[len(jobs) :]
        if isinstance(found, Recognised)
    ]
    return Review(tuple(_beside(proposals, there)), tuple(failed))


class _Placing:
    """Gives each file its standing and its stem."""

    def __init__(self, held: Sequence[Held], given: Known) -> None:
        self._given = given
        self._by_sha = {one.sha256: one for one in held if one.sha256}
        self._by_stem = {same_stem(one.id): one for one in held}
        self._taken = set(self._by_stem)
        self._of_batch: set[str] = set()

    def place(self, files: Sequence[Path], name: str | None) -> list[Proposal | Failed]:
        shas = {path: _sha256(path) for path in files}
        given_shas = set(shas.values())
        stems = {path: name or stem_for(path.name.rsplit(".", 1)[0]) for path in files}
        self._taken |= {same_stem(stem) for stem in stems.values()}
        seen: dict[str, Path] = {}
        placed: list[Proposal | Failed] = []
        for path in files:
            sha = shas[path]
            try:
                if sha and sha in seen:
                    placed.append(
                        Proposal(path, sha, Standing.TWICE, None, stems[path], twin=seen[sha])
                    )
                else:
                    placed.append(self._one(path, sha, stems[path], given_shas))
            except SourceError as error:
                placed.append(Failed(path, printable(str(error))))
            seen.setdefault(sha, path)
        return placed

    def _one(self, path: Path, sha: str, stem: str, given_shas: set[str]) -> Proposal:
        if (same := self._by_sha.get(sha)) is not None:
            notes = self._notes(path, same.path)
            standing = Standing.PRESENT if notes.toml is None else Standing.NOTES
            return Proposal(path, sha, standing, None, same.id, notes.toml, same)
        key = same_stem(stem)
        rival = self._by_stem.get(key)
        if key in self._of_batch or (rival is not None and rival.sha256 in given_shas):
            # Two files of one name were given: they are two issues, not one that replaces the other.
            stem, rival = self._spare(stem), None
        self._of_batch.add(same_stem(stem))
        if rival is None:
            notes = notes_for(path, None, self._given)
            return Proposal(path, sha, Standing.NEW, None, stem, notes.toml)
        notes = self._notes(path, rival.path)
        beside = notes_for(path, None, self._given)
        return Proposal(
            path, sha, Standing.OTHER, None, rival.id, notes.toml, rival,
            spare=(self._spare(rival.id), beside.toml),
        )  # fmt: skip

    def _notes(self, path: Path, kept: Path) -> Notes:
        return notes_for(path, kept.with_suffix(".toml"), self._given)

    def _spare(self, stem: str) -> str:
        spare = free_stem(stem, self._taken)
        self._taken.add(same_stem(spare))
        return spare


def _known_of(proposal: Proposal, given: Known) -> Known:
    kept = proposal.rival.path.with_suffix(".toml") if proposal.rival else None
    return notes_for(proposal.path, kept, given).known


class _There(NamedTuple):
    """A file that others are compared with, its documents, and the digest of all that it says."""

    file: str
    documents: Sequence[RecognisedDocument]
    whole: str


def _beside(proposals: Sequence[Proposal], there: Iterable[_There]) -> list[Proposal]:
    """The proposals, each with what it has in common with the corpus and with files given before it."""
    numbered: dict[str, list[tuple[str, str]]] = {}
    said: dict[str, str] = {}
    for file, documents, whole in there:
        said.setdefault(whole, file)
        for one in documents:
            if one.number:
                numbered.setdefault(one.number, []).append((file, one.title))
    told = []
    for proposal in proposals:
        documents = proposal.recognised.documents if proposal.recognised else ()
        own = proposal.rival.path.name if proposal.rival else None
        clashes = tuple(
            Clash(one.number, title, file, title == one.title)
            for one in documents
            if one.number
            for file, title in numbered.get(one.number, ())
            if file != own
        )
        whole = proposal.recognised.whole if proposal.recognised else ""
        same = said.get(whole) if whole else None
        told.append(replace(proposal, clashes=clashes, same_text=same))
        if whole and proposal.standing != Standing.NOTES:
            said.setdefault(whole, printable(str(proposal.path)))
        for one in documents:
            if one.number and proposal.standing != Standing.NOTES:
                numbered.setdefault(one.number, []).append(
                    (printable(str(proposal.path)), one.title)
                )
    return told


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""  # reading it says why
