"""Proofs: what is kept and for how long, how quotes stand today, what leaves as files, and checking those again."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document as open_docx
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from proof_builders import (
    MADE,
    MINUTES,
    checked,
    cited,
    corpus,
    document,
    proof_of_answer,
    proof_of_text,
)  # fmt: skip
from standins import open_assistant, turns, write

from rag.documents import roots
from rag.errors import InvalidInput, NotFound
from rag.models import ClaimQuestion, Question, Span, Stance, Testimony, Verdict
from rag.proofs.archive import Archive
from rag.proofs.exports import export
from rag.proofs.markdown import plain
from rag.proofs.recheck import Result, outcome, recheck, untested
from rag.proofs.record import CheckedAs, Proof, from_json, of_checks, to_json
from rag.proofs.sheet import sheet
from rag.proofs.standing import State, standing
from rag.proofs.store import FILE, ProofStore

SITE = "https://fonte.example.org"
DAY = dt.timedelta(days=1)


@pytest.fixture
def proof(tmp_path: Path) -> Proof:
    return proof_of_answer(cited(document(corpus(tmp_path)), "38 imprese"))


# What is kept


def store(folder: Path, days: int = 30, now: dt.datetime = MADE) -> ProofStore:
    return ProofStore(folder / FILE, days, lambda: now)


@pytest.mark.parametrize("how", ["id", "before", "all", "days"])
def test_what_is_erased_leaves_no_trace_in_the_data_folder(tmp_path: Path, proof: Proof, how: str) -> None:
    kept = store(tmp_path)
    kept.keep(proof)
    word = b"Quante imprese erano presenti"
    assert any(word in path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    if how == "id":
        assert kept.erase(proof.id)
    elif how == "days":
        store(tmp_path, 1, MADE + 2 * DAY)
    else:
        assert kept.erase_before(MADE + DAY if how == "before" else None) == 1
    kept.close()
    assert not any(word in path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))


def test_an_answer_is_told_even_if_its_proof_cannot_be_kept(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path, {"verbale.md": MINUTES})
    question = Question("Quante imprese erano presenti?")
    answer = assistant.ask(question)
    (tmp_path / "data" / FILE).mkdir()  # where the file should be
    archive = Archive(assistant, ProofStore(tmp_path / "data" / FILE, 30))
    assert archive.kept(answer, question) == answer
    archive = Archive(assistant, ProofStore(tmp_path / "another" / FILE, 30))  # a folder that is not there
    assert archive.kept(answer, question).proof is None


def test_the_version_of_the_index_changes_with_the_documents_only(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path, {"verbale.md": MINUTES})
    archive = Archive(assistant, store(tmp_path / "data"))
    before = archive.index_version()
    assistant.sync()
    assert archive.index_version() == before
    write(tmp_path / "corpus", {"altro.md": "# Altro\n\nTutt’altro.\n"})
    assistant.sync()
    assert archive.index_version() != before
    with pytest.raises(NotFound):
        archive.proof("unknown")


# How a quote stands today


@pytest.mark.parametrize(
    "change, state, now",
    [
        (("", ""), State.SAME, "Erano presenti **38 imprese** alla riunione."),
        (("publisher: Regione & partner", "publisher: X"), State.MOVED, "Erano presenti **38 imprese** alla riunione."),
        (("Erano", "Prima. Erano"), State.MOVED, "Erano presenti **38 imprese** alla riunione."),
        (("38 imprese", "41 imprese"), State.REWORDED, "Erano presenti **41 imprese** alla riunione."),
        (("Erano presenti **38 imprese** alla riunione.", "Altro."), State.GONE, ""),
    ],
)
def test_a_quote_is_found_again_in_the_document_of_today(
    tmp_path: Path, change: tuple[str, str], state: State, now: str
) -> None:
    quote = proof_of_answer(cited(document(corpus(tmp_path)), "38 imprese")).findings[0].quotes[0]
    found = standing(quote, document(corpus(tmp_path, MINUTES.replace(*change) if change[0] else MINUTES)))
    assert (found.state, found.words) == (state, now)


def test_a_document_that_is_gone_and_words_that_never_stood_there_are_told_apart(tmp_path: Path, proof: Proof) -> None:
    (quote,) = proof.findings[0].quotes
    assert standing(quote, None).state is State.REMOVED
    assert standing(replace(quote, quote="Erano 99."), document(corpus(tmp_path))).state is State.FALSE
    other = replace(document(corpus(tmp_path)), content_hash="another")
    assert standing(quote, other).state is State.DETAILS


@pytest.mark.parametrize(
    "change, state, result",
    [
        (("Erano", "Prima. Erano"), State.READ_ANEW, Result.VERIFIED),
        (("38 imprese", "41 imprese"), State.READ_OTHERWISE, Result.FAILED),
    ],
)
def test_a_file_that_is_read_anew_has_not_changed(
    tmp_path: Path, proof: Proof, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], state: State, result: Result
) -> None:
    now = document(corpus(tmp_path))
    anew = replace(now, text=now.text.replace(*change), version="of another reader")
    (quote,) = proof.findings[0].quotes
    found = standing(quote, anew)
    assert (found.state, found.has_changed) == (state, False)
    told = export(proof, "html", SITE, {quote: found}).data.decode()
    assert "Il file è lo stesso" in told
    assert "cambiato" not in told
    monkeypatch.setattr("rag.proofs.recheck.read", lambda _: anew)
    assert outcome(recheck(proof, [corpus(tmp_path)], 2**20)) is result


# What leaves


def test_json_comes_back_as_the_same_proof(tmp_path: Path, proof: Proof) -> None:
    for one in (proof, proof_of_text(document(corpus(tmp_path)))):
        assert from_json(to_json(one)) == one


@pytest.mark.parametrize("data", ["", "{", "[]", "null", '{"id": "x"}', '{"fonte_proof": 2}'])
def test_what_is_no_proof_is_refused_in_words(data: str) -> None:
    with pytest.raises(InvalidInput, match="no proof"):
        from_json(data)


def test_markdown_has_a_footnote_for_each_source(proof: Proof) -> None:
    text = export(proof, "md", SITE, {}).data.decode()
    assert "38 imprese alla riunione.»[^1]" in text
    (note,) = [line for line in text.splitlines() if line.startswith("[^1]: ")]
    for told in (
        "24 giugno 2025",
        "Regione \\& partner",
        f"<{SITE}/documents/",
        proof.findings[0].quotes[0].source.version,
    ):
        assert told in note


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60))
def test_no_text_becomes_markup_in_markdown(text: str) -> None:
    told = plain(text)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(f"«{told}»\n")
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "text_special"}


def test_the_html_file_needs_no_other_and_nothing_in_it_is_live(proof: Proof) -> None:
    text = export(proof, "html", SITE, {}).data.decode()
    assert "Verbale &lt;b&gt;della&lt;/b&gt; riunione" in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert not [tag for tag in ("<script", "<link", "<img", " src=", "url(") if tag in text]


def test_the_word_file_holds_question_quote_and_source(proof: Proof) -> None:
    file = open_docx(io.BytesIO(export(proof, "docx", SITE, {}).data))
    text = "\n".join(p.text for p in file.paragraphs)
    for told in (
        "Quante imprese erano presenti?",
        "«Erano presenti 38 imprese alla riunione.» [1]",
        "Regione & partner",
    ):
        assert told in text
    assert file.core_properties.created == MADE


def test_a_word_file_takes_signs_that_xml_does_not(proof: Proof) -> None:
    (finding,) = proof.findings
    odd = replace(proof, findings=(replace(finding, asked="a\x00b\x0bc\ud800?"),))
    assert export(odd, "docx", SITE, {}).data[:2] == b"PK"


def test_claim_review_rates_what_was_decided_and_quotes_what_decided(tmp_path: Path) -> None:
    made = proof_of_text(document(corpus(tmp_path)))
    refuted, open_ = json.loads(export(made, "claimreview", SITE, {}).data)["@graph"]
    assert (refuted["@type"], refuted["claimReviewed"], refuted["reviewRating"]["ratingValue"]) == (
        "ClaimReview", "Erano 41 imprese.", 1,
    )  # fmt: skip
    assert refuted["isBasedOn"][0]["text"] == "Erano presenti **38 imprese** alla riunione."
    assert refuted["url"] == f"{SITE}/proofs/proof-of-text"
    assert "ratingValue" not in open_["reviewRating"]


def test_an_answer_reviews_no_claim(proof: Proof) -> None:
    with pytest.raises(InvalidInput):
        export(proof, "claimreview", SITE, {})


@pytest.mark.parametrize("format_", ["md", "html"])
def test_a_checked_text_shows_each_claim_the_deciding_words_and_what_was_set_aside(
    tmp_path: Path, format_: str
) -> None:
    made = proof_of_text(document(corpus(tmp_path)))
    text = export(made, format_, SITE, {}).data.decode()  # type: ignore[arg-type]
    for told in ("Erano 41 imprese.", "Smentita", "Pioveva.", "Non si può dire", "Ciao!", "contro"):
        assert told in text.replace("\\", "")
    assert ("**38**" if format_ == "md" else "<mark>38</mark>") in text


def test_what_has_changed_since_stands_in_the_export_beside_the_quote(tmp_path: Path, proof: Proof) -> None:
    (quote,) = proof.findings[0].quotes
    found = {quote: standing(quote, document(corpus(tmp_path, MINUTES.replace("38", "41"))))}
    text = export(proof, "html", SITE, found).data.decode()
    assert "38 imprese" in text
    assert "41 imprese" in text
    assert "Il documento è cambiato da allora" in text


# Checked again


def results(proof: Proof, folder: Path) -> dict[str, Result]:
    root = corpus(folder, (folder / "corpus" / "verbale.md").read_text(encoding="utf-8"))
    return {line.what: line.result for line in recheck(proof, [root], 2**20)}


def test_a_true_proof_is_verified_against_the_documents(tmp_path: Path, proof: Proof) -> None:
    lines = recheck(proof, [corpus(tmp_path)], 2**20)
    assert [(line.result, line.what) for line in lines] == [(Result.VERIFIED, "[1]")]
    assert outcome(lines) is Result.VERIFIED
    row = proof_of_answer(cited(document(corpus(tmp_path)), "Warren"))
    assert outcome(recheck(row, [corpus(tmp_path)], 2**20)) is Result.VERIFIED
    assert outcome(recheck(proof_of_text(document(corpus(tmp_path))), [corpus(tmp_path)], 2**20)) is Result.VERIFIED


def test_a_folder_of_another_name_is_known_by_the_hash_of_its_files(tmp_path: Path, proof: Proof) -> None:
    assert outcome(recheck(proof, [corpus(tmp_path / "x", name="renamed.md")], 2**20)) is Result.VERIFIED


@pytest.mark.parametrize(
    "forged",
    [
        ('"quote":"Erano presenti **38', '"quote":"Erano presenti **39'),
        ('"display":"Erano presenti 38', '"display":"Erano presenti 39'),
        ('"text":"«Erano presenti 38', '"text":"«Erano presenti 39'),
        ('"headline":"Erano', '"headline":"Siamo'),
        ('"publisher":"Regione', '"publisher":"Comune'),
        ('"start":', '"start":1'),
    ],
)
def test_a_forged_proof_fails(tmp_path: Path, proof: Proof, forged: tuple[str, str]) -> None:
    written = json.dumps(json.loads(to_json(proof)), ensure_ascii=False, separators=(",", ":"))
    assert forged[0] in written
    lines = recheck(from_json(written.replace(*forged)), [corpus(tmp_path)], 2**20)
    assert outcome(lines) is Result.FAILED


def test_a_forged_note_of_a_check_fails_and_what_is_not_re_checked_is_said(tmp_path: Path) -> None:
    text = "La delegazione in viaggio contava {} imprese."
    head = "---\ndate: 2025-0{}-10\nkind: minutes\n---\n\n{}\n"
    files = {f"{month}.md": head.format(month, text.format(count)) for month, count in ((5, 41), (6, 38))}
    assistant = open_assistant(tmp_path, files)
    archive = Archive(assistant, store(tmp_path / "data"))
    claim = ClaimQuestion(text.format(41), language="it")
    kept = archive.kept_check(assistant.check(claim), claim)
    made, folders = archive.proof(kept.id), roots((tmp_path / "corpus",))
    (note,) = made.findings[0].notes
    assert note.kind == "superseded"
    assert outcome(recheck(made, folders, 2**20)) is Result.VERIFIED
    assert "Verdicts and reasons" in untested(made)
    forged = replace(note, text=note.text.replace("contava 41", "contava 99"))
    lines = recheck(replace(made, findings=(replace(made.findings[0], notes=(forged,)),)), folders, 2**20)
    assert [line.what for line in lines if line.result is Result.FAILED] == ["note"]


@pytest.mark.parametrize(
    "question, understood",
    [
        ("E quanti erano?", "E quanti erano? — imprese erano presenti alla riunione"),
        ("Quante imprese del Piemonte erano presenti alla riunione di giugno?", ""),
    ],
)
def test_a_follow_up_s_proof_says_what_it_leaned_on(tmp_path: Path, question: str, understood: str) -> None:
    assistant = open_assistant(tmp_path, {"verbale.md": MINUTES})
    archive = Archive(assistant, store(tmp_path / "data"))
    asked = Question(question, history=turns("Quali imprese erano presenti alla riunione?", "38 imprese."))
    made = archive.proof(archive.kept(assistant.ask(asked), asked).id)
    assert from_json(to_json(made)) == made
    assert made.findings[0].understood == understood
    assert ("Intesa come «E quanti erano?" in sheet(made).sections[0].foot) is bool(understood)


@pytest.mark.parametrize(
    "change, expected",
    [(("Il viaggio", "Quel viaggio"), Result.CHANGED), (("38", "41"), Result.FAILED), (("", ""), Result.VERIFIED)],
)
def test_a_changed_document_is_told_from_a_quote_that_is_gone(
    tmp_path: Path, proof: Proof, change: tuple[str, str], expected: Result
) -> None:
    root = corpus(tmp_path, MINUTES.replace(*change) if change[0] else MINUTES)
    assert outcome(recheck(proof, [root], 2**20)) is expected


def test_a_missing_document_fails_and_a_proof_without_quotes_holds(tmp_path: Path, proof: Proof) -> None:
    root = corpus(tmp_path / "other", "# Altro\n\nAltro.\n", "altro.md")
    (line,) = recheck(proof, [root], 2**20)
    assert (line.result, "not in the corpus" in line.reason) == (Result.FAILED, True)
    assert recheck(proof_of_answer(), [root], 2**20) == []


def test_a_checks_verdict_and_confidence_are_in_its_proof(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path, {"verbale.md": MINUTES})
    archive = Archive(assistant, store(tmp_path / "data"))
    kept = archive.kept_check(checked("Pioveva.", Verdict.NOT_ENOUGH_INFO), ClaimQuestion("Pioveva."))
    assert kept.proof is not None
    (finding,) = archive.proof(kept.proof.rpartition("/")[2]).findings
    assert (finding.outcome, finding.confidence) == ("not_enough_info", 0.9)


def test_what_a_search_was_narrowed_to_is_kept_and_shown(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path, {"verbale.md": MINUTES, "altro.md": "# Altro\n\nPioveva.\n"})
    archive = Archive(assistant, store(tmp_path / "data"))
    (narrowed,) = (d.id for d in assistant.documents() if d.source == "verbale.md")
    question = Question("Quante imprese erano presenti?", documents=frozenset({narrowed}), as_of=dt.date(2025, 12, 31))
    claim = ClaimQuestion("Pioveva.", documents=frozenset({narrowed}))
    answer = archive.kept(assistant.ask(question), question)
    check = archive.kept_check(checked("Pioveva.", Verdict.NOT_ENOUGH_INFO), claim)
    feet = []
    for path in (answer.proof, check.proof):
        found = archive.proof(str(path).rpartition("/")[2])
        assert from_json(to_json(found)) == found
        assert found.findings[0].within == ("Verbale <b>della</b> riunione",)
        feet.append(sheet(found).sections[0].foot)
    assert "Documenti datati fino al 31 dicembre 2025, e quelli senza data" in feet[0]
    english = sheet(archive.proof(answer.id), language="en").sections[0].foot
    assert "dated up to 31 December 2025, and undated ones" in english
    assert all("Cercato solo in «Verbale <b>della</b> riunione»" in foot for foot in feet)


def test_a_deciding_number_is_marked_where_it_stands_and_no_other_like_it(tmp_path: Path) -> None:
    text = MINUTES.replace("Erano presenti **38 imprese**", "Nel 1938 non erano 38, ma **38 imprese**")
    found = cited(document(corpus(tmp_path, text)), "38 imprese")
    at = found.start + found.quote.rindex("38")
    check = checked("Erano 41.", Verdict.REFUTED, Testimony(found, Stance.AGAINST, (Span(at, at + 2),)))
    made = from_json(to_json(of_checks((check,), "abc", MADE, CheckedAs("proof", "Erano 41."))))
    lit = [("Nel 1938 non erano 38, ma ", False), ("38", True), (" imprese alla riunione.", False)]
    assert list(sheet(made).sections[0].entries[0].pieces) == lit
    assert outcome(recheck(made, [corpus(tmp_path, text)], 2**20)) is Result.VERIFIED
    (finding,) = made.findings
    moved = replace(finding.quotes[0], places=(Span(0, 2),))
    forged = replace(made, findings=(replace(finding, quotes=(moved,)),))
    assert outcome(recheck(forged, [corpus(tmp_path, text)], 2**20)) is Result.FAILED
    old = replace(made, findings=(replace(finding, quotes=(replace(finding.quotes[0], places=()),)),))
    assert [t for t, is_lit in sheet(old).sections[0].entries[0].pieces if is_lit] == ["38", "38"]
