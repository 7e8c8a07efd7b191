"""Who gets in: every route with and without access, hosts, other sites' pages, signing in, headers."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from web_builders import ADMIN, KEY, PASSWORD, bearer, client, document_id, open_app, settings, signed_in

from rag.errors import ConfigurationError
from rag.web.access import PUBLIC
from rag.web.guard import check_access, has_staff_access, is_reachable


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application that asks who comes, with something mounted behind it as the chat is."""
    app, _ = open_app(
        tmp_path_factory.mktemp("access"),
        allowed_hosts="fonte.example",
        staff_password=PASSWORD,
        api_keys=KEY,
        admin_token=ADMIN,
    )
    app.mount("/chat-stand-in", PlainTextResponse("internal", headers={"Access-Control-Allow-Origin": "*"}))
    return app


@pytest.fixture
def web(guarded: FastAPI) -> TestClient:
    return client(guarded)


# What may be served

REFUSED = [
    {"host": "0.0.0.0"},
    {"host": "192.168.1.4"},
    {"host": "::"},
    {"host": ""},
    {"host": "fonte.example"},
    {"public_url": "https://fonte.example"},
    {"allowed_hosts": "fonte.example"},
    {"host": "0.0.0.0", "api_keys": KEY},
    {"host": "0.0.0.0", "staff_password": "corta"},
    {"host": "0.0.0.0", "staff_header": "X-User"},
    {"staff_header": "Host", "trusted_proxies": "10.0.0.1"},
    {"trusted_proxies": "proxy.example"},
    {"admin_token": ""},
    {"api_keys": "corta"},
    {"public_url": "fonte.example"},
    {"public_url": "https://fonte.example/sotto", "staff_password": PASSWORD},
]


@pytest.mark.parametrize("values", REFUSED)
def test_fonte_refuses_to_serve_what_anyone_could_read(tmp_path: Path, values: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        check_access(settings(tmp_path, **values))
    assert refused.value.hint


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"host": "localhost"},
        {"host": "::1"},
        {"host": "0.0.0.0", "staff_password": PASSWORD},
        {"host": "0.0.0.0", "staff_header": "X-User", "trusted_proxies": "10.0.0.0/8"},
        {"public_url": "https://fonte.example", "staff_password": PASSWORD},
    ],
)
def test_fonte_serves_this_machine_or_those_who_can_show_who_they_are(tmp_path: Path, values: dict[str, str]) -> None:
    found = settings(tmp_path, **values)
    check_access(found)
    assert has_staff_access(found) or not is_reachable(found)


# The matrix


def routes(app: FastAPI) -> list[tuple[str, str]]:
    told = app.openapi()["paths"]
    pages = [
        ("get", "/"),
        ("get", "/chat-stand-in"),
        ("get", "/api/v1/openapi.json"),
        ("get", "/nowhere"),
        ("get", "/docs"),
    ]
    return [*((m, p.replace("{id}", "x")) for p, ops in told.items() for m in ops), *pages]


@pytest.mark.slow
def test_nothing_but_the_public_routes_answers_a_stranger(guarded: FastAPI, web: TestClient) -> None:
    for method, path in routes(guarded):
        reply = web.request(method, path)
        is_open = path in PUBLIC or path.startswith("/embed/")  # visitors: tests/test_widget_routes.py
        assert (reply.status_code == 401) == (not is_open), (method, path)


def test_staff_and_keys_reach_everything_but_administration(guarded: FastAPI) -> None:
    for caller, refused, for_keys in ((signed_in(guarded), 401, "/v1/"), (client(guarded, **bearer(KEY)), 403, "none")):
        for method, path in routes(guarded):
            is_admin = method == "delete" or (method, path) in (("post", "/api/v1/sync"), ("post", "/api/v1/documents"))
            reply = caller.request(method, path)
            is_refused = is_admin or path.startswith(for_keys)
            assert (reply.status_code == refused) == is_refused, (method, path, reply.status_code)


def test_the_admin_token_reaches_administration(guarded: FastAPI) -> None:
    assert client(guarded, **bearer(ADMIN)).post("/api/v1/sync").status_code == 200


def test_without_a_token_set_administration_is_switched_off(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path)
    for given in ({}, bearer("None"), bearer("")):
        reply = client(app, **given).post("/api/v1/sync")
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize("token", ["", "x", KEY + "x", KEY[:-1], PASSWORD, "città-con-accenti"])
def test_a_wrong_key_is_no_key(web: TestClient, token: str) -> None:
    reply = web.get("/api/v1/documents", headers={b"Authorization": f"Bearer {token}".encode()})
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")


def test_a_stranger_learns_no_details_of_the_start(guarded: FastAPI, web: TestClient) -> None:
    state = guarded.state.assistant.state
    state.stage, state.error, state.source = "failed", "secret path", "secret.md"
    stranger, staff = web.get("/readyz"), client(guarded, **bearer(KEY)).get("/readyz")
    state.stage, state.error, state.source = "ready", "", ""
    assert "secret" not in stranger.text
    assert "secret path" in staff.text


def test_a_proxy_names_the_person_and_nobody_else_can(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, staff_header="X-User", trusted_proxies="10.0.0.0/8")
    for peer, headers, status in (
        ("10.1.2.3", {"X-User": "anna"}, 200),
        ("10.1.2.3", {}, 401),
        ("10.1.2.3", {"X-User": " "}, 401),
        ("192.0.2.1", {"X-User": "anna"}, 401),
        ("192.0.2.1", {"X-User": "anna", "X-Forwarded-For": "10.1.2.3"}, 401),
    ):
        web = TestClient(app, base_url="http://127.0.0.1", client=(peer, 1))
        assert web.get("/api/v1/documents", headers=headers).status_code == status, (peer, headers)


# Hosts and other sites


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:7860", "fonte.example", "FONTE.example:443"])
def test_its_own_names_are_answered(web: TestClient, host: str) -> None:
    assert web.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host,status",
    [
        ("evil.example", 421),
        ("192.168.1.4", 421),
        ("localhost.evil.example", 421),
        ("", 400),
        ("a@localhost", 400),
        ("localhost:x", 400),
    ],
)
def test_a_rebound_name_is_not_answered(web: TestClient, host: str, status: int) -> None:
    reply = web.get("/healthz", headers={"Host": host})
    assert (reply.status_code, set(reply.json()["error"])) == (status, {"code", "message", "hint"})


def test_on_every_address_an_address_is_a_name_of_its_own(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, host="0.0.0.0", staff_password=PASSWORD)
    assert client(app).get("/healthz", headers={"Host": "192.168.1.4:7860"}).status_code == 200
    assert client(app).get("/healthz", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:7861"},
    ],
)
def test_another_sites_page_cannot_ask_even_on_this_machine(tmp_path: Path, headers: dict[str, str]) -> None:
    app, _ = open_app(tmp_path, {})
    reply = client(app).post("/api/v1/ask", json={"question": "Chi guidava?"}, headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "forbidden")


def test_our_own_pages_and_programs_can(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, {})
    for headers in (
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:7860"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert client(app).post("/api/v1/search", json={"query": "Chi guidava?"}, headers=headers).status_code == 200


def test_a_page_behind_a_proxy_has_the_public_origin(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, {}, public_url="https://fonte.example", staff_password=PASSWORD)
    web = client(app, **bearer("x"), Origin="https://fonte.example", Host="localhost:7860")
    assert web.post("/sign-in", data={"password": PASSWORD}).status_code == 303


def test_web_sockets_are_closed(guarded: FastAPI) -> None:
    with pytest.raises(WebSocketDisconnect), client(guarded).websocket_connect("/chat-stand-in"):
        pytest.fail("it opened")


# Headers


def test_every_response_carries_the_security_headers(guarded: FastAPI) -> None:
    staff = signed_in(guarded)
    here = f"/documents/{document_id(staff)}"
    paths = ["/", here, f"/api/v1{here}", f"/api/v1{here}/original", "/site/base.css", "/chat-stand-in", "/nowhere"]
    replies = [staff.get(path) for path in paths]
    replies += [client(guarded).get("/api/v1/documents"), client(guarded).get("/", headers={"Host": "evil.example"})]
    for reply in replies:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert "permissions-policy" in reply.headers
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_our_pages_run_nothing_inline_and_load_nothing_from_elsewhere(guarded: FastAPI) -> None:
    staff = signed_in(guarded)
    for path in ("/documents", f"/documents/{document_id(staff)}", "/sign-in"):
        policy = staff.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy
