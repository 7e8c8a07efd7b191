"""A follow-up question stands alone before it is searched for; a question that stands alone is left as it is."""

from __future__ import annotations

import pytest
from standins import turns

from rag.conversation import leans, standalone
from rag.language.questions import Asked, asked
from rag.models import Question

FIRST = "Chi ha incontrato la delegazione di Torino a Warren il 24 aprile?"
REPLY = "**Laura Brandt** [1] — «La delegazione ha incontrato Laura Brandt.» [1]"


def alone(text: str, *history: str) -> str:
    return standalone(Question(text, turns(*history))).text


def test_a_first_question_is_left_as_it_is() -> None:
    assert alone("E quando?") == "E quando?"


def test_a_question_that_stands_alone_is_left_as_it_is() -> None:
    text = "Quanti delegati del Politecnico di Torino hanno firmato il protocollo con Savona?"
    assert alone(text, FIRST, REPLY) == text


@pytest.mark.parametrize(
    "text", ["E quando?", "Che ruolo ha lei nella direzione della ricerca?", "And where did they meet him afterwards?"]
)
def test_a_follow_up_takes_the_last_question_and_the_names_of_its_answer_along(text: str) -> None:
    whole = alone(text, FIRST, REPLY)
    assert whole.startswith(text)
    assert "la delegazione di Torino a Warren il 24 aprile" in whole
    assert "Laura Brandt" in whole


def test_a_follow_up_asks_for_what_it_asks_for_and_not_for_what_the_question_before_did() -> None:
    assert asked(alone("E quando?", FIRST, REPLY)) is Asked.WHEN


def test_a_follow_up_to_a_follow_up_reaches_back_to_what_both_lean_on() -> None:
    assert "delegazione di Torino" in alone("E dove?", FIRST, REPLY, "E quando?", "Il 24 aprile. [1]")


def test_a_subject_that_was_left_behind_does_not_come_back() -> None:
    other = "Quanto costa il nuovo treno a idrogeno della linea per Savona?"
    whole = alone("E quando parte?", FIRST, REPLY, other, "Dieci milioni. [1]")
    assert "Warren" not in whole
    assert "idrogeno" in whole


def test_everything_but_the_text_stays() -> None:
    question = Question("E dove?", turns(FIRST, REPLY), language="it", documents=frozenset({"d"}), public_only=True)
    made = standalone(question)
    assert (made.history, made.language, made.documents, made.public_only) == (
        question.history,
        "it",
        frozenset({"d"}),
        True,
    )


def test_a_very_long_history_keeps_the_question() -> None:
    assert alone("E dove?", "parola " * 5000, REPLY).startswith("E dove?")
    assert len(alone("E dove?", "parola " * 5000, REPLY)) <= 1000


@pytest.mark.parametrize(
    "text, expected",
    [
        ("e a Torino?", True),
        ("chi c'era?", True),
        ("What did she say about the new factory?", True),
        ("Quanti soldi sono stati stanziati per la linea?", False),
        ("How much money was granted for the new line?", False),
    ],
)
def test_what_leans(text: str, expected: bool) -> None:
    assert leans(text) is expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("E Mario Bianchi?", "Chi è Mario Bianchi?"),
        ("And Mario Bianchi?", "Chi è Mario Bianchi?"),
    ],
)
def test_another_name_alone_asks_the_same_of_somebody_else(text: str, expected: str) -> None:
    assert alone(text, "Chi è Anna Rossi?", "Anna Rossi è la sindaca. [1]") == expected


def test_a_question_word_is_no_name() -> None:
    assert alone("E quando?", "Chi è Anna Rossi?", "La sindaca. [1]").startswith("E quando?")
