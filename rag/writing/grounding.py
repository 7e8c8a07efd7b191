"""One sentence against the passages that it cites: is every value and name there, and is that what they say?

Strict: what is in doubt is not supported. The rules are general (values, names, negation, plans, opposites, who stands
beside what); a reader's claim head and the embedding model add to them, and never make up for one that fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from rag.checking.acting import exchanged, other_speaker
from rag.checking.assertions import Assertion, Source, leans, stem, stemmed
from rag.checking.attribution import saying
from rag.checking.reserves import only_said
from rag.checking.roles import swapped
from rag.language import agreement, names, polarity, qualifying, values
from rag.language.aliases import Aliases
from rag.language.counting import counts_alike
from rag.language.relative_dates import relative_dates
from rag.language.stemming import STOPWORDS, stems
from rag.language.values import Bound, Kind, Value
from rag.language.verbs import verbs
from rag.models import PassageKind, Span
from rag.text import fold

TELLING = 2  # content words by which a sentence without a known verb says something
SPARED = 5  # content words of which one may be missing from the source, in one language
_PLACE = re.compile(r"\b(?:in|nel(?:l[oae]?)?|nell['’]|near|at|presso)\s*(?:the\s+)?\Z|\b(?:a|ad)\s+\Z", re.IGNORECASE)
HELD = 0.5  # share of them that the cited sentence itself holds, not what stands above it


_ENDLESS = frozenset({Bound.OVER, Bound.AT_LEAST, Bound.UNDER, Bound.AT_MOST})
# Words by which a sentence says yes or no to another one, and nothing of a subject.
_ASSENT = frozenset(
    """
    yes no so true false right wrong correct incorrect indeed exactly certainly confirmed answer statement case
    si vero vera falso falsa giusto giusta sbagliato sbagliata esatto esatta corretto corretta errato errata certo certa
    esattamente certamente confermato confermata cosi risposta affermazione
    """.split()
)


# Words that are large for opening a sentence: across languages nothing else shows that they are no names.
_OPENING = frozenset(
    """
    according about after all although among another because before besides between both during each every if many most
    other several since some such though two under while within without yesterday today
    secondo dopo tutti tutte sebbene altri altre poiche prima oltre fra tra entrambi durante ogni molti molte diversi
    alcuni alcune due sotto mentre entro senza ieri oggi nonostante ad
    """.split()
)


class Doubt(StrEnum):
    """Why a sentence is not supported, for the log, the tests and the tool that counts."""

    NONE = ""
    MARK = "mark"
    FRAGMENT = "fragment"
    LINK = "link"
    ORDER = "order"
    LANGUAGE = "language"
    VALUE = "value"
    NAME = "name"
    WORDS = "words"
    NEGATION = "negation"
    CERTAINTY = "certainty"
    OPPOSITE = "opposite"
    QUANTITY = "quantity"
    ROLES = "roles"
    SAYING = "saying"
    MEANING = "meaning"
    READER = "reader"
    SUPERSEDED = "superseded"


Rule = Callable[[Assertion, Source, Aliases], bool]


def doubt(claim: Assertion, source: Source, aliases: Aliases) -> Doubt:
    """The first rule that the sentence breaks against this source; NONE where it breaks none."""
    return next((name for name, breaks in _RULES if breaks(claim, source, aliases)), Doubt.NONE)


def is_fragment(claim: Assertion, *, repeats: bool = False) -> bool:
    """Whether it is a bare value or name, which any passage that holds it would bear out, whatever was asked: "5
    minuti", "Antonio Filosa". A line that `repeats` a whole one of a document needs to say less besides."""
    named = {fold(word) for name in claim.names for word in name.text.split()}
    telling = sum(word not in named for word in claim.content())
    return telling < (1 if repeats else TELLING) and not verbs(claim.text)


def _unsaid(claim: Assertion, source: Source, _: Aliases) -> bool:
    return any(not _said(value, claim, source) for value in claim.values)


def _unnamed(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    return any(not _named(name, claim, source, aliases) for name in claim.names)


def _uncovered(claim: Assertion, source: Source, _: Aliases) -> bool:
    if source.asks or not (claim.values or claim.names or set(claim.content()) - _ASSENT):
        return True
    return claim.language == source.language and not covered(claim, source)


def _denies(claim: Assertion, source: Source, _: Aliases) -> bool:
    return turned_round(claim, source, claim.language != source.language)


def _surer(claim: Assertion, source: Source, _: Aliases) -> bool:
    """A plan told as a fact, or a possibility as a plan; across languages, a plan the source lacks."""
    mine, theirs = polarity.certainty(claim.text), polarity.certainty(source.text)
    if polarity.conditional(source.text) and not polarity.conditional(claim.text):
        return True
    return mine > theirs or (claim.language != source.language and mine != theirs)


def _opposes(claim: Assertion, source: Source, _: Aliases) -> bool:
    return polarity.opposes(claim.text, f"{source.text} {_context(source)}")


def _exaggerates(claim: Assertion, source: Source, _: Aliases) -> bool:
    if claim.language == source.language and qualifying.limits(claim.text, source.text, source.language):
        return True
    return not polarity.concepts(claim.text) <= polarity.concepts(f"{source.text} {_context(source)}")


def _misplaces(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    return swapped(claim, source, aliases) or exchanged(claim, source)


def _vouches(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """What somebody says, told as being so, or as somebody else's words."""
    if saying(claim.text) is not None:
        return other_speaker(claim, source, aliases)
    return only_said(claim, source)


_RULES: tuple[tuple[Doubt, Rule], ...] = (
    (Doubt.VALUE, _unsaid),
    (Doubt.NAME, _unnamed),
    (Doubt.WORDS, _uncovered),
    (Doubt.NEGATION, _denies),
    (Doubt.CERTAINTY, _surer),
    (Doubt.OPPOSITE, _opposes),
    (Doubt.QUANTITY, _exaggerates),
    (Doubt.ROLES, _misplaces),
    (Doubt.SAYING, _vouches),
)


def _context(source: Source) -> str:
    """What stands above a sentence, and the one before it where a word of it points back."""
    return source.around if leans(source.text) else source.above


# Values and names


def _said(value: Value, claim: Assertion, source: Source) -> bool:
    """Numbers must stand in the sentence itself; a date or a time may stand before or above it where it has none."""
    here = _told(source.text, source)
    if not qualifying.inside(value, qualifying.given_up(claim.text)):
        gone = qualifying.given_up(source.text)
        here = [said for said in here if not qualifying.inside(said, gone)]
    language = source.language if claim.language == source.language else None
    if any(
        _agrees(value, said, source) and counts_alike(value, claim.text, said, source.text, language) for said in here
    ):
        return True
    if value.kind not in (Kind.DATE, Kind.TIME):
        return source.hit.passage.kind is PassageKind.ROW and agreement.under(value, here, source.text)
    if any(said.kind is value.kind and _instead(value, said) for said in here):
        return False
    return any(_agrees(value, said, source) for said in _told(_context(source), source))


def _agrees(value: Value, said: Value, source: Source) -> bool:
    """Whether a value of the source bears the claimed one out; a date without a year is of its document's.

    "Up to 5" implies "up to 8", and "over 2" follows from 4; but 8 and 2 stand nowhere, and round nothing.
    """
    if value.bound in _ENDLESS and value.amount != said.amount and not agreement.rounds(value, said):
        return False
    day = source.hit.document.date
    return any(agreement.agrees(value, read) for read in (said, agreement.dated(said, day.year if day else None)))


def _told(text: str, source: Source) -> list[Value]:
    """The values of a text of the source, and the days that it tells by their distance from its own."""
    day = source.hit.document.date
    return [*values.values(text, source.language), *(relative_dates(text, day) if day else ())]


def _instead(value: Value, said: Value) -> bool:
    """Whether a date or a time of the source stands where the claimed one would: another year, month, day or hour."""
    return value.kind is Kind.TIME or bool(value.day and said.day) or agreement.excludes(value, said)


def _named(name: names.Name, claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """A name must stand in the sentence, or above it where no other name stands in its place."""
    if _stands(name, claim, source.text, source.language, aliases):
        return True
    above = _stands(name, claim, _context(source), source.language, aliases)
    return above and not _others(name, claim, source, aliases)


def _stands(name: names.Name, claim: Assertion, text: str, language: str, aliases: Aliases) -> bool:
    crossing = claim.language != language
    if names.stands(name, text, aliases, crossing):
        return True
    # A first word may be large for standing first: then it is content, and its words are asked for there.
    if not name.opens or " " in name.text:
        return False
    if crossing:
        return fold(name.text) in _OPENING or fold(name.text) in aliases.ordinary
    return stem(name.text, language) in stemmed(text, language)


def _others(name: names.Name, claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether the source names somebody or something that the sentence leaves out, and that may stand for `name`.

    A place ("in Warren") may stand for another place alone.
    """
    is_place = _PLACE.search(claim.text[: name.start]) is not None
    mine = stemmed(claim.text, source.language)
    inside = values.values(source.text, source.language)
    for other in names.names(source.text):
        if any(v.start <= other.start < v.end for v in inside) or _no_name(other, mine, aliases, source.language):
            continue
        if not is_place and _PLACE.search(source.text[: other.start]):
            continue
        if not names.stands(other, claim.text, aliases, claim.language != source.language):
            return True
    return False


def _no_name(name: names.Name, said: set[str], aliases: Aliases, language: str) -> bool:
    """Whether a name is only a first word written large: one that points back, or that is small elsewhere."""
    if not name.opens or " " in name.text:
        return False
    return leans(name.text) or not {fold(name.text), *stemmed(name.text, language)}.isdisjoint(said | aliases.ordinary)


# Words


def covered(claim: Assertion, source: Source) -> bool:
    """Whether the source holds most of the sentence's content words, by stem, and all verbs; both in one language."""
    content = claim.content()
    if not content:
        return bool(claim.values or claim.names)
    here = stemmed(source.text, source.language)
    own = sum(stem(word, source.language) in here for word in content)
    missing = _missing(claim, source)
    if len(missing) > len(content) // SPARED or own < HELD * len(content):
        return False
    return verbs(claim.text).isdisjoint(missing)


def _missing(claim: Assertion, source: Source) -> list[str]:
    """The sentence's content words that its source, of the same language, holds nowhere."""
    held = stemmed(f"{source.text} {_context(source)}", source.language)
    return [word for word in claim.content() if stem(word, source.language) not in held]


def keeps_to(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether a sentence that broke no rule adds nothing of its own: one language, no word spared, and each name in
    the cited sentence itself. Of others only their meaning tells whether they say the same."""
    if claim.language != source.language or _missing(claim, source):
        return False
    return all(_stands(name, claim, source.text, source.language, aliases) for name in claim.names)


def turned_round(claim: Assertion, source: Source, crossing: bool) -> bool:
    """Whether one of the two denies what the other says.

    In one language a word inside the reach of a negation must be inside one on the other side too; across languages
    words cannot be laid side by side, so both must deny or neither.
    """
    mine, theirs = polarity.negations(claim.text), polarity.negations(source.text)
    if crossing or not (mine or theirs):
        return bool(mine) != bool(theirs)
    denied, source_denied = (_by_reach(s.text, r, source.language)[0] for s, r in ((claim, mine), (source, theirs)))
    return denies_what_is_affirmed(claim, source) or (bool(mine) and not denied & source_denied)


def denies_what_is_affirmed(claim: Assertion, source: Source) -> bool:
    """Whether of two sentences of one language one denies a word that the other affirms, and does not deny."""
    denied, affirmed = _by_reach(claim.text, polarity.negations(claim.text), source.language)
    source_denied, source_affirmed = _by_reach(source.text, polarity.negations(source.text), source.language)
    return bool((denied & source_affirmed) - source_denied or (affirmed & source_denied) - source_affirmed)


def _by_reach(text: str, reaches: Sequence[Span], language: str) -> tuple[set[str], set[str]]:
    """Stems of content words (inside the reach of a negation, outside of all)."""
    inside: set[str] = set()
    outside: set[str] = set()
    for found in re.finditer(r"\w+", text):
        word = fold(found.group())
        if word in STOPWORDS or len(word) < 2:
            continue
        target = inside if any(r.start <= found.start() < r.end for r in reaches) else outside
        target.update(stems(word, language))
    return inside, outside
