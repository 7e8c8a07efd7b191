"""Of the framework under the chat page only what the page needs is answered; a wrong request is the client's fault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat_server import ChatServer
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring
from standins import open_assistant
from starlette.testclient import TestClient
from web_builders import FILES, PASSWORD, client
from web_builders import settings as settings_of

from rag.api import create_app
from rag.web.chat.blocks import mount_chat

pytestmark = pytest.mark.slow  # brings Gradio
CALLS = ("queue/join", "component_server", "component_server/", "cancel", "reset")
FIELDS = ("data", "fn_index", "session_hash", "component_id", "fn_name", "event_id", "event_data", "trigger_id")
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 99), st.text(max_size=5), st.just([]), st.just({"path": "/etc/passwd"})
)
UNKNOWN = ({"fn_index": 99}, {"fn_index": -1}, {"fn_index": "x"}, {"component_id": 99}, {"component_id": [1]})


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("chat")
    assistant = open_assistant(folder, FILES)
    app = create_app(assistant, settings_of(folder))
    with client(mount_chat(app, assistant, app.state.pool, settings_of(folder))) as opened:
        yield opened


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        *("upload", "upload/", "upload_progress?upload_id=x", "file=README.md", "file/README.md", "process_recording"),
        *("proxy=http://a.example/", "run/x", "api/x", "call/x", "call/v2/x/", "stream/a/b/c/playlist.m3u8"),
        *("vibe-edit", "run-history/records", "info", "openapi.json", "queue/status", "token", "deep_link"),
    ],
)
def test_what_the_page_does_not_need_is_not_there(web: TestClient, method: str, path: str) -> None:
    reply = web.request(method, f"/gradio_api/{path}", json={} if method == "POST" else None)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/monitoring", "/monitoring/summary", "/login", "/logout", "/pwa_icon", "/openapi.json"]
)
def test_nor_are_the_framework_s_own_pages(web: TestClient, path: str) -> None:
    assert web.get(path).status_code == 404


def test_no_file_is_taken(web: TestClient) -> None:
    reply = web.post("/gradio_api/upload", files={"files": ("a.txt", b"x")})
    assert reply.status_code == 404


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css"])
def test_what_the_page_needs_is_there(web: TestClient, path: str) -> None:
    assert web.get(path).status_code == 200


def test_a_shared_link_shows_neither_the_framework_s_name_nor_its_picture(web: TestClient) -> None:
    told = {m.get("property") or m.get("name"): m.get("content") for m in document_fromstring(web.get("/").text)[0]}
    named = [(name, text) for name, text in told.items() if re.search("gradio|try out|//", text or "", re.IGNORECASE)]
    assert "viewport" in told
    assert named == []


def test_a_function_of_the_page_is_called(web: TestClient) -> None:
    parts = web.get("/config").json()["components"]
    number = next(part["id"] for part in parts if part["props"].get("elem_id") == "page")
    body = {"session_hash": "a", "component_id": number, "fn_name": "status", "data": "it"}
    reply = web.post("/gradio_api/component_server/", json=body)
    assert reply.json()["ready"] is True


@pytest.mark.parametrize("numbers", UNKNOWN)
def test_a_part_that_the_page_has_not_is_not_found(web: TestClient, numbers: dict[str, object]) -> None:
    path = "queue/join" if "fn_index" in numbers else "component_server"
    body = {"data": [], "session_hash": "a", "fn_name": "status", **numbers}
    reply = web.post(f"/gradio_api/{path}", json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(CALLS),
    st.one_of(st.binary(max_size=6), st.dictionaries(st.sampled_from(FIELDS), VALUES), VALUES),
)
def test_no_body_is_a_fault_of_the_server(web: TestClient, path: str, body: object) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = web.post(f"/gradio_api/{path}", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code < 500
    assert reply.status_code < 400 or set(reply.json()["error"]) == {"code", "message", "hint"}


def test_another_method_is_told_which_ones_there_are(web: TestClient) -> None:
    reply = web.get("/gradio_api/queue/join")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_a_stranger_can_neither_ask_nor_listen_where_staff_can(tmp_path: Path) -> None:
    """Every answer and the table of documents come over these addresses: the same calls, first without a session."""
    with (
        ChatServer(tmp_path, {**FILES}, staff_password=PASSWORD) as server,
        httpx.Client(base_url=server.url + "gradio_api/", timeout=60) as stranger,
        httpx.Client(base_url=server.url + "gradio_api/", timeout=60) as staff,
    ):
        staff.post(server.url + "sign-in", data={"password": PASSWORD})
        page = staff.get(server.url + "config").json()
        ask = next(d["id"] for d in page["dependencies"] if d["targets"] and d["targets"][0][1] == "ask")
        part = next(c["id"] for c in page["components"] if c["props"].get("elem_id") == "page")
        question = {"turn": "t1", "question": "Chi ha incontrato la delegazione?"}
        calls = [
            ("queue/join", {"data": [], "fn_index": ask, "session_hash": "one", "event_data": question}),
            ("component_server", {"session_hash": "one", "component_id": part, "fn_name": "documents", "data": "it"}),
            ("queue/data?session_hash=one", None),
        ]
        told = []
        for path, body in calls:
            method = "POST" if body else "GET"
            refused = stranger.request(method, path, json=body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "access_denied"), path
            with staff.stream(method, path, json=body) as reply:
                assert reply.status_code == 200, path
                told.append(any("Detroit" in line for line in reply.iter_lines()))
        assert told == [False, True, True], "what a stranger would have been told"
