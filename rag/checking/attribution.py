"""Who a sentence says has said it: "sostiene che", "secondo il sindaco", "said the mayor", words in quotation marks.

Closed classes of grammar in Italian and English. What somebody says is proved to have been said, and no more. Verbs by
which an act is done ("announces", "decides") or something known is passed on ("recalls") are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LOOK = 300  # characters before a quotation in which stands who says it
LONGEST_NAME = 60  # characters of whoever says it, as a sentence can repeat them
_FLAGS = re.IGNORECASE | re.UNICODE
# Verbs that may be followed by whom it is said to, where and when; and those that are not.
_TELLS = (
    r"(?:dic(?:e|ono|eva|evano)|disse(?:ro)?|dichiar(?:a|ano|ava|avano|ò|arono)|assicur(?:a|ano|ava|ò)"
    r"|raccont(?:a|ano|ava|ò)|(?:ha|hanno|aveva|avevano|avrebbe(?:ro)?)\s+(?:\w+\s+)?(?:detto|dichiarato|assicurato"
    r"|raccontato)|says?|said|stated|told|tells?)\b"
)
_HOLDS = (
    r"(?:sost(?:iene|engono|eneva(?:no)?|enne(?:ro)?)|afferma(?:no|va|vano)?|affermò|rit(?:iene|engono|eneva(?:no)?)"
    r"|crede(?:va|vano)?|credono|pensa(?:no|va|vano)?|aggiung(?:e|ono|eva)|aggiunse(?:ro)?"
    r"|(?:ha|hanno|aveva|avevano|avrebbe(?:ro)?)\s+(?:\w+\s+)?(?:sostenuto|affermato|aggiunto)|claim(?:s|ed)?|argue[sd]?"
    r"|maintain(?:s|ed)|assert(?:s|ed)?|states|believe[sd]?|insist(?:s|ed)?|allege[sd]?|contend(?:s|ed)?|thinks?|thought"
    r"|add(?:s|ed))\b"
)
_VERB = rf"(?:{_TELLS}|{_HOLDS})"
_BARE = r"(?:says?|said|believe[sd]?|thinks?|thought|insist(?:s|ed)?)"  # English leaves "that" out
_BESIDES = r"(?:\s+(?:però|infatti|invece|anche|inoltre|poi|ancora|sempre|già|also|however|still))?"
_TO_WHOM = (
    r"(?:\s+(?:a|al|allo|alla|ai|agli|alle|all['’]\w+|in|nel|nella|durante|ieri|oggi|on|to|at|during|yesterday|today)\b"
    r"(?:\s+[\w’']+){0,4}?)?"
)
_CLAUSE = r"(?P<who>(?:(?<=[.;:,–—(«“\"])|^)[^,;:«»“”\"]{0,80}?)"
_THAT = re.compile(
    rf"{_CLAUSE}\b(?:{_TELLS}{_TO_WHOM}|(?:told|tells)(?:\s+[\w’']+){{1,4}}?|{_HOLDS}){_BESIDES}\s+(?:che|that)\s+"
    r"(?P<said>\S[^;]+)",
    _FLAGS,
)
_UNSAID_THAT = re.compile(
    rf"{_CLAUSE}\b{_BARE}\s+(?P<said>(?:the|an?|it|he|she|they|there|his|her|its|their|this|these|those|no|all"
    r"|(?-i:[A-Z]\w*))\s[^;]{1,300}?\b(?:is|are|was|were|will|would|has|have|had|can|could|may|might|must|\w+ed|\w+s)\b"
    r"[^;]*)",
    _FLAGS,
)
_QUOTED = re.compile(r"«(?P<a>[^»]+)»|“(?P<b>[^”]+)”|\"(?P<c>[^\"]+)\"")
_BEFORE_QUOTE = re.compile(rf"{_CLAUSE}\b{_VERB}(?:\s+[\w’']+){{0,5}}?\s*[:,]?\s*\Z", _FLAGS)
_BEHIND = re.compile(rf"\s*[,–—]?\s*{_VERB}\b\s*(?P<who>[^,;:.–—]{{0,200}})", _FLAGS)
_TRAILING = re.compile(rf"\A(?P<said>.+\w)\s*,\s*{_VERB}\s+(?P<who>[^,;:]+?)\s*[.!]?\s*\Z", _FLAGS | re.DOTALL)
_RULES = (  # by which something is done, and nobody says it
    r"(?:quanto\s+(?:previsto|stabilito|disposto|indicato|deciso|concordato)|(?:il|lo|la|i|gli|le|l['’]|the|an?|its|their)?"
    r"\s*(?:programm\w+|pian[oi]|calendari\w*|regol\w+|norm\w+|legg[ei]|accord\w+|contratt\w+|protocoll\w+|band[oi]"
    r"|procedur\w+|criteri\w*|modalità|termini|tradizion\w+|cas[oi]|esigenz\w+|need\w*|plan\w*|schedule\w*|rules?"
    r"|regulations?|laws?|agreement\w*|contract\w*|criteri\w+|terms|traditions?|custom\w*|size|whether)\b)"
)
_BY = re.compile(
    rf"(?:(?<![\w’'])(?<!il )(?<!un )(?<!al )(?<!del )(?<!nel )(?<!dal )(?<!sul )(?:secondo(?=\s+(?:il|lo|la|i|gli"
    rf"|le|l['’]|un[ao]?|fonti|alcun\w+|molt\w+|quanto|(?-i:[A-ZÀ-Þ])))|a detta d\w{{1,3}}|stando a\w{{0,3}})"
    r"|\baccording to)"
    rf"(?:['’]\s*+|\s++)(?!{_RULES})(?P<who>[^,;:()–—]{{2,80}}?)\s*(?=[,;:()–—]|[.!]?\s*\Z)",
    _FLAGS,
)
# A verb of meaning to, and what is meant: "plans to hire", never "the plan to hire" or "approved plans to hire";
# "conta di chiudere", never "conta 38".
_INTENDS = re.compile(
    r"\b(?:(?:intend(?:e|ono|eva|evano)|vuole|vogliono|voleva(?:no)?)\s+(?:\w+\s+)?\w+r(?:e|si|l[oaie]|ne)\b"
    r"|(?:spera|prevede|cont|progett|pens)(?:a|va|eva)?(?:no)?\s+(?:\w+\s+)?di\s+(?:\w+\s+)?\w+r(?:e|si|l[oaie]|ne)\b"
    r"|(?<!the )(?<!an )(?<!a )(?<!its )(?<!his )(?<!her )(?<!their )(?<!this )(?<!that )(?<!of )(?<!new )(?<!ed )"
    r"(?:plan(?:s|ned)?|intend(?:s|ed)?|want(?:s|ed)?|hope[sd]?|expect(?:s|ed)?)\s+to\s+\w+)",
    _FLAGS,
)
_NOBODY = re.compile(r"(?:si|lo|la|he|she|it|they|you|we|i|one|egli|ella|lui|lei|loro|che|chi|who|as|come)", _FLAGS)
_ARTICLE = re.compile(r"(?:Il|Lo|La|I|Gli|Le|L['’]|Un[ao]?|The|An?)(?=\s|(?<=['’]))")
_JOINED = re.compile(r"(?:\A|(?:\S+\s+){4,})(?:e|ma|mentre|and|but|while|poi|then)\s+", _FLAGS)


@dataclass(frozen=True, slots=True)
class Saying:
    """What stands at [start, end) of a text is somebody's: `who`, in the text's words; "" where it names nobody."""

    who: str
    start: int
    end: int


def saying(text: str) -> Saying | None:
    """The part of a sentence that is told as somebody's words or view; the longest where there are several."""
    return max(_sayings(text), key=lambda s: s.end - s.start, default=None)


def attributed(text: str) -> bool:
    """Whether a claim is about what somebody says, or means to do, rather than about what is so."""
    return saying(text) is not None or _INTENDS.search(text) is not None


def _sayings(text: str) -> Iterator[Saying]:
    for pattern in (_THAT, _UNSAID_THAT, _TRAILING):
        if found := pattern.search(text):
            yield Saying(_named(found["who"]), *found.span("said"))
    if found := _BY.search(text):
        yield Saying(_named(found["who"]), 0, len(text))
    for quotation in _QUOTED.finditer(text):
        start, end = quotation.span()
        said = _BEFORE_QUOTE.search(text, max(0, start - _LOOK), start) or _BEHIND.match(text, end)
        if said:
            yield Saying(_named(said["who"]), *quotation.span())


def _named(written: str) -> str:
    """Whoever says it; a clause before a conjunction is none of the name."""
    joined = _JOINED.match(written.strip())
    who = written.strip()[joined.end() if joined else 0 :].strip(" ,.;:–—-")
    who = _ARTICLE.sub(lambda article: article.group().lower(), who, count=1) if _ARTICLE.match(who) else who
    return "" if len(who) > LONGEST_NAME or _NOBODY.fullmatch(who) or not re.search(r"\w", who) else who


def inside_quotation(text: str, at: int) -> bool:
    """Whether a place of a text lies inside a quotation that began before it: a sentence of several in one."""
    before = text[:at]
    return any(before.count(opening) > before.count(closing) for opening, closing in ("«»", "“”"))
