"""What a number counts: "12 firms" is no "12 people", and "three plants" no "three days"."""

from __future__ import annotations

import re

from rag.language import value_patterns as patterns
from rag.language.stemming import STOPWORDS, stems
from rag.language.values import Kind, Value
from rag.language.verbs import verbs
from rag.text import fold

_NEAR = 2  # words behind a number among which what it counts stands


def counts_alike(claimed: Value, claim: str, said: Value, source: str, language: str | None) -> bool:
    """Whether two numbers may count the same thing, as far as the words behind them tell.

    A measure goes with that measure alone. Other words are compared by stem where claim and source are in one
    `language` (None: in two), and count as another thing only if the source has the claim's word, but not there.
    """
    if Kind.NUMBER is not claimed.kind or said.kind not in (Kind.NUMBER, Kind.MONEY):
        return True
    mine, theirs = _counted(claimed, claim), _counted(said, source)
    measures = _measure(claimed, mine), _measure(said, theirs)
    if any(measures):
        told = (measures[0] or mine) and (measures[1] or theirs)
        alike = language and _stems(mine, language) & _stems([*theirs, _before(said, source)], language)
        return measures[0] == measures[1] or not told or bool(alike)
    if language is None or not mine or not theirs:
        return True
    wanted = _stems(mine, language)
    return bool(wanted & _stems(theirs, language)) or wanted.isdisjoint(stems(source, language))


def in_place_of(claimed: Value, claim: str, said: Value, source: str, language: str | None) -> bool:
    """Whether a number is told of what the claim tells another of; stricter than `counts_alike`.

    In one language the words behind both, or those behind one and the other sentence, must have a stem in common.
    """
    if Kind.NUMBER is not claimed.kind or Kind.NUMBER is not said.kind or language is None:
        return True
    mine, theirs = _stems(_counted(claimed, claim), language), _stems(_counted(said, source), language)
    if mine and theirs:
        return bool(mine & theirs)
    return not (mine or theirs) or bool(mine & set(stems(source, language)) or theirs & set(stems(claim, language)))


def _counted(value: Value, text: str) -> list[str]:
    """The first words behind a number, up to one that begins something else; what shows to be a verb is not counted."""
    found: list[str] = []
    acting = verbs(text)
    for token in re.finditer(r"\s*([^\W\d_]+)|.", text[value.end :]):
        word = fold(token[1] or "")
        if not word or word in STOPWORDS or len(found) == _NEAR:
            break
        if word not in acting:
            found.append(word)
    return found


def _measure(value: Value, counted: list[str]) -> str:
    return value.unit or next((patterns.MEASURES[word] for word in counted if word in patterns.MEASURES), "")


def _before(value: Value, text: str) -> str:
    found = re.search(r"([^\W\d_]+)\s*\Z", text[: value.start])
    return fold(found[1]) if found and fold(found[1]) not in STOPWORDS else ""


def _stems(words: list[str], language: str) -> set[str]:
    return {stem for word in words for stem in stems(word, language)}
