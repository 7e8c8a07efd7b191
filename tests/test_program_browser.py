"""What `make run` starts, whole: the program, the packaged model and the shipped corpus, in a real Chromium."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from chat_pages import Opened, ask
from playwright.sync_api import Browser, expect
from program import ROOT, await_readiness, running
from standins import write

from rag.embedding import model_cache, weights
from rag.settings import Settings

GUARD = """
import os, pathlib
from contextlib import ExitStack
from loopback import loopback_only

def tell(host):
    with pathlib.Path(os.environ["REFUSED_HOSTS"]).open("a") as log:
        log.write(host + chr(10))

guard = ExitStack()
guard.enter_context(loopback_only(tell))
"""


# What each answer's quotes must say, whichever of the two languages they are in.
ANSWERED = {
    "Chi ha incontrato la delegazione per Stellantis?": ("Antonio Filosa",),
    "Quanti stabilimenti ha il Michigan?": ("oltre 950|over 950|more than 950",),
    "Will Rivian build a factory in Turin?": (
        "research centre|centro (di )?ricerche",
        r"\bnot (a|the) [\w ]*(plant|factory)|(plant|factory) is not|non (di )?una (fabbrica|stabilimento)",
    ),
}


@pytest.mark.browser
@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_model_question_from_the_page_to_the_lit_passage(tmp_path: Path, browser: Browser) -> None:
    if not model_cache.model_folder(weights.PACKAGED, Settings().cache).is_dir():
        pytest.skip("the packaged model has not been built: make setup")
    write(tmp_path / "guard", {"sitecustomize.py": GUARD})
    places = ["--corpus", str(ROOT / "corpus"), "--data", str(tmp_path / "index"), "--port", "0"]
    guarded = {"PYTHONPATH": str(tmp_path / "guard"), "REFUSED_HOSTS": str(tmp_path / "refused")}
    with running(tmp_path / "log", "ui.py", *places, **guarded) as (_, web):
        await_readiness(web, 400)
        opened = Opened(browser)
        shown = opened.page(f"{web.base_url}/", "en-GB")
        turn = ask(shown, "who did the delegation meet at GM?")
        expect(turn.locator(".status")).to_have_text("Partial answer")
        quote = turn.locator(".quote").first
        expect(quote).to_contain_text("General Motors")
        expect(shown.locator("body")).not_to_contain_text("Filosa")
        with shown.context.expect_page() as opening:
            turn.get_by_role("link", name="Open in the document").first.click()
        lit = opening.value.locator("mark.lit")
        expect(lit.first).to_contain_text("General Motors")
        assert "Filosa" not in "".join(lit.all_inner_texts())
        for question, told in ANSWERED.items():
            turn = ask(shown, question)
            expect(turn.locator(".status")).to_have_text(re.compile("^(Answer found|Risposta trovata)$"))
            quotes = " ".join(turn.locator(".body .quote").all_inner_texts())
            assert [words for words in told if not re.search(words, quotes)] == [], quotes
        opened.close()
    assert not (tmp_path / "refused").exists(), (tmp_path / "refused").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_guard_of_a_process_writes_down_what_it_refuses(tmp_path: Path) -> None:
    write(tmp_path, {"sitecustomize.py": GUARD})
    code = "import socket, threading; t = threading.Thread(target=socket.create_connection, args=(('192.0.2.1', 9),))"
    path = os.pathsep.join([str(tmp_path), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "REFUSED_HOSTS": str(tmp_path / "refused")}
    subprocess.run([sys.executable, "-c", f"{code}; t.start(); t.join()"], env=environment, check=True, timeout=60)
    assert (tmp_path / "refused").read_text() == "192.0.2.1\n"
