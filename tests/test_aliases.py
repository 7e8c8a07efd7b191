"""Acronyms and the names they stand for, learned from the corpus alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.language.aliases import find_aliases, spells

CORPUS = [
    "La delegazione ha visitato General Motors a Warren. La sede di General Motors è grande.",
    "Il Politecnico di Torino e l’Università di Torino hanno firmato; poi il PoliTo ha ospitato UniTo.",
    "L’Agenzia Spaziale Italiana (ASI) e la NASA (National Aeronautics and Space Administration) collaborano.",
    "Los Angeles, Santa Irene, Dora Alta e Isola Nera sono luoghi; là si va da Torino in treno.",
]
ALIASES = find_aliases((text, "it") for text in CORPUS)


@pytest.mark.parametrize(
    "question, name",
    [
        ("Chi ha incontrato la delegazione in GM?", "General Motors"),
        ("Who was met at GM?", "General Motors"),
        ("chi alla gm di warren", "General Motors"),
        ("Cosa ha firmato il PoliTo?", "Politecnico di Torino"),
        ("Cosa ha firmato UniTo?", "Università di Torino"),
        ("cosa ha firmato polito", "Politecnico di Torino"),
        ("Con chi collabora l’ASI?", "Agenzia Spaziale Italiana"),
        ("Con chi collabora la NASA?", "National Aeronautics and Space Administration"),
    ],
)
def test_an_acronym_expands_to_its_name(question: str, name: str) -> None:
    assert name in ALIASES.expansions(question)


def test_a_name_expands_to_its_acronym() -> None:
    assert "ASI" in ALIASES.expansions("Che cosa fa l’Agenzia Spaziale Italiana?")
    assert "GM" in ALIASES.expansions("Che cosa fa General Motors?")


ALONE = find_aliases(
    (text, "it")
    for text in [
        "Per PoliTo ha parlato Anna Rossi, per UniTo e UniBo nessuno. L’ENEA e il CNR hanno mandato una nota.",
        "IL PROGRAMMA: a Regno unito e Stati uniti si va in treno, e il vino si beve tra le due.",
    ]
)


@pytest.mark.parametrize(
    "question, forms",
    [
        ("Chi ha parlato per il Politecnico di Torino?", ["PoliTo"]),
        ("Politecnico di Torino: chi ha parlato?", ["PoliTo"]),
        ("Il Politecnico di Torino ha parlato?", ["PoliTo"]),
        ("Chi dell’Università di Torino, chi dell'Università di Bologna?", ["UniTo", "UniBo"]),
        ("Che cosa ha mandato il Consiglio Nazionale delle Ricerche?", ["CNR"]),
        ("Chi ha parlato per il Politecnico di Milano?", []),
        ("Chi è Ignazio Lupi, e chi Paola Torinese?", []),
        ("Che cosa fa il PoliTo, cioè il Politecnico di Torino?", []),
    ],
)
def test_a_name_that_only_the_question_writes_out_finds_the_acronym_that_it_spells(
    question: str, forms: list[str]
) -> None:
    assert ALONE.expansions(question) == forms


def test_a_form_that_is_there_already_is_not_added() -> None:
    assert ALIASES.expansions("La GM, cioè General Motors, dov’è?") == []


@pytest.mark.parametrize("question", ["la visita", "si va da Torino in treno", "che cosa è la dora", "in da si la"])
def test_ordinary_words_never_expand(question: str) -> None:
    assert ALIASES.expansions(question) == []


def test_a_question_in_capitals_does_not_turn_ordinary_words_into_acronyms() -> None:
    assert ALIASES.expansions("DOVE SI VA DA TORINO IN TRENO LA SERA") == []


def test_a_question_in_capitals_still_knows_the_acronym_in_it() -> None:
    assert "General Motors" in ALIASES.expansions("CHI HA INCONTRATO LA DELEGAZIONE IN GM")


@pytest.mark.parametrize(
    "text",
    ["Il Consiglio Regionale del Piemonte (CRP) delibera.", "Il CRP (Consiglio Regionale del Piemonte) delibera."],
)
def test_a_pair_is_learned_in_either_order(text: str) -> None:
    aliases = find_aliases([(text, "it")])
    assert "Consiglio Regionale del Piemonte" in aliases.expansions("Che cosa delibera il CRP?")
    assert "CRP" in aliases.expansions("Che cosa delibera il Consiglio Regionale del Piemonte?")


def test_a_parenthesis_that_does_not_spell_the_name_teaches_nothing() -> None:
    assert find_aliases([("La Regione Piemonte (PDF) informa.", "it")]).expansions("Dov’è il PDF?") == []


@pytest.mark.parametrize(
    "acronym, name, expected",
    [
        ("GM", "General Motors", True),
        ("gm", "General Motors", True),
        ("PoliTo", "Politecnico di Torino", True),
        ("UniTo", "Università di Torino", True),
        ("R&D", "Ricerca Donata", True),
        ("GM", "Grande Torino", False),
        ("Unito", "Università di Torino", False),
        ("T", "Torino", False),
    ],
)
def test_spelling(acronym: str, name: str, expected: bool) -> None:
    assert spells(acronym, name) is expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from(["it", "en"])), max_size=4), st.text(max_size=80))
def test_no_text_raises(texts: list[tuple[str, str]], question: str) -> None:
    assert find_aliases(texts).expansions(question) is not None
    assert ALIASES.expansions(question) is not None


@pytest.mark.parametrize(
    "hard",
    [
        "Ab " + "edee" * 60 + "x", "Ab " * 20_000, "A" * 100_000, "L’A" * 30_000, "Ab di " * 20_000,
        "(Ab Cd) " * 10_000,
        " ".join(f"Xa{chr(65 + n // 26)}{chr(97 + n % 26)}" for n in range(600)) + " . Aa Bb" * 3000,
    ],
)  # fmt: skip
def test_hostile_names_cost_no_more_than_their_length(hard: str) -> None:
    started = time.process_time()
    find_aliases([(hard, "it")])
    assert time.process_time() - started < 5
