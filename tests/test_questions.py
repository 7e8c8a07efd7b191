"""What a question asks for is told by its grammar, in both languages, also when typed in a hurry."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.questions import Asked, asked, beside, compound, parts, subject, wants_several

KINDS = {
    Asked.WHO: [
        "Chi ha incontrato la delegazione?",
        "Con chi ha parlato il sindaco?",
        "chi e il direttore",
        "CHI HA FIRMATO?",
        "Who met the delegation?",
        "Whom did they meet at GM?",
        "who did the delegation meet at gm",
    ],
    Asked.WHEN: [
        "Quando è stata firmata l'intesa?",
        "In che data si è svolto il vertice?",
        "A che ora parte il treno?",
        "in quale anno",
        "quand'è la firma?",
        "When was it signed?",
        "On what date did they meet?",
        "Which year was it?",
    ],
    Asked.WHERE: [
        "Dove si è svolto l'incontro?",
        "dov'e il museo",
        "Dov’è il museo?",
        "In quale città si sono visti?",
        "Where was the summit?",
        "In which city did they meet?",
    ],
    Asked.HOW_MUCH: [
        "Quanti delegati c'erano?",
        "Quanto costa il treno?",
        "Qual è il costo della linea?",
        "How many people came?",
        "How long did it last?",
        "What was the price?",
    ],
    Asked.WHY: [
        "Perché è stato rinviato?",
        "perche e stato rinviato",
        "Per quale motivo?",
        "Why was it postponed?",
        "Come mai è chiuso?",
    ],
    Asked.HOW: [
        "Come si arriva al museo?",
        "Com’è andato il vertice?",
        "In che modo è finanziato?",
        "How is it funded?",
    ],
    Asked.NAME: [
        "Come si chiama il portavoce del comitato?",
        "come si chiamava la nave",
        "Qual è il nome del traghetto?",
        "Con quale soprannome è conosciuto?",
        "What is the captain's boat called?",
        "What was the name of the ferry?",
        "Under what name is it sold?",
    ],
    Asked.WHETHER: ["È vero che GM aprirà a Torino?", "Is it true that GM will open in Turin?", "Did the mayor sign?"],
    Asked.OTHER: [
        "What is the role of the man named Rossi?",
        "What is the plan called Ponte about?",
        "Che cosa produce lo stabilimento?",
        "Descrivi l'accordo",
        "programma vertice aprile",
        "",
        "?",
    ],
}


@pytest.mark.parametrize("kind, question", [(k, q) for k, qs in KINDS.items() for q in qs])
def test_the_kind_of_thing_asked_for(kind: Asked, question: str) -> None:
    assert asked(question) is kind


def test_the_first_question_word_counts() -> None:
    assert asked("Chi ha detto quando si firma?") is Asked.WHO
    assert asked("Quando arriva chi deve firmare?") is Asked.WHEN


@pytest.mark.parametrize(
    "question, expected",
    [
        ("Quanti delegati c'erano e quando sono partiti?", ["Quanti delegati c'erano", "quando sono partiti?"]),
        ("Who signed the agreement, and where was it signed?", ["Who signed the agreement", "where was it signed?"]),
        ("Chi ha firmato e con chi ha parlato?", ["Chi ha firmato", "con chi ha parlato?"]),
        ("Chi ha incontrato Torino e Savona?", ["Chi ha incontrato Torino e Savona?"]),
        ("Dove e quando si è svolto?", ["Dove e quando si è svolto?"]),
        ("Chi ha firmato e dov’è la sede?", ["Chi ha firmato", "dov’è la sede?"]),
        ("Quanti erano?", ["Quanti erano?"]),
    ],
)
def test_the_parts_of_a_question(question: str, expected: list[str]) -> None:
    assert [piece.text for piece in parts(question)] == expected


def test_a_later_part_takes_along_what_the_first_is_about() -> None:
    first, second = parts("Quante imprese di macchine agricole erano annunciate e quante hanno poi partecipato?")
    assert first.alone == first.text
    assert second.alone == "quante hanno poi partecipato? — imprese di macchine agricole erano annunciate"
    assert asked(second.alone) is Asked.HOW_MUCH


def test_every_part_of_a_follow_up_keeps_what_it_leans_on() -> None:
    pieces = parts(beside("E quando arrivano e quanti sono?", "i delegati di Savona"))
    assert all("delegati di Savona" in piece.alone for piece in pieces)
    assert all("Savona" not in piece.text for piece in pieces)


@pytest.mark.parametrize(
    "question",
    [
        "Quali città hanno aderito?",
        "Elenca i firmatari",
        "Chi erano i relatori?",
        "Which cities joined?",
        "Who were the speakers?",
        "List the speakers",
    ],
)
def test_questions_that_want_several_things(question: str) -> None:
    assert wants_several(question)


@pytest.mark.parametrize("question", ["Qual è la capitale?", "Chi ha firmato?", "Who signed?", "Quanto costa?"])
def test_questions_that_want_one_thing(question: str) -> None:
    assert not wants_several(question)


@given(st.text(max_size=120))
def test_no_text_raises_and_no_part_is_lost(text: str) -> None:
    assert asked(text) in Asked
    assert parts(text)
    assert wants_several(text) in (True, False)


def test_one_thing_asked_in_two_ways_stays_one_question() -> None:
    question = "A che ora e in quale luogo è prevista la firma?"
    assert [piece.alone for piece in parts(question)] == [question]


def test_a_part_may_ask_with_a_preposition_and_che() -> None:
    pieces = parts("Quanti treni ha venduto Savona e a che velocità massima viaggiano?")
    assert [piece.text for piece in pieces] == ["Quanti treni ha venduto Savona", "a che velocità massima viaggiano?"]


@pytest.mark.parametrize("hard", [" " * 20_000, "." * 20_000 + "x", "?" * 20_000 + "x", " e" * 10_000])
def test_hostile_questions_cost_no_more_than_their_length(hard: str) -> None:
    started = time.process_time()
    for look in (parts, subject, compound):
        look(f"Chi {hard}?")
    assert time.process_time() - started < 5
