"""Who asks: what proxies say, who has signed in, and how much one address may ask."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from qa_bot.api import Access, Peers, SignedIn
from qa_bot.api.clients import _BURST_S, RateLimit, is_local, same_client
from qa_bot.errors import InputError

AWAY = "203.0.113.7"


def told(request):
    return JSONResponse(
        {"client": request.client.host, "user": request.headers.get("x-remote-user")}
    )


def application():
    return Starlette(routes=[Route(path, told) for path in ("/", "/healthz", "/readyz")])


def ask(app, host=AWAY, path="/", **headers):
    client = TestClient(app, client=(host, 50_000))
    return client.get(
        path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("127.0.0.1", {"x_forwarded_for": "198.51.100.3"}, "198.51.100.3"),
        ("10.1.2.3", {"x_forwarded_for": "198.51.100.3"}, "198.51.100.3"),
        # What a client says to the proxy itself stands before what the proxy saw.
        ("10.1.2.3", {"x_forwarded_for": "127.0.0.1, 198.51.100.3"}, "198.51.100.3"),
        (AWAY, {"x_forwarded_for": "127.0.0.1"}, AWAY),
    ],
)
def test_only_a_proxy_says_who_the_client_is(peer, said, client):
    app = Peers(application(), Access(proxies=("127.0.0.1", "10.1.0.0/16")))
    assert ask(app, peer, **said).json()["client"] == client


def test_nobody_signs_in_by_naming_himself():
    access = Access(user_header="X-Remote-User")
    app = Peers(SignedIn(application(), "X-Remote-User"), access)
    assert ask(app, "127.0.0.1", x_remote_user="wang").json()["user"] == "wang"
    for refused in (
        ask(app, AWAY, x_remote_user="wang"),
        ask(app, "127.0.0.1"),
        ask(app, "127.0.0.1", x_remote_user="  "),
        ask(app, AWAY, x_remote_user="wang", x_forwarded_for="127.0.0.1"),
    ):
        assert refused.status_code == 401
        assert "登录" in refused.json()["detail"]
    assert ask(app, AWAY, "/healthz").status_code == 200
    assert ask(app, AWAY, "/readyz").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"proxies": ("the proxy",)},
        {"proxies": ("10.0.0.1/8",)},
        {"user_header": "X Remote"},
        {"user_header": ""},
    ],
)
def test_a_wrong_setting_is_told(wrong):
    with pytest.raises(InputError, match="/"):
        Access(**wrong)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limited(per_minute, clock):
    return RateLimit(application(), per_minute, lambda scope: scope["path"] == "/", clock)


def test_an_address_has_its_share_and_no_more():
    clock = Clock()
    app = limited(60, clock)
    asked = [ask(app).status_code for _ in range(20)]
    assert asked.count(200) == _BURST_S  # one a second
    assert asked[:12] == [200] * 12
    refused = ask(app)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert "频繁" in refused.json()["detail"]
    clock.now += 1
    assert [ask(app).status_code for _ in range(2)] == [200, 429]
    clock.now += 3_600  # what was not used does not add up
    assert [ask(app).status_code for _ in range(20)].count(200) == _BURST_S


def test_for_any_length_of_time_no_more_than_the_share():
    clock = Clock()
    app = limited(60, clock)
    let = 0
    for _ in range(6_00):
        clock.now += 0.5
        let += ask(app).status_code == 200
    assert 300 <= let <= 300 + _BURST_S


def test_others_are_not_refused_for_it():
    app = limited(6, Clock())
    assert [ask(app).status_code for _ in range(3)] == [200, 429, 429]
    assert ask(app, "203.0.113.8").status_code == 200
    assert ask(app, path="/healthz").status_code == 200
    assert [ask(app, "127.0.0.1").status_code for _ in range(30)] == [200] * 30


def test_an_office_with_ipv6_is_one_client():
    app = limited(6, Clock())
    assert ask(app, "2001:db8:1:2::1").status_code == 200
    assert ask(app, "2001:db8:1:2:ffff::9").status_code == 429
    assert ask(app, "2001:db8:1:3::1").status_code == 200
    assert same_client("::ffff:203.0.113.7") == "::ffff:203.0.113.7"


def test_addresses_are_forgotten_in_time(monkeypatch):
    monkeypatch.setattr("qa_bot.api.clients._REMEMBERED", 10)
    app = limited(6, Clock())
    for last in range(200):
        ask(app, f"203.0.113.{last}")
    assert len(app._until) == 10


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        (AWAY, False),
        ("192.168.1.5", False),
    ],
)
def test_what_is_this_machine(host, local):
    assert is_local(host) is local
