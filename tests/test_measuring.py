"""What an amount is of, in questions and in sentences: a width is no height, and a count of people no area."""

from __future__ import annotations

import time

import pytest

from rag.language.measuring import Measure, measure, of_another_dimension, tells


@pytest.mark.parametrize(
    "question, expected",
    [
        ("Quanto è costata la missione?", Measure.MONEY),
        ("How much did the new line cost?", Measure.MONEY),
        ("What was the budget?", Measure.MONEY),
        ("What is the yearly turnover of Norvik?", Measure.MONEY),
        ("Quanto fattura la cooperativa?", Measure.MONEY),
        ("quanto pesa la campana", Measure.WEIGHT),
        ("How much does the bell weigh?", Measure.WEIGHT),
        ("Quanti giorni dura la visita?", Measure.TIME),
        ("How many years did it take?", Measure.TIME),
        ("Quanti metri quadrati ha la sala?", Measure.AREA),
        ("How many hectares are planted?", Measure.AREA),
        ("How tall is the tower?", Measure.LENGTH),
        ("Quanto dista il porto?", Measure.LENGTH),
        ("Quanti chilometri ci sono fino al porto?", Measure.LENGTH),
        ("A che temperatura si conserva?", Measure.TEMPERATURE),
        ("A che ora è stata firmata?", Measure.CLOCK),
        ("At what time was it signed?", Measure.CLOCK),
        ("What time does the ferry leave?", Measure.CLOCK),
        ("Quanti delegati c'erano?", None),
        ("How much of the land is farmed?", None),
        ("Che quota del fatturato viene dall'estero?", None),
        ("What share of the turnover comes from abroad?", None),
        ("Quanti europei hanno partecipato?", None),
        ("Quanto è alto il tasso di occupazione?", Measure.SHARE),
        ("What percentage of the costs is paid back?", Measure.SHARE),
        ("Chi è il sindaco che ora guida la delegazione?", None),
        ("Chi paga?", None),
    ],
)
def test_what_an_amount_is_of(question: str, expected: Measure | None) -> None:
    assert measure(question) is expected


@pytest.mark.parametrize(
    "wanted, said, above, holds",
    [
        (Measure.MONEY, "La linea è costata 93,5 milioni di euro.", "", True),
        (Measure.MONEY, "The fare stays at 4.80 reais.", "", True),
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
        (Measure.AREA, "The hall covers 2,600 square metres.", "", True),
        (Measure.AREA, "Padiglione B · 640", "Superficie in m²", True),
        (Measure.AREA, "La sala ospita 640 persone.", "", False),
        (Measure.LENGTH, "The ship needs 700 lane metres.", "", True),
        (Measure.LENGTH, "La torre ha 120 gradini.", "", False),
        (Measure.CLOCK, "La firma è avvenuta alle 16:50.", "", True),
        (Measure.SHARE, "La percentuale sale al 75 %.", "", True),
        (Measure.SHARE, "One place in three is kept for women.", "", True),
        (Measure.SHARE, "Occupazione · 66,4", "Tassi, in %", True),
        (Measure.SHARE, "Workers · 175,000", "Michigan in figures", False),
        (Measure.CLOCK, "The ferry leaves at nine.", "", True),
        (Measure.CLOCK, "The letter was signed at the end of a visit to Plant 2.", "", False),
        (Measure.CLOCK, "La firma è avvenuta nello stabilimento 2.", "", False),
        (Measure.TEMPERATURE, "Si conserva a 8 °C.", "", True),
        (Measure.TEMPERATURE, "Si conserva per otto mesi.", "", False),
    ],
)
def test_an_amount_is_of_the_measure_asked_for(wanted: Measure, said: str, above: str, holds: bool) -> None:
    assert tells(wanted, said, above, "en" if "paid" in said or "The" in said else "it") is holds


@pytest.mark.parametrize(
    "question, said, holds",
    [
        ("Quanto è alta la torre?", "Larghezza: 4 m", True),
        ("Quanto è alta la torre?", "La torre è larga 4 metri.", True),
        ("How tall is the tower?", "The tower is 4 m wide.", True),
        ("Quanto pesa la chiave?", "La chiave, lunga quaranta centimetri, non apre niente.", True),
        ("Quanto è alta la torre?", "Altezza: 30 m, larghezza: 4 m", False),
        ("How tall is the tower?", "La torre è alta 30 metri.", False),
        ("How tall is the tower?", "It has 120 steps.", False),
        ("Quanto costa la torre?", "Larghezza: 4 m", False),
        ("Quanto è alta la torre?", "Il lungo lavoro è durato 3 anni.", False),
    ],
)
def test_one_dimension_is_not_another(question: str, said: str, holds: bool) -> None:
    assert of_another_dimension(question, said) is holds


@pytest.mark.parametrize("hard", ["alta " * 5_000, "how " * 5_000, "quanto e " * 5_000, "9 m " * 5_000, " " * 20_000])
def test_hostile_texts_cost_no_more_than_their_length(hard: str) -> None:
    started = time.process_time()
    measure(hard)
    of_another_dimension(f"Quanto è alta {hard}", hard)
    for wanted in (Measure.AREA, Measure.LENGTH, Measure.TEMPERATURE):
        tells(wanted, hard, hard, "it")
    assert time.process_time() - started < 2
