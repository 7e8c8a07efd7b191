"""Which sentences of a text are claims, where they stand, and why the rest is set aside."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking.claims import claims, why_not

DRAFT = """---
title: Bozza
---
# La missione

Buongiorno a tutti! Il 24 aprile la delegazione ha visitato **GM** a Detroit. Chi c'era?

- Secondo me è stata una bella giornata.
- The region paid 12,000 euros to each company.
"""


@pytest.mark.parametrize(
    "sentence, reason",
    [
        ("Quante imprese hanno partecipato?", "question"),
        ("Buongiorno e grazie a tutti!", "greeting"),
        ("Kind regards, Anna", "greeting"),
        ("Secondo me la missione è costata troppo.", "opinion"),
        ("I think the minister was late.", "opinion"),
        ("La Regione dovrebbe spendere di meno.", "opinion"),
        ("The ceremony was wonderful.", "opinion"),
        ("Per favore controllate la cifra.", "request"),
        ("Torino, Palazzo", "fragment"),
        ("La delegazione contava 41 imprese.", None),
        ("The minister said that the fund is ready.", None),
        ("È vero che la delegazione contava 41 imprese?", None),
        ("Gentile dottor Rossi, buongiorno!", "greeting"),
        ("Dear colleagues,", "greeting"),
        ("Grazie a tutti per la vostra attenzione!", "greeting"),
        ("Benvenuti a Torino!", "greeting"),
        ("Credo che il ponte sarà chiuso presto.", "opinion"),
        ("The council should spend less on roads.", "opinion"),
        ("Verifica la data della firma.", "request"),
        ("Check whether the bridge is open.", "request"),
        ("Grazie a un accordo Rivian apre a Torino.", None),
        ("Grazie all'accordo nasce un nuovo stabilimento.", None),
        ("Thanks to the mission GM invested in Turin.", None),
        ("Gentile incontra Rossi a Torino.", None),
        ("Benvenuto Cellini nacque a Firenze.", None),
        ("Care homes open in Turin this summer.", None),
        ("Hi-tech firms met the delegation.", None),
        ("L'assessore ha detto: «Credo che il ponte sarà chiuso».", None),
        ("“I think the bridge will close”, said the mayor.", None),
        ("Il sindaco sostiene che la cerimonia è stata bellissima.", None),
        ("The train should arrive at 9.", None),
        ("Il ministro dovrebbe arrivare il 24 aprile.", None),
        ("Il ministro dovrebbe firmare domani a Detroit.", None),
        ("I lavori dovrebbero finire in primavera.", None),
        ("Verifica superata per lo stabilimento di GM nel 2025.", None),
        ("Check valves were fitted to both tanks.", None),
        ("Ricordi di guerra in mostra a Torino.", None),
        ("Ciao è il nome della nave che ha portato la delegazione a Genova.", None),
    ],
)
def test_a_sentence_is_a_claim_or_is_set_aside_for_one_reason(sentence: str, reason: str | None) -> None:
    assert why_not(sentence) == reason


def test_a_draft_gives_its_claims_with_their_places_and_the_rest_in_order() -> None:
    found, aside = claims(DRAFT)
    assert [(c.text, c.language) for c in found] == [
        ("Il 24 aprile la delegazione ha visitato GM a Detroit.", "it"),
        ("The region paid 12,000 euros to each company.", "en"),
    ]
    assert DRAFT[found[0].start : found[0].end] == "Il 24 aprile la delegazione ha visitato **GM** a Detroit."
    assert [(a.text, a.reason) for a in aside] == [
        ("La missione", "heading"),
        ("Buongiorno a tutti!", "greeting"),
        ("Chi c'era?", "question"),
        ("Secondo me è stata una bella giornata.", "opinion"),
    ]


def test_a_claim_knows_the_sentence_it_follows_in_its_paragraph() -> None:
    found, _ = claims(
        "Anna Bianchi è arrivata a Torino. Ha incontrato il sindaco.\n\nIl sindaco era assente da due mesi."
    )
    assert [c.before for c in found] == ["", "Anna Bianchi è arrivata a Torino.", ""]


@pytest.mark.parametrize(
    "line, reason",
    [
        ("# La Regione ha pagato 12 milioni", None),
        ("# Rivian apre a Torino", None),
        ("# GM invests in Turin", None),
        ("# The council approved the budget", None),
        ("Filosa partecipò.", None),
        ("# Il programma della visita a Torino", "heading"),
        ("# The expected results of the visit", "heading"),
        ("# Chi ha pagato il ponte?", "question"),
        ("| Tappa | Luogo |\n|---|---|\n| Visita | Warren |", "heading"),
    ],
)
def test_a_headline_is_a_claim_and_a_mere_title_or_a_table_is_called_so(line: str, reason: str | None) -> None:
    found, aside = claims(line)
    assert {a.reason for a in aside} == ({reason} if reason else set())
    assert len(found) == (0 if reason else 1)


def test_a_semicolon_parts_two_whole_statements_and_no_list() -> None:
    whole, _ = claims("La visita è durata due ore; la firma è stata rinviata a maggio.")
    listed, _ = claims("Erano presenti la Regione; il Comune; le imprese della provincia di Cuneo.")
    assert (len(whole), len(listed)) == (2, 1)


def test_what_asks_whether_something_is_true_is_checked_as_the_statement() -> None:
    found, _ = claims("È vero che la delegazione contava 41 imprese?")
    assert [c.text for c in found] == ["la delegazione contava 41 imprese"]


@given(st.text(alphabet=st.sampled_from("aàB1 .?!;\n-#*|>«»'\t\u00a0"), max_size=120))
def test_places_are_those_of_the_text_in_order_and_never_overlap(text: str) -> None:
    found, aside = claims(text, "it")
    places = sorted([(c.start, c.end) for c in found] + [(a.start, a.end) for a in aside])
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(places))
    assert all(text[a.start : a.end] == a.text for a in aside)


def test_what_goes_on_for_pages_without_a_stop_is_no_claim() -> None:
    found, aside = claims("Anna Rossi ha incontrato " + "38 imprese, " * 1000)
    assert (found, [a.reason for a in aside]) == ((), ["fragment"])
