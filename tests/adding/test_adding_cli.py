"""`qa-bot add`, `remove` and `list`, as a user and as a script meets them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from adding_samples import PARKING, PARKING_CORRECTED, WATER, contents, folder_at, write
from typer.testing import CliRunner

from qa_bot.answer import Reply
from qa_bot.bot import Bot
from qa_bot.cli import app
from qa_bot.ingest import corpus_files
from qa_bot.settings import DataFolder

runner = CliRunner()


def run(*arguments: object) -> Any:
    result = runner.invoke(app, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_without_a_terminal_the_review_is_shown_and_nothing_done(tmp_path: Path) -> None:
    path = write(tmp_path / "parking.txt", PARKING)
    result = run("add", path, "--data", tmp_path / "data", "--year", 2024)
    assert result.exit_code == 2
    assert "某政办〔2024〕7号 某市人民政府办公室关于规范停车场管理的通知" in result.stdout
    assert "成文" in result.stdout or "2024-02-02" in result.stdout
    assert "100%" in result.stdout
    assert "year = 2024" in result.stdout
    assert "--yes" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_dry_run_is_no_mistake(tmp_path: Path) -> None:
    path = write(tmp_path / "parking.txt", PARKING)
    assert run("add", path, "--data", tmp_path / "data", "--dry-run", "--yes").exit_code == 0
    assert not (tmp_path / "data").exists()
    bad = write(tmp_path / "empty.txt", "")
    assert run("add", path, bad, "--data", tmp_path / "data", "--dry-run").exit_code == 1


def test_a_folder_for_scripts(tmp_path: Path) -> None:
    """One JSON object a line for every file, the rest on standard error; bad files do not stop it."""
    given = tmp_path / "given"
    write(given / "a/parking.txt", PARKING)
    write(given / "b/water.txt", WATER)
    write(given / "b/water.toml", "year = 2024\n")
    write(given / "b/empty.html", "")
    write(given / "photo.jpg", "x")
    arguments = ("add", given, "--yes", "--no-build", "--json", "--data", tmp_path / "data")
    result = run(*arguments)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [(Path(row["file"]).name, row["standing"]) for row in rows] == [
        ("parking.txt", "new"),
        ("water.txt", "new"),
        ("empty.html", "failed"),
        ("photo.jpg", "skipped"),
    ]
    assert rows[0]["recognised"]["documents"][0]["issued_on"] == "2024-02-02"
    assert rows[0]["recognised"]["coverage"] == 1.0
    assert rows[1]["toml"] == "year = 2024\n"
    assert "added 2" in result.stderr
    assert "failed 1" in result.stderr
    assert "empty.html" in result.stderr
    held = contents(tmp_path / "data" / "corpus")
    assert sorted(held) == ["parking.txt", "water.toml", "water.txt"]
    # the same again has nothing to do, and still names what is bad
    again = run(*arguments)
    assert [json.loads(line)["standing"] for line in again.stdout.splitlines()][:2] == [
        "present",
        "present",
    ]
    assert "added 0，已在 / already there 2" in again.stderr
    assert again.exit_code == 1
    assert contents(tmp_path / "data" / "corpus") == held


def test_another_content_needs_a_decision(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    given = tmp_path / "given"
    write(given / "parking.txt", PARKING_CORRECTED)
    write(given / "water.txt", WATER)
    arguments = ("add", given, "--yes", "--no-build", "--data", tmp_path / "data")
    result = run(*arguments)
    assert result.exit_code == 1
    assert "--replace" in result.stderr
    assert "--keep-both" in result.stderr
    assert (data.corpus / "parking.txt").read_text(encoding="utf-8") == PARKING
    assert (data.corpus / "water.txt").exists()  # the rest went on
    assert run(*arguments, "--keep-both").exit_code == 0
    assert sorted(contents(data.corpus)) == ["parking-2.txt", "parking.txt", "water.txt"]
    (data.corpus / "parking-2.txt").unlink()
    assert run(*arguments, "--replace").exit_code == 0
    assert sorted(contents(data.corpus)) == ["parking.txt", "water.txt"]
    assert (data.corpus / "parking.txt").read_text(encoding="utf-8") == PARKING_CORRECTED


def test_what_is_given_of_an_issue_is_written_beside_it(tmp_path: Path) -> None:
    path = write(tmp_path / "通知.txt", PARKING)
    options = ("--name", "mou-2024-03", "--gazette", "某市人民政府公报", "--year", 2024)
    options += ("--issue-number", 3, "--total-number", 40, "--published-on", "2024-03-15")
    options += ("--publisher", "某市人民政府", "--origin", '网站“公开”\\"栏')
    result = run("add", path, *options, "--yes", "--no-build", "--data", tmp_path / "data")
    assert result.exit_code == 0
    assert "《某市人民政府公报》2024年第3期" in result.stdout
    assert sorted(contents(tmp_path / "data" / "corpus")) == ["mou-2024-03.toml", "mou-2024-03.txt"]
    (row,) = json.loads(run("list", "--json", "--data", tmp_path / "data").stdout)
    assert row["label"] == "《某市人民政府公报》2024年第3期"
    assert row["published_on"] == "2024-03-15"
    assert row["origin"] == '网站“公开”\\"栏'
    assert row["in_index"] == "no"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--replace", "--keep-both"], "--keep-both"),
        (["--name", "a/b"], "a-b"),
        (["--name", "x"], "2"),
        (["--issue-number", "3"], "--issue-number"),
        (["--published-on", "2024-13-01"], "published-on"),
    ],
)
def test_a_users_mistake_leaves_with_2(tmp_path: Path, options: list[str], said: str) -> None:
    write(tmp_path / "given/parking.txt", PARKING)
    write(tmp_path / "given/water.txt", WATER)
    result = run("add", tmp_path / "given", "--yes", *options, "--data", tmp_path / "data")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "data").exists()


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    write(tmp_path / "given/photo.jpg", "x")
    result = run("add", tmp_path / "given", "--yes", "--data", tmp_path / "data")
    assert result.exit_code == 2
    assert ".txt" in result.stderr
    result = run("add", tmp_path / "no such", "--yes", "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert "no such" in result.stderr


def test_names_that_would_move_the_cursor_are_shown_plain(tmp_path: Path) -> None:
    path = write(tmp_path / "a\x1b[31m\nb[red].txt", PARKING)
    result = run("add", path, "--yes", "--no-build", "--data", tmp_path / "data")
    assert result.exit_code == 0
    assert "\x1b[31m" not in result.output
    assert "b[red].txt" in result.output
    assert [p.name for p in corpus_files(tmp_path / "data" / "corpus")] == ["a-[31m-b[red].txt"]


def test_removing_asks_and_keeps_the_last(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING, water=WATER)
    write(data.corpus / "parking.toml", "year = 2024\n")
    arguments = ("remove", "parking", "--no-build", "--data", tmp_path / "data")
    result = run(*arguments)
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert len(contents(data.corpus)) == 3
    assert run(*arguments, "--yes").exit_code == 0
    assert sorted(contents(data.corpus)) == ["water.txt"]
    last = run("remove", "water.txt", "--yes", "--data", tmp_path / "data")
    assert last.exit_code == 2
    assert "qa-bot add" in last.stderr
    unknown = run("remove", "parking", "--yes", "--data", tmp_path / "data")
    assert unknown.exit_code == 2
    assert "water" in unknown.stderr
    built_in = run("remove", "wenzhou-2019-04", "--yes", "--data", tmp_path / "none")
    assert built_in.exit_code == 2
    assert DataFolder.default().corpus.joinpath("wenzhou-2019-04.txt").exists()


def test_listing_needs_no_index(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    result = run("list", "--data", tmp_path / "data")
    assert result.exit_code == 0
    assert "parking.txt" in result.stdout
    assert "not yet" in result.stdout
    one = run("list", "parking", "--data", tmp_path / "data")
    assert "某政办〔2024〕7号" in one.stdout
    row = json.loads(run("list", "parking", "--json", "--data", tmp_path / "data").stdout)
    assert row["documents"][0]["clauses"] == 4
    assert row["file"] == "parking.txt"
    assert run("list", "water", "--data", tmp_path / "data").exit_code == 2
    (data.corpus / "parking.txt").unlink()
    assert run("list", "--data", tmp_path / "data").exit_code == 2
    assert json.loads(run("list", "--json", "--data", tmp_path / "data").stdout) == []


def test_who_comes_while_another_is_at_work_is_told_so(tmp_path: Path) -> None:
    from qa_bot.locking import locked

    folder_at(tmp_path / "data", parking=PARKING)
    path = write(tmp_path / "water.txt", WATER)
    index = tmp_path / "data" / "index"
    script = f"from qa_bot.cli import app; app(['add', {str(path)!r}, '--yes', '--data', {str(tmp_path / 'data')!r}])"
    with locked(index, "qa-bot build"):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"qa-bot build（进程 {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_docs_name_options_that_exist() -> None:
    text = (Path(__file__).parents[2] / "docs" / "adding.md").read_text(encoding="utf-8")
    helps = "".join(run(name, "--help").stdout for name in ("add", "remove", "list"))
    named = set(re.findall(r"--[a-z][a-z-]*", text))
    assert named
    assert named <= set(re.findall(r"--[a-z][a-z-]*", helps))


# At a terminal.


def at_terminal(arguments: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run `qa-bot` at a terminal; each answer is typed when its question is there."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "qa_bot", *arguments])
    seen, read_to = "", 0
    waiting = list(answers)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk.decode("utf-8", "replace")
        if waiting and waiting[0][0] in seen[read_to:]:
            read_to = len(seen)
            os.write(terminal, waiting.pop(0)[1].encode())
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert not waiting, seen
    return os.waitstatus_to_exitcode(status), seen


@pytest.mark.parametrize(
    ("answers", "added"),
    [
        ([("[y/n/e/q]", "n\n")], []),
        ([("[y/n/e/q]", "q\n")], []),
        ([("[y/n/e/q]", "\x04")], []),  # the end of the input
        ([("[y/n/e/q]", "what\n"), ("[y/n/e/q]", "全部\n"), ("[r/k/n/q]", "n\n")], ["a", "b"]),
        ([("[y/n/e/q]", "y\n"), ("[r/k/n/q]", "k\n")], ["a", "b", "parking-2"]),
        ([("[y/n/e/q]", "y\n"), ("[r/k/n/q]", "r\n")], ["a", "b", "parking*"]),
        ([("[y/n/e/q]", "逐个\n"), ("[y/n/a/q]", "n\n"), ("[y/n/a/q]", "y\n"), ("[r/k/n/q]", "q\n")], ["b"]),
        ([("[y/n/e/q]", "e\n"), ("[y/n/a/q]", "a\n"), ("[r/k/n/q]", "n\n")], ["a", "b"]),
        ([("[y/n/e/q]", "e\n"), ("[y/n/a/q]", "y\n"), ("[y/n/a/q]", "q\n")], ["a"]),
    ],
)  # fmt: skip
def test_what_the_user_answers_is_done(
    tmp_path: Path, answers: list[tuple[str, str]], added: list[str]
) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING)
    given = tmp_path / "given"
    write(given / "a.txt", WATER)
    write(given / "b.txt", WATER + "\n")
    write(given / "parking.txt", PARKING_CORRECTED)
    code, seen = at_terminal(
        ["add", str(given), "--no-build", "--data", str(tmp_path / "data")], answers
    )
    assert code == 0, seen
    assert "Traceback" not in seen
    held = contents(data.corpus)
    text = PARKING_CORRECTED if "parking*" in added else PARKING
    assert held.pop("parking.txt") == text.encode()
    assert sorted(held) == [f"{stem}.txt" for stem in added if stem != "parking*"]


def test_removing_at_a_terminal(tmp_path: Path) -> None:
    data = folder_at(tmp_path / "data", parking=PARKING, water=WATER)
    arguments = ["remove", "parking", "--no-build", "--data", str(tmp_path / "data")]
    assert at_terminal(arguments, [("[y/n]", "n\n")])[0] == 0
    assert len(contents(data.corpus)) == 2
    assert at_terminal(arguments, [("[y/n]", "y\n")])[0] == 0
    assert sorted(contents(data.corpus)) == ["water.txt"]


# Interrupted.


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Files that take some seconds to read."""
    for number in range(40):
        rules = "".join(f"第{n}条 车位{n}号每小时收费{n}元。\n" for n in range(1, 1500))
        write(tmp_path / "many" / f"{number:02}.txt", PARKING + f"{number}\n" + rules)
    return tmp_path / "many"


def processes_of(session: int) -> list[int]:
    """The processes that a command has started, and itself."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            state, _, _, its_session = text.rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(entry.name))
    return found


def wait_for(what: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc")
@pytest.mark.parametrize("how", ["ctrl_c", "kill"])
def test_an_interrupted_reading_leaves_no_process(tmp_path: Path, many: Path, how: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_bot", "add", str(many), "--yes", "--no-build", "--workers", "3",
         "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # what a shell starts in the background does not hear Ctrl-C, nor do its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    # itself, three readers, and the helper of multiprocessing
    wait_for(lambda: len(processes_of(process.pid)) >= 4)
    time.sleep(1.0)
    if how == "ctrl_c":
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    else:
        process.kill()
    _, told = process.communicate(timeout=30)
    if how == "ctrl_c":
        assert process.returncode == 130
        assert "Traceback" not in told
        assert "Interrupted" in told
    # the helper of multiprocessing ends a moment after the process that it helps
    wait_for(lambda: processes_of(process.pid) == [], 5)
    assert not (tmp_path / "data" / "corpus").exists()


# With the model: the index is built.


def asked(own: Path) -> Reply:
    bot = Bot.open(DataFolder.at(own))
    try:
        return bot.ask("停车场每小时最多收多少钱")
    finally:
        bot.generation.close()


@pytest.mark.model
def test_added_asked_replaced_listed_removed(data: DataFolder, tmp_path: Path) -> None:
    own = tmp_path / "data"
    own.mkdir()
    (own / "models").symlink_to(data.models)
    write(tmp_path / "water.txt", WATER)
    path = write(tmp_path / "parking.txt", PARKING)
    added = run("add", tmp_path / "water.txt", path, "--yes", "--data", own)
    assert added.exit_code == 0, added.output
    assert "2 期 / issues" in added.stderr
    assert asked(own).answers[0].quote == "一、公共停车场每小时收费不得超过5元。"
    rows = {row["id"]: row for row in json.loads(run("list", "--json", "--data", own).stdout)}
    assert rows["parking"]["in_index"] == "yes"
    assert (rows["parking"]["documents"], rows["parking"]["clauses"]) == (1, 4)
    # again: nothing to do, not even asked for
    again = run("add", path, "--yes", "--data", own)
    assert again.exit_code == 0
    assert "Index up to date" in again.stderr
    # another content: the old one is quoted until the index is built
    write(path, PARKING_CORRECTED)
    assert run("add", path, "--yes", "--replace", "--no-build", "--data", own).exit_code == 0
    rows = {row["id"]: row for row in json.loads(run("list", "--json", "--data", own).stdout)}
    assert rows["parking"]["in_index"] == "older"
    assert rows["water"]["in_index"] == "yes"
    assert run("add", path, "--yes", "--data", own).exit_code == 0  # goes on where it stopped
    assert asked(own).answers[0].quote == "一、公共停车场每小时收费不得超过6元。"
    # a corpus that cannot be built: what was added stays, the old index serves
    write(own / "corpus" / "broken.txt", "\0")
    other = write(tmp_path / "other.txt", WATER.replace("3号", "4号"))
    failed = run("add", other, "--yes", "--data", own)
    assert failed.exit_code == 1
    assert "broken.txt" in failed.stderr
    assert "qa-bot build" in failed.stderr
    assert (own / "corpus" / "other.txt").exists()
    assert asked(own).answers
    (own / "corpus" / "broken.txt").unlink()
    # removed, without and with a build
    assert run("remove", "parking", "--yes", "--no-build", "--data", own).exit_code == 0
    rows = {row["id"]: row for row in json.loads(run("list", "--json", "--data", own).stdout)}
    assert {name: row["in_index"] for name, row in rows.items()} == {
        "other": "no",
        "parking": "removed",
        "water": "yes",
    }
    removed = run("remove", "other", "--yes", "--data", own)
    assert removed.exit_code == 0
    assert "1 期 / issues" in removed.stderr
    reply = asked(own)
    assert all("停车" not in one.quote for one in (*reply.answers, *reply.suggestions))
