"""Permalinks over HTTP: what a proof's page shows, what leaves it, and how it is erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from loops import run_alone
from standins import write
from starlette.testclient import TestClient
from typer.testing import CliRunner
from web_builders import ADMIN, LOCAL, MISSION, PASSWORD, bearer, client, open_app, signed_in

from rag.assistant import Assistant
from rag.cli import app as cli
from rag.models import Question
from rag.proofs.record import from_json
from rag.proofs.store import FILE

WHO = "Chi ha incontrato la delegazione?"
QUOTE = "La delegazione ha incontrato Anna Bianchi alla fiera di Detroit."


def ask(web: TestClient, question: str = WHO) -> dict[str, object]:
    reply = web.post("/api/v1/ask", json={"question": question})
    assert reply.status_code == 200, reply.text
    found: dict[str, object] = reply.json()
    return found


@pytest.fixture
def opened(tmp_path: Path) -> tuple[TestClient, Assistant]:
    app, assistant = open_app(tmp_path, admin_token=ADMIN)
    return client(app), assistant


@pytest.fixture
def web(opened: tuple[TestClient, Assistant]) -> TestClient:
    return opened[0]


def test_an_answer_names_its_permalink_and_the_page_shows_the_whole_of_it(web: TestClient) -> None:
    answer = ask(web)
    page = web.get(str(answer["proof"]), headers={"Accept": "text/html"})
    assert page.status_code == 200
    for told in (WHO, QUOTE, "La missione a Detroit", "Regione", "24 aprile 2025", "SHA-256", "words"):
        assert told in page.text
    citation = answer["citations"][0]  # type: ignore[index]
    assert citation["document"]["version"] in page.text
    assert f"start={citation['start']}" in page.text
    assert "/site/proof.css" in page.text
    assert f"{LOCAL}{answer['proof']}" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_the_exported_json_is_the_proof(web: TestClient) -> None:
    answer = ask(web)
    reply = web.get(f"/api/v1{answer['proof']}")
    assert reply.headers["content-disposition"] == f'attachment; filename="fonte-{answer["id"]}.json"'
    proof = from_json(reply.content)
    assert (proof.id, proof.text, proof.findings[0].quotes[0].quote) == (answer["id"], WHO, QUOTE)


def test_a_proof_is_for_those_who_have_access(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, staff_password=PASSWORD)
    path = ask(signed_in(app))["proof"]
    assert client(app).get(f"/api/v1{path}").status_code == 401
    led = client(app).get(str(path), headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_an_erased_proof_is_gone_and_only_the_admin_erases(web: TestClient) -> None:
    path = ask(web)["proof"]
    assert web.delete(f"/api/v1{path}").status_code == 401
    assert web.get(f"/api/v1{path}").status_code == 200
    assert web.delete(f"/api/v1{path}", headers=bearer(ADMIN)).status_code == 204
    for gone in (web.get(f"/api/v1{path}"), web.delete(f"/api/v1{path}", headers=bearer(ADMIN))):
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")
    page = web.get(str(path), headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Prova non trovata" in page.text


@pytest.mark.slow
def test_what_has_changed_since_is_shown_beside_what_was_quoted(
    opened: tuple[TestClient, Assistant], tmp_path: Path
) -> None:
    web, assistant = opened
    path = str(ask(web)["proof"])
    html = {"Accept": "text/html"}
    assert "sono oggi gli stessi" in web.get(path, headers=html).text
    write(tmp_path / "corpus", {"missione.md": MISSION.replace("Anna Bianchi", "Carla Neri")})
    assistant.sync()
    page = web.get(path, headers=html).text
    assert QUOTE in page
    assert QUOTE.replace("Anna Bianchi", "Carla Neri") in page
    assert "Il documento è cambiato da allora" in page
    (tmp_path / "corpus" / "missione.md").unlink()
    assistant.sync(prune=True)
    assert "non è più tra quelli" in web.get(path, headers=html).text


def test_the_page_speaks_the_readers_language_and_quotes_that_of_the_document(web: TestClient) -> None:
    path = str(ask(web)["proof"])
    page = web.get(f"{path}?lang=en", headers={"Accept": "text/html"}).text
    assert "Proof of an answer" in page
    assert f'<blockquote lang="it"><p>“{QUOTE}”' in page


def test_what_a_person_or_a_document_wrote_stays_text(tmp_path: Path) -> None:
    hostile = MISSION.replace("title: La missione a Detroit", "title: <script>alert(1)</script>")
    app, _ = open_app(tmp_path, {"missione.md": hostile})
    path = str(ask(client(app), f"{WHO} <img src=x>")["proof"])
    for text in (
        client(app).get(path, headers={"Accept": "text/html"}).text,
        client(app).get(f"/api/v1{path}?format=html").text,
    ):
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img" not in text


@pytest.mark.parametrize(
    "format_, media, start",
    [
        ("md", "text/markdown", b"# Prova"),
        ("html", "text/html", b"<!DOCTYPE html>"),
        ("docx", "application/vnd.openxmlformats", b"PK"),
        ("json", "application/json", b"{"),
    ],
)
def test_every_format_is_a_file_to_keep(web: TestClient, format_: str, media: str, start: bytes) -> None:
    reply = web.get(f"/api/v1{ask(web)['proof']}?format={format_}")
    assert reply.headers["content-type"].startswith(media)
    assert reply.headers["content-disposition"].endswith(f'.{format_}"')
    assert reply.content.startswith(start)


@pytest.mark.parametrize("format_", ["pdf", "claimreview"])
def test_a_format_that_is_not_there_is_refused(web: TestClient, format_: str) -> None:
    reply = web.get(f"/api/v1{ask(web)['proof']}?format={format_}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_input")


def test_without_retention_an_answer_has_no_address(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, proof_days=0)
    assert ask(client(app))["proof"] is None
    assert not (tmp_path / "data" / FILE).exists()


def test_a_streamed_answer_ends_with_its_permalink(web: TestClient) -> None:
    reply = web.post("/api/v1/ask", json={"question": WHO}, headers={"Accept": "text/event-stream"})
    done = json.loads(reply.text.rpartition("event: done\ndata: ")[2])
    assert web.get(f"/api/v1{done['proof']}").status_code == 200


def test_verify_says_what_of_a_check_it_does_not_re_check(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path)
    check = client(app).post("/api/v1/check", json={"claim": "Il viaggio è durato cinque giorni."}).json()
    written = client(app).get(f"/api/v1{check['proof']}?format=json").text
    file = tmp_path / "check.json"
    for verdict in (check["verdict"], "refuted"):  # a verdict cannot be borne out by a document alone
        file.write_text(written.replace(f'"{check["verdict"]}"', f'"{verdict}"'), encoding="utf-8")
        told = CliRunner().invoke(cli, ["verify", str(file), "--corpus", str(tmp_path / "corpus")])
        assert (told.exit_code, "Verdicts and reasons" in told.stdout) == (0, True)


def test_a_visitors_question_leaves_no_proof(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path)
    for public_only, kept in ((True, 0), (False, 1)):
        run_alone(app.state.pool.ask(Question(WHO, public_only=public_only)))
        assert app.state.archive.store.count() == kept


def test_an_exported_proof_is_verified_and_erased_on_the_command_line(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path)
    answer = ask(client(app))
    data, corpus = ["--data", str(tmp_path / "data")], ["--corpus", str(tmp_path / "corpus")]
    file = tmp_path / "proof.json"
    run = CliRunner()
    assert run.invoke(cli, ["proofs", "export", str(answer["id"]), "--out", str(file), *data]).exit_code == 0
    true = run.invoke(cli, ["verify", str(file), *corpus])
    assert (true.exit_code, "verified  [1] word for word in missione.md" in true.stdout) == (0, True)
    write(tmp_path / "corpus", {"missione.md": MISSION + "\nAltro.\n"})
    assert run.invoke(cli, ["verify", str(file), *corpus]).exit_code == 3
    file.write_text(file.read_text(encoding="utf-8").replace("Anna Bianchi", "Carla Neri"), encoding="utf-8")
    false = run.invoke(cli, ["verify", str(file), *corpus])
    assert (false.exit_code, "failed" in false.stdout) == (1, True)
    assert run.invoke(cli, ["verify", str(tmp_path / "corpus" / "nota.txt"), *corpus]).exit_code == 2
    assert run.invoke(cli, ["proofs", "erase", *data]).exit_code == 2
    assert run.invoke(cli, ["proofs", "erase", str(answer["id"]), *data]).stdout == "1 erased\n"
    assert run.invoke(cli, ["proofs", "export", str(answer["id"]), *data]).exit_code == 1
