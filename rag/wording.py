"""Fonte's own words, one table a language: no fact of any document, and never that a thing does not exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from rag.language.questions import Asked

_DETAIL: Mapping[str, Mapping[Asked, str]] = {
    "it": {
        Asked.WHO: "**chi**",
        Asked.WHERE: "**dove**",
        Asked.WHEN: "**quando**",
        Asked.HOW_MUCH: "**quanto**",
        Asked.WHY: "**perché**",
        Asked.HOW: "**come**",
        Asked.WHETHER: "**se sia così**",
        Asked.OTHER: "**proprio questo**",
    },
    "en": {
        Asked.WHO: "**who**",
        Asked.WHERE: "**where**",
        Asked.WHEN: "**when**",
        Asked.HOW_MUCH: "**how much or how many**",
        Asked.WHY: "**why**",
        Asked.HOW: "**how**",
        Asked.WHETHER: "**whether it is so**",
        Asked.OTHER: "**just that**",
    },
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "partial": "Nei documenti trovo questo argomento, ma nessun passaggio che dica {detail}.",
        "partial_parts": "Nei documenti trovo solo una parte della risposta; nessun passaggio per: «{missing}».",
        "they_say": "Che cosa dicono:",
        "not_found": "Non trovo nei documenti una risposta.",
        "nearest": "I passaggi più vicini (non rispondono):",
        "empty": "Non ci sono ancora documenti in cui cercare.",
        "superseded": "Un documento di minore o più vecchia autorità dice altro: {quote}",
        "writing_slow": "Il modello che scrive non ha risposto in tempo: seguono citazioni esatte.",
        "writing_limited": "Il modello che scrive ha troppe richieste: seguono citazioni esatte.",
        "writing_denied": "Il modello che scrive rifiuta l’accesso: seguono citazioni esatte.",
        "writing_broken": "Il modello che scrive non funziona in questo momento: seguono citazioni esatte.",
        "writing_cut": "Il modello che scrive si è interrotto: seguono citazioni esatte.",
        "writing_garbled": "La risposta del modello che scrive era illeggibile: seguono citazioni esatte.",
        "writing_empty": "Il modello che scrive non ha scritto nulla: seguono citazioni esatte.",
        "writing_endless": "Il modello che scrive non si fermava: è tenuto solo ciò che è verificato.",
        "writing_overflow": "I passaggi erano troppi per il modello che scrive: seguono citazioni esatte.",
        "writing_absent": "Il modello che scrive non trova la risposta: seguono i passaggi più vicini alla domanda.",
        "writing_unsupported": "Nessuna frase del modello ha superato la verifica: seguono citazioni esatte.",
        "writing_spent": "I token previsti per oggi sono finiti: fino a domani le risposte sono citazioni esatte.",
        "writing_resting": "Il modello che scrive non risponde da un po’: per ora seguono citazioni esatte.",
        "relative_date": "{said}: {date}, contando dalla data del documento.",
        "undated": "data non indicata",
        "no_publisher": "editore non indicato",
        "answered_label": "Risposta trovata",
        "partial_label": "Risposta parziale",
        "not_found_label": "Non trovato",
        "searched_one": "Cercato in 1 documento",
        "searched_many": "Cercato in {count} documenti",
        "newest": "il più recente è del {date}",
        "page": "p. {page}",
        "open": "Apri nel documento",
    },
    "en": {
        "partial": "The documents speak of this, but I find no passage that says {detail}.",
        "partial_parts": "I find only part of the answer in the documents; no passage for: “{missing}”.",
        "they_say": "What they do say:",
        "not_found": "I do not find an answer in the documents.",
        "nearest": "The nearest passages (they do not answer):",
        "empty": "There are no documents to search yet.",
        "superseded": "An older document, or one of less authority, says otherwise: {quote}",
        "writing_slow": "The writing model did not answer in time: exact quotes follow.",
        "writing_limited": "The writing model has too many requests: exact quotes follow.",
        "writing_denied": "The writing model refuses access: exact quotes follow.",
        "writing_broken": "The writing model does not work just now: exact quotes follow.",
        "writing_cut": "The writing model broke off: exact quotes follow.",
        "writing_garbled": "The writing model's answer could not be read: exact quotes follow.",
        "writing_empty": "The writing model wrote nothing: exact quotes follow.",
        "writing_endless": "The writing model did not stop: only what is verified was kept.",
        "writing_overflow": "The passages were too many for the writing model: exact quotes follow.",
        "writing_absent": "The writing model does not find the answer: the passages nearest to the question follow.",
        "writing_unsupported": "No sentence of the model passed verification: exact quotes follow.",
        "writing_spent": "Today's tokens are spent: until tomorrow answers are exact quotes.",
        "writing_resting": "The writing model has not answered for a while: for now exact quotes follow.",
        "relative_date": "{said}: {date}, counted from the document's date.",
        "undated": "undated",
        "no_publisher": "publisher not stated",
        "answered_label": "Answer found",
        "partial_label": "Partial answer",
        "not_found_label": "Not found",
        "searched_one": "Searched 1 document",
        "searched_many": "Searched {count} documents",
        "newest": "the newest is of {date}",
        "page": "p. {page}",
        "open": "Open in the document",
    },
}
_MONTHS: Mapping[str, list[str]] = {
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(),
    "en": "January February March April May June July August September October November December".split(),
}
QUOTES: Mapping[str, tuple[str, str]] = MappingProxyType({"it": ("«", "»"), "en": ("“", "”")})


def long_date(date: dt.date, language: str) -> str:
    """ "24 aprile 2025" or "24 April 2025"."""
    return f"{date.day} {_MONTHS[language][date.month - 1]} {date.year}"


def word(language: str, key: str, **values: object) -> str:
    """A phrase in "it" or "en", with its placeholders filled."""
    return _WORDS[language][key].format(**values)


def detail(language: str, asked: Asked) -> str:
    """What a partial answer lacks: "who", "when" …, in bold."""
    return _DETAIL[language][asked]


def quoted(language: str, text: str) -> str:
    opening, closing = QUOTES[language]
    return f"{opening}{text}{closing}"


def unquoted(text: str) -> str:
    """The text without the one pair of marks that `quoted` puts around it."""
    return text[1:-1] if (text[:1], text[-1:]) in QUOTES.values() else text
