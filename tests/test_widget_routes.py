"""The widget over HTTP: who may frame it, what a visitor reaches, and that every refusal tells nothing more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from web_builders import KEY, bearer, client, signed_in
from widget_server import ASKED, SECRET, House

from rag.feedback import Feedback
from rag.models import Answer, Note, Question
from rag.writing.answers import Tell

SITE = "https://www.regione.example"
TOML = f"""
[widgets.prova]
origins = ["{SITE}", "https://altro.example"]

[widgets.inglese]
origins = ["{SITE}"]
languages = ["en"]

[widgets.note]
origins = ["{SITE}"]
folders = ["note"]

[widgets.spento]
origins = ["{SITE}"]
enabled = false

[widgets.nessuno]
origins = []
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("widget"), TOML)


@pytest.fixture
def house(kept: House) -> Iterator[House]:
    yield kept
    kept.server.before = lambda _: None
    kept.server.toml.write_text(TOML, encoding="utf-8")


def events(reply: Any) -> list[tuple[str, Any]]:
    assert reply.status_code == 200, reply.text
    pieces = [piece.split("\n") for piece in reply.text.strip().split("\n\n")]
    return [(p[0].removeprefix("event: "), json.loads(p[1].removeprefix("data: "))) for p in pieces]


def done(reply: Any) -> Any:
    name, data = events(reply)[-1]
    assert name == "done"
    return data


# Who may embed


def test_the_pages_that_may_frame_a_widget_are_its_own(house: House) -> None:
    reply = house.web.get("/embed/prova")
    policy = reply.headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors {SITE} https://altro.example")
    assert "unsafe" not in policy
    assert "x-frame-options" not in reply.headers
    assert "set-cookie" not in reply.headers


def test_every_other_page_refuses_framing(house: House) -> None:
    staff = signed_in(house.app)
    for path in ("/", "/documents", "/sign-in", "/demo", "/widget.js", "/embed/site/panel.js", "/api/v1/documents"):
        reply = staff.get(path)
        assert reply.headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"], path


def test_unknown_disabled_and_forbidden_widgets_give_one_and_the_same_answer(house: House) -> None:
    token = house.token()
    for method, tail in (
        ("GET", ""),
        ("POST", "/visit"),
        ("POST", "/ask"),
        ("POST", "/feedback"),
        ("GET", "/documents/x"),
    ):
        body: dict[str, Any] = {"json": {"question": ASKED}} if tail == "/ask" else {}
        if tail == "/feedback":
            body = {"json": {"answer": "x", "status": "answered", "verdict": "up"}}
        told = set()
        for widget in ("mai-visto", "spento", "nessuno", "A b", "x" * 65, "x" * 5000):
            reply = house.web.request(method, f"/embed/{widget}{tail}", headers=token, **body)
            headers = {k: v for k, v in reply.headers.items() if k != "date"}
            told.add((reply.status_code, reply.text, json.dumps(headers, sort_keys=True)))
        assert len(told) == 1, tail
        assert told.pop()[0] == 404, tail


def test_the_kill_switch_works_with_the_next_request(house: House) -> None:
    token = house.token()
    assert house.ask(headers=token).status_code == 200
    house.server.toml.write_text(TOML.replace("[widgets.prova]", "[widgets.prova]\nenabled = false"), encoding="utf-8")
    assert house.ask(headers=token).status_code == 404
    assert house.web.get("/embed/prova").status_code == 404


def test_the_kill_switch_ends_an_answer_that_is_under_way(house: House) -> None:
    def off(_: Question) -> None:
        house.server.toml.write_text("", encoding="utf-8")

    house.server.before = off
    name, told = events(house.ask())[-1]
    assert (name, told["error"]["code"]) == ("error", "not_found")


# What a visitor reaches


def test_a_visitor_hears_of_public_documents_only(house: House) -> None:
    told = house.ask(question="Chi ha incontrato il console in privato a Lansing?")
    assert "Dora" not in told.text
    assert "riservato" not in told.text.lower()
    assert done(told)["searched"].startswith("Cercato in 3 documenti")


def test_a_widget_is_narrowed_to_its_languages_and_folders(house: House) -> None:
    for widget in ("inglese", "note"):
        told = events(house.ask(widget, "Who met the delegation at the steelworks?"))
        sources = [s["title"] for name, data in told if name == "sources" for s in data["sources"]]
        assert set(sources) == {"The visit"}, widget
        assert "Anna Bianchi" not in house.ask(widget).text


def test_an_answer_comes_sentence_by_sentence_after_its_sources(house: House) -> None:
    names = [name for name, _ in events(house.ask())]
    assert names[0] == "place"
    assert names.index("sources") < names.index("statement") < names.index("done")
    told = done(house.ask())
    assert told["label"] == "Risposta trovata"
    assert told["sources"][0]["link"]["href"].startswith("https://ente.example/missione#:~:text=La%20delegazione")
    assert "source" not in told["sources"][0], "paths of files are no visitor's concern"


def test_what_a_note_quotes_is_in_its_own_language(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = house.server.answer

    def answer(question: Question, tell: Tell) -> Answer:
        found = whole(replace(question, text="Who met the delegation at the steelworks?"), tell)
        cited = found.citations[0]
        said = f"«{cited.document.title}» dice altro: «{cited.display}», cioè «oggi», e non «steelworks»."
        return replace(found, language="it", notes=(Note("superseded", said, (cited.number,)),))

    monkeypatch.setattr(house.server, "answer", answer)
    (note,) = done(house.ask())["notes"]
    assert [(piece["text"], piece["language"]) for piece in note["pieces"]] == [
        ("«The visit»", "en"),
        (" dice altro: ", "it"),
        ("«Eva Green met the delegation at the steelworks.»", "en"),
        (", cioè ", "it"),
        ("«oggi»", "it"),
        (", e non ", "it"),
        ("«steelworks»", "en"),
        (".", "it"),
    ]


def test_a_document_without_an_address_of_its_own_is_read_on_fontes_page(house: House) -> None:
    link = done(house.ask(question="Who met the delegation at the steelworks?"))["sources"][0]["link"]
    assert link["place"] == "here"
    page = house.web.get(link["href"].partition("#")[0])
    assert page.status_code == 200
    assert '<mark id="quote"' in page.text or 'id="quote"' in page.text
    assert 'href="/"' not in page.text
    assert 'href="/documents' not in page.text
    assert page.headers["x-frame-options"] == "DENY"


def test_documents_out_of_a_widgets_reach_are_as_unknown_as_any_other(house: House) -> None:
    ids = {d.source: d.id for d in house.server.assistant.documents()}
    told = {
        house.web.get(f"/embed/{widget}/documents/{id_}").text
        for widget, id_ in (("prova", ids["riservato.md"]), ("inglese", ids["missione.md"]), ("prova", "mai-visto"))
    }
    assert len(told) == 1
    assert SECRET.splitlines()[-1] not in told.pop()


def every_route(app: FastAPI) -> list[tuple[str, str]]:
    paths = client(app).get("/api/v1/openapi.json", headers=bearer(KEY)).json()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def test_a_visitors_token_opens_nothing_but_its_own_scope(house: House) -> None:
    """Every route that OpenAPI tells of, walked with the token of a visitor of `prova`; of widgets, at another."""
    token, told = house.token(), {}
    some = house.server.assistant.documents()[0].id
    for method, path in every_route(house.app):
        widget = path.startswith("/embed/")
        where = path.replace("{id}", "inglese" if widget else some).replace("{document_id}", some)
        reply = house.web.request(
            method, where.replace("{", "").replace("}", ""), headers=token, json={"question": ASKED}
        )
        told[method, path] = reply.status_code
    assert {route: status for route, status in told.items() if status != 401} == {
        ("GET", "/healthz"): 200,
        ("GET", "/readyz"): 200,
        ("GET", "/embed/{id}"): 200,  # what is open to everybody
        ("POST", "/embed/{id}/visit"): 200,
        ("GET", "/embed/{id}/documents/{document_id}"): 404,  # Italian, and so not of that widget
        ("POST", "/embed/{id}/feedback"): 422,  # the body is looked at before the token
    }
    verdict = {"answer": "a", "status": "answered", "verdict": "up"}
    assert house.web.post("/embed/inglese/feedback", json=verdict, headers=token).status_code == 401


def test_no_token_a_forged_one_and_a_staff_session_are_no_visit(house: House) -> None:
    body = {"question": ASKED}
    assert house.web.post("/embed/prova/ask", json=body).status_code == 401
    assert house.web.post("/embed/prova/ask", json=body, headers=bearer("a.b.c")).status_code == 401
    assert signed_in(house.app).post("/embed/prova/ask", json=body).status_code == 401


def test_a_visitor_judges_what_it_was_told_and_the_question_is_not_kept(house: House) -> None:
    """With the next token too: a visit may be over when the thumb comes. At another widget the answer is unknown."""
    answer = done(house.ask(headers=house.token()))
    verdict = {"answer": answer["id"], "status": answer["status"], "verdict": "down"}
    assert house.web.post("/embed/prova/feedback", json=verdict, headers=house.token()).status_code == 204
    elsewhere = house.web.post("/embed/note/feedback", json=verdict, headers=house.token("note"))
    assert elsewhere.status_code == 404
    thumbs = [t for t in Feedback(house.server.settings.data / "feedback.sqlite").all() if t.answer_id == answer["id"]]
    assert [(t.verdict, t.question) for t in thumbs] == [("down", None)]


def test_another_sites_page_cannot_ask_with_a_visitors_token(house: House) -> None:
    token = {**house.token(), "Origin": SITE, "Sec-Fetch-Site": "cross-site"}
    assert house.ask(headers=token).status_code == 403
