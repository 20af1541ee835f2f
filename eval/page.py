"""How quick the page is, in Debian's chromium on this machine, cold cache each time.

    python eval/page.py                  start a server of its own; about a minute
    python eval/page.py --address URL    measure one that is running

Prints, for 11 openings and 41 questions, median and worst: first contentful paint; until the box can be
typed in and Enter asks; from Enter to the answer in the log. The latter two are taken inside the page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

QUESTIONS = Path(__file__).parent / "questions" / "dev.jsonl"
OPENINGS, ASKED = 11, 41
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
# Gradio has mounted the box and listens to it when a change of its value reaches Gradio's own state; the
# sign taken here is that an empty Enter is answered by a turn.
USABLE = """() => new Promise(done => {
  const look = () => {
    const box = document.querySelector('#qa-question textarea');
    if (!box || box.disabled) return requestAnimationFrame(look);
    box.dispatchEvent(new KeyboardEvent('keypress', {key: 'Enter', bubbles: true}));
    if (document.querySelector('.qa-turn')) return done(performance.now());
    requestAnimationFrame(look);
  };
  look();
})"""
ANSWERED = """() => {
  const log = document.querySelector('#qa-log');
  const before = log.querySelectorAll('.qa-turn:not(.qa-pending)').length;
  window.taken = new Promise(done => {
    let began = 0;
    addEventListener('keydown', () => { began ||= performance.now(); }, true);
    new MutationObserver(() => {
      if (log.querySelectorAll('.qa-turn:not(.qa-pending)').length === before) return;
      requestAnimationFrame(() => done(performance.now() - began));
    }).observe(log, {childList: true, subtree: true});
  });
}"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for(address: str, process: subprocess.Popen) -> None:
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
            return
        except OSError:
            if process.poll() is not None:
                sys.exit("the server ended; run: qa-bot serve")
            time.sleep(0.2)


def measure(address: str) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    questions = [row["q"] for row in rows[::4]][: ASKED + 1]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        sys.exit("no chromium; install it with: apt-get install chromium")
    painted, usable, answered = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for _ in range(OPENINGS + 1):
            context = browser.new_context(locale="zh-CN")
            page = context.new_page()
            page.goto(f"{address}/", wait_until="commit")
            usable.append(page.evaluate(USABLE))
            painted.append(
                page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            )
            context.close()
        page = browser.new_context(locale="zh-CN").new_page()
        page.goto(f"{address}/")
        box = page.locator("#qa-question textarea")
        box.wait_for()
        page.wait_for_timeout(1000)
        for question in questions:
            box.fill(question)
            page.evaluate(ANSWERED)
            box.press("Enter")
            answered.append(page.evaluate("() => window.taken"))
        browser.close()
    for name, taken in (
        ("first contentful paint", painted),
        ("the box is usable", usable),
        ("from Enter to the answer", answered),
    ):
        kept = taken[1:]  # the first warms up
        print(f"{name}: median {np.median(kept):.0f} ms, worst {max(kept):.0f} ms of {len(kept)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--address", help="of a page that is served already")
    address = parser.parse_args().address
    if address:
        measure(address.rstrip("/"))
        return
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_bot", "serve", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}", process)
        measure(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main()
