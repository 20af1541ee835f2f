"""`qa-bot eval`: what it prints and writes, and how it fails."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import ROOT
from test_cli import run

pytestmark = pytest.mark.model
ACCEPTANCE = ROOT / "eval" / "questions" / "acceptance.jsonl"


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """A data folder for `--data`: corpus and index copied, the model shared by a link."""
    path = tmp_path_factory.mktemp("data")
    shutil.copytree(data.corpus, path / "corpus")
    shutil.copytree(data.index, path / "index")
    (path / "models").symlink_to(data.models)
    return path


def evaluate(folder, *arguments):
    return run("eval", *arguments, "--data", folder, env={"COLUMNS": "160"})


def test_a_table_and_a_report(folder):
    result = evaluate(folder, ACCEPTANCE)
    assert result.exit_code == 0
    assert "Hit@1" in result.stdout
    assert "1.000" in result.stdout
    page = folder / "reports" / "acceptance-full" / "index.html"
    assert str(page) in result.stderr
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "")  # needs nothing else
    names = {path.name for path in page.parent.iterdir()}
    assert names == {"index.html", "report.json", "run.trec", "qrels.trec"}


def test_json(folder):
    found = json.loads(evaluate(folder, ACCEPTANCE, "--json").stdout)
    assert found["groups"]["all"]["hit@1"]["value"] == 1.0
    assert found["about"]["store"]
    assert set(found["latency"]["total"]) == {"p50", "p95", "p99"}


def test_another_report_in_the_table_and_a_comparison(folder):
    evaluate(folder, ACCEPTANCE)
    result = evaluate(folder, ACCEPTANCE, "--retriever", "bm25", "--with", "acceptance-full")
    assert "acceptance-full" in result.stdout
    result = evaluate(folder, "--compare", "acceptance-bm25", "acceptance-full")
    assert result.exit_code == 0
    assert "gained" in result.stdout
    assert "失 / lost 0" in result.stdout
    page = (folder / "reports" / "acceptance-bm25" / "index.html").read_text(encoding="utf-8")
    assert "acceptance-full → acceptance-bm25" in page


def test_check_says_what_a_set_is_made_of(folder):
    result = evaluate(folder, "--check")
    assert result.exit_code == 0
    assert "dev.jsonl" in result.stdout
    assert "exemption" in result.stdout


def test_answers_asked_on_the_command_line_give_the_same_figures(folder, tmp_path):
    answers = tmp_path / "answers.jsonl"
    asked = run("ask", "--questions", ACCEPTANCE, "--count", 10, "--data", folder)
    answers.write_text(asked.stdout, encoding="utf-8")
    own = json.loads(evaluate(folder, ACCEPTANCE, "--json").stdout)["groups"]["all"]
    theirs = json.loads(evaluate(folder, ACCEPTANCE, "--answers", answers, "--json").stdout)[
        "groups"
    ]["all"]
    for key in ("hit@1", "mrr@10", "right_answered", "verbatim", "highlight_holds", "quote_length"):
        assert own[key]["value"] == pytest.approx(theirs[key]["value"]), key


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.jsonl"], "none.jsonl"),
        (["--compare", "no", "none"], "no"),
        ([ACCEPTANCE, "--with", "nothing"], "nothing"),
        ([ACCEPTANCE, "--name", "../up"], "slash"),
        (["--record"], "--gate"),
        (["--check", "--gate"], "one of these"),
        (["--beir", "nowhere"], "BEIR"),
        ([ACCEPTANCE, "--answers", "none.jsonl"], "none.jsonl"),
        ([ACCEPTANCE, "--compare", "a", "b"], "no question set"),
        (["--beir", "nowhere", "--with", "a"], "--with"),
    ],
)
def test_mistakes_are_told(folder, arguments, said):
    result = evaluate(folder, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not result.stdout


def test_a_gate_that_does_not_hold_fails(folder, tmp_path):
    (tmp_path / "questions").mkdir()
    (tmp_path / "expected").mkdir()
    shutil.copy(ACCEPTANCE, tmp_path / "questions" / "dev.jsonl")
    (tmp_path / "expected" / "dev.json").write_text('["q1"]', encoding="utf-8")
    expected = tmp_path / "expected.toml"
    row = """[sets.dev]
file = "questions/dev.jsonl"
good = "expected/dev.json"
command = "qa-bot eval"
[sets.dev.figures.all]
"{key}" = {{ value = {value}, tolerance = 0.01 }}
"""
    expected.write_text(row.format(key="hit@1", value=1.0), encoding="utf-8")
    assert evaluate(folder, "--gate", expected).exit_code == 0
    expected.write_text(row.format(key="highlight_holds", value=2.0), encoding="utf-8")
    result = evaluate(folder, "--gate", expected)
    assert result.exit_code == 1
    assert "highlight_holds" in result.stdout
    expected.write_text(row.format(key="hits", value=1.0), encoding="utf-8")
    assert evaluate(folder, "--gate", expected).exit_code == 2


def test_a_public_set(folder, tmp_path):
    from test_beir import make

    result = evaluate(folder, "--beir", make(tmp_path / "public"))
    assert result.exit_code == 0
    assert "nDCG@10" in result.stdout
    assert (folder / "reports" / "public-full" / "report.json").is_file()
