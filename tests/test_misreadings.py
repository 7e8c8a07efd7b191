"""Sentences that hold all the words of a claim and do not say it, and sentences that say it in other words.

The reader is one that believes everything: what keeps a claim from being supported is what the words show.
"""

from __future__ import annotations

import pytest
from standins import open_assistant

from rag.assistant import Assistant
from rag.checking.assertions import Assertion, sources
from rag.checking.comparing import Comparison, Difference, compare
from rag.language.aliases import Aliases
from rag.language.detection import detect
from rag.language.polarity import opposes
from rag.models import ClaimQuestion, Document, Hit, Verdict
from rag.passages import passages

SAYS_SOMETHING_ELSE = [
    ("Il sindaco ha ringraziato il ministro.", "Il ministro ha ringraziato il sindaco."),
    ("The city sued the region.", "The region sued the city."),
    ("The region was sued by the city.", "The city was sued by the region."),
    ("La delegazione contava 41 imprese.", "È falso che la delegazione contava 41 imprese."),
    ("La delegazione contava 41 imprese.", "La Regione smentisce che la delegazione contava 41 imprese."),
    ("La delegazione contava 41 imprese.", "La notizia che la delegazione contava 41 imprese è falsa."),
    ("GM will invest in the Orion plant.", "It is false that GM will invest in the Orion plant."),
    ("GM will invest in the Orion plant.", "GM ruled out that it will invest in the Orion plant."),
    ("Le imprese iscritte sono 41.", "Le imprese iscritte sono passate da 41 a 38."),
    ("There are 41 firms on the list.", "The number of firms on the list fell from 41 to 38; there are fewer."),
    ("Le imprese presenti sono 41.", "Le imprese presenti sono 38 anziché 41."),
    ("The firms on the list are 41.", "The firms on the list are 38 rather than 41."),
    ("Il comune paga 5 milioni per il ponte.", "Il comune paga 3 milioni invece di 5 milioni per il ponte."),
    ("Anna Rossi è direttrice del museo.", "Anna Rossi è ex direttrice del museo."),
    ("Anna Rossi è direttrice del museo.", "Anna Rossi è vice direttrice del museo."),
    ("Anna Rossi è la sindaca di Lindenau.", "Anna Rossi è la vicesindaca di Lindenau."),
    ("Il segretario Paul Gray ha firmato.", "Il sottosegretario Paul Gray ha firmato."),
    ("The group owns the yard at Karsund.", "The group formerly owned the yard at Karsund."),
    ("Il cantiere ha superato il bilancio previsto.", "Il cantiere ha quasi superato il bilancio previsto."),
    ("Il consorzio paga il canone.", "Il consorzio rifiuta di pagare il canone."),
    ("Rossi ha detto che il ponte chiude.", "Bianchi ha detto a Rossi che il ponte chiude."),
    ("Rossi said that the bridge closes.", "Bianchi told Rossi that the bridge closes, he said."),
    ("La delegazione contava 41 imprese.", "La delegazione contava 41 imprese?"),
    ("The school has fewer than ten pupils.", "Whether the school has fewer than ten pupils."),
    ("Both yards are looking for a crane.", "Only one of the two yards is looking for a crane."),
    ("Gli ospiti hanno donato una bussola alla sindaca.", "La sindaca ha donato una bussola agli ospiti."),
    ("The guests gave the mayor a compass.", "The mayor gave a compass to the guests, and the guests a lamp."),
    ("L'azienda ha prestato i trattori alla cooperativa.", "La cooperativa ha prestato i trattori all'azienda."),
    ("The firm sold its pumps to the port.", "The port sold its pumps to the firm."),
]
SAYS_SO = [
    ("Il sindaco ha ringraziato il ministro.", "Ieri il sindaco ha ringraziato il ministro per la visita."),
    ("The region was sued by the city.", "The city sued the region over the bridge."),
    ("Le imprese sono passate da 41 a 38.", "Le imprese iscritte al registro sono passate da 41 a 38."),
    ("Le imprese sono scese a 38.", "Le imprese sono scese da 41 a 38."),
    ("Lo sportello apre alle 9.", "Lo sportello apre dalle 9 alle 11."),
    ("Le imprese presenti sono 38.", "Le imprese presenti sono 38 anziché 41."),
    ("Anna Rossi è ex direttrice del museo.", "Anna Rossi, di Torino, è ex direttrice del museo."),
    ("Anna Rossi dirige il museo.", "Anna Rossi dirige il museo con la ex preside Verdi."),
    ("The board denies that it sold the yard.", "The board still denies that it sold the yard."),
    ("Rossi ha detto che il ponte chiude.", "Il sindaco Rossi ha detto ieri che il ponte chiude."),
    ("Rossi said that the bridge closes.", "Mayor Rossi said that the bridge closes in May."),
    ("Lindenau ha 175 addetti.", "Lindenau ha oltre 95 impianti, che danno lavoro a 175 addetti."),
    ("Lindenau has 175 workers.", "Lindenau has 95 plants, which employ 175 workers."),
    ("La sindaca ha donato una bussola agli ospiti.", "Ieri la sindaca ha donato agli ospiti una bussola antica."),
    ("The firm sold its pumps to the port.", "The firm sold the port of Karsund its pumps."),
]
SPEAKS_OF_ANOTHER = [
    ("La delegazione contava 38 imprese.", "La delegazione contava 12 interpreti."),
    ("The delegation counted 38 firms.", "The delegation counted 12 interpreters."),
]
CONTRADICTS = [
    ("La delegazione contava 38 imprese.", "La delegazione contava 41 imprese."),
    ("Le imprese della delegazione erano 38.", "Le imprese della delegazione erano 41."),
    ("The delegation counted 38 firms.", "The delegation counted 41 firms."),
    ("La visita dura 3 giorni.", "La visita dura 5 giorni."),
]
NAMES = [  # a claim, a sentence, and whether its name stands instead of the claim's
    ("Il ministro ha visitato GM.", "Il ministro ha visitato i musei di Torino.", False),
    ("The minister visited GM.", "The minister visited the museums of Turin.", False),
    ("Il sindaco Rossi ha firmato il patto.", "Il ministro Bianchi ha firmato il patto.", False),
    ("Il sindaco Rossi ha firmato il patto.", "Il sindaco Bianchi ha firmato il patto.", True),
    ("Il ministro ha visitato GM.", "Il ministro ha visitato Ford.", True),
    ("La gara si tiene a Torino.", "La gara si tiene a Milano.", True),
    ("The race is held near a Ford plant.", "The race is held near the Rivian plant.", True),
    ("The race is held in Turin.", "La gara si tiene a Milano.", True),
    ("The race is held in Turin.", "La gara è di Milano.", False),
]
PAIRS = [*SPEAKS_OF_ANOTHER, *CONTRADICTS, *SAYS_SOMETHING_ELSE, *SAYS_SO]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    head = "---\ntitle: Nota {0}\ndate: 2025-06-24\nkind: report\nlanguage: {1}\n---\n\n{2}\n"
    files: dict[str, str | bytes] = {f"{n}.md": head.format(n, detect(c), s) for n, (c, s) in enumerate(PAIRS)}
    return open_assistant(tmp_path_factory.mktemp("misreadings"), files)


def verdict(assistant: Assistant, pair: tuple[str, str]) -> Verdict:
    (own,) = (d.id for d in assistant.documents() if d.source == f"{PAIRS.index(pair)}.md")
    return assistant.check(ClaimQuestion(pair[0], language=detect(pair[0]), documents=frozenset({own}))).verdict


@pytest.mark.parametrize("pair", SAYS_SOMETHING_ELSE, ids=lambda pair: pair[1])
def test_a_sentence_with_all_words_of_a_claim_that_says_something_else_does_not_support_it(
    assistant: Assistant, pair: tuple[str, str]
) -> None:
    assert verdict(assistant, pair) is not Verdict.SUPPORTED


@pytest.mark.parametrize("pair", SAYS_SO, ids=lambda pair: pair[1])
def test_a_sentence_that_says_a_claim_in_other_words_supports_it(assistant: Assistant, pair: tuple[str, str]) -> None:
    assert verdict(assistant, pair) is Verdict.SUPPORTED


@pytest.mark.parametrize("pair", SPEAKS_OF_ANOTHER, ids=lambda pair: pair[1])
def test_a_number_of_another_thing_contradicts_nothing(assistant: Assistant, pair: tuple[str, str]) -> None:
    assert verdict(assistant, pair) is Verdict.NOT_ENOUGH_INFO


@pytest.mark.parametrize("pair", CONTRADICTS, ids=lambda pair: pair[1])
def test_another_number_of_the_same_thing_contradicts(assistant: Assistant, pair: tuple[str, str]) -> None:
    assert verdict(assistant, pair) is Verdict.REFUTED


def beside(claim: str, text: str) -> Comparison:
    """A claim laid beside a text of one sentence."""
    document = Document("a", "a.md", "Nota", detect(text), text, "1", "1", "md")
    (passage,) = passages(document)
    (source,) = sources(Hit(passage, document, 1.0))
    return compare(Assertion.of(claim, detect(claim)), source, Aliases({}))


@pytest.mark.parametrize("claim, text, stands", NAMES)
def test_a_name_stands_instead_of_another_only_in_the_same_part(claim: str, text: str, stands: bool) -> None:
    laid = beside(claim, text)
    assert bool([clash for clash in laid.clashes if clash.kind is Difference.NAME]) is stands
    assert laid.missing_names == 1


OFFICES = [  # a claim of an office, a sentence in the other language, and whether that limits it
    ("The mayor of Lindenau led the mission.", "La missione è guidata da Eva Holm, vicesindaca di Lindenau.", True),
    ("Il rettore ha aperto la fiera.", "The former rector Paul Gray opened the fair.", True),
    ("The deputy mayor of Lindenau led the mission.", "La missione è guidata dalla vicesindaca di Lindenau.", False),
    ("Eva Holm led the mission.", "La missione è stata guidata da Eva Holm, vicesindaca di Lindenau.", False),
    ("The mayor of Lindenau led the mission.", "La sindaca di Lindenau ha guidato la missione.", False),
]  # fmt: skip


@pytest.mark.parametrize(
    "claim, text, clashes",
    [
        ("They met in Brussels.", "Si sono incontrati a Bruxelles.", False),  # perhaps one place's two names
        ("They met in Turin.", "Si sono incontrati a Torino.", False),
        ("They met in Brussels.", "Si sono incontrati a Parigi.", True),
        ("They met in Brussels.", "They met in Bruxton.", True),  # one language writes a name one way
    ],
)
def test_across_languages_a_name_that_looks_alike_refutes_nothing(claim: str, text: str, clashes: bool) -> None:
    assert bool(beside(claim, text).clashes) is clashes


@pytest.mark.parametrize("claim, text, limits", OFFICES)
def test_across_languages_a_deputy_or_former_holder_does_not_hold_an_office(
    claim: str, text: str, limits: bool
) -> None:
    laid = beside(claim, text)
    assert (Difference.QUANTITY in laid.differences) is limits


@pytest.mark.parametrize(
    "claim, text, contrary",
    [
        ("La R3 è poco adatta al mercato europeo.", "La R3 è giudicata molto adatta al mercato europeo.", True),
        ("The plant is poorly suited to Europe.", "The plant is highly suited to Europe.", True),
        ("Il viaggio è costato la metà.", "Il viaggio è costato il doppio.", True),
        ("La R3 è molto adatta al mercato europeo.", "La R3 è adatta al mercato europeo.", False),
        ("È molto o poco adatta?", "È molto adatta.", False),
    ],
)
def test_words_of_degree_have_their_contraries(claim: str, text: str, contrary: bool) -> None:
    assert opposes(claim, text) is contrary
