"""What readers say: the file survives what happens to files, and its export says nothing they did not."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import ROOT

from qa_bot.errors import FeedbackError
from qa_bot.feedback import (
    LONGEST_REASON,
    Feedback,
    FeedbackStore,
    Held,
    Shown,
    as_questions,
    digest,
    new_id,
)
from qa_bot.feedback import store as store_module

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
AREA = "企业经营场所面积不得少于40平方米。"
STORE = "企业设置仓库的，面积应与经营规模相适应，但不得少于20平方米。"
OTHER = "（五）其他。"
CORPUS = {
    "d/art_1": Held(AREA, "d"),
    "d/art_2": Held(STORE, "d"),
    "e/item_5": Held(OTHER, "e"),
}
PROCESS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_feedback import entry
from qa_bot.feedback import FeedbackStore
store = FeedbackStore(Path(sys.argv[1]), patience=60)
for _ in range(int(sys.argv[3])):
    one = entry()
    store.add(one)
    print(one.id, flush=True)
"""


def shown(clause_id: str) -> Shown:
    return Shown(clause_id, digest(CORPUS[clause_id].text))


def entry(**changes: object) -> Feedback:
    """A right answer, or what `changes` make of it."""
    found = Feedback(
        id=new_id(),
        at=NOON,
        verdict="right",
        question="开药店至少要多大面积？",
        status="answered",
        confidence=0.97,
        answers=(shown("d/art_1"),),
        version="0.1.0",
        model="m",
        generation="g",
    )
    return replace(found, **changes)


def wrong(**changes: object) -> Feedback:
    return entry(verdict="wrong", **changes)


def unanswered(**changes: object) -> Feedback:
    return entry(**({"status": "not_found", "answers": (), "question": "机场几点关门"} | changes))


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "feedback" / "feedback.sqlite", patience=0.2)


@contextmanager
def without_root() -> Iterator[None]:
    """Rights of files do not hold for root."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# ---- what is kept


def test_an_entry_comes_back_as_it_was(store: FeedbackStore) -> None:
    full = wrong(
        history=("先问的", "再问的"),
        filters={"issuer": "市监局", "since": "2019-01-01"},
        fault="incomplete",
        reason="少了第二款\n‘;DROP TABLE feedback;--",
        right_clause=shown("d/art_2"),
        language="en",
    )
    for one in (full, entry(), unanswered()):
        store.add(one)
    assert store.all() == sorted(store.all(), key=lambda one: one.at)
    assert {one.id: one for one in store.all()}[full.id] == full
    assert len(store.all()) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "maybe"},
        {"question": " ？"},
        {"at": datetime(2026, 11, 30)},  # of no time zone
        {"status": "not_found"},  # with answers
        {"answers": ()},  # answered without any
        {"confidence": 1.5},
        {"confidence": float("nan")},
        {"reason": "长" * (LONGEST_REASON + 1)},
        {"fault": "off_topic"},  # of a right answer
        {"right_clause": Shown("d/art_2", "")},
        {"verdict": "wrong", "fault": "overlooked"},  # there was an answer
    ],
)
def test_what_is_no_feedback(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not feedback"):
        entry(**changes)


def test_time_is_kept_in_utc(store: FeedbackStore) -> None:
    store.add(entry(at=datetime(2026, 11, 30, 20, 0, tzinfo=timezone(timedelta(hours=8)))))
    assert store.all()[0].at == NOON
    assert store.all()[0].at.tzinfo is UTC


def test_ids_cannot_be_guessed() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 32 for one in ids)


# ---- the file


def test_nothing_is_made_before_somebody_says_something(store: FeedbackStore) -> None:
    assert store.all() == []
    assert store.remove("x") is False
    assert store.clear() == 0
    assert not store.path.parent.exists()


def test_only_the_owner_may_read_it(store: FeedbackStore) -> None:
    """Also while it is open, when SQLite keeps two files beside it."""
    store.add(entry())
    with sqlite3.connect(store.path) as reader:
        reader.execute("SELECT count(*) FROM feedback").fetchone()
        store.add(entry())
        files = list(store.path.parent.iterdir())
        assert len(files) == 3
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    reader.close()
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_taken_back_leaves_nothing_in_the_file(store: FeedbackStore) -> None:
    one = entry(question="这句话要从文件里消失干净吗")
    store.add(entry())
    store.add(one)
    assert store.remove(one.id) is True
    assert store.remove(one.id) is False
    assert len(store.all()) == 1
    for path in store.path.parent.iterdir():
        assert "消失干净".encode() not in path.read_bytes()


def test_clear_by_day(store: FeedbackStore) -> None:
    for days in range(10):
        store.add(entry(at=NOON - timedelta(days=days)))
    assert store.clear(NOON - timedelta(days=5)) == 4  # what is from that very moment stays
    assert len(store.all()) == 6
    with pytest.raises(ValueError, match="time zone"):
        store.clear(datetime(2026, 11, 30))
    assert store.clear() == 6
    assert store.all() == []


def test_threads_lose_nothing(store: FeedbackStore) -> None:
    patient = FeedbackStore(store.path, patience=60)
    ids: list[str] = []

    def work() -> None:
        for _ in range(10):
            one = entry()
            patient.add(one)
            ids.append(one.id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(ids) == 80
    assert {one.id for one in store.all()} == set(ids)


def started(store: FeedbackStore, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(store.path), str(ROOT / "tests"), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_processes_that_begin_at_once_lose_nothing(store: FeedbackStore) -> None:
    """The file is made by one of them, and the others wait."""
    processes = [started(store, 15) for _ in range(3)]
    said = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [len(ids) for ids in said] == [15, 15, 15]
    assert {one.id for one in store.all()} == {identity for ids in said for identity in ids}


def test_killed_while_it_writes(store: FeedbackStore) -> None:
    """Whatever was said to be kept is; the next one can write at once."""
    said: list[str] = []
    for count in (1, 7, 23):
        process = started(store, 100_000)
        assert process.stdout
        said.extend(process.stdout.readline().strip() for _ in range(count))
        process.send_signal(signal.SIGKILL)
        said.extend(line.strip() for line in process.stdout if line.endswith("\n"))
        process.wait(20)
        process.stdout.close()
        assert set(said) <= {one.id for one in store.all()}
    one = entry()
    store.add(one)
    assert one in store.all()
    with sqlite3.connect(store.path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_killed_between_making_the_file_and_its_schema(store: FeedbackStore) -> None:
    store.path.parent.mkdir()
    store.path.touch()
    assert store.all() == []
    store.add(entry())
    assert len(store.all()) == 1


def test_locked_by_another_program(store: FeedbackStore) -> None:
    store.add(entry())
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(FeedbackError, match=r"占用.*locked"):
            store.add(entry())
        assert len(store.all()) == 1  # reading goes on
    finally:
        other.close()
    store.add(entry())
    assert len(store.all()) == 2


def test_locked_before_there_is_a_schema(store: FeedbackStore) -> None:
    store.path.parent.mkdir()
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE x (y)")
    try:
        with pytest.raises(FeedbackError, match="locked"):
            store.add(entry())
    finally:
        other.close()


@pytest.mark.parametrize("at", [0, 4096])
def test_damaged(store: FeedbackStore, at: int) -> None:
    """Its first page, which says what it is, or the one that holds the entries."""
    for _ in range(30):
        store.add(entry())
    with store.path.open("r+b") as file:
        file.seek(at)
        file.write(b"\x99" * 4096)
    before = store.path.read_bytes()
    for work in (store.all, lambda: store.add(entry()), store.clear):
        with pytest.raises(FeedbackError, match="move it away"):
            work()
    assert store.path.read_bytes() == before


def test_damaged_entry(store: FeedbackStore) -> None:
    store.add(entry())
    with sqlite3.connect(store.path) as database:
        database.execute("UPDATE feedback SET history = '{'")
    database.close()
    with pytest.raises(FeedbackError, match=r"损坏.*damaged"):
        store.all()


def test_a_file_of_something_else_is_left_alone(store: FeedbackStore) -> None:
    store.path.parent.mkdir()
    with sqlite3.connect(store.path) as database:
        database.execute("CREATE TABLE feedback (id TEXT)")
    database.close()
    before = store.path.read_bytes()
    for work in (store.all, lambda: store.add(entry()), store.clear):
        with pytest.raises(FeedbackError, match="no file of feedback"):
            work()
    assert store.path.read_bytes() == before


def test_of_a_newer_program(store: FeedbackStore) -> None:
    store.add(entry())
    with sqlite3.connect(store.path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(FeedbackError, match=r"99.*newer program"):
        store.add(entry())


def test_of_an_older_program(store: FeedbackStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails leaves the file as it was; one that works keeps every entry."""
    store.add(entry())
    columns = (*store_module._COLUMNS, "note")
    step = ("ALTER TABLE feedback ADD COLUMN note TEXT",)
    monkeypatch.setattr(store_module, "_STEPS", (*store_module._STEPS, (*step, "SELECT nothing")))
    with pytest.raises(FeedbackError):
        store.all()
    monkeypatch.setattr(store_module, "_STEPS", (*store_module._STEPS[:-1], step))
    with pytest.raises(FeedbackError, match="no file of feedback"):  # a column too many
        store.all()
    monkeypatch.setattr(store_module, "_COLUMNS", columns)
    with store._opened() as database:
        assert database.execute("SELECT id, note FROM feedback").fetchall()[0][1] is None
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


def fill(store: FeedbackStore, kept: list[Feedback]) -> None:
    """Until it is full."""
    for _ in range(1000):
        one = entry(reason="写满为止" * 200)
        store.add(one)
        kept.append(one)


def test_full(tmp_path: Path) -> None:
    """As a full disk: what was kept stays, and there is room again after clearing."""
    small = FeedbackStore(tmp_path / "feedback.sqlite", most_bytes=20 * 4096)
    kept: list[Feedback] = []
    with pytest.raises(FeedbackError, match=r"满.*full"):
        fill(small, kept)
    assert {one.id for one in small.all()} == {one.id for one in kept}
    assert len(kept) > 5
    assert small.clear() == len(kept)
    small.add(entry())
    assert small.path.stat().st_size <= 20 * 4096


def test_full_disk(tmp_path: Path) -> None:
    """A real one, where the machine lets us make it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("mounting is not allowed here")
    try:
        store = FeedbackStore(place / "feedback.sqlite")
        kept: list[Feedback] = []
        with pytest.raises(FeedbackError):
            fill(store, kept)
        assert {one.id for one in store.all()} >= {one.id for one in kept}
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def others_store() -> Iterator[FeedbackStore]:
    """In a folder that somebody without rights can reach."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="qa-bot-feedback-"))
    folder.chmod(0o755)
    yield FeedbackStore(folder / "feedback.sqlite")
    shutil.rmtree(folder)


def test_folder_that_may_not_be_written(others_store: FeedbackStore) -> None:
    folder = others_store.path.parent
    if os.geteuid():
        folder.chmod(0o555)
    with without_root(), pytest.raises(FeedbackError, match="--no-feedback"):
        others_store.add(entry())
    folder.chmod(0o755)
    assert not others_store.path.exists()


def test_file_that_may_only_be_read(others_store: FeedbackStore) -> None:
    others_store.add(entry())
    others_store.path.chmod(0o444)
    with without_root(), pytest.raises(FeedbackError, match="--no-feedback"):
        others_store.add(entry())
    others_store.path.chmod(0o600)
    assert len(others_store.all()) == 1


def test_a_folder_in_place_of_the_file(store: FeedbackStore) -> None:
    store.path.mkdir(parents=True)
    for work in (store.all, lambda: store.add(entry())):
        with pytest.raises(FeedbackError):
            work()


def test_a_file_in_place_of_the_folder(store: FeedbackStore) -> None:
    store.path.parent.write_text("")
    assert store.all() == []
    with pytest.raises(FeedbackError):
        store.add(entry())


# ---- lines for the evaluation


def exported(*entries: Feedback, corpus: dict[str, Held] = CORPUS) -> tuple[list, list, list]:
    found = as_questions(entries, corpus.get)
    return list(found.lines), list(found.incomplete), list(found.contradictions)


def test_right_answer_is_the_gold() -> None:
    (line,), incomplete, contradictions = exported(entry())
    assert line["gold"] == [AREA]
    assert (line["doc"], line["article"]) == ("d", "d/art_1")
    assert line["q"] == "开药店至少要多大面积？"
    assert "history" not in line
    assert incomplete == contradictions == []


def test_rightly_not_found_has_no_answer() -> None:
    (line,), _, _ = exported(unanswered())
    assert line["gold"] == []
    assert "doc" not in line


def test_the_clause_that_a_reader_names_is_the_gold() -> None:
    (line,), _, _ = exported(wrong(right_clause=shown("d/art_2")))
    assert line["gold"] == [STORE]
    (line,), _, _ = exported(
        unanswered(verdict="wrong", fault="overlooked", right_clause=shown("d/art_1"))
    )
    assert line["gold"] == [AREA]


def test_wrong_alone_is_never_gold() -> None:
    for one in (wrong(fault="not_here", reason="公报没有"), unanswered(verdict="wrong")):
        lines, (line,), _ = exported(one)
        assert lines == []
        assert not {"gold", "article", "doc"} & set(line)
    _, (line,), _ = exported(wrong(fault="not_here", reason="公报没有"))
    for word in ("d/art_1", "not_here", "公报没有"):
        assert word in line["note"]


def test_a_text_that_changed_since_is_no_gold() -> None:
    changed = CORPUS | {"d/art_1": Held(AREA + "修改后", "d")}
    gone = {key: value for key, value in CORPUS.items() if key != "d/art_1"}
    for corpus in (changed, gone):
        for one in (entry(), unanswered(verdict="wrong", right_clause=shown("d/art_1"))):
            lines, (line,), _ = exported(one, corpus=corpus)
            assert lines == []
            assert "d/art_1" in line["note"]


def test_a_search_with_filters_is_no_gold() -> None:
    """Not found among the notices of one office says nothing of all others."""
    lines, incomplete, _ = exported(unanswered(filters={"issuer": "市监局"}))
    assert lines == []
    assert "filters" in incomplete[0]["note"]
    # Another reader's word without filters counts all the same.
    lines, incomplete, _ = exported(unanswered(filters={"issuer": "市监局"}), unanswered())
    assert len(lines) == 1
    assert incomplete == []


def test_a_text_that_stands_in_many_places_is_named_by_its_id() -> None:
    (line,), _, _ = exported(entry(answers=(shown("e/item_5"),)))
    assert "gold" not in line
    assert (line["doc"], line["article"]) == ("e", "e/item_5")


def test_the_same_question_is_one_line() -> None:
    lines, _, _ = exported(
        entry(at=NOON + timedelta(1)),
        entry(question=" 开药店至少要多大面积?"),
        entry(question="开药店至少要多大面积？", at=NOON - timedelta(1)),
    )
    assert len(lines) == 1
    assert lines[0]["q"] == "开药店至少要多大面积？"  # as the first reader asked
    assert lines[0]["note"] == "readers: 3 right"


def test_two_right_clauses_are_alternatives() -> None:
    (line,), _, contradictions = exported(entry(), entry(answers=(shown("d/art_2"),)))
    assert line["gold"] == [AREA, STORE]
    assert line["doc"] == "d"
    assert "article" not in line
    assert contradictions == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry(), wrong()),
        (entry(), wrong(right_clause=shown("d/art_2"))),
        (entry(), unanswered(question=entry().question)),
        (unanswered(), unanswered(verdict="wrong")),
        (unanswered(), wrong(question=unanswered().question, right_clause=shown("d/art_2"))),
    ],
)
def test_contradictions_are_reported_and_no_gold(one: Feedback, other: Feedback) -> None:
    for pair in ((one, other), (other, one)):
        lines, incomplete, (contradiction,) = exported(*pair, entry(question="另一个问题"))
        assert [line["q"] for line in lines] == ["另一个问题"]
        assert len(incomplete) == 1
        assert set(contradiction.entries) == {one.id, other.id}
        assert contradiction.question == one.question
        assert " / " in contradiction.what


def test_history_makes_another_question() -> None:
    lines, _, _ = exported(
        entry(
            question="那仓库呢？", history=("开药店至少要多大面积？",), answers=(shown("d/art_2"),)
        ),
        entry(question="那仓库呢？", answers=(shown("d/art_1"),)),
    )
    assert [line.get("history") for line in lines] == [["开药店至少要多大面积？"], None]
    assert lines[0]["id"] != lines[1]["id"]


def test_ids_stay_the_same() -> None:
    """Whatever else is exported; the value is held, for files that people have made by now."""
    alone = exported(entry())[0][0]["id"]
    assert exported(unanswered(), entry(), wrong(question="别的"))[0][1]["id"] == alone
    assert alone == "fb-74d02b128e26"
