"""What every answer must hold, whatever a reader says: a thing of the kind asked for, of the measure asked for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from texts import document

from rag.demands import of_another_rank, only_counts, says_kind
from rag.errors import ConfigurationError
from rag.evidence import Calibration
from rag.language.questions import Asked
from rag.models import Hit
from rag.passages import passages

ELSEWHERE = next(
    Hit(p, d, 1.0)
    for d in [document("# Visite\n\nIl vertice si è tenuto al Warren Technical Center.\n")]
    for p in passages(d)
)


@pytest.mark.parametrize(
    "question, said, holds",
    [
        ("Chi ha incontrato la delegazione a Warren?", "La delegazione ha incontrato Laura Brandt a Warren.", True),
        ("Chi ha incontrato la delegazione a Warren?", "La delegazione è stata ricevuta a Warren.", False),
        ("Who did the delegation meet?", "The delegation met at the Technical Center.", False),
        ("Who did the delegation meet?", "It went on with visits to the plants of Toyota and Ford.", False),
        ("Chi c'era?", "Al tavolo sedeva il sindaco Rossi.", True),
        ("Chi rappresentava la banca?", "| Contea di Oakland | Manager ai tavoli operativi |", False),
        ("Chi rappresentava la banca?", "| Vertice strategico | Warren Technical Center |", False),
        ("Chi rappresentava la banca?", "| Banca Fiorente | Elena Sartori |", True),
    ],
)
def test_a_question_for_somebody_wants_a_name_that_it_does_not_hold(question: str, said: str, holds: bool) -> None:
    assert says_kind(Asked.WHO, said, question, [ELSEWHERE]) is holds


@pytest.mark.parametrize(
    "question, said, holds",
    [
        ("Come si chiama il portavoce?", "Il portavoce del comitato ha protestato.", False),
        ("Come si chiama il portavoce?", "Il portavoce è Ivo Sandri.", True),
        ("Come si chiama il portavoce?", "Ivo Sandri, portavoce del comitato, ha protestato.", True),
        ("What is the grey mould called?", "The grey mould is called “cat's fur” here.", True),
        ("What is the ferry called?", "The ferry leaves at noon.", False),
        ("Come si chiama il traghetto per Avala?", "Per Avala parte un traghetto alle nove.", False),
    ],
)
def test_a_question_for_a_name_wants_one_that_it_does_not_hold(question: str, said: str, holds: bool) -> None:
    assert says_kind(Asked.NAME, said, question) is holds


@pytest.mark.parametrize(
    "question, said, holds",
    [
        ("Con quali imprenditori ha cenato?", "Alla cena c'erano una trentina di imprenditori.", True),
        ("Which firms signed?", "It was signed by 38 firms of the valley.", True),
        ("Which firms signed?", "It was signed by 38 firms, among them Avala and Brenva.", False),
        ("Quali merci viaggiano?", "Viaggiano tre merci: agrumi, lana e cellulosa.", False),
        ("Which goods are sent?", "Citrus, wool and pulp.", False),
        ("Quante imprese hanno firmato?", "Hanno firmato 38 imprese.", False),
    ],
)
def test_how_many_is_no_answer_to_which(question: str, said: str, holds: bool) -> None:
    assert only_counts(question, said) is holds


def test_a_sentence_of_one_word_over_and_over_costs_no_more_than_its_length() -> None:
    started = time.process_time()
    only_counts("Quali imprese hanno firmato?", "imprese " * 5_000)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("content", ["", "[]", '{"weights": {}}', '{"weights": {"a": "b"}, "bias": 0}'])
def test_a_file_that_is_no_calibration_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"calibration\.json"):
        Calibration.load(path)


def test_probabilities_follow_the_weights() -> None:
    calibration = Calibration({"reader": 2.0}, -1.0)
    low, high = (calibration.probability({"reader": x, "unknown": 9.0}) for x in (-1.0, 1.0))
    assert 0 < low < 0.5 < high < 1


@pytest.mark.parametrize(
    "question, said, language, holds",
    [
        ("Who is the mayor of Karsund?", "Eva Holm, Deputy Mayor of Karsund, led it.", "en", True),
        ("Who is the mayor of Karsund?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", True),
        ("Chi è la sindaca di Karsund?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", True),
        ("Chi è il direttore del porto?", "It was opened by Paul Gray, former director of the port.", "en", True),
        ("Chi è la sindaca di Karsund?", "La guidava Eva Holm, sindaca di Karsund.", "it", False),
        ("Who is the deputy mayor of Karsund?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", False),
        ("Who is the deputy mayor of Karsund?", "Eva Holm, mayor of Karsund, led it.", "en", True),
        ("Who is the vice-president of Norvik?", "La guidava Ivo Sandri, presidente di Norvik.", "it", True),
        ("Chi è il vicepresidente di Norvik?", "Ivo Sandri, presidente di Norvik, era assente.", "it", True),
        ("Chi era l'ex sindaca di Karsund?", "La guidava Eva Holm, ex sindaca di Karsund.", "it", False),
        ("Who is Eva Holm?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", False),
        ("Who led the delegation?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", False),
        ("Chi guidava la delegazione?", "La guidava la vicesindaca Eva Holm.", "it", False),
    ],
)
def test_a_deputy_or_a_former_holder_is_not_who_holds_the_office(
    question: str, said: str, language: str, holds: bool
) -> None:
    assert of_another_rank(question, said, language) is holds
