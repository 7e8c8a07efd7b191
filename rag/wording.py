"""Fonte's own words, one table a language: no fact of any document, and never that a thing does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rag.questions import Asked

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
QUOTES: Mapping[str, tuple[str, str]] = MappingProxyType({"it": ("«", "»"), "en": ("“", "”")})


def word(language: str, key: str, **values: object) -> str:
    """A phrase in "it" or "en", with its placeholders filled."""
    return _WORDS[language][key].format(**values)


def detail(language: str, asked: Asked) -> str:
    """What a partial answer lacks: "who", "when" …, in bold."""
    return _DETAIL[language][asked]


def quoted(language: str, text: str) -> str:
    opening, closing = QUOTES[language]
    return f"{opening}{text}{closing}"
