"""What a check says in words, one table a language: the reason of a verdict in one sentence, and its notes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rag.models import Document, Testimony, Verdict
from rag.wording import quoted

# A document of each kind as the subject of a sentence.
_KINDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "minutes": "il verbale", "report": "il rapporto", "letter": "la lettera", "press_release": "il comunicato",
        "factsheet": "la scheda", "notice": "l’avviso", "article": "l’articolo", "speech": "il discorso",
        "email": "l’e-mail", "faq": "la pagina di domande e risposte", "interview": "l’intervista",
        "agenda": "il programma", "programme": "il programma", "act": "l’atto", "biography": "la biografia",
        "other": "il documento",
    },
    "en": {
        "minutes": "the minutes", "report": "the report", "letter": "the letter", "press_release": "the press release",
        "factsheet": "the factsheet", "notice": "the notice", "article": "the article", "speech": "the speech",
        "email": "the e-mail", "faq": "the FAQ page", "interview": "the interview", "agenda": "the programme",
        "programme": "the programme", "act": "the act", "biography": "the biography", "other": "the document",
    },
}  # fmt: skip
_PLURAL = frozenset({("en", "minutes")})
_WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "supported_value": "{source} dice {theirs}: l’affermazione vi corrisponde.",
        "supported": "{source} lo dice: {quote}.",
        "number": "{source} dice {theirs}, l’affermazione dice {mine}.",
        "date": "{source} dice {theirs}, l’affermazione dice {mine}.",
        "name": "{source} indica {theirs}, l’affermazione {mine}.",
        "negation": "{source} dice il contrario: una delle due frasi nega ciò che l’altra afferma.",
        "opposite": "{source} dice l’opposto: {quote}.",
        "plan": "{source} ne parla come di un progetto, non come di un fatto avvenuto.",
        "quantity": "{source} non lo dice in questa misura: {quote}.",
        "roles": "{source} attribuisce i ruoli in altro modo: {quote}.",
        "refuted": "{source} dice altro: {quote}.",
        "disagree": "Le fonti si contraddicono, e nessuna prevale sull’altra: non è possibile decidere.",
        "doubted": "{source}, che viene dopo o ha più peso, sembra dire altro: non è possibile decidere.",
        "plan_for": "{source} lo annuncia come programma; non trovo un passaggio che dica che è avvenuto.",
        "plan_against": "{source} prevede altro, ma non trovo un passaggio che dica che cosa è avvenuto.",
        "said_for_by": "lo {says} {who}, i documenti non lo accertano.",
        "said_for_in": "{source} riporta che qualcuno lo dice: i documenti non lo accertano.",
        "said_against_by": "{who} {says} altro, ma i documenti non lo accertano.",
        "said_against_in": "{source} riporta che qualcuno dice altro, ma i documenti non lo accertano.",
        "undecided": "Alcuni passaggi riguardano questa affermazione, ma nessuno mi basta per decidere.",
        "nothing": "Non trovo nei documenti un passaggio che dica se è così.",
        "empty": "Non ci sono documenti in cui cercare.",
        "not_a_claim": "Questo testo non afferma un fatto che i documenti possano confermare o smentire.",
        "some_parts": "Solo una parte dell’affermazione trova conferma.",
        "superseded": "Superato: {source} diceva altro: {quote}",
        "unchecked": "Questa frase non è stata verificata ({why}): {quote}",
        "said": "{source} prova che qualcuno lo ha detto, non che sia così.",
        "supported_label": "Confermata",
        "refuted_label": "Smentita",
        "not_enough_info_label": "Non si può dire",
        "for": "A favore",
        "against": "Contro",
        "leaning": "Ne parlano, senza decidere",
        "set_aside": "Messe da parte",
        "question": "domanda",
        "greeting": "saluto",
        "opinion": "opinione",
        "request": "richiesta",
        "fragment": "frase incompleta",
        "heading": "titolo o tabella",
        "failed": "verifica non riuscita",
        "as_of": "Alla data del {date}",
        "claims_none": "Nessuna affermazione da verificare.",
        "proof": "Prova di questa verifica",
        "check_tab": "Verifica",
        "check_title": "Che cosa dicono i documenti su questa frase?",
        "check_intro": "Incolla una frase o una bozza: ogni affermazione riceve un verdetto e i passaggi decisivi.",
        "check_field": "Testo da verificare",
        "check_placeholder": "Incolla qui una frase o una bozza",
        "check_do": "Verifica",
        "as_of_field": "Alla data del",
        "checking": "Verifico …",
        "checking_all": "{done} di {count} verificate",
        "check_done": "Affermazioni verificate: {count}",
        "check_some": "Affermazioni verificate: {done} di {count}; la prova indica quelle non verificate.",
        "proof_failed": "La prova di questa verifica non si è potuta conservare.",
        "check_failed": "Questa affermazione non si è potuta verificare.",
        "check_busy": "Troppe richieste in corso: riprova fra qualche secondo.",
        "check_starting": "Fonte si sta ancora avviando: riprova fra poco.",
        "check_too_many": "Il testo è troppo lungo: verificalo in parti.",
    },
    "en": {
        "supported_value": "{source} {says} {theirs}, which bears the claim out.",
        "supported": "{source} {says} so: {quote}.",
        "number": "{source} {gives} {theirs}, the claim says {mine}.",
        "date": "{source} {gives} {theirs}, the claim says {mine}.",
        "name": "{source} {names} {theirs}, the claim {mine}.",
        "negation": "{source} {says} the contrary: one of the two denies what the other states.",
        "opposite": "{source} {says} the opposite: {quote}.",
        "plan": "{source} {speaks} of it as a plan, not as something that happened.",
        "quantity": "{source} {does} not say it to that extent: {quote}.",
        "roles": "{source} {gives} the roles to others: {quote}.",
        "refuted": "{source} {says} otherwise: {quote}.",
        "disagree": "The sources contradict each other, and none prevails: it cannot be decided.",
        "doubted": "{source}, of a later date or more weight, {seems} to say otherwise: it cannot be decided.",
        "plan_for": "{source} {announces} it as a plan; I find no passage that says it happened.",
        "plan_against": "{source} {announces} something else, but I find no passage that says what happened.",
        "said_for_by": "{who} said so; the documents do not establish it.",
        "said_for_in": "{source} {shows} that somebody says so; the documents do not establish it.",
        "said_against_by": "{who} said otherwise, but the documents do not establish it.",
        "said_against_in": "{source} {shows} that somebody says otherwise, but the documents do not establish it.",
        "undecided": "Some passages bear on this claim, but none is clear enough to me to decide it.",
        "nothing": "I find no passage in the documents that says whether it is so.",
        "empty": "There are no documents to search.",
        "not_a_claim": "This text states no fact that documents could confirm or deny.",
        "some_parts": "Only a part of the claim is borne out.",
        "superseded": "Superseded: {source} said otherwise: {quote}",
        "unchecked": "This was not checked ({why}): {quote}",
        "said": "{source} {shows} that somebody said so, not that it is so.",
        "supported_label": "Supported",
        "refuted_label": "Refuted",
        "not_enough_info_label": "Not enough information",
        "for": "For",
        "against": "Against",
        "leaning": "Bear on it, and do not decide",
        "set_aside": "Set aside",
        "question": "question",
        "greeting": "greeting",
        "opinion": "opinion",
        "request": "request",
        "fragment": "not a whole sentence",
        "heading": "heading or table",
        "failed": "the check failed",
        "as_of": "As of {date}",
        "claims_none": "No claim to check.",
        "proof": "Proof of this check",
        "check_tab": "Check",
        "check_title": "What do the documents say about this sentence?",
        "check_intro": "Paste a sentence or a draft: every claim gets a verdict, and the passages that decide it.",
        "check_field": "Text to check",
        "check_placeholder": "Paste a sentence or a draft here",
        "check_do": "Check",
        "as_of_field": "As of",
        "checking": "Checking …",
        "checking_all": "{done} of {count} checked",
        "check_done": "Claims checked: {count}",
        "check_some": "Claims checked: {done} of {count}; the proof names those that were not.",
        "proof_failed": "The proof of this check could not be kept.",
        "check_failed": "This claim could not be checked.",
        "check_busy": "Too many requests at once: try again in a few seconds.",
        "check_starting": "Fonte is still starting: try again shortly.",
        "check_too_many": "The text is too long: check it in parts.",
    },
}
# English verbs as one source, and as several, speak.
_VERBS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "says": ("says", "say"),
        "gives": ("gives", "give"),
        "names": ("names", "name"),
        "speaks": ("speaks", "speak"),
        "announces": ("announces", "announce"),
        "shows": ("shows", "show"),
        "does": ("does", "do"),
        "seems": ("seems", "seem"),
    }
)
REASONS = ("question", "greeting", "opinion", "request", "fragment", "heading", "failed")  # for setting aside
LONGEST_QUOTE = 160  # characters of a quote inside a sentence of Fonte's own


def say(language: str, key: str, document: Document | None = None, quote: str = "", **values: str) -> str:
    """A sentence of the table, with the document as its subject and the quote in the language's marks."""
    values["quote"] = quoted(language, shortened(quote))
    if document is not None:
        plural = (language, document.kind) in _PLURAL
        values |= {name: forms[plural] for name, forms in _VERBS.items()}
        values["source"] = source(document, language)
    sentence = _WORDS[language][key].format(**values)
    return sentence[:1].upper() + sentence[1:]


def shortened(quote: str) -> str:
    """A quote as it stands inside a sentence of Fonte's own."""
    shown = quote if len(quote) <= LONGEST_QUOTE else quote[:LONGEST_QUOTE].rpartition(" ")[0] + " …"
    return shown.rstrip(".")


def source(document: Document, language: str) -> str:
    """A document as a sentence names it: its kind, and its title in quotation marks."""
    kind = _KINDS[language].get(document.kind, _KINDS[language]["other"])
    return f"{kind} {quoted(language, document.title)}"


def label(language: str, key: str, **values: str) -> str:
    """A word or phrase of the table that no document is the subject of."""
    return _WORDS[language][key].format(**values) if values else _WORDS[language][key]


def stance_label(testimony: Testimony, language: str) -> str:
    """The heading over a passage: its side, and neither where it does not decide; which way it leans is a guess, wrong
    for one in four."""
    return _WORDS[language]["leaning" if testimony.leaning else testimony.stance.value]


def verdict_label(verdict: Verdict, language: str) -> str:
    return _WORDS[language][f"{verdict.value}_label"]
