"""Browsing as a reader meets it: in Debian's chromium, over the real gazette."""

# ruff: noqa: F811 — a fixture that is used has the name of one that is imported

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from test_web_browser import (  # noqa: F401
    browser,
    luminance,
    opened,
    playwright_api,
    readable,
    site,
)

pytestmark = pytest.mark.browser

expect = playwright_api.expect
RULES = "document/温市监规〔2019〕1号"
WIDTH = "document.documentElement.scrollWidth"


def test_issue_tree_by_keyboard(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/issue/wenzhou-2019-04")
    row = page.locator(".documents > li", has_text="温市监规〔2019〕1号")
    summary = row.locator("summary")
    summary.focus()
    expect(row.get_by_role("link", name="第五十一条", exact=True)).to_be_hidden()
    page.keyboard.press("Enter")
    article = row.get_by_role("link", name="第五十一条", exact=True)
    expect(article).to_be_visible()
    page.keyboard.press("Tab")
    expect(row.get_by_role("link", name="正文", exact=True)).to_be_focused()
    article.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/document/**")
    assert unquote(page.url).endswith(f"{RULES}#annex_1/art_51")
    top = page.locator("[id='annex_1/art_51']").bounding_box()["y"]
    assert 40 < top < 200  # below the bar


def test_search_within_lights_the_text(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/{RULES}")
    page.get_by_role("searchbox").fill("中药饮片经营区域")
    page.keyboard.press("Enter")
    found = page.get_by_role("region", name="在本文件中查找")
    expect(found).to_contain_text("出现 1 处")
    found.get_by_role("link", name="跳到第一处").click()
    mark = page.locator("#page-text mark")
    expect(mark).to_be_in_viewport()
    assert mark.inner_text() == "中药饮片经营区域"
    page.get_by_role("searchbox").fill("开药店至少要多大面积")
    page.keyboard.press("Enter")
    expect(found).to_contain_text("没有逐字出现")
    expect(found.locator("li")).to_have_count(5)


@pytest.mark.parametrize("address", ["issue/wenzhou-2019-04", RULES, "document/温环发〔2019〕17号"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_without_sideways_scrolling(
    opened: Callable[..., Any], site: str, address: str, scheme: str
) -> None:
    phone = {"width": 390, "height": 844}
    page = opened(f"{site}/{address}", viewport=phone, color_scheme=scheme)
    for details in page.locator("details:not([open]) > summary").all():
        if details.is_visible():
            details.click()
    assert page.evaluate(WIDTH) <= 390
    colours = page.evaluate(
        "(() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]; })()"
    )
    readable(page, "main", 20)
    light, dark = (luminance(colour) for colour in colours)
    assert (light < dark) is (scheme == "light")


def test_link_of_a_clause_is_copied(opened: Callable[..., Any], site: str) -> None:
    page = opened(
        f"{site}/clause/温市监规〔2019〕1号/annex_1/art_51",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_role("button", name="复制链接").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert unquote(copied) == f"{site}/clause/温市监规〔2019〕1号/annex_1/art_51#clause"
    page.get_by_role("link", name="看整篇文件").click()
    page.wait_for_url("**/document/**")


def test_print_leaves_the_text_and_where_it_is_from(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/{RULES}?q=中药饮片经营区域")
    page.emulate_media(media="print")
    for hidden in (".bar", ".forms", ".contents", ".pin"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("footer .print")).to_have_text(f"本页地址：{site}/{RULES}")
    content = "getComputedStyle(document.querySelector('.found a.cited'), '::after').content"
    assert f"/{RULES}#annex_1/art_51/para_2>" in page.evaluate(content)
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.gazette p')).breakInside")
        == "avoid"
    )
