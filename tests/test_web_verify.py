"""The tab in which quotes are verified, without a browser: the form, the marks, escaping, bad requests."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from conftest import ROOT
from fastapi import FastAPI
from fastapi.testclient import TestClient
from test_web import PAYLOADS

from qa_bot.bot import Bot
from qa_bot.errors import IndexDamagedError
from qa_bot.index import Records
from qa_bot.living import Living
from qa_bot.verify import MAX_CHECKS, VERDICTS, Verification, Verifier, check_text
from qa_bot.web.templating import static
from qa_bot.web.verify_pages import SIGNS, add_verify, panel
from qa_bot.web.wording import TEXTS

WRONG = "企业经营场所面积不得少于60平方米。"
RULES = "《温州市药品零售（连锁）经营许可实施细则》"
DRAFT = f"{RULES}第五十一条第一款规定：“{WRONG}”另见温政发〔2019〕5号第十三点；又见温政发〔2019〕5号第三点。"


class VerifyingBot:
    """Verifies, and cannot answer: what needs no model."""

    def __init__(self, records: Records) -> None:
        self.verifier = Verifier(records)
        self.fails: Exception | None = None

    def verify(self, text: str) -> Verification:
        if self.fails:
            raise self.fails
        return self.verifier.verify(check_text(text))


@pytest.fixture(scope="module")
def verifying(records: Records) -> VerifyingBot:
    return VerifyingBot(records)


@pytest.fixture(scope="module")
def site(verifying: VerifyingBot) -> Iterator[TestClient]:
    app = FastAPI()
    add_verify(app, Living.of(cast(Bot, verifying)))
    with TestClient(app) as client:
        yield client


def sent(site: TestClient, text: str, language: str = "zh-CN") -> str:
    reply = site.post("/verify/view", data={"text": text}, headers={"accept-language": language})
    assert reply.headers["content-type"].startswith("text/html")
    return reply.text


def plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def test_panel_is_a_labelled_form_with_a_live_region(verifying: VerifyingBot) -> None:
    for language in ("zh", "en"):
        text = panel(cast(Bot, verifying), language)  # type: ignore[arg-type]
        assert 'label for="qa-ve-text"' in text
        assert 'id="qa-ve-status" class="qa-sr" role="status"' in text
        assert 'role="region"' in text
        assert 'maxlength="20000"' in text
        assert "method=" not in text  # without the script nothing may go into the address


def test_a_change_is_marked_with_words_and_linked(site: TestClient) -> None:
    text = sent(site, WRONG)
    marks = re.search(r'<p class="qa-text">(.*?)</p>', text, re.DOTALL)
    assert marks
    assert re.findall(r"<(del|ins)>", marks[1]) == ["del", "ins"]
    assert "原文有而引文没有：" in plain(marks[1])
    bare = re.sub(r'<span class="qa-sr"[^>]*>.*?</span>', "", marks[1])
    assert plain(re.sub(r"<del>.*?</del>", "", bare)) == WRONG
    assert plain(re.sub(r"<ins>.*?</ins>", "", bare)) == WRONG.replace("60", "40")
    assert "40平方米" in plain(text)
    assert re.search(r'href="clause/[^"]+#clause"', text)


def test_each_verdict_has_a_sign_and_words(site: TestClient) -> None:
    assert set(SIGNS) == set(VERDICTS)
    for verdict in VERDICTS:
        assert f"ve_{verdict}" in TEXTS
    text = sent(site, DRAFT)
    found = re.findall(r"qa-ve-check qa-ve-(\w+)", text)
    assert found == ["altered", "not_found", "exists"]
    for name in found:
        assert f'<span aria-hidden="true">{SIGNS[name]}</span> {TEXTS[f"ve_{name}"][0]}' in text


def test_english_readers_get_english_around_chinese_quotes(site: TestClient) -> None:
    text = sent(site, DRAFT, "en")
    assert "Altered" in text
    assert "Differs from the source" in text
    assert "与原文" not in text
    assert 'lang="zh-CN"' in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_inert(site: TestClient, payload: str) -> None:
    for text in (payload, f"“{payload}”（{RULES}第五十一条）", WRONG.replace("60", payload)):
        shown = sent(site, text)
        assert not re.search(r"<(?:script|img|svg|iframe)", shown, re.IGNORECASE)
        assert not re.search(r"<[^>]*\son\w+=", shown, re.IGNORECASE)
        assert not re.search(r'href="(?!clause/)', shown)


def test_form_and_json_say_the_same(site: TestClient) -> None:
    reply = site.post("/verify/view", json={"text": WRONG})
    assert reply.status_code == 200
    assert reply.text == sent(site, WRONG)
    assert reply.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in reply.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"text=", "application/x-www-form-urlencoded"),
        (b"text=%ff%fe", "application/x-www-form-urlencoded"),
        (b"text=" + b"%E5%AD%97" * 20_001, "application/x-www-form-urlencoded"),
        (b"text=" + b"a" * 300_000, "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"text": 3}', "application/json"),
        (b'{"text": "\\ud800"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff\xfe", "text/plain"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(site: TestClient, body: bytes, kind: str) -> None:
    reply = site.post("/verify/view", content=body, headers={"content-type": kind})
    assert reply.status_code == 400
    assert "qa-error" in reply.text
    assert "data-status" in reply.text


def test_an_error_of_ours_is_a_message(verifying: VerifyingBot, site: TestClient) -> None:
    for error, words in (
        (IndexDamagedError("坏了 / damaged"), "坏了"),
        (RuntimeError("x"), TEXTS["ve_failed"][0]),
    ):
        verifying.fails = error
        reply = site.post("/verify/view", data={"text": WRONG})
        verifying.fails = None
        assert reply.status_code == 500
        assert words in reply.text
        assert "Traceback" not in reply.text


def test_the_text_never_goes_into_the_address(site: TestClient) -> None:
    assert site.get("/verify/view", params={"text": WRONG}).status_code == 405
    script = static("verify.js")
    assert 'method: "POST"' in script
    assert "location" not in script
    assert "Storage" not in script


def test_script_and_style_keep_to_the_manner_of_the_page() -> None:
    style = re.sub(r"/\*.*?\*/", "", static("verify.css"), flags=re.DOTALL)
    for rule in re.findall(r"(?:^|\})\s*([^{}@]+)\{", style):
        for selector in rule.split(","):
            assert ".gradio-container" in rule, selector
    said = set(re.findall(r"texts\.(\w+)", static("verify.js")))
    assert said == {"ve_loading", "ve_failed"}
    assert said <= set(TEXTS)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_marks_have_enough_contrast_in_both_colour_schemes() -> None:
    """4.5:1 on their own ground, and for the badges on a card (WCAG 2.2, 1.4.3)."""
    style = (ROOT / "qa_bot" / "web" / "static" / "verify.css").read_text(encoding="utf-8")
    cards = {"light": "#ffffff", "dark": "#1e2024"}
    for scheme, line in zip(cards, re.findall(r"\{ (--qa-ve-in:.*?) \}", style), strict=True):
        held = dict(re.findall(r"(--qa-ve-[\w-]+): (#\w{6})", line))
        pairs = [
            (held["--qa-ve-in"], held["--qa-ve-in-ink"]),
            (held["--qa-ve-out"], held["--qa-ve-out-ink"]),
            *((cards[scheme], held[f"--qa-ve-{name}"]) for name in ("in-ink", "out-ink", "warn")),
        ]
        for one, other in pairs:
            low, high = sorted((_luminance(one), _luminance(other)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (scheme, one, other)


def test_every_text_is_in_two_languages() -> None:
    for key, (chinese, english) in TEXTS.items():
        if key.startswith("ve_"):
            assert chinese
            assert english
    used = (Path(ROOT) / "qa_bot/web/templates/verify_results.html").read_text(encoding="utf-8")
    for key in re.findall(r"t\('(ve_\w+?)'", used):
        assert key in TEXTS or any(name.startswith(key) for name in TEXTS), key


def test_quotes_that_were_not_checked_are_said(site: TestClient) -> None:
    assert "没有核对" not in sent(site, WRONG)
    text = sent(site, f"“{WRONG}”" * (MAX_CHECKS + 3))
    assert text.count('<li class="qa-card') == MAX_CHECKS
    assert "其余 3 处没有核对" in plain(text)
    assert "3 were not" in plain(sent(site, f"“{WRONG}”" * (MAX_CHECKS + 3), "en"))
