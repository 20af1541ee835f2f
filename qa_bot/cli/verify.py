"""`qa-bot verify`: whether a quote stands so, and a citation names something."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Json, Store, dump, errors, say
from qa_bot.errors import InputError
from qa_bot.settings import DataFolder

__all__ = ["verify"]

# Something is altered, misattributed or not found.
_FAILED = 3


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot verify 企业经营场所面积不得少于60平方米。`  改了什么 / what was changed\n"
    "- `qa-bot verify '《温州市药品零售（连锁）经营许可实施细则》第七十条'`  有没有这一条 / whether it exists\n"
    "- `qa-bot verify --file 稿子.txt`  一篇稿子里的全部引文和出处 / all quotes and citations of a draft\n"
    "- `pbpaste | qa-bot verify --file -`\n"
    "- `qa-bot verify --json 温政发〔2019〕5号第三点`\n\n"
    "返回码 / exit code: 0 全部属实（或不止一处）/ everything holds, or stands at several places; "
    "3 有引文被改动、出处有误或这里没有 / something is altered, misattributed or not found; 2 输入有误 / bad input."
)
def verify(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            help="引文、出处，或带引文的文字 / a quote, a citation, or a text with some.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="从文件读，- 是标准输入 / read a file; - is standard input.",
        ),
    ] = None,
    as_json: Json = False,
    data: Data = None,
    store: Store = None,
) -> None:
    """核对引文和出处：逐字一致、被改动、出处有误，还是这里没有。/ Verify quotes and citations, character by character."""
    with errors():
        wanted = _text(text, file)
        folder = DataFolder.at(data, store)
        from qa_bot.bot import Bot
        from qa_bot.building import why_stale

        bot = Bot.open(folder)
        if (why := why_stale(folder)) is not None:
            say(f"注意：索引不是最新的（{why}），请运行 qa-bot build / Note: the index is stale.")
        made = bot.verify(wanted)
        if as_json:
            typer.echo(dump(made.to_json(), indent=2))
        else:
            from qa_bot.cli.verify_printing import print_verification

            print_verification(made)
        if not made.holds:
            raise typer.Exit(_FAILED)


def _text(words: list[str] | None, file: str | None) -> str:
    if file is not None and words:
        raise InputError("写了文字就不用 --file / Give a text or --file, not both.")
    if file is None:
        if not words:
            raise InputError(
                "请写上要核对的文字，或用 --file / Give the text to verify, or --file FILE."
            )
        return " ".join(words)
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"读不了 {file}：{error.strerror} / Cannot read {file}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file} 不是 UTF-8 文字 / {file} is no UTF-8 text: save it as UTF-8."
        ) from error
