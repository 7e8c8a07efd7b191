"""Claims checked over small documents and a stand-in reader: verdicts, reasons, authority and time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from standins import open_assistant

from rag.assistant import Assistant
from rag.checking.assertions import Assertion, sources
from rag.checking.comparing import compare
from rag.checking.judging import Witness
from rag.checking.reserves import reservation
from rag.checking.writing import deciding
from rag.errors import InvalidInput, NotFound, NotReady
from rag.language.aliases import Aliases
from rag.language.detection import detect
from rag.models import Check, ClaimQuestion, Question, Stance, Verdict


def document(kind: str, date: str, text: str, language: str = "it") -> str:
    return f"---\ntitle: {kind} {date}\ndate: {date}\nkind: {kind}\nlanguage: {language}\n---\n\n{text}\n"


FILES = {
    "avviso.md": document("notice", "2025-05-10", "La delegazione in viaggio a Lindenau contava 41 imprese."),
    "verbale.md": document("minutes", "2025-06-24", "La delegazione in viaggio a Lindenau contava 38 imprese."),
    "programma.md": document("agenda", "2025-06-01", "Il ministro ha visitato il cantiere navale di Karsund."),
    "intervista.md": document("interview", "2025-06-02", "Il sindaco Rossi ha venduto la vecchia tramvia comunale."),
    "nota.md": document("letter", "2025-06-03", "Il memorandum firmato a Breval non vincola nessuna delle parti."),
    "ponte.md": document("article", "2025-06-06", "Il sindaco Bruni sostiene che il ponte ferroviario sarà chiuso."),
    "impianti.md": document("report", "2025-06-07", "Il consorzio idrico gestisce oltre 950 impianti rurali."),
    "ospiti.md": document("report", "2025-06-07", "La cena di gala a Wolfsee contava 51 ospiti seduti."),
    "ieri.md": document("article", "2025-06-05", "Il battello Aurora ha attraccato ieri nel porto grande."),
}
TWO = {
    "a.md": document("article", "2025-06-01", "La serata al museo civico contava 90 invitati."),
    "b.md": document("article", "2025-06-01", "La serata al museo civico contava 70 invitati."),
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("check"), FILES)


def check(assistant: Assistant, claim: str, as_of: dt.date | None = None) -> Check:
    return assistant.check(ClaimQuestion(claim, language="it", as_of=as_of))


def test_the_newest_source_decides_and_the_older_one_is_shown_as_superseded(assistant: Assistant) -> None:
    found = check(assistant, "La delegazione in viaggio a Lindenau contava 41 imprese.")
    assert found.verdict is Verdict.REFUTED
    assert "38 imprese" in found.explanation
    assert "41 imprese" in found.explanation
    (note,) = found.notes
    assert note.kind == "superseded"
    assert "41 imprese" in note.text
    cited = {t.citation.number: t for t in found.testimonies}
    (number,) = note.citations
    assert (cited[number].citation.document.source, cited[number].stance) == ("avviso.md", Stance.FOR)


@pytest.mark.parametrize(
    "claim",
    [
        "La delegazione in viaggio a Lindenau contava 41 imprese.",
        "La delegazione in viaggio a Lindenau contava 38 imprese.",
        "Il sindaco Rossi ha detto che ha venduto la vecchia tramvia comunale.",
    ],
)
def test_every_number_that_a_note_names_is_a_citation_s(assistant: Assistant, claim: str) -> None:
    found = check(assistant, claim)
    numbers = {t.citation.number for t in found.testimonies}
    assert found.notes
    assert all(set(note.citations) <= numbers for note in found.notes)


def test_as_of_a_date_what_was_written_later_counts_for_nothing(assistant: Assistant) -> None:
    then = check(assistant, "La delegazione in viaggio a Lindenau contava 41 imprese.", dt.date(2025, 5, 31))
    assert (then.verdict, then.as_of) == (Verdict.SUPPORTED, dt.date(2025, 5, 31))


def test_the_title_of_a_column_is_no_name_that_stands_instead(tmp_path: Path) -> None:
    table = "| Nome | Ruolo |\n|---|---|\n| Bruno Castelli | Dirigente della banca |\n"
    (row,) = (
        s for hit in open_assistant(tmp_path, {"a.md": table}).search(Question("Castelli"), 1) for s in sources(hit)
    )
    laid = compare(Assertion.of("Bruno Castelli è stato incontrato alla Orsara Meccanica.", "it"), row, Aliases({}))
    assert "Ruolo" in row.text
    assert "Ruolo" not in [clash.theirs for clash in laid.clashes]


def test_the_words_that_decide_lie_in_their_quote(assistant: Assistant) -> None:
    found = check(assistant, "La delegazione in viaggio a Lindenau contava 41 imprese.")
    first = found.testimonies[0]
    assert first.stance is Stance.AGAINST
    text = first.citation.document.text
    assert [text[s.start : s.end] for s in first.deciding] == ["38"]
    assert text[first.citation.start : first.citation.end] == first.citation.quote


@pytest.mark.parametrize(
    "claim, text, lit",
    [
        ("Il museo civico è aperto la domenica.", "Il museo civico è chiuso la domenica.", ["chiuso"]),
        ("Exports of the region rose in May.", "Exports of the region fell in May.", ["fell"]),
        ("Anna Rossi è direttrice del museo.", "Anna Rossi è ex direttrice del museo.", ["ex"]),
        ("GM apre un ufficio a Torino.", "GM valuta se apre un ufficio a Torino.", ["se", "valuta"]),
        (
            "Il sindaco ringrazia il ministro.",
            "Il ministro ringrazia il sindaco.",
            ["ministro", "ringrazia", "sindaco"],
        ),
        ("Il museo ha riaperto la sala.", "Ieri il museo ha riaperto la sala.", ["museo", "riaperto", "sala"]),
    ],
)
def test_the_words_that_decide_are_lit_where_no_value_or_name_does(
    tmp_path: Path, claim: str, text: str, lit: list[str]
) -> None:
    language = detect(claim)
    assistant = open_assistant(tmp_path, {"a.md": document("report", "2025-05-01", text, language)})
    (source,) = (s for hit in assistant.search(Question(claim, language=language), 1) for s in sources(hit))
    laid = compare(Assertion.of(claim, language), source, Aliases({}))
    stance = Stance.AGAINST if laid.differences else Stance.FOR
    spans = deciding(Witness(source, laid, 1.0), stance)
    whole = source.hit.document.text
    assert sorted(whole[s.start : s.end] for s in spans) == lit


def test_an_agenda_proves_a_plan_and_not_that_it_happened(assistant: Assistant) -> None:
    found = check(assistant, "Il ministro ha visitato il cantiere navale di Karsund.")
    assert found.verdict is Verdict.NOT_ENOUGH_INFO
    assert "programma" in found.explanation
    assert [t.citation.document.source for t in found.testimonies] == ["programma.md"]


def test_what_stands_above_an_interview_s_first_question_is_its_author_s(tmp_path: Path) -> None:
    text = "Marta Obinu dirige la segheria di Karsund dal 2011.\n\n**Che cosa cambia?**\n\nLa segheria ha 38 addetti."
    assistant = open_assistant(tmp_path, {"i.md": document("interview", "2025-06-02", text)})
    told = check(assistant, "Marta Obinu dirige la segheria di Karsund dal 2011.")
    said = check(assistant, "La segheria ha 38 addetti.")
    assert (told.verdict, said.verdict) == (Verdict.SUPPORTED, Verdict.NOT_ENOUGH_INFO)


@pytest.mark.parametrize("kind", ["agenda", "programme"])
def test_an_agenda_alone_refutes_nothing_that_happened_but_what_is_said_of_the_plan(tmp_path: Path, kind: str) -> None:
    text = "Il ministro ha visitato il cantiere navale di Karsund il 12 maggio."
    assistant = open_assistant(tmp_path, {"a.md": document(kind, "2025-05-01", text)})
    done = check(assistant, "Il ministro ha visitato il cantiere navale di Karsund il 14 maggio.")
    planned = check(assistant, "In programma il ministro ha visitato il cantiere navale di Karsund il 14 maggio.")
    assert (done.verdict, planned.verdict) == (Verdict.NOT_ENOUGH_INFO, Verdict.REFUTED)
    assert "prevede altro" in done.explanation


@pytest.mark.parametrize(
    "claim, decides",
    [
        ("The minister toured the Karsund yard on 14 May.", False),
        ("The minister was to tour the Karsund yard on 14 May.", True),
        ("In the programme the minister toured the Karsund yard on 14 May.", True),
        ("The minister will tour the Karsund yard opened in 2020.", True),
        ("The programme lists a visit to the Karsund yard.", True),
        ("Il ministro visiterà il cantiere il 14 maggio.", True),
        ("Secondo il programma il ministro visita il cantiere.", True),
        ("Nel programma definitivo il ministro visita il cantiere.", True),
        ("Nella versione definitiva del programma il ministro visita il cantiere.", True),
        ("In the revised programme the minister toured the Karsund yard.", True),
        ("Il ministro è entrato nel programma di scambio a Karsund.", False),
        ("È prevista una visita al cantiere.", True),
        ("The minister flew to Detroit.", False),
        ("The committee sat in Karsund.", False),
        ("The minister signed the plan.", False),
        ("La riunione si tenne a Karsund.", False),
        ("La riunione si svolse a Karsund.", False),
        ("Il ministro partì per Karsund.", False),
        ("La mostra aprì a Karsund.", False),
        ("La sala venne aperta a Karsund.", False),
        ("Il ministro ha firmato il programma di scambio.", False),
        ("Il ministro visita il cantiere il 14 maggio.", False),
    ],
)
def test_a_plan_settles_claims_about_the_plan_and_none_about_what_was_done(
    assistant: Assistant, claim: str, decides: bool
) -> None:
    (plan,) = (d for d in assistant.documents() if d.source == "programma.md")
    (hit,) = assistant.search(Question("Il ministro ha visitato il cantiere", documents=frozenset({plan.id})), 1)
    (source,) = sources(hit)
    assert (reservation(Assertion.of(claim, detect(claim)), source) is None) is decides


@pytest.mark.parametrize(
    "stated, claim, verdict",
    [
        (
            "I doni ufficiali sono tre modellini di tram.",
            "I doni ufficiali sono tre modellini di tram.",
            Verdict.SUPPORTED,
        ),
        (
            "Il ministro è atteso al cantiere di Karsund.",
            "Il ministro è al cantiere di Karsund.",
            Verdict.NOT_ENOUGH_INFO,
        ),
        (
            "I doni ufficiali sono tre modellini di tram.",
            "I doni sono stati tre modellini di tram.",
            Verdict.NOT_ENOUGH_INFO,
        ),
    ],
)
def test_what_a_programme_itself_states_it_does_not_plan(
    tmp_path: Path, stated: str, claim: str, verdict: Verdict
) -> None:
    assistant = open_assistant(tmp_path, {"a.md": document("agenda", "2025-05-01", stated)})
    assert check(assistant, claim).verdict is verdict


@pytest.mark.parametrize("kind", ["interview", "speech"])
def test_an_interview_or_a_speech_proves_that_somebody_said_so_and_not_that_it_is_so(tmp_path: Path, kind: str) -> None:
    text = "Il sindaco Rossi ha venduto la vecchia tramvia comunale."
    assistant = open_assistant(tmp_path, {"a.md": document(kind, "2025-06-02", text)})
    bare, told = check(assistant, text), check(assistant, f"Il sindaco Rossi ha detto che {text[17:]}")
    assert (bare.verdict, bare.notes) == (Verdict.NOT_ENOUGH_INFO, ())
    assert "i documenti non lo accertano" in bare.explanation
    assert [t.citation.document.kind for t in bare.testimonies] == [kind]
    assert (told.verdict, [n.kind for n in told.notes]) == (Verdict.SUPPORTED, ["said"])


@pytest.mark.parametrize(
    "claim, language",
    [("The council approved the plan.", "en"), ("Il consiglio conta 38 membri.", "it")],
)
def test_a_claim_that_names_a_plan_is_none_about_what_somebody_means_to_do(
    tmp_path: Path, claim: str, language: str
) -> None:
    assistant = open_assistant(tmp_path, {"a.md": document("interview", "2025-06-02", claim, language)})
    assert assistant.check(ClaimQuestion(claim, language=language)).verdict is Verdict.NOT_ENOUGH_INFO


def test_what_somebody_says_proves_that_it_was_said(assistant: Assistant) -> None:
    bare = check(assistant, "Il ponte ferroviario sarà chiuso.")
    told = check(assistant, "Il sindaco Bruni sostiene che il ponte ferroviario sarà chiuso.")
    assert (bare.verdict, told.verdict) == (Verdict.NOT_ENOUGH_INFO, Verdict.SUPPORTED)
    assert bare.explanation == "Lo dice il sindaco Bruni, i documenti non lo accertano."
    assert [t.citation.document.source for t in bare.testimonies] == ["ponte.md"]


@pytest.mark.parametrize(
    "claim, verdict",
    [
        ("Il consorzio idrico gestisce oltre 900 impianti rurali.", Verdict.SUPPORTED),
        ("Il consorzio idrico gestisce 950 impianti rurali.", Verdict.NOT_ENOUGH_INFO),
        ("Il consorzio idrico gestisce 960 impianti rurali.", Verdict.NOT_ENOUGH_INFO),
        ("Il consorzio idrico gestisce 800 impianti rurali.", Verdict.REFUTED),
        ("La cena di gala a Wolfsee contava quasi 100 ospiti seduti.", Verdict.REFUTED),
        ("La cena di gala a Wolfsee contava circa 50 ospiti seduti.", Verdict.SUPPORTED),
    ],
)
def test_a_rounded_or_bounded_number_is_told_from_another(assistant: Assistant, claim: str, verdict: Verdict) -> None:
    assert check(assistant, claim).verdict is verdict


def test_a_reason_names_a_number_with_what_bounds_it(assistant: Assistant) -> None:
    found = check(assistant, "Il consorzio idrico gestisce 800 impianti rurali.")
    assert "dice oltre 950 impianti, l’affermazione dice 800 impianti" in found.explanation


def test_many_sources_that_say_alike_still_show_the_one_that_decides(tmp_path: Path) -> None:
    counts = "La delegazione in viaggio a Lindenau contava {} imprese. "
    texts = ["".join(counts.format(10 * n + m) for m in (1, 2, 3, 4)) for n in range(15)]
    notes = {f"{n}.md": document("report", "2025-06-01", text) for n, text in enumerate(texts)}
    found = check(open_assistant(tmp_path, notes), counts.format(900).strip())
    assert found.verdict is Verdict.REFUTED
    assert [t.stance for t in found.testimonies if not t.leaning] == [Stance.AGAINST]


def test_beside_what_decides_one_more_passage_is_shown_that_says_it_otherwise(tmp_path: Path) -> None:
    texts = ["La delegazione contava 41 imprese.", "La delegazione contava 41 imprese.", "Le imprese erano 38."]
    notes = {f"{n}.md": document("report", "2025-06-01", text) for n, text in enumerate(texts)}
    found = check(open_assistant(tmp_path, notes), "La delegazione contava 41 imprese.")
    assert found.verdict is Verdict.SUPPORTED
    assert not found.testimonies[0].leaning
    beside = [t.citation.quote for t in found.testimonies if t.leaning]
    assert len(beside) <= 1
    assert texts[0] not in beside


def test_what_is_denied_refutes_what_affirms_it(assistant: Assistant) -> None:
    found = check(assistant, "Il memorandum firmato a Breval vincola entrambe le parti.")
    assert found.verdict is Verdict.REFUTED
    assert "contrario" in found.explanation


def test_a_relative_date_is_read_on_the_day_of_its_document(assistant: Assistant) -> None:
    right = check(assistant, "Il battello Aurora ha attraccato il 4 giugno nel porto grande.")
    wrong = check(assistant, "Il battello Aurora ha attraccato il 3 giugno nel porto grande.")
    assert (right.verdict, wrong.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)


def test_a_relative_date_of_a_claim_counts_from_today_or_from_the_day_asked_for(assistant: Assistant) -> None:
    claim = "Il battello Aurora ha attraccato ieri nel porto grande."
    then, now = check(assistant, claim, dt.date(2025, 6, 5)), check(assistant, claim)
    assert (then.verdict, now.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)
    yesterday = dt.date.today() - dt.timedelta(1)
    assert "dice 4 giugno 2025, l’affermazione dice" in now.explanation
    assert str(yesterday.year) in now.explanation
    assert now.as_of is None


def test_what_no_document_says_is_neither_and_shows_what_is_nearest(assistant: Assistant) -> None:
    found = check(assistant, "Il gatto del custode mangia soltanto pesce fresco.")
    assert (found.verdict, found.testimonies) == (Verdict.NOT_ENOUGH_INFO, ())
    assert 1 <= len(found.nearest) <= 2


def test_sources_that_contradict_each_other_and_rank_alike_decide_nothing(tmp_path: Path) -> None:
    found = check(open_assistant(tmp_path, TWO), "La serata al museo civico contava 90 invitati.")
    assert found.verdict is Verdict.NOT_ENOUGH_INFO
    assert {t.stance for t in found.testimonies} == set(Stance)
    assert "si contraddicono" in found.explanation


def test_an_old_sentence_is_not_followed_where_a_later_source_leans_against_it(tmp_path: Path) -> None:
    files = {
        "a.md": document("notice", "2025-05-10", "La delegazione di Lindenau contava 41 imprese."),
        "b.md": document("minutes", "2025-06-24", "Rettifica: la delegazione di Lindenau aveva 38 imprese."),
    }
    found = check(open_assistant(tmp_path, files), "La delegazione di Lindenau contava 41 imprese.")
    assert found.verdict is Verdict.NOT_ENOUGH_INFO
    assert {t.citation.document.source: t.stance for t in found.testimonies} == {
        "a.md": Stance.FOR,
        "b.md": Stance.AGAINST,
    }
    assert "il verbale «minutes 2025-06-24», che viene dopo" in found.explanation.lower()
    files["b.md"] = document("minutes", "2025-04-24", "Rettifica: la delegazione di Lindenau aveva 38 imprese.")
    older = check(open_assistant(tmp_path / "older", files), "La delegazione di Lindenau contava 41 imprese.")
    assert older.verdict is Verdict.SUPPORTED


def test_a_later_source_supersedes_nothing_that_it_does_not_speak_of(tmp_path: Path) -> None:
    files = {
        "a.md": document("minutes", "2025-05-01", "Il ministro ha visitato GM il 24 aprile."),
        "b.md": document("article", "2025-06-01", "Il ministro ha visitato Ford il 25 maggio."),
    }
    found = check(open_assistant(tmp_path, files), "Il ministro ha visitato GM il 24 aprile.")
    assert (found.verdict, found.notes) == (Verdict.SUPPORTED, ())
    files["b.md"] = document("article", "2025-06-01", "Il ministro ha visitato GM il 25 maggio.")
    found = check(open_assistant(tmp_path / "same", files), "Il ministro ha visitato GM il 24 aprile.")
    assert (found.verdict, [n.kind for n in found.notes]) == (Verdict.REFUTED, ["superseded"])


def test_the_sentence_shown_as_superseded_is_the_one_that_contradicts_most(tmp_path: Path) -> None:
    told = "La delegazione in viaggio a Lindenau contava {} imprese."
    old = f"A Lindenau la delegazione contava ben 41 imprese. {told.format(41)}"
    files = {"a.md": document("notice", "2025-05-10", old), "b.md": document("minutes", "2025-06-24", told.format(38))}
    found = check(open_assistant(tmp_path, files), told.format(41))
    (note,) = found.notes
    assert told.format(41).rstrip(".") in note.text
    assert "ben 41" not in note.text


@pytest.mark.parametrize(
    "text, language, told",
    [
        ("Secondo me è stata inutile. {}", "it", "non è stata verificata (opinione): «Secondo me è stata inutile»"),
        ("In my view it was useless. {}", "en", "not checked (opinion): “In my view it was useless”"),
    ],
)
def test_what_stands_beside_a_claim_and_is_not_checked_is_named(
    assistant: Assistant, text: str, language: str, told: str
) -> None:
    claim = "Il consorzio idrico gestisce oltre 950 impianti rurali."
    found = assistant.check(ClaimQuestion(text.format(claim), language=language))
    (note,) = found.notes
    assert (note.kind, note.citations) == ("unchecked", ())
    assert told in note.text
    assert check(assistant, f"Buongiorno! {claim}").notes == ()


def test_of_several_sentences_one_that_is_refuted_refutes_the_whole(assistant: Assistant) -> None:
    right = "Il battello Aurora ha attraccato il 4 giugno nel porto grande."
    wrong = "Il memorandum firmato a Breval vincola le parti."
    assert check(assistant, f"{right} {wrong}").verdict is Verdict.REFUTED


def test_a_question_is_no_claim(assistant: Assistant) -> None:
    found = check(assistant, "Quante imprese contava la delegazione?")
    assert found.verdict is Verdict.NOT_ENOUGH_INFO
    assert "non afferma un fatto" in found.explanation


def test_a_text_is_checked_claim_by_claim_with_places(assistant: Assistant) -> None:
    text = "Buongiorno! Il sindaco Rossi ha venduto la vecchia tramvia comunale. Chi lo sapeva?"
    found = assistant.check_text(ClaimQuestion(text))
    assert [text[c.start : c.end] for c in found.checks] == [c.claim for c in found.checks]
    assert [a.reason for a in found.set_aside] == ["greeting", "question"]


def test_without_documents_nothing_is_decided(tmp_path: Path) -> None:
    found = check(open_assistant(tmp_path), "Il gatto mangia il pesce.")
    assert (found.verdict, found.searched, found.nearest) == (Verdict.NOT_ENOUGH_INFO, 0, ())


@pytest.mark.parametrize(
    "claim, error",
    [
        (ClaimQuestion("…"), InvalidInput),
        (ClaimQuestion("x" * 1001), InvalidInput),
        (ClaimQuestion("Il gatto mangia.", documents=frozenset({"no"})), NotFound),
    ],
)
def test_a_claim_that_cannot_be_checked_is_refused(
    assistant: Assistant, claim: ClaimQuestion, error: type[Exception]
) -> None:
    with pytest.raises(error):
        assistant.check(claim)


def test_a_text_of_too_many_claims_is_refused(assistant: Assistant) -> None:
    with pytest.raises(InvalidInput, match="at most 60"):
        assistant.check_text(ClaimQuestion("Il gatto mangia il pesce. " * 61))


def test_before_the_start_is_over_nothing_is_checked(tmp_path: Path) -> None:
    starting = open_assistant(tmp_path)
    starting.state.stage = "model"
    with pytest.raises(NotReady):
        starting.check(ClaimQuestion("Il gatto mangia il pesce."))
