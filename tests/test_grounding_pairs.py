"""Sentences beside one source that differ in what is told, when and how much: the true ones are borne out."""

from __future__ import annotations

import pytest
from bearing import DATED, bears_out, judged

from rag.writing.grounding import Doubt

# Dates


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "The plant opened in 2023.", "The plant opened in 2023.", "The plant opened in 2025."),
        ("it", "Lo stabilimento ha aperto nel 2023.", "Ha aperto nel 2023.", "Lo stabilimento ha aperto nel 2025."),
        ("en", "On 24 May the delegation visited Ford.", "The delegation visited Ford in May.",
         "The delegation visited Ford in April."),
        ("it", "Il 24 maggio la missione ha visitato Ford.", "La missione ha visitato Ford il 24 maggio 2025.",
         "La missione ha visitato Ford il 24 aprile."),
        ("en", "The delegation visited Ford.", "The delegation visited Ford.",
         f"On {DATED:%d %B %Y} the delegation visited Ford."),
        ("it", "La delegazione ha visitato Ford.", "La delegazione ha visitato Ford.",
         "Il 30 aprile 2025 la delegazione ha visitato Ford."),
    ],
)  # fmt: skip
def test_when_it_was_is_not_when_its_document_was_published(language: str, text: str, true: str, false: str) -> None:
    assert bears_out(true, language, text)
    assert judged(false, language, text) == {Doubt.VALUE}


@pytest.mark.parametrize(
    "title, text, true, false",
    [
        ("The mission of 24 April 2025", "The delegation visited Ford.", "On 24 April the delegation visited Ford.",
         "On 25 April the delegation visited Ford."),
        ("Missione dell’aprile 2025", "La delegazione ha visitato Ford.", "In aprile la delegazione ha visitato Ford.",
         "In maggio la delegazione ha visitato Ford."),
        ("Bilancio 2024", "I costi sono scesi dal 2022.", "I costi sono scesi dal 2022.",
         "Nel 2024 i costi sono scesi."),
        ("Accounts of April", "In May the costs fell.", "In May the costs fell.", "In April the costs fell."),
    ],
)  # fmt: skip
def test_a_date_above_counts_where_the_sentence_has_no_other(title: str, text: str, true: str, false: str) -> None:
    language = "it" if title[0] in "MB" else "en"
    assert bears_out(true, language, text, title=title)
    assert judged(false, language, text, title=title) == {Doubt.VALUE}


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "Yesterday the delegation visited Ford.", "On 29 April the delegation visited Ford.",
         "On 30 April the delegation visited Ford."),
        ("it", "Ieri la delegazione ha visitato Ford.", "Il 29 aprile 2025 la delegazione ha visitato Ford.",
         "Il 28 aprile la delegazione ha visitato Ford."),
        ("en", "The anodes arrive in three weeks.", "The anodes arrive in three weeks.",
         "The anodes arrive on 20 May."),
        ("it", "Restano 38 imprese anziché 41.", "Restano 38 imprese.", "Restano 41 imprese."),
    ],
)  # fmt: skip
def test_a_day_may_be_told_by_its_distance(language: str, text: str, true: str, false: str) -> None:
    assert bears_out(true, language, text)
    assert judged(false, language, text) == {Doubt.VALUE}


# Quantity


@pytest.mark.parametrize(
    "language, text, spoken, true, false",
    [
        ("en", "The credits reach up to 5 million euros.", "en", "The credits reach up to 5 million euros.",
         "The credits reach up to 8 million euros."),
        ("it", "Gli impianti sono oltre 950.", "it", "Sono oltre 950 gli impianti.", "Gli impianti sono oltre 900."),
        ("en", "L'unione ha 4.300 soci.", "it", "The union has over 4,000 members.",
         "The union has over 2,000 members."),
        ("it", "The union has 4,300 growers.", "en", "L'unione ha oltre 4.000 soci.", "L'unione ha oltre 2.000 soci."),
    ],
)  # fmt: skip
def test_an_amount_is_rounded_and_not_inferred(language: str, text: str, spoken: str, true: str, false: str) -> None:
    assert bears_out(true, language, text, spoken)
    assert judged(false, language, text, spoken) == {Doubt.VALUE}


@pytest.mark.parametrize(
    "language, text, spoken, true, false",
    [
        ("en", "Gli USA registrano un gap di 93,5 miliardi di dollari.", "it", "The gap is 93.5 billion dollars.",
         ["The gap is 93.5 million dollars.", "The gap is 93.5 billion euros.", "The gap is 93.6 billion dollars."]),
        ("it", "The gap is 93.5 billion dollars.", "en", "Il gap è di 93,5 miliardi di dollari.",
         ["Il gap è di 93,5 milioni di dollari.", "Il gap è di 93,5 miliardi di euro."]),
        ("en", "Le esportazioni sono cresciute del 13,5 per cento.", "it", "The exports grew by 13.5%.",
         ["The exports grew by 15.5%.", "The exports grew by 13.5 million."]),
        ("it", "The exports grew by 13.5%.", "en", "Le esportazioni sono cresciute del 13,5 per cento.",
         ["Le esportazioni sono cresciute del 15,5 per cento.", "Le esportazioni sono cresciute di 13,5 milioni."]),
    ],
)  # fmt: skip
def test_an_amount_is_the_same_in_both_languages(
    language: str, text: str, spoken: str, true: str, false: list[str]
) -> None:
    assert bears_out(true, language, text, spoken)
    assert [s for s in false if judged(s, language, text, spoken) != {Doubt.VALUE}] == []


@pytest.mark.parametrize(
    "language, sentence",
    [
        ("en", "The delegation visited the technical centre and laboratory on the {} day."),
        ("it", "La delegazione ha visitato il centro tecnico e il laboratorio il {} giorno."),
    ],
)
def test_first_second_third_and_last_are_four_things(language: str, sentence: str) -> None:
    words = {"en": ("first", "second", "third", "last"), "it": ("primo", "secondo", "terzo", "ultimo")}[language]
    for said in words:
        assert [w for w in words if bears_out(sentence.format(w), language, sentence.format(said))] == [said]


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "A third pad opens in May.", "The third pad opens in May.", "A third of the pads opens in May."),
        ("it", "Un terzo delle imprese ha risposto.", "Ha risposto un terzo delle imprese.",
         "La terza delle imprese ha risposto."),
        ("en", "Two thirds of the firms replied.", "Of the firms two thirds replied.",
         "The third of the firms replied."),
    ],
)  # fmt: skip
def test_a_third_is_not_the_third(language: str, text: str, true: str, false: str) -> None:
    assert bears_out(true, language, text)
    assert judged(false, language, text) & {Doubt.QUANTITY, Doubt.VALUE}
    assert not bears_out(false, language, text)


def test_secondo_before_whoever_says_it_is_no_number() -> None:
    assert bears_out(
        "Secondo il sindaco la fiera durerà tre giorni.", "it", "La fiera durerà tre giorni, secondo il sindaco."
    )


@pytest.mark.parametrize(
    "language, text, spoken, true, false",
    [
        ("en", "The delegation met 12 people from firms.", "en", ["The delegation met 12 people."],
         ["The delegation met 12 firms."]),
        ("en", "The delegation met 12 small firms.", "en", ["The delegation met 12 firms."], []),
        ("en", "The delegation met 12 of the 40 firms.", "en", ["The delegation met 12 firms."], []),
        ("en", "The fair lasted 12 working days.", "en", ["The fair lasted 12 days."], []),
        ("en", "The visit takes 12 to 14 days.", "en", ["The visit takes 12 days."], []),
        ("it", "La delegazione ha visitato uno stabilimento dopo tre giorni.", "it",
         ["Dopo tre giorni la delegazione ha visitato uno stabilimento."],
         ["La delegazione ha visitato tre stabilimenti."]),
        ("it", "Alla missione hanno partecipato 12 imprese con 30 delegati.", "it",
         ["Hanno partecipato 12 imprese.", "Hanno partecipato 30 delegati."],
         ["Hanno partecipato 12 delegati.", "Hanno partecipato 30 imprese."]),
        ("it", "La Regione ha stanziato 12 milioni di euro.", "it", ["La Regione ha stanziato 12 milioni."], []),
        ("it", "Sono 12 gli stabilimenti della Ford.", "it", ["La Ford ha 12 stabilimenti."], []),
        ("en", "Alla missione hanno partecipato 12 imprese.", "it", ["12 firms took part in the mission."],
         ["The mission lasted 12 days."]),
        ("en", "La missione è durata 12 giorni.", "it", ["The mission lasted 12 days."],
         ["12 firms took part in the mission."]),
        ("it", "The mission lasted 12 days.", "en", ["La missione è durata 12 giorni."],
         ["Alla missione hanno partecipato 12 imprese."]),
        ("it", "The region spent 12 million euros.", "en", ["La regione ha speso 12 milioni.",
         "La regione ha speso 12 milioni di euro."], []),
    ],
)  # fmt: skip
def test_a_number_counts_what_it_counts_in_its_source(
    language: str, text: str, spoken: str, true: list[str], false: list[str]
) -> None:
    assert [s for s in true if not bears_out(s, language, text, spoken)] == []
    assert [s for s in false if Doubt.VALUE not in judged(s, language, text, spoken)] == []


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("it", "Anna Rossi, ex assessore, ha aperto la fiera.", "L'ex assessore Anna Rossi ha aperto la fiera.",
         "L'assessore Anna Rossi ha aperto la fiera."),
        ("en", "The fair was nearly cancelled.", "The fair was nearly cancelled.", "The fair was cancelled."),
    ],
)  # fmt: skip
def test_what_is_limited_stays_limited(language: str, text: str, true: str, false: str) -> None:
    assert bears_out(true, language, text)
    assert Doubt.QUANTITY in judged(false, language, text)


def test_a_question_bears_out_nothing() -> None:
    assert not bears_out("The fair lasts three days.", "en", "The fair lasts three days?")


# Verbs


@pytest.mark.parametrize(
    "language, text, true, false",
    [
        ("en", "The delegation held the summit on batteries at the technical centre.",
         "The delegation held the summit on large batteries at the technical centre.",
         "The delegation cancelled the summit on batteries at the technical centre."),
        ("en", "The council discussed the project of the new research centre and laboratory.",
         "The council discussed the large project of the new research centre and laboratory.",
         "The council rejected the project of the new research centre and laboratory."),
        ("en", "The council met the builders of the research centre and laboratory.",
         "The council met the builders of the research centre and laboratory again.",
         "The council paid the builders of the research centre and laboratory."),
        ("it", "La giunta ha discusso il progetto del centro ricerche e del laboratorio.",
         "La giunta ha discusso il grande progetto del centro ricerche e del laboratorio.",
         "La giunta ha bocciato il progetto del centro ricerche e del laboratorio."),
        ("it", "La giunta discuterà il progetto del centro ricerche e del laboratorio.",
         "La giunta discuterà il grande progetto del centro ricerche e del laboratorio.",
         "La giunta fermerà il progetto del centro ricerche e del laboratorio."),
    ],
)  # fmt: skip
def test_a_word_may_be_spared_and_a_verb_may_not(language: str, text: str, true: str, false: str) -> None:
    assert bears_out(true, language, text)
    assert judged(false, language, text) == {Doubt.WORDS}


# Nothing said


@pytest.mark.parametrize("language, sentence", [
    ("en", "Yes."), ("en", "That is correct."), ("en", "Yes, it is."), ("en", "That is the right answer."),
    ("it", "Sì."), ("it", "È vero."), ("it", "Sì, esatto."), ("it", "La risposta è corretta."),
])  # fmt: skip
def test_a_bare_yes_is_borne_out_by_nothing(language: str, sentence: str) -> None:
    texts = {
        "en": "The delegation met Laura Brandt in Warren.",
        "it": "La delegazione ha incontrato Laura Brandt a Warren.",
    }
    for spoken, text in texts.items():
        assert not bears_out(sentence, language, text, spoken)


def test_across_languages_a_sentence_with_content_alone_is_left_to_the_models() -> None:
    assert bears_out("The delegation visited the plant.", "en", "La delegazione ha visitato lo stabilimento.", "it")
