"""Words selected on a document's page, found again in its source."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_builders import client, document_id, open_app

from rag.models import Span
from rag.web.selecting import selected

TABLE = "| Tappa | Luogo |\n|---|---|\n| Uno | Due |\n"
TEXT = f"# Nota\n\nIl *forno* della\nvecchia acciaieria. Il forno si accende.\n\n{TABLE}"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client(open_app(tmp_path_factory.mktemp("selecting"), {"nota.md": TEXT})[0])


@pytest.mark.parametrize(
    "words, before, found",
    [
        ("Il forno della vecchia", 0, "Il *forno* della\nvecchia"),
        ("forno", 1, "forno"),
        ("forno", 9, "forno"),
        ("Uno Due", 0, "Uno | Due"),
        ("non c’è", 0, None),
        ("…", 0, None),
        ("", 0, None),
    ],
)
def test_marks_and_breaks_between_words_are_stepped_over(
    tmp_path: Path, words: str, before: int, found: str | None
) -> None:
    assistant = open_app(tmp_path, {"nota.md": TEXT})[1]
    (document,) = assistant.documents()
    span = selected(document, words, before)
    assert (document.text[span.start : span.end] if span else None) == found
    if found == "forno":
        assert span == Span(TEXT.rindex("forno"), TEXT.rindex("forno") + 5)


def test_a_page_of_stars_takes_no_longer_than_it_is(tmp_path: Path) -> None:
    (document,) = open_app(tmp_path, {"nota.md": TEXT})[1].documents()
    stars = dataclasses.replace(document, text="a" + "* " * 50_000)
    assert selected(stars, "a" + "*" * 300 + "b", 0) is None


def test_selected_words_lead_to_their_permalink(web: TestClient) -> None:
    id_ = document_id(web, "nota.md")
    reply = web.get(f"/documents/{id_}/passage", params={"words": "si accende", "lang": "it"})
    start = TEXT.index("si accende")
    assert reply.status_code == 303
    assert f"start={start}&end={start + len('si accende')}" in reply.headers["location"]


def test_words_of_no_document_are_not_found(web: TestClient) -> None:
    assert web.get("/documents/unknown/passage", params={"words": "forno"}).status_code == 404
