"""The chat page in Chromium: fixtures `server` and `page`, and what every test does with a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chat_server import ChatServer
    from playwright.sync_api import Browser, Locator, Page

PICTURES = Path(__file__).parent.parent / "artifacts" / "ui"
KEPT = Path(__file__).parent / "snapshots"
LOCALES = {"it": "it-IT", "en": "en-GB"}
SECONDS = 90_000  # of a busy machine, in milliseconds
DESKTOP, PHONE = (1280, 860), (390, 844)
MODEL_QUESTION = "Who did the delegation meet at GM?"
AXE = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},  # 24 pixels: off by default
    "iframes": False,  # each frame is looked at by itself: axe cannot reach one of another origin, and waits for it
}
WHO = "Chi ha incontrato la delegazione?"
NOWHERE = "Chi ha vinto il Giro d'Italia del 1998?"
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    """The chat over a stand-in assistant and the documents that ship."""
    from chat_server import ChatServer  # brings Gradio, which tests without a browser need not wait for

    with ChatServer(tmp_path_factory.mktemp("chat")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: ChatServer) -> Iterator[Open]:
    """Opens the page in a fresh browser profile; at the end nothing may have been asked of another host."""
    opened = Opened(browser)
    yield lambda *given, **options: opened.page(server.url, *given, **options)
    server.before = lambda _: None
    opened.close()


class Opened:
    """The pages that one test has open, with what they asked of other hosts and what broke in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[Any] = []
        self._outside: list[str] = []
        self._errors: list[str] = []

    def page(
        self, url: str, language: str = "it-IT", where: str = "", size: tuple[int, int] = DESKTOP, **options: Any
    ) -> Page:
        """The page at `url` + `where`, once the chat's frame is drawn if it is the chat."""
        from playwright.sync_api import expect

        expect.set_options(timeout=SECONDS)
        context = self._browser.new_context(locale=language, viewport={"width": size[0], "height": size[1]}, **options)
        self._contexts.append(context)
        shown = context.new_page()
        shown.set_default_timeout(SECONDS)
        own = (url, "data:", "blob:")
        context.on("request", lambda r: None if r.url.startswith(own) else self._outside.append(r.url))
        shown.on("pageerror", lambda error: self._errors.append(str(error)))
        shown.goto(url + where)
        if where in ("", "#documents") and not shown.url.startswith(url + "sign-in"):
            shown.locator("#fonte h1").wait_for()
        return shown

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        assert (self._outside, self._errors) == ([], [])


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens pages of whichever server a test names; at the end nothing may have been asked of another host."""
    found = Opened(browser)
    yield found
    found.close()


def ask(page: Page, question: str) -> Locator:
    """Asks and waits for the end; the turn."""
    from playwright.sync_api import expect

    page.fill("#question", question)
    page.press("#question", "Enter")
    turn = page.locator(".turn").last
    expect(turn).to_have_attribute("data-stage", re.compile("done|fault"))
    return turn


def assert_accessible(page: Page, state: str) -> None:
    """Fails with what axe-core finds against the page as it is now, and against each frame in it."""
    from axe_playwright_python.sync_playwright import Axe

    for part in (page.main_frame, *(f for f in page.frames[1:] if f.url.startswith("http"))):
        found = Axe().run(part, options=AXE).response["violations"]
        told = [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found]
        assert told == [], f"{state}, {part.url}: {told}"


TOO_WIDE = """() => [...document.querySelectorAll('#fonte *')].filter(e => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (!box.width || e.closest('.unseen, .skip') || style.clipPath !== 'none') return false;
  const cut = style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1;
  return cut || box.left < -1 || box.right > innerWidth + 1;
}).map(e => e.outerHTML.slice(0, 120))"""


SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
WIDTHS = {"desktop": DESKTOP, "phone": PHONE}
LOOKS = (("desktop", "light"), ("desktop", "dark"), ("phone", "dark"), ("phone", "light"))
AXED = (("desktop", "light"), ("phone", "dark"))  # each width and each scheme once: axe takes its seconds


def pictured(page: Page, name: str) -> None:
    """Pictures on a desk and on a phone, light and dark; nothing may be cut or stand out, and axe finds nothing."""
    for look in LOOKS:
        _look(page, name, *look)


def looked_at(page: Page, name: str, language: str, tall: int = 0) -> None:
    """`pictured` for half the time: in Italian in the light, in English in the dark, and axe once in each.

    With `tall` the window has that height, in pixels, so that many answers are seen and none lies under the bar.
    """
    for look in LOOKS:
        if (look[1] == "light") == (language == "it"):
            _look(page, f"{name}-{language}", *look, tall=tall)


def _look(page: Page, name: str, width: str, scheme: str, tall: int = 0) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    across, down = WIDTHS[width]
    page.set_viewport_size({"width": across, "height": max(tall, down)})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.evaluate("new Promise(requestAnimationFrame)")  # what listens to the window has heard of it
    if tall:
        page.evaluate("scrollTo(0, 0)")
    assert (page.evaluate(TOO_WIDE), page.evaluate(SIDEWAYS)) == ([], False), f"{name}, {width}"
    page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
    if (width, scheme) in AXED:
        assert_accessible(page, f"{name}, {width}, {scheme}")


def assert_told(shown: Locator, name: str) -> None:
    """A screen reader is told what the snapshot says; addresses are left out, for they hold hashes of the texts."""
    told = re.sub(r"\n +- /url:.*", "", shown.aria_snapshot()) + "\n"
    assert told.strip(), f"{name}: nothing is there yet"
    file = KEPT / f"{name}.yml"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
        pytest.fail(f"{file} was not there and has been written: look at it, and run again")
    assert told == file.read_text(encoding="utf-8")


SHIFTS = """window.moved = []; new PerformanceObserver(list => list.getEntries().forEach(e => {
  const still = e.sources.filter(s => s.node);  // the framework's own loader is gone by then
  if (!e.hadRecentInput && still.length) moved.push(e.value, ...still.map(s => s.node.textContent.slice(0, 80)));
})).observe({type: 'layout-shift', buffered: true})"""
PLACES = """() => { window.places = {}; const look = () => {
  const turn = document.querySelector('.turn:last-child');
  for (const e of turn?.querySelectorAll('.body > *, .sources') ?? [])
    if (e.getClientRects().length)
      (places[turn.dataset.turn + e.className + e.textContent.slice(0, 60)] ??= new Set()).add(e.offsetTop);
  requestAnimationFrame(look);
}; look(); }"""


def watch_places(page: Page) -> None:
    """From now on every shift of the layout is kept, and every place at which a part of the last answer stood."""
    page.evaluate(SHIFTS)
    page.evaluate(PLACES)


def assert_nothing_moved(page: Page) -> None:
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert page.evaluate("window.moved") == []
    places = page.evaluate("Object.entries(places).map(([k, v]) => [k, [...v]])")
    assert len(places) > 3
    assert [(what, tops) for what, tops in places if len(tops) > 1] == []


def colour(page: Page, name: str) -> str:
    """A colour of theme.css as the browser computes it."""
    made = "const e = document.body.appendChild(document.createElement('i')); e.style.color = `var(--${name})`;"
    return str(page.evaluate(f"name => {{ {made} const c = getComputedStyle(e).color; e.remove(); return c; }}", name))
