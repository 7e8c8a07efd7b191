"""The command line: what it prints, its exit codes, and the hand-over to a server that owns the data folder."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from standins import open_assistant, write
from typer.testing import CliRunner

from rag import offline
from rag.assistant import Assistant, Loading
from rag.cli import Parts, app
from rag.commands import doctor
from rag.commands.console import as_json, safe, table
from rag.commands.service import Server, reachable, refusal
from rag.errors import InvalidInput, NotReady
from rag.from_json import answer_from_json, hits_from_json
from rag.models import Question
from rag.rendering import answer_json, hit_json
from rag.settings import Settings
from rag.store.ownership import announce, release

FILES = {
    "visit.md": "# The visit\n\nAnna Bianchi met the delegation at the steelworks.\n\nThe furnace has 400 workers.\n",
    "evil.md": "# Notes\n\nThe \x1b[2Jharbour crane was painted by Carlo Rossi.\n",
}
RUNNER = CliRunner()


def parts(folder: Path, files: Mapping[str, str] = FILES) -> Parts:
    """Stand-ins in place of the models; the settings' own folders are not looked at."""

    def build(_: Settings, prune: bool) -> tuple[Assistant, Loading]:
        assistant = open_assistant(folder, files)
        assistant.state.stage = "starting"
        return assistant, Loading(assistant, [("sync", lambda: assistant.sync(prune))])

    return Parts(build)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "index"
    release(tmp_path / "index")


def run(tmp_path: Path, *arguments: str, files: Mapping[str, str] = FILES) -> Any:
    return RUNNER.invoke(app, [*arguments, "--data", str(tmp_path / "index")], obj=parts(tmp_path, files))


# Without a server


@pytest.mark.usefixtures("data")
def test_an_answer_is_printed_with_its_sources_and_exits_with_0(tmp_path: Path) -> None:
    result = run(tmp_path, "ask", "Who met the delegation at the steelworks?")
    assert result.exit_code == 0, result.output
    assert "Anna Bianchi" in result.stdout
    assert "[1] The visit" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.usefixtures("data")
def test_a_reply_without_an_answer_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    result = run(tmp_path, "ask", "Who plays the violin in Vienna?")
    assert result.exit_code in (3, 4)
    assert result.exit_code == {"◐": 3, "○": 4}[result.stdout[0]]


@pytest.mark.usefixtures("data")
def test_as_of_a_day_what_is_dated_later_is_not_searched(tmp_path: Path) -> None:
    later = "---\ndate: 2025-07-01\n---\n\nCarla Verdi met the envoy in Oslo.\n"
    files = {**FILES, "later.md": later}
    found = []
    for day in ("2025-06-30", "2025-07-01"):
        result = run(tmp_path, "ask", "Who met the envoy in Oslo?", "--as-of", day, files=files)
        found.append("Carla Verdi" in result.stdout)
    assert found == [False, True]


@pytest.mark.usefixtures("data")
def test_with_json_the_reply_says_what_was_found_and_the_exit_code_is_0(tmp_path: Path) -> None:
    result = run(tmp_path, "ask", "Who plays the violin in Vienna?", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["status"] in ("partial", "not_found")


@pytest.mark.usefixtures("data")
def test_a_search_shows_passages_and_their_documents(tmp_path: Path) -> None:
    result = run(tmp_path, "search", "furnace workers", "--limit", "1")
    assert result.exit_code == 0
    assert "400 workers" in result.stdout
    assert "visit.md" in result.stdout


@pytest.mark.usefixtures("data")
def test_escape_sequences_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    result = run(tmp_path, "search", "harbour crane")
    assert "harbour crane" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.usefixtures("data")
def test_ingest_reports_what_it_did(tmp_path: Path) -> None:
    result = run(tmp_path, "ingest", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["unchanged"] == 2
    assert "2 unchanged" in run(tmp_path, "ingest").stdout


@pytest.mark.usefixtures("data")
def test_an_error_is_one_line_and_a_hint_and_no_traceback(tmp_path: Path) -> None:
    result = run(tmp_path, "ask", "???")
    assert result.exit_code == InvalidInput.exit_code == 2
    assert result.stderr == "fonte: The question is empty.\n       Write what you want to know.\n"


def test_an_unforeseen_error_is_one_line_too_unless_its_traceback_is_asked_for(data: Path) -> None:
    def broken(_: Settings, __: bool) -> tuple[Assistant, Loading]:
        raise ZeroDivisionError("no reason")

    arguments = ["ask", "Who?", "--data", str(data)]
    result = RUNNER.invoke(app, arguments, obj=Parts(broken))
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "fonte: ZeroDivisionError: no reason")
    assert isinstance(RUNNER.invoke(app, ["--traceback", *arguments], obj=Parts(broken)).exception, ZeroDivisionError)


def test_an_unknown_setting_is_refused_with_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_COPRUS", "x")
    result = run(tmp_path, "ask", "Who?")
    assert result.exit_code == 2
    assert "Did you mean FONTE_CORPUS?" in result.stderr


# With a server


class Stub(BaseHTTPRequestHandler):
    """Answers every POST with the reply that its server holds, and keeps the request."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, body, self.headers.get("Authorization")))  # type: ignore[attr-defined]
        status, reply = self.server.reply  # type: ignore[attr-defined]
        raw = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def owner(data: Path, status: int, reply: object) -> Iterator[list[tuple[str, Any, str | None]]]:
    """A server that owns the folder and replies so."""
    data.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.seen, server.reply = [], (status, reply)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with FileLock(data / "owner.lock"):
            announce(data, f"http://127.0.0.1:{server.server_port}")
            yield server.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def reply_to(folder: Path, question: str) -> dict[str, Any]:
    return answer_json(open_assistant(folder / "other", FILES).ask(Question(question)))


def test_a_question_is_handed_over_to_the_owner_with_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_API_KEYS", "key-1,key-2")
    reply = reply_to(tmp_path, "Who met the delegation at the steelworks?")
    with owner(tmp_path / "index", 200, reply) as seen:
        result = run(tmp_path, "ask", "Who met the delegation?", "--language", "en", "--as-of", "2025-06-30")
    body = {"question": "Who met the delegation?", "language": "en", "as_of": "2025-06-30"}
    assert seen == [("/api/v1/ask", body, "Bearer key-1")]
    assert result.exit_code == 0
    assert "Anna Bianchi" in result.stdout
    assert "Handed over" in result.stderr


def test_a_sync_is_handed_over_with_the_admin_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_ADMIN_TOKEN", "admin")
    report = {"added": [], "changed": [], "removed": [], "skipped": [], "unchanged": 2, "passages": 0, "seconds": 0}
    with owner(tmp_path / "index", 200, report) as seen:
        result = run(tmp_path, "ingest", "--prune")
    assert seen == [("/api/v1/sync", {"prune": True}, "Bearer admin")]
    assert "2 unchanged" in result.stdout


def test_the_owners_error_is_shown_as_its_own(tmp_path: Path) -> None:
    error = {"error": {"code": "not_ready", "message": "Fonte is still starting.", "hint": "Ask again shortly."}}
    with owner(tmp_path / "index", 503, error):
        result = run(tmp_path, "search", "furnace")
    assert result.exit_code == 1
    assert "fonte: Fonte is still starting.\n" in result.stderr
    assert isinstance(refusal(error, 503), NotReady)


def test_an_owner_that_gives_no_address_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / "owner.lock"):
        result = run(tmp_path, "ask", "Who?")
    assert result.exit_code == 2
    assert "Another Fonte process owns" in result.stderr


def test_an_owner_that_does_not_answer_is_an_error_with_a_hint() -> None:
    with pytest.raises(NotReady, match="does not answer"):
        Server("http://127.0.0.1:9", Settings()).ask({"question": "Who?"})


@pytest.mark.parametrize(
    "written,url",
    [
        ("http://127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("127.0.0.1:7860/", "http://127.0.0.1:7860"),
        ("http://0.0.0.0:7860", "http://127.0.0.1:7860"),
        ("http://[::]:80", "http://[::1]:80"),
        ("https://fonte.example", "https://fonte.example"),
    ],
)
def test_an_owners_address_is_made_one_to_connect_to(written: str, url: str) -> None:
    assert reachable(written) == url


def test_replies_are_the_same_after_a_journey_as_json(tmp_path: Path) -> None:
    assistant = open_assistant(tmp_path, FILES)
    for question in ("Who met the delegation at the steelworks?", "Who plays the violin in Vienna?"):
        reply = answer_json(assistant.ask(Question(question)))
        assert answer_json(answer_from_json(json.loads(json.dumps(reply)))) == reply
    hits = {"hits": [hit_json(hit) for hit in assistant.search(Question("furnace"), 5)]}
    assert [hit_json(hit) for hit in hits_from_json(hits)] == hits["hits"]


# Help, doctor and what is printed


HEAVY = ("torch", "gradio", "chromadb", "llama_index", "sentence_transformers", "transformers", "numpy")


@pytest.mark.parametrize("arguments", ["--help", "ask --help", "model --help"])
def test_help_imports_nothing_heavy(arguments: str) -> None:
    code = (
        "import sys\nfrom rag.cli import app\n"
        f"app({arguments.split()!r}, standalone_mode=False)\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    started = time.perf_counter()
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"
    assert "Usage:" in shown
    assert time.perf_counter() - started < 5  # one second on a quiet machine


def test_the_doctor_finds_nothing_wrong_here_but_says_what_to_do(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", {"a.md": "# A\n\nText.\n", "b.xyz": "?"})
    settings = Settings(corpus=(corpus,), data=tmp_path / "data", cache=tmp_path / "cache", port=0)
    environment: dict[str, str] = {"GRADIO_ANALYTICS_ENABLED": "True", "HF_HUB_OFFLINE": "0"}
    offline.switch_off(environment)
    assert doctor.wrongly_set(environment) == []
    found = {(f.check, f.level.value): f for f in doctor.examine(settings)}
    assert ("python", "ok") in found
    assert "b.xyz" in found["corpus", "warn"].message
    assert "1 documents" in found["corpus", "ok"].message
    assert "make setup" in found["model", "warn"].hint
    assert not (tmp_path / "data").exists()


def test_the_doctor_sees_a_missing_corpus_an_open_address_and_another_schema(tmp_path: Path) -> None:
    open_assistant(tmp_path, FILES).index.manifest.set_meta("schema", "99")
    settings = Settings(corpus=(tmp_path / "gone",), data=tmp_path / "data", host="0.0.0.0", port=0)
    failed = {f.check: f for f in doctor.examine(settings) if f.level is doctor.Level.FAIL}
    assert "schema 99" in failed["data"].message
    assert "does not exist" in failed["corpus"].message
    assert "FONTE_STAFF_PASSWORD" in failed["access"].hint


def test_a_fault_is_an_exit_code_and_one_more_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTE_NOPE", "1")
    result = RUNNER.invoke(app, ["doctor", "--data", str(tmp_path / "d")])
    assert result.exit_code == 1
    assert result.stdout.startswith("fail  settings   Unknown setting FONTE_NOPE.")


def test_pins_that_are_for_other_machines_are_left_out() -> None:
    lines = "aaa==1.0 \\\n    --hash=sha256:00\n# words\nbbb==2.0 ; sys_platform == 'none' \\\nccc==3.1\n"
    assert doctor.pinned(lines) == [("aaa", "1.0"), ("ccc", "3.1")]


def test_controls_are_shown_and_not_obeyed() -> None:
    assert safe("a\x1b[2J\tb\n\u202ec") == "a\ufffd[2J\tb\n\ufffdc"
    assert as_json({"è": "\x9b"}) == '{\n  "è": "\\u009b"\n}'


def test_a_table_is_as_wide_as_what_it_holds() -> None:
    assert table(["a", "n"], [["long name", 5], ["b", 10]]) == "a           n\nlong name   5\nb          10"
