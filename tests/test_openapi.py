"""What OpenAPI tells is what the application does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_builders import ADMIN, KEY, PASSWORD, client, open_app, serving

SECONDS = 40  # in which requests are made up
# Left out: what the form allows and the meaning does not (an empty question, an unknown model) is refused with 422.
LEFT_OUT = "positive_data_acceptance"


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
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {ADMIN}", "--exclude-checks", LEFT_OUT),
            *("--max-time", str(SECONDS), "--seed", "1", "--workers", "2", "--continue-on-failure", "--no-color"),
            *("--generation-database", "none", "--request-timeout", "20", "--warnings", "off", "--no-shrink"),
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"Tested: {count}" in done.stdout
