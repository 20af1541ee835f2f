"""`qa-bot --version`: which program, which index, which model."""

from __future__ import annotations

import typer

from qa_bot import __version__
from qa_bot.installed import in_use
from qa_bot.settings import DataFolder

__all__ = ["print_version"]


def print_version(wanted: bool) -> None:
    """Print the versions of all that decides an answer, and leave.

    Guarantees: an index that is missing or cannot be read is told and no error; nothing heavy is imported.
    """
    if not wanted:
        return
    folder = DataFolder.default().index
    typer.echo(f"qa-bot {__version__}")
    if (found := in_use(folder)) is None:
        typer.echo(
            f"索引：还没有（{folder}）；请运行 qa-bot build / index: none yet. Run: qa-bot build"
        )
        typer.echo("模型：随索引备好 / model: made ready with the index")
    elif found.format is None or found.model is None:
        typer.echo(
            f"索引 {found.generation} 的清单读不了；请运行 qa-bot build / "
            f"index {found.generation}: its manifest cannot be read. Run: qa-bot build"
        )
    else:
        typer.echo(
            f"索引 / index {found.generation}，格式 / format {found.format}，{_known(found.clauses)} 条 / clauses"
        )
        typer.echo(
            f"模型 / model {found.model}，指纹 / fingerprint {_known(found.fingerprint)[:12]}"
        )
    raise typer.Exit


def _known(value: int | str | None) -> str:
    return "?" if value is None else str(value)
