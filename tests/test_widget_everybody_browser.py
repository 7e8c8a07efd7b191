"""What visitors see in the widget's panel, and that everybody can use it: phone, zoom, motion, two languages."""

from __future__ import annotations

import re

import pytest
from chat_pages import DESKTOP, PHONE
from playwright.sync_api import expect
from widget_pages import AGREED, OPEN, STARTS, WHO, Visit, ask, begin, held, panel, pictured
from widget_server import Pages, WidgetServer, host_page, snippet

from rag.models import Question

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
STORED = """async () => ({cookie: document.cookie, local: localStorage.length, session: sessionStorage.length,
  bases: (await indexedDB.databases()).length, caches: (await caches.keys()).length})"""
NOTHING = {"cookie": "", "local": 0, "session": 0, "bases": 0, "caches": 0}


# What a visitor sees


def test_a_tap_shows_quote_title_date_and_the_way_to_the_document(elsewhere: Visit, fonte: WidgetServer) -> None:
    turn = ask(panel(elsewhere(host_page(snippet(fonte)))), WHO)
    turn.get_by_role("button", name="Fonte 1").first.click()
    source = turn.locator("details")
    expect(source).to_contain_text("La missione a Detroit")
    expect(source).to_contain_text("24 aprile 2025")
    expect(source.locator("blockquote")).to_contain_text("Anna Bianchi")
    link = source.get_by_role("link")
    assert (link.get_attribute("href") or "").startswith("https://ente.example/missione#:~:text=")
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(source.locator("summary")).to_be_focused()


def test_the_link_opens_the_other_sites_page_at_the_quote(elsewhere: Visit, fonte: WidgetServer, pages: Pages) -> None:
    """A short quote, and a long one, of which the first words and the last are looked for, with marks among them."""
    far = "<p>Altro.</p>" * 200
    short, long = STARTS[1], AGREED[1].replace("&", "&amp;").replace("Livia Conti", "<b>Livia</b> <i>Conti</i>")
    pages.put("/intesa", f'<!DOCTYPE html>{far}<p id="lungo">{long}</p>{far}<p id="corto">{short}</p>{far}')
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    for question, place in ((AGREED[0], "#lungo"), (STARTS[0], "#corto")):
        turn = ask(frame, question)
        turn.locator(".mark").first.click()
        with page.context.expect_page() as opened:
            turn.get_by_role("link").click()
        expect(opened.value.locator(place)).to_be_in_viewport()
        frame.locator("#forget").click()


def test_a_document_that_would_be_markup_stays_text(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    turn = ask(panel(page), "Da chi è stata aperta la cerimonia?")
    turn.get_by_role("button", name="Fonte 1").first.click()
    expect(turn.locator("summary")).to_contain_text("<b onclick=alert(1)>Verbale</b>")
    assert turn.locator("img, script, b").count() == 0


def test_nothing_is_stored_and_forget_forgets(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    inside = next(f for f in page.frames if f.url.startswith(fonte.origin))
    assert inside.evaluate(STORED) == NOTHING
    asked: list[Question] = []
    fonte.before = asked.append
    for _ in range(2):
        ask(frame, WHO)
    assert inside.evaluate(STORED) == NOTHING
    assert page.context.cookies() == []
    frame.get_by_role("button", name="Dimentica la conversazione").click()
    expect(frame.locator(".turn")).to_have_count(0)
    expect(frame.locator("#welcome")).to_be_visible()
    ask(frame, WHO)
    assert [[turn.role for turn in question.history] for question in asked] == [[], ["user", "assistant"], []]
    frame.get_by_role("button", name="Chiudi").click()
    assert inside.evaluate(STORED) == NOTHING


# For everyone


def test_on_a_phone_it_fills_the_screen_and_nothing_is_cut(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)), size=PHONE)
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
    assert frame.locator("a, button, summary").evaluate_all(small) == []


def test_at_twice_the_size_everything_is_reached(elsewhere: Visit, fonte: WidgetServer) -> None:
    """200 % zoom of 1280 by 720 is a window of 640 by 360."""
    page = elsewhere(host_page(snippet(fonte)), size=(640, 360))
    frame = panel(page)
    ask(frame, WHO).locator(".mark").first.click()
    frame.get_by_role("link", name="Apri il documento").scroll_into_view_if_needed()
    expect(frame.get_by_role("link", name="Apri il documento")).to_be_in_viewport()
    assert frame.locator("body").evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    pictured(page, "zoom")


@pytest.mark.parametrize("size", [DESKTOP, (640, 360)])
def test_each_question_begins_at_the_top_of_what_is_read(
    elsewhere: Visit, fonte: WidgetServer, size: tuple[int, int]
) -> None:
    frame = panel(elsewhere(host_page(snippet(fonte)), size=size))
    for _ in range(2):
        turn = ask(frame, WHO)
    expect(turn.locator("h2")).to_be_in_viewport(ratio=1)
    uncovered = (
        "e => { const { x, y } = e.getBoundingClientRect(); return document.elementFromPoint(x + 9, y + 9) === e; }"
    )
    assert turn.locator("h2").evaluate(uncovered)
    if size == DESKTOP:  # a low panel scrolls as a whole, and no further than its end
        top = "e => e.getBoundingClientRect().top"
        assert abs(turn.evaluate(top) - frame.locator("#scroll").evaluate(top)) < 2


@pytest.mark.parametrize("wish, shown", [("reduce", ["none"] * 3), ("no-preference", ["rise", "turn", "come"])])
def test_who_wants_no_motion_sees_none(elsewhere: Visit, fonte: WidgetServer, wish: str, shown: list[str]) -> None:
    page = elsewhere(host_page(snippet(fonte)), reduced_motion=wish)
    frame = panel(page)
    motion = "e => getComputedStyle(e).animationName"
    with held(fonte):
        turn = begin(frame, WHO)
        seen = [page.locator(".panel").evaluate(motion), turn.locator(".busy").evaluate(motion)]
    assert [*seen, turn.locator(".body > *").first.evaluate(motion)] == shown


def test_a_quote_keeps_its_language_in_a_panel_of_another(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    turn = ask(frame, "Who met the delegation at the steelworks?")
    assert frame.locator("html").get_attribute("lang") == "it"
    spoken = {"lang": re.compile("^en$")}
    for words in (".body .quote > span:first-child", "details blockquote", "summary cite"):
        expect(turn.locator(words).first).to_have_attribute("lang", spoken["lang"])
    expect(turn.locator(".foreign").first).to_have_text("(in inglese)")
    expect(turn.locator(".facts").first).to_have_attribute("lang", spoken["lang"])
    expect(frame.locator("#said")).to_have_text("Answer found. Eva Green. 1 fonte.")
    told = frame.locator("#said span").evaluate_all("spans => spans.map((span) => [span.textContent, span.lang])")
    assert told == [["Answer found.", "en"], [" Eva Green.", "en"], [" 1 fonte.", "it"]]
    turn.locator(".mark").first.click()
    assert "lang=it" in (turn.get_by_role("link").get_attribute("href") or ""), "Fonte's page speaks as the panel does"


def test_words_of_the_widget_on_a_page_in_a_third_language_say_which_they_are(
    elsewhere: Visit, fonte: WidgetServer
) -> None:
    page = elsewhere(host_page(snippet(fonte), "fr"))
    expect(page.get_by_role("complementary", name=OPEN["en"])).to_have_attribute("lang", "en")
    page = elsewhere(host_page(snippet(fonte, label="Poser une question"), "fr"))
    own = page.get_by_role("complementary", name="Poser une question")
    assert own.get_attribute("lang") is None, "those words are the page's"
