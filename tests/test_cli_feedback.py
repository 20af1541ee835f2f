"""`qa-bot feedback`: what is listed, that `qa-bot eval` reads what is exported, what is deleted."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_bot.bot import Bot
from qa_bot.cli import app
from qa_bot.evaluate import check, read_questions
from qa_bot.feedback import Feedback, FeedbackStore, Shown, digest, new_id
from qa_bot.settings import DataFolder

pytestmark = pytest.mark.model
runner = CliRunner()
AREA = "开药店至少要多大面积？"
UNKNOWN = "温政发〔2018〕99号说什么"
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(data: DataFolder, tmp_path: Path) -> Path:
    for name, target in (("corpus", data.corpus), ("index", data.index), ("models", data.models)):
        (tmp_path / name).symlink_to(target)
    return tmp_path


@pytest.fixture
def store(folder: Path) -> FeedbackStore:
    return FeedbackStore(DataFolder.at(folder).feedback_file)


def run(*arguments: object, command: str = "feedback") -> Result:
    result = runner.invoke(app, [command, *(str(a) for a in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def said(bot: Bot, question: str, history: tuple[str, ...] = (), **changes: object) -> Feedback:
    """What a reader says of what the bot really replies: that it is right, or what `changes` make of it."""
    reply = bot.ask(question, history=history)
    found = Feedback(
        id=new_id(),
        at=NOON,
        verdict="right",
        question=question,
        status=reply.status,
        confidence=reply.confidence,
        answers=tuple(Shown(one.clause.id, digest(one.quote)) for one in reply.answers),
        history=history,
    )
    return replace(found, **changes)


def clause(bot: Bot, clause_id: str) -> Shown:
    return Shown(clause_id, digest(bot.clause(clause_id).quote))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_nothing_was_said_yet(folder: Path, store: FeedbackStore) -> None:
    result = run("list", "--data", folder)
    assert result.exit_code == 0
    assert "0 条反馈" in result.stdout
    assert json.loads(run("list", "--json", "--data", folder).stdout) == []
    result = run("export", "--data", folder)
    assert (result.exit_code, result.stdout) == (0, "")
    assert run("clear", "--everything", "--data", folder).exit_code == 0
    assert not store.path.exists()


def test_list(folder: Path, store: FeedbackStore, bot: Bot) -> None:
    store.add(said(bot, AREA))
    store.add(
        said(
            bot,
            "那仓库呢？",
            (AREA,),
            verdict="wrong",
            fault="incomplete",
            reason="\x1b[31m少了\x07第二款\n一行",
            right_clause=Shown("d/art_1", "00"),
            filters={"issuer": "市监局"},
        )
    )
    text = run("list", "--data", folder).stdout
    assert "2 条反馈，1 条说不对" in text
    for words in (
        "2026-11-30 12:00",
        f"{AREA} → 那仓库呢？",
        "issuer=市监局",
        "incomplete",
        "[31m少了 第二款 一行",
        "d/art_1",
    ):
        assert words in text
    assert "\x1b" not in text  # a stranger's text does not command the terminal
    assert "\x07" not in text
    only = run("list", "--wrong", "--data", folder).stdout
    assert only.count("asked") == 1
    (row,) = json.loads(run("list", "--wrong", "--json", "--data", folder).stdout)
    assert row["question"] == "那仓库呢？"
    assert row["history"] == [AREA]


def test_evaluation_reads_what_is_exported(
    folder: Path, store: FeedbackStore, bot: Bot, tmp_path: Path
) -> None:
    """Four kinds of lines and a follow-up; what is incomplete or contradictory is not among them."""
    area = "温市监规〔2019〕1号/annex_1/art_51/para_1"
    entries = [
        said(bot, AREA),
        said(bot, AREA),  # a second reader
        said(bot, UNKNOWN),
        said(bot, "那仓库呢？", (AREA,)),
        said(bot, "洞头的PM2.5目标是多少", verdict="wrong", right_clause=clause(bot, area)),
        said(bot, "新开个体户最多能贷多少创业担保贷款", verdict="wrong", reason="说不清"),
        said(bot, "没备案环评登记表，补上还罚吗？"),
        said(bot, "没备案环评登记表，补上还罚吗？", verdict="wrong"),
    ]
    for one in entries:
        store.add(one)
    file = tmp_path / "feedback.jsonl"
    result = run("export", file, "--data", folder)
    assert result.exit_code == 0
    assert "8 条反馈，4 题可用" in result.stderr
    assert "另有 2 题" in result.stderr
    assert "互相矛盾" in result.stderr
    assert entries[6].id in result.stderr
    questions = read_questions(file).questions
    assert [one.q for one in questions] == [AREA, UNKNOWN, "那仓库呢？", "洞头的PM2.5目标是多少"]
    assert [one.answerable for one in questions] == [True, False, True, True]
    assert questions[0].gold == (bot.clause(entries[0].answers[0].clause_id).quote,)
    assert questions[2].history == (AREA,)
    assert questions[3].article == area
    evaluated = run(
        file, "--json", "--reports", tmp_path / "reports", "--data", folder, command="eval"
    )
    assert evaluated.exit_code == 0, evaluated.output
    figures = json.loads(evaluated.stdout)["groups"]["all"]
    assert figures["hit@1"] == {"value": pytest.approx(2 / 3), "low": figures["hit@1"]["low"],
                                "high": figures["hit@1"]["high"], "n": 3}  # fmt: skip


def test_incomplete_lines_are_for_somebody_to_complete(
    folder: Path, store: FeedbackStore, bot: Bot, tmp_path: Path
) -> None:
    store.add(said(bot, AREA, verdict="wrong", reason="少了例外"))
    file = tmp_path / "all.jsonl"
    assert run("export", file, "--data", folder).exit_code == 0
    assert file.read_text() == ""
    assert run("export", file, "--all", "--force", "--data", folder).exit_code == 0
    (line,) = lines(file)
    assert "少了例外" in line["note"]
    refused = run(file, "--reports", tmp_path / "reports", "--data", folder, command="eval")
    assert refused.exit_code == 2
    assert "nothing is expected" in refused.stderr
    file.write_text(json.dumps(line | {"article": "温市监规〔2019〕1号/annex_1/art_51"}) + "\n")
    assert check(bot, file).questions == 1


def test_an_export_does_not_overwrite(
    folder: Path, store: FeedbackStore, bot: Bot, tmp_path: Path
) -> None:
    store.add(said(bot, AREA))
    file = tmp_path / "mine.jsonl"
    file.write_text("mine")
    result = run("export", file, "--data", folder)
    assert result.exit_code == 2
    assert "--force" in result.output
    assert file.read_text() == "mine"
    printed = run("export", "--data", folder).stdout
    assert run("export", file, "--force", "--data", folder).exit_code == 0
    assert file.read_text(encoding="utf-8") == printed
    assert run("export", tmp_path / "no" / "file.jsonl", "--data", folder).exit_code == 2


def test_clear(folder: Path, store: FeedbackStore, bot: Bot) -> None:
    one = said(bot, AREA)
    store.add(one)
    store.add(replace(one, id=new_id(), at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC)))
    for arguments in ((), ("--before", "2026-11-01", "--everything"), ("--before", "昨天")):
        assert run("clear", *arguments, "--data", folder).exit_code == 2
    assert "删去 1 条" in run("clear", "--before", "2026-11-01", "--data", folder).stdout
    assert store.all() == [one]
    assert "删去 1 条" in run("clear", "--everything", "--data", folder).stdout
    assert store.all() == []


def test_a_damaged_file_is_a_message(folder: Path, store: FeedbackStore) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"no database at all" * 1000)
    for arguments in (["list"], ["export"], ["clear", "--everything"]):
        result = run(*arguments, "--data", folder)
        assert result.exit_code == 1
        assert "损坏" in result.stderr
        assert str(store.path) in result.stderr
        assert not result.stdout


def test_every_command_has_help_with_examples() -> None:
    (group,) = (one for one in app.registered_groups if one.name == "feedback")
    names = [one.name or one.callback.__name__ for one in group.typer_instance.registered_commands]
    assert names == ["list", "export", "clear"]
    for name in names:
        text = runner.invoke(app, ["feedback", name, "--help"], env={"COLUMNS": "200"}).stdout
        assert "Examples" in text
        assert f"qa-bot feedback {name}" in text


def test_feedback_of_a_checkout_does_not_lie_in_the_index() -> None:
    """The index may be deleted at any time, says its README."""
    folder = DataFolder.default()
    assert os.path.commonpath([folder.feedback_file, folder.index]) != str(folder.index)
