"""One answer of each form in both languages, its quotes real ones of the corpus that ships.

What is said is staged, so that a better reader changes no picture; quotes, numbers and words are made as always.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from rag.assistant import Assistant
from rag.citations import Citations, citation
from rag.language.questions import Asked
from rag.models import Answer, Evidence, Hit, Note, Question, Statement, Status, Support
from rag.wording import detail, quoted, word
from rag.writing.quoting import said_otherwise

Place = tuple[str, str]  # a document's source, and words of it
ARTICLE, FIGURES, PEOPLE = "01-resoconto-missione.md", "05-scheda-dati.pdf", "03-chi-e-chi.md"
GROUPS, PRESS, VOICES = "04-organizzazioni.docx", "10-press-summary.docx", "09-voci.html"
BRIEF = "07-mission-brief.pdf"
INTRODUCED = "È stata Allegra Baistrocchi, console generale, a presentare alla delegazione realtà come Rivian."
PLANTS: Place = (FIGURES, "| Impianti produttivi | oltre 950 | Michigan |")


@dataclass(frozen=True, slots=True)
class Form:
    """What one answer says: its status, where its quotes stand, and the words set in bold."""

    status: Status
    quotes: tuple[Place, ...] = ()
    headline: str | None = None
    nearest: tuple[Place, ...] = ()
    note: Place | None = None
    newest: dt.date | None = None
    missing: tuple[str, str] | None = None  # the part that has no passage, in Italian and English


FORMS: dict[str, Form] = {
    "answered": Form(
        Status.ANSWERED,
        ((ARTICLE, INTRODUCED),),
        headline="Allegra Baistrocchi",
    ),
    "list": Form(
        Status.ANSWERED,
        (
            (GROUPS, "Webasto US, filiale locale di un gruppo tedesco attivo nella componentistica"),
            (GROUPS, "Stellantis, di cui la delegazione ha visto Antonio Filosa, coo per le Americhe"),
            (PEOPLE, "| Andrea Tronzano | Assessore | Regione Piemonte | Guida la missione con Michela Favaro |"),
        ),
    ),
    "partial": Form(
        Status.PARTIAL,
        (
            (ARTICLE, "Lo stesso giorno c'è stato un vertice strategico con General Motors, nel suo Warren Technical"),
            (PRESS, "A strategic summit took place at the Warren Technical Center of General Motors."),
        ),
    ),
    "corrected": Form(
        Status.ANSWERED,
        (("90-verbale.md", "Il Michigan conta 900 impianti produttivi."),),
        note=(ARTICLE, "Il Michigan conta oltre 950 impianti produttivi e 175.000 lavoratori"),
    ),
    "dated": Form(
        Status.ANSWERED,
        (("90-verbale.md", "A Palazzo Lascaris erano presenti 38 imprese"),),
        headline="38 imprese",
        newest=dt.date(2025, 6, 24),
    ),
    "not_found": Form(
        Status.NOT_FOUND,
        nearest=(
            (VOICES, "Monica Mailander, che presiede Vehicle Valley, si è soffermata sui rapporti industriali"),
            PLANTS,
        ),
    ),
}
RARE: dict[str, Form] = {
    "parts": Form(Status.PARTIAL, ((ARTICLE, INTRODUCED),), missing=("quanto è costata", "what it cost")),
    "paged": Form(
        Status.ANSWERED,
        ((BRIEF, "Consul General Allegra Baistrocchi introduced the delegation to organisations such as Rivian."),),
    ),
    "nothing": Form(Status.NOT_FOUND),
}
QUESTIONS = {"it": "Che forma ha una risposta {form}?", "en": "What does an answer look like when it is {form}?"}


def question(language: str, form: str) -> str:
    return QUESTIONS[language].format(form=form)


class Staged:
    """Answers each question of QUESTIONS in its form, any other as the assistant would."""

    def __init__(self, assistant: Assistant, otherwise: Callable[..., Answer]) -> None:
        self._assistant = assistant
        self._otherwise = otherwise

    def __call__(self, asked: Question, *tell: object) -> Answer:
        for language in QUESTIONS:
            for name, form in (FORMS | RARE).items():
                if question(language, name) == asked.text:
                    return self._staged(asked, language, name, form)
        return self._otherwise(asked, *tell)

    def _staged(self, asked: Question, language: str, name: str, form: Form) -> Answer:
        cited = Citations()
        lacking: tuple[str, ...] = (
            word(language, "partial", detail=detail(language, Asked.WHO)),
            word(language, "they_say"),
        )
        if form.missing:
            lacking = (word(language, "partial_parts", missing=form.missing[language == "en"]),)
        frames = {
            Status.ANSWERED: (),
            Status.PARTIAL: lacking,
            Status.NOT_FOUND: (word(language, "not_found"),),
        }[form.status]
        statements = [Statement(text, (), Support.FRAME) for text in frames]
        for place in form.quotes:
            number = cited.cite([self._evidence(place)])
            statements.append(Statement(quoted(language, cited.numbered[-1].display), number, Support.QUOTED))
        return Answer(
            id=f"{name}-{language}",
            question=asked.text,
            status=form.status,
            language=language,
            text="\n".join(s.text for s in statements),
            headline=form.headline,
            statements=tuple(statements),
            notes=(self._note(form.note, cited, language),) if form.note else (),
            citations=cited.numbered,
            nearest=tuple(citation(self._evidence(place)) for place in form.nearest),
            mode="quotes",
            model=None,
            searched=10,
            newest=form.newest,
        )

    def _note(self, place: Place, cited: Citations, language: str) -> Note:
        evidence = self._evidence(place)
        number = cited.cite([evidence])
        return Note("superseded", said_otherwise(evidence, language), number)

    def _evidence(self, place: Place) -> Evidence:
        source, quote = place
        document = next(d for d in self._assistant.documents() if d.source == source)
        manifest = self._assistant.index.manifest
        start = document.text.index(quote)
        end = start + len(quote)
        held = manifest.passages(manifest.siblings(document.id)).values()
        passage = next(p for p in held if p.start <= start and end <= p.end)
        return Evidence(Hit(passage, document, 1.0), start, end, 1.0, 0.9)
