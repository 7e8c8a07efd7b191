"""Permalinks over HTTP: what a proof's page shows, what leaves it, and how it is erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_builders import ADMIN, PASSWORD, bearer, client, open_app, signed_in

from rag.assistant import Assistant
from rag.proofs.record import from_json

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
