"""What a widget's table and its line on the page change in the panel, and the one thing that neither can change."""

from __future__ import annotations

import pytest
from chat_pages import DESKTOP, PHONE, assert_accessible
from playwright.sync_api import FrameLocator, expect
from widget_pages import LOCALE, WHO, Visit, ask, panel, pictured
from widget_server import Pages, WidgetServer, host_page, snippet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
WORDS = """
[widgets.parole]
origins = ["{origin}"]
language = "en"
theme = "dark"
accent = "#e07a5f"
title = { it = "Chiedi </script><b>a noi</b>", en = "Ask </script><b>us</b>" }
greeting = { it = "Che <i>cosa</i>?", en = "What <i>then</i>?" }
examples = ["Who met the delegation at the steelworks?", "Chi ha incontrato la delegazione alla fiera?"]
contact = "https://ente.example/persone?a=1&b=2"
"""
FULL = f"""
[widgets.pieno]
origins = ["{{origin}}"]
title = "{"Un titolo lungo " * 18}"
greeting = "{"Un saluto lungo " * 18}"
examples = [{", ".join(f'"Chi ha incontrato la delegazione {"alla fiera " * n}?"' for n in range(1, 9))}]
contact = "mailto:urp@ente.example"
"""
LAW = {
    "it": "Assistente automatico: può sbagliare. Controlla le fonti citate. Chiedi a una persona",
    "en": "Automated assistant: it may err. Check the sources it cites. Ask a person",
}
UNCOVERED = """e => { const { x, y, width, height } = e.getBoundingClientRect();
  return [[2, 2], [width - 2, height - 2]].every(([a, b]) => e.contains(document.elementFromPoint(x + a, y + b))); }"""


@pytest.fixture(scope="module")
def told(fonte: WidgetServer, pages: Pages) -> WidgetServer:
    """Fonte with a widget of which everything is set, and one of which everything is as long as may be."""
    table = fonte.toml.read_text(encoding="utf-8") + WORDS + FULL
    fonte.toml.write_text(table.replace("{origin}", pages.origin), encoding="utf-8")
    return fonte


@pytest.mark.parametrize("language", ["en", "it"])
def test_everything_of_a_widgets_table_reaches_its_panel(elsewhere: Visit, told: WidgetServer, language: str) -> None:
    """On a page in Italian, on a device in light; the page's own data-lang goes before the widget's language."""
    line = snippet(told, "parole") if language == "en" else snippet(told, "parole", lang="it")
    page = elsewhere(host_page(line), color_scheme="light", reduced_motion="reduce")
    page.get_by_role("button").click()
    frame = page.frame_locator("iframe")
    title = {"en": "Ask </script><b>us</b>", "it": "Chiedi </script><b>a noi</b>"}[language]
    expect(frame.locator("h1")).to_have_text(title)
    assert page.frames[1].title() == title
    expect(frame.locator("html")).to_have_attribute("lang", language)
    expect(frame.locator("#greeting")).to_have_text({"en": "What <i>then</i>?", "it": "Che <i>cosa</i>?"}[language])
    assert frame.locator("b, i").count() == 0
    expect(frame.locator("body")).to_have_css("background-color", "rgb(23, 22, 20)")
    expect(frame.locator("#go")).to_have_css("background-color", "rgb(224, 122, 95)")
    person = frame.get_by_role("link", name={"en": "Ask a person", "it": "Chiedi a una persona"}[language])
    expect(person).to_have_attribute("href", "https://ente.example/persone?a=1&b=2")
    expect(person).to_have_attribute("rel", "noopener noreferrer")
    example = {"en": "Who met the delegation at the steelworks?", "it": WHO}[language]
    expect(frame.locator("#examples button")).to_have_text([example])
    assert_accessible(page, "a widget of its own looks")
    pictured(page, f"own-looks-{language}")
    frame.get_by_role("button", name=example).click()
    expect(frame.locator(".turn h2")).to_have_text(example)
    expect(frame.locator(".headline")).to_have_text({"en": "Eva Green", "it": "Anna Bianchi"}[language])


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


# The line on an automated assistant


def assert_law(frame: FrameLocator, language: str = "it") -> None:
    """The whole line is in view, and nothing lies over it."""
    law = frame.locator("#law")
    expect(law).to_have_text(LAW[language])
    expect(law).to_be_in_viewport(ratio=1)
    assert law.evaluate(UNCOVERED)


@pytest.mark.parametrize("widget", ["prova", "pieno"])
@pytest.mark.parametrize(
    "size, place", [(DESKTOP, ""), (PHONE, ""), ((640, 360), ""), (DESKTOP, "280px"), (DESKTOP, "430px")]
)
def test_that_it_is_an_automated_assistant_is_always_in_view(
    elsewhere: Visit, told: WidgetServer, size: tuple[int, int], place: str, widget: str
) -> None:
    """Also where the title and the greeting are as long as may be, and the question as well."""
    line = snippet(told, widget, target="#qui") if place else snippet(told, widget)
    body = f'<div id="qui" style="height:{place};width:300px"></div>' if place else ""
    language = "en" if size == PHONE else "it"
    page = elsewhere(host_page(line, language, body), LOCALE[language], size)
    frame = panel(page, language)
    assert_law(frame, language)
    turn = ask(frame, WHO)
    assert_law(frame, language)
    turn.locator(".mark").first.click()
    frame.locator("#question").fill("Chi? " * 201)
    assert_law(frame, language)
    frame.locator("html").evaluate("e => e.scrollTo(0, 0)")
    assert_law(frame, language)
    pictured(page, f"law-{widget}-{size[0]}{place}")


def test_no_word_of_a_page_takes_it_away(elsewhere: Visit, told: WidgetServer, pages: Pages) -> None:
    """A page that frames the panel itself, and says whatever it likes to it."""
    page = elsewhere(f'<iframe src="{told.origin}/embed/prova" width="420" height="600"></iframe>')
    frame = page.frame_locator("iframe")
    frame.locator("#question[placeholder]").wait_for()
    page.evaluate("""() => frames[0].postMessage({ fonte: 1, type: 'hello', lang: 'it', theme: 'light',
      color: '#fbfaf7', greeting: '</p><style>#law{display:none}</style>', law: '', contact: '',
      words: { it: { law: '' } }, config: { words: { it: { law: '' } } }, floating: true }, '*')""")
    expect(frame.locator("#greeting")).to_contain_text("#law{display:none}")
    assert_law(frame)
