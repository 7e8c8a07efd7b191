"""`fonte serve` as the system starts and stops it: a process of its own, asked over HTTP, ended by SIGTERM."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from program import await_readiness, running
from standins import write
from web_builders import FILES

from rag.embedding import model_cache, weights
from rag.settings import Settings
from rag.store.ownership import owner_address

pytestmark = pytest.mark.slow  # starts the program

WITH_STAND_INS = """
import sys
from pathlib import Path
from standins import open_assistant
from rag.assistant import Loading
from rag.cli import Parts, app

def build(settings, prune):
    assistant = open_assistant(settings.data.parent)
    assistant.state.stage = "starting"
    return assistant, Loading(assistant, [("sync", lambda: assistant.sync(prune))])

app(sys.argv[1:], obj=Parts(build))
"""


PROGRAMS = [
    pytest.param(("-c", WITH_STAND_INS), id="stand-ins"),
    pytest.param(("-m", "rag.cli"), id="the packaged model", marks=pytest.mark.model),
]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_server_answers_until_it_is_told_to_end_and_ends_with_0(tmp_path: Path, program: tuple[str, ...]) -> None:
    if program[0] == "-m" and not model_cache.model_folder(weights.PACKAGED, Settings().cache).is_dir():
        pytest.skip("the packaged model has not been built: make setup")
    write(tmp_path / "corpus", FILES)
    places = ["--corpus", str(tmp_path / "corpus"), "--data", str(tmp_path / "index"), "--port", "0"]
    with running(tmp_path / "log", *program, "serve", *places) as (process, web):
        assert web.get("/healthz").json() == {"status": "ok"}
        assert owner_address(tmp_path / "index") == str(web.base_url).rstrip("/")
        await_readiness(web, 300)
        reply = web.post("/api/v1/ask", json={"question": "Chi ha incontrato la delegazione a Detroit?"}).json()
        assert "Anna Bianchi" in reply["answer"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (tmp_path / "log").read_text()
    assert owner_address(tmp_path / "index") == ""
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("program", [("ui.py",), ("-m", "rag.cli", "serve")], ids=["ui.py", "fonte serve"])
def test_the_start_prints_the_line_to_paste(tmp_path: Path, program: tuple[str, ...]) -> None:
    """Before any model is there."""
    write(tmp_path / "corpus", FILES)
    places = ["--corpus", str(tmp_path / "corpus"), "--data", str(tmp_path / "index"), "--port", "0"]
    with running(tmp_path / "log", *program, *places) as (process, web):
        home = str(web.base_url).rstrip("/")
        assert process.stdout
        said = [process.stdout.readline() for _ in range(2)]
        assert said == [
            f"For a web page ({home}/demo shows it):\n",
            f'  <script src="{home}/widget.js" data-widget="demo" defer></script>\n',
        ]
