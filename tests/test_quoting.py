"""What is written, and with which status, follows from the judgements alone; these are scripted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from rag import citations
from rag.evidence import Judged
from rag.language.questions import Asked
from rag.models import Document, Draft, Evidence, Hit, PassageKind, Span, Status
from rag.passages import passages, units
from rag.precedence import Precedence
from rag.rendering import GLYPHS
from rag.text import words
from rag.wording import word
from rag.writing.gathering import MAX_ITEMS
from rag.writing.quoting import MAX_NEAREST, MAX_QUOTES, NEAR, Part, Quoter, Thresholds

QUOTER = Quoter(Thresholds.cautious(0.5), Precedence())
SURE, LIKELY, UNLIKELY = 0.8, 0.5, 0.01
TEXT = "Il 24 aprile la delegazione di Torino ha incontrato Laura Brandt a Warren."


def document(text: str = TEXT, id_: str = "d", **fields: object) -> Document:
    return Document(id_, f"{id_}.md", "Nota", "it", text, "v", "h", "md", **fields)  # type: ignore[arg-type]


def judged(of: Document, probabilities: list[float], topical: float = 0.9, answer: str = "") -> Judged:
    """A judgement on every quotable unit of a document, in order."""
    found = []
    places = [(p, u) for p in passages(of) for u in units(p)]
    for (passage, unit), probability in zip(places, probabilities, strict=True):
        at = of.text.find(answer, unit.start, unit.end) if answer else -1
        span = Span(at, at + len(answer)) if at >= 0 else None
        found.append(Evidence(Hit(passage, of, probability), unit.start, unit.end, 1.0, probability, span))
    return Judged(tuple(sorted(found, key=lambda e: -e.probability)), topical)


def draft(question: str, *verdicts: Judged, language: str = "it") -> Draft:
    asked = [question] if len(verdicts) == 1 else question.split(" e ")
    return QUOTER.draft([Part(text, verdict) for text, verdict in zip(asked, verdicts, strict=True)], language)


def quotes(of: Draft) -> list[str]:
    return [e.text for s in of.sentences for e in s.evidence]


def frames(of: Draft) -> list[str]:
    return [s.text for s in of.sentences if s.is_frame]


def test_a_sentence_that_answers_is_quoted() -> None:
    made = draft("Chi è stato incontrato a Warren?", judged(document(), [SURE]))
    assert made.status is Status.ANSWERED
    assert quotes(made) == [TEXT]
    assert frames(made) == []


def test_the_subject_without_the_detail_is_a_partial_answer() -> None:
    made = draft("Chi è stato incontrato a Warren?", judged(document(), [UNLIKELY]))
    assert made.status is Status.PARTIAL
    assert made.missing == Asked.WHO.value
    assert "**chi**" in frames(made)[0]
    assert quotes(made) == [TEXT]
    assert made.headline is None


DETAILS = {
    ("it", Asked.WHO): ("Chi è stato incontrato a Warren?", "chi"),
    ("it", Asked.WHERE): ("Dove è stata incontrata Laura Brandt?", "dove"),
    ("it", Asked.WHEN): ("Quando parte la delegazione?", "quando"),
    ("it", Asked.HOW_MUCH): ("Quanto costa la delegazione?", "quanto"),
    ("it", Asked.WHY): ("Perché è partita la delegazione?", "perché"),
    ("it", Asked.HOW): ("Come viaggia la delegazione?", "come"),
    ("it", Asked.NAME): ("Come si chiama la delegazione?", "come si chiami"),
    ("it", Asked.WHETHER): ("È vero che la delegazione è partita?", "se sia così"),
    ("it", Asked.OTHER): ("Quale albergo ha scelto la delegazione?", "proprio questo"),
    ("en", Asked.WHO): ("Who was met at Warren?", "who"),
    ("en", Asked.WHERE): ("Where was Laura Brandt met?", "where"),
    ("en", Asked.WHEN): ("When does the delegation leave?", "when"),
    ("en", Asked.HOW_MUCH): ("How many people came?", "how much or how many"),
    ("en", Asked.WHY): ("Why did the delegation leave?", "why"),
    ("en", Asked.HOW): ("How does the delegation travel?", "how"),
    ("en", Asked.NAME): ("What is the delegation called?", "the name"),
    ("en", Asked.WHETHER): ("Did the delegation leave?", "whether it is so"),
    ("en", Asked.OTHER): ("Which hotel did the delegation choose?", "just that"),
}


@pytest.mark.parametrize("kind", Asked)
@pytest.mark.parametrize("language", ["it", "en"])
def test_a_partial_answer_names_the_detail_that_is_missing(language: str, kind: Asked) -> None:
    question, lacking = DETAILS[language, kind]
    made = draft(question, judged(document(), [UNLIKELY]), language=language)
    assert made.missing == kind.value
    assert frames(made) == [
        {
            "it": f"Nei documenti trovo questo argomento, ma nessun passaggio che dica **{lacking}**.",
            "en": f"The documents mention this, but I find no passage that says **{lacking}**.",
        }[language],
        {"it": "Che cosa dicono:", "en": "What they do say:"}[language],
    ]


@pytest.mark.parametrize(
    "language, told",
    [
        ("it", ["● Risposta trovata", "◐ Risposta parziale", "○ Non trovato"]),
        ("en", ["● Answer found", "◐ Partial answer", "○ Not found"]),
    ],
)
def test_a_status_is_a_shape_and_a_word(language: str, told: list[str]) -> None:
    assert [f"{GLYPHS[status]} {word(language, f'{status.value}_label')}" for status in Status] == told


@pytest.mark.parametrize(
    "key, told",
    [
        ("not_found", ("Non trovo nei documenti una risposta.", "I do not find an answer in the documents.")),
        ("nearest", ("I passaggi più vicini (non rispondono):", "The nearest passages (they do not answer):")),
        ("undated", ("data non indicata", "undated")),
        ("open", ("Apri nel documento", "Open in the document")),
    ],
)
def test_what_surrounds_the_quotes_has_its_words(key: str, told: tuple[str, str]) -> None:
    assert (word("it", key), word("en", key)) == told


def test_another_subject_is_not_found_and_nothing_is_quoted() -> None:
    made = draft("Quanto pesa la luna?", judged(document(), [UNLIKELY], topical=0.1))
    assert made.status is Status.NOT_FOUND
    assert made.sentences == ()
    assert [e.text for e in made.nearest] == [TEXT]


def test_no_evidence_at_all_is_not_found() -> None:
    made = draft("Quanto pesa la luna?", Judged((), 0.0))
    assert (made.status, made.nearest) == (Status.NOT_FOUND, ())


def test_nothing_is_near_to_what_means_nothing() -> None:
    made = draft("asdf qwer", judged(document(), [UNLIKELY], topical=NEAR / 2))
    assert (made.status, made.nearest) == (Status.NOT_FOUND, ())


def test_no_more_than_two_are_nearest() -> None:
    verdict = judged(document("Una cosa. Una seconda. Una terza. Una quarta."), [UNLIKELY] * 4, topical=0.1)
    assert len(draft("Quanto pesa la luna?", verdict).nearest) == MAX_NEAREST


@pytest.mark.parametrize("caution, status", [(0.0, Status.ANSWERED), (1.0, Status.PARTIAL)])
def test_caution_moves_the_threshold(caution: float, status: Status) -> None:
    quoter = Quoter(Thresholds.cautious(caution), Precedence())
    assert quoter.draft([Part("Chi c'era?", judged(document(), [0.3]))], "it").status is status


def test_two_parts_that_are_both_said_are_both_quoted() -> None:
    one, two = document("Il treno costa dieci milioni.", "a"), document("Il treno parte a maggio.", "b")
    made = draft("Quanto costa il treno e quando parte?", judged(one, [SURE]), judged(two, [SURE]))
    assert made.status is Status.ANSWERED
    assert quotes(made) == [one.text, two.text]


def test_one_sentence_that_answers_both_parts_is_quoted_once() -> None:
    verdict = judged(document(), [SURE])
    assert quotes(draft("Chi c'era e quando?", verdict, verdict)) == [TEXT]


def test_one_part_of_two_is_a_partial_answer_that_names_the_other() -> None:
    one, two = document("Il treno costa dieci milioni.", "a"), document("Il treno è bianco e rosso.", "b")
    made = draft("Quanto costa il treno e quando parte?", judged(one, [SURE]), judged(two, [UNLIKELY]))
    assert made.status is Status.PARTIAL
    assert frames(made) == ["Nei documenti trovo solo una parte della risposta; nessun passaggio per: «quando parte»."]
    assert quotes(made) == [one.text]


def test_the_missing_part_is_named_in_the_answer_s_language() -> None:
    one, two = document("Il treno costa dieci milioni.", "a"), document("Il treno è bianco e rosso.", "b")
    parts = [
        Part("What does the train cost?", judged(one, [SURE])),
        Part("when does it leave?", judged(two, [UNLIKELY])),
    ]
    made = QUOTER.draft(parts, "en")
    assert frames(made) == ["I find only part of the answer in the documents; no passage for: “when does it leave”."]


COUNTED = document("In sala c'erano 85 persone attente. I posti della biblioteca sono 120 in tutto.", "a")


def test_one_number_does_not_answer_two_questions() -> None:
    seats, people = judged(COUNTED, [LIKELY, LIKELY / 2]), judged(COUNTED, [SURE, UNLIKELY])
    spans = {t: Span(COUNTED.text.index(t), COUNTED.text.index(t) + len(t)) for t in ("85", "120")}

    def pointed(verdict: Judged) -> Judged:
        return replace(verdict, evidence=tuple(
            replace(e, answer=spans["85" if "85" in e.text else "120"]) for e in verdict.evidence
        ))  # fmt: skip

    made = draft("Quanti posti aveva la biblioteca e quante persone sono venute?", pointed(seats), pointed(people))
    assert made.status is Status.ANSWERED
    assert len(quotes(made)) == 2
    lone = draft(
        "Quanti posti aveva e quante persone sono venute?",
        pointed(judged(COUNTED, [LIKELY, UNLIKELY])),
        pointed(people),
    )
    assert lone.status is Status.PARTIAL
    assert lone.missing == "Quanti posti aveva"
    where = draft(
        "Dove erano e quante persone sono venute?", pointed(judged(COUNTED, [LIKELY, UNLIKELY])), pointed(people)
    )
    assert where.status is Status.ANSWERED


LIST = "Hanno aderito:\n\n- la città di Torino\n- il porto di Savona\n- il comune di Ivrea\n- pane e vino a cena\n"


def test_the_items_of_a_list_that_answer_are_given_in_order() -> None:
    made = draft("Quali enti hanno aderito?", judged(document(LIST), [UNLIKELY, LIKELY, SURE, UNLIKELY, UNLIKELY]))
    assert quotes(made) == ["la città di Torino", "il porto di Savona"]
    assert all(e.hit.passage.kind is PassageKind.ITEM for s in made.sentences for e in s.evidence)


LISTED = "# Premi\n\n- Macchina: Rondò\n- Novità: Talpa\n- Seminatrice: Airone\n- Ambiente: Salce\n"
OTHERS = "\nA parte:\n\n- Cibo: Fossarello\n"


def items(of: Document) -> list[str]:
    return [p.text for p in passages(of) if p.kind is PassageKind.ITEM]


@pytest.mark.parametrize(
    "question, probabilities, given",
    [
        ("Quali macchine hanno vinto un premio?", [LIKELY, LIKELY, LIKELY, 0.01], 4),  # most of the list answers
        ("Quali macchine hanno vinto un premio?", [LIKELY, LIKELY, 0.01, 0.01], 2),
        ("Quali macchine hanno vinto i quattro premi?", [LIKELY, 0.01, 0.01, 0.01], 4),  # as many as it has
        ("Quali macchine hanno vinto i due premi?", [LIKELY, 0.01, 0.01, 0.01], 1),
        ("Quali macchine hanno vinto un premio?", [LIKELY, 0.01, 0.01, 0.01], 1),
        ("Quale macchina ha vinto un premio?", [LIKELY, LIKELY, LIKELY, 0.01], 1),
    ],
)
def test_a_list_that_mostly_answers_is_given_whole(question: str, probabilities: list[float], given: int) -> None:
    prize = document(LISTED)
    assert quotes(draft(question, judged(prize, probabilities))) == items(prize)[:given]


def test_an_item_that_was_not_found_is_given_with_its_list_and_no_item_of_another_list() -> None:
    prize = document(LISTED + OTHERS)
    found = judged(prize, [LIKELY, LIKELY, LIKELY, 0.0, *[LIKELY] * (len(items(prize)) - 3)])
    some = Judged(tuple(e for e in found.evidence if e.text in items(prize)[:3]), 0.9)
    assert quotes(draft("Quali macchine hanno vinto un premio?", some)) == items(prize)[:4]


def test_a_question_for_one_thing_gets_one_item() -> None:
    made = draft("Chi ha aderito?", judged(document(LIST), [UNLIKELY, LIKELY, SURE, LIKELY, UNLIKELY]))
    assert len(quotes(made)) == 1


def test_a_list_has_an_end() -> None:
    long = document("Hanno aderito:\n\n" + "".join(f"- ente numero {n}\n" for n in range(30)))
    made = draft("Quali enti hanno aderito?", judged(long, [UNLIKELY, *[SURE] * 30]))
    assert len(quotes(made)) == MAX_ITEMS


def test_further_sentences_stand_beside_the_best_only_where_several_are_asked_for() -> None:
    text = "Torino ha firmato il protocollo. Savona ha firmato il protocollo. Ivrea ha firmato. Alba ha firmato pure."
    verdict = judged(document(text), [SURE] * 4)
    assert len(quotes(draft("Quali città hanno firmato?", verdict))) == MAX_QUOTES
    assert len(quotes(draft("Chi ha firmato?", verdict))) == 1


def test_the_headline_is_an_exact_span_of_its_quote() -> None:
    made = draft("Chi è stato incontrato a Warren?", judged(document(), [SURE], answer="Laura Brandt"))
    assert made.headline == "Laura Brandt"
    assert made.headline in citations.display(made.sentences[0].evidence[0])


def test_the_headline_has_no_markup() -> None:
    text = TEXT.replace("Laura Brandt", "**Laura Brandt**")
    made = draft("Chi è stato incontrato a Warren?", judged(document(text), [SURE], answer="**Laura Brandt**"))
    assert made.headline == "Laura Brandt"


@pytest.mark.parametrize(
    "question, probability, answer",
    [
        ("Chi è stato incontrato a Warren?", LIKELY, "Laura Brandt"),  # not sure enough
        ("Chi è stato incontrato a Warren?", SURE, ""),  # no span
        ("È vero che Laura Brandt era a Warren?", SURE, "Laura Brandt"),  # a name answers no yes or no
    ],
)
def test_there_is_no_headline_without_certainty(question: str, probability: float, answer: str) -> None:
    made = draft(question, judged(document(), [probability], answer=answer))
    assert made.status is Status.ANSWERED
    assert made.headline is None


def test_a_very_long_answer_is_no_headline() -> None:
    text = "La delegazione ha incontrato " + ", ".join(f"Persona Numero{n}" for n in range(20)) + "."
    made = draft("Chi è stato incontrato?", judged(document(text), [SURE], answer=text[29:-1]))
    assert made.headline is None


def test_a_short_sentence_is_quoted_with_the_one_before_it() -> None:
    verdict = judged(document("La delegazione ha incontrato Laura Brandt. Era il 24 aprile."), [UNLIKELY, SURE])
    (quote,) = quotes(draft("Quando è stata incontrata Laura Brandt?", verdict))
    assert quote == "La delegazione ha incontrato Laura Brandt. Era il 24 aprile."


def test_what_is_superseded_stands_in_a_note_with_its_evidence() -> None:
    old = document("Al vertice di Warren hanno partecipato 41 delegati.", "a", date=dt.date(2025, 4, 24))
    new = document("Al vertice di Warren hanno partecipato 38 delegati.", "b", date=dt.date(2025, 6, 24))
    both = (*judged(old, [SURE], answer="41").evidence, *judged(new, [LIKELY], answer="38").evidence)
    made = draft("Quanti delegati hanno partecipato al vertice di Warren?", Judged(both, 0.9))
    assert quotes(made) == [new.text]
    assert [(n.kind, n.evidence[0].text) for n in made.notes] == [("superseded", old.text)]
    assert made.notes[0].text.startswith("«Nota», 24 aprile 2025, dice altro: «")
    assert "41" in made.notes[0].text


def test_a_correction_is_quoted_in_the_place_of_what_it_takes_back() -> None:
    old = document("Al vertice di Warren hanno partecipato 41 delegati.", "a", date=dt.date(2025, 4, 24))
    new = document("I delegati erano 38 e non 41.", "b", date=dt.date(2025, 6, 24))
    found = judged(old, [SURE], answer="41")
    (right,) = judged(new, [SURE], answer="38").evidence
    made = draft("Quanti delegati hanno partecipato?", replace(found, correction=right))
    assert quotes(made) == [new.text]
    assert [(n.kind, n.evidence[0].text) for n in made.notes] == [("superseded", old.text)]


def test_what_is_quoted_as_an_answer_is_not_noted_as_saying_otherwise() -> None:
    old = document("Hanno aderito al protocollo di Warren Banca Avala e Monte Sirio.", "a", date=dt.date(2025, 4, 24))
    new = document("Hanno aderito al protocollo di Warren Cassa Lurenta e Monte Sirio.", "b", date=dt.date(2025, 6, 24))
    both = (
        *judged(old, [SURE], answer="Banca Avala e Monte Sirio").evidence,
        *judged(new, [LIKELY], answer="Cassa Lurenta e Monte Sirio").evidence,
    )
    made = draft("Quali banche hanno aderito al protocollo di Warren?", Judged(both, 0.9))
    assert quotes(made) == [new.text, old.text]
    assert made.notes == ()
    alone = draft("Chi ha aderito al protocollo di Warren?", Judged(both, 0.9))
    assert quotes(alone) == [new.text]
    assert [n.kind for n in alone.notes] == ["superseded"]


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize(
    "question", ["Chi c'era?", "Quando?", "Quanti erano?", "Perché?", "Dove?", "Come?", "Che cosa?"]
)
def test_frames_hold_no_word_of_a_document(question: str, language: str) -> None:
    text = "Zelda Quixano incontrò Vercingetorige Ypsilon nel Kurdistan iracheno."
    made = draft(question, judged(document(text), [UNLIKELY]), language=language)
    assert made.status is Status.PARTIAL
    assert not set(words(" ".join(frames(made)))) & set(words(text))


def test_quotes_wear_the_marks_of_the_reply_and_keep_their_own_language() -> None:
    assert draft("Chi c'era?", judged(document(), [SURE])).sentences[0].text == f"«{TEXT}»"
    assert draft("Who was it?", judged(document(), [SURE]), language="en").sentences[0].text == f"“{TEXT}”"


@pytest.mark.parametrize(
    "said, language, note",
    [
        ("La firma è avvenuta ieri a Warren davanti a tutti i delegati.", "it", "«ieri»: 24 aprile 2025"),
        ("The two sides will sign next Tuesday in the old town hall.", "en", "“next Tuesday”: 29 April 2025"),
    ],
)
def test_a_day_told_from_the_day_of_writing_is_told_by_its_date_too(said: str, language: str, note: str) -> None:
    made = draft("Quando si firma?", judged(document(said, date=dt.date(2025, 4, 25)), [SURE]), language=language)
    assert [n.kind for n in made.notes] == ["date"]
    assert made.notes[0].text.startswith(note)
    assert made.notes[0].evidence


def test_without_a_date_of_the_document_no_day_is_guessed() -> None:
    assert draft("Quando si firma?", judged(document("La firma è avvenuta ieri a Warren."), [SURE])).notes == ()


def test_one_headline_does_not_answer_two_questions() -> None:
    verdict = judged(document(), [SURE], answer="Laura Brandt")
    assert draft("Chi è stato incontrato a Warren?", verdict).headline == "Laura Brandt"
    assert QUOTER.draft([Part("Chi è stato incontrato e in che data?", verdict)], "it").headline is None


def test_a_headline_keeps_what_bounds_its_amount() -> None:
    verdict = judged(document("Il Michigan ha oltre 950 stabilimenti in tutto lo Stato."), [SURE], answer="950")
    assert draft("Quanti stabilimenti ha il Michigan?", verdict).headline == "oltre 950"


def test_words_of_a_denial_make_no_headline() -> None:
    verdict = judged(document("A production plant is not the purpose."), [SURE], answer="A production plant")
    assert draft("What is the purpose?", verdict, language="en").headline is None
