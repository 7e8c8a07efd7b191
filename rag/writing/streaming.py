"""One model's answer, piece by piece: read in a thread of its own, with what is told of its end and its tokens.

Each client of LlamaIndex passes on what its server sent in a form of its own; what is needed of it is read here alone.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag.writing.faults import Fault, WritingFault, fault_of
from rag.writing.spending import estimated

if TYPE_CHECKING:
    import httpx
    from llama_index.core.llms import LLM, ChatMessage, ChatResponse

WHOLE = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token"})  # why an answer ended that is whole
TOO_LONG = frozenset({"length", "max_tokens"})
_opened: ContextVar[list[httpx.Response] | None] = ContextVar("opened", default=None)


@dataclass(slots=True)
class Usage:
    """Tokens of one request: as the server counts them, else estimated."""

    prompt: int = 0
    completion: int = 0
    estimated: bool = True

    @property
    def total(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens of a request and of its answer, and seconds until it must be there."""

    context: int = 4096
    answer: int = 300
    seconds: float = 60.0


def weight(messages: Sequence[ChatMessage]) -> int:
    """Tokens of a prompt, estimated."""
    return sum(estimated(str(message.content)) for message in messages)


def close_later(response: httpx.Response) -> None:
    """A hook for clients that leave open what nobody reads to its end, and the model writing: `Stream` closes it."""
    responses = _opened.get()
    if responses is not None:
        responses.append(response)


@dataclass(slots=True)
class Stream:
    """The pieces of one answer: however a server hangs, the one who reads goes on in time.

    secrets: what no fault may tell, whatever the server sends back.
    usage:   tokens so far; none of a request that no piece came of: it was refused, or reached no model.
    reason:  why the answer ended, as its server says; None while it has not said so.
    """

    llm: LLM
    messages: Sequence[ChatMessage]
    seconds: float
    secrets: Sequence[str] = ()
    usage: Usage = field(default_factory=Usage)
    reason: str | None = None
    _pieces: queue.Queue[Any] = field(default_factory=queue.Queue)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __iter__(self) -> Iterator[ChatResponse]:
        """Responses as LlamaIndex gives them. Raises WritingFault."""
        threading.Thread(target=self._read, name="fonte-writing", daemon=True).start()
        end = time.monotonic() + self.seconds
        written, begun = 0, False
        while True:
            try:
                piece = self._pieces.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise WritingFault(Fault.SLOW, f"{self.seconds:g} s") from None
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise fault_of(piece, begun, self.secrets) from None  # its own words may hold a secret
            begun, self.usage.prompt = True, self.usage.prompt or weight(self.messages)
            written += len(piece.delta or "")
            self.reason = _reason(piece.raw) or self.reason
            _count(piece.raw, self.usage, written)
            yield piece

    def _read(self) -> None:
        responses: list[httpx.Response] = []
        _opened.set(responses)  # of this thread alone
        try:
            for piece in self.llm.stream_chat(list(self.messages)):
                if self._stopped.is_set():
                    return
                self._pieces.put(piece)
            self._pieces.put(None)
        except Exception as error:  # told to the one who waits
            self._pieces.put(error)
        finally:
            for response in responses:
                response.close()

    def stop(self) -> None:
        """Nobody reads any further: the connection is closed behind the piece that comes next, or with its time-out."""
        self._stopped.set()


def _reason(raw: Any) -> str | None:
    """Why the answer ended, by a piece of it; None if it says nothing of that.

    OpenAI's clients tell it by choice; Ollama's with `done`, Anthropic's in a `delta`. A client that passes nothing on
    raises itself when its answer breaks off.
    """
    if raw is None:
        return "stop"
    if isinstance(raw, dict):
        told = (raw.get("done_reason") or "stop") if raw.get("done") else getattr(raw.get("delta"), "stop_reason", None)
    else:
        choices = getattr(raw, "choices", None)
        told = choices[0].finish_reason if choices else None
    return str(told) if told else None  # whatever a server writes there


def _count(raw: Any, usage: Usage, written: int) -> None:
    told = raw.get("usage") if isinstance(raw, dict) else getattr(raw, "usage", None)
    prompt = _tokens(told, "prompt_tokens", "input_tokens")
    completion = _tokens(told, "completion_tokens", "output_tokens")
    if prompt and completion is not None:
        usage.prompt, usage.completion, usage.estimated = prompt, completion, False
    elif usage.estimated:
        usage.completion = -(-written // 3)


def _tokens(told: Any, *names: str) -> int | None:
    values = (told.get(name) if isinstance(told, dict) else getattr(told, name, None) for name in names)
    return next((value for value in values if type(value) is int and value >= 0), None)  # a bool is an int
