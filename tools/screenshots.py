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

DESKTOP, PHONE = (1280, 860), (390, 844)
MODEL_QUESTION = "Who did the delegation meet at GM?"
SECONDS = 120_000
# name, language of the page, width and height, colours, address behind the page's, questions
SHOTS: tuple[tuple[str, str, tuple[int, int], str, str, tuple[str, ...]], ...] = (
    ("answer", "en-GB", DESKTOP, "light", "", (MODEL_QUESTION,)),
    ("answered-dark", "it-IT", DESKTOP, "dark", "", ("Chi ha presentato Rivian alla delegazione?",)),
    ("not-found", "it-IT", DESKTOP, "light", "", ("Quanto è costata la missione?",)),
    ("start", "it-IT", DESKTOP, "light", "", ()),
    ("phone", "it-IT", PHONE, "light", "", ("Perché il Piemonte guarda agli Stati Uniti?",)),
    ("documents", "en-GB", DESKTOP, "light", "#documents", ()),
)


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
        for name, language, size, scheme, where, questions in SHOTS:
            page = _opened(browser, f"{options.url.rstrip('/')}/{where}", language, size, scheme)
            for question in questions:
                _ask(page, question)
            page.wait_for_timeout(1500)
            page.screenshot(path=options.out / f"{name}.png")
            page.context.close()
            print(options.out / f"{name}.png", flush=True)
        page = _with_widget(browser, options.url.rstrip("/"), MODEL_QUESTION)
        page.screenshot(path=options.out / "widget.png")
        print(options.out / "widget.png", flush=True)
        browser.close()


def _opened(browser: Browser, url: str, language: str, size: tuple[int, int], scheme: str) -> Page:
    """The page once Fonte is ready, in a fresh profile."""
    context = browser.new_context(
        locale=language,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(url)
    page.locator("#fonte h1").wait_for()
    page.wait_for_function("document.querySelector('#starting').hidden")
    page.locator("#documents-body :is(table, .fault)").wait_for(state="attached")
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


def _ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.locator(".turn[data-stage=done]").last.wait_for()
    page.locator("#question").blur()


if __name__ == "__main__":
    main()
