"""Each form of an answer and each state of the page as people and screen readers meet it, in both languages.

Structure and words are compared with tests/snapshots; pictures are kept in artifacts/ui for whoever wants to look. A
snapshot that is not there is written, and its test fails: look at it, then run again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_pages import LOCALES, Open, Opened, ask, assert_told, colour, looked_at
from chat_server import ChatServer
from playwright.sync_api import Browser, expect
from staged_answers import FORMS, Staged, question

from rag.errors import Busy
from rag.models import Question, Status
from rag.web.chat.labels import label

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COLOURS = {Status.ANSWERED: "accent", Status.PARTIAL: "half", Status.NOT_FOUND: "soft"}
SHAPES = {Status.ANSWERED: (1, 0), Status.PARTIAL: (0, 1), Status.NOT_FOUND: (0, 0)}  # full circles, half circles


@pytest.fixture(scope="module", autouse=True)
def staged(server: ChatServer) -> None:
    server.answer = Staged(server.assistant, server.answer)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", LOCALES)
def test_an_answer_has_its_form(page: Open, server: ChatServer, language: str, form: str) -> None:
    shown = page(LOCALES[language], reduced_motion="reduce")
    turn = ask(shown, question(language, form))
    shown.locator("#question").blur()
    assert_told(turn, f"{form}-{language}")
    status, drawn = FORMS[form].status, turn.locator(".status svg")
    expect(turn.locator(".status")).to_have_css("color", colour(shown, COLOURS[status]))
    assert (drawn.locator("circle[fill]").count(), drawn.locator("path").count()) == SHAPES[status]
    languages = {d.source: d.language for d in server.assistant.documents()}
    quoted = [e.get_attribute("lang") for e in turn.locator(".quote span[lang]:not(.mark)").all()]
    assert quoted == [languages[source] for source, _ in FORMS[form].quotes]
    looked_at(shown, form, language)


@pytest.mark.parametrize("language", LOCALES)
def test_the_page_before_the_first_question(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    expect(shown.locator("#filters fieldset").first).to_be_attached()
    expect(shown.locator("#examples button").first).to_be_visible()
    assert_told(shown.locator("#fonte"), f"start-{language}")
    looked_at(shown, "start", language)


@pytest.mark.parametrize("language", LOCALES)
def test_the_page_while_fonte_starts(page: Open, server: ChatServer, language: str) -> None:
    with server.state("sync", done=3, total=8):
        shown = page(LOCALES[language])
        expect(shown.locator("#starting progress")).to_be_visible()
        assert_told(shown.locator("#starting"), f"loading-{language}")
        looked_at(shown, "loading", language)


@pytest.mark.parametrize("language", LOCALES)
def test_the_documents_while_they_are_brought_up_to_date(page: Open, server: ChatServer, language: str) -> None:
    with server.state("ready", syncing=True, done=2, total=5):
        shown = page(LOCALES[language], "#documents")
        expect(shown.locator("#syncing progress")).to_be_visible()
        assert_told(shown.locator("#syncing"), f"syncing-{language}")
        looked_at(shown, "syncing", language)


@pytest.mark.parametrize("language", LOCALES)
def test_a_full_house_says_when_to_come_back(page: Open, server: ChatServer, language: str) -> None:
    def full(_: Question) -> None:
        raise Busy("Too many questions are being answered.", retry_after=7)

    server.before = full
    shown = page(LOCALES[language])
    assert_told(ask(shown, question(language, "answered")), f"busy-{language}")
    looked_at(shown, "busy", language)


@pytest.mark.parametrize("language", LOCALES)
def test_a_question_that_is_too_long(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    shown.fill("#question", "Chi? " * 300)
    expect(shown.get_by_role("alert")).not_to_be_empty()
    looked_at(shown, "too-long", language)
    shown.fill("#question", "Chi? " * 300)
    assert_told(shown.get_by_role("alert"), f"too-long-{language}")


@pytest.mark.parametrize("language", LOCALES)
def test_a_question_under_way_and_one_that_was_stopped(page: Open, server: ChatServer, language: str) -> None:
    held = threading.Event()
    server.before = lambda _: held.wait(60)
    shown = page(LOCALES[language])
    shown.fill("#question", question(language, "answered"))
    shown.press("#question", "Enter")
    turn = shown.locator(".turn")
    expect(turn).to_have_attribute("data-stage", "searching")
    assert_told(turn, f"searching-{language}")
    looked_at(shown, "searching", language)
    shown.get_by_role("button", name=label(language, "stop"), exact=True).click()
    held.set()
    expect(turn).to_have_attribute("data-stage", "stopped")
    assert_told(turn, f"stopped-{language}")
    looked_at(shown, "stopped", language)


@pytest.mark.parametrize("language", LOCALES)
def test_a_question_that_waits_for_the_start(page: Open, server: ChatServer, language: str) -> None:
    with server.state("sync", done=3, total=8):
        shown = page(LOCALES[language])
        shown.fill("#question", question(language, "answered"))
        shown.press("#question", "Enter")
        expect(shown.locator(".turn progress")).to_be_visible()
        assert_told(shown.locator(".turn"), f"waiting-{language}")
        looked_at(shown, "waiting", language)


@pytest.mark.parametrize("language", LOCALES)
def test_filters_that_let_nothing_through(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    shown.locator("#filter summary").click()
    shown.locator("[name=since]").fill("2031-01-01")
    shown.keyboard.press("Escape")
    assert_told(ask(shown, question(language, "answered")), f"no-match-{language}")
    looked_at(shown, "no-match", language)


@pytest.mark.parametrize("language", LOCALES)
def test_the_documents_tab(page: Open, language: str) -> None:
    shown = page(LOCALES[language], "#documents")
    expect(shown.locator("#documents .skipped")).to_be_visible()
    expect(shown.locator("#documents tbody tr")).to_have_count(11)
    assert_told(shown.locator("#documents"), f"documents-{language}")
    looked_at(shown, "documents", language)


@pytest.mark.parametrize("language", LOCALES)
def test_the_check_tab(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    shown.locator("[data-view=check]").click()
    looked_at(shown, "check", language)
    assert_told(shown.locator("#check"), f"check-{language}")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with ChatServer(tmp_path_factory.mktemp("empty"), {}) as running:
        yield running


@pytest.mark.parametrize("language", LOCALES)
def test_an_empty_corpus_says_what_to_do(browser: Browser, empty: ChatServer, language: str) -> None:
    opened = Opened(browser)
    shown = opened.page(empty.url, LOCALES[language])
    expect(shown.locator("#starting")).not_to_be_empty()
    assert_told(shown.locator("#starting"), f"empty-{language}")
    looked_at(shown, "empty", language)
    assert_told(ask(shown, "Rivian?"), f"empty-asked-{language}")
    shown.locator("[data-view=documents]").click()
    expect(shown.locator("#documents .fault")).to_be_visible()
    assert_told(shown.locator("#documents"), f"no-documents-{language}")
    looked_at(shown, "no-documents", language)
    opened.close()


@pytest.mark.parametrize("language", LOCALES)
def test_a_server_that_is_gone_leaves_the_question(browser: Browser, tmp_path: Path, language: str) -> None:
    opened = Opened(browser)
    with ChatServer(tmp_path, {}) as leaving:
        shown = opened.page(leaving.url, LOCALES[language])
    assert_told(ask(shown, "Rivian?"), f"gone-{language}")
    looked_at(shown, "gone", language)
    opened.close()
