"""What the rules of grounding say of one sentence beside a small document."""

from __future__ import annotations

import datetime as dt

from rag.checking.assertions import Assertion, sources
from rag.language.aliases import find_aliases
from rag.models import Document, Hit
from rag.passages import passages
from rag.writing.grounding import Doubt, doubt

DATED = dt.date(2025, 4, 30)
PUBLISHER = "Regione Piemonte"


def judged(sentence: str, language: str, text: str, spoken: str | None = None, title: str = "Nota") -> set[Doubt]:
    """What speaks against a sentence at each place of a document; Doubt.NONE is among it where one bears it out."""
    spoken = spoken or language
    source = Document("d", "d.txt", title, spoken, text, "v", "h", "txt", date=DATED, publisher=PUBLISHER)
    aliases = find_aliases([(text, spoken)])
    claim = Assertion.of(sentence, language)
    places = [s for p in passages(source) for s in sources(Hit(p, source, 1.0))]
    return {doubt(claim, place, aliases) for place in places}


def bears_out(sentence: str, language: str, text: str, spoken: str | None = None, title: str = "Nota") -> bool:
    return Doubt.NONE in judged(sentence, language, text, spoken, title)
