"""Staff access as people meet it: the sign-in page, nothing internal before it, and the way out."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from chat_pages import LOCALES, PHONE, WHO, Opened, ask, assert_accessible, assert_told, looked_at
from chat_server import ChatServer
from fastapi.routing import APIRoute
from playwright.sync_api import Page, expect
from web_builders import PASSWORD

from rag.web.access import is_public
from rag.web.chat.labels import label

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECRET = "zaffiro"
FILES: dict[str, str | bytes] = {
    "riservato.md": f"# Il codice {SECRET}\n\nLa delegazione ha incontrato Anna Bianchi, nome in codice {SECRET}.\n",
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with ChatServer(tmp_path_factory.mktemp("guarded"), FILES, staff_password=PASSWORD) as running:
        yield running


def test_signing_in_asking_and_signing_out(opened: Opened, guarded: ChatServer) -> None:
    shown = opened.page(guarded.url)
    expect(shown.get_by_role("heading", name="Entra")).to_be_visible()
    assert SECRET not in shown.content()
    shown.get_by_label("Password").fill("sbagliata")
    shown.get_by_role("button", name="Entra").click()
    expect(shown.get_by_role("alert")).to_have_text("La password non è giusta.")
    shown.get_by_label("Password").fill(PASSWORD)
    shown.get_by_label("Password").press("Enter")
    expect(ask(shown, WHO)).to_contain_text(SECRET)
    shown.get_by_role("button", name="Esci").click()
    expect(shown.get_by_role("heading", name="Entra")).to_be_visible()
    assert SECRET not in shown.evaluate("JSON.stringify(localStorage)"), "nothing stays for the next person"
    shown.goto(guarded.url + "documents")
    expect(shown.get_by_role("heading", name="Entra")).to_be_visible()


@pytest.mark.parametrize("language", LOCALES)
def test_a_page_left_open_says_that_the_session_has_ended_and_goes_on_after_signing_in_elsewhere(
    opened: Opened, guarded: ChatServer, language: str
) -> None:
    shown = opened.page(guarded.url, LOCALES[language])
    enter(shown)
    shown.evaluate("window.stayed = true")
    shown.context.clear_cookies()
    turn = ask(shown, WHO)
    assert_told(turn, f"signed-out-{language}")
    looked_at(shown, "signed-out", language)
    other = shown.context.new_page()
    other.goto(guarded.url)
    enter(other)
    other.close()
    turn.get_by_role("button", name=label(language, "again")).click()
    expect(shown.locator(".turn .status.answered")).to_be_visible()
    expect(shown.locator(".turn")).to_contain_text(SECRET)
    assert shown.evaluate("window.stayed"), "without a reload"


def enter(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    page.locator("#question").wait_for()


def test_the_sign_in_page_and_a_message_speak_the_other_language_too(opened: Opened, guarded: ChatServer) -> None:
    shown = opened.page(guarded.url, where="documents/none")
    shown.get_by_role("link", name="English").click()
    expect(shown.get_by_role("heading", name="Sign in")).to_be_visible()
    shown.get_by_label("Password").fill("wrong")
    shown.get_by_role("button", name="Sign in").click()
    expect(shown.get_by_role("alert")).to_have_text("That is not the password.")
    shown.get_by_role("link", name="Italiano").click()
    shown.get_by_label("Password").fill(PASSWORD)
    shown.get_by_label("Password").press("Enter")
    expect(shown.get_by_role("heading", name="Documento non trovato")).to_be_visible()
    shown.get_by_role("link", name="English").click()
    expect(shown.get_by_role("heading", name="Document not found")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["it-IT", "en-GB"])
def test_axe_finds_nothing_on_the_sign_in_page(opened: Opened, guarded: ChatServer, language: str, scheme: str) -> None:
    shown = opened.page(guarded.url, language, color_scheme=scheme)
    assert_accessible(shown, "sign-in")
    shown.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert_accessible(shown, "sign-in, phone")


def test_no_route_of_page_or_api_tells_a_stranger_what_is_internal(guarded: ChatServer) -> None:
    """Every address of OpenAPI and of the chat, with a document's real id: first as a stranger, then as staff."""
    (document,) = guarded.assistant.documents()
    told = [(m, path) for path, methods in guarded.app.openapi()["paths"].items() for m in methods]
    chat = [("get", r.path) for r in guarded.app.routes if isinstance(r, APIRoute) and "GET" in (r.methods or ())]
    mounted = [
        ("get", f"/{path}") for path in ("", "config", "theme.css", "gradio_api/info", "gradio_api/queue/status")
    ]
    asked = sorted({(m, p.replace("{id}", document.id)) for m, p in [*told, *chat, *mounted]})
    body = {"question": WHO, "query": WHO}
    with httpx.Client(base_url=guarded.url, timeout=60) as web:
        for method, path in asked:
            reply = web.request(method, path, json=body if method == "post" else None)
            assert SECRET not in reply.text, (method, path)
            assert (reply.status_code == 401) != is_public(path), (method, path)
        web.post("sign-in", data={"password": PASSWORD})
        shown = {path for method, path in asked if method == "get" and SECRET in web.get(path).text}
    here = f"/documents/{document.id}"
    assert shown >= {here, f"/api/v1{here}", f"/api/v1{here}/text", f"/api/v1{here}/original", "/documents"}
