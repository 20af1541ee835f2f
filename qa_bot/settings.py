"""Where data lives: one folder, with defaults for a checkout and for an installed wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

__all__ = ["DataFolder"]

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The four places where the bot keeps things.

    Attributes:
        corpus: gazette texts (`*.txt`) and what is known of each (`*.toml`).
        index: generations of the built index.
        models: unpacked embedding models, shared by all checkouts of a user unless `--data` says
            otherwise, since a model takes about a gigabyte.
        feedback: what users said of answers.
    """

    corpus: Path
    index: Path
    models: Path
    feedback: Path

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
                checkout / "corpus", checkout / "index", models, checkout / "index" / "feedback"
            )
        home = platformdirs.user_data_path("qa_bot")
        corpus = home / "corpus"
        return cls(
            corpus if corpus.is_dir() else _PACKAGE / "_corpus",
            home / "index",
            models,
            home / "feedback",
        )

    @classmethod
    def at(cls, folder: Path | None) -> DataFolder:
        """Everything under `folder`; `None` means `default()`.

        Guarantees: where `folder/corpus` does not exist yet, the default corpus is used, so that
        `--data` with an empty folder works at once.
        """
        default = cls.default()
        if folder is None:
            return default
        folder = folder.expanduser().absolute()
        corpus = folder / "corpus"
        return cls(
            corpus if corpus.is_dir() else default.corpus,
            folder / "index",
            folder / "models",
            folder / "feedback",
        )
