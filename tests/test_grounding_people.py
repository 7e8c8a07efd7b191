"""Sentences beside one source that differ in whom it speaks of: the true ones are borne out, the false ones are not."""

from __future__ import annotations

import time

import pytest
from bearing import PUBLISHER, bears_out, judged

from rag.writing.grounding import Doubt

# Names


@pytest.mark.parametrize(
    "language, title, text, true, false",
    [
        ("en", "Ford and General Motors in Michigan", "General Motors closed the Warren plant.",
         "General Motors closed the Warren plant.", "Ford closed the Warren plant."),
        ("it", "Intervista ad Anna Rossi", "Paolo Verdi ha guidato la missione.",
         "Paolo Verdi ha guidato la missione.", "Anna Rossi ha guidato la missione."),
        ("en", "Turin and Detroit", "Detroit will host the fair.", "Detroit will host the fair.",
         "Turin will host the fair."),
        ("it", "La visita a Torino", "La fiera si terrà a Cuneo.", "La fiera si terrà a Cuneo.",
         "La fiera si terrà a Torino."),
        ("en", "Nota", "General Motors closed the Warren plant.", "The Warren plant was closed by General Motors.",
         f"{PUBLISHER} closed the Warren plant."),
        ("it", "Nota", "La delegazione ha incontrato Laura Brandt.", "La delegazione ha incontrato Laura Brandt.",
         f"{PUBLISHER} ha incontrato Laura Brandt."),
    ],
)  # fmt: skip
def test_a_name_above_does_not_take_the_place_of_one_in_the_sentence(
    language: str, title: str, text: str, true: str, false: str
) -> None:
    assert bears_out(true, language, text, title=title)
    assert judged(false, language, text, title=title) == {Doubt.NAME}


@pytest.mark.parametrize(
    "language, title, text, true",
    [
        ("en", "Ford in Michigan", "The plant closed in May.", "The Ford plant closed in May."),
        ("it", "Ford in Michigan", "Lo stabilimento ha chiuso a maggio.", "Lo stabilimento Ford ha chiuso a maggio."),
        ("en", "Laura Brandt", "She met the delegation in Warren.", "Laura Brandt met the delegation."),
        ("it", "Laura Brandt", "Ha incontrato la delegazione a Warren.", "Laura Brandt ha incontrato la delegazione."),
        ("it", "Nota", "Anna Rossi è l'assessore. Lei ha guidato la missione a Warren.",
         "Anna Rossi ha guidato la missione."),
    ],
)  # fmt: skip
def test_a_name_above_counts_where_nobody_else_stands_in_its_place(
    language: str, title: str, text: str, true: str
) -> None:
    assert bears_out(true, language, text, title=title)


# Who is spoken of


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "Anna Rossi praised the fair, while Paul Gray criticised the costs.",
         ["Paul Gray criticised the costs.", "Anna Rossi praised the fair."],
         ["Anna Rossi criticised the costs.", "Paul Gray praised the fair.", "Anna Rossi criticised the fair."]),
        ("it", "Anna Rossi ha lodato la fiera e Paolo Verdi ha criticato i costi.",
         ["Paolo Verdi ha criticato i costi.", "Anna Rossi ha lodato la fiera."],
         ["Anna Rossi ha criticato i costi.", "Paolo Verdi ha lodato la fiera."]),
        ("en", "Ford invested in Michigan and Toyota in Ohio.", ["Ford invested in Michigan."],
         ["Ford invested in Ohio.", "Toyota invested in Michigan."]),
        ("it", "Ford ha investito in Michigan e Toyota in Ohio.", ["Ford ha investito in Michigan."],
         ["Ford ha investito in Ohio."]),
        ("it", "Erano presenti Anna Rossi, assessore, e Paolo Verdi, che guida la Camera di commercio.",
         ["Paolo Verdi guida la Camera di commercio.", "Era presente Anna Rossi."],
         ["Anna Rossi guida la Camera di commercio."]),
        ("en", "Present were Anna Rossi, councillor, and Paul Gray, who heads the chamber of commerce.",
         ["Paul Gray heads the chamber of commerce."], ["Anna Rossi heads the chamber of commerce."]),
        ("it", "La missione era guidata da Andrea Tronzano, assessore, e da Michela Favaro, vicesindaca.",
         ["Michela Favaro, vicesindaca, guidava la missione."], ["Andrea Tronzano, vicesindaca, guidava la missione."]),
    ],
)  # fmt: skip
def test_what_is_said_of_one_is_not_said_of_another(
    language: str, text: str, true: list[str], false: list[str]
) -> None:
    assert [s for s in true if not bears_out(s, language, text)] == []
    assert [s for s in false if Doubt.ROLES not in judged(s, language, text)] == []


@pytest.mark.parametrize(
    "language, text, true",
    [
        ("en", "Anna Rossi met Paul Gray and Laura Brandt in Warren.", "Anna Rossi met Paul Gray in Warren."),
        ("en", "Anna Rossi met Paul Gray and Laura Brandt for talks on batteries.",
         "Anna Rossi met Paul Gray for talks on batteries."),
        ("it", "Anna Rossi e Paolo Verdi guidano la missione.", "Anna Rossi guida la missione."),
        ("it", "Anna Rossi, sindaca, e Paolo Verdi, assessore, guidano la missione.", "Anna Rossi guida la missione."),
        ("it", "Ford e Toyota hanno investito in Ohio.", "Ford ha investito in Ohio."),
        ("en", "Laura Brandt, head of research at General Motors, met the delegation in Warren.",
         "Laura Brandt met the delegation in Warren."),
    ],
)  # fmt: skip
def test_a_list_shares_what_is_said_of_all(language: str, text: str, true: str) -> None:
    assert bears_out(true, language, text)


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "The firms criticised the region.", "The region was criticised by the firms.",
         "The region criticised the firms."),
        ("it", "Le imprese criticano la regione.", "La regione è criticata dalle imprese.",
         "La regione critica le imprese."),
    ],
)  # fmt: skip
def test_any_noun_keeps_its_place(language: str, text: str, true: str, false: str) -> None:
    assert bears_out(true, language, text)
    assert Doubt.ROLES in judged(false, language, text)


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "The mayor thanked the minister.", "The minister was thanked.", "The mayor was thanked."),
        ("it", "Il sindaco ha ringraziato il ministro.", "Il ministro è stato ringraziato.",
         "Il sindaco è stato ringraziato."),
        ("it", "La regione premiò le imprese.", "Le imprese furono premiate.", "La regione fu premiata."),
        ("en", "The mayor was thanked before the minister.", "The mayor was thanked.",
         "The mayor thanked the minister."),
    ],
)  # fmt: skip
def test_whoever_does_a_thing_does_not_undergo_it(language: str, text: str, true: str, false: str) -> None:
    assert Doubt.ROLES not in judged(true, language, text)
    assert Doubt.ROLES in judged(false, language, text)


def test_a_word_without_an_end_costs_no_more_than_its_length() -> None:
    began = time.perf_counter()
    judged("The mayor was thanked.", "en", f"The mayor thanked the {'a' * 20_000}.")
    assert time.perf_counter() - began < 2


def test_a_perfect_tense_with_to_be_is_no_passive() -> None:
    assert Doubt.ROLES not in judged("Il sindaco è arrivato.", "it", "Il sindaco arrivò martedì.")


def test_across_languages_a_name_that_stands_with_another_is_not_borrowed() -> None:
    text = "Ford ha investito in Michigan e Toyota in Ohio."
    assert bears_out("Ford invested in Michigan.", "en", text, "it")
    assert Doubt.ROLES in judged("Ford invested in Ohio.", "en", text, "it")


# Somebody's words


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "According to Anna Rossi, the fair will create new jobs in Turin.",
         ["According to Anna Rossi, the fair will create jobs.", "The fair will create jobs, according to Anna Rossi."],
         ["The fair will create new jobs in Turin.", "According to Paul Gray, the fair will create new jobs."]),
        ("it", "Secondo Anna Rossi la fiera creerà nuovi posti a Torino.",
         ["Secondo Anna Rossi la fiera creerà nuovi posti.", "Anna Rossi sostiene che la fiera creerà nuovi posti."],
         ["La fiera creerà nuovi posti a Torino."]),
        ("it", "Il sindaco ha detto che il ponte è sicuro.",
         ["Il sindaco ha detto che il ponte è sicuro."], ["Il ponte è sicuro."]),
        ("en", "The mayor believes that the bridge is safe.",
         ["The mayor believes that the bridge is safe."], ["The bridge is safe."]),
        ("en", "The bridge closed on 3 May, and the mayor said that the costs are high.",
         ["The bridge closed on 3 May."], ["The costs are high."]),
    ],
)  # fmt: skip
def test_what_somebody_says_needs_whoever_says_it(language: str, text: str, true: list[str], false: list[str]) -> None:
    assert [s for s in true if not bears_out(s, language, text)] == []
    assert [s for s in false if bears_out(s, language, text)] == []
    assert Doubt.SAYING in judged(false[0], language, text)


@pytest.mark.parametrize(
    "language, sentence, borne",
    [
        ("en", "The fair will create new jobs in Torino.", False),
        ("en", "According to Anna Rossi, the fair will create new jobs in Torino.", True),
        ("en", "According to Paul Gray, the fair will create new jobs in Torino.", False),
    ],
)
def test_across_languages_too(language: str, sentence: str, borne: bool) -> None:
    text = "Secondo Anna Rossi, la fiera creerà nuovi posti a Torino."
    assert bears_out(sentence, language, text, "it") is borne


def test_what_a_document_says_by_its_own_rules_is_nobody_s_saying() -> None:
    assert bears_out("Ford pays the costs.", "en", "According to the contract, Ford pays the costs.")
    assert bears_out("Ford paga i costi.", "it", "Secondo il contratto Ford paga i costi.")


def test_a_sentence_inside_a_longer_quotation_is_somebody_s() -> None:
    text = "«Il ponte è vecchio. I costi del cantiere saliranno presto», ha detto il sindaco."
    assert Doubt.SAYING in judged("I costi del cantiere saliranno.", "it", text)
