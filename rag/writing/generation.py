"""A writer with any LlamaIndex LLM: question and passages → sentences with marks, as they are finished.

What comes out is a proposal: nothing of it is shown before `rag.writing.grounding` has checked it.
"""

from __future__ import annotations

import queue
import re
import string
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ConfigurationError
from rag.passages import context, read_text
from rag.writing.cutting import Cutter, Proposed
from rag.writing.faults import Fault, WritingFault, fault_of
from rag.writing.spending import Breaker, DailyBudget, estimated

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

    from rag.models import Hit

PROMPTS = Path(__file__).parent / "prompts"
PLACEHOLDERS = {"system.md": {"language", "absent"}, "question.md": {"passages", "question"}}
ABSENT = "NOT IN THE PASSAGES"
SPOKEN = {"it": "Italian", "en": "English"}
MAX_PASSAGES = 6
MAX_SENTENCES = 12  # of a model that does not stop
_MADE_UP = re.compile(r"\[(\d[\d\s,;]*)\]")


@dataclass(slots=True)
class Usage:
    """Tokens of one request: as the server counts them, else estimated."""

    prompt: int = 0
    completion: int = 0
    estimated: bool = True


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts sent to a model, Markdown files with placeholders."""

    system: str
    question: str

    @classmethod
    def load(cls, folder: Path = PROMPTS) -> Prompts:
        """Raises ConfigurationError for a file that is missing or whose placeholders are not those expected."""
        texts = {}
        for name, expected in PLACEHOLDERS.items():
            path = folder / name
            try:
                texts[name] = path.read_text(encoding="utf-8").strip()
                found = {key for _, key, _, _ in string.Formatter().parse(texts[name]) if key is not None}
            except (OSError, ValueError) as error:
                raise ConfigurationError(f"{path} cannot be used ({error}).", "Restore it.") from error
            if found != expected:
                wrong = ", ".join(sorted(found ^ expected))
                raise ConfigurationError(f"{path}: these placeholders are missing or unknown: {wrong}.", "Mend it.")
        return cls(texts["system.md"], texts["question.md"])


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens of a request and of its answer, and seconds until it must be there."""

    context: int = 4096
    answer: int = 300
    seconds: float = 60.0


def fenced(number: int, hit: Hit) -> str:
    """A passage as one line of data: a line break or a mark of its own could pass for ours."""
    document = hit.document
    place = " · ".join(p for p in (context(hit.passage, document), str(document.date or "")) if p)
    return f"[{number}] ({_data(place)}) {_data(read_text(hit.passage, document))}"


def _data(text: str) -> str:
    return " ".join(_MADE_UP.sub(r"(\1)", text).split())


class Generator:
    """Asks one model for one answer. Safe to use from several threads."""

    def __init__(
        self, llm: LLM, name: str, limits: Limits, daily: DailyBudget | None = None, prompts: Prompts | None = None
    ) -> None:
        self.name = name
        self._llm = llm
        self._limits = limits
        self._daily = daily or DailyBudget(0)
        self._breaker = Breaker()
        self._prompts = prompts or Prompts.load()

    def fitting(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The first of `hits` that fit into a request, with room for the answer; always one, if there is any."""
        left = self._limits.context - self._limits.answer - estimated(self._prompts.system + self._prompts.question)
        left -= estimated(question) + 50
        kept: list[Hit] = []
        for hit in hits[:MAX_PASSAGES]:
            left -= estimated(fenced(len(kept) + 1, hit))
            if kept and left < 0:
                break
            kept.append(hit)
        return kept

    def write(self, question: str, language: str, hits: Sequence[Hit], usage: Usage) -> Iterator[Proposed]:
        """The model's sentences, each as soon as it is whole; `usage` is filled in as they come.

        Raises WritingFault when it cannot go on, what was yielded before notwithstanding.
        """
        messages = self._messages(question, language, hits)
        usage.prompt = sum(estimated(str(message.content)) for message in messages)
        if not self._daily.allows(usage.prompt + self._limits.answer):
            raise WritingFault(Fault.SPENT)
        if not self._breaker.allows():
            raise WritingFault(Fault.RESTING)
        stream = _Stream(self._llm, messages, self._limits)
        try:
            yield from _sentences(stream, usage)
        except WritingFault as error:
            self._breaker.report(worked=error.fault in (Fault.ABSENT, Fault.EMPTY, Fault.ENDLESS, Fault.OVERFLOW))
            raise
        else:
            self._breaker.report(worked=True)
        finally:
            stream.stop()
            self._daily.spend(usage.prompt + usage.completion)

    def try_out(self) -> tuple[float, bool]:
        """(seconds that a smallest answer took, whether the server counts tokens). Raises WritingFault."""
        from llama_index.core.llms import ChatMessage

        usage, started = Usage(), time.perf_counter()
        stream = _Stream(self._llm, [ChatMessage(role="user", content="Write only the word: yes.")], self._limits)
        try:
            text = ""
            for response in stream:
                _count(response, usage, 0)
                text += response.delta or ""
            if not text.strip():
                raise WritingFault(Fault.EMPTY)
        finally:
            stream.stop()
        return time.perf_counter() - started, not usage.estimated

    def _messages(self, question: str, language: str, hits: Sequence[Hit]) -> list[ChatMessage]:
        from llama_index.core.llms import ChatMessage

        lines = "\n".join(fenced(number, hit) for number, hit in enumerate(hits, 1))
        return [
            ChatMessage(role="system", content=self._prompts.system.format(language=SPOKEN[language], absent=ABSENT)),
            ChatMessage(role="user", content=self._prompts.question.format(passages=lines, question=_data(question))),
        ]


@dataclass(slots=True)
class _Stream:
    """The pieces of one answer, read in a thread of their own: however a server hangs, the reader goes on in time."""

    llm: LLM
    messages: list[ChatMessage]
    limits: Limits
    _pieces: queue.Queue[Any] = field(default_factory=queue.Queue)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __iter__(self) -> Iterator[Any]:
        """Responses as LlamaIndex gives them. Raises WritingFault."""
        threading.Thread(target=self._read, name="fonte-writing", daemon=True).start()
        end = time.monotonic() + self.limits.seconds
        begun = False
        while True:
            try:
                piece = self._pieces.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise WritingFault(Fault.SLOW, f"{self.limits.seconds:g} s") from None
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise fault_of(piece, begun) from piece
            begun = True
            yield piece

    def _read(self) -> None:
        try:
            for piece in self.llm.stream_chat(self.messages):
                if self._stopped.is_set():
                    return
                self._pieces.put(piece)
            self._pieces.put(None)
        except Exception as error:  # told to the one who waits
            self._pieces.put(error)

    def stop(self) -> None:
        self._stopped.set()


def _sentences(stream: _Stream, usage: Usage) -> Iterator[Proposed]:
    """Sentences as they end. Raises WritingFault for an answer without any, without an end, or that breaks off."""
    cutter = Cutter()
    reason, ended, count, written = None, False, 0, 0
    for response in stream:
        count += 1
        written += len(response.delta or "")
        reason, ended = _finish(response, reason, ended)
        _count(response, usage, written)
        if usage.completion > stream.limits.answer * 2 or cutter.found > MAX_SENTENCES:
            raise WritingFault(Fault.ENDLESS)
        yield from cutter.feed(response.delta or "")
    if reason == "length":
        raise WritingFault(Fault.ENDLESS)
    if count and not ended:
        raise WritingFault(Fault.CUT, "the stream ended without saying why")
    yield from cutter.end()
    if not cutter.found:
        raise WritingFault(Fault.EMPTY)


def _finish(response: Any, reason: str | None, ended: bool) -> tuple[str | None, bool]:
    """(why the answer ended, whether it did): OpenAI's protocol says so; other clients raise when it did not."""
    choices = getattr(response.raw, "choices", None)
    if choices is None:
        raw = response.raw if isinstance(response.raw, dict) else {}
        return raw.get("done_reason") or reason, True
    if choices and choices[0].finish_reason:
        return choices[0].finish_reason, True
    return reason, ended


def _count(response: Any, usage: Usage, written: int) -> None:
    told = getattr(response.raw, "usage", None)
    prompt, completion = getattr(told, "prompt_tokens", None), getattr(told, "completion_tokens", None)
    if isinstance(prompt, int) and isinstance(completion, int) and prompt:
        usage.prompt, usage.completion, usage.estimated = prompt, completion, False
    elif usage.estimated:
        usage.completion = -(-written // 3)
