"""The chat page when things are not as they should be, and for everybody: axe, phone, keyboard, twenty at once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_server import ChatServer
from playwright.sync_api import Browser, Locator, Page, expect

from rag.errors import Busy
from rag.models import Question

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECONDS = 90_000  # of a busy machine
WHO = "Chi ha incontrato la delegazione?"
NOWHERE = "Chi ha vinto il Giro d'Italia del 1998?"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with ChatServer(tmp_path_factory.mktemp("chat")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: ChatServer) -> Iterator[Open]:
    contexts = []

    def opened(language: str = "it-IT", where: str = "", size: tuple[int, int] = (1280, 860), **options: Any) -> Page:
        context = browser.new_context(locale=language, viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        shown = context.new_page()
        shown.set_default_timeout(SECONDS)
        expect.set_options(timeout=SECONDS)
        shown.goto(server.url + where)
        shown.locator("#fonte h1").wait_for()
        return shown

    yield opened
    server.before = lambda _: None
    for context in contexts:
        context.close()


def ask(page: Page, question: str) -> Locator:
    page.fill("#question", question)
    page.press("#question", "Enter")
    turn = page.locator(".turn").last
    expect(turn).to_have_attribute("data-stage", re.compile("done|fault"))
    return turn


# Starting, and faults


def test_a_question_asked_while_loading_leaves_by_itself(page: Open, server: ChatServer) -> None:
    with server.state("sync", done=3, total=8):
        shown = page()
        expect(shown.locator("#starting")).to_contain_text("Leggo i documenti: 3 di 8.")
        shown.fill("#question", WHO)
        shown.press("#question", "Enter")
        expect(shown.locator(".turn")).to_contain_text("La domanda parte appena Fonte è pronta.")
    expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")
    expect(shown.locator("#starting")).to_be_hidden()


def test_a_start_that_failed_says_why(page: Open, server: ChatServer) -> None:
    with server.state("failed", error="The model cannot be loaded.", hint="Check FONTE_EMBED_MODEL."):
        shown = page("en-GB")
        expect(shown.locator("#starting")).to_contain_text("Fonte could not start")
        expect(shown.locator("#starting")).to_contain_text("Check FONTE_EMBED_MODEL.")


def test_too_many_questions_and_again(page: Open, server: ChatServer) -> None:
    def full(_: Question) -> None:
        raise Busy("Too many questions are being answered.", retry_after=7)

    server.before = full
    shown = page()
    turn = ask(shown, WHO)
    expect(turn).to_contain_text("Riprova fra 7 secondi.")
    server.before = lambda _: None
    turn.get_by_role("button", name="Chiedi di nuovo").click()
    expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")


def test_an_over_long_question_is_told_before_it_is_sent(page: Open) -> None:
    shown = page()
    shown.fill("#question", "Chi? " * 300)
    expect(shown.get_by_role("alert")).to_have_text("499 caratteri di troppo: il limite è 1000.")
    shown.press("#question", "Enter")
    expect(shown.locator(".turn")).to_have_count(0)
    shown.fill("#question", WHO)
    expect(shown.get_by_role("alert")).to_be_empty()


def test_a_server_that_went_away_and_came_back(browser: Browser, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"nota.md": "# Nota\n\nLa delegazione ha incontrato Anna Bianchi a Torino.\n"}
    server = ChatServer(tmp_path, files)
    with server:
        shown = browser.new_context(locale="it-IT").new_page()
        shown.set_default_timeout(SECONDS)
        shown.goto(server.url)
        ask(shown, WHO)
        shown.evaluate("window.stayed = true")
    turn = ask(shown, "Chi ha incontrato la delegazione a Torino?")
    expect(turn).to_contain_text("Il server non risponde")
    with server:
        turn.get_by_role("button", name="Chiedi di nuovo").click()
        expect(shown.locator(".turn").last.locator(".status")).to_have_text("Risposta trovata")
        assert shown.evaluate("window.stayed"), "without a reload"
        shown.context.close()


def test_an_empty_corpus(browser: Browser, tmp_path: Path) -> None:
    with ChatServer(tmp_path, {}) as server:
        shown = browser.new_context(locale="en-GB").new_page()
        shown.set_default_timeout(SECONDS)
        shown.goto(server.url)
        expect(shown.locator("#starting")).to_contain_text("There are no documents yet.")
        turn = ask(shown, "Who led the delegation?")
        expect(turn).to_contain_text("There are no documents to search")
        shown.context.close()


# The documents


def test_the_documents_tab_lists_what_is_indexed_and_what_is_not(page: Open) -> None:
    shown = page(where="#documents")
    table = shown.locator("#documents")
    expect(table.locator("tbody tr")).to_have_count(11)
    expect(table.locator("tbody tr").last).to_contain_text("24 giugno 2025")
    expect(table.locator(".skipped")).to_contain_text("I file di tipo .xlsx non vengono letti.")
    expect(table.locator(".origins b").first).to_contain_text("una sola provenienza")
    shown.get_by_role("button", name="English").click()
    expect(table.get_by_role("heading", name="Indexed documents")).to_be_visible()
    assert shown.evaluate("document.documentElement.lang") == "en"


# For everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["it-IT", "en-GB"])
def test_axe_finds_nothing_in_any_state(page: Open, server: ChatServer, language: str, scheme: str) -> None:
    shown = page(language, color_scheme=scheme, reduced_motion="reduce")
    _axe(shown, "empty")
    shown.locator("#filter summary").click()
    _axe(shown, "filters")
    shown.locator("#filter summary").click()
    ask(shown, WHO)
    shown.locator("[data-verdict=down]").click()
    _axe(shown, "answered, with the form of a thumb")
    ask(shown, "Who did the delegation meet at GM?")
    ask(shown, NOWHERE)
    _axe(shown, "partial and not found")
    server.before = _fail
    ask(shown, WHO)
    _axe(shown, "fault")
    shown.locator("[data-view=documents]").click()
    shown.locator("#documents table").wait_for()
    _axe(shown, "documents")


def _fail(_: Question) -> None:
    raise RuntimeError("unforeseen")


def _axe(page: Page, state: str) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found]
    assert told == [], f"{state}: {told}"


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_and_a_page_four_times_as_large_need_no_sideways_scrolling(page: Open, width: int) -> None:
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


def test_the_keyboard_reaches_everything_in_order(page: Open) -> None:
    shown = page()
    expect(shown.locator("#filters fieldset").first).to_be_attached()
    named = []
    for _ in range(7):
        shown.keyboard.press("Tab")
        named.append(shown.evaluate("(e => e.ariaLabel || e.id || e.textContent.trim())(document.activeElement)"))
    assert named[:5] == ["Vai alla domanda", "Domande", "Documenti", "Italiano", "English"]
    assert named[5] == "question"


def test_what_is_being_read_does_not_move(page: Open) -> None:
    shown = page()
    shown.evaluate(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "e => { if (!e.hadRecentInput) moved += e.value; })).observe({type: 'layout-shift'})"
    )
    ask(shown, WHO)
    ask(shown, NOWHERE)
    shown.wait_for_timeout(500)
    assert shown.evaluate("window.moved") < 0.02


def test_twenty_people_at_once_get_their_own_answers(server: ChatServer) -> None:
    """Through Gradio's queue, as the page does it, each in a session of their own."""
    config = httpx.get(server.url + "config", timeout=60).json()
    number = next(d["id"] for d in config["dependencies"] if d["targets"] and d["targets"][0][1] == "ask")

    def person(n: int) -> tuple[str, str]:
        session, turn = f"person{n}", f"t{n}"
        sent = {"turn": turn, "question": f"{WHO} ({n})"}
        body = {"data": [], "fn_index": number, "session_hash": session, "event_data": sent}
        with httpx.Client(base_url=server.url, timeout=100) as client:
            client.post("gradio_api/queue/join", json=body).raise_for_status()
            last = ""
            with client.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as events:
                for line in events.iter_lines():
                    if line.startswith("data:") and '"process_completed"' in line:
                        last = line.removeprefix("data:")
                        break
        return turn, json.dumps(json.loads(last)["output"])

    together = threading.Barrier(20)
    with ThreadPoolExecutor(20) as people:
        found = list(people.map(lambda n: (together.wait(), person(n))[1], range(20)))
    for turn, output in found:
        assert f'"{turn}"' in output.replace("\\", "")
        assert "Filosa" in output
