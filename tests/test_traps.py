"""The traps with the packaged model and the shipped reader: who was met is told only where a sentence says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from standins import write
from traps import TRAPS

from rag.assistant import Assistant
from rag.composition import build_assistant
from rag.models import Question, Status
from rag.settings import Settings
from rag.store import ownership

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]
PLANTS = "# Other visits\n\nOn 25 April the delegation of Torino saw the plants of Ford and of Toyota in Dearborn.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traps")


@pytest.fixture(scope="module")
def assistant(folder: Path) -> Iterator[Assistant]:
    write(folder / "corpus", {f"{n}.md": trap[0] for n, trap in enumerate(TRAPS)} | {"plants.md": PLANTS})
    made, loading = build_assistant(Settings(corpus=(folder / "corpus",), data=folder / "data"))
    loading.run()
    yield made
    ownership.release(folder / "data")


def test_one_sentence_decides_whether_somebody_is_named(assistant: Assistant, folder: Path) -> None:
    for text, question, sentence, named, near in TRAPS:
        before = assistant.ask(Question(question))
        assert (question, before.status) == (question, Status.PARTIAL)
        assert near not in before.text
        assert named not in before.text
        number = [t[0] for t in TRAPS].index(text)
        write(folder / "corpus", {f"{number}.md": f"{text}\n{sentence}\n"})
    assistant.sync()
    for _, question, sentence, _, near in TRAPS:
        after = assistant.ask(Question(question))
        assert (question, after.status) == (question, Status.ANSWERED)
        assert sentence in [c.quote for c in after.citations]
        assert near not in after.text


@pytest.mark.parametrize(
    "question", ["Who did the delegation meet at Ford?", "Chi ha incontrato la delegazione alla Toyota?"]
)
def test_whoever_was_met_elsewhere_is_not_the_answer(assistant: Assistant, folder: Path, question: str) -> None:
    text, _, sentence, named, _ = TRAPS[0]
    write(folder / "corpus", {"0.md": f"{text}\n{sentence}\n"})
    assistant.sync()
    answer = assistant.ask(Question(question))
    assert answer.status is not Status.ANSWERED
    assert named not in answer.text
