"""Questions to begin with: from headings and names, answered in quotes, kept for as long as that is true."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from chat_server import eventually
from standins import open_assistant
from web_builders import settings

from rag.assistant import Assistant
from rag.errors import RagError
from rag.models import Answer, Document, Question, Status
from rag.web.chat import examples
from rag.web.chat.examples import Examples, answered, candidates, fingerprint, judging, keep, kept
from rag.web.pool import Pool
from rag.writing.answers import QUOTES_MODE

pytestmark = pytest.mark.slow  # brings Gradio with the server's helpers
FAQ = "# FAQ\n\n## Chi guidava la missione?\n\nX.\n\n## Quando si parte da Torino?\n\nSenza domanda.\n"
PEOPLE = (
    "# Verbale\n\nAl tavolo sedeva Anna Bianchi. Poi ha parlato Anna Bianchi con Paul Mason.\n\n"
    "La delegazione ha incontrato Anna Bianchi a Torino. Con lei Paul Mason e Ford.\n"
)


def document(text: str, version: str = "v1") -> Document:
    return Document(
        id="d", source="d.md", title="D", language="it", text=text, version=version, content_hash="h", format="md"
    )


def told(status: Status) -> Answer:
    return Answer(
        id="a",
        question="?",
        status=status,
        language="it",
        text="",
        headline=None,
        statements=(),
        citations=(),
        nearest=(),
        notes=(),
        mode="quotes",
        model=None,
        searched=1,
    )


def test_headings_that_ask_come_before_the_names_held_most_often() -> None:
    assert [question for _, question in candidates([document(FAQ + PEOPLE)])] == [
        "Chi guidava la missione?",
        "Quando si parte da Torino?",
        "Che cosa si sa di Anna Bianchi?",
        "Che cosa si sa di Paul Mason?",
    ]


def test_only_what_is_answered_in_quotes_is_offered() -> None:
    """No model that writes is asked: looking for examples must cost nothing elsewhere."""
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        return told(Status.ANSWERED if question.text.startswith("Chi ") else Status.PARTIAL)

    assert answered([document(FAQ + PEOPLE)], ask) == [("it", "Chi guidava la missione?")]
    assert len(asked) == 4
    assert {question.mode for question in asked} == {QUOTES_MODE}


def test_they_are_kept_until_a_document_the_reader_or_the_caution_changes(tmp_path: Path) -> None:
    path, found = tmp_path / "examples.json", [("it", "Chi?")]
    bold, cautious = (judging(settings(tmp_path, caution=caution)) for caution in (0.2, 0.8))
    other = judging(settings(tmp_path, reader="org/reader", caution=0.2))
    key = fingerprint([document(FAQ)], bold)
    keep(path, key, found)
    assert kept(path, key) == found
    for changed in (
        fingerprint([document(FAQ, "v2")], bold),
        fingerprint([document(FAQ)], cautious),
        fingerprint([document(FAQ)], other),
    ):
        assert kept(path, changed) is None
    path.write_text("{broken")
    assert kept(path, key) is None


@pytest.fixture
def asking(tmp_path: Path) -> Assistant:
    return open_assistant(tmp_path, {"faq.md": FAQ})


def test_what_failed_is_tried_again_after_a_while(
    asking: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "RETRY", 0.0)
    failures: Sequence[str] = ["once"]

    def ask(_: Question) -> Answer:
        nonlocal failures
        if failures:
            failures = failures[1:]
            raise RagError("The model is gone.")
        return told(Status.ANSWERED)

    asking.ask = ask  # type: ignore[method-assign,assignment]
    found = Examples(asking, Pool(asking, 1, 1), tmp_path / "examples.json", "")
    assert found.current() is None
    assert eventually(lambda: found.current() is not None)
    assert eventually(lambda: len(found.current() or []) == 2)


def test_they_are_not_looked_for_again_while_they_are_known(asking: Assistant, tmp_path: Path) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        return told(Status.ANSWERED)

    asking.ask = ask  # type: ignore[method-assign,assignment]
    path = tmp_path / "examples.json"
    for _ in range(2):
        found = Examples(asking, Pool(asking, 1, 1), path, "")
        assert eventually(lambda known=found: known.current() is not None)  # type: ignore[misc]
    assert len(asked) == 2
