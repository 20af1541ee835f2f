"""What a corpus folder holds, and what of it the index in use holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_bot.adding.model import RecognisedDocument
from qa_bot.errors import GazetteIndexError, NotFoundError, SourceError
from qa_bot.files import sha256_of
from qa_bot.ingest import Known, corpus_files, read_known
from qa_bot.settings import DataFolder

__all__ = ["Held", "IndexedIssue", "find_held", "held_in", "indexed_in"]


@dataclass(frozen=True, slots=True)
class IndexedIssue:
    """An issue as the index in use holds it.

    Attributes:
        id: of the issue.
        file: the name of its corpus file.
        sha256: of the file.
        label: how it is cited.
        name: of the gazette.
        year: of the issue.
        number: of the issue within the year.
        published_on: the day it came out.
        documents: in the order of the text.
        pages: how many the file has; `None` where the index does not tell.
        whole: digest of all that it says (`gazette.Held.whole`).
    """

    id: str
    file: str
    sha256: str
    label: str
    name: str
    year: int | None
    number: int | None
    published_on: Any
    documents: tuple[RecognisedDocument, ...]
    pages: int | None = None
    whole: str = ""

    @property
    def clauses(self) -> int:
        """How many clauses it has."""
        return sum(document.clauses for document in self.documents)


@dataclass(frozen=True, slots=True)
class Held:
    """A file of the corpus.

    Attributes:
        path: where it stands.
        sha256: of its bytes; empty if it cannot be read.
        size: in bytes.
        added_on: when it was put there, or changed last.
        known: what the TOML file beside it says; empty if that cannot be read.
        in_index: `yes` if the index in use holds just this file and what is known of it; `older` if it holds
            another content of it; `no` if it does not hold it; `removed` if only the index holds it.
        indexed: what the index holds of it; `None` for `no`.
    """

    path: Path
    sha256: str
    size: int
    added_on: datetime | None
    known: Known
    in_index: str
    indexed: IndexedIssue | None

    @property
    def id(self) -> str:
        """The issue's id: the stem of the file."""
        return self.path.name.rsplit(".", 1)[0]

    @property
    def format(self) -> str:
        """The suffix without the dot, in lower case."""
        return self.path.suffix.lower().lstrip(".")

    @property
    def label(self) -> str:
        """How the issue is cited, as far as the TOML file or the index tells."""
        if self.known.name and self.known.year:
            number = f"第{self.known.number}期" if self.known.number is not None else ""
            return f"《{self.known.name}》{self.known.year}年{number}"
        return self.indexed.label if self.indexed else f"《{self.known.name or self.id}》"

    def to_json(self) -> dict[str, Any]:
        """What `qa-bot list --json` prints; dates as YYYY-MM-DD once dumped."""
        indexed = self.indexed
        return {
            "id": self.id,
            "label": self.label,
            "name": self.known.name or (indexed.name if indexed else None) or None,
            "year": self.known.year or (indexed.year if indexed else None),
            "number": self.known.number or (indexed.number if indexed else None),
            "published_on": self.known.published_on or (indexed.published_on if indexed else None),
            "documents": len(indexed.documents) if indexed else None,
            "clauses": indexed.clauses if indexed else None,
            "pages": indexed.pages if indexed else None,
            "format": self.format,
            "size": self.size,
            "added_on": self.added_on.isoformat() if self.added_on else None,
            "file": self.path.name,
            "origin": self.known.origin,
            "sha256": self.sha256,
            "in_index": self.in_index,
        }


def held_in(data: DataFolder) -> list[Held]:
    """The files of a corpus by name, then those that only the index in use holds still.

    Without an index, or with one that cannot be read, every file is `no`.
    """
    shas, issues = indexed_in(data)
    held = []
    for path in corpus_files(data.corpus):
        sha = _sha256(path)
        toml = path.with_suffix(".toml")
        indexed = issues.get(path.name)
        if indexed is None or path.name not in shas:
            state, indexed = "no", None
        elif shas[path.name] == sha and shas.get(toml.name) == _sha256(toml, missing=None):
            state = "yes"
        else:
            state = "older"
        try:
            known = read_known(toml)
        except SourceError:
            known = Known()
        held.append(_held(path, sha or "", known, state, indexed))
    there = {one.path.name for one in held}
    gone = (issue for file, issue in sorted(issues.items()) if file not in there)
    held.extend(
        Held(data.corpus / issue.file, issue.sha256, 0, None, Known(), "removed", issue)
        for issue in gone
    )
    return held


def _held(path: Path, sha: str, known: Known, in_index: str, indexed: IndexedIssue | None) -> Held:
    try:
        status = path.stat()
        size, added = status.st_size, datetime.fromtimestamp(int(status.st_mtime)).astimezone()
    except OSError:
        size, added = 0, None
    return Held(path, sha, size, added, known, in_index, indexed)


def indexed_in(data: DataFolder) -> tuple[Mapping[str, str], dict[str, IndexedIssue]]:
    """What the index in use was made of, and its issues, both by file name; empty without one."""
    # Here, since processes that only read files import this package, too.
    from qa_bot.index import Generation, current_generation

    try:
        generation = Generation(current_generation(data.index), verify=False)
    except (GazetteIndexError, OSError, ValueError):
        return {}, {}
    records = generation.records
    documents: dict[str, list[RecognisedDocument]] = {}
    for one in records.documents:
        documents.setdefault(one.issue_id, []).append(
            RecognisedDocument(
                one.id, one.kind, one.title, one.number, one.registration_number, one.issuer,
                one.issued_on, one.effective_from, one.valid_until, one.page,
                len(records.positions(one.issue_id, one.id)),
            )
        )  # fmt: skip
    wholes = {unit.issue_id: unit.whole for part in generation.segments for unit in part.units}
    issues = {
        one.file: IndexedIssue(
            one.id, one.file, one.sha256, one.label, one.name, one.year, one.number,
            one.published_on, tuple(documents.get(one.id, ())), len(one.pages) or None,
            wholes.get(one.id, ""),
        )
        for one in records.issues
    }  # fmt: skip
    generation.close()
    return generation.manifest.corpus, issues


def find_held(held: Iterable[Held], what: str) -> Held:
    """The file of a corpus that is meant by an issue's id, a file's name or path, or the beginning of its hash.

    Raises:
        NotFoundError: there is none, or a hash's beginning fits several.
    """
    here = [one for one in held if one.in_index != "removed"]
    exact = [one for one in here if what in (one.id, one.path.name)]
    if not exact:
        exact = [one for one in here if _same_path(one.path, what)]
    digits = what.lower()
    if not exact and len(digits) >= _SHORTEST_HASH and set(digits) <= set("0123456789abcdef"):
        exact = [one for one in here if one.sha256.startswith(digits)]
    if len(exact) == 1:
        return exact[0]
    if exact:
        names = "、".join(one.path.name for one in exact)
        raise NotFoundError(
            f"{what} 可以是：{names}；请写全 / {what} fits several files: {names}. Give one of them."
        )
    known = "  ".join(one.id for one in here[:10]) + (" …" if len(here) > 10 else "")
    raise NotFoundError(
        f"语料里没有 {what}；有的是 / There is no {what} in the corpus; there are: {known or '—'}"
    )


_SHORTEST_HASH = 6


def _same_path(path: Path, what: str) -> bool:
    try:
        return "/" in what and Path(what).parent.resolve() / Path(what).name == (
            path.parent.resolve() / path.name
        )
    except (OSError, ValueError, RuntimeError):
        return False


def _sha256(path: Path, missing: str | None = "") -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return missing
