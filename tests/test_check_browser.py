"""The check tab and the words selected in the reading room, in a real Chromium over a stand-in assistant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from chat_pages import Opened
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from chat_server import ChatServer
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILES: dict[str, str | bytes] = {
    "verbale.md": "---\ntitle: Verbale <b>di maggio</b>\ndate: 2025-06-24\nkind: minutes\n---\n\n"
    "La delegazione in viaggio contava 38 imprese.\n\nIl forno della **vecchia** acciaieria si accende a giugno.\n"
}
DRAFT = (
    "Buongiorno! La delegazione in viaggio contava 41 imprese. Il forno della vecchia acciaieria si accende a giugno. "
    "Il gatto del custode mangia soltanto pesce. Chi lo sapeva?"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    from chat_server import ChatServer

    with ChatServer(tmp_path_factory.mktemp("check"), FILES) as running:
        yield running


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    found = Opened(browser)
    yield found
    found.close()


def select(page: Page, selector: str) -> None:
    page.locator(selector).evaluate("(node) => getSelection().selectAllChildren(node)")


def test_a_pasted_paragraph_gets_three_verdicts_and_a_deciding_passage_opens(
    server: ChatServer, opened: Opened
) -> None:
    page = opened.page(server.url)
    page.get_by_role("link", name="Verifica").click()
    page.get_by_label("Testo da verificare").fill(DRAFT)
    page.locator("#checker button").click()
    verdicts = page.locator("#checks .verdict strong")
    expect(verdicts).to_have_text(["Smentita", "Confermata", "Non si può dire"])
    expect(page.locator("#checking")).to_have_text("Verifica finita: 3")
    expect(page.locator(".reason").first).to_contain_text("dice 38 imprese, l’affermazione dice 41 imprese")
    expect(page.locator("mark.decides").first).to_have_text("38")
    expect(page.locator("#checks cite").first).to_contain_text("<b>di maggio</b>")
    expect(page.locator(".aside li")).to_have_text(["saluto Buongiorno!", "domanda Chi lo sapeva?"])
    page.locator(".side.against a").first.click()
    expect(page.locator("#quote")).to_contain_text("La delegazione in viaggio contava 38 imprese.")


def test_selected_words_can_be_checked_and_cited(server: ChatServer, opened: Opened) -> None:
    (document,) = server.assistant.documents()
    page = opened.page(server.url, where=f"documents/{document.id}")
    expect(page.locator("#selecting")).to_be_hidden()
    select(page, "#text p >> nth=1")
    page.get_by_role("link", name="Cita questo").click()
    expect(page.locator("#quote")).to_contain_text("Il forno della")
    assert "start=" in page.url
    select(page, "#text p >> nth=0")
    page.get_by_role("link", name="Verifica questo").click()
    expect(page.locator("#checks .verdict strong")).to_have_text("Confermata")
