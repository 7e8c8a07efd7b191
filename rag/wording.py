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
        Asked.NAME: "**come si chiami**",
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
        Asked.NAME: "**the name**",
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
        "superseded": "{source} dice altro: {quote}",
        "writing_slow": "Il modello che scrive non ha risposto in tempo",
        "writing_limited": "Il modello che scrive ha troppe richieste",
        "writing_denied": "Il modello che scrive rifiuta l’accesso",
        "writing_broken": "Il modello che scrive non funziona in questo momento",
        "writing_cut": "Il modello che scrive si è interrotto",
        "writing_garbled": "La risposta del modello che scrive era illeggibile",
        "writing_empty": "Il modello che scrive non ha scritto nulla",
        "writing_endless": "Il modello che scrive non si fermava",
        "writing_overflow": "I passaggi erano troppi per il modello che scrive",
        "writing_absent": "Il modello che scrive non trova la risposta",
        "writing_unsupported": "Nessuna frase del modello ha superato la verifica",
        "writing_spent": "I token previsti per oggi sono finiti",
        "writing_resting": "Il modello che scrive non risponde da un po’",
        "writing_quotes": "la risposta è fatta di citazioni esatte",
        "writing_kept": "è tenuto solo ciò che è verificato",
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
        "partial": "The documents mention this, but I find no passage that says {detail}.",
        "partial_parts": "I find only part of the answer in the documents; no passage for: “{missing}”.",
        "they_say": "What they do say:",
        "not_found": "I do not find an answer in the documents.",
        "nearest": "The nearest passages (they do not answer):",
        "empty": "There are no documents to search yet.",
        "superseded": "{source} says otherwise: {quote}",
        "writing_slow": "The writing model did not answer in time",
        "writing_limited": "The writing model has too many requests",
        "writing_denied": "The writing model refuses access",
        "writing_broken": "The writing model does not work just now",
        "writing_cut": "The writing model broke off",
        "writing_garbled": "The writing model's answer could not be read",
        "writing_empty": "The writing model wrote nothing",
        "writing_endless": "The writing model did not stop",
        "writing_overflow": "The passages were too many for the writing model",
        "writing_absent": "The writing model does not find the answer",
        "writing_unsupported": "No sentence of the model passed verification",
        "writing_spent": "Today's tokens are spent",
        "writing_resting": "The writing model has not answered for a while",
        "writing_quotes": "the answer is made of exact quotes",
        "writing_kept": "only what is verified was kept",
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
