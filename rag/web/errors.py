"""Errors → HTTP, in one form: {"error": {"code", "message", "hint"}}. A stack trace goes to the log only.

Under /v1/, where OpenAI's clients ask, the form is theirs: {"error": {"message", "type", "param", "code"}}.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import AccessDenied, Busy, InvalidInput, NotFound, NotReady, RagError

log = logging.getLogger("fonte.web")


class BadRequest(RagError):
    """The request cannot be read at all."""

    code = "bad_request"
    status = 400


class Forbidden(RagError):
    """Known or not, the caller may not do this."""

    code = "forbidden"
    status = 403


class MethodNotAllowed(RagError):
    """The route is there and takes other methods, named in `allow`."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allow: Sequence[str]) -> None:
        self.allow = ", ".join(sorted(allow))
        super().__init__("This address does not take that method.", f"It takes {self.allow}.")


class Conflict(RagError):
    """What is there stands against the request; the hint says how to insist."""

    code = "conflict"
    status = 409


class TooLarge(RagError):
    """The body is longer than what is read."""

    code = "too_large"
    status = 413


class WrongType(RagError):
    """The body is of a type that this route does not read."""

    code = "wrong_type"
    status = 415


class Misdirected(RagError):
    """The request names a host that this server does not answer for."""

    code = "misdirected"
    status = 421


class TooManyAttempts(RagError):
    """Signing in failed too often from one address; again after `retry_after` seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many failed attempts to sign in.", f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class TooManyQuestions(RagError):
    """A visitor, an address or a whole widget has asked as much as it may; again after `retry_after` seconds."""

    code = "too_many_questions"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many questions were asked.", f"Ask again in {retry_after} seconds.")
        self.retry_after = retry_after


OPENAI = "/v1"
PROGRAMS = ("/api/", f"{OPENAI}/")  # where programs ask: they send JSON, and are told of errors in JSON
STARTING_RETRY = 2  # seconds
_BY_STATUS: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "The request cannot be read.", "Send UTF-8 JSON as the documentation describes."),
    404: ("not_found", "There is nothing at this address.", "GET /api/v1/openapi.json lists every route."),
    413: ("too_large", "The request is too large.", "Send less at once."),
}
_AS_OPENAI: Mapping[int, tuple[str, str]] = {  # type and code; for any other status the code is ours
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", "forbidden"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


def error_json(error: RagError, path: str = "") -> dict[str, Any]:
    """An error in the form of the address that was asked."""
    if path != OPENAI and not path.startswith(f"{OPENAI}/"):
        return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
    other = "server_error" if error.status >= 500 else "invalid_request_error"
    kind, code = _AS_OPENAI.get(error.status, (other, error.code))
    return {"error": {"message": str(error), "type": kind, "param": None, "code": code}}


def error_headers(error: RagError) -> dict[str, str]:
    """When to come back, what to bring along, which methods there are."""
    if isinstance(error, Busy | TooManyAttempts | TooManyQuestions):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, NotReady):
        return {"Retry-After": str(STARTING_RETRY)}
    if isinstance(error, AccessDenied):
        return {"WWW-Authenticate": "Bearer"}
    return {"Allow": error.allow} if isinstance(error, MethodNotAllowed) else {}


def error_response(error: RagError, path: str = "") -> JSONResponse:
    return JSONResponse(error_json(error, path), error.status, error_headers(error))


def internal_error() -> RagError:
    """What a caller is told of a fault of ours."""
    return RagError("Something went wrong here.", "Try again; if it stays, the server's log says more.")


def translate(error: Exception) -> RagError:
    """Any exception as the error that a caller may see; what nobody foresaw is logged and stays unnamed."""
    if isinstance(error, RagError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, HTTPException):
        return _from_status(error)
    log.error("unforeseen %s", type(error).__name__, exc_info=error)
    return internal_error()


def _invalid(problems: Sequence[Any]) -> RagError:
    first = problems[0] if problems else {"loc": (), "msg": "It is not valid", "type": ""}
    if first["type"] == "json_invalid":
        return BadRequest("The body is not valid JSON.", "Send one JSON object.")
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    where = where[:100].encode("utf-8", "replace").decode()  # the name of an unknown field may be anything
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    return InvalidInput(f"{where or 'body'}: {reason}.{more}", "GET /api/v1/openapi.json describes every field.")


def _from_status(error: HTTPException) -> RagError:
    if error.status_code == 405:
        return MethodNotAllowed([m.strip() for m in (error.headers or {}).get("Allow", "").split(",")])
    code, message, hint = _BY_STATUS.get(error.status_code, ("error", "The request was refused.", ""))
    found = RagError(message, hint)
    found.code, found.status = code, error.status_code
    return found


async def _handle(request: Request, error: Exception) -> Response:
    return error_response(translate(error), request.scope["path"])


def handle_errors(app: FastAPI) -> None:
    """Every exception of a route becomes the one form."""
    for kind in (RagError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)


class Boundary:
    """ASGI middleware: what no handler took becomes a plain 500 in the one form, unless the reply has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun:
                raise
            await error_response(translate(error), scope["path"])(scope, receive, send)


def not_found(what: str) -> NotFound:
    return NotFound(f"There is no such {what}.", "GET /api/v1/openapi.json lists every route.")
