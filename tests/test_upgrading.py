"""Another version of the program meets an index: it says what to do, and takes nothing away too early."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from test_feedback import entry
from typer.testing import CliRunner

from qa_bot.building import build
from qa_bot.cli import app
from qa_bot.errors import IndexDamagedError
from qa_bot.feedback import FeedbackStore
from qa_bot.index import current_generation, finished_generations, is_rolled_back, roll_back
from qa_bot.index.manifest import FORMAT, Manifest, digest, segment_digest
from qa_bot.living import Living
from qa_bot.settings import DataFolder
from tests import gazettes

pytestmark = pytest.mark.model
SAID = entry()
OTHERS = [pytest.param(FORMAT - 1, id="older"), pytest.param(FORMAT + 1, id="newer")]


@pytest.fixture(scope="module")
def made(tmp_path_factory, data) -> DataFolder:
    """A small data folder with an index, and something that a reader said."""
    home = tmp_path_factory.mktemp("upgrading")
    gazettes.write(home / "corpus", "hn-2019-04")
    folder = DataFolder(home / "corpus", home / "index", data.models, home / "feedback")
    build(folder)
    FeedbackStore(folder.feedback_file).add(SAID)
    return folder


@pytest.fixture
def folder(made, tmp_path) -> DataFolder:
    """A copy, with `--data` in mind: the model is a link."""
    home = made.index.parent
    for name in ("corpus", "index", "feedback"):
        shutil.copytree(home / name, tmp_path / name)
    (tmp_path / "models").symlink_to(made.models)
    return DataFolder.at(tmp_path)


def turned_into(folder: DataFolder, other: int) -> Path:
    """The generation in use as a program of another format would have left it: sound, its segments with other names."""
    generation = current_generation(folder.index)
    path = generation / "manifest.json"
    row = json.loads(path.read_text("utf-8")) | {"format": other}
    for pair in row["segments"]:
        segment = folder.index / "segments" / pair[0]
        told = json.loads((segment / "segment.json").read_text("utf-8")) | {"format": other}
        (segment / "segment.json").write_text(json.dumps(told), encoding="utf-8")
        pair[:] = f"of-{other}-{pair[0]}", segment_digest(segment)
        segment.rename(segment.with_name(pair[0]))
    path.write_text(json.dumps(row), encoding="utf-8")
    new = generation.with_name(f"{generation.name.rpartition('-')[0]}-{digest(generation)}")
    generation.rename(new)
    (folder.index / "CURRENT").write_text(new.name + "\n", encoding="utf-8")
    return new


def contents(*folders: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def held(folder: DataFolder, generation: Path) -> dict[str, bytes]:
    """A generation with its segments: all that it takes to read it."""
    names = Manifest.segments_of(generation)
    assert names
    return contents(generation, *(folder.index / "segments" / name for name in names))


def run(*arguments):
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("other", OTHERS)
def test_ask_says_what_to_do_and_changes_nothing(folder, other):
    turned_into(folder, other)
    before = contents(folder.index, folder.feedback)
    result = run("ask", "海宁市公园管理办法第二条", "--data", folder.index.parent)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"索引是格式 {other}，本程序读格式 {FORMAT}；请运行 qa-bot build" in result.stderr
    assert result.stderr.count("\n") == 1
    assert contents(folder.index, folder.feedback) == before


@pytest.mark.parametrize("other", OTHERS)
def test_serve_says_so_and_builds_first(folder, other, monkeypatch):
    turned_into(folder, other)
    answered = []

    def serve(living, *_, **__):
        answered.append(living.now().ask("海宁市公园管理办法第二条").answers[0].quote)

    monkeypatch.setattr("qa_bot.web.serve", serve)
    result = run("serve", "--port", "7999", "--data", folder.index.parent)
    assert result.exit_code == 0
    assert re.search(f"先建索引.*格式 {other}", result.stderr)
    assert "六时至二十二时" in answered[0]
    assert FeedbackStore(folder.feedback_file).all() == [SAID]


@pytest.mark.parametrize("other", OTHERS)
def test_build_keeps_the_old_generation_until_the_new_one_is_there(folder, other, monkeypatch):
    old = turned_into(folder, other)
    before, feedback = contents(folder.index), contents(folder.feedback)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("qa_bot.index.build.point_at", full)
        result = run("build", "--data", folder.index.parent)
    assert result.exit_code == 1
    assert "旧索引未动" in result.stderr
    assert current_generation(folder.index) == old
    assert before.items() <= contents(folder.index).items()
    assert contents(folder.feedback) == feedback


@pytest.mark.parametrize("other", OTHERS)
def test_build_leaves_the_old_generation_whole_for_who_still_reads_it(folder, other):
    """Its segments went, since their format was not read: no server of the old program could open it again."""
    old = turned_into(folder, other)
    whole, feedback = held(folder, old), contents(folder.feedback)
    assert run("build", "--data", folder.index.parent).exit_code == 0
    new = current_generation(folder.index)
    assert Manifest.read(new).verify(new) is None
    assert finished_generations(folder.index) == sorted([old, new])
    assert held(folder, old) == whole
    assert contents(folder.feedback) == feedback
    # Only its own program goes back to it.
    with pytest.raises(IndexDamagedError, match=f"格式 {other}"):
        roll_back(folder.index)
    assert current_generation(folder.index) == new
    assert not is_rolled_back(folder.index)
    # The next build takes it away.
    gazettes.write(folder.corpus, "law-2015")
    assert run("build", "--data", folder.index.parent).exit_code == 0
    assert old not in finished_generations(folder.index)
    assert not any(path.name.startswith("of-") for path in (folder.index / "segments").iterdir())


@pytest.mark.parametrize("other", OTHERS)
def test_a_build_keeps_the_model_of_an_index_of_another_format(folder, other):
    """Of a newer one it was forgotten, and the default taken in its place."""
    model = Manifest.read(current_generation(folder.index)).model
    assert Manifest.model_of(turned_into(folder, other)) == model


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'{"model": 7, "segments": [1]}', None])
def test_a_manifest_that_cannot_be_read_names_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "manifest.json").write_bytes(text)
    assert Manifest.model_of(tmp_path) is None
    assert Manifest.segments_of(tmp_path) == set()


def test_a_running_server_goes_on_with_the_old_generation(folder):
    """Another program puts an index of its own format in use: who serves goes on, and says why."""
    living = Living(folder, every=0.0)
    bot = living.now()
    newer = folder.index / "generations" / "99999999T000000000-newer"
    shutil.copytree(current_generation(folder.index), newer)
    row = json.loads((newer / "manifest.json").read_text("utf-8")) | {"format": FORMAT + 1}
    (newer / "manifest.json").write_text(json.dumps(row), encoding="utf-8")
    (folder.index / "CURRENT").write_text(newer.name + "\n", encoding="utf-8")
    until = time.monotonic() + 30
    while living.failure is None and time.monotonic() < until:
        living.now()
        time.sleep(0.01)
    assert f"格式 {FORMAT + 1}" in str(living.failure)
    assert living.now() is bot
    assert "六时至二十二时" in bot.ask("海宁市公园管理办法第二条").answers[0].quote
