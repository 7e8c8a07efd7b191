"""The words of Fonte's pages, one table a language."""

from __future__ import annotations

from collections.abc import Mapping

from rag.language.detection import LANGUAGES

_WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "site": "Fonte",
        "all_documents": "Tutti i documenti",
        "documents": "Documenti",
        "documents_intro": "I testi su cui Fonte risponde. Ogni citazione porta al suo punto in uno di questi.",
        "no_documents": "Non ci sono ancora documenti.",
        "skip_quote": "Vai al passaggio citato",
        "skip_text": "Vai al testo",
        "quote_starts": "inizio della citazione: ",
        "quote_ends": " fine della citazione",
        "undated": "data non indicata",
        "page": "pagina {number}",
        "pages_one": "1 pagina",
        "pages_many": "{count} pagine",
        "passages_one": "1 passaggio",
        "passages_many": "{count} passaggi",
        "provenance": "Provenienza",
        "table": "Tabella",
        "original": "File originale ({format})",
        "web": "Pubblicato qui",
        "permalink": "Indirizzo permanente di questo passaggio",
        "selected": "Testo selezionato",
        "check_this": "Verifica questo",
        "cite_this": "Cita questo",
        "passage": "Passaggio {number} di {count}",
        "previous": "Passaggio precedente",
        "next": "Passaggio successivo",
        "passages": "Passaggi citati",
        "find": "Cerca nel testo",
        "find_previous": "Risultato precedente",
        "find_next": "Risultato successivo",
        "bad_quote": "Il passaggio indicato non si trova in questo testo. Il documento è mostrato per intero.",
        "old_version": "È mostrata una versione precedente: il testo è cambiato da quando fu citato.",
        "see_present": "Vedi il testo attuale",
        "removed": "Questo documento non è più tra quelli su cui Fonte risponde. È mostrato il testo citato allora.",
        "no_document": "Documento non trovato",
        "no_document_hint": "Non c’è un documento con questo indirizzo, o non c’è più.",
        "no_version": "Versione non trovata",
        "no_version_hint": "Questa versione del testo non è conservata.",
        "opening": "Fonte si sta avviando",
        "opening_hint": "La pagina si apre da sola fra pochi secondi.",
        "sign_in": "Entra",
        "sign_in_intro": "I documenti sono riservati al personale.",
        "password": "Password",
        "wrong_password": "La password non è giusta.",
        "too_many": "Troppi tentativi. Riprova tra {minutes} min.",
        "by_proxy": "L’accesso passa dal portale del tuo ente: apri Fonte da lì.",
        "signed_out": "Sei uscito.",
        "other_language": "English",
        "footer": "Il testo è quello indicizzato, parola per parola; l’aspetto è di Fonte.",
    },
    "en": {
        "site": "Fonte",
        "all_documents": "All documents",
        "documents": "Documents",
        "documents_intro": "The texts that Fonte answers from. Every citation leads to its place in one of these.",
        "no_documents": "There are no documents yet.",
        "skip_quote": "Go to the quoted passage",
        "skip_text": "Go to the text",
        "quote_starts": "quote begins: ",
        "quote_ends": " quote ends",
        "undated": "undated",
        "page": "page {number}",
        "pages_one": "1 page",
        "pages_many": "{count} pages",
        "passages_one": "1 passage",
        "passages_many": "{count} passages",
        "provenance": "Provenance",
        "table": "Table",
        "original": "Original file ({format})",
        "web": "Published here",
        "permalink": "Permanent address of this passage",
        "selected": "Selected text",
        "check_this": "Check this",
        "cite_this": "Cite this",
        "passage": "Passage {number} of {count}",
        "previous": "Previous passage",
        "next": "Next passage",
        "passages": "Quoted passages",
        "find": "Search the text",
        "find_previous": "Previous match",
        "find_next": "Next match",
        "bad_quote": "The passage asked for is not in this text. The whole document is shown.",
        "old_version": "This is an earlier version: the text has changed since it was quoted.",
        "see_present": "See the present text",
        "removed": "Fonte no longer answers from this document. The text is shown as it was quoted.",
        "no_document": "Document not found",
        "no_document_hint": "There is no document at this address, or no longer.",
        "no_version": "Version not found",
        "no_version_hint": "This version of the text is not kept.",
        "opening": "Fonte is starting",
        "opening_hint": "The page opens by itself in a few seconds.",
        "sign_in": "Sign in",
        "sign_in_intro": "The documents are for staff.",
        "password": "Password",
        "wrong_password": "That is not the password.",
        "too_many": "Too many attempts. Try again in {minutes} min.",
        "by_proxy": "Access goes through your institution’s portal: open Fonte from there.",
        "signed_out": "You are signed out.",
        "other_language": "Italiano",
        "footer": "The text is what is indexed, word for word; its looks are Fonte’s.",
    },
}
_NAMES: Mapping[str, Mapping[str, str]] = {
    "it": {"it": "in italiano", "en": "in inglese"},
    "en": {"it": "in Italian", "en": "in English"},
}


def phrase(language: str, key: str, **values: object) -> str:
    """A phrase in "it" or "en", with its placeholders filled."""
    return _WORDS[language][key].format(**values)


def counted(language: str, key: str, count: int) -> str:
    return phrase(language, f"{key}_one" if count == 1 else f"{key}_many", count=count)


def language_name(language: str, named: str) -> str:
    return _NAMES[language][named]


def preferred(accept: str, asked: str | None = None, default: str = "it") -> str:
    """The page's language: the one asked for, else the best liked of Accept-Language that is spoken here."""
    if asked in LANGUAGES:
        return str(asked)
    liked = []
    for n, part in enumerate(accept[:500].split(",")):
        tag, _, quality = part.partition(";q=")
        name = tag.strip()[:2].lower()
        if name in LANGUAGES:
            liked.append((-_quality(quality), n, name))
    return min(liked)[2] if liked else default


def _quality(value: str) -> float:
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0
