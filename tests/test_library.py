"""Documents over HTTP: listed, read, handed out as they came, added, removed, synced."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_builders import ADMIN, FILES, bearer, client, document_id, open_app

from rag.web.replies import DocumentsReply, ListedDocument, SkippedReply, SyncReply, TextReply, UploadReply


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return open_app(tmp_path_factory.mktemp("library"), admin_token=ADMIN)[0]


@pytest.fixture
def web(app: FastAPI) -> TestClient:
    return client(app)


# Documents


def test_documents_are_listed_and_shown(web: TestClient) -> None:
    listed = DocumentsReply.model_validate(web.get("/api/v1/documents").json()).documents
    assert {d.source for d in listed} >= set(FILES)
    one = web.get(f"/api/v1/documents/{document_id(web)}").json()
    assert ListedDocument.model_validate(one).publisher == "Regione"
    assert TextReply.model_validate(web.get(f"/api/v1/documents/{one['id']}/text").json()).version == one["version"]


def test_an_unknown_document_or_version_is_404(web: TestClient) -> None:
    here = f"/api/v1/documents/{document_id(web)}"
    for path in ("/api/v1/documents/none", f"{here}?version=none", f"{here}/text?version=none"):
        assert web.get(path).status_code == 404


def test_what_was_left_out_is_told_with_its_reason(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, {**FILES, "foto.png": b"\x89PNG"})
    skipped = SkippedReply.model_validate(client(app).get("/api/v1/skipped").json()).skipped
    assert [s.source for s in skipped] == ["foto.png"]


def test_the_original_is_handed_out_while_it_is_what_was_indexed(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, {**FILES, "pagina.html": "<h1>Titolo</h1><p>Parole della pagina.</p>"})
    web = client(app)
    text = web.get(f"/api/v1/documents/{document_id(web)}/original")
    assert text.content == FILES["missione.md"].encode()
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    page = web.get(f"/api/v1/documents/{document_id(web, 'pagina.html')}/original")
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in page.headers["content-security-policy"]
    (tmp_path / "corpus" / "missione.md").write_text("altro")
    assert web.get(f"/api/v1/documents/{document_id(web)}/original").status_code == 404


# Administration


def test_an_uploaded_document_is_indexed_answered_from_and_removed(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, admin_token=ADMIN)
    web = client(app, **bearer(ADMIN))
    sent = {"name": "verbale.md", "title": "Il verbale", "date": "2025-06-01", "visibility": "public"}
    new = web.post("/api/v1/documents", params=sent, content=b"Il sindaco Carlo Verdi presiede la seduta.")
    added = UploadReply.model_validate(new.json())
    assert (new.status_code, added.document.source, added.document.title) == (201, "uploads/verbale.md", "Il verbale")
    asked = web.post("/api/v1/ask", json={"question": "Chi presiede la seduta?"}).json()
    assert asked["citations"][0]["document"]["id"] == added.document.id
    again = web.post("/api/v1/documents", params={"name": "verbale.md"}, content=b"Altro testo.")
    assert (again.status_code, again.json()["document"]["date"]) == (200, None)
    removed = web.delete(f"/api/v1/documents/{added.document.id}")
    assert SyncReply.model_validate(removed.json()).removed == ["uploads/verbale.md"]
    assert not list((tmp_path / "corpus" / "uploads").iterdir())


@pytest.mark.parametrize(
    "name",
    ["../fuori.md", "a/b.md", "/etc/x.md", ".nascosto.md", "x.exe", ".md", "a\nb.md", "a\x00.md", "x" * 190 + ".md"],
)
def test_an_upload_cannot_be_named_out_of_its_folder(web: TestClient, tmp_path: Path, name: str) -> None:
    reply = web.post("/api/v1/documents", params={"name": name}, content=b"Testo.", headers=bearer(ADMIN))
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_input")


def test_an_upload_that_no_reader_reads_leaves_nothing_behind(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, admin_token=ADMIN)
    reply = client(app).post("/api/v1/documents", params={"name": "a.pdf"}, content=b"no", headers=bearer(ADMIN))
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "unreadable_document")
    assert not (tmp_path / "corpus" / "uploads").exists()


def test_an_upload_above_the_setting_is_too_large(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, admin_token=ADMIN, max_file_mb=1)
    large = b"a" * (2**20 + 1)
    reply = client(app).post("/api/v1/documents", params={"name": "a.md"}, content=large, headers=bearer(ADMIN))
    assert reply.status_code == 413


def test_what_was_not_uploaded_is_not_removed_over_http(web: TestClient) -> None:
    reply = web.delete(f"/api/v1/documents/{document_id(web)}", headers=bearer(ADMIN))
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "forbidden")


def test_a_sync_that_would_empty_the_index_asks_to_be_told_twice(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, admin_token=ADMIN)
    web = client(app, **bearer(ADMIN))
    for name in FILES:
        (tmp_path / "corpus" / name).unlink()
    assert web.post("/api/v1/sync").status_code == 409
    report = SyncReply.model_validate(web.post("/api/v1/sync", json={"prune": True}).json())
    assert sorted(report.removed) == sorted(FILES)
