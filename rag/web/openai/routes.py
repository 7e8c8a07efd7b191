"""OpenAI's routes for the chat clients that are there already: a question in, an answer with its sources out.

The text carries its sources as footnotes, and the field `fonte` the whole reply of POST /api/v1/ask.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import JSONResponse

from rag.assistant import Assistant
from rag.errors import RagError
from rag.models import Answer, Happening, Stated, Statement, Support
from rag.rendering import answer_json
from rag.web.access import API_KEY, Door, require_key
from rag.web.errors import OPENAI, error_json
from rag.web.library import require_ready
from rag.web.openai.shapes import (
    MODELS,
    ChatBody,
    CompletionReply,
    ModelReply,
    ModelsReply,
    OpenAIErrorReply,
    UnknownModel,
)
from rag.web.openai.text import pieces, spoken
from rag.web.pool import Pool
from rag.web.presence import nobody, while_present
from rag.web.stream import Channel, stream, told

Replies = dict[int | str, dict[str, Any]]


def _refused(reasons: Mapping[int, str]) -> Replies:
    return {status: {"model": OpenAIErrorReply, "description": reason} for status, reason in reasons.items()}


REFUSALS = _refused(
    {
        400: "the request cannot be read",
        401: "no key was sent, or one that is not known",
        403: "from another site's page",
        421: "for a host that this server does not answer for",
        422: "a field is missing, unknown, too long, of the wrong kind, or asks for what Fonte does not do",
        500: "a fault of the server",
    }
)
UNKNOWN = _refused({404: "no such model"})
BUSY = _refused(
    {
        413: "the body is too large",
        415: "the body is not JSON",
        503: "busy or still starting; Retry-After says when to come back",
    }
)
STREAM: Replies = {
    200: {
        "description": "the completion; or, with `stream`, its chunks as server-sent events, `[DONE]` at the end",
        "content": told(),
    }
}


def routes(assistant: Assistant, pool: Pool, ping_seconds: float) -> APIRouter:
    router = APIRouter(
        prefix=OPENAI, tags=["chat clients"], dependencies=[API_KEY, Depends(require_key)], responses={**REFUSALS}
    )
    served = {name: _model(name, int(time.time())) for name in MODELS}

    @router.get("/models", response_model=ModelsReply, summary="The models to choose from")
    def models() -> Response:
        return JSONResponse({"object": "list", "data": list(served.values())})

    @router.get("/models/{id}", response_model=ModelReply, responses={**UNKNOWN}, summary="One model")
    def model(id: str) -> Response:
        if id not in served:
            raise UnknownModel(id)
        return JSONResponse(served[id])

    @router.post("/chat/completions", response_model=CompletionReply, responses={**UNKNOWN, **BUSY, **STREAM})
    async def complete(body: ChatBody, request: Request) -> Response:
        """Answer the last question of a conversation with quotes of the documents, the sources as footnotes."""
        require_ready(assistant)
        question = body.question_value()
        door: Door = request.app.state.door
        completion = Completion(body.model, door.site.origin(request.scope), body.counts_tokens)
        if body.stream:
            channel = Channel()
            task = asyncio.ensure_future(pool.ask(question, channel.tell))
            return await stream(task, channel, ping_seconds, Chunks(completion))
        answer = await while_present(request, pool.ask(question))
        return JSONResponse(completion.whole(answer)) if answer else nobody()

    return router


def _model(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "fonte"}


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply in OpenAI's form, whole or in chunks of the same id."""

    model: str
    origin: str  # of the links to the documents
    counts_tokens: bool  # in a last chunk of its own
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_urlsafe(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(pieces(answer, self.origin)), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._object("chat.completion", [choice], usage=_usage(answer), fonte=answer_json(answer))

    def chunk(self, delta: dict[str, str], finish_reason: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return data_event(self._object("chat.completion.chunk", [choice], **more))

    def ending(self, answer: Answer) -> str:
        usage = self._object("chat.completion.chunk", [], usage=_usage(answer))
        last = data_event(usage) if self.counts_tokens else ""
        return f"{self.chunk({}, 'stop', fonte=answer_json(answer))}{last}data: [DONE]\n\n"

    def _object(self, kind: str, choices: list[dict[str, Any]], **more: object) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices, **more}


class Chunks:
    """A completion as server-sent events: the role, the text piece by piece, the whole reply, and that it is done.

    What a model writes is streamed sentence by sentence; quotes are there all at once, and come with the end, where
    it is known what stands above them.
    """

    def __init__(self, completion: Completion) -> None:
        self._completion = completion
        self._stated: list[Statement] = []
        self._told = 0
        self._has_role = False

    def waiting(self) -> str:
        return ": the answer is being made\n\n"  # a comment, which clients pass over

    def happened(self, happening: Happening) -> str:
        if isinstance(happening, Stated):
            self._stated.append(happening.statement)
        if not any(s.support is Support.VERIFIED for s in self._stated):
            return ""
        told, self._told = self._told, len(self._stated)
        return self._texts(spoken(self._stated, told))

    def done(self, answer: Answer) -> str:
        return self._texts(pieces(answer, self._completion.origin, self._told)) + self._completion.ending(answer)

    def failed(self, error: RagError) -> str:
        return data_event(error_json(error, OPENAI))

    def _texts(self, texts: Iterable[str]) -> str:
        return "".join(self._text(text) for text in texts)

    def _text(self, text: str) -> str:
        role = {} if self._has_role else {"role": "assistant"}
        self._has_role = True
        return self._completion.chunk({**role, "content": text})


def _usage(answer: Answer) -> dict[str, int]:
    """What a language model took; quotes take none."""
    prompt, completion = (answer.tokens.prompt, answer.tokens.completion) if answer.tokens else (0, 0)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def data_event(data: object) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
