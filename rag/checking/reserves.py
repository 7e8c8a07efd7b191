"""What a source proves less than it says: an agenda only what was planned, somebody's words that they were said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.checking.assertions import Assertion, Source, stemmed
from rag.checking.attribution import Saying, attributed, inside_quotation, saying
from rag.language import names
from rag.language.polarity import Certainty, certainty

PLANS = frozenset({"agenda", "programme"})  # kinds of documents that prove a plan, never that it happened
WORDS = frozenset({"interview", "speech"})  # kinds that prove that it was said, never that it is so
_QUESTION = re.compile(r"^.*\?[»”\"'*_)]*\s*$", re.MULTILINE)
_PAST = re.compile(
    r"\b(?:ha|hanno|è|sono|si è|si sono|era|erano|fu|furono)\s+(?:stat[oaie]\s+)?\w+(?:at|ut|it|t|s)[oaie]\b"
    r"|\b(?:era|erano|fu|furono|ebbe|was|were|had|did|has been|have been|met|took|went|came|made|gave|held|left|began"
    r"|saw|won|spoke|brought)\b|(?<!\bis )(?<!\bare )(?<!\bnot )\b\w{3,}(?:ed|arono|irono|erono|ò)\b",
    re.IGNORECASE,
)
_PLAN = r"(?:programm[ai]|agend[ae]|calendari[oi]|programmes?|program|schedules?|timetables?)"
# A claim about the plan itself: "in programma", "according to the agenda", "the programme lists", "was to".
_OF_THE_PLAN = re.compile(
    r"\b(?:(?:in|nel(?:l['’])?|da|dal(?:l['’])?|come da|secondo (?:il |l['’])|stando al(?:l['’])?|per|as per|on"
    r"|according to)"
    rf"\s*(?:(?:the|il) )?(?:(?:official|final|definitive|first|published|printed|revised|original) )?{_PLAN}\b"
    r"(?! d(?:i|ei|el|egli|elle|ell['’]\w+|ella|ello)\b)"
    rf"|(?:versione|edizione|version|edition) (?:\w+ )?(?:d(?:i|el|ell['’])\s*|of (?:the )?){_PLAN}\b"
    rf"|{_PLAN} (?:ufficiale |official )?(?:preved\w+|comprend\w+|inclu\w+|contien\w+|indica\w*|riporta\w*|elenca\w*"
    r"|lists?|includes?|contains?|shows?|foresees?|has|have|provides?)\b"
    r"|dovev(?:a|ano)|(?:was|were) (?:to|due|supposed|meant|scheduled|planned))\b",
    re.IGNORECASE,
)
_NOUN = re.compile(
    rf"\b(?:{_PLAN}|pian[oi]|progett[oi]|obiettiv[oi]|proposta|(?<!\bto )plans?(?! to\b)|targets?|proposals?)\b",
    re.IGNORECASE,
)
_TO_COME = re.compile(
    r"\b(?:\w{2,}r(?:à|anno)|previst[oaie]|will|shall|(?:is|are) (?:to|due|scheduled|planned|expected|going to))\b",
    re.IGNORECASE,
)


# What is or has something, and is not done: "the gifts are three models". "È stata firmata", "is expected" are no such.
_STATES = re.compile(
    r"\b(?:è|sono|ha|hanno|dev(?:e|ono)|comprend(?:e|ono)|is|are|has|have|must|includes?)\b"
    r"(?!\s+(?:\w+\s+)?\w{2,}(?:at|ut|it|[strln]t|ss|es|us|is|rs)[oaie]\b)(?!\s+(?:\w+\s+)?(?:\w{2,}ed|to|due|been|set)\b)",
    re.IGNORECASE,
)


class Reserve(StrEnum):
    """Why a source alone settles nothing."""

    PLAN = "plan"
    SAID = "said"


@dataclass(frozen=True, slots=True)
class Reservation:
    """`who` says it, as a sentence can name them; "" where only the document can be named."""

    reserve: Reserve
    who: str = ""


def reservation(claim: Assertion, source: Source) -> Reservation | None:
    """Why this source settles nothing about the claim; None for a source that does.

    A plan says nothing of what happened, and what somebody says nothing of what is so, unless the claim is about that.
    What a programme itself states ("the gifts are three models"), it does not plan.
    """
    if source.hit.document.kind in PLANS and _told_as_done(claim.text) and not _stated(claim.text, source.text):
        return Reservation(Reserve.PLAN)
    if attributed(claim.text):
        return None
    found = saying(source.text)
    if found is not None and _within(claim, source, found):
        return Reservation(Reserve.SAID, _named(claim, source, found))
    return Reservation(Reserve.SAID) if _quoted(source) or _of_a_speaker(source) else None


def only_said(claim: Assertion, source: Source) -> bool:
    """Whether the sentence holds what the claim says only as somebody's words."""
    found = saying(source.text)
    return _quoted(source) or (found is not None and _within(claim, source, found))


def _of_a_speaker(source: Source) -> bool:
    """Whether the document holds what somebody says; what stands above the first question is its author's."""
    document = source.hit.document
    if document.kind not in WORDS:
        return False
    first = _QUESTION.search(document.text, document.body_start)
    return first is None or source.span.start >= first.start()


def _quoted(source: Source) -> bool:
    """Whether the sentence lies in a quotation that began before it."""
    passage, span = source.hit.passage, source.span
    return inside_quotation(source.hit.document.text[passage.start : passage.end], span.start - passage.start)


def _told_as_done(claim: str) -> bool:
    """Whether a claim tells something as so or as having happened, and not as planned, nor what a plan says."""
    if _OF_THE_PLAN.search(claim) or _TO_COME.search(claim):
        return False
    bare = _NOUN.sub(" ", claim)  # "signed the plan" plans nothing
    return certainty(bare) is Certainty.FACT or _PAST.search(bare) is not None


def _stated(claim: str, source: str) -> bool:
    return _PAST.search(claim) is None and _STATES.search(claim) is not None and _STATES.search(source) is not None


def _within(claim: Assertion, source: Source, said: Saying) -> bool:
    """Whether what the claim says stands in what somebody says, and not in the rest of the sentence."""
    wanted = stemmed(claim.text, source.language)
    inside = stemmed(source.text[said.start : said.end], source.language)
    outside = stemmed(f"{source.text[: said.start]} {source.text[said.end :]}", source.language)
    return len(wanted & inside) >= len(wanted & outside)


def _named(claim: Assertion, source: Source, said: Saying) -> str:
    """Whoever says it, in words of the claim's language: of another language's words only a name can be repeated."""
    if claim.language == source.language:
        return said.who
    return next((name.text for name in names.names(said.who)), "")
