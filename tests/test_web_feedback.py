"""What the page sends when a reader says right or wrong, without a browser: what is taken, and what is not."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from test_web import PAYLOADS, TinyBot, no_markup_of_corpus

import qa_bot
from qa_bot.bot import Bot
from qa_bot.conversation import Turn
from qa_bot.feedback import FAULTS, LONGEST_REASON, FeedbackStore, Shown, digest
from qa_bot.filters import Filters
from qa_bot.web.chat import answer_html
from qa_bot.web.feedback_pages import (
    LONGEST_BODY,
    RateLimit,
    add_feedback,
    clause_id_in,
    feedback_data,
)
from qa_bot.web.templating import _ENVIRONMENT
from qa_bot.web.wording import TEXTS, Wording

pytestmark = pytest.mark.model
ZH, EN = Wording("zh"), Wording("en")
AREA = "开药店至少要多大面积？"
UNKNOWN = "温政发〔2018〕99号说什么"
ARTICLE = "温市监规〔2019〕1号/annex_1/art_51/para_1"
OTHER = ARTICLE.replace("para_1", "para_2")
SAME = {"sec-fetch-site": "same-origin", "accept-language": "zh-CN"}


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "feedback.sqlite", patience=0.2)


@pytest.fixture
def limit() -> RateLimit:
    return RateLimit(1000)


@pytest.fixture
def site(bot: Bot, store: FeedbackStore, limit: RateLimit) -> Iterator[TestClient]:
    app = FastAPI()
    add_feedback(app, bot, store, limit)
    with TestClient(app, headers=SAME) as client:
        yield client


@pytest.fixture(scope="module")
def answered(bot: Bot) -> dict[str, Any]:
    """What the page has to send for a question that was answered."""
    return json.loads(feedback_data(bot.ask(AREA), ZH)) | {"verdict": "right"}


@pytest.fixture(scope="module")
def unanswered(bot: Bot) -> dict[str, Any]:
    return json.loads(feedback_data(bot.ask(UNKNOWN), ZH)) | {"verdict": "right"}


def problem(reply: Response, status: int) -> dict[str, Any]:
    """The reply is a problem as RFC 9457 has it."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    found = reply.json()
    assert set(found) == {"type", "title", "status", "detail", "instance"}
    assert found["status"] == status
    assert found["instance"].startswith("/feedback")
    return found


# ---- what is kept


def test_right(site: TestClient, store: FeedbackStore, bot: Bot, answered: dict) -> None:
    reply = site.post("/feedback", json=answered)
    assert reply.status_code == 201
    (kept,) = store.all()
    assert kept.id == reply.json()["id"]
    shown = bot.ask(AREA)
    assert kept.question == AREA
    assert (kept.verdict, kept.status) == ("right", "answered")
    assert kept.confidence == pytest.approx(shown.confidence, abs=1e-4)
    assert [(one.clause_id, one.sha256) for one in kept.answers] == [
        (one.clause.id, digest(one.quote)) for one in shown.answers
    ]
    assert kept.version == qa_bot.__version__
    assert kept.generation == bot.generation.folder.name
    assert kept.model == bot.generation.manifest.model_fingerprint


def test_wrong_with_everything(
    site: TestClient, store: FeedbackStore, bot: Bot, answered: dict
) -> None:
    body = answered | {
        "verdict": "wrong",
        "fault": "incomplete",
        "reason": " 少了\x1b[2J例外\n第二行 ",
        "right_clause": f"http://127.0.0.1:7860/clause/{quote(OTHER)}#clause",
        "filters": {"issuer": "市监局", "in_force": "true", "since": "2019-01-01"},
        "language": "en",
    }
    assert site.post("/feedback", json=body).status_code == 201
    (kept,) = store.all()
    assert kept.reason == "少了 [2J例外\n第二行"  # a terminal that lists it is not commanded
    assert kept.fault == "incomplete"
    assert kept.right_clause == Shown(OTHER, digest(bot.clause(OTHER).quote))
    assert kept.filters == {"issuer": "市监局", "since": "2019-01-01", "in_force": "true"}
    assert kept.language == "en"


def test_nothing_says_who_it_was(site: TestClient, store: FeedbackStore, answered: dict) -> None:
    who = {"user-agent": "Erkennbar/1.0", "x-forwarded-for": "203.0.113.9", "cookie": "s=geheim"}
    assert site.post("/feedback", json=answered, headers=who).status_code == 201
    for path in store.path.parent.iterdir():
        content = path.read_bytes()
        for sign in (b"Erkennbar", b"203.0.113", b"geheim", b"testclient"):
            assert sign not in content


def test_taking_back(site: TestClient, store: FeedbackStore, answered: dict) -> None:
    identity = site.post("/feedback", json=answered).json()["id"]
    assert site.delete(f"/feedback/{identity}").status_code == 204
    assert store.all() == []
    problem(site.delete(f"/feedback/{identity}"), 404)
    for guess in ("0" * 32, "x", "%27%20OR%201=1--", "%", "." * 400):
        assert site.delete(f"/feedback/{guess}").status_code == 404


def test_the_turns_before_are_kept_where_the_reply_rests_on_them(
    site: TestClient, store: FeedbackStore, bot: Bot
) -> None:
    first = bot.ask(AREA)
    turns = (Turn(AREA, tuple(one.clause.id for one in first.answers)),)
    follow_up = bot.ask("那仓库呢？", history=turns)
    assert follow_up.context
    body = json.loads(feedback_data(follow_up, ZH, turns)) | {"verdict": "right"}
    assert site.post("/feedback", json=body).status_code == 201
    assert store.all()[0].history == (AREA,)
    alone = json.loads(
        feedback_data(bot.ask("温政办〔2019〕36号是什么文件", history=turns), ZH, turns)
    )
    assert alone["history"] == []


def test_what_the_page_sends(bot: Bot) -> None:
    filters = Filters.read({"issuer": "市监局", "in_force": "1"})
    sent = json.loads(feedback_data(bot.ask(UNKNOWN), EN, filters=filters))
    assert sent["filters"] == {"issuer": "市监局", "in_force": "true"}
    assert Filters.read(sent["filters"]) == filters
    assert (sent["status"], sent["answers"], sent["language"]) == ("not_found", [], "en")


# ---- what is not taken


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"question": ""}, "question"),
        ({"question": "？"}, ""),
        ({"question": "问" * 2001}, "question"),
        ({"question": 7}, "question"),
        ({"status": "not_found"}, "status"),  # with answers
        ({"answers": []}, "status"),
        ({"answers": "x"}, "answers"),
        ({"answers": [{"clause_id": "x", "sha256": "zz"}]}, "sha256"),
        ({"answers": [{"clause_id": "x" * 301, "sha256": "0" * 64}]}, "clause_id"),
        ({"answers": [{"clause_id": "x", "sha256": "0" * 64}] * 21}, "answers"),
        ({"confidence": 1.01}, "confidence"),
        ({"confidence": "high"}, "confidence"),
        ({"history": ["一"] * 4}, "history"),
        ({"filters": {"since": "昨天"}}, ""),
        ({"filters": {str(n): "x" for n in range(11)}}, "filters"),
        ({"fault": "off_topic"}, "fault"),  # of what is right
        ({"verdict": "wrong", "fault": "overlooked"}, "fault"),  # of what was answered
        ({"verdict": "wrong", "fault": "rude"}, "fault"),
        ({"right_clause": ARTICLE}, "right_clause"),  # beside a right answer
        ({"verdict": "wrong", "reason": "长" * (LONGEST_REASON + 1)}, "reason"),
        ({"verdict": "wrong", "right_clause": "温市监规〔2019〕1号/annex_1/art_99"}, "art_99"),
        ({"ip": "127.0.0.1"}, "ip"),
    ],
)
def test_what_is_not_understood(
    site: TestClient, store: FeedbackStore, answered: dict, changes: dict, place: str
) -> None:
    assert place in problem(site.post("/feedback", json=answered | changes), 422)["detail"]
    assert not store.path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"question": "\\ud800"}', b"[" * 16_000]
)
def test_what_is_no_json(site: TestClient, store: FeedbackStore, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    problem(site.post("/feedback", content=content, headers=headers), 422)
    assert not store.path.exists()


def test_half_a_character_is_refused(site: TestClient, answered: dict) -> None:
    body = json.dumps(answered | {"verdict": "wrong", "reason": "\ud800"})
    headers = {"content-type": "application/json"}
    problem(site.post("/feedback", content=body, headers=headers), 422)


def test_an_unknown_clause_names_near_ones(site: TestClient, answered: dict) -> None:
    body = answered | {"verdict": "wrong", "right_clause": ARTICLE.replace("para_1", "para_9")}
    assert ARTICLE.rpartition("/")[0] in problem(site.post("/feedback", json=body), 422)["detail"]


def test_the_clause_that_was_wrong_cannot_be_right(site: TestClient, answered: dict) -> None:
    body = answered | {"verdict": "wrong", "right_clause": answered["answers"][0]["clause_id"]}
    assert "第一条" in problem(site.post("/feedback", json=body), 422)["detail"]


def test_what_changed_since_it_was_shown(
    site: TestClient, store: FeedbackStore, answered: dict
) -> None:
    """An index that was built anew while the page was open."""
    first, *others = answered["answers"]
    for one in (first | {"sha256": "0" * 64}, first | {"clause_id": "gone/art_1"}):
        body = answered | {"answers": [one, *others]}
        assert "再问一次" in problem(site.post("/feedback", json=body), 409)["detail"]
    assert not store.path.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"origin": "http://evil.example"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://testserver:8080"},
        {"origin": "null"},
        {"origin": "http://[::1"},
        {},
    ],
)
def test_other_sites_are_not_heard(
    bot: Bot, store: FeedbackStore, answered: dict, headers: dict[str, str]
) -> None:
    app = FastAPI()
    add_feedback(app, bot, store)
    with TestClient(app) as client:
        problem(client.post("/feedback", json=answered, headers=headers), 403)
        problem(client.delete(f"/feedback/{'0' * 32}", headers=headers), 403)
        own = {"origin": "http://testserver"}  # over plain http browsers send no more
        assert client.post("/feedback", json=answered, headers=own).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_of_another_site_could_send(
    site: TestClient, answered: dict, kind: str
) -> None:
    body = json.dumps(answered)
    problem(site.post("/feedback", content=body, headers={"content-type": kind}), 415)


def test_too_long(site: TestClient, answered: dict) -> None:
    """Also where the length is not told beforehand."""
    headers = {"content-type": "application/json; charset=utf-8"}
    long = json.dumps(answered).encode() + b" " * LONGEST_BODY
    assert str(LONGEST_BODY) in problem(
        site.post("/feedback", content=long, headers=headers), 413
    )["detail"]  # fmt: skip
    parts = iter([b" " * 1000] * 100)
    problem(site.post("/feedback", content=parts, headers=headers), 413)


def test_the_longest_that_a_reader_can_write_is_not_too_long(
    site: TestClient, answered: dict
) -> None:
    body = answered | {
        "verdict": "wrong",
        "question": "问" * 2000,
        "reason": "🀄" * LONGEST_REASON,
    }
    assert len(json.dumps(body, ensure_ascii=False).encode()) < LONGEST_BODY
    assert site.post("/feedback", json=body).status_code == 201


def test_too_many(bot: Bot, store: FeedbackStore, answered: dict) -> None:
    now = [0.0]
    app = FastAPI()
    add_feedback(app, bot, store, RateLimit(3, lambda: now[0]))
    with TestClient(app, headers=SAME) as client:
        client.post("/feedback", json=answered, headers={"sec-fetch-site": "cross-site"})
        for moment in (0, 10, 20):  # other sites do not use it up
            now[0] = moment
            assert client.post("/feedback", json=answered).status_code == 201
        now[0] = 50
        reply = client.post("/feedback", json=answered)
        assert "稍后" in problem(reply, 429)["detail"]
        assert reply.headers["retry-after"] == "11"
        now[0] = 60.5
        assert client.post("/feedback", json=answered).status_code == 201
        problem(client.post("/feedback", json=answered), 429)


def test_a_file_that_cannot_be_used_breaks_no_answer(
    bot: Bot, store: FeedbackStore, answered: dict
) -> None:
    store.path.write_bytes(b"no database at all" * 1000)
    app = FastAPI()
    add_feedback(app, bot, store)
    with TestClient(app, headers=SAME) as client:
        found = problem(client.post("/feedback", json=answered), 503)
        assert "问答不受影响" in found["detail"]
        assert str(store.path) not in found["detail"]  # where files lie is not for strangers
        problem(client.delete(f"/feedback/{'0' * 32}"), 503)
    assert "data-feedback" in answer_html(bot, AREA, "zh", feedback=True)


def test_locked(site: TestClient, store: FeedbackStore, answered: dict) -> None:
    assert site.post("/feedback", json=answered).status_code == 201
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        problem(site.post("/feedback", json=answered), 503)
    finally:
        other.close()
    assert site.post("/feedback", json=answered).status_code == 201


def test_problems_speak_the_readers_language(site: TestClient) -> None:
    english = {"accept-language": "en-GB,en"}
    detail = problem(site.delete("/feedback/x", headers=english), 404)["detail"]
    assert detail.startswith("There is no such feedback")


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        (ARTICLE, ARTICLE),
        (f"  {ARTICLE}\n", ARTICLE),
        (f"http://127.0.0.1:7860/clause/{quote(ARTICLE)}#clause", ARTICLE),
        (f"https://host/root/clause/{quote(ARTICLE, safe='')}?x=1#clause", ARTICLE),
        (f"clause/{ARTICLE}", ARTICLE),
        ("", ""),
    ],
)
def test_clause_id_in_what_is_pasted(text: str, identity: str) -> None:
    assert clause_id_in(text) == identity


# ---- what is below a turn


def test_a_turn_asks_what_the_reader_thinks_of_it() -> None:
    tiny = TinyBot()
    text = answer_html(cast(Bot, tiny), f"问{PAYLOADS[0]}", "zh", feedback=True)
    (sent,) = re.findall(r'data-feedback="([^"]*)"', text)
    assert json.loads(html.unescape(sent))["question"] == f"问{PAYLOADS[0]}"
    assert text.count('aria-pressed="false"') == 2
    assert "这样回答对吗" in text
    assert no_markup_of_corpus(text)
    tiny.found = False
    text = answer_html(cast(Bot, tiny), "问", "en", feedback=True)
    assert "Is it really not there?" in text
    assert (
        json.loads(html.unescape(re.findall(r'data-feedback="([^"]*)"', text)[0]))["answers"] == []
    )


def test_who_switched_feedback_off_is_not_asked() -> None:
    for question in ("问", " "):
        assert "qa-fb" not in answer_html(cast(Bot, TinyBot()), question, "zh")
    assert "qa-fb" not in answer_html(cast(Bot, TinyBot()), " ", "zh", feedback=True)  # an error


@pytest.mark.parametrize("status", list(FAULTS))
def test_the_form_offers_what_the_store_takes(status: str) -> None:
    for words in (ZH, EN):
        template = (
            '{% from "feedback.html" import feedback_bar with context %}'
            "{{ feedback_bar('{}', status) }}"
        )
        text = _ENVIRONMENT.from_string(template).render(t=words, status=status)
        assert tuple(re.findall(r'name="fault" value="([^"]*)"', text)) == FAULTS[status]
        for fault in FAULTS[status]:
            assert words(f"fb_fault_{fault}") in html.unescape(text)
    assert f'maxlength="{LONGEST_REASON}"' in text


def test_every_text_is_used() -> None:
    """None was left behind."""
    package = Path(qa_bot.__file__).parent / "web"
    used = "".join(
        path.read_text(encoding="utf-8")
        for path in [package / "feedback_pages.py", package / "templates" / "feedback.html"]
    )
    for key in (key for key in TEXTS if key.startswith("fb_")):
        stem = re.sub(r"(fault|ask|right|wrong)_(?!clause).*", r"\1_", key)
        assert stem in used, key
