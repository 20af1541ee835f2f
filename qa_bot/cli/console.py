"""What all commands share: errors as messages, options, JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_bot.errors import InputError, QaBotError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Data",
    "Json",
    "Store",
    "dump",
    "errors",
    "keep_existing",
    "plain_console",
    "say",
    "write",
]

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="语料、索引、模型所在的文件夹 / folder of corpus, index and models.",
        file_okay=False,
    ),
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="milvus:URI",
        help="索引在哪个 Milvus 里，如 milvus:http://localhost:19530；不给就用本机的 / "
        "the Milvus that holds the index; that on this machine if not given.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON.")]


def plain_console(*, soft_wrap: bool = True, width: int | None = None) -> Console:
    """A console on standard output that changes no character: not 1:x:2 into a picture, nor figures into colours."""
    from rich.console import Console

    return Console(soft_wrap=soft_wrap, width=width, highlight=False, emoji=False)


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


def keep_existing(path: Path, force: bool) -> None:
    """Make sure that no file is written over unless that is asked for.

    Raises:
        InputError: there is one, and it is not.
    """
    if path.exists() and not force:
        raise InputError(
            f"{path} 已存在；要覆盖请加 --force / {path} exists. To overwrite it: --force"
        )


def write(path: Path, content: bytes) -> None:
    """Write a file that the user has named.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"写不了 {path}：{error.strerror} / Cannot write {path}: {error.strerror}."
        ) from error


def dump(value: dict[str, Any] | list[Any], indent: int | None = None) -> str:
    """`value` as JSON that can be printed."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    # A lone surrogate cannot be printed; JSON has an escape for it.
    return text.encode("utf-8", "backslashreplace").decode()
