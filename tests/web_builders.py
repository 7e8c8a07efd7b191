"""An application over stand-in models, and a client that asks as a browser on this machine would."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from standins import open_assistant
from starlette.testclient import TestClient

from rag.api import create_app
from rag.assistant import Assistant
from rag.settings import Settings
from rag.web.serve import bind, local_address

LOCAL = "http://127.0.0.1:7860"
PASSWORD = "una password lunga"
KEY = "chiave-di-un-programma"
ADMIN = "gettone-di-chi-amministra"
MISSION = """---
title: La missione a Detroit
publisher: Regione
date: 2025-04-24
kind: report
visibility: public
provenance: Tutto deriva da un solo articolo.
---

# La missione a Detroit

La delegazione ha incontrato Anna Bianchi alla fiera di Detroit.

- Il costo della missione è di 12 milioni.
- Il viaggio è durato cinque giorni.

| Tappa | Luogo |
|---|---|
| Visita | Warren **Technical** Center |
"""
FILES = {"missione.md": MISSION, "nota.txt": "Il forno della vecchia acciaieria si accende a giugno."}


def settings(folder: Path, **values: Any) -> Settings:
    return Settings(corpus=(folder / "corpus",), data=folder / "data", **values)


def open_app(
    folder: Path, files: Mapping[str, str | bytes] | None = None, ping: float = 10.0, **values: Any
) -> tuple[FastAPI, Assistant]:
    """The application and its assistant, ready, over `files` in `folder`."""
    assistant = open_assistant(folder, FILES if files is None else files)
    return create_app(assistant, settings(folder, **values), home=True, ping_seconds=ping), assistant


def client(app: FastAPI, **headers: str) -> TestClient:
    """A client that follows no redirects; "_" in a header's name stands for "-"."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(app, base_url=LOCAL, headers=named, follow_redirects=False, client=("127.0.0.1", 50000))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def document_id(found: TestClient, source: str = "missione.md") -> str:
    """The id of the document at that path."""
    listed = found.get("/api/v1/documents").json()["documents"]
    return str(next(d["id"] for d in listed if d["source"] == source))


def signed_in(app: FastAPI) -> TestClient:
    """A client whose session has begun."""
    web = client(app)
    assert web.post("/sign-in", data={"password": PASSWORD}).status_code == 303
    return web


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port of this machine, for as long as the block lasts; gives its address."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield local_address(listener)
    finally:
        server.should_exit = True
        thread.join(20)
