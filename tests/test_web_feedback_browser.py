"""Right and wrong below a turn, in Debian's chromium over the real gazette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_web import PAYLOADS
from test_web_browser import (
    AREA,
    LOAN,
    UNKNOWN,
    ask,
    browser,
    opened,
    playwright_api,
    readable,
    started,
)

from qa_bot.feedback import FeedbackStore
from qa_bot.settings import DataFolder

pytestmark = pytest.mark.browser
__all__ = ["browser", "opened"]  # fixtures

SERVE = """
import sys
from pathlib import Path
from qa_bot.bot import Bot
from qa_bot.feedback import FeedbackStore
from qa_bot.settings import DataFolder
from qa_bot.web import serve
data = DataFolder(*[Path(argument) for argument in sys.argv[3:]])
serve(Bot.open(data), port=int(sys.argv[1]), feedback=FeedbackStore(Path(sys.argv[2])))
"""
OTHER = "温市监规〔2019〕1号/annex_1/art_51/para_2"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> FeedbackStore:
    return FeedbackStore(tmp_path_factory.mktemp("feedback") / "feedback.sqlite")


@pytest.fixture
def store(kept: FeedbackStore) -> FeedbackStore:
    """The one that the site keeps everything in, empty."""
    kept.clear()
    return kept


@pytest.fixture(scope="module")
def site(data: DataFolder, kept: FeedbackStore) -> Iterator[str]:
    folders = (data.corpus, data.index, data.models, data.feedback)
    yield from started(SERVE, str(kept.path), *map(str, folders))


def said(turn: Any, text: str) -> None:
    playwright_api.expect(turn.get_by_role("status")).to_have_text(text)


def pressed(turn: Any, name: str, yes: bool) -> None:
    value = "true" if yes else "false"
    button = turn.get_by_role("button", name=name, exact=True)
    playwright_api.expect(button).to_have_attribute("aria-pressed", value)


def test_right_and_taken_back(opened: Callable[..., Any], site: str, store: FeedbackStore) -> None:
    turn = ask(opened(f"{site}/"), AREA)
    undo = turn.get_by_role("button", name="撤回")
    playwright_api.expect(undo).to_be_hidden()
    turn.get_by_role("button", name="答对了").click()
    said(turn, "谢谢，已记下")
    pressed(turn, "答对了", True)
    (one,) = store.all()
    assert (one.verdict, one.question, one.language) == ("right", AREA, "zh")
    assert one.answers
    undo.click()
    said(turn, "已撤回")
    pressed(turn, "答对了", False)
    playwright_api.expect(undo).to_be_hidden()
    assert store.all() == []


def test_wrong_with_a_reason_by_keyboard_alone(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    page = opened(f"{site}/")
    turn = ask(page, AREA)
    wrong = turn.get_by_role("button", name="不对")
    wrong.focus()
    page.keyboard.press("Enter")
    playwright_api.expect(wrong).to_have_attribute("aria-expanded", "true")
    playwright_api.expect(turn.get_by_role("radio", name="答的不是我问的")).to_be_focused()
    page.keyboard.press("Escape")
    playwright_api.expect(wrong).to_be_focused()
    playwright_api.expect(turn.locator("form")).to_be_hidden()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(f"少了{PAYLOADS[0]}")
    page.keyboard.press("Tab")
    page.keyboard.type(f"{site}/clause/{OTHER}#clause")
    page.keyboard.press("Enter")
    said(turn, "谢谢，已记下")
    playwright_api.expect(wrong).to_be_focused()
    pressed(turn, "不对", True)
    (one,) = store.all()
    assert (one.verdict, one.fault, one.reason) == ("wrong", "incomplete", f"少了{PAYLOADS[0]}")
    assert one.right_clause
    assert one.right_clause.clause_id == OTHER


def test_a_change_of_mind_leaves_one_word(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    turn = ask(opened(f"{site}/"), AREA)
    turn.get_by_role("button", name="答对了").click()
    said(turn, "谢谢，已记下")
    turn.get_by_role("button", name="不对").click()
    turn.get_by_role("button", name="提交").click()
    pressed(turn, "不对", True)
    pressed(turn, "答对了", False)
    assert [one.verdict for one in store.all()] == ["wrong"]
    turn.get_by_role("button", name="不对").click()  # pressed again, it is taken back
    said(turn, "已撤回")
    assert store.all() == []


def test_an_unknown_clause_is_told_and_nothing_typed_is_lost(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    turn = ask(opened(f"{site}/"), AREA)
    turn.get_by_role("button", name="不对").click()
    turn.get_by_label("说明").fill("少了例外")
    turn.get_by_label("正确的条文").fill("第五十一条<img src=x onerror=window.pwned=1>")
    turn.get_by_role("button", name="提交").click()
    playwright_api.expect(turn.get_by_role("status")).to_contain_text("没有编号为")
    assert turn.locator("img").count() == 0
    assert turn.get_by_label("说明").input_value() == "少了例外"
    turn.get_by_label("正确的条文").fill("")
    turn.get_by_role("button", name="提交").click()
    said(turn, "谢谢，已记下")
    assert store.all()[0].reason == "少了例外"


def test_not_found_asks_whether_it_is_really_not_there(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    turn = ask(opened(f"{site}/", locale="en-GB"), UNKNOWN)
    assert "Is it really not there?" in turn.inner_text()
    turn.get_by_role("button", name="Not there").click()
    said(turn, "Thank you, noted")
    (one,) = store.all()
    assert (one.status, one.answers, one.language) == ("not_found", (), "en")


def test_each_turn_has_its_own_and_a_follow_up_its_history(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    page = opened(f"{site}/")
    first = ask(page, AREA)
    second = ask(page, "那仓库呢？")
    second.get_by_role("button", name="答对了").click()
    said(second, "谢谢，已记下")
    said(first, "")
    pressed(first, "答对了", False)
    (one,) = store.all()
    assert (one.question, one.history) == ("那仓库呢？", (AREA,))


def test_what_was_said_survives_a_reload_and_can_still_be_taken_back(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    page = opened(f"{site}/")
    turn = ask(page, AREA)
    turn.get_by_role("button", name="答对了").click()
    said(turn, "谢谢，已记下")
    page.reload()
    turn = page.locator(".qa-turn").first
    pressed(turn, "答对了", True)
    said(turn, "谢谢，已记下")
    turn.get_by_role("button", name="撤回").click()
    said(turn, "已撤回")
    assert store.all() == []


def test_what_was_searched_within_is_kept(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    page = opened(f"{site}/?q={AREA}&until=2000-01-01&issuer=市场监督管理局")
    page.locator(".qa-turn:not(.qa-pending)").wait_for()
    page.goto(f"{site}/?q={UNKNOWN}&issuer=市场监督管理局")
    turn = page.locator(".qa-turn:not(.qa-pending)").last
    playwright_api.expect(turn).to_contain_text("所选范围内确实没有吗？")
    turn.get_by_role("button", name="确实没有").click()
    said(turn, "谢谢，已记下")
    assert store.all()[0].filters == {"issuer": "市场监督管理局"}


def test_a_server_that_is_gone_is_told(
    opened: Callable[..., Any], site: str, store: FeedbackStore
) -> None:
    page = opened(f"{site}/")
    turn = ask(page, LOAN)
    page.route("**/feedback", lambda route: route.abort())
    turn.get_by_role("button", name="答对了").click()
    playwright_api.expect(turn.get_by_role("status")).to_contain_text("没能保存")
    pressed(turn, "答对了", False)
    page.unroute("**/feedback")
    turn.get_by_role("button", name="答对了").click()
    said(turn, "谢谢，已记下")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everything_fits_and_can_be_hit(
    opened: Callable[..., Any], site: str, store: FeedbackStore, scheme: str, tmp_path: Path
) -> None:
    page = opened(
        f"{site}/?__theme={scheme}",
        viewport={"width": 390, "height": 844},
        color_scheme=scheme,
        locale="en-GB",
    )
    turn = ask(page, AREA)
    turn.get_by_role("button", name="Wrong").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for one in turn.locator(".qa-fb :is(button, label):visible").all():
        box = one.bounding_box()
        assert box["height"] >= 24  # WCAG 2.5.8
        assert box["width"] >= 24
    readable(page, ".qa-fb", 8)
    turn.get_by_role("radio", name="Incomplete").check()
    turn.get_by_role("button", name="Send").click()
    said(turn, "Thank you, noted")
    readable(page, ".qa-fb", 4)
    turn.get_by_role("button", name="Wrong").screenshot(path=tmp_path / f"pressed-{scheme}.png")
