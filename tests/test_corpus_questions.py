"""The questions that the shipped corpus must answer rightly, with the packaged model and the shipped reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from llm_server import LLMServer, says
from writing import dropped, shown

from rag.assistant import Assistant
from rag.composition import build_assistant
from rag.models import Question, Status
from rag.rendering import answer_json
from rag.settings import Settings
from rag.store import ownership
from rag.writing.composing import Composer

CORPUS = Path(__file__).parent.parent / "corpus"
pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def llm() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture(scope="module")
def composer_and_assistant(
    tmp_path_factory: pytest.TempPathFactory, llm: LLMServer
) -> Iterator[tuple[Composer, Assistant]]:
    data = tmp_path_factory.mktemp("data")
    settings = Settings(corpus=(CORPUS,), data=data, llm="openai-like:scripted", llm_base_url=llm.url)
    made, loading = build_assistant(settings)
    assert made.composer is not None
    composer = made.composer
    loading.run()
    yield composer, made
    ownership.release(data)


@pytest.fixture
def assistant(composer_and_assistant: tuple[Composer, Assistant]) -> Assistant:
    """Answers in quotes."""
    _, made = composer_and_assistant
    made.composer = None
    return made


@pytest.fixture
def writer(composer_and_assistant: tuple[Composer, Assistant]) -> Assistant:
    """The same assistant, which writes with the scripted server."""
    composer, made = composer_and_assistant
    made.composer = composer
    return made


@pytest.mark.parametrize(
    "question", ["who did the delegation meet at GM?", "Chi ha incontrato la delegazione alla GM?"]
)
def test_who_was_met_at_gm_is_partial_and_names_nobody(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(Question(question))
    assert answer.status is Status.PARTIAL
    assert any("General Motors" in citation.display for citation in answer.citations)
    assert "Filosa" not in json.dumps(answer_json(answer), ensure_ascii=False)


@pytest.mark.parametrize("question", ["Who is the mayor of Turin?", "Chi è il sindaco di Torino?"])
def test_the_deputy_mayor_is_not_given_for_the_mayor(assistant: Assistant, question: str) -> None:
    assert assistant.ask(Question(question)).status is not Status.ANSWERED


def test_who_was_met_for_stellantis_is_antonio_filosa(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Chi ha incontrato la delegazione per Stellantis?"))
    assert answer.status is Status.ANSWERED
    assert "Antonio Filosa" in answer.text


def test_michigan_has_over_950_plants(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Quanti stabilimenti ha il Michigan?"))
    assert answer.status is Status.ANSWERED
    assert "oltre 950" in answer.text


def test_rivian_comes_for_a_research_centre_and_not_a_plant(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Will Rivian build a factory in Turin?"))
    assert answer.status is Status.ANSWERED
    assert "research centre" in answer.text
    assert any(re.search(r"\bnot (?:a|the) \w+", citation.display) for citation in answer.citations)


def test_what_no_document_speaks_of_is_not_found(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Che tempo farà domani pomeriggio a Roma?"))
    assert answer.status is Status.NOT_FOUND
    assert answer.citations == ()


# Written by a model, checked by the packaged ones


@pytest.mark.parametrize(
    "question, spoken, true, false",
    [
        (
            "Will Rivian build a factory in Turin?",
            "it",
            "The dialogue with Rivian concerns a possible mission to Turin.",
            [
                "Yes, Rivian will build a factory in Turin.",
                "The purpose of the visit would be to assess a factory, not a research centre.",
                "Rivian introduced Allegra Baistrocchi to the delegation.",
                "The dialogue with Rivian concerns a possible mission to Torrance.",
            ],
        ),
        (
            "A cosa serve la visita di Rivian?",
            "en",
            "Una visita servirebbe a valutare un centro ricerche, non uno stabilimento.",
            [
                "Sì, Rivian costruirà uno stabilimento a Torino.",
                "Una visita servirebbe a valutare uno stabilimento, non un centro ricerche.",
                "Rivian ha presentato Allegra Baistrocchi alla delegazione.",
                "Gli americani verrebbero a Torrance per valutare un centro ricerche.",
            ],
        ),
    ],
    ids=["English over Italian", "Italian over English"],
)
def test_of_what_is_written_over_the_other_language_the_true_alone_is_shown(
    writer: Assistant, llm: LLMServer, question: str, spoken: str, true: str, false: list[str]
) -> None:
    documents = writer.retriever.library.documents.values()
    llm.script = says(*(f"{sentence} [1] " for sentence in (*false, true)))
    answer = writer.ask(Question(question, documents=frozenset(d.id for d in documents if d.language == spoken)))
    assert shown(answer) == [true]
    assert dropped(answer) == false
