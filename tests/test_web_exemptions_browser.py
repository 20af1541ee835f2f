"""The tab of penalty exemptions as a reader meets it: in Debian's chromium, over the real gazette."""

# ruff: noqa: F811 — a fixture that is used has the name of one that is imported

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from test_web_browser import (  # noqa: F401
    WAIT_MS,
    ask,
    browser,
    hostile_site,
    luminance,
    opened,
    playwright_api,
    readable,
    site,
)

from qa_bot.bot import Bot
from qa_bot.exemptions import Exemption
from qa_bot.export import rows_of

pytestmark = pytest.mark.browser

expect = playwright_api.expect
REGISTRATION = "没备案环评登记表，补上还罚吗？"
WIDTH = "document.documentElement.scrollWidth"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def records(bot: Bot) -> dict[str, Exemption]:
    return {one.id: one for one in bot.generation.records.exemptions.all}


def tab(page: Any, name: str = "免罚清单") -> Any:
    """Open the tab; the buttons that open the cards, once the table is there."""
    page.get_by_role("tab", name=name).click()
    buttons = page.locator("button[data-record]")
    buttons.first.wait_for()
    return buttons


def settled(page: Any) -> None:
    expect(page.locator("#qa-ex-results")).to_have_attribute("aria-busy", "false")


def shown(page: Any) -> list[str]:
    settled(page)
    return page.locator("button[data-record]").evaluate_all("all => all.map(e => e.dataset.record)")


def opened_card(page: Any, button: Any) -> Any:
    """The card of a row, opened by a click."""
    button.click()
    card = page.locator(f"#{button.get_attribute('aria-controls')} .qa-card")
    card.wait_for()
    return card


def test_search_filter_card_and_export(
    opened: Callable[..., Any], site: str, records: dict[str, Exemption], tmp_path: Any
) -> None:
    page = opened(f"{site}/")
    buttons = tab(page)
    expect(buttons).to_have_count(27)
    assert shown(page) == list(records)

    # search
    page.get_by_label("做了什么").fill(REGISTRATION)
    page.get_by_role("button", name="查找").click()
    expect(buttons).to_have_count(5)
    best = records[shown(page)[0]]
    assert best.violation.text == "建设单位未依法备案建设项目环境影响登记表的"
    expect(page.locator("#qa-ex-status")).to_contain_text("显示 5 项，共 27 项")

    # the card, word for word
    card = opened_card(page, buttons.first)
    quotes = card.locator(".qa-text").all_text_contents()
    for part in (best.violation, *best.general_conditions, *best.conditions):
        assert part.text in quotes
    assert best.ordinary_penalty is not None
    assert best.ordinary_penalty.passage.text in quotes
    assert "可以不予处罚" in card.inner_text()
    assert best.citation in card.locator("cite").inner_text()

    # filter
    page.get_by_label("类别").select_option("大气污染防治")
    expect(buttons).to_have_count(3)
    wanted = [records[one] for one in shown(page)]
    assert {one.category.text for one in wanted if one.category} == {"大气污染防治"}

    # sort, and export what is shown
    page.get_by_role("button", name="序号").click()
    settled(page)
    expect(page.get_by_role("columnheader", name="序号")).to_have_attribute(
        "aria-sort", "ascending"
    )
    expect(page.get_by_role("button", name="序号")).to_be_focused()
    wanted = [records[one] for one in shown(page)]
    assert [one.number for one in wanted] == [5, 6, 7]
    files = {}
    for name in ("CSV", "Excel", "JSON"):
        with page.expect_download() as coming:
            page.get_by_role("link", name=name).click()
        files[name] = tmp_path / coming.value.suggested_filename
        coming.value.save_as(files[name])
    assert json.loads(files["JSON"].read_bytes()) == [one.to_json() for one in wanted]
    with files["CSV"].open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1:] == rows_of(wanted)
    sheet = openpyxl.load_workbook(files["Excel"]).active
    rows = [[value or "" for value in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[1:] == rows_of(wanted)
    assert files["Excel"].suffix == ".xlsx"

    # another filter keeps the order, another search has its own
    page.get_by_label("类别").select_option("建设项目管理")
    expect(buttons).to_have_count(3)
    expect(page.get_by_role("columnheader", name="序号")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_label("做了什么").press("Enter")
    expect(page.get_by_role("columnheader", name="序号")).to_have_attribute("aria-sort", "none")

    # and back
    page.get_by_role("button", name="清除条件").click()
    expect(buttons).to_have_count(27)
    expect(page.get_by_label("做了什么")).to_be_focused()


def test_filter_that_matches_nothing_offers_what_there_is(
    opened: Callable[..., Any], site: str
) -> None:
    page = opened(f"{site}/")
    buttons = tab(page)
    page.get_by_label("机关", exact=True).select_option("温州市财政局")
    expect(buttons).to_have_count(17)
    page.get_by_label("类别").select_option("噪声污染防治")
    nothing = page.locator(".qa-ex-nothing")
    nothing.wait_for()
    expect(page.locator("#qa-ex-status")).to_have_text("没有符合条件的免罚事项")
    assert page.get_by_role("link", name="CSV").count() == 0
    nothing.get_by_role("button", name="温州市生态环境局").click()
    expect(buttons).to_have_count(1)
    expect(page.get_by_label("机关", exact=True)).to_have_value("温州市生态环境局")
    page.get_by_label("这一天有效").fill("2019-04-20")
    nothing.wait_for()
    nothing.get_by_role("button", name="清除条件").click()
    expect(buttons).to_have_count(27)


def test_by_keyboard_alone(
    opened: Callable[..., Any], site: str, records: dict[str, Exemption]
) -> None:
    """Never a pointer: to the tab, search, filter, sort, a card and out of it, a file."""
    page = opened(f"{site}/")
    page.get_by_label("您的问题").wait_for()

    def go(what: str, key: str = "Tab", most: int = 60) -> None:
        """Press a key until what has the focus fits a selector; the focus can be seen there."""
        for _ in range(most):
            page.keyboard.press(key)
            if page.evaluate("s => document.activeElement.matches(s)", what):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline == "solid", what
                return
        raise AssertionError(f"not reached by {key}: {what}")

    go("#qa-tab-exemptions-button", "Shift+Tab")
    page.keyboard.press("Enter")
    buttons = page.locator("button[data-record]")
    expect(buttons).to_have_count(27)

    go("#qa-ex-q")
    page.keyboard.type("没备案环评登记表")
    page.keyboard.press("Enter")
    expect(buttons).to_have_count(5)
    go("#qa-ex-authority")
    page.keyboard.press("ArrowDown")  # the first authority: finance
    expect(buttons.first).to_have_attribute("data-record", re.compile("^温财法"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("#qa-ex-authority")).to_have_value("温州市生态环境局")
    expect(buttons.first).to_have_attribute("data-record", "温环发〔2019〕17号/annex_1/row_1")
    settled(page)

    go("[data-all]")
    page.keyboard.press("Enter")
    expect(buttons).to_have_count(10)
    go("[data-sort=penalty]")
    for order in ("ascending", "descending", "none"):
        page.keyboard.press("Enter")
        expect(page.locator("th.qa-ex-penalty")).to_have_attribute("aria-sort", order)
        expect(page.locator("[data-sort=penalty]")).to_be_focused()

    go("button[data-record]")
    page.keyboard.press("Enter")
    card = page.locator(".qa-ex-open .qa-card")
    card.wait_for()
    expect(buttons.first).to_have_attribute("aria-expanded", "true")
    go(".qa-card .qa-link")  # to read it in its place
    go(".qa-card .qa-copy")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(buttons.first).to_be_focused()
    expect(buttons.first).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Space")
    expect(card).to_be_visible()

    go("a[download='exemptions.json']", "Shift+Tab")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    exported = json.loads(coming.value.path().read_bytes())
    assert [one["id"] for one in exported] == shown(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_shows_cards_and_does_not_scroll_sideways(
    opened: Callable[..., Any], site: str, scheme: str
) -> None:
    page = opened(f"{site}/", color_scheme=scheme, **PHONE)
    buttons = tab(page)
    assert page.evaluate(WIDTH) <= 390
    row = page.locator(".qa-ex-row").first
    cells = [row.locator(f".qa-ex-{name}").bounding_box() for name in ("violation", "penalty")]
    assert cells[0]["y"] + cells[0]["height"] <= cells[1]["y"] + 1  # one under the other
    for at in (0, 18, 26):
        opened_card(page, buttons.nth(at))
        assert page.evaluate(WIDTH) <= 390, at
    page.get_by_role("button", name="罚款上限").click()  # the heads sort here, too
    settled(page)
    assert shown(page)[0].startswith("温环发")
    page.get_by_label("法律").select_option("企业财务通则")
    page.get_by_label("机关", exact=True).select_option("温州市生态环境局")
    page.locator(".qa-ex-nothing").wait_for()
    assert page.evaluate(WIDTH) <= 390
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) < 0.1) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_the_tab_stands_out(opened: Callable[..., Any], site: str, scheme: str) -> None:
    page = opened(f"{site}/", color_scheme=scheme)
    buttons = tab(page)
    opened_card(page, buttons.nth(18))
    opened_card(page, buttons.nth(15))
    page.mouse.move(0, 0)
    readable(page, "#qa-exemptions", 150)


def test_record_in_the_address_is_open(
    opened: Callable[..., Any], site: str, records: dict[str, Exemption]
) -> None:
    wanted = records["温环发〔2019〕17号/annex_1/row_6"]
    page = opened(f"{site}/?exemption={quote(wanted.id, safe='')}")
    card = page.locator(".qa-ex-open:not([hidden]) .qa-card")
    card.wait_for()
    assert wanted.violation.text in card.inner_text()
    expect(page.locator('button[aria-expanded="true"]')).to_be_focused()
    expect(page.locator('button[aria-expanded="true"]')).to_be_in_viewport()
    assert page.locator(".qa-turn").count() == 0
    # The link in the card is that address.
    card.get_by_role("link", name="本项链接").click()
    card.wait_for()
    assert wanted.violation.text in card.inner_text()


@pytest.mark.parametrize("query", ["no", "%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E", "%FF"])
def test_unknown_record_in_the_address_is_said(
    opened: Callable[..., Any], site: str, query: str
) -> None:
    page = opened(f"{site}/?exemption={query}")
    page.locator("[data-unknown]").wait_for()
    expect(page.locator("button[data-record]")).to_have_count(27)
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None


def test_answer_in_the_chat_leads_to_the_record(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/")
    card = ask(page, REGISTRATION).locator(".qa-card").first
    assert "可以不予处罚" in card.inner_text()
    assert "首次轻微环境违法" in card.inner_text()
    with page.context.expect_page() as coming:
        card.get_by_role("link", name="在免罚清单中查看").click()
    other = coming.value
    linked = other.locator(".qa-ex-open:not([hidden]) .qa-card")
    linked.wait_for()
    assert "建设单位未依法备案建设项目环境影响登记表的" in linked.inner_text()


def test_citation_is_copied(
    opened: Callable[..., Any], site: str, records: dict[str, Exemption]
) -> None:
    page = opened(f"{site}/", permissions=["clipboard-read", "clipboard-write"])
    card = opened_card(page, tab(page).nth(18))
    card.get_by_role("button", name="复制出处").click()
    card.get_by_role("button", name="已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == list(records.values())[18].citation


def test_clause_of_a_general_condition_opens_lit(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/")
    card = opened_card(page, tab(page).nth(18))
    with page.context.expect_page() as coming:
        card.locator(".qa-ex-place a").first.click()
    coming.value.locator("mark#clause").wait_for()
    lit = "".join(coming.value.locator("mark").all_inner_texts())
    assert "本规定适用于当事人首次轻微环境违法" in lit


def test_english(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/", locale="en-US", **PHONE)
    buttons = tab(page, "Exemptions")
    card = opened_card(page, buttons.nth(18))
    for said in ("May be exempt from penalty", "For the whole list", "50,000 yuan to 200,000 yuan"):
        assert said in card.inner_text()
    card = opened_card(page, buttons.nth(0))
    assert "does not quote the penalty" in card.inner_text()
    assert page.evaluate(WIDTH) <= 390


def test_tab_says_so_when_the_server_is_gone(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/")
    buttons = tab(page)
    page.route("**/exemptions/**", lambda route: route.abort())
    buttons.first.click()
    expect(page.locator(".qa-ex-open:not([hidden])")).to_contain_text("没有响应")
    page.get_by_label("机关", exact=True).select_option("温州市财政局")
    expect(page.locator("#qa-ex-status")).to_contain_text("没有响应")
    page.unroute("**/exemptions/**")
    page.get_by_role("button", name="查找").click()
    expect(buttons).to_have_count(17)
    buttons.first.click()
    page.locator(".qa-ex-open:not([hidden]) .qa-card").wait_for()


def test_a_late_reply_does_not_overwrite_a_newer_one(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/")
    buttons = tab(page)
    held = []
    page.route("**/exemptions/view?authority*", lambda route: held.append(route))
    page.get_by_label("机关", exact=True).select_option("温州市财政局")
    page.get_by_label("机关", exact=True).select_option("")
    expect(buttons).to_have_count(27)
    settled(page)
    for route in held:
        route.continue_()
    page.wait_for_timeout(500)
    expect(buttons).to_have_count(27)


def test_chat_stays_when_tabs_are_changed(opened: Callable[..., Any], site: str) -> None:
    page = opened(f"{site}/")
    turn = ask(page, "开药店至少要多大面积？")
    buttons = tab(page)
    page.get_by_label("类别").select_option("水污染防治")
    expect(buttons).to_have_count(1)
    page.get_by_role("tab", name="提问").click()
    expect(turn.locator("blockquote").first).to_be_visible()
    page.get_by_role("tab", name="免罚清单").click()
    expect(buttons).to_have_count(1)


def test_hostile_records_are_inert(opened: Callable[..., Any], hostile_site: str) -> None:
    page = opened(f"{hostile_site}/")
    card = opened_card(page, tab(page).first)
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    assert card.locator("img, svg, iframe, script").count() == 0
    assert page.locator("#qa-exemptions").locator("img, iframe, script").count() == 0
    options = page.locator("#qa-ex-authority option").all_text_contents()
    assert options[1] == '机关"><svg onload=window.pwned=1>'
    page.get_by_label("机关", exact=True).select_option(index=1)
    settled(page)
    page.get_by_label("这一天有效").fill("2019-01-01")
    settled(page)
    assert page.evaluate("window.pwned") is None
