"""What a writing model may cost: a budget of tokens a day, and a breaker that lets a model that fails rest."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections.abc import Callable

CHARACTERS = 3.0  # a token, at least, in Italian and English; for servers that do not count
FAILURES = 3  # in a row, after which a model is left alone
REST = 30.0  # seconds


def estimated(text: str) -> int:
    """Tokens of a text, rather too many than too few."""
    return math.ceil(len(text) / CHARACTERS)


class DailyBudget:
    """Tokens of one day, UTC; `limit` 0 sets none. Forgotten when the process ends."""

    def __init__(self, limit: int, today: Callable[[], dt.date] = lambda: dt.datetime.now(dt.UTC).date()) -> None:
        self._limit = limit
        self._today = today
        self._lock = threading.Lock()
        self._day = today()
        self._spent = 0

    def allows(self, tokens: int) -> bool:
        """Whether a request of that many tokens still fits into today."""
        with self._lock:
            self._turn()
            return not self._limit or self._spent + tokens <= self._limit

    def spend(self, tokens: int) -> None:
        with self._lock:
            self._turn()
            self._spent += tokens

    def _turn(self) -> None:
        if self._today() != self._day:
            self._day, self._spent = self._today(), 0


class Breaker:
    """Open after FAILURES in a row, for REST seconds; then one request may try again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def allows(self) -> bool:
        with self._lock:
            if self._failures < FAILURES:
                return True
            if self._clock() < self._until:
                return False
            self._until = self._clock() + REST  # this one tries; the others wait for what comes of it
            return True

    def report(self, worked: bool) -> None:
        """What came of a request."""
        with self._lock:
            self._failures = 0 if worked else self._failures + 1
            self._until = self._clock() + REST
