"""The limits of a widget over HTTP: every one says when to come back, or leaves no doubt that it was too much."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from widget_server import House

from rag.models import Question
from rag.web.limits import MAX_VISIT
from rag.web.pool import RETRY_AFTER
from rag.web.widget.visitors import DAY, WINDOW

SITE = "https://www.regione.example"
TOML = f"""
[widgets.prova]
origins = ["{SITE}"]

[widgets.citazioni]
origins = ["{SITE}"]
written_a_day = 0

[widgets.breve]
origins = ["{SITE}"]
visitor_limit = 2

[widgets.ufficio]
origins = ["{SITE}"]
address_limit = 3

[widgets.domani]
origins = ["{SITE}"]
questions_a_day = 1

[widgets.alla-volta]
origins = ["{SITE}"]
address_at_once = 1
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("limits"), TOML)


@pytest.fixture
def house(kept: House) -> Iterator[House]:
    yield kept
    kept.server.before = lambda _: None


def check_refused(reply: Any, seconds: int) -> None:
    """Come back later, and within so many seconds."""
    assert reply.status_code == 429
    assert reply.json()["error"]["code"] == "too_many_questions"
    assert 0 < int(reply.headers["retry-after"]) <= seconds


def test_a_visitor_who_asked_too_often_is_told_when_to_come_back(house: House) -> None:
    token = house.token("breve")
    assert [house.ask("breve", headers=token).status_code for _ in range(2)] == [200, 200]
    check_refused(house.ask("breve", headers=token), WINDOW)


def test_an_address_that_asked_or_came_too_often_is_told_when_to_come_back(house: House) -> None:
    """Each with a token of its own; as many visits as questions."""
    tokens = [house.token("ufficio") for _ in range(3)]
    check_refused(house.web.post("/embed/ufficio/visit"), WINDOW)
    assert [house.ask("ufficio", headers=token).status_code for token in tokens] == [200, 200, 200]
    check_refused(house.ask("ufficio", headers=tokens[0]), WINDOW)


def test_a_widget_that_was_asked_enough_today_says_when_to_come_back(house: House) -> None:
    assert house.ask("domani").status_code == 200
    check_refused(house.ask("domani"), DAY)


def test_an_address_with_enough_questions_under_way_is_told_when_to_come_back(house: House) -> None:
    begun, gate = threading.Event(), threading.Event()

    def held(_: Question) -> None:
        begun.set()
        gate.wait(60)

    house.server.before = held
    with ThreadPoolExecutor(1) as one:
        first = one.submit(house.ask, "alla-volta")
        try:
            assert begun.wait(60)
            refused = house.ask("alla-volta")
        finally:
            gate.set()
        assert "event: done" in first.result(60).text
    check_refused(refused, RETRY_AFTER)
    assert house.ask("alla-volta").status_code == 200


def test_a_widget_whose_written_answers_are_used_up_asks_for_quotes(house: House) -> None:
    modes: list[str | None] = []
    house.server.before = lambda question: modes.append(question.mode)
    for widget in ("citazioni", "prova"):
        assert "event: done" in house.ask(widget).text
    assert modes == ["quotes", None]


def test_a_server_that_is_busy_or_starting_says_when_to_come_back(house: House) -> None:
    token = house.token()
    house.server.assistant.state.stage = "model"
    starting = house.ask(headers=token)
    house.server.assistant.state.stage = "ready"
    assert (starting.status_code, starting.headers["retry-after"]) == (503, "2")


def test_long_and_malformed_requests_are_refused(house: House) -> None:
    token = house.token()
    assert house.ask(headers=token, question="x" * 1001).status_code == 422
    assert house.ask(headers=token, question=" ?! ").status_code == 422
    assert house.ask(headers=token, documents=["x"]).status_code == 422
    assert house.ask(headers=token, mode="generate").status_code == 422
    assert house.web.post("/embed/prova/ask", content=b"x" * (MAX_VISIT + 1), headers=token).status_code == 413
    plain = {**token, "Content-Type": "text/plain"}
    assert house.web.post("/embed/prova/ask", content=b"{}", headers=plain).status_code == 415
