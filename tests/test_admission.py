"""Admission: so many at once, the others in order, the rest told to come back, and nobody's place lost."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import anyio
import pytest

from qa_bot.api.admission import Admission, Gate

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Worked:
    """An application that works until it is let go, and notes who was in it."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.bodies: list[bytes] = []
        self.inside = 0
        self.most = 0
        self.go = anyio.Event()
        self.fails = False

    async def __call__(self, scope, receive, send) -> None:
        self.begun.append(scope["query_string"].decode())
        self.inside += 1
        self.most = max(self.most, self.inside)
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        await self.go.wait()
        self.inside -= 1
        if self.fails:
            raise RuntimeError("broken")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


class Client:
    """One request; it stays connected until `leave` is set."""

    def __init__(self, name: str, path: str = "/api/ask", host: str = "10.0.0.1", body=(b"",)):
        self.sent: list[dict] = []
        self.left = anyio.Event()
        self._parts = list(body)
        headers = [(b"content-length", b"2000000")] if body == "huge" else []
        self._parts = [b""] if body == "huge" else self._parts
        self.scope = {
            "type": "http", "path": path, "root_path": "", "method": "POST", "headers": headers,
            "query_string": name.encode(), "client": (host, 1),
        }  # fmt: skip

    async def receive(self):
        if self._parts:
            part = self._parts.pop(0)
            if part is None:
                await anyio.sleep_forever()
            return {"type": "http.request", "body": part, "more_body": bool(self._parts)}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def said(self) -> dict:
        return json.loads(self.sent[1]["body"])


@asynccontextmanager
async def running(door, clients):
    """The requests one after another, all of them under way."""
    async with anyio.create_task_group() as group:
        for client in clients:
            group.start_soon(door, client.scope, client.receive, client.send)
            await anyio.wait_all_tasks_blocked()
        yield
        group.cancel_scope.cancel()


async def settle():
    for _ in range(5):
        await anyio.wait_all_tasks_blocked()


async def test_so_many_at_once_and_the_others_in_order():
    inside = Worked()
    clients = [Client(str(at)) for at in range(9)]
    async with running(Admission(inside, Gate(2, 20)), clients):
        assert inside.begun == ["0", "1"]
        inside.go.set()
        await settle()
    assert inside.most == 2
    assert inside.begun == [str(at) for at in range(9)]
    assert [one.status for one in clients] == [200] * 9


async def test_who_finds_the_line_full_is_told_to_come_back():
    inside = Worked()
    clients = [Client(str(at), host=f"10.0.0.{at}") for at in range(5)]
    async with running(Admission(inside, Gate(1, 3)), clients):
        assert [one.status for one in clients] == [None] * 4 + [503]
        headers = dict(clients[4].sent[0]["headers"])
        assert int(headers[b"retry-after"]) > 0
        assert headers[b"content-type"] == b"application/problem+json"
        assert "请几秒后再问" in clients[4].said["detail"]
        inside.go.set()
        await settle()
    assert inside.begun == ["0", "1", "2", "3"]


async def test_one_address_has_half_of_the_line():
    inside = Worked()
    greedy = [Client(f"greedy{at}") for at in range(6)]
    other = Client("other", host="10.0.0.2")
    async with running(Admission(inside, Gate(1, 8)), [*greedy, other]):
        assert [one.status for one in greedy] == [None] * 5 + [503]
        assert other.status is None
        inside.go.set()
        await settle()
    assert other.status == 200


async def test_who_waits_too_long_is_told_to_come_back():
    inside = Worked()
    clients = [Client("0"), Client("1")]
    async with running(Admission(inside, Gate(1, 8, patience=0.05)), clients):
        await anyio.sleep(0.2)
        assert clients[1].status == 503
        inside.go.set()
        await settle()
        late = Client("2")
        await Admission(inside, Gate(1, 8))(late.scope, late.receive, late.send)
    assert inside.begun == ["0", "2"]


async def test_who_goes_away_while_waiting_is_forgotten():
    inside = Worked()
    clients = [Client(str(at)) for at in range(3)]
    async with running(Admission(inside, Gate(1, 8)), clients):
        clients[1].left.set()
        await settle()
        inside.go.set()
        await settle()
    assert inside.begun == ["0", "2"]
    assert clients[1].sent == []


async def test_a_place_is_free_again_whatever_happens():
    inside = Worked()
    inside.go.set()
    inside.fails = True
    door = Admission(inside, Gate(1, 8))
    for at in range(3):
        client = Client(str(at))
        with pytest.raises(RuntimeError, match="broken"):
            await door(client.scope, client.receive, client.send)
    assert inside.begun == ["0", "1", "2"]


async def test_a_place_is_left_when_the_reply_begins():
    begun = []
    slow = anyio.Event()

    async def streams(scope, receive, send):
        begun.append(scope["query_string"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await slow.wait()

    async with running(Admission(streams, Gate(1, 8)), [Client("0"), Client("1")]):
        assert begun == [b"0", b"1"]


async def test_a_slow_body_holds_up_nobody_and_gets_408():
    inside = Worked()
    inside.go.set()
    slow, quick = Client("slow", body=[b"{", None, b"}"]), Client("quick")
    async with running(Admission(inside, Gate(1, 8, patience=0.1)), [slow, quick]):
        assert inside.begun == ["quick"]
        await anyio.sleep(0.3)
    assert slow.status == 408
    assert "没有发完" in slow.said["detail"]


async def test_a_body_arrives_whole():
    inside = Worked()
    inside.go.set()
    parts = Client("0", body=[b"ab", b"", b"c"])
    door = Admission(inside, Gate(1, 8))
    await door(parts.scope, parts.receive, parts.send)
    assert inside.bodies == [b"abc"]


async def test_too_large_a_body_is_passed_on_unread_to_be_refused():
    inside = Worked()
    inside.go.set()
    first, huge = Client("0"), Client("huge", body="huge")
    inside.go = anyio.Event()
    async with running(Admission(inside, Gate(1, 8)), [first, huge]):
        assert inside.begun == ["0", "huge"]  # it waits for nobody
        inside.go.set()


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/assets/x.js", "/", "/apiask"]
)
async def test_signs_of_life_and_files_never_wait(path):
    inside = Worked()
    async with running(Admission(inside, Gate(1, 0)), [Client("0"), Client("1", path=path)]):
        assert inside.begun == ["0", "1"]


@pytest.mark.parametrize(
    "path", ["/api/ask", "/api/clauses/x", "/mcp", "/exemptions.csv", "/document/温政发〔2019〕5号", "/gradio_api/run/reply"]
)  # fmt: skip
async def test_what_searches_waits(path):
    inside = Worked()
    clients = [Client("0"), Client("1", path=path, host="10.0.0.2")]
    async with running(Admission(inside, Gate(1, 0)), clients):
        assert clients[1].status == 503
