"""Publishing, switching, and everything that can go wrong on the way to a Milvus."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from qa_bot.bot import Bot
from qa_bot.errors import InputError, StoreError
from qa_bot.index import Generation
from qa_bot.index.store import Wanted
from qa_bot.living import Living
from qa_bot.milvus import MilvusGeneration, Place, open_generation, publish, store
from qa_bot.milvus.connection import Connection
from qa_bot.milvus.packing import chunks, pieces
from qa_bot.milvus.schema import ALIAS, PUBLICATION, Names
from qa_bot.settings import DataFolder
from tests.stores.conftest import Asking
from tests.stores.serving import Way, free_port

pymilvus = pytest.importorskip("pymilvus", reason="pip install 'qa_bot[milvus]'")
DataType, MilvusClient = pymilvus.DataType, pymilvus.MilvusClient
QUESTION = "公园几点开放？"
ENCODER = Asking()


def client_of(place: Place) -> MilvusClient:
    return MilvusClient(uri=place.address, db_name=place.database, dedicated=True)


def asked(generation: Generation) -> dict:
    row = Bot(generation, ENCODER).ask(QUESTION).to_json()
    row.pop("elapsed_ms")
    return row


@pytest.mark.parametrize(
    ("text", "address", "database"),
    [
        ("milvus:http://localhost:19530", "http://localhost:19530", "default"),
        ("milvus:http://localhost", "http://localhost:19530", "default"),
        ("milvus:https://a.example:443/gazettes/", "https://a.example:443", "gazettes"),
        ("milvus:http://[::1]:19530", "http://[::1]:19530", "default"),
    ],
)
def test_an_address_is_read(text: str, address: str, database: str) -> None:
    assert Place.read(text) == Place(address, database)


@pytest.mark.parametrize(
    "text",
    [
        "", "milvus:", "http://localhost:19530", "milvus:localhost:19530", "milvus:http://a:port",
        "milvus:ftp://a", "milvus:http://a/b/c", "milvus:http://a?x=1",
    ],
)  # fmt: skip
def test_no_address(text: str) -> None:
    with pytest.raises(InputError, match="milvus:http"):
        Place.read(text)


def test_a_password_is_no_part_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="QA_BOT_MILVUS_TOKEN") as told:
        Place.read("milvus:http://root:secret@localhost:19530")
    assert "secret" not in str(told.value)
    monkeypatch.setenv("QA_BOT_MILVUS_TOKEN", "root:secret")
    place = Place.read("milvus:http://localhost:19530")
    assert place.token == "root:secret"
    assert "secret" not in place.shown


@pytest.mark.parametrize("size", [0, 1, 47_999, 500_000])
def test_bytes_come_back_from_parts(size: int) -> None:
    data = bytes(at * at % 251 for at in range(size))
    rows = chunks(data * 3)
    assert pieces(rows) == data * 3
    assert all(len(row) <= 65_535 for row in rows)
    if len(rows) > 1:
        with pytest.raises(ValueError, match="of"):
            pieces(rows[:-1])


def test_what_is_published_answers(small: Generation, opened: MilvusGeneration) -> None:
    assert asked(opened) == asked(small)
    assert opened.folder.name == small.folder.name
    assert opened.trouble() is None


def test_publishing_again_does_nothing(small: Generation, published: Place) -> None:
    assert not publish(small, published)


def test_long_fields_go_on_in_the_parts(
    small: Generation, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of a hundred columns, or a clause of a thousand tokens, is longer than 65,535 bytes."""
    monkeypatch.setattr("qa_bot.milvus.publishing.LONGEST", 900)
    publish(small, place)
    generation = open_generation(place)
    held = generation.records.at(range(small.manifest.clauses))
    assert held == small.records.at(range(small.manifest.clauses))
    assert asked(generation) == asked(small)
    generation.close()


def test_two_bots_over_one_store(small: Generation, published: Place) -> None:
    wanted = asked(small)
    generations = [open_generation(published) for _ in range(2)]
    found: list[dict] = []
    threads = [
        threading.Thread(target=lambda one=one: found.extend(asked(one) for _ in range(3)))
        for one in generations * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 12
    for one in generations:
        one.close()


def data_at(place: Place) -> DataFolder:
    return replace(DataFolder.default(), store=place.shown)


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> None:
    """`Bot.open` and `Living` with the stand-in."""
    monkeypatch.setattr(Bot, "over", classmethod(lambda cls, made, _: cls(made, ENCODER)))
    monkeypatch.setattr("qa_bot.bot.prepare", lambda *_: None)


def wait_for(what: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.mark.usefixtures("over")
def test_a_rebuild_has_no_downtime(
    small: Generation, published: Place, another: Callable[[], Generation]
) -> None:
    wanted = asked(small)
    living = Living(data_at(published), every=0.05)
    troubles: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                assert asked(living.now().generation) == wanted
            except BaseException as error:
                troubles.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    second = another()
    assert publish(second, published)
    wait_for(lambda: living.generation_name == second.folder.name or bool(troubles))
    time.sleep(0.2)
    done.set()
    for thread in threads:
        thread.join()
    assert not troubles
    client = client_of(published)
    both = {Names(one.folder.name).clauses for one in (small, second)}
    assert both <= {*client.list_collections()}
    third = another()
    publish(third, published)
    kept = {Names.of(one) for one in client.list_collections()}
    assert kept == {Names(second.folder.name), Names(third.folder.name)}
    client.close()


def test_an_interrupted_publication_changes_nothing(
    small: Generation, published: Place, another: Callable[[], Generation]
) -> None:
    second = another()

    def stop(_: str, done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(second, published, stop)
    generation = open_generation(published)
    assert generation.folder.name == small.folder.name
    assert asked(generation) == asked(small)
    generation.close()
    assert publish(second, published)
    again = open_generation(published)
    assert again.folder.name == second.folder.name
    again.close()


def test_rows_that_did_not_arrive_are_counted(
    small: Generation, published: Place, another: Callable[[], Generation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real = MilvusClient.upsert

    def lossy(self: MilvusClient, name: str, rows: list, **more: object) -> object:
        return real(self, name, rows[1:] if name.endswith("sentences") else rows, **more)

    monkeypatch.setattr(MilvusClient, "upsert", lossy)
    with pytest.raises(StoreError, match="should have"):
        publish(another(), published)
    monkeypatch.undo()
    generation = open_generation(published)
    assert generation.folder.name == small.folder.name
    generation.close()


def test_nothing_listens_there() -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match="does not answer"):
        open_generation(Place.read(f"milvus:http://127.0.0.1:{free_port()}"))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("version", ["v2.4.17", "2.3.0", "milvus_lite-2.4.11", "v4.0.0", "?"])
def test_another_version(server: int, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(MilvusClient, "get_server_version", lambda *_, **__: version)
    with pytest.raises(StoreError, match=r"uses 2\.5 to 3\.x"):
        Connection(Place.read(f"milvus:http://127.0.0.1:{server}"))


def test_nothing_is_published_there(place: Place) -> None:
    with pytest.raises(StoreError, match="qa-bot build --store"):
        open_generation(place)


def test_without_pymilvus(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymilvus", None)
    with pytest.raises(StoreError, match=r"pip install 'qa_bot\[milvus\]'"):
        Connection(Place.read(f"milvus:http://127.0.0.1:{server}"))


def test_the_alias_of_somebody_else(published: Place) -> None:
    client = client_of(published)
    client.create_collection("theirs", dimension=4)
    client.alter_alias("theirs", ALIAS)
    with pytest.raises(StoreError, match="none of ours"):
        open_generation(published)
    client.close()


def test_another_schema(small: Generation, published: Place) -> None:
    names = Names(small.folder.name)
    client = client_of(published)
    client.drop_collection(names.sentences)
    schema = MilvusClient.create_schema()
    schema.add_field("sentence", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=384)
    client.create_collection(names.sentences, schema=schema)
    with pytest.raises(StoreError, match="another schema"):
        open_generation(published)
    client.close()


@pytest.mark.parametrize(
    ("altered", "told"),
    [('{"format": 99}', "has format 99"), ("{", "cannot be read"), ('{"format": 1}', "cannot be read")],
)  # fmt: skip
def test_another_format(small: Generation, published: Place, altered: str, told: str) -> None:
    row = {"key": PUBLICATION, "data": altered, "nothing": [0.0, 0.0]}
    client = client_of(published)
    client.upsert(Names(small.folder.name).parts, [row])
    with pytest.raises(StoreError, match=told):
        open_generation(published)
    client.close()


def test_another_model(opened: MilvusGeneration, model_folder) -> None:
    from qa_bot.errors import IndexDamagedError

    data = replace(DataFolder.default(), models=model_folder.path.parent)
    opened.manifest = replace(opened.manifest, model=model_folder.path.name)
    with pytest.raises(IndexDamagedError, match="another model"):
        Bot.over(opened, data)


def test_a_file_that_was_altered(small: Generation, published: Place) -> None:
    client = client_of(published)
    row = {"key": "f/names.json/0", "data": chunks(b"{}")[0], "nothing": [0.0, 0.0]}
    client.upsert(Names(small.folder.name).parts, [row])
    with pytest.raises(StoreError, match=r"names\.json"):
        open_generation(published)
    client.close()


def test_half_the_clauses_answer_nothing(
    small: Generation, published: Place, opened: MilvusGeneration
) -> None:
    client = client_of(published)
    name = Names(small.folder.name).clauses
    client.delete(name, ids=list(range(small.manifest.clauses // 2, small.manifest.clauses)))
    with pytest.raises(StoreError, match="half an index answers nothing"):
        asked(opened)
    assert "half an index" in str(opened.trouble())
    client.close()


def test_half_the_vectors_answer_nothing(
    small: Generation, published: Place, opened: MilvusGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_FEW", 0)
    spoken = ENCODER.encode_query_tokens(QUESTION)
    wanted = Wanted(spoken.pooled, (), [], small.searchable, ())
    assert len(opened.store.retrieve(wanted).positions) == small.searchable.sum()
    client = client_of(published)
    name = Names(small.folder.name).sentences
    rows = client.query(name, "sentence >= 0", ["sentence"], limit=1_000)
    client.delete(name, ids=[row["sentence"] for row in rows[: len(rows) // 2]])
    with pytest.raises(StoreError, match="half an index answers nothing"):
        opened.store.retrieve(wanted)
    client.close()


def test_a_filter_of_many_stretches_takes_several_searches(
    small: Generation, opened: MilvusGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_FEW", 0)
    monkeypatch.setattr(store, "_STRETCHES", 3)
    within = small.searchable.copy()
    within[::3] = False
    spoken = ENCODER.encode_query_tokens(QUESTION)
    tokens = tuple(small.words.content(QUESTION))
    pool = opened.store.retrieve(Wanted(spoken.pooled, tokens, [], within, ()))
    assert pool.positions.tolist() == np.flatnonzero(within).tolist()
    none = Wanted(spoken.pooled, tokens, [], np.zeros_like(within), ())
    assert not len(opened.store.retrieve(none).positions)


def through(way: Way, place: Place) -> Place:
    return Place(f"http://127.0.0.1:{way.port}", place.database)


@pytest.mark.parametrize("answered", [1, 3_000, 12_000])
def test_a_connection_that_breaks_in_a_question_is_made_again(
    small: Generation, published: Place, way: Way, answered: int
) -> None:
    generation = open_generation(through(way, published))
    way.cut_within(answered, seconds=0.3)
    assert asked(generation) == asked(small)
    assert way.cuts == 1
    generation.close()


def test_many_ask_while_the_connection_breaks_again_and_again(
    small: Generation, published: Place, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_FEW", 0)  # so few clauses would all have been read before
    wanted = asked(small)
    generation = open_generation(through(way, published))
    found: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                found.append(asked(generation))
            except BaseException as error:
                found.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.3)
        way.cut()
        time.sleep(0.2)
        way.mend()
    time.sleep(1.5)
    done.set()
    for thread in threads:
        thread.join()
    assert len(found) >= 4
    assert [one for one in found if one != wanted] == []
    generation.close()


def test_a_connection_that_stays_broken_is_an_error_in_time(published: Place, way: Way) -> None:
    generation = open_generation(through(way, published))
    way.cut_within(3_000, seconds=None)
    began = time.monotonic()
    with pytest.raises(StoreError, match="does not answer"):
        asked(generation)
    assert time.monotonic() - began < 10
    assert generation.trouble() is not None
    way.mend()
    assert generation.trouble() is None
    assert asked(generation)
    generation.close()


@pytest.mark.usefixtures("over")
def test_the_page_and_readyz_tell(
    published: Place, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_bot.web import create_app

    monkeypatch.setattr(store, "_FEW", 0)  # so few clauses would all have been read before

    living = Living(data_at(through(way, published)), every=0.05)
    with TestClient(create_app(living)) as client:
        assert client.get("/readyz").json()["status"] == "ready"
        assert "qa-degraded" not in client.get("/").text
        way.cut()
        unready = client.get("/readyz")
        assert unready.status_code == 503
        assert "没有应答" in unready.json()["detail"]
        page = client.get("/", headers={"Accept-Language": "en"}).text
        assert "服务降级" in page
        assert "Service degraded" in page
        refused = client.post("/api/ask", json={"q": QUESTION})
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        plain = client.get("/issue/hn-2019-04", headers={"Accept-Language": "en"})
        assert plain.status_code == 503
        assert "Service degraded" in plain.text
        way.mend()
        wait_for(lambda: client.get("/readyz").status_code == 200)
        assert client.post("/api/ask", json={"q": QUESTION}).status_code == 200
        wait_for(lambda: "qa-degraded" not in client.get("/").text)
