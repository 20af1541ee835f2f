"""What a generation of the index was made from, and the hashes of its files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from qa_bot.errors import IndexDamagedError
from qa_bot.ingest import corpus_files
from qa_bot.synonyms import USER_FILE

__all__ = [
    "FORMAT",
    "VECTORS_SINCE",
    "Manifest",
    "code_fingerprint",
    "corpus_fingerprint",
    "digest",
    "hash_files",
]

# Raise it when files of a generation change their meaning.
FORMAT = 7
#: The first format whose vectors mean what they mean now. Raise it when vectors or passages change.
VECTORS_SINCE = 5
_NAME = "manifest.json"
# The stages whose code decides what an index holds.
_STAGES = (
    "text",
    "ingest",
    "gazette",
    "clauses",
    "references",
    "companions",
    "exemptions",
    "words",
    "asked",
    "facets",
    "spelling",
    "synonyms",
    "index",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity of a generation.

    Attributes:
        format: of the files; another one cannot be read.
        version: of qa_bot that made it.
        code: hash of the code that decides what an index holds.
        corpus: sha256 of each corpus file, the notes beside the texts and the user's synonyms too.
        model: folder name of the embedding model under the models folder.
        model_fingerprint: of its weights, tokenizer and prompts.
        dim: of its vectors.
        clauses: how many there are.
        files: size in bytes and sha256 of each file of the generation, by relative path.
    """

    format: int
    version: str
    code: str
    corpus: dict[str, str]
    model: str
    model_fingerprint: str
    dim: int
    clauses: int
    files: dict[str, tuple[int, str]]

    def write(self, folder: Path) -> None:
        """Write it into a generation's folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / _NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, since: int = FORMAT) -> Manifest:
        """Read it.

        Args:
            folder: of the generation.
            since: the oldest format that will do.

        Raises:
            IndexDamagedError: it is missing, unreadable, or of another format.
        """
        try:
            row = json.loads((folder / _NAME).read_text(encoding="utf-8"))
            if not since <= row["format"] <= FORMAT:
                raise IndexDamagedError(
                    f"索引是格式 {row['format']}，本程序读格式 {FORMAT}；请运行 qa-bot build / "
                    f"The index has format {row['format']}, this program reads {FORMAT}. "
                    "Run: qa-bot build"
                )
            row["files"] = {name: (int(size), sha) for name, (size, sha) in row["files"].items()}
            return cls(**row)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(
                f"索引清单 {folder.name}/{_NAME} 读不了；请运行 qa-bot build / "
                f"The index manifest {folder.name}/{_NAME} cannot be read. "
                "Run: qa-bot build"
            ) from error

    def verify(self, folder: Path) -> None:
        """Compare every file of the generation with its size and hash.

        The manifest itself is vouched for by the end of the folder's name, unless it is still being
        built (its name begins with a dot).

        Raises:
            IndexDamagedError: a file is missing, truncated or altered; the message names it.
        """
        if not folder.name.startswith(".") and not folder.name.endswith(digest(folder)):
            raise IndexDamagedError(
                f"索引清单 {_NAME} 被改动；请运行 qa-bot build / "
                f"The index manifest {_NAME} was altered. Run: qa-bot build"
            )
        for name, (size, sha) in self.files.items():
            path = folder / name
            if not path.is_file():
                what, english = "不见了", "is missing"
            elif path.stat().st_size != size:
                what, english = f"应有 {size} 字节，实有 {path.stat().st_size}", "has another size"
            elif _sha256(path) != sha:
                what, english = "内容被改动", "was altered"
            else:
                continue
            raise IndexDamagedError(
                f"索引文件 {name} {what}；请运行 qa-bot build / "
                f"The index file {name} {english}. Run: qa-bot build"
            )


def digest(folder: Path) -> str:
    """The end of a generation's name, from its manifest."""
    return _sha256(folder / _NAME)[:12]


def hash_files(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and sha256 of every file under `folder`, by relative path with forward slashes."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, _sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def corpus_fingerprint(folder: Path) -> dict[str, str]:
    """sha256 of each text of a corpus, the notes beside it, and the user's synonyms; empty without a folder."""
    beside = (path for path in (*folder.glob("*.toml"), folder / USER_FILE) if path.is_file())
    return {path.name: _sha256(path) for path in sorted((*corpus_files(folder), *beside))}


def code_fingerprint() -> str:
    """A hash of the code of the stages that decide what an index holds.

    A changed parser makes an index stale, though nobody raised a number.
    """
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for stage in _STAGES:
        module = package / f"{stage}.py"
        folder = (package / stage).rglob("*")
        own = [file for file in folder if file.suffix in (".py", ".tsv")]
        for file in [module] if module.is_file() else sorted(own):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
