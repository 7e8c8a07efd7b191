"""The chat page when things are not as they should be, its documents tab, and twenty people at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from chat_pages import PHONE, SECONDS, TOO_WIDE, WHO, Open, Opened, ask
from chat_server import ChatServer, eventually
from playwright.sync_api import Browser, expect

from rag.composition import build_embedder
from rag.documents import Root
from rag.errors import Busy, NotReady
from rag.index import ModelChange, Progress, Report
from rag.models import IngestReport, Question
from rag.settings import Settings
from tools.crowd import Crowd

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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


@pytest.mark.parametrize(
    "language,told",
    [
        ("it-IT", "Il modello di ricerca è cambiato da {} a {}: rileggo tutti i documenti."),
        ("en-GB", "The embedding model changed from {} to {}: all documents are embedded again."),
    ],
)
def test_a_start_that_reads_everything_again_says_why(page: Open, server: ChatServer, language: str, told: str) -> None:
    """Also on a phone, however long the models' names are."""
    was, now = build_embedder(Settings()).model_id, "intfloat/multilingual-e5-large@0123456789ab"
    with server.state("sync", done=3, total=8, change=ModelChange(was, now)):
        shown = page(language, size=PHONE)
        expect(shown.locator("#starting")).to_contain_text(told.format(was, now))
        assert shown.evaluate(TOO_WIDE) == []
        shown.locator("[data-view=documents]").click()
        expect(shown.locator("#syncing")).to_contain_text(told.format(was, now))


def test_a_start_that_failed_says_why(page: Open, server: ChatServer) -> None:
    with server.state("failed", error="The model cannot be loaded.", hint="Check FONTE_EMBED_MODEL."):
        shown = page("en-GB")
        expect(shown.locator("#starting")).to_contain_text("Fonte could not start")
        expect(shown.locator("#starting")).to_contain_text("Check FONTE_EMBED_MODEL.")


def test_models_that_load_again_are_waited_for_with_their_progress(page: Open, server: ChatServer) -> None:
    """On a page that was opened while the server was ready."""

    def unready(_: Question) -> None:
        server.before = lambda _: None
        raise NotReady("The reading model is still loading.")

    server.before = unready
    shown = page()
    with server.state("model"):
        shown.fill("#question", WHO)
        shown.press("#question", "Enter")
        expect(shown.locator(".turn")).to_contain_text("La domanda parte appena Fonte è pronta.")
        expect(shown.locator(".turn progress")).to_be_visible()
    expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")


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
    expect(shown.get_by_role("alert")).to_have_text(
        "499 caratteri di troppo: il limite è 1000. Accorciala, o dividila in più domande."
    )
    shown.press("#question", "Enter")
    expect(shown.locator(".turn")).to_have_count(0)
    shown.fill("#question", WHO)
    expect(shown.get_by_role("alert")).to_be_empty()


@pytest.fixture
def leaving(tmp_path: Path) -> ChatServer:
    """A server of its own, to be started and stopped."""
    return ChatServer(tmp_path, {"nota.md": "# Nota\n\nLa delegazione ha incontrato Anna Bianchi a Torino.\n"})


def test_a_server_that_went_away_and_came_back(opened: Opened, leaving: ChatServer) -> None:
    with leaving:
        shown = opened.page(leaving.url)
        ask(shown, WHO)
        shown.evaluate("window.stayed = true")
    turn = ask(shown, "Chi ha incontrato la delegazione a Torino?")
    expect(turn).to_contain_text("Il server non risponde")
    with leaving:
        turn.get_by_role("button", name="Chiedi di nuovo").click()
        expect(shown.locator(".turn").last.locator(".status")).to_have_text("Risposta trovata")
        assert shown.evaluate("window.stayed"), "without a reload"
        shown.context.close()


def test_a_server_that_went_away_in_the_middle_of_an_answer(opened: Opened, leaving: ChatServer) -> None:
    begun, held = threading.Event(), threading.Event()

    def hold(_: Question) -> None:
        begun.set()
        held.wait(60)

    leaving.before = hold
    with leaving:
        shown = opened.page(leaving.url)
        shown.evaluate("window.stayed = true")
        shown.fill("#question", WHO)
        shown.press("#question", "Enter")
        assert begun.wait(60)
    held.set()
    leaving.before = lambda _: None
    expect(shown.locator(".turn")).to_have_attribute("data-stage", "fault")
    with leaving:
        shown.get_by_role("button", name="Chiedi di nuovo").click()
        expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")
        ask(shown, "Chi ha incontrato la delegazione a Torino?")
        expect(shown.locator(".turn .status").last).to_have_text("Risposta trovata")
        assert shown.evaluate("window.stayed"), "without a reload"
        shown.context.close()


def test_a_server_in_its_first_seconds_has_signed_nobody_out(opened: Opened, leaving: ChatServer) -> None:
    with leaving:
        shown = opened.page(leaving.url)
    leaving.opens = threading.Event()
    with leaving:
        expect(ask(shown, WHO)).to_contain_text("Il server non risponde")
        leaving.opens.set()
        assert eventually(lambda: httpx.head(leaving.url + "site/chat.js").status_code == 200)
        shown.get_by_role("button", name="Chiedi di nuovo").click()
        expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")
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


def test_a_sync_that_begins_while_the_page_is_open_is_seen_there(browser: Browser, tmp_path: Path) -> None:
    held, opened = threading.Event(), Opened(browser)
    with ChatServer(tmp_path, {"uno.md": "# Uno\n\nLa delegazione ha incontrato Anna Bianchi.\n"}) as server:
        index = server.assistant.index
        sync = index.sync

        def slow(roots: Sequence[Root], prune: bool, report: Report) -> IngestReport:
            report(Progress(1, 2, "due.md"))
            held.wait(60)
            return sync(roots, prune, report)

        index.sync = slow  # type: ignore[method-assign,assignment]
        shown = opened.page(server.url, where="#documents")
        expect(shown.locator("#documents tbody tr")).to_have_count(1)
        (tmp_path / "corpus" / "due.md").write_text("# Due\n\nIl vertice si è tenuto a Torino.\n")
        with ThreadPoolExecutor(1) as aside:
            syncing = aside.submit(server.assistant.sync)
            expect(shown.locator("#syncing")).to_contain_text("Leggo i documenti: 1 di 2.")
            expect(shown.locator("#documents tbody tr")).to_have_count(1)
            held.set()
            syncing.result()
        expect(shown.locator("#documents tbody tr")).to_have_count(2)
        expect(shown.locator("#syncing")).to_be_hidden()
        opened.close()


# Together


def test_twenty_people_at_once_get_their_own_answers(server: ChatServer) -> None:
    """Through Gradio's queue, as the page does it, each in a session of their own."""
    crowd = Crowd(server.url)
    found = crowd.together([f"{WHO} ({n})" for n in range(20)])
    assert len({reply.turn for reply in found}) == 20
    for n, reply in enumerate(found):
        assert reply.message["turn"] == reply.turn
        assert reply.message["copy"]["text"].startswith(f"{WHO} ({n})"), "everybody their own"
        assert "Filosa" in reply.message["text"]


def test_an_answer_under_way_holds_up_nothing_else(server: ChatServer) -> None:
    """While every worker is busy, the page and its health are answered."""
    held, begun = threading.Event(), threading.Semaphore(0)

    def hold(_: Question) -> None:
        begun.release()
        held.wait(30)

    server.before = hold
    crowd = Crowd(server.url)
    with ThreadPoolExecutor(1) as aside:
        asked = aside.submit(crowd.together, [f"{WHO} ({n})" for n in range(6)])
        begun.acquire(timeout=30)
        for path in ("healthz", "api/v1/documents", "documents", "site/chat.css"):
            assert httpx.get(server.url + path, timeout=20).status_code == 200
        assert not asked.done()
        held.set()
        assert len(asked.result()) == 6
    server.before = lambda _: None
