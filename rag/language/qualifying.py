"""Words that take back part of what they stand with: "former", "nearly", "rather than 41", "from 41 to 38".

Closed classes of grammar in Italian and English; nothing here knows a subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.language.stemming import STOPWORDS, stems
from rag.language.values import Value
from rag.models import Span
from rag.text import fold

# What a word of each class stands before is not, or not wholly, what it says.
_LIMITS: Mapping[str, str] = {
    "former": r"ex|former(?:ly)?|previously|one-time|used to|un tempo|in passato",
    "deputy": r"vice|deputy|acting|assistant|facente funzion[ei]|sotto(?=segretari)",
    "nearly": r"quasi|nearly|almost|virtually|rischi\w+ di|close to",
    "partly": r"in parte|parzialmente|partly|partially",
    "alleged": r"presunt[oaie]|sedicent[ei]|cosiddett[oaie]|alleged(?:ly)?|so-called|reported(?:ly)?|purported(?:ly)?",
}
RANKS = frozenset({"deputy", "former"})  # limits of an office
_LIMIT = {name: re.compile(rf"\b(?:{pattern})\b[\s-]*", re.IGNORECASE) for name, pattern in _LIMITS.items()}
_JOINED = re.compile(r"\b(?:vice|sotto)(\w{4,})")
_INSTEAD = re.compile(
    r"(?:\b(?:anzich[éeè]|invece (?:di|del|dello|della|dei|degli|delle|che)|al posto di|piuttosto che|rather than"
    r"|instead of|in place of)\b|(?:,|\b(?:e|ed|and))\s*(?:e |and )?(?:non|not)\s+(?:(?:i|le|gli|di|by|the)\s+)?(?=\d))"
    r"[^,;:()–—]*",
    re.IGNORECASE,
)
_EXPECTED = (
    r"(?:previst|programmat|annunciat|preventivat|stimat|attes|ipotizzat|iniziali?)\w*"
    r"|(?:originally |first |initially )?(?:planned|scheduled|announced|expected|estimated|budgeted|forecast|promised)"
)
_AGAINST = r"(?:contro|rispetto a|(?:in )?(?:meno|pi[uù]) d|against|compared (?:with|to)|(?:fewer|less|more) than)"
_AT_FIRST = r"(?:in un primo tempo|inizialmente|in origine|originariamente|dapprima|all['’]inizio)"
_SET = r"(?:previst|programmat|fissat|annunciat)[oaie]"
_SET_EN = r"(?:set|planned|scheduled|announced|expected|foreseen)"
_HAPPENED = r"(?=(?:si è|si sono|è|sono|ha|hanno|was|were|took|has|have)\b)"
# What was expected, where what came of it is told beside it: "57 against the 61 planned", "set at first for the 10th".
_PLANNED = re.compile(
    rf"\b{_AGAINST}[^,.;:\d]{{0,12}}(?P<counted>\d[\d.,]*[^,.;:]{{0,30}}?)\b(?:{_EXPECTED})\b"
    rf"|\b{_SET}\s+{_AT_FIRST}\s(?P<first>[^,;:]*)"
    rf"|\b(?:originally|initially|at first|first)\s+{_SET_EN}\s(?P<then>[^,;:]*)"
    rf"|,\s*(?:{_SET}|{_SET_EN})\s(?P<aside>[^,;:]{{1,60}}),\s*{_HAPPENED}"
    r"|\b(?:against|contro)\s+(?:un[ao]? |an? )?(?:stima|previsione|preventivo|estimate|forecast|budget)"
    r"\s(?P<told>[^,;:]*)",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:pass(?:a|ano|at[oaie]|ò|arono|ando)|aument\w+|cresc\w+|cresciut\w+|sal(?:e|gono|it[oaie]|ì|irono)|cal\w+"
    r"|scend\w+|sces[oaie]|ridu\w+|ridott\w+|diminu\w+|port(?:a|at[oaie]|ò)|corrett[oaie]|rettificat[oaie]|cambi\w+"
    r"|r[io]se[ns]?|grew|grown|grow\w*|fell|fall\w*|dropp?\w*|went|gone|cut|rais\w+|lower\w*|increas\w+|decreas\w+"
    r"|reduc\w+|chang\w+|correct\w+|revis\w+|mov(?:ed|es)|slitt\w+|spost(?:a|ano|at[oaie])|rinvi(?:a|ano|at[oaie])"
    r"|posticip\w+|anticip(?:a|ano|at[oaie])|prorog\w+|postpon\w+|delay\w+|shift\w+|slipp?\w+|extended|put back"
    r"|pushed back|brought forward)\b[^.;:]*?",
    re.IGNORECASE,
)
_NEAR = 160  # characters behind a change in which it says from what: unbounded, many changes cost their square
_FROM = re.compile(
    r"\b(?:da|dai|dal|dalle|dagli|dall['’]|from)\s*(?P<old>[^.;:]{1,60}?)\s+(?:a|ad|ai|al|alle|agli|all['’]|to)\s*(?=\S)",
    re.IGNORECASE,
)


def given_up(text: str) -> list[Span]:
    """Where a text names what is not, or no longer, so: "38 anziché [41]", "passed from [41] to 38", "57, against the
    [61] planned"."""
    found = [Span(*m.span()) for m in _INSTEAD.finditer(text)]
    found += [Span(*m.span(m.lastgroup)) for m in _PLANNED.finditer(text) if m.lastgroup]
    for change in _CHANGED.finditer(text):
        old = _FROM.search(text, change.end(), change.end() + _NEAR)
        if old:
            found.append(Span(*old.span("old")))
    return found


# What will not be, or not then: "the meeting of 18 May is cancelled", "annullata la visita del 18 maggio".
_OFF = r"(?:annullat|cancellat|rinviat|spostat|posticipat|revocat|disdett)[oaie]"
_OFF_EN = r"(?:cancelled|canceled|called off|postponed|put off|rescheduled)"
_CALLED_OFF = re.compile(
    r"\b(?:non (?:è|sono|sarà|saranno) più (?:possibil[ei]|valid[oaie]|confermat[oaie]|in programma)"
    r"|non (?:si (?:terr|far)(?:à|anno)|avr(?:à|anno) (?:più )?luogo)"
    rf"|(?<!\bnon )(?:(?:è|sono|viene|vengono|(?:è|sarà) stat[oa]|sono stat[ie]) )?{_OFF}"
    rf"|(?:is|are|was|were|has been|have been|had to be) {_OFF_EN}"
    r"|(?:is|are) no longer (?:possible|valid|on|planned|confirmed)"
    r"|(?:will not|won['’]t|cannot|can['’]t) (?:take place|go ahead|be held))\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:se|qualora|ove|purché|salvo|if|unless|whether|in case|should|might|may|could|potrebbe(?:ro)?|non è vero"
    rf"|not true|non (?:(?:è|sono|viene|vengono) (?:stat[oaie] )?|sarà )?{_OFF}|smentisc\w+|den(?:y|ies|ied))\b|\?",
    re.IGNORECASE,
)
_OF_THE_DAY = re.compile(
    r"\b(?:del|dell['’]|di|dal|dall['’]|tra|fra|of|from|between)\s*(?:il |the |l['’])?(?:[^\W\d]+dì |\w+day,? )?\Z",
    re.IGNORECASE,
)
_CLAUSE = 120  # characters on either side of such a predicate in which its subject may stand
_CLAUSE_ENDS = re.compile(r"[.;:](?=\s)")


def called_off(text: str) -> list[Span]:
    """The clauses in which a text says of something that it will not be, or not then; none where that is unsure."""
    if _UNSURE.search(text):
        return []
    found = []
    for off in _CALLED_OFF.finditer(text):
        at = max(0, off.start() - _CLAUSE)
        before = [m.end() for m in _CLAUSE_ENDS.finditer(text, at, off.start())]
        behind = _CLAUSE_ENDS.search(text, off.end(), off.end() + _CLAUSE)
        found.append(Span(before[-1] if before else at, behind.start() if behind else off.end() + _CLAUSE))
    return found


def of_the_day(text: str, day: Value) -> bool:
    """Whether a day says which thing is meant ("the visit of 18 May"), not when something is done."""
    return _OF_THE_DAY.search(text[max(0, day.start - 20) : day.start]) is not None


def inside(value: Value, given: Sequence[Span]) -> bool:
    """Whether a value of a text begins in one of these places of it."""
    return any(span.start <= value.start < span.end for span in given)


def limiting(text: str) -> list[Span]:
    """The words of a text that limit others."""
    return [Span(m.start(), m.start() + len(m.group().rstrip(" -"))) for p in _LIMIT.values() for m in p.finditer(text)]


def limits(claim: str, source: str, language: str) -> bool:
    """Whether the source limits a word that the claim, of the same language, says without that limit."""
    told = set(_limited(claim, language))
    said = set(stems(claim, language))
    return any(word in said and (name, word) not in told for name, word in _limited(source, language))


def limited(text: str, language: str) -> set[str]:
    """The classes of limit that a text puts on any word of it: "deputy", "former" …"""
    return {name for name, _ in _limited(text, language)}


def _limited(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Each class of limit with the stem of the word that it stands before, or is written as one with ("vicesindaca");
    a number has its own bounds."""
    for joined in _JOINED.finditer(fold(text)):
        yield "deputy", next(iter(stems(joined[1], language)), "")
    for name, pattern in _LIMIT.items():
        for limit in pattern.finditer(text):
            following = (fold(m.group()) for m in re.finditer(r"\w+", text[limit.end() :]))
            word = next((w for w in following if w not in STOPWORDS), "")
            if word and not word[0].isdigit():
                yield name, next(iter(stems(word, language)), "")
