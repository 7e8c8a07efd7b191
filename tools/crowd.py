"""Many people at the chat page at once: each asks through the page's own queue, in a session of their own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE = 300.0  # seconds that one person waits


@dataclass(frozen=True, slots=True)
class Reply:
    """What one person got: the last message of their turn, and after how many seconds."""

    turn: str
    message: dict[str, Any]
    seconds: float


class Crowd:
    """People at the chat of a running server."""

    def __init__(self, url: str) -> None:
        self._url = url
        config = httpx.get(url + "config", timeout=PATIENCE, trust_env=False).json()
        self._function = next(d["id"] for d in config["dependencies"] if d["targets"] and d["targets"][0][1] == "ask")

    def together(self, questions: Sequence[str]) -> list[Reply]:
        """The replies in the order of the questions, all asked at the same moment."""
        start = threading.Barrier(len(questions))

        def person(number: int) -> Reply:
            start.wait()
            return self._ask(f"t{number}", questions[number])

        with ThreadPoolExecutor(len(questions)) as people:
            return list(people.map(person, range(len(questions))))

    def _ask(self, turn: str, question: str) -> Reply:
        began = time.perf_counter()
        session = f"{turn}-{began}"
        sent = {"turn": turn, "question": question}
        body = {"data": [], "fn_index": self._function, "session_hash": session, "event_data": sent}
        with httpx.Client(base_url=self._url, timeout=PATIENCE, trust_env=False) as web:
            web.post("gradio_api/queue/join", json=body).raise_for_status()
            with web.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as events:
                for line in events.iter_lines():
                    if line.startswith("data:") and '"process_completed"' in line:
                        (value,) = json.loads(line.removeprefix("data:"))["output"]["data"]
                        return Reply(turn, json.loads(value), time.perf_counter() - began)
        raise RuntimeError(f"{turn} got no answer")
