"""The staff's way in and out: the form, the session, the count of attempts."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from standins import open_assistant
from starlette.testclient import TestClient
from web_builders import PASSWORD, bearer, client, open_app, settings, signed_in

from rag.api import create_app
from rag.store.manifest import Manifest
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


@pytest.mark.parametrize("language, told", [("it", "portale del tuo ente"), ("en", "your institution’s portal")])
def test_where_a_proxy_names_the_person_others_are_told_the_way_in(tmp_path: Path, language: str, told: str) -> None:
    app, _ = open_app(tmp_path, {}, staff_header="X-User", trusted_proxies="127.0.0.1")
    web, here = client(app, **PAGE, Accept_Language=language), "/documents?lang=it"
    way = web.get(here).headers["location"]
    refused = web.get(way)
    assert (refused.status_code, told in refused.text, "<form" in refused.text) == (403, True, False)
    named = web.get(way, headers={"X-User": "anna"})
    assert (named.status_code, named.headers["location"]) == (303, here)
    assert web.get("/api/v1/documents").json()["error"]["code"] == "access_denied"


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


@pytest.mark.parametrize("sent, onward", [("en", "/sign-in?lang=en"), ("it", "/sign-in?lang=it"), ("x&y", "/sign-in")])
def test_signing_out_leads_to_a_page_in_the_language_of_the_one_that_was_left(
    guarded: FastAPI, sent: str, onward: str
) -> None:
    reply = signed_in(guarded).post("/sign-out", data={"lang": sent}, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, onward)


def test_a_session_that_was_ended_stays_so_after_a_restart(tmp_path: Path) -> None:
    """A copy of its cookie is worth nothing, other sessions go on; nothing is remembered longer than it can count."""
    now = [1_000_000.0]

    def started() -> Sessions:
        return Sessions(b"k" * 32, PASSWORD, tmp_path / "ended", lambda: now[0])

    before = started()
    copied, other = before.begin(), before.begin()
    before.end(copied)
    after = started()
    assert (after.is_valid(copied), after.is_valid(other)) == (False, True)
    assert stat.S_IMODE((tmp_path / "ended").stat().st_mode) == 0o600
    now[0] += LIFETIME + 1
    late = started()
    last = late.begin()
    late.end(last)
    assert [line.split()[0] for line in (tmp_path / "ended").read_text().splitlines()] == [last.split(".")[0]]


def test_a_clock_that_was_put_back_before_signing_out_lets_no_copy_in_later(tmp_path: Path) -> None:
    now = [1_000_000.0]
    sessions = Sessions(b"k" * 32, PASSWORD, tmp_path / "ended", lambda: now[0])
    copied = sessions.begin()
    now[0] -= 3600
    sessions.end(copied)
    now[0] += LIFETIME + 1800  # the cookie itself has half an hour left
    assert not Sessions(b"k" * 32, PASSWORD, tmp_path / "ended", lambda: now[0]).is_valid(copied)


def test_what_is_damaged_among_the_ended_sessions_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "ended").write_text("\nx\nabc 99999999999\nx y z\n")
    sessions = Sessions(b"k" * 32, PASSWORD, tmp_path / "ended")
    assert sessions.is_valid(sessions.begin())


def test_a_session_ends_with_its_time_and_with_its_password(tmp_path: Path) -> None:
    now = [1000.0]
    sessions = Sessions(b"k" * 32, PASSWORD, tmp_path / "ended", lambda: now[0])
    cookie = sessions.begin()
    assert sessions.is_valid(cookie)
    assert not Sessions(b"k" * 32, "un'altra password", tmp_path / "ended", lambda: now[0]).is_valid(cookie)
    now[0] += LIFETIME + 1
    assert not sessions.is_valid(cookie)


def test_the_signing_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    open_app(tmp_path, {}, staff_password=PASSWORD)
    assert stat.S_IMODE((tmp_path / "data" / "session.key").stat().st_mode) == 0o600


@pytest.mark.slow
def test_servers_that_share_a_database_know_each_others_people(tmp_path: Path, new_database: Callable[[], str]) -> None:
    """Staff who signed in at one, and visitors to whom one gave a token; a server that shares nothing knows neither."""
    where = new_database()

    def server(name: str, **shared: str) -> TestClient:
        assistant = open_assistant(tmp_path / name)
        if shared:
            assistant.index.manifest = Manifest(where)
        found = settings(tmp_path / name, staff_password=PASSWORD, **shared)
        (found.data / "widgets.toml").write_text('[widgets.a]\norigins = ["https://x.example"]\n', encoding="utf-8")
        return client(create_app(assistant, found))

    one, two, apart = server("one", database_url=where), server("two", database_url=where), server("apart")
    one.post("/sign-in", data={"password": PASSWORD})
    token = bearer(one.post("/embed/a/visit").json()["token"])
    for other, staff, visitor in ((one, 200, 422), (two, 200, 422), (apart, 401, 401)):
        other.cookies = one.cookies
        assert other.get("/api/v1/documents").status_code == staff
        assert other.post("/embed/a/ask", json={"question": "?"}, headers=token).status_code == visitor


@pytest.mark.parametrize(
    "value",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "evil", "/\n/evil"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(value: str) -> None:
    assert local_path(value) == "/"
