"""What docs/security.md promises of the page and the API, tried from outside."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient
from test_feedback import entry
from test_web import TinyBot

from qa_bot.api import Access, Gate
from qa_bot.bot import Bot
from qa_bot.errors import FeedbackError
from qa_bot.feedback import FeedbackStore, forget_older, keep_for
from qa_bot.web.app import create_app

AWAY = ("203.0.113.7", 50_000)


@pytest.fixture(scope="module")
def page() -> Iterator[TestClient]:
    with TestClient(create_app(cast(Bot, TinyBot())), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../../etc/passwd",
        "/gradio_api/file=corpus/wenzhou-2019-04.txt",
        "/gradio_api/file=pyproject.toml",
        "/gradio_api/file=http://127.0.0.1:1/",
        "/file=/etc/passwd",
        "/static/../../../../../etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/theme.css/../../etc/passwd",
        "/monitoring",
        "/monitoring/summary",
    ],
)
def test_no_file_and_no_other_host_is_reached_through_the_page(page, path):
    reply = page.get(path)
    assert "root:" not in reply.text
    assert "[project]" not in reply.text
    # Gradio gives its page for addresses that it does not know.
    assert reply.status_code >= 400 or reply.text.lstrip().startswith("<!"), reply.text[:200]


def test_what_is_uploaded_is_refused_and_not_kept(page):
    before = {*Path(tempfile.gettempdir()).rglob("secret-upload*")}
    small = page.post("/gradio_api/upload", files={"files": ("secret-upload.txt", b"x" * 5_000)})
    assert small.status_code >= 400
    large = page.post(
        "/gradio_api/upload", files={"files": ("secret-upload.txt", b"x" * 2_000_000)}
    )
    assert large.status_code == 413
    assert {*Path(tempfile.gettempdir()).rglob("secret-upload*")} == before


@pytest.mark.parametrize("path", ["/gradio_api/run/predict", "/api/ask", "/feedback", "/nothing"])
def test_no_body_is_larger_than_a_megabyte(page, path):
    assert page.post(path, content=b"x" * 1_100_000).status_code == 413
    parts = (b"x" * 100_000 for _ in range(12))  # of a length that is not told
    assert page.post(path, content=parts).status_code in (404, 405, 413)


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/nothing", "/nothing", "/healthz", "/exemptions.csv"]
)
def test_every_reply_has_the_headers(page, path):
    headers = page.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "camera=()" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "http:" not in policy
    assert "server" not in headers


def test_one_address_may_ask_so_much_of_page_and_interface():
    app = create_app(cast(Bot, TinyBot()), access=Access(per_minute=5))
    with TestClient(app, client=AWAY, raise_server_exceptions=False) as client:
        first = client.get("/clause/nothing")
        again = client.get("/clause/nothing")
        assert first.status_code == 404
        assert again.status_code == 429
        assert int(again.headers["retry-after"]) >= 1
        assert again.headers["x-content-type-options"] == "nosniff"
        assert client.post("/gradio_api/run/predict", json={}).status_code == 429
        assert client.get("/healthz").status_code == 200


def test_the_log_does_not_tell_what_was_asked(caplog, monkeypatch):
    tiny = TinyBot()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the index is broken")

    monkeypatch.setattr(tiny, "ask", broken)
    asked = "我欠张三五万元会被罚吗"
    with (
        caplog.at_level(logging.DEBUG),
        TestClient(create_app(cast(Bot, tiny)), raise_server_exceptions=False) as client,
    ):
        assert client.get("/api/ask", params={"q": asked}).status_code == 500
        client.post("/gradio_api/run/predict", json={"data": [asked]})
    ours = "\n".join(
        record.getMessage() + str(record.exc_text or "")
        for record in caplog.records
        if record.name.startswith(("qa_bot", "uvicorn"))
    )
    assert "张三" not in ours


def test_a_question_that_takes_too_long_is_given_up(bot):
    with TestClient(
        create_app(bot, gate=Gate(answer=0.0)), raise_server_exceptions=False
    ) as client:
        reply = client.get("/api/ask", params={"q": "开药店至少要多大面积？"})
        assert reply.status_code == 503
        assert "已停止" in reply.json()["detail"]
    assert bot.ask("开药店至少要多大面积？").answers, "outside of a server nothing is given up"


def test_feedback_older_than_wanted_is_deleted(tmp_path):
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    now = datetime.now(UTC)
    kept = entry(at=now - timedelta(days=29))
    for one in (entry(at=now - timedelta(days=31)), kept):
        store.add(one)
    assert forget_older(store, 30) == 1
    assert [one.id for one in store.all()] == [kept.id]
    assert forget_older(FeedbackStore(tmp_path / "none.sqlite"), 30) == 0
    assert not (tmp_path / "none.sqlite").exists()


def test_what_cannot_be_deleted_now_is_deleted_later(monkeypatch, caplog):
    asked, stop = [], threading.Event()

    class Locked:
        def clear(self, before):
            asked.append(before)
            if len(asked) == 1:
                raise FeedbackError("locked")
            stop.set()
            return 1

    monkeypatch.setattr("qa_bot.feedback.retention._EVERY_S", 0.01)
    keep_for(cast(FeedbackStore, Locked()), 30, stop)
    assert stop.wait(5)
    assert len(asked) == 2
    assert "locked" in caplog.text


@pytest.mark.parametrize("path", ["/", "/api", "/clause/nothing", "/gradio_api/info", "/feedback"])
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://localhost:3000"])
def test_no_other_page_may_read_a_reply(page, path, origin):
    told = {"Origin": origin, "Host": "gazette.example.org"}
    for reply in (
        page.get(path, headers=told),
        page.options(path, headers=told | {"Access-Control-Request-Method": "POST"}),
    ):
        assert not [name for name in reply.headers if name.startswith("access-control-allow")]
