"""Where data lives, and the few choices that change a result; defaults for a checkout and a wheel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import platformdirs

__all__ = ["DataFolder", "Retriever"]

_PACKAGE = Path(__file__).resolve().parent


class Retriever(StrEnum):
    """How much of the search is used; all but `FULL` are there to tell what each part gives.

    BM25 ranks by words alone, DENSE by the clause vectors' cosines alone, HYBRID by the weighted sum of
    both. FULL is the product: it looks up what the question names, and ranks by late interaction and all
    other features (`qa_bot.ranking`).
    """

    BM25 = "bm25"
    DENSE = "dense"
    HYBRID = "hybrid"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The places where the bot keeps things.

    Attributes:
        corpus: gazettes in any format that is read, what is known of each (`*.toml`), and a user's own `synonyms.tsv`.
        index: generations of the built index.
        models: unpacked embedding models, shared by all checkouts of a user unless `--data` says
            otherwise, since a model takes about a gigabyte.
        feedback: folder of what readers said of answers; made when the first of them says something.
        reports: of evaluations; `feedback`'s neighbour if not given.
        built_in: whether `corpus` is the one that ships with the program, lent until there is an own one:
            nothing may be written into it.
        store: where the index is read from, `milvus:http://host:19530`; the folder if not given.
    """

    corpus: Path
    index: Path
    models: Path
    feedback: Path
    reports: Path = field(default=Path())
    built_in: bool = False
    store: str | None = None

    def __post_init__(self) -> None:
        if self.reports == Path():
            object.__setattr__(self, "reports", self.feedback.parent / "reports")

    @property
    def own_corpus(self) -> Path:
        """Where texts are added: `corpus`, or the folder that takes the place of the built-in one."""
        return self.index.parent / "corpus" if self.built_in else self.corpus

    @property
    def feedback_file(self) -> Path:
        """The SQLite file of what readers said of answers (`qa_bot.feedback`)."""
        return self.feedback / "feedback.sqlite"

    @classmethod
    def default(cls) -> DataFolder:
        """The checkout that this code runs from, or the user's data folder for a wheel.

        Guarantees: in a checkout (a `pyproject.toml` and a `corpus/` beside the package) corpus and
        index are those of the checkout. Otherwise everything is in the user's data folder, bar the
        corpus that the wheel brings along.
        """
        checkout = _PACKAGE.parent
        models = platformdirs.user_cache_path("qa_bot") / "models"
        if (checkout / "pyproject.toml").is_file() and (checkout / "corpus").is_dir():
            return cls(
                checkout / "corpus",
                checkout / "index",
                models,
                checkout / "feedback",  # not in the index, which may be deleted at any time
                checkout / "eval" / "reports",
            )
        home = platformdirs.user_data_path("qa_bot")
        corpus = home / "corpus"
        return cls(
            corpus if corpus.is_dir() else _PACKAGE / "_corpus",
            home / "index",
            models,
            home / "feedback",
            built_in=not corpus.is_dir(),
        )

    @classmethod
    def at(cls, folder: Path | None, store: str | None = None) -> DataFolder:
        """Everything under `folder`; `None` means `default()`. The index is read from `store`, if that is given.

        Guarantees: where `folder/corpus` does not exist yet, the default corpus is used, so that
        `--data` with an empty folder works at once.
        """
        default = cls.default()
        if folder is None:
            return replace(default, store=store)
        folder = folder.expanduser().absolute()
        corpus = folder / "corpus"
        return cls(
            corpus if corpus.is_dir() else default.corpus,
            folder / "index",
            folder / "models",
            folder / "feedback",
            built_in=not corpus.is_dir(),
            store=store,
        )
