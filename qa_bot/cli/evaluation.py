"""The command `qa-bot eval`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Json, Store, dump, errors, plain_console, say
from qa_bot.errors import InputError
from qa_bot.settings import DataFolder, Retriever

if TYPE_CHECKING:
    from qa_bot.bot import Bot
    from qa_bot.evaluate import Comparison, Report

__all__ = ["evaluate"]

_CHECKOUT = Path(__file__).resolve().parent.parent.parent
_EXAMPLES = """例 / Examples:

- `qa-bot eval`  开发集 / the development set
- `qa-bot eval eval/questions/test.jsonl`  测试集，不显示题目 / the test split, its questions not shown
- `qa-bot eval my.csv --name mine`  自己的题（表头 q 和 gold、article 或 doc）/ your own questions
- `qa-bot eval --retriever bm25 --name bm25`  只用词汇 / words alone
- `qa-bot eval --with bm25`  把另一份报告列在一起 / another report in the same table
- `qa-bot eval --compare bm25 dev-full`  逐题比较 / gains and losses, question by question
- `qa-bot eval --answers answers.jsonl`  别的系统的回答 / answers of another system
- `qa-bot eval --check`  检查问题集 / check a question set
- `qa-bot eval --beir DIR`  BEIR 格式的公开评测集 / a public set in BEIR's format
- `qa-bot eval --gate`  和 eval/expected.toml 对照 / against the expected figures
"""


@app.command("eval", epilog=_EXAMPLES)
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="问题集 .jsonl 或 .csv；默认 eval/questions/dev.jsonl / question set.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="报告的名字 / name of the report.", show_default=False)
    ] = None,
    retriever: Annotated[
        Retriever, typer.Option(help="用检索的哪些部分 / how much of the search is used.")
    ] = Retriever.FULL,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="评别的系统的回答（格式同 qa-bot ask --questions）/ measure another system's answers.",
        ),
    ] = None,
    beir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="含 corpus.jsonl、queries.jsonl、qrels 的文件夹 / a BEIR folder."
        ),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME", help="同表列出的报告 / reports in the same table."),
    ] = None,
    comparison: Annotated[
        tuple[str, str] | None,
        typer.Option("--compare", metavar="A B", help="比较两份报告 / compare two reports."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="只检查问题集 / only check the question set.")
    ] = False,
    gate: Annotated[
        bool, typer.Option("--gate", help="和 expected.toml 对照 / against expected figures.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="与 --gate 同用：记下现在的数 / write them anew.")
    ] = False,
    lenient: Annotated[
        bool,
        typer.Option("--lenient", help="略过并计数有错的行 / skip wrong lines and count them."),
    ] = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="测试集也显示题目 / show a test split's questions.")
    ] = False,
    as_json: Json = False,
    reports: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="报告文件夹 / folder of reports.", file_okay=False),
    ] = None,
    data: Data = None,
    store: Store = None,
) -> None:
    """在问题集上评测检索和回答。/ Evaluate retrieval and answers on a question set."""
    with errors():
        _one_of(check, gate, bool(comparison), bool(beir), bool(answers))
        if record and not gate:
            raise InputError("--record 和 --gate 同用 / --record goes with --gate.")
        if file and (comparison or beir):
            raise InputError(
                f"--compare 和 --beir 不用问题集 {file} / --compare and --beir take no question set."
            )
        if store and (beir or answers):
            raise InputError(
                "--store 不与 --beir、--answers 同用 / --store does not go with --beir or --answers."
            )
        if beside and (check or gate or comparison or beir):
            raise InputError(
                "--with 只用于评测问题集 / --with is for the evaluation of a question set."
            )
        folder = DataFolder.at(data, store)
        reports = reports or folder.reports
        if comparison:
            _compare(reports, *comparison, as_json)
            return
        _valid_name(name)
        if beir:
            _beir(folder, beir, name, retriever, lenient, reports, as_json)
            return
        bot = _open(folder)
        if gate:
            _gate(bot, file or _CHECKOUT / "eval" / "expected.toml", record)
            return
        path = file or _default_set()
        if check:
            _check(bot, path, as_json)
            return
        from qa_bot.encoder.progress import shown
        from qa_bot.evaluate import evaluate as run
        from qa_bot.evaluate import read_questions, read_report, write

        others = [read_report(_report_folder(reports, other)) for other in beside or ()]
        asked = {one.id for one in read_questions(path, lenient).questions} if others else set()
        for other in others:
            if asked.isdisjoint(one.id for one in other.scored):
                raise InputError(
                    f"报告 {other.name} 里没有这些问题 / The report {other.name} has none of these questions."
                )
        with shown() as progress:
            report = run(bot, path, name, retriever, answers, lenient, reveal, progress)
        written = write(report, reports, others)
        _print(report, others, written, as_json)


def _one_of(*modes: bool) -> None:
    if sum(modes) > 1:
        raise InputError(
            "--check、--gate、--compare、--beir、--answers 一次用一个 / use one of these at a time."
        )


def _valid_name(name: str | None) -> None:
    if name is not None and (not name.strip() or "/" in name or "\\" in name or name[0] == "."):
        raise InputError(
            f"报告名 {name!r} 不能用；不要斜线和开头的点 / no slash and no leading dot in a name."
        )


def _default_set() -> Path:
    path = _CHECKOUT / "eval" / "questions" / "dev.jsonl"
    if not path.is_file():
        raise InputError("请给一个问题集 / Name a question set: qa-bot eval FILE")
    return path


def _open(folder: DataFolder) -> Bot:
    from qa_bot.bot import Bot
    from qa_bot.building import why_stale

    bot = Bot.open(folder)
    if folder.store is not None:
        say(f"存储 / Store: {bot.generation.store_name}")
    if (why := why_stale(folder)) is not None:
        say(f"注意：索引不是最新的（{why}），请运行 qa-bot build / Note: the index is stale.")
    return bot


def _report_folder(reports: Path, name: str) -> Path:
    """The folder of a report, given by its name or by a path."""
    given = Path(name)
    return given if (given / "report.json").is_file() else reports / name


def _check(bot: Bot, path: Path, as_json: bool) -> None:
    from qa_bot.evaluate import check

    made = check(bot, path)
    if as_json:
        typer.echo(dump(asdict(made), 2))
        return
    typer.echo(f"{path.name}：{made.questions} 题，没有问题 / questions, nothing wrong")
    for title, counts in (
        ("类别 / kinds", made.kinds),
        ("语言 / languages", made.languages),
        ("作者 / authors", made.authors),
    ):
        typer.echo(f"{title}: " + "，".join(f"{key} {count}" for key, count in counts.items()))
    near = sum(made.near_misses.values())
    share = made.unanswerable / made.questions
    typer.echo(
        f"没有答案 / without answer: {made.unanswerable}（{share:.1%}），其中相近 / near misses {near}: "
        + "，".join(f"{key} {count}" for key, count in made.near_misses.items())
    )
    typer.echo(f"第二人看过 / looked at by a second reader: {made.checked}")


def _gate(bot: Bot, path: Path, record: bool) -> None:
    from qa_bot.encoder.progress import shown
    from qa_bot.evaluate import evaluate as run
    from qa_bot.evaluate import gate, read_questions

    with shown() as progress:
        if record:
            files = [path.parent / "questions" / f"{name}.jsonl" for name in ("dev", "test")]
            gate.record(path, files, lambda file: run(bot, file, progress=progress))
            say(f"写好 / Written: {path.name}")
            return
        verdicts = [
            (expected, gate.hold(expected, run(bot, expected.file, progress=progress)))
            for expected in gate.read_expected(path)
        ]
    for expected, verdict in verdicts:
        questions = read_questions(expected.file)
        texts = {} if questions.hidden else {one.id: one.told for one in questions.questions}
        for line in gate.told(verdict, texts):
            typer.echo(line)
    if not all(verdict.holds for _, verdict in verdicts):
        raise typer.Exit(1)


def _compare(reports: Path, first: str, second: str, as_json: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from qa_bot.evaluate import compare, read_report
    from qa_bot.evaluate.measures import MEASURES
    from qa_bot.evaluate.page import bounds, shown

    before, after = (read_report(_report_folder(reports, one)) for one in (first, second))
    found: Comparison = compare(before, after)
    if not found.same_set:
        say(
            "注意：两份报告的问题集不同，只比编号相同的题 / "
            "Note: the two reports asked different files; only questions of the same id are compared."
        )
    if as_json:
        typer.echo(dump(asdict(found), 2))
        return
    table = Table(title=escape(f"{found.before} → {found.after}（{found.questions}）"))
    names = (escape(found.before), escape(found.after))
    for column in ("量 / measure", *names, "差 / difference", "95 %"):
        table.add_column(column, justify="left" if column.startswith("量") else "right")
    for measure in MEASURES:
        figure = found.differences.get(measure.key)
        if figure is not None:
            table.add_row(
                f"{measure.zh} {measure.en}",
                *(shown(side.get(measure.key), measure) for side in found.figures),
                shown(figure, measure, signed=True),
                bounds(figure, measure, signed=True),
            )
    plain_console(soft_wrap=False).print(table)
    typer.echo(f"得 / gained {len(found.gains)}: {' '.join(found.gains) or '—'}")
    typer.echo(f"失 / lost {len(found.losses)}: {' '.join(found.losses) or '—'}")
    if found.alone:
        say(f"只在一份里 / in one of them only: {len(found.alone)}")


def _beir(
    folder: DataFolder,
    path: Path,
    name: str | None,
    retriever: Retriever,
    lenient: bool,
    reports: Path,
    as_json: bool,
) -> None:
    from qa_bot.encoder.progress import shown
    from qa_bot.evaluate import write
    from qa_bot.evaluate.beir import evaluate_beir

    with shown() as progress:
        report = evaluate_beir(folder, path, name, retriever, lenient, progress, say)
    _print(report, [], write(report, reports), as_json)


def _print(report: Report, beside: list[Report], written: Path, as_json: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from qa_bot.evaluate.measures import MEASURES
    from qa_bot.evaluate.page import bounds, shown

    if as_json:
        figures = {
            group: {
                key: {"value": f.value, "low": f.low, "high": f.high, "n": f.n}
                for key, f in some.items()
            }
            for group, some in report.groups.items()
        }
        typer.echo(
            dump(
                {
                    "name": report.name,
                    "about": report.about,
                    "groups": figures,
                    "latency": report.latency,
                },
                2,
            )
        )
    else:
        table = Table(title=escape(f"{report.name}（{report.about['questions']} 题 / questions）"))
        table.add_column("量 / measure")
        for column in (report.name, "95 %", "n", *(other.name for other in beside)):
            table.add_column(escape(column), justify="right")
        for measure in MEASURES:
            figure = report.figures.get(measure.key)
            if figure is not None:
                table.add_row(
                    f"{measure.zh} {measure.en}",
                    shown(figure, measure),
                    bounds(figure, measure) or "—",
                    str(figure.n),
                    *(shown(other.figures.get(measure.key), measure) for other in beside),
                )
        plain_console(soft_wrap=False).print(table)
        total = report.latency.get("total")
        if total:
            spent = "，".join(f"{q} {value:.1f}" for q, value in total.items())
            typer.echo(f"用时 / milliseconds: {spent}")
    if report.about.get("skipped"):
        lines = report.about.get("skipped_lines", [])
        shown_lines = "、".join(map(str, lines[:10])) + ("…" if len(lines) > 10 else "")
        say(
            f"略过 {report.about['skipped']} 行 / lines skipped{'：' + shown_lines if lines else ''}"
        )
    say(f"报告 / report: {written / 'index.html'}")
