"""`qa-bot check`, `qa-bot rollback` and `qa-bot encode`: looking after an index."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from qa_bot.cli.commands import app, chosen_adapter
from qa_bot.cli.console import Data, Json, dump, errors, say
from qa_bot.errors import InputError
from qa_bot.settings import DataFolder

__all__: list[str] = []


@app.command(
    epilog="例 / Examples:\n\n- `qa-bot check`\n- `qa-bot check --sample 500`  多抽查向量 / more vectors\n"
    "- `qa-bot check --json`  连同逻辑散列，可与别处的索引比 / with hashes to compare with another index"
)
def check(
    sample: Annotated[
        int,
        typer.Option(
            min=0, help="抽查几条的向量（重新编码）/ clauses to encode again and compare."
        ),
    ] = 50,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """核对在用的索引：文件散列、条数、逐字出处、引用、向量抽样。/ Verify the index again. Exit code 1 if anything is wrong."""
    with errors():
        from qa_bot.building import why_stale
        from qa_bot.encoder import open_encoder, open_model
        from qa_bot.encoder.progress import shown
        from qa_bot.index import Manifest, check_generation, check_others, current_generation

        folder = DataFolder.at(data)
        current = current_generation(folder.index)
        encoder = None
        if sample:
            encoder = open_encoder(open_model(folder.models / Manifest.read(current).model))
        with shown() as progress:
            report = check_generation(current, encoder, sample, progress)
        others = check_others(folder.index, current.name)
        problems = [
            *report.problems,
            *(f"{name}: {problem}" for name, problem in others if problem),
        ]
        stale = why_stale(folder)
        if as_json:
            row = {
                "generation": report.generation,
                "files": report.files,
                "clauses": report.clauses,
                "targets": report.targets,
                "vectors": report.vectors,
                "recall": report.recall,
                "hashes": dict(report.hashes),
                "others": [name for name, _ in others],
                "problems": problems,
                "stale": stale,
            }
            typer.echo(dump(row, indent=2))
        else:
            typer.echo(f"在用 / in use: {report.generation}")
            typer.echo(
                f"文件 {report.files} 个，大小和散列都对；条文 {report.clauses} 条，与原文逐字相符；引用所指 "
                f"{report.targets} 处；向量抽查 {report.vectors} 条 / {report.files} files, "
                f"{report.clauses} clauses, {report.targets} targets of references, "
                f"{report.vectors} vectors encoded again"
                if not report.problems
                else f"有 {len(report.problems)} 处不对 / {len(report.problems)} problems:"
            )
            typer.echo(
                "搜索：逐条比较 / search: every clause is compared"
                if report.recall is None
                else f"搜索：先以编码选，召回率 {report.recall:.4f} / "
                f"search: codes choose first, with a recall of {report.recall:.4f}"
            )
            for name, value in report.hashes.items():
                typer.echo(f"{name}: {value}")
            for name, problem in others:
                typer.echo(f"上一代 / kept: {name} {'✗' if problem else '✓'}")
            if stale:
                typer.echo(f"不是最新的 / stale: {stale}")
            for problem in problems:
                say(problem)
        if problems:
            raise typer.Exit(1)


@app.command(
    epilog="例 / Examples:\n\n- `qa-bot rollback`  再运行一次就换回来 / done twice, it is undone\n"
    "- `qa-bot build`  重新用上现在的语料 / use the corpus as it is now again"
)
def rollback(data: Data = None) -> None:
    """退回上一代索引；语料不动。/ Go back to the index that was in use before; the corpus stays as it is."""
    with errors():
        from qa_bot.index import roll_back
        from qa_bot.locking import locked

        folder = DataFolder.at(data)
        with locked(folder.index, "qa-bot rollback"):
            chosen = roll_back(folder.index)
        typer.echo(
            f"现在用 {chosen.name}；运行 qa-bot build 之前一直用它 / "
            f"{chosen.name} is in use now, until qa-bot build is run."
        )


@app.command(
    epilog="例 / Examples:\n\n"
    "- `qa-bot encode --part 1/3 --out vectors-1`  在第一台机器上 / on the first of three machines\n"
    "- `qa-bot build --vectors vectors-1 --vectors vectors-2 --vectors vectors-3`  收拢 / gather"
)
def encode(
    part: Annotated[
        str, typer.Option(metavar="K/N", help="N 份里的第 K 份 / which of how many parts.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="写到哪里 / where to write the vectors.")
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME_OR_PATH", help="同 qa-bot build / as of qa-bot build."),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="同 qa-bot build，如 cuda / as of qa-bot build.")
    ] = None,
    adapter: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="同 qa-bot build / as of qa-bot build."),
    ] = None,
    no_adapter: Annotated[
        bool, typer.Option("--no-adapter", help="同 qa-bot build / as of qa-bot build.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="同时编码几条（默认：核数）/ texts at a time (default: cores)."),
    ] = None,
    data: Data = None,
) -> None:
    """只编码语料的一份，供几台机器分工；中断后接着做。/ Encode one part of the corpus, so that machines share the work."""
    with errors():
        from qa_bot.building import encode_part
        from qa_bot.encoder.progress import shown

        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", part)
        number, of = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= number <= of:
            raise InputError(
                f"--part {part} 应是 K/N，如 2/3 / --part {part}: should be K/N, such as 2/3."
            )
        chosen = chosen_adapter(adapter, no_adapter)
        with shown() as progress:
            count = encode_part(
                DataFolder.at(data), number, of, out, model, device, chosen,
                workers=workers, progress=progress, notice=say,
            )  # fmt: skip
        typer.echo(f"编好 {count} 条，在 {out} / {count} passages encoded, in {out}")
