"""`qa-bot exemptions`: penalty exemptions looked up, exported, checked."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Json, Store, dump, errors, keep_existing, say, write
from qa_bot.errors import InputError
from qa_bot.settings import DataFolder

if TYPE_CHECKING:
    from qa_bot.bot import Bot
    from qa_bot.exemptions import Exemption

__all__ = ["exemptions"]

_CARDS = 3


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot exemptions`  全部事项 / all of them\n"
    "- `qa-bot exemptions 没备案环评登记表，补上还罚吗？`\n"
    "- `qa-bot exemptions --authority 环保局 --category 大气`\n"
    "- `qa-bot exemptions --law 政府采购法 --json`\n"
    "- `qa-bot exemptions --export exemptions.xlsx`  或 / or .csv, .json\n"
    "- `qa-bot exemptions --check`  有可疑之处返回 1 / exit code 1 if anything is odd"
)
def exemptions(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            help="做了什么，用平常的话 / what was done, in everyday words.", show_default=False
        ),
    ] = None,
    authority: Annotated[
        str | None, typer.Option(help="机关，如 财政局 / authority, or a part of its name.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="类别，如 大气 / category.")] = None,
    law: Annotated[
        str | None, typer.Option(help="法律名称的一部分 / part of a law's title.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="在这一天有效的 / in force on this day."),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--count", "-n", min=1, help="最多几项 / how many at most.", show_default=False
        ),
    ] = None,
    export_to: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="写入 .csv、.xlsx 或 .json / write to a file of this kind.",
            dir_okay=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="覆盖已有的文件 / overwrite the file.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="清单里可疑之处 / what is odd in the lists."),
    ] = False,
    as_json: Json = False,
    data: Data = None,
    store: Store = None,
) -> None:
    """查免罚清单：什么可以不罚，条件是什么，否则怎么罚。/ Look up penalty exemptions and their conditions."""
    with errors():
        text = " ".join(query or []) or None
        if check and (text or authority or category or law or on or export_to):
            raise InputError("--check 单独用，可加 --json / --check stands alone, or with --json.")
        if force and not export_to:
            raise InputError("--force 与 --export 一起用 / --force goes with --export.")
        form = _form(export_to, force) if export_to else None
        bot = _open(DataFolder.at(data, store))
        if check:
            _check(bot, as_json)
            return
        found = bot.exemptions(text, authority=authority, category=category, law=law, on=_day(on))
        if count is not None:
            found = found[:count]
        if export_to and form:
            _write(found, export_to, form)
        elif as_json:
            typer.echo(dump([one.to_json() for one in found], indent=2))
        elif not found:
            typer.echo("公报里没有免罚清单 / The gazette holds no list of penalty exemptions.")
        else:
            _print(found, text, count)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _open(folder: DataFolder) -> Bot:
    from qa_bot.bot import Bot
    from qa_bot.building import why_stale

    bot = Bot.open(folder)
    if (why := why_stale(folder)) is not None:
        say(f"注意：索引不是最新的（{why}），请运行 qa-bot build / Note: the index is stale.")
    return bot


def _form(path: Path, force: bool) -> str:
    """The format that a file's name asks for; the file may be written."""
    from qa_bot.export import FORMATS

    form = path.suffix.lower().lstrip(".")
    if form not in FORMATS:
        kinds = "、".join(f".{one}" for one in FORMATS)
        raise InputError(
            f"不知道 {path.name} 是什么格式；文件名请以 {kinds} 结尾 / "
            f"The name must end in one of {kinds}: {path.name}"
        )
    keep_existing(path, force)
    return form


def _write(found: list[Exemption], path: Path, form: str) -> None:
    from qa_bot.export import export

    write(path, export(found, form))
    say(f"写好 {len(found)} 项 / {len(found)} exemptions written: {path}")


def _check(bot: Bot, as_json: bool) -> None:
    from qa_bot.lookup import FINDINGS, check_lists

    records = bot.generation.records
    found = check_lists(records)
    if as_json:
        typer.echo(dump([one.to_json() for one in found], indent=2))
    else:
        lists = records.exemptions.lists
        total = sum(one.records for one in lists)
        typer.echo(f"{len(lists)} 份清单，{total} 项 / lists and exemptions")
        for one in lists:
            typer.echo(f"  {one.title}（{one.document_number or one.key}）：{one.records}")
        for finding in found:
            typer.echo(f"{FINDINGS[finding.kind]}：{finding.where}  {finding.detail}")
        if not found:
            typer.echo("没有可疑之处 / Nothing odd.")
    if found:
        raise typer.Exit(1)


def _print(found: list[Exemption], query: str | None, count: int | None) -> None:
    from qa_bot.cli.printing import print_exemptions, print_exemptions_in_short

    if query is None and count is None and len(found) > _CARDS:
        print_exemptions_in_short(found)
        return
    shown = found[: count or _CARDS]
    print_exemptions(shown)
    if len(found) > len(shown):
        say(f"另有 {len(found) - len(shown)} 项，用 --count 多看 / more with --count")
