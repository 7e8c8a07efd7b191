"""What a browser keeps of the chat, spoilt by whoever else has written there: it neither runs nor breaks the page."""

from __future__ import annotations

import json

import pytest
from chat_pages import WHO, Open, ask
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ACTING = '<p>fatto</p><img src=x onerror="ran = 1"><svg onload="ran = 1"><a href="javascript:ran=1">x</a></svg>'
TURN = {"id": "tabc", "question": "Vecchia?", "stage": "done", "state": "", "foot": "", "parts": [], "sources": []}
SPOILT = {
    "another kind": ["{}", '"x"', "7", "true", "null", "[null, 1, [], {}]", "not JSON", "[" * 100_000],
    "a turn of other kinds": [
        json.dumps([TURN | {"id": 'x"] *'}]),
        json.dumps([dict.fromkeys(TURN, 7)]),
        json.dumps([TURN | {"parts": 7, "sources": {"length": 3}, "copy": 7, "state": None, "foot": ["x"]}]),
        json.dumps([TURN | {"parts": [None, "solo testo"], "sources": ["", "testo", 7]}]),
        json.dumps([TURN | {"stage": "fault", "fault": "nessuno"}, TURN | {"id": "tb", "stage": "constructor"}]),
    ],
}


def kept(page: Page, key: str, value: str) -> None:
    page.evaluate("([key, value]) => localStorage.setItem('fonte.' + key, value)", [key, value])


@pytest.mark.parametrize("values", SPOILT.values(), ids=SPOILT)
def test_kept_turns_of_any_other_form_do_not_break_the_page(page: Open, values: list[str]) -> None:
    shown = page()
    for value in values:
        kept(shown, "turns", value)
        shown.reload()
        expect(shown.locator("#question"), value[:80]).to_be_visible()
    ask(shown, WHO)


@pytest.mark.parametrize("value", ['"xx"', "7", "{}", '["en"]', '{"toString": 1}'])
def test_a_kept_language_that_is_none_leaves_the_browser_s(page: Open, value: str) -> None:
    shown = page()
    kept(shown, "lang", value)
    shown.reload()
    expect(shown.locator("html")).to_have_attribute("lang", "it")
    expect(shown.locator("#question")).to_be_visible()


def test_kept_markup_neither_runs_nor_leads_away(page: Open) -> None:
    shown = page()
    card = f'<li id="fonte" class="card">{ACTING}<a href="//evil.example/">via</a><script>ran = 1</script></li>'
    inherited = json.loads(json.dumps(TURN | {"__proto__": {"state": ACTING}}))
    spoilt = TURN | {"state": ACTING, "foot": ACTING, "parts": [ACTING], "sources": [card]}
    kept(shown, "turns", json.dumps([spoilt, inherited | {"id": "tdef"}]))
    shown.reload()
    expect(shown.locator(".turn")).to_have_count(2)
    expect(shown.locator(".turn .body p")).to_have_text("fatto")
    acting = shown.locator(".turn :is(img, script, [onload], [onerror], [href^='javascript'], [href*='evil'], #fonte)")
    expect(acting).to_have_count(0)
    assert shown.evaluate("typeof ran") == "undefined"
    ask(shown, WHO)


def test_an_answer_is_kept_as_it_was_shown(page: Open) -> None:
    shown = page()
    shape = 'element => element.innerHTML.replace(/ (data-stage|style)="[^"]*"/g, \'\')'
    before = ask(shown, WHO).evaluate(shape)
    shown.reload()
    expect(shown.locator(".turn")).to_have_attribute("data-stage", "done")
    assert shown.locator(".turn").evaluate(shape) == before
