"""A start with another embedding model than the last: everything is embedded again, and it is said why."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from program import ROOT
from standins import WordEncoder, open_assistant, open_index, write

from rag.assistant import Assistant, Loading
from rag.embedding.embedder import Encoding
from rag.index import ModelChange
from rag.retrieval import Retriever
from rag.web.chat.page import starting

FILES = {"uno.md": "Il treno parte da Ivrea.\n", "due.md": "Il pane costa poco.\n", "tre.md": "Il vino è rosso.\n"}
TOLD = {
    "it": "Il modello di ricerca è cambiato da words a large: rileggo tutti i documenti.",
    "en": "The embedding model changed from words to large: all documents are embedded again.",
}


class Watched(WordEncoder):
    """Calls `before` each time that documents are to be embedded."""

    def __init__(self, model_id: str, before: Callable[[], object]) -> None:
        super().__init__(model_id)
        self._before = before

    def encode_documents(self, texts: Sequence[str]) -> list[Encoding]:
        self._before()
        return super().encode_documents(texts)


class Start:
    """A start over the documents of an earlier one, with the model `model_id`; `pages` is what people saw meanwhile."""

    def __init__(self, assistant: Assistant, data: Path, model_id: str) -> None:
        self.assistant = assistant
        self.pages: list[dict[str, str]] = []
        self.encoder = Watched(model_id, self._look)
        assistant.index = open_index(data, self.encoder)
        assistant.retriever = Retriever(assistant.index)
        self.loading = Loading(assistant, [("sync", assistant.sync)])

    def _look(self) -> None:
        self.pages.append({language: starting(self.assistant.state, language) for language in TOLD})


@pytest.fixture
def started(tmp_path: Path) -> Assistant:
    """Fonte as it was before: its documents are embedded with the model "words"."""
    return open_assistant(tmp_path, FILES)


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "fonte.index" and r.levelno >= logging.WARNING]


def test_the_page_and_the_log_say_which_model_gave_way_to_which(
    started: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = Start(started, tmp_path / "data", "large")
    start.loading.run()
    assert len(start.encoder.encoded) == 3
    (seen,) = start.pages
    for language, told in TOLD.items():
        assert told in seen[language]
        assert 'value="0" max="3"' in seen[language], "before the first document is done"
    assert reasons(caplog) == [f"{TOLD['en']} 3 to go."]
    assert started.state.ready


@pytest.mark.parametrize("changed", [{}, {"uno.md": "Il treno parte da Aosta.\n", "neu.md": "Nuovo.\n"}])
def test_with_the_same_model_nothing_is_said(
    started: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture, changed: dict[str, str]
) -> None:
    write(tmp_path / "corpus", changed)
    start = Start(started, tmp_path / "data", "words")
    start.loading.run()
    assert len(start.encoder.encoded) == len(changed)
    assert not [page for page in start.pages if "words" in page["it"] + page["en"]]
    assert (started.state.change, reasons(caplog)) == (None, [])


def test_once_it_is_done_the_next_sync_says_nothing_more(started: Assistant, tmp_path: Path) -> None:
    Start(started, tmp_path / "data", "large").loading.run()
    assert started.state.change == ModelChange("words", "large")
    write(tmp_path / "corpus", {"uno.md": "Il treno parte da Aosta.\n"})
    started.sync()
    assert started.state.change is None


def test_a_start_that_was_cut_off_says_it_again_for_the_rest(
    started: Assistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = Start(started, tmp_path / "data", "large")
    start.assistant.index = open_index(tmp_path / "data", Watched("large", _once_only()), group=1)
    with pytest.raises(KeyboardInterrupt):
        start.loading.run()
    caplog.clear()
    again = Start(started, tmp_path / "data", "large")
    again.loading.run()
    assert len(again.encoder.encoded) == 2
    assert TOLD["it"] in again.pages[0]["it"]
    assert reasons(caplog) == [f"{TOLD['en']} 2 to go."]


def _once_only() -> Callable[[], None]:
    """Lets one group of documents through and is interrupted at the next."""
    calls = iter([False, True])

    def step() -> None:
        if next(calls):
            raise KeyboardInterrupt

    return step


PROGRAM = """
import sys
from pathlib import Path
from standins import WordEncoder, open_assistant, open_index
from rag.assistant import Loading
from rag.cli import Parts, app
from rag.retrieval import Retriever

def build(settings, prune):
    assistant = open_assistant(Path(sys.argv[1]))
    assistant.index = open_index(Path(sys.argv[1]) / "data", WordEncoder("large"))
    assistant.retriever = Retriever(assistant.index)
    return assistant, Loading(assistant, [("sync", lambda: assistant.sync(prune))])

app(sys.argv[2:], obj=Parts(build))
"""


@pytest.mark.slow
def test_the_command_line_says_it_beside_its_results(started: Assistant, tmp_path: Path) -> None:
    """In a process of its own, since what is logged goes to stderr where nothing else was set up."""
    started.index.manifest.close()
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "ingest", "--data", str(tmp_path / "index")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert f"{TOLD['en']} 3 to go." in done.stderr
    assert "3 changed" in done.stdout
    assert "model" not in done.stdout
