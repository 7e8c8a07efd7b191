"""An answer on the chat page while a model writes it: what is verified so far, as the page's pieces."""

from __future__ import annotations

from dataclasses import replace

from rag.models import Answer, Evidenced, Happening, Status
from rag.web.chat.html import Pieces, pieces


class Growing:
    """Grows with what happens; answers in quotes are shown at once, with their end."""

    def __init__(self, turn: str) -> None:
        self._turn = turn
        self._answer: Answer | None = None

    def after(self, happening: Happening) -> Pieces | None:
        """The pieces so far; None where nothing new is to be seen."""
        if isinstance(happening, Evidenced):
            self._answer = self._begun(happening)
            return None
        if self._answer is None:
            return None
        self._answer = replace(self._answer, statements=(*self._answer.statements, happening.statement))
        return pieces(self._answer, self._turn)

    def _begun(self, evidenced: Evidenced) -> Answer | None:
        if evidenced.written_in is None:
            return None
        if self._answer is not None:
            return replace(self._answer, citations=evidenced.citations)
        return Answer(
            id="",
            question="",
            status=Status.ANSWERED,
            language=evidenced.written_in,
            text="",
            headline=None,
            statements=(),
            citations=evidenced.citations,
            nearest=(),
            notes=(),
            mode="generate",
            model=None,
            searched=0,
        )
