"""Small things that only a browser shows: landmarks, words selected in a document, the way in past a proxy, what the
page's head says, and in which fonts the page is set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat_pages import Opened, ask, assert_accessible
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from chat_server import ChatServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILES: dict[str, str | bytes] = {
    "verbale.md": "---\ntitle: Verbale di maggio\ndate: 2025-06-24\nkind: minutes\n---\n\n"
    "La delegazione in viaggio contava 38 imprese.\n\nLa delegazione ha incontrato Anna Bianchi.\n",
    "notice.md": "---\ntitle: The first notice\nlanguage: en\n---\n\n"
    "The furnace of the old steelworks is lit in June.\n",
}
SCHEMES = ("light", "dark")
LINES = "part => part.innerText.split('\\n')"
OUTSIDE = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode, held = text.parentElement;
    const drawn = held.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (text.data.trim() && !held.closest('#fonte, script, style') && drawn) found.push(held.outerHTML.slice(0, 120));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    from chat_server import ChatServer

    with ChatServer(tmp_path_factory.mktemp("mended"), FILES) as running:
        yield running


def assert_accessible_in_both_schemes(page: Page, state: str) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        assert_accessible(page, f"{state}, {scheme}")


def test_axe_finds_nothing_where_words_of_a_document_are_selected(opened: Opened, server: ChatServer) -> None:
    document = next(d for d in server.assistant.documents() if d.source == "verbale.md")
    page = opened.page(server.url, "it-IT", f"documents/{document.id}")
    page.locator("#text p").first.evaluate("(node) => getSelection().selectAllChildren(node)")
    expect(page.locator("#selecting")).to_be_visible()
    assert_accessible_in_both_schemes(page, "words selected")
    page.get_by_role("main").get_by_role("link", name="Cita questo").click()
    expect(page.locator("#quote")).to_contain_text("La delegazione in viaggio contava 38 imprese.")


@pytest.mark.parametrize(
    "language, title, told",
    [
        ("it-IT", "Entra", "L’accesso passa dal portale del tuo ente: apri Fonte da lì."),
        ("en-GB", "Sign in", "Access goes through your institution’s portal: open Fonte from there."),
    ],
)
def test_whom_no_proxy_names_reads_where_the_way_in_is(
    opened: Opened, tmp_path: Path, language: str, title: str, told: str
) -> None:
    from chat_server import ChatServer

    with ChatServer(tmp_path, FILES, staff_header="X-User", trusted_proxies="127.0.0.1") as server:
        page = opened.page(server.url, language)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_text(told)).to_be_visible()
        assert_accessible_in_both_schemes(page, "by proxy")
        page.context.set_extra_http_headers({"X-User": "anna"})
        page.reload()
        expect(page.locator("#question")).to_be_visible()


@pytest.mark.parametrize("language", ["it-IT", "en-GB"])
def test_nothing_on_the_page_or_in_its_head_is_the_framework_s(
    opened: Opened, server: ChatServer, language: str
) -> None:
    page = opened.page(server.url, language)
    assert page.evaluate(OUTSIDE) == []
    ask(page, "Chi ha incontrato la delegazione?")
    assert page.evaluate(OUTSIDE) == []
    page.evaluate("document.body.append('Gradio')")
    assert page.evaluate(OUTSIDE) != [], "what stands outside would be seen"
    said = page.eval_on_selector_all("meta", "all => all.map(m => [m.getAttribute('property') ?? m.name, m.content])")
    assert [(name, text) for name, text in said if "gradio" in text.lower() or "//" in text] == []
    assert dict(said)["description"]


@pytest.mark.parametrize("where, family", [(".welcome h2", "Serif"), ("#keys", "Sans")])
def test_the_page_is_set_in_its_own_fonts(opened: Opened, server: ChatServer, where: str, family: str) -> None:
    page = opened.page(server.url)
    page.evaluate("document.fonts.ready")
    assert page.evaluate(f"document.fonts.check('1rem \"Fonte {family}\"')")
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": where})["nodeId"]
    (used,) = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    assert (used["isCustomFont"], family in used["familyName"]) == (True, True), used


def test_the_language_of_a_quote_is_told_in_italics(opened: Opened, server: ChatServer) -> None:
    turn = ask(opened.page(server.url, "en-GB"), "Who did the delegation meet?")
    told = turn.locator(".foreign").first
    expect(told).to_have_text("(in Italian)")
    expect(told).to_have_css("font-style", "italic")
