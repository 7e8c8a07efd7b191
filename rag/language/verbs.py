"""Which words of a sentence are verbs, as far as their endings or the words before them show; Italian and English."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text import fold

_ENDING = re.compile(
    r"\w{2,}(?:[aei]rà|[aei]ranno|[aei]rebbe(?:ro)?|[aei]rono|ò|ì|av(?:a|ano)|ev(?:a|ano)|ivano|ando|endo)"
    r"|\w{2,}(?:are|ere|ire)|\w{3,}(?:ed|ing)",
    re.IGNORECASE,
)
_IRREGULAR = frozenset(
    """
    became began bought broke brought built came chose cut drew fell felt found gave got grew held hit kept knew laid
    led left lent lost made meant met paid put ran rose said saw sent set shut sold spent spoke spread stood took taught
    thought threw told understood went withdrew won wrote
    """.split()
)
_AUXILIARY = frozenset(
    """
    ho hai ha abbiamo avete hanno aveva avevano avra avranno avrebbe e sono era erano fu furono sara saranno sarebbe
    viene vengono venne vennero verra verranno stato stata stati state si puo possono potra potranno deve devono dovra
    dovranno vuole vogliono has have had having is are was were be been being do does did will would can could may might
    must shall should to
    """.split()
)
_BETWEEN = frozenset("non not never mai gia already also anche poi then still ancora recently".split())


@lru_cache(1024)  # of a claim's every number and name the verbs around it are asked for
def verbs(text: str) -> frozenset[str]:
    """The folded words of a text that show themselves as verbs; there may be more."""
    found = set()
    before = ""
    for token in re.finditer(r"\w+", text):
        word = fold(token.group())
        if before in _AUXILIARY or word in _IRREGULAR or _ENDING.fullmatch(token.group()):
            found.add(word)
        before = before if word in _BETWEEN else word
    return frozenset(found)
