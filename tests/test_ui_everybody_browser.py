"""The chat page, the reading room and the small pages for everybody: axe, phone, zoom, keyboard, no movement."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from chat_pages import (
    DESKTOP,
    MODEL_QUESTION,
    NOWHERE,
    PHONE,
    WHO,
    Open,
    Opened,
    ask,
    assert_accessible,
    assert_nothing_moved,
    watch_places,
)
from chat_server import ChatServer
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Route, expect

from rag.models import Question
from rag.web.opening import Opening
from rag.web.serve import bind

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCHEMES = ("light", "dark")
BOTH = pytest.mark.parametrize("scheme", SCHEMES)
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
# Colours do not depend on the width, nor names on the colours: each of both once is enough, in half of the time.
LOOKS = pytest.mark.parametrize("scheme,size", [("light", DESKTOP), ("dark", PHONE)], ids=["light-desk", "dark-phone"])
IN_BOTH_LANGUAGES = pytest.mark.parametrize("language", ["it-IT", "en-GB"])


# axe


@LOOKS
@IN_BOTH_LANGUAGES
def test_axe_finds_nothing_in_any_state_of_the_chat(
    page: Open, server: ChatServer, language: str, scheme: str, size: tuple[int, int]
) -> None:
    shown = page(language, size=size, color_scheme=scheme, reduced_motion="reduce")
    assert_accessible(shown, "empty")
    shown.locator("#filter summary").click()
    assert_accessible(shown, "filters")
    shown.locator("#filter summary").click()
    ask(shown, WHO)
    shown.locator("[data-verdict=down]").click()
    assert_accessible(shown, "answered, with the form of a thumb")
    for question, state in ((MODEL_QUESTION, "partial"), (NOWHERE, "not found")):
        shown.locator("[data-do=new]").click()  # else earlier buttons lie half under the bar
        ask(shown, question)
        assert_accessible(shown, state)
    shown.locator("[data-do=new]").click()
    server.before = _fail
    ask(shown, WHO)
    assert_accessible(shown, "fault")
    shown.locator("[data-view=documents]").click()
    shown.locator("#documents table").wait_for()
    assert_accessible(shown, "documents")


def _fail(_: Question) -> None:
    raise RuntimeError("unforeseen")


@LOOKS
def test_axe_finds_nothing_while_fonte_starts_or_failed_to(
    page: Open, server: ChatServer, scheme: str, size: tuple[int, int]
) -> None:
    with server.state("sync", done=3, total=8):
        shown = page(size=size, color_scheme=scheme)
        expect(shown.locator("#starting progress")).to_be_visible()
        assert_accessible(shown, "loading")
        shown.locator("[data-view=documents]").click()
        expect(shown.locator("#syncing progress")).to_be_visible()
        assert_accessible(shown, "loading, documents")
    with server.state("failed", error="The model cannot be loaded.", hint="Check FONTE_EMBED_MODEL."):
        shown = page("en-GB", size=size, color_scheme=scheme)
        expect(shown.locator("#starting")).to_contain_text("Fonte could not start")
        assert_accessible(shown, "failed")


@BOTH
def test_axe_finds_nothing_without_documents_and_without_a_server(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    opened = Opened(browser)
    with ChatServer(tmp_path, {}) as leaving:
        shown = opened.page(leaving.url, color_scheme=scheme)
        expect(shown.locator("#starting .fault")).to_be_visible()
        assert_accessible(shown, "empty corpus")
        ask(shown, WHO)
        assert_accessible(shown, "empty corpus, asked")
    expect(ask(shown, WHO)).to_contain_text("Il server non risponde")
    assert_accessible(shown, "server gone")
    opened.close()


@LOOKS
def test_axe_finds_nothing_in_the_reading_room(
    page: Open, server: ChatServer, scheme: str, size: tuple[int, int]
) -> None:
    """A passage of each format, a table's row among them, with the search inside under way."""
    of_each_format = {Path(document.source).suffix: document for document in server.assistant.documents()}
    for document in of_each_format.values():
        start = document.text.rindex("\n", 0, len(document.text) * 2 // 3) + 1
        where = f"documents/{document.id}?start={start}&end={start + 30}&cite={start + 40}-{start + 60}"
        shown = page("it-IT", where, size, color_scheme=scheme)
        shown.fill("#find input", "Michigan")
        assert_accessible(shown, document.source)
    assert_accessible(page("en-GB", "documents", color_scheme=scheme), "the list")
    assert_accessible(page("en-GB", "documents/none", color_scheme=scheme), "no such document")


@pytest.fixture
def opening() -> Iterator[str]:
    """A server whose application never gets built while the test lasts."""
    held = threading.Event()

    def build() -> FastAPI:
        held.wait(60)
        return FastAPI()

    listener = bind("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(Opening(build), log_level="warning"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    held.set()
    running.should_exit = True
    thread.join(20)


@BOTH
@IN_BOTH_LANGUAGES
def test_axe_finds_nothing_on_the_page_of_the_first_seconds(
    browser: Browser, opening: str, language: str, scheme: str
) -> None:
    opened = Opened(browser)
    shown = opened.page(opening, language, "anywhere", color_scheme=scheme)
    shown.route("**/anywhere", _once)
    shown.reload()
    title = "Fonte si sta avviando" if language == "it-IT" else "Fonte is starting"
    expect(shown.get_by_role("heading", level=1)).to_have_text(title)
    assert_accessible(shown, "opening")
    opened.close()


def _once(route: Route) -> None:
    """The page as it is served, without its asking again: axe takes longer than that."""
    served = route.fetch()
    route.fulfill(response=served, headers={k: v for k, v in served.headers.items() if k != "refresh"})


# Phone, zoom, movement


@pytest.mark.parametrize("width", [640, 390, 320])
def test_zoom_and_a_phone_need_no_sideways_scrolling(page: Open, width: int) -> None:
    """A desk's 1280 pixels at 200 % leave 640, at 400 % 320: to the page, zoom is a narrower window."""
    shown = page(size=(width, 700))
    turn = ask(shown, WHO)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    below = turn.locator(".sources").bounding_box()
    answer = turn.locator(".answer").bounding_box()
    assert below is not None
    assert answer is not None
    assert below["y"] >= answer["y"] + answer["height"]
    shown.locator("[data-view=documents]").click()
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_at_twice_the_size_of_text_nothing_is_cut(page: Open) -> None:
    shown = page()
    ask(shown, WHO)
    shown.add_style_tag(content="html { font-size: 200% }")
    assert shown.evaluate("document.documentElement.scrollWidth") <= DESKTOP[0]
    for name in ("#question", "#go", ".turn .card", ".turn .state", "nav"):
        cut = "e => e.scrollWidth > e.clientWidth + 1"
        assert not shown.locator(name).first.evaluate(cut), name


def test_the_keyboard_reaches_everything_in_order(page: Open) -> None:
    shown = page()
    expect(shown.locator("#filters fieldset").first).to_be_attached()
    named = [_tab(shown) for _ in range(7)]
    assert named == ["Vai alla domanda", "Domande", "Verifica", "Documenti", "Italiano", "English", "question"]


def _tab(page: Page) -> str:
    """The name of what the next Tab reaches; its focus must be seen."""
    page.keyboard.press("Tab")
    found, outline = page.evaluate(
        "(e => [e.ariaLabel || e.id || e.textContent.trim(), getComputedStyle(e.closest('.field') || e)])"
        "(document.activeElement).map(v => typeof v === 'string' ? v : v.outlineStyle + v.boxShadow)"
    )
    assert outline != "nonenone", f"no visible focus on {found}"
    return str(found)


def test_a_whole_visit_by_keyboard_alone(page: Open) -> None:
    """Ask, go to a source and back, judge with a reason, narrow, edit, look at the documents, begin anew."""
    shown = page()
    keys = shown.keyboard
    _reach(shown, "question")
    keys.type(WHO)
    keys.press("Enter")
    turn = shown.locator(".turn").last
    expect(turn).to_have_attribute("data-stage", "done")
    keys.press("Shift+Tab")
    _reach(shown, "Vai alla fonte 1", back=True)
    keys.press("Enter")
    expect(turn.locator(".card").first).to_be_focused()
    _reach(shown, "Torna alla citazione 1 nella risposta")
    keys.press("Enter")
    expect(turn.locator(".mark").first).to_be_focused()
    _reach(shown, "Non utile")
    keys.press("Enter")
    expect(turn.get_by_role("checkbox", name="È sbagliata")).to_be_visible()  # the server has taken the thumb
    keys.press("Tab")
    keys.press("Space")
    expect(turn.get_by_role("checkbox", name="È sbagliata")).to_be_checked()
    _reach(shown, "Invia")
    keys.press("Enter")
    expect(turn).to_contain_text("Grazie")
    _reach(shown, "Modifica la domanda", back=True)
    keys.press("Enter")
    expect(shown.locator("#question")).to_be_focused()
    expect(shown.locator("#question")).to_have_value(WHO)
    _reach(shown, "Documenti", back=True)
    keys.press("Enter")
    expect(shown.get_by_role("heading", name="Documenti indicizzati")).to_be_visible()
    _reach(shown, "Nuova conversazione")
    keys.press("Enter")
    expect(shown.locator(".welcome")).to_be_visible()
    expect(shown.locator("#question")).to_be_focused()


def _reach(page: Page, name: str, back: bool = False) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(60):
        at = page.evaluate("(e => e.ariaLabel || e.id || e.textContent.trim())(document.activeElement)")
        if at == name:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"{name} is not reached by keyboard")


@pytest.mark.parametrize("action", ["Chiedi di nuovo", "example", "Invia"])
def test_the_focus_is_never_lost(page: Open, action: str) -> None:
    """What was pressed goes away; the focus goes to what came of it."""
    shown = page(reduced_motion="reduce")
    if action == "example":
        shown.locator("#examples button").first.press("Enter")
        expect(shown.locator(".turn h2")).to_be_focused()
        return
    turn = ask(shown, WHO)
    if action == "Invia":
        turn.get_by_role("button", name="Utile", exact=True).press("Enter")
        turn.get_by_role("button", name="Invia").press("Enter")
        expect(turn.locator(".why")).to_be_focused()
        expect(turn.locator(".why")).to_contain_text("Grazie")
        return
    turn.get_by_role("button", name=action).press("Enter")
    expect(shown.locator(".turn h2")).to_be_focused()


def test_what_is_spoken_is_in_the_language_that_it_says_it_is(page: Open) -> None:
    """An English answer on the Italian page: its announcement is English, the page's own buttons are Italian."""
    shown = page()
    turn = ask(shown, MODEL_QUESTION)
    expect(shown.locator("#said")).to_contain_text("Partial answer")
    expect(shown.locator("#said")).to_have_attribute("lang", "en")
    expect(turn.locator(".card").first).to_have_attribute("lang", "en")
    button = turn.get_by_role("button", name="Copia la citazione").first
    assert button.evaluate("e => e.closest('[lang]').lang") == "it"
    assert turn.locator(".foot button").first.evaluate("e => e.closest('[lang]').lang") == "it"


@SIZES
def test_what_is_being_read_does_not_move(page: Open, server: ChatServer, size: tuple[int, int]) -> None:
    """Half a second after a key is pressed a browser counts every shift; the answers come after that."""
    server.before = lambda _: time.sleep(0.8)
    shown = page(size=size, reduced_motion="reduce")
    expect(shown.locator("#examples button").first).to_be_visible()
    watch_places(shown)
    for question in (WHO, NOWHERE, "Quali aziende ha incontrato la delegazione in Michigan?"):
        shown.locator("#question").press_sequentially(question)
        shown.keyboard.press("Enter")
        expect(shown.locator(".turn").last).to_have_attribute("data-stage", "done")
    assert_nothing_moved(shown)
