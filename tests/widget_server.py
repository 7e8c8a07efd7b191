"""Two origins for a browser test: Fonte over a stand-in assistant on one port, pages of somebody else's on another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from fastapi import FastAPI
from standins import open_assistant
from web_builders import KEY, PASSWORD, bearer, client

from rag.api import create_app
from rag.models import Answer, Question
from rag.settings import load_settings
from rag.web.serve import bind
from rag.writing.answers import Tell

WIDGET = "prova"
ASKED = "Chi ha incontrato la delegazione alla fiera?"
MISSION = """---
title: La missione a Detroit
publisher: Regione
date: 2025-04-24
kind: report
visibility: public
url: {url}
---

# La missione a Detroit

La delegazione ha incontrato Anna Bianchi alla fiera di Detroit.

Il costo della missione è di 12 milioni.
"""
HOSTILE = """---
title: "<b onclick=alert(1)>Verbale</b>"
kind: minutes
visibility: public
---

# Verbale

La cerimonia è stata aperta da Carlo Rossi <img src=x onerror=alert(2)> e <script>alert(3)</script> chiusa a sera.
"""
SECRET = """---
title: Appunto riservato
---

Il console ha incontrato Dora Neri in privato a Lansing.
"""
VISIT = """---
title: The visit
visibility: public
---

Eva Green met the delegation at the steelworks.
"""
FILES: dict[str, str | bytes] = {
    "missione.md": MISSION.replace("{url}", "https://ente.example/missione"),
    "verbale.md": HOSTILE,
    "riservato.md": SECRET,
    "note/visit.md": VISIT,
}


class Pages:
    """A site of somebody else's: paths and what they hold, with a header for each."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, headers = pages.get(self.path.partition("?")[0], ("", {}))
                self.send_response(200 if body else 404)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(self, path: str, body: str, **headers: str) -> str:
        """The address of a page from now on; "_" in a header's name stands for "-"."""
        self.pages[path] = (body, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.origin + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class WidgetServer:
    """Fonte with the widgets of `toml`, which may be rewritten while it runs. `before` runs ahead of every answer."""

    def __init__(self, folder: Path, toml: str, files: Mapping[str, str | bytes] | None = None, **values: Any) -> None:
        self.assistant = open_assistant(folder, files or FILES)
        self.before: Callable[[Question], object] = lambda _: None
        self.answer: Callable[[Question, Tell], Answer] = self.assistant.ask
        self.assistant.ask = self._ask  # type: ignore[method-assign]
        self.settings = load_settings(
            corpus=str(folder / "corpus"), data=folder / "data", **{"workers": 4, "queue": 64, **values}
        )
        self.toml = folder / "data" / "widgets.toml"
        self.toml.write_text(toml, encoding="utf-8")

    def _ask(self, question: Question, tell: Tell = lambda _: None) -> Answer:
        self.before(question)
        return self.answer(question, tell)

    def __enter__(self) -> WidgetServer:
        self.app = create_app(self.assistant, self.settings, home=True)
        listener = bind("127.0.0.1", 0)
        self.port = int(listener.getsockname()[1])
        self.origin = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(self.app, log_level="warning", timeout_graceful_shutdown=1, backlog=512)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(20)


class House:
    """Fonte with staff access, over stand-ins, with the widgets of `toml`, asked without a server."""

    def __init__(self, folder: Path, toml: str) -> None:
        self.server = WidgetServer(folder, toml, staff_password=PASSWORD, api_keys=KEY)
        self.app: FastAPI = create_app(self.server.assistant, self.server.settings, home=True)
        self.web = client(self.app)

    def token(self, widget: str = WIDGET) -> dict[str, str]:
        return bearer(self.web.post(f"/embed/{widget}/visit").json()["token"])

    def ask(self, widget: str = WIDGET, question: str = ASKED, **more: Any) -> Any:
        headers = more.pop("headers", None) or self.token(widget)
        return self.web.post(f"/embed/{widget}/ask", json={"question": question, **more}, headers=headers)


def snippet(server: WidgetServer, widget: str = WIDGET, nonce: str = "", **data: str) -> str:
    apart = f' nonce="{nonce}"' if nonce else ""
    extra = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return f'<script src="{server.origin}/widget.js" data-widget="{widget}"{extra} defer{apart}></script>'


def host_page(script: str, language: str = "it", body: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>Ente</title>{script}</head>'
        f"<body><main><h1>Il nostro ente</h1><p>Una pagina di un ente.</p>{body}</main></body></html>"
    )
