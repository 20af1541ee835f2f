"""`qa-bot verify`: what is printed, and the exit code that a script goes by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_bot.bot import Bot
from qa_bot.cli import app
from qa_bot.errors import InputError
from qa_bot.settings import DataFolder
from qa_bot.verify import MAX_CHECKS, VERDICTS

pytestmark = pytest.mark.model
runner = CliRunner()
WRONG = "企业经营场所面积不得少于60平方米。"
RIGHT = "其中新创办个体工商户可申请不超过30万元的贷款"


@pytest.fixture(scope="module")
def folder(data: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data")
    for name, target in (("corpus", data.corpus), ("index", data.index), ("models", data.models)):
        (path / name).symlink_to(target)
    return path


def run(*arguments: object, given: bytes | None = None) -> Result:
    result = runner.invoke(app, ["verify", *(str(a) for a in arguments)], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_a_change_is_marked_without_colour_and_fails(folder: Path) -> None:
    result = run(WRONG, "--data", folder)
    assert result.exit_code == 3
    assert "✗ 与原文不一致 / altered" in result.stdout
    assert "不得少于[-4-]{+6+}0平方米" in result.stdout
    assert "数 / number：原文 / source 40平方米 → 引文 / quote 60平方米" in result.stdout
    assert "\x1b" not in result.stdout


def test_what_holds_succeeds(folder: Path) -> None:
    result = run(RIGHT, "--data", folder)
    assert result.exit_code == 0
    assert "✓ 与原文一致 / verified" in result.stdout
    assert "温政发〔2019〕5号/part_3 · wenzhou-2019-04.txt" in result.stdout
    assert run("温政发〔2019〕5号第三点", "--data", folder).exit_code == 0
    assert run("温政发〔2019〕5号第十三点", "--data", folder).exit_code == 3


def test_json_is_the_contract(folder: Path) -> None:
    result = run("--json", WRONG, "--data", folder)
    made = json.loads(result.stdout)
    assert set(made) >= {"text", "checks", "summary"}
    assert made["summary"] == dict.fromkeys(VERDICTS, 0) | {"altered": 1}
    (check,) = made["checks"]
    assert set(check) >= {
        "kind", "spans", "text", "verdict", "normalised", "at", "cited", "differences",
        "changed_values", "near", "message",
    }  # fmt: skip
    assert check["changed_values"] == [
        {"kind": "number", "quote": "60平方米", "source": "40平方米"}
    ]
    assert " / " in check["message"]
    held = json.loads(run("--json", RIGHT, "--data", folder).stdout)["checks"][0]["at"]
    (place,) = held
    assert set(place) >= {"clause_id", "citation", "file", "sha256", "spans", "document", "issue"}


def test_a_draft_from_a_file_and_from_standard_input(folder: Path, tmp_path: Path) -> None:
    draft = tmp_path / "稿子.txt"
    text = f"文件说“{RIGHT}”，又说“{WRONG}”。"
    draft.write_text(text, encoding="utf-8-sig")
    from_file = run("--file", draft, "--data", folder)
    assert from_file.exit_code == 3
    assert "共 2 处 / checks：与原文一致 1，与原文不一致 1" in from_file.stdout
    assert run("--file", "-", "--data", folder, given=text.encode()).stdout == from_file.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--file"),
        (["字", "--file", "x"], "not both"),
        (["--file", "no-such-file.txt"], "no-such-file.txt"),
        (["。。。"], "nothing to verify"),
        (["字" * 20_001], "limit is 20000"),
    ],
)
def test_bad_input_says_what_to_do(folder: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments, "--data", folder)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_file_that_is_no_text(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "gbk.txt"
    path.write_bytes("温州".encode("gbk"))
    assert "UTF-8" in run("--file", path, "--data", folder).stderr


def test_markup_in_a_text_is_printed_as_it_is(folder: Path) -> None:
    result = run("[red]“[/bold]面积不得少于70平方米[link=x]”", "--data", folder)
    assert "[link=x]" in result.stdout


def test_the_bot_refuses_what_is_too_long(bot: Bot) -> None:
    assert bot.verify(RIGHT).holds
    with pytest.raises(InputError, match="20000"):
        bot.verify("字" * 20_001)


def test_quotes_that_were_not_checked_are_said_and_fail(folder: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text(f"“{RIGHT}”" * (MAX_CHECKS + 3), encoding="utf-8")
    result = run("--file", draft, "--data", folder)
    assert result.exit_code == 3
    assert "其余 3 处没有核对" in result.stdout
    assert "3 were not" in result.stdout
