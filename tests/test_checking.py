"""Claims checked over small documents and a stand-in reader: verdicts, reasons, authority and time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from standins import open_assistant

from rag.assistant import Assistant
from rag.errors import InvalidInput, NotFound, NotReady
from rag.models import Check, ClaimQuestion, Stance, Verdict


def document(kind: str, date: str, text: str, language: str = "it") -> str:
    return f"---\ntitle: {kind} {date}\ndate: {date}\nkind: {kind}\nlanguage: {language}\n---\n\n{text}\n"


FILES = {
    "avviso.md": document("notice", "2025-05-10", "La delegazione in viaggio a Lindenau contava 41 imprese."),
    "verbale.md": document("minutes", "2025-06-24", "La delegazione in viaggio a Lindenau contava 38 imprese."),
    "programma.md": document("agenda", "2025-06-01", "Il ministro ha visitato il cantiere navale di Karsund."),
    "intervista.md": document("interview", "2025-06-02", "Il sindaco Rossi ha venduto la vecchia tramvia comunale."),
    "nota.md": document("letter", "2025-06-03", "Il memorandum firmato a Breval non vincola nessuna delle parti."),
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


def test_as_of_a_date_what_was_written_later_counts_for_nothing(assistant: Assistant) -> None:
    then = check(assistant, "La delegazione in viaggio a Lindenau contava 41 imprese.", dt.date(2025, 5, 31))
    assert (then.verdict, then.as_of) == (Verdict.SUPPORTED, dt.date(2025, 5, 31))


def test_the_words_that_decide_lie_in_their_quote(assistant: Assistant) -> None:
    found = check(assistant, "La delegazione in viaggio a Lindenau contava 41 imprese.")
    first = found.testimonies[0]
    assert first.stance is Stance.AGAINST
    text = first.citation.document.text
    assert [text[s.start : s.end] for s in first.deciding] == ["38"]
    assert text[first.citation.start : first.citation.end] == first.citation.quote


def test_an_agenda_proves_a_plan_and_not_that_it_happened(assistant: Assistant) -> None:
    found = check(assistant, "Il ministro ha visitato il cantiere navale di Karsund.")
    assert found.verdict is Verdict.NOT_ENOUGH_INFO
    assert "programma" in found.explanation


def test_an_interview_proves_that_somebody_said_so(assistant: Assistant) -> None:
    found = check(assistant, "Il sindaco Rossi ha venduto la vecchia tramvia comunale.")
    assert found.verdict is Verdict.SUPPORTED
    assert [note.kind for note in found.notes] == ["said"]


def test_what_is_denied_refutes_what_affirms_it(assistant: Assistant) -> None:
    found = check(assistant, "Il memorandum firmato a Breval vincola entrambe le parti.")
    assert found.verdict is Verdict.REFUTED
    assert "contrario" in found.explanation


def test_a_relative_date_is_read_on_the_day_of_its_document(assistant: Assistant) -> None:
    right = check(assistant, "Il battello Aurora ha attraccato il 4 giugno nel porto grande.")
    wrong = check(assistant, "Il battello Aurora ha attraccato il 3 giugno nel porto grande.")
    assert (right.verdict, wrong.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)


def test_what_no_document_says_is_neither_and_shows_what_is_nearest(assistant: Assistant) -> None:
    found = check(assistant, "Il gatto del custode mangia soltanto pesce fresco.")
    assert (found.verdict, found.testimonies) == (Verdict.NOT_ENOUGH_INFO, ())
    assert 1 <= len(found.nearest) <= 2


def test_sources_that_contradict_each_other_and_rank_alike_decide_nothing(tmp_path: Path) -> None:
    found = check(open_assistant(tmp_path, TWO), "La serata al museo civico contava 90 invitati.")
    assert found.verdict is Verdict.NOT_ENOUGH_INFO
    assert {t.stance for t in found.testimonies} == set(Stance)
    assert "si contraddicono" in found.explanation


def test_of_several_sentences_one_that_is_refuted_refutes_the_whole(assistant: Assistant) -> None:
    both = "Il sindaco Rossi ha venduto la vecchia tramvia comunale. Il memorandum firmato a Breval vincola le parti."
    assert check(assistant, both).verdict is Verdict.REFUTED


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
