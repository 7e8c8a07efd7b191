"""What OpenAI's routes take, refuse and keep out, and that no document's words become markup in an answer's text."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi import FastAPI
from markdown_it import MarkdownIt
from openai import OpenAI
from openai_client import WHO, alike, asked_of, content, open_client, said
from starlette.testclient import TestClient
from web_builders import KEY, MISSION, PASSWORD, bearer, client, open_app, serving, signed_in

from rag.models import Answer, Question
from rag.web.errors import TooManyAttempts
from rag.web.openai.shapes import ModelsReply, OpenAIErrorReply
from rag.web.openai.text import framed, plain

README = Path(__file__).parent.parent / "README.md"

# Fields

TAKEN: list[dict[str, Any]] = [
    {"temperature": 0.2, "top_p": 1, "seed": 7, "stop": ["\n"], "max_tokens": 10, "max_completion_tokens": 10},
    {"presence_penalty": 0, "frequency_penalty": 0, "logit_bias": {"50256": -100}, "user": "u", "n": 1},
    {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "tool_choice": "auto"},
    {"response_format": {"type": "text"}, "metadata": {"a": "b"}, "store": False, "reasoning_effort": "low"},
    {"extra_body": {"repeat_penalty": 1.1, "cache_prompt": True, "typical_p": 1, "chat_id": "c", "anything": [1]}},
    {"extra_body": {"messages": [{"role": "user", "content": WHO, "id": "m1", "timestamp": 1}]}},
    {"extra_body": {"stream_options": None, "grammar": None, "chat_template_kwargs": {"enable_thinking": False}}},
    {"extra_body": {"top_k": 40, "stream": None, "tools": None, "stream_options": None, "logprobs": None}},
]


@pytest.mark.parametrize("fields", TAKEN)
def test_fields_that_change_nothing_are_taken(ai: OpenAI, fields: dict[str, Any]) -> None:
    assert alike(content(said(ai, WHO, **fields))) == alike(content(said(ai, WHO)))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"n": 2}, "n:"),
    ({"tool_choice": "required"}, "tool_choice:"),
    ({"response_format": {"type": "json_object"}}, "response_format.type:"),
    ({"logprobs": True}, "logprobs:"),
    ({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}}, "response_format.type:"),
    ({"modalities": ["text", "audio"]}, "modalities.1:"),
    ({"extra_body": {"guided_json": {"type": "object"}}}, "guided_json:"),
    ({"extra_body": {"structured_outputs": {"choice": ["yes"]}}}, "structured_outputs:"),
    ({"extra_body": {"grammar": "root ::= yes"}}, "grammar:"),
    ({"extra_body": {"messages": []}}, "messages:"),
    ({"extra_body": {"messages": [{"role": "assistant", "content": "Anna."}]}}, "messages:"),
    ({"extra_body": {"messages": [{"role": "user", "content": " "}]}}, "The question is empty."),
    ({"extra_body": {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}}, "messages.0.content:"),
    ({"extra_body": {"messages": [{"role": "user", "content": "x" * 1001}]}}, "The question has 1001 characters"),
]


@pytest.mark.parametrize("fields,told", REFUSED)
@pytest.mark.parametrize("stream", [False, True])
def test_what_the_reply_would_not_hold_is_refused(ai: OpenAI, fields: dict[str, Any], told: str, stream: bool) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        said(ai, WHO, stream=stream, **fields)
    error = OpenAIErrorReply.model_validate({"error": refused.value.body}).error
    assert error.message.startswith(told)
    assert error.type == "invalid_request_error"


# Models


def test_the_models_are_listed(ai: OpenAI, ai_web: TestClient) -> None:
    assert [m.id for m in ai.models.list()] == ["fonte", "fonte-quotes"]
    assert ai.models.retrieve("fonte").owned_by == "fonte"
    assert ModelsReply.model_validate(ai_web.get("/v1/models").json())


def test_an_unknown_model_is_named_and_the_right_ones_too(ai: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as asked:
        ai.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": WHO}])
    with pytest.raises(openai.NotFoundError) as looked_up:
        ai.models.retrieve("gpt-4o")
    for refused in (asked, looked_up):
        assert refused.value.code == "model_not_found"
        assert "'gpt-4o'" in refused.value.message
        assert "fonte or fonte-quotes" in refused.value.message


# Who gets in, and what goes wrong


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """As beyond this machine: nobody is let in without showing who they are."""
    folder = tmp_path_factory.mktemp("guarded")
    return open_app(folder, host="0.0.0.0", staff_password=PASSWORD, api_keys=KEY)[0]


def test_beyond_this_machine_a_key_is_needed(guarded: FastAPI) -> None:
    with serving(guarded) as address:
        assert "Anna Bianchi" in content(said(open_client(address, KEY), WHO))
        stranger = open_client(address, "another key, as long")
        for ask in (lambda: said(stranger, WHO), lambda: said(stranger, WHO, stream=True), stranger.models.list):
            with pytest.raises(openai.AuthenticationError) as refused:
                ask()
            assert refused.value.code == "invalid_api_key"


def test_a_session_of_the_pages_is_no_key(guarded: FastAPI) -> None:
    staff = signed_in(guarded)
    assert staff.get("/api/v1/documents").status_code == 200
    for reply in (staff.get("/v1/models"), staff.post("/v1/chat/completions", json={})):
        assert reply.status_code == 401
        assert OpenAIErrorReply.model_validate(reply.json()).error.code == "invalid_api_key"
    assert client(guarded, **bearer(KEY)).get("/v1/models").status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_full_house_is_503_with_the_time_to_come_back(openai_app: FastAPI, ai: OpenAI, stream: bool) -> None:
    go = threading.Event()
    taken = [openai_app.state.pool.submit(lambda: go.wait(20)) for _ in range(2)]
    with pytest.raises(openai.InternalServerError) as refused:
        said(ai, WHO, stream=stream)
    go.set()
    assert all(t.result() for t in taken)
    assert (refused.value.status_code, refused.value.code, refused.value.type) == (503, "busy", "server_error")
    assert int(refused.value.response.headers["retry-after"]) > 0


def test_a_client_comes_back_by_itself_when_fonte_is_ready(
    openai_app: FastAPI, ai_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_app.state.assistant.state, "stage", "model")
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        openai_app.state.assistant.state.stage = "ready"

    patient = OpenAI(base_url=f"{ai_address}/v1", api_key="any", max_retries=1, timeout=20)
    monkeypatch.setattr("time.sleep", pause)
    assert "Anna Bianchi" in content(said(patient, WHO))
    assert waited == [2]


def test_a_limit_is_429_with_the_time_to_come_back(
    openai_app: FastAPI, ai: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(ask: Callable[..., Answer], question: Question, tell: Any) -> Answer:
        raise TooManyAttempts(7)

    asked_of(openai_app, answer, monkeypatch)
    with pytest.raises(openai.RateLimitError) as refused:
        said(ai, WHO)
    assert (refused.value.code, refused.value.response.headers["retry-after"]) == ("rate_limit_exceeded", "7")


@pytest.mark.parametrize(
    "method,path,more,status",
    [
        ("GET", "/v1", {}, 404),
        ("GET", "/v1/embeddings", {}, 404),
        ("GET", "/v1/chat/completions", {}, 405),
        ("POST", "/v1/chat/completions", {"content": "{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/v1/chat/completions", {"content": "a=b", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", "/v1/chat/completions", {"json": {"model": "x" * 2**20}}, 413),
        ("POST", "/v1/chat/completions", {"json": {}, "headers": {"Origin": "https://evil.example"}}, 403),
        ("GET", "/v1/models", {"headers": {"Host": "evil.example"}}, 421),
    ],
)
def test_every_refusal_has_openais_form(
    ai_web: TestClient, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    reply = ai_web.request(method, path, **more)
    assert reply.status_code == status, reply.text
    error = OpenAIErrorReply.model_validate(reply.json()).error
    assert error.type == ("permission_error" if status == 403 else "invalid_request_error")


def test_a_fault_of_ours_has_openais_form_and_shows_no_trace(
    openai_app: FastAPI, ai_web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(ask: Callable[..., Answer], question: Question, tell: Any) -> Answer:
        raise ZeroDivisionError("secret detail")

    asked_of(openai_app, answer, monkeypatch)
    reply = ai_web.post("/v1/chat/completions", json={"model": "fonte", "messages": [{"role": "user", "content": WHO}]})
    assert reply.status_code == 500
    assert OpenAIErrorReply.model_validate(reply.json()).error.type == "server_error"
    assert "secret" not in reply.text


# Texts of documents

HOSTILE = [
    "![pixel](http://evil.example/p.png)",
    '<img src="http://evil.example/p.png"> <script>alert(1)</script>',
    "[1]: http://evil.example",
    "see http://evil.example/a_b, www.evil.example or mail a_b@evil.example",
    "<http://evil.example>",
    "# Title",
    "- item",
    "24. item",
    "**bold** _it_ `code` ~~gone~~",
    "a | b",
    "[Open](javascript:alert(1)) &lt;b&gt; \\[x](y)",
    "text\n\n---\n\n[2] [Forged](http://evil.example)",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("written", [plain, framed])
def test_words_of_a_document_become_no_markup(text: str, written: Callable[[str], str]) -> None:
    html = MarkdownIt("commonmark").enable(["strikethrough", "table"]).render(f"{written(text)} [1]")
    marks = set(re.findall(r"<(\w+)", html))
    assert marks <= {"p", "code", *(["strong"] if written is framed else [])}


def test_a_hostile_document_puts_no_link_into_an_answer(tmp_path: Path) -> None:
    hostile = MISSION.replace("alla fiera", "![x](http://evil.example/a) <b>alla</b> fiera").replace(
        "title: La missione a Detroit", 'title: "](http://evil.example) [x"'
    )
    app, _ = open_app(tmp_path, {"missione.txt": hostile, "missione.md": hostile})
    body = {"model": "fonte", "messages": [{"role": "user", "content": WHO}]}
    text = client(app).post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    html = MarkdownIt("commonmark").render(text)
    assert "Anna Bianchi" in text
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "code", "a", "hr", "strong"}
    ours = re.compile(r"http://127\.0\.0\.1:7860/(?:documents|proofs)/")
    assert all(ours.match(link) for link in re.findall(r'href="([^"]*)"', html))


# What the README says


def test_the_example_of_the_readme_runs(ai_address: str, capsys: pytest.CaptureFixture[str]) -> None:
    section = README.read_text(encoding="utf-8").split("## Chat clients", 1)[1].split("\n## ", 1)[0]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert example
    exec(example[1].replace("http://127.0.0.1:7860", ai_address), {})
    out = capsys.readouterr().out
    assert "«Il Michigan ha 12.000 stabilimenti.» [1]" in out
    assert re.search(r"^Economia \d+ \d+ Il Michigan ha 12\.000 stabilimenti\.$", out, re.MULTILINE)
