"""The widget by keyboard alone: all that it offers, the round of its keys in both ways, and where the focus goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from widget_pages import AGREED, OPEN, WHO, Visit, begin, held, panel, pictured
from widget_server import Pages, WidgetServer, host_page, snippet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
FOCUSED = "() => { const e = document.activeElement; return e.id || e.className || e.tagName; }"


def pressed(page: Page, key: str, times: int = 1) -> list[str]:
    """What of the panel is focused after each stroke of a key."""
    inside = page.frames[1]
    reached = []
    for _ in range(times):
        page.keyboard.press(key)
        reached.append(str(inside.evaluate(FOCUSED)))
    return reached


def opened(page: Page) -> FrameLocator:
    """The panel, opened by keyboard; its field has the focus."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#question")).to_be_focused()
    return frame


def test_everything_is_reached_and_done_by_keyboard_alone(elsewhere: Visit, fonte: WidgetServer, pages: Pages) -> None:
    address = pages.put("/intesa", "<p>Il protocollo.</p>")
    page = elsewhere(host_page(snippet(fonte)))
    frame = opened(page)
    around = ["go", "person", "close", "BUTTON", "question"]  # the button is the example
    assert pressed(page, "Tab", 5) == around
    assert pressed(page, "Shift+Tab", 4) == around[-2::-1], "it goes round backwards too"
    pressed(page, "Tab", 3)
    page.keyboard.press("Enter")
    expect(frame.locator(".turn h2")).to_have_text(WHO)
    expect(frame.locator("#question")).to_be_focused()
    expect(frame.locator("#said")).to_have_text("Risposta trovata. Anna Bianchi. 1 fonte.")

    around = ["go", "person", "forget", "close", "mark", "SUMMARY", "BUTTON", "BUTTON", "question"]  # and two thumbs
    assert pressed(page, "Tab", 9) == around
    assert pressed(page, "Shift+Tab", 8) == around[-2::-1]
    pressed(page, "Tab", 2)
    assert pressed(page, "Enter") == ["question"], "forgotten"
    expect(frame.locator(".turn")).to_have_count(0)
    expect(frame.locator("#said")).to_have_text("Conversazione dimenticata.")

    page.keyboard.type(AGREED[0])
    page.keyboard.press("Enter")
    frame.locator(".foot p").wait_for()
    pressed(page, "Tab", 5)
    assert pressed(page, "Enter") == ["SUMMARY"], "a mark leads to its source"
    expect(frame.locator("details blockquote")).to_contain_text("Livia Conti")
    assert pressed(page, "Tab") == ["A"]
    with page.context.expect_page() as read:
        page.keyboard.press("Enter")
    read.value.wait_for_url(f"{address}**")
    assert pressed(page, "Shift+Tab") == ["SUMMARY"]
    pressed(page, "Enter")
    expect(frame.locator("details blockquote")).to_be_hidden()
    pressed(page, "Tab")
    pressed(page, "Space")
    expect(frame.get_by_role("button", name="Utile", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(frame.locator("#said")).to_have_text("Grazie, il giudizio è registrato.")


def test_stopping_asking_again_and_leaving_by_keyboard(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = opened(page)
    with held(fonte):
        page.keyboard.type(WHO)
        page.keyboard.press("Enter")
        frame.locator(".busy").wait_for()
        assert pressed(page, "Tab") == ["go"]
        pressed(page, "Space")
        expect(frame.locator(".turn")).to_have_attribute("data-status", "stopped")
    assert pressed(page, "Shift+Tab", 2) == ["question", "BUTTON"]
    assert pressed(page, "Enter") == ["question"], "the button that asked again is gone"
    expect(frame.locator(".headline")).to_have_text("Anna Bianchi")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=OPEN["it"])).to_be_focused()
    page.keyboard.press("Enter")
    expect(frame.locator("#question")).to_be_focused()
    expect(frame.locator(".turn")).to_have_count(1)


def test_who_points_at_an_example_or_asks_again_so_gets_no_keyboard_of_a_phone(
    elsewhere: Visit, fonte: WidgetServer
) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    frame = panel(page)
    frame.locator("#examples button").click()
    expect(frame.locator(".headline")).to_have_text("Anna Bianchi")
    assert page.frames[1].evaluate(FOCUSED) != "question"
    with held(fonte):
        turn = begin(frame, WHO)
        frame.locator("#go").click()
        turn.get_by_role("button", name="Chiedi di nuovo").click()
    assert page.frames[1].evaluate(FOCUSED) != "question"


def test_only_what_keeps_tab_inside_is_called_modal(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte)))
    panel(page)
    expect(page.get_by_role("dialog", name=OPEN["it"])).to_have_attribute("aria-modal", "true")
    place = '<div id="qui" style="height:600px"></div><a href="#">Dopo</a>'
    page = elsewhere(host_page(snippet(fonte, target="#qui"), body=place))
    assert page.get_by_role("button", name=OPEN["it"]).get_attribute("aria-haspopup") is None
    frame = panel(page)
    expect(page.get_by_role("complementary", name=OPEN["it"])).to_be_visible()
    assert page.get_by_role("dialog").count() == 0
    frame.locator("#person").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Dopo")).to_be_focused()


def test_focus_is_ringed_in_light_and_in_dark_so_that_no_page_hides_it(elsewhere: Visit, fonte: WidgetServer) -> None:
    page = elsewhere(host_page(snippet(fonte, color="#ffffff")))
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name=OPEN["it"])
    expect(button).to_be_focused()
    expect(button).to_have_css("outline", "rgb(17, 17, 17) solid 3px")
    expect(button).to_have_css("box-shadow", "rgb(255, 255, 255) 0px 0px 0px 3px")
    pictured(page, "focus")
