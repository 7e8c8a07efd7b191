"""Answers written by a model: shown sentence by sentence, each verified, and defined results for every fault."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from llm_server import LLMServer, Reply, Request, says
from standins import open_assistant, turns
from writing import COST, FALSE, TRUE, VISIT, WHO, cites, dropped, open_writer, shown

from rag.assistant import Assistant
from rag.errors import ConfigurationError, InvalidInput
from rag.models import Evidenced, Happening, Question, Stated, Status, Support
from rag.settings import Settings
from rag.writing.cutting import Cutter
from rag.writing.generation import Prompts
from rag.writing.llm import build_generator


def test_a_verified_sentence_is_the_answer(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE))
    answer = writer.ask(Question(WHO))
    assert answer.status is Status.ANSWERED
    assert [(s.text, s.support) for s in answer.statements] == [(f"{TRUE}.", Support.VERIFIED)]
    assert answer.text == f"{TRUE}. [1]"
    assert (answer.mode, answer.model) == ("generate", "openai-like:scripted")
    assert "Laura Brandt" in answer.citations[0].quote


def test_what_is_not_borne_out_is_kept_in_the_reply_and_never_in_the_answer(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE, FALSE))
    answer = writer.ask(Question(WHO))
    assert dropped(answer) == [f"{FALSE}."]
    assert "Musk" not in answer.text


def test_sentences_arrive_one_by_one_while_the_model_is_still_writing(writer: Assistant, llm: LLMServer) -> None:
    hold, first = threading.Event(), threading.Event()
    llm.script = lambda _: Reply((cites(TRUE), " The", " end [1]."), hold=hold)
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


def test_each_statement_comes_behind_the_citation_it_needs(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE))
    numbers: list[int] = []

    def tell(happening: Happening) -> None:
        if isinstance(happening, Evidenced):
            numbers[:] = [c.number for c in happening.citations]
        else:
            assert set(happening.statement.citations) <= set(numbers)

    writer.ask(Question(WHO), tell)
    assert numbers


def test_a_wrong_or_missing_mark_is_mended_by_the_passage_that_bears_it_out(writer: Assistant, llm: LLMServer) -> None:
    for marked in (f"{TRUE} [77].", f"{TRUE}.", f"{TRUE} [2]."):
        llm.script = says(marked)
        answer = writer.ask(Question(WHO))
        assert shown(answer) == [f"{TRUE}."]
        assert "Laura Brandt" in answer.citations[0].quote


def test_a_sentence_that_repeats_its_source_is_shown_as_a_quote(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says("The mission cost 12 million euros and lasted five days [1].")
    answer = writer.ask(Question(COST))
    assert [s.support for s in answer.statements] == [Support.QUOTED]


@pytest.mark.parametrize(
    "text, question, written",
    [
        (
            "Anna Rossi met Paul Gray in Detroit in May.",
            "Where did Anna Rossi meet Paul Gray?",
            "Paul Rossi met Anna Gray in Detroit in May",
        ),
        (
            "Rivian will not build a factory in Turin, it may open a research centre.",
            "Will Rivian build a factory in Turin?",
            "Yes, Rivian will build a factory in Turin",
        ),
        (
            "The delegation met Laura Brandt at the General Motors centre in Warren.",
            "Where did the delegation meet Laura Brandt?",
            "Warren is the third largest city of Michigan",  # true, and no document says so
        ),
    ],
)
def test_what_the_documents_do_not_say_is_not_shown(
    tmp_path: Path, llm: LLMServer, text: str, question: str, written: str
) -> None:
    llm.script = says(cites(written))
    writer = open_writer(tmp_path, llm, {"note.md": f"# Note\n\n{text}\n"})
    answer = writer.ask(Question(question))
    assert dropped(answer) == [f"{written}."]
    assert (answer.status, answer.mode) == (Status.ANSWERED, "quotes")
    assert written not in answer.text
    assert text in answer.text


ITALIAN = "La delegazione ha incontrato Laura Brandt alla General Motors di Warren."
ENGLISH = "The delegation met Laura Brandt at the General Motors centre in Warren."


@pytest.mark.parametrize(
    "document, language, true, another",
    [
        (
            ENGLISH,
            "it",
            "La delegazione ha incontrato Laura Brandt a Warren.",
            "Laura Brandt ha visto gli operai di un forno a Warren.",
        ),
        (
            ITALIAN,
            "en",
            "The delegation met Laura Brandt in Warren.",
            "Laura Brandt saw the workers of a furnace in Warren.",
        ),
    ],
)
def test_an_answer_is_written_in_the_question_s_language_over_quotes_in_the_source_s(
    tmp_path: Path, llm: LLMServer, document: str, language: str, true: str, another: str
) -> None:
    llm.script = says(f"{true} [1] {another} [1]")
    question = {"it": "Chi ha incontrato la delegazione alla General Motors?", "en": WHO}[language]
    answer = open_writer(tmp_path, llm, {"note.md": f"{document}\n"}).ask(Question(question))
    assert (answer.language, answer.mode, answer.status) == (language, "generate", Status.ANSWERED)
    assert [(s.text, s.support) for s in answer.statements] == [
        (true, Support.VERIFIED),
        (another, Support.UNSUPPORTED),  # its names and values stand there: what it means does not
    ]
    assert [c.quote for c in answer.citations] == [document]
    assert "Write in " + {"it": "Italian", "en": "English"}[language] in llm.requests[-1].prompt


def test_a_sentence_whose_source_says_yesterday_is_not_superseded(tmp_path: Path, llm: LLMServer) -> None:
    text = "---\ntitle: Note\ndate: 2025-04-30\n---\nYesterday Anna Rossi met Paul Gray of Ford in Detroit.\n"
    llm.script = says(cites("Anna Rossi met Paul Gray in Detroit"))
    answer = open_writer(tmp_path, llm, {"note.md": text}).ask(Question("Where did Anna Rossi meet Paul Gray?"))
    assert [note.kind for note in answer.notes] == ["date"]
    assert shown(answer) == ["Anna Rossi met Paul Gray in Detroit."]


def test_a_true_aside_does_not_stand_alone(writer: Assistant, llm: LLMServer) -> None:
    def aside(request: Request) -> Reply:
        return Reply((f"The delegation did not visit the Rivian factory [{request.number_of('Rivian')}].",))

    llm.script = aside
    answer = writer.ask(Question(WHO))
    assert "Laura Brandt" in answer.text


def test_tokens_and_times_are_told(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE), usage=(321, 17))  # told only because the client asks for it
    counted = writer.ask(Question(WHO))
    assert counted.tokens is not None
    assert (counted.tokens.prompt, counted.tokens.completion, counted.tokens.estimated) == (321, 17, False)
    assert {"retrieve", "read", "write", "generate", "verify", "total"} <= counted.timings_ms.keys()
    llm.script = says(cites(TRUE))
    guessed = writer.ask(Question(WHO))
    assert guessed.tokens is not None
    assert guessed.tokens.estimated


def test_no_more_passages_are_sent_than_fit(tmp_path: Path, llm: LLMServer) -> None:
    many = {
        f"{n}.md": f"# Note {n}\n\n" + f"The delegation met somebody at General Motors on day {n}. " * 12
        for n in range(9)
    }
    writer = open_writer(tmp_path, llm, {"visit.md": VISIT, **many}, llm_context=1200)
    writer.ask(Question(WHO))
    assert 1 <= len(llm.requests[-1].passages) < 6
    assert len(llm.requests[-1].prompt) / 3 + 300 <= 1200


def test_a_passage_too_long_to_be_sent_leaves_room_for_those_behind_it(tmp_path: Path, llm: LLMServer) -> None:
    long = "The delegation met Laura Brandt at General Motors, " + "and spoke of research at length, " * 30
    assistant = open_assistant(tmp_path, {"long.md": f"{long}.", "visit.md": VISIT})
    generator = build_generator(Settings(llm="openai-like:scripted", llm_base_url=llm.url, llm_context=1000))
    assert generator is not None
    hits = sorted(assistant.search(Question(WHO), 9), key=lambda hit: -len(hit.passage.text))
    given = generator.fitting(WHO, hits)
    assert given
    assert hits[0] not in given


def test_what_answers_is_sent_first(writer: Assistant, llm: LLMServer) -> None:
    for question, words in ((WHO, "Laura Brandt"), (COST, "12 million")):
        writer.ask(Question(question))
        assert words in llm.requests[-1].passages[1]


def test_a_question_that_leans_on_the_one_before_is_sent_whole(writer: Assistant, llm: LLMServer) -> None:
    history = turns(WHO, "Laura Brandt, at the General Motors centre in Warren.")
    writer.ask(Question("And who did the delegation meet there on 24 April?", history=history))
    assert "General Motors" in llm.requests[-1].question


def test_the_question_stands_alone_and_passages_are_one_line_each(writer: Assistant, llm: LLMServer) -> None:
    writer.ask(Question(WHO))
    assert llm.requests[-1].question == WHO
    assert any("Laura Brandt" in text for text in llm.requests[-1].passages.values())


def test_nothing_is_written_where_the_documents_do_not_answer(writer: Assistant, llm: LLMServer) -> None:
    for question in ("Who paid for the dinner of the delegation?", "Quanto zucchero richiede una meringa svizzera?"):
        answer = writer.ask(Question(question))
        assert answer.status is not Status.ANSWERED
        assert answer.mode == "quotes"
    assert llm.requests == []


def test_modes(writer: Assistant, llm: LLMServer) -> None:
    assert writer.ask(Question(WHO, mode="quotes")).mode == "quotes"
    assert llm.requests == []
    llm.script = says(cites(TRUE))
    assert writer.ask(Question(WHO, mode="generate")).mode == "generate"
    writer.composer = None
    with pytest.raises(InvalidInput, match="generate"):
        writer.ask(Question(WHO, mode="generate"))


# Prompts and sentences


def test_prompts_are_checked_when_they_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "system.md").write_text("Write in {language}. {absent}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"question\.md"):
        Prompts.load(tmp_path)
    (tmp_path / "question.md").write_text("{passages} {query}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="language, query, question"):
        Prompts.load(tmp_path)


WRITTEN = (
    "Il dott. Rossi era a Detroit. [1] Poi, alle 14.30, un vertice [2][3]. La sig.ra Bianchi no.[1]\n"
    "- Costa 1.200 euro [4, 5]\n**Fine** [1]."
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_what_a_model_thinks_aloud_is_no_sentence(size: int) -> None:
    thought = "\n<think>\nThe user asks who. Passage 1 says Brandt [1].\n\nIs it <b>?\n</think>\n\n"
    cutter, written = Cutter(), f"{thought}Laura Brandt [1]. She is head of research [2]."
    found = [p for n in range(0, len(written), size) for p in cutter.feed(written[n : n + size])] + cutter.end()
    assert [(p.text, p.marks) for p in found] == [("Laura Brandt.", (1,)), ("She is head of research.", (2,))]


def test_a_model_that_only_thinks_has_written_nothing(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(f"<think>{cites(TRUE)} And")
    (note,) = writer.ask(Question(WHO)).notes
    assert "wrote nothing" in note.text


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
