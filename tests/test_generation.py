"""Answers written by a model: shown sentence by sentence, each verified, and defined results for every fault."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from llm_server import LLMServer, Reply, Request, says
from standins import open_assistant
from writing import COST, TRUE, VISIT, WHO, open_writer, writes_with

from rag.assistant import Assistant
from rag.errors import ConfigurationError, InvalidInput
from rag.models import Answer, Evidenced, Happening, Question, Stated, Status, Support
from rag.writing.cutting import Cutter
from rag.writing.generation import ABSENT, Prompts

FALSE = "The delegation met Elon Musk in Detroit"


@pytest.fixture
def server() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("visit"), {"visit.md": VISIT})


@pytest.fixture
def writer(visit: Assistant, server: LLMServer) -> Assistant:
    """An assistant with a new composer: what a breaker or a budget remembers is gone."""
    return writes_with(visit, server)


def cites(*sentences: str) -> str:
    return " ".join(f"{sentence} [1]." for sentence in sentences)


def shown(answer: Answer) -> list[str]:
    return [s.text for s in answer.statements if s.support is not Support.UNSUPPORTED]


def dropped(answer: Answer) -> list[str]:
    return [s.text for s in answer.statements if s.support is Support.UNSUPPORTED]


def is_in_quotes(answer: Answer, writer: Assistant, fault: str) -> bool:
    """Whether it is the answer that quotes mode gives, with a note on what went wrong."""
    plain = writer.ask(Question(answer.question, mode="quotes"))
    same = (answer.text, answer.status, answer.mode) == (plain.text, plain.status, "quotes")
    return same and [n.kind for n in answer.notes[len(plain.notes) :]] == ["writing"] and fault in answer.notes[-1].text


def test_a_verified_sentence_is_the_answer(writer: Assistant, server: LLMServer) -> None:
    server.script = says(cites(TRUE))
    answer = writer.ask(Question(WHO))
    assert answer.status is Status.ANSWERED
    assert [(s.text, s.support) for s in answer.statements] == [(f"{TRUE}.", Support.VERIFIED)]
    assert answer.text == f"{TRUE}. [1]"
    assert (answer.mode, answer.model) == ("generate", "openai-like:scripted")
    assert "Laura Brandt" in answer.citations[0].quote


def test_what_is_not_borne_out_is_kept_in_the_reply_and_never_in_the_answer(
    writer: Assistant, server: LLMServer
) -> None:
    server.script = says(cites(TRUE, FALSE))
    answer = writer.ask(Question(WHO))
    assert dropped(answer) == [f"{FALSE}."]
    assert "Musk" not in answer.text


def test_sentences_arrive_one_by_one_while_the_model_is_still_writing(writer: Assistant, server: LLMServer) -> None:
    hold, first = threading.Event(), threading.Event()
    server.script = lambda _: Reply((cites(TRUE), " The", " end [1]."), hold=hold)
    happened: list[Happening] = []

    def tell(happening: Happening) -> None:
        happened.append(happening)
        if isinstance(happening, Stated):
            first.set()
            hold.set()

    answer = writer.ask(Question(WHO), tell)
    assert first.is_set()
    assert isinstance(happened[0], Evidenced)
    assert happened[0].candidates
    assert [h.statement.text for h in happened if isinstance(h, Stated)] == shown(answer)


def test_each_statement_comes_behind_the_citation_it_needs(writer: Assistant, server: LLMServer) -> None:
    server.script = says(cites(TRUE))
    numbers: list[int] = []

    def tell(happening: Happening) -> None:
        if isinstance(happening, Evidenced):
            numbers[:] = [c.number for c in happening.citations]
        else:
            assert set(happening.statement.citations) <= set(numbers)

    writer.ask(Question(WHO), tell)
    assert numbers


def test_a_wrong_or_missing_mark_is_mended_by_the_passage_that_bears_it_out(
    writer: Assistant, server: LLMServer
) -> None:
    for marked in (f"{TRUE} [77].", f"{TRUE}.", f"{TRUE} [2]."):
        server.script = says(marked)
        answer = writer.ask(Question(WHO))
        assert shown(answer) == [f"{TRUE}."]
        assert "Laura Brandt" in answer.citations[0].quote


def test_a_sentence_that_repeats_its_source_is_shown_as_a_quote(writer: Assistant, server: LLMServer) -> None:
    server.script = says("The mission cost 12 million euros and lasted five days [1].")
    answer = writer.ask(Question(COST))
    assert [s.support for s in answer.statements] == [Support.QUOTED]


def test_a_true_aside_does_not_stand_alone(writer: Assistant, server: LLMServer) -> None:
    def aside(request: Request) -> Reply:
        return Reply((f"The delegation did not visit the Rivian factory [{request.number_of('Rivian')}].",))

    server.script = aside
    answer = writer.ask(Question(WHO))
    assert "Laura Brandt" in answer.text


@pytest.mark.parametrize(
    "script, fault",
    [
        (says(status=500, error="broken"), "does not work"),
        (says(status=429, error="slow down"), "too many requests"),
        (says(status=401, error="who are you"), "refuses access"),
        (says(status=400, error="maximum context length is 4096 tokens"), "too many for"),
        (says(FALSE[:20], cut=True), "broke off"),
        (says(FALSE[:20], finish=None), "broke off"),
        (says("The", raw=("{not json",)), "could not be read"),
        (says(), "wrote nothing"),
        (says(" \n "), "wrote nothing"),
        (says(finish="length"), "did not stop"),
        (says(endless="and so on "), "did not stop"),
        (says(ABSENT), "does not find"),
        (says("I'm sorry, but I cannot help with that."), "passed verification"),
        (says("La delegazione ha incontrato Laura Brandt a Warren [1]."), "passed verification"),
        (says(cites(FALSE)), "passed verification"),
    ],
)
def test_every_fault_gives_the_answer_in_quotes_with_a_note(
    writer: Assistant, server: LLMServer, script: object, fault: str
) -> None:
    server.script = script  # type: ignore[assignment]
    assert is_in_quotes(writer.ask(Question(WHO)), writer, fault)


def test_a_server_that_is_not_there_gives_the_answer_in_quotes(visit: Assistant, server: LLMServer) -> None:
    writer = writes_with(visit, server, llm_base_url="http://127.0.0.1:9/v1")
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "does not work")


def test_a_server_that_hangs_is_left_in_time(visit: Assistant, server: LLMServer) -> None:
    hold = threading.Event()
    server.script = lambda _: Reply(("The", " end."), hold=hold)
    writer = writes_with(visit, server, llm_timeout=0.6)
    started = time.monotonic()
    answer = writer.ask(Question(WHO))
    hold.set()
    assert time.monotonic() - started < 10
    assert is_in_quotes(answer, writer, "in time")


def test_what_was_verified_before_a_break_stays_with_a_note(writer: Assistant, server: LLMServer) -> None:
    server.script = says(f"{cites(TRUE)} The deleg", cut=True)
    answer = writer.ask(Question(WHO))
    assert shown(answer) == [f"{TRUE}."]
    assert "broke off" in answer.notes[-1].text


def test_a_refusal_is_tried_again_by_the_client(writer: Assistant, server: LLMServer) -> None:
    server.script = lambda _: Reply(status=500) if len(server.requests) < 2 else Reply((cites(TRUE),))
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]


def test_a_model_that_keeps_failing_is_left_alone_for_a_while(writer: Assistant, server: LLMServer) -> None:
    server.script = says(status=401)
    for _ in range(3):
        writer.ask(Question(WHO))
    before = len(server.requests)
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "for a while")
    assert len(server.requests) == before


def test_the_day_s_tokens_are_a_limit(visit: Assistant, server: LLMServer) -> None:
    server.script = says(cites(TRUE), usage=(900, 200))
    writer = writes_with(visit, server, llm_daily_tokens=1400)
    assert shown(writer.ask(Question(WHO))) == [f"{TRUE}."]
    assert is_in_quotes(writer.ask(Question(WHO)), writer, "tokens are spent")


def test_tokens_and_times_are_told(writer: Assistant, server: LLMServer) -> None:
    server.script = says(cites(TRUE), usage=(321, 17))
    counted = writer.ask(Question(WHO))
    assert counted.tokens is not None
    assert (counted.tokens.prompt, counted.tokens.completion, counted.tokens.estimated) == (321, 17, False)
    assert {"retrieve", "read", "write", "generate", "verify", "total"} <= counted.timings_ms.keys()
    server.script = says(cites(TRUE))
    guessed = writer.ask(Question(WHO))
    assert guessed.tokens is not None
    assert guessed.tokens.estimated


def test_no_more_passages_are_sent_than_fit(tmp_path: Path, server: LLMServer) -> None:
    many = {
        f"{n}.md": f"# Note {n}\n\n" + f"The delegation met somebody at General Motors on day {n}. " * 12
        for n in range(9)
    }
    writer = open_writer(tmp_path, server, {"visit.md": VISIT, **many}, llm_context=1200)
    writer.ask(Question(WHO))
    assert 1 <= len(server.requests[-1].passages) < 6
    assert len(server.requests[-1].prompt) / 3 + 300 <= 1200


def test_the_question_stands_alone_and_passages_are_one_line_each(writer: Assistant, server: LLMServer) -> None:
    writer.ask(Question(WHO))
    assert server.requests[-1].question == WHO
    assert any("Laura Brandt" in text for text in server.requests[-1].passages.values())


def test_nothing_is_written_where_the_documents_do_not_answer(writer: Assistant, server: LLMServer) -> None:
    for question in ("Who paid for the dinner of the delegation?", "Quanto zucchero richiede una meringa svizzera?"):
        answer = writer.ask(Question(question))
        assert answer.status is not Status.ANSWERED
        assert answer.mode == "quotes"
    assert server.requests == []


def test_modes(writer: Assistant, server: LLMServer) -> None:
    assert writer.ask(Question(WHO, mode="quotes")).mode == "quotes"
    assert server.requests == []
    server.script = says(cites(TRUE))
    assert writer.ask(Question(WHO, mode="generate")).mode == "generate"
    writer.composer = None
    with pytest.raises(InvalidInput, match="generate"):
        writer.ask(Question(WHO, mode="generate"))


def test_a_reader_who_leaves_ends_the_writing(writer: Assistant, server: LLMServer) -> None:
    server.script = says(cites(TRUE, "The fair lasted three days"))

    class Gone(Exception):
        pass

    def leave(happening: Happening) -> None:
        if isinstance(happening, Stated):
            raise Gone

    with pytest.raises(Gone):
        writer.ask(Question(WHO), leave)


def test_the_key_is_sent_and_told_nowhere(
    visit: Assistant, server: LLMServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script = says(status=401, error="bad key")
    writer = writes_with(visit, server, llm_key="a-very-secret-key")
    answer = writer.ask(Question(WHO))
    assert server.requests[0].headers["Authorization"] == "Bearer a-very-secret-key"
    assert "a-very-secret-key" not in f"{caplog.text}{answer}"


# Prompts and sentences


def test_prompts_are_checked_when_they_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "system.md").write_text("Write in {language}. {absent}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"question\.md"):
        Prompts.load(tmp_path)
    (tmp_path / "question.md").write_text("{passages} {query}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="query, question"):
        Prompts.load(tmp_path)


WRITTEN = (
    "Il dott. Rossi era a Detroit. [1] Poi, alle 14.30, un vertice [2][3]. La sig.ra Bianchi no.[1]\n"
    "- Costa 1.200 euro [4, 5]\n**Fine** [1]."
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_sentences_are_the_same_however_the_stream_is_cut(size: int) -> None:
    cutter = Cutter()
    found = [p for n in range(0, len(WRITTEN), size) for p in cutter.feed(WRITTEN[n : n + size])] + cutter.end()
    assert [(p.text, p.marks) for p in found] == [
        ("Il dott. Rossi era a Detroit.", (1,)),
        ("Poi, alle 14.30, un vertice.", (2, 3)),
        ("La sig.ra Bianchi no.", (1,)),
        ("Costa 1.200 euro", (4, 5)),
        ("Fine.", (1,)),
    ]
