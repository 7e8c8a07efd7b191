"""Which of Fonte's two languages a text is in."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rag.text import words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("it", "en")
_SAMPLE = 20_000  # characters; more changes nothing and costs time


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def detect(text: str, default: str = "it") -> str:
    """ "it" or "en"; `default` for texts of fewer than three words, which say too little."""
    if len(words(text[:200])) < 3:
        return default
    return _classified(text[:_SAMPLE])


@lru_cache(1024)
def _classified(sample: str) -> str:
    return str(_identifier().classify(sample)[0])
