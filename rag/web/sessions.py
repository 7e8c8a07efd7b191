"""Signed tokens, the staff sessions that are made of them, and the counting of failed attempts to sign in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from rag.errors import ConfigurationError
from rag.web.errors import TooManyAttempts

log = logging.getLogger("fonte.web")

COOKIE = "fonte_session"
LIFETIME = 12 * 3600  # seconds
KEY_FILE = "session.key"
ENDED_FILE = "session.ended"  # in the data folder
KEY_BYTES = 32
ATTEMPTS, WINDOW = 5, 300  # failed attempts an address may make in so many seconds
REMEMBERED = 10_000  # addresses, and ended sessions, kept in memory
Clock = Callable[[], float]


def same(given: str, secret: str) -> bool:
    """Comparison whose time tells nothing of the secret, not even its length."""
    return hmac.compare_digest(_digest(given), _digest(secret))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def signing_key(data: Path) -> bytes:
    """The key in the data folder, made at first use and readable by its owner only."""
    path = data / KEY_FILE
    data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
    return key


def _kept_key(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"{path} is damaged.", "Remove it; everyone then signs in again.")
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return key


class Tokens:
    """Tokens of the form id.expiry.signature, worth something for one purpose and `lifetime` seconds."""

    def __init__(self, key: bytes, purpose: str, lifetime: int, clock: Clock = time.time) -> None:
        self._key = hmac.digest(key, _digest(purpose), "sha256")
        self._lifetime = lifetime
        self._clock = clock

    def issue(self) -> str:
        payload = f"{secrets.token_urlsafe(16)}.{int(self._clock()) + self._lifetime}"
        return f"{payload}.{self._signature(payload)}"

    def holder(self, token: str) -> str | None:
        """The id of a token that is ours and has not run out, or None."""
        payload, _, signature = token.rpartition(".")
        if not payload or not same(signature, self._signature(payload)):
            return None
        id_, _, expiry = payload.rpartition(".")
        return id_ if int(expiry) > self._clock() else None

    def _signature(self, payload: str) -> str:
        signed = hmac.digest(self._key, payload.encode("utf-8", "surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def expiry(token: str) -> int:
    """The second at which one of our tokens runs out."""
    return int(token.split(".")[1])


class Sessions:
    """The staff's cookies; a changed password ends them all, signing out ends one: in `ended`, a file that outlives
    this process, stand the ids of those, each with the second until which it is remembered."""

    def __init__(self, key: bytes, password: str, ended: Path, clock: Clock = time.time) -> None:
        self._tokens = Tokens(key, f"staff:{password}", LIFETIME, clock)
        self._file = ended
        self._clock = clock
        self._ended = _remembered(ended, clock())
        self._lock = threading.Lock()

    def begin(self) -> str:
        """A new session's cookie."""
        return self._tokens.issue()

    def is_valid(self, cookie: str) -> bool:
        holder = self._tokens.holder(cookie)
        return holder is not None and holder not in self._ended

    def end(self, cookie: str) -> None:
        """Sign out: this cookie is worth nothing from now on, even where a copy of it was kept."""
        holder = self._tokens.holder(cookie)
        if holder is None:
            return
        with self._lock:
            self._ended[holder] = expiry(cookie)
            if len(self._ended) > REMEMBERED:
                self._ended.popitem(last=False)
            told = "".join(f"{id_} {until}\n" for id_, until in self._ended.items() if until > self._clock())
            try:
                _replace(self._file, told)
            except OSError as error:  # it has ended all the same, for as long as this process lives
                log.warning("an ended session cannot be kept (%s)", error)


def _remembered(file: Path, now: float) -> OrderedDict[str, int]:
    """The ended sessions of before the start whose cookies have not run out; a damaged line is none."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    found = (re.fullmatch(r"([\w-]+) (\d{1,15})", line, re.ASCII) for line in lines)
    return OrderedDict((m[1], int(m[2])) for m in found if m and int(m[2]) > now)


def _replace(path: Path, text: str) -> None:
    """Puts a whole file in the place of another: who reads it, or starts after a crash, finds one of the two."""
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


class Attempts:
    """Failed attempts by address; the oldest address is forgotten when there are too many to remember."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str) -> None:
        """Count an attempt before it is looked at. Raises TooManyAttempts."""
        now = self._clock()
        with self._lock:
            recent = [at for at in self._failed.pop(address, []) if now - at < WINDOW]
            if len(recent) >= ATTEMPTS:
                self._failed[address] = recent
                raise TooManyAttempts(int(recent[0] + WINDOW - now) + 1)
            self._failed[address] = [*recent, now]
            if len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)

    def forgive(self, address: str) -> None:
        """The attempt was right: start counting anew."""
        with self._lock:
            self._failed.pop(address, None)
