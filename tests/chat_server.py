"""The chat page served for a browser test: the real app over a stand-in assistant, on a free port of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from fastapi import FastAPI
from standins import open_assistant

from rag.api import create_app
from rag.assistant import Assistant
from rag.models import Answer, Question
from rag.settings import load_settings
from rag.web.chat.blocks import mount_chat
from rag.web.opening import Opening
from rag.web.serve import bind

CORPUS = Path(__file__).parent.parent / "corpus"
HOSTILE = """---
title: "Verbale <b>dell'incontro</b> di Torino"
date: 2025-06-24
publisher: Regione Piemonte & partner
kind: minutes
language: it
---

# Verbale

## Quante imprese erano presenti a Palazzo Lascaris?

A Palazzo Lascaris erano presenti 38 imprese <img src="http://evil.example/x.png"> <script>alert(1)</script> iscritte.

Il Michigan conta 900 impianti produttivi.
"""


class ChatServer:
    """Serves until the block ends. `before` runs in front of every question that is asked, `answer` answers it."""

    def __init__(self, folder: Path, files: dict[str, str | bytes] | None = None, **settings: Any) -> None:
        self.assistant: Assistant = open_assistant(folder, dossier() if files is None else files)
        self.before: Callable[[Question], object] = lambda _: None
        self.answer: Callable[..., Answer] = self.assistant.ask
        self.assistant.ask = self._ask  # type: ignore[method-assign,assignment]
        self.settings = load_settings(corpus=str(folder / "corpus"), data=folder / "data", workers=4, **settings)
        self.opens: threading.Event | None = None  # set: the next start shows its first seconds until then
        self._port = 0  # the same again after a restart

    def _ask(self, question: Question, *tell: Any) -> Answer:
        self.before(question)
        return self.answer(question, *tell)

    def _built(self) -> FastAPI:
        if self.opens:
            self.opens.wait(60)
        self.app = create_app(self.assistant, self.settings)
        return mount_chat(self.app, self.assistant, self.app.state.pool, self.settings)

    def __enter__(self) -> ChatServer:
        served = Opening(self._built) if self.opens else self._built()
        listener = bind("127.0.0.1", self._port)
        self._port = int(listener.getsockname()[1])
        config = uvicorn.Config(served, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    @contextmanager
    def state(self, stage: str, **more: Any) -> Iterator[None]:
        """The assistant in another stage of its start, for as long as the block lasts."""
        state = self.assistant.state
        was = {name: getattr(state, name) for name in ("stage", *more)}
        for name, value in {"stage": stage, **more}.items():
            setattr(state, name, value)
        try:
            yield
        finally:
            for name, value in was.items():
                setattr(state, name, value)


def dossier() -> dict[str, str | bytes]:
    """The corpus that ships, a document that would like to be a program, and two files that cannot be read."""
    files: dict[str, str | bytes] = {path.name: path.read_bytes() for path in CORPUS.iterdir() if path.is_file()}
    return {**files, "90-verbale.md": HOSTILE, "91-tabella.xlsx": b"x", "92-vuoto.txt": b""}


def eventually(check: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False
