"""The bodies of requests, strict: an unknown field is refused, every length has a bound."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rag.checking.desk import MAX_TEXT
from rag.models import ClaimQuestion, Question, Turn

MAX_TURNS = 20
MAX_TURN = 20_000  # characters
MAX_QUESTION = 20_000  # the most that FONTE_MAX_QUESTION can be; the assistant holds to the setting itself
MAX_DOCUMENTS = 1000
MAX_HITS = 50


def _storable(text: str) -> str:
    """Half a surrogate pair is no character, and no reply could hold it."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("NUL and halves of surrogate pairs are not read")
    return text


def _iso_date(value: object) -> object:
    if isinstance(value, str) and len(value) == len("2025-04-24"):
        return dt.date.fromisoformat(value)
    if value is None:
        return value
    raise ValueError("a date is written as 2025-04-24")


Text = Annotated[str, AfterValidator(_storable)]
Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_storable)]
IsoDate = Annotated[dt.date, BeforeValidator(_iso_date)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TurnBody(Body):
    """One turn of the conversation so far."""

    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(max_length=MAX_TURN)]


class AskBody(Body):
    """A question. `documents` narrows it to these ids, `as_of` leaves out what is dated later."""

    question: Annotated[Text, Field(max_length=MAX_QUESTION, examples=["Chi guidava la delegazione?"])]
    history: Annotated[list[TurnBody], Field(max_length=MAX_TURNS)] = []
    language: Literal["it", "en"] | None = None
    mode: Annotated[Text, Field(max_length=20)] | None = None
    documents: Annotated[list[Id], Field(max_length=MAX_DOCUMENTS)] | None = None
    as_of: IsoDate | None = None

    def question_value(self) -> Question:
        return Question(
            text=self.question,
            history=tuple(Turn(turn.role, turn.content) for turn in self.history),
            language=self.language,
            mode=self.mode,
            documents=frozenset(self.documents) if self.documents is not None else None,
            as_of=self.as_of,
        )


class SearchBody(Body):
    """A search for passages, best first."""

    query: Annotated[Text, Field(max_length=MAX_QUESTION)]
    limit: Annotated[int, Field(ge=1, le=MAX_HITS)] = 10


class CheckBody(Body):
    """One claim, or a text whose claims are found first: the one or the other. `documents` narrows the search to these
    ids; `as_of` leaves out what is dated later, and is the day that relative dates of the claim count from."""

    claim: Annotated[Text, Field(max_length=MAX_QUESTION, examples=["La delegazione contava 41 imprese."])] | None = (
        None
    )
    text: Annotated[Text, Field(max_length=MAX_TEXT)] | None = None
    language: Literal["it", "en"] | None = None
    documents: Annotated[list[Id], Field(max_length=MAX_DOCUMENTS)] | None = None
    as_of: IsoDate | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.claim is None) == (self.text is None):
            raise ValueError("send either `claim` or `text`")
        return self

    def claim_value(self) -> ClaimQuestion:
        return ClaimQuestion(
            text=self.claim if self.claim is not None else self.text or "",
            language=self.language,
            documents=frozenset(self.documents) if self.documents is not None else None,
            as_of=self.as_of,
        )


class SyncBody(Body):
    """`prune` allows a sync that removes more than half of the documents."""

    prune: bool = False
