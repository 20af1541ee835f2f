"""`qa-bot serve` and `qa-bot mcp`: the page, the HTTP API, and MCP."""

from __future__ import annotations

from typing import Annotated

import typer

from qa_bot.cli.commands import app
from qa_bot.cli.console import Data, Store, errors, say
from qa_bot.settings import DataFolder

__all__: list[str] = []


@app.command(
    epilog="例 / Examples:\n\n- `qa-bot serve`\n- `qa-bot serve --port 8080`\n"
    "- `qa-bot serve --host 0.0.0.0`  让别的机器也能打开 / open to other machines\n"
    "- `qa-bot serve --user-header X-Remote-User`  只让在反向代理登录的人用 / only for who has signed in at the reverse proxy\n"
    "- `qa-bot serve --store milvus:http://localhost:19530`  索引在 Milvus 里 / with the index in a Milvus"
)
def serve(
    host: Annotated[str, typer.Option(help="地址 / address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port.")] = 7860,
    no_feedback: Annotated[
        bool,
        typer.Option(
            "--no-feedback",
            help="不问读者答得对不对，也不保存 / do not ask readers whether an answer is right.",
        ),
    ] = False,
    keep_feedback: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=36_500,
            help="反馈保存几天，默认不自动删除 / days that feedback is kept; for ever if not given.",
        ),
    ] = None,
    at_once: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000,
            help="同时处理几个请求，默认核数加一 / requests worked on at once; cores and one.",
        ),
    ] = None,
    waiting: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100_000,
            help="最多几个请求排队，再多的请稍后再来，默认 256 / requests that may wait; more are told to come back.",
        ),
    ] = None,
    per_minute: Annotated[
        int,
        typer.Option(
            min=0,
            max=1_000_000,
            help="一个地址每分钟最多问几次，0 为不限，本机不限 / requests a minute of one address; 0: any number.",
        ),
    ] = 300,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="反向代理的地址或网段，可重复，默认本机 / address or network of a reverse proxy, this machine if not given.",
        ),
    ] = None,
    user_header: Annotated[
        str | None,
        typer.Option(
            help="反向代理写明登录者的请求头，没有的一律 401 / field in which the proxy names who has signed in; without it 401.",
        ),
    ] = None,
    data: Data = None,
    store: Store = None,
) -> None:
    """打开问答网页和接口（需要时先建索引）。/ Serve the chat page, HTTP API and MCP, building the index first if needed."""
    with errors():
        from qa_bot.api import Access, Gate
        from qa_bot.building import build as build_index
        from qa_bot.building import why_stale
        from qa_bot.feedback import FeedbackStore, keep_for
        from qa_bot.index import is_rolled_back
        from qa_bot.living import Living
        from qa_bot.web import check_port
        from qa_bot.web import serve as serve_page

        proxies = tuple(proxy) if proxy else Access().proxies
        access = Access(proxies, user_header, per_minute)
        check_port(host, port)
        folder = DataFolder.at(data).reading(store)
        if store is None and is_rolled_back(folder.index):
            say(
                "用的是退回的一代；qa-bot build 重新用上现在的语料 / "
                "Serving the index that was gone back to; qa-bot build uses the corpus as it is now."
            )
        elif (why := why_stale(folder)) is not None:
            say(f"先建索引 / Building the index first: {why}")
            from qa_bot.encoder.progress import shown

            with shown() as progress:
                build_index(folder, progress=progress, notice=say)
        feedback = None if no_feedback else FeedbackStore(folder.feedback_file)
        if feedback and keep_feedback:
            keep_for(feedback, keep_feedback)
        living = Living(folder)
        say(f"存储 / Store: {living.now().generation.store_name}")
        chosen = {"at_once": at_once, "waiting": waiting}
        gate = Gate(**{name: count for name, count in chosen.items() if count is not None})
        serve_page(
            living, host, port, reports=folder.reports, feedback=feedback, gate=gate, access=access
        )


@app.command(
    epilog="例 / Examples:\n\n- `qa-bot mcp`  由 MCP 客户端启动 / started by an MCP client\n"
    "- `qa-bot serve`  也在 /mcp 提供 / serves MCP over HTTP, too, at /mcp"
)
def mcp(data: Data = None, store: Store = None) -> None:
    """供大模型使用的 MCP 服务（标准输入输出）。/ Serve MCP tools on standard input and output."""
    with errors():
        from qa_bot.api import run_stdio
        from qa_bot.building import why_stale
        from qa_bot.living import Living

        folder = DataFolder.at(data).reading(store)
        living = Living(folder)
        if (why := why_stale(folder)) is not None:
            say(f"注意：索引不是最新的（{why}），请运行 qa-bot build / Note: the index is stale.")
        run_stdio(living)
