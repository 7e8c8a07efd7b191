"""Visitors: a token opens one widget for half an hour, and every limit says when to come back."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest

from rag.errors import AccessDenied, NotFound
from rag.models import Answer, Status, Tokens
from rag.web.errors import TooManyQuestions
from rag.web.pool import RETRY_AFTER
from rag.web.stream import Abandoned
from rag.web.widget.register import Widget
from rag.web.widget.visitors import LIFETIME, WINDOW, Visit, Visitors, Windows
from rag.writing.answers import QUOTES_MODE

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


def visit_of(visitors: Visitors, address: str = "1.2.3.4") -> Visit:
    return visitors.recognise("a", visitors.welcome("a", widget(), address), address)


def ended(answer: Answer | None = None) -> Future[Answer]:
    """A question that was answered; without an answer, one whose visitor left while a model wrote."""
    future: Future[Answer] = Future()
    future.set_running_or_notify_cancel()
    if answer:
        future.set_result(answer)
    else:
        future.set_exception(Abandoned("Nobody reads this answer."))
    return future


def dropped() -> Future[Answer]:
    """A question whose visitor left before its turn came."""
    future: Future[Answer] = Future()
    future.cancel()
    return future


WRITTEN = replace(ANSWER, mode="generate", model="m", tokens=Tokens(300, 40, False))
UNVERIFIED = replace(ANSWER, model="m", tokens=Tokens(300, 40, False))
RESTING = replace(ANSWER, model="m", tokens=Tokens(0, 0, True))


@pytest.mark.parametrize(
    "asked, left",
    [
        (ended(WRITTEN), QUOTES_MODE),
        (ended(UNVERIFIED), QUOTES_MODE),
        (ended(), QUOTES_MODE),
        (ended(ANSWER), None),
        (ended(RESTING), None),
        (dropped(), None),
    ],
)
def test_what_a_model_was_called_for_counts_as_written_and_nothing_else(
    visitors: Visitors, asked: Future[Answer], left: str | None
) -> None:
    """Whether any of it was verified, and whether the visitor stayed to hear it; quotes answer once it is used up."""
    visit = visit_of(visitors)
    visitors.ended(visitors.admit(visit, widget(written_a_day=1)), asked)
    assert visitors.admit(visit, widget(written_a_day=1)).mode == left


def test_two_who_ask_at_once_share_what_is_left_to_be_written(visitors: Visitors) -> None:
    visit = visit_of(visitors)
    first, second = (visitors.admit(visit, widget(written_a_day=1)) for _ in range(2))
    assert (first.mode, second.mode) == (None, QUOTES_MODE)
    visitors.ended(second, ended(ANSWER))
    assert visitors.admit(visit, widget(written_a_day=1)).mode == QUOTES_MODE, "the second gives nothing back"
    visitors.ended(first, ended(ANSWER))
    assert visitors.admit(visit, widget(written_a_day=1)).mode is None


def test_what_yesterday_counted_is_given_back_to_yesterday(visitors: Visitors, clock: Clock) -> None:
    visit = visit_of(visitors)
    late = visitors.admit(visit, widget(written_a_day=1))
    clock.now += 24 * 3600
    visitors.admit(visit, widget(written_a_day=1))
    visitors.ended(late, ended(ANSWER))
    assert visitors.admit(visit, widget(written_a_day=1)).mode == QUOTES_MODE


def test_an_address_has_only_so_many_questions_under_way(visitors: Visitors) -> None:
    visit, few = visit_of(visitors), widget(address_at_once=2)
    first, second = visitors.admit(visit, few), visitors.admit(visit, few)
    for other in (visit, replace(visit, visitor="other")):
        with pytest.raises(TooManyQuestions) as caught:
            visitors.admit(other, few)
        assert caught.value.retry_after == RETRY_AFTER
    visitors.admit(replace(visit, address="5.6.7.8"), few)
    visitors.ended(first, dropped())
    visitors.give_back(visitors.admit(visit, few))
    visitors.ended(second, ended(ANSWER))
    assert [visitors.admit(visit, few).mode for _ in range(2)] == [None, None]


def test_an_answer_is_judged_at_the_widget_it_was_given_at_and_the_visit_may_be_over(
    visitors: Visitors, clock: Clock
) -> None:
    visitors.ended(visitors.admit(visit_of(visitors), widget()), ended(ANSWER))
    clock.now += 2 * LIFETIME
    visitors.check_told("a", ANSWER.id)
    for other in (("b", ANSWER.id), ("a", "a2")):
        with pytest.raises(NotFound):
            visitors.check_told(*other)


def test_no_address_is_kept_longer_than_its_questions_count(visitors: Visitors, clock: Clock) -> None:
    """Whoever comes next has those forgotten who have not come since; an answer is kept without who heard it."""
    address = "192.0.2.17"
    visitors.ended(visitors.admit(visit_of(visitors, address), widget()), ended(ANSWER))
    assert address in remembered(visitors)
    clock.now += WINDOW
    visitors.admit(visit_of(visitors), widget())
    assert address not in remembered(visitors)
    visitors.check_told("a", ANSWER.id)


def remembered(visitors: Visitors) -> str:
    """Everything in memory, whatever it is called."""
    return repr([vars(part) if isinstance(part, Windows) else part for part in vars(visitors).values()])
