"""What turns a sentence's meaning round: negation and its reach, plans and possibilities, quantity words, opposites.

Closed classes of grammar in Italian and English; nothing here knows a subject.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

from rag.models import Span

_NEGATION = re.compile(
    r"\b(?:non|né|ne(?= il| la| lo| i | gli| le)|nessun[oa]?|nulla|niente|mai|senza|neanche|nemmeno|neppure"
    r"|mancat[oa]|nego|nega(?:re|to|ta|no)?"
    r"|not|no|none|nobody|nothing|never|neither|nor|without|cannot|fail(?:s|ed)? to|den(?:y|ies|ied)|refus(?:e|es"
    r"|ed)|lacks?"
    r"|(?:è|era|sia|sono|erano) fals[oaie]|(?:is|are|was|were|be) (?:false|untrue)"
    r"|smenti(?:sce|scono|va|vano|to che|ta)|(?:ha|hanno|aveva) smentito|smentì|esclud(?:e|ono|eva|evano)"
    r"|(?:ha|hanno|aveva|avevano) escluso|escluse"
    r"|rifiut(?:a|ano|ò|ava|avano|ato|arono) di|rul(?:e[sd]?|ing) out|anzich[éeè]|invece (?:di|del\w*|dei|degli)"
    r"|piuttosto che|rather than|instead of"
    r"|\w+n['’]t)\b",
    re.IGNORECASE,
)
# What denies all that stands before it: "la notizia è falsa."
_DENIED = re.compile(
    r"\b(?:(?:è|era|sono|erano) (?:stat[oaie] )?(?:fals[oaie]|smentit[oaie])|(?:is|are|was|were) (?:false|untrue"
    r"|denied))\s*(?=[.;!]|\Z)",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(
    r"\b(?:non (?:solo|soltanto|meno di|oltre|più di|appena)|not only|no (?:fewer|less|more|later) than|no\.? \d)", re.I
)
_CLAUSE_END = re.compile(r"[,;:.!?()–—]|\b(?:ma|bensì|però|but|instead|invece)\b", re.IGNORECASE)
_POSSIBLE = re.compile(
    r"\b(?:potr(?:à|anno|ebbe(?:ro)?)|può|possono|poss(?:a|ano)|dovrebbe(?:ro)?|sarebbe(?:ro)?|avrebbe(?:ro)?"
    r"|servirebbe(?:ro)?"
    r"|\w{3,}(?:erebbe|irebbe|erebbero|irebbero)|possibil[ei]|eventual[ei]|ipotes[ei]|forse|candidat\w*|valuta(?:re"
    r"|no|ndo)?"
    r"|proposta|propon\w+|proposto|chied(?:e|ono)|chiesto|se\b|might|(?-i:may)|could|would|possibl[ey]|perhaps"
    r"|consider(?:s|ed|ing)?"
    r"|propos(?:e|es|ed|al)|whether|if|candidate|request(?:s|ed)?|ask(?:s|ed)? (?:for|that)|suggest(?:s|ed)?)\b",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(
    r"\b(?:potr(?:à|anno|ebbe(?:ro)?)|dovrebbe(?:ro)?|sarebbe(?:ro)?|avrebbe(?:ro)?|\w{2,}(?:r|er|ir)(?:ebbe|ebbero)"
    r"|might|may|could|would|should)\b"
)
_PLANNED = re.compile(
    r"\b(?:sar(?:à|anno)|avr(?:à|anno)|dovr(?:à|anno)|verr(?:à|anno)|\w{2,}er(?:à|anno)|\w{2,}ir(?:à|anno)|terr(?:à"
    r"|anno)|far(?:à|anno)"
    r"|prevede|prevedono|previst[oaie]|programm(?:a|ano)|in programma|intende|intendono|vuole|vogliono|punta(?:no)? a|"
    r"pianificat[oaie]|obiettiv[oi]|da definire|entro|will|shall|is to|are to|going to|plan(?:s|ned|ning)?"
    r"|intend(?:s|ed)?"
    r"|expect(?:s|ed)?|schedul(?:e|ed)|aim(?:s|ed)? (?:to|at)|target|hope(?:s|d)?|want(?:s|ed)?)\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:(?:è|sono|era|erano|fu|furono|stat[oaie]|viene|vengono|venne|vennero"
    r"|essere)\s+(?:stat[oaie]\s+)?\w+(?:at|ut|it|t|s)[oaie]\s+d(?:a|al|allo|alla|ai|agli|alle|all['’])\b"
    r"|\w+(?:at|ut|it)[oaie]\s+d(?:a|al|allo|alla|ai|agli|alle|all['’])\b|(?:is|are|was|were|been"
    r"|being)\s+(?:\w+\s+)?\w+(?:ed|en|t|ne|wn|ld|de)\s+by\b|\w+ed\s+by\b)",
    re.IGNORECASE,
)
# Concept → the words that carry it in both languages. A claim may not bring one that its source lacks.
_CONCEPTS: Mapping[str, str] = {
    "only": r"solo|sola|soltanto|unic[oa]|esclusivamente|only|sole|solely|exclusively|just",
    "all": r"tutt[oaie]|ogni|ciascun[oa]?|interamente|all|every|each|entire(?:ly)?|whole",
    "most": r"maggior(?:e|i|anza)?|più (?:grand[ei]|alt[oaie]|important[ei])|most|largest|biggest|highest|majority"
    r"|greatest|best",
    "first": r"prim[oaie]|first",
    "second": r"second[aei]|secondo(?! (?:il|lo|la|i|gli|le|un|quanto)\b| l['’]| (?-i:[A-ZÀ-Þ]))|second",
    "third": r"(?<!\bun )(?<!\bdue )terz[oaie]|terz[oaie](?=\s+(?!d[ei])\w)"
    r"|(?<!\ba )(?<!\bone[ -])(?<!\btwo[ -])third|third(?=\s+(?!of\b)\w)",
    "a third": r"(?:un|due) terz[oi](?!\s+(?!d[ei])\w)|(?:a |one[ -]|two[ -])thirds?(?!\s+(?!of\b)\w)",
    "last": r"ultim[oaie]|last|final[ei]?",
    "always": r"sempre|always|permanently|permanentemente|definitivamente",
    "half": r"metà|half|dimezzat\w+|halved",
    "double": r"doppio|raddoppi\w+|double[ds]?|twice|tripl\w+|triple[ds]?",
    "signed": r"firm(?:a|ano|at[oaie]|are|ò|arono)|siglat[oaie]|sottoscri\w+|sign(?:s|ed|ing|atures?)?",
    "free": r"gratis|gratuit[oaie]|free|free of charge",
}
SHARES = frozenset({"a third", "half"})
# Opposites: a source that has the one and not the other contradicts a claim that has the other.
_OPPOSITES: tuple[tuple[str, str], ...] = (
    (r"aument\w+|cresc\w+|cresciut\w+|sal(?:e|ito|ita|gono)|increas\w+|r[io]se[ns]?|grow\w*|grew|up",
     r"diminu\w+|cal(?:a|ano|at[oaie]|o)|ridu\w+|ridott\w+|scend\w+|sces[oaie]|decreas\w+|fall(?:s|en|ing)?|fell"
     r"|drop\w*|reduc\w+|down"),
    (r"prima|before|earlier|anticipat\w+", r"dopo|after|later|posticipat\w+|rinviat\w+|postponed|prorogat\w+|extended"),
    (r"più|more|sopra|above|over|oltre|superior[ei]|higher|exceed\w*", r"meno|less|fewer|sotto|below|under"
        r"|inferior[ei]|lower"),
    (r"minim[oaie]|almeno|minimum|least", r"massim[oaie]|maximum|most"),
    (r"apert[oaie]|apr(?:e|ono|ire|irà)|open\w*|inaugur\w+", r"chius[oaie]|chiud\w+|clos\w+"),
    (r"accett\w+|approv\w+|ammess\w+|accept\w+|approv\w+|admitted", r"respin\w+|rifiut\w+|bocciat\w+|esclus\w+"
        r"|reject\w+|refus\w+|denied|excluded"),
    (r"vend\w+|sell\w*|sold", r"acquist\w+|compr\w+|buy\w*|bought|purchas\w+"),
    (r"obbligator\w+|mandatory|required|compulsory|deve|devono|must", r"facoltativ\w+|optional|volontari\w+|voluntary"),
    (r"inizi\w+|cominci\w+|begin\w*|began|start\w*", r"finisc\w+|finit[oaie]|termin\w+|conclu\w+|end(?:s|ed)?"
        r"|finish\w*"),
    (r"pubblic[oaie]|public|publicly", r"privat[oaie]|private|privately"),
    (r"confermat\w+|confirm\w+", r"annullat\w+|cancell\w+|revocat\w+|cancel\w+|smentit\w+|withdrawn"),
    (r"import(?:a|ano|at\w+|azion\w+|s|ed)", r"esport\w+|export\w*"),
    (r"molt[oaie]|assai|very|highly|greatly|largely", r"poc[oa]|poch[ie]|scarsamente|hardly|barely|little|poorly"),
    (r"doppi[oa]|raddoppi\w+|doubl\w+|twice", r"metà|dimezz\w+|half|halv\w+"),
    (r"miglior\w+|better|best|improv\w+", r"peggior\w+|worse\w*|worst"),
    (r"facil\w+|eas(?:y|ily|ier)", r"difficil\w+|difficult\w*|hard"),
    (r"vint[oaie]|vinc\w+|w[io]ns?|winning", r"pers[oaie]|perd\w+|los[te]s?|losing"),
    (r"entramb[ie]|ambedue|tutt[ie] e (?:due|tre|quattro)|both", r"solo|soltanto|solamente|only|solely"),
    (r"arriv\w+|arrival", r"part(?:e|ono|it[oaie]|enza|irà|iranno)|depart\w+|leav\w+|left"),
)  # fmt: skip
_CONCEPT = {name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in _CONCEPTS.items()}
_PAIRS = [tuple(re.compile(rf"\b(?:{side})\b", re.IGNORECASE) for side in pair) for pair in _OPPOSITES]


class Certainty(IntEnum):
    """How much a sentence commits itself: a plan is no fact, a possibility no plan."""

    POSSIBLE = 0
    PLANNED = 1
    FACT = 2


def certainty(text: str) -> Certainty:
    if _POSSIBLE.search(text):
        return Certainty.POSSIBLE
    return Certainty.PLANNED if _PLANNED.search(text) else Certainty.FACT


def conditional(text: str) -> bool:
    """Whether a verb of the text is conditional: "would", "may", "sarebbe"."""
    return _CONDITIONAL.search(text) is not None


def negations(text: str) -> list[Span]:
    """What each negation of a text reaches: from its word to the end of its clause."""
    harmless = [m.span() for m in _NO_NEGATION.finditer(text)]
    found = []
    for word in _NEGATION.finditer(text):
        if any(a <= word.start() < b for a, b in harmless):
            continue
        end = _CLAUSE_END.search(text, word.end())
        found.append(Span(word.start(), end.start() if end else len(text)))
    return [*found, *(Span(0, denied.end()) for denied in _DENIED.finditer(text))]


def concepts(text: str) -> frozenset[str]:
    """The quantity words and the like that a text carries, by concept."""
    return frozenset(name for name, pattern in _CONCEPT.items() if pattern.search(text))


def opposes(claim: str, source: str) -> bool:
    """Whether the claim has one side of a pair of opposites, and the source the other one alone."""
    return bool(opposing(claim, source))


def opposing(claim: str, source: str) -> list[Span]:
    """Where the source says the opposite of a word of the claim, which it does not say itself."""
    found = []
    for left, right in _PAIRS:
        mine = (left.search(claim) is not None, right.search(claim) is not None)
        theirs = (left.search(source) is not None, right.search(source) is not None)
        if mine != theirs and True in mine and not all(mine) and theirs == (not mine[0], not mine[1]):
            found += [Span(*m.span()) for m in (right if mine[0] else left).finditer(source)]
    return found


def uncertain(text: str) -> list[Span]:
    """The words that make a sentence a plan or a possibility."""
    return [Span(*m.span()) for pattern in (_POSSIBLE, _PLANNED) for m in pattern.finditer(text)]


def passive(text: str) -> bool:
    """Whether a sentence puts the one who acts behind a "by" or "da"."""
    return _PASSIVE.search(text) is not None
