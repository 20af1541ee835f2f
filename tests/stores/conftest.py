"""Milvus as milvus-lite serves it, over its protocol; skipped where that is not installed."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa_bot.bot import Bot
from qa_bot.index import Generation
from qa_bot.milvus import MilvusGeneration, Place, open_generation, publish
from tests import gazettes
from tests.making import StandIn, built
from tests.stores.serving import Way, serving

_NUMBERS = itertools.count()


class Asking(StandIn):
    """The stand-in, as a question is encoded."""

    def encode_query_tokens(self, text: str):
        return self._read(text)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a milvus-lite."""
    pytest.importorskip("pymilvus", reason="pip install 'qa_bot[milvus]'")
    pytest.importorskip("milvus_lite", reason="pip install milvus-lite")
    with serving(tmp_path_factory.mktemp("milvus") / "data") as port:
        yield port


@pytest.fixture(scope="session")
def real(server: int, bot: Bot) -> Iterator[Bot]:
    """A bot over the gazette in Milvus, with the encoder of the one on this machine."""
    place = Place.read(f"milvus:http://127.0.0.1:{server}/gazette")
    assert publish(bot.generation, place)
    generation = open_generation(place)
    yield Bot(generation, bot.encoder)
    generation.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of a few clauses, without a model."""
    root = tmp_path_factory.mktemp("small")
    built(root / "index", gazettes.write(root / "corpus"))
    return root / "index"


@pytest.fixture
def small(folder: Path) -> Iterator[Generation]:
    """It, opened."""
    generation = Generation(min((folder / "generations").iterdir()))
    yield generation
    generation.close()


@pytest.fixture
def another(folder: Path, tmp_path: Path) -> Iterator[Callable[[], Generation]]:
    """Makes later generations of the same content."""
    made: list[Generation] = []
    (tmp_path / "segments").symlink_to(folder / "segments")

    def make() -> Generation:
        first = min((folder / "generations").iterdir())
        name = f"209901{next(_NUMBERS) + 1:02}T000000000-{first.name.rpartition('-')[2]}"
        shutil.copytree(first, tmp_path / "generations" / name)
        made.append(Generation(tmp_path / "generations" / name))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def place(server: int) -> Place:
    """A database of its own."""
    return Place.read(f"milvus:http://127.0.0.1:{server}/test_{next(_NUMBERS)}")


@pytest.fixture
def published(small: Generation, place: Place) -> Place:
    """The few clauses, published."""
    publish(small, place)
    return place


@pytest.fixture
def opened(published: Place) -> Iterator[MilvusGeneration]:
    generation = open_generation(published)
    yield generation
    generation.close()


@pytest.fixture
def way(server: int) -> Iterator[Way]:
    """A way to the server that can be cut."""
    made = Way(server)
    yield made
    made.close()
