"""Visitors of a widget: tokens that open that widget alone, and how much each may ask. In memory, and not for long."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from rag.errors import AccessDenied, NotFound
from rag.models import Answer
from rag.web.errors import TooManyQuestions
from rag.web.sessions import Tokens
from rag.web.widget.register import Widget

LIFETIME = 30 * 60  # seconds that a token is worth something
WINDOW = 10 * 60  # seconds in which questions are counted
REMEMBERED = 20_000  # visitors, addresses and answers kept in memory; the longest unseen is forgotten first
DAY = 24 * 3600
QUOTES = "quotes"


class Windows:
    """How often each of many has come within WINDOW seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, who: str, limit: int) -> int:
        """Seconds until `who` may come again; 0 if that is now."""
        now = self._clock()
        times = self._times.get(who)
        while times and now - times[0] >= WINDOW:
            times.popleft()
        return int(times[0] + WINDOW - now) + 1 if times and len(times) >= limit else 0

    def count(self, who: str) -> None:
        self._times.setdefault(who, deque()).append(self._clock())
        self._times.move_to_end(who)
        if len(self._times) > REMEMBERED:
            self._times.popitem(last=False)

    def uncount(self, who: str) -> None:
        """One time less, the last."""
        if times := self._times.get(who):
            times.pop()


@dataclass(slots=True)
class Spent:
    """What one widget has used of a day (UTC)."""

    day: dt.date
    questions: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks: a visitor of one widget, at an address."""

    widget_id: str
    visitor: str
    address: str


class Visitors:
    """Gives out tokens, recognises them, and counts. Safe to use from several threads."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._visits, self._questions = Windows(clock), Windows(clock)
        self._spent: dict[str, Spent] = {}
        self._answers: OrderedDict[str, Visit] = OrderedDict()

    def welcome(self, widget_id: str, widget: Widget, address: str) -> str:
        """A new visitor's token. Raises TooManyQuestions when an address takes more than it may ask questions."""
        with self._lock:
            self._refuse(self._visits.wait(f"{widget_id} {address}", widget.address_limit))
            self._visits.count(f"{widget_id} {address}")
        return self._tokens(widget_id).issue()

    def recognise(self, widget_id: str, token: str, address: str) -> Visit:
        """Who holds a token of this widget. Raises AccessDenied for any other."""
        holder = self._tokens(widget_id).holder(token)
        if holder is None:
            raise AccessDenied("The visit is over.", "Begin another.")
        return Visit(widget_id, holder, address)

    def admit(self, visit: Visit, widget: Widget) -> str | None:
        """Count a question; the mode it must be answered in, None for the usual one. Raises TooManyQuestions."""
        address = f"{visit.widget_id} {visit.address}"
        with self._lock:
            spent = self._today(visit.widget_id)
            if spent.questions >= widget.questions_a_day:
                self._refuse(DAY - int(self._clock()) % DAY)
            self._refuse(self._questions.wait(visit.visitor, widget.visitor_limit))
            self._refuse(self._questions.wait(address, widget.address_limit))
            self._questions.count(visit.visitor)
            self._questions.count(address)
            spent.questions += 1
            return None if spent.written < widget.written_a_day else QUOTES

    def give_back(self, visit: Visit) -> None:
        """The question that was counted last found no place: it costs nothing."""
        with self._lock:
            self._questions.uncount(visit.visitor)
            self._questions.uncount(f"{visit.widget_id} {visit.address}")
            spent = self._today(visit.widget_id)
            spent.questions = max(0, spent.questions - 1)

    def told(self, visit: Visit, answer: Answer) -> None:
        """An answer was given: what a model wrote is counted, and this visitor may judge it."""
        with self._lock:
            self._today(visit.widget_id).written += answer.mode != QUOTES
            self._answers[answer.id] = visit
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def check_own(self, visit: Visit, answer_id: str) -> None:
        """Raises NotFound for an answer that was not given to this visitor."""
        with self._lock:
            found = self._answers.get(answer_id)
        if found is None or (found.widget_id, found.visitor) != (visit.widget_id, visit.visitor):
            raise NotFound("There is no such answer.", "Ask again.")

    def _tokens(self, widget_id: str) -> Tokens:
        return Tokens(self._key, f"visitor:{widget_id}", LIFETIME, self._clock)

    def _today(self, widget_id: str) -> Spent:
        day = dt.datetime.fromtimestamp(self._clock(), dt.UTC).date()
        spent = self._spent.get(widget_id)
        if spent is None or spent.day != day:
            spent = self._spent[widget_id] = Spent(day)
        return spent

    def _refuse(self, seconds: int) -> None:
        if seconds:
            raise TooManyQuestions(seconds)
