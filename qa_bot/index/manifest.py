"""What a generation of the index was made from, and the hashes of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from qa_bot.errors import IndexDamagedError
from qa_bot.files import sha256_of
from qa_bot.ingest import corpus_files
from qa_bot.synonyms import USER_FILE

__all__ = [
    "FORMAT",
    "SEGMENTS",
    "Manifest",
    "SegmentManifest",
    "UnitPlace",
    "code_fingerprint",
    "corpus_fingerprint",
    "digest",
    "hash_files",
    "segment_digest",
    "verify_segment",
]

# Raise it when files of a generation change their meaning.
FORMAT = 8
_NAME = "manifest.json"
_SEGMENT = "segment.json"
#: Where segments lie, under the index folder.
SEGMENTS = "segments"
# The stages whose code decides what an index holds.
_STAGES = (
    "text",
    "ingest",
    "gazette",
    "clauses",
    "references",
    "companions",
    "exemptions",
    "dictionary",
    "words",
    "asked",
    "facets",
    "spelling",
    "synonyms",
    "index",
)


# Libraries whose dictionaries decide it, too.
_LIBRARIES = ("jieba", "opencc", "pypinyin")


@dataclass(frozen=True, slots=True)
class SegmentManifest:
    """The identity of a segment.

    Attributes:
        model_fingerprint: of the model that made its vectors.
        dim: of its vectors.
        clauses: how many there are.
        files: size in bytes and sha256 of each of its files, by relative path.
        codes: by which codes its sentences are searched, as FAISS calls them; `None` where all are compared.
        recall: the share of the best clauses that a search by these finds (`DensePart.recall`).
    """

    model_fingerprint: str
    dim: int
    clauses: int
    files: dict[str, tuple[int, str]]
    codes: str | None = None
    recall: float | None = None

    def write(self, folder: Path) -> None:
        """Write it into a segment's folder."""
        _write(folder / _SEGMENT, {"format": FORMAT} | asdict(self))

    @classmethod
    def read(cls, folder: Path) -> SegmentManifest:
        """Read it.

        Raises:
            IndexDamagedError: it is missing, unreadable, or of another format.
        """
        row = _read(folder / _SEGMENT)
        try:
            return cls(**row)
        except TypeError as error:
            raise _unreadable(folder / _SEGMENT) from error

    def verify(self, folder: Path, contents: bool = True) -> None:
        """Compare every file of the segment with its size and hash.

        Raises:
            IndexDamagedError: a file is missing, truncated or altered; the message names it.
        """
        _compare(folder, self.files, f"{SEGMENTS}/{folder.name}/", contents)


class UnitPlace(NamedTuple):
    """Where the clauses of an issue lie.

    Attributes:
        issue_id: of the issue.
        segment: its number in `Manifest.segments`.
        first: its first row there.
        clauses: how many rows.
    """

    issue_id: str
    segment: int
    first: int
    clauses: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity of a generation.

    Attributes:
        version: of qa_bot that made it.
        code: hash of the code that decides what an index holds.
        corpus: sha256 of each corpus file, the notes beside the texts and the user's synonyms too.
        model: folder name of the embedding model under the models folder.
        model_fingerprint: of its weights, tokenizer and prompts.
        dim: of its vectors.
        clauses: how many there are.
        segments: name of each segment, and the hash of its own manifest.
        units: where the clauses of each issue lie, by issue id.
        files: size in bytes and sha256 of each file of the generation's own, by relative path.
    """

    version: str
    code: str
    corpus: dict[str, str]
    model: str
    model_fingerprint: str
    dim: int
    clauses: int
    segments: tuple[tuple[str, str], ...]
    units: tuple[UnitPlace, ...]
    files: dict[str, tuple[int, str]]

    def write(self, folder: Path) -> None:
        """Write it into a generation's folder."""
        _write(folder / _NAME, {"format": FORMAT} | asdict(self))

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read it.

        Raises:
            IndexDamagedError: it is missing, unreadable, or of another format.
        """
        row = _read(folder / _NAME)
        try:
            row["segments"] = tuple((str(name), str(sha)) for name, sha in row["segments"])
            row["units"] = tuple(UnitPlace(*unit) for unit in row["units"])
            return cls(**row)
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(folder / _NAME) from error

    @staticmethod
    def model_of(folder: Path) -> str | None:
        """The model of a generation of whatever format, or `None` where it cannot be told."""
        model = _any_format(folder / _NAME).get("model")
        return model if isinstance(model, str) else None

    @staticmethod
    def segments_of(folder: Path) -> set[str]:
        """The segments that a generation of whatever format names, none where it cannot be told."""
        try:
            return {str(name) for name, _ in _any_format(folder / _NAME)["segments"]}
        except (KeyError, TypeError, ValueError):
            return set()

    def verify(self, folder: Path, trusted: Collection[str] = ()) -> None:
        """Compare every file of the generation and of its segments with its size and hash.

        The manifest itself is vouched for by the end of the folder's name, unless it is still being
        built (its name begins with a dot); those of the segments by this one.

        Args:
            folder: of the generation.
            trusted: segments whose files were read a moment ago: only their sizes are looked at.

        Raises:
            IndexDamagedError: a file is missing, truncated or altered; the message names it.
        """
        self.verify_own(folder)
        for name, sha in self.segments:
            segment = folder.parent.parent / SEGMENTS / name
            verify_segment(segment, sha, name not in trusted)

    def verify_own(self, folder: Path) -> None:
        """`verify` of the generation's own files, without its segments."""
        if not folder.name.startswith(".") and not folder.name.endswith(digest(folder)):
            raise _altered(_NAME)
        _compare(folder, self.files, "")


def verify_segment(folder: Path, sha: str, contents: bool = True) -> None:
    """Compare a segment with the hash of its manifest, and every file with its size and hash.

    Raises:
        IndexDamagedError: a file is missing, truncated or altered; the message names it.
    """
    name = f"{SEGMENTS}/{folder.name}/{_SEGMENT}"
    if not (folder / _SEGMENT).is_file():
        raise _altered(name, "不见了", "is missing")
    if _hash(folder / _SEGMENT, name) != sha:
        raise _altered(name)
    SegmentManifest.read(folder).verify(folder, contents)


def _compare(
    folder: Path, files: Mapping[str, tuple[int, str]], prefix: str, contents: bool = True
) -> None:
    for name, (size, _) in files.items():
        path = folder / name
        if not path.is_file():
            raise _altered(prefix + name, "不见了", "is missing")
        if (found := path.stat().st_size) != size:
            raise _altered(prefix + name, f"应有 {size} 字节，实有 {found}", "has another size")
    if contents:
        # Hashing leaves Python's lock: two cores take half the time.
        with ThreadPoolExecutor(2) as pool:
            hashes = pool.map(lambda name: _hash(folder / name, prefix + name), files)
            for (name, (_, sha)), own in zip(files.items(), hashes, strict=True):
                if own != sha:
                    raise _altered(prefix + name)


def _hash(path: Path, name: str) -> str:
    try:
        return sha256_of(path)
    except OSError as error:  # swept away meanwhile, or a disk that fails
        raise _altered(name, f"读不了：{error.strerror}", "cannot be read") from error


def _write(path: Path, row: dict[str, Any]) -> None:
    text = json.dumps(row, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    """The fields of a manifest of this program's format, without the format."""
    try:
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = row.pop("format")
        if found != FORMAT:
            raise IndexDamagedError(
                f"索引是格式 {found}，本程序读格式 {FORMAT}；请运行 qa-bot build / "
                f"The index has format {found}, this program reads {FORMAT}. Run: qa-bot build"
            )
        row["files"] = {name: (int(size), str(sha)) for name, (size, sha) in row["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path) from error
    return row


def _any_format(path: Path) -> dict[str, Any]:
    """The fields of a manifest as they stand, for what has been the same in all formats; none if it is unreadable."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return row if isinstance(row, dict) else {}


def _unreadable(path: Path) -> IndexDamagedError:
    return IndexDamagedError(
        f"索引清单 {path.parent.name}/{path.name} 读不了；请运行 qa-bot build / "
        f"The index manifest {path.parent.name}/{path.name} cannot be read. Run: qa-bot build"
    )


def _altered(
    name: str, what: str = "内容被改动", english: str = "was altered"
) -> IndexDamagedError:
    return IndexDamagedError(
        f"索引文件 {name} {what}；请运行 qa-bot build / The index file {name} {english}. Run: qa-bot build"
    )


def digest(folder: Path) -> str:
    """The end of a generation's name, from its manifest."""
    return sha256_of(folder / _NAME)[:12]


def segment_digest(folder: Path) -> str:
    """The hash of a segment's manifest."""
    return sha256_of(folder / _SEGMENT)


def hash_files(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and sha256 of every file under `folder`, by relative path with forward slashes."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def corpus_fingerprint(folder: Path) -> dict[str, str]:
    """sha256 of each text of a corpus, the notes beside it, and the user's synonyms; empty without a folder."""
    beside = (path for path in (*folder.glob("*.toml"), folder / USER_FILE) if path.is_file())
    return {path.name: sha256_of(path) for path in sorted((*corpus_files(folder), *beside))}


def code_fingerprint() -> str:
    """A hash of the code of the stages that decide what an index holds, and of the libraries whose dictionaries do.

    A changed parser makes an index stale, though nobody raised a number.
    """
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\0".encode())
    for stage in _STAGES:
        module = package / f"{stage}.py"
        folder = (package / stage).rglob("*")
        own = [file for file in folder if file.suffix in (".py", ".tsv")]
        for file in [module] if module.is_file() else sorted(own):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
