"""The conversation in Chromium: what is asked again or edited, what two tabs know of each other, and thumbs."""

from __future__ import annotations

import threading

import pytest
from chat_pages import LOCALES, NOWHERE, WHO, Open, ask, assert_told, looked_at
from chat_server import ChatServer, eventually
from playwright.sync_api import Page, Route, expect

from rag.feedback import Feedback
from rag.models import Question
from rag.web.chat.labels import label

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHERE = "Quali aziende ha incontrato la delegazione in Michigan?"


def questions(page: Page) -> list[str]:
    return page.locator(".turn h2").all_inner_texts()


def again(page: Page, number: int) -> None:
    turn = page.locator(".turn").nth(number)
    turn.get_by_role("button", name="Chiedi di nuovo").click()
    expect(page.locator(".turn").nth(number)).to_have_attribute("data-stage", "done")


# Asking again, editing


def test_a_question_asked_again_stays_in_its_place_and_sends_what_went_before(page: Open, server: ChatServer) -> None:
    everything: list[Question] = []
    server.before = everything.append
    shown = page()
    for question in (WHO, NOWHERE, WHERE):
        ask(shown, question)
    again(shown, 1)
    asked = [question for question in everything if question.text in (WHO, NOWHERE, WHERE)]  # not the examples' trial
    assert questions(shown) == [WHO, NOWHERE, WHERE]
    assert asked[-1].text == NOWHERE
    assert [turn.content for turn in asked[-1].history if turn.role == "user"] == [WHO]
    shown.reload()
    expect(shown.locator(".turn h2")).to_have_text([WHO, NOWHERE, WHERE])


def test_editing_takes_away_what_followed_whatever_was_asked_again_meanwhile(page: Open) -> None:
    shown = page()
    for question in (WHO, NOWHERE, WHERE):
        ask(shown, question)
    shown.get_by_role("button", name="Modifica la domanda").nth(2).click()
    again(shown, 0)
    expect(shown.locator("#editing")).to_be_visible()
    ask(shown, "Chi guidava la missione?")
    assert questions(shown) == [WHO, NOWHERE, "Chi guidava la missione?"]


def test_a_question_that_is_asked_again_is_no_longer_edited(page: Open) -> None:
    shown = page()
    ask(shown, WHO)
    shown.get_by_role("button", name="Modifica la domanda").click()
    again(shown, 0)
    expect(shown.locator("#editing")).to_be_hidden()


# Two tabs


def beside(shown: Page, server: ChatServer) -> Page:
    """A second tab of the same browser."""
    second = shown.context.new_page()
    second.goto(server.url)
    second.locator("#fonte h1").wait_for()
    return second


def test_two_tabs_keep_one_conversation(page: Open, server: ChatServer) -> None:
    first = page()
    second = beside(first, server)
    ask(first, WHO)
    expect(second.locator(".turn")).to_have_attribute("data-stage", "done")
    ask(second, NOWHERE)
    expect(first.locator(".turn h2")).to_have_text([WHO, NOWHERE])
    expect(first.locator(".turn").last.locator(".nearest")).to_be_visible()
    first.reload()
    expect(first.locator(".turn h2")).to_have_text([WHO, NOWHERE])


def test_a_question_under_way_is_asked_once_whatever_tabs_are_opened(page: Open, server: ChatServer) -> None:
    asked: list[Question] = []
    held = threading.Event()

    def hold(question: Question) -> None:
        asked.append(question)
        held.wait(60)

    server.before = hold
    first = page()
    first.fill("#question", WHO)
    first.press("#question", "Enter")
    assert eventually(lambda: len(asked) == 1)
    second = beside(first, server)
    expect(second.locator(".turn")).to_contain_text("Fermata")
    held.set()
    for shown in (first, second):
        expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")
    assert len(asked) == 1


def test_a_question_under_way_is_asked_again_by_its_own_tab_after_a_reload(page: Open, server: ChatServer) -> None:
    held = threading.Event()
    server.before = lambda _: held.wait(60)
    shown = page()
    shown.fill("#question", WHO)
    shown.press("#question", "Enter")
    expect(shown.locator(".turn")).to_have_attribute("data-stage", "searching")
    shown.reload()
    held.set()
    expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")


def test_what_one_tab_takes_away_no_other_brings_back(page: Open, server: ChatServer) -> None:
    """Signing out empties the conversation in the same way."""
    held = threading.Event()
    first = page()
    ask(first, NOWHERE)
    second = beside(first, server)
    server.before = lambda _: held.wait(60)
    second.fill("#question", WHO)
    second.press("#question", "Enter")
    expect(first.locator(".turn")).to_have_count(2)
    first.get_by_role("button", name="Nuova conversazione").click()
    expect(second.locator(".turn")).to_have_count(0)
    held.set()
    server.before = lambda _: None
    ask(second, WHERE)
    kept = second.evaluate("JSON.parse(localStorage.getItem('fonte.turns')).map(turn => turn.question)")
    assert kept == [WHERE]


# Thumbs


@pytest.mark.parametrize("status, told", [(0, "gone"), (401, "signed_out")])
def test_a_thumb_is_pressed_once_the_server_has_it(page: Open, status: int, told: str) -> None:
    def refuse(route: Route) -> None:
        if status:
            route.fulfill(status=status, json={})
        else:
            route.abort()

    shown = page()
    turn = ask(shown, WHO)
    down = turn.get_by_role("button", name="Non utile")
    for where in ("**/component_server/**", "**/site/chat.js"):
        shown.route(where, refuse)
    down.click()
    expect(turn.locator(".why")).to_have_text(label("it", told))
    expect(down).to_have_attribute("aria-pressed", "false")
    shown.unroute_all()
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(turn.locator(".why form")).to_be_visible()


def test_the_same_thumb_again_leaves_what_was_sent(page: Open, server: ChatServer) -> None:
    kept = Feedback(server.settings.data / "feedback.sqlite")
    kept.erase()
    shown = page()
    turn = ask(shown, WHO)
    down = turn.get_by_role("button", name="Non utile")
    down.click()
    turn.get_by_role("checkbox", name="Manca qualcosa").check()
    turn.get_by_role("checkbox", name="Conserva anche il testo").check()
    turn.get_by_role("button", name="Invia").click()
    expect(turn).to_contain_text("Grazie")
    down.click()
    turn.get_by_role("button", name="Utile", exact=True).click()
    expect(turn.get_by_role("button", name="Utile", exact=True)).to_have_attribute("aria-pressed", "true")
    assert [(t.verdict, t.reason) for t in kept.all()] == [("up", "")]
    turn.get_by_role("checkbox", name="È chiara").check()
    turn.get_by_role("button", name="Invia").click()
    expect(turn).to_contain_text("Grazie")
    turn.get_by_role("button", name="Utile", exact=True).click()
    shown.reload()
    expect(shown.locator("[data-verdict=up]")).to_have_attribute("aria-pressed", "true")
    assert [(t.verdict, t.reason) for t in kept.all()] == [("up", "clear")]


@pytest.mark.parametrize("language", LOCALES)
def test_a_thumb_up_asks_what_worked_and_editing_says_what_it_takes_away(page: Open, language: str) -> None:
    shown = page(LOCALES[language], reduced_motion="reduce")
    turn = ask(shown, WHO)
    turn.get_by_role("button", name=label(language, "helpful"), exact=True).click()
    expect(turn.locator(".why form")).to_be_visible()
    assert_told(turn.locator(".why"), f"thumb-up-{language}")
    turn.get_by_role("button", name=label(language, "edit")).click()
    expect(shown.locator("#editing")).to_be_visible()
    assert_told(shown.locator("#editing"), f"editing-{language}")
    looked_at(shown, "thumb-up", language, tall=1800)
    turn.get_by_role("button", name=label(language, "send")).click()
    expect(turn.locator(".why")).to_have_text(label(language, "thanks"))
    assert_told(turn.locator(".why"), f"thanks-{language}")
    looked_at(shown, "thanks", language, tall=1800)
    shown.get_by_role("button", name=label(language, "cancel")).click()
    expect(shown.locator("#editing")).to_be_hidden()
    expect(shown.locator("#question")).to_have_value("")
