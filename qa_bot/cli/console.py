"""What all commands share: errors as messages, options, JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from qa_bot.errors import QaBotError

__all__ = ["Data", "Json", "dump", "errors", "say"]

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="语料、索引、模型所在的文件夹 / folder of corpus, index and models.",
        file_okay=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON.")]


@contextmanager
def errors() -> Iterator[None]:
    """Print an error of ours as one message and leave with its exit code; Ctrl-C leaves with 130."""
    try:
        yield
    except QaBotError as error:
        typer.echo(f"错误 / Error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("已中断，旧索引未动 / Interrupted; the old index is untouched.", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader of our output has gone (qa-bot show | head): nothing is left to say.
        sys.stdout = None
        raise typer.Exit(0) from None


def say(message: str) -> None:
    """Tell the user something on standard error, so that standard output stays clean."""
    typer.echo(message, err=True)


def dump(value: dict[str, Any] | list[Any], indent: int | None = None) -> str:
    """`value` as JSON that can be printed."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    # A lone surrogate cannot be printed; JSON has an escape for it.
    return text.encode("utf-8", "backslashreplace").decode()
