"""What goes wrong with a writing model: each fault has a defined result in bounded time; nothing half-said is shown."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Generator as Pieces
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llm_server import LLMServer, Reply, Script, says
from writing import FALSE, TRUE, WHO, cites, shown, writes_with

from rag.assistant import Assistant
from rag.errors import ConfigurationError
from rag.models import Answer, Note, Question
from rag.settings import Settings
from rag.writing import spending
from rag.writing.cutting import Proposed
from rag.writing.faults import Fault, WritingFault
from rag.writing.generation import ABSENT, Generator
from rag.writing.llm import try_out
from rag.writing.streaming import Limits, Usage

pytestmark = pytest.mark.slow  # starts model servers that fail

HALF = "The mission cost 12 million euros"  # would be borne out, if it were taken for a sentence
KEY = "a-very-secret-key"
WHY = {
    "broken": "The writing model does not work just now",
    "limited": "The writing model has too many requests",
    "denied": "The writing model refuses access",
    "overflow": "The passages were too many for the writing model",
    "cut": "The writing model broke off",
    "garbled": "The writing model's answer could not be read",
    "empty": "The writing model wrote nothing",
    "endless": "The writing model did not stop",
    "absent": "The writing model does not find the answer",
    "unsupported": "No sentence of the model passed verification",
    "slow": "The writing model did not answer in time",
    "resting": "The writing model has not answered for a while",
    "spent": "Today's tokens are spent",
}


def is_in_quotes(answer: Answer, writer: Assistant, why: str) -> bool:
    """Whether it is the answer that quotes mode gives, with a note on what went wrong."""
    plain = writer.ask(Question(answer.question, mode="quotes"))
    same = (answer.text, answer.status, answer.mode) == (plain.text, plain.status, "quotes")
    note = Note("writing", f"{WHY[why]}: the answer is made of exact quotes.")
    return same and answer.notes[len(plain.notes) :] == (note,)


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
    writer = writes_with(visit, llm, llm_daily_tokens=1400)
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "spent")


def test_a_request_that_reached_no_model_spends_nothing(visit: Assistant, llm: LLMServer) -> None:
    writer = writes_with(visit, llm, llm_daily_tokens=1400)
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


# Keys


def test_the_key_is_sent_and_told_nowhere_even_if_the_server_sends_it_back(
    visit: Assistant, llm: LLMServer, caplog: pytest.LogCaptureFixture
) -> None:
    llm.script = says(status=401, error="bad key", echoes=True)
    writer = writes_with(visit, llm, llm_key=KEY)
    answer = writer.ask(Question(WHO))
    assert llm.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert "•••" in caplog.text
    assert KEY not in f"{caplog.text}{answer}"


@pytest.mark.parametrize("before", [1, 110, 118])  # a message cut to length may end inside the key
def test_the_doctor_does_not_tell_it_either(llm: LLMServer, before: int) -> None:
    llm.script = says(status=401, error="x" * before, echoes=True)
    with pytest.raises(ConfigurationError) as caught:
        try_out(Settings(llm="openai-like:model", llm_base_url=llm.url, llm_key=KEY))
    assert KEY[:6] not in "".join(traceback.format_exception(caught.value))


# Other protocols


def test_what_ollama_streams_is_read_to_its_end(visit: Assistant, llm: LLMServer) -> None:
    writer = writes_with(visit, llm, llm="ollama:scripted", llm_base_url=llm.host)
    llm.script = says(f"{cites(TRUE)} ", cites(HALF), usage=(321, 17))
    answer = writer.ask(Question(WHO))
    assert shown(answer) == [f"{TRUE}.", f"{HALF}."]
    assert answer.tokens is not None
    assert (answer.tokens.prompt, answer.tokens.completion, answer.tokens.estimated) == (321, 17, False)


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


def ends(reason: str | None, **usage: int) -> dict[str, Any]:
    return {"type": "message_delta", "delta": SimpleNamespace(stop_reason=reason), "usage": SimpleNamespace(**usage)}


def test_what_anthropic_s_client_tells_of_an_end_is_read(visit: Assistant) -> None:
    proposed, usage = written(visit, ends("end_turn", input_tokens=321, output_tokens=17))
    assert [p.text for p in proposed] == [HALF]
    assert (usage.prompt, usage.completion, usage.estimated) == (321, 17, False)


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
