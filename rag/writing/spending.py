"""What a writing model may cost: a budget of tokens a day, and a breaker that lets a model that fails rest."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

CHARACTERS = 3.0  # a token, at least, in Italian and English; for servers that do not count
FAILURES = 3  # in a row, after which a model is left alone
REST = 30.0  # seconds


def estimated(text: str) -> int:
    """Tokens of a text, rather too many than too few."""
    return math.ceil(len(text) / CHARACTERS)


@dataclass(frozen=True, slots=True)
class Reserved:
    """Tokens that a request may take, and the day of whose budget they are."""

    tokens: int
    day: dt.date


class DailyBudget:
    """Tokens of one day, UTC; `limit` 0 sets none. Forgotten when the process ends.

    What a request may take is reserved before it is sent: several at once cannot spend the same tokens.
    """

    def __init__(self, limit: int, today: Callable[[], dt.date] = lambda: dt.datetime.now(dt.UTC).date()) -> None:
        self._limit = limit
        self._today = today
        self._lock = threading.Lock()
        self._day = today()
        self._spent = 0  # or reserved

    def reserve(self, tokens: int) -> Reserved | None:
        """So many tokens of today, to be settled whatever comes of the request; None where they do not fit any more."""
        with self._lock:
            self._turn()
            if self._limit and self._spent + tokens > self._limit:
                return None
            self._spent += tokens
            return Reserved(tokens, self._day)

    def settle(self, reserved: Reserved, spent: int) -> None:
        """What was reserved is free again, and `spent` tokens are spent today."""
        with self._lock:
            self._turn()
            self._spent += spent - (reserved.tokens if reserved.day == self._day else 0)

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
