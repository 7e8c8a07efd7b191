"""The staff's way in and out: the form, the session, the count of attempts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_builders import PASSWORD, client, open_app, signed_in

from rag.web.errors import TooManyAttempts
from rag.web.sessions import ATTEMPTS, COOKIE, LIFETIME, WINDOW, Attempts, Sessions
from rag.web.signing_in import local_path

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return open_app(tmp_path_factory.mktemp("signing"), staff_password=PASSWORD)[0]


@pytest.fixture
def web(guarded: FastAPI) -> TestClient:
    return client(guarded)


def test_a_person_is_led_to_the_sign_in_page_and_back(guarded: FastAPI, web: TestClient) -> None:
    led = web.get("/documents/x?start=1", headers=PAGE)
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fdocuments%2Fx%3Fstart%3D1")
    form = web.get(led.headers["location"], headers=PAGE)
    assert 'value="/documents/x?start=1"' in form.text
    entered = web.post("/sign-in", data={"password": PASSWORD, "next": "/documents/x?start=1"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/documents/x?start=1")


def test_the_session_is_a_cookie_that_scripts_and_other_sites_cannot_use(guarded: FastAPI) -> None:
    cookie = client(guarded).post("/sign-in", data={"password": PASSWORD}).headers["set-cookie"]
    assert all(part in cookie for part in (COOKIE, "HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={LIFETIME}"))
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, {}, staff_password=PASSWORD, trusted_proxies="127.0.0.1")
    for headers in ({"X-Forwarded-Proto": "https"}, {}):
        reply = client(app).post("/sign-in", data={"password": PASSWORD}, headers=headers)
        assert ("Secure" in reply.headers["set-cookie"]) == bool(headers)


def test_signing_out_ends_the_session_and_its_copies(guarded: FastAPI) -> None:
    web = signed_in(guarded)
    copy = web.cookies[COOKIE]
    assert web.get("/api/v1/documents").status_code == 200
    web.post("/sign-out")
    assert client(guarded).get("/api/v1/documents", headers={"Cookie": f"{COOKIE}={copy}"}).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "id.99999999999.", "id.99999999999.AAAA", "é.1.2"])
def test_a_forged_cookie_is_no_session(web: TestClient, cookie: str) -> None:
    assert web.get("/api/v1/documents", headers={b"Cookie": f"{COOKIE}={cookie}".encode()}).status_code == 401


def test_a_wrong_password_shows_the_form_again_and_too_many_lock_it(tmp_path: Path) -> None:
    app, _ = open_app(tmp_path, {}, staff_password=PASSWORD)
    web = client(app)
    for _ in range(ATTEMPTS):
        wrong = web.post("/sign-in", data={"password": "sbagliata", "next": '"><script>alert(1)</script>'})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (403, False)
        assert "<script>alert" not in wrong.text
    locked = web.post("/sign-in", data={"password": PASSWORD})
    assert (locked.status_code, int(locked.headers["retry-after"]) > 0) == (429, True)


def test_attempts_are_forgotten_after_the_window_and_by_others() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(ATTEMPTS):
        attempts.take("a")
    with pytest.raises(TooManyAttempts):
        attempts.take("a")
    attempts.take("b")
    now[0] = WINDOW + 1.0
    attempts.take("a")


def test_a_session_ends_with_its_time_and_with_its_password() -> None:
    now = [1000.0]
    sessions = Sessions(b"k" * 32, PASSWORD, lambda: now[0])
    cookie = sessions.begin()
    assert sessions.is_valid(cookie)
    assert not Sessions(b"k" * 32, "un'altra password", lambda: now[0]).is_valid(cookie)
    now[0] += LIFETIME + 1
    assert not sessions.is_valid(cookie)


def test_the_signing_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    open_app(tmp_path, {}, staff_password=PASSWORD)
    assert stat.S_IMODE((tmp_path / "data" / "session.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "value",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "evil", "/\n/evil"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(value: str) -> None:
    assert local_path(value) == "/"
