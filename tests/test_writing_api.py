"""A written answer over HTTP: what it cost and how long it took stand in the reply, whole or streamed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from llm_server import LLMServer, says
from web_builders import client, settings
from writing import FALSE, TRUE, VISIT, WHO, cites, open_writer

from rag.api import create_app

pytestmark = pytest.mark.slow  # starts a model server


def test_tokens_and_times_of_a_written_answer_are_the_same_in_both_forms(tmp_path: Path, llm: LLMServer) -> None:
    llm.script = says(cites(TRUE, FALSE), usage=(321, 17))
    web = client(create_app(open_writer(tmp_path, llm, {"visit.md": VISIT}), settings(tmp_path)))
    whole = web.post("/api/v1/ask", json={"question": WHO})
    streamed = web.post("/api/v1/ask", json={"question": WHO}, headers={"Accept": "text/event-stream"})
    done = streamed.text.partition("event: done\ndata: ")[2].partition("\n")[0]
    replies: list[dict[str, Any]] = [whole.json(), json.loads(done)]
    for reply in replies:
        assert (reply["mode"], reply["model"]) == ("generate", "openai-like:scripted")
        assert reply["tokens"] == {"prompt": 321, "completion": 17, "estimated": False}
        times = reply["timings_ms"]
        assert 0 < times["verify"] < times["total"]
        assert 0 < times["generate"] < times["total"]
    assert replies[0].keys() == replies[1].keys()
    assert replies[0]["statements"] == replies[1]["statements"]
    assert [s["support"] for s in replies[0]["statements"]] == ["verified", "unsupported"]


def test_quotes_take_no_tokens(tmp_path: Path, llm: LLMServer) -> None:
    web = client(create_app(open_writer(tmp_path, llm, {"visit.md": VISIT}), settings(tmp_path)))
    reply = web.post("/api/v1/ask", json={"question": WHO, "mode": "quotes"}).json()
    assert reply["tokens"] is None
    assert not {"generate", "verify"} & reply["timings_ms"].keys()
