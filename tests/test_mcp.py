"""The MCP server, as the official client sees it: over standard input and output, and over HTTP."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from qa_bot.api import create_api
from qa_bot.bot import Bot
from qa_bot.living import Living
from qa_bot.settings import DataFolder

ROOT = Path(__file__).resolve().parent.parent
TOOLS = {"search_clauses", "get_clause", "lookup_exemption", "verify_citation", "list_documents"}
QUESTION = "开药店至少要多大面积？"


@pytest.fixture(scope="module")
def address(bot: Bot) -> Iterator[str]:
    """A server over HTTP."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_api(Living.of(bot)), log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def command(data: DataFolder, tmp_path: Path) -> StdioServerParameters:
    """`qa-bot mcp` over the index of the tests."""
    (tmp_path / "index").symlink_to(data.index)
    (tmp_path / "models").symlink_to(data.models)
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "qa_bot", "mcp", "--data", str(tmp_path)],
        cwd=str(ROOT),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def within(server: Any, work: Callable[[Client], Awaitable[None]], **options: Any) -> None:
    """Do `work` with a client of `server`."""

    async def run() -> None:
        async with Client(server, read_timeout_seconds=60, **options) as client:
            await work(client)

    anyio.run(run)


async def every_tool(client: Client, bot: Bot) -> None:
    """Each tool is listed as one that reads, and gives what the bot gives."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == TOOLS
    for tool in tools.values():
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema is not None
        assert tool.description
        assert len(tool.description) > 100
    said = " ".join(" ".join((tool.description or "").split()) for tool in tools.values())
    assert "verbatim" in said
    assert "citation" in said
    assert "do not answer from memory" in said

    wanted = bot.ask(QUESTION, 2)
    found = await client.call_tool("search_clauses", {"question": QUESTION, "count": 2})
    assert not found.is_error
    body = found.structured_content
    assert body is not None
    assert body["status"] == "answered"
    assert body["nearby"] == []
    assert [one["quote"] for one in body["answers"]] == [one.quote for one in wanted.shown]
    assert [one["citation"] for one in body["answers"]] == [one.citation for one in wanted.shown]
    assert wanted.shown[0].quote in found.content[0].text  # type: ignore[union-attr]

    clause_id = body["answers"][0]["clause_id"]
    clause = await client.call_tool("get_clause", {"clause_id": clause_id})
    assert clause.structured_content is not None
    assert clause.structured_content["quote"] == bot.clause(clause_id).quote
    assert clause.structured_content["before"]["clause_id"] != clause_id

    case = "没备案环评登记表，补上还罚吗？"
    exemption = await client.call_tool("lookup_exemption", {"query": case, "count": 1})
    assert exemption.structured_content is not None
    (record,) = exemption.structured_content["exemptions"]
    assert record == bot.exemptions(case)[0].to_json()

    text = f"“{wanted.answers[0].quote}”（{wanted.answers[0].citation}）"
    verified = await client.call_tool("verify_citation", {"text": text})
    assert verified.structured_content is not None
    assert verified.structured_content["summary"]["verified"] == 1
    told = verified.structured_content | {"elapsed_ms": 0}
    assert told == bot.verify(text).to_json() | {"elapsed_ms": 0}

    documents = await client.call_tool("list_documents", {"issuer": "环保局"})
    assert documents.structured_content is not None
    assert all("环" in one["issuer"] for one in documents.structured_content["documents"])
    everything = await client.call_tool("list_documents", {})
    assert everything.structured_content is not None
    assert everything.structured_content["total"] == len(bot.generation.records.documents)


async def what_goes_wrong(client: Client) -> None:
    """An error is told to the model, with what to do, and without a traceback."""
    unknown = await client.call_tool(
        "get_clause", {"clause_id": "温市监规〔2019〕1号/annex_1/art_999"}
    )
    assert unknown.is_error
    told = unknown.content[0].text  # type: ignore[union-attr]
    assert "没有编号为" in told
    assert "Near ids: 温市监规〔2019〕1号/" in told
    assert "Traceback" not in told
    nothing = await client.call_tool("search_clauses", {"question": QUESTION, "issuer": "海关总署"})
    assert nothing.is_error
    assert "These exist" in nothing.content[0].text  # type: ignore[union-attr]
    for arguments in ({"question": ""}, {"question": "长" * 2_001}, {"question": "？"}, {}):
        wrong = await client.call_tool("search_clauses", arguments)
        assert wrong.is_error
        assert "Traceback" not in wrong.content[0].text  # type: ignore[union-attr]


async def not_found(client: Client) -> None:
    """No answer is told as none; what is near stands apart."""
    reply = await client.call_tool("search_clauses", {"question": "今天纽约的股票行情怎么样？"})
    assert not reply.is_error
    assert reply.structured_content is not None
    assert reply.structured_content["status"] == "not_found"
    assert reply.structured_content["answers"] == []
    assert reply.structured_content["nearby"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http(address: str, bot: Bot, mode: str) -> None:
    async def work(client: Client) -> None:
        await every_tool(client, bot)
        await what_goes_wrong(client)
        await not_found(client)

    within(f"{address}/mcp", work, mode=mode)


def test_over_standard_input_and_output(
    command: StdioServerParameters, bot: Bot, tmp_path: Path
) -> None:
    async def work(client: Client) -> None:
        assert client.server_info.name == "qa-bot"
        assert "verbatim" in (client.instructions or "")
        await every_tool(client, bot)
        await what_goes_wrong(client)

    with (tmp_path / "errors.txt").open("w", encoding="utf-8") as errors:
        within(stdio_client(command, errlog=errors), work)
    assert "Traceback" not in (tmp_path / "errors.txt").read_text(encoding="utf-8")


def test_without_an_index_the_command_says_what_to_do(tmp_path: Path) -> None:
    import subprocess

    ended = subprocess.run(
        [sys.executable, "-m", "qa_bot", "mcp", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "qa-bot build" in ended.stderr


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "gazette.example"}, 421),  # a name of somebody else's that points here
        ({"origin": "https://gazette.example"}, 403),
        ({"host": "localhost:7860"}, 200),
        ({"origin": "http://localhost:7860"}, 200),
    ],
)
def test_only_this_machine_may_ask_over_http(
    address: str, headers: dict[str, str], status: int
) -> None:
    reply = httpx.post(
        f"{address}/mcp",
        headers={"accept": "application/json, text/event-stream", **headers},
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
    )
    assert reply.status_code == status


def test_an_address_that_is_open_takes_any_name(bot: Bot) -> None:
    from fastapi.testclient import TestClient

    with TestClient(create_api(Living.of(bot), host="0.0.0.0")) as client:
        reply = client.post(
            "/mcp",
            headers={"accept": "application/json, text/event-stream", "host": "gazette.example"},
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
        )
        assert reply.status_code == 200
        assert {tool["name"] for tool in reply.json()["result"]["tools"]} == TOOLS


def test_a_stream_that_would_stay_silent_is_refused(bot: Bot) -> None:
    with TestClient(create_api(Living.of(bot)), base_url="http://127.0.0.1") as client:
        reply = client.get("/mcp", headers={"accept": "text/event-stream"})
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
