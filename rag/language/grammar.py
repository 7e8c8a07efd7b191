"""Closed classes of Italian and English that several rules look at: articles, and prepositions by what they say."""

from __future__ import annotations

from collections.abc import Mapping

ARTICLES = frozenset("il lo la i gli le l un uno una the a an".split())
# With their articles: "nella", "dell".
PREPOSITIONS: Mapping[str, frozenset[str]] = {
    "at": frozenset("a ad al allo alla ai agli alle all in nel nello nella nei negli nelle nell presso at to".split()),
    "of": frozenset("di del dello della dei degli delle dell d of".split()),
    "by": frozenset("da dal dallo dalla dai dagli dalle dall by from".split()),
    "with": frozenset("con col coi with".split()),
    "for": frozenset("per for".split()),
    "on": frozenset("su sul sullo sulla sui sugli sulle sull on about".split()),
    "between": frozenset("tra fra between among".split()),
    "towards": frozenset("verso into near under".split()),
}
AGENT = PREPOSITIONS["by"] - {"from"}  # by whom something is done


def preposition(word: str) -> str:
    """What a folded word says as a preposition; "" for any other word."""
    return next((kind for kind, forms in PREPOSITIONS.items() if word in forms), "")
