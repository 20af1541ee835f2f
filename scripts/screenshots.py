"""Make the pictures of the README anew: python scripts/screenshots.py ADDRESS, of a page that is served.

Debian's chromium and a Chinese font are needed (apt-get install chromium fonts-noto-cjk).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
AREA = "开药店至少要多大面积？"
EXEMPT = "没备案环评登记表，补上还罚吗？"
ALTERED = (
    "《温州市药品零售（连锁）经营许可实施细则》第五十一条规定：“企业经营场所面积不得少于60平方米。”\n"
    "“兼有中药饮片经营范围的企业经营场所面积不得少于60平方米,中药饮片经营区域应相对独立。”\n"
    "《温州市药品零售（连锁）经营许可实施细则》第八十条"
)
WIDE: dict[str, object] = {"viewport": {"width": 1100, "height": 860}}
PHONE: dict[str, object] = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2}


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    turns = page.locator(".qa-turn:not(.qa-pending)")
    before = turns.count()
    box = page.locator("#qa-question textarea")
    box.fill(question)
    box.press("Enter")
    turns.nth(before).wait_for()
    page.wait_for_timeout(700)


def take(browser: Browser, root: str) -> None:
    """Take all pictures of the page at that address."""

    def opened(path: str = "", **options: object) -> Page:
        page = browser.new_context(locale="zh-CN", **options).new_page()
        page.goto(root + path)
        page.wait_for_timeout(1200)
        return page

    def tab(name: str, **options: object) -> Page:
        page = opened(**options)
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(1200)
        return page

    def save(page: Page, name: str) -> None:
        page.screenshot(path=IMAGES / f"{name}.png")
        page.context.close()

    page = opened(**WIDE)
    ask(page, AREA)
    save(page, "page-wide")
    page = opened(color_scheme="dark", **WIDE)
    ask(page, EXEMPT)
    save(page, "page-dark")
    page = opened(**PHONE)
    ask(page, AREA)
    save(page, "page-phone")
    page = opened(**WIDE)
    ask(page, AREA)
    page.locator("a[data-original]").first.click()
    page.wait_for_timeout(1200)
    save(page, "original")
    save(tab("目录", **WIDE), "browse")
    for name, options in (("exemptions", WIDE), ("exemptions-phone", PHONE)):
        page = tab("免罚清单", **options)
        page.locator("#qa-ex-q").fill("没备案环评登记表")
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)
        page.locator("button[data-record]").first.click()
        page.wait_for_timeout(900)
        save(page, name)
    page = tab("核对引文", **WIDE)
    page.locator("#qa-ve-text").fill(ALTERED)
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(1500)
    page.locator("#qa-ve-results").scroll_into_view_if_needed()
    save(page, "verify")
    save(opened("document/温市监规〔2019〕1号", color_scheme="dark", **PHONE), "document-phone")


def main() -> None:
    """Read the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="http://127.0.0.1:7860")
    address = parser.parse_args().address.rstrip("/") + "/"
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        sys.exit("no chromium; install it with: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        take(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
