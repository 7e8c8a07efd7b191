"""What the README says is stored is what is stored, after a visit that leaves all the traces that a visit can."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_server import ChatServer, eventually
from web_builders import FILES, PASSWORD

from rag.store.ownership import own

pytestmark = pytest.mark.slow  # brings Gradio
README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
WORD = "crisoprasio"
QUESTION = f"Chi ha incontrato la delegazione ({WORD})?"
CLAIM = f"La delegazione ha incontrato Anna Bianchi per il {WORD}."
SIDECAR = re.compile("-(wal|shm|journal)$")  # SQLite's own, beside its file


class Visit:
    """Somebody at the chat page of a server, by what its script sends."""

    def __init__(self, web: httpx.Client) -> None:
        self._web = web
        page = web.get("config").json()
        self._asking = next(d["id"] for d in page["dependencies"] if d["targets"] and d["targets"][0][1] == "ask")
        self._part = next(c["id"] for c in page["components"] if c["props"].get("elem_id") == "page")

    def ask(self, question: str) -> str:
        """The last message of the queue, which holds the whole answer."""
        sent = {"turn": "t1", "question": question}
        body = {"data": [], "fn_index": self._asking, "session_hash": "one", "event_data": sent}
        self._web.post("gradio_api/queue/join", json=body).raise_for_status()
        with self._web.stream("GET", "gradio_api/queue/data?session_hash=one") as events:
            return next(line for line in events.iter_lines() if '"process_completed"' in line)

    def call(self, name: str, data: object) -> Any:
        body = {"session_hash": "one", "component_id": self._part, "fn_name": name, "data": data}
        return self._web.post("gradio_api/component_server/", json=body).raise_for_status().json()

    def check(self, text: str) -> dict[str, str]:
        """The way to the proof of a text whose first claim was checked."""
        run = self.call("split", {"text": text, "page": "it"})["run"]
        assert "verdict" in self.call("check", {"run": run, "number": 0})
        return dict(self.call("keep", {"run": run}))

    def judge(self) -> None:
        thumb = {"ballot": "abcdefgh", "status": "answered", "verdict": "up", "reasons": ["clear"], "question": None}
        assert self.call("judge", thumb) is True


def visited(folder: Path, days: int) -> Path:
    """The data folder after a question, a thumb without consent, a check, the examples, and signing in and out."""
    own(folder / "data", "http://127.0.0.1:1")
    with (
        ChatServer(folder, {**FILES}, staff_password=PASSWORD, proof_days=days) as server,
        httpx.Client(base_url=server.url, timeout=60) as web,
    ):
        web.post("sign-in", data={"password": PASSWORD})
        visit = Visit(web)
        assert WORD in visit.ask(QUESTION)
        visit.judge()
        assert bool(visit.check(CLAIM)["html"]) == bool(days)
        assert eventually(lambda: visit.call("status", "it")["examples"] is not None)
        web.post("sign-out")
    return folder / "data"


def told() -> set[str]:
    """The names that the README's table gives to what lies in the data folder."""
    table = README.partition("## What is stored")[2].partition("\n## ")[0]
    places = [
        row.split(" | ")[1].partition(" in the data folder") for row in re.findall(r"^\| .+", table, re.MULTILINE)
    ]
    return {name.rstrip("/") for names, here, _ in places if here for name in re.findall(r"`([^`]+)`", names)}


@pytest.mark.parametrize("days", [90, 0])
def test_the_readme_names_everything_that_a_visit_leaves_and_nothing_else(tmp_path: Path, days: int) -> None:
    data = visited(tmp_path, days)
    assert {SIDECAR.sub("", file.name) for file in data.iterdir()} == told() - (set() if days else {"proofs.sqlite"})
    holding = {SIDECAR.sub("", file.name) for file in data.rglob("*") if file.is_file() and holds(file, WORD)}
    assert holding == ({"proofs.sqlite"} if days else set()), "where a question or a text lies that was sent"


def holds(file: Path, word: str) -> bool:
    return word.encode() in file.read_bytes()
