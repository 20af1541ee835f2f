"""WCAG 2.2 AA as far as a machine can tell: axe-core over every state of the page, in Debian's chromium."""

# ruff: noqa: F811 — a fixture that is used has the name of one that is imported

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_web_browser import (  # noqa: F401
    AREA,
    ask,
    browser,
    filtered,
    hostile_site,
    opened,
    playwright_api,
    site,
)

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make test installs it")

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [
    pytest.param({"color_scheme": "light"}, id="wide-light"),
    pytest.param(
        {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "locale": "en-US"},
        id="phone-dark-english",
    ),
]
# Nothing of Gradio's own is excused today; docs/accessibility.md says what was looked at besides.
EXCUSED: set[tuple[str, str]] = set()


def violations(page: Any) -> list[str]:
    """What axe finds in a page, rule and place."""
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    assert len(found["passes"]) > 10, "axe did not run"
    return [
        f"{rule['id']} at {node['target']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
        if (rule["id"], str(node["target"])) not in EXCUSED
    ]


def test_axe_finds_what_is_wrong(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/clause/温市监规〔2019〕1号/annex_1/art_51/para_1")
    page.locator("mark").first.wait_for()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")
    found = " ".join(violations(page))
    assert "image-alt" in found
    assert "label" in found


@pytest.mark.parametrize("look", LOOKS)
def test_the_chat(opened: Callable[..., Any], site: str, look: dict[str, Any]) -> None:
    page = opened(f"{site}/", **look)
    page.locator(".qa-chip").first.wait_for()
    page.wait_for_timeout(300)
    assert violations(page) == []
    for question in (AREA, "没备案环评登记表，补上还罚吗？", "洞头的PM2.5目标是多少", "开网吧要什么条件", "那仓库呢？", "\ufffd"):  # fmt: skip
        ask(page, question)
    filtered(page, issuer="温州市财政局")
    assert violations(page) == []
    ask(page, AREA)
    page.locator(".qa-fb-verdict").last.click()
    assert violations(page) == []
    page.locator("a[data-original]").last.click()
    page.get_by_role("dialog").frame_locator("iframe").locator("mark").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.reload()
    page.locator(".qa-restored").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_other_tabs(opened: Callable[..., Any], site: str, look: dict[str, Any]) -> None:
    page = opened(f"{site}/", **look)
    tabs = page.get_by_role("tab")
    tabs.nth(1).wait_for()
    for at in range(1, tabs.count()):
        tabs.nth(at).click()
        page.wait_for_timeout(1200)
        for record in page.locator("button[data-record]:visible").all()[:1]:
            record.click()
            page.wait_for_timeout(500)
        assert violations(page) == [], tabs.nth(at).inner_text()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "address",
    [
        "clause/温市监规〔2019〕1号/annex_1/art_51/para_1",
        "clause/温环发〔2019〕17号/annex_1/row_5",
        "clause/no-such-clause",
        "document/温市监规〔2019〕1号?q=面积",
        "document/wenzhou-2019-04/statistics",
        "issue/wenzhou-2019-04",
        "report",
    ],
)
def test_the_plain_pages(
    opened: Callable[..., Any], site: str, look: dict[str, Any], address: str
) -> None:
    page = opened(f"{site}/{address}", **look)
    assert violations(page) == []
