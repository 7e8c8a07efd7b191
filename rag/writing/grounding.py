"""One sentence against the passages that it cites: is every value and name there, and is that what they say?

Strict: what is in doubt is not supported. The rules are general (values, names, negation, plans, opposites, who stands
beside what); a reader's claim head and the embedding model add to them, and never make up for one that fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from rag.checking.assertions import Assertion, Source, leans, stem, stemmed
from rag.language import agreement, names, polarity, values
from rag.language.aliases import Aliases
from rag.language.roles import swapped
from rag.language.stemming import STOPWORDS, stems
from rag.language.values import Kind, Value
from rag.models import PassageKind, Span
from rag.text import fold

SPARED = 5  # content words of which one may be missing from the source, in one language
HELD = 0.5  # share of them that the cited sentence itself holds, not what stands above it


class Doubt(StrEnum):
    """Why a sentence is not supported, for the log, the tests and the tool that counts."""

    NONE = ""
    MARK = "mark"
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
    MEANING = "meaning"
    READER = "reader"
    SUPERSEDED = "superseded"


Rule = Callable[[Assertion, Source, Aliases], bool]


def doubt(claim: Assertion, source: Source, aliases: Aliases) -> Doubt:
    """The first rule that the sentence breaks against this source; NONE where it breaks none."""
    return next((name for name, breaks in _RULES if breaks(claim, source, aliases)), Doubt.NONE)


def _unsaid(claim: Assertion, source: Source, _: Aliases) -> bool:
    return any(not _said(value, source) for value in claim.values)


def _unnamed(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    return any(not _named(name, source, aliases, claim.language != source.language) for name in claim.names)


def _uncovered(claim: Assertion, source: Source, _: Aliases) -> bool:
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
    return not polarity.concepts(claim.text) <= polarity.concepts(f"{source.text} {_context(source)}")


def _misplaces(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    return swapped(claim, source, aliases)


_RULES: tuple[tuple[Doubt, Rule], ...] = (
    (Doubt.VALUE, _unsaid),
    (Doubt.NAME, _unnamed),
    (Doubt.WORDS, _uncovered),
    (Doubt.NEGATION, _denies),
    (Doubt.CERTAINTY, _surer),
    (Doubt.OPPOSITE, _opposes),
    (Doubt.QUANTITY, _exaggerates),
    (Doubt.ROLES, _misplaces),
)


def _context(source: Source) -> str:
    """What stands above a sentence, and the one before it where a word of it points back."""
    return source.around if leans(source.text) else source.above


# Values and names


def _said(value: Value, source: Source) -> bool:
    """Numbers must stand in the sentence itself; a date or a time may stand before or above it where it has none."""
    year = source.hit.document.date.year if source.hit.document.date else None
    here = values.values(source.text, source.language)
    if any(agreement.agrees(value, said) or agreement.agrees(value, agreement.dated(said, year)) for said in here):
        return True
    if value.kind not in (Kind.DATE, Kind.TIME):
        return source.hit.passage.kind is PassageKind.ROW and agreement.under(value, here, source.text)
    rival = any(s.kind is value.kind and (s.day or s.kind is Kind.TIME) for s in here)
    if rival and (value.day or value.kind is Kind.TIME):
        return False
    around = values.values(_context(source), source.language)
    return any(agreement.agrees(value, s) or agreement.agrees(value, agreement.dated(s, year)) for s in around)


def _named(name: names.Name, source: Source, aliases: Aliases, crossing: bool) -> bool:
    text = f"{source.text} · {_context(source)}"
    if names.stands(name, text, aliases, crossing):
        return True
    # A first word may be large for standing first: then it is content, and its words are asked for there.
    return (
        name.opens
        and " " not in name.text
        and not crossing
        and stem(name.text, source.language) in stemmed(text, source.language)
    )


# Words


def covered(claim: Assertion, source: Source) -> bool:
    """Whether the source holds most of the sentence's content words, by stem; both in one language."""
    content = claim.content()
    if not content:
        return bool(claim.values or claim.names)
    here, around = stemmed(source.text, source.language), stemmed(_context(source), source.language)
    wanted = [stem(word, source.language) for word in content]
    held = sum(w in here or w in around for w in wanted)
    own = sum(w in here for w in wanted)
    return held >= len(wanted) - len(wanted) // SPARED and own >= HELD * len(wanted)


def turned_round(claim: Assertion, source: Source, crossing: bool) -> bool:
    """Whether one of the two denies what the other says.

    In one language a word inside the reach of a negation must be inside one on the other side too; across languages
    words cannot be laid side by side, so both must deny or neither.
    """
    mine, theirs = polarity.negations(claim.text), polarity.negations(source.text)
    if crossing or not (mine or theirs):
        return bool(mine) != bool(theirs)
    denied, affirmed = _by_reach(claim.text, mine, source.language)
    source_denied, source_affirmed = _by_reach(source.text, theirs, source.language)
    against = (denied & source_affirmed) - source_denied
    against |= (affirmed & source_denied) - source_affirmed
    return bool(against) or (bool(mine) and not denied & source_denied)


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
