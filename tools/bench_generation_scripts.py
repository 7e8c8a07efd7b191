"""What a scripted model writes about a row of a question set: sentences known to be true or false, with valid marks.

a  the words of the row's gold evidence
b  fluent nonsense: the evidence with another number, denied, of somebody else or in their mouth, and invention
c  both, in turn
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator as Pieces
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.conversation import standalone
from rag.evaluation.scoring import Row
from rag.language import names, values
from rag.language.detection import detect
from rag.models import Question, Turn
from rag.text import sentences, words

if TYPE_CHECKING:
    from fastapi import FastAPI
    from llama_index.core.llms import LLM

MODES = ("a", "b", "c")
# Of the row's own subject {0}, somebody else {1} and a number that stands nowhere {2}: false of any mission.
INVENTED = {
    "it": (
        "{0} ha firmato con {1} un accordo decisivo per il futuro.",
        "Il progetto di {0} è costato {2} milioni di euro.",
        "{0} ha ceduto tutti i suoi brevetti a un concorrente.",
        "Secondo {1}, {0} è un caso unico.",
    ),
    "en": (
        "{0} signed a landmark agreement with {1}.",
        "The project of {0} cost {2} million euros in the end.",
        "{0} sold all patents to a competitor.",
        "According to {1}, {0} is a unique case.",
    ),
}
AROUND = 300  # characters on either side of the evidence from which a wrong number is taken
PIECE = 12  # characters of one chunk of a stream
_MARKUP = re.compile(r"^\W*\||\s*\|\s*|\*\*|^\s*[-*]\s+")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_PASSAGE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)
_VERB = re.compile(r"\b(?:è|sono|ha|hanno|sarà|deve|devono|is|are|was|were|has|have|will|must)\b")
_DENIAL = re.compile(r"\b(?:non|not|no|nessun\w*)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence of the script. `kind` says how it was made, `origin` is the gold sentence whose passage it marks."""

    text: str
    kind: str
    origin: str = ""

    @property
    def true(self) -> bool:
        return self.kind == "gold"


class Script:
    """The sentences for every row of a set."""

    def __init__(self, rows: Sequence[Row], docs: Path) -> None:
        self._rows = list(rows)
        self._texts = {p.name: _FRONT.sub("", p.read_text(encoding="utf-8")) for p in sorted(docs.glob("*.md"))}

    def sentences(self, row: Row, mode: str) -> list[Written]:
        true = gold(row)
        if mode == "a":
            return true
        other = self._rows[(self._rows.index(row) + 1) % len(self._rows)]
        false = nonsense(row, other, self._texts)
        if mode == "b":
            return false
        return [item for pair in zip_longest(true, false) for item in pair if item]


def asked(row: Row) -> Question:
    return Question(row.question, history=tuple(Turn(*turn) for turn in row.history))


def gold(row: Row) -> list[Written]:
    """The sentences of the row's evidence, as text."""
    found = []
    for item in row.evidence or row.near:
        plain = " ".join(_MARKUP.sub(" ", item.quote).split()) if "|" in item.quote else item.quote
        pieces = [plain] if "|" in item.quote else [plain[s.start : s.end] for s in sentences(plain)]
        found += [Written(piece, "gold", piece) for piece in pieces if len(words(piece)) > 2]
    return list(dict.fromkeys(found))


def nonsense(row: Row, other: Row, texts: Mapping[str, str]) -> list[Written]:
    """False sentences about the row's own subject; `other` lends names, `texts` (by name) numbers of the next lines."""
    found = []
    for item in gold(row):
        language = detect(item.text, row.language)
        made = [*_numbers(item.text, language, _around(row, texts)), *_twisted(item.text, language, other)]
        found += [Written(text, kind, item.text) for kind, text in made if text != item.text]
    told = [n.text for item in gold(row) for n in names.names(item.text)]
    lent = [n.text for item in gold(other) for n in names.names(item.text)]
    first, second = (told or ["Alfa"])[0], (lent or ["Beta"])[0]
    origin = next((item.text for item in gold(row)), "")
    found += [Written(t.format(first, second, 7734), "invented", origin) for t in INVENTED[row.language]]
    return list(dict.fromkeys(found))


def _around(row: Row, texts: Mapping[str, str]) -> str:
    """What stands beside the row's evidence, without the evidence."""
    found = []
    for item in row.evidence or row.near:
        text = texts.get(item.doc, "")
        before, quote, behind = text.partition(item.quote)
        if quote:
            found += [before[-AROUND:], behind[:AROUND]]
    return " ".join(found)


def _numbers(text: str, language: str, around: str) -> Iterator[tuple[str, str]]:
    """The sentence with a number that stands nowhere, and with one of its neighbours'."""
    counted = [v for v in values.values(text, language) if v.kind is not values.Kind.DATE and v.amount]
    digits = re.search(r"\d+", text[counted[0].start : counted[0].end]) if counted else None
    if digits is None:
        return
    at, end = counted[0].start + digits.start(), counted[0].start + digits.end()
    yield "number", f"{text[:at]}{int(digits.group()) + 3}{text[end:]}"
    near = [n for n in re.findall(r"\b[1-9]\d*\b", around) if len(n) == len(digits.group()) and n not in text]
    if near:
        yield "neighbour's number", f"{text[:at]}{near[0]}{text[end:]}"


def _twisted(text: str, language: str, other: Row) -> Iterator[tuple[str, str]]:
    """The sentence denied, of somebody else, and in somebody else's mouth."""
    verb = _VERB.search(text)
    if verb and not _DENIAL.search(text):
        denied = f"non {verb.group()}" if language == "it" else f"{verb.group()} not"
        yield "denied", f"{text[: verb.start()]}{denied}{text[verb.end() :]}"
    mine = [n for n in names.names(text) if not n.opens]
    lent = [n for item in gold(other) for n in names.names(item.text) if not n.opens]
    if not lent or lent[0].text in text:
        return
    yield "attributed", f"{'Secondo' if language == 'it' else 'According to'} {lent[0].text}, {text}"
    if mine:
        yield "name", f"{text[: mine[0].start]}{lent[0].text}{text[mine[0].end :]}"


# What a model's answer looks like


def written(items: Sequence[Written], given: Sequence[str]) -> str:
    """The sentences with marks, a line each: of the first passage given that holds their origin, else of the first."""
    lines = []
    for item in items:
        own = next((n for n, passage in enumerate(given, 1) if holds(passage, item.origin)), 1)
        stop = "" if item.text.rstrip()[-1:] in ".!?" else "."
        lines.append(f"{item.text}{stop} [{own}]")
    return "\n".join(lines)


def holds(passage: str, text: str) -> bool:
    """Whether a passage holds these words; a row is given with its headers between its cells."""
    said, wanted = words(passage), words(text)
    run = any(said[n : n + len(wanted)] == wanted for n in range(len(said) - len(wanted) + 1))
    return bool(wanted) and (run or in_order(wanted, said))


def in_order(wanted: Sequence[str], said: Sequence[str]) -> bool:
    rest = iter(said)
    return len(wanted) > 3 and all(word in rest for word in wanted)


def scripted(text: str) -> LLM:
    """A LlamaIndex LLM that writes this text."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Scripted(CustomLLM):
        written: str

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="scripted")

        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            return CompletionResponse(text=self.written)

        def stream_complete(
            self, prompt: str, formatted: bool = False, **kwargs: Any
        ) -> Pieces[CompletionResponse, None, None]:
            for at in range(0, len(self.written), PIECE):
                yield CompletionResponse(text=self.written[: at + PIECE], delta=self.written[at : at + PIECE])

    return Scripted(written=text)


def app(script: Script, rows: Sequence[Row], mode: str) -> FastAPI:
    """A server of OpenAI's chat completions that answers the set's questions by the script, and nothing else."""
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    from rag.writing.generation import ABSENT, MAX_SENTENCES

    known = {standalone(asked(row)).text: row for row in rows}
    served = FastAPI()

    @served.post("/v1/chat/completions")
    def complete(body: dict[str, Any]) -> StreamingResponse:
        prompt = str(body["messages"][-1]["content"])
        row = known.get(prompt.rpartition("Question: ")[2].partition("\n")[0].strip())
        given = [text for _, text in _PASSAGE.findall(prompt)]
        items = script.sentences(row, mode)[:MAX_SENTENCES] if row else []
        return StreamingResponse(_events(written(items, given) or ABSENT), media_type="text/event-stream")

    return served


def _events(text: str) -> Iterator[str]:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    for at in range(0, len(text), PIECE):
        choice = {"index": 0, "delta": {"content": text[at : at + PIECE]}, "finish_reason": None}
        yield f"data: {json.dumps({**base, 'choices': [choice]})}\n\n"
    yield f"data: {json.dumps({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
    yield "data: [DONE]\n\n"
