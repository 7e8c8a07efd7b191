"""What commands ask: Fonte in this process, or the server that owns the data folder. Both speak HTTP v1's JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import SecretStr

from rag.checking.rendering import check_json, checked_text_json
from rag.errors import ConfigurationError, NotReady, RagError
from rag.models import ClaimQuestion, Question
from rag.rendering import answer_json, hit_json
from rag.settings import Settings
from rag.store.ownership import own, owner_address

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.proofs.archive import Archive

TIMEOUT = 180.0  # seconds; an answer waits its turn behind others
SYNC_TIMEOUT = 3600.0
CHECK_TIMEOUT = 900.0  # for a text of many claims


class Service(Protocol):
    """What commands ask of Fonte, in this process or at a server: bodies and replies of HTTP v1."""

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]: ...

    def check(self, body: Mapping[str, Any]) -> dict[str, Any]: ...

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]: ...


class Here:
    """Fonte in this process."""

    def __init__(self, assistant: Assistant, archive: Archive) -> None:
        self._assistant = assistant
        self._archive = archive

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        question = Question(body["question"], language=body.get("language"), as_of=_day(body.get("as_of")))
        return answer_json(self._archive.kept(self._assistant.ask(question), question))

    def check(self, body: Mapping[str, Any]) -> dict[str, Any]:
        given = body["claim"] if "claim" in body else body["text"]
        claim = ClaimQuestion(given, language=body.get("language"), as_of=_day(body.get("as_of")))
        if "claim" in body:
            return check_json(self._archive.kept_check(self._assistant.check(claim), claim))
        return checked_text_json(self._archive.kept_text(self._assistant.check_text(claim), claim))

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        hits = self._assistant.search(Question(body["query"]), body["limit"])
        return {"hits": [hit_json(hit) for hit in hits]}


def _day(written: str | None) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None


def serving(data: Path) -> str | None:
    """The address of the server that owns a data folder; None, and the folder is ours from now on, if nobody does.

    Raises ConfigurationError if a process owns it that serves nothing: another command, or a server that is starting.
    """
    try:
        own(data)
    except ConfigurationError:
        if address := owner_address(data):
            return reachable(address)
        raise
    return None


def reachable(address: str) -> str:
    """An owner's address as a URL to connect to: a server that listens everywhere is reached on the loopback."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(parts.hostname or "", parts.netloc.rpartition(":")[0])
    netloc = f"{host}:{parts.port}" if parts.port else parts.netloc
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


class Server:
    """A running Fonte. Every failure is the RagError that its reply names, or NotReady if there is no reply."""

    def __init__(self, address: str, settings: Settings) -> None:
        self.address = address
        self._key = settings.api_keys[0] if settings.api_keys else settings.admin_token
        self._admin = settings.admin_token or self._key

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._post("/api/v1/ask", body, self._key)

    def check(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._post("/api/v1/check", body, self._key, CHECK_TIMEOUT if "text" in body else TIMEOUT)

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._post("/api/v1/search", body, self._key)

    def sync(self, prune: bool) -> dict[str, Any]:
        """Have the server read its corpus folders again; the report, as `rag.rendering.report_json` has it."""
        return self._post("/api/v1/sync", {"prune": prune}, self._admin, SYNC_TIMEOUT)

    def _post(
        self, path: str, body: Mapping[str, Any], key: SecretStr | None, timeout: float = TIMEOUT
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        try:
            with httpx.Client(timeout=timeout, trust_env=False) as client:  # a proxy has no part in this
                response = client.post(self.address + path, json=dict(body), headers=headers)
            reply = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotReady(
                f"The server at {self.address} owns the data folder and does not answer ({type(error).__name__}).",
                "Try again, restart it, or name another folder with --data.",
            ) from error
        if response.is_error or not isinstance(reply, dict):
            raise refusal(reply, response.status_code)
        return reply


def refusal(reply: object, status: int) -> RagError:
    """The error that a reply carries, as the exception it was at the server."""
    told = reply.get("error") if isinstance(reply, dict) else None
    told = told if isinstance(told, dict) else {}
    kinds = {kind.code: kind for kind in RagError.__subclasses__()}
    kind = kinds.get(str(told.get("code")), RagError)
    message = str(told.get("message") or f"The Fonte server refused the request (HTTP {status}).")
    hint = str(told.get("hint") or "")
    if status in (401, 403) and not hint:
        hint = "Set FONTE_API_KEYS or FONTE_ADMIN_TOKEN to what the server knows."
    return kind(message, hint)
