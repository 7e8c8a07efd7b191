"""Count, sentence by sentence with known truth, what a written answer shows: python -m tools.bench_generation SET_DIR

The model is a script. Of each row of a question set it is asked to write
    a  the words of the row's gold evidence, each with a valid mark
    b  fluent nonsense with valid marks: gold sentences with another number, denied, of other people, and pure invention
    c  both, in turn
A sentence of (a) is true, one of (b) false, and what the answer shows is compared with that.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Generator as Pieces
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import offline
from rag.evaluation.question_sets import load
from rag.evaluation.scoring import Row, judge
from rag.language import names, values
from rag.language.detection import detect
from rag.text import sentences, words

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.assistant import Assistant
    from rag.models import Answer, Draft
    from rag.writing.composing import Composer
    from rag.writing.quoting import Part

SPEED = 10.0  # tokens a second of a model, against which checking is weighed
INVENTED = {
    "it": (
        "{0} ha firmato con {1} un accordo decisivo per il futuro.",
        "Il progetto di {0} è costato {2} milioni di euro.",
    ),
    "en": ("{0} signed a landmark agreement with {1}.", "The project of {0} cost {2} million euros in the end."),
}
_MARKUP = re.compile(r"^\W*\||\s*\|\s*|\*\*|^\s*[-*]\s+")


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence of the script. `kind` says how it was made."""

    text: str
    kind: str

    @property
    def true(self) -> bool:
        return self.kind == "gold"


@dataclass(slots=True)
class Tally:
    """What became of the sentences of one mode; times in ms."""

    written: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    rows: int = 0
    correct: int = 0
    generated: int = 0
    unread: int = 0
    verify: float = 0.0
    tokens: int = 0


class Recorder:
    """Stands where a composer would, and keeps what it is given: one search and reading serve all modes."""

    model = "recorder"

    def compose(self, question: str, quotes: Answer, draft: Draft, parts: Sequence[Part], tell: Any) -> Answer:
        self.given = (question, quotes, draft, list(parts))
        return quotes


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
            for at in range(0, len(self.written), 12):
                yield CompletionResponse(text=self.written[: at + 12], delta=self.written[at : at + 12])

    return Scripted(written=text)


def gold(row: Row) -> list[Written]:
    """The sentences of the row's evidence, as text."""
    found = []
    for item in row.evidence or row.near:
        plain = " ".join(_MARKUP.sub(" ", item.quote).split()) if "|" in item.quote else item.quote
        pieces = [plain] if "|" in item.quote else [plain[s.start : s.end] for s in sentences(plain)]
        found += [Written(piece, "gold") for piece in pieces if len(words(piece)) > 2]
    return list(dict.fromkeys(found))


def nonsense(row: Row, other: Row) -> list[Written]:
    """False sentences about the row's own subject; `other` lends names."""
    found = []
    for item in gold(row):
        language = detect(item.text, row.language)
        found += [Written(text, kind) for kind, text in _twisted(item.text, language, other) if text != item.text]
    told = [n.text for item in gold(row) for n in names.names(item.text)]
    lent = [n.text for item in gold(other) for n in names.names(item.text)]
    first, second = (told or ["Alfa"])[0], (lent or ["Beta"])[0]
    found += [Written(t.format(first, second, 7734), "invented") for t in INVENTED[row.language]]
    return list(dict.fromkeys(found))


def _twisted(text: str, language: str, other: Row) -> Iterator[tuple[str, str]]:
    counted = [v for v in values.values(text, language) if v.kind is not values.Kind.DATE and v.amount]
    if counted:
        digits = re.search(r"\d+", text[counted[0].start : counted[0].end])
        if digits:
            at = counted[0].start + digits.start()
            yield "number", f"{text[:at]}{int(digits.group()) + 3}{text[at + len(digits.group()) :]}"
    verb = re.search(r"\b(?:è|sono|ha|hanno|sarà|deve|devono|is|are|was|were|has|have|will|must)\b", text)
    if verb and not re.search(r"\b(?:non|not|no|nessun\w*)\b", text, re.IGNORECASE):
        denied = f"non {verb.group()}" if language == "it" else f"{verb.group()} not"
        yield "denied", f"{text[: verb.start()]}{denied}{text[verb.end() :]}"
    mine = [n for n in names.names(text) if not n.opens]
    lent = [n for item in gold(other) for n in names.names(item.text) if not n.opens]
    if mine and lent and lent[0].text not in text:
        yield "name", f"{text[: mine[0].start]}{lent[0].text}{text[mine[0].end :]}"


def marked(sentence: str, number: int) -> str:
    stop = "" if sentence.rstrip()[-1:] in ".!?" else "."
    return f"{sentence}{stop} [{number}]"


def script(written: Sequence[Written], composer_given: tuple[Any, ...], generator: Any) -> str:
    """The sentences with marks: of the passage given that holds the words, else of the first one."""
    from rag.writing.composing import passages

    question, _, draft, parts = composer_given
    given = generator.fitting(question, passages(draft, parts))
    lines = []
    for item in written:
        own = [n for n, hit in enumerate(given, 1) if item.text in hit.passage.text]
        lines.append(marked(item.text, own[0] if own else 1))
    return "\n".join(lines)


def run(
    assistant: Assistant, composer: type[Composer], checker: Any, rows: Sequence[Row], every: int
) -> dict[str, Tally]:
    from rag.models import Question, Status, Turn
    from rag.writing.composing import passages
    from rag.writing.generation import Generator
    from rag.writing.streaming import Limits

    tallies = {name: Tally() for name in ("quotes", "a", "b", "c")}
    recorder = Recorder()
    assistant.composer = recorder  # type: ignore[assignment]
    for number, row in enumerate(rows[::every]):
        quotes = assistant.ask(Question(row.question, history=tuple(Turn(*turn) for turn in row.history)))
        _count(tallies["quotes"], row, quotes)
        other = rows[(number * every + 1) % len(rows)]
        true, false = gold(row), nonsense(row, other)
        mixed = [w for pair in zip(true, false, strict=False) for w in pair] + false[len(true) :]
        for name, written in (("a", true), ("b", false), ("c", mixed)):
            tally = tallies[name]
            if quotes.status is not Status.ANSWERED or not written:
                _count(tally, row, quotes)
                continue
            limits = Limits(context=16_000, answer=4000)
            text = script(written, recorder.given, Generator(scripted(""), "s", limits))
            answer = composer(Generator(scripted(text), "scripted", limits), checker).compose(
                *recorder.given, lambda _: None
            )
            _count(tally, row, answer)
            follow(tally, written, answer, {h.passage.text for h in passages(*recorder.given[2:])})
        print(f"\r{number + 1}/{len(rows[::every])}", end="", file=sys.stderr, flush=True)
    return tallies


def _count(tally: Tally, row: Row, answer: Answer) -> None:
    if row.answerable:
        tally.rows += 1
        tally.correct += judge(row, answer).ok


def follow(tally: Tally, written: Sequence[Written], answer: Answer, found: set[str]) -> None:
    """Sentence by sentence: was it dropped, or shown? What the composer stopped before counts for neither."""
    from rag.models import Support

    told = {s.support is not Support.UNSUPPORTED: set[tuple[str, ...]]() for s in answer.statements}
    for statement in answer.statements:
        told[statement.support is not Support.UNSUPPORTED].add(tuple(words(statement.text)))
    tally.generated += 1
    tally.verify += answer.timings_ms["verify"]
    tally.tokens += answer.tokens.completion if answer.tokens else 0
    for item in written:
        key = tuple(words(item.text))
        kind = item.kind if not item.true or _holds(found, item.text) else "gold not found"
        if not any(key in said or any(_ends(key, other) for other in said) for said in told.values()):
            tally.unread += 1
            continue
        tally.written[kind] += 1
        if any(key in said or any(_ends(key, other) for other in said) for shown, said in told.items() if shown):
            tally.shown[kind] += 1
            if not item.true:
                tally.wrong.append(f"{item.kind}: {item.text}")
        elif kind == "gold":
            tally.lost.append(item.text)


def _holds(found: set[str], text: str) -> bool:
    wanted = " ".join(words(text))
    return any(wanted in " ".join(words(passage)) for passage in found)


def _ends(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """A row is shown with its headers between its cells: all of its words stand there in order."""
    rest = iter(other)
    return len(key) > 3 and all(word in rest for word in key)


def report(tallies: dict[str, Tally]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, t in tallies.items():
        false = {k: n for k, n in t.written.items() if not k.startswith("gold")}
        wrong = sum(n for k, n in t.shown.items() if not k.startswith("gold"))
        found[name] = {
            "answerable_correct": f"{t.correct}/{t.rows}",
            "answers_written": t.generated,
            "true_kept": f"{t.shown['gold']}/{t.written['gold']}",
            "true_whose_passage_was_not_found": t.written["gold not found"],
            "not_read_any_more": t.unread,
            "false_shown": f"{wrong}/{sum(false.values())}",
            "false_shown_by_kind": {k: f"{t.shown[k]}/{n}" for k, n in false.items()},
            "false_of_shown_percent": round(100 * wrong / max(1, sum(t.shown.values())), 2),
            "checking_of_generation_percent": round(t.verify / max(1.0, t.tokens / SPEED * 1000) * 100, 1),
        }
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, help="folder with docs/ and questions.jsonl")
    parser.add_argument("--every", type=int, default=1, help="take each n-th row")
    parser.add_argument("--data", type=Path, help="keep the index here; else it is temporary")
    parser.add_argument("--out", type=Path, help="write the figures and the sentences that went wrong")
    chosen = parser.parse_args(arguments)
    offline.switch_off(os.environ)
    from rag.composition import build_assistant
    from rag.settings import load_settings
    from rag.writing.composing import Composer

    with tempfile.TemporaryDirectory(prefix="fonte-bench-", ignore_cleanup_errors=True) as folder:
        settings = load_settings(corpus=str(chosen.set / "docs"), data=chosen.data or Path(folder))
        settings = settings.model_copy(update={"llm": "openai-like:none", "llm_base_url": "http://127.0.0.1:9/v1"})
        assistant, loading = build_assistant(settings)
        loading.run()
        assert assistant.composer is not None
        tallies = run(assistant, Composer, assistant.composer.checker, load(chosen.set), chosen.every)
    found = report(tallies)
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if chosen.out:
        wrong = {name: {"shown": t.wrong, "lost": t.lost} for name, t in tallies.items()}
        chosen.out.write_text(
            json.dumps({"figures": found, **wrong}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
