"""What OpenAPI tells is what the application does."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from web_builders import client, open_app


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client(open_app(tmp_path_factory.mktemp("openapi"), {})[0])


def test_openapi_tells_of_every_route_of_the_contract(web: TestClient) -> None:
    told = web.get("/api/v1/openapi.json").json()["paths"]
    assert set(told) >= {
        "/api/v1/ask", "/api/v1/search", "/api/v1/documents", "/api/v1/documents/{id}", "/api/v1/documents/{id}/text",
        "/api/v1/documents/{id}/original", "/api/v1/sync", "/api/v1/skipped", "/healthz", "/readyz", "/documents/{id}",
    }  # fmt: skip
    assert set(told["/api/v1/documents"]) == {"get", "post"}


def test_openapi_names_no_error_but_the_one_form(web: TestClient) -> None:
    told = web.get("/api/v1/openapi.json").json()
    assert "HTTPValidationError" not in told["components"]["schemas"]
    errors = [r for p in told["paths"].values() for o in p.values() for s, r in o["responses"].items() if s >= "400"]
    shapes = {r["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1] for r in errors}
    assert shapes == {"ErrorReply", "NotReadyReply"}
