"""Visitors: a token opens one widget for half an hour, and every limit says when to come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import AccessDenied, NotFound
from rag.models import Answer, Status
from rag.web.errors import TooManyQuestions
from rag.web.widget.register import Widget
from rag.web.widget.visitors import LIFETIME, QUOTES, WINDOW, Visitors

KEY = b"k" * 32
SITE = "https://www.regione.example"
ANSWER = Answer(
    id="a1", question="?", status=Status.ANSWERED, language="it", text="", headline=None, statements=(), citations=(),
    nearest=(), notes=(), mode="quotes", model=None, searched=1,
)  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0 - 1_800_000_000 % 86400 + 3600  # one hour into a day, UTC

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitors(clock: Clock) -> Visitors:
    return Visitors(KEY, clock)


def widget(**values: int) -> Widget:
    return Widget.model_validate({"origins": [SITE], **values})


def test_a_token_opens_its_own_widget_and_no_other(visitors: Visitors) -> None:
    token = visitors.welcome("a", widget(), "1.2.3.4")
    assert visitors.recognise("a", token, "1.2.3.4").widget_id == "a"
    with pytest.raises(AccessDenied):
        visitors.recognise("b", token, "1.2.3.4")


def test_a_token_runs_out(visitors: Visitors, clock: Clock) -> None:
    token = visitors.welcome("a", widget(), "1.2.3.4")
    clock.now += LIFETIME
    with pytest.raises(AccessDenied):
        visitors.recognise("a", token, "1.2.3.4")


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "x" * 500, "id.99999999999.c2lnbmF0dXJl", "é.1.è"])
def test_what_is_no_token_opens_nothing(visitors: Visitors, token: str) -> None:
    with pytest.raises(AccessDenied):
        visitors.recognise("a", token, "1.2.3.4")


def test_a_token_of_another_key_opens_nothing(visitors: Visitors, clock: Clock) -> None:
    token = Visitors(b"x" * 32, clock).welcome("a", widget(), "1.2.3.4")
    with pytest.raises(AccessDenied):
        visitors.recognise("a", token, "1.2.3.4")


def test_a_visitor_may_ask_so_often_and_then_again_after_the_time_told(visitors: Visitors, clock: Clock) -> None:
    visit = visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4")
    for _ in range(3):
        visitors.admit(visit, widget(visitor_limit=3))
    clock.now += 100
    with pytest.raises(TooManyQuestions) as caught:
        visitors.admit(visit, widget(visitor_limit=3))
    assert WINDOW - 101 <= caught.value.retry_after <= WINDOW
    clock.now += caught.value.retry_after
    visitors.admit(visit, widget(visitor_limit=3))


def test_new_tokens_do_not_get_around_the_limit_of_an_address(visitors: Visitors) -> None:
    for _ in range(4):
        visitors.admit(
            visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4"), widget(address_limit=4)
        )
    another = visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4")
    with pytest.raises(TooManyQuestions):
        visitors.admit(another, widget(address_limit=4))
    visitors.admit(replace(another, address="5.6.7.8"), widget(address_limit=4))


def test_an_address_gets_as_many_tokens_of_a_widget_as_it_may_ask_questions(visitors: Visitors) -> None:
    for _ in range(3):
        visitors.welcome("a", widget(address_limit=3), "1.2.3.4")
    with pytest.raises(TooManyQuestions):
        visitors.welcome("a", widget(address_limit=3), "1.2.3.4")
    visitors.welcome("a", widget(address_limit=4), "1.2.3.4")
    visitors.welcome("a", widget(address_limit=3), "5.6.7.8")
    visitors.welcome("b", widget(address_limit=3), "1.2.3.4")


def test_the_day_of_a_widget_ends_at_midnight(visitors: Visitors, clock: Clock) -> None:
    visit = visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4")
    visitors.admit(visit, widget(questions_a_day=1))
    with pytest.raises(TooManyQuestions) as caught:
        visitors.admit(visit, widget(questions_a_day=1))
    assert caught.value.retry_after == 23 * 3600
    visitors.admit(replace(visit, widget_id="b"), widget(questions_a_day=1))
    clock.now += caught.value.retry_after
    visitors.admit(visit, widget(questions_a_day=1))


def test_a_refused_question_uses_nothing_up(visitors: Visitors) -> None:
    visit = visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4")
    visitors.admit(visit, widget(visitor_limit=1))
    for _ in range(5):
        with pytest.raises(TooManyQuestions):
            visitors.admit(visit, widget(visitor_limit=1, questions_a_day=2))
    visitors.admit(replace(visit, visitor="other"), widget(questions_a_day=2))


def test_when_the_budget_of_written_answers_is_gone_quotes_still_answer(visitors: Visitors) -> None:
    visit = visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4")
    assert visitors.admit(visit, widget(written_a_day=1)) is None
    visitors.told(visit, ANSWER)
    assert visitors.admit(visit, widget(written_a_day=1)) is None, "quotes cost nothing"
    visitors.told(visit, replace(ANSWER, mode="generate", model="m"))
    assert visitors.admit(visit, widget(written_a_day=1)) == QUOTES


def test_only_who_was_given_an_answer_may_judge_it(visitors: Visitors) -> None:
    visit = visitors.recognise("a", visitors.welcome("a", widget(), "1.2.3.4"), "1.2.3.4")
    visitors.told(visit, ANSWER)
    visitors.check_own(visit, ANSWER.id)
    for other in (replace(visit, visitor="other"), replace(visit, widget_id="b")):
        with pytest.raises(NotFound):
            visitors.check_own(other, ANSWER.id)
    with pytest.raises(NotFound):
        visitors.check_own(visit, "a2")
