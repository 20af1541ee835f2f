"""`--store` on the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from qa_bot.cli import app
from tests.stores.serving import free_port

pytestmark = pytest.mark.model
runner = CliRunner()


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("data")
    shutil.copytree(data.corpus, path / "corpus")
    shutil.copytree(data.index, path / "index")
    (path / "models").symlink_to(data.models)
    return path


def run(*arguments):
    result = runner.invoke(app, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_build_puts_it_there_and_ask_reads_it_from_there(folder, server, tmp_path):
    store = f"milvus:http://127.0.0.1:{server}/cli"
    built = run("build", "--data", folder, "--store", store)
    assert built.exit_code == 0, built.output
    assert "Published and in use" in built.stdout
    again = run("build", "--data", folder, "--store", store)
    assert "Already in use" in again.stdout
    # A data folder without any index: the store has all of it.
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "models").symlink_to(folder / "models")
    asked = ["ask", "--json", "开药店至少要多大面积？"]
    there = json.loads(run(*asked, "--data", bare, "--store", store).stdout)
    here = json.loads(run(*asked, "--data", folder).stdout)
    assert there.pop("elapsed_ms")
    assert here.pop("elapsed_ms")
    assert there == here
    found = run("exemptions", "没备案环评登记表", "--data", bare, "--store", store)
    assert found.exit_code == 0
    questions = tmp_path / "few.jsonl"
    line = '{"id": "a", "q": "开药店至少要多大面积？", "lang": "zh", "kind": "article", "gold": ["40平方米"]}\n'
    questions.write_text(line, encoding="utf-8")
    report = run(
        "eval", questions, "--name", "few", "--reports", tmp_path, "--data", bare, "--store", store
    )
    assert report.exit_code == 0, report.output
    written = json.loads((tmp_path / "few" / "report.json").read_text(encoding="utf-8"))
    assert store in json.dumps(written)


def test_a_store_that_is_none(folder):
    pytest.importorskip("pymilvus", reason="pip install 'qa_bot[milvus]'")
    for wrong, told in (
        ("localhost:19530", "milvus:http"),
        (f"milvus:http://127.0.0.1:{free_port()}", "没有应答"),
    ):
        for command in (("ask", "开药店"), ("build",)):
            result = run(*command, "--data", folder, "--store", wrong)
            assert result.exit_code in (1, 2)
            assert told in result.output
