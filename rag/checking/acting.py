"""Who does it to whom, and who says it: two words around one verb that have changed places, another speaker.

Names that change places are looked at in `rag.checking.roles`; here any noun is. Only plain clauses are compared, of
one language: a noun, its verb, and an object with nothing but an article before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from rag.checking.assertions import Assertion, Source, stem, stemmed
from rag.checking.attribution import saying
from rag.language import names, polarity
from rag.language.aliases import Aliases
from rag.language.grammar import AGENT, ARTICLES, preposition
from rag.language.names import Name
from rag.language.stemming import STOPWORDS
from rag.language.verbs import verbs
from rag.text import fold

_LOOK = 40  # characters before a name
# "È" with a participle alone is a perfect tense more often than a passive ("è arrivato").
_UNDERGOES = re.compile(
    r"\b(?P<who>\w+)\s+(?:(?:è|sono|era|erano)\s+stat[oaie]|viene|vengono|venne|vennero|fu|furono"
    r"|is|are|was|were|(?:has|have|had)\s+been)\s+(?:(?:non|not|never|also|poi)\s+)?"
    r"(?P<verb>\w+(?:at[oaie]|ut[oaie]|it[oaie]|ed|en|wn|ne|ld|pt|ght))\b(?!\s+(?:by|d(?:a|al|allo|alla|ai|agli|alle|all))\b)",
    re.IGNORECASE,
)

_CLAUSES = re.compile(r"[,.;:()–—]|\b(?:e|ed|and|mentre|while|ma|but)\b(?=\s+(?:\w+\s+)?\w+)", re.IGNORECASE)
_TO = {"it": frozenset("a ad al allo alla ai agli alle all".split()), "en": frozenset({"to"})}
_OWN = frozenset("its their his her our two three some".split())
_WITH_VERBS = ARTICLES | frozenset(
    "ha hanno aveva avevano e sono era erano has have had is are was were stato stata".split()
)


def exchanged(claim: Assertion, source: Source) -> bool:
    """Whether one who acts in the claim is acted upon in the source, and the other way about."""
    if claim.language != source.language:
        return False
    suffers, suffered = _undergoes(claim.text, claim.language), _undergoes(source.text, source.language)
    acts = {(one, verb, other) for one, verb, other in _acts(claim.text, claim.language) if (verb, one) not in suffers}
    acted = {
        (one, verb, other) for one, verb, other in _acts(source.text, source.language) if (verb, one) not in suffered
    }
    if any((other, verb, one) in acted for one, verb, other in acts if one != other):
        return True
    return _does_instead(suffers, acted) or _does_instead(suffered, acts)


def _does_instead(suffered: set[tuple[str, str]], acted: set[tuple[str, str, str]]) -> bool:
    """Whether one to whom something is done in one sentence only does it in the other."""
    return any(
        any(one == who and verb == done for one, verb, _ in acted)
        and not any(other == who and verb == done for _, verb, other in acted)
        for done, who in suffered
    )


def _acts(text: str, language: str) -> Iterator[tuple[str, str, str]]:
    """(who acts, by what verb, upon whom), as stems, for every three content words that stand so."""
    found = [(fold(m.group()), m.start(), m.end()) for m in re.finditer(r"\w+", text)]
    content = [n for n, (word, _, _) in enumerate(found) if word not in STOPWORDS]
    turned = polarity.passive(text)
    for one, verb, other in zip(content, content[1:], content[2:], strict=False):
        between = {word for word, _, _ in found[verb + 1 : other]}
        before = {word for word, _, _ in found[one + 1 : verb]}
        apart = re.search(r"[,;:()]", text[found[one][2] : found[other][1]])
        if apart or before & ARTICLES or not between <= ARTICLES | AGENT:
            continue
        left, act, right = (stem(found[n][0], language) for n in (one, verb, other))
        by = bool(between & AGENT)
        if by == turned:
            yield (right, act, left) if by else (left, act, right)


def _undergoes(text: str, language: str) -> set[tuple[str, str]]:
    """(verb, to whom it is done), as stems, where nobody is named who does it: "the mayor was thanked"."""
    return {
        (stem(fold(found["verb"]), language), stem(fold(found["who"]), language)) for found in _UNDERGOES.finditer(text)
    }


def handed_back(claim: Assertion, source: Source) -> bool:
    """Whether one who gives in the claim receives in the source, and the other way about: "the mayor gave the guests a
    compass"."""
    if claim.language != source.language:
        return False
    mine, theirs = _gives(claim.text, claim.language), _gives(source.text, source.language)
    return any(
        g & r2 and r & g2 and not any(g & g3 and r & r3 for g3, r3 in theirs) for g, r in mine for g2, r2 in theirs
    )


def _gives(text: str, language: str) -> list[tuple[set[str], set[str]]]:
    """(who does something, to whom), as stems, for every clause that says both."""
    found = []
    for clause in _CLAUSES.split(text):
        tokens = [fold(m.group()) for m in re.finditer(r"\w+", clause)]
        act = next((n for n, word in enumerate(tokens) if word in verbs(clause) and word not in _WITH_VERBS), None)
        if act is None:
            continue
        turned = polarity.passive(clause)
        givers = _governed(tokens[act + 1 :], AGENT) if turned else [w for w in tokens[:act] if w not in STOPWORDS]
        receivers = _governed(tokens[act + 1 :], _TO[language]) or ([] if turned else _before_object(tokens[act + 1 :]))
        if givers and receivers:
            found.append(({stem(w, language) for w in givers}, {stem(w, language) for w in receivers}))
    return found


def _governed(tokens: Sequence[str], prepositions: frozenset[str]) -> list[str]:
    """The first two content words behind one of these prepositions."""
    at = next((n for n, word in enumerate(tokens) if word in prepositions), None)
    behind = [] if at is None else list(takewhile(lambda w: not preposition(w), tokens[at + 1 :]))
    return [word for word in behind if word not in STOPWORDS][:2]


def _before_object(tokens: Sequence[str]) -> list[str]:
    """To whom, where English says it before what: "gave [the mayor] a compass"."""
    if not tokens or tokens[0] not in ARTICLES:
        return []
    to = list(takewhile(lambda w: w not in ARTICLES and w not in _OWN and not preposition(w), tokens[1:]))
    rest = tokens[1 + len(to) :]
    return to if 0 < len(to) <= 2 and rest and (rest[0] in ARTICLES or rest[0] in _OWN) else []


def other_speaker(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether what the claim gives as somebody's words are somebody else's in the source.

    Of two languages only names can be compared.
    """
    mine, theirs = saying(claim.text), saying(source.text)
    if mine is None or theirs is None or not mine.who or not theirs.who:
        return False
    if claim.language == source.language:
        told = stemmed(theirs.who, source.language) - STOPWORDS
        alike = bool(told & stemmed(mine.who, source.language)) or _stands(mine.who, theirs.who, aliases)
        return bool(told) and not alike
    named = names.names(mine.who)
    return bool(named and names.names(theirs.who)) and not _stands(mine.who, theirs.who, aliases, crossing=True)


def _stands(mine: str, theirs: str, aliases: Aliases, crossing: bool = False) -> bool:
    return any(names.stands(name, theirs, aliases, crossing) for name in names.names(mine))


def part(sentence: Assertion | Source, name: Name, *, called: bool) -> str:
    """What tells a name's part in a sentence: the preposition before it, of either language, or, with `called`, who or
    what it is called ("il sindaco", "the firm"); "" for a name that stands by itself."""
    before = re.findall(r"\w+", fold(sentence.text[max(0, name.start - _LOOK) : name.start]))
    articles = ARTICLES if sentence.language == "en" else ARTICLES - {"a", "an"}
    while before and before[-1] in articles:
        before.pop()
    word = before[-1] if before else ""
    governed = preposition(word)
    is_noun = called and word not in STOPWORDS and word not in verbs(sentence.text)
    return governed or (word if is_noun else "")
