"""The clients of LlamaIndex that reach a model: each sends its key, tells it nowhere, and passes an answer's end on."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Generator as Pieces
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llm_server import LLMServer, says
from writing import HALF, TRUE, WHO, cites, is_in_quotes, shown, writes_with

from rag.assistant import Assistant
from rag.errors import ConfigurationError
from rag.models import Happening, Question, Stated
from rag.settings import Settings
from rag.writing.cutting import Proposed
from rag.writing.faults import Fault, WritingFault
from rag.writing.generation import Generator
from rag.writing.llm import RETRIES, build_llm, try_out
from rag.writing.streaming import Limits, Usage

pytestmark = pytest.mark.slow  # starts model servers

KEY = "a-very-secret-key"


def address(llm: LLMServer, name: str) -> str:
    return llm.host if name.startswith("ollama") else llm.url


@pytest.mark.parametrize("name", ["openai-like:scripted", "openai:gpt-4o", "ollama:scripted"])
def test_a_verified_sentence_is_the_answer_of_each(visit: Assistant, llm: LLMServer, name: str) -> None:
    llm.script = says(f"{cites(TRUE)} ", cites(HALF), usage=(321, 17))
    writer = writes_with(visit, llm, llm=name, llm_base_url=address(llm, name), llm_key=KEY)
    answer = writer.ask(Question(WHO))
    assert shown(answer) == [f"{TRUE}.", f"{HALF}."]
    assert (answer.mode, answer.model) == ("generate", name)
    assert answer.tokens is not None
    assert (answer.tokens.prompt, answer.tokens.completion, answer.tokens.estimated) == (321, 17, False)
    assert llm.requests[0].body["model"] == name.partition(":")[2]


@pytest.mark.parametrize("name", ["openai-like:scripted", "openai:gpt-4o", "ollama:scripted"])
def test_a_reader_who_leaves_ends_the_writing(visit: Assistant, llm: LLMServer, name: str) -> None:
    writer = writes_with(visit, llm, llm=name, llm_base_url=address(llm, name), llm_key=KEY)
    llm.script = says(f"{cites(TRUE)} And ", endless="x ")
    before = set(threading.enumerate())

    class Gone(Exception):
        pass

    def leave(happening: Happening) -> None:
        if isinstance(happening, Stated):
            raise Gone

    with pytest.raises(Gone):
        writer.ask(Question(WHO), leave)
    assert llm.left.wait(20)  # the server writes to nobody
    for thread in set(threading.enumerate()) - before:
        if thread.name == "fonte-writing":
            thread.join(20)
            assert not thread.is_alive()


# Keys


def test_ollama_without_a_key_is_sent_none(llm: LLMServer) -> None:
    llm.script = says("Yes.")
    try_out(Settings(llm="ollama:scripted", llm_base_url=llm.host))
    assert "Authorization" not in llm.requests[0].headers


@pytest.mark.parametrize(
    "name, variable",
    [
        ("openai-like:scripted", "FONTE_LLM_KEY"),
        ("openai:gpt-4o", "FONTE_LLM_KEY"),
        ("openai:gpt-4o", "OPENAI_API_KEY"),
        ("ollama:scripted", "FONTE_LLM_KEY"),
        ("ollama:scripted", "OLLAMA_API_KEY"),
    ],
)
def test_the_key_is_sent_and_told_nowhere_even_if_the_server_sends_it_back(
    visit: Assistant,
    llm: LLMServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, KEY)
    llm.script = says(status=401, error="bad key", echoes=True)
    answer = writes_with(visit, llm, llm=name, llm_base_url=address(llm, name)).ask(Question(WHO))
    assert llm.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert "•••" in caplog.text
    assert KEY not in f"{caplog.text}{answer}"


@pytest.mark.parametrize(
    "user, echoed",
    [
        ("me:s3cr%40t", "Basic bWU6czNjckB0 s3cr@t s3cr%40t"),
        ("me:s3|r%40t", "Basic bWU6czN8ckB0 s3|r@t s3|r%40t s3%7Cr%40t"),
        ("me:s3r%22%C3%A9%5Ct", 'Basic bWU6czNyIsOpXHQ= s3r"é\\t s3r%22%C3%A9%5Ct'),
        ("a-token", "Basic YS10b2tlbjo= a-token"),
    ],
)
@pytest.mark.parametrize("name", ["openai-like:scripted", "ollama:scripted"])
def test_a_password_in_the_address_is_told_in_none_of_its_forms(
    visit: Assistant, llm: LLMServer, caplog: pytest.LogCaptureFixture, name: str, user: str, echoed: str
) -> None:
    basic, *others = echoed.removeprefix("Basic ").split()
    llm.script = says(status=401, error=" ".join(others), echoes=True)
    reached = address(llm, name).replace("//", f"//{user}@")
    answer = writes_with(visit, llm, llm=name, llm_base_url=reached).ask(Question(WHO))
    assert llm.requests[0].headers["Authorization"] == f"Basic {basic}"
    told = f"{caplog.text}{answer}"
    assert told.count("•••") == len(others) + 1
    assert not [form for form in (basic, *others) if form in told]


@pytest.mark.parametrize("before", [1, 110, 118])  # a message cut to length may end inside the key
def test_the_doctor_does_not_tell_it_either(llm: LLMServer, before: int) -> None:
    llm.script = says(status=401, error="x" * before, echoes=True)
    with pytest.raises(ConfigurationError) as caught:
        try_out(Settings(llm="openai-like:model", llm_base_url=llm.url, llm_key=KEY))
    assert KEY[:6] not in "".join(traceback.format_exception(caught.value))


# Other protocols


@pytest.mark.parametrize(
    "more, why", [({"cut": True}, "cut"), ({"finish": None}, "cut"), ({"finish": "length"}, "endless")]
)
def test_what_ollama_did_not_end_is_not_shown(visit: Assistant, llm: LLMServer, more: dict[str, Any], why: str) -> None:
    writer = writes_with(visit, llm, llm="ollama:scripted", llm_base_url=llm.host)
    llm.script = says(HALF, **more)
    assert is_in_quotes(writer.ask(Question(WHO)), writer, why)


class Passing(CustomLLM):
    """A client that passes on what `raws` says beside each piece, as Anthropic's does."""

    raws: list[dict[str, Any]]

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="passing")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=HALF)

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> Pieces[CompletionResponse, None, None]:
        for number, raw in enumerate(self.raws):
            yield CompletionResponse(text=HALF, delta="" if number else HALF, raw=raw)


def written(visit: Assistant, *raws: dict[str, Any]) -> tuple[list[Proposed], Usage]:
    usage, hits = Usage(), visit.search(Question(WHO), 1)
    llm = Passing(raws=[{"type": "content_block_delta"}, *raws])
    return list(Generator(llm, "passing", Limits()).write(WHO, "en", hits, usage)), usage


def ends(reason: str | None, **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": SimpleNamespace(stop_reason=reason), "usage": SimpleNamespace(**usage)}


def test_what_anthropic_s_client_tells_of_an_end_is_read(visit: Assistant) -> None:
    proposed, usage = written(visit, ends("end_turn", input_tokens=321, output_tokens=17))
    assert [p.text for p in proposed] == [HALF]
    assert (usage.prompt, usage.completion, usage.estimated) == (321, 17, False)


@pytest.mark.parametrize("counts", [(-321, -17), (True, True), ("321", "17")])
def test_what_no_count_can_be_is_no_count(visit: Assistant, counts: tuple[Any, Any]) -> None:
    _, usage = written(visit, ends("end_turn", input_tokens=counts[0], output_tokens=counts[1]))
    assert usage.estimated
    assert usage.prompt > 100
    assert usage.completion > 5


@pytest.mark.parametrize(
    "raws, why",
    [
        ([], Fault.CUT),
        ([ends(None)], Fault.CUT),
        ([ends("refusal")], Fault.CUT),
        ([ends("max_tokens")], Fault.ENDLESS),
    ],
)
def test_what_it_did_not_end_is_not_proposed(visit: Assistant, raws: list[dict[str, Any]], why: Fault) -> None:
    with pytest.raises(WritingFault) as caught:
        written(visit, *raws)
    assert caught.value.fault is why


# A client that is not installed with these pins


def test_anthropic_s_client_is_told_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    module = ModuleType("llama_index.llms.anthropic")
    module.Anthropic = lambda **arguments: told.append(arguments)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "llama_index.llms.anthropic", module)
    settings: dict[str, Any] = {"llm": "anthropic:claude-x", "llm_key": KEY, "llm_max_tokens": 123, "llm_timeout": 7.0}
    build_llm(Settings(**settings))
    build_llm(Settings(**settings, llm_base_url="http://127.0.0.1:9"), judging=True)
    same = {"model": "claude-x", "api_key": KEY, "temperature": 0.0, "timeout": 7.0, "max_retries": RETRIES}
    assert told == [{**same, "max_tokens": 123}, {**same, "max_tokens": 1, "base_url": "http://127.0.0.1:9"}]
