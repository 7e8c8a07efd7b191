"""The HTTP contract, v1: shapes, streams, errors, documents; through the public surface."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_builders import ADMIN, client, document_id, open_app

from rag.assistant import Assistant
from rag.models import Answer, Question
from rag.web.pool import Pool
from rag.web.replies import (
    AnswerReply,
    ErrorReply,
    NotReadyReply,
    ReadyReply,
    SearchReply,
)
from rag.web.stream import OurForm, event
from rag.writing.answers import Tell

WHO = {"question": "Chi ha incontrato la delegazione a Detroit?"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[FastAPI, Assistant]:
    return open_app(tmp_path_factory.mktemp("api"), admin_token=ADMIN, ping=0.05)


@pytest.fixture
def web(opened: tuple[FastAPI, Assistant]) -> TestClient:
    return client(opened[0])


@pytest.fixture
def assistant(opened: tuple[FastAPI, Assistant]) -> Iterator[Assistant]:
    """The module's assistant; its state is put back after the test."""
    yield opened[1]
    opened[1].state.stage, opened[1].state.error, opened[1].state.hint = "ready", "", ""


def events(body: str) -> list[tuple[str, Any]]:
    found = []
    for block in body.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


class Slow(Assistant):
    """An assistant of the same parts whose answers wait until they are let go."""

    def __init__(self, inner: Assistant) -> None:
        self.__dict__.update(inner.__dict__)
        self.go = threading.Event()

    def ask(self, question: Question, tell: Tell = lambda _: None) -> Answer:
        assert self.go.wait(20)
        return super().ask(question, tell)


def slowed(app: FastAPI) -> Slow:
    """Makes the application's pool wait; the test lets it go."""
    slow = Slow(app.state.assistant)
    app.state.pool.assistant = slow
    return slow


# Asking


def test_an_answer_has_the_shape_that_openapi_tells(web: TestClient) -> None:
    reply = web.post("/api/v1/ask", json=WHO)
    assert reply.status_code == 200
    assert AnswerReply.model_validate(reply.json()).status == "answered"


def test_a_quote_is_the_slice_of_the_text_that_the_api_hands_out(web: TestClient) -> None:
    citations = web.post("/api/v1/ask", json=WHO).json()["citations"]
    assert citations
    for cited in citations:
        where = f"/api/v1/documents/{cited['document']['id']}/text"
        text = web.get(where, params={"version": cited["document"]["version"]}).json()["text"]
        assert text[cited["start"] : cited["end"]] == cited["quote"]


def test_what_is_not_there_is_not_found_and_cites_nothing(web: TestClient) -> None:
    reply = web.post("/api/v1/ask", json={"question": "Quale temperatura ha Plutone?"}).json()
    assert (reply["status"], reply["citations"]) == ("not_found", [])


def test_history_language_documents_and_date_reach_the_question(web: TestClient) -> None:
    history = [{"role": "user", "content": "Chi?"}, {"role": "assistant", "content": "Anna."}]
    body = {**WHO, "history": history, "language": "en", "documents": [document_id(web, "nota.txt")]}
    reply = web.post("/api/v1/ask", json=body).json()
    assert (reply["language"], reply["searched"]) == ("en", 1)
    assert web.post("/api/v1/ask", json={**WHO, "as_of": "2020-01-01"}).json()["searched"] == 1


def test_a_search_gives_passages_that_are_slices_of_their_document(web: TestClient) -> None:
    reply = web.post("/api/v1/search", json={"query": "il forno dell'acciaieria", "limit": 2})
    hits = SearchReply.model_validate(reply.json()).hits
    assert hits[0].document.source == "nota.txt"
    text = web.get(f"/api/v1/documents/{hits[0].document.id}/text").json()["text"]
    assert text[hits[0].start : hits[0].end] == hits[0].text


# Streaming


def test_a_stream_sends_evidence_then_checked_sentences_then_the_whole(web: TestClient) -> None:
    reply = web.post("/api/v1/ask", json=WHO, headers={"Accept": "text/event-stream"})
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = [(name, data) for name, data in events(reply.text) if name != "ping"]
    whole = found[-1][1]
    assert [name for name, _ in found] == ["evidence", *["statement"] * len(whole["statements"]), "done"]
    assert [data for name, data in found if name == "statement"] == whole["statements"]
    assert found[0][1] == {"citations": whole["citations"], "nearest": whole["nearest"], "candidates": []}


def test_a_stream_ends_with_what_the_json_reply_would_hold(web: TestClient) -> None:
    streamed = events(web.post("/api/v1/ask", json=WHO, headers={"Accept": "text/event-stream"}).text)[-1][1]
    plain = web.post("/api/v1/ask", json=WHO).json()
    for reply in (streamed, plain):
        del reply["id"], reply["timings_ms"], reply["proof"]
    assert streamed == plain


def test_a_stream_is_kept_open_by_pings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = open_app(tmp_path, ping=0.05)
    slow = slowed(app)
    pings = itertools.count(1)

    def waiting(_: OurForm) -> str:
        if next(pings) == 3:
            slow.go.set()
        return event("ping", {})

    monkeypatch.setattr(OurForm, "waiting", waiting)
    reply = client(app).post("/api/v1/ask", json=WHO, headers={"Accept": "text/event-stream"})
    names = [name for name, _ in events(reply.text)]
    assert names.count("ping") >= 3
    assert names[-1] == "done"


def test_a_streamed_question_that_is_refused_is_an_ordinary_error(web: TestClient) -> None:
    reply = web.post("/api/v1/ask", json={"question": "?"}, headers={"Accept": "text/event-stream"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_input")


@pytest.mark.parametrize(
    "accept,streams",
    [
        ("text/event-stream", True),
        ("application/json, Text/Event-Stream;q=0.5", True),
        ("text/event-stream;q=0, application/json", False),
        ("text/event-stream; q=0.00", False),
        ("*/*", False),
    ],
)
def test_a_stream_is_sent_to_who_accepts_one(web: TestClient, accept: str, streams: bool) -> None:
    reply = web.post("/api/v1/ask", json=WHO, headers={"Accept": accept})
    assert reply.headers["content-type"].startswith("text/event-stream" if streams else "application/json")


def test_a_fault_in_mid_stream_is_an_error_event_without_a_trace(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, ping=0.05)

    class Faulty(Slow):
        def ask(self, question: Question, tell: Tell = lambda _: None) -> Answer:
            self.go.wait(0.5)
            raise ZeroDivisionError("secret detail")

    app.state.pool.assistant = Faulty(app.state.assistant)
    reply = client(app).post("/api/v1/ask", json=WHO, headers={"Accept": "text/event-stream"})
    name, data = events(reply.text)[-1]
    assert (name, data["error"]["code"]) == ("error", "error")
    assert "secret" not in reply.text


# Errors

MALFORMED = [
    ("{", "application/json", 400),
    (b'{"question": "\xff"}', "application/json", 400),
    ("[" * 100_000, "application/json", 400),
    ('{"question": "\\ud800 chi?"}', "application/json", 422),
    ('{"question": "chi?", "\\ud800": 1}', "application/json", 422),
    ('{"question": "a\\u0000b"}', "application/json", 422),
    ('{"question": 3}', "application/json", 422),
    ('{"question": "chi?", "questoin": ""}', "application/json", 422),
    ('{"question": "chi?", "mode": "magic"}', "application/json", 422),
    ('{"question": "chi?", "as_of": 1}', "application/json", 422),
    ('{"question": "chi?", "as_of": "2025-02-30"}', "application/json", 422),
    ('{"question": "chi?", "history": [{"role": "system", "content": ""}]}', "application/json", 422),
    ('{"question": "chi?", "documents": ["no-such"]}', "application/json", 404),
    ("[]", "application/json", 422),
    ("", "application/json", 422),
    ('{"question": "chi?"}', "text/plain", 415),
    ("question=chi", "application/x-www-form-urlencoded", 415),
    (json.dumps({"question": "a" * 1500}), "application/json", 422),
    (json.dumps({"question": "a" * 2_000_000}), "application/json", 413),
    (json.dumps({"question": "a?", "history": [{"role": "user", "content": ""}] * 21}), "application/json", 422),
]


@pytest.mark.parametrize("body,kind,status", MALFORMED)
def test_a_malformed_question_is_refused_in_the_one_form(
    web: TestClient, body: str | bytes, kind: str, status: int
) -> None:
    reply = web.post("/api/v1/ask", content=body, headers={"Content-Type": kind})
    assert reply.status_code == status, reply.text
    error = ErrorReply.model_validate(reply.json()).error
    assert error.message
    assert error.hint


def test_a_body_without_a_length_is_cut_off_at_the_limit(web: TestClient) -> None:
    pieces = (b" " * 65536 for _ in range(20))
    reply = web.post("/api/v1/ask", content=pieces, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "path", ["/api", "/api/v2/ask", "/api/v1/ask/", "/nowhere", "/site/none.css", "/documents/a/b"]
)
def test_an_unknown_address_is_404_in_the_one_form(web: TestClient, path: str) -> None:
    reply = web.get(path)
    assert (reply.status_code, ErrorReply.model_validate(reply.json()).error.code) == (404, "not_found")


@pytest.mark.parametrize(
    "method,path,allow",
    [("GET", "/api/v1/ask", "POST"), ("PUT", "/api/v1/documents", "GET, POST"), ("POST", "/healthz", "GET")],
)
def test_a_wrong_method_names_the_right_ones(web: TestClient, method: str, path: str, allow: str) -> None:
    reply = web.request(method, path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allow)
    assert ErrorReply.model_validate(reply.json()).error.code == "method_not_allowed"


@pytest.mark.parametrize("method,path", [("PUT", "/api/v1/documents"), ("POST", "/api/v1/skipped")])
def test_a_wrong_method_is_told_before_a_wrong_type_of_body(web: TestClient, method: str, path: str) -> None:
    reply = web.request(method, path, content=b"null", headers={"Content-Type": "application/octet-stream"})
    assert reply.status_code == 405


def test_a_fault_of_ours_shows_no_trace(web: TestClient, assistant: Assistant, opened: tuple[FastAPI, Any]) -> None:
    class Faulty(Slow):
        def ask(self, question: Question, tell: Tell = lambda _: None) -> Answer:
            raise ZeroDivisionError("secret detail")

    opened[0].state.pool.assistant = Faulty(assistant)
    reply = web.post("/api/v1/ask", json=WHO)
    opened[0].state.pool.assistant = assistant
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "error")
    assert "secret" not in reply.text
    assert "x-content-type-options" in reply.headers


# Many at once


def test_a_full_house_says_when_to_come_back(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, workers=1, queue=1)
    go = threading.Event()
    waiting = [app.state.pool.submit(lambda: go.wait(20)) for _ in range(2)]
    for accept in ("application/json", "text/event-stream"):
        refused = client(app).post("/api/v1/ask", json=WHO, headers={"Accept": accept})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
    go.set()
    assert all(w.result() for w in waiting)
    assert client(app).post("/api/v1/ask", json=WHO).status_code == 200


@pytest.mark.slow
def test_twenty_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    files = {f"{n}.md": f"# Sede {n}\n\nLa sede numero{n} ospita Persona{n} Rossi{n} da anni.\n" for n in range(20)}
    app, _ = open_app(tmp_path, files)

    def ask(web: TestClient, n: int) -> bool:
        reply = web.post("/api/v1/ask", json={"question": f"Chi ospita la sede numero{n}?"}).json()
        return reply["question"].endswith(f"numero{n}?") and f"Rossi{n} " in reply["answer"]

    with client(app) as web, ThreadPoolExecutor(20) as pool:
        assert all(pool.map(lambda n: ask(web, n), range(20)))


def test_the_pool_gives_a_place_back_when_work_fails(assistant: Assistant) -> None:
    pool = Pool(assistant, workers=1, queue=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            pool.submit(lambda: 1 // 0).result()
    assert pool.submit(lambda: 7).result() == 7


# Starting


def test_readiness_follows_the_start(web: TestClient, assistant: Assistant) -> None:
    assert ReadyReply.model_validate(web.get("/readyz").json())
    assistant.state.stage, assistant.state.done, assistant.state.total = "sync", 3, 8
    starting = web.get("/readyz")
    found = NotReadyReply.model_validate(starting.json())
    assert (starting.status_code, found.status, found.stage, found.done, found.total) == (503, "starting", "sync", 3, 8)
    assistant.state.stage, assistant.state.error, assistant.state.hint = "failed", "No model.", "Run make setup."
    failed = NotReadyReply.model_validate(web.get("/readyz").json())
    assert (failed.status, failed.error.message, failed.error.hint) == ("failed", "No model.", "Run make setup.")


@pytest.mark.parametrize("path,body", [("/api/v1/ask", WHO), ("/api/v1/search", {"query": "chi guidava"})])
def test_a_question_before_the_start_is_over_waits(
    web: TestClient, assistant: Assistant, path: str, body: dict[str, str]
) -> None:
    assistant.state.stage = "model"
    reply = web.post(path, json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "not_ready")
    assert int(reply.headers["retry-after"]) > 0


def test_the_process_lives_whatever_the_start_does(web: TestClient, assistant: Assistant) -> None:
    assistant.state.stage = "failed"
    assert web.get("/healthz").json() == {"status": "ok"}
