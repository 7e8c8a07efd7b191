"""The bar that the command line draws while it works: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from standins import open_assistant, write

from rag.assistant import Assistant, Loading
from rag.cli import Parts, app
from rag.commands import console
from rag.settings import Settings
from rag.store.ownership import release

FILES = {"uno.md": "Il treno parte da Ivrea.\n", "due.md": "Il pane costa poco.\n", "tre.md": "Il vino è rosso.\n"}
BAR, SECONDS = "━", 20.0
Ends = Callable[[], tuple[int, int]]


class Stderr:
    """What was written to stderr, read at the other end of a terminal or a pipe as it comes."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._told = bytearray()
        self._more = threading.Condition()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._end, 4096)
            except OSError:  # what Linux says when the last writer has left a terminal
                return
            if not piece:
                return
            with self._more:
                self._told += piece
                self._more.notify_all()

    @property
    def text(self) -> str:
        return self._told.decode(errors="replace")

    def shows(self, *words: str) -> bool:
        """Whether all of them have been written, at the latest in SECONDS."""
        with self._more:
            return self._more.wait_for(lambda: all(word in self.text for word in words), SECONDS)

    def close(self) -> None:
        self._reading.join(SECONDS)
        os.close(self._end)


@contextmanager
def stderr_on(monkeypatch: pytest.MonkeyPatch, ends: Ends) -> Iterator[Stderr]:
    """stderr is what `ends` opens, (the end that is read, the end that is written), as long as the block lasts."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    reading, writing = ends()
    told = Stderr(reading)
    with monkeypatch.context() as patched, os.fdopen(writing, "w") as written:
        patched.setattr(sys, "stderr", written)
        yield told
    told.close()


def ingest(folder: Path, afterwards: Callable[[], object]) -> None:
    """`fonte ingest` of three documents that are new; `afterwards` runs before the start ends."""

    def build(_: Settings, prune: bool) -> tuple[Assistant, Loading]:
        assistant = open_assistant(folder)
        write(folder / "corpus", FILES)

        def sync() -> None:
            assistant.sync(prune)
            afterwards()

        return assistant, Loading(assistant, [("sync", sync)])

    try:
        app(["ingest", "--data", str(folder / "index")], obj=Parts(build), standalone_mode=False)
    finally:
        release(folder / "index")


def test_a_terminal_sees_how_far_the_documents_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stderr_on(monkeypatch, pty.openpty) as told:
        ingest(tmp_path, lambda: told.shows("Reading documents", BAR, "3/3"))
        assert told.shows("Reading documents", BAR, "3/3"), told.text
        assert told.shows("\x1b[?25h"), "the cursor is given back"


def test_a_terminal_sees_how_far_counted_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with stderr_on(monkeypatch, pty.openpty) as told, console.counting("Asking", 5) as count:
        for done in (1, 4):
            count(done)
            assert told.shows("Asking", BAR, f"{done}/5"), told.text


def test_a_pipe_gets_no_bar_and_no_escape_sequence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stderr_on(monkeypatch, os.pipe) as told:
        ingest(tmp_path, lambda: None)
        with console.counting("Asking", 5) as count:
            count(4)
    assert told.text == ""
    assert "3 added" in capsys.readouterr().out
