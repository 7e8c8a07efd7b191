"""What visitors see in the widget's panel, and that everybody can use it: axe, keyboard, phone, zoom, motion."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from chat_pages import DESKTOP, PHONE, assert_accessible
from playwright.sync_api import expect
from widget_pages import NOWHERE, OPEN, WHO, Visit, ask, begin, held, panel, pictured
from widget_server import WidgetServer, host_page, snippet

from rag.errors import Busy
from rag.models import Answer, Note, Question, Status
from rag.writing.answers import Tell

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
LAW = {"it": "Assistente automatico: può sbagliare.", "en": "Automated assistant: it may err."}
STORED = """async () => ({cookie: document.cookie, local: localStorage.length, session: sessionStorage.length,
  bases: (await indexedDB.databases()).length, caches: (await caches.keys()).length})"""
NOTHING = {"cookie": "", "local": 0, "session": 0, "bases": 0, "caches": 0}


# What a visitor sees


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(elsewhere: Visit, fonte: WidgetServer, language: str, scheme: str) -> None:
    locale = {"it": "it-IT", "en": "en-GB"}[language]
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = elsewhere(host_page(snippet(fonte), language), locale, **options)
    assert_accessible(page, "closed")
    frame = panel(page, language)
    expect(frame.locator("#law")).to_contain_text(LAW[language])
    assert_accessible(page, "opened")
    pictured(page, f"opened-{language}-{scheme}")
    turn = ask(frame, WHO)
    turn.locator(".mark").first.click()
    expect(turn.locator("details").first).to_have_attribute("open", "")
    assert_accessible(page, "answered")
    pictured(page, f"answered-{language}-{scheme}")
    ask(frame, NOWHERE)
    assert_accessible(page, "not found")
    pictured(page, f"not-found-{language}-{scheme}")

    def full(_: Question) -> None:
        raise Busy("Too many.", retry_after=7)

    fonte.before = full
    ask(frame, WHO)
    assert_accessible(page, "busy")
    frame.locator("#question").fill("x" * 1001)
    assert_accessible(page, "too long")
    expect(frame.locator("#law")).to_contain_text(LAW[language])
    assert frame.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_an_answer_comes_or_is_refused(
    elsewhere: Visit, fonte: WidgetServer, language: str, scheme: str
) -> None:
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = elsewhere(host_page(snippet(fonte, "breve"), language), {"it": "it-IT", "en": "en-GB"}[language], **options)
    frame = panel(page, language)
    with held(fonte):
        begin(frame, WHO)
        assert_accessible(page, "searching")
        frame.locator("#go").click()
        frame.locator(".turn[data-status=stopped]").wait_for()
        assert_accessible(page, "stopped")
    expect(ask(frame, WHO)).to_have_attribute("data-status", "limit")
    assert_accessible(page, "limit")
    pictured(page, f"limit-{language}-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_half_an_answer_or_a_queue(
    elsewhere: Visit, fonte: WidgetServer, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fonte.answer

    def half(question: Question, tell: Tell) -> Answer:
        note = Note("missing", "Non è detto quando.")
        return replace(whole(question, tell), status=Status.PARTIAL, notes=(note,))

    monkeypatch.setattr(fonte, "answer", half)
    page = elsewhere(host_page(snippet(fonte)), color_scheme=scheme, reduced_motion="reduce")
    frame = panel(page)
    expect(ask(frame, WHO)).to_have_attribute("data-status", "partial")
    assert_accessible(page, "partial")
    pictured(page, f"partial-{scheme}")
    with held(fonte, waiting=2):
        expect(begin(frame, WHO).locator(".state")).to_have_text("2 domande prima della tua")
        assert_accessible(page, "queued")
        pictured(page, f"queued-{scheme}")


@pytest.mark.parametrize("size, place", [(DESKTOP, "#qui"), (PHONE, None)])
def test_axe_finds_nothing_in_line_or_on_a_phone(
    elsewhere: Visit, fonte: WidgetServer, size: tuple[int, int], place: str | None
) -> None:
    line = snippet(fonte, target=place) if place else snippet(fonte)
    body = '<div id="qui" style="height:600px;width:500px"></div>' if place else ""
    page = elsewhere(host_page(line, body=body), size=size, reduced_motion="reduce")
    assert_accessible(page, "closed")
    frame = panel(page)
    assert_accessible(page, "opened")
    ask(frame, WHO).locator(".mark").first.click()
    assert_accessible(page, "answered")


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


def test_a_start_under_way_and_a_line_that_broke_are_worded(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    fonte.assistant.state.stage = "model"
    turn = ask(frame, WHO)
    fonte.assistant.state.stage = "ready"
    expect(turn).to_contain_text("si sta avviando")
    assert_accessible(page, "starting")
    page.context.set_offline(True)
    expect(ask(frame, WHO)).to_contain_text("La connessione si è interrotta")
    assert_accessible(page, "broken off")
    page.context.set_offline(False)
    frame.get_by_role("button", name="Chiedi di nuovo").last.click()
    expect(frame.locator(".turn").last.locator(".headline")).to_have_text("Anna Bianchi")


@pytest.mark.parametrize("status, name", [(404, "off"), (422, "invalid"), (500, "failed")])
def test_what_cannot_be_answered_says_so_to_everyone(
    elsewhere: Visit, fonte: WidgetServer, status: int, name: str
) -> None:
    page = elsewhere(host_page(snippet(fonte)), reduced_motion="reduce")
    frame = panel(page)
    page.route("**/ask", lambda route: route.fulfill(status=status))
    expect(ask(frame, WHO)).to_have_attribute("data-status", name)
    assert_accessible(page, name)
    assert frame.get_by_role("button", name="Chiedi di nuovo").count() == (name != "off")


# For everyone


def test_by_keyboard_alone(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = page.frame_locator("iframe")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(frame.locator("#question")).to_be_focused()
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    frame.locator(".foot p").wait_for()
    expect(frame.locator("#said")).to_have_text("Risposta trovata. Anna Bianchi. 1 fonte.")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(frame.locator("*:focus").evaluate("e => e.id || e.className || e.tagName"))
    assert reached[:9] == ["go", "person", "forget", "close", "mark", "SUMMARY", "BUTTON", "BUTTON", "question"], (
        reached
    )
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=OPEN["it"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(frame.locator("#question")).to_be_focused()
    expect(frame.locator(".turn")).to_have_count(1)


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colour_corner_language_and_greeting_can_be_chosen(elsewhere: Visit, fonte: WidgetServer, theme: str) -> None:
    looks = {"color": "#ffdd00", "corner": "left", "lang": "en", "greeting": "Welcome to <b>us</b>", "theme": theme}
    page = elsewhere(host_page(snippet(fonte, **looks)))
    frame = panel(page, "en")
    expect(frame.locator("#greeting")).to_have_text("Welcome to <b>us</b>")
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert box["x"] < 40
    turn = ask(frame, WHO)
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator("[aria-pressed=true]")).to_be_visible()
    turn.locator(".mark").first.hover()
    assert_accessible(page, "a yellow that words could not be read in")
    pictured(page, "looks")
