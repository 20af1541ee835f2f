"""A generation in a Milvus, opened by a process that has nothing of it on its own disk."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tempfile
import weakref
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from qa_bot.asked import Quantities
from qa_bot.errors import GazetteIndexError, StoreError
from qa_bot.index import Generation, Manifest
from qa_bot.index.dense import DenseIndex
from qa_bot.index.lexical import LexicalIndex
from qa_bot.index.records import covered_month
from qa_bot.index.tokens import TokenIndex
from qa_bot.milvus.connection import Connection, Gone
from qa_bot.milvus.parts import Column, Dense, Lexicon, Named, Tokens
from qa_bot.milvus.place import Place
from qa_bot.milvus.records import MilvusRecords
from qa_bot.milvus.rows import Parts, Rows, incomplete
from qa_bot.milvus.sample import Sample
from qa_bot.milvus.schema import ALIAS, FORMAT, PUBLICATION, Names, check_schema
from qa_bot.milvus.store import MilvusStore
from qa_bot.spelling import Spelling, sound_table
from qa_bot.synonyms import Synonyms
from qa_bot.words import Words

__all__ = [
    "IDF",
    "SAMPLE",
    "SEARCHABLE",
    "SOUNDS",
    "MilvusGeneration",
    "Publication",
    "generation_in_use",
    "open_generation",
]

#: Files that a publication has beside those of the generation's folder.
IDF, SAMPLE, SEARCHABLE, SOUNDS = "idf.json", "sample.npz", "searchable.npy", "sounds.json"
# Seconds that a look at the store may take.
_LOOK = 2.0


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published.

    Attributes:
        format: `qa_bot.milvus.schema.FORMAT` of the program that did it.
        generation: its name.
        dim: of its vectors.
        clauses: how many rows there are.
        sentences: how many vectors.
        files: size and sha256 of each file.
    """

    format: int
    generation: str
    dim: int
    clauses: int
    sentences: int
    files: dict[str, tuple[int, str]]

    @classmethod
    def read(cls, text: str) -> Publication:
        """What `written` made.

        Raises:
            StoreError: it is unreadable, or of another format.
        """
        try:
            row = json.loads(text)
            if row["format"] != FORMAT:
                raise StoreError(
                    f"存储里是格式 {row['format']}，本程序读格式 {FORMAT}；请用本程序运行 qa-bot build --store / "
                    f"The store has format {row['format']}, this program reads {FORMAT}. "
                    "Run: qa-bot build --store"
                )
            row["files"] = {
                name: (int(size), str(sha)) for name, (size, sha) in row["files"].items()
            }
            return cls(**row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                "存储的说明读不了；请运行 qa-bot build --store / "
                "What the store says of itself cannot be read. Run: qa-bot build --store"
            ) from error

    def written(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


class MilvusGeneration(Generation):
    """As `Generation`, with what a question needs; builds and checks read the one on disk.

    Attributes:
        place: where it is.
    """

    def __init__(self, connection: Connection, names: Names) -> None:
        """Open a published generation.

        Args:
            connection: to the Milvus.
            names: of its collections.

        Raises:
            StoreError: it is not whole, of another format or schema, or the store does not answer.
        """
        self.place = connection.place
        self._connection = connection
        parts = Parts(connection, names)
        held = Publication.read(parts.row(PUBLICATION))
        for kind, collection in zip(("clauses", "sentences", "parts"), names.all, strict=True):
            described = connection.call("describe_collection", collection)
            check_schema(described, kind, held.dim)
        self._wanted = {names.clauses: held.clauses, names.sentences: held.sentences}
        base = Path(tempfile.mkdtemp(prefix="qa-bot-"))
        self._gone = weakref.finalize(self, _leave, base, connection)
        # The files vouch for each other by the folder's name, as on disk.
        self.folder = base / held.generation
        self.folder.mkdir()
        try:
            for name, (size, sha) in held.files.items():
                data = parts.read(f"f/{name}")
                if len(data) != size or hashlib.sha256(data).hexdigest() != sha:
                    raise _altered(name)
                (self.folder / name).write_bytes(data)
            self._read(Rows(connection, names, held.clauses), names, held)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _altered(str(error)) from error
        except StoreError:
            raise
        except GazetteIndexError as error:
            raise _altered(str(error)) from error

    def _read(self, rows: Rows, names: Names, held: Publication) -> None:
        folder = self.folder
        self.manifest = Manifest.read(folder)
        self.manifest.verify_own(folder)
        self.segments = []
        self.records = MilvusRecords(folder, self.manifest, rows)
        self.words = Words(_json(folder / "names.json")["names"])
        self.synonyms = Synonyms(_json(folder / "synonyms.json"), self.words)
        self.searchable = np.load(folder / SEARCHABLE, allow_pickle=False)
        rarity = _json(folder / IDF)
        # Of the parts what a question needs, under the same names.
        self.lexical = cast(
            LexicalIndex, Lexicon(rows, rarity["idf"], rarity["unknown"], own=False)
        )
        self.own_words = cast(LexicalIndex, Lexicon(rows, {}, rarity["unknown"], own=True))
        self.dense = cast(DenseIndex, Dense(rows))
        self.tokens = cast(TokenIndex, Tokens(rows))
        self.quantities = cast(Quantities, Named(rows))
        self.kinds = cast(list[str], Column(rows, lambda one: one.kind))
        self.documents = cast(list[str], Column(rows, lambda one: one.document))
        self.facets = cast(list[frozenset[str]], Column(rows, lambda one: one.facets))
        sample = Sample((folder / SAMPLE).read_bytes())
        self._milvus = MilvusStore(
            self._connection, names, rows, sample, self.searchable, held.sentences
        )
        self.store = self._milvus
        self._heard = (folder / "heard.json").read_bytes()
        self._sounds = (folder / SOUNDS).read_bytes()
        self.covers = covered_month(self.records.issues, self.records.documents)

    @property
    def store_name(self) -> str:
        """Where clauses and vectors are, with the version of the server."""
        return f"{self.place.shown}（Milvus {self._connection.version.lstrip('v')}）"

    def trouble(self) -> str | None:
        """Why the store does not answer just now, or not with all of the generation; `None` where it does."""
        try:
            for collection, rows in self._wanted.items():
                counted = self._connection.call(
                    "query", collection, output_fields=["count(*)"], patience=_LOOK
                )
                if (found := counted[0]["count(*)"]) != rows:
                    raise incomplete(self._connection, f"{collection}: {found} of {rows}")
        except StoreError as error:
            return str(error)
        return None

    def newest(self) -> str:
        """The name of the generation that the store has in use now.

        Raises:
            StoreError: the store does not answer, or holds none.
        """
        return generation_in_use(self._connection).generation

    def hash_of(self, position: int) -> str:
        """Not published: it tells what has to be encoded again, which only a build asks."""
        raise KeyError(position)

    @functools.cached_property
    def spelling(self) -> Spelling:
        """What reads mistyped words."""
        return Spelling(sound_table(json.loads(self._sounds), json.loads(self._heard)), self.words)

    def close(self) -> None:
        """Close its files and its connection."""
        self.records.close()
        self._milvus.close()
        self._gone()


def open_generation(place: Place) -> MilvusGeneration:
    """The generation that a Milvus has in use.

    Raises:
        StoreError: it cannot be reached, has none, or has one that this program cannot read.
    """
    connection = Connection(place)
    try:
        return MilvusGeneration(connection, generation_in_use(connection))
    except BaseException:
        connection.close()
        raise


def generation_in_use(connection: Connection) -> Names:
    """The collections that the alias says are in use.

    Raises:
        StoreError: there are none, or they are none of ours.
    """
    shown = connection.place.shown
    try:
        target = connection.call("describe_alias", ALIAS)["collection_name"]
    except Gone as error:
        raise Gone(
            f"存储 {shown} 里还没有索引；请运行 qa-bot build --store {shown} / "
            f"The store {shown} holds no index yet. Run: qa-bot build --store {shown}"
        ) from error
    names = Names.of(target)
    if names is None or target != names.clauses:
        raise StoreError(
            f"存储 {shown} 的别名 {ALIAS} 指向 {target}，不是本程序写的；请换一个库 / "
            f"In the store {shown} the alias {ALIAS} stands for {target}, which is none of ours: "
            "use another database."
        )
    return names


def _leave(folder: Path, connection: Connection) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    connection.close()


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _altered(what: str) -> StoreError:
    return StoreError(
        f"存储里的文件不对（{what}）；请运行 qa-bot build --store / "
        f"A file in the store is not what it should be ({what}). Run: qa-bot build --store"
    )
