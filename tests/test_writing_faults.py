"""What goes wrong with a writing model: each fault has a defined result in bounded time; nothing half-said is shown."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llm_server import LLMServer, Reply, Request, Script, says
from writing import FALSE, HALF, TRUE, WHO, cites, is_in_quotes, shown, writes_with

from rag.assistant import Assistant
from rag.models import Note, Question
from rag.writing import spending
from rag.writing.generation import ABSENT

pytestmark = pytest.mark.slow  # starts model servers that fail


@pytest.mark.parametrize(
    "script, why",
    [
        (says(status=500, error="broken"), "broken"),
        (says(status=429, error="slow down"), "limited"),
        (says(status=401, error="who are you"), "denied"),
        (says(status=400, error="maximum context length is 4096 tokens"), "overflow"),
        (says(FALSE[:20], cut=True), "cut"),
        (says(FALSE[:20], finish=None), "cut"),
        (says("The", raw=("{not json",)), "garbled"),
        (says(), "empty"),
        (says(" \n "), "empty"),
        (says(finish="length"), "endless"),
        (says(HALF, finish="length"), "endless"),
        (says(HALF, finish="content_filter"), "cut"),
        (says(HALF, finish="tool_calls"), "cut"),
        (says(endless="and so on "), "endless"),
        (says(ABSENT), "absent"),
        (says("I'm sorry, but I cannot help with that."), "unsupported"),
        (says("La delegazione ha incontrato Laura Brandt a Warren [1]."), "unsupported"),
        (says(cites(FALSE)), "unsupported"),
    ],
)
def test_every_fault_gives_the_answer_in_quotes_with_a_note(
    writer: Assistant, llm: LLMServer, script: Script, why: str
) -> None:
    llm.script = script
    assert is_in_quotes(writer.ask(Question(WHO)), writer, why)


@pytest.mark.parametrize("before", [(), (f"{cites(TRUE)} The",)])
@pytest.mark.parametrize(
    "raw, finish",
    [
        ("[]", "stop"),
        ('{"choices": "x"}', "stop"),
        ('{"choices": [null]}', "stop"),
        ('{"error": {"message": "boom", "code": 500}}', "stop"),
        ('{"choices": [{"index": 0, "delta": {"content": 7}}]}', "stop"),
        ('{"choices": [{"index": 0, "delta": {}, "finish_reason": ["stop"]}]}', None),
    ],
)
def test_a_chunk_of_another_shape_ends_the_writing(
    writer: Assistant, llm: LLMServer, before: tuple[str, ...], raw: str, finish: str | None
) -> None:
    llm.script = says(*before, raw=(raw,), finish=finish)
    answer = writer.ask(Question(WHO))
    if before:
        assert shown(answer) == [f"{TRUE}."]
        assert [n.text for n in answer.notes] == ["The writing model broke off: only what is verified was kept."]
    else:
        assert any(is_in_quotes(answer, writer, why) for why in ("broken", "cut"))


@pytest.mark.parametrize("usage", [(-5, -100_000_000), (-5, 7), (9, -7), (9.5, 7.5)])
def test_what_no_count_can_be_is_not_believed(visit: Assistant, llm: LLMServer, usage: tuple[Any, Any]) -> None:
    llm.script = says(cites(TRUE), usage=usage)
    writer = writes_with(visit, llm, llm_daily_tokens=1500)
    tokens = writer.ask(Question(WHO)).tokens
    assert tokens is not None
    assert tokens.estimated
    assert tokens.prompt > 100
    assert tokens.completion > 10
    writer.ask(Question(WHO))
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "spent")  # it gave no tokens back


def test_a_server_that_is_not_there_gives_the_answer_in_quotes(visit: Assistant, llm: LLMServer) -> None:
    writer = writes_with(visit, llm, llm_base_url="http://127.0.0.1:9/v1")
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "broken")


def test_a_server_that_hangs_is_left_in_time(visit: Assistant, llm: LLMServer) -> None:
    hold = threading.Event()
    llm.script = lambda _: Reply(("The", " end."), hold=hold)
    writer = writes_with(visit, llm, llm_timeout=0.6)
    started = time.monotonic()
    answer = writer.ask(Question(WHO))
    hold.set()
    assert time.monotonic() - started < 10
    assert is_in_quotes(answer, writer, "slow")


@pytest.mark.parametrize(
    "language, note",
    [
        ("en", "The writing model broke off: only what is verified was kept."),
        ("it", "Il modello che scrive si è interrotto: è tenuto solo ciò che è verificato."),
    ],
)
@pytest.mark.parametrize("more", [{"cut": True}, {"finish": "content_filter"}])
def test_what_was_verified_before_a_break_stays_with_a_note(
    writer: Assistant, llm: LLMServer, language: str, note: str, more: dict[str, Any]
) -> None:
    exact = "On 24 April the delegation met Laura Brandt, head of research, at the General Motors centre in Warren."
    llm.script = says(f"{exact} [1] {HALF}", **more)
    answer = writer.ask(Question(WHO, language=language))
    assert shown(answer) == [exact]
    assert answer.notes == (Note("writing", note),)


def test_a_refusal_is_tried_again_by_the_client(writer: Assistant, llm: LLMServer) -> None:
    llm.script = lambda _: Reply(status=500) if len(llm.requests) < 2 else Reply((cites(TRUE),))
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]


def test_a_model_that_keeps_failing_is_left_alone_for_a_while(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(status=401)
    for _ in range(3):
        writer.ask(Question(WHO))
    before = len(llm.requests)
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "resting")
    assert len(llm.requests) == before


def test_the_day_s_tokens_are_a_limit(visit: Assistant, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE), usage=(900, 200))
    writer = writes_with(visit, llm, llm_daily_tokens=1500)
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "spent")


def test_what_a_request_did_not_take_is_given_back(visit: Assistant, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE), usage=(500, 50))
    writer = writes_with(visit, llm, llm_daily_tokens=1500)
    assert [writer.ask(Question(WHO)).mode for _ in range(3)] == ["generate", "generate", "quotes"]


def test_requests_at_once_do_not_spend_the_same_tokens(visit: Assistant, llm: LLMServer) -> None:
    hold, asked = threading.Event(), threading.Event()

    def script(_: Request) -> Reply:
        asked.set()
        return Reply((f"{TRUE} ", "[1]."), hold=hold)

    llm.script = script
    writer = writes_with(visit, llm, llm_daily_tokens=1500)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(writer.ask, Question(WHO))
        assert asked.wait(20)
        second = writer.ask(Question(WHO))  # while the first is held
        hold.set()
    assert is_in_quotes(second, writer, "spent")
    assert shown(first.result()) == [f"{TRUE}."]
    assert len(llm.requests) == 1


def test_a_model_that_rests_keeps_no_tokens(visit: Assistant, llm: LLMServer) -> None:
    llm.script = says(status=401)
    writer = writes_with(visit, llm, llm_daily_tokens=1500)
    for _ in range(spending.FAILURES):
        writer.ask(Question(WHO))
    for _ in range(2):
        assert is_in_quotes(writer.ask(Question(WHO)), writer, "resting")


def test_a_request_that_reached_no_model_spends_nothing(visit: Assistant, llm: LLMServer) -> None:
    writer = writes_with(visit, llm, llm_daily_tokens=1500)
    for status in (401, 429):
        llm.script = says(status=status)
        writer.ask(Question(WHO))
    llm.script = says(cites(TRUE))
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]


def test_a_model_that_is_read_no_further_than_needed_has_worked(
    visit: Assistant, llm: LLMServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writes_with(visit, llm)
    monkeypatch.setattr(spending, "REST", 0.0)
    llm.script = says(status=401)
    for _ in range(spending.FAILURES):
        writer.ask(Question(WHO))
    monkeypatch.setattr(spending, "REST", 1000.0)
    true = [TRUE, HALF, f"{HALF} and lasted five days", "The mission lasted five days", "The fair lasted three days"]
    more = ["The delegation did not visit the Rivian factory", "Rivian may open a research centre in Turin"]
    llm.script = says(*(cites(sentence) + " " for sentence in (*true, *more)), "and so on " * 20, finish="length")
    assert writer.ask(Question(WHO)).notes == ()  # the end of it was never reached
    llm.script = says(cites(TRUE))
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]


def test_a_request_into_which_no_passage_fits_is_not_sent(visit: Assistant, llm: LLMServer) -> None:
    writer = writes_with(visit, llm, llm_context=720, llm_max_tokens=310)
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "overflow")
    assert llm.requests == []
