"""The questions that the shipped corpus must answer rightly, with the packaged model and the shipped reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.composition import build_assistant
from rag.models import Question, Status
from rag.rendering import answer_json
from rag.settings import Settings
from rag.store import ownership

CORPUS = Path(__file__).parent.parent / "corpus"
pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    data = tmp_path_factory.mktemp("data")
    made, loading = build_assistant(Settings(corpus=(CORPUS,), data=data))
    loading.run()
    yield made
    ownership.release(data)


@pytest.mark.parametrize(
    "question", ["who did the delegation meet at GM?", "Chi ha incontrato la delegazione alla GM?"]
)
def test_who_was_met_at_gm_is_partial_and_names_nobody(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(Question(question))
    assert answer.status is Status.PARTIAL
    assert any("General Motors" in citation.display for citation in answer.citations)
    assert "Filosa" not in json.dumps(answer_json(answer), ensure_ascii=False)


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
