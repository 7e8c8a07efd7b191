"""What is told as somebody's words: found, and told from what a document says itself."""

from __future__ import annotations

import time

import pytest

from rag.checking.attribution import attributed, saying

SAID = [
    ("Il sindaco Bruni sostiene che il ponte sarà chiuso.", "il sindaco Bruni", "il ponte sarà chiuso."),
    ("La ministra ha detto ieri al giornale che il ponte è aperto.", "la ministra", "il ponte è aperto."),
    ("Secondo il sindaco Bruni, il ponte sarà chiuso.", "il sindaco Bruni", "Secondo il sindaco Bruni, il ponte"),
    ("Il ponte sarà chiuso, secondo Bruni.", "Bruni", "Il ponte sarà chiuso"),
    ("«Il ponte sarà chiuso», ha detto il sindaco.", "il sindaco", "«Il ponte sarà chiuso»"),
    ("Il sindaco ha detto: «Il ponte sarà chiuso».", "il sindaco", "«Il ponte sarà chiuso»"),
    ("Il ponte chiude il 3 maggio e il sindaco afferma che i costi saliranno.", "il sindaco", "i costi saliranno."),
    ("The mayor said that the bridge will close.", "the mayor", "the bridge will close."),
    ("The mayor says the bridge will close.", "the mayor", "the bridge will close."),
    ("The group told investors that sales rose.", "the group", "sales rose."),
    ("According to the mayor, the bridge will close.", "the mayor", "the bridge will close"),
    ("“A second room is planned”, said Mr Seyran.", "Mr Seyran", "“A second room is planned”"),
    ("He said that the bridge will close.", "", "the bridge will close."),
]
OWN = [
    "Il secondo giorno la delegazione visita Torino.",
    "Secondo il programma, la visita è il 3 maggio.",
    "According to the schedule, the visit is on 3 May.",
    "Il memorandum, detto Carta del Lago, dura cinque anni.",
    "La ministra pensa alle imprese che esportano in Asia.",
    "La città ha detto addio alla tramvia.",
    "The firm claimed the prize and added two rooms that were free.",
    "Il rapporto «Porti» elenca 38 imprese.",
]


@pytest.mark.parametrize("text, who, words", SAID)
def test_what_somebody_says_is_found_with_who_says_it(text: str, who: str, words: str) -> None:
    found = saying(text)
    assert found is not None
    assert found.who == who
    assert words in text[found.start : found.end]


@pytest.mark.parametrize("text", OWN)
def test_what_a_text_says_itself_is_nobody_s_saying(text: str) -> None:
    assert saying(text) is None


def test_a_claim_about_what_somebody_says_or_means_to_do_is_attributed() -> None:
    assert attributed("Bruni sostiene che il ponte sarà chiuso.")
    assert not attributed("Il ponte sarà chiuso.")


@pytest.mark.parametrize(
    "text, means",
    [
        ("Morandini plans to hire 35 people.", True),
        ("The firm hopes to open in May.", True),
        ("Il comune conta di chiudere il ponte.", True),
        ("Il gruppo intende assumere 35 persone.", True),
        ("The council approved the plan.", False),
        ("The council approved the plan to close the bridge.", False),
        ("The council approved plans to close the bridge.", False),
        ("The consulate expects 40 guests.", False),
        ("La lista conta di nuovo 38 imprese.", False),
    ],
)
def test_to_mean_to_do_something_takes_a_verb_and_what_is_meant(text: str, means: bool) -> None:
    assert attributed(text) is means


@pytest.mark.parametrize("hard", ['"a" ' * 5000, "«a» " * 5000, ". said the a " * 1500, '"a" says ' * 2000])
def test_hostile_quotations_cost_no_more_than_their_length(hard: str) -> None:
    started = time.process_time()
    attributed(hard)
    assert time.process_time() - started < 5
