"""Across languages whoever acts and whoever is acted upon keep their places, as the packaged model's vectors show."""

from __future__ import annotations

import pytest

from rag.composition import build_embedder
from rag.embedding.embedder import Embedder, Encoding
from rag.settings import Settings
from rag.writing.actors import Telling, inverted, opens_small, same_parts

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]
# The language of a sentence, the sentence, a true translation, and one in which two actors have changed places.
PLAIN = (
    ("en", "The mayor thanked the minister for the visit.",
     "Il sindaco ha ringraziato il ministro per la visita.", "Il ministro ha ringraziato il sindaco per la visita."),
    ("it", "La città ha citato in giudizio la regione.", "The city sued the region.", "The region sued the city."),
    ("en", "The supplier paid the carmaker in March.",
     "Il fornitore ha pagato la casa automobilistica a marzo.",
     "La casa automobilistica ha pagato il fornitore a marzo."),
    ("it", "La delegazione ha invitato i ricercatori al convegno.",
     "The delegation invited the researchers to the conference.",
     "The researchers invited the delegation to the conference."),
    ("en", "The bank bought the insurer in 2019.",
     "Nel 2019 la banca ha comprato l'assicurazione.", "Nel 2019 l'assicurazione ha comprato la banca."),
    ("it", "Il governo critica i sindacati.",
     "The government criticises the unions.", "The unions criticise the government."),
    ("en", "The engineers trained the students at the laboratory.",
     "Gli ingegneri hanno formato gli studenti in laboratorio.",
     "Gli studenti hanno formato gli ingegneri in laboratorio."),
    ("it", "La console ha presentato le imprese alla delegazione.",
     "The consul introduced the firms to the delegation.", "The firms introduced the consul to the delegation."),
    ("en", "The university supports the hospital.",
     "L'università sostiene l'ospedale.", "L'ospedale sostiene l'università."),
    ("it", "Il museo fu fondato dalla diocesi.",
     "The museum was founded by the diocese.", "The diocese was founded by the museum."),
    ("en", "The auditor was appointed by the council.",
     "Il revisore è stato nominato dal consiglio.", "Il consiglio è stato nominato dal revisore."),
    ("it", "La Regione finanzierà il Comune con nuovi fondi.",
     "The Region will fund the municipality with new money.", "The municipality will fund the Region with new money."),
    ("en", "The workers elected the president of the cooperative.",
     "I lavoratori hanno eletto il presidente della cooperativa.",
     "Il presidente della cooperativa ha eletto i lavoratori."),
    ("it", "I turisti hanno aiutato i pompieri durante l'alluvione.",
     "The tourists helped the firefighters during the flood.",
     "The firefighters helped the tourists during the flood."),
    ("en", "The new director replaced the old chairman.",
     "Il nuovo direttore ha sostituito il vecchio presidente.",
     "Il vecchio presidente ha sostituito il nuovo direttore."),
    ("it", "L'ambasciatore ha scritto alla commissione.",
     "The ambassador wrote to the commission.", "The commission wrote to the ambassador."),
    ("en", "The ministry asked the agency for a report.",
     "Il ministero ha chiesto all'agenzia una relazione.", "L'agenzia ha chiesto al ministero una relazione."),
    ("it", "Il professore ha lodato gli allievi.",
     "The professor praised the pupils.", "The pupils praised the professor."),
    ("en", "The farmers sell milk to the dairies.",
     "Gli allevatori vendono il latte ai caseifici.", "I caseifici vendono il latte agli allevatori."),
    ("it", "Le piccole aziende temono le multinazionali.",
     "Small companies fear the multinationals.", "The multinationals fear small companies."),
    ("en", "The tenants informed the owner in April.",
     "Ad aprile gli inquilini hanno informato il proprietario.",
     "Ad aprile il proprietario ha informato gli inquilini."),
    ("it", "Il tribunale ha condannato il produttore.",
     "The court convicted the manufacturer.", "The manufacturer convicted the court."),
    ("en", "The buyer accused the seller of fraud.",
     "L'acquirente ha accusato il venditore di frode.", "Il venditore ha accusato l'acquirente di frode."),
    ("it", "La fondazione premia gli artigiani ogni anno.",
     "The foundation rewards the craftsmen every year.", "The craftsmen reward the foundation every year."),
    ("en", "The senator met the workers in the factory.",
     "Il senatore ha incontrato gli operai in fabbrica.", "Gli operai hanno incontrato il senatore in fabbrica."),
    ("it", "Il rettore ha ospitato i delegati a cena.",
     "The rector hosted the delegates for dinner.", "The delegates hosted the rector for dinner."),
    ("en", "The airline rescued the airport from bankruptcy.",
     "La compagnia aerea ha salvato l'aeroporto dal fallimento.",
     "L'aeroporto ha salvato la compagnia aerea dal fallimento."),
    ("it", "La provincia controlla i consorzi.",
     "The province oversees the consortia.", "The consortia oversee the province."),
    ("en", "The pilots defended the mechanics.",
     "I piloti hanno difeso i meccanici.", "I meccanici hanno difeso i piloti."),
    ("it", "Il giornale ha intervistato lo scrittore a maggio.",
     "The newspaper interviewed the writer in May.", "The writer interviewed the newspaper in May."),
    ("en", "The customers trust the brokers.",
     "I clienti si fidano degli intermediari.", "Gli intermediari si fidano dei clienti."),
    ("it", "Il consorzio ha affidato i lavori all'impresa.",
     "The consortium assigned the works to the contractor.", "The contractor assigned the works to the consortium."),
    ("en", "The judge questioned the witness for two hours.",
     "Il giudice ha interrogato il testimone per due ore.", "Il testimone ha interrogato il giudice per due ore."),
    ("it", "I genitori hanno accompagnato gli insegnanti in gita.",
     "The parents accompanied the teachers on the trip.", "The teachers accompanied the parents on the trip."),
    ("en", "The start-up acquired the publisher for 3 million euros.",
     "La start-up ha acquisito l'editore per 3 milioni di euro.",
     "L'editore ha acquisito la start-up per 3 milioni di euro."),
    ("it", "L'assessora è stata ricevuta dall'ambasciatrice.",
     "The councillor was received by the ambassador.", "The ambassador was received by the councillor."),
    ("en", "The port authority owns the railway.",
     "L'autorità portuale possiede la ferrovia.", "La ferrovia possiede l'autorità portuale."),
    ("it", "Il comitato sostituirà la giunta a settembre.",
     "The committee will replace the board in September.", "The board will replace the committee in September."),
    ("en", "The investors convinced the founders.",
     "Gli investitori hanno convinto i fondatori.", "I fondatori hanno convinto gli investitori."),
    ("it", "Gli armatori pagano i pescatori.",
     "The shipowners pay the fishermen.", "The fishermen pay the shipowners."),
    ("en", "The doctors warned the patients about the risk.",
     "I medici hanno avvertito i pazienti del rischio.", "I pazienti hanno avvertito i medici del rischio."),
    ("it", "La scuola ha ringraziato la biblioteca per i libri.",
     "The school thanked the library for the books.", "The library thanked the school for the books."),
    ("en", "The prefect was informed by the police.",
     "Il prefetto è stato informato dalla polizia.", "La polizia è stata informata dal prefetto."),
    ("it", "Il vescovo ha visitato la comunità.",
     "The bishop visited the community.", "The community visited the bishop."),
    ("en", "The trade fair hosts the chamber of commerce.",
     "La fiera ospita la camera di commercio.", "La camera di commercio ospita la fiera."),
    ("it", "La società ha licenziato il consulente dopo la verifica.",
     "The company dismissed the consultant after the audit.", "The consultant dismissed the company after the audit."),
    ("en", "The governor sent a letter to the ambassador.",
     "Il governatore ha inviato una lettera all'ambasciatore.",
     "L'ambasciatore ha inviato una lettera al governatore."),
    ("it", "Il presidente del porto ha ringraziato il console.",
     "The president of the port thanked the consul.", "The consul thanked the president of the port."),
)  # fmt: skip
TURNED = (
    ("en", "The mayor thanked the minister.",
     "Il ministro è stato ringraziato dal sindaco.", "Il sindaco è stato ringraziato dal ministro."),
    ("it", "Il consiglio ha nominato il revisore.",
     "The auditor was appointed by the council.", "The council was appointed by the auditor."),
    ("en", "The bank bought the insurer in 2019.",
     "Nel 2019 l'assicurazione è stata comprata dalla banca.",
     "Nel 2019 la banca è stata comprata dall'assicurazione."),
    ("it", "Il museo fu fondato dalla diocesi.", "The diocese founded the museum.", "The museum founded the diocese."),
    ("en", "The prefect was informed by the police.",
     "La polizia ha informato il prefetto.", "Il prefetto ha informato la polizia."),
    ("it", "L'assessora ha ricevuto l'ambasciatrice.",
     "The ambassador was received by the councillor.", "The councillor was received by the ambassador."),
)  # fmt: skip
NAMED = (
    ("en", "Ford sued the supplier.",
     "La Ford ha citato in giudizio il fornitore.", "Il fornitore ha citato in giudizio la Ford."),
    ("it", "Rossi ha ringraziato il ministro per la visita.",
     "Rossi thanked the minister for the visit.", "The minister thanked Rossi for the visit."),
    ("en", "The delegation invited Anna Rossi to the fair.",
     "La delegazione ha invitato Anna Rossi alla fiera.", "Anna Rossi ha invitato la delegazione alla fiera."),
    ("it", "Toyota finanzia l'università.", "Toyota funds the university.", "The university funds Toyota."),
)  # fmt: skip
LOST = 2  # true translations of PLAIN that are refused; no more may be (docs/quality.md)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    made = build_embedder(Settings())
    made.load()
    return made


@pytest.fixture(scope="module")
def encoded(embedder: Embedder) -> dict[str, Encoding]:
    """The sentences of all pairs."""
    texts = [text for _, *pair in (*PLAIN, *TURNED, *NAMED) for text in pair]
    return dict(zip(texts, embedder.encode_documents(texts), strict=True))


def translated(spoken: str) -> str:
    return "it" if spoken == "en" else "en"


def keeps(encoded: dict[str, Encoding], spoken: str, text: str, sentence: str) -> bool:
    """Whether the sentence, in the other language, gives everybody the same part as the text does."""
    claim = Telling.of(sentence, translated(spoken), encoded[sentence])
    return same_parts(claim, Telling.of(text, spoken, encoded[text]))


def tellings(embedder: Embedder, spoken: str, text: str, sentence: str) -> tuple[Telling, Telling]:
    mine, theirs = embedder.encode_documents([sentence, text])
    return Telling.of(sentence, translated(spoken), mine), Telling.of(text, spoken, theirs)


def test_two_actors_that_have_changed_places_are_always_seen(encoded: dict[str, Encoding]) -> None:
    pairs = (*PLAIN, *TURNED, *NAMED)
    assert [swapped for spoken, text, _, swapped in pairs if keeps(encoded, spoken, text, swapped)] == []


def test_true_translations_keep_their_parts(encoded: dict[str, Encoding]) -> None:
    lost = [true for spoken, text, true, _ in PLAIN if not keeps(encoded, spoken, text, true)]
    assert len(lost) <= LOST, lost
    assert [true for spoken, text, true, _ in (*TURNED, *NAMED) if not keeps(encoded, spoken, text, true)] == []


@pytest.mark.parametrize(
    "spoken, text, sentence",
    [
        ("it", "Alla missione hanno partecipato 12 imprese.", "12 firms took part in the mission."),
        ("it", "Nel nuovo centro tecnico lavorano cento ingegneri.",
         "A hundred engineers work in the new technical centre."),
        ("it", "La delegazione ha visitato il laboratorio e la fabbrica.",
         "The delegation visited the factory and the laboratory."),
        ("en", "At the conference the researchers presented a new battery.",
         "I ricercatori hanno presentato una nuova batteria al convegno."),
        ("en", "The council approved the budget yesterday.", "Ieri il consiglio ha approvato il bilancio."),
        ("en", "The firm makes parts for electric cars.", "L'azienda produce componenti per auto elettriche."),
    ],
)  # fmt: skip
def test_another_order_of_words_is_not_another_order_of_actors(
    embedder: Embedder, spoken: str, text: str, sentence: str
) -> None:
    assert same_parts(*tellings(embedder, spoken, text, sentence))


def test_an_order_that_the_source_does_not_show_is_not_kept(embedder: Embedder) -> None:
    pair = tellings(embedder, "it", "Ha ringraziato il sindaco il ministro.", "The minister thanked the mayor.")
    assert not same_parts(*pair)


def test_a_sentence_without_words_that_carry_meaning_has_no_parts(embedder: Embedder) -> None:
    for text, sentence in (("250", "La fiera dura tre giorni."), ("The fair lasts three days.", "12, 13.")):
        assert same_parts(*tellings(embedder, "en", text, sentence))


@pytest.mark.parametrize(
    "spoken, text, true, false",
    [
        ("en", "A visit would serve to assess a research centre, not a plant.",
         "Una visita servirebbe a valutare un centro ricerche, non uno stabilimento.",
         "Una visita servirebbe a valutare uno stabilimento, non un centro ricerche."),
        ("it", "Lo scopo sarebbe valutare un centro ricerche, non uno stabilimento.",
         "The purpose would be to assess a research centre, not a factory.",
         "The purpose would be to assess a factory, not a research centre."),
        ("it", "La delegazione ha incontrato il sindaco e non il ministro.",
         "The delegation met the mayor and not the minister.", "The delegation met the minister and not the mayor."),
        ("en", "The fund pays for training rather than machines.",
         "Il fondo paga la formazione anziché i macchinari.", "Il fondo paga i macchinari anziché la formazione."),
        ("en", "The council approved the budget but not the plan.",
         "Il consiglio ha approvato il bilancio ma non il piano.",
         "Il consiglio ha approvato il piano ma non il bilancio."),
    ],
)  # fmt: skip
def test_what_is_denied_and_what_is_affirmed_may_not_change_places(
    embedder: Embedder, spoken: str, text: str, true: str, false: str
) -> None:
    assert not inverted(*tellings(embedder, spoken, text, true))
    assert inverted(*tellings(embedder, spoken, text, false))


@pytest.mark.parametrize(
    "spoken, text, sentence",
    [
        ("en", "The delegation did not visit the factory in Turin.",
         "A Torino la delegazione non ha visitato la fabbrica."),
        ("it", "Non è uno stabilimento lo scopo della visita.", "A factory is not the purpose of the visit."),
    ],
)  # fmt: skip
def test_one_denial_in_another_order_is_no_inversion(embedder: Embedder, spoken: str, text: str, sentence: str) -> None:
    assert not inverted(*tellings(embedder, spoken, text, sentence))


# The word that opens a sentence

OPENED = (
    ("it", "Le esportazioni sono cresciute del 13,5 per cento.", "{} grew by 13.5 per cent.", "Exports"),
    ("it", "I partecipanti pagano 250 euro.", "{} pay 250 euros.", "Participants"),
    ("it", "Le imprese di Torino hanno pagato 250 euro.", "{} from Turin paid 250 euros.", "Firms"),
    ("en", "The exports of the region grew by 13.5 per cent.", "{} della regione cresciute del 13,5 per cento.",
     "Esportazioni"),
    ("en", "The firms pay 250 euros.", "{} pagano 250 euro.", "Aziende"),
)  # fmt: skip
NAMES = ("Musk", "Ford", "Torrance", "Stellantis", "Confindustria", "Ferrero")


@pytest.mark.parametrize("spoken, text, frame, noun", OPENED)
def test_a_noun_that_opens_a_sentence_is_no_name_where_its_source_writes_it_small(
    embedder: Embedder, spoken: str, text: str, frame: str, noun: str
) -> None:
    openers = (noun, *NAMES)
    small = [w for w in openers if opens_small(*tellings(embedder, spoken, text, frame.format(w)), frozenset())]
    assert small == [noun]


def test_a_source_s_own_opening_is_small_where_the_corpus_writes_it_so(embedder: Embedder) -> None:
    pair = tellings(embedder, "en", "Exports grew by 13.5 per cent.", "Esportazioni cresciute del 13,5 per cento.")
    assert not opens_small(*pair, frozenset())
    assert opens_small(*pair, frozenset({"exports"}))
