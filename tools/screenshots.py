"""Pictures of the running program for the README: `python tools/screenshots.py --url http://127.0.0.1:7860`.

Whatever the server answers is what is shown; nothing is staged but the questions.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP = (1280, 860)
MODEL_QUESTION = "Who did the delegation meet at GM?"
SECONDS = 120_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:7860", help="a running server")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        url = options.url.rstrip("/")
        for name, taken in (("answer", _answered), ("widget", _with_widget)):
            taken(browser, url, MODEL_QUESTION).screenshot(path=options.out / f"{name}.png")
            print(options.out / f"{name}.png", flush=True)
        browser.close()


def _answered(browser: Browser, url: str, question: str) -> Page:
    """The page with one question answered."""
    page = browser.new_page(locale="en-GB", viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    page.set_default_timeout(SECONDS)
    page.goto(url)
    page.locator("#documents-body :is(table, .fault)").wait_for(state="attached")
    page.wait_for_function("document.querySelector('#starting').hidden")
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.locator(".turn[data-stage=done]").last.wait_for()
    page.locator("#question").blur()
    page.wait_for_timeout(1500)
    return page


def _with_widget(browser: Browser, url: str, question: str) -> Page:
    """The example page, the widget opened on it, a question answered and its first source open."""
    page = browser.new_page(locale="en-GB", viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    page.set_default_timeout(SECONDS)
    page.goto(f"{url}/demo?lang=en")
    page.get_by_role("button", name="Ask the documents").click()
    panel = page.frame_locator("iframe")
    panel.locator("#question").fill(question)
    panel.locator("#question").press("Enter")
    panel.locator(".turn[data-status=answered], .turn[data-status=partial]").wait_for()
    panel.locator("summary").first.click()
    page.wait_for_timeout(1000)
    return page


if __name__ == "__main__":
    main()
