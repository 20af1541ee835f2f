"""`qa-bot remove` and `qa-bot list`: what a corpus holds, and taking files out of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qa_bot.cli.adding import Yes, answered, build_and_tell
from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Json, dump, errors, say
from qa_bot.errors import InputError, NotFoundError, SourceError
from qa_bot.settings import DataFolder

if TYPE_CHECKING:
    from qa_bot.adding import Held, RecognisedDocument

__all__: list[str] = []


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot remove wenzhou-2019-04`  按期的编号 / by the issue's id\n"
    "- `qa-bot remove 公报.pdf --yes`  按文件名，不问 / by the file's name, without asking\n"
    "- `qa-bot remove 3f2a9c41`  按 sha256 的开头 / by the beginning of its sha256"
)
def remove(
    issues: Annotated[
        list[str],
        typer.Argument(
            metavar="ID_OR_FILE…",
            help="期的编号、语料里的文件名，或 sha256 的开头（六位以上）/ "
            "id, file name, or the first six digits or more of a sha256.",
            show_default=False,
        ),
    ],
    yes: Yes = False,
    no_build: Annotated[
        bool, typer.Option("--no-build", help="先不建索引 / do not build the index yet.")
    ] = False,
    data: Data = None,
) -> None:
    """从语料里删去公报，再建索引。/ Delete issues from the corpus, then build the index."""
    with errors():
        from qa_bot.adding import find_held, held_in, printable
        from qa_bot.adding import remove as remove_from
        from qa_bot.locking import locked

        folder = DataFolder.at(data)
        there = held_in(folder)
        going = list(dict.fromkeys(find_held(there, what) for what in issues))
        for one in going:
            say(f"删去 / to be deleted: {printable(one.path.name)} {one.label}{_count(one)}")
        if not yes and not sys.stdin.isatty():
            raise InputError(
                "什么都没有删；确定要删就加 --yes / Nothing was deleted: to delete them, give --yes."
            )
        if not yes and answered("从语料里删去？/ Delete from the corpus? y/n", "yn") == "n":
            say("没有删 / Nothing was deleted.")
            return
        with locked(folder.index, "qa-bot remove"):
            remove_from(folder, going)
            say(f"删去 {len(going)} 个文件 / files deleted")
            if no_build:
                say(
                    "索引里还有，运行 qa-bot build 之后才不再引用 / "
                    "The index still quotes them: run qa-bot build"
                )
                return
            build_and_tell(folder)
        say(
            "不再引用；上一代索引里还有其文字，随以后的构建清除 / They are quoted no more; the generation "
            "before still holds their text on the disk, until later builds sweep it away."
        )


def _count(one: Held) -> str:
    if one.indexed is None:
        return "（还没有建进索引 / not in the index yet）"
    return f"（{len(one.indexed.documents)} 件 / documents，{one.indexed.clauses} 条 / clauses）"


@app.command(
    "list",
    epilog="例 / Examples:\n\n- `qa-bot list`\n"
    "- `qa-bot list wenzhou-2019-04`  一期里的文件 / the documents of an issue\n- `qa-bot list --json`",
)
def list_(
    issue: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="期的编号或文件名 / an issue's id or file name.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """列出语料里的公报，是否已建进索引。/ List the issues of the corpus, and which the index holds."""
    with errors():
        from qa_bot.adding import find_held, held_in

        folder = DataFolder.at(data)
        held = held_in(folder)
        if issue is not None:
            _documents_of(find_held(held, issue), as_json)
            return
        if as_json:
            typer.echo(dump([one.to_json() for one in held], indent=2))
            return
        if not held:
            raise NotFoundError(
                f"{folder.corpus} 里没有公报；用 qa-bot add 添加 / "
                f"There is no gazette in {folder.corpus}: add one with qa-bot add."
            )
        from qa_bot.cli.adding_printing import print_held

        print_held(held)
        here = [one for one in held if one.in_index != "removed"]
        built_in = "，随程序附带 / built in" if folder.built_in else ""
        typer.echo(f"{len(here)} 期 / issues（{folder.corpus}{built_in}）")
        if any(one.in_index != "yes" for one in held):
            say("索引与语料不同，请运行 qa-bot build / Index and corpus differ: run qa-bot build")


def _documents_of(held: Held, as_json: bool) -> None:
    """The documents of an issue: from the index where it holds just this file, else parsed anew."""
    from qa_bot.adding import Failed, Job, printable, recognise

    documents: tuple[RecognisedDocument, ...]
    if held.in_index == "yes" and held.indexed is not None:
        label, documents = held.indexed.label, held.indexed.documents
    else:
        found = recognise(Job(held.path, held.id, held.known))
        if isinstance(found, Failed):
            raise SourceError(found.reason)
        label, documents = found.label, found.documents
    if as_json:
        from dataclasses import asdict

        row = held.to_json() | {"documents": [asdict(one) for one in documents]}
        typer.echo(dump(row, indent=2))
        return
    typer.echo(f"{label}（{held.id}，{printable(held.path.name)}，sha256 {held.sha256}）")
    for one in documents:
        facts = (one.number, one.issuer, one.issued_on, f"{one.clauses} 条 / clauses")
        known = "，".join(str(fact) for fact in facts if fact is not None)
        typer.echo(f"  {one.id}  {printable(one.title)}（{known}）")
