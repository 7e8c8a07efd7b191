"""A writer with any LlamaIndex LLM: question and passages → sentences with marks, as they are finished.

What comes out is a proposal: nothing of it is shown before `rag.writing.grounding` has checked it.
"""

from __future__ import annotations

import re
import string
import time
from collections.abc import Generator as Generating
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ConfigurationError
from rag.passages import harmless_context, read_text
from rag.writing.cutting import Cutter, Proposed
from rag.writing.faults import Fault, WritingFault
from rag.writing.spending import Breaker, DailyBudget, estimated
from rag.writing.streaming import TOO_LONG, WHOLE, Limits, Stream, Usage, weight

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

    from rag.models import Hit

PROMPTS = Path(__file__).parent / "prompts"
PLACEHOLDERS = {
    "system.md": {"language", "absent"},
    "question.md": {"passages", "question", "language"},
    "judge.md": {"passage", "question"},
}
ABSENT = "NOT IN THE PASSAGES"
SPOKEN = {"it": "Italian", "en": "English"}
MAX_PASSAGES = 6
MAX_SENTENCES = 12  # of a model that does not stop
_MADE_UP = re.compile(r"\[(\d[\d\s,;]*)\]")


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts sent to a model, Markdown files with placeholders."""

    system: str
    question: str
    judge: str

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
        return cls(texts["system.md"], texts["question.md"], texts["judge.md"])


def fenced(number: int, hit: Hit) -> str:
    """A passage as one line of data: a line break or a mark of its own could pass for ours, a heading for an order."""
    document = hit.document
    place = " · ".join(p for p in (harmless_context(hit.passage, document), str(document.date or "")) if p)
    return f"[{number}] ({data(place)}) {data(read_text(hit.passage, document))}"


def data(text: str) -> str:
    """Words of somebody else's on one line, without marks that could pass for ours."""
    return " ".join(_MADE_UP.sub(r"(\1)", text).split())


class Generator:
    """Asks one model for one answer. Safe to use from several threads."""

    def __init__(
        self, llm: LLM, name: str, limits: Limits, daily: DailyBudget | None = None, secrets: Sequence[str] = ()
    ) -> None:
        self.name = name
        self._llm = llm
        self._limits = limits
        self._daily = daily or DailyBudget(0)
        self._breaker = Breaker()
        self._prompts = Prompts.load()
        self._secrets = secrets

    def fitting(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Those of `hits` that fit into a request, the first before others, with room for the answer: six at most."""
        left = self._limits.context - self._limits.answer - estimated(self._prompts.system + self._prompts.question)
        left -= estimated(question) + 50
        kept: list[Hit] = []
        for hit in hits:
            size = estimated(fenced(len(kept) + 1, hit))
            if size <= left and len(kept) < MAX_PASSAGES:
                kept.append(hit)
                left -= size
        return kept

    def write(
        self, question: str, language: str, hits: Sequence[Hit], usage: Usage
    ) -> Generating[Proposed, None, None]:
        """The model's sentences, each as soon as it is whole; `usage` is filled in as they come.

        Raises WritingFault when it cannot go on, what was yielded before notwithstanding.
        """
        if not hits:
            raise WritingFault(Fault.OVERFLOW, "no passage fits into FONTE_LLM_CONTEXT")
        messages = self._messages(question, language, hits)
        reserved = self._daily.reserve(weight(messages) + self._limits.answer)
        if reserved is None:
            raise WritingFault(Fault.SPENT)
        try:
            yield from self._sent(messages, usage)
        finally:
            self._daily.settle(reserved, usage.total)

    def _sent(self, messages: Sequence[ChatMessage], usage: Usage) -> Iterator[Proposed]:
        """The same of one request, unless the model rests."""
        if not self._breaker.allows():
            raise WritingFault(Fault.RESTING)
        stream = Stream(self._llm, messages, self._limits.seconds, self._secrets, usage)
        worked = True  # also for one who has read enough before the end
        try:
            yield from _sentences(stream, self._limits.answer * 2)
        except WritingFault as error:
            worked = stream.reason is not None or error.fault in (Fault.EMPTY, Fault.ENDLESS, Fault.OVERFLOW)
            raise
        finally:
            stream.stop()
            self._breaker.report(worked)

    def try_out(self) -> tuple[float, bool]:
        """(seconds that a smallest answer took, whether the server counts tokens). Raises WritingFault."""
        from llama_index.core.llms import ChatMessage

        started = time.perf_counter()
        message = ChatMessage(role="user", content="Write only the word: yes.")
        stream = Stream(self._llm, [message], self._limits.seconds, self._secrets)
        try:
            if not "".join(response.delta or "" for response in stream).strip():
                raise WritingFault(Fault.EMPTY)
        finally:
            stream.stop()
        return time.perf_counter() - started, not stream.usage.estimated

    def _messages(self, question: str, language: str, hits: Sequence[Hit]) -> list[ChatMessage]:
        from llama_index.core.llms import ChatMessage

        lines = "\n".join(fenced(number, hit) for number, hit in enumerate(hits, 1))
        spoken = SPOKEN[language]
        return [
            ChatMessage(role="system", content=self._prompts.system.format(language=spoken, absent=ABSENT)),
            ChatMessage(
                role="user",
                content=self._prompts.question.format(passages=lines, question=data(question), language=spoken),
            ),
        ]


def _sentences(stream: Stream, longest: int) -> Iterator[Proposed]:
    """Sentences as they end. Raises WritingFault for an answer without any, without an end, or that breaks off.

    longest: tokens after which a model that does not stop is left.
    """
    cutter, begun = Cutter(), False
    for response in stream:
        begun = True
        if stream.usage.completion > longest or cutter.found > MAX_SENTENCES:
            raise WritingFault(Fault.ENDLESS)
        yield from cutter.feed(response.delta or "")
    if stream.reason in TOO_LONG:
        raise WritingFault(Fault.ENDLESS)
    if begun and stream.reason not in WHOLE:
        raise WritingFault(Fault.CUT, f"the answer ended for {stream.reason or 'no reason told'}")
    yield from cutter.end()
    if not cutter.found:
        raise WritingFault(Fault.EMPTY)
