"""Every state of the widget: what it says of it, and that axe-core finds nothing in it, in light and in dark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chat_pages import DESKTOP, PHONE
from playwright.sync_api import expect
from widget_pages import HALF, LOCALE, NEAR, TOLD, WHO, Visit, accessible, ask, begin, held, panel
from widget_server import WidgetServer, host_page, snippet

from rag.errors import Busy
from rag.models import Answer, Evidenced, Note, Question, Stated, Statement, Support
from rag.writing.answers import Tell

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
STATES = {
    "it": ("Risposta trovata", "Risposta parziale", "Non trovato"),
    "en": ("Answer found", "Partial answer", "Not found"),
}
NEAREST = {"it": "I passaggi più vicini (non rispondono):", "en": "The nearest passages (they do not answer):"}
QUEUED = {"it": "2 domande prima della tua", "en": "2 questions before yours"}


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_is_found_half_found_and_not_found_is_said_in_words(
    elsewhere: Visit, fonte: WidgetServer, language: str
) -> None:
    """The passages nearest to what is not there are shown open and without numbers: nothing rests on them."""
    page = elsewhere(host_page(snippet(fonte), language), LOCALE[language], reduced_motion="reduce")
    accessible(page, "closed")
    frame = panel(page, language)
    assert frame.locator("html").get_attribute("lang") == language
    accessible(page, "opened", f"opened-{language}")
    found, half, none = STATES[language]

    turn = ask(frame, TOLD[language])
    expect(turn.locator(".state")).to_have_text(found)
    turn.locator(".mark").first.click()
    expect(turn.locator("details").first).to_have_attribute("open", "")
    accessible(page, "answered", f"answered-{language}")

    turn = ask(frame, HALF[language])
    expect(turn.locator(".state")).to_have_text(half)
    accessible(page, "partial", f"partial-{language}")

    turn = ask(frame, NEAR[language])
    expect(turn.locator(".state")).to_have_text(none)
    near = turn.locator(".nearest")
    expect(near.locator("> p")).to_have_text(NEAREST[language])
    expect(near.locator("details[open] blockquote")).to_have_count(2)
    expect(near.locator("details[open] blockquote").filter(visible=True)).to_have_count(2)
    assert turn.locator(".mark, .number").count() == 0
    assert "[" not in near.inner_text()
    expect(turn.locator("> .sources")).to_be_hidden()
    accessible(page, "not found", f"not-found-{language}")

    frame.locator("#forget").click()
    expect(frame.locator("#welcome")).to_be_visible()
    accessible(page, "forgotten")


def test_a_written_answer_with_its_notes_and_a_quote_in_another_language(
    elsewhere: Visit, fonte: WidgetServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fonte.answer
    said = Statement("Anna Bianchi era alla fiera.", (1,), Support.VERIFIED)
    note = Note("superseded", "Un documento precedente dice altro.", (1,))

    def written(question: Question, tell: Tell) -> Answer:
        quotes = whole(question, lambda _: None)
        tell(Evidenced(quotes.citations))
        tell(Stated(said))
        return replace(quotes, headline=None, statements=(said,), notes=(note,), mode="generate", model="m")

    page = elsewhere(host_page(snippet(fonte)), reduced_motion="reduce")
    frame = panel(page)
    expect(ask(frame, TOLD["en"]).locator(".foreign")).to_have_text("(in inglese)")
    accessible(page, "a quote in another language")
    monkeypatch.setattr(fonte, "answer", written)
    turn = ask(frame, WHO)
    expect(turn.locator(".written")).to_be_visible()
    expect(turn.locator(".note .mark")).to_be_visible()
    accessible(page, "written", "written")


@pytest.mark.parametrize("language", ["it", "en"])
def test_while_an_answer_comes_or_cannot_come_now(elsewhere: Visit, fonte: WidgetServer, language: str) -> None:
    page = elsewhere(host_page(snippet(fonte), language), LOCALE[language], reduced_motion="reduce")
    frame = panel(page, language)
    with held(fonte):
        begin(frame, WHO)
        accessible(page, "searching")
        frame.locator("#go").click()
        frame.locator(".turn[data-status=stopped]").wait_for()
        accessible(page, "stopped")
    with held(fonte, waiting=2):
        expect(begin(frame, WHO).locator(".state")).to_have_text(QUEUED[language])
        accessible(page, "queued", f"queued-{language}")
        frame.locator("#go").click()

    def full(_: Question) -> None:
        raise Busy("Too many.", retry_after=7)

    fonte.before = full
    expect(ask(frame, WHO)).to_have_attribute("data-status", "busy")
    accessible(page, "busy")
    frame.locator("#question").fill("x" * 1001)
    accessible(page, "too long")


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_visitor_who_has_asked_enough_reads_when_to_come_back(
    elsewhere: Visit, fonte: WidgetServer, language: str
) -> None:
    page = elsewhere(host_page(snippet(fonte, "breve"), language), LOCALE[language], reduced_motion="reduce")
    frame = panel(page, language)
    ask(frame, WHO)
    expect(ask(frame, WHO)).to_have_attribute("data-status", "limit")
    accessible(page, "limit", f"limit-{language}")


def test_a_start_under_way_and_a_line_that_broke_are_worded(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)), reduced_motion="reduce")
    frame = panel(page)
    fonte.assistant.state.stage = "model"
    turn = ask(frame, WHO)
    fonte.assistant.state.stage = "ready"
    expect(turn).to_contain_text("si sta avviando")
    accessible(page, "starting")
    page.context.set_offline(True)
    expect(ask(frame, WHO)).to_contain_text("La connessione si è interrotta")
    accessible(page, "broken off")
    page.context.set_offline(False)
    frame.get_by_role("button", name="Chiedi di nuovo").last.click()
    expect(frame.locator(".turn").last.locator(".headline")).to_have_text("Anna Bianchi")


def test_what_cannot_be_answered_says_so_to_everyone(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)), reduced_motion="reduce")
    frame = panel(page)
    statuses = iter((404, 422, 500))
    page.route("**/ask", lambda route: route.fulfill(status=next(statuses)))
    for name in ("off", "invalid", "failed"):
        turn = ask(frame, WHO)
        expect(turn).to_have_attribute("data-status", name)
        accessible(page, name)
        assert turn.get_by_role("button", name="Chiedi di nuovo").count() == (name != "off")


@pytest.mark.parametrize("size, place", [(DESKTOP, "#qui"), (PHONE, None)])
def test_axe_finds_nothing_in_line_and_on_a_phone(
    elsewhere: Visit, fonte: WidgetServer, size: tuple[int, int], place: str | None
) -> None:
    line = snippet(fonte, target=place) if place else snippet(fonte)
    body = '<div id="qui" style="height:600px;width:500px"></div>' if place else ""
    page = elsewhere(host_page(line, body=body), size=size, reduced_motion="reduce")
    accessible(page, "closed")
    frame = panel(page)
    accessible(page, "opened")
    turn = ask(frame, WHO)
    turn.locator(".mark").first.click()
    expect(turn.locator("details[open]")).to_have_count(1)
    accessible(page, "answered", "" if place else "phone")
