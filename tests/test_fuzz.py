"""The fuzzer: every target holds over its seeds and a little more, and a planted weakness is found and kept."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eval import fuzz
from eval.fuzzing import asking
from eval.fuzzing.mutate import mutated, pack, unpacked
from eval.fuzzing.planted import PLANTED
from eval.fuzzing.session import Session
from eval.fuzzing.shrink import shrunk
from eval.fuzzing.store import Store
from eval.fuzzing.supervise import supervised
from eval.fuzzing.target import said_to_a_user, tried
from eval.fuzzing.targets import TARGETS, target_of
from eval.fuzzing.tracing import Lines
from qa_bot.bot import Bot
from qa_bot.errors import SourceError

ROOT = Path(__file__).resolve().parent.parent
# Inputs beside the seeds; those of slow targets are few, the whole module takes half a minute.
BUDGET = {
    "questions": 4,
    "api": 4,
    "gazette": 20,
    "markdown": 10,
    "pdf": 12,
    "ofd": 25,
    "html": 15,
    "repeats": 5,
}
# So many seeds; the rest is run by `make fuzz`.
SEEDS = 8


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if name in ("questions", "api"):
        asking.use(request.getfixturevalue("bot"))
    target = target_of(name)
    few = random.Random(7).sample(
        seeds := list(target.seeds()),
        min(len(seeds), 4 if name in ("repeats", "questions") else SEEDS),
    )
    target = type(target)(**{**target.__dict__, "seeds": lambda: few})
    outcome = Session(target, Store(tmp_path), seed=7).run(60, BUDGET.get(name, 60))
    assert outcome.failures == {}
    assert outcome.inputs >= len(few) + BUDGET.get(name, 60)
    assert re.search(r"[一-鿿].* / [a-z]", target.about)


def session(folder: Path, inputs: int = 900, seed: int = 1) -> Session:
    made = Session(PLANTED, Store(folder), seed)
    made.run(60, inputs)
    return made


def test_a_planted_weakness_is_found_kept_cut_down_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = session(tmp_path).outcome.failures
    assert any(key.startswith("ZeroDivisionError-planted") for key in found)
    assert any(key.startswith("AssertionError-planted") for key in found)
    kept = Store(tmp_path).failures()
    assert kept.keys() == found.keys()
    by_kind = {key.partition("-")[0]: data.decode() for key, data in kept.items()}
    assert sorted(by_kind["ZeroDivisionError"]) == sorted("第条零")
    assert by_kind["AssertionError"] == "错"
    (told,) = (tmp_path / "failures").glob("ZeroDivisionError*.txt")
    assert "an article of the number 零" in told.read_text(encoding="utf-8")
    assert list((tmp_path / "corpus").iterdir()), "an input with a new feature is kept"

    again = session(tmp_path, inputs=0).outcome
    assert again.failures.keys() == found.keys(), "what failed is run first"

    monkeypatch.setenv("FUZZ_PLANTED", "mended")
    mended = session(tmp_path, inputs=0).outcome
    assert (set(mended.mended), mended.failures) == (set(found), {})
    assert Store(tmp_path).failures() == {}
    assert len(list((tmp_path / "mended").glob("*.input"))) == len(found)
    monkeypatch.undo()
    back = session(tmp_path, inputs=0).outcome
    assert back.failures.keys() == found.keys(), "a weakness that comes back is found at once"


def test_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    kept = []
    for name in ("a", "b"):
        session(tmp_path / name, inputs=300)
        kept.append({path.name for path in (tmp_path / name / "corpus").iterdir()})
    assert kept[0] == kept[1]


def test_a_crash_of_the_process_is_a_failure_and_the_session_goes_on(tmp_path: Path) -> None:
    Store(tmp_path / "planted").keep("崩溃".encode())
    outcome = supervised("planted", tmp_path, 4, seed=1)
    assert f"Crash-{-signal.SIGABRT}" in outcome.failures
    assert outcome.ended == "time", "what killed it is not run again"
    assert any(key.startswith("ZeroDivisionError") for key in outcome.failures)
    kept = Store(tmp_path / "planted").failures()
    assert kept[f"Crash-{-signal.SIGABRT}"] == "崩溃".encode()


def test_an_interrupt_loses_nothing_and_says_so(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "eval.fuzz", "--only", "planted", "--minutes", "2", "--folder", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 120
    while not list(tmp_path.glob("planted/failures/Zero*.txt")) and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert "都已保存" in told
    assert "everything found is kept" in told
    assert "Traceback" not in told
    (row,) = Store(tmp_path / "planted").told()
    assert row["ended"] == "interrupted"
    assert row["inputs"] > 0
    assert Store(tmp_path / "planted").failures()


def test_what_is_slow_is_a_failure() -> None:
    def slow(_: bytes) -> frozenset[str]:
        sum(1 for _ in range(10**9))
        return frozenset()

    target = type(PLANTED)(**{**PLANTED.__dict__, "check": slow, "slow": 0.01})
    _, broken = tried(target, b"a")
    assert broken
    assert broken.key.startswith("TooSlowError")


def test_errors_are_held_to_both_languages() -> None:
    assert said_to_a_user(SourceError("甲坏了 / it is damaged: save it anew"))
    for message in (
        "it is damaged",
        "甲坏了",
        "甲\n坏 / it is damaged",
        "甲 / Traceback (most recent",
    ):
        with pytest.raises(AssertionError):
            said_to_a_user(SourceError(message))


def test_lines_count_once() -> None:
    lines = Lines(ROOT / "qa_bot")
    with lines.watched():
        said = SourceError("甲 / a")
        from qa_bot.text import chinese_number

        chinese_number.__wrapped__(23)
    first = lines.seen
    assert first > 5
    with lines.watched():
        chinese_number.__wrapped__(23)
    assert lines.seen == first
    assert sys.gettrace() is None or said


@pytest.mark.parametrize("shape", ["text", "json", "zip", "bytes"])
def test_mutations_are_bytes_within_their_limit(shape: str) -> None:
    chance = random.Random(3)
    data = {"zip": pack([("a.xml", b"<a>1</a>"), ("b", b"\0\1")]), "json": b'{"a": [1, "b"]}'}.get(
        shape, b"a\nb\n"
    )
    for _ in range(300):
        made = mutated(data, data, shape, ("第一条",), chance, 500)
        assert isinstance(made, bytes)
        assert len(made) <= 500
        data = made or data


def test_an_archive_is_cut_down_to_what_fails() -> None:
    data = pack([("a", b"x" * 50), ("b.xml", b"<r><p>1</p><p>bad</p></r>")])
    least = shrunk(data, "zip", lambda one: b"bad" in dict(unpacked(one) or {}).get("b.xml", b""))
    assert unpacked(least) == [("b.xml", b"bad")]


def test_json_is_cut_down_to_what_fails() -> None:
    data = json.dumps({"a": ["x", {"q": "前后坏前后"}], "b": 1}, ensure_ascii=False).encode()
    least = shrunk(data, "json", lambda one: "坏" in one.decode("utf-8", "replace"))
    assert json.loads(least) == {"a": [{"q": "坏"}]}


def test_the_list_of_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session(tmp_path / "planted", inputs=10)
    assert fuzz.main(["--list", "--folder", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in TARGETS)
    assert target_of("planted") is PLANTED
    with pytest.raises(SystemExit):
        fuzz.main(["--only", "nothing"])
    text = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in TARGETS), "every target is described"


def test_real_files_are_put_into_the_corpora(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fuzz.main(["--sow", str(ROOT / "tests" / "documents"), "--folder", str(tmp_path)]) == 0
    assert "html 12" in capsys.readouterr().out
    assert len(list(Store(tmp_path / "html").corpus())) == 12


def test_a_bot_may_be_put_in_place(bot: Bot) -> None:
    asking.use(bot)
    question = json.dumps({"q": "开药店至少要多大面积？"}, ensure_ascii=False).encode()
    assert "answered" in asking.QUESTIONS.check(question)
