"""What several test modules need: the corpus as parsed, the model, and a bot over the real gazette."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa_bot.bot import Bot
from qa_bot.building import build
from qa_bot.clauses import Parsed, parse_clauses
from qa_bot.encoder import ModelFolder, prepare
from qa_bot.gazette import Issue, parse_issue
from qa_bot.index import Records
from qa_bot.ingest import Known, Source, read_corpus
from qa_bot.settings import DataFolder
from tests.making import records_of

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def corpus() -> tuple[Source, Known]:
    """The gazette of the project."""
    ((source, known),) = read_corpus(ROOT / "corpus")
    return source, known


@pytest.fixture(scope="session")
def issue(corpus: tuple[Source, Known]) -> Issue:
    return parse_issue(*corpus)


@pytest.fixture(scope="session")
def parsed(issue: Issue, corpus: tuple[Source, Known]) -> Parsed:
    return parse_clauses(issue, corpus[0])


@pytest.fixture(scope="session")
def records(
    issue: Issue,
    parsed: Parsed,
    corpus: tuple[Source, Known],
    tmp_path_factory: pytest.TempPathFactory,
) -> Records:
    """The records of the gazette, for what needs neither model nor search."""
    return records_of(tmp_path_factory.mktemp("records"), [(issue, corpus[0], None, parsed)])


@pytest.fixture(scope="session")
def model_folder() -> ModelFolder:
    """The default embedding model, prepared once a machine."""
    return prepare(None, DataFolder.default().models)


@pytest.fixture(scope="session")
def data(model_folder: ModelFolder, pytestconfig: pytest.Config) -> DataFolder:
    """The real corpus with an index of its own, kept between runs so that only changes are encoded."""
    cache = pytestconfig.cache.mkdir("index")
    folder = DataFolder(
        ROOT / "corpus", cache / "index", model_folder.path.parent, cache / "feedback"
    )
    build(folder)
    return folder


@pytest.fixture(scope="session")
def bot(data: DataFolder) -> Bot:
    return Bot.open(data)


@pytest.fixture
def offline_environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Environment of a subprocess in which no hub can be asked."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
