"""What OpenAPI tells is what the application does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient
from web_builders import ADMIN, KEY, PASSWORD, client, open_app, serving
from widget_server import WIDGET, House, WidgetServer

from rag.models import Question
from rag.web.routing import ALONE, OURS

SECONDS = 25  # in which requests are made up
FEW = 10  # requests of each kind
# Left out: what the form allows and the meaning does not (an empty question, an unknown model) is refused with 422.
LEFT_OUT = "positive_data_acceptance"
# What is wrong and too long at once may be refused for its length.
REFUSALS = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "413", "415", "422", "429", "503"]
"""

# Pages and files of the program's own, which no other program asks for.
HIDDEN = {
    ("GET", "/"), ("GET", "/demo"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/sign-out"),
    *((method, path) for method in ("GET", "HEAD") for path in (
        "/api/v1/openapi.json", "/embed/site/{name}", "/site/{name}", "/widget.js",
    )),
}  # fmt: skip


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client(open_app(tmp_path_factory.mktemp("openapi"), {})[0])


def test_openapi_tells_of_every_route_of_the_contract(web: TestClient) -> None:
    told = web.get("/api/v1/openapi.json").json()["paths"]
    assert set(told) >= {
        "/api/v1/ask", "/api/v1/search", "/api/v1/documents", "/api/v1/documents/{id}", "/api/v1/documents/{id}/text",
        "/api/v1/documents/{id}/original", "/api/v1/sync", "/api/v1/skipped", "/healthz", "/readyz", "/documents/{id}",
        "/v1/chat/completions", "/v1/models", "/v1/models/{id}",
    }  # fmt: skip
    assert set(told["/api/v1/documents"]) == {"get", "post"}


def test_what_openapi_leaves_out_is_known_and_a_visitors_token_opens_none_of_it(tmp_path: Path) -> None:
    """Each is asked with the token of a visit and without: it makes no difference."""
    house = House(tmp_path, "[widgets.prova]\norigins = ['https://www.regione.example']\n")
    told = {(method.upper(), path) for path, ways in house.app.openapi()["paths"].items() for method in ways}
    routes = {(way, str(c.path)) for c in iter_route_contexts(house.app.routes) for way in c.methods or {"any"}}
    assert routes - told == HIDDEN | {("any", path) for path in (*OURS, *ALONE)}
    answered = set()
    for method, path in sorted(HIDDEN):
        where = path.replace("{name}", "panel.js" if path.startswith("/embed") else "chat.js")
        stranger, visitor = (house.web.request(method, where, headers=headers) for headers in ({}, house.token()))
        assert (stranger.status_code, stranger.text) == (visitor.status_code, visitor.text), (method, path)
        if visitor.status_code != 401:
            answered.add(path)
    assert answered == {"/sign-in", "/sign-out", "/widget.js", "/embed/site/{name}"}


def test_openapi_names_no_error_but_the_one_form_and_openais_under_v1(web: TestClient) -> None:
    told = web.get("/api/v1/openapi.json").json()
    assert "HTTPValidationError" not in told["components"]["schemas"]
    shapes: dict[bool, set[str]] = {True: set(), False: set()}
    for path, operations in told["paths"].items():
        replies = [(s, r) for o in operations.values() for s, r in o["responses"].items() if s >= "400"]
        named = {r["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1] for _, r in replies}
        shapes[path.startswith("/v1/")] |= named
    assert shapes == {True: {"OpenAIErrorReply"}, False: {"ErrorReply", "NotReadyReply"}}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_no_request_that_openapi_allows_or_forbids_is_answered_otherwise_than_told(tmp_path: Path) -> None:
    """Schemathesis makes requests up: statuses, types and shapes must be those told, and nothing is a 500."""
    app, _ = open_app(tmp_path, host="0.0.0.0", staff_password=PASSWORD, api_keys=KEY, admin_token=ADMIN)
    count = sum(len(operations) for operations in app.openapi()["paths"].values())
    with serving(app) as address:
        assert f"Tested: {count}" in made_up(address, tmp_path, ADMIN, "--max-time", str(SECONDS))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_same_holds_for_a_visitor_of_a_widget(tmp_path: Path) -> None:
    """With the token of a visit, and the widget and the document that are there."""
    toml = '[widgets.prova]\norigins = ["https://a.example"]\nvisitor_limit = 10000\naddress_limit = 100000\n'
    asked: list[Question] = []
    with WidgetServer(tmp_path, toml) as server:
        server.before = asked.append
        given = {"id": WIDGET, "document_id": server.assistant.documents(public_only=True)[0].id}
        token = httpx.post(f"{server.origin}/embed/{WIDGET}/visit", trust_env=False).json()["token"]
        paths = {path: told for path, told in server.app.openapi()["paths"].items() if path.startswith("/embed/")}
        chosen = ("--include-path-regex", "^/embed/", "--max-examples", str(FEW))
        told = made_up(server.origin, tmp_path, token, *chosen, **given)
    assert f"Tested: {sum(len(operations) for operations in paths.values())}" in told
    assert len(asked) > 10, "questions came through to the assistant"


def made_up(address: str, folder: Path, token: str, *more: str, **given: str) -> str:
    """What schemathesis tells of requests that it made up, with what is `given` of their paths."""
    fixed = "".join(f'"path.{name}" = "{value}"\n' for name, value in given.items())
    (folder / "schemathesis.toml").write_text(f"[parameters]\n{fixed}{REFUSALS}", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {token}", "--exclude-checks", LEFT_OUT),
        *("--seed", "1", "--workers", "1", "--continue-on-failure", "--no-color"),
        *("--generation-database", "none", "--request-timeout", "20", "--warnings", "off", "--no-shrink", *more),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout
