"""The widget on a page of another origin, in Chromium: what a page can and cannot do with it."""

from __future__ import annotations

import re

import pytest
from chat_pages import assert_accessible
from playwright.sync_api import Browser, Route, expect
from widget_pages import NOWHERE, OPEN, SECONDS, WHO, Visit, accessible, ask, panel, pictured
from widget_server import Pages, WidgetServer, host_page, snippet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


# One line


def test_one_line_gives_a_button_and_the_panel_is_loaded_only_once_it_is_opened(
    elsewhere: Visit, fonte: WidgetServer
) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.reload()
    page.get_by_role("button", name=OPEN["it"]).wait_for()
    assert [url for url in asked if url.startswith(fonte.origin)] == [f"{fonte.origin}/widget.js"]
    turn = ask(panel(page), WHO)
    expect(turn.locator(".headline")).to_have_text("Anna Bianchi")
    names = "Object.getOwnPropertyNames(window)"
    assert set(page.evaluate(names)) - set(elsewhere(host_page("")).evaluate(names)) == {"Fonte"}
    assert page.evaluate("Object.getOwnPropertyNames(window.Fonte)") == ["version", "open", "close", "ask", "on"]
    assert page.evaluate("document.querySelectorAll('body *:not(main, h1, p, fonte-widget)').length") == 0


def test_all_that_a_panel_loads_is_small_whatever_letters_it_shows(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte, greeting="Čapek → Łódź")))
    loaded: dict[str, int] = {}
    page.on("requestfinished", lambda r: loaded.update({r.url: r.sizes()["responseBodySize"]}))
    frame = panel(page)
    ask(frame, "Čapek → Łódź: chi c’era?")
    assert frame.locator("body").evaluate("() => document.fonts.ready.then((fonts) => fonts.status)") == "loaded"
    sizes = {url: size for url, size in loaded.items() if not url.endswith(("/visit", "/ask"))}
    assert any(url.endswith("serif.woff2") for url in sizes)
    assert sum(sizes.values()) <= 40_000, sizes


def test_a_page_that_has_something_of_the_same_name_gets_the_widget_all_the_same(
    elsewhere: Visit, fonte: WidgetServer
) -> None:
    page = elsewhere(host_page(snippet(fonte), body='<p id="Fonte">Fonte: Istat.</p>'))
    panel(page)
    assert page.evaluate("Fonte.version") == 1


@pytest.mark.parametrize(
    "line, told",
    [
        ('data-widget="prova" data-target="#mai"', 'Fonte: data-target="#mai" finds nothing on this page.'),
        ("", "Fonte: the script needs data-widget."),
    ],
)
def test_a_line_that_cannot_work_says_so_to_who_wrote_the_page(
    elsewhere: Visit, fonte: WidgetServer, line: str, told: str
) -> None:
    page = elsewhere(host_page(f'<script src="{fonte.origin}/widget.js" {line} defer></script>'))
    with page.expect_console_message(lambda message: message.type == "warning") as warned:
        page.reload()
    assert warned.value.text == told
    assert page.get_by_role("button").count() == 0


@pytest.mark.parametrize("height, moves", [(None, False), ("600px", False), ("auto", True)])
def test_the_page_does_not_move(
    elsewhere: Visit, fonte: WidgetServer, pages: Pages, height: str | None, moves: bool
) -> None:
    """From before the script came: in a corner, or in an element that has a height. One without is documented."""
    watch = "<script>window.shift=0;new PerformanceObserver(l=>l.getEntries().forEach(e=>window.shift+=e.value))"
    watch += ".observe({type:'layout-shift',buffered:true})</script>"
    line = snippet(fonte, target="#qui") if height else snippet(fonte)
    place = f'<div id="qui" style="height:{height}"></div><p id="dopo">Dopo.</p>' + "<p>Testo.</p>" * 60
    address = pages.put("/ferma", host_page(watch + line, body=place))
    page = elsewhere(host_page(""))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/widget.js", hold)
    page.goto(address, wait_until="commit")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    before = page.locator("#dopo").bounding_box()
    held[0].continue_()
    ask(panel(page), WHO)
    assert (page.locator("#dopo").bounding_box() != before, page.evaluate("window.shift") > 0) == (moves, moves)


def test_inline_it_fills_its_element_and_no_more(elsewhere: Visit, fonte: WidgetServer) -> None:
    place = '<div id="qui" style="height:600px;width:500px"></div>'
    page = elsewhere(host_page(snippet(fonte, target="#qui"), body=place))
    expect(ask(panel(page), WHO).locator(".headline")).to_have_text("Anna Bianchi")
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (500, 600)
    pictured(page, "inline")


@pytest.mark.parametrize("height, told", [("280px", []), ("auto", ["has no height of its own, so the page moves."])])
def test_an_element_without_a_height_is_named_to_who_wrote_the_page(
    elsewhere: Visit, fonte: WidgetServer, height: str, told: list[str]
) -> None:
    place = f'<div id="qui" style="height:{height}"></div>'
    page = elsewhere(host_page(snippet(fonte, target="#qui"), body=place))
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
    page.reload()
    page.get_by_role("button", name=OPEN["it"]).wait_for()
    assert [text.partition('data-target="#qui" ')[2] for text in warned] == told


@pytest.mark.parametrize("nonce", ["", "c2Vnbm8"])
def test_a_page_with_a_strict_policy_can_carry_it(elsewhere: Visit, fonte: WidgetServer, nonce: str) -> None:
    """By the address of the script, or by a nonce with strict-dynamic, which makes addresses count for nothing."""
    scripts = f"'nonce-{nonce}' 'strict-dynamic'" if nonce else fonte.origin
    policy = f"default-src 'none'; script-src {scripts}; frame-src {fonte.origin}; require-trusted-types-for 'script'"
    page = elsewhere(host_page(snippet(fonte, nonce=nonce)), headers={"Content_Security_Policy": policy})
    box = page.get_by_role("button", name=OPEN["it"]).bounding_box()
    assert box is not None
    assert box["y"] > 700, "its style came through"
    expect(ask(panel(page), WHO).locator(".headline")).to_have_text("Anna Bianchi")


def test_nothing_is_typed_before_the_panel_can_hear_it(elsewhere: Visit, fonte: WidgetServer) -> None:
    """On a slow line the panel's words come before its script: an Enter in between would be lost."""
    page = elsewhere(host_page(snippet(fonte)))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/panel.js*", hold)
    page.get_by_role("button", name=OPEN["it"]).click()
    while not held:
        page.wait_for_timeout(20)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#question")).to_be_disabled()
    expect(frame.locator("#go")).to_be_disabled()
    held[0].continue_()
    expect(ask(frame, WHO).locator(".headline")).to_have_text("Anna Bianchi")


def test_the_page_opens_closes_asks_and_listens(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    page.evaluate("""() => { window.heard = []; window.once = [];
      for (const name of ['ready', 'open', 'close', 'question', 'answer', 'forget', 'error'])
        Fonte.on(name, (detail) => heard.push([name, detail?.status, detail?.code]));
      const stop = Fonte.on('question', () => { once.push('question'); stop(); }); }""")
    frame = page.frame_locator("iframe")
    page.evaluate("Fonte.open(), Fonte.open()")
    expect(frame.locator("#question")).to_be_focused()
    page.evaluate("question => Fonte.ask(question)", WHO)
    frame.locator(".foot p").wait_for()
    frame.locator("#forget").click()
    page.route("**/ask", lambda route: route.fulfill(status=500))
    page.evaluate("question => Fonte.ask(question)", WHO)
    frame.locator(".fault").wait_for()
    page.evaluate("Fonte.close(), Fonte.close()")
    expect(page.locator("iframe")).to_be_hidden()
    heard = page.evaluate("window.heard")
    names = ["open", "ready", "question", "answer", "forget", "question", "error", "close"]
    assert [name for name, *_ in heard] == names
    assert [told for _, *told in heard if any(told)] == [["answered", None], [None, "failed"]], "all that a page hears"
    assert page.evaluate("window.once") == ["question"]


# Who may embed


def test_the_browser_refuses_a_page_that_is_not_allowed(elsewhere: Visit, fonte: WidgetServer) -> None:
    for widget in ("altrove", "mai-visto"):
        page = elsewhere(host_page(snippet(fonte, widget)))
        page.clock.install()
        page.reload()
        page.evaluate("() => { window.heard = []; Fonte.on('error', (detail) => heard.push(detail.code)); }")
        page.get_by_role("button", name=OPEN["it"]).click()
        page.clock.fast_forward("00:30")
        expect(page.get_by_role("alert")).to_have_text(re.compile("non è disponibile"))
        expect(page.get_by_role("alert")).to_have_attribute("lang", "it")
        assert page.evaluate("window.heard") == ["unavailable"]
        assert not [f for f in page.frames if f.url.startswith(fonte.origin)]
        accessible(page, "not available")
        assert page.get_by_role("dialog").get_attribute("aria-modal") is None, "Tab leaves it"
        page.get_by_role("button", name="Chiudi").click()
        expect(page.get_by_role("button", name=OPEN["it"])).to_be_focused()


def test_forged_messages_get_nothing(elsewhere: Visit, fonte: WidgetServer, pages: Pages) -> None:
    """From another window of the page, of another version, of another shape: the panel stays silent."""
    other = pages.put("/altro", "<script>onmessage=e=>parent.heard.push(e.data)</script>")
    page = elsewhere(host_page(snippet(fonte), body=f'<iframe name="spia" src="{other}"></iframe>'))
    page.evaluate("window.heard = []")
    frame = page.frame_locator("fonte-widget iframe")
    page.get_by_role("button", name=OPEN["it"]).click()
    ask(frame, WHO)
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
    expect(frame.locator(".turn").first.locator(".headline")).to_have_text("Anna Bianchi")
    assert frame.locator(".turn").count() == 2
    heard = page.evaluate("window.heard.filter((data) => data?.fonte)")
    assert [data["type"] for data in heard] == ["close", "question", "answer"], "the forged one, and what all may know"
    assert "Bianchi" not in str(heard)
    expect(page.locator("fonte-widget iframe")).to_be_visible()


def test_the_loader_listens_to_its_own_panel_in_its_own_version_alone(elsewhere: Visit, fonte: WidgetServer) -> None:
    """Not to the panel in another version, nor to a second frame of Fonte's in the page."""
    second = f'<iframe name="seconda" src="{fonte.origin}/embed/prova"></iframe>'
    page = elsewhere(host_page(snippet(fonte), body=second))
    panel_frame = page.frame_locator("fonte-widget iframe")
    page.get_by_role("button", name=OPEN["it"]).click()
    panel_frame.locator("#question[placeholder]").wait_for()
    own, other = (f for f in sorted(page.frames[1:], key=lambda f: f.name))
    page.evaluate("""() => { window.posted = []; window.told = [];
      for (const name of ['ready', 'close', 'question', 'answer', 'error', 'forget'])
        Fonte.on(name, () => told.push(name));
      addEventListener('message', ({ data, origin }) => posted.push([data.fonte, data.type, origin])); }""")
    post = """([fonte, types]) => { for (const type of types) parent.postMessage({ fonte, type }, '*'); }"""
    types = ["ready", "question", "answer", "error", "forget", "close"]
    own.evaluate(post, [2, types])
    other.evaluate(post, [1, types])
    page.wait_for_function("window.posted.length === 12")
    assert {tuple(p) for p in page.evaluate("window.posted")} == {(v, t, fonte.origin) for v in (1, 2) for t in types}
    assert page.evaluate("window.told") == []
    expect(page.locator("fonte-widget iframe")).to_be_visible()
    own.evaluate(post, [1, types])
    expect(page.locator("fonte-widget iframe")).to_be_hidden()
    assert page.evaluate("window.told") == types


def test_what_another_site_puts_into_the_panels_window_cannot_speak_for_it(
    elsewhere: Visit, fonte: WidgetServer
) -> None:
    """The right window, the wrong origin: the page around hears it, and the loader does nothing of it."""
    page = elsewhere(host_page(snippet(fonte)))
    panel(page)
    page.evaluate("""() => {
      window.heard = []; window.told = [];
      for (const name of ['ready', 'close', 'answer']) Fonte.on(name, () => told.push(name));
      addEventListener('message', ({ origin, data }) => heard.push([origin, data.type]));
      document.querySelector('fonte-widget').shadowRoot.querySelector('iframe').src = `data:text/html,<script>
        for (const type of ['ready', 'close', 'answer']) parent.postMessage({fonte: 1, type}, '*')</script>`;
    }""")
    page.wait_for_function("window.heard.length === 3")
    assert page.evaluate("[heard, told]") == [[["null", "ready"], ["null", "close"], ["null", "answer"]], []]
    expect(page.locator("fonte-widget iframe")).to_be_visible()


def test_a_panel_does_not_listen_to_a_page_that_is_not_allowed(elsewhere: Visit, fonte: WidgetServer) -> None:
    """Not even where the browser's own refusal is taken away: the right window, the wrong origin."""
    page = elsewhere(host_page(snippet(fonte, "altrove")))
    page.route("**/embed/altrove", lambda route: route.fulfill(body=route.fetch().text(), content_type="text/html"))
    panel(page)
    inside = next(f for f in page.frames if f.url.startswith(fonte.origin))
    inside.evaluate("() => { window.heard = []; addEventListener('message', (event) => heard.push(event.data.type)); }")
    page.evaluate(
        """(question) => {
      const panel = document.querySelector('fonte-widget').shadowRoot.querySelector('iframe').contentWindow;
      panel.postMessage({fonte: 1, type: 'hello', greeting: 'Salve'}, '*');
      panel.postMessage({fonte: 1, type: 'ask', question}, '*');
    }""",
        WHO,
    )
    inside.wait_for_function("window.heard.includes('ask')")
    assert inside.locator(".turn").count() == 0
    assert inside.locator("#greeting").text_content() == "Che cosa vuoi sapere?"


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_demonstration_shows_the_widget_as_it_was_chosen(
    browser: Browser, fonte: WidgetServer, language: str
) -> None:
    page = browser.new_page(locale={"it": "it-IT", "en": "en-GB"}[language], reduced_motion="reduce")
    page.set_default_timeout(SECONDS)
    page.goto(f"{fonte.origin}/demo")
    frame = panel(page, language)
    expect(ask(frame, WHO).locator(".headline")).to_have_text("Anna Bianchi")
    assert_accessible(page, "the page it is tried on")
    pictured(page, f"demo-{language}")
    frame.locator("#close").click()
    page.locator("select[name=corner]").select_option("left")
    page.locator("input[name=greeting]").fill("Ciao & <i>benvenuti</i>")
    page.locator("main button").click()
    expect(page.locator("#snippet")).to_contain_text('data-widget="demo" data-corner="left" data-greeting="Ciao &amp;')
    expect(panel(page, language).locator("#greeting")).to_have_text("Ciao & <i>benvenuti</i>")
    page.context.close()
