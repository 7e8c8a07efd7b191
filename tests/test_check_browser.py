"""The check tab and the words selected in the reading room, in a real Chromium over a stand-in assistant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from chat_pages import Opened
from docx import Document
from playwright.sync_api import Page, Route, expect

from rag.checking.wording import label
from rag.errors import NotFound
from rag.models import Check, ClaimQuestion

if TYPE_CHECKING:
    from chat_server import ChatServer

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
    expect(page.locator("#checking")).to_have_text("Affermazioni verificate: 3")
    expect(page.locator(".reason").first).to_contain_text("dice 38 imprese, l’affermazione dice 41 imprese")
    expect(page.locator("mark.decides").first).to_have_text("38")
    expect(page.locator("#checks cite").first).to_contain_text("<b>di maggio</b>")
    expect(page.locator(".aside li")).to_have_text(["saluto Buongiorno!", "domanda Chi lo sapeva?"])
    page.locator(".side.against a").first.click()
    expect(page.locator("#quote")).to_contain_text("La delegazione in viaggio contava 38 imprese.")


@pytest.mark.parametrize("gone, place", [("split", "#checking"), ("check", "#checks .fault >> nth=2")])
@pytest.mark.parametrize("signed_out", [False, True])
def test_a_check_that_the_server_does_not_take_ends_and_says_so(
    server: ChatServer, opened: Opened, gone: str, place: str, signed_out: bool
) -> None:
    def refuse(route: Route) -> None:
        asked = route.request.post_data_json or {}
        if asked["fn_name"] != gone:
            route.continue_()
        elif signed_out:
            route.fulfill(status=401, json={"error": {"code": "access_denied", "message": "", "hint": ""}})
        else:
            route.abort()

    page = opened.page(server.url)
    page.route("**/component_server/**", refuse)
    page.get_by_role("link", name="Verifica").click()
    page.get_by_label("Testo da verificare").fill(DRAFT)
    page.locator("#checker button").click()
    expect(page.locator(place)).to_have_text(label("it", "check_failed"))


def test_a_checked_paragraph_has_one_proof_whose_word_file_holds_the_deciding_quote(
    server: ChatServer, opened: Opened
) -> None:
    page = opened.page(server.url)
    page.get_by_role("link", name="Verifica").click()
    page.get_by_label("Testo da verificare").fill(DRAFT)
    page.locator("#checker button").click()
    expect(page.locator("#checking")).to_have_text("Affermazioni verificate: 3")
    quote = page.locator(".side.against blockquote").first.inner_text().strip("«»")
    expect(page.locator("#check .proof")).to_have_count(1)
    page.locator("#check .proof").click()
    expect(page.locator("h1")).to_have_text("Prova di una verifica")
    expect(page.locator(".finding h2")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("link", name="Word").click()
    file = Document(io.BytesIO(download.value.path().read_bytes()))
    assert quote in "\n".join(paragraph.text for paragraph in file.paragraphs)


def test_a_claim_whose_check_fails_is_told_in_the_tab_and_in_the_proof(
    server: ChatServer, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = server.assistant.check

    def failing(claim: ClaimQuestion) -> Check:
        if "gatto" in claim.text:
            raise NotFound("no document", "")
        return check(claim)

    monkeypatch.setattr(server.assistant, "check", failing)
    page = opened.page(server.url)
    page.get_by_role("link", name="Verifica").click()
    page.get_by_label("Testo da verificare").fill(DRAFT)
    page.locator("#checker button").click()
    expect(page.locator("#checking")).to_have_text(
        "Affermazioni verificate: 2 di 3; la prova indica quelle non verificate."
    )
    page.locator("#check .proof").click()
    failed = "Il gatto del custode mangia soltanto pesce. (verifica non riuscita)"
    expect(page.get_by_text(failed)).to_have_count(1)


@pytest.mark.parametrize("text", ["Il%20gatto%20mangia%20il%20pesce.", "%"])
def test_a_foreign_link_checks_nothing_by_itself(server: ChatServer, opened: Opened, text: str) -> None:
    page = opened.page(server.url, where=f"#check={text}")
    expect(page.locator("#check")).to_be_visible()
    expect(page.get_by_label("Testo da verificare")).to_have_value("Il gatto mangia il pesce." if len(text) > 1 else "")
    expect(page.locator("#checking")).to_have_text("")


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
