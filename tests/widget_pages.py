"""The widget in Chromium: fixtures of two origins, `pages` of somebody else's and `fonte`, and what every test does.

Pictures are kept in artifacts/widget for whoever wants to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_pages import DESKTOP, assert_accessible

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page
    from widget_server import Pages, WidgetServer

PICTURES = Path(__file__).parent.parent / "artifacts" / "widget"
SECONDS = 240_000  # of a busy machine, in milliseconds
WHO, NOWHERE = "Chi ha incontrato la delegazione alla fiera?", "Chi ha vinto il Giro d'Italia del 1998?"
# The same outcomes in both languages: answered, half answered, not there although something is near.
TOLD = {"it": WHO, "en": "Who met the delegation at the steelworks?"}
HALF = {"it": "Dove si trova la fiera di Torino?", "en": "Who met the mayor at the steelworks?"}
NEAR = {"it": "Quanti visitatori ha avuto la fiera di Osaka?", "en": "Who painted the steelworks in 1998 for Osaka?"}
# A question and the sentence that answers it, in a document whose address is on the other site.
AGREED = (
    "Chi ha firmato il protocollo?",
    "La vice-presidente Livia Conti, ieri, ha firmato il protocollo con Detroit: scambi di tecnici, studi & sviluppo.",
)
STARTS = ("Quando comincia lo scambio?", "Lo scambio di tecnici comincia il 3 maggio, a Warren.")
AGREEMENT = f"""---
title: Il protocollo
date: 2025-05-02
visibility: public
url: {{origin}}/intesa
---

{AGREED[1]}

{STARTS[1]}
"""
OPEN = {"it": "Chiedi ai documenti", "en": "Ask the documents"}
LOCALE = {"it": "it-IT", "en": "en-GB"}
TOML = """
[widgets.prova]
origins = ["{origin}"]
examples = ["Chi ha incontrato la delegazione alla fiera?", "Who met the delegation?"]
contact = "mailto:urp@ente.example"

[widgets.breve]
origins = ["{origin}"]
visitor_limit = 1

[widgets.altrove]
origins = ["https://www.regione.example"]
"""
Visit = Callable[..., "Page"]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    from widget_server import Pages  # brings the application, which tests without a browser need not wait for

    site = Pages()
    yield site
    site.close()


@pytest.fixture(scope="module")
def fonte(tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[WidgetServer]:
    from widget_server import FILES, WidgetServer

    files = {**FILES, "intesa.md": AGREEMENT.replace("{origin}", pages.origin)}
    with WidgetServer(tmp_path_factory.mktemp("fonte"), TOML.replace("{origin}", pages.origin), files) as server:
        yield server


@pytest.fixture
def elsewhere(browser: Browser, fonte: WidgetServer, pages: Pages) -> Iterator[Visit]:
    """Opens a page of the other site; nothing may be asked of a third one, and nothing may break."""
    from playwright.sync_api import expect

    contexts: list[Any] = []
    errors: list[str] = []
    outside: list[str] = []

    def opened(body: str, language: str = "it-IT", size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        headers = options.pop("headers", {})
        address = pages.put(f"/{len(pages.pages)}", body, **headers)
        width, height = size
        context = browser.new_context(locale=language, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        own = (pages.origin, fonte.origin, "data:", "chrome-error:")
        context.on("request", lambda r: None if r.url.startswith(own) else outside.append(r.url))
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        expect.set_options(timeout=SECONDS)
        page.goto(address)
        return page

    yield opened
    fonte.before = lambda _: None
    for context in contexts:
        context.close()
    assert (errors, outside) == ([], [])


def panel(page: Page, language: str = "it") -> FrameLocator:
    """The panel, opened."""
    page.get_by_role("button", name=OPEN[language]).click()
    frame = page.frame_locator("iframe")
    frame.locator("#question[placeholder]").wait_for()  # the script's words: what is typed now is read
    return frame


def ask(frame: FrameLocator, question: str) -> Any:
    frame.locator("#question").fill(question)
    frame.locator("#question").press("Enter")
    turn = frame.locator(".turn").last
    turn.locator(".foot > *").first.wait_for()
    return turn


def begin(frame: FrameLocator, question: str) -> Any:
    """Asks and does not wait for the answer; the turn, once it says what it does."""
    before = frame.locator(".turn").count()
    frame.locator("#question").fill(question)
    frame.locator("#question").press("Enter")
    turn = frame.locator(".turn").nth(before)
    turn.locator(".busy").wait_for()
    return turn


@contextmanager
def held(fonte: WidgetServer, waiting: int = 0) -> Iterator[None]:
    """Every worker is held for as long as the block lasts, and so many questions wait already."""
    gate: Future[None] = Future()
    pool = fonte.app.state.pool
    futures = [pool.submit(lambda: gate.result(200)) for _ in range(fonte.settings.workers + waiting)]
    try:
        yield
    finally:
        gate.set_result(None)
        for future in futures:
            future.result(60)


def accessible(page: Page, state: str, picture: str = "") -> None:
    """axe-core finds nothing in what is shown now, in light and in dark; each is pictured if a name is given."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert_accessible(page, f"{state}, {scheme}")
        if picture:
            pictured(page, f"{picture}-{scheme}")


def pictured(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
