"""Names: which words are one, whether a text holds it, and when two languages' forms are taken for the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.checking.assertions import Assertion, sources
from rag.checking.comparing import compare
from rag.documents import SourceFile, read, roots, walk
from rag.language.aliases import Aliases, find_aliases
from rag.language.names import names, place, stands
from rag.models import Document, Hit
from rag.passages import passages

CORPUS = Path(__file__).parent.parent / "corpus"
NONE = Aliases({})


@pytest.fixture(scope="module")
def shipped() -> list[Document]:
    (root,) = roots((CORPUS,))
    return [read(file) for file in walk(root, 2**20) if isinstance(file, SourceFile)]


def learned(italian: str, english: str) -> Aliases:
    """What a corpus teaches whose one Italian and one English document say this."""
    return find_aliases([(italian, "it"), (english, "en")])


def holds(text: str, name: str, aliases: Aliases = NONE, crossing: bool = False) -> bool:
    (only,) = names(f"Oggi {name}" if name[0].islower() else f"– {name}")
    assert only.text == name
    return stands(only, text, aliases, crossing)


def test_names_are_runs_of_large_words_without_what_opens_a_sentence() -> None:
    assert [n.text for n in names("Rossi is CFO of Ford.")] == ["Rossi", "CFO", "Ford"]
    assert [n.text for n in names("The University of Turin and GM met Anna Rossi on Monday.")] == [
        "University of Turin",
        "GM",
        "Anna Rossi",
    ]
    assert [n.text for n in names("On 24 April Anna Rossi saw April Gray.")] == ["Anna Rossi", "April Gray"]
    assert [n.text for n in names("L'articolo cita l'Agenzia Spaziale Italiana.")] == ["Agenzia Spaziale Italiana"]
    assert [n.text for n in names("L'organo di San Gaudioso suona, l'altro no.")] == ["San Gaudioso"]
    assert [n.text for n in names("Four of Talpa's founders left.")] == ["Talpa's"]
    assert [n.text for n in names("Most Talpa visitors came by car.")] == ["Talpa"]
    assert [n.text for n in names("Due dei Rossi e molti di Torino.")] == ["Rossi", "Torino"]
    assert [n.text for n in names("Cinque Terre è un parco.")] == ["Cinque Terre"]


@pytest.mark.parametrize(
    "name, text",
    [
        ("Anna Rossi", "Anna Rossi met Paul Gray."),
        ("Rossi", "Anna Rossi met Paul Gray."),
        ("Anna Rossi", "Si è visto con Anna Maria Rossi."),
        ("Rossi Anna", "Anna Rossi met Paul Gray."),
        ("Università di Torino", "L’Università degli Studi di Torino e il Politecnico."),
        ("Turin University", "Turin’s University, and others"),
        ("Consul General Anna Rossi", "Anna Rossi, Consul General, and Paul Gray"),
        ("Assessore Rossi", "l’assessore Anna Rossi ha parlato"),
        ("Assessore Rossi", "Anna Rossi, assessore, ha parlato"),
        ("Local-to-Local", "il modello “local-to-local”"),
    ],
)
def test_a_name_stands_where_its_words_stand_together(name: str, text: str) -> None:
    assert holds(text, name)


@pytest.mark.parametrize(
    "name, text",
    [
        ("Paul Rossi", "Anna Rossi met Paul Gray."),
        ("Anna Gray", "Anna Rossi met Paul Gray."),
        ("Paul Rossi", "Anna Rossi, Paul Gray and others"),
        ("Paul Rossi", "Anna Rossi e Paul Gray"),
        ("Anna Gray", "Anna Rossi (with Paul Gray)"),
        ("Anna Gray", "Nome: Anna · Cognome: Gray"),
        ("Ford Motors", "General Motors and Ford"),
        ("University of Michigan", "The University of Turin visited Michigan."),
    ],
)
def test_words_of_two_names_are_no_third(name: str, text: str) -> None:
    assert not holds(text, name)


def test_a_surname_alone_stands_for_a_name_where_nobody_else_has_it() -> None:
    corpus = (
        "Gia Bakradze e Nino Ferri aprono la Sala Verde. Nella sala Anna Ferri saluta. La Nova Darsena, in Darsena."
    )
    aliases = find_aliases([(corpus, "it")])
    assert holds("Mr Bakradze was mayor.", "Gia Bakradze", aliases)
    assert not holds("Mr Bakradze was mayor.", "Gia Bakradze")
    assert not holds("Ferri saluta.", "Nino Ferri", aliases), "of two people's names"
    assert not holds("La più Verde di tutte.", "Sala Verde", aliases), "an ordinary word is nobody's name"
    assert not holds("Si va in Darsena.", "Nova Darsena", aliases), "where one can be"
    assert not holds("bakradze", "Gia Bakradze", aliases)


def test_the_name_an_acronym_stands_for_must_stand_together_too() -> None:
    aliases = find_aliases([("Il Politecnico di Torino (PoliTo) e il Politecnico di Milano.", "it")])
    assert holds("Il Politecnico di Torino ha firmato.", "PoliTo", aliases)
    assert not holds("Il Politecnico di Milano ha firmato con Torino Wireless.", "PoliTo", aliases)


# Names in two languages

ITALIAN = "La delegazione è andata a {0} con Rivian. Il Piemonte e l’Università hanno invitato Ford a {0}."
ENGLISH = "The delegation went to {0} with Rivian. The University in {0} had invited Ford."


def test_the_shipped_corpus_teaches_its_own_names(shipped: list[Document]) -> None:
    aliases = find_aliases((d.text[d.body_start :], d.language) for d in shipped)
    for italian, english in (("Torino", "Turin"), ("Piemonte", "Piedmont")):
        assert holds(f"La missione a {italian} con Rivian.", english, aliases, crossing=True)
        assert holds(f"The mission to {english} with Rivian.", italian, aliases, crossing=True)
        assert not holds(f"The mission to {english} with Rivian.", italian, aliases, crossing=False)


def test_a_claim_is_compared_by_them_too(shipped: list[Document]) -> None:
    aliases = find_aliases((d.text[d.body_start :], d.language) for d in shipped)
    note = Document("d", "d.txt", "Nota", "it", "Il Piemonte ha invitato Rivian a Torino.", "v", "h", "txt")
    (source,) = (s for p in passages(note) for s in sources(Hit(p, note, 1.0)))
    right, wrong = (Assertion.of(f"Piedmont has invited Rivian to {place}.", "en") for place in ("Turin", "Torrance"))
    assert compare(right, source, aliases).missing_names == 0
    assert compare(wrong, source, aliases).missing_names == 1
    assert compare(right, source, NONE).missing_names == 2


@pytest.mark.parametrize("italian, english", [("Torino", "Turin"), ("Milano", "Milan"), ("Roma", "Rome")])
def test_two_forms_are_one_name_where_the_corpus_shows_both(italian: str, english: str) -> None:
    aliases = learned(ITALIAN.format(italian), ENGLISH.format(english))
    assert holds(f"La visita a {italian}", english, aliases, crossing=True)
    assert holds(f"La visita all’Università di {italian}", f"University of {english}", aliases, crossing=True)
    (name,) = names(f"– {english}")
    assert place(name, f"La visita a {italian}", aliases, crossing=True) == len("La visita a ")


PAIRS = [
    ("Marco", "Mario"),
    ("Paolo", "Paola"),
    ("Iran", "Iraq"),
    ("Austria", "Australia"),
    ("Andrea", "Andrew"),
    ("Rossi", "Ross"),
    ("Torino", "Torrance"),
]


@pytest.mark.parametrize("mine, other", [*PAIRS, *((other, mine) for mine, other in PAIRS)])
def test_names_that_only_look_alike_are_two(mine: str, other: str) -> None:
    assert not holds(f"La visita a {mine} con Rivian", other, NONE, crossing=True)
    person = learned(f"{mine} Bianchi ha incontrato Rivian e Ford.", f"{other} Brown met Rivian and Ford.")
    assert not holds(f"La lettera a {mine} Bianchi", other, person, crossing=True)
    shown = learned(f"{mine} Bianchi, di Rivian. Poi a {mine}.", f"{other} Brown of Rivian. {other} Brown met Ford.")
    assert not holds(f"La visita a {mine}", other, shown, crossing=True)


@pytest.mark.parametrize("mine, other", [("Marco", "Mario"), ("Iran", "Iraq"), ("Austria", "Australia")])
def test_places_that_only_look_alike_are_two_even_where_each_is_in_one_language(mine: str, other: str) -> None:
    shown = learned(ITALIAN.format(mine), ENGLISH.format(other))
    assert not holds(f"La visita a {mine}", other, shown, crossing=True)


def test_forms_are_two_names_where_one_text_holds_both_or_nothing_shared_stands_by() -> None:
    both = learned(ITALIAN.format("Nigeria") + " La nave va a Niger e in Niger.", ENGLISH.format("Niger"))
    apart = learned("La delegazione è andata a Torino.", "The delegation went to Turin.")
    for aliases, mine, other in ((both, "Nigeria", "Niger"), (apart, "Torino", "Turin")):
        assert not holds(f"La visita a {mine}", other, aliases, crossing=True)


def test_an_adjective_that_italian_writes_small_bears_an_english_large_one_out() -> None:
    aliases = learned("Le imprese italiane hanno visto Rivian.", "The Italian firms met Rivian in Detroit.")
    assert holds("Hanno partecipato 12 imprese italiane.", "Italian", aliases, crossing=True)
