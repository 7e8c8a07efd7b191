"""What every answer must hold, whatever a reader says: a thing of the kind asked for, of the measure asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from texts import document

from rag.demands import of_another_rank, says_kind, says_measure
from rag.errors import ConfigurationError
from rag.evidence import Calibration
from rag.language.questions import Asked, Measure
from rag.models import Hit
from rag.passages import passages

ELSEWHERE = next(
    Hit(p, d, 1.0)
    for d in [document("# Visite\n\nIl vertice si è tenuto al Warren Technical Center.\n")]
    for p in passages(d)
)


@pytest.mark.parametrize(
    "wanted, said, above, holds",
    [
        (Measure.MONEY, "La linea è costata 93,5 milioni di euro.", "", True),
        (Measure.MONEY, "La linea è lunga 93,5 chilometri.", "", False),
        (Measure.MONEY, "Comune · 305.000", "Costi (euro)", True),
        (Measure.MONEY, "Comune · 305.000", "Abitanti", False),
        (Measure.MONEY, "It was paid for by the county.", "Costs in $", False),
        (Measure.MONEY, "Il comune avrà il 55 per cento.", "Spese per 38 milioni di euro", False),
        (Measure.WEIGHT, "La campana pesa 40 kg.", "", True),
        (Measure.WEIGHT, "La campana è alta quaranta centimetri.", "", False),
        (Measure.TIME, "Il contratto dura dieci anni.", "", True),
        (Measure.TIME, "Dal 3 al 7 marzo.", "", True),
        (Measure.TIME, "Il contratto vale dieci milioni.", "", False),
    ],
)
def test_an_amount_is_of_the_measure_asked_for(wanted: Measure, said: str, above: str, holds: bool) -> None:
    assert says_measure(wanted, said, above, "en" if "paid" in said else "it") is holds


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
        ("Who is Eva Holm?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", False),
        ("Who led the delegation?", "La guidava Eva Holm, vicesindaca di Karsund.", "it", False),
        ("Chi guidava la delegazione?", "La guidava la vicesindaca Eva Holm.", "it", False),
    ],
)
def test_a_deputy_or_a_former_holder_is_not_who_holds_the_office(
    question: str, said: str, language: str, holds: bool
) -> None:
    assert of_another_rank(question, said, language) is holds
