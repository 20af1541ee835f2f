"""The command line. Every command checks, calls the library, turns an error into a message, prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_bot.cli.console import Data, Json, Store, dump, errors, say
from qa_bot.cli.version import print_version
from qa_bot.errors import InputError, QuestionError
from qa_bot.settings import DataFolder

if TYPE_CHECKING:
    from qa_bot.filters import Filters

__all__ = ["app", "chosen_adapter"]

# Notes of readers and parsers that a build prints.
_MOST_NOTES = 10

app = typer.Typer(
    name="qa-bot",
    help="公报问答：逐字引用公报原文来回答，并注明出处。/ "
    "Answers from government gazettes, word for word, with a citation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=print_version,
            is_eager=True,
            help="程序、索引和模型的版本 / versions of program, index and model.",
        ),
    ] = False,
) -> None:
    """Options of the program itself."""


def chosen_adapter(adapter: Path | None, no_adapter: bool) -> str | None:
    """What `--adapter` and `--no-adapter` say together; `None` where neither is given.

    Raises:
        InputError: both are.
    """
    from qa_bot.building import NO_ADAPTER

    if adapter and no_adapter:
        raise InputError(
            "--adapter 与 --no-adapter 只能用一个 / Give --adapter or --no-adapter, not both."
        )
    return NO_ADAPTER if no_adapter else str(adapter.resolve()) if adapter else None


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot build`  没有变动就什么都不做 / does nothing if nothing changed\n"
    "- `qa-bot build --force`  重建 / anew\n"
    "- `qa-bot build --model intfloat/multilingual-e5-base --device cuda`\n"
    "- `qa-bot build --no-adapter`  内置模型的原样 / the embedded model as it is\n"
    "- `qa-bot build --store milvus:http://localhost:19530`  建好后写进 Milvus / and put it into a Milvus"
)
def build(
    data: Data = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_PATH",
            help="任何 sentence-transformers 模型；默认用内置的 / "
            "any sentence-transformers model; by default that of the index, at first the embedded one (default).",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="用 torch 在此设备上编码，如 cuda / encode with torch on this device."),
    ] = None,
    adapter: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="用另一个适配器；见 docs/model.md / another adapter for the embedded model.",
        ),
    ] = None,
    no_adapter: Annotated[
        bool,
        typer.Option(
            "--no-adapter", help="不加适配器 / the embedded model as it is, without the adapter."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="同时编码几条（默认：核数）/ texts encoded at a time (default: cores)."
        ),
    ] = None,
    vectors: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="qa-bot encode 在别的机器上写出的文件夹，可多次给出 / what qa-bot encode made elsewhere; repeat it.",
            show_default=False,
        ),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="只留新的一代，删去的内容不再留在磁盘上 / keep the new generation only."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="即使没有变动也重建 / build though nothing changed.")
    ] = False,
    store: Store = None,
) -> None:
    """由语料建索引（缺少或过时才建）。/ Build the index if it is missing or stale."""
    with errors():
        if store is not None:
            from qa_bot.milvus import Place

            Place.read(store)  # before anything slow is begun
        from qa_bot.building import build as build_index
        from qa_bot.encoder.progress import shown

        chosen = chosen_adapter(adapter, no_adapter)
        with shown() as progress:
            report = build_index(
                DataFolder.at(data), model, device, force, progress, say, chosen,
                workers, vectors or (), prune,
            )  # fmt: skip
        for warning in report.warnings[:_MOST_NOTES]:
            say(f"注意 / Note: {warning}")
        if (more := len(report.warnings) - _MOST_NOTES) > 0:
            say(
                f"另有 {more} 处；逐个看：qa-bot show 文件 / {more} more: qa-bot show FILE has those of a file."
            )
        what = "建好 / Built" if report.built else "已是最新 / Up to date"
        typer.echo(
            f"{what}：{report.issues} 期 / issues，{report.documents} 件 / documents，"
            f"{report.clauses} 条 / clauses（{report.seconds:.1f} s）"
        )
        if store is not None:
            from qa_bot.building import publish_index

            with shown() as progress:
                written = publish_index(DataFolder.at(data).reading(store), progress)
            typer.echo(
                f"已写入并启用 / Published and in use: {store}"
                if written
                else f"存储里已是这一代 / Already in use: {store}"
            )


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot ask 开药店至少要多大面积？`\n"
    '- `qa-bot ask --json "What is the minimum floor area for opening a pharmacy?"`\n'
    '- `qa-bot ask 那仓库呢？ --after "开药店至少要多大面积？"`  接着上一问 / going on from it\n'
    "- `qa-bot ask 哪些情形可以免罚 --issuer 环保局 --in-force`\n"
    "- `qa-bot ask 开药店至少要多大面积？ --as-of 2018-06-01`  按那天的文本 / with the texts of that day\n"
    "- `qa-bot ask --questions questions.jsonl > answers.jsonl`"
)
def ask(
    question: Annotated[
        list[str] | None, typer.Argument(help="问题 / the question.", show_default=False)
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help="一行一个 {id, q} 的文件，可带 history: [先前的问题]，逐行输出 JSON；- 为标准输入 / "
            "a file with one {id, q} a line, maybe with history: [earlier questions], answered one JSON a "
            "line; - for standard input.",
            allow_dash=True,
        ),
    ] = None,
    after: Annotated[
        list[str] | None,
        typer.Option(
            "--after",
            metavar="QUESTION",
            help="先前问过的问题，可多次给出，从早到晚 / an earlier question; repeat it, oldest first.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=20, help="最多引几条 / quotes at most.")
    ] = 3,
    issue: Annotated[
        str | None, typer.Option(metavar="ID", help="只在这一期里找 / only in this issue.")
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="只在这份文件里找 / only in this document."),
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="发文机关，可只写一部分或俗称 / issuing body: a part of its name, or as people call it.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="文件种类：文件、政府记事、统计资料… / kind of document: notice, records, statistics …",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="这天起成文的 / issued on or after it.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="这天止成文的 / issued on or before it.")
    ] = None,
    in_force: Annotated[
        bool,
        typer.Option(
            "--in-force",
            help="不要已知失效或废止的 / leave out what is known to be expired or repealed.",
        ),
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="截至日期：按这一天时的文本回答 / what was in force on this day.",
        ),
    ] = None,
    as_json: Json = False,
    data: Data = None,
    store: Store = None,
) -> None:
    """问一个问题。/ Ask a question."""
    with errors():
        from qa_bot.filters import Filters

        filters = Filters.read(
            {"issue": issue, "document": document, "issuer": issuer, "kind": kind}
            | {"since": since, "until": until, "in_force": in_force, "as_of": as_of}
        )
        if bool(question) == bool(questions):
            raise InputError(
                "请给一个问题，或用 --questions 给一个文件 / "
                "Give a question, or a file with --questions."
            )
        if after and questions:
            raise InputError(
                "--after 用于单个问题；文件里请写 history / "
                "--after is for one question: in a file, write history."
            )
        from qa_bot.bot import Bot, check_question
        from qa_bot.building import why_stale

        text = " ".join(question or [])
        rows = list(_read_questions(questions)) if questions else []
        if not questions:
            for one in (*(after or ()), text):
                check_question(one)
        folder = DataFolder.at(data).reading(store)
        bot = Bot.open(folder)
        if (why := why_stale(folder)) is not None:
            say(f"注意：索引不是最新的（{why}），请运行 qa-bot build / Note: the index is stale.")
        if questions:
            for identity, asked, history in rows:
                typer.echo(
                    dump({"id": identity} | _reply_or_error(bot, asked, count, history, filters))
                )
            return
        reply = bot.ask(text, count, after or (), filters)
        if as_json:
            typer.echo(dump(reply.to_json(), indent=2))
        else:
            from qa_bot.cli.printing import print_reply

            print_reply(reply)


def _reply_or_error(
    bot: Any,  # noqa: ANN401
    question: str,
    count: int,
    history: list[str],
    filters: Filters,
) -> dict[str, Any]:
    """The reply; for a question that cannot be asked the error, so that no line is lost."""
    try:
        reply: dict[str, Any] = bot.ask(question, count, history, filters).to_json()
    except QuestionError as error:
        return {
            "question": question.encode("utf-8", "replace").decode(),
            "status": "not_found",
            "confidence": 0.0,
            "answers": [],
            "suggestions": [],
            "error": str(error),
            "elapsed_ms": 0.0,
        }
    return reply


def _read_questions(path: Path) -> Iterator[tuple[Any, str, list[str]]]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} 不是 UTF-8（第 {error.start} 字节） / "
            f"{path.name} is not UTF-8 (byte {error.start})."
        ) from error
    except OSError as error:
        raise InputError(
            f"读不了 {path}：{error.strerror} / Cannot read {path}: {error.strerror}."
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identity, asked = row["id"], row["q"]
            history = row.get("history", [])
            if not isinstance(asked, str) or not isinstance(history, list):
                raise TypeError
            if not all(isinstance(one, str) for one in history):
                raise TypeError
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f'{path.name} 第 {number} 行不是 {{"id": …, "q": "…", "history": ["…"]}}（history 可省） / '
                f'{path.name}, line {number}: not an object with "id" and "q", and maybe "history".'
            ) from error
        yield identity, asked, history


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot show`  各期的结构 / the tree of all issues\n"
    "- `qa-bot show 温市监规〔2019〕1号/annex_1/art_51/para_1`  一条及其上下文 / one clause in context\n"
    "- `qa-bot show 公报.docx`  解析一个文件 / parse a file: tree, metadata, account, warnings\n"
    "- `qa-bot show 公报.txt --full`\n- `qa-bot show --coverage`"
)
def show(
    what: Annotated[
        str | None,
        typer.Argument(
            help="期、文件或条文的编号，或一个文件 / id of an issue, document or clause, or a file."
        ),
    ] = None,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", help="每个字归到哪里 / where every character went."),
    ] = False,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="文件全文及引用 / of a file every text, context and reference."
        ),
    ] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """看公报的结构、一条原文，或解析任意文件。/ The tree of an issue, a clause, or of any file."""
    with errors():
        from qa_bot.inspect import clause_in_context, coverage_account, tree

        if what is not None and _is_file(what):
            _show_file(Path(what), coverage, full, as_json)
            return
        folder = DataFolder.at(data)
        if coverage:
            typer.echo("\n".join(coverage_account(folder)))
            return
        from qa_bot.index import Generation, current_generation

        generation = Generation(current_generation(folder.index))
        lines = tree(generation.records, what)
        if lines is None and what is not None:
            if as_json:
                from qa_bot.answer import quote

                record = generation.records.by_id(what)
                if record is not None:
                    typer.echo(dump(quote(generation, record).to_json(), indent=2))
                    return
            lines = clause_in_context(generation.records, what)
        typer.echo("\n".join(lines or ()))


_LONG_FILE = 5_000_000  # bytes: parsing takes more than a second


def _is_file(what: str) -> bool:
    """Whether an argument names a file rather than an id, which has a slash in it, too."""
    try:
        if Path(what).exists():
            return True
    except (OSError, ValueError):
        return False
    from qa_bot.ingest import SUFFIXES

    return what.lower().endswith(SUFFIXES)


def _show_file(path: Path, coverage: bool, full: bool, as_json: bool) -> None:
    from qa_bot.inspect import file_account, file_outline

    if path.is_dir():
        raise InputError(
            f"{path} 是文件夹；请给其中一个文件 / {path} is a folder: name a file in it."
        )
    if path.exists() and path.stat().st_size > _LONG_FILE:
        say("文件较大，正在解析 / A large file, parsing …")
    if coverage:
        typer.echo("\n".join(file_account(path)))
        return
    read = file_outline(path)
    if as_json:
        typer.echo(dump(read.to_json(), indent=2))
        return
    for line in read.lines(full=full):
        typer.echo(line)
