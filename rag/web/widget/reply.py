"""What a visitor is told of an answer: the words, the sources with their links, and nothing of how it was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rag.models import Answer, Citation, Evidenced, Happening, Note, Statement, Support
from rag.rendering import searched_line
from rag.web.stream import event
from rag.web.widget.links import reading
from rag.web.widget.register import Widget
from rag.wording import long_date, quoted, unquoted, word

KINDS = {Support.QUOTED: "quote", Support.FRAME: "frame", Support.VERIFIED: "said"}


class Teller:
    """Puts what happens into the form that a panel of one widget shows; `language` is that of the answer, `around` that
    of the panel."""

    def __init__(self, widget_id: str, widget: Widget, language: str, around: str) -> None:
        self._id = widget_id
        self._widget = widget
        self._language = language
        self._around = around
        self._cited: dict[int, Citation] = {}

    def happened(self, happening: Happening) -> str:
        """A `sources` event, every source so far, or a `statement` event, one sentence that was checked."""
        if isinstance(happening, Evidenced):
            self._cited = {c.number: c for c in happening.citations}
            sources = [self._source(c) for c in happening.citations]
            return event("sources", {"language": self._language, "sources": sources})
        return event("statement", self._statement(happening.statement))

    def done(self, answer: Answer) -> str:
        whole = {
            "id": answer.id,
            "status": answer.status.value,
            "label": word(answer.language, f"{answer.status.value}_label"),
            "language": answer.language,
            "mode": answer.mode,
            "headline": self._headline(answer),
            "notes": [self._note(n, answer.citations) for n in answer.notes],
            "sources": [self._source(c) for c in answer.citations],
            "nearest": [self._source(c) for c in answer.nearest],
            "nearest_label": word(answer.language, "nearest"),
            "searched": searched_line(answer),
            "text": answer.text,
        }
        return event("done", whole)

    def _statement(self, statement: Statement) -> dict[str, Any]:
        """A quote is in the language of its document, all else in that of the answer."""
        spoken = {self._cited[n].document.language for n in statement.citations if n in self._cited}
        is_quote = statement.support is Support.QUOTED and len(spoken) == 1
        return {
            "text": statement.text,
            "kind": KINDS[statement.support],
            "language": spoken.pop() if is_quote else self._language,
            "sources": list(statement.citations),
        }

    def _headline(self, answer: Answer) -> dict[str, Any] | None:
        if not answer.headline:
            return None
        language = answer.citations[0].document.language if answer.citations else answer.language
        return {"text": answer.headline, "language": language}

    def _note(self, note: Note, citations: Sequence[Citation]) -> dict[str, Any]:
        """In pieces: what it quotes of a document is in the document's language, all else in that of the answer."""
        cited = [c for c in citations if c.number in note.citations]
        whole = [quoted(self._language, words) for c in cited for words in (c.document.title, c.display)]
        pattern = "|".join([*map(re.escape, whole), quoted(self._language, ".+?")])  # a quote may hold another
        pieces = [piece for piece in re.split(f"({pattern})", note.text) if piece]
        told = [{"text": piece, "language": self._spoken(piece, cited)} for piece in pieces]
        return {"pieces": told, "sources": list(note.citations)}

    def _spoken(self, piece: str, cited: Sequence[Citation]) -> str:
        words = unquoted(piece)
        own = (c.document.language for c in cited if words != piece and words in f"{c.document.title}\n{c.display}")
        return next(own, self._language)

    def _source(self, citation: Citation) -> dict[str, Any]:
        document, language = citation.document, self._language
        facts = (
            document.publisher,
            long_date(document.date, language) if document.date else word(language, "undated"),
            word(language, "page", page=citation.page) if citation.page else None,
        )
        return {
            "number": citation.number,
            "quote": quoted(language, citation.display),
            "language": document.language,
            "title": document.title,
            "facts": " · ".join(fact for fact in facts if fact),
            "link": reading(citation, self._id, self._widget, self._around),
        }
