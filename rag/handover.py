"""The command line's way to a server that owns the data folder: HTTP v1, and its JSON back as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import SecretStr

from rag.errors import ConfigurationError, NotReady, RagError
from rag.models import (
    Answer,
    Citation,
    Document,
    Hit,
    Note,
    Passage,
    PassageKind,
    Statement,
    Status,
    Support,
    Visibility,
)
from rag.ownership import own, owner_address
from rag.settings import Settings

TIMEOUT = 180.0  # seconds; an answer waits its turn behind others


class Service(Protocol):
    """What commands ask of Fonte, in this process or at a server: bodies and replies of HTTP v1."""

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]: ...

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]: ...


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

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._post("/api/v1/search", body, self._key)

    def _post(self, path: str, body: Mapping[str, Any], key: SecretStr | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        try:
            with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:  # a proxy has no part in this
                response = client.post(self.address + path, json=dict(body), headers=headers)
            reply = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotReady(
                f"The Fonte server at {self.address} owns the data folder and gives no answer ({type(error).__name__}).",
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


def answer_from_json(reply: Mapping[str, Any]) -> Answer:
    """The reply of /api/v1/ask as an Answer; its documents come without their texts."""
    return Answer(
        id=reply["id"],
        question=reply.get("question", ""),
        status=Status(reply["status"]),
        language=reply["language"],
        text=reply["answer"],
        headline=reply.get("headline"),
        statements=tuple(
            Statement(s["text"], tuple(s["citations"]), Support(s["support"])) for s in reply["statements"]
        ),
        citations=tuple(_citation(c) for c in reply["citations"]),
        nearest=tuple(_citation(c) for c in reply.get("nearest", ())),
        notes=tuple(Note(n["kind"], n["text"], tuple(n["citations"])) for n in reply.get("notes", ())),
        mode=reply["mode"],
        model=reply.get("model"),
        searched=reply.get("searched", 0),
        newest=_date(reply.get("newest")),
        timings_ms=dict(reply.get("timings_ms") or {}),
    )


def hits_from_json(reply: Mapping[str, Any]) -> list[Hit]:
    """The reply of /api/v1/search; what kind of passage a hit is does not travel."""
    return [_hit(hit) for hit in reply["hits"]]


def _hit(hit: Mapping[str, Any]) -> Hit:
    document = _document(hit["document"])
    kind = PassageKind.PARAGRAPH
    span = (hit["start"], hit["end"], hit["page"])
    passage = Passage(hit["passage_id"], document.id, kind, hit["heading"], "", hit["text"], *span)
    return Hit(passage, document, hit["score"], hit["similarity"], frozenset(hit["found_by"]))


def _citation(citation: Mapping[str, Any]) -> Citation:
    same = ("passage_id", "quote", "display", "context", "start", "end", "page", "score")
    return Citation(
        number=citation.get("number", 0),
        document=_document(citation["document"]),
        **{name: citation[name] for name in same},
    )


def _document(document: Mapping[str, Any]) -> Document:
    same = ("id", "source", "title", "language", "version", "kind", "publisher", "url")
    return Document(
        text="",
        content_hash="",
        format=document.get("format", ""),
        date=_date(document.get("date")),
        provenance=document.get("provenance"),
        visibility=Visibility(document.get("visibility", "internal")),
        **{name: document[name] for name in same},
    )


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None
