"""The HTTP API: the contract, errors, limits, caching, metrics; and that the page is served beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel
from test_web import TinyBot
from typer.testing import CliRunner

from qa_bot.api import add_api, contract, create_api
from qa_bot.api.limits import MAX_BODY
from qa_bot.bot import Bot
from qa_bot.errors import IndexDamagedError
from qa_bot.living import Living
from qa_bot.settings import DataFolder
from qa_bot.verify import MAX_TEXT
from qa_bot.web import create_app

# Answers of several kinds, and none.
QUESTIONS = (
    "开药店至少要多大面积？",
    "没备案环评登记表，补上还罚吗？",
    "谁负责蓝天保卫战",
    "4月12日副市长李无文做了什么",
    "温政办〔2019〕36号是什么文件",
    "PM2.5 的目标是多少",
    "今天纽约的股票行情怎么样？",
    "平环登记表没填",
)
CLAUSE = "温市监规〔2019〕1号/annex_1/art_51/para_1"
DOCUMENT = "温市监规〔2019〕1号"
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def api(bot: Bot) -> Iterator[TestClient]:
    with TestClient(create_api(Living.of(bot)), raise_server_exceptions=False) as client:
        yield client


def is_problem(reply: Any, status: int) -> dict[str, Any]:
    """The problem of a reply, which is one."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == PROBLEM
    body: dict[str, Any] = reply.json()
    contract.Problem.model_validate(body)
    assert body["status"] == status
    assert re.match(r"urn:qa-bot:problem:[a-z-]+$", body["type"])
    chinese, _, english = body["detail"].partition(" / ")
    assert re.search(r"[一-鿿]", chinese), "Chinese first"
    assert re.search(r"[A-Za-z]{2,} [a-z]", english), "English beside"
    assert "Traceback" not in reply.text
    return body


def same(model: type[BaseModel], value: Any) -> None:
    """Every field of a value is in its model with that type, and the model has no other."""
    dumped = model.model_validate(value).model_dump(mode="json", by_alias=True)
    assert dumped == value


# ---- the contract


@pytest.mark.parametrize("question", QUESTIONS)
def test_replies_are_as_the_models_say(bot: Bot, question: str) -> None:
    same(contract.Reply, bot.ask(question, 5).to_json())


def test_a_reply_that_goes_on_is_as_the_model_says(bot: Bot) -> None:
    reply = bot.ask("那仓库呢？", history=[QUESTIONS[0]]).to_json()
    assert reply["context"]
    same(contract.Reply, reply)


def test_every_clause_document_and_exemption_is_as_the_models_say(
    bot: Bot, api: TestClient
) -> None:
    for identity in bot.generation.records.ids():
        same(contract.Answer, bot.clause(identity).to_json())
    listed = api.get("/api/documents").json()
    same(contract.DocumentList, listed)
    assert listed["total"] == len(bot.generation.records.documents)
    for document in listed["documents"]:
        got = api.get(f"/api/documents/{quote(document['id'])}")
        assert got.status_code == 200
        same(contract.DocumentInFull, got.json())
        assert len(got.json()["clause_ids"]) == document["clauses"]
    same(contract.ExemptionList, api.get("/api/exemptions").json())


def without_time(text: str) -> str:
    return re.sub(r'"elapsed_ms": ?[0-9.]+', '"elapsed_ms":0', text)


@pytest.mark.parametrize("question", QUESTIONS)
def test_ask_gives_what_the_command_line_gives(
    api: TestClient, data: DataFolder, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    from qa_bot.cli import app

    monkeypatch.setattr(DataFolder, "at", classmethod(lambda cls, folder: data))
    printed = CliRunner().invoke(app, ["ask", "--json", question]).stdout
    for reply in (
        api.get("/api/ask", params={"q": question}),
        api.post("/api/ask", json={"q": question}),
    ):
        assert reply.status_code == 200
        # the same keys in the same order with the same values; the command line breaks lines
        compact = json.dumps(json.loads(printed), ensure_ascii=False, separators=(",", ":"))
        assert without_time(reply.text) == without_time(compact)


def test_ask_takes_filters_and_earlier_turns(api: TestClient, bot: Bot) -> None:
    first = api.get("/api/ask", params={"q": QUESTIONS[0]}).json()
    turn = {
        "question": QUESTIONS[0],
        "clause_ids": [one["clause_id"] for one in first["answers"]],
        "searched": None,
    }
    on = api.post("/api/ask", json={"q": "那仓库呢？", "history": [turn], "count": 1})
    assert on.json()["context"]["question"] == QUESTIONS[0]
    assert len(on.json()["answers"]) == 1
    params = {"q": "什么时候施行？", "issuer": "生态环境局", "since": "2019-04-01", "count": "2"}
    held = api.get("/api/ask", params=params).json()
    for one in (*held["answers"], *held["suggestions"]):
        assert one["document"]["issuer"] == "温州市生态环境局"


def test_a_clause_comes_with_its_neighbours(api: TestClient, bot: Bot) -> None:
    reply = api.get(f"/api/clauses/{quote(CLAUSE)}").json()
    same(contract.ClauseInPlace, reply)
    assert reply["quote"] == bot.clause(CLAUSE).quote
    assert reply["after"]["clause_id"] == "温市监规〔2019〕1号/annex_1/art_51/para_2"
    assert reply["after"]["quote"] == bot.clause(reply["after"]["clause_id"]).quote
    ids = bot.generation.records.ids()
    assert api.get(f"/api/clauses/{quote(ids[0])}").json()["before"] is None
    assert api.get(f"/api/clauses/{quote(ids[-1])}").json()["after"] is None
    encoded = quote(CLAUSE, safe="")  # slashes, too
    assert api.get(f"/api/clauses/{encoded}").json() == reply


def test_a_document_says_what_it_does_and_what_is_done_to_it(api: TestClient) -> None:
    reply = api.get(f"/api/documents/{quote(DOCUMENT)}").json()
    assert reply["number"] == DOCUMENT
    assert [part["id"] for part in reply["parts"]] == ["", "annex_1"]
    assert {one["type"] for one in reply["relations"]} >= {"issues", "amends", "commences"}
    shown = [json.dumps(one) for one in reply["relations"]]
    assert len(shown) == len(set(shown))
    assert CLAUSE in reply["clause_ids"]


def test_documents_can_be_filtered(api: TestClient) -> None:
    held = api.get("/api/documents", params={"kind": "notice", "until": "2019-04-10"}).json()
    assert 0 < held["total"] == len(held["documents"])
    assert all(one["issued_on"] <= "2019-04-10" for one in held["documents"])


def test_exemptions_are_those_of_the_bot(api: TestClient, bot: Bot) -> None:
    reply = api.get("/api/exemptions", params={"q": QUESTIONS[1], "count": 2}).json()
    wanted = bot.exemptions(QUESTIONS[1])
    assert reply["exemptions"] == [one.to_json() for one in wanted[:2]]
    assert reply["total"] == len(wanted)
    by_law = api.get("/api/exemptions", params={"law": "政府采购法", "on": "2019-06-01"}).json()
    assert 0 < by_law["total"] < reply["total"]


def test_verify_is_that_of_the_bot(api: TestClient, bot: Bot) -> None:
    text = f"“{bot.clause(CLAUSE).quote}”（{bot.clause(CLAUSE).citation}）"
    wanted = bot.verify(text).to_json()
    assert wanted["summary"]["verified"] == 1
    for reply in (
        api.get("/api/verify", params={"text": text}),
        api.post("/api/verify", json={"text": text}),
    ):
        assert reply.json() | {"elapsed_ms": 0} == wanted | {"elapsed_ms": 0}


@pytest.mark.parametrize(
    "text",
    [
        "《温州市药品零售（连锁）经营许可实施细则》第五十一条",
        "“企业经营场所面积不得少于60平方米。”（《温州市药品零售（连锁）经营许可实施细则》第五十一条第一款）",
        "“市政府决定给每位市民发放一台电脑作为奖励。”",
        "根据《中华人民共和国民法典》第三条和温政办〔2019〕35号，第一条。",
        "企业经营场所面积……平方米。",
    ],
)
def test_verifications_are_as_the_model_says(bot: Bot, text: str) -> None:
    same(contract.Verification, bot.verify(text).to_json())


# ---- errors


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/api/nothing", {}, 404),
        ("GET", "/api/nothing/below", {}, 404),
        ("DELETE", "/api/ask", {}, 405),
        ("POST", "/healthz", {}, 405),
        ("GET", "/api/ask", {}, 422),  # no question
        ("GET", "/api/ask?q=", {}, 422),
        ("GET", "/api/ask?q=%EF%BC%9F%EF%BC%9F", {}, 422),  # ？？ asks nothing
        ("GET", f"/api/ask?q={'a' * 2_001}", {}, 422),
        ("GET", "/api/ask?q=a&count=0", {}, 422),
        ("GET", "/api/ask?q=a&count=x", {}, 422),
        ("GET", "/api/ask?q=a&issuers=b", {}, 422),  # misspelt: not silently left out
        ("GET", "/api/ask?q=a&since=2019-13-01", {}, 422),
        ("GET", "/api/ask?q=a&issuer=%E6%B5%B7%E5%85%B3", {}, 422),  # 海关: none of theirs here
        ("GET", "/api/exemptions?law=%E6%B5%B7%E5%85%B3%E6%B3%95", {}, 422),
        ("POST", "/api/ask", {"json": {}}, 422),
        ("POST", "/api/ask", {"json": []}, 422),
        ("POST", "/api/ask", {"json": {"q": "a", "history": "b"}}, 422),
        ("POST", "/api/ask", {"json": {"q": "a", "history": [{"question": "？"}]}}, 422),
        ("POST", "/api/ask", {"json": {"q": "a", "history": [{"question": "b" * 2_001}]}}, 422),
        ("POST", "/api/verify", {"json": {"text": "a" * (MAX_TEXT + 1)}}, 422),
        ("POST", "/api/verify", {"content": b"a" * (MAX_BODY + 1)}, 413),
        ("POST", "/api/verify", {"content": iter([b"a" * 900_000] * 3)}, 413),  # length not told
    ],
)
def test_errors_are_problems(
    api: TestClient, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    is_problem(api.request(method, path, **options), status)


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"q": "\\ud800"}', b'{"q": NaN}', b"null", b"9" * 9_000]
)  # fmt: skip
def test_a_body_that_is_no_json_is_a_problem(api: TestClient, body: bytes) -> None:
    reply = api.post("/api/ask", content=body, headers={"content-type": "application/json"})
    is_problem(reply, 422 if reply.status_code == 422 else 400)


def test_the_limit_is_told(api: TestClient) -> None:
    large = is_problem(api.post("/api/ask", content=b"a" * (MAX_BODY + 1)), 413)
    assert str(MAX_BODY) in large["detail"]
    long = is_problem(api.get("/api/ask", params={"q": "长" * 2_001}), 422)
    assert "2000" in long["detail"]
    assert long["errors"][0]["where"] == "query.q"


def test_an_unknown_id_comes_with_near_ones(api: TestClient) -> None:
    for path in (
        "clauses/温市监规〔2019〕1号/annex_1/art_51/para_9",
        "documents/温市监规〔2019〕9号",
    ):
        body = is_problem(api.get(f"/api/{quote(path)}"), 404)
        assert body["near"]
        for identity in body["near"]:
            found = api.get(f"/api/{path.partition('/')[0]}/{quote(identity)}")
            assert found.status_code == 200
        assert body["instance"] == f"/api/{quote(path)}"
    assert is_problem(api.get("/api/clauses/x"), 404)["near"] == []


def test_a_method_that_is_not_taken_is_told_those_that_are(api: TestClient) -> None:
    assert set(api.delete("/api/ask").headers["allow"].split(", ")) == {"GET", "POST"}
    assert api.post("/api/documents").headers["allow"] == "GET"


def test_an_unexpected_error_tells_nothing_of_the_inside(bot: Bot) -> None:
    class Broken:
        generation = bot.generation
        listener = None

        def ask(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError("secret of the inside")

        def clause(self, _: str) -> None:
            raise IndexDamagedError("索引坏了 / The index is damaged: run qa-bot build")

        def warm_up(self) -> None:
            raise IndexDamagedError("索引坏了 / The index is damaged: run qa-bot build")

    living = Living.of(cast(Bot, Broken()))
    with TestClient(create_api(living), raise_server_exceptions=False) as client:
        body = is_problem(client.get("/api/ask", params={"q": "a"}), 500)
        assert "secret" not in json.dumps(body)
        is_problem(client.get(f"/api/clauses/{quote(CLAUSE)}"), 503)
        assert "索引坏了" in is_problem(client.get("/readyz"), 503)["detail"]
        assert client.get("/healthz").status_code == 200


# ---- caching


@pytest.mark.parametrize(
    "path",
    [
        "/api/ask?q=%E8%8D%AF%E5%BA%97%E9%9D%A2%E7%A7%AF",
        f"/api/clauses/{quote(CLAUSE)}",
        "/api/documents",
        f"/api/documents/{quote(DOCUMENT)}",
        "/api/exemptions",
        "/api/verify?text=%E8%8D%AF%E5%BA%97",
        "/api/openapi.json",
    ],
)
def test_what_is_held_need_not_be_sent_again(api: TestClient, bot: Bot, path: str) -> None:
    first = api.get(path)
    tag = first.headers["etag"]
    assert bot.generation.folder.name in tag
    assert first.headers["cache-control"] == "no-cache"
    for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = api.get(path, headers={"if-none-match": held})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    assert api.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_errors_and_posts_are_not_kept(api: TestClient) -> None:
    for reply in (
        api.post("/api/ask", json={"q": "药店"}),
        api.get("/api/clauses/x", headers={"if-none-match": "*"}),
        api.get("/api/ask?q=", headers={"if-none-match": "*"}),
        api.get("/readyz"),
    ):
        assert reply.headers["cache-control"] == "no-store"
        assert "etag" not in reply.headers


def test_another_day_is_another_tag(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A work expires by the day, and its status with it."""
    from datetime import date

    from qa_bot.api import caching

    class Later(date):
        @classmethod
        def today(cls) -> Later:
            return cls(2099, 1, 1)

    today = caching.etag(bot)
    monkeypatch.setattr(caching, "date", Later)
    assert caching.etag(bot) != today


# ---- running it


def test_alive_and_ready(api: TestClient, bot: Bot) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    ready = api.get("/readyz").json()
    same(contract.Readiness, ready)
    assert ready["generation"] == bot.generation.folder.name
    assert ready["newer"] is None


def counted(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(name)]
    return float(line.rpartition(" ")[2])


def test_metrics_count_requests_questions_and_stages(bot: Bot) -> None:
    with TestClient(create_api(Living.of(bot))) as client:
        client.get("/api/ask", params={"q": QUESTIONS[0]})
        client.get("/api/ask", params={"q": QUESTIONS[6]})
        client.get("/api/ask", params={"q": ""})
        client.get("/api/secret-address-of-a-user")
        client.get("/api/openapi.json")  # asks for its examples; nobody asked
        reply = client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    text = reply.text
    route = 'qa_bot_requests_total{method="GET",route="/api/ask",status='
    assert counted(text, f'{route}"200"}}') == 2
    assert counted(text, f'{route}"422"}}') == 1
    assert counted(text, 'qa_bot_questions_total{status="answered"}') == 1
    assert counted(text, 'qa_bot_questions_total{status="not_found"}') == 1
    for stage in ("analyse", "encode", "rank", "compose"):
        assert counted(text, f'qa_bot_stage_seconds_count{{stage="{stage}"}}') == 2
    assert f'generation="{bot.generation.folder.name}"' in text
    assert counted(text, "process_resident_memory_bytes") > 1e7
    assert "secret" not in text
    assert "药店" not in text


def test_two_applications_count_apart(bot: Bot) -> None:
    for _ in range(2):
        with TestClient(create_api(Living.of(bot))) as client:
            client.get("/healthz")
            text = client.get("/metrics").text
        assert 'route="/healthz",status="200"} 1.0' in text


def test_the_page_of_the_interface_lists_every_operation(api: TestClient) -> None:
    page = api.get("/api")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert not re.findall(r"""(?:src|href)="(?!http://testserver)""", page.text)
    for path in api.get("/api/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert api.get("/api/").text == page.text


def test_a_command_of_the_page_does_what_it_says(api: TestClient, bot: Bot) -> None:
    import html
    import shlex

    commands = re.findall(r"<pre[^>]*><code>(curl .*?)</code>", api.get("/api").text)
    assert len(commands) == 11
    for command in commands:
        _, address, *body = shlex.split(html.unescape(command))
        path = address.removeprefix("http://testserver")
        reply = api.post(path, json=json.loads(body[1])) if body else api.get(path)
        assert reply.status_code == 200, command


# ---- within the application of the page


@pytest.fixture(scope="module")
def whole() -> Iterator[TestClient]:
    """Page and API; the bot is a tiny one that knows hostile clauses."""
    with TestClient(create_app(cast(Bot, TinyBot())), raise_server_exceptions=False) as client:
        yield client


def test_page_and_api_are_one_application(whole: TestClient) -> None:
    assert "公报问答" in whole.get("/").text
    assert whole.get("/healthz").json() == {"status": "ok"}
    is_problem(whole.get("/api/nothing"), 404)
    is_problem(whole.put("/api/ask"), 405)
    assert whole.get("/clause/d/art_2").status_code == 200
    missing = whole.get("/clause/none")
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("text/html")
    assert whole.get("/api/nothing").headers["x-content-type-options"] == "nosniff"


def test_other_routes_keep_their_errors(bot: Bot) -> None:
    app = FastAPI()

    @app.get("/apiary")
    def own() -> dict[str, str]:
        return {"bees": "many"}

    add_api(app, Living.of(bot))
    with TestClient(app) as client:
        assert client.get("/apiary").json() == {"bees": "many"}
        assert client.get("/nothing").json() == {"detail": "Not Found"}
        assert client.get("/api/ask", params={"q": "药店"}).status_code == 200
        assert 'route="/apiary",status="200"' in client.get("/metrics").text


def test_the_application_can_be_started_a_second_time(bot: Bot) -> None:
    app = create_api(Living.of(bot))
    for _ in range(2):
        with TestClient(app, base_url="http://127.0.0.1:1") as client:
            reply = client.post(
                "/mcp",
                headers={"accept": "application/json, text/event-stream"},
                json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
            )
            assert reply.status_code == 200


def test_under_a_prefix_of_a_proxy(bot: Bot) -> None:
    outer = FastAPI()
    inner = FastAPI()
    add_api(inner, Living.of(bot))
    outer.mount("/gazette", inner)
    with TestClient(outer) as client:
        assert client.get("/gazette/healthz").json() == {"status": "ok"}
        assert client.get("/gazette/api/documents").status_code == 200
        is_problem(client.get("/gazette/api/nothing"), 404)


def test_what_is_wrong_with_a_parameter_is_said_in_chinese_first(bot: Bot) -> None:
    with TestClient(create_api(Living.of(bot))) as client:
        missing = client.get("/api/ask").json()["detail"]
        unknown = client.get("/api/ask", params={"q": "药店", "issuers": "x"}).json()["detail"]
    assert "缺少这一项" in missing.split(" / ")[0]
    assert "没有这个参数" in unknown.split(" / ")[0]
    assert "Field required" not in missing.split(" / ")[0]
