"""The small pages in both languages: signing in that fails, proofs, and what the reading room says of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from chat_pages import LOCALES, Opened, assert_told, looked_at
from chat_server import ChatServer
from playwright.sync_api import Page, expect
from web_builders import PASSWORD

from rag.models import Document
from rag.proofs.wording import say
from rag.web.sessions import ATTEMPTS
from rag.web.words import phrase

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILES: dict[str, str | bytes] = {
    "verbale.md": "# Verbale\n\nLa delegazione ha incontrato Anna Bianchi.\n",
    "nota.md": "# Nota\n\nLa fiera contava 38 imprese.\n",
    "avviso.md": "# Avviso\n\nIl forno della vecchia acciaieria si accende a giugno.\n",
}
WRONG = {"it": "La password non è giusta.", "en": "That is not the password."}
LOCKED = {"it": r"Troppi tentativi\. Riprova tra \d min\.", "en": r"Too many attempts\. Try again in \d min\."}
ENTER = {"it": "Entra", "en": "Sign in"}
OTHER = {"it": "English", "en": "Italiano"}
DRAFT = "La fiera contava 41 imprese. Il forno della vecchia acciaieria si accende a giugno. Chi lo sapeva?"


@dataclass(frozen=True)
class Shelf:
    """A server whose documents have changed since they were quoted, and where they were quoted."""

    url: str
    whole: Document
    changed: str  # address of the earlier text, at its quote
    removed: str  # of the document that is gone
    answer: str  # of the proof of an answer whose document is the same
    check: str  # of the proof of a text, one of whose documents has changed


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("shelf")
    with ChatServer(folder, FILES) as server:
        was = {d.source: d for d in server.assistant.documents()}
        with httpx.Client(base_url=server.url, timeout=60) as web:
            told = web.post("api/v1/ask", json={"question": "Chi ha incontrato la delegazione?"}).json()
            checked = web.post("api/v1/check", json={"text": DRAFT}).json()
        (folder / "corpus" / "nota.md").write_text("# Nota\n\nLa fiera contava 52 imprese.\n", encoding="utf-8")
        (folder / "corpus" / "avviso.md").unlink()
        server.assistant.sync()
        yield Shelf(
            server.url,
            was["verbale.md"],
            _quote(was["nota.md"], "38 imprese"),
            _quote(was["avviso.md"], "a giugno"),
            told["proof"].lstrip("/"),
            checked["proof"].lstrip("/"),
        )


def _quote(document: Document, words: str) -> str:
    start = document.text.index(words)
    return f"documents/{document.id}?version={document.version}&start={start}&end={start + len(words)}"


# Signing in


def test_a_password_that_is_wrong_and_one_tried_too_often_are_told(opened: Opened, tmp_path: Path) -> None:
    with ChatServer(tmp_path, {}, staff_password=PASSWORD) as guarded:
        shown = opened.page(guarded.url)
        for language in LOCALES:
            _refused(shown, language, 403)
            expect(shown.get_by_role("alert")).to_have_text(WRONG[language])
            assert_told(shown.get_by_role("main"), f"wrong-password-{language}")
            looked_at(shown, "wrong-password", language)
            shown.get_by_role("link", name=OTHER[language]).click()
        for _ in range(ATTEMPTS):
            httpx.post(guarded.url + "sign-in", data={"password": "tried"})
        for language in LOCALES:
            _refused(shown, language, 429)
            expect(shown.get_by_role("alert")).to_have_text(re.compile(LOCKED[language]))
            looked_at(shown, "locked", language)
            shown.get_by_role("link", name=OTHER[language]).click()
        shown.context.close()


def _refused(page: Page, language: str, status: int) -> None:
    page.get_by_label("Password").fill("wrong")
    with page.expect_response(lambda reply: reply.request.method == "POST") as reply:
        page.get_by_role("button", name=ENTER[language]).click()
    assert reply.value.status == status
    page.get_by_role("alert").wait_for()


# Proofs


@pytest.mark.parametrize("language", LOCALES)
def test_a_proof_says_whether_its_documents_are_still_the_same(opened: Opened, shelf: Shelf, language: str) -> None:
    shown = opened.page(shelf.url, LOCALES[language], shelf.answer)
    of_answer, of_check = (say(language, kind) for kind in ("answer", "check"))
    same = {"it": "I documenti citati sono oggi gli stessi.", "en": "The cited documents are the same today."}
    changed = {
        "it": "Citazioni di documenti che sono cambiati da allora: 2.",
        "en": "Quotes whose documents have changed since: 2.",
    }
    expect(shown.get_by_role("heading", level=1)).to_have_text(of_answer)
    expect(shown.get_by_role("status")).to_have_text(same[language])
    looked_at(shown, "proof-answer", language)
    shown.goto(shelf.url + shelf.check)
    expect(shown.get_by_role("heading", level=1)).to_have_text(of_check)
    expect(shown.get_by_role("status")).to_contain_text(changed[language])
    expect(shown.locator(".finding h2")).to_have_count(2)
    looked_at(shown, "proof-check", language)


# The reading room


@pytest.mark.parametrize("language", LOCALES)
def test_what_is_not_as_it_was_quoted_is_said_above_the_document(opened: Opened, shelf: Shelf, language: str) -> None:
    bad = f"documents/{shelf.whole.id}?start=99999&end=100000"
    shown = opened.page(shelf.url, LOCALES[language], bad)
    for name, address in (("bad_quote", bad), ("old_version", shelf.changed), ("removed", shelf.removed)):
        shown.goto(shelf.url + address)
        expect(shown.locator(".notice")).to_contain_text(phrase(language, name))
        expect(shown.locator("mark.lit")).to_have_count(0 if address == bad else 1)
        assert_told(shown.locator("header.title"), f"room-{name}-{language}")
        looked_at(shown, f"room-{name}", language)


@pytest.mark.parametrize("language", LOCALES)
def test_selected_words_have_a_bar_within_the_page_s_own_parts(opened: Opened, shelf: Shelf, language: str) -> None:
    shown = opened.page(shelf.url, LOCALES[language], f"documents/{shelf.whole.id}")
    shown.locator("#text p").first.evaluate("node => getSelection().selectAllChildren(node)")
    bar = shown.get_by_role("main").get_by_role("group", name=phrase(language, "selected"))
    expect(bar.get_by_role("link")).to_have_text([phrase(language, "check_this"), phrase(language, "cite_this")])
    looked_at(shown, "selecting", language)
    shown.keyboard.press("Escape")
    expect(bar).to_be_hidden()
