"""Errors named after what the caller can do next; each edge (HTTP, CLI, chat) converts them once."""

from __future__ import annotations


class RagError(Exception):
    """Something that the caller can act on: `message` says what is wrong, `hint` what to do next."""

    code = "error"
    status = 500
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(RagError):
    """The request itself must change: too long, empty, malformed."""

    code = "invalid_input"
    status = 422
    exit_code = 2


class NotFound(RagError):
    """The named document, version or route is not there."""

    code = "not_found"
    status = 404


class AccessDenied(RagError):
    """Credentials are missing or do not reach this far."""

    code = "access_denied"
    status = 401


class ConfigurationError(RagError):
    """A setting, a folder or an installed part must be mended before Fonte can start."""

    code = "configuration"
    exit_code = 2


class UnreadableDocument(RagError):
    """One file cannot be read; the others can."""

    code = "unreadable_document"
    status = 422


class NotReady(RagError):
    """Fonte is still starting; ask again shortly."""

    code = "not_ready"
    status = 503


class Busy(RagError):
    """Too much at once; ask again after `retry_after` seconds."""

    code = "busy"
    status = 503

    def __init__(self, message: str, hint: str = "", retry_after: int = 5) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
