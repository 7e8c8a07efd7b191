"""The widget in Chromium, on a page of another origin: what visitors see, what a page can and cannot do with it.

Pictures are kept in artifacts/widget for whoever wants to look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_pages import DESKTOP, PHONE, assert_accessible
from playwright.sync_api import Browser, FrameLocator, Page, expect
from widget_server import Pages, WidgetServer, host_page, snippet

from rag.errors import Busy
from rag.models import Question

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
PICTURES = Path(__file__).parent.parent / "artifacts" / "widget"
SECONDS = 240_000  # of a busy machine, in milliseconds
WHO, NOWHERE = "Chi ha incontrato la delegazione alla fiera?", "Chi ha vinto il Giro d'Italia del 1998?"
OPEN = {"it": "Chiedi ai documenti", "en": "Ask the documents"}
LAW = {"it": "Assistente automatico: può sbagliare.", "en": "Automated assistant: it may err."}
TOML = """
[widgets.prova]
origins = ["{origin}"]
examples = ["Chi ha incontrato la delegazione alla fiera?", "Who met the delegation?"]
contact = "mailto:urp@ente.example"

[widgets.altrove]
origins = ["https://www.regione.example"]
"""
STORED = """async () => ({cookie: document.cookie, local: localStorage.length, session: sessionStorage.length,
  bases: (await indexedDB.databases()).length, caches: (await caches.keys()).length})"""
NOTHING = {"cookie": "", "local": 0, "session": 0, "bases": 0, "caches": 0}
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    site = Pages()
    yield site
    site.close()


@pytest.fixture(scope="module")
def fonte(tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[WidgetServer]:
    with WidgetServer(tmp_path_factory.mktemp("fonte"), TOML.replace("{origin}", pages.origin)) as server:
        yield server


@pytest.fixture
def visit(browser: Browser, fonte: WidgetServer, pages: Pages) -> Iterator[Visit]:
    """Opens a page of the other site; nothing may be asked of a third one, and nothing may break."""
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
    frame.locator("#question").wait_for()
    return frame


def ask(frame: FrameLocator, question: str) -> Any:
    frame.locator("#question").fill(question)
    frame.locator("#question").press("Enter")
    turn = frame.locator(".turn").last
    turn.locator(".foot > *").first.wait_for()
    return turn


def pictured(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


# One line


def test_one_line_gives_a_button_and_the_panel_is_loaded_only_once_it_is_opened(
    visit: Visit, fonte: WidgetServer
) -> None:
    page = visit(host_page(snippet(fonte)))
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.reload()
    page.get_by_role("button", name=OPEN["it"]).wait_for()
    assert [url for url in asked if url.startswith(fonte.origin)] == [f"{fonte.origin}/widget.js"]
    before = page.evaluate("Object.keys(window).length")
    turn = ask(panel(page), WHO)
    expect(turn.locator(".headline")).to_have_text("Anna Bianchi")
    assert page.evaluate("Object.keys(window).length") == before
    assert page.evaluate("Object.getOwnPropertyNames(window.Fonte)") == ["version", "open", "close", "ask", "on"]
    assert page.evaluate("document.querySelectorAll('body *:not(main, h1, p, fonte-widget)').length") == 0


def test_the_page_does_not_move(visit: Visit, fonte: WidgetServer) -> None:
    watch = "<script>window.shift=0;new PerformanceObserver(l=>l.getEntries().forEach(e=>window.shift+=e.value))"
    watch += ".observe({type:'layout-shift',buffered:true})</script>"
    page = visit(host_page(watch + snippet(fonte), body="<p>Testo.</p>" * 60))
    panel(page)
    assert page.evaluate("window.shift") == 0


def test_inline_it_fills_its_element_and_no_more(visit: Visit, fonte: WidgetServer) -> None:
    place = '<div id="qui" style="height:600px;width:500px"></div><p id="dopo">Dopo.</p>'
    page = visit(host_page(snippet(fonte, target="#qui"), body=place))
    below = page.locator("#dopo").bounding_box()
    expect(ask(panel(page), WHO).locator(".headline")).to_have_text("Anna Bianchi")
    assert page.locator("#dopo").bounding_box() == below
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (500, 600)
    pictured(page, "inline")


def test_a_page_with_a_strict_policy_can_carry_it(visit: Visit, fonte: WidgetServer) -> None:
    policy = (
        f"default-src 'none'; script-src {fonte.origin}; frame-src {fonte.origin}; require-trusted-types-for 'script'"
    )
    page = visit(host_page(snippet(fonte)), headers={"Content_Security_Policy": policy})
    box = page.get_by_role("button", name=OPEN["it"]).bounding_box()
    assert box is not None
    assert box["y"] > 700, "its style came through"
    expect(ask(panel(page), WHO).locator(".headline")).to_have_text("Anna Bianchi")


def test_the_page_opens_closes_asks_and_listens(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)))
    page.evaluate("""() => { window.heard = [];
      for (const name of ['ready', 'open', 'close', 'question', 'answer', 'forget', 'error'])
        Fonte.on(name, (detail) => heard.push([name, JSON.stringify(detail || {})])); }""")
    page.evaluate("question => Fonte.ask(question)", WHO)
    page.frame_locator("iframe").locator(".foot p").wait_for()
    page.evaluate("Fonte.close()")
    expect(page.locator("iframe")).to_be_hidden()
    heard = page.evaluate("window.heard")
    assert [name for name, _ in heard] == ["open", "ready", "question", "answer", "close"]
    assert "Bianchi" not in str(heard), "what is said stays in the panel"


# Who may embed


def test_the_browser_refuses_a_page_that_is_not_allowed(visit: Visit, fonte: WidgetServer) -> None:
    for widget in ("altrove", "mai-visto"):
        page = visit(host_page(snippet(fonte, widget)))
        page.get_by_role("button", name=OPEN["it"]).click()
        expect(page.get_by_role("alert")).to_have_text(re.compile("non è disponibile"))
        assert not [f for f in page.frames if f.url.startswith(fonte.origin)]
        page.get_by_role("button", name="Chiudi").click()
        expect(page.get_by_role("button", name=OPEN["it"])).to_be_focused()


def test_forged_messages_get_nothing(visit: Visit, fonte: WidgetServer, pages: Pages) -> None:
    """From another window of the page, of another version, of another shape: the panel stays silent."""
    other = pages.put("/altro", "<script>onmessage=e=>parent.heard.push(e.data)</script>")
    page = visit(host_page(snippet(fonte), body=f'<iframe name="spia" src="{other}"></iframe>'))
    page.evaluate("window.heard = []")
    frame = page.frame_locator("fonte-widget iframe")
    page.get_by_role("button", name=OPEN["it"]).click()
    turn = ask(frame, WHO)
    page.evaluate("addEventListener('message', (event) => heard.push(event.data))")
    page.evaluate("""() => {
      const panel = document.querySelector('fonte-widget').shadowRoot.querySelector('iframe').contentWindow;
      for (const forged of [{fonte: 2, type: 'ask', question: 'x'}, {type: 'ask', question: 'x'}, 'ask', null,
        {fonte: 1, type: 'turns'}, {fonte: 1, type: 'hello', greeting: '<b>x'}, {fonte: 1, type: 'ask', question: {}}])
        panel.postMessage(forged, '*');
      const spy = frames.spia;
      spy.eval(`parent.document.querySelector('fonte-widget').shadowRoot.querySelector('iframe').contentWindow
        .postMessage({fonte: 1, type: 'ask', question: 'dalla spia'}, '*')`);
      dispatchEvent(new MessageEvent('message', {data: {fonte: 1, type: 'close'}, origin: 'https://evil.example'}));
    }""")
    page.evaluate("question => Fonte.ask(question)", NOWHERE)  # what was posted before has been handled by then
    frame.locator(".turn").nth(1).locator(".foot p").wait_for()
    expect(turn.locator(".headline")).to_have_text("Anna Bianchi")
    assert frame.locator(".turn").count() == 2
    heard = page.evaluate("window.heard.filter((data) => data?.fonte)")
    assert [data["type"] for data in heard] == ["close", "question", "answer"], "the forged one, and what all may know"
    assert "Bianchi" not in str(heard)
    expect(page.locator("fonte-widget iframe")).to_be_visible()


# What a visitor sees


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(visit: Visit, fonte: WidgetServer, language: str, scheme: str) -> None:
    locale = {"it": "it-IT", "en": "en-GB"}[language]
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = visit(host_page(snippet(fonte), language), locale, **options)
    assert_accessible(page, "closed")
    frame = panel(page, language)
    expect(frame.locator("#law")).to_contain_text(LAW[language])
    assert_accessible(page, "opened")
    pictured(page, f"opened-{language}-{scheme}")
    turn = ask(frame, WHO)
    turn.locator(".mark").first.click()
    expect(turn.locator("details").first).to_have_attribute("open", "")
    assert_accessible(page, "answered")
    pictured(page, f"answered-{language}-{scheme}")
    ask(frame, NOWHERE)
    assert_accessible(page, "not found")
    pictured(page, f"not-found-{language}-{scheme}")

    def full(_: Question) -> None:
        raise Busy("Too many.", retry_after=7)

    fonte.before = full
    ask(frame, WHO)
    assert_accessible(page, "busy")
    frame.locator("#question").fill("x" * 1001)
    assert_accessible(page, "too long")
    expect(frame.locator("#law")).to_contain_text(LAW[language])
    assert frame.locator("html").get_attribute("lang") == language


def test_a_tap_shows_quote_title_date_and_the_way_to_the_document(visit: Visit, fonte: WidgetServer) -> None:
    turn = ask(panel(visit(host_page(snippet(fonte)))), WHO)
    turn.get_by_role("button", name="Fonte 1").first.click()
    source = turn.locator("details")
    expect(source).to_contain_text("La missione a Detroit")
    expect(source).to_contain_text("24 aprile 2025")
    expect(source.locator("blockquote")).to_contain_text("Anna Bianchi")
    link = source.get_by_role("link")
    assert (link.get_attribute("href") or "").startswith("https://ente.example/missione#:~:text=")
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(source.locator("summary")).to_be_focused()


def test_a_document_that_would_be_markup_stays_text(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)))
    turn = ask(panel(page), "Chi ha aperto la cerimonia?")
    turn.get_by_role("button", name="Fonte 1").first.click()
    expect(turn.locator("summary")).to_contain_text("<b onclick=alert(1)>Verbale</b>")
    assert turn.locator("img, script, b").count() == 0


def test_nothing_is_stored_and_forget_forgets(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)))
    frame = panel(page)
    inside = next(f for f in page.frames if f.url.startswith(fonte.origin))
    assert inside.evaluate(STORED) == NOTHING
    ask(frame, WHO)
    assert inside.evaluate(STORED) == NOTHING
    assert page.context.cookies() == []
    frame.get_by_role("button", name="Dimentica la conversazione").click()
    expect(frame.locator(".turn")).to_have_count(0)
    expect(frame.locator("#welcome")).to_be_visible()
    frame.get_by_role("button", name="Chiudi").click()
    assert inside.evaluate(STORED) == NOTHING


def test_a_start_under_way_and_a_line_that_broke_are_worded(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)))
    frame = panel(page)
    fonte.assistant.state.stage = "model"
    turn = ask(frame, WHO)
    fonte.assistant.state.stage = "ready"
    expect(turn).to_contain_text("si sta avviando")
    page.context.set_offline(True)
    expect(ask(frame, WHO)).to_contain_text("La connessione si è interrotta")
    page.context.set_offline(False)
    frame.get_by_role("button", name="Chiedi di nuovo").last.click()
    expect(frame.locator(".turn").last.locator(".headline")).to_have_text("Anna Bianchi")


# For everyone


def test_by_keyboard_alone(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)))
    frame = page.frame_locator("iframe")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(frame.locator("#question")).to_be_focused()
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    frame.locator(".foot p").wait_for()
    expect(frame.locator("#said")).to_have_text("Risposta trovata. Anna Bianchi 1 fonte.")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(frame.locator("*:focus").evaluate("e => e.id || e.className || e.tagName"))
    assert reached[:9] == ["go", "person", "forget", "close", "mark", "SUMMARY", "BUTTON", "BUTTON", "question"], (
        reached
    )
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=OPEN["it"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(frame.locator("#question")).to_be_focused()
    expect(frame.locator(".turn")).to_have_count(1)


def test_on_a_phone_it_fills_the_screen_and_nothing_is_cut(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)), size=PHONE)
    frame = panel(page)
    turn = ask(frame, WHO)
    turn.locator(".mark").first.click()
    box = page.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": PHONE[0], "height": PHONE[1]}
    pictured(page, "phone")
    assert frame.locator("body").evaluate(
        "b => b.scrollWidth <= innerWidth && document.body.scrollHeight <= innerHeight"
    )
    small = "n => [...n].filter(e => e.checkVisibility() && Math.min(e.offsetWidth, e.offsetHeight) < 24)"
    small += ".map(e => e.outerHTML)"
    assert frame.locator("button, summary").evaluate_all(small) == []


def test_at_twice_the_size_everything_is_reached(visit: Visit, fonte: WidgetServer) -> None:
    """200 % zoom of 1280 by 720 is a window of 640 by 360."""
    page = visit(host_page(snippet(fonte)), size=(640, 360))
    frame = panel(page)
    ask(frame, WHO).locator(".mark").first.click()
    frame.get_by_role("link", name="Apri il documento").scroll_into_view_if_needed()
    expect(frame.get_by_role("link", name="Apri il documento")).to_be_in_viewport()
    assert frame.locator("body").evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    pictured(page, "zoom")


def test_who_wants_no_motion_sees_none(visit: Visit, fonte: WidgetServer) -> None:
    page = visit(host_page(snippet(fonte)), reduced_motion="reduce")
    frame = panel(page)
    ask(frame, WHO)
    moving = "() => document.getAnimations().filter(a => a.playState === 'running').length"
    assert page.evaluate(moving) == 0
    assert frame.locator("body").evaluate(moving) == 0


def test_colour_corner_language_and_greeting_can_be_chosen(visit: Visit, fonte: WidgetServer) -> None:
    looks = {"color": "#ffdd00", "corner": "left", "lang": "en", "greeting": "Welcome to <b>us</b>", "theme": "light"}
    page = visit(host_page(snippet(fonte, **looks)))
    frame = panel(page, "en")
    expect(frame.locator("#greeting")).to_have_text("Welcome to <b>us</b>")
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert box["x"] < 40
    ask(frame, WHO)
    assert_accessible(page, "a yellow that words could not be read in")
    pictured(page, "looks")
