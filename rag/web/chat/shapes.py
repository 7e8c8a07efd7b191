"""What the chat page sends, strict like the API's bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from rag.models import Document
from rag.web.shapes import Body, Id, IsoDate, Text, TurnBody

Language = Literal["it", "en"]


class Filters(Body):
    """What a search is narrowed to; empty lists narrow nothing."""

    kinds: Annotated[list[Text], Field(default_factory=list, max_length=200)]
    languages: Annotated[list[Language], Field(default_factory=list, max_length=2)]
    documents: Annotated[list[Id], Field(default_factory=list, max_length=5000)]
    since: IsoDate | None = None
    until: IsoDate | None = None

    def passes(self, document: Document) -> bool:
        """A document without a date passes no period: nothing guesses when it was written."""
        if self.since or self.until:
            day = document.date
            if day is None or (self.since and day < self.since) or (self.until and day > self.until):
                return False
        return (
            (not self.kinds or document.kind in self.kinds)
            and (not self.languages or document.language in self.languages)
            and (not self.documents or document.id in self.documents)
        )

    def narrowed(self, documents: Sequence[Document]) -> frozenset[str] | None:
        """The ids to search in, None for all."""
        if not any((self.kinds, self.languages, self.documents, self.since, self.until)):
            return None
        return frozenset(d.id for d in documents if self.passes(d))


class Asking(Body):
    """What the page sends with a question."""

    turn: Annotated[str, Field(pattern=r"^[a-z0-9]{1,16}$")]
    question: Annotated[Text, Field(max_length=200_000)]
    history: Annotated[list[TurnBody], Field(default_factory=list, max_length=20)]
    page: Language = "it"
    filters: Filters = Field(default_factory=lambda: Filters.model_validate({}))


class Judging(Body):
    """What the page sends with a thumb."""

    ballot: Annotated[str, Field(pattern=r"^[a-z0-9]{8,64}$")]  # drawn by the page: joins no answer with its verdict
    status: Literal["answered", "partial", "not_found"]
    verdict: Literal["up", "down"]
    reasons: Annotated[list[Text], Field(default_factory=list, max_length=8)]
    more: Annotated[Text, Field(max_length=500)] = ""
    question: Annotated[Text, Field(max_length=20_000)] | None = None  # sent with consent only
