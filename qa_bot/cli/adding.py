"""`qa-bot add`: files are reviewed, then put into the corpus, then the index is built."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Json, dump, errors, say
from qa_bot.errors import InputError, QaBotError
from qa_bot.settings import DataFolder

if TYPE_CHECKING:
    from qa_bot.adding import Addition, Failed, Proposal, Review
    from qa_bot.ingest import Known

__all__ = ["Yes", "answered", "build_and_tell"]

Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="不问，直接做；用于脚本 / do not ask; for scripts.")
]
NoBuild = Annotated[
    bool,
    typer.Option("--no-build", help="先不建索引 / do not build the index yet."),
]


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot add 公报.pdf`  看过识别结果再决定 / review what was recognised, then decide\n"
    "- `qa-bot add 公报文件夹 --yes`  整个文件夹，不问 / a whole folder, without asking\n"
    "- `qa-bot add 公报.docx --name hangzhou-2024-03 --gazette 杭州市人民政府公报 --year 2024 --issue-number 3`\n"
    "- `qa-bot add 改正.txt --name wenzhou-2019-04 --replace`  换掉已有的 / in the place of one\n"
    "- `qa-bot add 文件夹 --dry-run --json`  只看，一行一个 JSON / review only, one JSON object a line"
)
def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE_OR_FOLDER…",
            help="公报文件；文件夹连同下级一起找 / files, or folders with all below them.",
            show_default=False,
        ),
    ],
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看识别结果，什么都不改 / review only.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="语料里有同名而内容不同的，换掉 / put it in the place of a file with the same name.",
        ),
    ] = False,
    keep_both: Annotated[
        bool,
        typer.Option(
            "--keep-both",
            help="语料里有同名的，两个都留，新的改名 / keep both, the new one renamed.",
        ),
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="STEM",
            help="期的编号，即语料里的文件名（不带后缀）/ the issue's id: its file name, without suffix.",
        ),
    ] = None,
    gazette: Annotated[
        str | None, typer.Option(metavar="NAME", help="刊名 / name of the gazette.")
    ] = None,
    year: Annotated[
        int | None, typer.Option(min=1900, max=2200, help="年份 / year of the issue.")
    ] = None,
    issue_number: Annotated[
        int | None, typer.Option(min=1, help="第几期 / number within the year.")
    ] = None,
    total_number: Annotated[
        int | None, typer.Option(min=1, help="总第几期 / number since the first.")
    ] = None,
    published_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="出版日期 / day of publication."),
    ] = None,
    publisher: Annotated[
        str | None, typer.Option(help="主办 / the office that publishes it.")
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="文件从哪里来 / where the file was taken from."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="同时读几个文件；默认按核数 / processes that read; by default the cores.",
        ),
    ] = None,
    no_build: NoBuild = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """添加公报：先看识别结果，再放进语料，再建索引。/ Add gazette files: review, copy, build the index."""
    with errors():
        if replace and keep_both:
            raise InputError(
                "--replace 与 --keep-both 只能用一个 / Give --replace or --keep-both, not both."
            )
        from qa_bot.adding import check_stem, find_files
        from qa_bot.adding import review as look_at
        from qa_bot.cli.adding_printing import print_review
        from qa_bot.encoder.progress import shown
        from qa_bot.ingest import SUFFIXES, Known

        given = Known(
            gazette, year, issue_number, total_number,
            published_on.date() if published_on else None, publisher, origin,
        )  # fmt: skip
        stem = check_stem(name) if name is not None else None
        folder = DataFolder.at(data)
        # Without --data the user's own corpus goes on from the built-in one; a folder of its own begins empty.
        with_built_in = folder.built_in and data is None
        asks = sys.stdin.isatty() and not as_json
        if (yes or asks) and not dry_run:
            _clear_leftovers(folder)
        found = find_files(files)
        if not found.files and not found.failed:
            raise InputError(
                f"没有找到能读的文件，能读的后缀有 {' '.join(SUFFIXES)} / "
                f"No file that can be read was found; known suffixes: {' '.join(SUFFIXES)}"
            )
        _check_single(stem, given, len(found.files))
        with shown() as progress:
            reviewed = look_at(folder, found.files, given, stem, with_built_in, workers, progress)
        failed = [*found.failed, *reviewed.failed]
        if as_json:
            for one in reviewed.proposals:
                typer.echo(dump(one.to_json()))
            for bad in failed:
                typer.echo(dump(_row(bad.path, "failed", bad.reason)))
            for left in found.left_out:
                typer.echo(dump(_row(left.path, "skipped", left.reason)))
        else:
            print_review(reviewed.proposals, failed, found.left_out)
        if folder.built_in and not with_built_in:
            say(
                f"语料将放在 {folder.own_corpus}，只含这里添加的 / "
                "The corpus will hold what is added here only, not the built-in gazette."
            )
        if dry_run:
            raise typer.Exit(1 if failed else 0)
        changes = [one for one in reviewed.proposals if one.changes]
        if changes and not yes and not asks:
            raise InputError(
                "什么都没有改；看过之后加 --yes 再运行 / Nothing was changed: "
                "to add these files without being asked, give --yes."
            )
        additions, undecided = _decided(reviewed, yes, replace, keep_both)
        failed.extend(undecided)
        added: tuple[str, ...] = ()
        if additions or (not changes and reviewed.proposals and (yes or asks)):
            added = _carry_out(folder, additions, with_built_in, no_build, failed)
        _summarise(reviewed, added, len(found.left_out), failed)
        if failed:
            raise typer.Exit(1)


def _clear_leftovers(folder: DataFolder) -> None:
    """What an `add` that was killed has left; also says at once that another one is at work.

    Raises:
        BusyError: it is.
        CorpusError: the corpus cannot be written.
    """
    from qa_bot.adding import clear_leftovers

    if folder.index.is_dir() and folder.own_corpus.is_dir():
        clear_leftovers(folder)


def _check_single(stem: str | None, given: Known, files: int) -> None:
    single = {
        "--name": stem,
        "--issue-number": given.number,
        "--total-number": given.total_number,
        "--published-on": given.published_on,
    }
    used = [option for option, value in single.items() if value is not None]
    if used and files > 1:
        raise InputError(
            f"{' '.join(used)} 只能用于一个文件，这里有 {files} 个 / "
            f"{' '.join(used)} is for one file, here are {files}."
        )


def _row(path: Path, standing: str, reason: str) -> dict[str, str]:
    from qa_bot.adding import printable

    return {"file": printable(str(path)), "standing": standing, "reason": reason}


def _decided(
    reviewed: Review, yes: bool, replace: bool, keep_both: bool
) -> tuple[list[Addition], list[Failed]]:
    """What is to be added, by the options or by what the user answers."""
    from qa_bot.adding import Failed, Standing

    additions: list[Addition] = []
    undecided: list[Failed] = []
    changes = [one for one in reviewed.proposals if one.changes]
    one_by_one = False
    if changes and not yes:
        plain = f"加入这 {len(changes)} 个文件？/ Add these {len(changes)} files?"
        answer = answered(f"{plain} y 全部 all · n 不加 none · e 逐个 each · q 退出 quit", "yneq")
        if answer in ("n", "q"):
            return [], []
        one_by_one = answer == "e"
    for one in changes:
        if one_by_one and one.standing != Standing.OTHER:
            answer = answered(
                f"{_named(one)}？y 加入 add · n 不加 skip · a 其余全部 all the rest · q 其余不加 none of the rest",
                "ynaq",
            )
            if answer == "q":
                break
            if answer == "n":
                continue
            one_by_one = answer != "a"
        if one.standing != Standing.OTHER or replace or keep_both:
            additions.append(one.addition(beside=keep_both))
        elif yes:
            undecided.append(
                Failed(
                    one.path,
                    f"语料里已有 {one.stem}，内容不同；请加 --replace（换掉）或 --keep-both（都留） / "
                    f"{one.stem} is in the corpus with another content: give --replace or --keep-both",
                )
            )
        else:
            spare = one.spare[0] if one.spare else ""
            answer = answered(
                f"{_named(one)}：已有 {one.stem}，内容不同 / {one.stem} is there with another content. "
                f"r 换掉 replace · k 都留 keep both（{spare}）· n 不加 skip · q 其余不加 none of the rest",
                "rknq",
            )
            if answer == "q":
                break
            if answer in "rk":
                additions.append(one.addition(beside=answer == "k"))
    return additions, undecided


def _named(one: Proposal) -> str:
    from qa_bot.adding import printable

    return printable(one.path.name)


_WORDS = {"是": "y", "全部": "y", "yes": "y", "all": "y", "否": "n", "不": "n", "no": "n"}
_WORDS |= {"逐个": "e", "each": "e", "退出": "q", "quit": "q", "换掉": "r", "都留": "k"}


def answered(question: str, letters: str) -> str:
    """Ask until the answer is one of `letters`; the end of the input is `q`, or `n` where there is none."""
    while True:
        try:
            answer = input(f"{question} [{'/'.join(letters)}] ").strip().lower()
        except EOFError:
            typer.echo()
            return "q" if "q" in letters else "n"
        answer = _WORDS.get(answer, answer)
        if answer and answer in letters and len(answer) == 1:
            return answer


def _carry_out(
    folder: DataFolder,
    additions: list[Addition],
    with_built_in: bool,
    no_build: bool,
    failed: list[Failed],
) -> tuple[str, ...]:
    from qa_bot.adding import commit
    from qa_bot.encoder.progress import shown
    from qa_bot.locking import locked

    added: tuple[str, ...] = ()
    with locked(folder.index, "qa-bot add"):
        if additions:
            try:
                with shown() as progress:
                    committed = commit(folder, additions, with_built_in, progress)
            except KeyboardInterrupt:
                say(
                    "已中断；复制完的文件留在语料里，再运行同一命令会接着做 / "
                    "Interrupted: what was copied stays; the same command goes on from there."
                )
                raise typer.Exit(130) from None
            folder, added = committed.data, committed.added
            failed.extend(committed.failed)
        if no_build:
            say("还没有建索引，请运行 qa-bot build / The index is not built yet: run qa-bot build")
        elif added or not additions:
            build_and_tell(folder)
    return added


def build_and_tell(folder: DataFolder) -> None:
    """Build the index after the corpus has changed.

    Raises:
        QaBotError: it cannot be built. The message says that the corpus stays as it is now.
    """
    from qa_bot.building import build
    from qa_bot.encoder.progress import shown

    try:
        with shown() as progress:
            report = build(folder, progress=progress, notice=say)
    except KeyboardInterrupt:
        say(
            "已中断，旧索引未动；语料已改好，运行 qa-bot build 接着建 / Interrupted; the old index is "
            "untouched. The corpus is as it should be: qa-bot build goes on from there."
        )
        raise typer.Exit(130) from None
    except QaBotError:
        say(
            "语料已改好，但索引没有建成，仍用旧的；排除下面的问题后运行 qa-bot build / "
            "The corpus is changed, but the index could not be built; the old one stays in use. "
            "Mend what follows, then run: qa-bot build"
        )
        raise
    what = "索引建好 / Index built" if report.built else "索引已是最新 / Index up to date"
    say(
        f"{what}：{report.issues} 期 / issues，{report.documents} 件 / documents，"
        f"{report.clauses} 条 / clauses（{report.seconds:.1f} s）"
    )


def _summarise(
    reviewed: Review, added: tuple[str, ...], left_out: int, failed: list[Failed]
) -> None:
    from qa_bot.adding import Standing, printable

    there = sum(one.standing is Standing.PRESENT for one in reviewed.proposals)
    twice = sum(one.standing is Standing.TWICE for one in reviewed.proposals)
    again = f"重复给出 / given twice {twice}，" if twice else ""
    say(
        f"加入 / added {len(added)}，已在 / already there {there}，{again}"
        f"略过 / skipped {left_out}，失败 / failed {len(failed)}"
    )
    for one in failed:
        say(f"  {printable(str(one.path))}: {one.reason}")
