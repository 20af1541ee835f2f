"""The index in use while a process runs: swapped, damaged, missing."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from qa_bot.bot import Bot, Trace
from qa_bot.building import build
from qa_bot.errors import IndexMissingError
from qa_bot.index import current_generation
from qa_bot.living import Living
from qa_bot.settings import DataFolder
from qa_bot.web import create_app

QUESTION = "开药店至少要多大面积？"


@pytest.fixture
def own(data: DataFolder, tmp_path: Path) -> DataFolder:
    """The index in use, in a folder of its own."""
    folder = current_generation(data.index)
    shutil.copytree(folder, tmp_path / "index" / "generations" / folder.name)
    shutil.copytree(data.index / "segments", tmp_path / "index" / "segments")
    (tmp_path / "index" / "CURRENT").write_text(folder.name + "\n", encoding="utf-8")
    return replace(data, index=tmp_path / "index")


def another(data: DataFolder, stamp: str = "20990101T000000") -> Path:
    """A later generation, of the same content; the pointer names the first still."""
    first = min((data.index / "generations").iterdir())
    second = first.with_name(f"{stamp}-{first.name.rpartition('-')[2]}")
    shutil.copytree(first, second)
    return second


def point_at(data: DataFolder, generation: Path) -> None:
    """As a build does it: a new file takes the place of the pointer."""
    temporary = data.index / ".CURRENT-test"
    temporary.write_text(generation.name + "\n", encoding="utf-8")
    temporary.replace(data.index / "CURRENT")


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_a_new_generation_is_picked_up_while_people_ask(own: DataFolder) -> None:
    living = Living(own, every=0.01)
    first = living.generation_name
    wanted = living.now().ask(QUESTION).answers[0].quote
    troubles: list[object] = []
    asked: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                bot = living.now()
                reply = bot.ask(QUESTION)
                assert reply.answers[0].quote == wanted
                asked.append(bot.generation.folder.name)
            except BaseException as error:
                troubles.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    second = another(own)
    point_at(own, second)
    wait_for(lambda: living.generation_name == second.name)
    # builds sweep old generations away: who still reads one must not notice
    shutil.rmtree(own.index / "generations" / first)
    seen = len(asked)
    wait_for(lambda: len(asked) > seen + 6)
    done.set()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert set(asked) == {first, second.name}
    assert asked[-1] == second.name
    assert living.failure is None
    assert living.trouble() is None


def test_who_holds_the_old_generation_can_go_on_with_it(own: DataFolder) -> None:
    living = Living(own, every=0.0)
    old = living.now()
    wanted = [one.clause.id for one in old.ask("谁负责蓝天保卫战").suggestions]
    second = another(own)
    point_at(own, second)
    wait_for(lambda: living.generation_name == second.name)
    shutil.rmtree(old.generation.folder)
    assert [one.clause.id for one in old.ask("谁负责蓝天保卫战").suggestions] == wanted
    assert old.generation.spelling is not None
    assert old.clause(old.ask(QUESTION).answers[0].clause.id).quote


def test_the_model_is_not_loaded_a_second_time(own: DataFolder) -> None:
    living = Living(own, every=0.0)
    encoder = living.now().encoder
    second = another(own)
    point_at(own, second)
    wait_for(lambda: living.generation_name == second.name)
    assert living.now().encoder is encoder


@pytest.mark.parametrize("damage", ["truncated", "no_manifest", "gone", "empty_pointer"])
def test_a_damaged_generation_leaves_the_old_one_serving(
    own: DataFolder, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    living = Living(own, every=0.0)
    first = living.generation_name
    second = another(own)
    if damage == "truncated":
        records = second / "links.sqlite"
        records.write_bytes(records.read_bytes()[:-100])
    elif damage == "no_manifest":
        (second / "manifest.json").unlink()
    elif damage == "gone":
        shutil.rmtree(second)
    if damage == "empty_pointer":
        (own.index / "CURRENT").write_text("", encoding="utf-8")
    else:
        point_at(own, second)
    living.now()
    wait_for(lambda: living.failure is not None)
    assert living.generation_name == first
    assert living.now().ask(QUESTION).status == "answered"
    assert "the old one stays in use" in caplog.text
    assert living.trouble() is None
    # and a whole one after it is taken
    third = another(own, "20990102T000000")
    point_at(own, third)
    wait_for(lambda: living.generation_name == third.name)
    wait_for(lambda: living.failure is None)


def test_a_damaged_generation_is_not_read_again_at_every_look(
    own: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    living = Living(own, every=0.0)
    opened: list[object] = []
    import qa_bot.living as module

    def failing(*arguments: object) -> Bot:
        opened.append(arguments)
        raise OSError("no such disk")

    monkeypatch.setattr(module, "_opened", failing)
    point_at(own, another(own))
    living.now()
    wait_for(lambda: living.failure is not None)
    for _ in range(50):
        living.now()
        time.sleep(0.001)
    assert len(opened) == 1
    assert living.failure == "OSError"


def test_the_pointer_gone_is_no_reason_to_stop(own: DataFolder) -> None:
    living = Living(own, every=0.0)
    (own.index / "CURRENT").unlink()
    for _ in range(5):
        assert living.now().ask(QUESTION).status == "answered"


def test_without_an_index_it_says_so_at_once(data: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="qa-bot build"):
        Living(replace(data, index=tmp_path / "none"))


def test_one_bot_for_ever(bot: Bot) -> None:
    living = Living.of(bot)
    assert living.now() is bot
    assert living.generation_name == bot.generation.folder.name


def test_who_listens_hears_of_the_questions_of_each_generation(own: DataFolder) -> None:
    living = Living(own, every=0.0)
    heard: list[Trace] = []
    living.listener = heard.append
    living.now().ask(QUESTION)
    second = another(own)
    point_at(own, second)
    wait_for(lambda: living.generation_name == second.name)
    living.now().ask("火星上有水吗")
    assert [one.reply.question for one in heard] == [QUESTION, "火星上有水吗"]
    assert set(heard[0].stages) == {"analyse", "encode", "rank", "compose"}


def test_nobody_who_verifies_waits_for_the_index_of_verification(own: DataFolder) -> None:
    """The first to verify after a start or a build waited for it: 31 s at 150,000 clauses."""
    living = Living(own, every=0.0)
    first = living.now()
    wait_for(lambda: first._verifier is not None)
    second = another(own)
    point_at(own, second)
    wait_for(lambda: living.generation_name == second.name)
    wait_for(lambda: living.now()._verifier is not None)
    assert living.now()._verifier is not first._verifier


def test_opening_and_asking_do_not_read_the_corpus_for_verification(data: DataFolder) -> None:
    bot = Bot.open(data)
    bot.ask(QUESTION)
    assert bot._verifier is None


def test_one_thread_reads_the_corpus_for_all_that_verify(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the first requests built an index of its own, for Python 3.12 has no lock there."""
    import qa_bot.bot as module

    made: list[object] = []

    class Slow(module.Verifier):
        def __init__(self, *arguments: object) -> None:
            made.append(arguments)
            time.sleep(0.05)
            super().__init__(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "Verifier", Slow)
    bot = Bot.open(data)
    verdicts: list[bool] = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(bot.verify("温政发〔2019〕5号").holds))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [True] * 4
    assert len(made) == 1


def test_a_verification_that_cannot_be_prepared_is_logged(
    own: DataFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> None:
        raise OSError("no such disk")

    monkeypatch.setattr(Bot, "prepare_verify", failing)
    living = Living(own)
    wait_for(lambda: "could not be built" in caplog.text)
    assert living.now().ask(QUESTION).status == "answered"


NOTICE = """\
某市人民政府办公室关于规范停车场管理的通知
某政办〔2024〕7号
各区人民政府：
一、公共停车场每小时收费不得超过5元。
二、本通知自2024年3月1日起施行。
某市人民政府办公室
2024年2月2日
"""


def test_the_page_shows_what_was_added_since_it_was_first_opened(
    own: DataFolder, tmp_path: Path
) -> None:
    """Tree, filters and answers; nobody who has the page open gets an error."""
    shutil.copytree(own.corpus, tmp_path / "corpus")
    own = replace(own, corpus=tmp_path / "corpus")
    living = Living(own, every=0.01)
    with TestClient(create_app(living)) as page:
        assert "某市人民政府办公室" not in page.get("/").text
        (own.corpus / "parking.txt").write_text(NOTICE, encoding="utf-8")
        build(own)
        wait_for(lambda: "某市人民政府办公室" in page.get("/").text)  # among the filters
        assert "issue/parking" in page.get("/").text  # in the tree
        assert page.get("/document/某政办〔2024〕7号").status_code == 200
        answered = page.get("/api/ask", params={"q": "停车场每小时最多收多少钱"}).json()
        assert answered["answers"][0]["clause_id"] == "某政办〔2024〕7号/part_1"
