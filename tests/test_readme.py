"""What the README and the operator's guide tell people to type is taken by the program, and answered."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from standins import write
from starlette.testclient import TestClient
from typer.exceptions import TyperException
from web_builders import client, open_app

from rag.cli import app as program
from rag.settings import Settings
from ui import arguments

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "operations.md"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
FILES = {"proof.json": "{}", "draft.md": "Una bozza.", "questions/set.jsonl": "{}"}


def lines(text: str) -> Iterator[str]:
    """The commands of a page: those in its shell blocks, continued lines joined, and those inside a sentence."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`((?:fonte|make|python) [^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def typed(word: str) -> list[str]:
    """Every command of the pages whose program is `word`, with the settings that stand before it, without comments."""
    found = [line for page in PAGES for line in lines(page.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(line for line in found if re.match(rf"(?:FONTE_\w+=\S+ )*{word}(?: |$)", line)))


def parse(words: list[str]) -> Any:
    """The context of a command; raises what `fonte` raises for a command, option or argument that it does not know."""
    command: Any = typer.main.get_command(program)
    while hasattr(command, "commands"):
        assert words, "the name of a group alone is no command"
        name, *words = words
        assert name in command.commands, name
        command = command.commands[name]
    return command.make_context("fonte", words)


@pytest.mark.parametrize("line", typed("fonte"))
def test_every_command_is_one_of_the_program(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, FILES))
    words = shlex.split(line.replace("…", ""), comments=True)
    assert parse(words[1:]).command.callback is not None


@pytest.mark.parametrize("wrong", ["consult x", "ask x --loud", "widget", "proofs erase --before"])
def test_a_command_that_is_none_is_seen(wrong: str) -> None:
    with pytest.raises((AssertionError, TyperException)):
        parse(wrong.split())


@pytest.mark.parametrize("line", [*typed("make"), *typed("python")])
def test_every_other_line_starts_what_is_there(line: str) -> None:
    words = shlex.split(line, comments=True)
    settings = [word.partition("=")[0] for word in words if word.startswith("FONTE_")]
    assert set(settings) <= {f"FONTE_{name.upper()}" for name in Settings.model_fields}
    program_, target, *given = words[len(settings) :]
    assert program_ == "make", "before the set-up, no other program is there"
    assert target in TARGETS
    assert all(word.startswith("ARGS=") for word in given)
    if target == "run":
        arguments([word for text in given for word in shlex.split(text.removeprefix("ARGS="))])


def requests() -> list[tuple[str, dict[str, Any] | None, str]]:
    """The README's `curl` lines as (path, body, content type)."""
    found = []
    for line in typed("curl"):
        words = shlex.split(line, comments=True)
        path = next(w for w in words if w.startswith("http://127.0.0.1:7860/")).removeprefix("http://127.0.0.1:7860")
        body = words[words.index("-d") + 1] if "-d" in words else ""
        kind = words[words.index("-H") + 1].partition(": ")[2] if "-H" in words else ""
        found.append((path, json.loads(body) if body else None, kind))
    return found


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client(open_app(tmp_path_factory.mktemp("readme"))[0])


@pytest.mark.parametrize("path, body, kind", requests())
def test_every_request_is_answered(web: TestClient, path: str, body: dict[str, Any] | None, kind: str) -> None:
    kept = web.post("/api/v1/ask", json={"question": "Chi ha incontrato la delegazione?"}).json()["proof"]
    address = path.replace("/ID", "/" + kept.rpartition("/")[2])
    reply = web.post(address, json=body, headers={"Content-Type": kind}) if body else web.get(address)
    assert reply.status_code == 200, reply.text
    assert "error" not in reply.text[:20]
