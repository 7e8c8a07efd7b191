"""What each page may load, run, send and be framed by: its whole content policy, directive by directive."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_builders import FILES, KEY, PASSWORD, document_id, settings, signed_in
from web_builders import client as stranger

from rag.api import create_app
from rag.web import headers

pytestmark = pytest.mark.slow  # imports the chat's framework
SITE = "https://www.regione.example"
Policy = dict[str, set[str]]

NOTHING: Policy = {
    "default-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
    "frame-ancestors": {"'none'"},
}
READING_ROOM: Policy = {
    "default-src": {"'none'"},
    "style-src": {"'self'"},
    "script-src": {"'self'"},
    "img-src": {"'self'"},
    "font-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
    "require-trusted-types-for": {"'script'"},
}
CHAT: Policy = {
    "default-src": {"'none'"},
    "script-src": {"'self'", "'unsafe-inline'", "'unsafe-eval'"},
    "style-src": {"'self'", "'unsafe-inline'"},
    "img-src": {"'self'", "data:", "blob:"},
    "font-src": {"'self'", "data:"},
    "media-src": {"'self'", "blob:"},
    "connect-src": {"'self'"},
    "worker-src": {"'self'", "blob:"},
    "manifest-src": {"'self'"},
    "base-uri": {"'self'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
PANEL: Policy = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "font-src": {"'self'"},
    "img-src": {"'self'"},
    "connect-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
    "require-trusted-types-for": {"'script'"},
    "frame-ancestors": {SITE, "https://altro.example"},
}
TRIAL: Policy = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "font-src": {"'self'"},
    "img-src": {"'self'"},
    "frame-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
FILE: Policy = {"default-src": {"'none'"}, "sandbox": set(), "frame-ancestors": {"'none'"}}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """What `ui.py` serves: the API, the reading room, a widget and the chat on one port, over stand-in models."""
    from standins import open_assistant

    from rag.web.chat.blocks import mount_chat

    folder = tmp_path_factory.mktemp("policies")
    assistant = open_assistant(folder, FILES)
    toml = f'[widgets.prova]\norigins = ["{SITE}", "https://altro.example"]\n'
    (folder / "data" / "widgets.toml").write_text(toml, encoding="utf-8")
    given = settings(folder, staff_password=PASSWORD, api_keys=KEY)
    made = create_app(assistant, given)
    return mount_chat(made, assistant, made.state.pool, given)


@pytest.fixture
def staff(app: FastAPI) -> TestClient:
    return signed_in(app)


def policy(web: TestClient, path: str) -> Policy:
    """The policy of what is answered there; a directive that is named twice is a fault, the second is not heeded."""
    written = web.get(path).headers.get_list("content-security-policy")
    assert len(written) == 1, path
    parts = [part.split() for part in written[0].split(";")]
    assert len({name for name, *_ in parts}) == len(parts), path
    return {name: set(sources) for name, *sources in parts}


def unlike(found: Policy, wanted: Policy) -> set[str]:
    """The directives that are not what they should be, those that are missing or too many among them."""
    return {name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)}


@pytest.mark.parametrize("path", ["/", "/?__theme=dark", "/config", "/gradio_api/info", "/nowhere"])
def test_the_chat_loads_from_here_alone(staff: TestClient, path: str) -> None:
    assert "window.gradio_config" in staff.get("/").text, "the chat is behind it"
    assert unlike(policy(staff, path), CHAT) == set()


def test_the_reading_room_runs_nothing_inline_and_loads_from_here_alone(staff: TestClient) -> None:
    staff.headers["Accept"] = "text/html"
    here = f"/documents/{document_id(staff)}"
    for path in ("/documents", here, f"{here}?start=0&end=9", "/documents/none", "/proofs/none", "/sign-in"):
        assert unlike(policy(staff, path), READING_ROOM) == set(), path


def test_a_widget_loads_from_here_alone_and_is_framed_by_its_own_pages(app: FastAPI) -> None:
    assert unlike(policy(stranger(app), "/embed/prova"), PANEL) == set()


def test_the_page_that_tries_a_widget_frames_this_server_alone(staff: TestClient) -> None:
    assert unlike(policy(staff, "/demo"), TRIAL) == set()


def test_what_programs_are_answered_is_no_page_at_all(app: FastAPI, staff: TestClient) -> None:
    for path in ("/api/v1/documents", "/healthz", "/readyz", "/site/base.css", "/widget.js", "/embed/mai-visto"):
        assert unlike(policy(staff, path), NOTHING) == set(), path
    assert unlike(policy(stranger(app), "/api/v1/documents"), NOTHING) == set()


def test_a_documents_own_file_is_shown_in_a_sandbox(staff: TestClient) -> None:
    assert unlike(policy(staff, f"/api/v1/documents/{document_id(staff)}/original"), FILE) == set()


@pytest.mark.parametrize(
    "written,loosened",
    [
        ("img-src 'self' data: blob:", "img-src *"),
        ("connect-src 'self'", "connect-src 'self' https://evil.example"),
        ("base-uri 'self'; ", ""),
    ],
)
def test_a_policy_that_was_loosened_would_be_seen(
    staff: TestClient, monkeypatch: pytest.MonkeyPatch, written: str, loosened: str
) -> None:
    assert written in headers.CHAT_CSP
    monkeypatch.setattr(headers, "CHAT_CSP", headers.CHAT_CSP.replace(written, loosened))
    assert unlike(policy(staff, "/"), CHAT) == {written.split(maxsplit=1)[0]}
