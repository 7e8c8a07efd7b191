"""The chat page in a real Chromium, over a stand-in assistant and the documents that ship."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_pages import DESKTOP, MODEL_QUESTION, NOWHERE, PHONE, WHO, Open, Opened, ask, colour, pictured
from chat_server import ChatServer, eventually
from playwright.sync_api import Browser, FloatRect, Locator, expect

from rag.assistant import Assistant
from rag.feedback import Feedback
from rag.models import Answer, Question, Statement, Support

pytestmark = [pytest.mark.browser, pytest.mark.slow]


# The forms of an answer


def test_the_model_question_reads_as_the_status_table_says(page: Open) -> None:
    turn = ask(page("en-GB"), MODEL_QUESTION)
    expect(turn.locator(".status")).to_have_text("Partial answer")
    expect(turn.locator(".frame").first).to_contain_text("I find no passage that says who.")
    expect(turn.locator(".frame strong")).to_have_text("who")
    expect(turn.locator(".frame").last).to_have_text("What they do say:")
    quote = turn.locator(".quote")
    expect(quote.locator("span[lang]").first).to_contain_text("General Motors")
    expect(turn).not_to_contain_text("Filosa")
    expect(turn.locator(".small").first).to_contain_text("Searched 11 documents; the newest is of 24 June 2025.")


def test_an_answer_has_a_headline_a_quote_and_one_origin(page: Open) -> None:
    turn = ask(page(), WHO)
    expect(turn.locator(".status")).to_have_text("Risposta trovata")
    expect(turn.locator(".status svg")).to_have_count(1)
    expect(turn.locator(".headline strong")).to_have_text("Antonio Filosa")
    assert turn.locator(".card").count() >= 1
    origins = turn.locator(".origin").all_inner_texts()
    assert len(origins) == len(set(origins)) >= 1, "each origin is told once"
    expect(turn.locator(".card").first).to_contain_text("data non indicata")


def test_the_passages_stand_beside_the_answer_on_a_desk_and_below_it_on_a_phone(page: Open) -> None:
    shown = page(reduced_motion="reduce")
    turn = ask(shown, WHO)
    answer, passages = _box(turn, ".answer"), _box(turn, ".sources")
    assert passages["x"] >= answer["x"] + answer["width"], "to the right of it"
    assert passages["y"] < answer["y"] + answer["height"], "not further down"
    assert passages["x"] + passages["width"] <= DESKTOP[0]
    shown.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    answer, passages = _box(turn, ".answer"), _box(turn, ".sources")
    assert passages["y"] >= answer["y"] + answer["height"], "below it"
    assert abs(passages["x"] - answer["x"]) < 1, "on the same line as it"
    assert passages["x"] + passages["width"] <= PHONE[0]


def _box(turn: Locator, part: str) -> FloatRect:
    found = turn.locator(part).bounding_box()
    assert found is not None, part
    return found


def test_what_is_not_found_has_grey_unnumbered_neighbours(page: Open) -> None:
    turn = ask(page(), NOWHERE)
    expect(turn.locator(".status")).to_have_text("Non trovato")
    expect(turn.locator(".mark, .card")).to_have_count(0)
    expect(turn.locator(".sources")).to_be_hidden()
    assert 1 <= turn.locator(".nearest li").count() <= 2
    assert not re.search(r"\[\d", turn.locator(".body").inner_text())
    expect(turn.locator(".nearest blockquote").first).to_have_css("color", colour(turn.page, "soft"))


def test_what_a_document_or_a_person_writes_stays_text(page: Open) -> None:
    shown = page()
    turn = ask(shown, "Quante imprese erano presenti a Palazzo Lascaris? <img src=http://evil.example/y.png>")
    expect(turn.locator(".card").first).to_contain_text("38 imprese")
    expect(turn.locator("h2")).to_contain_text("<img src=")
    expect(turn.locator("cite").first).to_contain_text("<b>dell'incontro</b>")
    expect(shown.locator("#fonte :is(img, iframe, script, cite b)")).to_have_count(0)


def test_what_was_dropped_is_closed_under_the_answer_and_opens_as_text(
    page: Open, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = Statement("Nobody came & 3 < 4.", (), Support.UNSUPPORTED)

    def with_dropped(question: Question, *tell: Any) -> Answer:
        answer = Assistant.ask(server.assistant, question, *tell)
        return replace(answer, statements=(*answer.statements, dropped))

    monkeypatch.setattr(server, "answer", with_dropped)
    shown = page("en-GB")
    turn = ask(shown, MODEL_QUESTION)
    expect(turn.locator(".foot li")).to_be_hidden()
    turn.locator(".foot summary").click()
    expect(turn.locator(".foot li")).to_have_text("“Nobody came & 3 < 4.”")
    expect(turn.locator(".foot li a")).to_have_count(0)
    pictured(shown, "dropped-en")


# Sources


def test_a_number_and_its_passage_light_each_other(page: Open) -> None:
    shown = page()
    turn = ask(shown, WHO)
    mark, card = turn.locator(".mark").first, turn.locator(".card").first
    mark.hover()
    expect(card).to_have_class(re.compile("lit"))
    card.locator("blockquote").hover()
    expect(mark).to_have_class(re.compile("lit"))
    mark.focus()
    shown.keyboard.press("Enter")
    expect(card).to_be_focused()
    card.get_by_role("button", name="Torna alla citazione 1").press("Enter")
    expect(mark).to_be_focused()


def test_a_copied_quote_carries_its_source(page: Open, server: ChatServer) -> None:
    shown = page(permissions=["clipboard-read", "clipboard-write"])
    turn = ask(shown, WHO)
    turn.get_by_role("button", name="Copia la citazione").first.click()
    expect(turn.get_by_role("button", name="Copiato").first).to_be_visible()
    text = shown.evaluate("navigator.clipboard.readText()")
    assert "Antonio Filosa" in text
    assert "data non indicata" in text
    assert re.search(rf"{server.url}documents/\w+\?version=\w+&start=\d+&end=\d+", text)
    read = "navigator.clipboard.read().then(i => i[0].getType('text/html')).then(b => b.text())"
    assert "<blockquote>" in shown.evaluate(read)
    turn.get_by_role("button", name="Copia la risposta").click()
    assert eventually(lambda: "● Risposta trovata" in shown.evaluate("navigator.clipboard.readText()"))


def test_a_passage_opens_in_its_document(page: Open) -> None:
    shown = page()
    turn = ask(shown, WHO)
    with shown.context.expect_page() as opening:
        turn.get_by_role("link", name="Apri nel documento").first.click()
    expect(opening.value.locator("mark").first).to_contain_text("Filosa")


# The conversation


def test_stopping_and_asking_again(page: Open, server: ChatServer) -> None:
    held = threading.Event()
    server.before = lambda _: held.wait(20)
    shown = page()
    shown.fill("#question", WHO)
    shown.press("#question", "Enter")
    shown.get_by_role("button", name="Ferma").click()
    turn = shown.locator(".turn").last
    expect(turn).to_contain_text("Fermata")
    held.set()
    server.before = lambda _: None
    turn.get_by_role("button", name="Chiedi di nuovo").click()
    expect(shown.locator(".turn")).to_have_count(1)
    expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")


def test_the_conversation_stays_in_this_browser_and_can_be_begun_anew(page: Open) -> None:
    shown = page()
    ask(shown, WHO)
    ask(shown, NOWHERE)
    shown.reload()
    expect(shown.locator(".turn")).to_have_count(2)
    expect(shown.locator(".turn").first.locator(".card").first).to_be_visible()
    shown.get_by_role("button", name="Nuova conversazione").click()
    expect(shown.locator(".turn")).to_have_count(0)
    expect(shown.locator(".welcome")).to_be_visible()
    assert shown.evaluate("localStorage.getItem('fonte.turns')") == "[]"


def test_an_edited_question_takes_the_place_of_what_followed(page: Open) -> None:
    shown = page()
    ask(shown, WHO)
    ask(shown, NOWHERE)
    shown.get_by_role("button", name="Modifica la domanda").first.click()
    expect(shown.locator("#question")).to_have_value(WHO)
    ask(shown, "Chi guidava la missione?")
    expect(shown.locator(".turn h2")).to_have_text(["Chi guidava la missione?"])


def test_a_follow_up_sends_what_went_before(page: Open, server: ChatServer) -> None:
    asked: list[Any] = []
    server.before = asked.append
    shown = page()
    ask(shown, WHO)
    ask(shown, "E quando?")
    assert [turn.role for turn in asked[-1].history] == ["user", "assistant"]
    assert asked[-1].history[0].content == WHO


def test_examples_come_from_the_documents_and_are_answered(page: Open) -> None:
    shown = page()
    example = shown.locator("#examples button").first
    example.wait_for()
    example.click()
    expect(shown.locator(".turn .status")).to_have_text("Risposta trovata")


def test_a_filter_narrows_the_search(page: Open) -> None:
    shown = page()
    shown.locator("#filter summary").click()
    shown.get_by_role("checkbox", name="verbale", exact=True).check()
    expect(shown.locator("#filter summary")).to_contain_text("solo in alcuni documenti")
    shown.keyboard.press("Escape")
    turn = ask(shown, WHO)
    expect(turn.locator(".foot .small")).to_contain_text("Cercato in 1 documento")


@pytest.mark.parametrize(
    "choice, documents",
    [("inglese", "3 documenti"), ("Note on the Rivian dialogue", "1 documento"), ("2025-06-01", "1 documento")],
)
def test_language_document_and_period_narrow_it_too(page: Open, choice: str, documents: str) -> None:
    shown = page()
    shown.locator("#filter summary").click()
    if choice[0].isdigit():
        shown.get_by_label("dal").fill(choice)
    else:
        shown.get_by_role("checkbox", name=choice, exact=True).check()
    shown.keyboard.press("Escape")
    turn = ask(shown, WHO)
    expect(turn.locator(".foot .small")).to_contain_text(f"Cercato in {documents}")
    shown.locator("#filter summary").click()
    shown.get_by_role("button", name="Togli i filtri").click()
    expect(shown.locator("#filter summary")).to_contain_text("in tutti i documenti")


def test_a_thumb_keeps_the_question_only_with_consent(page: Open, server: ChatServer) -> None:
    kept = Feedback(server.settings.data / "feedback.sqlite")
    shown = page()
    turn = ask(shown, WHO)
    turn.get_by_role("button", name="Non utile").click()
    assert eventually(lambda: [t.question for t in kept.all()] == [None])
    turn.get_by_role("checkbox", name="Manca qualcosa").check()
    turn.get_by_role("checkbox", name="Conserva anche il testo").check()
    turn.get_by_role("button", name="Invia").click()
    expect(turn).to_contain_text("Grazie")
    (thumb,) = kept.all()
    assert (thumb.verdict, thumb.reason, thumb.question) == ("down", "missing", WHO)
    proof = turn.locator("a.proof").get_attribute("href")
    assert proof is not None
    assert thumb.answer_id not in proof, "no verdict leads to the question that an answer's proof holds"


def test_filters_stay_when_the_page_changes_its_language(page: Open) -> None:
    shown = page()
    shown.locator("#filter summary").click()
    shown.get_by_role("checkbox", name="verbale", exact=True).check()
    shown.get_by_label("dal").fill("2025-06-01")
    shown.get_by_role("button", name="English").click()
    expect(shown.locator("#filter summary")).to_contain_text("in some documents only")
    shown.locator("#filter summary").click()
    expect(shown.get_by_role("checkbox", name="minutes", exact=True)).to_be_checked()
    expect(shown.get_by_label("from", exact=True)).to_have_value("2025-06-01")


def test_among_many_documents_the_one_wanted_is_found(browser: Browser, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n}.md": f"# Verbale numero {n}\n\nTesto.\n" for n in range(1, 14)}
    opened = Opened(browser)
    with ChatServer(tmp_path, files) as many:
        shown = opened.page(many.url)
        shown.locator("#filter summary").click()
        chips = shown.locator("#filters .chip:visible")
        expect(chips).to_have_count(13)
        shown.get_by_role("checkbox", name="Verbale numero 7").check()
        shown.get_by_role("searchbox", name="Cerca un documento").fill("NUMERO 12")
        expect(chips).to_have_text(["Verbale numero 12", "Verbale numero 7"])
        shown.keyboard.press("Enter")
        expect(shown.locator(".turn")).to_have_count(0)
        opened.close()


def test_links_to_documents_and_proofs_open_in_the_page_s_language(page: Open) -> None:
    shown = page("en-GB")
    turn = ask(shown, MODEL_QUESTION)
    shown.get_by_role("button", name="Italiano").click()
    for link in ("a.proof", ".card a.open"):
        with shown.context.expect_page() as opening:
            turn.locator(link).first.click()
        expect(opening.value.locator("html")).to_have_attribute("lang", "it")


def test_going_back_after_leaving_does_not_show_what_the_browser_has_kept(page: Open) -> None:
    shown = page()
    ask(shown, WHO)
    shown.evaluate("localStorage.setItem('fonte.turns', '[]')")
    shown.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(shown.locator(".welcome")).to_be_visible()
    expect(shown.locator(".turn")).to_have_count(0)
