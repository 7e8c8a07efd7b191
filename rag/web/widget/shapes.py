"""What a panel sends and is sent, strict like the API's bodies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rag.models import Turn
from rag.web.replies import Reply
from rag.web.shapes import Body, Id, Text

MAX_QUESTION = 1000  # characters; FONTE_MAX_QUESTION may say fewer
MAX_TURN = 4000
MAX_TURNS = 6


class VisitReply(Reply):
    """A token for this widget alone, and the seconds that it is worth something."""

    token: str
    seconds: int


class VisitorTurn(Body):
    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(max_length=MAX_TURN)]


class VisitorAsk(Body):
    """A visitor's question, with what was said before it."""

    question: Annotated[Text, Field(min_length=1, max_length=MAX_QUESTION, examples=["Chi guidava la delegazione?"])]
    history: Annotated[list[VisitorTurn], Field(default_factory=list, max_length=MAX_TURNS)]
    language: Literal["it", "en"] | None = None

    def turns(self) -> tuple[Turn, ...]:
        return tuple(Turn(turn.role, turn.content) for turn in self.history)


class VisitorThumb(Body):
    """A verdict on an answer that was given at this widget. The question is not sent, and not kept."""

    answer: Id
    status: Literal["answered", "partial", "not_found"]
    verdict: Literal["up", "down"]
