"""`qa-bot feedback`: what readers said of answers, listed, made into a question set, deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Json, dump, errors, keep_existing, say, write
from qa_bot.errors import InputError
from qa_bot.settings import DataFolder

if TYPE_CHECKING:
    from qa_bot.feedback import Exported, Feedback, FeedbackStore, Held

__all__ = ["feedback"]

feedback = typer.Typer(
    help="读者对回答的反馈：列出、导出成评测题、清理。/ "
    "What readers said of answers: list, export as questions, delete.",
    no_args_is_help=True,
)
app.add_typer(feedback, name="feedback")


@feedback.command(
    "list",
    epilog="例 / Examples:\n\n- `qa-bot feedback list`\n"
    "- `qa-bot feedback list --wrong`  只看说不对的 / what readers called wrong\n"
    "- `qa-bot feedback list --json`",
)
def list_(
    wrong: Annotated[
        bool, typer.Option("--wrong", help="只列说不对的 / only what was called wrong.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """列出反馈，早的在前（时间为 UTC）。/ List what readers said, oldest first; times are UTC."""
    with errors():
        entries = _store(data).all()
        chosen = [one for one in entries if not wrong or one.verdict == "wrong"]
        if as_json:
            typer.echo(dump([one.to_json() for one in chosen], indent=2))
            return
        for one in chosen:
            _print(one)
        count = sum(one.verdict == "wrong" for one in entries)
        typer.echo(f"{len(entries)} 条反馈，{count} 条说不对 / entries, {count} of them wrong")


@feedback.command(
    "export",
    epilog="例 / Examples:\n\n- `qa-bot feedback export feedback.jsonl`，然后 / then "
    "`qa-bot eval feedback.jsonl`\n"
    "- `qa-bot feedback export --all to-complete.jsonl`  连同要补全的题 / with questions to complete",
)
def export(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE.jsonl]",
            help="写入的文件；不给就输出到屏幕 / file to write; standard output if not given.",
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    all_: Annotated[
        bool,
        typer.Option(
            "--all",
            help="连同还不知道怎样算答对的题，补全后才能评测 / also questions without what would answer "
            "them: qa-bot eval refuses them until somebody has completed them.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="覆盖已有的文件 / overwrite the file.")
    ] = False,
    data: Data = None,
) -> None:
    """把反馈导出成 qa-bot eval 的题。/ Turn what readers said into questions for qa-bot eval."""
    with errors():
        if file:
            keep_existing(file, force)
        from qa_bot.feedback import as_questions

        entries = _store(data).all()
        found = as_questions(entries, _held(DataFolder.at(data)) if entries else lambda _: None)
        rows = [*found.lines, *(found.incomplete if all_ else ())]
        text = "".join(f"{dump(row)}\n" for row in rows)
        if file:
            write(file, text.encode())
        else:
            typer.echo(text, nl=False)
        _tell(found, len(entries), all_)


@feedback.command(
    epilog="例 / Examples:\n\n- `qa-bot feedback clear --before 2026-01-01`\n"
    "- `qa-bot feedback clear --everything`"
)
def clear(
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="删去这一天（UTC）以前的 / delete what is older than this day (UTC).",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="全部删去 / delete all of it.")
    ] = False,
    data: Data = None,
) -> None:
    """删去旧的反馈。/ Delete old feedback for good."""
    with errors():
        if (before is None) != everything:
            raise InputError(
                "请给 --before 日期 或 --everything 之一 / Give --before DATE or --everything."
            )
        store = _store(data)
        gone = store.clear(before.replace(tzinfo=UTC) if before else None)
        typer.echo(f"删去 {gone} 条 / entries deleted")


def _store(data: Path | None) -> FeedbackStore:
    from qa_bot.feedback import FeedbackStore

    return FeedbackStore(DataFolder.at(data).feedback_file)


def _held(folder: DataFolder) -> Callable[[str], Held | None]:
    """The clauses of the index in use; the model is not needed."""
    from qa_bot.feedback import Held
    from qa_bot.index import Generation, current_generation

    records = Generation(current_generation(folder.index)).records

    def held(clause_id: str) -> Held | None:
        record = records.by_id(clause_id)
        return Held(record.clause.text, record.clause.document_id) if record else None

    return held


def _tell(found: Exported, entries: int, with_incomplete: bool) -> None:
    say(f"{entries} 条反馈，{len(found.lines)} 题可用 / entries, questions to be used")
    left = len(found.incomplete)
    if left and with_incomplete:
        say(
            f"其中另有 {left} 题要补全：写上 gold、article 或 doc，没有答案写 [] / "
            f'{left} more to be completed: write gold, article or doc; "gold": [] where there is none'
        )
    elif left:
        say(f"另有 {left} 题没写怎样算答对，用 --all 一并导出 / {left} incomplete, see --all")
    for one in found.contradictions:
        say(f"互相矛盾 / Contradiction: “{_plain(one.question)}” {one.what}")
        say(f"  {' '.join(one.entries)}")


def _print(one: Feedback) -> None:
    verdict = "对 / right" if one.verdict == "right" else "不对 / wrong"
    typer.echo(f"{one.at:%Y-%m-%d %H:%M}  {verdict}  {one.id}")
    typer.echo(f"  问 / asked: {_plain(' → '.join((*one.history, one.question)))}")
    if one.filters:
        pairs = ", ".join(f"{name}={value}" for name, value in one.filters.items())
        typer.echo(f"  筛选 / filters: {_plain(pairs)}")
    answers = " ".join(shown.clause_id for shown in one.answers)
    typer.echo(
        f"  答 / answered: {answers or '没有找到 / not found'}（{round(one.confidence * 100)}%）"
    )
    if one.fault:
        typer.echo(f"  原因 / fault: {one.fault}")
    if one.reason:
        typer.echo(f"  说明 / reason: {_plain(one.reason)}")
    if one.right_clause:
        typer.echo(f"  应为 / should be: {one.right_clause.clause_id}")


def _plain(text: str) -> str:
    """A stranger's text on one line, without what a terminal would obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
