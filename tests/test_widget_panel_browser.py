"""The widget's panel at work: what it says and when, its keys, the queue, stopping, and what was asked meanwhile."""

from __future__ import annotations

import re
from concurrent.futures import Future
from dataclasses import replace

import pytest
from playwright.sync_api import Route, expect
from widget_pages import NOWHERE, WHO, Visit, accessible, ask, begin, held, panel
from widget_server import WidgetServer, host_page, snippet

from rag.models import Answer, Evidenced, Question, Stated, Statement, Support
from rag.writing.answers import Tell

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
LISTEN = """() => {
  const live = "[aria-live], [role=status], [role=alert], [role=log]";
  window.said = [];
  new MutationObserver((records) => {
    const touched = records.flatMap(({ target, addedNodes }) => [target.parentElement?.closest(live), target.closest?.(live), ...addedNodes]);
    for (const region of new Set(touched)) if (region?.matches?.(live) && region.textContent) said.push(region.textContent);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""  # noqa: E501 - one line a statement


def test_whoever_listens_hears_each_thing_once(elsewhere: Visit, fonte: WidgetServer) -> None:
    frame = panel(elsewhere(host_page(snippet(fonte))))
    body, field = frame.locator("body"), frame.locator("#question")
    body.evaluate(LISTEN)
    with held(fonte, waiting=1):
        expect(begin(frame, WHO).locator(".state")).to_have_text("Una domanda prima della tua")
    expect(frame.locator("#said")).to_have_text("Risposta trovata. Anna Bianchi. 1 fonte.")
    heard = ["Cerco nei documenti", "Risposta trovata. Anna Bianchi. 1 fonte."]
    assert body.evaluate("() => window.said") == heard
    field.fill("x" * 1001)
    expect(frame.locator("#said")).to_have_text("1 carattere di troppo.")
    field.press_sequentially("xxx")
    expect(frame.locator("#excess")).to_have_text("4 caratteri di troppo.")
    field.fill("")
    field.fill("x" * 1002)
    expect(frame.locator("#said")).to_have_text("2 caratteri di troppo.")
    assert body.evaluate("() => window.said") == [*heard, "1 carattere di troppo.", "2 caratteri di troppo."]


def test_enter_while_an_answer_comes_neither_sends_nor_stops_and_the_button_stops(
    elsewhere: Visit, fonte: WidgetServer
) -> None:
    frame = panel(elsewhere(host_page(snippet(fonte))))
    line = fonte.app.state.pool._line
    with held(fonte):
        before = len(line)
        turn = begin(frame, WHO)
        frame.locator("#question").fill("Un’altra?")
        frame.locator("#question").press("Enter")
        expect(frame.locator("#question")).to_have_value("Un’altra?")
        assert len(line) == before + 1
        frame.get_by_role("button", name="Ferma").click()
        expect(turn.locator(".fault p")).to_have_text("Risposta interrotta.")
        expect(frame.locator("#said")).to_have_text("Risposta interrotta.")
        expect(turn).to_have_attribute("data-status", "stopped")
        expect(turn.locator(".state")).to_be_empty()
    turn.get_by_role("button", name="Chiedi di nuovo").click()
    expect(frame.locator(".turn").last.locator(".headline")).to_have_text("Anna Bianchi")
    expect(frame.locator(".turn")).to_have_count(1)


def test_of_what_a_page_asks_meanwhile_the_last_is_asked_afterwards(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    with held(fonte):
        begin(frame, WHO)
        page.evaluate("Fonte.ask('Prima?'), Fonte.ask('Chi ha vinto il Giro?')")
    expect(frame.locator(".turn h2")).to_have_text([WHO, "Chi ha vinto il Giro?"])
    expect(frame.locator(".turn").first.locator(".headline")).to_have_text("Anna Bianchi")


def test_a_thumb_is_thanked_for_and_one_that_was_lost_is_told_of(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)), reduced_motion="reduce")
    frame = panel(page)
    turn = ask(frame, NOWHERE)
    good = turn.get_by_role("button", name="Utile", exact=True)
    page.route("**/feedback", lambda route: route.abort())
    good.click()
    expect(turn.locator(".thumbs")).to_contain_text("Il giudizio non è stato registrato.")
    expect(frame.locator("#said")).to_have_text("Il giudizio non è stato registrato. Riprova.")
    expect(good).to_have_attribute("aria-pressed", "false")
    accessible(page, "a thumb that was lost")
    page.unroute("**/feedback")
    good.click()
    expect(frame.locator("#said")).to_have_text("Grazie, il giudizio è registrato.")
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(turn.locator(".thumbs")).not_to_contain_text("registrato")
    accessible(page, "a thumb that was kept")


def test_a_visit_that_is_over_is_begun_again_unseen(elsewhere: Visit, fonte: WidgetServer) -> None:
    """For a thumb on an answer of the visit before, and for a question."""
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    turn = ask(frame, WHO)
    visits: list[str] = []
    page.on("request", lambda request: visits.append(request.url) if request.url.endswith("/visit") else None)
    asked: set[str] = set()

    def over(route: Route) -> None:
        """The first time that each is asked for."""
        told = {} if route.request.url in asked else {"authorization": "Bearer visit.1.over"}
        asked.add(route.request.url)
        route.continue_(headers={**route.request.headers, **told})

    page.route(re.compile("/(feedback|ask)$"), over)
    turn.get_by_role("button", name="Utile", exact=True).click()
    expect(frame.locator("#said")).to_have_text("Grazie, il giudizio è registrato.")
    expect(ask(frame, WHO).locator(".headline")).to_have_text("Anna Bianchi")
    assert len(visits) == 2


def test_sentences_are_shown_as_they_are_verified_and_said_to_be_written(
    elsewhere: Visit, fonte: WidgetServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is there, with its source, while the second is not yet written; quotes are not said to be written."""
    gate: Future[None] = Future()
    sentences = [Statement(f"Anna Bianchi {did} a Detroit.", (1,), Support.VERIFIED) for did in ("era", "parlava")]
    whole = fonte.answer

    def written(question: Question, tell: Tell) -> Answer:
        quotes = whole(question, lambda _: None)
        tell(Evidenced(quotes.citations))
        tell(Stated(sentences[0]))
        gate.result(200)
        tell(Stated(sentences[1]))
        return replace(quotes, headline=None, statements=tuple(sentences), mode="generate", model="m")

    frame = panel(elsewhere(host_page(snippet(fonte))))
    expect(frame.locator("#welcome")).to_contain_text("cito il passaggio di ogni frase")
    ask(frame, WHO)
    monkeypatch.setattr(fonte, "answer", written)
    turn = begin(frame, WHO)
    expect(turn.locator(".body")).to_have_text("Anna Bianchi era a Detroit. [1]")
    expect(turn.locator(".sources li")).to_have_count(1)
    expect(turn.locator(".busy")).to_be_visible()
    gate.set_result(None)
    expect(turn.locator(".said")).to_have_count(2)
    expect(turn.locator(".written")).to_contain_text("Scritta da un modello linguistico")
    expect(frame.locator(".turn .written")).to_have_count(1)


@pytest.mark.parametrize("language, told", [("it", "fra 1 secondo."), ("en", "in 1 second.")])
def test_one_second_is_no_seconds(elsewhere: Visit, fonte: WidgetServer, language: str, told: str) -> None:
    page = elsewhere(host_page(snippet(fonte, lang=language)))
    frame = panel(page, language)
    page.route("**/ask", lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}))
    expect(ask(frame, WHO).locator(".fault p")).to_contain_text(told)
