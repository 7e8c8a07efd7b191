"""Visitors of a widget: tokens that open that widget alone, and how much each may ask. In memory, and not for long."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from rag.errors import AccessDenied, NotFound
from rag.models import Answer
from rag.web.errors import TooManyQuestions
from rag.web.pool import RETRY_AFTER
from rag.web.sessions import Tokens
from rag.web.widget.register import Widget
from rag.writing.answers import QUOTES_MODE

LIFETIME = 30 * 60  # seconds that a token is worth something
WINDOW = 10 * 60  # seconds in which questions are counted
REMEMBERED = 20_000  # visitors, addresses and answers kept in memory; the longest unseen is forgotten first
DAY = 24 * 3600


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
        """Whoever came longest ago stands first; those who have not come within WINDOW are forgotten."""
        now = self._clock()
        self._times.setdefault(who, deque()).append(now)
        self._times.move_to_end(who)
        while len(self._times) > REMEMBERED or self._is_over(next(iter(self._times.values())), now):
            self._times.popitem(last=False)

    @staticmethod
    def _is_over(times: deque[float], now: float) -> bool:
        return not times or now - times[-1] >= WINDOW

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

    @property
    def at(self) -> str:
        """The address at this widget."""
        return f"{self.widget_id} {self.address}"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A question that was counted; `mode` is the one it must be answered in, None for the usual one."""

    visit: Visit
    mode: str | None
    spent: Spent  # the day that it is counted in, and is given back to


class Visitors:
    """Gives out tokens, recognises them, and counts. Safe to use from several threads."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._visits, self._questions = Windows(clock), Windows(clock)
        self._spent: dict[str, Spent] = {}
        self._open: Counter[str] = Counter()  # questions under way, by widget and address
        self._answers: OrderedDict[str, str] = OrderedDict()  # and the widget that each was told at

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

    def admit(self, visit: Visit, widget: Widget) -> Admitted:
        """Count a question, as a written answer until it is known that no model was called for it.

        Raises TooManyQuestions. Every question that was admitted must be `ended`, or given back.
        """
        with self._lock:
            spent = self._today(visit.widget_id)
            if spent.questions >= widget.questions_a_day:
                self._refuse(DAY - int(self._clock()) % DAY)
            self._refuse(self._questions.wait(visit.visitor, widget.visitor_limit))
            self._refuse(self._questions.wait(visit.at, widget.address_limit))
            self._refuse(RETRY_AFTER if self._open[visit.at] >= widget.address_at_once else 0)
            mode = None if spent.written < widget.written_a_day else QUOTES_MODE
            self._questions.count(visit.visitor)
            self._questions.count(visit.at)
            self._open[visit.at] += 1
            spent.questions += 1
            spent.written += mode is None
            return Admitted(visit, mode, spent)

    def give_back(self, admitted: Admitted) -> None:
        """The question found no place: it costs nothing."""
        with self._lock:
            self._questions.uncount(admitted.visit.visitor)
            self._questions.uncount(admitted.visit.at)
            self._close(admitted.visit.at)
            admitted.spent.questions -= 1
            admitted.spent.written -= admitted.mode is None

    def ended(self, admitted: Admitted, asked: Future[Answer]) -> None:
        """The question was answered, or dropped. What a model was called for stays counted, whether or not any of it
        was verified, and whether or not the visitor stayed to hear it. An answer may be judged from now on."""
        answer = None if asked.cancelled() or asked.exception() else asked.result()
        free = asked.cancelled() or (answer is not None and not _took_tokens(answer))
        with self._lock:
            self._close(admitted.visit.at)
            admitted.spent.written -= admitted.mode is None and free
            if answer is None:
                return
            self._answers[answer.id] = admitted.visit.widget_id
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def check_told(self, widget_id: str, answer_id: str) -> None:
        """Raises NotFound for an answer that was not given at this widget. Who knows its id was told it: a visit ends
        with its token, and a thumb may come later."""
        with self._lock:
            found = self._answers.get(answer_id)
        if found != widget_id:
            raise NotFound("There is no such answer.", "Ask again.")

    def _close(self, at: str) -> None:
        self._open[at] -= 1
        if not self._open[at]:
            del self._open[at]

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


def _took_tokens(answer: Answer) -> bool:
    """Whether a model was called; one that rests, or that no passage fits into, is named in an answer all the same."""
    return answer.tokens is not None and answer.tokens.prompt + answer.tokens.completion > 0
