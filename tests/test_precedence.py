"""Where documents contradict each other: what is known decides, and what is not known decides nothing."""

from __future__ import annotations

import datetime as dt

from rag.models import Document, Evidence, Hit, Span
from rag.passages import passages
from rag.precedence import Precedence, agree

ASKED = "Quanti delegati hanno partecipato al vertice di Warren?"
EARLY, LATE = dt.date(2025, 4, 24), dt.date(2025, 6, 24)


def says(
    text: str,
    value: str,
    date: dt.date | None = None,
    kind: str = "article",
    language: str = "it",
    probability: float = 0.9,
) -> Evidence:
    """Evidence: the whole text, from a document of its own, answering with `value`."""
    id_ = f"{text}/{date}/{kind}"
    document = Document(id_, id_, "Nota", language, text, "v", "h", "txt", kind=kind, date=date)
    (passage,) = passages(document)
    at = text.index(value)
    return Evidence(Hit(passage, document, 1.0), 0, len(text), 1.0, probability, Span(at, at + len(value)))


def delegates(number: int, date: dt.date | None = None, kind: str = "article", probability: float = 0.9) -> Evidence:
    return says(
        f"Al vertice di Warren hanno partecipato {number} delegati.", str(number), date, kind, probability=probability
    )


def settle(*likely: Evidence, question: str = ASKED) -> tuple[Evidence, list[Evidence]]:
    return Precedence().settle(likely, question)


def test_the_later_document_is_followed_and_the_older_named() -> None:
    old, new = delegates(41, EARLY), delegates(38, LATE)
    assert settle(old, new) == (new, [old])
    assert settle(new, old) == (new, [old])


def test_the_later_date_comes_before_the_weightier_kind() -> None:
    minutes, article = delegates(41, EARLY, "minutes"), delegates(38, LATE, "article")
    assert settle(minutes, article) == (article, [minutes])


def test_of_one_date_the_weightier_kind_is_followed() -> None:
    agenda, minutes = delegates(41, EARLY, "agenda"), delegates(38, EARLY, "minutes")
    assert settle(agenda, minutes) == (minutes, [agenda])


def test_of_two_without_a_date_the_weightier_kind_is_followed() -> None:
    agenda, minutes = delegates(41, None, "agenda"), delegates(38, None, "minutes")
    assert settle(agenda, minutes) == (minutes, [agenda])


def test_a_document_without_a_date_is_neither_older_nor_newer() -> None:
    undated, dated = delegates(41, None, "agenda"), delegates(38, LATE, "minutes")
    assert settle(undated, dated) == (undated, [])
    assert settle(dated, undated) == (dated, [])


def test_equals_are_left_in_the_order_of_their_evidence() -> None:
    one, two = delegates(41, EARLY), delegates(38, EARLY)
    assert settle(one, two) == (one, [])
    assert settle(two, one) == (two, [])


def test_an_answer_may_be_the_whole_sentence() -> None:
    text = "Al vertice di Warren hanno partecipato {} delegati."
    old, new = (says(text.format(n), text.format(n), date) for n, date in ((41, EARLY), (38, LATE)))
    assert settle(old, new) == (new, [old])


def test_the_latest_of_three_supersedes_both() -> None:
    old, newer, newest = delegates(41, EARLY), delegates(40, dt.date(2025, 5, 1)), delegates(38, LATE)
    assert settle(old, newer, newest) == (newest, [old, newer])


def test_those_who_agree_are_no_rivals() -> None:
    old, new = delegates(41, EARLY), delegates(41, LATE, "minutes")
    assert settle(old, new) == (old, [])


def test_one_that_is_far_less_probable_is_no_rival() -> None:
    old, new = delegates(41, EARLY), delegates(38, LATE, probability=0.3)
    assert settle(old, new) == (old, [])


def test_another_meeting_is_not_the_same_thing() -> None:
    warren = delegates(41, EARLY)
    savona = says("Al vertice di Savona hanno partecipato 12 delegati.", "12", LATE)
    assert settle(warren, savona) == (warren, [])


def test_a_time_says_nothing_else_than_a_place_with_a_number() -> None:
    question = "Quando è stata firmata la lettera?"
    where = says("La lettera è stata firmata durante la visita allo Stabilimento 2.", "allo Stabilimento 2", EARLY)
    when = says("La lettera è stata firmata durante la visita, alle 16:50.", "alle 16:50", LATE)
    assert settle(where, when, question=question) == (where, [])


def test_another_number_of_another_thing_is_not_the_same_thing() -> None:
    question = "Quanti delegati hanno partecipato?"
    delegates_ = says("Hanno partecipato 41 delegati.", "41", EARLY)
    budget = says("Il bilancio del museo cresce di 12 milioni ogni anno.", "12", LATE)
    assert settle(delegates_, budget, question=question) == (delegates_, [])


def test_a_meeting_of_another_day_is_not_the_same_thing() -> None:
    question = "Quanti delegati hanno partecipato il 24 aprile?"
    april = says("Il 24 aprile hanno partecipato 41 delegati.", "41", EARLY)
    may = says("Il 15 maggio hanno partecipato 38 delegati.", "38", LATE)
    assert settle(april, may, question=question) == (april, [])


def test_a_correction_need_not_repeat_the_day() -> None:
    question = "Quanti delegati hanno partecipato il 24 aprile?"
    april = says("Il 24 aprile hanno partecipato 41 delegati.", "41", EARLY)
    corrected = says("Rettifica: hanno partecipato trentotto, cioè 38, delegati.", "38", LATE)
    assert settle(april, corrected, question=question) == (corrected, [april])


def test_two_languages_may_contradict_each_other_over_one_name() -> None:
    italian = delegates(41, EARLY)
    english = says("Thirty-eight, that is 38, people attended in Warren.", "38", LATE, language="en")
    assert settle(italian, english) == (english, [italian])
    elsewhere = says("In all 38 people attended in Lansing.", "38", LATE, language="en")
    assert settle(italian, elsewhere) == (italian, [])


def test_two_sentences_of_one_document_are_not_weighed() -> None:
    text = "Al vertice di Warren hanno partecipato 41 delegati. Al vertice di Warren hanno partecipato 38 delegati."
    document = Document("d", "d", "Nota", "it", text, "v", "h", "txt", date=EARLY)
    (passage,) = passages(document)
    middle = text.index(". ") + 1
    one = Evidence(Hit(passage, document, 1.0), 0, middle, 1.0, 0.9)
    two = Evidence(Hit(passage, document, 1.0), middle + 1, len(text), 1.0, 0.8)
    assert settle(one, two) == (one, [])


def test_an_operator_may_weigh_kinds_otherwise() -> None:
    agenda, minutes = delegates(41, EARLY, "agenda"), delegates(38, EARLY, "minutes")
    assert Precedence({"agenda": 9}).settle([minutes, agenda], ASKED) == (agenda, [minutes])


def test_values_are_numbers_where_there_are_any() -> None:
    assert agree(delegates(41), says("Erano in 41 a Warren.", "41"))
    assert not agree(delegates(41), delegates(38))


def test_one_list_in_another_language_or_order_agrees() -> None:
    italian = says("Presenti Banca Avala, Cassa Lurenta e Monte Sirio.", "Banca Avala, Cassa Lurenta e Monte Sirio")
    english = says(
        "Monte Sirio, Banca Avala and Cassa Lurenta took part.",
        "Monte Sirio, Banca Avala and Cassa Lurenta",
        language="en",
    )
    assert agree(italian, english)
    assert agree(
        italian,
        says("Erano Cassa Lurenta, Monte Sirio e la Banca Avala.", "Cassa Lurenta, Monte Sirio e la Banca Avala"),
    )
    assert not agree(
        italian, says("Monte Sirio and Banca Brenva took part.", "Monte Sirio and Banca Brenva", language="en")
    )
