"""What goes wrong on the chat page, told in both languages and mended without a reload; and keys instead of a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from chat_pages import LOCALES, WHO, Open, ask, assert_told, looked_at
from chat_server import ChatServer
from playwright.sync_api import Page, Route, expect

from rag.models import Question
from rag.web.chat.labels import label

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILES: dict[str, str | bytes] = {
    "verbale.md": "---\ntitle: Verbale di maggio\nkind: minutes\n---\n\nLa delegazione ha incontrato Anna Bianchi.\n",
    "note.md": "---\ntitle: Note on the visit\nkind: notice\n---\n\nThe delegation counted 38 firms.\n",
}
UNREADABLE = "?!"
REFUSE = "navigator.clipboard.write = () => Promise.reject(new Error('not allowed'))"
HEAR = """addEventListener('copy', event => {
  window.taken = ['text/plain', 'text/html'].map(type => event.clipboardData.getData(type));
})"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with ChatServer(tmp_path_factory.mktemp("faults"), FILES) as running:
        yield running


def fail(_: Question) -> None:
    raise RuntimeError("unforeseen")


def look_again(page: Page) -> None:
    """The page asks how the server is as soon as it is seen again, not only in a while."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("language", LOCALES)
def test_a_question_that_cannot_be_read_and_one_that_failed(page: Open, server: ChatServer, language: str) -> None:
    shown = page(LOCALES[language], reduced_motion="reduce")
    shown.evaluate("window.stayed = true")
    assert_told(ask(shown, UNREADABLE), f"invalid-{language}")
    server.before = fail
    failed = ask(shown, WHO)
    assert_told(failed, f"failed-{language}")
    looked_at(shown, "failed", language, tall=1600)
    server.before = lambda _: None
    failed.get_by_role("button", name=label(language, "again")).click()
    expect(shown.locator(".turn").last.locator(".status.answered")).to_be_visible()
    expect(shown.locator(".turn h2")).to_have_text([UNREADABLE, WHO])
    assert shown.evaluate("window.stayed"), "without a reload"


@pytest.mark.parametrize("language", LOCALES)
def test_every_stage_of_a_start_says_what_is_done(page: Open, server: ChatServer, language: str) -> None:
    with server.state("starting"):
        shown = page(LOCALES[language])
        expect(shown.locator("#starting progress")).to_be_visible()
        assert_told(shown.locator("#starting"), f"preparing-{language}")
        for stage, more in (("model", {}), ("failed", {"error": "No model.", "hint": "Set FONTE_EMBED_MODEL."})):
            with server.state(stage, **more):
                look_again(shown)
                told = label(language, "stage_model" if stage == "model" else "start_failed")
                expect(shown.locator("#starting")).to_contain_text(told)
                assert_told(shown.locator("#starting"), f"start-{stage}-{language}")
                looked_at(shown, f"start-{stage}", language)
    look_again(shown)
    expect(shown.locator("#starting")).to_be_hidden()


@pytest.mark.parametrize("language", LOCALES)
def test_documents_that_could_not_be_fetched_are_asked_for_again(page: Open, language: str) -> None:
    def refuse(route: Route) -> None:
        if (route.request.post_data_json or {})["fn_name"] == "documents":
            route.abort()
        else:
            route.continue_()

    shown = page(LOCALES[language])
    shown.route("**/component_server/**", refuse)
    shown.reload()
    shown.locator("[data-view=documents]").click()
    expect(shown.locator("#documents .fault")).to_be_visible()
    assert_told(shown.locator("#documents"), f"documents-failed-{language}")
    looked_at(shown, "documents-failed", language)
    shown.unroute_all()
    shown.locator("#documents").get_by_role("button", name=label(language, "again")).click()
    expect(shown.locator("#documents tbody tr")).to_have_count(2)


@pytest.mark.parametrize("language", LOCALES)
def test_where_the_clipboard_is_refused_the_older_way_is_taken_and_else_it_is_said(
    page: Open, server: ChatServer, language: str
) -> None:
    shown = page(LOCALES[language])
    shown.evaluate(f"{REFUSE}; {HEAR}")
    turn = ask(shown, WHO)
    quote, answer = (turn.get_by_role("button", name=label(language, f"copy_{what}")) for what in ("quote", "answer"))
    link = re.compile(rf"{server.url}documents/\w+\?version=\w+&(amp;)?start=\d+&(amp;)?end=\d+")
    for button in (quote, answer):
        shown.evaluate("window.taken = null")
        button.click()
        text, html = shown.wait_for_function("window.taken").json_value()
        assert "Anna Bianchi" in text
        assert "<p" in html
        for form in (text, html):
            assert link.search(form)
            assert "{origin}" not in form
    expect(shown.locator("#said")).to_have_text(label(language, "copied"))
    shown.evaluate("document.execCommand = () => false")
    turn.locator(".foot [data-do=copy]").click()
    told = label(language, "not_copied")
    expect(turn.locator(".foot [data-do=copy]")).to_have_text(told)
    expect(shown.locator("#said")).to_have_text(told)


def test_a_filter_is_chosen_by_keyboard(page: Open) -> None:
    shown = page()
    keys, place = shown.keyboard, shown.locator("#filter summary")
    expect(shown.locator("#filters fieldset").first).to_be_attached()
    place.focus()
    keys.press("Enter")
    kinds = [shown.get_by_role("checkbox", name=name, exact=True) for name in ("avviso", "verbale")]
    for chip in kinds:
        keys.press("Tab")
        expect(chip).to_be_focused()
    keys.press("Space")
    expect(chip).to_be_checked()
    keys.press("Escape")
    expect(place).to_be_focused()
    expect(chip).to_be_hidden()
    expect(place).to_contain_text(label("it", "filter_some"))
    expect(ask(shown, WHO).locator(".foot .small").first).to_contain_text("Cercato in 1 documento")
