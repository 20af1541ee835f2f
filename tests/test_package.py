"""The wheel: what it holds, that it runs away from the checkout, and that its version is that of the changelog."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import qa_bot

BIN = "Scripts" if os.name == "nt" else "bin"


def run(*command, **kwargs):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **kwargs
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-index",
        "--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", folder,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The program in an environment of its own, which borrows the dependencies of this one and nothing else.

    A folder that a .pth names has its own .pth files left alone, so that the editable install is not seen.
    """
    home = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", home)
    python = home / BIN / "python"
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index",
        "--disable-pip-version-check", wheel,
    )  # fmt: skip
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(run(python, "-c", where).stdout.strip())
    (own / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Keyword arguments of a process that knows nothing of the checkout or of the user."""
    folder = tmp_path_factory.mktemp("elsewhere")
    homes = ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {"cwd": folder, "env": kept | {name: str(folder / "home") for name in homes}}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    """Every file under qa_bot/, code and data alike, and the corpus that the program lends (qa_bot.settings)."""
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "qa_bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    corpus = {f"qa_bot/_corpus/{path.name}" for path in (ROOT / "corpus").iterdir()}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        about = f"qa_bot-{qa_bot.__version__}.dist-info/"
        held = {name for name in names if not name.startswith(about)}
        assert held == package | corpus
        assert {"METADATA", "entry_points.txt", "licenses/LICENSE"} <= {
            name.removeprefix(about) for name in names - held
        }
        for name in package:
            assert archive.read(name) == (ROOT / name).read_bytes(), name
    # What would be missed first, were the comparison above to lose its way.
    assert {"qa_bot/py.typed", "qa_bot/ranking.toml", "qa_bot/web/templates/page.html"} <= held


def test_the_program_runs_away_from_the_checkout(installed, elsewhere):
    python, program = installed / BIN / "python", installed / BIN / "qa-bot"
    where = run(python, "-c", "import qa_bot; print(qa_bot.__file__)", **elsewhere).stdout
    assert Path(where.strip()).is_relative_to(installed)
    told = run(program, "--version", **elsewhere).stdout
    assert f"qa-bot {qa_bot.__version__}\n" in told
    assert str(ROOT) not in told
    assert "qa-bot" in run(program, "--help", **elsewhere).stdout
    # The corpus that the wheel brings along is the one that is used.
    assert "100.00%" in run(program, "show", "--coverage", **elsewhere).stdout


@pytest.mark.model
def test_the_program_answers_away_from_the_checkout(installed, elsewhere, data, tmp_path):
    """And takes the index for up to date: it holds the code and the tables that made it."""
    shutil.copytree(data.corpus, tmp_path / "corpus")
    shutil.copytree(data.index, tmp_path / "index")
    (tmp_path / "models").symlink_to(data.models)
    asked = ("ask", "--json", "开药店至少要多大面积？", "--data", tmp_path)
    done = run(installed / BIN / "qa-bot", *asked, **elsewhere)
    assert "40平方米" in json.loads(done.stdout)["answers"][0]["quote"]
    assert done.stderr == ""


def test_the_version_stands_in_one_place_and_in_the_changelog():
    """The newest heading is the version, or what is not released yet above it."""
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    released = [one for one in headings if not one.startswith("未发布 / Unreleased")]
    assert headings.index(released[0]) == len(headings) - len(released) <= 1
    assert re.fullmatch(rf"{re.escape(qa_bot.__version__)}( · \d{{4}}-\d\d-\d\d)?", released[0]), (
        released[0]
    )
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in pyproject
